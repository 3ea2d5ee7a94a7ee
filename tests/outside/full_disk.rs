//! A disk that is really full, or that can really only be read, under the real process: a small file system of the test's
//! own, filled to the last byte, or mounted anew.
//!
//! It lives in a mount namespace, so that nobody has to be root and nothing is left behind; the steps on it are therefore
//! one shell script, whose outputs come back in files.

use std::fs;
use std::process::{Command, Stdio};

use crate::journeys::at_work;
use crate::suite;

/// `$DISK` becomes the full disk, `$DESK` is copied there, `$OUT` is another disk with room. `say NAME COMMAND…` keeps what
/// a command says and how it ended.
const BEGIN: &str = r#"
set -u
mount -t tmpfs -o size=4m tmpfs "$DISK" || exit 99
cp -r "$DESK/." "$DISK/" || exit 98
cd "$DISK" || exit 97
say() { name=$1; shift; "$@" >"$OUT/$name.out" 2>"$OUT/$name.err" </dev/null; echo $? >"$OUT/$name.code"; }
fill() { cat /dev/zero >"$DISK/fill" 2>/dev/null; ! echo more >"$DISK/more" 2>/dev/null || [ ! -s "$DISK/more" ] || exit 96; }
free() { rm -f "$DISK/fill" "$DISK/more"; }
lock() { mount -o remount,ro "$DISK" || exit 95; ! touch "$DISK/try" 2>/dev/null || exit 94; }
unlock() { mount -o remount,rw "$DISK" || exit 93; }
run="run incident/hallucination --as olga --answers answers.toml"
"#;

struct Ended {
    folder: std::path::PathBuf,
}

impl Ended {
    fn file(&self, name: &str, kind: &str) -> String {
        let path = self.folder.join(format!("{name}.{kind}"));
        fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    /// What a command said, after its exit code was the wanted one; as one line, because the screen breaks lines.
    fn says(&self, name: &str, code: i32) -> String {
        let said = format!("{}{}", self.file(name, "out"), self.file(name, "err"));
        assert_eq!(self.file(name, "code").trim(), code.to_string(), "{name}:\n{said}");
        said.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Runs the steps on a small disk. `state` says whether the user's own folders are on it, too.
fn on_a_small_disk(home: &crate::program::Home, state: bool, steps: &str) -> Ended {
    let (disk, out) = (home.all().join("disk"), home.all().join("out"));
    for folder in [&disk, &out] {
        fs::create_dir(folder).unwrap();
    }
    let like = home.command("");
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", &format!("{BEGIN}{steps}")]).env_clear();
    command.envs(like.get_envs().filter_map(|(k, v)| Some((k, v?)))).env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.env("AIGOV", like.get_program()).env("DESK", home.desk()).env("DISK", &disk).env("OUT", &out);
    if state {
        command.env("HOME", &disk).env("TMPDIR", &disk).env("XDG_STATE_HOME", disk.join("state"));
    }
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{:?} {}", output.status, String::from_utf8_lossy(&output.stderr));
    Ended { folder: out }
}

/// How often the control was switched off.
fn stops(world: &crate::world::World) -> usize {
    world.seen().iter().filter(|a| a.path.contains("/unleash/") && a.path.ends_with("/off")).count()
}

#[test]
fn a_full_disk_stops_no_stop_and_its_record_comes_home() {
    if suite::variable("AIGOV_SUITE_DISK").is_none() {
        return;
    }
    let (home, world) = at_work();
    let ended = on_a_small_disk(
        &home,
        false,
        r#"
say first "$AIGOV" $run
id=$(git --git-dir=.aigov/journal.git for-each-ref --format='%(refname:lstrip=4)' 'refs/heads/aigov/run/')
say left "$AIGOV" abandon "$id" --reason "the disk is filling up" --as olga
fill
say full "$AIGOV" $run
say verify-full "$AIGOV" verify
free
say home "$AIGOV" resume --as olga --answers answers.toml
say verify "$AIGOV" verify
say fsck git --git-dir=.aigov/journal.git fsck --full --strict
"#,
    );
    ended.says("first", 4);
    let full = ended.says("full", 4);
    assert!(full.contains("set autonomy to off"), "{full}");
    let file = full.split("is in the emergency file ").nth(1).and_then(|t| t.split(';').next());
    let file = file.unwrap_or_else(|| panic!("where is the record?\n{full}"));
    assert!(file.starts_with(home.all().to_str().unwrap()), "{file}");
    assert!(!file.contains("/disk/"), "not on the full disk: {file}");
    assert!(full.contains("Exit 4"), "{full}");
    assert!(stops(&world) >= 1, "the stop went out");
    ended.says("home", 4);
    assert!(!std::path::Path::new(file).exists(), "it came home");
    let whole = ended.says("verify", 0);
    assert!(whole.contains("whole"), "{whole}");
    ended.says("fsck", 0);
}

#[test]
fn where_nothing_at_all_can_be_written_the_terminal_is_the_paper() {
    if suite::variable("AIGOV_SUITE_DISK").is_none() {
        return;
    }
    let (home, world) = at_work();
    let ended = on_a_small_disk(
        &home,
        true,
        r#"
fill
say full "$AIGOV" $run
free
say again "$AIGOV" $run
say verify "$AIGOV" verify
"#,
    );
    let full = ended.says("full", 4);
    assert!(full.contains("set autonomy to off; proven"), "{full}");
    assert!(stops(&world) >= 1, "the stop went out");
    let said = ended.file("full", "err");
    let lines: Vec<&str> = said.lines().filter_map(|l| l.strip_prefix("aigov record: ")).collect();
    let first: serde_json::Value = serde_json::from_str(lines.first().expect("the record, printed")).unwrap();
    assert_eq!((&first["seq"], &first["event"]["kind"]), (&0.into(), &"run-started".into()));
    assert!(full.contains("The record could be written nowhere"), "{full}");
    assert!(full.contains("Exit 4"), "{full}");
    ended.says("again", 4);
    ended.says("verify", 0);
}

#[test]
fn a_repository_that_can_only_be_read_stops_no_run_from_containing_and_resume_brings_its_record_home() {
    if suite::variable("AIGOV_SUITE_DISK").is_none() {
        return;
    }
    let (home, world) = at_work();
    let ended = on_a_small_disk(
        &home,
        false,
        r#"
say first "$AIGOV" $run
id=$(git --git-dir=.aigov/journal.git for-each-ref --format='%(refname:lstrip=4)' 'refs/heads/aigov/run/')
say left "$AIGOV" abandon "$id" --reason "another one is to come" --as olga
lock
say locked "$AIGOV" $run
unlock
say home "$AIGOV" resume --as olga --answers answers.toml
say verify "$AIGOV" verify
say fsck git --git-dir=.aigov/journal.git fsck --full --strict
"#,
    );
    ended.says("first", 4);
    let locked = ended.says("locked", 4);
    assert!(locked.contains("set autonomy to off"), "{locked}");
    assert!(stops(&world) >= 1, "the stop went out");
    let file = locked.split("is in the emergency file ").nth(1).and_then(|t| t.split(';').next());
    let file = file.unwrap_or_else(|| panic!("where is the record?\n{locked}"));
    assert!(!file.contains("/disk/"), "not on the disk that can only be read: {file}");
    ended.says("home", 4);
    assert!(!std::path::Path::new(file).exists(), "it came home");
    ended.says("verify", 0);
    ended.says("fsck", 0);
}

#[test]
fn a_repository_that_can_only_be_read_stops_no_stop() {
    if suite::variable("AIGOV_SUITE_DISK").is_none() {
        return;
    }
    let (home, world) = at_work();
    let ended = on_a_small_disk(
        &home,
        false,
        r#"
say before "$AIGOV" verify
lock
say locked "$AIGOV" stop support-replies --as olga
unlock
say again "$AIGOV" stop support-replies --as olga
say verify "$AIGOV" verify
git --git-dir=.aigov/journal.git for-each-ref 'refs/heads/aigov/run/' | wc -l >"$OUT/runs.out"
"#,
    );
    let locked = ended.says("locked", 0);
    assert!(locked.contains("STOPPED") && locked.contains("emergency file"), "{locked}");
    assert_eq!(stops(&world), 1, "it was off when the second one came");
    ended.says("again", 0);
    ended.says("verify", 0);
    assert_eq!(ended.file("runs", "out").trim(), "2", "the record of the first one came home");
}

#[test]
fn a_folder_that_can_only_be_read_keeps_nobody_from_looking_and_what_can_not_be_made_is_said() {
    if suite::variable("AIGOV_SUITE_DISK").is_none() {
        return;
    }
    let (home, _world) = at_work();
    let done = "[[done]]\nstep = \"autonomy\"\nby = \"ada\"\nat = 2026-01-02T02:14:00Z\nresult = \"worked\"\n";
    home.write("done.toml", done);
    let ended = on_a_small_disk(
        &home,
        false,
        r#"
mkdir empty
say before "$AIGOV" stop support-replies --control traffic --as olga
lock
say bare "$AIGOV"
say who "$AIGOV" who support-replies
say page "$AIGOV" page support-replies
say log "$AIGOV" log
say doctor "$AIGOV" doctor
say out "$AIGOV" page support-replies --out wall.md
say new "$AIGOV" new automation other
say man "$AIGOV" man pages
say record "$AIGOV" record support-replies --from done.toml --as olga
(cd empty && say init "$AIGOV" init --automation bot --url https://x.example.com --person ada --person grace)
say verify-locked "$AIGOV" verify
unlock
say home "$AIGOV" stop support-replies --as olga
say verify "$AIGOV" verify
"#,
    );
    ended.says("before", 0);
    assert!(ended.says("bare", 0).contains("aigov stop support-replies"));
    assert!(ended.says("who", 0).contains("HELD by run"));
    assert!(ended.says("page", 0).contains("# Stop support-replies"));
    ended.says("log", 0);
    let doctor = ended.says("doctor", 3);
    assert!(doctor.contains("repository") && doctor.contains("can't be written: Read-only file system"), "{doctor}");
    for name in ["out", "new", "man", "init"] {
        let said = ended.says(name, 1);
        assert!(said.contains("Read-only file system") && said.contains("Next: aigov "), "{name}: {said}");
    }
    // What was done is entered all the same, and where it is stands beside it.
    let record = ended.says("record", 0);
    assert!(record.contains("it is in the emergency file") && record.contains("1 act entered"), "{record}");
    let verify = ended.says("verify-locked", 0);
    assert!(verify.contains("NOT IN GIT YET") && verify.contains("aigov resume "), "{verify}");
    ended.says("home", 0);
    assert!(!ended.says("verify", 0).contains("NOT IN GIT YET"));
}
