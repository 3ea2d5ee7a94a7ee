//! `aigov people answer`: signs the harmless statement of a drill, here or elsewhere.

use std::path::Path;

use crate::approval::Namespace;
use crate::approval::harmless::{Asking, FORMAT, Outcome, Word, names, outcome, statement};
use crate::cli::args::PeopleAnswer;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::cli::ports::now;
use crate::cli::signing::{self, Wanted};
use crate::cli::{keys, practised};
use crate::plan::Person;
use crate::report::people::Practised;
use crate::text::safe;
use crate::ui::Tone;

/// Answers, or prints what is to be signed.
pub(super) fn call(cx: &Context, args: &PeopleAnswer) -> Result<u8, CliError> {
    let store = cx.drills();
    if let Err(why) = store.fetch() {
        let says = format!("the remote can't be read, this is what is here: {}", safe::line(&why));
        cx.screen.labelled(Tone::Doubt, "DOUBT", &says);
    }
    let askings = store.askings()?;
    if let Some(file) = &args.elsewhere.import {
        return import(cx, &askings, file);
    }
    let of = meant(cx, &askings, args)?;
    if of.unsigned {
        let person = named(cx, of, args.person.as_deref())?;
        return keep(cx, of, person, signing::nonce(), None);
    }
    let ring = keys::ring(cx, args.elsewhere.key.as_deref());
    let again = format!("people answer {}", of.drill);
    if let Some(name) = &args.person {
        named(cx, of, Some(name))?;
    }
    let asked = Wanted { named: args.person.as_deref(), print: args.elsewhere.print, again: &again };
    let (person, key) = signing::signer(cx, &of.people, &ring, asked)?;
    let nonce = format!("{}-{}", key.short(), signing::nonce());
    let text = statement(of, &person.name, &key.fingerprint(), &nonce);
    if args.elsewhere.print {
        signing::print(cx, &text, Namespace::Drill, "people answer");
        return Ok(0);
    }
    let says = format!("{} signs with {} {}", safe::line(&person.name), key.kind().name(), key.fingerprint());
    cx.screen.say(Tone::Plain, &says);
    if key.kind().is_hardware() {
        cx.screen.say(Tone::Plain, "Touch the key now.");
    }
    let again = cx.command(&again);
    let signature = signing::sign(&ring, &key, Namespace::Drill, &text, &again).map_err(|e| match e.kind {
        Kind::Refused => e.hint("a key that fails in a drill fails at night: mend it now"),
        _ => e,
    })?;
    keep(cx, of, person, nonce, Some((text, signature)))
}

/// The drill that is named, or the last one that asks whoever is meant.
fn meant<'a>(cx: &Context, all: &'a [Asking], args: &PeopleAnswer) -> Result<&'a Asking, CliError> {
    let none = |says: String| CliError::usage(says).next(cx.command("people drill"));
    let asks = |of: &&Asking| args.person.as_ref().is_none_or(|name| of.people.iter().any(|p| p.name == *name));
    match &args.drill {
        Some(given) => {
            let found = all.iter().rev().find(|of| of.drill.starts_with(given) || of.drill.ends_with(given));
            found.ok_or_else(|| none(format!("there is no drill of people `{}` here", safe::line(given))))
        }
        None => all.iter().rev().find(asks).ok_or_else(|| none("nobody is asked in a drill of people".to_owned())),
    }
}

fn named<'a>(cx: &Context, of: &'a Asking, person: Option<&str>) -> Result<&'a Person, CliError> {
    let again = || cx.command(&format!("people answer {} --as NAME", of.drill));
    let Some(name) = person else {
        return Err(CliError::usage("say who you are: an answer is somebody's").next(again()));
    };
    of.people.iter().find(|p| p.name == name).ok_or_else(|| {
        let names: Vec<&str> = of.people.iter().map(|p| p.name.as_str()).collect();
        CliError::usage(format!("drill {} does not ask `{}`", of.drill, safe::line(name)))
            .hint(format!("it asks {}", safe::line(&names.join(", "))))
            .next(again())
    })
}

fn import(cx: &Context, all: &[Asking], file: &Path) -> Result<u8, CliError> {
    let (text, signature) = signing::elsewhere(cx, file, "people answer")?;
    let bad = |says: &str| {
        CliError::usage(format!("{} can't be taken: {says}", file.display())).next(cx.command("people answer --print"))
    };
    let Some((drill, person, _, nonce)) = names(&text) else {
        return Err(bad("it is no statement of a drill of people"));
    };
    let of = all.iter().find(|of| of.drill == drill).ok_or_else(|| bad("there is no such drill here"))?;
    if !signing::is_nonce(&nonce) {
        return Err(bad("its nonce is none"));
    }
    let person = named(cx, of, Some(&person))?;
    keep(cx, of, person, nonce, Some((text, signature)))
}

/// Keeps an answer, also one that does not hold: that is what a drill is for.
fn keep(
    cx: &Context,
    of: &Asking,
    person: &Person,
    nonce: String,
    signed: Option<(String, String)>,
) -> Result<u8, CliError> {
    let at = now();
    let (format, drill, name) = (FORMAT, of.drill.clone(), person.name.clone());
    let word = Word { format, drill, person: name, nonce, at, signed };
    for why in cx.drills_for_writing().put_word(&word)? {
        let says = format!("the answer has not reached the remote; it is kept here: {}", safe::line(&why));
        cx.screen.labelled(Tone::Doubt, "DOUBT", &says);
    }
    let looked = practised::looked_at(cx, of, vec![word]);
    let came = outcome(of, person, &looked, at);
    let told = Practised { person: person.name.clone(), drill: of.drill.clone(), at: of.at, outcome: came };
    let says = safe::line(&format!("{}: {}", told.person, told.says(at)));
    if cx.json {
        let whole = serde_json::json!({ "drill": of.drill, "person": told.person, "came": told.outcome.word() });
        cx.screen.raw(&whole.to_string());
    }
    match told.outcome {
        Outcome::Answered(_) | Outcome::Late(_) => {
            cx.screen.labelled(Tone::Good, "ok", &says);
            cx.screen.say(Tone::Plain, "Next:");
            cx.screen.command(&cx.command("people check"));
            Ok(0)
        }
        _ => Err(CliError::new(Kind::Refused, says)
            .hint("it is kept as what it is: at night this vote would not count")
            .next(cx.command("people check"))),
    }
}
