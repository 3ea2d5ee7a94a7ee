//! From what people wrote to a plan: every name looked up, every value checked against its control, every act bound to a
//! provider of the environment.
//!
//! A problem counts only against what it prevents. An immediate action whose own control, provider and binding are
//! intact is in the plan, whatever else is wrong; everything else that is wrong is told in `Plan::problems`, and the run
//! goes on to contain and stops there. Must not read files, and must not know any vendor beyond the catalogue.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Act, Band, FollowUp, Gate, GateIx, Key, Person, Plan, Step, StepIx};
use crate::diag::{Code, Diagnostic, Severity, code};
use crate::model::automation::Automation;
use crate::model::catalog::Catalog;
use crate::model::key::PublicKey;
use crate::model::people::People;
use crate::model::runbook::{Class, Runbook};
use crate::model::word::Word as _;
use crate::model::workspace::{Settings, Workspace};
use crate::text::source::Source;
use crate::text::span::{Span, Spanned};
use crate::text::suggest;
use crate::text::time::{Instant, Millis};

mod act;
mod assess;
mod contain;
mod gate;
mod restore;
mod risk;
mod stop;
mod target;
mod votes;

pub use risk::{band, word as band_word};
pub use stop::{Reach, instead, others, stop};
pub use votes::outside;

/// Time from intent to a passed probe where a step does not say.
pub const WITHIN: Millis = Millis::from_secs(30);
/// The same for what only tells somebody: what comes after it must not be held up by it.
pub const PAGE: Millis = Millis::from_secs(10);
/// Time allowed for a question where the workspace does not say.
pub const QUESTION: Millis = Millis::from_secs(10 * 60);
/// Most steps that a runbook may write; made steps come on top and still fit their index.
const MOST_STEPS: usize = 10_000;

/// Resolves a runbook for an automation and an environment of the workspace. With the plan come all problems, of every
/// severity; those that are errors stand in [`Plan::problems`] too. `demo` says that the caller runs the sandbox; it has
/// the same weight as `demo = true` in `aigov.toml`.
///
/// # Errors
/// There is no such runbook, automation or environment, or no `aigov.toml`: nothing could be planned.
pub fn resolve(
    workspace: &Workspace,
    catalog: Catalog,
    runbook: &str,
    automation: &str,
    environment: &str,
    demo: bool,
) -> Result<(Plan, Vec<Diagnostic>), Vec<Diagnostic>> {
    found(workspace, catalog, runbook, automation, environment).map(|resolver| resolver.plan(demo))
}

/// The same for a drill in a real environment: what tells people something goes to the section's `drill` target, or to a
/// desk in memory where it has none. Nobody is woken for practice.
///
/// # Errors
/// As [`resolve`].
pub fn practised(
    workspace: &Workspace,
    catalog: Catalog,
    runbook: &str,
    automation: &str,
    environment: &str,
) -> Result<(Plan, Vec<Diagnostic>), Vec<Diagnostic>> {
    let resolver = found(workspace, catalog, runbook, automation, environment)?;
    Ok(Resolver { practice: true, ..resolver }.plan(false))
}

fn found<'a>(
    workspace: &'a Workspace,
    catalog: Catalog,
    runbook: &str,
    automation: &str,
    environment: &'a str,
) -> Result<Resolver<'a>, Vec<Diagnostic>> {
    let mut missing = Vec::new();
    let mut no = |what: &str, name: &str, known: Vec<&str>| {
        missing.push(
            Diagnostic::error(code::UNRESOLVED, format!("there is no {what} `{name}` in this workspace"))
                .help(advice(name, &known)),
        );
    };
    let found = workspace.runbooks.get(runbook);
    if found.is_none() {
        no("runbook", runbook, workspace.runbooks.keys().map(String::as_str).collect());
    }
    let of = workspace.automations.get(automation);
    if of.is_none() {
        no("automation", automation, workspace.automations.keys().map(String::as_str).collect());
    }
    match &workspace.settings {
        None => no("file", "aigov.toml", Vec::new()),
        Some(settings) if settings.environments.get(environment).is_none() => {
            no("environment", environment, settings.environments.names().collect());
        }
        Some(_) => {}
    }
    let (Some(runbook), Some(automation), Some(settings), true) = (found, of, &workspace.settings, missing.is_empty())
    else {
        return Err(missing);
    };
    if runbook.immediate.len() + runbook.respond.len() > MOST_STEPS {
        let says = format!("runbook `{}` has more than {MOST_STEPS} steps", runbook.name);
        return Err(vec![Diagnostic::error(code::BAD_VALUE, says).help("split it")]);
    }
    Ok(Resolver::new(workspace, settings, catalog, runbook, automation, environment))
}

/// Adds to a plan's problems what reading its files found: the errors in its runbook, its automation, the settings, the
/// people and the templates that it uses. Problems of other files are none of this run's.
pub fn add_problems(plan: &mut Plan, found: &[Diagnostic]) {
    let mut files = vec![
        "aigov.toml".to_owned(),
        "people.toml".to_owned(),
        format!("runbooks/{}.toml", plan.runbook),
        format!("automations/{}.toml", plan.automation),
    ];
    for step in &plan.steps {
        if let Act::Publish { template, .. } = &step.act {
            files.push(format!("templates/{template}.txt"));
        }
    }
    let lines: Vec<String> = found
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .filter(|d| d.labels.first().is_some_and(|l| files.contains(&l.source.name)))
        .map(problem)
        .filter(|line| !plan.problems.contains(line))
        .collect();
    plan.problems.splice(0..0, lines);
}

/// Who may vote, as a record holds it: no contacts.
#[must_use]
pub fn roster(people: &People) -> Vec<Person> {
    people
        .persons
        .iter()
        .map(|(name, person)| Person {
            name: name.value.clone(),
            functions: person.functions.iter().map(|f| f.value.clone()).collect(),
            from: person.from.as_ref().and_then(|day| Instant::of_day(day.value)),
            // A last day at the end of all calendars is none.
            until: person.until.as_ref().and_then(|day| Instant::of_day(day.value.tomorrow().ok()?)),
            keys: person.keys.iter().filter_map(key).collect(),
        })
        .collect()
}

/// Who stands in for whom.
fn alternates(people: &People) -> BTreeMap<String, Vec<String>> {
    let named = people.persons.iter().filter(|(_, person)| !person.alternates.is_empty());
    named.map(|(name, p)| (name.value.clone(), p.alternates.iter().map(|a| a.value.clone()).collect())).collect()
}

/// A key that can vote, in its one form; one that can't is no key of anybody.
fn key(written: &crate::model::people::Key) -> Option<Key> {
    Some(Key {
        key: written.form.clone()?,
        from: written.from.as_ref().map(|f| f.value),
        revoked: written.revoked.as_ref().map(|r| r.value),
        hardware: written.hardware,
    })
}

/// Authorities whose certificates stand for people, in their one form.
#[must_use]
pub fn authorities(people: Option<&People>) -> Vec<String> {
    let all = people.into_iter().flat_map(|p| &p.authorities);
    all.filter_map(|a| PublicKey::parse(&a.value).ok()).map(|key| key.line()).collect()
}

/// What is being resolved, and what came of it so far.
struct Resolver<'a> {
    workspace: &'a Workspace,
    settings: &'a Settings,
    people: Option<&'a People>,
    catalog: Catalog,
    runbook: &'a Runbook,
    automation: &'a Automation,
    environment: &'a str,
    /// Whether people only practise: then nobody is told anything for real.
    practice: bool,
    band: Band,
    roster: Vec<Person>,
    steps: Vec<Step>,
    gates: Vec<Gate>,
    /// Immediate actions that would have lowered autonomy and are not planned.
    lost: Vec<String>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Resolver<'a> {
    fn new(
        workspace: &'a Workspace,
        settings: &'a Settings,
        catalog: Catalog,
        runbook: &'a Runbook,
        automation: &'a Automation,
        environment: &'a str,
    ) -> Self {
        let people = workspace.people.as_ref();
        let roster = people.map_or_else(Vec::new, roster);
        let (band, diagnostics) = risk::band(automation);
        Self {
            workspace,
            settings,
            people,
            catalog,
            runbook,
            automation,
            environment,
            practice: false,
            band,
            roster,
            steps: Vec::new(),
            gates: Vec::new(),
            lost: Vec::new(),
            diagnostics,
        }
    }

    fn plan(mut self, demo: bool) -> (Plan, Vec<Diagnostic>) {
        self.scope();
        let immediate = self.contain();
        let stop = self.stop();
        let on_silence = self.silence();
        let triggers = self.triggers();
        let (facts, rows) = self.matrix();
        let checks = self.checks();
        let (sign_off, stages) = self.restore();
        let safe_all = self.safe_all(&immediate, &stages);
        let stand_down = self.stand_down();
        let downgrade = self.downgrade();
        let follow_ups = self.follow_ups();
        let roles = self.roles();
        let votes = self.votes(demo);
        self.required();
        let problems = self.diagnostics.iter().filter(|d| d.severity == Severity::Error).map(problem).collect();
        let frame = self.frame();
        let plan = Plan {
            votes,
            triggers,
            steps: self.steps,
            immediate,
            stop,
            on_silence,
            facts,
            rows,
            gates: self.gates,
            checks,
            sign_off,
            stages,
            safe_all,
            stand_down,
            downgrade,
            follow_ups,
            roster: self.roster,
            authorities: authorities(self.people),
            roles,
            lost: self.lost,
            problems,
            ..frame
        };
        (plan, self.diagnostics)
    }

    /// A plan with what runbook, automation and environment say of themselves, and nothing to do.
    fn frame(&self) -> Plan {
        let (runbook, automation) = (self.runbook, self.automation);
        let text = |t: &Option<Spanned<String>>| t.as_ref().map(|t| t.value.clone()).unwrap_or_default();
        let production = self.settings.environments.get(self.environment).and_then(|e| e.production.as_ref());
        Plan {
            format: super::PLAN_FORMAT,
            runbook: runbook.name.clone(),
            title: runbook.title.as_ref().map_or_else(|| runbook.name.clone(), |t| t.value.clone()),
            class: runbook.class.as_ref().map_or(Class::Unknown, |c| c.value).word().to_owned(),
            impact: runbook.impact.as_ref().map_or_else(String::new, |i| i.value.word().to_owned()),
            automation: automation.name.clone(),
            purpose: text(&automation.purpose),
            band: self.band,
            environment: self.environment.to_owned(),
            production: production.is_some_and(|p| p.value),
            votes: super::Votes::Signed,
            contain_within: runbook.contain_within.as_ref().map(|c| c.value),
            question_within: self.settings.question.as_ref().map_or(QUESTION, |q| q.value),
            meanwhile: automation.stop.as_ref().and_then(|s| s.meanwhile.as_ref()).map(|m| m.value.clone()),
            users: runbook.scope.users.iter().map(|u| u.value.clone()).collect(),
            triggers: Vec::new(),
            steps: Vec::new(),
            immediate: Vec::new(),
            stop: Vec::new(),
            on_silence: None,
            facts: Vec::new(),
            rows: Vec::new(),
            gates: Vec::new(),
            checks: Vec::new(),
            sign_off: None,
            stages: Vec::new(),
            safe_all: Vec::new(),
            stand_down: None,
            downgrade: GateIx(0),
            follow_ups: Vec::new(),
            roster: Vec::new(),
            authorities: Vec::new(),
            roles: BTreeMap::new(),
            alternates: self.people.map(alternates).unwrap_or_default(),
            lost: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// What must be there and is not. The decoder reports the same with its place; here it keeps a run from going on.
    fn required(&mut self) {
        let runbook = self.runbook;
        for (what, there) in [
            ("title", runbook.title.is_some()),
            ("class", runbook.class.is_some()),
            ("impact", runbook.impact.is_some()),
            ("owner", runbook.owner.is_some()),
        ] {
            if !there {
                self.error(code::NOT_USABLE, format!("`{what}` of runbook `{}` is not readable", runbook.name));
            }
        }
        if let Some(owner) = &runbook.owner {
            self.role(owner, &runbook.source);
        }
    }

    fn scope(&mut self) {
        let scope = &self.runbook.scope;
        let elsewhere = |list: &[Spanned<String>], name: &str| {
            list.first().filter(|_| !list.iter().any(|e| e.value == name)).map(|e| e.span)
        };
        if let Some(span) = elsewhere(&scope.environments, self.environment) {
            let says = format!("`{}` was not written for environment `{}`", self.runbook.name, self.environment);
            self.push(Diagnostic::warning(code::SCOPE, says).at(&self.runbook.source, span, "written for these"));
        }
        let known = &self.workspace.automations;
        match scope.automations.first() {
            // Whether it was meant for this one can't be told.
            Some(first) if !scope.automations.iter().any(|a| known.contains_key(&a.value)) => {
                let names: Vec<&str> = known.keys().map(String::as_str).collect();
                self.unresolved(first, &self.runbook.source, "there is no automation", &names);
            }
            _ => {
                if let Some(span) = elsewhere(&scope.automations, &self.automation.name) {
                    let (runbook, automation) = (&self.runbook.name, &self.automation.name);
                    let says = format!("`{runbook}` was not written for automation `{automation}`");
                    self.push(Diagnostic::warning(code::SCOPE, says).at(
                        &self.runbook.source,
                        span,
                        "written for these",
                    ));
                }
            }
        }
    }

    fn follow_ups(&mut self) -> Vec<FollowUp> {
        let runbook = self.runbook;
        let mut out = Vec::new();
        for item in &runbook.follow_ups {
            let owner = item.owner.as_ref().or(runbook.owner.as_ref());
            let (Some(kind), Some(owner), Some(due)) = (&item.kind, owner, &item.due) else {
                let says = format!("the follow-up `{}` can not be read whole", item.title.value);
                self.error_at(code::NOT_USABLE, says, &runbook.source, item.span);
                continue;
            };
            let owner = self.role(owner, &runbook.source);
            out.push(FollowUp { title: item.title.value.clone(), kind: kind.word().to_owned(), owner, due: due.value });
        }
        out
    }

    // ---------------------------------------------------------------------------------------------------- people

    /// Each role of the automation with who carries it, for display.
    fn roles(&mut self) -> BTreeMap<String, String> {
        let automation = self.automation;
        automation
            .roles
            .iter()
            .map(|(role, carrier)| {
                let persons: Vec<&str> = self.people.map_or_else(Vec::new, |p| p.carriers(&carrier.value).collect());
                let shown = if persons.is_empty() {
                    carrier.value.clone()
                } else {
                    format!("{} ({})", carrier.value, persons.join(", "))
                };
                (role.value.clone(), shown)
            })
            .collect()
    }

    /// Who `@owner` or a plain name is. What can't be resolved is reported and kept as written: a page that goes to the
    /// service's default is better than none.
    fn role(&mut self, written: &Spanned<String>, source: &Arc<Source>) -> String {
        let automation = self.automation;
        let Some(role) = written.value.strip_prefix('@') else {
            self.known_person(written, source);
            return written.value.clone();
        };
        if let Some(carrier) = automation.roles.get(role) {
            self.known_person(carrier, &automation.source);
            return carrier.value.clone();
        }
        let known: Vec<String> = automation.roles.names().map(|n| format!("@{n}")).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        self.unresolved(written, source, &format!("automation `{}` has no role", automation.name), &known);
        written.value.clone()
    }

    fn known_person(&mut self, name: &Spanned<String>, source: &Arc<Source>) {
        let known = match self.people {
            Some(people) if people.knows(&name.value) => return,
            Some(people) => people.names(),
            None => Vec::new(),
        };
        self.unresolved(name, source, "people.toml has no person or role", &known);
    }

    // ------------------------------------------------------------------------------------------------- problems

    fn push(&mut self, diagnostic: Diagnostic) {
        if !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }

    fn error(&mut self, code: Code, says: impl Into<String>) {
        self.push(Diagnostic::error(code, says));
    }

    fn error_at(&mut self, code: Code, says: impl Into<String>, source: &Arc<Source>, span: Span) {
        self.push(Diagnostic::error(code, says).at(source, span, ""));
    }

    /// A name that names nothing, with what it may have meant.
    fn unresolved(&mut self, written: &Spanned<String>, source: &Arc<Source>, says: &str, known: &[&str]) {
        self.push(
            Diagnostic::error(code::UNRESOLVED, format!("{says} `{}`", written.value))
                .at(source, written.span, "not found")
                .help(advice(&written.value, known)),
        );
    }

    fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|d| d.severity == Severity::Error).count()
    }

    // ---------------------------------------------------------------------------------------------------- parts

    fn add_step(&mut self, step: Step) -> StepIx {
        let ix = StepIx(u16::try_from(self.steps.len()).unwrap_or(u16::MAX));
        self.steps.push(step);
        ix
    }

    fn add_gate(&mut self, gate: Gate) -> GateIx {
        let ix = GateIx(u16::try_from(self.gates.len()).unwrap_or(u16::MAX));
        self.gates.push(gate);
        ix
    }

    fn step_ix(&self, id: &str) -> Option<StepIx> {
        self.steps.iter().position(|s| s.id == id).and_then(|i| u16::try_from(i).ok()).map(StepIx)
    }

    /// The controls that these steps set, each once, in order.
    fn controls_of(&self, steps: impl Iterator<Item = StepIx>) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        for ix in steps {
            if let Some(Act::SetControl { control, .. }) = self.steps.get(ix.ix()).map(|s| &s.act)
                && !out.contains(control)
            {
                out.push(control.clone());
            }
        }
        out
    }
}

/// The line of a problem in the plan: place, what is wrong, what may have been meant.
fn problem(diagnostic: &Diagnostic) -> String {
    let place = diagnostic.place();
    let mut line = if place.is_empty() { String::new() } else { format!("{place}: ") };
    line.push_str(&diagnostic.message);
    if let Some(help) = &diagnostic.help {
        line.push_str("; ");
        line.push_str(help);
    }
    line
}

/// What may have been meant, or what there is.
fn advice(written: &str, known: &[&str]) -> String {
    match suggest::nearest(written, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "there are none".to_owned(),
        None => format!("there are {}", known.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests;
