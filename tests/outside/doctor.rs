//! `aigov doctor` by the built program: it finds what is wrong, says the worst first, shows no secret and changes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::Path;

use serde_json::Value;

use crate::approvals::{give_key, in_earnest, number};
use crate::journeys::at_work;
use crate::program::{Home, Said};
use crate::scan;
use crate::world::World;

/// Every file below a folder with its bytes.
fn files(below: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut folders = vec![below.to_path_buf()];
    while let Some(folder) = folders.pop() {
        all.insert(folder.display().to_string(), Vec::new());
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                all.insert(path.display().to_string(), fs::read(&path).unwrap());
            }
        }
    }
    all
}

fn objects(said: &Said) -> Vec<Value> {
    said.out.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"))).collect()
}

/// What is wrong, as section, check and what.
fn wrong(said: &Said) -> Vec<(String, String, String)> {
    let text = |o: &Value, key: &str| o[key].as_str().unwrap().to_owned();
    objects(said)
        .iter()
        .filter(|o| o["is"] == "wrong")
        .map(|o| (text(o, "section"), text(o, "check"), text(o, "what")))
        .collect()
}

fn clean(said: &Said, world: &World) {
    for secret in world.secrets() {
        scan::clean("what doctor says", said.all().as_bytes(), &secret);
    }
}

/// A loopback address on which nobody answers.
fn nobody() -> String {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    format!("http://127.0.0.1:{port}")
}

fn change(home: &Home, file: &str, from: &str, to: &str) {
    let path = home.desk().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn an_automation_that_could_not_be_stopped_is_wrong_before_anybody_has_to_stop_it() {
    let (home, _world) = at_work();
    let stop = |said: &Said| -> Vec<Value> {
        let about = |o: &Value| o["what"].as_str().unwrap().starts_with("stop ");
        objects(said).into_iter().filter(about).collect()
    };
    let told = stop(&home.run("doctor --json").exits(0));
    assert!(told.iter().any(|o| o["is"] == "ok" && o["what"] == "stop support-replies"), "{told:?}");
    fs::write(home.desk().join("automations/gamma.toml"), "schema = 1\npurpose = \"No [stop] yet\"\n").unwrap();
    let said = home.run("doctor --json").exits(3);
    let told = stop(&said);
    let gamma = told.iter().find(|o| o["what"] == "stop gamma").unwrap_or_else(|| panic!("{told:?}"));
    assert_eq!(gamma["is"], "wrong");
    assert!(gamma["says"].as_str().unwrap().contains("has no [stop]"), "{gamma}");
    // A stop that can't be planned points at what is to be written, and not at itself again.
    let stopped = home.run("stop gamma");
    assert_eq!(stopped.code, Some(1), "{}", stopped.all());
    let next = stopped.err.rsplit("Next:").next().unwrap();
    assert!(next.contains("aigov lint") && !next.contains("aigov stop gamma"), "{}", stopped.err);
}

#[test]
fn it_looks_at_everything_and_changes_nothing() {
    let (home, world) = at_work();
    // The first command on a machine remembers which workspace was used; nothing else may be written by any.
    home.run("status").exits(0);
    let before = files(home.all());
    let said = home.run("doctor").exits(0);
    assert_eq!(files(home.all()), before);
    let seen = world.seen();
    assert!(!seen.is_empty());
    for asked in &seen {
        assert!(asked.method == "GET" && asked.body.is_empty(), "{} {}", asked.method, asked.path);
    }
    clean(&said, &world);
    assert!(said.out.lines().all(|l| l.chars().count() <= 80 || !l.contains(' ')), "{}", said.out);
    assert!(said.out.contains("0 wrong, "), "{}", said.out);
    assert!(
        said.err.trim_end().ends_with(&format!("aigov who support-replies -C {}", home.desk().display())),
        "{}",
        said.err
    );
    for section in ["workspace", "people", "journal", "flags, unleash", "deploy, argocd", "pager, pagerduty"] {
        assert!(said.out.lines().any(|l| l == section), "{section}: {}", said.out);
    }
    let told = objects(&home.run("doctor --json").exits(0));
    let checks: Vec<&str> = told.iter().map(|o| o["check"].as_str().unwrap()).collect();
    for check in ["reach", "clock", "credential", "scope", "protection", "exists", "data", "journal", "people", "files"]
    {
        assert!(checks.contains(&check), "{check}: {checks:?}");
    }
    assert_eq!(files(home.all()), before);
}

#[test]
fn whoever_sits_here_is_known_by_a_key_or_by_none() {
    let (home, _world) = at_work();
    in_earnest(&home);
    let said = home.run("doctor").exits(0);
    assert!(said.out.contains("no key of a person in people.toml is here"), "{}", said.out);
    give_key(&home, number("carl"));
    let said = home.run("doctor").exits(0);
    assert!(said.out.contains("known as carl by a key that is here"), "{}", said.out);
}

#[test]
fn a_dead_host_is_named_and_delays_nobody() {
    let (home, world) = at_work();
    let dead = nobody();
    let text = fs::read_to_string(home.desk().join("aigov.toml")).unwrap();
    let url = text.lines().find_map(|l| l.split_once("/unleash\"")?.0.split_once("url = \"")).unwrap().1.to_owned();
    change(&home, "aigov.toml", &format!("{url}/unleash"), &format!("{dead}/unleash"));
    let said = home.run("doctor --json").exits(3);
    assert_eq!(wrong(&said), [(format!("{dead}, flags"), "reach".into(), "reachable".into())]);
    let untold = |o: &Value| o["section"] == "flags, unleash" && o["is"] == "untold" && o["what"] == "3 named here";
    assert!(objects(&said).iter().any(untold), "{}", said.out);
    assert!(said.err.contains("Exit 3: findings."), "{}", said.err);
    assert!(world.seen().iter().any(|a| a.path.starts_with("/argocd/")), "the others are asked all the same");
    let page = home.run("doctor").exits(3);
    assert!(page.out.contains(&format!("  1 {dead}, flags: reachable: no connection")), "{}", page.out);
    clean(&said, &world);
}

#[test]
fn a_missing_secret_a_wrong_one_and_a_missing_flag_are_told_apart() {
    let (home, world) = at_work();
    fs::remove_file(home.desk().join("sandbox-client-token")).unwrap();
    change(&home, "automations/support-replies.toml", "flag = \"support-replies-mode\"", "flag = \"no-such-flag\"");
    let text = fs::read_to_string(home.desk().join("aigov.toml")).unwrap();
    let argocd = text.lines().find(|l| l.contains("/argocd")).unwrap().to_owned();
    let other = argocd.replace("sandbox-token", "other-token");
    change(&home, "aigov.toml", &argocd, &other);
    home.write("other-token", "not-the-token-that-is-known-there\n");
    let said = home.run("doctor --json").exits(3);
    let found = wrong(&said);
    let has = |section: &str, check: &str, what: &str| {
        let is = |(s, c, w): &(String, String, String)| s == section && c == check && w.contains(what);
        assert!(found.iter().any(is), "{section} {check} {what}: {found:?}");
    };
    has("flags, unleash", "setting", "consumers of support-replies-autonomy");
    has("flags, unleash", "exists", "flag no-such-flag");
    has("deploy, argocd", "credential", "token");
    clean(&said, &world);
    scan::clean("what doctor says", said.all().as_bytes(), "not-the-token-that-is-known-there");
    let page = home.run("doctor").exits(3);
    let first = page.out.split("Worst first:").nth(1).unwrap();
    assert!(first.trim_start().starts_with('1') && first.contains("sandbox-client-token"), "{first}");
    clean(&page, &world);
}

#[test]
fn every_secret_that_is_nowhere_is_told_at_once() {
    let (home, _world) = at_work();
    let text = fs::read_to_string(home.desk().join("aigov.toml")).unwrap();
    let text = text.replacen("{ file = \"sandbox-token\" }", "{ env = \"AIGOV_TEST_NOT_THERE\" }", 1);
    home.write("aigov.toml", &text);
    fs::remove_file(home.desk().join("sandbox-client-token")).unwrap();
    let said = home.run("doctor --json").exits(3);
    let told = objects(&said).into_iter().find(|o| o["what"] == "secrets").unwrap();
    let says = told["says"].as_str().unwrap();
    assert!(
        says.contains("the variable AIGOV_TEST_NOT_THERE") && says.contains("the file sandbox-client-token"),
        "{says}"
    );
}

#[test]
fn an_environment_that_is_not_there_is_a_wrong_use_and_a_workspace_without_providers_is_examined() {
    let (home, _world) = at_work();
    let said = home.run("doctor --env productoin").exits(2);
    assert!(said.err.contains("did you mean `production`?"), "{}", said.err);
    let bare = Home::new();
    bare.write("aigov.toml", "schema = 1\n");
    let said = bare.run("doctor").exits(3);
    assert!(said.out.contains("there is no automation"), "{}", said.out);
}

#[test]
fn the_sandbox_examines_its_own_server() {
    let home = Home::new();
    let said = home.run("doctor --sandbox").exits(0);
    assert!(said.out.lines().all(|l| l.starts_with("SANDBOX")), "{}", said.out);
    assert!(said.out.contains("0 wrong, "), "{}", said.out);
}
