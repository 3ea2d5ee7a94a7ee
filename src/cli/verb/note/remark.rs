//! `aigov note RUN TEXT --evaluator`: what a drill's evaluator says of it, signed in the namespace of drills.

use crate::approval::Namespace;
use crate::cli::args::Note;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::cli::keys;
use crate::cli::record::Story;
use crate::cli::session::{self, Wishes};
use crate::cli::signing;
use crate::port::{Keys as _, Signer as _};
use crate::report::score::Remark;
use crate::run::ledger::Ledger;
use crate::run::record::{Record, Signed};
use crate::text::safe;
use crate::ui::Tone;

/// The first line of what is signed.
const HEAD: &str = "aigov remark on a drill, format 1";

/// Signs it and puts it on the drill's record.
pub(super) fn call(cx: &Context, args: &Note) -> Result<u8, CliError> {
    let refused =
        |says: String| CliError::new(Kind::Refused, says).next(cx.command(&format!("score {}", args.act.run)));
    if cx.course().is_none() {
        return Err(refused("only a drill that people played has an evaluator".to_owned()));
    }
    let story = Story::read(cx, &args.act.run)?;
    let plan = session::stored_plan(&story.run, &story.records)?;
    let ledger = Ledger::of(plan, &story.records).map_err(|e| CliError::new(Kind::Journal, e.to_string()))?;
    let ring = keys::ring(cx, args.key.as_deref());
    let held = keys::held(&ring, &plan.roster);
    let whose = held.iter().find(|(p, _)| args.act.person.as_ref().is_none_or(|asked| *asked == p.name));
    let (person, key) = match (whose, args.act.person.as_deref()) {
        (Some((person, mine)), _) => (person.name.clone(), mine.first().cloned()),
        // An evaluator plays no part, so that they need not be among the people who vote.
        (None, Some(name)) => (name.to_owned(), ring.held().into_iter().next()),
        (None, None) => return Err(refused("say who you are: --as NAME".to_owned())),
    };
    let key = key.ok_or_else(|| refused("a remark is signed, and no key is here: add --key FILE".to_owned()))?;
    if ledger.operators.contains(&person) {
        return Err(refused(format!("{} played in this drill, so they do not judge it", safe::line(&person))));
    }
    let text: Vec<String> = safe::lines(args.text.trim()).collect();
    if args.text.trim().is_empty() {
        return Err(CliError::usage("the remark is empty").next(cx.command("note --help")));
    }
    let statement = format!(
        "{HEAD}\nrun  {}\nhead {}\nby   {}\nkey  {}\n\n{}\n",
        story.run,
        ledger.last_digest,
        safe::line(&person),
        key.fingerprint(),
        text.join("\n")
    );
    let again = cx.command(&format!("note {} TEXT --evaluator", safe::line(&story.run)));
    let signature = signing::sign(&ring, &key, Namespace::Drill, &statement, &again)?;
    let signed = Signed { statement, signature };
    let wishes = Wishes { person: None, answers: None };
    session::act(cx, &story.run, &wishes, |driver, _| driver.remark(&person, signed))?;
    cx.screen.labelled(Tone::Good, "ok", "signed; it stands beside the score");
    cx.screen.say(Tone::Plain, "Next:");
    cx.screen.command(&cx.command(&format!("score {}", story.run)));
    Ok(0)
}

/// The remarks on a drill's record, each with whether its signature holds for this very drill.
#[must_use]
pub(in crate::cli::verb) fn all(cx: &Context, run: &str, records: &[Record]) -> Vec<Remark> {
    let port = keys::port(cx);
    let roster = records.first().and_then(|r| r.detail.start.as_ref()).map(|s| &s.plan.roster);
    let of = |record: &Record| {
        let (signed, person) = (record.detail.remark.as_ref()?, record.detail.person.as_deref().unwrap_or("?"));
        let (head, text) = signed.statement.split_once("\n\n")?;
        let named = |word: &str, is: &str| {
            head.lines().any(|l| l.split_once(' ').is_some_and(|(w, v)| w == word && v.trim() == is))
        };
        let checked = port.check(Namespace::Drill, signed.statement.as_bytes(), &signed.signature);
        let (counts, standing) = match checked {
            Ok(by) if named("run", run) && named("by", person) => {
                let line = by.key.line();
                let theirs =
                    roster.into_iter().flatten().any(|p| p.name == person && p.keys.iter().any(|k| k.key == line));
                let whose = if theirs { "a key of theirs" } else { "a key that people.toml did not have" };
                (true, format!("the signature holds, by {whose}, {}", by.key.fingerprint()))
            }
            Ok(_) => (false, "NOT COUNTED: it was signed for something else".to_owned()),
            Err(e) => (false, format!("NOT COUNTED: {e}")),
        };
        Some(Remark { person: safe::line(person), counts, standing, text: safe::line(text.trim()) })
    };
    records.iter().filter_map(of).collect()
}
