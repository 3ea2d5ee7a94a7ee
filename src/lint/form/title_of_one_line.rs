//! Titles that would break the line in which they are shown.

use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Act;
use crate::model::runbook::Runbook;
use crate::text::source::Source;
use crate::text::span::Spanned;

const CODE: Code = Code { name: "title-of-one-line", summary: "A title with a line end, a tab or a control character." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "A title, or the text that a page begins with, holds a line end, a tab or another control character.",
        why: "Titles stand in lists, in pages, in the subject of commits and in the record. A line end in one \
              forges a line of its own: what follows it looks as if the program had said it.",
        bad: r#"title = "Fabricated content\n  ok    contained""#,
        good: r#"title = "Fabricated content reached customers""#,
        fix: "Write it on one line.",
    },
};

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let source = &runbook.source;
    one_line(source, "title", runbook.title.as_ref(), findings);
    for item in &runbook.follow_ups {
        one_line(source, "title", Some(&item.title), findings);
    }
    for act in runbook.immediate.iter().chain(&runbook.respond).filter_map(|s| s.act.as_ref()) {
        match &act.value {
            Act::PageSend { summary, .. } => one_line(source, "summary", summary.as_ref(), findings),
            Act::TicketOpen { title } => one_line(source, "title", Some(title), findings),
            _ => {}
        }
    }
}

fn one_line(source: &Arc<Source>, key: &str, text: Option<&Spanned<String>>, findings: &mut Findings) {
    let Some(text) = text else { return };
    if let Some(c) = text.value.chars().find(|c| c.is_control()) {
        findings.add(
            Diagnostic::error(CODE, format!("`{key}` has a control character: U+{:04X}", u32::from(c)))
                .at(source, text.span, "it would break the line in which it is shown")
                .help("write it on one line"),
        );
    }
}
