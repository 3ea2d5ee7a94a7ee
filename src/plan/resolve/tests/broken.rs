//! No typo elsewhere keeps an action from running: every line of every file is broken in turn, in several ways.

use super::*;

/// What a line is replaced by: nothing, an unclosed string, an unknown key, an unknown header.
const BREAKS: [&str; 4] = ["", "why = \"", "unheard-of = 1", "[unheard-of]"];

/// Indices of the lines from the one that starts with `from` to before the next header.
fn section(text: &str, from: &str) -> std::ops::Range<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let mark = lines.iter().position(|l| l.starts_with(from)).expect("the section is there");
    let start = (0..=mark).rev().find(|i| lines[*i].starts_with('[')).expect("it has a header");
    let end = (start + 1..lines.len()).find(|i| lines[*i].starts_with('[')).unwrap_or(lines.len());
    start..end
}

/// The sandbox's workspace with one line of one file replaced. Only that file is read again.
fn broken(whole: &Workspace, path: &str, line: usize, with: &str) -> Workspace {
    let text: Vec<&str> = text(path).lines().enumerate().map(|(i, l)| if i == line { with } else { l }).collect();
    let (one, _) = Workspace::assemble(vec![(path.to_owned(), text.join("\n").into_bytes())], CATALOG);
    let mut broken = whole.clone();
    broken.settings = one.settings.or(broken.settings);
    broken.people = one.people.or(broken.people);
    broken.automations.extend(one.automations);
    broken.runbooks.extend(one.runbooks);
    broken
}

fn text(path: &str) -> &'static str {
    SANDBOX.iter().chain(RUNBOOKS).find(|(p, _)| *p == path).expect("shipped").1
}

/// What holds of every plan, however broken its files.
fn sound(plan: &Plan) {
    let step = |ix: &StepIx| plan.steps.get(ix.ix()).expect("an index of a step");
    for ix in &plan.immediate {
        assert_eq!(step(ix).role, StepRole::Immediate);
        assert_ne!(step(ix).direction, Direction::Raises);
        assert!(step(ix).or_else.is_none_or(|o| !plan.immediate.contains(&o) && step(&o).role == StepRole::OrElse));
    }
    let rows = plan.rows.iter().flat_map(|r| r.respond.iter().chain(&r.escalate));
    let all = plan.stop.iter().chain(&plan.safe_all).chain(&plan.on_silence).chain(rows);
    for ix in all.chain(plan.stages.iter().map(|s| &s.step)) {
        assert!(ix.ix() < plan.steps.len());
    }
    let gates = plan.steps.iter().filter_map(|s| s.gate).chain(plan.sign_off).chain(plan.stand_down);
    for ix in gates.chain([plan.downgrade]) {
        assert!(plan.gate(ix).people >= 1);
        assert!(usize::from(plan.gate(ix).people) >= plan.gate(ix).functions.len());
    }
    assert!(!plan.rows.is_empty());
    let mut ids: Vec<&str> = plan.steps.iter().map(|s| s.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), plan.steps.len(), "ids of steps are unique");
}

/// Breaks every line of a file and looks whether each action is still planned, unless the line stands in one of the
/// sections that the action is made of. Where the header that ends such a section is broken, two sections become one and
/// nobody can tell what was meant; then at least something that lowers autonomy is planned.
fn every_line(path: &str, actions: &[(&str, &[&str])]) {
    let (whole, sandbox) = (text(path), workspace(&[]));
    let mut looked = 0;
    for (i, line) in whole.lines().enumerate().filter(|(_, l)| !l.is_empty() && !l.starts_with('#')) {
        for with in BREAKS {
            let workspace = broken(&sandbox, path, i, with);
            let place = format!("{path}:{}: `{line}` became `{with}`", i + 1);
            let made = resolve(&workspace, CATALOG, "incident/hallucination", "support-replies", "production", false);
            let Ok((plan, _)) = made else {
                assert!(line.starts_with("[environments"), "{place}: no plan");
                continue;
            };
            sound(&plan);
            for (step, sections) in actions {
                let own: Vec<_> = sections.iter().map(|from| section(whole, from)).collect();
                if own.iter().any(|s| s.contains(&i)) {
                    continue;
                }
                let ends = own.iter().any(|s| s.end == i);
                let there = plan
                    .immediate
                    .iter()
                    .map(|s| plan.step(*s))
                    .any(|s| if ends { s.direction == Direction::Lowers } else { s.id == *step });
                assert!(there, "{place}: `{step}` is not planned: {:#?}", plan.problems);
                looked += 1;
            }
        }
    }
    assert!(looked > 50, "{looked} breaks looked at");
}

#[test]
fn no_broken_line_of_the_runbook_keeps_another_action_from_running() {
    let actions: [(&str, &[&str]); 3] = [
        ("stop-sending", &["id  = \"stop-sending\""]),
        ("keep-evidence", &["id  = \"keep-evidence\""]),
        ("page", &["id  = \"page\""]),
    ];
    every_line(RUNBOOK, &actions);
}

#[test]
fn no_broken_line_of_the_automation_keeps_the_stop_from_running() {
    every_line(AUTOMATION, &[("stop-sending", &["[controls.autonomy]"])]);
}

#[test]
fn no_broken_line_of_the_settings_keeps_the_stop_from_running() {
    every_line(SETTINGS, &[("stop-sending", &["[providers.flags]", "[environments.production]"])]);
}

#[test]
fn no_broken_line_about_people_keeps_anybody_from_being_paged() {
    every_line(PEOPLE, &[("stop-sending", &[]), ("page", &[])]);
}

#[test]
fn an_action_that_lowers_and_is_lost_is_kept_in_mind() {
    let misspelt = [
        (AUTOMATION, "production = {", "produktion = {"),
        (AUTOMATION, "provider = \"scaler\"", "provider = \"scalr\""),
    ];
    let lost = |runbook: &str, edits: &[(&str, &str, &str)]| {
        let (plan, _) =
            resolve(&super::workspace(edits), CATALOG, runbook, "support-replies", "production", true).expect("a plan");
        sound(&plan);
        (plan.lost.clone(), plan.can_contain())
    };
    assert_eq!(lost("incident/unknown", &[]), (vec![], true));
    assert_eq!(lost("incident/unknown", &misspelt), (vec!["stop".to_owned()], false));
    assert_eq!(lost("incident/hallucination", &misspelt), (vec!["stop-sending".to_owned()], false));
    // The or-else stands in where it lowers too.
    let sending = (RUNBOOK, "control = \"autonomy\"", "control = \"autonmy\"");
    assert_eq!(lost("incident/hallucination", &[sending]), (vec![], true));
    let only_looks = (RUNBOOK, "or-else = \"stop-service\"", "or-else = \"keep-evidence\"");
    assert_eq!(lost("incident/hallucination", &[sending, only_looks]), (vec!["stop-sending".to_owned()], false));
    // What was never meant to lower is loud, and no matter of containment.
    let page = (RUNBOOK, "do  = \"page.send\"\nwith = { to = [", "do  = \"page.send\"\nwith = { too = [");
    assert_eq!(lost("incident/hallucination", &[page]).0, Vec::<String>::new());
}
