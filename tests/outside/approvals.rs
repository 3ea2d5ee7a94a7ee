//! Approvals that are somebody's: a workspace that is no demonstration, people with homes and keys of their own, and each
//! of them at a terminal.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use aigov::approval::Namespace;
use aigov::keys::Pair;
use ssh_key::private::Ed25519Keypair;
use ssh_key::{LineEnding, PrivateKey};

use crate::journal::Journal;
use crate::journeys::{code_in, kinds};
use crate::program::{Home, Said};
use crate::suite;
use crate::world::World;

const PEOPLE: [&str; 6] = ["olga", "ada", "grace", "lena", "carl", "sam"];

pub(crate) fn private(n: u8) -> PrivateKey {
    PrivateKey::from(Ed25519Keypair::from_seed(&[n; 32]))
}

pub(crate) fn number(person: &str) -> u8 {
    u8::try_from(PEOPLE.iter().position(|p| *p == person).unwrap()).unwrap() + 1
}

/// A key file in a home, where OpenSSH keeps one.
pub(crate) fn give_key(home: &Home, n: u8) -> PathBuf {
    let folder = home.all().join("home/.ssh");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("id_ed25519");
    private(n).write_openssh_file(&file, LineEnding::LF).unwrap();
    fs::write(folder.join("id_ed25519.pub"), private(n).public_key().to_openssh().unwrap()).unwrap();
    file
}

/// Makes the workspace of a desk one where only signed votes count, and everybody has a key.
pub(crate) fn in_earnest(home: &Home) {
    let settings = fs::read_to_string(home.desk().join("aigov.toml")).unwrap();
    assert!(settings.contains("demo   = true"), "{settings}");
    home.write("aigov.toml", &settings.replace("demo   = true", ""));
    let mut people = fs::read_to_string(home.desk().join("people.toml")).unwrap();
    for person in PEOPLE {
        let line = private(number(person)).public_key().to_openssh().unwrap();
        let head = format!("[persons.{person}]\n");
        assert!(people.contains(&head), "{person}");
        people = people.replace(&head, &format!("{head}keys = [\"{line} {person}\"]\n"));
    }
    home.write("people.toml", &people);
}

/// Somebody at a terminal who reads the code and types it.
pub(crate) fn at_terminal(command: Command) -> (i32, String) {
    let mut session = rexpect::session::spawn_command(command, Some(60_000)).expect("a pseudo-terminal");
    let (_, asked) = session.exp_regex("type [0-9a-f]{6} ").expect("the code is asked for");
    session.send_line(asked.trim().rsplit(' ').next().unwrap()).unwrap();
    let rest = session.exp_eof().unwrap();
    let status = format!("{:?}", session.process_mut().wait().unwrap());
    let code = status.rsplit([' ', ')']).find_map(|w| w.parse().ok());
    let code = code.unwrap_or_else(|| panic!("{status}\n{rest}"));
    (code, rest)
}

pub(crate) fn approves(voter: &Home, desk: &Path, run: &str) {
    let command = voter.command(&format!("approve {run} -C {}", desk.display()));
    let (code, said) = at_terminal(command);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains(" approves "), "{said}");
}

/// What was said, without the breaks of its lines.
pub(crate) fn flat(said: &str) -> String {
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(crate) fn somebody(person: &str) -> Home {
    let home = Home::new();
    give_key(&home, number(person));
    home
}

#[test]
fn a_workspace_in_earnest_passes_its_gates_by_keys_and_closes() {
    let home = Home::new();
    let world = World::new(&home);
    in_earnest(&home);
    give_key(&home, number("olga"));
    let desk = home.desk();
    let first = home.run("run incident/hallucination --answers answers.toml").exits(4);
    let journal = || Journal::below(home.all()).expect("a journal");
    let run = journal().only_run();
    assert!(flat(&first.all()).contains("signed, by `aigov approve`"), "{}", first.all());
    let letters = || world.seen().iter().filter(|a| a.method == "POST" && a.path.contains("/statements")).count();

    // Nobody who types nothing at a terminal has voted, whatever else they have.
    let (lena, carl) = (somebody("lena"), somebody("carl"));
    let at = format!("-C {}", desk.display());
    let piped = lena.run(&format!("approve {run} {at}")).exits(4);
    assert!(flat(&piped.err).contains("needs a person who types the code"), "{}", piped.err);
    let code = code_in(&piped);
    // Neither a `y` nor the very code counts when a program types it.
    for typed in ["y\n".to_owned(), "yes\ny\n".to_owned(), format!("{code}\n")] {
        let mut child = lena
            .command(&format!("approve {run} {at}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It may be gone before it reads, which is an answer, too.
        let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
        let said = Said::from(&child.wait_with_output().unwrap()).exits(4);
        assert!(flat(&said.err).contains("needs a person who types the code"), "{typed:?}: {}", said.err);
    }
    let given = lena.run(&format!("approve {run} --code {code} {at}")).exits(5);
    assert!(flat(&given.err).contains("typed by a person at a terminal"), "{}", given.err);
    let named = Home::new().run(&format!("approve {run} --as lena {at}")).exits(5);
    assert!(flat(&named.err).contains("no key of lena is here"), "{}", named.err);
    let own = home.run(&format!("approve {run}")).exits(5);
    assert!(flat(&own.err).contains("whoever asks for an approval can't give it"), "{}", own.err);
    let stranger = Home::new();
    give_key(&stranger, 77);
    stranger.run(&format!("approve {run} {at}")).exits(5);
    assert!(!kinds(&journal().records(&run)).contains(&"vote-counted".to_owned()));

    // What waits is found by the key alone.
    let inbox = lena.run(&format!("inbox {at}")).exits(4);
    assert!(flat(&inbox.all()).contains("lena: tell-customers of support-replies in production"), "{}", inbox.all());
    Home::new().run(&format!("inbox {at}")).exits(0);

    approves(&lena, &desk, &run);
    // Carl signs where his key is: the statement goes there as text, and comes back with a signature.
    let printed = carl.run(&format!("approve {run} --print --as carl {at}")).exits(0);
    assert!(printed.out.starts_with("aigov statement, format 1\n"), "{}", printed.out);
    let statement = carl.all().join("statement.txt");
    fs::write(&statement, &printed.out).unwrap();
    let import = format!("approve {run} --import {} {at}", statement.display());
    carl.run(&import).exits(2);
    let pair = Pair::open(&carl.all().join("home/.ssh/id_ed25519")).unwrap();
    let sig = carl.all().join("statement.txt.sig");
    fs::write(&sig, pair.sign(Namespace::SignOff, printed.out.as_bytes()).unwrap()).unwrap();
    let wrong = carl.run(&import).exits(5);
    assert!(flat(&wrong.err).contains("it was made for `aigov-sign-off@v1`"), "{}", wrong.err);
    fs::write(&sig, pair.sign(Namespace::Vote, printed.out.as_bytes()).unwrap()).unwrap();
    carl.run(&import).exits(0);
    // Brought once more it is the same vote: before it was counted, and afterwards.
    let again = carl.run(&import).exits(0);
    assert!(flat(&again.err).contains("this vote was seen before"), "{}", again.err);

    home.run("resume --answers answers.toml").exits(4);
    home.run("resume --answers answers.toml").exits(4);
    assert_eq!(letters(), 1);
    carl.run(&import).exits(0);
    let records = journal().records(&run);
    let signed = records.iter().filter(|r| r["detail"]["vote"]["signed"]["signature"].is_string()).count();
    assert_eq!(signed, 2, "the whole signed texts stand in the record");
    let told = lena.run(&format!("inbox {at}")).exits(0);
    assert!(flat(&told.all()).contains("lena: your vote at tell-customers of run"), "{}", told.all());

    for person in ["ada", "grace"] {
        approves(&somebody(person), &desk, &run);
    }
    let last = home.run("resume --answers answers.toml").exits(0);
    assert!(flat(&last.all()).contains("closed"), "{}", last.all());
    home.run("verify").exits(0);
}

#[test]
fn a_check_without_a_verdict_is_vouched_for_by_a_key_and_by_no_name() {
    let home = Home::new();
    let _world = World::new(&home);
    in_earnest(&home);
    give_key(&home, number("olga"));
    let desk = home.desk();
    let answers = fs::read_to_string(desk.join("answers.toml")).unwrap();
    home.write("unsure.toml", &answers.replace("hand-sample = 0", "hand-sample = \"?\""));
    home.run("run incident/hallucination --answers unsure.toml").exits(4);
    let journal = || Journal::below(home.all()).expect("a journal");
    let run = journal().only_run();
    let (lena, at) = (somebody("lena"), format!("-C {}", desk.display()));
    approves(&lena, &desk, &run);
    approves(&somebody("carl"), &desk, &run);
    home.run("resume --answers unsure.toml").exits(4);
    let waits = home.run("resume --answers unsure.toml").exits(4);
    let says = flat(&waits.all());
    assert!(says.contains("the word of somebody who neither ran this nor made the fix"), "{says}");
    assert!(says.contains(&format!("aigov approve {run} attest:hand-sample --reason")), "{says}");

    let inbox = lena.run(&format!("inbox {at}")).exits(4);
    assert!(
        flat(&inbox.all()).contains("lena: attest:hand-sample of support-replies in production"),
        "{}",
        inbox.all()
    );
    let bare = lena.run(&format!("approve {run} attest:hand-sample {at}")).exits(2);
    assert!(flat(&bare.err).contains("say with --reason on what ground"), "{}", bare.err);
    let deny = lena.run(&format!("deny {run} attest:hand-sample --reason no {at}")).exits(2);
    assert!(flat(&deny.err).contains("there is nothing to deny"), "{}", deny.err);
    let own = home.run(&format!("approve {run} attest:hand-sample --reason mine")).exits(5);
    assert!(flat(&own.err).contains("whoever asks for an approval can't give it"), "{}", own.err);
    let given = |who: &Home| {
        let mut command = who.command(&format!("approve {run} attest:hand-sample {at}"));
        command.args(["--reason", "Read fifty answers by hand."]);
        command
    };
    let shown = Said::from(&given(&lena).stdin(Stdio::null()).output().unwrap()).exits(4);
    assert!(
        flat(&shown.err).contains("check hand-sample is taken as passed, though it gave no verdict"),
        "{}",
        shown.err
    );
    let (code, said) = at_terminal(given(&lena));
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("lena vouches at attest:hand-sample"), "{said}");
    home.run("resume --answers unsure.toml").exits(4);
    let kinds = kinds(&journal().records(&run));
    assert_eq!(kinds.iter().filter(|k| *k == "check-attested").count(), 1);

    // Shown where autonomy is given back, and checked by whoever reads it.
    let ada = somebody("ada").run(&format!("approve {run} {at}")).exits(4);
    assert!(flat(&ada.err).contains("ATTESTED by lena"), "{}", ada.err);
    for person in ["ada", "grace"] {
        approves(&somebody(person), &desk, &run);
    }
    home.run("resume --answers unsure.toml").exits(0);
    let whole = home.run(&format!("verify {run}")).exits(0);
    assert!(whole.out.contains(" 5 votes"), "{}", whole.out);
}

#[test]
fn who_came_into_people_toml_a_minute_ago_has_no_vote() {
    let home = Home::new();
    let _world = World::new(&home);
    in_earnest(&home);
    give_key(&home, number("olga"));
    let repo = git2::Repository::init(home.desk()).unwrap();
    let mut index = repo.index().unwrap();
    index.add_path(Path::new("people.toml")).unwrap();
    let tree = repo.find_tree(index.write_tree().unwrap()).unwrap();
    let who = git2::Signature::new("ada", "ada@example.com", &git2::Time::new(1_000, 0)).unwrap();
    repo.commit(Some("HEAD"), &who, &who, "people", &tree, &[]).unwrap();
    // Another key for Lena, in the working tree only.
    let people = fs::read_to_string(home.desk().join("people.toml")).unwrap();
    let (old, new) = (private(number("lena")), private(66));
    let line = |key: &PrivateKey| key.public_key().to_openssh().unwrap();
    home.write("people.toml", &people.replace(&line(&old), &format!("{}\", \"{}", line(&old), line(&new))));
    let first = home.run("run incident/hallucination --answers answers.toml").exits(4);
    assert!(flat(&first.err).contains("people.toml has keys that HEAD does not have"), "{}", first.err);
    let run = Journal::below(home.all()).expect("a journal").only_run();
    let mallory = Home::new();
    give_key(&mallory, 66);
    let refused = mallory.run(&format!("approve {run} -C {}", home.desk().display())).exits(5);
    assert!(flat(&refused.err).contains("no key of anybody in the roster of this run is here"), "{}", refused.err);
    // Nor in a stop, nor in what is entered afterwards: the roster recorded there is the committed one, too.
    home.run("stop support-replies");
    let journal = Journal::below(home.all()).expect("a journal");
    let runs = journal.runs();
    assert_eq!(runs.len(), 2, "{runs:?}");
    for run in runs.keys() {
        let roster = journal.records(run)[0]["detail"]["start"]["plan"]["roster"].to_string();
        let blob = |key: &PrivateKey| line(key).split(' ').nth(1).unwrap().to_owned();
        assert!(roster.contains(&blob(&old)) && !roster.contains(&blob(&new)), "{run}: {roster}");
    }
}

/// An ssh-agent that ends with the test.
pub(crate) struct Agent(Child, pub(crate) PathBuf);

impl Agent {
    pub(crate) fn start(home: &Home, key: &Path) -> Self {
        let socket = home.all().join("agent");
        let child = Command::new("ssh-agent").arg("-D").arg("-a").arg(&socket).stdout(Stdio::null()).spawn().unwrap();
        for _ in 0..100 {
            if socket.exists() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let added = Command::new("ssh-add").arg("-q").arg(key).env("SSH_AUTH_SOCK", &socket).status().unwrap();
        assert!(added.success());
        fs::remove_file(key).unwrap();
        Self(child, socket)
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Two machines and a bare remote between them: Olga's, who runs it, and a voter's, each with a home, an ssh-agent and a
/// clone of their own.
struct Between {
    git: String,
    url: String,
    ssh: String,
}

impl Between {
    /// Each way to reach a remote that the suite offers.
    fn all() -> Vec<Self> {
        let Some(git) = suite::variable("AIGOV_SUITE_GIT") else { return Vec::new() };
        let ssh = suite::variable("GIT_SSH_COMMAND").unwrap_or_default();
        let urls =
            [Some("file://".to_owned()), suite::variable("AIGOV_SUITE_SSH"), suite::variable("AIGOV_SUITE_HTTP")];
        urls.into_iter().flatten().map(|url| Self { git: git.clone(), url, ssh: ssh.clone() }).collect()
    }

    fn command(&self, home: &Home, arguments: &str, agent: &Agent) -> Command {
        let mut command = home.command(arguments);
        let path = format!("{}:/usr/bin:/bin", Path::new(&self.git).parent().unwrap().display());
        command.env("PATH", path).env("SSH_AUTH_SOCK", &agent.1).env("GIT_TERMINAL_PROMPT", "0");
        if !self.ssh.is_empty() {
            command.env("GIT_SSH_COMMAND", &self.ssh);
        }
        command
    }

    fn say(&self, home: &Home, arguments: &str, agent: &Agent) -> Said {
        Said::from(&self.command(home, arguments, agent).stdin(Stdio::null()).output().unwrap())
    }

    /// Olga's machine, and the remote that it writes to.
    fn olga(&self) -> (Home, World, Agent, PathBuf) {
        let olga = Home::new();
        let world = World::new(&olga);
        in_earnest(&olga);
        let agent = Agent::start(&olga, &give_key(&olga, number("olga")));
        let remote = self.bare(&olga, "remote.git");
        (olga, world, agent, remote)
    }

    /// A bare repository that this workspace's journal is pushed to.
    fn bare(&self, olga: &Home, name: &str) -> PathBuf {
        let remote = olga.all().join(name);
        assert!(
            Command::new(&self.git)
                .args(["init", "--quiet", "--bare", "-b", "main"])
                .arg(&remote)
                .status()
                .unwrap()
                .success()
        );
        let settings = fs::read_to_string(olga.desk().join("aigov.toml")).unwrap();
        olga.write("aigov.toml", &format!("{settings}\n[journal]\nremote = \"{}{}\"\n", self.url, remote.display()));
        remote
    }

    /// A voter's machine, with the workspace that Olga has.
    fn voter(&self, person: &str, olga: &Home) -> (Home, Agent) {
        let voter = Home::new();
        for file in ["aigov.toml", "people.toml"] {
            voter.write(file, &fs::read_to_string(olga.desk().join(file)).unwrap());
        }
        let agent = Agent::start(&voter, &give_key(&voter, number(person)));
        (voter, agent)
    }
}

#[test]
fn two_machines_two_agents_a_partition_and_a_remote_between_them() {
    for between in Between::all() {
        let (olga, _world, at_olgas, remote) = between.olga();
        between.say(&olga, "run incident/hallucination --answers answers.toml", &at_olgas).exits(4);
        let run = Journal::below(olga.all()).expect("a journal").only_run();
        let (lena, at_lenas) = between.voter("lena", &olga);
        let (code, said) = at_terminal(between.command(&lena, &format!("approve {run}"), &at_lenas));
        assert_eq!(code, 0, "{said}");
        assert!(!said.contains("DOUBT"), "{said}");

        // Carl has seen what is asked, and then nobody reaches the remote.
        let (carl, at_carls) = between.voter("carl", &olga);
        between.say(&carl, "inbox", &at_carls).exits(4);
        let away = remote.with_extension("away");
        fs::rename(&remote, &away).unwrap();
        let (_, said) = at_terminal(between.command(&carl, &format!("approve {run}"), &at_carls));
        assert!(said.contains("DOUBT"), "a vote that did not arrive is no vote that arrived: {said}");
        let cut_off = between.say(&olga, "resume --answers answers.toml", &at_olgas).exits(4);
        assert!(flat(&cut_off.all()).contains("have not reached the remote"), "{}", cut_off.all());
        let granted = || {
            let journal = Journal::below(olga.all()).expect("a journal");
            kinds(&journal.records(&run)).contains(&"gate-granted".to_owned())
        };
        assert!(!granted(), "one vote of two");

        // It is there again: Carl's vote goes out with his next look, and counts as he gave it.
        fs::rename(&away, &remote).unwrap();
        between.say(&carl, "inbox", &at_carls);
        between.say(&olga, "resume --answers answers.toml", &at_olgas).exits(4);
        between.say(&olga, "resume --answers answers.toml", &at_olgas).exits(4);
        assert!(granted(), "{}: both votes arrived", between.url);
        // Whoever has the remote alone finds it whole, and in Olga's name.
        let auditor = Home::new();
        let clone = auditor.all().join("clone.git");
        let mut git = Command::new(&between.git);
        git.args(["clone", "--quiet", "--bare"]).arg(format!("{}{}", between.url, remote.display())).arg(&clone);
        if !between.ssh.is_empty() {
            git.env("GIT_SSH_COMMAND", &between.ssh);
        }
        assert!(git.status().unwrap().success());
        let whole = auditor.run(&format!("verify --journal {}", clone.display())).exits(0);
        assert!(whole.out.contains("endorsed by olga: records 0 to "), "{}", whole.out);
        assert!(whole.out.contains("2 votes"), "{}", whole.out);
    }
}

#[test]
fn a_fork_with_signed_votes_on_it_is_told_and_settled_by_a_decision() {
    for between in Between::all() {
        let (olga, _world, at_olgas, remote) = between.olga();
        between.say(&olga, "run incident/hallucination --answers answers.toml", &at_olgas).exits(4);
        let run = Journal::below(olga.all()).expect("a journal").only_run();
        // A second machine of hers, which knows the run; then neither reaches the remote, and both go on with it.
        let second = Home::new();
        crate::hosts::copy_desk(&olga, &second);
        let at_second = Agent::start(&second, &give_key(&second, number("olga")));
        between.say(&second, "inbox", &at_second);
        let away = remote.with_extension("away");
        fs::rename(&remote, &away).unwrap();
        let at = format!("-C {}", second.desk().display());
        for person in ["lena", "carl"] {
            let voter = somebody(person);
            let (code, said) = at_terminal(voter.command(&format!("approve {run} {at}")));
            assert_eq!(code, 0, "{said}");
        }
        between.say(&second, &format!("resume {run} --answers answers.toml"), &at_second).exits(4);
        let note = |home: &Home, agent: &Agent, more: &[&str]| {
            let mut command = between.command(home, &format!("note {run}"), agent);
            Said::from(&command.args(more).stdin(Stdio::null()).output().unwrap())
        };
        note(&olga, &at_olgas, &["The line to the remote is down."]).exits(0);
        // The first comes back first; what the second wrote goes beside it, votes and all.
        fs::rename(&away, &remote).unwrap();
        note(&olga, &at_olgas, &["The line is up again."]).exits(0);
        between.say(&second, &format!("resume {run} --answers answers.toml"), &at_second);
        between.say(&olga, "inbox", &at_olgas);
        let told = between.say(&olga, &format!("verify {run}"), &at_olgas).exits(0);
        let fork = flat(&told.out);
        let fork = fork.split_whitespace().find(|w| w.contains("/fork/")).unwrap_or_else(|| panic!("{}", told.out));
        assert!(flat(&told.out).contains("fork: records were written beside this run"), "{}", told.out);
        // The votes are on the fork, whole, for whoever decides.
        let branch = format!("refs/heads/{fork}");
        let log = Command::new(&between.git)
            .args(["--git-dir".as_ref(), Journal::below(olga.all()).unwrap().path().as_os_str()])
            .args(["log", "--format=%B", &branch])
            .output()
            .unwrap();
        let log = String::from_utf8(log.stdout).unwrap();
        assert_eq!(log.matches("\"kind\":\"vote-counted\"").count(), 2, "{fork}");
        assert!(log.contains("aigov statement, format 1"));
        let nowhere = note(&olga, &at_olgas, &["It was me.", "--fork", "aigov/fork/nowhere"]).exits(2);
        assert!(flat(&nowhere.err).contains(fork), "{}", nowhere.err);
        note(&olga, &at_olgas, &["Written on my second machine while the line was down.", "--fork", fork]).exits(0);
        let settled = between.say(&olga, &format!("verify {run}"), &at_olgas).exits(0);
        assert!(flat(&settled.out).contains("says what was decided about them"), "{}", settled.out);
        assert!(!settled.out.contains("fork: records"), "{}", settled.out);
        let story = between.say(&olga, &format!("show {run}"), &at_olgas).exits(0);
        assert!(flat(&story.out).contains("decided about the records beside this run"), "{}", story.out);
    }
}

#[test]
fn what_is_redacted_is_gone_from_the_remote_and_a_key_with_a_passphrase_opens_the_rest() {
    for between in Between::all() {
        let olga = Home::new();
        let _world = World::new(&olga);
        in_earnest(&olga);
        let key = give_key(&olga, number("olga"));
        let passphrase = Command::new("ssh-keygen")
            .args(["-q", "-p", "-P", "", "-N", "correct horse", "-f"])
            .arg(&key)
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(passphrase.success());
        let kept = olga.all().join("kept_key");
        fs::copy(&key, &kept).unwrap();
        // The agent holds it open; the file needs its passphrase.
        let second = olga.all().join("plain");
        private(number("olga")).write_openssh_file(&second, LineEnding::LF).unwrap();
        let agent = Agent::start(&olga, &second);
        let remote = between.bare(&olga, "remote.git");
        between.say(&olga, "run incident/hallucination --answers answers.toml", &agent).exits(4);
        let run = Journal::below(olga.all()).expect("a journal").only_run();
        let note = |text: &str| {
            let mut command = between.command(&olga, &format!("note {run}"), &agent);
            Said::from(&command.arg(text).stdin(Stdio::null()).output().unwrap()).exits(0);
            let records = Journal::below(&olga.desk()).unwrap().records(&run);
            let noted = records.iter().rev().find(|r| r["detail"]["payloads"].is_array()).unwrap();
            (noted["seq"].as_u64().unwrap(), noted["detail"]["payloads"][0]["digest"].as_str().unwrap().to_owned())
        };
        let (gone, digest) = note("Ada Lovelace, 12 Main Street");
        let (_, stays) = note("The line is up again.");
        let tree = || {
            let mut git = Command::new(&between.git);
            git.arg("--git-dir").arg(&remote).args(["ls-tree", "-r", "--name-only", &format!("aigov/payload/{run}")]);
            String::from_utf8(git.output().unwrap().stdout).unwrap()
        };
        let file = |digest: &str| format!("{}/{}", &digest[..2], &digest[2..]);
        // What has not arrived goes out with whatever is done next.
        for n in 0..10 {
            if tree().contains(&file(&digest)) && tree().contains(&file(&stays)) {
                break;
            }
            assert!(n < 9, "{}: {digest} or {stays} never arrived: {}", between.url, tree());
            note("And another.");
        }

        // A remote that lets nobody rewrite is told to whoever has to ask its administrator.
        let protect = |yes: &str| {
            let set = ["config", "receive.denyNonFastForwards", yes];
            assert!(Command::new(&between.git).arg("--git-dir").arg(&remote).args(set).status().unwrap().success());
        };
        let redact = || {
            let mut command = between.command(&olga, &format!("redact {run} {gone}"), &agent);
            command.args(["--law", "GDPR Art. 17", "--reason", "the customer asked for it"]);
            Said::from(&command.stdin(Stdio::null()).output().unwrap())
        };
        protect("true");
        let refused = redact().exits(1);
        assert!(flat(&refused.all()).contains("is erased here, and not at the remote"), "{}", refused.all());
        protect("false");
        let done = redact().exits(0);
        assert!(!tree().contains(&file(&digest)), "{}: {digest} in {}\n{}", between.url, tree(), done.all());
        assert!(tree().contains(&file(&stays)), "{}: {stays} not in {}\n{}", between.url, tree(), done.all());
        let told = between.say(&olga, &format!("verify {run}"), &agent).exits(0);
        assert!(flat(&told.out).contains("redacted"), "{}", told.out);

        // What stays is opened with the file, once its passphrase is typed; what is gone says who took it away.
        let open = format!("show {run} --open --identity {}", kept.display());
        let mut session = rexpect::session::spawn_command(between.command(&olga, &open, &agent), Some(60_000)).unwrap();
        session.exp_string("Passphrase of").unwrap();
        session.send_line("correct horse").unwrap();
        let shown = flat(&session.exp_eof().unwrap());
        assert!(shown.contains("The line is up again.") && shown.contains("redacted"), "{shown}");
        assert!(!shown.contains("Lovelace"), "{shown}");
    }
}

#[test]
fn ssh_keygen_verifies_what_we_sign_and_we_take_what_it_signs() {
    if suite::variable("AIGOV_SUITE_GIT").is_none() {
        return;
    }
    let home = Home::new();
    let run = |program: &str, arguments: &[&str], input: &Path| {
        let from = fs::File::open(input).unwrap();
        let output = Command::new(program).args(arguments).current_dir(home.desk()).stdin(from).output().unwrap();
        Said::from(&output)
    };
    let text = home.write("statement.txt", "I decide on exactly what is written here.\n");
    for (kind, bits) in [("ed25519", "256"), ("ecdsa", "256"), ("rsa", "3072")] {
        let file = home.desk().join(kind);
        let made = ["-q", "-t", kind, "-b", bits, "-N", "", "-f", file.to_str().unwrap()];
        run("ssh-keygen", &made, &text).exits(0);
        let public = fs::read_to_string(home.desk().join(format!("{kind}.pub"))).unwrap();
        home.write("allowed", &format!("lena {public}"));
        // Theirs, taken by us.
        let _ = fs::remove_file(home.desk().join("statement.txt.sig"));
        let sign = ["-q", "-Y", "sign", "-n", Namespace::Vote.name(), "-f", kind, "statement.txt"];
        run("ssh-keygen", &sign, &text).exits(0);
        let theirs = fs::read_to_string(home.desk().join("statement.txt.sig")).unwrap();
        let whole = fs::read(&text).unwrap();
        let checked = aigov::keys::check(Namespace::Vote, &whole, &theirs).unwrap();
        assert_eq!(checked.key, aigov::model::key::PublicKey::parse(&public).unwrap());
        assert!(aigov::keys::check(Namespace::Vote, b"another", &theirs).is_err());
        // Ours, verified by them: by the file itself, or by ssh-keygen where no library can.
        let ring = aigov::keys::Ring::new(None, vec![file]);
        let ours = aigov::port::Signer::sign(&ring, &checked.key, Namespace::Vote, &whole).unwrap();
        home.write("ours.sig", &ours);
        let verify = ["-Y", "verify", "-f", "allowed", "-I", "lena", "-n", Namespace::Vote.name(), "-s", "ours.sig"];
        let said = run("ssh-keygen", &verify, &text).exits(0);
        assert!(said.out.contains("Good \"aigov-vote@v1\" signature for lena"), "{}", said.all());
    }
}
