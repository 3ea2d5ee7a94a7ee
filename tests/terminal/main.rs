//! `aigov` at a terminal: the journey that README promises, typed key by key into a pseudo-terminal, with the votes given
//! by other processes. Waits for what stands on the screen, never for time.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test's own tools may fail the test")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use rexpect::session::{PtySession, spawn_command};

/// Longest wait for one thing to stand on the screen; only a failure waits that long.
const PATIENCE: Option<u64> = Some(60_000);

struct Home {
    state: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        Self { state: tempfile::tempdir().unwrap() }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aigov"));
        command.env_clear().current_dir(self.state.path());
        for (name, folder) in [("HOME", "home"), ("XDG_STATE_HOME", "state"), ("XDG_CONFIG_HOME", "config")] {
            let folder = self.state.path().join(folder);
            fs::create_dir_all(&folder).unwrap();
            command.env(name, folder);
        }
        command.env("TERM", "xterm").env("COLUMNS", "80");
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command().args(args).output().unwrap()
    }

    fn at_terminal(&self, args: &[&str], set: &[(&str, &str)]) -> Screen {
        let mut command = self.command();
        command.args(args);
        for (name, value) in set {
            command.env(name, value);
        }
        Screen { session: spawn_command(command, PATIENCE).unwrap(), seen: String::new() }
    }

    /// Says yes as somebody, with the code of what is shown.
    fn approve(&self, run: &str, gate: &str, person: &str) {
        // The line about the gate stands on the screen a moment before its record is durable, and no person is that fast.
        let mut shown = self.run(&["approve", run, gate, "--as", person]);
        for _ in 0..100 {
            if shown.status.code() != Some(5) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
            shown = self.run(&["approve", run, gate, "--as", person]);
        }
        let page = String::from_utf8(shown.stderr).unwrap();
        assert_eq!(shown.status.code(), Some(4), "without a terminal and a code nobody votes\n{page}");
        let digest = page.split("digest").nth(1).and_then(|t| t.split_whitespace().next()).unwrap();
        let code = digest.get(..6).unwrap();
        let voted = self.run(&["approve", run, gate, "--as", person, "--code", code]);
        assert_eq!(voted.status.code(), Some(0), "{}", String::from_utf8_lossy(&voted.stderr));
    }
}

struct Screen {
    session: PtySession,
    seen: String,
}

impl Screen {
    fn until(&mut self, needle: &str) -> String {
        let before = match self.session.exp_string(needle) {
            Ok(before) => before,
            Err(e) => panic!("{needle:?} never stood on the screen: {e}\n{}", self.seen),
        };
        self.seen.push_str(&before);
        self.seen.push_str(needle);
        before
    }

    fn press(&mut self, keys: &str) {
        self.session.send(keys).unwrap();
        self.session.flush().unwrap();
    }

    fn end(mut self) -> (String, i32) {
        self.seen.push_str(&self.session.exp_eof().unwrap());
        // The type of this status has no public name; `Exited(Pid(…), CODE)` is how it shows.
        let status = format!("{:?}", self.session.process().wait().unwrap());
        let code =
            status.strip_prefix("Exited(").and_then(|t| t.trim_end_matches(')').rsplit(", ").next()?.parse().ok());
        let code = code.unwrap_or_else(|| panic!("{status}\n{}", self.seen));
        (self.seen, code)
    }
}

/// What stands on the screen without movement of the cursor, colour, line ends, `SANDBOX` and lengths of time.
fn words(screen: &str) -> String {
    let mut plain = String::new();
    let mut chars = screen.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            if chars.next() == Some('[') {
                while chars.next().is_some_and(|c| !c.is_ascii_alphabetic()) {}
            }
        } else {
            plain.push(if c == '\r' { '\n' } else { c });
        }
    }
    let lines = plain.lines().map(|l| l.trim_start_matches("SANDBOX"));
    let text: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    let variable = |w: &str| {
        let inner = w.trim_matches(|c| c == '(' || c == ')');
        let is_length = w.starts_with('(') && inner.ends_with('s') && inner.starts_with(|c: char| c.is_ascii_digit());
        let is_clock = w.len() == 8 && w.as_bytes().get(2) == Some(&b':') && w.as_bytes().get(5) == Some(&b':');
        is_length || is_clock
    };
    text.into_iter().filter(|w| !variable(w)).collect::<Vec<_>>().join(" ")
}

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// The whole journey with README's keys; returns what stood on the screen and how many keys were pressed.
fn journey(home: &Home, set: &[(&str, &str)]) -> (String, usize) {
    let readme = readme();
    let typed = readme.lines().find_map(|l| l.strip_prefix("$ aigov ")).expect("README begins with a command");
    let args: Vec<&str> = typed.split_whitespace().collect();
    let mut screen = home.at_terminal(&args, set);
    let mut keys = 0;
    let mut press = |screen: &mut Screen, what: &str| {
        keys += what.len();
        screen.press(what);
    };
    screen.until("run 2");
    let run = format!("2{}", screen.until(" declared"));
    let run = run.trim_end();
    screen.until("not known yet (until");
    screen.until("): ");
    press(&mut screen, "y");
    screen.until("y confirms sev1");
    screen.until("): ");
    press(&mut screen, "y");
    screen.until("tell-customers --as carl");
    for person in ["lena", "carl"] {
        home.approve(run, "tell-customers", person);
    }
    screen.until("a whole number, ? not known yet (until");
    screen.until("): ");
    press(&mut screen, "0\n");
    screen.until("0 for a name (until");
    screen.until("): ");
    press(&mut screen, "1");
    screen.until("sign-off --as grace");
    for person in ["ada", "grace"] {
        home.approve(run, "sign-off", person);
    }
    let (seen, code) = screen.end();
    assert_eq!(code, 0, "{seen}");
    (seen, keys)
}

#[test]
fn readme_s_command_goes_from_enter_to_closed_and_shows_what_readme_shows() {
    let home = Home::new();
    let (seen, keys) = journey(&home, &[("NO_COLOR", "1")]);
    assert!(keys <= 10, "{keys} keys");
    let readme = readme();
    let transcript = readme.split("$ aigov run incident/hallucination\n").nth(1).unwrap().split("```").next().unwrap();
    let mut items: Vec<String> = Vec::new();
    for line in transcript.lines() {
        let rest = line.strip_prefix("SANDBOX ").expect("every line of the sandbox says so");
        match items.last_mut() {
            Some(last) if rest.starts_with("     ") => {
                last.push('\n');
                last.push_str(line);
            }
            _ => items.push(line.to_owned()),
        }
    }
    let screen = words(&seen);
    let mut at = 0;
    for item in items {
        let wanted = words(&item);
        let found = screen[at..].find(&wanted);
        at += found.unwrap_or_else(|| {
            panic!("README shows this, and the program does not, or not there:\n{item}\n\n{screen}")
        });
    }
    assert!(screen.contains("This was the sandbox: nothing real was touched."));
    assert!(!seen.contains("\u{1b}[3"), "NO_COLOR: no colour");
    for line in seen.split(['\n', '\r']).filter(|l| !l.contains('\u{1b}') && !l.trim().is_empty()) {
        assert!(line.starts_with("SANDBOX"), "{line:?}");
        // This pseudo-terminal echoes nothing, so that the line after a typed one follows in the same.
        let typed = line.contains("a whole number, ? not known yet (until");
        assert!(typed || line.chars().count() <= 80, "{line:?}");
    }
}

#[test]
fn a_terminal_that_can_do_nothing_gets_plain_lines() {
    let home = Home::new();
    let (seen, _) = journey(&home, &[("TERM", "dumb")]);
    assert!(!seen.contains('\u{1b}'), "no escape reaches a dumb terminal");
}

#[test]
fn a_key_typed_before_a_question_stands_there_does_not_answer_it() {
    let home = Home::new();
    let mut screen = home.at_terminal(&["run", "incident/hallucination"], &[("TERM", "dumb")]);
    // Typed ahead, while nothing is asked yet.
    screen.press("n");
    screen.until("not known yet (until");
    screen.until("): ");
    screen.press("y");
    screen.until("harm: yes, says olga");
    screen.until("y confirms sev1");
    screen.until("): ");
    // An arrow, an empty line and keys that stand for nothing are no answer either; the interrupt is heard all the same.
    screen.press("\u{1b}[A\nq2");
    screen.press("\u{3}");
    let (seen, code) = screen.end();
    assert_eq!(code, 130, "{seen}");
    assert!(!seen.contains("confirmed by olga"), "{seen}");
    assert!(words(&seen).contains("Exit 130: interrupted, resumable."), "{seen}");
}

#[test]
fn who_leaves_early_is_told_how_to_go_on() {
    let home = Home::new();
    let mut screen = home.at_terminal(&["run", "incident/hallucination"], &[("TERM", "dumb")]);
    screen.until("declared");
    screen.press("\u{3}");
    let (seen, code) = screen.end();
    assert_eq!(code, 130, "{seen}");
    assert!(words(&seen).contains("Exit 130: interrupted, resumable. Next: aigov resume 2"), "{seen}");
}

#[test]
fn a_question_that_was_left_is_asked_again_after_resume() {
    let home = Home::new();
    let mut screen = home.at_terminal(&["run", "incident/hallucination"], &[("TERM", "dumb")]);
    screen.until("not known yet (until");
    screen.until("): ");
    screen.press("\u{3}");
    assert_eq!(screen.end().1, 130);
    let mut screen = home.at_terminal(&["resume"], &[("TERM", "dumb")]);
    screen.until("not known yet (until");
    screen.until("): ");
    screen.press("?");
    screen.until("harm: not known");
    screen.until("y confirms sev1");
    screen.press("\u{3}");
    let (seen, code) = screen.end();
    assert_eq!(code, 130, "{seen}");
    let runs = home.run(&["log"]);
    assert_eq!(String::from_utf8(runs.stdout).unwrap().lines().count(), 1, "one run, resumed");
}

#[test]
fn a_name_that_is_typed_is_the_one_that_is_stopped_and_never_the_first_of_the_list() {
    for (term, prompt) in [("xterm", "5 to choose from."), ("dumb", "> ")] {
        let home = Home::new();
        let mut screen = home.at_terminal(&["stop"], &[("TERM", term)]);
        screen.until("Which automation?");
        screen.until(prompt);
        // An Enter too many takes nothing, and neither does what no line has: the question stays where it is.
        screen.press("\n");
        screen.press("gamma\n");
        screen.until("Nothing has that.");
        // A word of one description alone takes nothing either: it is not the name of what is to be stopped.
        screen.press(if term == "dumb" { "leaflets\n" } else { "\u{15}leaflets\n" });
        screen.until("That stands in its description alone:");
        screen.press(if term == "dumb" { "ops-agent\n" } else { "\u{15}ops-agent\n" });
        screen.until("ops-agent (production): STOPPED, proven");
        screen.until("1 of 1 stopped and proven");
        screen.until("leave it so");
        screen.press("n");
        let (seen, code) = screen.end();
        assert_eq!(code, 0, "{term}: {seen}");
        assert!(!seen.contains("care-guide (production)"), "{term}: {seen}");
    }
}

#[test]
fn whoever_leaves_a_choice_or_a_line_is_told_what_was_not_done_whichever_key_they_leave_with() {
    const CTRL_C: &str = "\u{3}";
    const CTRL_D: &str = "\u{4}";
    const ESC: &str = "\u{1b}";
    let chosen = "nothing was chosen Exit 130: interrupted, resumable. Next: aigov status";
    let written = "nothing was written Exit 130: interrupted, resumable. Next: aigov init";
    let stop = "Which automation?";
    for (args, term, asked, keys, told) in [
        (["stop"], "xterm", stop, CTRL_C, chosen),
        (["stop"], "xterm", stop, CTRL_D, chosen),
        (["stop"], "xterm", stop, ESC, chosen),
        (["stop"], "xterm", stop, "ops\u{3}", chosen),
        (["run"], "xterm", stop, CTRL_C, chosen),
        (["stop"], "dumb", stop, CTRL_C, chosen),
        (["stop"], "dumb", stop, CTRL_D, chosen),
        (["init"], "xterm", "type it and press Enter", CTRL_C, written),
        (["init"], "xterm", "type it and press Enter", "http\u{3}", written),
        (["init"], "dumb", "type it and press Enter", CTRL_D, written),
    ] {
        let home = Home::new();
        let mut screen = home.at_terminal(&args, &[("TERM", term)]);
        screen.until(asked);
        // The last of the question: the terminal is in the question's mode from its first.
        screen.until(if asked != stop {
            ")"
        } else if term == "dumb" {
            "> "
        } else {
            "support-replies"
        });
        screen.press(keys);
        let (seen, code) = screen.end();
        assert_eq!(code, 130, "{args:?} {term} {keys:?}: {seen}");
        assert!(words(&seen).contains(told), "{args:?} {term} {keys:?}: {}", words(&seen));
        assert!(!seen.contains("\u{1b}[?25l"), "the cursor is there all the time: {seen:?}");
    }
}

#[test]
fn a_voter_at_a_terminal_types_the_code_and_nothing_else_counts() {
    let home = Home::new();
    let mut screen = home.at_terminal(&["run", "incident/hallucination"], &[("TERM", "dumb")]);
    screen.until("run 2");
    let run = format!("2{}", screen.until(" declared"));
    let run = run.trim_end().to_owned();
    screen.until("not known yet (until");
    screen.until("): ");
    screen.press("y");
    screen.until("y confirms sev1");
    screen.until("): ");
    screen.press("y");
    screen.until("--as carl");
    for typed in ["yes\n", "\n"] {
        let mut voter = home.at_terminal(&["approve", &run, "--as", "lena"], &[("TERM", "dumb")]);
        voter.until("To approve, type ");
        voter.until("): ");
        voter.press(typed);
        let (seen, code) = voter.end();
        assert_eq!(code, 2, "{seen}");
        assert!(words(&seen).contains("nothing was voted"), "{seen}");
    }
    let mut voter = home.at_terminal(&["approve", &run, "--as", "lena"], &[("TERM", "dumb")]);
    voter.until("To approve, type ");
    let code = voter.until(" (the digest");
    voter.until("): ");
    voter.press(&format!("{code}\n"));
    assert_eq!(voter.end().1, 0);
    screen.until("lena approves: 1 more needed");
    // In whatever form the answer is wanted, nobody votes on what was not shown whole.
    let shown = home.run(&["approve", &run, "--as", "carl", "--json"]);
    assert_eq!(shown.status.code(), Some(4), "{shown:?}");
    let page = String::from_utf8(shown.stderr).unwrap();
    assert!(page.contains("Exactly these requests will be sent") && page.contains("The statement as"), "{page}");
    let json: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(json["asked"]["digest"], json["gates"][0]["act"]);
    assert!(json["asked"]["digest"].as_str().unwrap().starts_with(&code));
    assert!(json["asked"]["requests"][0]["body"].as_str().unwrap().contains("audience"), "{json}");
    assert!(json["asked"]["statement"].is_string());
    screen.press("\u{3}");
    assert_eq!(screen.end().1, 130);
}

#[test]
fn without_a_terminal_no_name_is_chosen_and_every_end_names_its_word_and_the_next_command() {
    let home = Home::new();
    for (args, code, needed) in [
        (vec!["run"], 2, "incident/unknown"),
        (vec!["run", "hallucination"], 2, "did you mean `incident/hallucination`?"),
        (vec!["plan", "incident/hallucinaton"], 2, "did you mean `incident/hallucination`?"),
        (vec!["run", "incident/hallucination", "--env", "prodution"], 2, "did you mean `production`?"),
        (vec!["run", "incident/hallucination", "--as", "olg"], 2, "did you mean `olga`?"),
        (vec!["resume"], 2, "no run is open here"),
        (vec!["brief", "nothing"], 2, "no run `nothing`"),
        (vec!["-C", "/nowhere", "status"], 2, "holds no aigov.toml"),
        (vec!["frobnicate"], 2, "unrecognized subcommand"),
    ] {
        let out = home.run(&args);
        let says = words(&String::from_utf8(out.stderr).unwrap());
        assert_eq!(out.status.code(), Some(code), "{args:?}: {says}");
        assert!(says.contains(needed), "{args:?}: {says}");
        assert!(says.contains("Exit 2: usage. Next: aigov"), "{args:?}: {says}");
        assert!(out.stdout.is_empty(), "{args:?}");
    }
    for args in [vec!["--help"], vec!["--version"], vec![], vec!["status"], vec!["log"], vec!["completions", "bash"]] {
        let out = home.run(&args);
        assert_eq!(out.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    }
}

#[test]
fn a_reader_that_leaves_early_has_seen_enough() {
    let home = Home::new();
    let mut child = home
        .command()
        .args(["plan", "incident/hallucination"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let out = child.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn the_explorer_says_what_readme_says_of_it() {
    let home = Home::new();
    let out = home.run(&["explore", "incident/hallucination"]);
    let said = words(&(String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr)));
    let readme = readme();
    let shown = readme.split("$ aigov explore incident/hallucination\n").nth(1).unwrap().split("```").next().unwrap();
    for line in shown.lines() {
        let wanted = words(line.strip_prefix("SANDBOX ").expect("every line of the sandbox says so"));
        assert!(said.contains(&wanted), "README shows `{wanted}`, the program says:\n{said}");
    }
}

#[test]
fn a_journal_that_can_not_be_opened_stops_no_stop_and_hides_no_way_to_stop() {
    let home = Home::new();
    let nothing = home.run(&["verify"]);
    assert_eq!(nothing.status.code(), Some(0), "{}", String::from_utf8_lossy(&nothing.stderr));
    let folder = home.state.path().join("state/aigov/sandbox/.aigov");
    let journal = folder.join("journal.git");
    if journal.exists() {
        fs::remove_dir_all(&journal).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    fs::write(&journal, "garbage").unwrap();
    let out = home.run(&["run", "incident/hallucination"]);
    let says = words(&String::from_utf8(out.stderr).unwrap());
    assert_eq!(out.status.code(), Some(4), "{says}");
    for needed in ["set autonomy to off; proven", "page support-ml-lead, incident-commander, support-lead"] {
        assert!(says.contains(needed), "{needed}: {says}");
    }
    let file = says.split("The record is in the emergency file ").nth(1).and_then(|t| t.split(';').next()).unwrap();
    assert!(Path::new(file).is_file(), "{file}");
    let out = home.run(&["status"]);
    assert_eq!(out.status.code(), Some(1));
    let page = words(&String::from_utf8(out.stdout).unwrap());
    assert!(page.contains("aigov stop support-replies"), "{page}");
    assert!(words(&String::from_utf8(out.stderr).unwrap()).contains("move it away"));
    fs::remove_file(&journal).unwrap();
    let out = home.run(&["resume"]);
    assert_eq!(out.status.code(), Some(4));
    assert!(!Path::new(file).exists(), "it came home");
    assert_eq!(home.run(&["verify"]).status.code(), Some(0));
}

#[test]
fn a_file_of_answers_that_does_not_fit_any_more_keeps_no_run_from_containing() {
    let home = Home::new();
    let file = home.state.path().join("answers.toml");
    fs::write(&file, "schema = 1\n[facts]\nno-such-fact = true\n").unwrap();
    let path = file.to_str().unwrap();
    let out = home.run(&["run", "incident/hallucination", "--answers", path]);
    let says = words(&String::from_utf8(out.stderr).unwrap());
    assert_eq!(out.status.code(), Some(4), "{says}");
    assert!(says.contains("no fact `no-such-fact`") && says.contains("set autonomy to off; proven"), "{says}");
    // Going on with a run contains nothing any more, so there the file has to be right.
    let out = home.run(&["resume", "--answers", path]);
    assert_eq!(out.status.code(), Some(2), "{}", String::from_utf8_lossy(&out.stderr));
}
