//! What happened becomes a scenario, and the scenario happens again: the same acts in the same order, the same end. From
//! the record of a drill, and from a path that the explorer found.

use aigov::explore::{Budget, explore, tell};
use aigov::model::decode;
use aigov::plan::{Plan, Votes, rehearsal};
use aigov::report::course::{self, Course};
use aigov::run::record::Record;
use aigov::text::source::Source;

use crate::gameday::{Ready, played, ready, workspace};

/// What came of a scenario: its text with the transcript, and the records.
struct Came {
    text: String,
    records: Vec<Record>,
}

/// Writes down what happened and plays it; or why it can't be written.
fn again(plan: &Plan, records: &[Record]) -> Result<Came, String> {
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
    Ok(Came { text, records: kept.records })
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
            let came = again(&of.plan, &kept.records).unwrap_or_else(|e| panic!("{name}: {e}"));
            let (text, mut got, came) = (came.text, course::acts(&of.plan, &came.records), course::end(&came.records));
            if end.is_none() {
                // What was cut off by the end of its time goes on a little longer, or not so far.
                let least = acts.len().min(got.len());
                acts.truncate(least);
                got.truncate(least);
            } else if came != end {
                apart.push(format!("{name}, {}: {came:?} instead of {end:?}\n{text}", player.id));
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

/// What of a witness can be practised: it comes to the same acts, to the same end where it has one, and shows the same.
#[test]
fn everything_that_the_explorer_finds_possible_is_shown_by_its_way_and_again_where_people_can_play_it() {
    let mut told = Vec::new();
    for (runbook, automations) in crate::SHELF {
        let mut plan = crate::plan(runbook, automations[0]);
        plan.votes = Votes::Unsigned;
        let coverage = explore(&plan, Budget { faults: 1, states: STATES }).unwrap_or_else(|e| panic!("{e}"));
        for (claim, path) in coverage.sometimes.iter().filter_map(|(s, p)| Some((*s, p.as_ref()?))) {
            let what = format!("{runbook}: {}", claim.sentence(&plan));
            let records = course::records(&plan, path).unwrap_or_else(|| panic!("{what}: no path of this plan"));
            let shows = |records: &[Record]| claim.shown_by(&plan, records.iter().map(|r| r.event));
            assert!(shows(&records), "{what}: its own way never shows it: {:#?}", tell(&plan, path));
            let (acts, end) = (course::acts(&plan, &records), course::end(&records));
            let same = again(&plan, &records).and_then(|came| {
                let mut got = course::acts(&plan, &came.records);
                let ended = course::end(&came.records);
                if end.is_none() {
                    got.truncate(acts.len());
                }
                let apart = || format!("{acts:?} {end:?}\n{got:?} {ended:?}\n{}", came.text);
                if got != acts || end.is_some() && end != ended {
                    Err(format!("other acts or another end: {}", apart()))
                } else if shows(&came.records) {
                    Ok(())
                } else {
                    Err(format!("the same acts, and never shown: {}", apart()))
                }
            });
            told.push((what, same));
        }
    }
    // What has no word in a scenario, such as another run or a killed process, is refused and never written as something
    // else; what people bring about by themselves can be practised.
    let came = |what: &str| told.iter().find(|(name, _)| name == what).map(|(_, same)| same.clone());
    for wanted in [
        "a run can end closed",
        "a run can end abandoned (autonomy low)",
        "gate sign-off can expire",
        "gate sign-off can be denied",
        "gate tell-customers can expire",
        "gate tell-customers can be denied",
        "gate tell-customers can be granted",
        "sev1 can be confirmed",
        "sev2 can be confirmed",
        "the or-else of stop-sending can run",
    ] {
        assert_eq!(came(&format!("incident/hallucination: {wanted}")), Some(Ok(())), "{wanted}");
    }
    let same = told.iter().filter(|(_, same)| same.is_ok()).count();
    assert!(same * 2 > told.len(), "{same} of {} can be practised", told.len());
}

/// Most states for each runbook: the witnesses lie near the beginning.
const STATES: u32 = 30_000;
