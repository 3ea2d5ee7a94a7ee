//! Proofs that prove nothing.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use serde_json::Value;

const CODE: Code = Code { name: "read-any-value", summary: "A read-back that any value passes." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Workspace(check)],
    explanation: Explanation {
        what: "`read` of a generic provider has no `equals` where nothing else says what has to be read: for \
               statements, tickets, notices, pages, evidence and calls any value that is there then counts as \
               proof. For a statement it is an error, elsewhere a warning.",
        why: "\"The statement was sent\" would be said because the server knows the statement, though it says \
              `queued` or `rejected`. What was set on a control is compared with what is read, so a control needs \
              no `equals`.",
        bad: r#"[providers.outbox.statement]
act = { method = "POST", path = "/statements", repeat = "never" }
read = { path = "/statements/{key}", at = "/state" }"#,
        good: r#"[providers.outbox.statement]
act = { method = "POST", path = "/statements", repeat = "never" }
read = { path = "/statements/{key}", at = "/state", equals = "sent" }"#,
        fix: "Add `equals` with the value that is read once it is done.",
    },
};

/// Tables whose effect is not a value that the step itself knows.
const UNKNOWN: &[&str] = &["statement", "ticket", "notice", "paging", "evidence", "call"];

fn check(cx: &Context<'_>, findings: &mut Findings) {
    let Some(settings) = cx.workspace.settings.as_ref().filter(|s| cx.is_own(&s.source)) else { return };
    for (name, provider) in settings.providers.iter().filter(|(_, p)| p.kind.as_ref().is_some_and(|k| k.value == "http")) {
        for key in UNKNOWN {
            let Some(table) = provider.shared.values.get(*key) else { continue };
            // `call` holds a table for each operation.
            let operations: Vec<(String, &Value)> = match table.as_object().filter(|_| *key == "call") {
                Some(calls) => calls.iter().map(|(n, t)| (format!("call.{n}"), t)).collect(),
                None => vec![((*key).to_owned(), table)],
            };
            for (what, operation) in operations {
                if operation.get("read").is_none_or(|read| read.get("equals").is_some()) {
                    continue;
                }
                let at = provider.shared.places.get(*key).map_or(provider.span, |p| p.key);
                let says = format!("`{what}` of provider `{}` is proven by any value that is read", name.value);
                let problem = Diagnostic::warning(CODE, says)
                    .at(&settings.source, at, "")
                    .help("add `equals` to `read`, with the value that is read once it is done");
                let severity = if *key == "statement" { Severity::Error } else { Severity::Warning };
                findings.add(Diagnostic { severity, ..problem });
            }
        }
    }
}
