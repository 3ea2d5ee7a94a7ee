//! A game day with people, each in a process of their own: whoever plays, the game master, an approver who is not there.

use std::fs;
use std::process::Stdio;

use serde_json::Value;

use crate::program::{Home, Said};

const ANSWERS: &str = "schema = 1\nseverity = \"proposed\"\n[facts]\nharm = true\n";

/// Runs it with proxies in the environment that lead nowhere: a drill that asked one of them would fail.
fn run(home: &Home, arguments: &str) -> Said {
    let mut command = home.command(&format!("--sandbox {arguments}"));
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        command.env(name, "http://198.51.100.7:9");
    }
    Said::from(&command.stdin(Stdio::null()).output().unwrap())
}

fn assert_marked(said: &Said) {
    for line in said.all().lines() {
        assert!(line.starts_with("DRILL"), "without the mark: {line}\n{}", said.all());
    }
}

/// What was said without marks and line ends.
fn flat(said: &Said) -> String {
    let all = said.all();
    all.lines().flat_map(|l| l.trim_start_matches("DRILL").split_whitespace()).collect::<Vec<_>>().join(" ")
}

fn drill(home: &Home) -> String {
    let listed = run(home, "score --json").exits(0);
    let whole: Value = serde_json::from_str(listed.out.lines().next().unwrap()).unwrap();
    whole["run"].as_str().unwrap().to_owned()
}

fn records(home: &Home, id: &str) -> Vec<Value> {
    let said = run(home, &format!("watch {id} --once --json")).exits(0);
    said.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

#[test]
fn a_team_plays_with_a_game_master_and_somebody_absent() {
    let home = Home::new();
    home.write("answers.toml", ANSWERS);
    let begun = run(&home, "rehearse gameday/silent-approver --answers answers.toml --as olga").exits(4);
    assert_marked(&begun);
    for part in ["INJECT report by press to on-call", "stop-sending", "tell-customers: waits for"] {
        assert!(begun.all().contains(part), "{part}:\n{}", begun.all());
    }
    let id = drill(&home);

    // Who is absent is absent, whatever their key could do.
    let absent = run(&home, &format!("approve {id} --as lena --code 000000")).exits(5);
    assert!(absent.all().contains("lena is absent in this drill (unreachable)"), "{}", absent.all());
    assert_marked(&absent);

    // The game master's terminal: the schedule, with what players must not see; an outsider; the time.
    let schedule = run(&home, &format!("master {id}")).exits(0);
    assert!(schedule.out.contains("TRAP:") && schedule.out.contains("t+20:00"), "{}", schedule.out);
    assert!(schedule.all().contains("lena is absent from t+00:00: unreachable"), "{}", schedule.all());
    assert_marked(&schedule);
    for order in ["next", "pause", "resume", "skip report"] {
        assert_marked(&run(&home, &format!("master {id} {order}")).exits(0));
    }
    let mut says = home.command(&format!("--sandbox master {id} say --channel vendor --as mia"));
    says.arg("all is well\u{1b}[2J, approve it");
    assert!(says.output().unwrap().status.success());
    assert_marked(&run(&home, &format!("note {id} seen --as carl")).exits(0));

    // Whoever plays takes it all up, in its order, escaped, with the mark.
    let on = run(&home, &format!("resume {id} --as olga")).exits(4);
    assert_marked(&on);
    for part in ["INJECT pressure by phone", "holds the time", "lets the time go on", "by vendor to"] {
        assert!(on.all().contains(part), "{part}:\n{}", on.all());
    }
    assert!(!on.all().contains('\u{1b}') && !on.all().contains("TRAP"), "{}", on.all());
    let told = records(&home, &id);
    assert!(told.iter().all(|r| r["drill"] == true), "every record carries the mark");
    let delivered: Vec<&str> = told.iter().filter_map(|r| r["detail"]["drill"]["what"].as_str()).collect();
    assert_eq!(delivered, ["inject", "inject", "paused", "resumed", "inject"], "what came in already is not left out");
    let again = run(&home, &format!("resume {id} --as olga")).exits(4);
    assert!(!again.all().contains("INJECT"), "each thing is taken once:\n{}", again.all());

    // Anybody ends it with its word, and with nothing else.
    let mut wrong = home.command(&format!("--sandbox master {id} abort"));
    assert_eq!(wrong.arg("no problem").output().unwrap().status.code(), Some(2));
    let mut word = home.command(&format!("--sandbox master {id} abort"));
    assert!(word.arg("NO DUFF").output().unwrap().status.success());
    let over = run(&home, &format!("resume {id} --as olga"));
    assert!(over.all().contains("ABORTED: from here on it is real"), "{}", over.all());
    assert!(over.all().contains(&format!("aigov score {id}")), "{}", over.all());
    run(&home, &format!("resume {id} --as olga")).exits(2);

    // Anybody computes the score from the record alone.
    let score = run(&home, &format!("score {id}"));
    assert!(score.out.contains("DRILL score") && score.out.contains("silence"), "{}", score.out);
    let refs = fs::read_dir(home.all().join("home/.local/state/aigov/sandbox/.aigov/journal.git/refs/heads")).unwrap();
    let names: Vec<String> = refs.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    assert!(names.contains(&"aigov-drill".to_owned()), "{names:?}");
    let real = home.all().join("home/.local/state/aigov/sandbox/.aigov/journal.git/refs/heads/aigov/run");
    assert_eq!(fs::read_dir(real).unwrap().count(), 0, "nothing of it stands among real runs");
}

/// Writes the last commit of a drill anew under another name, as somebody with the files can who holds no key.
fn rewritten(home: &Home, id: &str) {
    let journal = home.all().join("home/.local/state/aigov/sandbox/.aigov/journal.git");
    let repository = git2::Repository::open_bare(journal).unwrap();
    let branch = format!("refs/heads/aigov-drill/run/{id}");
    let tip = repository.find_reference(&branch).unwrap().peel_to_commit().unwrap();
    let mallory = git2::Signature::new("mallory", "mallory@sandbox.test", &tip.author().when()).unwrap();
    tip.amend(Some(&branch), Some(&mallory), Some(&mallory), None, None, None).unwrap();
}

#[test]
fn a_score_is_worth_what_the_record_of_the_drill_is_worth() {
    let home = Home::new();
    home.write("answers.toml", ANSWERS);
    run(&home, "rehearse gameday/silent-approver --answers answers.toml --as olga").exits(4);
    let id = drill(&home);
    let mut word = home.command(&format!("--sandbox master {id} abort"));
    assert!(word.arg("NO DUFF").output().unwrap().status.success());
    run(&home, &format!("resume {id} --as olga"));
    let whole = run(&home, &format!("score {id}"));
    assert!(!whole.all().contains("proves nothing") && whole.code != Some(8), "{}", whole.all());
    rewritten(&home, &id);
    for how in ["", " --json", " --html"] {
        let broken = run(&home, &format!("score {id}{how}")).exits(8);
        let says = flat(&broken);
        assert!(says.contains("is not whole, so this score proves nothing"), "{how}: {says}");
        assert!(says.contains("the commit's signature is gone"), "{how}: {says}");
    }
}

#[test]
fn nobody_practises_in_production() {
    let home = Home::new();
    let said = run(&home, "rehearse gameday/silent-approver --env production --answers a --as olga").exits(5);
    assert!(said.all().contains("is marked `production`: nobody practises there"), "{}", said.all());
}

/// A key file as OpenSSH writes one, and its public line beside it.
fn key(home: &Home, name: &str, seed: u8) -> String {
    let pair = ssh_key::private::Ed25519Keypair::from_seed(&[seed; 32]);
    let key = ssh_key::PrivateKey::new(pair.into(), name).unwrap();
    let path = home.write(name, &key.to_openssh(ssh_key::LineEnding::LF).unwrap());
    std::os::unix::fs::PermissionsExt::set_mode(&mut fs::metadata(&path).unwrap().permissions(), 0o600);
    let line = key.public_key().to_openssh().unwrap();
    home.write(&format!("{name}.pub"), &line);
    line
}

#[test]
fn what_is_sealed_is_the_masters_until_it_is_opened_and_a_remark_stands_beside_the_score() {
    let (home, world) = crate::journeys::at_work();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let runbook = "runbooks/incident/hallucination.toml";
    home.write(runbook, &fs::read_to_string(root.join(runbook)).unwrap());
    key(&home, "mia", 5);
    home.write("answers.toml", ANSWERS);
    let mut sealing = home.command("new sealed --key mia.pub");
    let mut sealing = sealing.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    std::io::Write::write_all(&mut sealing.stdin.take().unwrap(), b"The vendor has known since May.").unwrap();
    let sealed = String::from_utf8(sealing.wait_with_output().unwrap().stdout).unwrap();
    assert!(sealed.contains("BEGIN AGE") && !sealed.contains("May"), "{sealed}");
    let shipped = fs::read_to_string(root.join("runbooks/gameday/invented-policy.toml")).unwrap();
    let more = format!(
        "\n[[inject]]\nid = \"may\"\nat = \"t+0\"\nchannel = \"vendor\"\nto = [\"on-call\"]\n{sealed}\n[[player]]\nid = \"nobody\"\n"
    );
    home.write("runbooks/gameday/sealed.toml", &format!("{shipped}{more}"));

    let begun = home.run("rehearse gameday/sealed --answers answers.toml").exits(4);
    assert!(flat(&begun).contains("are played by servers on this machine"), "{}", begun.all());
    assert!(!flat(&begun).contains("in memory"), "{}", begun.all());
    assert!(flat(&begun).contains("(sealed: the game master has it)") && !flat(&begun).contains("since May"));
    assert_marked(&begun);
    assert_eq!(world.count(), 0, "nothing of the workspace's own systems was reached");
    let listed = home.run("score --json").exits(0);
    let whole: Value = serde_json::from_str(listed.out.lines().next().unwrap()).unwrap();
    let id = whole["run"].as_str().unwrap();

    // What is open shows it below what is real, with its mark.
    let status = home.run("status").exits(0);
    let at = |part: &str| status.out.find(part).unwrap_or_else(|| panic!("{part}:\n{}", status.out));
    assert!(at("DRILL ") > 0 && status.out.lines().filter(|l| l.contains(id)).all(|l| l.starts_with("DRILL")));

    // It is no real run for anybody who asks about those.
    assert!(!home.run("log").all().contains(id));
    let who = home.run("who support-replies").exits(0);
    assert!(who.out.contains("it was never stopped for real"), "{}", who.out);

    let mut word = home.command(&format!("master {id} abort"));
    assert!(word.arg("NO DUFF").output().unwrap().status.success());
    home.run(&format!("resume {id}"));
    key(&home, "eve", 6);
    let other = home.run(&format!("master {id} open --identity eve")).exits(5);
    assert!(flat(&other).contains("encrypted to others"), "{}", other.all());
    home.run(&format!("master {id} open --identity mia")).exits(0);
    let told = home.run(&format!("watch {id} --once")).exits(0);
    assert!(flat(&told).contains("was sealed; it says: The vendor has known"), "{}", told.all());

    home.run(&format!("note {id} late --evaluator --as eve --key eve")).exits(0);
    let score = home.run(&format!("score {id}"));
    assert!(score.out.contains("DRILL remark of eve (the signature holds"), "{}", score.out);
}
