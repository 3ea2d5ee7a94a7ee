//! What is committed decides who may vote: a line in the working tree, a key that was put back, a commit a second ago, and a
//! repository that git does not trust.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use aigov::approval::Namespace;
use aigov::model::key::PublicKey;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use p256::ecdsa::signature::Signer as _;
use sha2::{Digest as _, Sha512};
use ssh_key::HashAlg;
use ssh_key::certificate::{Builder, CertType};

use crate::approvals::{at_terminal, flat, give_key, in_earnest, number, private, somebody};
use crate::bad_input::DONE;
use crate::journal::Journal;
use crate::journeys::{code_in, kinds};
use crate::program::Home;
use crate::world::World;

const RUN: &str = "run incident/hallucination --answers answers.toml";
const RESUME: &str = "resume --answers answers.toml";

/// Commits people.toml and aigov.toml as they are, at a time.
fn commit(home: &Home, seconds: i64) -> git2::Oid {
    let repo = git2::Repository::init(home.desk()).unwrap();
    let mut index = repo.index().unwrap();
    for path in ["people.toml", "aigov.toml"] {
        index.add_path(Path::new(path)).unwrap();
    }
    index.write().unwrap();
    let tree = repo.find_tree(index.write_tree().unwrap()).unwrap();
    let who = git2::Signature::new("m", "mallory@sandbox.test", &git2::Time::new(seconds, 0)).unwrap();
    let parent = repo.head().ok().and_then(|h| h.peel_to_commit().ok());
    repo.commit(Some("HEAD"), &who, &who, "a change", &tree, &parent.iter().collect::<Vec<_>>()).unwrap()
}

/// A branch of a remote, as a fetch would leave it.
fn remote_has(home: &Home, commit: git2::Oid) {
    let repo = git2::Repository::open(home.desk()).unwrap();
    repo.reference("refs/remotes/origin/main", commit, true, "fetched").unwrap();
}

#[expect(clippy::disallowed_methods, reason = "a commit that is made now has a clock of its own")]
fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

fn journal(home: &Home) -> Journal {
    Journal::below(home.all()).expect("a journal")
}

fn read(home: &Home, name: &str) -> String {
    fs::read_to_string(home.desk().join(name)).unwrap()
}

fn loosened(home: &Home, extra: &str) {
    home.write("aigov.toml", &read(home, "aigov.toml").replacen("schema = 1\n", &format!("schema = 1\n{extra}\n"), 1));
}

#[test]
fn a_line_in_the_working_tree_makes_no_demonstration() {
    let home = Home::new();
    let world = World::new(&home);
    in_earnest(&home);
    give_key(&home, number("olga"));
    commit(&home, 1_000);
    loosened(&home, "demo = true");
    let first = home.run(RUN).exits(4);
    assert!(flat(&first.err).contains("`demo = true` does not count here: aigov.toml of HEAD"), "{}", first.err);
    let run = journal(&home).only_run();
    let named = home.run(&format!("approve {run} --as lena")).exits(5);
    assert!(flat(&named.err).contains("no key of lena is here"), "{}", named.err);
    let plan = &journal(&home).records(&run)[0]["detail"]["start"]["plan"];
    assert_eq!(plan["votes"], "signed");
    assert!(!world.seen().iter().any(|a| a.method == "POST" && a.path.contains("/statements")));
}

#[test]
fn where_names_are_enough_that_is_said_wherever_a_gate_was_passed() {
    let home = Home::new();
    let _world = World::new(&home);
    commit(&home, 1_000);
    let first = home.run(&format!("{RUN} --as olga")).exits(4);
    assert!(flat(&first.err).contains("DOUBT approvals are names only here, and nobody signs them"), "{}", first.err);
    let run = journal(&home).only_run();
    for person in ["lena", "carl"] {
        let shown = home.run(&format!("approve {run} --as {person}"));
        assert!(flat(&shown.err).contains("unsigned approvals are names only here"), "{}", shown.err);
        home.run(&format!("approve {run} --as {person} --code {}", code_in(&shown))).exits(0);
    }
    home.run(&format!("{RESUME} --as olga")).exits(4);
    let told = home.run(&format!("verify {run}")).exits(0);
    let says = flat(&told.all());
    assert!(says.contains("gate tell-customers was passed by names only: nobody signed"), "{says}");
    let told = home.run(&format!("show {run}")).exits(0);
    let says = flat(&told.all());
    assert!(says.contains("(names only, nobody signed)"), "{says}");
    assert!(says.contains("unsigned approvals are names only here"), "{says}");
}

#[test]
fn the_floor_that_is_committed_holds_whatever_the_working_tree_says() {
    let home = Home::new();
    let _world = World::new(&home);
    in_earnest(&home);
    let settings = read(&home, "aigov.toml");
    assert!(!settings.contains("[policy]"));
    home.write("aigov.toml", &format!("{settings}\n[policy.touch]\nfunctions = [\"legal\"]\n"));
    commit(&home, 1_000);
    home.write("aigov.toml", &settings);
    let first = home.run(RUN).exits(4);
    assert!(flat(&first.err).contains("`[policy]` asks for less than in HEAD"), "{}", first.err);
    let run = journal(&home).only_run();
    let gates = &journal(&home).records(&run)[0]["detail"]["start"]["plan"]["gates"];
    let gate = gates.as_array().unwrap().iter().find(|g| g["id"] == "tell-customers").unwrap();
    assert_eq!(gate["touch"], "touch", "{gate}");
}

/// `people.toml` with one person's key revoked.
fn revoked(people: &str, person: &str) -> String {
    let line = private(number(person)).public_key().to_openssh().unwrap();
    let before = format!("keys = [\"{line} {person}\"]");
    assert!(people.contains(&before));
    people.replace(&before, &format!("keys = [{{ key = \"{line} {person}\", revoked = 2026-01-01 }}]"))
}

#[test]
fn a_key_that_a_commit_revokes_does_not_vote_because_it_was_put_back_in_the_working_tree() {
    let home = Home::new();
    let _world = World::new(&home);
    in_earnest(&home);
    give_key(&home, number("olga"));
    let settings = read(&home, "aigov.toml");
    home.write("aigov.toml", &format!("{settings}\n[policy]\nroster = \"origin/main\"\n"));
    let first = commit(&home, 1_000);
    remote_has(&home, first);
    home.run(RUN).exits(4);
    let run = journal(&home).only_run();
    let people = read(&home, "people.toml");
    let votes = |person: &str| {
        let voter = somebody(person);
        at_terminal(voter.command(&format!("approve {run} -C {}", home.desk().display())))
    };
    let (code, said) = votes("carl");
    assert_eq!(code, 0, "{said}");
    // By a commit on the branch that is checked out.
    home.write("people.toml", &revoked(&people, "lena"));
    commit(&home, 2_000);
    home.write("people.toml", &people);
    let (code, said) = votes("lena");
    assert!(code == 5 && flat(&said).contains("its key was revoked"), "{said}");
    // By one that was fetched; the working tree does not name the ref any more, and HEAD does.
    home.write("people.toml", &revoked(&people, "carl"));
    let theirs = commit(&home, 3_000);
    remote_has(&home, theirs);
    home.write("people.toml", &people);
    commit(&home, 4_000);
    home.write("aigov.toml", &settings);
    home.run(RESUME).exits(4);
    let records = journal(&home).records(&run);
    let refused = records.iter().find(|r| r["event"]["kind"] == "vote-refused").expect("a vote that was refused");
    assert_eq!(refused["detail"]["vote"]["person"], "carl");
    assert!(refused["detail"]["note"].as_str().unwrap().contains("its key was revoked"), "{refused}");
    assert!(!kinds(&records).contains(&"vote-counted".to_owned()));
}

/// A signature by a key under a certificate, as ssh-keygen writes it.
fn signed_under(certificate: &[u8], with: u8, namespace: Namespace, text: &str) -> String {
    let put = |out: &mut Vec<u8>, part: &[u8]| {
        out.extend(u32::try_from(part.len()).unwrap().to_be_bytes());
        out.extend(part);
    };
    let mut over = b"SSHSIG".to_vec();
    for part in [namespace.name().as_bytes(), b"", b"sha512", &Sha512::digest(text)] {
        put(&mut over, part);
    }
    let signature: Vec<u8> = private(with).try_sign(&over).unwrap().try_into().unwrap();
    let mut blob = b"SSHSIG\0\0\0\x01".to_vec();
    for part in [certificate, namespace.name().as_bytes(), b"", b"sha512", &signature] {
        put(&mut blob, part);
    }
    let armour = STANDARD.encode(blob);
    format!("-----BEGIN SSH SIGNATURE-----\n{armour}\n-----END SSH SIGNATURE-----\n")
}

#[test]
fn an_authority_that_is_taken_out_while_a_run_is_open_vouches_for_nobody_any_more() {
    const AUTHORITY: u8 = 88;
    const LENAS: u8 = 77;
    let home = Home::new();
    let _world = World::new(&home);
    in_earnest(&home);
    give_key(&home, number("olga"));
    let people = read(&home, "people.toml");
    let line = |n: u8| private(n).public_key().to_openssh().unwrap();
    let trusting = people.replacen("schema = 1\n", &format!("schema = 1\nca = [\"{}\"]\n", line(AUTHORITY)), 1);
    assert_ne!(trusting, people);
    home.write("people.toml", &trusting);
    home.run(RUN).exits(4);
    let run = journal(&home).only_run();
    let key = private(LENAS).public_key().clone();
    let mut builder = Builder::new(vec![1; 16], key.key_data().clone(), 1_000, 4_000_000_000).unwrap();
    builder.valid_principal("lena").unwrap().cert_type(CertType::User).unwrap();
    let certificate = builder.sign(&private(AUTHORITY)).unwrap().to_bytes().unwrap();
    let lena = somebody("lena");
    let at = format!("-C {}", home.desk().display());
    let printed = lena.run(&format!("approve {run} --print --as lena {at}")).exits(0);
    let own = private(number("lena")).public_key().fingerprint(HashAlg::Sha256).to_string();
    assert!(printed.out.contains(&own), "{}", printed.out);
    let short = |n: u8| PublicKey::parse(&line(n)).unwrap().short();
    let statement = printed.out.replace(&own, &key.fingerprint(HashAlg::Sha256).to_string());
    let statement = statement.replace(&short(number("lena")), &short(LENAS));
    let file = lena.all().join("statement.txt");
    fs::write(&file, &statement).unwrap();
    let signature = signed_under(&certificate, LENAS, Namespace::Vote, &statement);
    fs::write(lena.all().join("statement.txt.sig"), signature).unwrap();
    lena.run(&format!("approve {run} --import {} {at}", file.display())).exits(0);
    // Trusted when the run began, and not any more when it counts.
    home.write("people.toml", &people);
    home.run(RESUME).exits(4);
    let records = journal(&home).records(&run);
    let refused = records.iter().find(|r| r["event"]["kind"] == "vote-refused").expect("a vote that was refused");
    assert_eq!(refused["detail"]["vote"]["person"], "lena");
    let why = refused["detail"]["note"].as_str().unwrap();
    assert_eq!(why, "the authority that vouches for its key is not in people.toml any more");
}

#[test]
fn the_ref_that_is_committed_is_asked_though_the_working_tree_names_another() {
    let home = Home::new();
    let _world = World::new(&home);
    in_earnest(&home);
    let settings = read(&home, "aigov.toml");
    home.write("aigov.toml", &format!("{settings}\n[policy]\nroster = \"origin/main\"\n"));
    let first = commit(&home, 1_000);
    remote_has(&home, first);
    // A key of one's own, committed a second ago, and the line that would ask the remote taken out.
    let people = read(&home, "people.toml");
    let line = |n: u8| private(n).public_key().to_openssh().unwrap();
    home.write(
        "people.toml",
        &people.replace(&line(number("lena")), &format!("{}\", \"{}", line(number("lena")), line(66))),
    );
    commit(&home, now());
    for says in [settings.clone(), format!("{settings}\n[policy]\nroster = \"HEAD\"\n")] {
        home.write("aigov.toml", &says);
        let said = home.run(RUN).exits(4);
        assert!(flat(&said.err).contains("people.toml has keys that HEAD and origin/main"), "{}", said.err);
    }
    let blob = line(66).split(' ').nth(1).unwrap().to_owned();
    let journal = journal(&home);
    for run in journal.runs().keys() {
        let start = &journal.records(run)[0]["detail"]["start"];
        assert!(!start["plan"]["roster"].to_string().contains(&blob), "{start}");
        let refs: Vec<&str> =
            start["roster"]["refs"].as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap()).collect();
        assert_eq!(refs, ["HEAD", "origin/main"]);
        assert_eq!(start["roster"]["refs"][1]["commit"], first.to_string());
    }
}

#[test]
fn a_roster_that_was_committed_a_second_before_is_told_to_everybody() {
    let home = Home::new();
    let _world = World::new(&home);
    in_earnest(&home);
    give_key(&home, number("olga"));
    commit(&home, now());
    let first = home.run(RUN).exits(4);
    let says = |said: &str| {
        let said = flat(said);
        assert!(said.contains("before the run began by mallory@sandbox.test in commit"), "{said}");
        assert!(said.contains("which is on no remote branch, so nobody else may have seen it"), "{said}");
    };
    says(&first.err);
    let run = journal(&home).only_run();
    let at = format!("-C {}", home.desk().display());
    says(&somebody("lena").run(&format!("approve {run} {at}")).exits(4).err);
    says(&home.run(&format!("verify {run}")).exits(0).all());
    says(&home.run(&format!("show {run}")).exits(0).all());

    // Old, and where others have it: nothing to be said.
    let home = Home::new();
    let _world = World::new(&home);
    in_earnest(&home);
    let old = commit(&home, 1_000);
    remote_has(&home, old);
    let said = home.run(RUN).exits(4);
    assert!(!flat(&said.err).contains("before the run began"), "{}", said.err);
}

#[test]
fn a_repository_that_can_not_be_opened_is_not_none() {
    let home = Home::new();
    let _world = World::new(&home);
    in_earnest(&home);
    home.write(".git/HEAD", "ref: refs/heads/main\n");
    home.write(".git/config", "[core\n");
    fs::create_dir_all(home.desk().join(".git/objects")).unwrap();
    fs::create_dir_all(home.desk().join(".git/refs")).unwrap();
    let said = home.run(RUN).exits(4);
    assert!(flat(&said.err).contains("nobody can vote, because its repository can't be opened"), "{}", said.err);
    let run = journal(&home).only_run();
    let records = journal(&home).records(&run);
    assert_eq!(records[0]["detail"]["start"]["plan"]["roster"].to_string(), "[]");
    assert!(kinds(&records).contains(&"step-proved".to_owned()), "contained all the same");
}

#[test]
fn a_repository_of_another_user_says_nothing_and_its_working_tree_says_not_more() {
    let home = Home::new();
    let _world = World::new(&home);
    in_earnest(&home);
    give_key(&home, number("olga"));
    commit(&home, 1_000);
    let theirs = [home.desk(), home.desk().join(".git")];
    if theirs.iter().any(|folder| std::os::unix::fs::chown(folder, Some(4_242), None).is_err()) {
        println!("skipped: only root can give a folder away");
        return;
    }
    let said = home.run(RUN).exits(4);
    let says = flat(&said.err);
    assert!(
        says.contains("LIVE, production: workspace") && says.contains("in a repository that can't be read"),
        "{says}"
    );
    assert!(says.contains("nobody can vote, because its repository belongs to another user"), "{says}");
    assert!(says.contains("git config --global --add safe.directory"), "{says}");
    let records = journal(&home).records(&journal(&home).only_run());
    assert_eq!(records[0]["detail"]["start"]["plan"]["roster"].to_string(), "[]");
    assert!(kinds(&records).contains(&"step-proved".to_owned()), "contained all the same");
    home.run("stop support-replies").exits(0);
}

#[test]
fn whoever_names_somebody_whose_key_is_not_here_contains_all_the_same_and_goes_no_further() {
    let home = Home::new();
    let world = World::new(&home);
    in_earnest(&home);
    commit(&home, 1_000);
    let first = home.run(&format!("{RUN} --as lena")).exits(4);
    let said = flat(&first.err);
    assert!(said.contains("no key of lena is here"), "{said}");
    assert!(said.contains("the run contains all the same, by nobody who is known"), "{said}");
    let run = journal(&home).only_run();
    let kinds = kinds(&journal(&home).records(&run));
    assert!(kinds.contains(&"step-proved".to_owned()), "{kinds:?}");
    assert!(!world.seen().iter().any(|a| a.method == "POST" && a.path.contains("/statements")));
    // From there on a name is not enough.
    let again = home.run("resume --as lena").exits(5);
    assert!(flat(&again.err).contains("no key of lena is here"), "{}", again.err);
    // Whoever only says something contains nothing, and is known or says it under no name.
    home.write("done.toml", DONE);
    let entered = home.run("record support-replies --from done.toml --as lena").exits(5);
    assert!(flat(&entered.err).contains("no key of lena is here"), "{}", entered.err);
    assert_eq!(journal(&home).only_run(), run);
}
