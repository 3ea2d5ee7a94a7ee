//! Incidents that nobody is told of.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::context::head;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Automation;
use crate::model::runbook::{Act, Runbook, Urgency};

const CODE: Code = Code { name: "no-page", summary: "A runbook that pages nobody." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "No immediate action is `page.send` in every case: one that is only another's or-else does not run on its own. A \
               warning while nothing in the workspace can page (`[paging]`). Also a warning: no page goes to the owner or to \
               the commander, or all are of severity `info`.",
        why: "Knight Capital's system sent 97 mails about the fault before the market opened in 2012; they were \
              not made as alarms, and nobody read them. Who runs the runbook is one person; those who decide next \
              have to be awake.",
        bad: r#"[[immediate]]
id = "stop"
do = "control.safe"
with = { control = "@stop" }"#,
        good: r#"[[immediate]]
id = "page"
do = "page.send"
with = { to = ["@owner", "@commander"], severity = "critical" }"#,
        fix: "Add `page.send` to the owner and to whoever leads incidents.",
    },
};

fn check(cx: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let pages = |a: &Act| matches!(a, Act::PageSend { .. });
    // A step that can not be read may be the one.
    if runbook.immediate.is_empty() || runbook.immediate.iter().any(|s| s.act.is_none()) {
        return;
    }
    let steps = || runbook.immediate.iter().filter(|s| s.act.as_ref().is_some_and(|a| pages(&a.value)));
    if super::in_every_case(runbook, pages).is_some() {
        return whom(cx, runbook, findings);
    }
    let mut problem = match steps().next() {
        Some(step) => Diagnostic::error(CODE, format!("somebody is paged only where `{}` is needed", step.id.value))
            .at(&runbook.source, step.id.span, "an or-else, which does not run on its own"),
        None => Diagnostic::error(CODE, "no immediate action pages anybody").at(&runbook.source, head(&runbook.source), ""),
    }
    .help("add an `[[immediate]]` with `do = \"page.send\"`");
    // Where nothing is there that could page, the runbook is not to blame.
    let workspace = cx.workspace;
    let by_workspace = workspace.settings.as_ref().is_some_and(|s| s.paging.is_some());
    if !by_workspace && cx.meant(runbook).all(|a| a.paging.is_none()) {
        problem.severity = Severity::Warning;
    }
    findings.add(problem);
}

/// Pages that are sent, and wake nobody who decides.
fn whom(cx: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let mut sent = Vec::new();
    for act in runbook.immediate.iter().filter_map(|s| s.act.as_ref()) {
        if let Act::PageSend { to, severity, .. } = &act.value {
            sent.push((act.span, to, severity));
        }
    }
    let Some((place, ..)) = sent.first().copied() else { return };
    if sent.iter().all(|(_, _, s)| s.as_ref().is_some_and(|s| matches!(s.value, Urgency::Info))) {
        let at = sent.iter().find_map(|(_, _, s)| s.as_ref()).map_or(place, |s| s.span);
        findings.add(
            Diagnostic::warning(CODE, "the page is for information, and wakes nobody")
                .at(&runbook.source, at, "")
                .help("write `severity = \"critical\"`, or leave it out: that is what it means then"),
        );
    }
    let decides = |name: &str| match name.strip_prefix('@') {
        Some(role) => DECIDING.contains(&role) || cx.meant(runbook).any(|a| carried(cx, a, role)),
        None => cx.meant(runbook).any(|a| DECIDING.iter().any(|role| is_carrier(cx, a, role, name))),
    };
    if !sent.iter().any(|(_, to, _)| to.iter().any(|name| decides(&name.value))) {
        findings.add(
            Diagnostic::warning(CODE, "no page goes to the owner or to whoever leads the incident")
                .at(&runbook.source, place, "")
                .help("page `@owner` or `@commander` as well: they decide what comes next"),
        );
    }
}

/// The roles that decide what comes next.
const DECIDING: &[&str] = &["owner", "commander"];

/// Whether a role of an automation has the carrier of one that decides.
fn carried(cx: &Context<'_>, automation: &Automation, role: &str) -> bool {
    let name = automation.roles.get(role);
    name.is_some_and(|name| DECIDING.iter().any(|deciding| is_carrier(cx, automation, deciding, &name.value)))
}

/// Whether a name of `people.toml` stands for a role of an automation: it is written there, or carries what is.
fn is_carrier(cx: &Context<'_>, automation: &Automation, role: &str, name: &str) -> bool {
    let Some(written) = automation.roles.get(role) else { return false };
    let people = cx.workspace.people.as_ref();
    written.value == name || people.is_some_and(|p| p.carriers(&written.value).any(|person| person == name))
}
