//! One run on two machines: each with its own name, home, journal and desk, and one remote between them.
//!
//! The machines are names of the system's own (a UTS namespace), so that the program is asked nothing that it is not asked
//! in earnest.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::journal::Journal;
use crate::journeys::{kinds, vote};
use crate::program::{Home, Said};
use crate::suite;
use crate::world::World;

/// A user at a machine of this name.
struct Host {
    home: Home,
    name: &'static str,
    path: String,
}

impl Host {
    fn run(&self, arguments: &str) -> Said {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        self.say(&words)
    }

    fn say(&self, arguments: &[&str]) -> Said {
        let named = "printf %s \"$1\" >/proc/sys/kernel/hostname && shift && exec \"$@\"";
        let inner = self.home.command("");
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--uts", "sh", "-c", named, "sh", self.name]);
        command.arg(inner.get_program()).args(arguments).current_dir(inner.get_current_dir().unwrap()).env_clear();
        command.envs(inner.get_envs().filter_map(|(k, v)| Some((k, v?)))).env("PATH", &self.path);
        Said::from(&command.stdin(Stdio::null()).output().unwrap())
    }

    fn journal(&self) -> Journal {
        Journal::below(self.home.all()).expect("a journal")
    }
}

/// The desk of the first machine, on the second: what a clone of the workspace has.
pub(crate) fn copy_desk(from: &Home, to: &Home) {
    fn copy(from: &Path, to: &Path) {
        for entry in fs::read_dir(from).unwrap() {
            let (path, name) = (entry.as_ref().unwrap().path(), entry.unwrap().file_name());
            if path.is_dir() {
                if name != ".aigov" {
                    fs::create_dir_all(to.join(&name)).unwrap();
                    copy(&path, &to.join(&name));
                }
            } else {
                fs::copy(&path, to.join(&name)).unwrap();
            }
        }
    }
    copy(&from.desk(), &to.desk());
}

fn remote(git: &str, at: &Path) -> String {
    let made = Command::new(git).args(["init", "--quiet", "--bare", "-b", "main"]).arg(at).status().unwrap();
    assert!(made.success());
    format!("file://{}", at.display())
}

fn leases(records: &[Value]) -> Vec<(String, bool)> {
    let taken = records.iter().filter(|r| r["event"]["kind"] == "lease-taken");
    let host = |r: &Value| r["detail"]["lease"]["host"].as_str().unwrap_or_default().to_owned();
    taken.map(|r| (host(r), r["event"]["over"] == true)).collect()
}

#[test]
fn a_run_is_taken_over_on_another_machine_and_the_first_one_finds_out() {
    let Some(git) = suite::variable("AIGOV_SUITE_GIT") else { return };
    let path = format!("{}:/usr/bin:/bin", Path::new(&git).parent().unwrap().display());
    let home = Home::new();
    let world = World::new(&home);
    let url = remote(&git, &home.all().join("remote.git"));
    let settings = fs::read_to_string(home.desk().join("aigov.toml")).unwrap();
    home.write("aigov.toml", &format!("{settings}\n[journal]\nremote = \"{url}\"\n"));
    let second = Home::new();
    copy_desk(&home, &second);
    let alpha = Host { home, name: "alpha", path: path.clone() };
    let beta = Host { home: second, name: "beta", path };

    // On the first machine to the gate, and one vote there.
    alpha.run("run incident/hallucination --as olga --answers answers.toml").exits(4);
    let run = alpha.journal().only_run();
    vote(&run, &["lena"], |a| alpha.run(a));

    // The second machine knows the run by the remote alone, and does not go on with it unasked.
    let held = beta.run(&format!("resume {run} --as olga")).exits(4);
    assert!(held.err.contains("held on another machine by olga on alpha"), "{}", held.err);
    assert!(held.err.contains(&format!("resume {run} --take-over --reason")), "{}", held.err);
    let taken =
        ["resume", &run, "--take-over", "--reason", "alpha lost power", "--as", "olga", "--answers", "answers.toml"];
    beta.say(&taken).exits(4);
    let records = beta.journal().records(&run);
    assert_eq!(leases(&records), [("alpha".to_owned(), false), ("beta".to_owned(), true)]);
    let story = beta.run(&format!("show {run}")).exits(0).out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(story.contains("olga on beta (process"), "who goes on: {story}");
    assert!(story.contains("earlier votes no longer count, because another person took the run over"), "{story}");
    let reason = records.iter().rfind(|r| r["event"]["kind"] == "noted").unwrap();
    assert_eq!(reason["detail"]["payloads"][0]["length"], "taken over: alpha lost power".len(), "{reason}");
    let before = kinds(&records);
    assert_eq!(before.iter().filter(|k| *k == "gate-opened").count(), 2, "the gate is asked anew: {before:?}");

    // What was said to the first holder does not count any more: one more vote is not two.
    vote(&run, &["carl"], |a| beta.run(a));
    beta.run(&format!("resume {run} --as olga --answers answers.toml")).exits(4);
    let kinds_now = kinds(&beta.journal().records(&run));
    assert!(!kinds_now.contains(&"gate-granted".to_owned()), "{kinds_now:?}");
    vote(&run, &["lena"], |a| beta.run(a));
    beta.run(&format!("resume {run} --as olga --answers answers.toml")).exits(4);
    let letters = world.seen().iter().filter(|a| a.method == "POST" && a.path.contains("/statements")).count();
    assert_eq!(letters, 1, "the statement went out once");

    // The first machine comes back: it learns who holds the run, and changes nothing.
    let count = world.count();
    let back = alpha.run(&format!("resume {run} --as olga")).exits(4);
    assert!(back.err.contains("held on another machine by olga on beta"), "{}", back.err);
    assert_eq!(world.count(), count, "nothing was sent");
    alpha.run("verify").exits(0);
    beta.run("verify").exits(0);
    assert_eq!(alpha.journal().records(&run), beta.journal().records(&run));
}
