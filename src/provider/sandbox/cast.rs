//! Who takes part in the sandbox's story: one entry per automation of its workspace, with the flags, services, versions,
//! switches and metrics that the simulated systems know of it, and what had gone wrong when the story begins.
//!
//! Owns data only. What becomes of it is the world's.

/// An automation as the simulated systems know it.
#[derive(Debug)]
pub(super) struct Member {
    /// Its name; also of its service, its deployed application and the first part of its versions' names.
    pub(super) name: &'static str,
    /// The project of its flags and of its application.
    pub(super) project: &'static str,
    /// The repository that it is deployed from.
    pub(super) repository: &'static str,
    /// How many replicas its service has.
    pub(super) replicas: u64,
    /// Its flags.
    pub(super) flags: &'static [Flag],
    /// What is switched or dosed at the company's own desk.
    pub(super) knobs: &'static [Knob],
    /// Its registered versions.
    pub(super) layers: &'static [Layer],
    /// What is measured of it.
    pub(super) metrics: &'static [Metric],
    /// What the keeper of records has of it, by source.
    pub(super) records: &'static [&'static str],
}

/// A feature flag.
#[derive(Debug)]
pub(super) struct Flag {
    /// Its name after the automation's.
    pub(super) name: &'static str,
    /// Its type in Unleash.
    pub(super) kind: &'static str,
    /// What it is for.
    pub(super) about: &'static str,
    /// The variant that it serves when the story begins; with another one the automation does not act by itself.
    pub(super) variant: Option<&'static str>,
    /// Whether the automation acts on the world only while this flag reaches somebody.
    pub(super) lets_act: bool,
}

/// Something that the desk switches (`on` when the story begins) or doses (100).
#[derive(Debug)]
pub(super) struct Knob {
    /// Its path below the desk, such as `credentials/claims-triage`.
    pub(super) path: &'static str,
    /// Whether it is dosed in percent.
    pub(super) dosed: bool,
}

/// Versions of a layer. Production uses the newest, which is the bad one unless it is also the last good one.
#[derive(Debug)]
pub(super) struct Layer {
    /// Its name after the automation's; empty for the prompt.
    pub(super) name: &'static str,
    /// The texts of a prompt's versions, or none where the versions are files.
    pub(super) texts: &'static [&'static str],
    /// Where the files lie.
    pub(super) folder: &'static str,
    /// How many versions there are; the newest is used.
    pub(super) versions: u32,
    /// The last good one.
    pub(super) good: u32,
}

/// A metric. Its name is its automation's alone.
#[derive(Debug)]
pub(super) struct Metric {
    /// Its name.
    pub(super) name: &'static str,
    /// How it behaves.
    pub(super) shape: Shape,
    /// The layers of the automation that make it bad, by their names; bad while any of them is.
    pub(super) causes: &'static [&'static str],
}

/// How a metric behaves.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// Measured on what is produced, sent or not: this while all is well, that while a cause is bad.
    Ratio { well: f64, bad: f64 },
    /// Measured on what is done: nothing is done while the automation does not act.
    Doing { well: f64, bad: f64 },
    /// A counter that shows so much now and grows by so much a minute.
    Total { now: f64, a_minute: f64 },
    /// Whom or what it reached since the change: so many when the story begins, and more while it acts.
    Reached { before: u64 },
}

const fn flag(name: &'static str, about: &'static str) -> Flag {
    Flag { name, kind: "kill-switch", about, variant: None, lets_act: true }
}

const fn traffic(about: &'static str) -> Flag {
    Flag { name: "traffic", kind: "operational", about, variant: None, lets_act: true }
}

const fn level(name: &'static str, about: &'static str, variant: &'static str) -> Flag {
    Flag { name, kind: "operational", about, variant: Some(variant), lets_act: true }
}

const fn switch(path: &'static str) -> Knob {
    Knob { path, dosed: false }
}

const fn files(name: &'static str, folder: &'static str, versions: u32, good: u32) -> Layer {
    Layer { name, texts: &[], folder, versions, good }
}

const fn metric(name: &'static str, shape: Shape, causes: &'static [&'static str]) -> Metric {
    Metric { name, shape, causes }
}

const MODE: &str = "How far the bot may go: advisory, gated or auto";

/// All of them; the first is the one whose incident the sandbox tells when nobody names another.
static CAST: [Member; 5] = [
    Member {
        name: "support-replies",
        project: "support",
        repository: "support/replies",
        replicas: 3,
        flags: &[
            flag("autonomy", "Answers go to customers without a person in between"),
            level("mode", MODE, "auto"),
            traffic("Share of tickets that the bot handles, in percent"),
        ],
        knobs: &[],
        layers: &[
            Layer {
                name: "",
                texts: &[
                    "You are a support agent. Answer only from the manual. If it is silent, hand over to a colleague.",
                    "You are a support agent. Answer from the manual and the policy table, and quote the row you used. \
                     If both are silent, say so and hand over to a colleague.",
                    "You are a friendly support agent. Always resolve the ticket in one answer. Use the policy table \
                     where it helps.",
                ],
                folder: "",
                versions: 3,
                good: 2,
            },
            files("retrieval", "indexes", 5, 4),
            files("model", "models", 2, 2),
            files("policy", "policies", 7, 6),
            files("orchestration", "builds", 12, 12),
        ],
        metrics: &[
            metric("ai_ungrounded_ratio", Shape::Ratio { well: 0.004, bad: 0.06 }, &["", "retrieval"]),
            metric("ai_override_ratio", Shape::Ratio { well: 0.05, bad: 0.31 }, &["", "retrieval"]),
            metric("ai_checked_total", Shape::Total { now: 4_210.0, a_minute: 40.0 }, &[]),
            metric("ai_override_total", Shape::Total { now: 96.0, a_minute: 0.5 }, &[]),
            metric("ai_recipients_since_change", Shape::Reached { before: 1_843 }, &[]),
            metric("ai_unsafe_ratio", Shape::Ratio { well: 0.0001, bad: 0.004 }, &["", "policy"]),
            metric("ai_handoffs_missed", Shape::Ratio { well: 0.0, bad: 3.0 }, &["", "policy"]),
            metric("ai_blocked_ratio", Shape::Ratio { well: 0.006, bad: 0.031 }, &["", "policy"]),
            metric("ai_unapproved_versions", Shape::Ratio { well: 0.0, bad: 2.0 }, &["", "policy"]),
        ],
        records: &[],
    },
    Member {
        name: "care-guide",
        project: "care",
        repository: "care/guide",
        replicas: 4,
        flags: &[
            flag("autonomy", "Members read what the guide wrote without a nurse in between"),
            level("mode", "Who answers: nobody, a nurse, a nurse with a draft, the guide", "auto"),
            traffic("Share of conversations that the guide opens, in percent"),
        ],
        knobs: &[switch("credentials/care-guide-records")],
        layers: &[
            Layer {
                name: "",
                texts: &[
                    "You explain leaflets. You never judge symptoms. Anything urgent goes to a nurse at once.",
                    "You are a warm companion. Stay with the member and help them decide for themselves.",
                ],
                folder: "",
                versions: 2,
                good: 1,
            },
            files("retrieval", "indexes", 9, 8),
            files("model", "models", 4, 3),
            files("policy", "policies", 3, 2),
            files("orchestration", "builds", 31, 30),
        ],
        metrics: &[
            metric("care_ungrounded_ratio", Shape::Ratio { well: 0.003, bad: 0.045 }, &["", "retrieval"]),
            metric("care_override_ratio", Shape::Ratio { well: 0.04, bad: 0.22 }, &["", "retrieval"]),
            metric("care_checked_total", Shape::Total { now: 1_930.0, a_minute: 12.0 }, &[]),
            metric("care_override_total", Shape::Total { now: 61.0, a_minute: 0.2 }, &[]),
            metric("care_recipients_since_change", Shape::Reached { before: 412 }, &[]),
            metric("care_unsafe_ratio", Shape::Ratio { well: 0.0002, bad: 0.011 }, &["", "policy", "model"]),
            metric("care_handoffs_missed", Shape::Ratio { well: 0.0, bad: 4.0 }, &["", "policy"]),
            metric("care_blocked_ratio", Shape::Ratio { well: 0.009, bad: 0.044 }, &["", "policy"]),
            metric("care_unapproved_versions", Shape::Ratio { well: 0.0, bad: 1.0 }, &["", "policy"]),
            metric("care_canary_hits", Shape::Ratio { well: 0.0, bad: 2.0 }, &["retrieval", "orchestration"]),
            metric(
                "care_personal_data_ratio",
                Shape::Ratio { well: 0.0001, bad: 0.006 },
                &["retrieval", "orchestration"],
            ),
            metric("care_people_exposed", Shape::Reached { before: 57 }, &[]),
        ],
        records: &["decisions", "access-log"],
    },
    Member {
        name: "claims-triage",
        project: "claims",
        repository: "claims/triage",
        replicas: 6,
        flags: &[
            flag("autonomy", "The agent acts on a claim without a person in between"),
            level("mode", "How far the agent may go: advisory, gated or auto", "auto"),
            level("tools", "What the agent may call: none, read, propose, write", "write"),
            traffic("Share of claims that the agent takes, in percent"),
            flag("decisions", "Final decisions on claims"),
            flag("delivery", "Letters with decisions leave the house"),
            flag("sessions", "Sessions and their children run"),
            flag("intake", "New claims enter the queue of the agent"),
        ],
        knobs: &[
            switch("credentials/claims-triage"),
            switch("credentials/claims-triage-records"),
            switch("egress/claims-triage"),
            Knob { path: "budgets/claims-triage", dosed: true },
        ],
        layers: &[
            Layer {
                name: "",
                texts: &[
                    "You sort claims. Propose, never decide. Ask for what is missing.",
                    "You settle claims. Decide what you can so that nobody waits.",
                ],
                folder: "",
                versions: 2,
                good: 1,
            },
            files("model", "models", 6, 5),
            files("retrieval", "indexes", 14, 13),
            files("policy", "policies", 5, 4),
            files("orchestration", "builds", 88, 87),
            files("tools", "tools", 4, 3),
        ],
        metrics: &[
            metric("claims_canary_hits", Shape::Ratio { well: 0.0, bad: 1.0 }, &["retrieval", "orchestration"]),
            metric(
                "claims_personal_data_ratio",
                Shape::Ratio { well: 0.0002, bad: 0.004 },
                &["retrieval", "orchestration"],
            ),
            metric("claims_people_exposed", Shape::Reached { before: 23 }, &[]),
            metric("claims_checked_total", Shape::Total { now: 2_604.0, a_minute: 9.0 }, &[]),
            metric("claims_selection_ratio", Shape::Ratio { well: 0.93, bad: 0.71 }, &["model", "policy"]),
            metric("claims_probe_flip_ratio", Shape::Ratio { well: 0.0, bad: 0.02 }, &["model", "policy"]),
            metric("claims_probes_total", Shape::Total { now: 4_800.0, a_minute: 15.0 }, &[]),
            metric("claims_adverse_since_change", Shape::Reached { before: 318 }, &[]),
            metric("claims_denied_call_ratio", Shape::Ratio { well: 0.001, bad: 0.09 }, &["tools", "orchestration"]),
            metric("claims_calls_total", Shape::Total { now: 18_400.0, a_minute: 60.0 }, &[]),
            metric("claims_calls_outside_list", Shape::Doing { well: 0.0, bad: 7.0 }, &["tools", "orchestration"]),
            metric("claims_destructive_calls", Shape::Reached { before: 37 }, &[]),
            metric("claims_actions_per_minute", Shape::Doing { well: 11.0, bad: 240.0 }, &["policy", "orchestration"]),
            metric("claims_actions_total", Shape::Total { now: 21_900.0, a_minute: 60.0 }, &[]),
            metric("claims_spend_per_hour", Shape::Doing { well: 40.0, bad: 2_900.0 }, &["policy", "orchestration"]),
            metric("claims_repeats_in_a_row", Shape::Doing { well: 1.0, bad: 19.0 }, &["policy", "orchestration"]),
            metric("claims_effects_since_change", Shape::Reached { before: 1_104 }, &[]),
        ],
        records: &["decisions", "access-log", "scores", "tool-log", "plans", "resources", "versions", "queue"],
    },
    Member {
        name: "credit-screening",
        project: "credit",
        repository: "credit/screening",
        replicas: 2,
        flags: &[
            flag("decisions", "Final decisions on applications"),
            flag("delivery", "Letters with decisions leave the house"),
            level("mode", "How far the score decides: shadow, advisory or auto", "auto"),
            traffic("Share of applications that are scored, in percent"),
        ],
        knobs: &[],
        layers: &[
            files("model", "models", 21, 20),
            files("retrieval", "features", 40, 39),
            files("policy", "thresholds", 8, 7),
            files("orchestration", "builds", 17, 16),
        ],
        metrics: &[
            metric("credit_selection_ratio", Shape::Ratio { well: 0.91, bad: 0.68 }, &["model", "retrieval", "policy"]),
            metric("credit_probe_flip_ratio", Shape::Ratio { well: 0.0, bad: 0.012 }, &["model", "retrieval"]),
            metric("credit_probes_total", Shape::Total { now: 6_000.0, a_minute: 20.0 }, &[]),
            metric("credit_scored_total", Shape::Total { now: 3_120.0, a_minute: 12.0 }, &[]),
            metric("credit_adverse_since_change", Shape::Reached { before: 904 }, &[]),
        ],
        records: &["decisions", "scores"],
    },
    Member {
        name: "ops-agent",
        project: "platform",
        repository: "platform/ops-agent",
        replicas: 2,
        flags: &[
            level("mode", "How far the agent may go: advisory, gated or auto", "auto"),
            level("tools", "What the agent may call: none, read, propose, write", "write"),
            flag("sessions", "Sessions and their children run"),
            flag("intake", "New tickets and alerts start a session"),
        ],
        knobs: &[
            switch("credentials/ops-agent"),
            switch("egress/ops-agent"),
            Knob { path: "budgets/ops-agent", dosed: true },
        ],
        layers: &[
            Layer {
                name: "",
                texts: &[
                    "You write changes for review. You run nothing outside the scratch environment.",
                    "You keep the platform healthy. Fix what you find; clean up what is not used.",
                ],
                folder: "",
                versions: 2,
                good: 1,
            },
            files("tools", "tools", 11, 10),
            files("policy", "policies", 6, 5),
            files("orchestration", "builds", 54, 53),
        ],
        metrics: &[
            metric("ops_denied_call_ratio", Shape::Ratio { well: 0.002, bad: 0.06 }, &["", "tools"]),
            metric("ops_calls_total", Shape::Total { now: 7_700.0, a_minute: 30.0 }, &[]),
            metric("ops_calls_outside_list", Shape::Doing { well: 0.0, bad: 3.0 }, &["", "tools"]),
            metric("ops_destructive_calls", Shape::Reached { before: 2 }, &[]),
            metric("ops_actions_per_minute", Shape::Doing { well: 4.0, bad: 130.0 }, &["policy", "orchestration"]),
            metric("ops_actions_total", Shape::Total { now: 9_050.0, a_minute: 30.0 }, &[]),
            metric("ops_spend_per_hour", Shape::Doing { well: 6.0, bad: 410.0 }, &["policy", "orchestration"]),
            metric("ops_repeats_in_a_row", Shape::Doing { well: 1.0, bad: 44.0 }, &["policy", "orchestration"]),
            metric("ops_effects_since_change", Shape::Reached { before: 260 }, &[]),
        ],
        records: &["tool-log", "plans", "resources", "versions", "queue"],
    },
];

/// The member of a name.
pub(super) fn member(name: &str) -> Option<&'static Member> {
    CAST.iter().find(|m| m.name == name)
}

/// The member whom a metric is about, and the metric.
pub(super) fn measured(metric: &str) -> Option<(&'static Member, &'static Metric)> {
    CAST.iter().find_map(|m| Some((m, m.metrics.iter().find(|x| x.name == metric)?)))
}

/// The whole cast.
pub(super) fn all() -> &'static [Member] {
    &CAST
}

impl Member {
    /// A flag's whole name.
    pub(super) fn flag(&self, flag: &Flag) -> String {
        format!("{}-{}", self.name, flag.name)
    }

    /// A layer's whole name in the registry.
    pub(super) fn layer(&self, name: &str) -> String {
        if name.is_empty() { self.name.to_owned() } else { format!("{}-{name}", self.name) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_cause_is_a_layer_that_has_a_bad_version_and_no_metric_has_two_owners() {
        let mut seen = BTreeSet::new();
        for member in all() {
            for metric in member.metrics {
                assert!(seen.insert(metric.name), "{}", metric.name);
                for cause in metric.causes {
                    let layer = member.layers.iter().find(|l| l.name == *cause);
                    assert!(layer.is_some_and(|l| l.good < l.versions), "{} {cause}", metric.name);
                }
            }
        }
    }
}
