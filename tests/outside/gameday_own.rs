//! A game day with people in a workspace of one's own: its systems are played by servers on this machine, by real requests,
//! with the faults in them. The real ones are at an address where nobody may call, with credentials that nobody may fetch.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::approvals::{give_key, in_earnest, number};
use crate::journal::Journal;
use crate::journeys::{assert_nothing_is_repeated_blindly, kinds, vote};
use crate::program::{Home, Said};
use crate::world::{ANSWERS, hurried};

const SCENARIO: &str = r#"schema = 1
title = "Parcels that nobody sent"
runbook = "incident/hallucination"
automation = "support-replies"
abort-word = "NO DUFF"
severity = "sev1"
[limits]
duration = "8h"
[[role]]
id = "on-call"
person = "olga"
[[signal]]
signal = "ungrounded_rate"
value = 0.06
samples = 9000
baseline = 0.004
mended = 0.003
mended-by = "rollback-prompt"
[[signal]]
signal = "recipients_since_change"
value = 1843
[[inject]]
id = "complaint"
at = "t+0"
channel = "ticket"
to = ["on-call"]
text = "Your assistant promised a parcel that nobody sent."
[[expect]]
id = "stopped"
event = "step-passed"
about = "stop-sending"
[[player]]
id = "good"
"#;

const FAULTS: &str = r#"
[[fault]]
id = "flag-lies"
step = "stop-sending"
kind = "no-effect"
[[fault]]
id = "freeze-refused"
step = "freeze"
kind = "error"
[[fault]]
id = "page-stale"
step = "page"
kind = "stale-read"
"#;

const OTHER_VERSION: &str = r#"
[[fault]]
id = "other-prompt"
step = "rollback-prompt"
kind = "wrong-version"
"#;

/// Where the real systems would be.
struct Real(TcpListener);

impl Real {
    fn assert_nobody_called(&self) {
        let called = self.0.accept();
        assert_eq!(called.map(|(_, from)| from).map_err(|e| e.kind()), Err(ErrorKind::WouldBlock));
    }
}

/// A workspace that has nothing of the sandbox but the runbook and the people: other projects, flags, environments, models,
/// applications, services, queries and names of providers.
fn workspace(home: &Home, faults: &str) -> Real {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let real = TcpListener::bind("127.0.0.1:0").unwrap();
    real.set_nonblocking(true).unwrap();
    let there = format!("http://{}", real.local_addr().unwrap());
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let settings = read("templates/sandbox/aigov.toml")
        .replace("http://sandbox.test", &there)
        .replace("{ file = \"sandbox-token\" }", "{ command = [\"touch\", \"asked\"] }")
        .replace("{ file = \"sandbox-client-token\" }", "{ env = \"ACME_CLIENT\" }")
        .replace("/services/{service}/replicas\"", "/v2/scale?of={service}\"")
        .replace("body = { replicas = \"{value}\" }", "body = { spec = { count = \"{value}\" } }")
        .replace("at = \"/replicas\"", "at = \"/spec/count\"");
    assert!(settings.contains("/spec/count") && !settings.contains("sandbox-token"), "{settings}");
    home.write("aigov.toml", &settings);
    home.write("people.toml", &read("templates/sandbox/people.toml"));
    let automation: String = read("templates/sandbox/automations/support-replies.toml")
        .lines()
        .map(|line| match line.starts_with("production = {") || line.contains("query") {
            true => format!("{}\n", line.replace("support-replies", "acme.parcels").replace("\"support\"", "\"acme\"")),
            false => format!("{line}\n"),
        })
        .collect();
    let automation = automation.replace("environment = \"production\" }", "environment = \"eu-live\" }");
    assert!(automation.contains("acme.parcels-autonomy") && automation.contains("eu-live"), "{automation}");
    home.write("automations/support-replies.toml", &automation);
    home.write("runbooks/incident/hallucination.toml", &hurried(&read("runbooks/incident/hallucination.toml")));
    home.write("runbooks/gameday/parcels.toml", &format!("{SCENARIO}{faults}"));
    home.write("answers.toml", ANSWERS);
    Real(real)
}

const PLAY: &str = "rehearse gameday/parcels --answers answers.toml --as olga";

fn flat(said: &Said) -> String {
    let all = said.all();
    all.lines().flat_map(|l| l.trim_start_matches("DRILL").split_whitespace()).collect::<Vec<_>>().join(" ")
}

fn journal(home: &Home) -> Journal {
    Journal::below(&home.desk()).expect("a journal")
}

/// What the servers of a drill hold, all of it.
fn held(home: &Home, run: &str) -> Vec<Value> {
    let folder = home.all().join("home/.local/state/aigov/drills").join(run);
    let worlds = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path().join("sandbox-world.json"));
    worlds.map(|path| serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()).collect()
}

fn flag(worlds: &[Value], name: &str) -> bool {
    let found = worlds.iter().find_map(|w| w["unleash"]["flags"][name]["environments"]["eu-live"]["enabled"].as_bool());
    found.unwrap_or_else(|| panic!("no flag {name}"))
}

/// The values that stand at systems of tables.
fn values(worlds: &[Value]) -> Vec<&Value> {
    let things = worlds.iter().filter_map(|w| w["endpoints"]["things"].as_array()).flatten();
    things.map(|t| &t["holds"]["value"]["now"]).filter(|v| !v.is_null()).collect()
}

fn assert_nothing_real(home: &Home, real: &Real) {
    real.assert_nobody_called();
    assert!(!home.desk().join("asked").exists(), "a credential of the real systems was fetched");
}

#[test]
fn its_systems_are_servers_with_what_the_plan_names_and_the_faults_are_met_there() {
    let home = Home::new();
    let real = workspace(&home, FAULTS);
    let begun = home.run(PLAY).exits(4);
    let says = flat(&begun);
    for part in ["are played by servers on this machine, with what this plan names", "flags", "scaler"] {
        assert!(says.contains(part), "{part}: {says}");
    }
    assert!(!says.contains("in memory"), "{says}");
    assert_nothing_real(&home, &real);

    let run = journal(&home).only_run();
    let records = journal(&home).records(&run);
    let struck: BTreeSet<&str> = records
        .iter()
        .map(|r| &r["detail"]["drill"])
        .filter(|d| d["what"] == "struck")
        .filter_map(|d| d["id"].as_str())
        .collect();
    assert_eq!(struck, BTreeSet::from(["flag-lies", "freeze-refused", "page-stale"]), "{says}");
    assert_eq!(records[0]["detail"]["start"]["rehearsal"]["played"], "sandbox");

    // What was answered with yes and not done is found out, and what is in its place is done: by a system of tables alone.
    for part in ["FAIL stop-sending", "ok stop-service", "FAIL freeze", "FAIL page"] {
        assert!(says.contains(part), "{part}: {says}");
    }
    let worlds = held(&home, &run);
    assert!(flag(&worlds, "acme.parcels-autonomy"), "a success without effect");
    assert!(values(&worlds).contains(&&Value::from(0)), "no replica is left: {:?}", values(&worlds));
    let apps = worlds.iter().find_map(|w| w["argocd"]["apps"]["acme.parcels"].as_object()).unwrap();
    assert!(apps["sync_policy"]["automated"].is_object(), "an error: auto-sync is as it was");
    let paged = worlds.iter().find_map(|w| w["pagerduty"]["incidents"].get(0)).unwrap();
    assert_eq!(paged["status"], "triggered", "a stale read: somebody was paged all the same");
    home.run(&format!("verify {run}")).exits(0);

    // What somebody says they did by hand is done here, past the fault; the real console is nobody's.
    assert!(says.contains("Consoles that are shown are the real ones, and nobody touches them"), "{says}");
    let mut terminal = home.terminal(&format!("resume {run} --as olga"));
    for (asked, key) in [("your choice", "h"), ("press d", "d")] {
        terminal.exp_string(asked).unwrap();
        terminal.send(key).unwrap();
        terminal.flush().unwrap();
    }
    terminal.exp_string("stop-sending").unwrap();
    terminal.exp_string("proven").unwrap();
    terminal.process_mut().signal(rexpect::process::Signal::SIGINT).unwrap();
    terminal.exp_eof().unwrap();
    assert!(!flag(&held(&home, &run), "acme.parcels-autonomy"), "switched off by hand");

    // Whoever joins from another terminal is heard, and reaches nothing either.
    home.run(&format!("note {run} seen --as carl")).exits(0);
    home.run(&format!("watch {run} --once")).exits(0);
    home.run(&format!("master {run} pause")).exits(0);
    home.run(&format!("master {run} resume")).exits(0);
    let mut word = home.command(&format!("master {run} abort"));
    assert!(word.arg("NO DUFF").output().unwrap().status.success());
    let over = home.run(&format!("resume {run} --as olga"));
    assert!(over.all().contains("ABORTED: from here on it is real"), "{}", over.all());
    assert_nothing_real(&home, &real);
}

#[test]
fn another_version_than_was_asked_for_is_read_back_and_found() {
    let home = Home::new();
    let real = workspace(&home, OTHER_VERSION);
    let begun = home.run(PLAY).exits(4);
    let says = flat(&begun);
    for part in
        ["ok stop-sending", "ok rollback-retrieval", "FAIL rollback-prompt", "points to version 1, wanted version 3"]
    {
        assert!(says.contains(part), "{part}: {says}");
    }
    let worlds = held(&home, &journal(&home).only_run());
    let prompt = worlds.iter().find_map(|w| w["mlflow"]["models"].get("acme.parcels")).unwrap();
    assert_eq!(prompt["aliases"]["production"], 1, "{prompt}");
    assert_nothing_real(&home, &real);
}

#[test]
fn what_no_server_can_play_is_said_and_played_in_memory_beside_the_others() {
    let home = Home::new();
    let real = workspace(&home, "");
    let settings = fs::read_to_string(home.desk().join("aigov.toml")).unwrap();
    let vague = settings.replace("/statements/{key}", "/statements/of/{run}");
    assert_ne!(vague, settings);
    home.write("aigov.toml", &vague);
    let begun = home.run(PLAY).exits(4);
    let says = flat(&begun);
    for part in [
        "deploy, evidence, flags, metrics, pager, registry, scaler are played by servers on this machine",
        "outbox is played in memory, where no request is made, because what its `statement` did is looked up by {run}, which \
         the act does not say",
    ] {
        assert!(says.contains(part), "{part}: {says}");
    }
    let run = journal(&home).only_run();
    vote(&run, &["lena", "carl"], |a| home.run(a));
    let on = home.run(&format!("resume {run} --as olga --answers answers.toml")).exits(4);
    assert!(flat(&on).contains("tell-customers"), "{}", on.all());
    let passed = |r: &Value| r["about"] == "tell-customers" && r["event"]["kind"] == "step-proved";
    assert!(journal(&home).records(&run).iter().any(passed), "{}", on.all());
    assert_nothing_real(&home, &real);
}

/// Drives a drill that waits at its first gate to its end.
fn to_the_end(home: &Home, run: &str) -> Said {
    let resume = format!("resume {run} --as olga --answers answers.toml");
    let aigov = |a: &str| home.run(a);
    vote(run, &["lena", "carl"], aigov);
    home.run(&resume).exits(4);
    home.run(&resume).exits(4);
    vote(run, &["ada", "grace"], aigov);
    home.run(&resume)
}

#[test]
fn it_goes_to_its_end_and_everything_is_put_back() {
    let home = Home::new();
    let real = workspace(&home, "");
    home.run(PLAY).exits(4);
    let run = journal(&home).only_run();
    let worlds = held(&home, &run);
    assert!(!flag(&worlds, "acme.parcels-autonomy"));
    let last = to_the_end(&home, &run).exits(0);
    assert!(flat(&last).contains("the run is closed"), "{}", last.all());
    let worlds = held(&home, &run);
    assert!(flag(&worlds, "acme.parcels-autonomy"), "autonomy is back");
    let letters = worlds.iter().filter_map(|w| w["endpoints"]["things"].as_array()).flatten();
    let sent = letters.filter(|t| t["act"]["path"] == "/statements").map(|t| &t["holds"]["effects"]["done"]);
    assert!(sent.filter_map(Value::as_array).any(|done| done.len() == 1), "one letter: {worlds:?}");
    let score = home.run(&format!("score {run}"));
    assert!(score.out.contains("DRILL score"), "{}", score.all());
    assert_nothing_real(&home, &real);
}

fn spawn(home: &Home, arguments: &str) -> Child {
    let mut command = home.command(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until the drill has so many appends, or has ended by itself.
fn wait_for(home: &Home, child: &mut Child, appends: usize) {
    for _ in 0..6_000 {
        let there = Journal::below(&home.desk()).and_then(|j| Some((j.runs().into_keys().next()?, j)));
        if there.is_some_and(|(run, j)| j.appends(&run) >= appends) || child.try_wait().unwrap().is_some() {
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("{appends} appends did not come within 30 s");
}

#[test]
fn killed_in_the_middle_it_goes_on_with_the_same_systems() {
    for appends in [3, 6, 10] {
        let home = Home::new();
        let real = workspace(&home, "");
        let mut child = spawn(&home, PLAY);
        wait_for(&home, &mut child, appends);
        let _ = child.kill();
        child.wait().unwrap();
        let run = journal(&home).only_run();
        let on = home.run(&format!("resume {run} --as olga --answers answers.toml")).exits(4);
        let records = journal(&home).records(&run);
        assert_nothing_is_repeated_blindly(&records);
        assert!(kinds(&records).contains(&"gate-opened".to_owned()), "killed after {appends}: {}", on.all());
        assert!(!flag(&held(&home, &run), "acme.parcels-autonomy"), "what was done before stands");
        home.run(&format!("verify {run}")).exits(0);
        assert_nothing_real(&home, &real);
    }
}

/// The other ends of a process's connections, by number and port as the system lists them.
#[cfg(target_os = "linux")]
fn connected(pid: u32) -> BTreeSet<String> {
    let inode = |link: &Path| link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']').map(str::to_owned);
    let Ok(open) = fs::read_dir(format!("/proc/{pid}/fd")) else { return BTreeSet::new() };
    let own: BTreeSet<String> =
        open.flatten().filter_map(|e| fs::read_link(e.path()).ok()).filter_map(|l| inode(&l)).collect();
    let mut ends = BTreeSet::new();
    for list in ["tcp", "tcp6", "udp", "udp6"] {
        let text = fs::read_to_string(format!("/proc/{pid}/net/{list}")).unwrap_or_default();
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            if let (Some(other), Some(inode)) = (fields.get(2), fields.get(9))
                && own.contains(*inode)
            {
                ends.insert(format!("{list} {other}"));
            }
        }
    }
    ends
}

#[cfg(target_os = "linux")]
#[test]
fn every_connection_of_it_ends_on_this_machine() {
    let home = Home::new();
    let real = workspace(&home, FAULTS);
    // Names that would have to be resolved, and an address that is nobody's: a drill that asked them would hang or fail.
    let settings = fs::read_to_string(home.desk().join("aigov.toml")).unwrap();
    let there = format!("http://{}", real.0.local_addr().unwrap());
    let (flags, rest) = settings.split_once("[providers.deploy]").unwrap();
    let far = format!(
        "{}[providers.deploy]{}",
        flags.replace(&there, "https://flags.acme.example"),
        rest.replace(&there, "http://198.51.100.7:9")
    );
    home.write("aigov.toml", &far);
    in_earnest(&home);
    give_key(&home, number("olga"));
    let mut child = spawn(&home, PLAY);
    let mut ends = BTreeSet::new();
    while child.try_wait().unwrap().is_none() {
        ends.extend(connected(child.id()));
        thread::sleep(Duration::from_millis(1));
    }
    // 127.0.0.1 as this list writes it; what listens has no other end.
    let here = |end: &&String| end.starts_with("tcp 0100007F:") || *end == "tcp 00000000:0000";
    let outside: Vec<&String> = ends.iter().filter(|e| !here(e)).collect();
    assert!(outside.is_empty(), "{outside:?}");
    assert!(ends.iter().any(|e| e.starts_with("tcp 0100007F:")), "it was seen at work: {ends:?}");
    let told = home.run("score --json").exits(0);
    assert!(told.out.contains("gameday/parcels"), "{}", told.all());
    let worlds = held(&home, &journal(&home).only_run());
    assert!(values(&worlds).contains(&&Value::from(0)), "and did what it was there for: {:?}", values(&worlds));
    assert_nothing_real(&home, &real);
}
