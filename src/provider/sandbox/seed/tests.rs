//! Seeds of a made-up workspace: what is in them, and that the real adapters can do everything that its plan names at the
//! servers made from them.

use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::model::scenario::FaultKind;
use crate::model::workspace::Workspace;
use crate::plan::{Direction, Proof, Undo};
use crate::port::{Order, Prepared, Providers as _, Way};
use crate::provider::sandbox::{Disturb, Disturbance, Running, Sandbox, spoilt};
use crate::provider::{Reach, Set};
use crate::run::event::{Outcome, Verdict};
use crate::text::time::Millis;

const NOW: Instant = Instant(1_800_000_000_000);
const LIMIT: Millis = Millis(10_000);
const ENVIRONMENT: &str = "live";

/// Nothing in here is the sandbox's.
const SETTINGS: &str = r#"
schema = 1
[environments.live]
production = true
[providers.toggles]
kind = "unleash"
live = { url = "https://toggles.acme.test/u", token = { env = "ACME_TOGGLES" }, client-token = { command = ["acme-secret", "toggles"] } }
[providers.ships]
kind = "argocd"
live = { url = "https://ships.acme.test", token = { env = "ACME_SHIPS" } }
[providers.shelf]
kind = "mlflow"
live = { url = "https://shelf.acme.test" }
[providers.gauges]
kind = "prometheus"
live = { url = "https://gauges.acme.test" }
[providers.bell]
kind = "pagerduty"
live = { url = "https://bell.acme.test", rest-url = "https://bell-api.acme.test", routing-key = { file = "/acme/routing" }, token = { env = "ACME_BELL" } }
[paging]
provider = "bell"
"#;

const AUTOMATION: &str = r#"
schema = 1
purpose = "Answers questions about parcels"
risk = { impact = "high", reversibility = "hard", confidence = "medium" }
oversight = "single-gate"
[roles]
owner = "ann"
commander = "ann"
legal = "ann"
support = "ann"
[stop]
control = "answers"
wider = ["hold"]
who = ["ann"]
[controls.answers]
kind = "switch"
safe = "off"
provider = "toggles"
live = { project = "parcels", flag = "acme.parcels/answers", environment = "eu-live" }
[controls.hold]
kind = "switch"
safe = "on"
provider = "toggles"
live = { project = "parcels", flag = "hold-all", environment = "eu-live" }
[controls.reach]
kind = "level"
levels = ["none", "drafts", "everything"]
provider = "toggles"
live = { project = "parcels", flag = "parcel-reach", environment = "eu-live" }
[controls.share]
kind = "percent"
provider = "toggles"
live = { project = "parcels", flag = "parcel-share", environment = "eu-live" }
[layers.prompt]
provider = "shelf"
live = { prompt = "parcel prompt", alias = "live", good = "proven" }
[layers.model]
provider = "shelf"
live = { model = "parcel-model", alias = "champion" }
[layers.orchestration]
provider = "ships"
live = { app = "parcels", project = "logistics", namespace = "teams" }
[signals.invented_rate]
provider = "gauges"
query = 'avg_over_time(acme_invented_ratio[5m])'
count-query = 'sum(acme_checked_total)'
[evidence.prompts]
provider = "shelf"
live = { prompt = "parcel prompt" }
[evidence.flags]
provider = "toggles"
live = { project = "parcels", flag = "acme.parcels/answers" }
[deploy]
provider = "ships"
live = { app = "parcels", project = "logistics", namespace = "teams" }
"#;

const RUNBOOK: &str = r#"
schema = 1
title = "Invented parcels"
class = "hallucinated-content"
impact = "customer-impacting"
owner = "@owner"
contain-within = "5m"
[scope]
environments = ["live"]
[[trigger]]
id = "invented"
signal = "invented_rate"
above = 0.02
samples = 200
for = "15m"
[[immediate]]
id = "stop"
do = "control.safe"
with = { control = "@stop" }
or-else = "hold"
[[immediate]]
id = "hold"
do = "control.safe"
with = { control = "hold" }
[[immediate]]
id = "reach"
do = "control.safe"
with = { control = "reach" }
[[immediate]]
id = "share"
do = "control.safe"
with = { control = "share" }
[[immediate]]
id = "keep"
do = "evidence.capture"
with = { sources = ["prompts", "flags"], since = "2h" }
[[immediate]]
id = "freeze"
do = "deploy.freeze"
[[immediate]]
id = "page"
do = "page.send"
with = { to = ["@owner"], severity = "critical" }
[[fact]]
id = "harm"
ask = "Was anybody harmed?"
kind = "yes-no"
[[severity]]
level = "sev1"
when = "harm"
respond = ["prompt-back", "model-back", "build-back", "build-known"]
[[severity]]
level = "sev3"
respond = []
[[respond]]
id = "prompt-back"
do = "layer.rollback"
with = { layer = "prompt", to = "last-known-good" }
[[respond]]
id = "model-back"
do = "layer.rollback"
with = { layer = "model", to = "17" }
[[respond]]
id = "build-back"
do = "layer.rollback"
with = { layer = "orchestration", to = "last-known-good" }
[[respond]]
id = "build-known"
do = "layer.rollback"
with = { layer = "orchestration", to = "0123456789abcdef0123456789abcdef01234567" }
[[verify]]
id = "true-again"
signal = "invented_rate"
below = 0.01
samples = 200
for = "1h"
[restore]
sign-off = { functions = ["engineering"], within = "24h", on-timeout = "read-only" }
stages = [{ control = "reach", to = "drafts", soak = "2h" }, { control = "share", to = 5, soak = "2h" }]
"#;

/// Systems that only these tables describe, each in another manner.
const TABLES: &str = r#"
[statements]
provider = "post"
[tickets]
provider = "post"
[notices]
provider = "post"
[providers.scaler]
kind = "http"
auth = "header:X-Acme-Key"
live = { url = "https://scaler.acme.test/base", token = { env = "ACME_SCALER" } }
[providers.scaler.control]
act = { method = "PUT", path = "/services/{service}/replicas", body = { spec = { replicas = "{value}" } } }
read = { path = "/services/{service}", at = "/spec/replicas" }
[providers.scaler.layer]
act = { method = "PATCH", path = "/services/{service}", body = { version = "{value}" }, repeat = "harmless" }
read = { path = "/services/{service}", at = "/spec/version" }
good = { path = "/services/{service}/known", at = "/good" }
[providers.gate]
kind = "http"
live = { url = "https://gate.acme.test", token = { env = "ACME_GATE" } }
[providers.gate.control]
act = { path = "/queues/{queue}/close", repeat = "harmless" }
undo = { path = "/queues/{queue}/open", repeat = "harmless" }
read = { path = "/queues/{queue}", at = "/open" }
[providers.gate.deploy]
act = { path = "/freeze?of={app}", expect = [202], repeat = "harmless" }
undo = { path = "/thaw?of={app}", repeat = "harmless" }
read = { path = "/state/{app}", at = "/now", equals = "frozen" }
[providers.post]
kind = "http"
live = { url = "https://post.acme.test" }
[providers.post.evidence]
act = { path = "/kept/{source}", body = { since = "{since}", run = "{run}" }, key-header = "Idempotency-Key" }
read = { path = "/kept/{source}/{key}", at = "/state", equals = "sealed" }
[providers.post.statement]
act = { path = "/letters", body = { to = "{audience}", text = "Acme says: {text}" }, key-header = "Idempotency-Key" }
read = { path = "/letters/{key}", at = "/state", equals = "sent" }
[providers.post.ticket]
act = { path = "/tickets", body = { title = "{title}", key = "{key}" }, repeat = "keyed" }
read = { path = "/tickets?key={key}", at = "/id" }
[providers.post.notice]
act = { path = "/notes", body = { to = "{to}", text = "{text}" } }
[providers.post.call.drain]
act = { method = "PUT", path = "/drain/{pool}", body = { run = "{run}" } }
read = { path = "/drain/{pool}", at = "/drained" }
"#;

const TABLED: &str = r#"
[controls.replicas]
kind = "percent"
provider = "scaler"
live = { service = "parcels/eu" }
[controls.intake]
kind = "switch"
safe = "off"
provider = "gate"
live = { queue = "parcels" }
[layers.retrieval]
provider = "scaler"
live = { service = "parcels/eu" }
[evidence.decisions]
provider = "post"
"#;

const STEPS: &str = r#"
[[immediate]]
id = "none"
do = "control.safe"
with = { control = "replicas" }
[[immediate]]
id = "shut"
do = "control.safe"
with = { control = "intake" }
[[immediate]]
id = "keep-decisions"
do = "evidence.capture"
with = { sources = ["decisions"], since = "1h" }
[[immediate]]
id = "tell"
do = "notify.send"
with = { to = ["@owner"], text = "Look at it." }
[[respond]]
id = "index-back"
do = "layer.rollback"
with = { layer = "retrieval", to = "last-known-good" }
[[respond]]
id = "sorry"
do = "statement.publish"
with = { template = "sorry", audience = "affected" }
irreversible = "A sent statement cannot be recalled."
corrective = "Send another."
gate = { functions = ["engineering"], within = "30m", on-timeout = "queue" }
[[respond]]
id = "file"
do = "ticket.open"
with = { title = "Parcels were invented" }
[[respond]]
id = "drain"
do = "http.call"
with = { provider = "post", call = "drain", direction = "neutral", arguments = { pool = "eu/1" } }
"#;

const PEOPLE: &str = r#"
schema = 1
[persons.ann]
functions = ["engineering"]
"#;

/// The workspace with more settings and more of the automation, its plan and the providers' settings.
fn workspace(settings: &str, automation: &str, runbook: &str) -> (Plan, Vec<ProviderSettings>) {
    from_files(settings, automation, runbook, RUNBOOK)
}

/// The same with another beginning of the runbook.
fn from_files(settings: &str, automation: &str, runbook: &str, begins: &str) -> (Plan, Vec<ProviderSettings>) {
    let (mut of_automation, mut of_runbook) = (AUTOMATION.to_owned(), begins.to_owned());
    if runbook == STEPS {
        of_automation = of_automation.replace("[deploy]\nprovider = \"ships\"", "[deploy]\nprovider = \"gate\"");
        of_runbook =
            of_runbook.replace("\"build-known\"]", "\"build-known\", \"index-back\", \"sorry\", \"file\", \"drain\"]");
    }
    let files = [
        ("aigov.toml", format!("{SETTINGS}{settings}")),
        ("people.toml", PEOPLE.to_owned()),
        ("automations/parcels.toml", format!("{of_automation}{automation}")),
        ("runbooks/incident/invented.toml", format!("{of_runbook}{runbook}")),
        ("templates/sorry.txt", "We told some of you things that are not so.\n".to_owned()),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text.into_bytes())).into();
    let (workspace, problems) = Workspace::assemble(files, catalog());
    assert!(problems.is_empty(), "{problems:?}");
    let resolved = crate::plan::resolve(&workspace, catalog(), "incident/invented", "parcels", ENVIRONMENT, false);
    let (plan, problems) = resolved.unwrap();
    let errors: Vec<_> = problems.iter().filter(|p| p.severity == crate::diag::Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let settings = workspace.settings.as_ref().unwrap();
    let entries = settings.providers.iter().map(|(name, provider)| ProviderSettings {
        name: name.value.clone(),
        kind: provider.kind.as_ref().unwrap().value.clone(),
        shared: provider.shared.values.clone(),
        settings: provider.environments.get(ENVIRONMENT).map_or_else(Map::new, |e| e.values.clone()),
    });
    (plan, entries.collect())
}

/// Servers of seeds, and the real adapters told of them as a drill tells them.
struct Stage {
    plan: Plan,
    set: Set,
    told: Vec<ProviderSettings>,
    folder: TempDir,
    _running: Vec<Running>,
}

impl Stage {
    fn new(settings: &str, automation: &str, runbook: &str) -> Self {
        Self::disturbed(settings, automation, runbook, |_| Box::new(|_| Disturbance::None))
    }

    fn disturbed(settings: &str, automation: &str, runbook: &str, disturb: impl Fn(&str) -> Disturb) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (plan, entries) = workspace(settings, automation, runbook);
        let seeds = seeds(&plan, &entries, NOW);
        assert_eq!(seeds.apart, BTreeMap::new());
        let folder = tempfile::tempdir().unwrap();
        let (mut told, mut running) = (Vec::new(), Vec::new());
        for entry in &entries {
            let seed = &seeds.served[&entry.name];
            let there = folder.path().join(seed.folder());
            assert!(Sandbox::prepare_seeded(&there, seed).unwrap());
            assert!(!Sandbox::prepare_seeded(&there, seed).unwrap(), "what is there stays");
            let server = Sandbox::serve_disturbed(&there, Box::new(|| NOW), disturb(&entry.name)).unwrap();
            told.push(seed.settings(entry, &server.origin));
            running.push(server);
        }
        let set = Set::open(told.clone(), folder.path().to_path_buf()).for_environment(ENVIRONMENT);
        Self { plan, set: set.within(Reach::Loopback), told, folder, _running: running }
    }

    async fn probe(&self, order: &Order<'_>, prepared: &Prepared) -> (Verdict, String) {
        let provider = self.set.get(&order.target.provider).unwrap();
        let mut last = (Verdict::Inconclusive, String::new());
        // What runs in the background is done within a few looks.
        for _ in 0..4 {
            let sight = provider.probe(order, Some(prepared), LIMIT).await;
            last = (sight.is, sight.seen.says);
            if last.0 != Verdict::Inconclusive {
                break;
            }
        }
        last
    }

    /// Does a step: it is not so before, is so afterwards, and where it owes an undo can be put back.
    async fn carry_out(&self, step: &Step) {
        for (i, target) in step.targets.iter().enumerate() {
            let what = format!("{} on {}", step.id, target.label);
            let key = format!("key-{}-{i}", step.id);
            let provider = self.set.get(&target.provider).unwrap_or_else(|e| panic!("{what}: {e}"));
            let order = order(step, target, Way::Do, &key);
            let prepared = provider.prepare(&order).await.unwrap_or_else(|e| panic!("{what}: {e}"));
            // The version that it names is where an earlier rollback has led.
            if step.proof == Proof::ReadBack && step.id != "build-known" {
                let (before, says) = self.probe(&order, &prepared).await;
                assert!(before != Verdict::Pass, "{what} is so before it was done: {says}");
            }
            let sight = provider.perform(&order, Some(&prepared), LIMIT).await;
            assert_eq!(sight.is, Outcome::Done, "{what}: {}", sight.seen.says);
            let (after, says) = self.probe(&order, &prepared).await;
            let wanted = if step.proof == Proof::Accepted { Verdict::Accepted } else { Verdict::Pass };
            assert_eq!(after, wanted, "{what}: {says}");
            if step.undo == Undo::Restore {
                let back = self::order(step, target, Way::Undo(&prepared.prior), &key);
                let undo = provider.prepare(&back).await.unwrap_or_else(|e| panic!("{what}: {e}"));
                assert_eq!((&undo.prior, &undo.leaves), (&prepared.leaves, &prepared.prior), "{what}");
                assert_eq!(provider.perform(&back, Some(&undo), LIMIT).await.is, Outcome::Done, "{what}");
                assert_eq!(self.probe(&back, &undo).await.0, Verdict::Pass, "{what}");
                assert_ne!(self.probe(&order, &prepared).await.0, Verdict::Pass, "{what} was put back");
            }
        }
    }
}

fn order<'a>(step: &'a Step, target: &'a Target, way: Way<'a>, key: &'a str) -> Order<'a> {
    let text = match &step.act {
        Act::Page { summary, .. } => Some(summary.as_str()),
        Act::Publish { .. } | Act::Notify { .. } | Act::Ticket { .. } => Some("What we said was not so."),
        _ => None,
    };
    Order { run: "20261123-0204-abcd", environment: ENVIRONMENT, step, target, way, key, text, after: None }
}

#[tokio::test]
async fn everything_that_a_plan_names_can_be_done_and_put_back_by_the_real_adapters() {
    for stage in [Stage::new("", "", ""), Stage::new(TABLES, TABLED, STEPS)] {
        assert!(stage.plan.steps.iter().any(|s| s.direction == Direction::Raises), "stages, too");
        for step in &stage.plan.steps {
            stage.carry_out(step).await;
        }
    }
}

#[tokio::test]
async fn what_the_adapters_are_told_has_nothing_of_the_real_systems() {
    let stage = Stage::new("", "", "");
    let told = format!("{:?}", stage.told);
    for real in ["acme.test", "ACME_", "acme-secret", "/acme/routing", "https://"] {
        assert!(!told.contains(real), "{real}: {told}");
    }
    let of = |name: &str| &stage.told.iter().find(|e| e.name == name).unwrap().settings;
    assert_eq!(of("toggles").keys().collect::<Vec<_>>(), ["client-token", "token", "url"]);
    assert!(of("bell")["rest-url"].as_str().unwrap().ends_with("/pagerduty/rest"));
    for entry in &stage.told {
        for (key, value) in &entry.settings {
            if let Some(file) = value.get("file").and_then(Value::as_str) {
                assert!(Path::new(file).is_relative(), "{key}: {file}");
                assert!(stage.folder.path().join(file).is_file(), "{key}: {file}");
            }
        }
    }
}

#[test]
fn what_is_left_out_that_decides_how_something_is_proven_is_left_out_in_the_drill() {
    let (plan, mut entries) = workspace("", "", "");
    for entry in &mut entries {
        for key in ["client-token", "rest-url"] {
            entry.settings.remove(key);
        }
    }
    let seeds = seeds(&plan, &entries, NOW);
    for entry in entries {
        let told = seeds.served[&entry.name].settings(&entry, "http://127.0.0.1:9");
        assert!(!told.settings.contains_key("client-token") && !told.settings.contains_key("rest-url"), "{told:?}");
    }
}

#[test]
fn a_server_holds_what_the_plan_names_there_and_nothing_else() {
    let (plan, entries) = workspace("", "", "");
    let seeds = seeds(&plan, &entries, NOW);
    let held = |name: &str| serde_json::to_value(&seeds.served.get(name).unwrap().world).unwrap();
    let toggles = held("toggles");
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        keys(&toggles["unleash"]["flags"]),
        ["acme.parcels/answers", "hold-all", "parcel-reach", "parcel-share"]
    );
    let flag = |name: &str| toggles["unleash"]["flags"][name]["environments"]["eu-live"].clone();
    assert_eq!((&flag("acme.parcels/answers")["enabled"], &flag("hold-all")["enabled"]), (&json!(true), &json!(false)));
    assert_eq!(flag("parcel-reach")["strategies"][0]["variants"][0]["name"], "everything");
    assert_eq!(seeds.served.get("toggles").unwrap().client, "eu-live");
    let models = held("shelf")["mlflow"]["models"].clone();
    assert_eq!(keys(&models), ["parcel prompt", "parcel-model"]);
    assert_eq!(models["parcel prompt"]["aliases"], json!({ "live": 4, "proven": 3 }));
    assert_eq!(models["parcel-model"]["aliases"], json!({ "champion": 18, "last-known-good": 17 }));
    let apps = held("ships")["argocd"]["apps"].clone();
    assert_eq!((keys(&apps), &apps["parcels"]["project"]), (vec!["parcels".to_owned()], &json!("logistics")));
    for (name, of) in [("toggles", "mlflow"), ("shelf", "argocd"), ("ships", "unleash")] {
        let whole = held(name).to_string();
        assert!(!whole.contains("support-replies"), "{name}: nothing of the sandbox's cast");
        assert!(held(name)[of].to_string().len() < 100, "{name} is no {of}");
    }
}

#[test]
fn flags_of_several_environments_under_one_client_token_are_played_in_memory_and_that_is_said() {
    let more = r#"
[controls.second]
kind = "switch"
safe = "off"
provider = "toggles"
live = { project = "parcels", flag = "second", environment = "us-live" }
"#;
    let runbook = "\n[[immediate]]\nid = \"second\"\ndo = \"control.safe\"\nwith = { control = \"second\" }\n";
    let (plan, mut entries) = workspace("", more, runbook);
    let apart = seeds(&plan, &entries, NOW).apart;
    assert_eq!(apart.keys().collect::<Vec<_>>(), ["toggles"]);
    assert!(apart["toggles"].starts_with("its flags lie in eu-live and us-live"), "{apart:?}");
    for entry in &mut entries {
        entry.settings.remove("client-token");
    }
    assert_eq!(seeds(&plan, &entries, NOW).apart, BTreeMap::new(), "without that token nothing is proven anyway");
}

#[test]
fn the_same_plan_gives_the_same_servers_and_a_provider_that_is_gone_is_played_by_nobody() {
    let (plan, entries) = workspace("", "", "");
    assert_eq!(seeds(&plan, &entries, NOW), seeds(&plan, &entries, NOW));
    // A provider that left aigov.toml is missed as in the night, and played by nobody.
    let left: Vec<ProviderSettings> = entries.into_iter().filter(|e| e.name != "shelf").collect();
    let seeds = seeds(&plan, &left, NOW);
    assert!(!seeds.served.contains_key("shelf") && !seeds.apart.contains_key("shelf"));
}

#[tokio::test]
async fn each_fault_is_met_at_a_system_of_tables_as_it_is_at_every_other() {
    use FaultKind::{Error, NoEffect, Partial, RateLimit, StaleRead, Timeout, WrongVersion};
    for (kind, outcome, with_it, after) in [
        (Error, Outcome::Unknown, Verdict::Fail, Verdict::Fail),
        (RateLimit, Outcome::Refused, Verdict::Fail, Verdict::Fail),
        (Partial, Outcome::Unknown, Verdict::Fail, Verdict::Fail),
        (NoEffect, Outcome::Done, Verdict::Fail, Verdict::Fail),
        (WrongVersion, Outcome::Done, Verdict::Fail, Verdict::Fail),
        (StaleRead, Outcome::Done, Verdict::Fail, Verdict::Pass),
        (Timeout, Outcome::Unknown, Verdict::Pass, Verdict::Pass),
    ] {
        // As whoever plays says it: the kind, whether the call acts, and how many of its requests came before.
        let blow: Arc<Mutex<Option<(bool, u32)>>> = Arc::default();
        let met = Arc::clone(&blow);
        let stage = Stage::disturbed(TABLES, TABLED, STEPS, move |name| {
            let (name, met) = (name.to_owned(), Arc::clone(&met));
            Box::new(move |asked| {
                let mut now = met.lock().unwrap();
                let Some((acts, before)) = now.as_mut().filter(|_| name == "scaler") else { return Disturbance::None };
                *before += 1;
                spoilt(kind, *acts, *before - 1, asked)
            })
        });
        let step = stage.plan.steps.iter().find(|s| s.id == "none").unwrap();
        let order = order(step, &step.targets[0], Way::Do, "key");
        let provider = stage.set.get("scaler").unwrap();
        let prepared = provider.prepare(&order).await.unwrap();
        *blow.lock().unwrap() = Some((true, 0));
        let limit = if kind == Timeout { Millis(300) } else { LIMIT };
        assert_eq!(provider.perform(&order, Some(&prepared), limit).await.is, outcome, "{kind}");
        *blow.lock().unwrap() = (kind == StaleRead).then_some((false, 0));
        assert_eq!(stage.probe(&order, &prepared).await.0, with_it, "{kind}");
        *blow.lock().unwrap() = None;
        assert_eq!(stage.probe(&order, &prepared).await.0, after, "{kind}");
    }
}

#[test]
fn tables_that_say_too_little_for_a_server_are_played_in_memory_and_that_is_said() {
    for (from, to, why) in [
        (
            "read = { path = \"/letters/{key}\", at = \"/state\", equals = \"sent\" }",
            "read = { path = \"/letters/{run}\", at = \"/state\", equals = \"sent\" }",
            "what its `statement` did is looked up by {run}, which the act does not say",
        ),
        (
            "read = { path = \"/services/{service}\", at = \"/spec/version\" }",
            "read = { path = \"/services/{service}\", at = \"/spec\" }",
            "two things are read at one address, both at `/spec/replicas`",
        ),
        (
            "body = { spec = { replicas = \"{value}\" } } }",
            "body = { spec = \"down\" } }",
            "the request of its `control` says no value",
        ),
    ] {
        let settings = TABLES.replace(from, to);
        assert_ne!(settings, TABLES, "{from}");
        let stage = RUNBOOK.replace("control = \"share\", to = 5", "control = \"replicas\", to = 5");
        let (plan, entries) = from_files(&settings, TABLED, STEPS, &stage);
        let apart = seeds(&plan, &entries, NOW).apart;
        assert!(apart.len() == 1 && apart.values().all(|w| w.starts_with(why)), "{why}: {apart:?}");
    }
}
