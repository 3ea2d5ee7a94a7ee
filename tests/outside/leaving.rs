//! Who leaves a question with Ctrl-C while a secret is asked for, or before a vote: it ends with 130 and how to go on, the
//! terminal shows again what is typed, and nobody has voted.

use std::fs;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use rexpect::session::{PtySession, spawn_command};
use ssh_key::{Cipher, Kdf, LineEnding};

use crate::approvals::{at_terminal, flat, give_key, in_earnest, number, private, somebody};
use crate::journal::Journal;
use crate::journeys::kinds;
use crate::program::Home;
use crate::suite;
use crate::world::World;

const PHRASE: &str = "correct horse";
const ENDED: &str = "ended with ";

/// A command line in a shell at a terminal that shows what is typed; behind it stand its exit code and what the terminal is
/// like then.
fn in_a_shell(home: &Home, line: &str) -> PtySession {
    shell(home, &format!("trap : INT; stty echo; $AIGOV {line}; echo \"{ENDED}$?\"; stty -a"))
}

fn shell(home: &Home, script: &str) -> PtySession {
    let program = home.command("");
    let mut shell = Command::new("/bin/sh");
    shell.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.env("AIGOV", program.get_program()).current_dir(home.desk()).arg("-c").arg(script);
    spawn_command(shell, Some(60_000)).expect("a pseudo-terminal")
}

/// What was said last; that it ended so, and that the terminal shows again what is typed.
fn ends(mut session: PtySession, code: i32) -> String {
    let said = session.exp_string(ENDED).unwrap();
    let after = session.exp_eof().unwrap();
    assert!(after.starts_with(&code.to_string()), "{said}{after}");
    let modes: Vec<&str> = after.split([' ', ';', '\r', '\n']).collect();
    assert!(modes.contains(&"echo") && !modes.contains(&"-echo"), "{said}{after}");
    flat(&said)
}

/// Encrypts somebody's key with the passphrase.
fn locked(person: &str, file: &std::path::Path) {
    let kdf = Kdf::Bcrypt { salt: vec![7; 16], rounds: 1 };
    let key = private(number(person)).encrypt_with(Cipher::Aes256Ctr, kdf, 7, PHRASE).unwrap();
    // One that anybody can read is refused by OpenSSH; this writes one that nobody else can.
    key.write_openssh_file(file, LineEnding::LF).unwrap();
}

#[test]
fn a_passphrase_is_asked_for_at_the_terminal_wherever_the_output_goes_and_can_be_left() {
    let home = Home::new();
    let _world = World::new(&home);
    in_earnest(&home);
    give_key(&home, number("olga"));
    home.run("run incident/hallucination --answers answers.toml").exits(4);
    let run = Journal::below(home.all()).expect("a journal").only_run();
    home.run(&format!("note {run} line-is-up-again")).exits(0);
    let file = home.all().join("locked");
    locked("olga", &file);
    let open = format!("show {run} --open --identity {}", file.display());

    for typed in ["\u{3}", "correct ho\u{3}"] {
        let mut session = in_a_shell(&home, &open);
        session.exp_string("Passphrase of").unwrap();
        session.send(typed).unwrap();
        session.flush().unwrap();
        let said = ends(session, 130);
        assert!(said.contains("nothing more was opened Exit 130: interrupted, resumable. Next: aigov show"), "{said}");
        assert!(!said.contains("line-is-up-again") && !said.contains("correct"), "{said}");
    }

    // What was redirected is no reason not to ask: the question is no part of it.
    for (redirected, kept) in [("", None), (" 2>errors", None), (" >opened", Some("opened"))] {
        let mut session = in_a_shell(&home, &format!("{open}{redirected}"));
        session.exp_string("Passphrase of").unwrap();
        session.send_line(PHRASE).unwrap();
        let said = ends(session, 0);
        let said = kept.map_or(said, |name| fs::read_to_string(home.desk().join(name)).unwrap());
        assert!(said.contains("line-is-up-again") && !said.contains(PHRASE), "{redirected}: {said}");
    }

    // Where nobody can be asked, it is said what would do.
    ends(in_a_shell(&home, &format!("{open} >opened 2>errors")), 1);
    for said in [fs::read_to_string(home.desk().join("errors")).unwrap(), home.run(&open).exits(1).err] {
        let said = flat(&said);
        assert!(said.contains("at most one of standard output and standard error redirected"), "{said}");
    }
}

#[test]
fn who_leaves_after_a_passphrase_was_asked_for_is_told_how_to_go_on() {
    let home = Home::new();
    let _world = World::new(&home);
    in_earnest(&home);
    give_key(&home, number("olga"));
    home.run("run incident/hallucination --answers answers.toml").exits(4);
    let run = Journal::below(home.all()).expect("a journal").only_run();
    // More than a pipe takes while nobody reads: in the middle of that it stands when Ctrl-C comes.
    home.run(&format!("note {run} {}", "long-".repeat(20_000))).exits(0);
    let file = home.all().join("locked");
    locked("olga", &file);
    let open = format!("$AIGOV show {run} --open --identity {}", file.display());
    let reads_nothing = "trap '' INT; while [ ! -e gone ]; do sleep 0.1; done";
    let script = format!("{{ trap : INT; {open}; echo \"{ENDED}$?\" >&2; }} | {{ {reads_nothing}; }}; stty -a");
    let mut session = shell(&home, &format!("trap : INT; stty echo; {script}"));
    session.exp_string("Passphrase of").unwrap();
    session.send_line(PHRASE).unwrap();
    sleep(Duration::from_secs(1));
    session.send_control('c').unwrap();
    let said = flat(&session.exp_string(ENDED).unwrap());
    fs::write(home.desk().join("gone"), "").unwrap();
    let after = session.exp_eof().unwrap();
    assert!(after.starts_with("130"), "{said}{after}");
    let told = "nothing on record is lost Exit 130: interrupted, resumable. Next: aigov status";
    assert!(said.contains(told), "{said}");
}

#[test]
fn a_voter_who_leaves_has_not_voted_and_is_told_how_to_go_on() {
    let home = Home::new();
    let _world = World::new(&home);
    in_earnest(&home);
    give_key(&home, number("olga"));
    home.run("run incident/hallucination --answers answers.toml").exits(4);
    let journal = || Journal::below(home.all()).expect("a journal");
    let run = journal().only_run();
    let at = format!("-C {}", home.desk().display());
    let lena = somebody("lena");
    for typed in ["\u{3}", "12a\u{3}", "\u{4}"] {
        let mut session = in_a_shell(&lena, &format!("approve {run} --as lena {at}"));
        session.exp_regex("type [0-9a-f]{6} ").unwrap();
        session.exp_string("): ").unwrap();
        session.send(typed).unwrap();
        session.flush().unwrap();
        let said = ends(session, 130);
        let next = format!("Exit 130: interrupted, resumable. Next: aigov approve {run} tell-customers --as lena");
        assert!(said.contains(&format!("nothing was voted {next}")), "{typed:?}: {said}");
    }
    if suite::variable("AIGOV_SUITE_GIT").is_some() {
        // OpenSSH asks for this one.
        locked("lena", &lena.all().join("home/.ssh/id_ed25519"));
        for typed in ["\u{3}", "correct ho\u{3}"] {
            let mut session = in_a_shell(&lena, &format!("approve {run} {at}"));
            let (_, asked) = session.exp_regex("type [0-9a-f]{6} ").unwrap();
            session.exp_string("): ").unwrap();
            session.send_line(asked.trim().rsplit(' ').next().unwrap()).unwrap();
            session.exp_string("passphrase").unwrap();
            session.send(typed).unwrap();
            session.flush().unwrap();
            let said = ends(session, 130);
            assert!(said.contains("nothing was voted Exit 130"), "{typed:?}: {said}");
        }
    }
    let voted = || kinds(&journal().records(&run)).contains(&"vote-counted".to_owned());
    home.run("resume --answers answers.toml").exits(4);
    assert!(!voted(), "somebody who left has voted");
    // And who comes back has a voice.
    fs::remove_file(lena.all().join("home/.ssh/id_ed25519")).unwrap();
    give_key(&lena, number("lena"));
    let (code, said) = at_terminal(lena.command(&format!("approve {run} {at}")));
    assert_eq!(code, 0, "{said}");
    home.run("resume --answers answers.toml").exits(4);
    assert!(voted());
}
