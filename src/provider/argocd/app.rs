//! An application as Argo CD describes it, and what a rollback has come to.
//!
//! Owns which deployment is meant by a name and when an operation counts as proven. Must not send anything.

use serde_json::{Value, json};

use crate::run::event::Verdict;
use crate::text::safe;

/// What a runbook writes for the newest earlier deployment of another revision.
pub(super) const LAST_KNOWN_GOOD: &str = "last-known-good";

/// Whether what is meant depends on what is deployed.
pub(super) fn is_relative(to: &str) -> bool {
    to == LAST_KNOWN_GOOD
}

/// Whether a setting of auto-sync synchronises.
pub(super) fn syncs(automated: &Value) -> bool {
    automated.is_object() && automated["enabled"] != false
}

/// What is captured, written and put back: auto-sync and, for a rollback, the revision.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    pub(super) automated: Value,
    pub(super) revision: Option<Value>,
}

impl State {
    pub(super) fn value(&self) -> Value {
        match &self.revision {
            Some(revision) => json!({ "automated": self.automated, "revision": revision }),
            None => json!({ "automated": self.automated }),
        }
    }

    pub(super) fn parse(value: &Value) -> Option<Self> {
        let automated = value.get("automated").filter(|a| a.is_null() || a.is_object())?;
        Some(Self { automated: automated.clone(), revision: value.get("revision").cloned() })
    }
}

/// One deployment of the history.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Deployed {
    pub(super) id: u64,
    /// A text, or a list of texts for an application of several sources.
    pub(super) revision: Value,
}

/// What matters of an application.
pub(super) struct App {
    automated: Value,
    history: Vec<Deployed>,
    pub(super) project: String,
    pub(super) owner: Option<String>,
    /// When the last operation started.
    pub(super) started: Option<String>,
    phase: Option<String>,
    message: String,
    pending: bool,
    health: String,
}

fn revision(of: &Value) -> Option<Value> {
    let many = of.get("revisions").filter(|r| r.as_array().is_some_and(|r| !r.is_empty()));
    let one = of.get("revision").filter(|r| r.as_str().is_some_and(|r| !r.is_empty()));
    many.or(one).cloned()
}

fn shown(revision: &Value) -> String {
    let text = revision.as_str().map_or_else(|| revision.to_string(), str::to_owned);
    safe::line(&text.chars().take(12).collect::<String>())
}

impl App {
    pub(super) fn parse(document: &Value) -> Option<Self> {
        let spec = document.get("spec")?.as_object()?;
        let status = document.get("status").unwrap_or(&Value::Null);
        let automated = spec.get("syncPolicy").and_then(|p| p.get("automated")).unwrap_or(&Value::Null).clone();
        let mut history: Vec<Deployed> = status["history"]
            .as_array()
            .into_iter()
            .flatten()
            // The id of the first deployment is 0, which is left out on the wire.
            .filter_map(|h| Some(Deployed { id: h["id"].as_u64().unwrap_or(0), revision: revision(h)? }))
            .collect();
        history.sort_by_key(|d| d.id);
        let operation = &status["operationState"];
        let text = |v: &Value| v.as_str().map(str::to_owned);
        let owner = document.pointer("/metadata/ownerReferences/0").and_then(|o| {
            Some(format!("{} {}", safe::excerpt(o["kind"].as_str()?, 60), safe::excerpt(o["name"].as_str()?, 60)))
        });
        Some(Self {
            automated,
            history,
            project: safe::excerpt(spec.get("project").and_then(Value::as_str).unwrap_or("default"), 60),
            owner,
            started: text(&operation["startedAt"]),
            phase: text(&operation["phase"]),
            message: safe::excerpt(operation["message"].as_str().unwrap_or_default(), 200),
            pending: document.get("operation").is_some_and(|o| !o.is_null()),
            health: safe::excerpt(status["health"]["status"].as_str().unwrap_or("Unknown"), 40),
        })
    }

    fn revision(&self) -> Option<&Value> {
        self.history.last().map(|d| &d.revision)
    }

    pub(super) fn state(&self, with_revision: bool) -> State {
        let revision = with_revision.then(|| self.revision().cloned().unwrap_or(Value::Null));
        State { automated: self.automated.clone(), revision }
    }

    /// Auto-sync when it is off: as it is if it is off already.
    pub(super) fn off(&self) -> Value {
        if syncs(&self.automated) { Value::Null } else { self.automated.clone() }
    }

    /// The deployment that a runbook means: by history id, by revision, or the newest earlier one of another revision.
    pub(super) fn find(&self, to: &str) -> Option<&Deployed> {
        if is_relative(to) {
            let current = self.revision()?;
            return self.history.iter().rev().find(|d| d.revision != *current);
        }
        let by_id = to.parse::<u64>().ok().and_then(|id| self.history.iter().find(|d| d.id == id));
        by_id.or_else(|| self.with_revision(&json!(to)))
    }

    pub(super) fn with_revision(&self, revision: &Value) -> Option<&Deployed> {
        self.history.iter().rev().find(|d| d.revision == *revision)
    }

    /// Whether what is wanted is there. `before` is when the operation before ours started, where that is known.
    pub(super) fn judge(&self, then: &State, before: Option<&str>) -> (Verdict, String) {
        let managed =
            self.owner.as_ref().map_or_else(String::new, |o| format!("; {o} manages it and may change it back"));
        if let Some(wanted) = &then.revision {
            let phase = self.phase.as_deref().unwrap_or("none");
            if self.pending || matches!(phase, "Running" | "Terminating") {
                return (Verdict::Inconclusive, "the operation is still running".to_owned());
            }
            let ours = before.is_none() || self.started.as_deref() != before;
            let there = self.revision() == Some(wanted);
            if ours && matches!(phase, "Failed" | "Error") {
                return (Verdict::Fail, format!("the operation ended {phase}: {}", self.message));
            }
            if !there {
                let deployed = self.revision().map_or("nothing".to_owned(), shown);
                let says = format!("revision {deployed} is deployed, wanted {}", shown(wanted));
                // Until an operation of our own shows, it may still begin.
                return (if ours { Verdict::Fail } else { Verdict::Inconclusive }, says);
            }
            match self.health.as_str() {
                "Healthy" => {}
                "Degraded" | "Missing" => {
                    return (Verdict::Fail, format!("revision {} is deployed, but {}", shown(wanted), self.health));
                }
                other => {
                    return (Verdict::Inconclusive, format!("revision {} is deployed, health {other}", shown(wanted)));
                }
            }
        }
        let same = self.automated == then.automated || (!syncs(&self.automated) && !syncs(&then.automated));
        let sync = if syncs(&self.automated) { "auto-sync is on" } else { "auto-sync is off" };
        let is = if same { Verdict::Pass } else { Verdict::Fail };
        let deployed =
            then.revision.as_ref().map_or_else(String::new, |r| format!("revision {} is healthy, ", shown(r)));
        (is, format!("{deployed}{sync}{managed}"))
    }
}
