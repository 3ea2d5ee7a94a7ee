//! Approvals that are somebody's: a workspace that is no demonstration, people with homes and keys of their own, and each
//! of them at a terminal.

use std::fs;
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

fn private(n: u8) -> PrivateKey {
    PrivateKey::from(Ed25519Keypair::from_seed(&[n; 32]))
}

fn number(person: &str) -> u8 {
    u8::try_from(PEOPLE.iter().position(|p| *p == person).unwrap()).unwrap() + 1
}

/// A key file in a home, where OpenSSH keeps one.
fn give_key(home: &Home, n: u8) -> PathBuf {
    let folder = home.all().join("home/.ssh");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("id_ed25519");
    private(n).write_openssh_file(&file, LineEnding::LF).unwrap();
    fs::write(folder.join("id_ed25519.pub"), private(n).public_key().to_openssh().unwrap()).unwrap();
    file
}

/// Makes the workspace of a desk one where only signed votes count, and everybody has a key.
fn in_earnest(home: &Home) {
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
fn at_terminal(command: Command) -> (i32, String) {
    let mut session = rexpect::session::spawn_command(command, Some(60_000)).expect("a pseudo-terminal");
    let (_, asked) = session.exp_regex("type [0-9a-f]{6} ").expect("the code is asked for");
    session.send_line(asked.trim().rsplit(' ').next().unwrap()).unwrap();
    let rest = session.exp_eof().unwrap();
    let status = format!("{:?}", session.process_mut().wait().unwrap());
    let code = status.rsplit([' ', ')']).find_map(|w| w.parse().ok());
    let code = code.unwrap_or_else(|| panic!("{status}\n{rest}"));
    (code, rest)
}

fn approves(voter: &Home, desk: &Path, run: &str) {
    let command = voter.command(&format!("approve {run} -C {}", desk.display()));
    let (code, said) = at_terminal(command);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains(" approves "), "{said}");
}

/// What was said, without the breaks of its lines.
fn flat(said: &str) -> String {
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn somebody(person: &str) -> Home {
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

    home.run("resume --answers answers.toml").exits(4);
    home.run("resume --answers answers.toml").exits(4);
    assert_eq!(letters(), 1);
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
}

/// An ssh-agent that ends with the test.
struct Agent(Child, PathBuf);

impl Agent {
    fn start(home: &Home, key: &Path) -> Self {
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

#[test]
fn two_machines_two_agents_and_a_remote_between_them() {
    let Some(git) = suite::variable("AIGOV_SUITE_GIT") else { return };
    let mut remotes = vec![("file://".to_owned(), String::new())];
    if let (Some(ssh), Some(command)) = (suite::variable("AIGOV_SUITE_SSH"), suite::variable("GIT_SSH_COMMAND")) {
        remotes.push((ssh, command));
    }
    for (url, ssh) in remotes {
        let olga = Home::new();
        let _world = World::new(&olga);
        in_earnest(&olga);
        give_key(&olga, number("olga"));
        let remote = olga.all().join("remote.git");
        assert!(Command::new(&git).args(["init", "--quiet", "--bare"]).arg(&remote).status().unwrap().success());
        let settings = fs::read_to_string(olga.desk().join("aigov.toml")).unwrap();
        olga.write("aigov.toml", &format!("{settings}\n[journal]\nremote = \"{url}{}\"\n", remote.display()));
        let path = format!("{}:/usr/bin:/bin", Path::new(&git).parent().unwrap().display());
        let with = |home: &Home, arguments: &str, agent: Option<&Agent>| {
            let mut command = home.command(arguments);
            command.env("PATH", &path).env("GIT_SSH_COMMAND", &ssh);
            if ssh.is_empty() {
                command.env_remove("GIT_SSH_COMMAND");
            }
            if let Some(Agent(_, socket)) = agent {
                command.env("SSH_AUTH_SOCK", socket);
            }
            command
        };
        let say = |home: &Home, arguments: &str| {
            Said::from(&with(home, arguments, None).stdin(Stdio::null()).output().unwrap())
        };
        say(&olga, "run incident/hallucination --answers answers.toml").exits(4);
        let run = Journal::below(olga.all()).expect("a journal").only_run();
        for person in ["lena", "carl"] {
            let voter = Home::new();
            for file in ["aigov.toml", "people.toml"] {
                voter.write(file, &fs::read_to_string(olga.desk().join(file)).unwrap());
            }
            let agent = Agent::start(&voter, &give_key(&voter, number(person)));
            let (code, said) = at_terminal(with(&voter, &format!("approve {run}"), Some(&agent)));
            assert_eq!(code, 0, "{said}");
            assert!(!said.contains("DOUBT"), "{said}");
        }
        say(&olga, "resume --answers answers.toml").exits(4);
        say(&olga, "resume --answers answers.toml").exits(4);
        let kinds = kinds(&Journal::below(olga.all()).expect("a journal").records(&run));
        assert!(kinds.contains(&"gate-granted".to_owned()), "{kinds:?}");
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
