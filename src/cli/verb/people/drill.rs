//! `aigov people drill`: asks each approver, through their real contact, to sign a statement that does nothing.

use std::collections::BTreeMap;

use serde_json::json;

use crate::approval::harmless::{Asking, FORMAT};
use crate::cli::args::PeopleDrill;
use crate::cli::choice;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::ports::{SystemChance, now};
use crate::cli::{providers, session};
use crate::journal::run_id;
use crate::model::catalog::{Proof, Repeat};
use crate::model::people::People;
use crate::plan::{Act, Direction, Person, Step, StepRole, Target, Undo, roster};
use crate::port::{Order, Providers as _, Way};
use crate::run::event::Outcome;
use crate::text::gather::Gather;
use crate::text::time::Millis;
use crate::text::{safe, suggest};
use crate::ui::{Tone, table};

/// Time for the pager to take it.
const LIMIT: Millis = Millis::from_secs(10);

/// Asks them, and says how.
pub(super) fn call(cx: &Context, args: &PeopleDrill) -> Result<u8, CliError> {
    let Some(people) = cx.loaded().workspace.people.as_ref() else {
        return Err(CliError::usage("there is no people.toml here, or it can't be read").next(cx.command("lint")));
    };
    let asked = whom(cx, people, &args.asked)?;
    let (at, screen) = (now(), cx.screen.in_drill());
    let drill = run_id(at, &mut SystemChance);
    let answer = cx.command(&format!("people answer {drill}"));
    let paged = if args.page { Some(page(cx, args, &asked, &drill, &answer)?) } else { None };
    let told = if paged == Some(true) { "paged" } else { "by hand" };
    let of = Asking {
        format: FORMAT,
        drill: drill.clone(),
        by: cx.reader(None)?.unwrap_or_else(|| crate::run::ledger::UNIDENTIFIED.to_owned()),
        at,
        until: at.plus(args.within),
        told: asked.iter().map(|p| (p.name.clone(), told.to_owned())).gather::<BTreeMap<_, _>>(),
        people: asked,
        unsigned: cx.place.is_sandbox(),
    };
    for why in cx.drills_for_writing().put_asking(&of)? {
        let says = format!("the drill has not reached the remote; it is kept here: {}", safe::line(&why));
        screen.labelled(Tone::Doubt, "DOUBT", &says);
    }
    if cx.json {
        let names: Vec<&str> = of.people.iter().map(|p| p.name.as_str()).collect();
        let whole = json!({ "drill": drill, "asked": of.at, "until": of.until, "people": names, "told": told });
        screen.raw(&whole.to_string());
    } else {
        let rows: Vec<[String; 3]> = of.people.iter().map(|p| row(people, p, told)).collect();
        screen.text(&format!("drill {drill}: {} asked to sign a statement that does nothing", of.people.len()));
        screen.text(table::draw(["who", "told", "reached by"], &rows, screen.room()).trim_end());
    }
    screen.say(Tone::Plain, &format!("In time is what arrives by {}. Each of them types:", of.until));
    screen.command(&answer);
    screen.say(Tone::Plain, "Next:");
    screen.command(&cx.command("people check"));
    Ok(0)
}

fn row(people: &People, person: &Person, told: &str) -> [String; 3] {
    let contacts = people.persons.get(&person.name).map(|p| &p.contacts);
    let ways = contacts.into_iter().flat_map(|c| [("phone", &c.phone), ("email", &c.email), ("contact", &c.contact)]);
    let ways: Vec<String> =
        ways.filter_map(|(what, way)| way.as_ref().map(|w| format!("{what} {}", safe::line(&w.value)))).collect();
    let ways = if ways.is_empty() { "nobody wrote down how".to_owned() } else { ways.join(", ") };
    [safe::line(&person.name), told.to_owned(), ways]
}

/// Everybody who may decide as something and counts today, or those who are named.
fn whom(cx: &Context, people: &People, named: &[String]) -> Result<Vec<Person>, CliError> {
    let all: Vec<Person> = roster(people).into_iter().filter(|p| p.serves(cx.now)).collect();
    let unknown = named.iter().find(|n| all.iter().all(|p| p.name != **n));
    if let Some(name) = unknown {
        let known = || all.iter().map(|p| p.name.as_str());
        let error = CliError::usage(format!("nobody is called `{}` in people.toml, or not today", safe::line(name)));
        return Err(match suggest::nearest(name, known()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!("there is {}", suggest::list(known()))),
        }
        .next(cx.command("people check")));
    }
    let meant = |p: &Person| if named.is_empty() { !p.functions.is_empty() } else { named.contains(&p.name) };
    let asked: Vec<Person> = all.into_iter().filter(meant).collect();
    if asked.is_empty() {
        return Err(CliError::usage("nobody of people.toml may decide as anything").next(cx.command("people check")));
    }
    Ok(asked)
}

/// Tells them through the workspace's pager. Whether it took the page.
fn page(cx: &Context, args: &PeopleDrill, asked: &[Person], drill: &str, answer: &str) -> Result<bool, CliError> {
    let settings = cx.loaded().workspace.settings.as_ref();
    let bound = settings.and_then(|s| Some((s, s.paging.as_ref()?)));
    let Some((settings, bound)) = bound else {
        return Err(CliError::usage("aigov.toml has no [paging], so nobody can be paged")
            .hint("leave --page out, and tell them by hand")
            .next(cx.command("people drill")));
    };
    let Some(environment) = choice::sure_environment(cx, settings, &[], args.env.as_deref())? else {
        return Err(CliError::usage("say which environment's pager is to be asked")
            .next(cx.command("people drill --page --env NAME")));
    };
    let provider = bound.provider.as_ref().map(|p| p.value.clone()).unwrap_or_default();
    let names: Vec<String> = asked.iter().map(|p| p.name.clone()).collect();
    let target = Target {
        provider: provider.clone(),
        kind: String::new(),
        binding: bound.binding(&environment).values,
        label: names.join(", "),
    };
    let summary = format!("DRILL, nothing is wrong: please sign a harmless statement with: {answer}");
    let step = Step {
        id: "people-drill".to_owned(),
        role: StepRole::Silence,
        act: Act::Page { to: names, severity: "info".to_owned(), summary },
        targets: vec![target.clone()],
        direction: Direction::Looks,
        why: None,
        within: LIMIT,
        or_else: None,
        irreversible: None,
        repeat: Repeat::Keyed,
        proof: Proof::Accepted,
        undo: Undo::None,
        gate: None,
        console: None,
        by_hand: None,
    };
    let runtime = session::runtime()?;
    let seen = runtime.block_on(async {
        let sandbox = if cx.place.is_sandbox() { Some(session::serve(cx)?) } else { None };
        let set = providers::open(cx, &environment, sandbox.as_ref().map(|s| s.origin.as_str()));
        let order = Order {
            run: drill,
            environment: &environment,
            step: &step,
            target: &target,
            way: Way::Do,
            key: drill,
            text: None,
            after: None,
        };
        Ok::<_, CliError>(match set.get(&provider) {
            Ok(pager) => {
                let seen = pager.perform(&order, None, LIMIT).await;
                (matches!(seen.is, Outcome::Done), seen.seen.says)
            }
            Err(fault) => (false, fault.to_string()),
        })
    })?;
    let (took, says) = seen;
    if !took {
        let says = format!("{provider} did not take the page, so tell them by hand: {}", safe::line(&says));
        cx.screen.in_drill().labelled(Tone::Doubt, "DOUBT", &says);
    }
    Ok(took)
}
