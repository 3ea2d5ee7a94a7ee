//! Every shipped runbook of a class on every automation of the sandbox that it fits, driven to its end.

use serde_json::{Value, json};

use crate::drive::Why;
use crate::drive::fake::{Scene, place};
use crate::model::workspace::Workspace;
use crate::plan::{Act, Direction, FactKind, FactValue, Plan, StepRole, fit, resolve, shipped};
use crate::provider;
use crate::run::event::{Choice, End, Event};
use crate::run::record::Decision;

/// The pairs of a runbook and an automation that it fits; the one for what is not known yet left out.
fn pairs() -> Vec<Plan> {
    let files = shipped::SANDBOX.iter().chain(shipped::RUNBOOKS);
    let files = files.map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    let (workspace, _) = Workspace::assemble(files, provider::catalog());
    let of = |runbook: &str| {
        let fitting = fit::candidates(&workspace, runbook, "production");
        let plan = |a: &&str| resolve(&workspace, provider::catalog(), runbook, a, "production", true).unwrap().0;
        fitting.iter().map(plan).collect::<Vec<_>>()
    };
    workspace.runbooks.keys().filter(|name| *name != "incident/unknown").flat_map(|name| of(name)).collect()
}

/// A world in which everything that the plan touches stands as it was before, signals are well, and everybody says yes.
fn scene(plan: Plan) -> Scene {
    let mut scene = Scene::of(plan);
    for step in &scene.plan.steps {
        let is = match step.act {
            Act::SetControl { .. } => json!("as before"),
            Act::RollbackLayer { .. } | Act::Freeze => json!("bad"),
            _ => continue,
        };
        step.targets.iter().for_each(|t| scene.world.set(&place(t), is.clone()));
    }
    scene.world.well.set(true);
    let answer = |kind: &FactKind| match kind {
        FactKind::YesNo => FactValue::YesNo(true),
        FactKind::Count => FactValue::Count(5_000),
        FactKind::Percent => FactValue::Percent(50.0),
        FactKind::Level(_) => FactValue::Level(0),
    };
    scene.policy.facts = scene.plan.facts.iter().map(|f| (f.id.clone(), answer(&f.kind))).collect();
    scene.policy.choices = vec![Choice::Attest, Choice::Retry, Choice::ByHand];
    let others = scene.plan.roster.iter().filter(|p| p.name != "olga");
    scene.log.voters = others.map(|p| (p.name.clone(), Decision::Approve)).collect();
    scene
}

#[test]
fn each_of_the_seven_classes_is_driven_to_closed_on_each_automation_that_it_fits() {
    let plans = pairs();
    let classes: std::collections::BTreeSet<&str> = plans.iter().map(|p| p.class.as_str()).collect();
    assert_eq!((plans.len(), classes.len()), (14, 7), "{classes:?}");
    for plan in plans {
        let what = format!("{} on {}", plan.runbook, plan.automation);
        assert_eq!(plan.problems, Vec::<String>::new(), "{what}");
        let mut scene = scene(plan);
        let stopped = scene.go();
        let events = scene.events();
        let told = || format!("{what}: {stopped:?}\nsaid: {:?}\n{events:#?}", scene.shown.lines);
        // What a person does, and nobody can read back, is attested by name, and that is said at the end.
        let attested = events.iter().any(|e| matches!(e, Event::StepAttested { .. }));
        let end = if attested { End::ClosedWithExceptions } else { End::Closed };
        assert!(matches!(stopped.why, Why::Done(e) if e == end), "{}", told());
        assert_eq!(scene.world.early.borrow().as_slice(), [] as [String; 0], "{what}");
        assert!(scene.log.voters.len() > 5 && events.iter().any(|e| matches!(e, Event::GateGranted { .. })), "{what}");
        // Every stage was set and watched, and what was lowered is as it was, unless a stage has it now.
        let soaks = events.iter().filter(|e| matches!(e, Event::SoakEnded { .. })).count();
        assert_eq!(soaks, scene.plan.stages.len(), "{}", told());
        let lowered = scene.plan.immediate.iter().map(|s| scene.plan.step(*s));
        for step in lowered.filter(|s| s.direction == Direction::Lowers && matches!(s.act, Act::SetControl { .. })) {
            for target in &step.targets {
                assert_eq!(scene.world.state(&place(target)), Value::from("as before"), "{what}: {}", step.id);
            }
        }
        let sent = |role| scene.plan.steps.iter().filter(move |s| s.role == role).map(|s| s.id.clone());
        let performed = scene.world.performed.borrow().clone();
        assert!(sent(StepRole::Immediate).all(|id| performed.contains(&id)), "{what}: {performed:?}");
        scene.ledger();
    }
}
