//! The first hour: from an empty folder to a workspace that plans, at a terminal and without one, and what goes wrong.

use std::fs;

use serde_json::Value;

use crate::program::Home;
use crate::world::World;

const INIT: &str = "init --automation support-replies --url https://flags.example.com --person ada --person grace";

#[test]
fn init_without_a_terminal_makes_what_plans_and_overwrites_nothing() {
    let home = Home::new();
    let said = home.run(INIT).exits(0);
    for file in ["aigov.toml", "people.toml", "automations/support-replies.toml", "runbooks/incident/unknown.toml"] {
        assert!(said.err.contains(&format!("{file}: written")), "{}", said.err);
        let text = fs::read_to_string(home.desk().join(file)).unwrap();
        assert!(text.starts_with("#:schema "), "{file}");
    }
    let ignored = fs::read_to_string(home.desk().join(".aigov/.gitignore")).unwrap();
    assert!(ignored.contains("\n*\n"), "the journal is not the team's repository's");
    let planned = home.run("plan incident/unknown --json").exits(0);
    let plan: Value = serde_json::from_str(&planned.out).unwrap();
    assert_eq!(plan["plan"]["automation"], "support-replies");
    assert!(!planned.err.contains("error"), "{}", planned.err);
    let linted = home.run("lint").exits(0);
    assert!(!linted.out.contains("error["), "warnings only: {}", linted.out);
    fs::write(
        home.desk().join("people.toml"),
        "schema = 1\n[persons.zoe]\nfunctions = [\"engineering\", \"product\"]\n",
    )
    .unwrap();
    let again = home.run("init --automation second --json").exits(0);
    let written: Vec<bool> =
        again.out.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()["written"].as_bool().unwrap()).collect();
    assert_eq!(written, [false, false, true, false]);
    let second = fs::read_to_string(home.desk().join("automations/second.toml")).unwrap();
    assert!(second.contains("owner = \"zoe\""), "who is there already owns it: {second}");
    assert!(fs::read_to_string(home.desk().join("people.toml")).unwrap().contains("zoe"));
}

/// One line, with each time and each length of time as `T`.
fn shape(text: &str) -> String {
    let timed = |word: &str| {
        let bare = word.trim_end_matches([':', '.', ',']);
        let number = bare.strip_suffix("ms").or_else(|| bare.strip_suffix('s')).unwrap_or("x");
        if number.parse::<f64>().is_ok() { word.replacen(bare, "T", 1) } else { word.to_owned() }
    };
    text.split_whitespace().map(timed).collect::<Vec<_>>().join(" ")
}

#[test]
fn readme_s_first_hour_is_typed_as_it_stands_and_says_what_it_shows() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let hour = readme.split("## The first hour").nth(1).unwrap().split("```").nth(1).unwrap();
    let typed: Vec<&str> = hour.split("\n$ ").skip(1).collect();
    assert!(typed.len() <= 6, "six commands at the most: {typed:#?}");
    let home = Home::new();
    let world = World::new(&home);
    // The workspace that comes with the world is not used: it is made, in a folder of its own.
    let folder = home.all().join("governance");
    fs::create_dir(&folder).unwrap();
    let token = |name: &str| fs::read_to_string(world.folder().join(name)).unwrap().trim().to_owned();
    let mut aigov = 0;
    for block in typed {
        let (line, shown) = block.split_once('\n').unwrap_or((block, ""));
        // What is not ours is looked at by the script that times it.
        let Some(words) = line.strip_prefix("aigov ") else { continue };
        let words = words.replace("https://flags.example.com", &format!("{}/unleash", world.origin()));
        // The flag has another name in this world.
        let more = if words.starts_with("init ") {
            " --bind project=support --bind flag=support-replies-autonomy"
        } else {
            ""
        };
        let mut command = home.command(&format!("{}{more}", words.replace("\"first hour\"", "first-hour")));
        command.current_dir(&folder);
        command.env("UNLEASH_TOKEN", token("sandbox-token")).env("UNLEASH_CLIENT_TOKEN", token("sandbox-client-token"));
        let output = command.stdin(std::process::Stdio::null()).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{line}: {said}");
        let shown = shape(shown).replace("/srv/governance", &folder.display().to_string());
        assert!(shape(&said).contains(&shown), "README shows of `{line}`:\n{shown}\nand it says:\n{}", shape(&said));
        aigov += 1;
    }
    assert_eq!(aigov, 3);
    let off = world.seen().iter().any(|asked| asked.method == "POST" && asked.path.ends_with("/off"));
    assert!(off, "{:#?}", world.seen());
}

#[test]
fn a_second_system_is_never_dropped_in_silence() {
    let home = Home::new();
    home.run(INIT).exits(0);
    let other = "init --automation second --kind http --url https://other.example.com";
    let said = home.run(other).exits(2);
    assert!(said.all().contains("would be lost"), "{}", said.all());
    assert!(said.all().contains("https://other.example.com"), "what to add: {}", said.all());
    assert!(!home.desk().join("automations/second.toml").exists(), "bound to the wrong system");
    // The same system again is no other.
    home.run("init --automation second --url https://flags.example.com").exits(0);
    // What `new` writes is something to go on from: warnings, and no error.
    home.run("new automation third").exits(0);
    let linted = home.run("lint").exits(0);
    assert!(!linted.out.contains("error["), "{}", linted.out);
}

#[test]
fn a_plan_of_files_with_errors_is_shown_and_is_no_success() {
    let home = Home::new();
    home.run(INIT).exits(0);
    let runbook = home.desk().join("runbooks/incident/unknown.toml");
    let text = fs::read_to_string(&runbook).unwrap();
    fs::write(&runbook, text.replacen("title", "titel", 1)).unwrap();
    let said = home.run("plan incident/unknown").exits(3);
    assert!(said.out.contains("PLAN ONLY") && said.err.contains("aigov lint"), "{}", said.all());
    home.run("plan incident/unknown --json").exits(3);
}

#[test]
fn init_asks_one_question_a_file() {
    let home = Home::new();
    let mut session = home.terminal("init ws");
    session.exp_string("which system can switch your AI off").unwrap();
    session.send_line("http https://switch.example.com/api").unwrap();
    // What can't be used is asked once more, and what was answered before is not lost.
    session.exp_string("what is the AI called?").unwrap();
    session.send_line("Bot!").unwrap();
    session.exp_string("can't be the name").unwrap();
    session.exp_string("what is the AI called?").unwrap();
    session.send_line("bot flag=bot-autonomy").unwrap();
    session.exp_string("who owns it").unwrap();
    session.send_line("ada, ada").unwrap();
    session.exp_string("name somebody else").unwrap();
    session.exp_string("who owns it").unwrap();
    session.send_line("ada, grace").unwrap();
    session.exp_string("Next:").unwrap();
    session.exp_eof().unwrap();
    let automation = fs::read_to_string(home.desk().join("ws/automations/bot.toml")).unwrap();
    assert!(automation.contains("production = { flag = \"bot-autonomy\" }"), "{automation}");
    let planned = home.run("-C ws plan incident/unknown").exits(0);
    assert!(planned.out.contains("PUT https://switch.example.com/api/bot-autonomy"), "{}", planned.out);
    home.run("-C ws lint").exits(0);
}

#[test]
fn whoever_leaves_a_question_has_written_nothing() {
    let home = Home::new();
    let mut session = home.terminal("init ws");
    session.exp_string("which system can switch your AI off").unwrap();
    session.send_control('d').unwrap();
    session.exp_string("Exit 130").unwrap();
    assert!(!home.desk().join("ws").exists());
    home.run(INIT).exits(0);
    let mut session = home.terminal("new automation");
    session.exp_string("press Enter").unwrap();
    session.send_control('c').unwrap();
    session.exp_string("nothing was written").unwrap();
    session.exp_string("Exit 130").unwrap();
    session.exp_string("aigov new automation NAME").unwrap();
    assert_eq!(fs::read_dir(home.desk().join("automations")).unwrap().count(), 1);
}

#[test]
fn what_can_not_be_made_is_said_with_what_would_do() {
    let home = Home::new();
    for (line, code, needed) in [
        ("init", 2, "nobody is here to ask"),
        ("init --automation Bot! --url https://x.example.com", 2, "--automation bot"),
        ("init --automation bot --url flags.example.com", 2, "begins with https://"),
        ("init --automation bot --kind unleach --url https://x.example.com", 2, "did you mean `unleash`?"),
        ("init --automation bot --url https://x.example.com --set token=hunter2", 2, "never written down"),
        ("init --automation bot --url https://x.example.com --bind flg=x", 2, "did you mean `flag`?"),
        ("init --automation bot --url https://x.example.com --person ada --person ada", 2, "name somebody else"),
        ("new automation bot", 2, "make a workspace first"),
    ] {
        let said = home.run(line).exits(code);
        assert!(said.err.split_whitespace().collect::<Vec<_>>().join(" ").contains(needed), "{line}: {}", said.err);
        assert!(said.err.contains("Next:"), "{line}");
    }
    assert_eq!(fs::read_dir(home.desk()).unwrap().count(), 0, "nothing was written");
    home.write("file", "");
    let said = home.run(&format!("{INIT} file/ws").replace("init ", "init ")).exits(1);
    assert!(said.err.contains("a file stands where a folder is needed"), "{}", said.err);
}

#[test]
fn new_files_teach_and_plan_and_are_never_written_over() {
    let home = Home::new();
    home.run(INIT).exits(0);
    home.run("new automation triage").exits(0);
    home.run("new runbook incident/wrong-prices").exits(0);
    let planned = home.run("plan incident/wrong-prices --automation triage").exits(0);
    assert!(!planned.err.contains("error") && !planned.out.contains("Problems"), "{}", planned.all());
    let file = home.desk().join("runbooks/incident/wrong-prices.toml");
    fs::write(&file, "mine").unwrap();
    let said = home.run("new runbook wrong-prices").exits(5);
    assert!(said.err.contains("nothing is overwritten") || said.err.contains("nothing is\n"), "{}", said.err);
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    home.run("new runbook ../../escape").exits(2);
    home.run("new runbook").exits(2);
}

#[test]
fn a_page_for_the_wiki_and_for_the_wall() {
    let home = Home::new();
    home.run(INIT).exits(0);
    home.write(
        "people.toml",
        "schema = 1\n[persons.ada]\nname = \"Ada\"\nfunctions = [\"engineering\"]\nphone = \"+41 44 000 00 02\"\n\
         [persons.grace]\nfunctions = [\"product\"]\n",
    );
    let page = home.run("page incident/unknown").exits(0).out;
    assert_eq!(page, home.run("page incident/unknown --markdown").exits(0).out, "the same inputs, the same page");
    for needed in
        ["aigov run incident/unknown --automation support-replies --env production", "{env UNLEASH_TOKEN}", "+41 44"]
    {
        assert!(page.contains(needed), "{needed}: {page}");
    }
    let plan: Value = serde_json::from_str(&home.run("plan incident/unknown --json").exits(0).out).unwrap();
    assert!(page.contains(plan["digest"].as_str().unwrap()), "the plan's digest is in the footer");
    let wall = home.run("page support-replies --print").exits(0).out;
    for needed in
        ["STOP SUPPORT-REPLIES", "aigov stop support-replies --env production", "[ ] 1 done", "+41 44 000 00 02"]
    {
        assert!(wall.contains(needed), "{needed}: {wall}");
    }
    home.run("page support-replies --html --out wall.html").exits(0);
    let html = fs::read_to_string(home.desk().join("wall.html")).unwrap();
    assert!(html.starts_with("<!DOCTYPE html>") && !html.contains("<script") && !html.contains("src="), "{html}");
    assert!(home.run("page suport-replies").exits(2).err.contains("did you mean `support-replies`?"));
    assert!(home.run("page incident/unknown --out none/here.md").exits(1).err.contains("a folder that is there"));
    let sandbox = home.run("--sandbox page support-replies").exits(0).out;
    assert!(sandbox.starts_with("# SANDBOX: Stop support-replies\n"), "the page itself says so: {sandbox}");
}

const DONE: &str = "[[done]]\nstep = \"stop\"\nby = \"ada\"\nat = 2026-01-02T02:14:00Z\nresult = \"worked\"\n\
                    saw = \"The console shows off.\"\n";

#[test]
fn what_was_done_by_hand_is_entered_afterwards_and_never_looks_like_a_run() {
    let home = Home::new();
    home.run(INIT).exits(0);
    home.write("done.toml", DONE);
    let said = home.run("record incident/unknown --from done.toml --json").exits(0);
    let last = said.out.lines().last().unwrap();
    let run = serde_json::from_str::<Value>(last).unwrap()["run"].as_str().unwrap().to_owned();
    let story = home.run(&format!("show {run}")).exits(0).out;
    let flat = story.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("RETROSPECTIVE: entered afterwards. Nothing in it was done or proven"), "{story}");
    assert!(flat.contains("said to be done by hand by ada on 2026-01-02 at 02:14 UTC; said that it worked"), "{story}");
    assert!(!flat.contains("proven:"), "{story}");
    // Nobody answers at the address of this workspace: that is said too, and is no proof of anything.
    assert!(flat.contains("read when it was entered, not before: inconclusive"), "{story}");
    let log = home.run(&format!("log {run}")).exits(0).out;
    assert!(log.contains("RETROSPECTIVE"), "{log}");
    assert!(home.run(&format!("brief {run}")).exits(0).out.contains("RETROSPECTIVE"));
    assert!(home.run("log").exits(0).out.contains("entered afterwards"));
    home.run(&format!("verify {run}")).exits(0);
    home.run(&format!("resume {run}")).exits(2);
    let status = home.run("status").exits(0);
    assert!(!status.all().contains(&run), "it is not open: {}", status.all());
    let records = home.run(&format!("log {run} --json")).exits(0).out;
    let claim: Value = records
        .lines()
        .map(|l| serde_json::from_str::<Value>(l).unwrap())
        .find(|r| !r["detail"]["retrospective"].is_null())
        .unwrap();
    assert_eq!(claim["detail"]["retrospective"]["at"], "2026-01-02T02:14:00.000Z");
    assert_ne!(
        claim["at"], claim["detail"]["retrospective"]["at"],
        "claimed times stand apart from those of the entry"
    );
    assert!(!records.contains("StepProved"), "{records}");
    // Beside a run that is on record.
    home.run(&format!("record {run} --from done.toml")).exits(0);
    home.run(&format!("verify {run}")).exits(0);
}

#[test]
fn the_file_that_the_help_shows_is_one_that_can_be_entered() {
    let home = Home::new();
    let help = home.run("record --help").exits(0).out;
    let file = help.split("A file says").nth(1).unwrap().split_once('\n').unwrap().1.split("\n\n").next().unwrap();
    assert!(file.contains("[[done]]"), "{help}");
    home.write("done.toml", file);
    let said = home.run("--sandbox record support-replies --from done.toml").exits(0);
    assert!(said.err.contains("1 act entered"), "{}", said.err);
}

#[test]
fn what_nobody_wrote_down_leaves_no_gap_on_a_page() {
    let home = Home::new();
    home.run(INIT).exits(0);
    let file = home.desk().join("automations/support-replies.toml");
    let text = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = text.lines().filter(|l| !l.starts_with("purpose")).collect();
    assert!(lines.len() < text.lines().count(), "{text}");
    fs::write(&file, lines.join("\n")).unwrap();
    for page in
        ["page support-replies", "page incident/unknown", "page incident/unknown --print", "plan incident/unknown"]
    {
        let said = home.run(page).out;
        let hangs = |line: &&str| line.trim_end().ends_with("support-replies:") || line.starts_with(" in ");
        assert_eq!(said.lines().find(hangs), None, "{page}: {said}");
        assert!(said.to_lowercase().contains("in production") || page.starts_with("plan"), "{page}: {said}");
    }
}

#[test]
fn what_can_not_have_been_done_is_not_entered() {
    let home = Home::new();
    home.run(INIT).exits(0);
    for (change, needed) in [
        (("step = \"stop\"", "step = \"stp\""), "did you mean `stop`?"),
        (("\"worked\"", "\"proven\""), "unknown variant"),
        (("2026-01-02T02:14:00Z", "2226-01-02T02:14:00Z"), "later than now"),
        (("2026-01-02T02:14:00Z", "\"noon\""), "is no time"),
        (("by = \"ada\"", "by = \"\""), "say who did it"),
        (("saw", "saww"), "unknown field"),
    ] {
        home.write("done.toml", &DONE.replace(change.0, change.1));
        let said = home.run("record incident/unknown --from done.toml").exits(2);
        let flat = said.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(needed), "{change:?}: {}", said.err);
        assert!(said.err.contains("Next:"));
    }
    assert!(home.run("log").exits(0).out.is_empty(), "nothing of it was written");
    home.write("done.toml", &DONE.replace("\"stop\"", "\"autonomy\""));
    home.run("record support-replies --from done.toml").exits(0);
    assert!(home.run("record support-replies").exits(2).err.contains("nobody is here to ask"));
    home.run("record nothing-here").exits(2);
}

#[test]
fn whoever_leaves_what_was_done_by_hand_has_entered_nothing() {
    let home = Home::new();
    home.run(INIT).exits(0);
    // Before the first answer, in the middle of one, and behind one that was not understood.
    for typed in ["", "ada 00:0", "ada noon worked\n"] {
        let mut session = home.terminal("record incident/unknown");
        session.exp_string("stop: set autonomy to off").unwrap();
        session.exp_string("(Enter: not done)").unwrap();
        session.send(typed).unwrap();
        if typed.ends_with('\n') {
            session.exp_string("(Enter: not done)").unwrap();
        }
        session.send_control('c').unwrap();
        session.exp_string("nothing was entered").unwrap();
        session.exp_string("Exit 130").unwrap();
        session.exp_string("aigov record incident/unknown").unwrap();
        session.exp_eof().unwrap();
    }
    assert!(home.run("log").exits(0).out.is_empty());
}

#[test]
fn at_a_terminal_each_step_is_asked() {
    let home = Home::new();
    home.run(INIT).exits(0);
    let mut session = home.terminal("record incident/unknown");
    session.exp_string("stop: set autonomy to off").unwrap();
    session.send_line("worked").unwrap();
    session.exp_string("such as: ada 02:14 worked").unwrap();
    session.send_line("ada noon worked").unwrap();
    session.exp_string("is no time").unwrap();
    session.send_line("ada 00:00 worked the console shows off").unwrap();
    session.exp_string("1 act entered").unwrap();
    session.exp_eof().unwrap();
}
