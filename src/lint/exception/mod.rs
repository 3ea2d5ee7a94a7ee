//! Exceptions from findings: which finding each covers, and what is wrong with the exception itself.
//!
//! Owns the matching. An exception that nobody can answer for covers nothing. One covers findings of its own file only, so that whoever reads the file sees it; what
//! the program refuses when it runs can not be excepted, because it would be refused all the same.

use super::against::{Before, is_voted};
use super::context::{Context, Plans};
use super::rule::{Check, Rule};
use super::{Selection, registry};
use crate::diag::{Diagnostic, Severity};
use crate::model::exception::Exception;
use crate::model::named::Named;
use crate::model::workspace::Workspace;
use crate::text::source::Source;
use crate::text::span::Span;

use std::sync::Arc;

super::rule::rules! {
    exception_code, exception_owner, exception_reason, exception_expired, exception_far, exception_unused,
}

/// A finding that somebody answers for.
#[derive(Clone, Debug, PartialEq)]
pub struct Excepted {
    /// The finding.
    pub finding: Diagnostic,
    /// Why it is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which the exception holds.
    pub until: jiff::civil::Date,
}

/// Parts the findings into those that stand and those that somebody answers for, and adds what is wrong with exceptions.
pub(super) fn apply(
    cx: &Context<'_>,
    found: Vec<Diagnostic>,
    rules: &[&Rule],
    plans: Plans,
    selection: &Selection,
    before: Option<&Before<'_>>,
) -> (Vec<Diagnostic>, Vec<Excepted>) {
    let written = written(cx);
    if written.is_empty() {
        return (found, Vec::new());
    }
    let mut covering: Vec<(&Source, &Exception, Option<Vec<Span>>, usize)> = Vec::new();
    let mut wrong: Vec<Diagnostic> = Vec::new();
    for (source, exception) in &written {
        // One that is wrong covers nothing, whatever else may be right about it.
        let problems = [
            exception_code::check(source, exception),
            exception_owner::check(cx, source, exception),
            exception_reason::check(source, exception),
            exception_expired::check(cx, source, exception),
            exception_far::check(cx, source, exception),
        ];
        let before_wrong = wrong.len();
        wrong.extend(problems.into_iter().flatten());
        if wrong.len() > before_wrong {
            continue;
        }
        if is_of_a_change(exception) && before.is_none_or(|b| was_there(b, source, exception)) {
            // It answers for a change that was made when it was written, and for none that comes after.
        } else if exception.code.is_some() {
            let at = exception.id.as_ref().map(|id| places(cx, source, &id.value));
            covering.push((source, exception, at, 0));
        }
    }
    let mut kept = Vec::new();
    let mut excepted = Vec::new();
    for finding in found {
        let covers = |(source, exception, at, _): &&mut (&Source, &Exception, Option<Vec<Span>>, usize)| {
            let here = finding.labels.first().filter(|l| l.source.name == source.name);
            exception.code.as_ref().is_some_and(|c| c.value == finding.code.name)
                && here.is_some_and(|l| at.as_ref().is_none_or(|spans| spans.iter().any(|s| s.contains(l.span.start))))
        };
        match covering.iter_mut().find(covers) {
            Some((_, exception, _, used)) if excusable(finding.code.name, finding.severity) => {
                *used += 1;
                let text = |t: &Option<crate::text::span::Spanned<String>>| {
                    t.as_ref().map(|t| t.value.clone()).unwrap_or_default()
                };
                excepted.push(Excepted {
                    finding,
                    reason: text(&exception.reason),
                    owner: text(&exception.owner),
                    until: exception.until.as_ref().map_or(cx.today, |u| u.value),
                });
            }
            _ => kept.push(finding),
        }
    }
    for (source, exception, _, used) in &covering {
        let ran = exception.code.as_ref().and_then(|c| rules.iter().find(|r| r.code.name == c.value));
        let whole = ran.is_some_and(|r| plans.left == 0 || !r.checks.iter().any(|c| matches!(c, Check::Plan(_))));
        let readable = !kept.iter().any(|f| f.code == crate::diag::code::SYNTAX && names(f, source));
        if *used == 0 && whole && readable {
            let source = written.iter().find(|(s, _)| s.name == source.name).map(|(s, _)| *s);
            wrong.extend(source.map(|source| exception_unused::found(source, exception)));
        }
    }
    kept.extend(wrong.into_iter().filter(|w| selection.shows(w.code)));
    kept.sort_by(|a, b| order(a).cmp(&order(b)));
    (kept, excepted)
}

/// Whether it is an exception from what a change weakens.
pub(super) fn is_of_a_change(exception: &Exception) -> bool {
    let code = exception.code.as_ref().map(|c| c.value.as_str());
    code.and_then(registry::find).is_some_and(|(_, rule)| rule.checks.iter().any(|c| matches!(c, Check::Compare(_))))
}

/// Whether the same exception stood in the same file already.
fn was_there(before: &Before<'_>, source: &Source, exception: &Exception) -> bool {
    of_all(before.workspace).any(|(file, there)| file.name == source.name && there.says_the_same(exception))
}

fn names(finding: &Diagnostic, source: &Source) -> bool {
    finding.labels.first().is_some_and(|l| l.source.name == source.name)
}

fn order(finding: &Diagnostic) -> (&str, usize, &'static str, &str) {
    let at = finding.labels.first().map_or(("", 0), |l| (l.source.name.as_str(), l.span.start));
    (at.0, at.1, finding.code.name, finding.message.as_str())
}

/// Whether a finding may be excepted: not what would stop the program itself.
fn excusable(code: &str, severity: Severity) -> bool {
    registry::find(code).is_some_and(|(group, rule)| {
        let refused = rule.checks.iter().any(|c| matches!(c, Check::Reading | Check::Resolving));
        group.name != "exceptions" && !is_voted(code) && !(refused && severity == Severity::Error)
    })
}

/// The exceptions of all files whose findings are wanted.
fn written<'a>(cx: &Context<'a>) -> Vec<(&'a Arc<Source>, &'a Exception)> {
    of_all(cx.workspace).filter(|(source, _)| cx.is_own(source) && cx.is_asked(&source.name)).collect()
}

/// The exceptions of all files, each with its file.
pub(super) fn of_all(workspace: &Workspace) -> impl Iterator<Item = (&Arc<Source>, &Exception)> {
    let settings = workspace.settings.iter().map(|s| (&s.source, &s.exceptions));
    let people = workspace.people.iter().map(|p| (&p.source, &p.exceptions));
    settings
        .chain(workspace.automations.values().map(|a| (&a.source, &a.exceptions)))
        .chain(people)
        .chain(workspace.runbooks.values().map(|r| (&r.source, &r.exceptions)))
        .chain(workspace.scenarios.values().map(|s| (&s.source, &s.exceptions)))
        .flat_map(|(source, exceptions)| exceptions.iter().map(move |e| (source, e)))
}

/// Where the things with this id or name stand in a file.
fn places(cx: &Context<'_>, source: &Source, id: &str) -> Vec<Span> {
    let workspace = cx.workspace;
    let mut out = Vec::new();
    if let Some(r) = workspace.runbooks.values().find(|r| r.source.name == source.name) {
        out.extend(r.immediate.iter().chain(&r.respond).filter(|s| s.id.value == id).map(|s| s.span));
        out.extend(r.triggers.iter().filter(|t| t.id.value == id).map(|t| t.span));
        out.extend(r.facts.iter().filter(|f| f.id.value == id).map(|f| f.span));
        out.extend(r.severities.iter().filter(|s| s.level.value == id).map(|s| s.span));
        out.extend(r.verify.iter().filter(|c| c.id.value == id).map(|c| c.span));
    }
    if let Some(a) = workspace.automations.values().find(|a| a.source.name == source.name) {
        named(&a.controls, id, |c| c.span, &mut out);
        for bounds in [&a.layers, &a.signals, &a.evidence] {
            named(bounds, id, |b| b.span, &mut out);
        }
    }
    if let Some(s) = workspace.settings.as_ref().filter(|s| s.source.name == source.name) {
        named(&s.environments, id, |e| e.span, &mut out);
        named(&s.providers, id, |p| p.span, &mut out);
        named(&s.approvals, id, |f| f.span, &mut out);
    }
    if let Some(p) = workspace.people.as_ref().filter(|p| p.source.name == source.name) {
        named(&p.persons, id, |p| p.span, &mut out);
        named(&p.roles, id, |r| r.span, &mut out);
    }
    out
}

/// The table of this name, with its header.
fn named<T>(table: &Named<T>, id: &str, span: impl Fn(&T) -> Span, out: &mut Vec<Span>) {
    out.extend(table.iter().filter(|(name, _)| name.value == id).map(|(name, value)| name.span.to(span(value))));
}
