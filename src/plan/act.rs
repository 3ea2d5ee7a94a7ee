//! The act digest: what a vote is bound to.
//!
//! Owns the canonical form of one prepared act. It names provider, account and environment, never host and port, so that
//! a moved address does not void votes; secrets stand in it by reference. Must not know how an act is carried out.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Step;
use crate::text::canon::{canonical, sha256_hex};

/// A request as it would be sent, with secrets as references such as `{env UNLEASH_TOKEN}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct RequestView {
    /// HTTP method.
    pub method: String,
    /// Whole URL.
    pub url: String,
    /// Headers that carry meaning; secrets as references.
    pub headers: Vec<(String, String)>,
    /// Body, or empty.
    pub body: String,
    /// What it is for, such as `capture prior state`, `set`, `read back`.
    pub purpose: String,
}

/// Everything that one prepared act consists of.
#[derive(Clone, Copy, Debug)]
pub struct ActParts<'a> {
    /// The run's id.
    pub run: &'a str,
    /// The environment's name.
    pub environment: &'a str,
    /// The step; its verb, arguments and targets are digested, its reason and console texts are not.
    pub step: &'a Step,
    /// True when the act puts prior state back.
    pub undo: bool,
    /// The provider's own account or project, one per target.
    pub accounts: &'a [String],
    /// The requests that will be sent.
    pub requests: &'a [RequestView],
    /// Prior state captured, one per target.
    pub prior: &'a [Value],
    /// State as the act leaves it, one per target.
    pub leaves: &'a [Value],
    /// The requests that would put prior state back.
    pub undo_requests: &'a [RequestView],
    /// The idempotency key; empty when the digest is made to derive it.
    pub key: &'a str,
    /// The statement exactly as its readers will see it.
    pub statement: Option<&'a str>,
}

/// SHA-256 of the act's canonical form, in lower-case hexadecimal.
///
/// # Errors
/// A number that is not finite in prior state.
pub fn digest(parts: &ActParts<'_>) -> Result<String, serde_json::Error> {
    let targets: Vec<Value> = parts
        .step
        .targets
        .iter()
        .enumerate()
        .map(|(i, target)| {
            json!({
                "provider": target.provider,
                "kind": target.kind,
                "binding": target.binding,
                "account": parts.accounts.get(i),
            })
        })
        .collect();
    let whole = json!({
        "format": 1,
        "run": parts.run,
        "environment": parts.environment,
        "step": parts.step.id,
        "act": serde_json::to_value(&parts.step.act)?,
        "undoes": parts.undo,
        "targets": targets,
        "requests": views(parts.requests),
        "prior": parts.prior,
        "leaves": parts.leaves,
        "undo": views(parts.undo_requests),
        "key": parts.key,
        "statement": parts.statement,
    });
    Ok(sha256_hex(&canonical(&whole)?))
}

/// The idempotency key of an act: SHA-256 of run, step, act digest (made with an empty key) and which deliberate
/// repetition this is, counted from 0. The same attempt always has the same key; another attempt never has.
///
/// # Errors
/// None in practice: nothing in it can be a number that is not finite.
pub fn idempotency_key(run: &str, step: &str, act: &str, repetition: u32) -> Result<String, serde_json::Error> {
    Ok(sha256_hex(&canonical(&json!({ "run": run, "step": step, "act": act, "repetition": repetition }))?))
}

fn views(requests: &[RequestView]) -> Vec<Value> {
    requests
        .iter()
        .map(|r| json!({ "method": r.method, "at": without_authority(&r.url), "headers": r.headers, "body": r.body }))
        .collect()
}

/// A URL without scheme, user, host and port. The path and the query stay whole.
fn without_authority(url: &str) -> &str {
    let Some((_, rest)) = url.split_once("://") else { return url };
    rest.find(['/', '?', '#']).map_or("", |at| rest.get(at..).unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Act, Direction, Proof, Repeat, Setting, StepRole, Target, Undo};
    use crate::text::time::Millis;

    fn step() -> Step {
        let binding = json!({ "project": "support", "flag": "autonomy" });
        Step {
            id: "stop-sending".into(),
            role: StepRole::Immediate,
            act: Act::SetControl { control: "autonomy".into(), to: Setting::On(false), safe: true },
            targets: vec![Target {
                provider: "flags".into(),
                kind: "unleash".into(),
                binding: binding.as_object().cloned().unwrap_or_default(),
                label: "autonomy".into(),
            }],
            direction: Direction::Lowers,
            why: Some("Every sent answer can be relied upon.".into()),
            within: Millis::from_secs(30),
            or_else: None,
            irreversible: None,
            repeat: Repeat::Harmless,
            proof: Proof::ReadBack,
            undo: Undo::Restore,
            gate: None,
            console: Some("https://flags.example.com".into()),
            by_hand: None,
        }
    }

    #[derive(Clone)]
    struct Whole {
        run: String,
        environment: String,
        step: Step,
        undo: bool,
        accounts: Vec<String>,
        requests: Vec<RequestView>,
        prior: Vec<Value>,
        leaves: Vec<Value>,
        undo_requests: Vec<RequestView>,
        key: String,
        statement: Option<String>,
    }

    fn view(url: &str) -> RequestView {
        RequestView {
            method: "POST".into(),
            url: url.into(),
            headers: vec![("Authorization".into(), "{env UNLEASH_TOKEN}".into())],
            body: "{}".into(),
            purpose: "set".into(),
        }
    }

    impl Whole {
        fn new() -> Self {
            Self {
                run: "20260722-0204-ab2d".into(),
                environment: "production".into(),
                step: step(),
                undo: false,
                accounts: vec!["support".into()],
                requests: vec![view("https://a.example:8443/api/off?x=1")],
                prior: vec![json!({ "enabled": true })],
                leaves: vec![json!({ "enabled": false })],
                undo_requests: vec![view("https://a.example:8443/api/on")],
                key: "k".into(),
                statement: Some("Dear customer".into()),
            }
        }

        fn digest(&self) -> String {
            digest(&ActParts {
                run: &self.run,
                environment: &self.environment,
                step: &self.step,
                undo: self.undo,
                accounts: &self.accounts,
                requests: &self.requests,
                prior: &self.prior,
                leaves: &self.leaves,
                undo_requests: &self.undo_requests,
                key: &self.key,
                statement: self.statement.as_deref(),
            })
            .expect("finite numbers")
        }
    }

    #[test]
    fn what_does_not_change_the_act_keeps_its_digest() {
        type Edit = (&'static str, fn(&mut Whole));
        let edits: [Edit; 6] = [
            ("reason", |w| w.step.why = None),
            ("console", |w| w.step.console = Some("https://other".into())),
            ("host and port", |w| w.requests[0].url = "https://b.example/api/off?x=1".into()),
            ("scheme and user", |w| w.undo_requests[0].url = "http://u:p@b.example:1/api/on".into()),
            ("purpose of a request", |w| w.requests[0].purpose = "turn off".into()),
            ("time allowed", |w| w.step.within = Millis::from_secs(31)),
        ];
        let before = Whole::new().digest();
        for (what, edit) in edits {
            let mut whole = Whole::new();
            edit(&mut whole);
            assert_eq!(whole.digest(), before, "{what}");
        }
    }

    #[test]
    fn whatever_changes_the_act_changes_its_digest() {
        type Edit = (&'static str, fn(&mut Whole));
        let edits: [Edit; 17] = [
            ("run", |w| w.run = "20260722-0204-ab2e".into()),
            ("environment", |w| w.environment = "staging".into()),
            ("step", |w| w.step.id = "other".into()),
            ("value", |w| {
                w.step.act = Act::SetControl { control: "autonomy".into(), to: Setting::On(true), safe: true };
            }),
            ("provider", |w| w.step.targets[0].provider = "flags-eu".into()),
            ("binding", |w| {
                w.step.targets[0].binding.insert("flag".into(), json!("other"));
            }),
            ("account", |w| w.accounts = vec!["billing".into()]),
            ("direction of the act", |w| w.undo = true),
            ("method", |w| w.requests[0].method = "PUT".into()),
            ("path", |w| w.requests[0].url = "https://a.example:8443/api/on?x=1".into()),
            ("query", |w| w.requests[0].url = "https://a.example:8443/api/off?x=2".into()),
            ("body", |w| w.requests[0].body = "{\"a\":1}".into()),
            ("secret by name", |w| w.requests[0].headers[0].1 = "{env OTHER}".into()),
            ("prior state", |w| w.prior = vec![json!({ "enabled": false })]),
            ("undo request", |w| w.undo_requests.clear()),
            ("key", |w| w.key = "l".into()),
            ("statement", |w| w.statement = Some("Dear customer!".into())),
        ];
        let before = Whole::new().digest();
        for (what, edit) in edits {
            let mut whole = Whole::new();
            edit(&mut whole);
            assert_ne!(whole.digest(), before, "{what}");
        }
    }

    #[test]
    fn a_url_loses_its_authority_only() {
        for (url, at) in [
            ("https://a.example:8443/api/x?y=//z", "/api/x?y=//z"),
            ("http://a.example", ""),
            ("http://a.example?q=1", "?q=1"),
            ("/relative", "/relative"),
        ] {
            assert_eq!(without_authority(url), at);
        }
    }

    #[test]
    fn a_deliberate_repetition_has_another_key() {
        let key = |n| idempotency_key("r", "s", "d", n).expect("no numbers that are not finite");
        assert_eq!(key(0), key(0));
        assert_ne!(key(0), key(1));
    }
}
