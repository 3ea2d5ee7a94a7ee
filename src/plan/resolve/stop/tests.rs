//! What a stop plans from files that are whole, lacking or broken.

use super::*;
use crate::plan::resolve::tests::{AUTOMATION, CATALOG, SETTINGS, workspace};
use crate::plan::{Act, Direction};

fn planned(edits: &[(&str, &str, &str)], reach: Reach<'_>) -> (Plan, Vec<Diagnostic>) {
    stop(&workspace(edits), CATALOG, "support-replies", "production", reach, true).unwrap()
}

fn set(plan: &Plan) -> Vec<String> {
    plan.immediate
        .iter()
        .map(|ix| {
            let step = plan.step(*ix);
            assert_eq!((step.direction, step.undo, step.gate), (Direction::Lowers, Undo::Restore, None));
            match &step.act {
                Act::SetControl { control, to, safe: true } => format!("{control}={to}"),
                other => panic!("{other:?}"),
            }
        })
        .collect()
}

#[test]
fn the_narrowest_first_and_the_wider_when_asked() {
    let named = ["mode".to_owned(), "traffic".to_owned()];
    for (reach, wanted) in [
        (Reach::Narrow, &["autonomy=off"][..]),
        (Reach::Wider, &["autonomy=off", "replicas=0"]),
        (Reach::Named(&named), &["mode=off", "traffic=0"]),
    ] {
        let (plan, found) = planned(&[], reach);
        assert_eq!(set(&plan), wanted);
        assert_eq!(found, []);
        assert!(plan.only_contains() && plan.problems.is_empty() && plan.stop.is_empty());
        assert_eq!((plan.runbook.as_str(), plan.sign_off, plan.on_silence), (STOP, None, None));
        assert!(plan.meanwhile.as_deref().is_some_and(|m| m.contains("colleague")));
    }
}

#[test]
fn what_is_wrong_elsewhere_prevents_nothing() {
    let other = "[roles]\nowner     = \"support-ml-lead\"";
    for edit in [
        (AUTOMATION, "impact = \"high\", reversibility", "impact = \"hgih\", reversibility"),
        (AUTOMATION, other, "[roles]\nowner = 7"),
        (AUTOMATION, "[signals.ungrounded_rate]\nprovider = \"metrics\"", "[signals.ungrounded_rate]\nprovider = "),
        (AUTOMATION, "kind = \"level\"", "kind = \"lever\""),
        (AUTOMATION, "wider     = [\"replicas\"]", "wider = [\"replcas\"]"),
        (SETTINGS, "kind = \"mlflow\"", "kind = \"mlflowers\""),
        (SETTINGS, "[policy.approvals]", "[policy.approvals"),
        (SETTINGS, "question = \"10m\"", "question = \"soon\""),
        ("people.toml", "schema", "sch ema"),
    ] {
        let (plan, _) = planned(&[edit], Reach::Narrow);
        assert_eq!(set(&plan), ["autonomy=off"], "{edit:?}");
    }
}

#[test]
fn where_the_narrow_one_can_not_be_planned_the_next_takes_its_place_and_it_is_said() {
    for (edit, says) in [
        ((AUTOMATION, "control   = \"autonomy\"", "control = \"autonmy\""), "autonmy"),
        ((AUTOMATION, "safe = \"off\"", "safe = \"offf\""), "autonomy"),
        ((SETTINGS, "[providers.flags]", "[providers.falgs]"), "flags"),
    ] {
        let (plan, found) = planned(&[edit], Reach::Narrow);
        assert_eq!(set(&plan), ["replicas=0"], "{edit:?}");
        assert!(found.iter().any(|d| d.to_string().contains(says)), "{found:?}");
    }
}

#[test]
fn without_a_stop_nothing_is_planned_and_the_other_controls_are_known() {
    let edit = (AUTOMATION, "[stop]\ncontrol   = \"autonomy\"\nwider     = [\"replicas\"]", "[halt]");
    let (plan, found) = planned(&[edit], Reach::Narrow);
    assert_eq!(set(&plan), [""; 0]);
    assert!(found.iter().any(|d| d.message.contains("has no [stop]")), "{found:?}");
    let workspace = workspace(&[edit]);
    assert_eq!(
        others(workspace.automations.get("support-replies").unwrap()),
        ["autonomy", "mode", "traffic", "replicas"]
    );
    assert_eq!(
        others(super::super::tests::workspace(&[]).automations.get("support-replies").unwrap()),
        ["mode", "traffic"]
    );
    let named = ["autonomy".to_owned()];
    assert_eq!(set(&planned(&[edit], Reach::Named(&named)).0), ["autonomy=off"]);
}

#[test]
fn names_that_nobody_has_are_said_with_the_nearest() {
    let of = |automation, environment| {
        stop(&workspace(&[]), CATALOG, automation, environment, Reach::Narrow, true).unwrap_err().to_string()
    };
    assert!(of("support-reply", "production").contains("support-reply"));
    assert!(of("support-replies", "prod").contains("prod"));
}

#[test]
fn taking_a_stop_back_asks_for_what_the_policy_asks_of_the_band() {
    let gate = |edits: &[_]| {
        let (plan, _) = planned(edits, Reach::Narrow);
        plan.gate(plan.stand_down.unwrap()).clone()
    };
    assert_eq!(gate(&[]).people, 1);
    let critical = gate(&[(AUTOMATION, "reversibility = \"hard\"", "reversibility = \"none\"")]);
    assert_eq!((critical.people, critical.functions), (2, vec!["technical".to_owned(), "business".to_owned()]));
    assert_eq!(critical.not, [crate::plan::Excluded::Operator]);
}

#[test]
fn the_machine_contains_and_then_holds_and_raises_nothing() {
    use crate::run::command::Command;
    use crate::run::event::{End, Outcome, Verdict};
    use crate::run::input::{Input, Tally, UndoReading};
    use crate::run::state::State;
    let (plan, _) = planned(&[], Reach::Narrow);
    let mut state = State::new(&plan);
    let put = |state: &mut State, input| {
        for event in state.decide(&plan, input).unwrap() {
            state.apply(&plan, event).unwrap();
        }
    };
    let s = plan.immediate[0];
    for input in [
        Input::Begin,
        Input::Advance,
        Input::Prepared(s),
        Input::Advance,
        Input::Observed { step: s, outcome: Outcome::Done },
        Input::Proved { step: s, verdict: Verdict::Pass },
        Input::Advance,
    ] {
        put(&mut state, input);
    }
    assert_eq!(state.pending(&plan), Command::Hold);
    assert!(state.contained(&plan) && state.holds_lowering(&plan));
    assert!(state.decide(&plan, Input::Advance).is_err() && state.decide(&plan, Input::StopAgain).is_err());
    assert!(state.decide(&plan, Input::StandDown { timely: false }).is_err(), "an hour later it is not a slip");
    let mut abandoned = state.clone();
    put(&mut abandoned, Input::Abandon);
    assert_eq!(abandoned.end, Some(End::Abandoned));
    put(&mut state, Input::StandDown { timely: true });
    let gate = plan.stand_down.unwrap();
    assert_eq!(state.pending(&plan), Command::AwaitVotes(gate));
    put(&mut state, Input::Tallied { gate, tally: Tally::Granted });
    assert_eq!(state.pending(&plan), Command::LookForHolds, "stop wins: others are looked for first");
    put(&mut state, Input::HoldsRead { others: false });
    put(&mut state, Input::UndoRead { step: s, reading: UndoReading::AlreadyBack });
    put(&mut state, Input::Advance);
    assert_eq!(state.end, Some(End::StoodDown));
}
