//! The runbook is proven before it is needed: rules over what people wrote and over every plan that follows from it.
//!
//! Owns the rules, their explanations, and exceptions from them. Everything is found with the parser and the resolver of
//! `plan`, `run` and rehearsal, under the same codes. Pure: files are decoded by whoever calls, the day is given, and
//! how a finding looks is told elsewhere.
//!
//! # How a rule is added
//!
//! 1. Make `src/lint/<group>/<code>.rs`, with `_` for `-`, and name it in the group's `rules!`. It holds a
//!    `pub(super) const RULE: Rule`: the code and its summary (one sentence), how grave it is, what it looks at, and the
//!    page of `aigov explain`: what, why (a real incident where there is one), a bad and a good example, how to fix it.
//! 2. Choose the smallest [`Check`]: `Runbook` and `Automation` are called once for each file, `Plan` once for each runbook,
//!    automation and environment. Add a [`Diagnostic`] to the findings: its first label is where the
//!    problem lies, a second one may lie in another file, its help says what to write. What is found at the same place
//!    in the plans of several automations is merged.
//!    What a change weakens is a [`Compare`]; its cases stand below `tests/lint/against`.
//! 3. Make `tests/lint/cases/<code>.txt`: what is changed in the clean workspace of `tests/lint/clean`, and what is said
//!    then, to the letter (`AIGOV_BLESS=1 cargo test --test lint` writes the latter; read it before it is kept).
//! 4. `aigov explain --markdown > templates/lint-codes.md` brings the reference up to date.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diag::{Diagnostic, Severity};
use crate::model::catalog::Catalog;
use crate::model::workspace::Workspace;
use crate::text::source::Source;

pub mod against;
mod containment;
mod context;
mod contract;
mod exception;
mod findings;
mod form;
mod gates;
mod inventory;
pub mod launch;
mod matrix;
pub mod paths;
mod people;
mod plans;
mod registry;
mod restore;
mod rule;
mod select;
mod undo;

pub use against::{Agreed, Before, Closed, Compared};
pub use context::{Context, Planned, Plans};
pub use exception::Excepted;
pub use findings::Findings;
use paths::Collected;
pub use paths::{Shapes, Walk};
pub use registry::{GROUPS, all, find, names};
pub use rule::{Check, Explanation, Group, Rule};
pub use select::{Selection, UnknownChoice};

use against::Compare;

/// What is to be linted.
#[derive(Debug)]
pub struct Input<'a> {
    /// Everything that could be decoded.
    pub workspace: &'a Workspace,
    /// What decoding found, and [`texts`].
    pub problems: Vec<Diagnostic>,
    /// What providers can do.
    pub catalog: Catalog,
    /// Today, in UTC.
    pub today: jiff::civil::Date,
    /// Files that came with the program.
    pub shipped: &'a BTreeSet<String>,
    /// Files whose findings are wanted; none means all.
    pub asked: Option<&'a BTreeSet<String>>,
    /// Which rules.
    pub selection: &'a Selection,
    /// Whether it is the sandbox, where unsigned votes count.
    pub demo: bool,
    /// What waits to be countersigned, where the journal is there to be read.
    pub reviews: &'a [OpenReview],
    /// The last review that counts of each runbook that has one, where the journal is there to be read.
    pub reviewed: &'a [Reviewed],
}

/// Somebody's signed word that they have read a runbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewed {
    /// The runbook.
    pub runbook: String,
    /// Whether it reads now as it did then.
    pub current: bool,
    /// Who.
    pub by: String,
    /// The day.
    pub on: jiff::civil::Date,
}

/// An act that went ahead without its approval, and that nobody has countersigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenReview {
    /// The run.
    pub run: String,
    /// The review's id, such as `review-drain`.
    pub review: String,
    /// The automation.
    pub automation: String,
    /// Since when: the day.
    pub since: String,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// In the order of files, then of places, then of codes.
    pub findings: Vec<Diagnostic>,
    /// What somebody answers for, in the same order.
    pub excepted: Vec<Excepted>,
    /// How many findings were left out because their code was allowed.
    pub allowed: usize,
    /// How many rules were left out because they need runbooks, and none were read.
    pub left: usize,
    /// How many files were looked at.
    pub files: usize,
    /// How many plans were looked at.
    pub plans: Plans,
    /// How many shapes of plans were walked.
    pub shapes: Shapes,
    /// What came of holding it against an earlier revision, where there was one.
    pub compared: Option<Compared>,
}

/// Looks at the texts of files, which need nothing but themselves: whoever decodes several at a time looks at them in the
/// same turn. What is found is added to what reading found.
pub fn texts(workspace: &Workspace, problems: &mut Vec<Diagnostic>, selection: &Selection) {
    let rules = all().filter(|rule| selection.runs(rule.code));
    let checks: Vec<fn(&Arc<Source>, &mut Findings)> = rules
        .flat_map(|rule| rule.checks)
        .filter_map(|check| if let Check::Text(check) = check { Some(*check) } else { None })
        .collect();
    let mut findings = Findings::default();
    for problem in problems.drain(..) {
        findings.add(problem);
    }
    for source in context::texts(workspace) {
        for check in &checks {
            check(source, &mut findings);
        }
    }
    *problems = findings.finish();
}

/// Looks at a workspace with every rule that is selected, but for those that walk paths.
#[must_use]
pub fn lint(input: Input<'_>) -> Outcome {
    lint_on(input, None)
}

/// Like [`lint`], and walks the paths as well where it is said how, such as [`one_by_one`](paths::one_by_one).
#[must_use]
pub fn lint_on(input: Input<'_>, walk: Option<Walk>) -> Outcome {
    lint_against(input, walk, None)
}

/// Like [`lint_on`], and holds the workspace against an earlier revision.
#[must_use]
pub fn lint_against<'a>(input: Input<'a>, walk: Option<Walk>, before: Option<&Before<'a>>) -> Outcome {
    let Input { workspace, problems, catalog, today, shipped, asked, selection, demo, reviews, reviewed } = input;
    let mut unread = against::unreadable(&problems);
    unread.extend(before.iter().flat_map(|b| against::unreadable(b.problems)));
    let mut cx = Context::new(workspace, catalog, today, shipped, asked);
    cx.demo = demo;
    cx.reviews = reviews;
    cx.reviewed = reviewed;
    let mut findings = Findings::default();
    let broken = broken(&problems);
    // What came with the program is none of the author's business.
    for problem in problems.into_iter().filter(|p| p.labels.first().is_none_or(|l| cx.is_own(&l.source))) {
        findings.add(problem);
    }
    let rules: Vec<&Rule> = all().filter(|rule| selection.runs(rule.code)).collect();
    let undecided = rules.iter().filter(|rule| selection.leaves(rule)).count();
    let checks: Vec<Check> = rules
        .iter()
        .flat_map(|rule| rule.checks.iter().filter(|c| !selection.leaves(rule) || !matches!(c, Check::Coverage(_))))
        .copied()
        .collect();
    apart(&cx, &checks, &mut findings);
    // What reading finds as well does not call for plans where a whole group was asked for.
    let resolving = rules.iter().any(|rule| {
        let has = |wanted: fn(&Check) -> bool| rule.checks.iter().any(wanted);
        has(|c| matches!(c, Check::Resolving)) && (!has(|c| matches!(c, Check::Reading)) || selection.names(rule.code))
    });
    let (plans, shapes) = planned(&cx, &checks, resolving, &broken, &mut findings, walk);
    let compared = before.map(|before| {
        let compares: Vec<Compare> =
            checks.iter().filter_map(|c| if let Check::Compare(compare) = c { Some(*compare) } else { None }).collect();
        let mut compared = against::compare(&cx, before, &unread, &compares, walk.is_some(), &mut findings);
        compared.stronger.retain(|s| asked.is_none_or(|files| is_in(s, files)));
        compared.closed.retain(|c| asked.is_none_or(|files| is_in(&c.finding, files)));
        compared
    });
    let found = findings.finish().into_iter().filter(|p| asked.is_none_or(|files| is_in(p, files)));
    let (kept, left): (Vec<Diagnostic>, Vec<Diagnostic>) = found.partition(|p| selection.shows(p.code));
    let allowed = left.iter().filter(|p| selection.allows(p.code)).count();
    // An exception from what was not looked at may well be used.
    let decided: Vec<&Rule> = rules.into_iter().filter(|rule| !selection.leaves(rule)).collect();
    let (findings, excepted) = exception::apply(&cx, kept, &decided, plans, selection, before);
    let files = cx.texts().filter(|s| cx.is_asked(&s.name)).count();
    Outcome { findings, excepted, allowed, left: undecided, files, plans, shapes, compared }
}

/// Files in which reading found an error.
fn broken(problems: &[Diagnostic]) -> BTreeSet<String> {
    let errors = problems.iter().filter(|p| p.severity == Severity::Error);
    errors.filter_map(|p| p.labels.first()).map(|l| l.source.name.clone()).collect()
}

/// What is found without a plan.
fn apart(cx: &Context<'_>, checks: &[Check], findings: &mut Findings) {
    for check in checks {
        match check {
            Check::Workspace(check) | Check::Coverage(check) => check(cx, findings),
            Check::Runbook(check) => {
                cx.runbooks().filter(|r| cx.is_asked(&r.source.name)).for_each(|r| check(cx, r, findings));
            }
            Check::Automation(check) => {
                cx.automations().filter(|a| cx.is_asked(&a.source.name)).for_each(|a| check(cx, a, findings));
            }
            Check::Reading
            | Check::Resolving
            | Check::Excepting
            | Check::Text(_)
            | Check::Plan(_)
            | Check::Path(_)
            | Check::Compare(_) => {}
        }
    }
}

/// What is found in plans, and while they are made.
fn planned<'a>(
    cx: &Context<'a>,
    checks: &[Check],
    resolving: bool,
    broken: &BTreeSet<String>,
    findings: &mut Findings,
    walk: Option<Walk>,
) -> (Plans, Shapes) {
    let walk = walk.filter(|_| checks.iter().any(|c| matches!(c, Check::Path(_))));
    if !resolving && walk.is_none() && !checks.iter().any(|c| matches!(c, Check::Plan(_))) {
        return (Plans::default(), Shapes::default());
    }
    let mut collected = Collected::default();
    let plans = cx.each_plan(&mut |planned: &Planned<'a>| {
        if walk.is_some() {
            collected.meet(planned);
        }
        resolved(cx, planned, broken, findings);
        for check in checks {
            if let Check::Plan(check) = check {
                let mut own = Findings::default();
                check(cx, planned, &mut own);
                for problem in own.finish() {
                    findings.add_of(placed(cx, planned, problem), planned.of());
                }
            }
        }
    });
    let Some(walk) = walk else { return (plans, Shapes::default()) };
    let (walked, shapes) = collected.walk(walk);
    for ((planned, also), walked) in collected.kept.iter().zip(&collected.also).zip(&walked) {
        let Some(walked) = walked else { continue };
        for check in checks {
            if let Check::Path(check) = check {
                let mut own = Findings::default();
                check(planned, walked, &mut own);
                for problem in own.finish() {
                    let problem = placed(cx, planned, problem);
                    also.iter().for_each(|of| findings.add_of(problem.clone(), of));
                }
            }
        }
    }
    (plans, shapes)
}

/// What resolving found, without what reading the files told already.
fn resolved(cx: &Context<'_>, planned: &Planned<'_>, broken: &BTreeSet<String>, findings: &mut Findings) {
    let files = ["aigov.toml", "people.toml", &planned.runbook.source.name, &planned.automation.source.name];
    // That something can not be used because it could not be read was told where it stands.
    let echoes = files.iter().any(|file| broken.contains(*file));
    for problem in &planned.problems {
        let no_place = problem.labels.is_empty();
        let problem = placed(cx, planned, problem.clone());
        let told = problem.labels.first().is_some_and(|l| findings.told(problem.code, &l.source.name, l.span.start));
        let echo = echoes && problem.code == crate::diag::code::NOT_USABLE;
        // That nothing brings autonomy back is told once.
        let echo = echo
            || (problem.code == crate::diag::code::GATE || problem.code == crate::diag::code::NOT_USABLE)
                && planned.runbook.restore.is_none()
                && no_place;
        if !told && !echo {
            findings.add_of(problem, planned.of());
        }
    }
}

/// A problem of a plan with a place in a file of the workspace: what has none, or one in a file that came with the
/// program, lies where the automation is described.
fn placed(cx: &Context<'_>, planned: &Planned<'_>, mut problem: Diagnostic) -> Diagnostic {
    let own = problem.labels.first().is_some_and(|l| cx.is_own(&l.source));
    if own {
        return problem;
    }
    let source = if cx.is_own(&planned.runbook.source) && problem.labels.is_empty() {
        &planned.runbook.source
    } else {
        &planned.automation.source
    };
    let labels = std::mem::take(&mut problem.labels);
    let says = if labels.is_empty() { String::new() } else { format!("served by `{}`", planned.runbook.name) };
    problem = problem.at(source, context::head(source), says);
    problem.labels.extend(labels);
    problem
}

fn is_in(problem: &Diagnostic, files: &BTreeSet<String>) -> bool {
    problem.labels.first().is_some_and(|l| files.contains(&l.source.name))
}
