use std::collections::BTreeMap;

use super::*;
use crate::plan::shipped::{RUNBOOKS, SANDBOX};

fn workspace(changes: &[(&str, &str)]) -> Workspace {
    let texts = SANDBOX.iter().chain(RUNBOOKS).map(|(p, t)| ((*p).to_owned(), (*t).to_owned()));
    let mut files: BTreeMap<String, String> = texts.collect();
    for (path, text) in changes {
        let more = text.strip_prefix('+').map(|more| format!("{}\n{more}", files[*path]));
        files.insert((*path).to_owned(), more.unwrap_or_else(|| (*text).to_owned()));
    }
    let files = files.into_iter().map(|(p, t)| (p, t.into_bytes())).collect();
    Workspace::assemble(files, &[]).0
}

fn of<'a>(all: &'a [Needed], name: &str) -> &'a Needed {
    all.iter().find(|w| w.named_by.iter().any(|n| n == name)).unwrap_or_else(|| panic!("{name} is not needed"))
}

#[test]
fn everything_that_the_sandbox_names_is_wanted_once() {
    let all = needed(&workspace(&[]), "production");
    for (name, provider, verb) in [
        ("support-replies controls.autonomy", "flags", "control.set"),
        ("support-replies controls.replicas", "scaler", "control.set"),
        ("support-replies layers.prompt", "registry", "layer.rollback"),
        ("support-replies signals.ungrounded_rate", "metrics", "signal"),
        ("support-replies evidence.decisions", "evidence", "evidence.capture"),
        ("support-replies deploy", "deploy", "deploy.freeze"),
        ("paging", "pager", "page.send"),
        ("statements", "outbox", "statement.publish"),
    ] {
        let found = of(&all, name);
        assert_eq!((found.target.provider.as_str(), word(found.purpose)), (provider, verb), "{name}");
        assert!(found.used, "{name}");
    }
    let stops: Vec<&str> = all.iter().filter(|w| w.stops).map(|w| w.target.label.as_str()).collect();
    let stops: Vec<&str> = stops.into_iter().filter(|l| l.starts_with("support-replies ")).collect();
    assert_eq!(stops, ["support-replies controls.autonomy", "support-replies controls.replicas"]);
    assert!(needed(&workspace(&[]), "staging").iter().all(|w| w.target.binding.get("flag").is_none()));
}

#[test]
fn what_no_runbook_uses_is_wanted_but_not_used() {
    let more = "+[layers.tools]\nprovider = \"registry\"\nproduction = { model = \"tools\", alias = \"production\" }\n";
    let all = needed(&workspace(&[("automations/support-replies.toml", more)]), "production");
    let tools = of(&all, "support-replies layers.tools");
    assert!(!tools.used && !tools.stops);
    assert_eq!(tools.target.binding["alias"], "production");
}

#[test]
fn two_automations_on_one_flag_are_one_question() {
    let second = SANDBOX.iter().find(|(p, _)| *p == "automations/support-replies.toml").unwrap().1;
    let all = needed(&workspace(&[("automations/second.toml", second)]), "production");
    let flag = of(&all, "second controls.autonomy");
    assert_eq!(flag.named_by, ["second controls.autonomy", "support-replies controls.autonomy"]);
    let once = all.iter().filter(|w| w.target.binding.get("flag") == flag.target.binding.get("flag")).count();
    assert_eq!(once, 1);
}

#[test]
fn schedules_and_calls_are_wanted_too() {
    let people = "+[roles.incident-commander]\non-call = { provider = \"pager\", schedule = \"P1\" }\n";
    let call = "+[[respond]]\nid = \"purge\"\ndo = \"http.call\"\nwith = { provider = \"scaler\", call = \"purge\" }\n";
    let all = needed(&workspace(&[("people.toml", people), ("runbooks/incident/unknown.toml", call)]), "production");
    let schedule = of(&all, "role incident-commander");
    assert_eq!((word(schedule.purpose), &schedule.target.binding["schedule"]), ("on-call", &"P1".into()));
    let call = of(&all, "call purge");
    assert_eq!((call.target.provider.as_str(), &call.target.binding["call"]), ("scaler", &"purge".into()));
}
