//! What comes with the program: runbooks, statement templates and the sandbox's workspace, embedded as text.
//!
//! Owns the lists. A file of the user's workspace with the same name takes the place of the shipped one.

/// A shipped text: its name and its content.
pub type Text = (&'static str, &'static str);

/// Runbooks by their path in a workspace.
pub const RUNBOOKS: &[Text] = &[
    ("runbooks/incident/bias-regression.toml", include_str!("../../runbooks/incident/bias-regression.toml")),
    ("runbooks/incident/data-leakage.toml", include_str!("../../runbooks/incident/data-leakage.toml")),
    ("runbooks/incident/hallucination.toml", include_str!("../../runbooks/incident/hallucination.toml")),
    ("runbooks/incident/policy-violation.toml", include_str!("../../runbooks/incident/policy-violation.toml")),
    ("runbooks/incident/runaway-automation.toml", include_str!("../../runbooks/incident/runaway-automation.toml")),
    (
        "runbooks/incident/unauthorized-tool-use.toml",
        include_str!("../../runbooks/incident/unauthorized-tool-use.toml"),
    ),
    ("runbooks/incident/unknown.toml", include_str!("../../runbooks/incident/unknown.toml")),
    (
        "runbooks/incident/unsafe-recommendation.toml",
        include_str!("../../runbooks/incident/unsafe-recommendation.toml"),
    ),
];

/// Game days by their path in a workspace. They are played on the sandbox's automations, so that only the sandbox has them.
pub const SCENARIOS: &[Text] = &[
    ("runbooks/gameday/agent-loop.toml", include_str!("../../runbooks/gameday/agent-loop.toml")),
    ("runbooks/gameday/birth-date.toml", include_str!("../../runbooks/gameday/birth-date.toml")),
    ("runbooks/gameday/deleted-records.toml", include_str!("../../runbooks/gameday/deleted-records.toml")),
    ("runbooks/gameday/diet-advice.toml", include_str!("../../runbooks/gameday/diet-advice.toml")),
    ("runbooks/gameday/false-alarm.toml", include_str!("../../runbooks/gameday/false-alarm.toml")),
    ("runbooks/gameday/insider-prompt.toml", include_str!("../../runbooks/gameday/insider-prompt.toml")),
    ("runbooks/gameday/invented-policy.toml", include_str!("../../runbooks/gameday/invented-policy.toml")),
    ("runbooks/gameday/other-peoples-titles.toml", include_str!("../../runbooks/gameday/other-peoples-titles.toml")),
    ("runbooks/gameday/remote-down.toml", include_str!("../../runbooks/gameday/remote-down.toml")),
    ("runbooks/gameday/rollback-worse.toml", include_str!("../../runbooks/gameday/rollback-worse.toml")),
    ("runbooks/gameday/silent-approver.toml", include_str!("../../runbooks/gameday/silent-approver.toml")),
    ("runbooks/gameday/swearing-assistant.toml", include_str!("../../runbooks/gameday/swearing-assistant.toml")),
];

/// Statement templates by the name that `statement.publish` calls them by.
pub const STATEMENTS: &[Text] = &[
    ("authority-notice", include_str!("../../templates/authority-notice.txt")),
    ("breach-notice", include_str!("../../templates/breach-notice.txt")),
    ("customer-correction", include_str!("../../templates/customer-correction.txt")),
    ("decision-review", include_str!("../../templates/decision-review.txt")),
    ("holding-statement", include_str!("../../templates/holding-statement.txt")),
    ("safety-notice", include_str!("../../templates/safety-notice.txt")),
];

/// Duties to tell somebody, with the clocks that law sets: data. One of the same name in a workspace takes its place.
pub const OBLIGATIONS: Text = ("templates/obligations.toml", include_str!("../../templates/obligations.toml"));

/// The sandbox's workspace by path; its runbooks are [`RUNBOOKS`].
pub const SANDBOX: &[Text] = &[
    ("aigov.toml", include_str!("../../templates/sandbox/aigov.toml")),
    ("people.toml", include_str!("../../templates/sandbox/people.toml")),
    ("automations/care-guide.toml", include_str!("../../templates/sandbox/automations/care-guide.toml")),
    ("automations/claims-triage.toml", include_str!("../../templates/sandbox/automations/claims-triage.toml")),
    ("automations/credit-screening.toml", include_str!("../../templates/sandbox/automations/credit-screening.toml")),
    ("automations/ops-agent.toml", include_str!("../../templates/sandbox/automations/ops-agent.toml")),
    ("automations/support-replies.toml", include_str!("../../templates/sandbox/automations/support-replies.toml")),
];

/// What `aigov new automation` writes, with a name filled in.
pub const NEW_AUTOMATION: &str = include_str!("../../templates/new/automation.toml");

/// What `aigov new scenario` writes.
pub const NEW_SCENARIO: &str = include_str!("../../templates/new/scenario.toml");

/// What `aigov new runbook` writes.
pub const NEW_RUNBOOK: &str = include_str!("../../templates/new/runbook.toml");

/// The automation that has just gone wrong in the sandbox when nobody names another, so that the first command that a
/// newcomer types asks nothing. No workspace but the sandbox has such a thing: which system is on fire is never guessed.
pub const STORY: &str = "support-replies";

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
