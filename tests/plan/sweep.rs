//! The chaos sweep: which cases there are, that a defect that is planted is found by each kind of case and named, and that
//! a failing case is made small.

use std::collections::BTreeSet;

use aigov::model::word::Word as _;
use aigov::plan::rehearsal::{Fault, FaultKind};
use aigov::plan::{Act, Direction, Plan, Setting, StepIx, StepRole, Votes};
use aigov::rehearse::sweep::{
    Case, EVERYWHERE, KINDS, Tried, Verdict, avoidable, minimised, pairs, random, singles, steps, try_out,
};
use aigov::text::time::Millis;

fn whole() -> Plan {
    Plan { votes: Votes::Unsigned, ..crate::plan("incident/data-leakage", "care-guide") }
}

/// Where the defect is planted.
const AT: &str = "cut-the-source";

/// A step whose or-else claims to lower autonomy, and switches on again what another step has switched off.
fn planted() -> Plan {
    let mut plan = whole();
    let of = |id: &str| plan.steps.iter().position(|s| s.id == id);
    let (Some(cut), Some(stop)) = (of(AT), of("stop-answers")) else { return plan };
    let mut wrong = plan.steps[stop].clone();
    wrong.id = "cut-otherwise".to_owned();
    wrong.role = StepRole::OrElse;
    wrong.or_else = None;
    wrong.direction = Direction::Lowers;
    if let Act::SetControl { to, .. } = &mut wrong.act {
        *to = match to {
            Setting::On(on) => Setting::On(!*on),
            Setting::Percent(_) => Setting::Percent(100.0),
            Setting::Level(_) => Setting::Level("autonomous".to_owned()),
        };
    }
    plan.steps[cut].or_else = u16::try_from(plan.steps.len()).ok().map(StepIx);
    plan.steps.push(wrong);
    plan
}

fn hits(case: &Case, step: &str) -> bool {
    case.faults.iter().any(|f| f.step.as_deref() == Some(step))
}

#[test]
fn every_fault_there_is_stands_at_every_step_once_and_for_good() {
    let kinds: BTreeSet<&str> = KINDS.iter().chain(&EVERYWHERE).map(|k| k.word()).collect();
    assert_eq!(kinds, FaultKind::ALL.iter().map(|k| k.word()).collect(), "a fault that no sweep tries");
    let steps: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
    let all = singles(&steps);
    assert_eq!(all.len(), steps.len() * KINDS.len() * 2 + EVERYWHERE.len() * 2);
    for kind in KINDS {
        for step in &steps {
            let of = all.iter().flat_map(|c| &c.faults).filter(|f| f.kind == kind && f.step.as_ref() == Some(step));
            assert_eq!(of.map(|f| f.times).collect::<Vec<_>>(), [Some(1), None], "{kind} at {step}");
        }
    }
}

#[test]
fn every_two_faults_make_a_pair_also_at_one_step() {
    let steps: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
    let all = pairs(&steps);
    let kinds = KINDS.len();
    // At two steps each with each; at one, one after the other; with what happens to the whole run; and both of that.
    assert_eq!(all.len(), 3 * kinds * kinds + 3 * kinds * (kinds - 1) + 3 * kinds * 2 + 1);
    let name = |f: &Fault| format!("{:?} {} {:?}", f.step, f.kind, f.times);
    let distinct: BTreeSet<Vec<String>> = all.iter().map(|c| c.faults.iter().map(name).collect()).collect();
    assert_eq!(distinct.len(), all.len(), "a pair twice");
    let at_one = all.iter().filter(|c| c.faults[0].step == c.faults[1].step && c.faults[0].step.is_some());
    assert_eq!(at_one.count(), 3 * kinds * (kinds - 1));
    let with_the_clock = all.iter().filter(|c| c.faults.iter().any(|f| f.kind == FaultKind::ClockSkew));
    assert_eq!(with_the_clock.count(), 3 * kinds + 1);
}

#[test]
fn one_fault_never_makes_the_record_say_what_is_not_so() {
    let plan = whole();
    let steps = steps(&plan);
    assert!(steps.iter().any(|s| s == AT) && steps.iter().any(|s| s == "stop-service"), "{steps:?}");
    for case in singles(&steps) {
        let tried = try_out(&plan, case, 1);
        assert_ne!(tried.verdict, Verdict::Wrong, "{:?}", tried.case);
        let stands_in = hits(&tried.case, "stop-answers");
        assert!(!stands_in || tried.verdict == Verdict::Contained, "with an or-else, and not contained: {tried:?}");
    }
}

#[test]
fn a_planted_defect_is_found_by_single_faults_and_by_pairs() {
    let plan = planted();
    let steps = steps(&plan);
    let nothing = try_out(&plan, Case { faults: Vec::new() }, 1);
    assert_eq!(nothing.verdict, Verdict::Contained, "without a fault nothing is wrong");
    let wrong = |cases: Vec<Case>| -> Vec<Tried> {
        let all = cases.into_iter().map(|case| try_out(&plan, case, 1));
        all.filter(|t| t.verdict == Verdict::Wrong).collect()
    };
    let single = wrong(singles(&steps));
    assert!(!single.is_empty(), "no single fault finds it");
    assert!(single.iter().all(|t| hits(&t.case, AT)), "{single:#?}");
    let among: Vec<Case> =
        pairs(&steps).into_iter().filter(|c| hits(c, AT) && c.faults.iter().any(|f| f.step.is_none())).collect();
    assert!(!wrong(among).is_empty(), "no pair finds it");
}

#[test]
fn a_random_case_is_of_its_seed_and_is_made_as_small_as_it_can_be() {
    let plan = planted();
    let steps = steps(&plan);
    assert_eq!(random(&steps, 11), random(&steps, 11));
    assert!((0..20).any(|seed| random(&steps, seed) != random(&steps, 11)));
    let all: Vec<Case> = (0..200).map(|seed| random(&steps, seed)).collect();
    for kind in KINDS.iter().chain(&EVERYWHERE) {
        assert!(all.iter().flat_map(|c| &c.faults).any(|f| f.kind == *kind), "{kind} never comes by chance");
    }
    let several = |case: &Case| case.faults.len() > 2 && hits(case, AT);
    let found = (0..400).find_map(|seed| {
        let case = random(&steps, seed);
        let tried = several(&case).then(|| try_out(&plan, case, seed))?;
        (tried.verdict == Verdict::Wrong).then_some((seed, tried))
    });
    let (seed, tried) = found.unwrap_or_else(|| panic!("no random case finds it"));
    let least = minimised(&plan, tried.clone(), seed);
    assert_eq!(least.verdict, Verdict::Wrong);
    let [fault] = &least.case.faults[..] else { panic!("{least:#?}\nof {tried:#?}") };
    assert_eq!((fault.step.as_deref(), fault.at, fault.lasts), (Some(AT), Millis(0), None), "{fault:?}");
    assert!(fault.times.is_some_and(|times| times <= 3), "{fault:?}");
    assert_eq!(try_out(&plan, least.case.clone(), seed).verdict, Verdict::Wrong, "what is told is played again");
    // What was taken away can't come back: made small again, it is the same.
    assert_eq!(minimised(&plan, least.clone(), seed), least);
}

#[test]
fn what_could_have_been_contained_is_told_from_what_could_not() {
    let plan = whole();
    let case = |faults: &[(&str, Option<u64>)]| {
        let all = pairs(&["stop-answers".to_owned(), "stop-service".to_owned()]);
        let any = all[0].faults[0].clone();
        let of = |(step, times): &(&str, Option<u64>)| Fault {
            step: Some((*step).to_owned()),
            times: *times,
            ..any.clone()
        };
        Case { faults: faults.iter().map(of).collect() }
    };
    assert!(avoidable(&plan, &case(&[])));
    assert!(avoidable(&plan, &case(&[("stop-answers", None)])), "its or-else is left");
    assert!(avoidable(&plan, &case(&[("stop-answers", None), ("page", None)])));
    assert!(avoidable(&plan, &case(&[("stop-answers", None), ("stop-service", Some(1))])), "another try works");
    assert!(!avoidable(&plan, &case(&[("stop-answers", None), ("stop-service", None)])));
    assert!(avoidable(&plan, &case(&[(AT, None)])), "one that stands in for two");
    assert!(!avoidable(&plan, &case(&[(AT, None), ("stop-service", None)])));
}

#[test]
fn whatever_single_switch_gives_way_on_the_shelf_another_one_contains() {
    let telling = [FaultKind::Error, FaultKind::StaleRead];
    for plan in crate::plans() {
        let plan = Plan { votes: Votes::Unsigned, ..plan };
        let lowers = |f: &Fault| {
            let step = f.step.as_deref().and_then(|id| plan.find_step(id));
            step.is_some_and(|s| plan.step(s).direction == Direction::Lowers && plan.immediate.contains(&s))
        };
        let wanted = |c: &Case| c.faults.iter().all(|f| f.times.is_none() && telling.contains(&f.kind) && lowers(f));
        for case in singles(&steps(&plan)).into_iter().filter(wanted) {
            let tried = try_out(&plan, case, 1);
            assert_eq!(tried.verdict, Verdict::Contained, "{} on {}: {tried:?}", plan.runbook, plan.automation);
        }
    }
}
