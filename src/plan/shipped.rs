//! What comes with the program: runbooks, statement templates and the sandbox's workspace, embedded as text.
//!
//! Owns the lists. A file of the user's workspace with the same name takes the place of the shipped one.

/// A shipped text: its name and its content.
pub type Text = (&'static str, &'static str);

/// Runbooks by their path in a workspace.
pub const RUNBOOKS: &[Text] = &[
    ("runbooks/incident/hallucination.toml", include_str!("../../runbooks/incident/hallucination.toml")),
    ("runbooks/incident/unknown.toml", include_str!("../../runbooks/incident/unknown.toml")),
];

/// Statement templates by the name that `statement.publish` calls them by.
pub const STATEMENTS: &[Text] = &[("customer-correction", include_str!("../../templates/customer-correction.txt"))];

/// The sandbox's workspace by path; its runbooks are [`RUNBOOKS`].
pub const SANDBOX: &[Text] = &[
    ("aigov.toml", include_str!("../../templates/sandbox/aigov.toml")),
    ("people.toml", include_str!("../../templates/sandbox/people.toml")),
    ("automations/support-replies.toml", include_str!("../../templates/sandbox/automations/support-replies.toml")),
];

/// What `aigov new automation` writes, with a name filled in.
pub const NEW_AUTOMATION: &str = include_str!("../../templates/new/automation.toml");

/// What `aigov new runbook` writes.
pub const NEW_RUNBOOK: &str = include_str!("../../templates/new/runbook.toml");

/// The text of a shipped statement template.
#[must_use]
pub fn statement(name: &str) -> Option<&'static str> {
    STATEMENTS.iter().find(|(n, _)| *n == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_statement_uses_only_fields_that_exist() {
        for (name, text) in STATEMENTS {
            assert_eq!(crate::plan::statement::check(text), Ok(()), "{name}");
        }
    }
}
