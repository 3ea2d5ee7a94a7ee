//! An exception whose owner is nobody.

use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::contract::is_department;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::exception::Exception;
use crate::text::safe;
use crate::text::source::Source;

const CODE: Code = Code { name: "exception-owner", summary: "An exception whose owner is neither a person nor a role that somebody carries." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Excepting],
    explanation: Explanation {
        what: "The `owner` of an `[[exception]]` is a department, or a name that `people.toml` does not have, or a role with \
               `@` that no automation of the file resolves. What the exception covered is found again.",
        why: "An exception is somebody's word. `sales` can not be asked why it holds, and a name that is in no file costs \
              whoever makes it up nothing.",
        bad: "[[exception]]\ncode = \"no-vendor-contact\"\nreason = \"The contract is being signed\"\nowner = \"sales\"\nuntil = 2027-01-31",
        good: "[[exception]]\ncode = \"no-vendor-contact\"\nreason = \"The contract is being signed\"\nowner = \"@owner\"\nuntil = 2027-01-31",
        fix: "Write `@owner` or another role of the automation, or a person or a role of `people.toml`.",
    },
};

/// Whether nobody can be asked about an exception.
pub(super) fn check(cx: &Context<'_>, source: &Arc<Source>, exception: &Exception) -> Option<Diagnostic> {
    let owner = exception.owner.as_ref()?;
    let shown = safe::excerpt(&owner.value, 60);
    let people = cx.workspace.people.as_ref();
    // Without people.toml nobody is known, which is found by itself.
    let knows = |name: &str| !is_department(name) && people.is_none_or(|p| p.knows(name));
    let (label, known) = match owner.value.strip_prefix('@') {
        Some(role) => {
            let all = automations(cx, source);
            let carried = all.iter().any(|a| a.roles.get(role).is_some_and(|carrier| knows(&carrier.value)));
            ("no automation that this file is for has a role of this name that somebody carries", carried)
        }
        None if is_department(&owner.value) => ("a department answers for nothing", false),
        None => ("neither a person nor a role of people.toml", knows(&owner.value)),
    };
    (!known).then(|| {
        Diagnostic::error(CODE, format!("nobody answers for this exception: `{shown}`"))
            .at(source, owner.span, label)
            .help("write `@owner`, or a person or a role of people.toml; until then the exception covers nothing")
    })
}

/// The automations whose roles a file may mean: its own, or those that its runbook is for.
fn automations<'a>(cx: &Context<'a>, source: &Source) -> Vec<&'a crate::model::automation::Automation> {
    let workspace = cx.workspace;
    if let Some(own) = workspace.automations.values().find(|a| a.source.name == source.name) {
        return vec![own];
    }
    match workspace.runbooks.values().find(|r| r.source.name == source.name) {
        Some(runbook) => cx.meant(runbook).collect(),
        None => Vec::new(),
    }
}
