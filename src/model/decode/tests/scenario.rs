//! Scenarios of game days.

use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::model::decode;
use crate::model::scenario::{FaultKind, Happening};
use crate::text::source::Source;
use crate::text::time::Millis;

pub(in crate::model) const SCENARIO: &str = include_str!("scenario.toml");

fn said(text: &str) -> Vec<String> {
    let source: Arc<Source> = Source::new("runbooks/gameday/x.toml", text.to_owned());
    let line = |p: &Diagnostic| {
        let at = p.labels.first().map_or(0, |l| source.position(l.span.start).line);
        format!("{} {at} {}", p.code.name, p.message)
    };
    decode::scenario(&source, "gameday/x").problems.iter().map(line).collect()
}

#[test]
fn the_example_is_read_whole() {
    let source = Source::new("runbooks/gameday/x.toml", SCENARIO.to_owned());
    let decoded = decode::scenario(&source, "gameday/x");
    assert_eq!(decoded.problems, []);
    let s = decoded.value;
    assert_eq!(s.limits.duration.unwrap().value, Millis::from_secs(2_700));
    assert_eq!(s.injects[0].at.unwrap().value, Millis(0));
    assert_eq!(s.faults[0].kind.unwrap().value, FaultKind::Timeout);
    assert_eq!(s.expectations[1].event.unwrap().value, Happening::Published);
    assert!(s.players[0].answers[1].silent);
}

#[test]
fn what_is_wrong_is_told_where_it_stands() {
    let broken = |from: &str, to: &str| {
        assert!(SCENARIO.contains(from), "{from}");
        said(&SCENARIO.replacen(from, to, 1))
    };
    assert_eq!(broken("at        = \"t+0\"", "at = \"4m\""), ["bad-duration 37 `4m` is not a time of a scenario"]);
    assert_eq!(
        broken("to        = [\"on-call\"]", "to = [\"on-cal\"]"),
        ["unresolved 39 `on-cal` is not a `[[role]]`"]
    );
    assert_eq!(broken("by       = \"t+3m\"", "by = \"t+3h\""), ["bad-value 66 this is after the end"]);
    assert_eq!(broken("before   = [\"told\"]", "before = [\"tol\"]"), ["unresolved 67 `tol` is not an `[[expect]]`"]);
    assert_eq!(broken("red-line = true", "traps = [\"nobody\"]").len(), 1);
    assert_eq!(broken("\"timeout\"", "\"timeot\""), ["unknown-value 59 `timeot` is not a fault"]);
    assert_eq!(broken("kind     = \"timeout\"\nby       = \"7m\"", "kind = \"clock-skew\"").len(), 1);
    assert_eq!(broken("mended-by   = \"rollback-prompt\"\n", ""), ["bad-value 30 `mended` needs `mended-by`"]);
    assert_eq!(broken("id             = \"good\"", "id = \"better\""), ["bad-value 84 no player is called `good`"]);
}
