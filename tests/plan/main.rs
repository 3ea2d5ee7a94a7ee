//! The shipped runbooks on the sandbox's automations, with the real catalogue: their plans to the letter, every path that a
//! run of them can take, and what each of them promises whatever its class.

mod again;
mod gameday;
mod sweep;

use std::path::Path;

use aigov::explore::{Budget, explore};
use aigov::model::runbook::Class;
use aigov::model::word::Word as _;
use aigov::model::workspace::Workspace;
use aigov::plan::{Act, Condition, Direction, Plan, Step, StepIx, digest, fit, resolve, shipped};
use aigov::provider;
use aigov::text::canon::canonical;

/// Each runbook with the automations of the sandbox that it serves; its golden plan is for the first.
const SHELF: [(&str, &[&str]); 8] = [
    ("incident/bias-regression", &["credit-screening", "claims-triage"]),
    ("incident/data-leakage", &["care-guide", "claims-triage"]),
    ("incident/hallucination", &["support-replies", "care-guide"]),
    ("incident/policy-violation", &["support-replies", "care-guide"]),
    ("incident/runaway-automation", &["ops-agent", "claims-triage"]),
    ("incident/unauthorized-tool-use", &["ops-agent", "claims-triage"]),
    ("incident/unknown", &["support-replies", "care-guide", "claims-triage", "credit-screening", "ops-agent"]),
    ("incident/unsafe-recommendation", &["support-replies", "care-guide"]),
];

fn sandbox() -> Workspace {
    let files = shipped::SANDBOX.iter().chain(shipped::RUNBOOKS);
    let files = files.map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    let (workspace, found) = Workspace::assemble(files, provider::catalog());
    assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    workspace
}

#[expect(clippy::expect_used, reason = "a test that has no plan fails")]
fn plan(runbook: &str, automation: &str) -> Plan {
    let (plan, found) =
        resolve(&sandbox(), provider::catalog(), runbook, automation, "production", true).expect("a plan");
    assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new(), "{runbook}");
    plan
}

/// Every runbook on every automation that it serves.
fn plans() -> impl Iterator<Item = Plan> {
    SHELF.iter().flat_map(|(runbook, automations)| automations.iter().map(|a| plan(runbook, a)))
}

#[test]
fn the_shelf_is_whole_and_each_runbook_serves_two_automations_or_more() {
    let workspace = sandbox();
    let shipped: Vec<&str> = workspace.runbooks.keys().map(String::as_str).collect();
    assert_eq!(shipped, SHELF.map(|(runbook, _)| runbook));
    let classes: Vec<Class> = workspace.runbooks.values().filter_map(|r| Some(r.class.as_ref()?.value)).collect();
    for class in Class::ALL {
        assert!(classes.contains(class), "nothing is on the shelf for {class}");
    }
    for (runbook, automations) in SHELF {
        let mut fitting = fit::candidates(&workspace, runbook, "production");
        fitting.sort_by_key(|name| automations.iter().position(|a| a == name));
        assert_eq!(fitting, automations, "{runbook}");
        assert!(fitting.len() >= 2, "{runbook}");
    }
    assert!(workspace.automations.contains_key(shipped::STORY));
}

/// Compares with the file, or writes it when `AIGOV_BLESS` is set; the difference is then to be read before it is kept.
#[test]
fn the_shipped_plans_are_as_they_were() {
    for (runbook, automations) in SHELF {
        let plan = plan(runbook, automations[0]);
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/golden")
            .join(format!("{}.plan.json", runbook.replace('/', "-")));
        let made = serde_json::to_string_pretty(&plan).expect("serialises") + "\n";
        if std::env::var_os("AIGOV_BLESS").is_some() {
            std::fs::write(&path, &made).expect("writes");
        }
        let kept = std::fs::read_to_string(&path).expect("the golden plan is there");
        for (n, (kept, made)) in kept.lines().zip(made.lines()).enumerate() {
            assert_eq!(kept, made, "{}:{}", path.display(), n + 1);
        }
        assert_eq!(kept.lines().count(), made.lines().count(), "{}", path.display());
        // What is stored is read back as the same plan with the same digest.
        let back: Plan = serde_json::from_str(&kept).expect("parses");
        let stored = canonical(&plan).expect("finite");
        assert_eq!(canonical(&back).expect("finite"), stored);
        assert_eq!(serde_json::from_slice::<Plan>(&stored).expect("parses"), plan);
        assert_eq!(digest::digest(&back).expect("finite"), digest::digest(&plan).expect("finite"));
    }
}

/// Two faults on one path are walked where that is quick; one fault everywhere.
#[test]
fn every_path_of_the_shipped_plans_keeps_every_promise() {
    for plan in plans() {
        let name = format!("{} on {}", plan.runbook, plan.automation);
        let faults = if plan.automation == "support-replies" && plan.steps.len() < 20 { 2 } else { 1 };
        let coverage = explore(&plan, Budget { faults, ..Budget::default() }).expect("small enough");
        assert_eq!(coverage.broken, None, "{name}");
        assert_eq!(coverage.complete, Some(faults), "{name}");
        let never: Vec<String> =
            coverage.sometimes.iter().filter(|(_, path)| path.is_none()).map(|(s, _)| s.sentence(&plan)).collect();
        assert_eq!(never, Vec::<String>::new(), "{name}");
    }
}

/// What holds for every class, told by the plans themselves.
#[test]
fn every_runbook_stops_first_keeps_evidence_before_it_changes_anything_and_tells_people() {
    for plan in plans() {
        let name = format!("{} on {}", plan.runbook, plan.automation);
        let of = |ixs: &[StepIx]| ixs.iter().map(|ix| plan.step(*ix).clone()).collect::<Vec<Step>>();
        let immediate = of(&plan.immediate);
        let place = |is: &dyn Fn(&Act) -> bool| immediate.iter().position(|s| is(&s.act));
        let evidence = place(&|a| matches!(a, Act::Capture { .. })).expect("evidence is kept");
        let freeze = place(&|a| matches!(a, Act::Freeze)).expect("deployments are held");
        let page = place(&|a| matches!(a, Act::Page { .. })).expect("people are paged");
        let first = immediate.first().expect("something is done at once");
        assert_eq!(first.direction, Direction::Lowers, "{name}: the first action stops");
        let other = plan.step(first.or_else.expect("there is another way"));
        for (one, two) in first.targets.iter().zip(&other.targets) {
            assert_ne!(one.provider, two.provider, "{name}: the other way shares nothing with the first");
        }
        assert!(evidence < freeze && freeze < page, "{name}");
        assert!(immediate.iter().all(|s| s.why.is_some() && s.gate.is_none()), "{name}: each step says why");
        // What ends sessions or a service ends what they remember; before it comes the evidence.
        let ends = place(&|a| matches!(a, Act::SetControl { control, .. } if control == "sessions"));
        assert!(ends.is_none_or(|at| evidence < at), "{name}: evidence before it can be lost");

        assert!(plan.triggers.iter().any(|t| t.report.is_some()), "{name}: a person's report sets it off");
        assert!(plan.follow_ups.len() >= usize::from(plan.class != "unknown") * 3, "{name}");
        let worst = plan.rows.first().expect("there is a gravest severity");
        assert!(
            worst.escalate.iter().any(|ix| pages(&plan, *ix, "legal-on-duty")),
            "{name}: legal hears of the gravest"
        );
        for ix in plan.rows.iter().flat_map(|r| &r.respond) {
            let step = plan.step(*ix);
            if let Act::Publish { .. } = step.act {
                let gate = plan.gate(step.gate.expect("nothing is published without a gate"));
                assert!(gate.functions.iter().any(|f| f == "legal"), "{name}: legal sees {} first", step.id);
                assert!(gate.functions.len() >= 2, "{name}: {} takes two", step.id);
            }
            let corrective = step.irreversible.as_ref().map(|i| i.corrective.is_some());
            assert_ne!(corrective, Some(false), "{name}: {} says what makes up for it", step.id);
        }
        if plan.class != "unknown" {
            let asks = |kind: fn(&Condition) -> bool| {
                plan.triggers.iter().filter_map(|t| t.signal.as_ref()).any(|m| kind(&m.condition))
            };
            assert!(asks(|c| matches!(c, Condition::Above(_) | Condition::Below(_))), "{name}: an absolute threshold");
            assert!(asks(|c| matches!(c, Condition::AboveBaseline { cases: Some(_), .. })), "{name}: a relative one");
            assert!(worst.public, "{name}: the gravest is told to people");
            assert!(plan.checks.iter().any(|c| c.signal.is_some()) && plan.checks.iter().any(|c| c.ask.is_some()));
        }
        assert_eq!(plan.stand_down.is_none(), plan.class == "data-leakage", "{name}");
    }
}

fn pages(plan: &Plan, ix: StepIx, whom: &str) -> bool {
    matches!(&plan.step(ix).act, Act::Page { to, .. } if to.iter().any(|t| t == whom))
}
