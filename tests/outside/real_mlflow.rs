//! The adapter for MLflow against a real server, and against the sandbox that speaks the same: a layer is a registered model or a prompt, and its version in use is an
//! alias.

use aigov::plan::Act;
use aigov::plan::checked::{Aspect, Standing};
use aigov::run::event::{Outcome, Verdict};
use aigov::text::time::Millis;
use serde_json::{Value, json};

use crate::dialect::{Served, Which, contract};
use crate::open::Opened;
use crate::orders::{Job, wait};
use crate::{suite, wire};

/// A registered model or prompt of a server.
struct Registered {
    /// The sandbox, where it is the sandbox's, and its token; a real one asks for none here.
    served: Option<(Served, String)>,
    url: String,
    name: String,
    prompt: bool,
    /// The version in use, and the last known good one.
    used: &'static str,
    good: &'static str,
    /// What the version in use of a prompt says.
    says: &'static str,
}

impl Which {
    /// A registered prompt or model; on a real server it is made, under this name.
    fn registered(self, name: &str, prompt: bool) -> Option<Registered> {
        match self {
            Self::Real => Registered::new(name, prompt),
            Self::Sandbox => Some(Registered::of_the_sandbox(prompt)),
        }
    }
}

contract! {
    a_prompt_goes_back_to_its_last_known_good_version_and_returns,
    a_model_goes_back_to_its_last_known_good_version_and_returns,
    a_version_can_be_named,
    the_alias_that_means_good_can_have_another_name,
    an_alias_that_was_absent_is_absent_again_after_undo,
    no_last_known_good_version_is_said_before_anything_is_sent,
    an_unknown_prompt_and_an_unknown_version_are_named,
    a_probe_reads_the_alias_and_not_what_was_asked,
    what_the_model_was_told_is_kept_as_evidence,
    a_check_says_what_is_there,
}

impl Registered {
    /// Makes one with three versions: 3 is in use, 2 is the last known good one. None where the suite does not run.
    fn new(name: &str, prompt: bool) -> Option<Self> {
        let it = Self {
            served: None,
            url: suite::variable("AIGOV_SUITE_MLFLOW")?,
            name: name.to_owned(),
            prompt,
            used: "3",
            good: "2",
            says: "Answer politely, take 3.",
        };
        let tags = if prompt { json!([{ "key": "mlflow.prompt.is_prompt", "value": "true" }]) } else { json!([]) };
        it.ask("POST", "registered-models/create", &json!({ "name": name, "tags": tags })).expect(200);
        for version in 1..=3 {
            let text = json!([{ "key": "mlflow.prompt.text", "value": format!("Answer politely, take {version}.") }]);
            let new = json!({ "name": name, "source": "s3://suite/artifacts", "tags": if prompt { text } else { json!([]) } });
            it.ask("POST", "model-versions/create", &new).expect(200);
        }
        it.point("production", it.used);
        it.point("last-known-good", it.good);
        Some(it)
    }

    /// One that the sandbox's story has.
    fn of_the_sandbox(prompt: bool) -> Self {
        let served = Served::new();
        let (url, token) = (served.url("mlflow"), served.token("sandbox-token"));
        let (name, used, good) =
            if prompt { ("support-replies", "3", "2") } else { ("support-replies-retrieval", "5", "4") };
        let says = "Always resolve the ticket in one answer";
        Self { served: Some((served, token)), url, name: name.to_owned(), prompt, used, good, says }
    }

    fn bearer(&self) -> Vec<(&'static str, String)> {
        self.served.iter().map(|(_, token)| ("authorization", format!("Bearer {token}"))).collect()
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> wire::Answer {
        let bearer = self.bearer();
        let headers: Vec<(&str, &str)> = bearer.iter().map(|(n, v)| (*n, v.as_str())).collect();
        wire::send_json(method, &format!("{}/api/2.0/mlflow/{path}", self.url), &headers, body)
    }

    fn point(&self, alias: &str, version: &str) {
        let body = json!({ "name": self.name, "alias": alias, "version": version });
        self.ask("POST", "registered-models/alias", &body).expect(200);
    }

    /// The version that an alias names; none where there is no such alias.
    fn version(&self, alias: &str) -> Option<String> {
        let path = format!("registered-models/alias?name={}&alias={alias}", self.name);
        let url = format!("{}/api/2.0/mlflow/{path}", self.url);
        let bearer = self.bearer();
        let headers: Vec<(&str, &str)> = bearer.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let answer = wire::send("GET", &url, &headers, b"");
        (answer.status == 200).then(|| answer.json()["model_version"]["version"].as_str().unwrap().to_owned())
    }

    fn open(&self) -> Opened {
        let token: Vec<(&str, &str)> = self.served.iter().map(|(_, token)| ("token", token.as_str())).collect();
        Opened::with("mlflow", &self.url, &token)
    }

    fn binding(&self) -> Value {
        let mut binding = json!({ "alias": "production" });
        binding[if self.prompt { "prompt" } else { "model" }] = json!(self.name);
        binding
    }

    fn back(&self, to: &str) -> Job {
        let act = Act::RollbackLayer { layer: "prompt".into(), to: to.into() };
        Job::new(act, "mlflow", &self.binding())
    }
}

fn goes_back_and_returns(it: &Registered) {
    let opened = it.open();
    let prepared = it.back("last-known-good").done(opened.provider());
    assert_eq!(it.version("production").as_deref(), Some(it.good));
    assert_ne!(prepared.prior, prepared.leaves);
    assert_eq!(it.back("last-known-good").prepare(opened.provider()).unwrap().prior, prepared.leaves);
    it.back("last-known-good").undone(opened.provider(), &prepared.prior);
    assert_eq!(it.version("production").as_deref(), Some(it.used));
}

fn a_prompt_goes_back_to_its_last_known_good_version_and_returns(which: Which) {
    let Some(it) = which.registered("suite-prompt", true) else { return };
    goes_back_and_returns(&it);
}

fn a_model_goes_back_to_its_last_known_good_version_and_returns(which: Which) {
    let Some(it) = which.registered("suite-model", false) else { return };
    goes_back_and_returns(&it);
}

fn a_version_can_be_named(which: Which) {
    let Some(it) = which.registered("suite-named", true) else { return };
    it.back("1").done(it.open().provider());
    assert_eq!(it.version("production").as_deref(), Some("1"));
}

fn the_alias_that_means_good_can_have_another_name(which: Which) {
    let Some(it) = which.registered("suite-good", true) else { return };
    it.point("blessed", "1");
    let mut binding = it.binding();
    binding["good"] = json!("blessed");
    let act = Act::RollbackLayer { layer: "prompt".into(), to: "last-known-good".into() };
    Job::new(act, "mlflow", &binding).done(it.open().provider());
    assert_eq!(it.version("production").as_deref(), Some("1"));
}

fn an_alias_that_was_absent_is_absent_again_after_undo(which: Which) {
    let Some(it) = which.registered("suite-absent", true) else { return };
    let mut binding = it.binding();
    binding["alias"] = json!("canary");
    let act = Act::RollbackLayer { layer: "prompt".into(), to: "last-known-good".into() };
    let job = Job::new(act, "mlflow", &binding);
    let opened = it.open();
    let prepared = job.done(opened.provider());
    assert_eq!(it.version("canary").as_deref(), Some(it.good));
    job.undone(opened.provider(), &prepared.prior);
    assert_eq!(it.version("canary"), None);
}

fn no_last_known_good_version_is_said_before_anything_is_sent(which: Which) {
    let Some(it) = which.registered("suite-no-good", true) else { return };
    let gone = json!({ "name": it.name, "alias": "last-known-good" });
    it.ask("DELETE", "registered-models/alias", &gone).expect(200);
    let fault = it.back("last-known-good").prepare(it.open().provider()).unwrap_err();
    assert!(fault.says.contains("last-known-good"), "{fault}");
    assert!(fault.help.is_some(), "{fault:?}");
    assert_eq!(it.version("production").as_deref(), Some(it.used));
}

fn an_unknown_prompt_and_an_unknown_version_are_named(which: Which) {
    let Some(it) = which.registered("suite-unknown", true) else { return };
    let opened = it.open();
    let mut binding = it.binding();
    binding["prompt"] = json!("suite-no-such-prompt");
    let act = Act::RollbackLayer { layer: "prompt".into(), to: "1".into() };
    let fault = Job::new(act, "mlflow", &binding).prepare(opened.provider()).unwrap_err();
    assert!(fault.says.contains("suite-no-such-prompt"), "{fault}");
    let job = it.back("77");
    match job.prepare(opened.provider()) {
        Err(fault) => assert!(fault.says.contains("77"), "{fault}"),
        Ok(prepared) => {
            let sight = job.perform(opened.provider(), &prepared);
            assert_eq!(sight.is, Outcome::Refused, "{:?}", sight.seen);
        }
    }
    assert_eq!(it.version("production").as_deref(), Some(it.used));
}

fn a_probe_reads_the_alias_and_not_what_was_asked(which: Which) {
    let Some(it) = which.registered("suite-probe", true) else { return };
    let opened = it.open();
    let job = it.back("last-known-good");
    let prepared = job.prepare(opened.provider()).unwrap();
    assert_eq!(job.probe(opened.provider(), &prepared).is, Verdict::Fail);
}

fn what_the_model_was_told_is_kept_as_evidence(which: Which) {
    let Some(it) = which.registered("suite-evidence", true) else { return };
    let opened = it.open();
    let job = Job::new(Act::Capture { since: Millis(7_200_000) }, "mlflow", &json!({ "prompt": it.name }));
    let prepared = job.prepare(opened.provider()).unwrap();
    let sight = job.perform(opened.provider(), &prepared);
    assert_eq!(sight.is, Outcome::Done, "{:?}", sight.seen);
    let kept = sight.keep.or_else(|| job.probe(opened.provider(), &prepared).keep).unwrap();
    let kept = String::from_utf8(kept).unwrap();
    assert!(kept.contains(it.says), "{kept}");
}

fn a_check_says_what_is_there(which: Which) {
    let Some(it) = which.registered("suite-check", true) else { return };
    let opened = it.open();
    let look = |job: &Job| wait(opened.provider().check(&job.needs(), crate::orders::LIMIT));
    let notes = look(&it.back("last-known-good"));
    assert!(!notes.is_empty() && notes.iter().all(|n| n.is != Standing::Wrong), "{notes:?}");
    let mut binding = it.binding();
    binding["prompt"] = json!("suite-no-such-prompt");
    let act = Act::RollbackLayer { layer: "prompt".into(), to: "1".into() };
    let notes = look(&Job::new(act, "mlflow", &binding));
    assert!(notes.iter().any(|n| n.is == Standing::Wrong && n.aspect == Aspect::Exists), "{notes:?}");
}
