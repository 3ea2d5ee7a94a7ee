//! The first hour: from an empty folder to a workspace that plans, at a terminal and without one, and what goes wrong.

use std::fs;

use serde_json::Value;

use crate::program::Home;

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

#[test]
fn init_asks_one_question_a_file() {
    let home = Home::new();
    let mut session = home.terminal("init ws");
    session.exp_string("which system can switch your AI off").unwrap();
    session.send_line("http https://switch.example.com/api").unwrap();
    session.exp_string("what is the AI called?").unwrap();
    session.send_line("bot flag=bot-autonomy").unwrap();
    session.exp_string("who owns it").unwrap();
    session.send_line("ada grace").unwrap();
    session.exp_string("Next:").unwrap();
    session.exp_eof().unwrap();
    let automation = fs::read_to_string(home.desk().join("ws/automations/bot.toml")).unwrap();
    assert!(automation.contains("production = { flag = \"bot-autonomy\" }"), "{automation}");
    let planned = home.run("-C ws plan incident/unknown").exits(0);
    assert!(planned.out.contains("PUT https://switch.example.com/api/bot-autonomy"), "{}", planned.out);
}

#[test]
fn whoever_leaves_a_question_has_written_nothing() {
    let home = Home::new();
    let mut session = home.terminal("init ws");
    session.exp_string("which system can switch your AI off").unwrap();
    session.send_control('d').unwrap();
    session.exp_string("Exit 130").unwrap();
    assert!(!home.desk().join("ws").exists());
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
