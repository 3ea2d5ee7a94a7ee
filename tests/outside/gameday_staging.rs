//! A game day against a real environment that is marked for it, here a server on this machine: what is stopped is stopped
//! there, and nobody is told anything for real.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;

use crate::program::{Home, Said};
use crate::world::World;

const ANSWERS: &str = "schema = 1\nseverity = \"proposed\"\n[facts]\nharm = true\nexposed = 1843\n";

/// Where drills page, by the desk of the same server.
const PRACTICE: &str = "
[providers.practice]
kind = \"http\"
staging = { url = \"http://sandbox.test/desk\", token = { file = \"sandbox-token\" } }
[providers.practice.paging]
act  = { method = \"POST\", path = \"/statements\", body = { audience = \"drill\", text = \"{text}\" }, key-header = \"Idempotency-Key\", repeat = \"keyed\" }
read = { path = \"/statements/{key}\", at = \"/state\", equals = \"sent\" }
";

/// A workspace whose staging is the test's world, and whose production is a port at which nobody may call.
fn workspace(home: &Home, world: &World, target: bool) -> TcpListener {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let real = TcpListener::bind("127.0.0.1:0").unwrap();
    real.set_nonblocking(true).unwrap();
    let nobody = format!("http://{}", real.local_addr().unwrap());
    let both = |text: &str, there: &dyn Fn(&str) -> String| {
        let line = |line: &str| match line.strip_prefix("production = {") {
            Some(rest) => format!("production = {{{}\nstaging = {{{rest}\n", there(rest)),
            None => format!("{line}\n"),
        };
        text.lines().map(line).collect::<String>()
    };
    let shipped = fs::read_to_string(root.join("templates/sandbox/aigov.toml")).unwrap();
    let settings = both(&shipped, &|rest| rest.replace("http://sandbox.test", &nobody));
    let settings = settings
        .replace("[environments.production]", "[environments.staging]\nrehearse = true\n\n[environments.production]");
    let (more, drill) = if target { (PRACTICE, "drill = { provider = \"practice\" }\n") } else { ("", "") };
    let settings = settings.replace("[paging]\n", &format!("{more}\n[paging]\n{drill}"));
    home.write("aigov.toml", &settings.replace("http://sandbox.test", world.origin()));
    let automation = fs::read_to_string(root.join("templates/sandbox/automations/support-replies.toml")).unwrap();
    home.write("automations/support-replies.toml", &both(&automation, &str::to_owned));
    let runbook = fs::read_to_string(root.join("runbooks/incident/hallucination.toml")).unwrap();
    // A real environment has the time of the world: an hour of soaking would be one here.
    let runbook = crate::world::hurried(&runbook)
        .replace("environments = [\"production\"]", "environments = [\"production\", \"staging\"]");
    home.write("runbooks/incident/hallucination.toml", &runbook);
    let scenario = fs::read_to_string(root.join("runbooks/gameday/invented-policy.toml")).unwrap();
    home.write("runbooks/gameday/invented-policy.toml", &scenario);
    home.write("answers.toml", ANSWERS);
    real
}

fn assert_marked(said: &Said) {
    for line in said.all().lines() {
        assert!(line.starts_with("DRILL"), "without the mark: {line}\n{}", said.all());
    }
}

fn flat(said: &Said) -> String {
    let all = said.all();
    all.lines().flat_map(|l| l.trim_start_matches("DRILL").split_whitespace()).collect::<Vec<_>>().join(" ")
}

/// The bodies of what was posted below a path of the world.
fn posted(world: &World, below: &str) -> Vec<String> {
    let of = world.seen().into_iter().filter(|a| a.method == "POST" && a.path.starts_with(below));
    of.map(|a| String::from_utf8_lossy(&a.body).into_owned()).collect()
}

fn play(home: &Home) -> (Said, String) {
    let said = home.run("rehearse gameday/invented-policy --env staging --answers answers.toml --as olga").exits(4);
    assert_marked(&said);
    let listed = home.run("score --json").exits(0);
    let whole: serde_json::Value = serde_json::from_str(listed.out.lines().next().unwrap()).unwrap();
    (said, whole["run"].as_str().unwrap().to_owned())
}

#[test]
fn what_is_stopped_is_stopped_there_and_only_the_target_for_drills_is_told() {
    let (home, world) = crate::journeys::at_work();
    let real = workspace(&home, &world, true);
    let (begun, id) = play(&home);
    let says = flat(&begun);
    for part in
        ["against staging", "goes to practice; the rest stays in memory", "1 fault of the scenario is not played"]
    {
        assert!(says.contains(part), "{part}: {says}");
    }
    assert!(says.contains("only staging was touched"), "{says}");
    assert!(!posted(&world, "/unleash").is_empty(), "the flag is set there");
    assert!(posted(&world, "/pagerduty").is_empty(), "the real pager of staging is left alone");
    let pages = posted(&world, "/desk/statements");
    assert!(!pages.is_empty() && pages.iter().all(|p| p.contains("\"DRILL: [")), "{pages:?}");

    // The letter to customers is approved, and goes to the desk in memory, with the mark in front.
    for person in ["lena", "zoe"] {
        let shown = home.run(&format!("approve {id} --as {person}"));
        assert!(shown.all().contains("DRILL: "), "{}", shown.all());
        let digest = shown.all().lines().find_map(|l| {
            l.trim_start_matches("DRILL").trim().strip_prefix("digest").map(|d| d.trim().chars().take(6).collect())
        });
        let code: String = digest.unwrap_or_else(|| panic!("no digest:\n{}", shown.all()));
        assert_marked(&home.run(&format!("approve {id} --as {person} --code {code}")).exits(0));
    }
    let on = home.run(&format!("resume {id} --as olga --answers answers.toml"));
    assert_marked(&on);
    assert!(flat(&on).contains("tell-customers"), "{}", on.all());
    let letters = posted(&world, "/desk/statements");
    assert!(letters.iter().all(|p| p.contains("\"DRILL: [")), "no letter left this machine: {letters:?}");

    let page = home.run(&format!("score {id} --html")).out;
    for part in ["DRILL: only staging was touched", "1 fault of the scenario is not played here"] {
        assert!(page.contains(part), "{part}:\n{page}");
    }
    assert!(!page.contains("nothing real was touched"), "{page}");
    assert_eq!(real.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "nobody called at production");
}

#[test]
fn without_a_target_for_drills_nobody_outside_is_told_anything() {
    let (home, world) = crate::journeys::at_work();
    let real = workspace(&home, &world, false);
    let (begun, _) = play(&home);
    assert!(flat(&begun).contains("Nobody outside is told anything"), "{}", begun.all());
    assert!(posted(&world, "/pagerduty").is_empty() && posted(&world, "/desk/statements").is_empty());
    assert_eq!(real.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "nobody called at production");
}
