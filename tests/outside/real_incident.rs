//! `aigov run incident/hallucination`, whole, against real Unleash, MLflow and Prometheus: the shipped runbook with its
//! waits cut to seconds, in a workspace marked `demo = true`, from bad answers to closed.
//!
//! The world is closed too: what Prometheus scrapes is computed from the versions that MLflow's aliases name, so that the
//! checks pass because the rollback worked and for no other reason.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::desk::Desk;
use crate::journal::Journal;
use crate::journeys::{RESUME, RUN, assert_nothing_is_repeated_blindly, vote};
use crate::program::{Home, Said};
use crate::wire::{Answer, Served};
use crate::world::ANSWERS;
use crate::{scan, suite, wire};

const DESK_TOKEN: &str = "desk-suite-token-7f3a";

/// The three servers, with everything in them that an automation of this name needs.
struct World {
    unleash: String,
    admin: String,
    client: String,
    mlflow: String,
    prometheus: String,
    name: String,
    desk: Desk,
    _exporter: Served,
}

impl World {
    fn new(name: &str) -> Option<Self> {
        let mlflow = suite::variable("AIGOV_SUITE_MLFLOW")?;
        let exporter = exporter(&suite::variable("AIGOV_SUITE_EXPORTER")?, &mlflow, name);
        let world = Self {
            unleash: suite::variable("AIGOV_SUITE_UNLEASH")?,
            admin: suite::variable("AIGOV_SUITE_UNLEASH_ADMIN")?,
            client: suite::variable("AIGOV_SUITE_UNLEASH_CLIENT")?,
            mlflow,
            prometheus: suite::variable("AIGOV_SUITE_PROMETHEUS")?,
            name: name.to_owned(),
            desk: Desk::new(DESK_TOKEN),
            _exporter: exporter,
        };
        for flag in ["autonomy", "mode", "traffic"] {
            let flag = format!("{name}-{flag}");
            let mut strategy = json!({
                "name": "flexibleRollout", "constraints": [], "segments": [],
                "parameters": { "rollout": "100", "stickiness": "default", "groupId": flag },
            });
            if flag.ends_with("mode") {
                strategy["variants"] =
                    json!([{ "name": "auto", "weight": 1000, "weightType": "variable", "stickiness": "default" }]);
            }
            world.flags("POST", "", &json!({ "name": flag, "type": "kill-switch" }), 201);
            world.flags("POST", &format!("/{flag}/environments/production/strategies"), &strategy, 200);
            world.flags("POST", &format!("/{flag}/environments/production/on"), &json!({}), 200);
        }
        for part in ["prompt", "retrieval"] {
            let part = format!("{name}-{part}");
            let tags = if part.ends_with("prompt") {
                json!([{ "key": "mlflow.prompt.is_prompt", "value": "true" }])
            } else {
                json!([])
            };
            world.registry("registered-models/create", &json!({ "name": part, "tags": tags }));
            for version in 1..=3 {
                let text = json!([{ "key": "mlflow.prompt.text", "value": format!("Answer, take {version}.") }]);
                world.registry(
                    "model-versions/create",
                    &json!({ "name": part, "source": "s3://suite/artifacts", "tags": text }),
                );
            }
            for (alias, version) in [("production", "3"), ("last-known-good", "2")] {
                world.registry("registered-models/alias", &json!({ "name": part, "alias": alias, "version": version }));
            }
        }
        Some(world)
    }

    fn flags(&self, method: &str, path: &str, body: &Value, status: u16) {
        let url = format!("{}/api/admin/projects/default/features{path}", self.unleash);
        wire::send_json(method, &url, &[("authorization", &self.admin)], body).expect(status);
    }

    fn registry(&self, path: &str, body: &Value) {
        wire::send_json("POST", &format!("{}/api/2.0/mlflow/{path}", self.mlflow), &[], body).expect(200);
    }

    /// What a consumer of a flag sees.
    fn seen(&self, flag: &str) -> Value {
        let url = format!("{}/api/client/features/{}-{flag}", self.unleash, self.name);
        wire::send("GET", &url, &[("authorization", &self.client)], b"").expect(200).json()
    }

    fn version(&self, part: &str) -> String {
        version(&self.mlflow, &format!("{}-{part}", self.name))
    }

    /// Waits until Prometheus has scraped this ratio: the bad one before the triggers are measured, and the good one before
    /// the check's few seconds begin, which are an hour outside of a test.
    fn scraped(&self, ratio: &str) {
        let url = format!("{}/api/v1/query?query=ai_ungrounded_ratio", self.prometheus);
        for _ in 0..150 {
            let result = wire::send("GET", &url, &[], b"").json();
            if result["data"]["result"].as_array().is_some_and(|r| r.iter().any(|s| s["value"][1] == ratio)) {
                return;
            }
            thread::sleep(Duration::from_millis(200));
        }
        panic!("Prometheus did not scrape {ratio} from the test's exporter");
    }

    fn workspace(&self, home: &Home) {
        let env = |name: &str| format!("{{ env = \"{name}\" }}");
        home.write(
            "aigov.toml",
            &format!(
                r#"schema = 1
demo = true
[environments.production]
production = true
[paging]
provider = "pager"
[statements]
provider = "outbox"
[providers.flags]
kind = "unleash"
production = {{ url = "{}", token = {}, client-token = {} }}
[providers.registry]
kind = "mlflow"
production = {{ url = "{}" }}
[providers.metrics]
kind = "prometheus"
production = {{ url = "{}" }}
{}"#,
                self.unleash,
                env("UNLEASH_TOKEN"),
                env("UNLEASH_CLIENT_TOKEN"),
                self.mlflow,
                self.prometheus,
                self.desk.providers(&env("DESK_TOKEN")),
            ),
        );
        home.write("people.toml", PEOPLE);
        home.write(&format!("automations/{}.toml", self.name), &AUTOMATION.replace("NAME", &self.name));
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks/incident/hallucination.toml");
        home.write(
            "runbooks/incident/hallucination.toml",
            &crate::world::hurried(&fs::read_to_string(shipped).unwrap()),
        );
    }

    fn run(&self, home: &Home, arguments: &str) -> Said {
        let output = home
            .command(arguments)
            .env("UNLEASH_TOKEN", &self.admin)
            .env("UNLEASH_CLIENT_TOKEN", &self.client)
            .env("DESK_TOKEN", DESK_TOKEN)
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        Said::from(&output)
    }
}

/// The version that is in use; empty before the test has made any.
fn version(mlflow: &str, name: &str) -> String {
    let url = format!("{mlflow}/api/2.0/mlflow/registered-models/alias?name={name}&alias=production");
    let answer = wire::send("GET", &url, &[], b"");
    if answer.status != 200 {
        return String::new();
    }
    answer.json()["model_version"]["version"].as_str().unwrap().to_owned()
}

/// Bad until both layers are back at version 2.
fn exporter(address: &str, mlflow: &str, name: &str) -> Served {
    let (mlflow, name) = (mlflow.to_owned(), name.to_owned());
    Served::on(address, move |_| {
        let good = ["prompt", "retrieval"].iter().all(|part| version(&mlflow, &format!("{name}-{part}")) == "2");
        let ratio = if good { 0.004 } else { 0.06 };
        let series = [
            ("ai_ungrounded_ratio", ratio),
            ("ai_checked_total", 4200.0),
            ("ai_override_ratio", ratio),
            ("ai_override_total", 40.0),
            ("ai_recipients_since_change", 1843.0),
        ];
        let text: String = series.iter().map(|(name, value)| format!("{name} {value}\n")).collect();
        Answer::new(200, "text/plain; version=0.0.4", text)
    })
}

const PEOPLE: &str = r#"schema = 1
[persons.olga]
functions = ["operations"]
roles = ["support-ml-lead", "incident-commander", "support-lead"]
[persons.ada]
functions = ["engineering", "technical"]
[persons.grace]
functions = ["product", "business"]
[persons.lena]
functions = ["legal"]
roles = ["legal-on-duty"]
[persons.carl]
functions = ["communications"]
[persons.sam]
functions = ["security"]
"#;

const AUTOMATION: &str = r#"schema = 1
purpose = "Drafts and sends replies to customer support tickets"
vendor = { name = "Vendor X", contact = "support@vendor.example", model = "vendor-x/large" }
risk = { impact = "high", reversibility = "hard", confidence = "medium" }
oversight = "single-gate"
may = ["Answer a how-to question from the manual"]
may-not = ["State a price, refund or policy that is not in the policy table"]
[roles]
owner = "support-ml-lead"
commander = "incident-commander"
legal = "legal-on-duty"
support = "support-lead"
[stop]
control = "autonomy"
wider = ["replicas"]
who = ["support-ml-lead"]
meanwhile = "Tickets go to human agents."
[deploy]
provider = "deploy"
production = {}
[controls.autonomy]
kind = "switch"
safe = "off"
provider = "flags"
production = { project = "default", flag = "NAME-autonomy", environment = "production" }
[controls.mode]
kind = "level"
levels = ["off", "advisory", "gated", "auto"]
provider = "flags"
production = { project = "default", flag = "NAME-mode", environment = "production" }
[controls.traffic]
kind = "percent"
provider = "flags"
production = { project = "default", flag = "NAME-traffic", environment = "production" }
[controls.replicas]
kind = "percent"
provider = "scaler"
production = { service = "support-replies" }
[layers.prompt]
provider = "registry"
production = { prompt = "NAME-prompt", alias = "production" }
[layers.retrieval]
provider = "registry"
production = { model = "NAME-retrieval", alias = "production" }
[signals.ungrounded_rate]
provider = "metrics"
query = "ai_ungrounded_ratio"
count-query = "ai_checked_total"
[signals.override_rate]
provider = "metrics"
query = "ai_override_ratio"
count-query = "ai_override_total"
[signals.recipients_since_change]
provider = "metrics"
query = "ai_recipients_since_change"
[evidence.prompts]
provider = "registry"
production = { prompt = "NAME-prompt" }
[evidence.decisions]
provider = "evidence"
production = {}
[evidence.retrieval]
provider = "evidence"
production = {}
"#;

fn journal(home: &Home) -> Journal {
    Journal::below(home.all()).expect("a journal")
}

#[test]
fn an_incident_is_run_from_bad_answers_to_closed_on_real_servers() {
    let Some(world) = World::new("replies") else { return };
    let home = Home::new();
    world.workspace(&home);
    home.write("answers.toml", ANSWERS);
    world.scraped("0.06");
    let first = world.run(&home, RUN).exits(4);
    let run = journal(&home).only_run();
    assert_eq!(world.seen("autonomy")["enabled"], false, "contained where consumers look:\n{}", first.all());
    assert_eq!(world.seen("mode")["enabled"], true, "and nothing else was touched");
    assert_eq!((world.version("retrieval"), world.version("prompt")), ("2".into(), "2".into()), "rolled back");
    assert!(world.desk.held.lock().unwrap().frozen);
    assert_eq!(world.desk.count("statements"), 0, "nobody has approved the statement yet");
    assert!(first.all().contains("approve"), "it waits for votes on the statement:\n{}", first.all());
    let pages = world.desk.count("pages");
    assert!(pages >= 2, "{pages}");
    world.scraped("0.004");
    vote(&run, &["lena", "carl"], |a| world.run(&home, a));
    world.run(&home, RESUME).exits(4);
    let second = world.run(&home, RESUME).exits(4);
    assert_eq!(world.desk.count("statements"), 1, "{}", second.all());
    assert_eq!(world.seen("autonomy")["enabled"], false, "autonomy stays low until the sign-off");
    assert!(second.all().contains("--as ada"), "it waits for the sign-off:\n{}", second.all());
    vote(&run, &["ada", "grace"], |a| world.run(&home, a));
    let last = world.run(&home, RESUME).exits(0);
    assert!(last.all().contains("closed"), "{}", last.all());
    // Restored: the stages hold, and what had been lowered is back as it was found.
    assert_eq!(world.seen("autonomy")["enabled"], true);
    assert_eq!(world.seen("mode")["strategies"][0]["variants"][0]["name"], "advisory");
    assert_eq!(world.seen("traffic")["strategies"][0]["parameters"]["rollout"], "5");
    assert!(!world.desk.held.lock().unwrap().frozen);
    assert_eq!((world.version("retrieval"), world.version("prompt")), ("2".into(), "2".into()), "and stays so");
    assert_eq!(world.desk.held.lock().unwrap().replicas["support-replies"], 4, "the or-else was not needed");
    assert_eq!(world.desk.count("statements"), 1);
    for verb in ["verify", "show", "brief", "log"] {
        world.run(&home, &format!("{verb} {run}")).exits(0);
    }
    assert_nothing_is_repeated_blindly(&journal(&home).records(&run));
    let shown = format!("{first:?}{second:?}{last:?}");
    for secret in [world.admin.as_str(), world.client.as_str(), DESK_TOKEN] {
        scan::clean("what was shown", shown.as_bytes(), secret);
    }
    assert!(scan::clean_below(home.all(), &[&world.admin, &world.client, DESK_TOKEN], &[]) > 10);
}

#[test]
fn a_flag_server_that_refuses_leads_to_the_other_way_at_once() {
    let Some(mut world) = World::new("refused") else { return };
    let home = Home::new();
    world.workspace(&home);
    world.scraped("0.06");
    world.admin = "*:*.a-token-that-was-revoked".into();
    let said = world.run(&home, "run incident/hallucination --as olga");
    assert_eq!(world.desk.held.lock().unwrap().replicas["support-replies"], 0, "{}", said.all());
    assert_eq!(world.seen("autonomy")["enabled"], true);
    assert!(said.all().contains("401"), "{}", said.all());
    // The wider switch has a passed probe, so it is contained; the run waits for the question that nobody answers here.
    assert_eq!(said.code, Some(4), "{}", said.all());
    scan::clean("what was shown", format!("{said:?}").as_bytes(), &world.admin);
}
