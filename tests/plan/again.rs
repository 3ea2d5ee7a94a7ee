//! What happened becomes a scenario, and the scenario happens again: the same acts in the same order, the same end. From
//! the record of a drill, and from a path that the explorer found.

use aigov::explore::{Budget, explore};
use aigov::model::decode;
use aigov::plan::{Plan, rehearsal};
use aigov::report::course::{self, Course};
use aigov::run::record::Record;
use aigov::text::source::Source;

use crate::gameday::{Ready, played, ready, workspace};

/// Writes down what happened and plays it: the acts and the end of it, or why it can't be written.
fn again(plan: &Plan, records: &[Record]) -> Result<(String, Vec<String>, String), String> {
    let text = course::toml(&Course::of(plan, records, &|_| Some("a note".to_owned())), plan);
    let source = Source::new("runbooks/gameday/again.toml", text.clone());
    let decoded = decode::scenario(&source, "gameday/again");
    let resolved = rehearsal::resolve(&decoded.value, plan);
    let problems: Vec<String> = decoded.problems.iter().chain(&resolved.problems).map(ToString::to_string).collect();
    if !problems.is_empty() {
        return Err(format!("{problems:#?}\n{text}"));
    }
    let of = Ready { plan: plan.clone(), rehearsal: resolved.rehearsal, players: resolved.players };
    let (kept, _) = played(&of, &of.players[0], 5);
    let text = format!("{text}\n{}", kept.text);
    Ok((text, course::acts(plan, &kept.records), format!("{:?}", course::end(&kept.records))))
}

#[test]
fn a_drill_that_was_played_is_played_again_from_its_record_alone() {
    let workspace = workspace();
    let mut apart = Vec::new();
    for name in workspace.scenarios.keys() {
        let of = ready(&workspace, name);
        for player in &of.players {
            let (kept, _) = played(&of, player, 1);
            if kept.records.is_empty() {
                continue;
            }
            let mut acts = course::acts(&of.plan, &kept.records);
            let end = course::end(&kept.records);
            let (text, mut got, came) = again(&of.plan, &kept.records).unwrap_or_else(|e| panic!("{name}: {e}"));
            if end.is_none() {
                // What was cut off by the end of its time goes on a little longer, or not so far.
                let least = acts.len().min(got.len());
                acts.truncate(least);
                got.truncate(least);
            } else if came != format!("{end:?}") {
                apart.push(format!("{name}, {}: {came} instead of {end:?}\n{text}", player.id));
                continue;
            }
            if acts != got {
                let n = acts.iter().zip(&got).position(|(a, b)| a != b);
                apart.push(format!("{name}, {}: act {n:?}\n{acts:#?}\n{got:#?}\n{text}", player.id));
            }
        }
    }
    assert!(apart.is_empty(), "{} apart:\n{}", apart.len(), apart.join("\n"));
}

#[test]
fn a_path_that_the_explorer_found_is_played_to_its_end() {
    let workspace = workspace();
    let of = ready(&workspace, "gameday/invented-policy");
    let coverage = explore(&of.plan, Budget { faults: 1, states: 2_000_000 });
    let coverage = coverage.unwrap_or_else(|e| panic!("{e}"));
    let mut same = Vec::new();
    let mut other = Vec::new();
    for (what, path) in coverage.sometimes.iter().filter_map(|(s, p)| Some((s.sentence(&of.plan), p.as_ref()?))) {
        let records = course::records(&of.plan, path).unwrap_or_else(|| panic!("{what}: no path"));
        let acts = course::acts(&of.plan, &records);
        let end = course::end(&records);
        match again(&of.plan, &records) {
            Ok((_, mut got, came)) => {
                let ended = end.is_none() || came == format!("{end:?}");
                if end.is_none() {
                    got.truncate(acts.len());
                }
                if ended && got == acts { same.push(what) } else { other.push((what, acts, got, came)) }
            }
            Err(e) => other.push((what, acts, Vec::new(), e)),
        }
    }
    for wanted in [
        "a run can end closed",
        "a run can end abandoned (autonomy low)",
        "gate sign-off can expire",
        "gate sign-off can be denied",
        "gate tell-customers can expire",
        "gate tell-customers can be granted",
        "sev1 can be confirmed",
    ] {
        assert!(same.iter().any(|s| s == wanted), "{wanted}: {other:#?}");
    }
}
