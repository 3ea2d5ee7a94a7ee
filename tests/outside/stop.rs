//! `aigov stop` as a process, against servers of the test: names, half a world that answers, nobody at the keyboard, and
//! what is on record afterwards.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use serde_json::Value;

use crate::program::{Home, Said};
use crate::world::World;

/// How a switchboard answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    /// As asked.
    Good,
    /// Everything is refused.
    Refuses,
    /// Connections are taken and nothing is ever said.
    Silent,
    /// Puts are taken in and kept waiting until the test lets them go.
    Waits,
}

#[derive(Default)]
struct Inside {
    on: std::collections::BTreeMap<String, bool>,
    puts: usize,
    reads: usize,
    let_go: bool,
}

/// A server of switches, all on at the beginning.
struct Switchboard {
    port: u16,
    inside: Arc<(Mutex<Inside>, Condvar)>,
}

impl Switchboard {
    fn new(mood: Mood) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let inside = Arc::<(Mutex<Inside>, Condvar)>::default();
        let shared = Arc::clone(&inside);
        // Ends with the test's process; nothing of it outlives that.
        thread::spawn(move || {
            let mut kept = Vec::new();
            for stream in listener.incoming().flatten() {
                if mood == Mood::Silent {
                    kept.push(stream);
                    continue;
                }
                let shared = Arc::clone(&shared);
                thread::spawn(move || drop(serve(mood, &shared, stream)));
            }
        });
        Self { port, inside }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn is_on(&self, name: &str) -> bool {
        self.inside.0.lock().unwrap().on.get(name).copied().unwrap_or(true)
    }

    fn set(&self, name: &str, on: bool) {
        self.inside.0.lock().unwrap().on.insert(name.to_owned(), on);
    }

    fn puts(&self) -> usize {
        self.inside.0.lock().unwrap().puts
    }

    fn await_put(&self) {
        let mut inside = self.inside.0.lock().unwrap();
        while inside.puts == 0 {
            inside = self.inside.1.wait(inside).unwrap();
        }
    }

    fn let_go(&self) {
        self.inside.0.lock().unwrap().let_go = true;
        self.inside.1.notify_all();
    }
}

fn serve(mood: Mood, shared: &(Mutex<Inside>, Condvar), stream: TcpStream) -> std::io::Result<()> {
    let mut out = stream.try_clone()?;
    let mut input = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut length = 0;
        loop {
            let mut header = String::new();
            if input.read_line(&mut header)? == 0 || header.trim().is_empty() {
                break;
            }
            if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        input.read_exact(&mut body)?;
        let mut words = line.split_whitespace();
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        let (status, answer) = {
            let mut inside = shared.0.lock().unwrap();
            if method == "PUT" {
                inside.puts += 1;
                shared.1.notify_all();
                if mood == Mood::Waits {
                    while !inside.let_go {
                        inside = shared.1.wait(inside).unwrap();
                    }
                }
                if matches!(mood, Mood::Good | Mood::Waits) {
                    let body: Value = serde_json::from_slice(&body).unwrap();
                    inside.on.insert(name.clone(), body["on"].as_bool().unwrap());
                }
            } else {
                inside.reads += 1;
            }
            let on = inside.on.get(&name).copied().unwrap_or(true);
            if mood == Mood::Refuses {
                ("403 Forbidden", "{}".to_owned())
            } else {
                ("200 OK", format!("{{\"on\":{on}}}"))
            }
        };
        out.write_all(
            format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{answer}",
                answer.len()
            )
            .as_bytes(),
        )?;
    }
}

/// A workspace whose providers are these servers, by name.
fn settings(home: &Home, servers: &[(&str, &Switchboard)]) {
    let mut text = "schema = 1\n[environments.production]\nproduction = true\n[environments.staging]\n".to_owned();
    for (name, server) in servers {
        let url = server.url();
        text.push_str(&format!(
            "[providers.{name}]\nkind = \"http\"\nproduction = {{ url = \"{url}\" }}\nstaging = {{ url = \"{url}/staging\" }}\n\
             [providers.{name}.control]\n\
             act = {{ method = \"PUT\", path = \"/controls/{{name}}\", body = {{ on = \"{{value}}\" }}, repeat = \"harmless\" }}\n\
             read = {{ path = \"/controls/{{name}}\", at = \"/on\" }}\n"
        ));
    }
    home.write("aigov.toml", &text);
}

/// The least that an automation needs.
fn automation(home: &Home, name: &str, provider: &str) {
    home.write(
        &format!("automations/{name}.toml"),
        &format!(
            "schema = 1\n[stop]\ncontrol = \"autonomy\"\nmeanwhile = \"people do it\"\n[controls.autonomy]\nkind = \"switch\"\n\
             provider = \"{provider}\"\nby-hand = \"pull the plug of {name}\"\nproduction = {{ name = \"{name}\" }}\n"
        ),
    );
}

fn objects(said: &Said) -> Vec<Value> {
    said.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn open_runs(home: &Home) -> Vec<String> {
    let said = home.run("log --json").exits(0);
    let of = |v: Value| v["end"].is_null().then(|| v["run"].as_str().unwrap_or_default().to_owned());
    objects(&said).into_iter().filter_map(of).collect()
}

#[test]
fn one_file_and_one_provider_suffice_and_it_is_proven_and_held() {
    let (home, server) = (Home::new(), Switchboard::new(Mood::Good));
    settings(&home, &[("flags", &server)]);
    automation(&home, "bot", "flags");
    let said = home.run("stop bot").exits(0);
    assert!(flat(&said.err).contains("bot (production): STOPPED, proven"), "{}", said.err);
    assert!(flat(&said.err).contains("meanwhile: people do it") && said.out.is_empty(), "{}", said.all());
    assert!(!server.is_on("bot"));
    assert_eq!(open_runs(&home).len(), 1);
    home.run("verify").exits(0);
    // Once more: nothing is sent, and one run holds it still.
    let puts = server.puts();
    let again = home.run("stop bot --json").exits(0);
    let told = objects(&again);
    assert_eq!(told[0]["standing"], "stopped");
    assert_eq!(told[0]["controls"][0]["already"], true, "{}", told[0]);
    assert_eq!(server.puts(), puts);
    assert_eq!(open_runs(&home).len(), 1, "the second goes on with the first");
    // Somebody switched it on meanwhile: it is stopped again.
    server.set("bot", true);
    home.run("stop bot").exits(0);
    assert!(!server.is_on("bot"));
    home.run("verify").exits(0);
}

#[test]
fn an_unknown_name_is_told_with_the_nearest_and_the_others_are_stopped() {
    let (home, server) = (Home::new(), Switchboard::new(Mood::Good));
    settings(&home, &[("flags", &server)]);
    automation(&home, "support-bot", "flags");
    automation(&home, "ranker", "flags");
    let said = home.run("stop suport-bot ranker").exits(9);
    assert!(flat(&said.err).contains("did you mean `support-bot`?"), "{}", said.err);
    assert!(server.is_on("support-bot") && !server.is_on("ranker"));
    let said = home.run("stop suport-bot").exits(2);
    assert!(flat(&said.err).contains("aigov stop support-bot"), "the next command: {}", said.err);
    let said = home.run("stop --env prodution --all").exits(2);
    assert!(flat(&said.err).contains("did you mean `production`?"), "{}", said.err);
    let said = home.run("stop --class hallucinated-content").exits(2);
    assert!(flat(&said.err).contains("`low`, `medium`, `high` or `critical`"), "{}", said.err);
    // An incomplete inventory counts as high.
    home.run("stop --class high").exits(0);
    assert!(!server.is_on("support-bot"));
}

#[test]
fn nobody_is_asked_and_nothing_is_guessed() {
    let (home, server) = (Home::new(), Switchboard::new(Mood::Good));
    settings(&home, &[("flags", &server)]);
    automation(&home, "a", "flags");
    automation(&home, "b", "flags");
    let said = home.run("stop").exits(2);
    assert!(flat(&said.err).contains("aigov stop a") && flat(&said.err).contains("aigov stop b"), "{}", said.err);
    assert_eq!(server.puts(), 0);
}

#[test]
fn a_missing_control_leads_to_what_can_be_done() {
    let (home, server) = (Home::new(), Switchboard::new(Mood::Good));
    settings(&home, &[("flags", &server)]);
    automation(&home, "bot", "flags");
    let path = home.desk().join("automations/bot.toml");
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, whole.replace("control = \"autonomy\"", "control = \"autonmy\"")).unwrap();
    let said = home.run("stop bot").exits(1);
    assert!(
        flat(&said.err).contains("NOT STOPPED") && flat(&said.err).contains("pull the plug of bot"),
        "{}",
        said.err
    );
    assert!(flat(&said.err).contains("aigov stop bot --control autonomy"), "{}", said.err);
    // It is on record that it was tried and failed, and nobody takes it for a stop.
    let [tried] = open_runs(&home).try_into().unwrap();
    let shown = home.run(&format!("show {tried}")).exits(0);
    assert!(flat(&shown.out).contains("autonmy"), "{}", shown.out);
    assert!(!flat(&home.run("status").all()).contains("contained"), "nothing was");
    home.run("stop bot --control autonomy").exits(0);
    assert!(!server.is_on("bot"));
    server.set("bot", true);
    fs::write(&path, whole.replace("[stop]", "[halt]")).unwrap();
    let said = home.run("stop bot").exits(1);
    assert!(
        flat(&said.err).contains("has no [stop]") && flat(&said.err).contains("--control autonomy"),
        "{}",
        said.err
    );
    assert!(server.is_on("bot"));
}

#[test]
fn what_is_broken_elsewhere_prevents_nothing() {
    let (home, server) = (Home::new(), Switchboard::new(Mood::Good));
    settings(&home, &[("flags", &server)]);
    automation(&home, "bot", "flags");
    home.write("automations/other.toml", "schema = [[[\n= broken");
    home.write("people.toml", "[persons\nada = ");
    home.write("runbooks/incident/unknown.toml", "nothing \u{0} at all");
    let path = home.desk().join("automations/bot.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{text}\n[signals.x]\nprovider = \n[roles\nowner = 7\n")).unwrap();
    home.run("stop bot").exits(0);
    assert!(!server.is_on("bot"));
    // All of them: the broken one is told, the other is stopped.
    server.set("bot", true);
    let said = home.run("stop --all").exits(9);
    assert!(flat(&said.err).contains("other (production): NOT STOPPED"), "{}", said.err);
    assert!(!server.is_on("bot"));
}

#[test]
fn a_host_that_says_nothing_keeps_nobody_waiting_and_unknown_is_never_stopped() {
    let home = Home::new();
    let (good, silent) = (Switchboard::new(Mood::Good), Switchboard::new(Mood::Silent));
    let refuses = Switchboard::new(Mood::Refuses);
    settings(&home, &[("good", &good), ("silent", &silent), ("refuses", &refuses)]);
    for (name, provider) in [("dead-a", "silent"), ("live-b", "good"), ("live-c", "good"), ("no-e", "refuses")] {
        automation(&home, name, provider);
    }
    let mut child = home
        .command("stop --all --json")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    // All others are told while the dead one is still being waited for.
    let mut told: Vec<(String, String)> = (0..3).map(|_| next()).map(|v| standing(&v)).collect();
    told.sort();
    let of = |name: &str, standing: &str| (name.to_owned(), standing.to_owned());
    assert_eq!(told, [of("live-b", "stopped"), of("live-c", "stopped"), of("no-e", "unknown")]);
    interrupt(&child);
    let last = next();
    assert_eq!(last["automation"], "dead-a");
    assert!(matches!(last["standing"].as_str(), Some("unknown" | "not tried")), "{last}");
    assert_eq!(last["controls"][0]["by_hand"], "pull the plug of dead-a");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    home.run("verify").exits(0);
    // Every one that could be tried is held, whatever came of it.
    assert_eq!(open_runs(&home).len(), 4);
    let said = home.run("stop live-b no-e").exits(7);
    assert!(flat(&said.err).contains("no-e (production): UNKNOWN whether it is stopped"), "{}", said.err);
    assert!(flat(&said.err).contains("by hand: pull the plug of no-e"), "{}", said.err);
}

fn standing(object: &Value) -> (String, String) {
    let text = |key: &str| object[key].as_str().unwrap().to_owned();
    (text("automation"), text("standing"))
}

/// As Ctrl-C does.
fn interrupt(child: &std::process::Child) {
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Without line ends: what wraps where is another test's.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn two_hundred_at_once_are_one_run_each_and_nothing_is_left_lying_about() {
    let (home, one, two) = (Home::new(), Switchboard::new(Mood::Good), Switchboard::new(Mood::Good));
    settings(&home, &[("one", &one), ("two", &two)]);
    for i in 0..200 {
        automation(&home, &format!("a{i:03}"), if i % 2 == 0 { "one" } else { "two" });
    }
    let said = home.run("stop --all --json --reason because").exits(0);
    assert_eq!(objects(&said).len(), 200);
    assert_eq!((one.puts(), two.puts()), (100, 100));
    let runs = open_runs(&home);
    assert_eq!(runs.len(), 200);
    home.run("verify").exits(0);
    let left: Vec<_> = fs::read_dir(home.desk().join(".aigov/emergency")).map(Iterator::collect).unwrap_or_default();
    assert!(left.is_empty(), "{left:?}");
    let kept = home.run(&format!("log {} --json", runs[7])).exits(0);
    assert!(kept.out.contains("\"subject\":\"note\""), "{}", kept.out);
    assert!(!kept.out.contains("because"), "free text stays apart from the record");
}

#[test]
fn a_journal_that_can_not_be_written_stops_no_stop() {
    let (home, server) = (Home::new(), Switchboard::new(Mood::Good));
    settings(&home, &[("flags", &server)]);
    automation(&home, "bot", "flags");
    home.write(".aigov/journal.git", "this is no repository");
    let said = home.run("stop bot").exits(0);
    assert!(flat(&said.err).contains("emergency file"), "{}", said.err);
    assert!(!server.is_on("bot"));
    // The way is free again: the next command brings it home, and the hold with it.
    fs::remove_file(home.desk().join(".aigov/journal.git")).unwrap();
    automation(&home, "other", "flags");
    home.run("stop other").exits(0);
    assert_eq!(open_runs(&home).len(), 2);
    home.run("verify").exits(0);
}

#[test]
fn a_folder_that_can_only_be_read_stops_no_stop() {
    let (home, server) = (Home::new(), Switchboard::new(Mood::Good));
    settings(&home, &[("flags", &server)]);
    automation(&home, "bot", "flags");
    let desk = home.desk();
    fs::set_permissions(&desk, fs::Permissions::from_mode(0o555)).unwrap();
    // Whoever may write everywhere writes here too; then the record is where it belongs, and that is as well.
    let free = fs::create_dir(desk.join("try")).is_ok();
    let said = home.run("stop bot").exits(0);
    fs::set_permissions(&desk, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(!server.is_on("bot"));
    assert!(free || flat(&said.err).contains("emergency file"), "{}", said.err);
}

#[test]
fn a_command_that_dies_in_the_middle_leaves_a_record_that_the_next_one_goes_on_with() {
    let (home, server) = (Home::new(), Switchboard::new(Mood::Waits));
    settings(&home, &[("flags", &server)]);
    automation(&home, "bot", "flags");
    let mut child = home.command("stop bot").stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    server.await_put();
    // While it lives, everybody sees the hold, and nobody else may drive the run.
    let runs = open_runs(&home);
    assert_eq!(runs.len(), 1, "seen before anything came of it");
    home.run(&format!("resume {}", runs[0])).exits(4);
    child.kill().unwrap();
    child.wait().unwrap();
    server.let_go();
    let again = home.run("stop bot").exits(0);
    assert!(again.err.contains("STOPPED"), "{}", again.err);
    assert!(!server.is_on("bot"));
    home.run("verify").exits(0);
    assert!(!open_runs(&home).is_empty());
}

#[test]
fn the_reason_is_on_record_before_the_first_request_and_a_stop_that_is_held_stays_open_beside() {
    let (home, server) = (Home::new(), Switchboard::new(Mood::Waits));
    settings(&home, &[("flags", &server)]);
    automation(&home, "bot", "flags");
    let mut child =
        home.command("stop bot --reason because").stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    server.await_put();
    let first = open_runs(&home).remove(0);
    // Held by a process that lives: the second one stands beside it, and says so.
    let second =
        home.command("stop bot --json").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    while server.puts() < 2 {
        thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    server.let_go();
    let second = Said::from(&second.unwrap().wait_with_output().unwrap()).exits(0);
    let told = objects(&second);
    let problems = told[0]["problems"].as_array().unwrap();
    assert!(
        problems.iter().any(|p| p.as_str().unwrap().contains(&format!("{first}, stays open beside this one"))),
        "{problems:?}"
    );
    assert_eq!(open_runs(&home).len(), 2);
    // The reason of the one that was killed is there, its text too.
    let kept = home.run(&format!("log {first} --json")).exits(0);
    assert!(kept.out.contains("\"subject\":\"note\""), "{}", kept.out);
    home.run("verify").exits(0);
    let left: Vec<_> = fs::read_dir(home.desk().join(".aigov/emergency")).map(Iterator::collect).unwrap_or_default();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn who_leaves_in_the_middle_is_told_what_is_proven_and_what_is_not() {
    let (home, good, waits) = (Home::new(), Switchboard::new(Mood::Good), Switchboard::new(Mood::Waits));
    settings(&home, &[("good", &good), ("waits", &waits)]);
    automation(&home, "quick", "good");
    automation(&home, "slow", "waits");
    let child = home.command("stop --all").stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    waits.await_put();
    while good.puts() == 0 {
        thread::yield_now();
    }
    interrupt(&child);
    let said = Said::from(&child.wait_with_output().unwrap()).exits(130);
    assert!(flat(&said.err).contains("slow (production): UNKNOWN"), "{}", said.err);
    waits.let_go();
    home.run("stop slow").exits(0);
    assert!(!waits.is_on("slow"));
    home.run("verify").exits(0);
}

#[test]
fn who_leaves_a_stop_that_nothing_is_known_of_is_told_to_stop_again() {
    let (home, waits) = (Home::new(), Switchboard::new(Mood::Waits));
    settings(&home, &[("waits", &waits)]);
    automation(&home, "beta", "waits");
    automation(&home, "other", "waits");
    let child = home.command("stop beta").stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    waits.await_put();
    interrupt(&child);
    let said = Said::from(&child.wait_with_output().unwrap()).exits(130);
    let next = said.err.split("Next:").nth(1).and_then(|t| t.lines().nth(1)).map(str::trim);
    assert!(next.is_some_and(|n| n.starts_with("aigov stop beta -C ")), "{}", said.err);
    waits.let_go();
    home.run("stop beta").exits(0);
    assert!(!waits.is_on("beta") && waits.is_on("other"));
}

#[test]
fn production_first_and_what_is_left_out_is_said() {
    let (home, server) = (Home::new(), Switchboard::new(Mood::Good));
    settings(&home, &[("flags", &server)]);
    automation(&home, "bot", "flags");
    automation(&home, "toy", "flags");
    let path = home.desk().join("automations/toy.toml");
    let text = fs::read_to_string(&path).unwrap().replace("production = { name", "staging = { name");
    fs::write(&path, text).unwrap();
    let said = home.run("stop --all").exits(0);
    assert!(
        said.err.contains("toy is not in production") && flat(&said.err).contains("stop toy --env staging"),
        "{}",
        said.err
    );
    assert!(server.is_on("toy") && !server.is_on("bot"));
    // By name it is stopped wherever it is.
    let said = home.run("stop toy").exits(0);
    assert!(flat(&said.err).contains("toy (staging): STOPPED"), "{}", said.err);
    // Where it is not bound, why not is said once.
    let said = home.run("stop toy --env production --json").exits(1);
    let told: Value = serde_json::from_str(said.out.lines().next().unwrap()).unwrap();
    assert_eq!(told["problems"].as_array().unwrap().len(), 1, "{told}");
    assert!(!server.is_on("toy"));
}

#[test]
fn consumers_are_named_with_their_own_stop() {
    let (home, server) = (Home::new(), Switchboard::new(Mood::Good));
    settings(&home, &[("flags", &server)]);
    automation(&home, "writer", "flags");
    automation(&home, "mailer", "flags");
    let path = home.desk().join("automations/writer.toml");
    let text = fs::read_to_string(&path).unwrap().replace("schema = 1", "schema = 1\nfeeds = [\"mailer\"]");
    fs::write(&path, text).unwrap();
    let said = home.run("stop writer").exits(0);
    assert!(
        flat(&said.err).contains("it feeds mailer") && flat(&said.err).contains("aigov stop mailer"),
        "{}",
        said.err
    );
    let said = home.run("stop --all").exits(0);
    assert!(!flat(&said.err).contains("it feeds"), "{}", said.err);
}

#[test]
fn stop_wins_over_a_restoration_that_is_under_way() {
    let home = Home::new();
    let world = World::new(&home);
    let _ = world.count();
    // A stop, asked to be stood down, and granted; a second stop while that waits: nothing is raised.
    let said = home.run("stop support-replies --json").exits(0);
    let run = objects(&said)[0]["run"].as_str().unwrap().to_owned();
    home.run(&format!("stand-down {run} --reason slip --as olga")).exits(0);
    let other = home.run("stop support-replies --control traffic --json").exits(0);
    assert_eq!(objects(&other)[0]["standing"], "stopped");
    let asked = home.run(&format!("approve {run} --as grace"));
    let code = crate::journeys::code_in(&asked);
    home.run(&format!("approve {run} --as grace --code {code}"));
    let back = home.run(&format!("resume {run} --as olga"));
    let raised = |a: &aigov::provider::sandbox::Asked| a.method == "POST" && a.path.ends_with("/on");
    assert!(!world.seen().iter().any(raised), "nothing is switched on while another stop holds: {}", back.all());
}

#[test]
fn a_page_says_what_is_stopped_what_is_asked_and_what_to_type() {
    let home = Home::new();
    let world = World::new(&home);
    home.run("run incident/hallucination --answers answers.toml --as olga").exits(4);
    let pages: Vec<Value> = world
        .seen()
        .iter()
        .filter(|a| a.method == "POST" && a.path.ends_with("/v2/enqueue"))
        .map(|a| serde_json::from_slice::<Value>(&a.body).unwrap()["payload"].clone())
        .collect();
    assert!(pages.len() >= 2, "one at once, one for the severity: {pages:?}");
    let run = pages[0]["custom_details"]["run"].as_str().unwrap();
    for page in &pages {
        let details = &page["custom_details"];
        assert!(page["summary"].as_str().unwrap().contains("stopped, proven] "), "{page}");
        assert_eq!(details["stopped and proven"], "autonomy is off");
        assert_eq!(details["type"], format!("aigov brief {run}"));
        assert!(details["asked"].is_string() && details["if nobody does"].is_string(), "{page}");
    }
    let grave = pages.iter().find(|p| p["summary"].as_str().unwrap().starts_with("[sev1, ")).unwrap();
    let asked = grave["custom_details"]["asked"].as_str().unwrap();
    assert!(asked.contains("legal, communications for `tell-customers` within 30m"), "{asked}");
}

#[test]
fn at_a_terminal_one_key_does_the_wider_too_and_silence_does_not() {
    let home = Home::new();
    let world = World::new(&home);
    let mut session = home.terminal("stop support-replies");
    session.exp_string("STOPPED, proven").unwrap();
    session.exp_string("w: the wider controls too: replicas").unwrap();
    session.send("x").unwrap();
    session.flush().unwrap();
    session.exp_eof().unwrap();
    let scaled = |world: &World| world.seen().iter().any(|a| a.method == "PUT" && a.path.ends_with("/replicas"));
    assert!(!scaled(&world), "any other key leaves it so");
    let mut session = home.terminal("stop support-replies");
    session.exp_string("w: the wider controls too: replicas").unwrap();
    session.send("w").unwrap();
    session.flush().unwrap();
    session.exp_string("replicas is 0").unwrap();
    session.exp_eof().unwrap();
    assert!(scaled(&world));
    assert_eq!(open_runs(&home).len(), 1, "the wider stop goes on with the narrow one");
}
