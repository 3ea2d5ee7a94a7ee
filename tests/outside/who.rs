//! `aigov who`, bare `aigov` and the choice of a runbook: what somebody asks who has just been woken.

use std::fs;
use std::time::Duration;

use aigov::provider::sandbox::{Disturbance, Reply};
use serde_json::{Value, json};

use crate::journeys::{RUN, at_work, journal};
use crate::program::Home;

/// What must never enter a journal: how the people of the sandbox are reached.
fn contacts(home: &Home) -> Vec<String> {
    let people: toml::Table = fs::read_to_string(home.desk().join("people.toml")).unwrap().parse().unwrap();
    let persons = people["persons"].as_table().unwrap().values();
    let ways = persons.flat_map(|p| ["phone", "email"].map(|way| p[way].as_str().unwrap().to_owned()));
    let ways: Vec<String> = ways.collect();
    assert!(ways.len() >= 10, "{ways:?}");
    ways
}

#[test]
fn who_asks_nobody_and_a_copy_of_the_pager_s_word_stays_with_its_age() {
    let (home, world) = at_work();
    let said = home.run("who support-replies").exits(0);
    assert_eq!(world.count(), 0, "{:?}", world.seen());
    for part in [
        "aigov stop support-replies",
        "Ada, owns the support replies (ada): engineering, technical",
        "phone +41 44 000 00 02",
        "`pager` was never asked who is on call as any-sre",
        "MISSING   it was never stopped for real",
        "autonomy is set to off, through flags",
        "by hand Projects",
        "a colleague will answer your request in person.",
        "decisions kept from evidence",
    ] {
        assert!(said.out.contains(part), "{part}\n{}", said.out);
    }
    let said = home.run("who support-replies --refresh").exits(0);
    assert!(said.out.contains("ON CALL until ") && said.out.contains("Olga (olga), said pager"), "{}", said.out);
    let asked: Vec<String> = world.seen().iter().map(|a| format!("{} {}", a.method, a.path)).collect();
    assert_eq!(asked, ["GET /pagerduty/rest/oncalls"]);

    // The pager is away: it is told, and what it said before stands.
    world.rule(|_, _| Disturbance::Instead(Reply::text(503, "text/plain", "away")));
    let said = home.run("who support-replies --refresh").exits(1);
    assert!(said.err.contains("who is on call as any-sre can't be asked") && said.err.contains("503"), "{}", said.err);
    assert!(said.out.contains("Olga (olga), said pager"), "{}", said.out);

    // Another schedule since then: the copy is of something else.
    let people = fs::read_to_string(home.desk().join("people.toml")).unwrap();
    home.write("people.toml", &people.replace("PSBOXNT", "PANOTHER"));
    let said = home.run("who support-replies").exits(0);
    assert!(said.out.contains("was never asked") && !said.out.contains("ON CALL"), "{}", said.out);
}

#[test]
fn a_stop_is_told_with_its_time_and_no_contact_enters_the_record() {
    let (home, _world) = at_work();
    home.run(RUN).exits(4);
    let run = journal(&home).only_run();
    let said = home.run("who support-replies").exits(0);
    assert!(said.out.contains(&format!("HELD by run {run} of olga since")), "{}", said.out);
    assert!(said.out.contains("from start"), "{}", said.out);
    let told: Value = serde_json::from_str(&home.run("who support-replies --json").exits(0).out).unwrap();
    assert_eq!((&told["held"][0]["run"], &told["real"][0]["run"]), (&json!(run), &json!(run)));
    assert!(told["real"][0]["all"].is_string(), "{told}");
    assert_eq!(told["drill"], json!([]));
    let record = serde_json::to_string(&journal(&home).records(&run)).unwrap();
    for contact in contacts(&home) {
        assert!(!record.contains(&contact), "{contact} stands in the record");
        assert!(told.to_string().contains(&contact) || !contact.contains("ada"), "{contact} is not shown");
    }
}

#[test]
fn what_was_stopped_twice_is_held_and_wholly_proven() {
    let (home, _world) = at_work();
    for time in ["first", "second"] {
        home.run("stop support-replies").exits(0);
        let said = home.run("who support-replies").exits(0);
        let words = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("HELD by run") && !words.contains("not wholly"), "{time}: {}", said.out);
    }
}

#[test]
fn a_name_that_is_not_there_and_a_record_that_can_not_be_read() {
    let home = Home::new();
    home.write("aigov.toml", "schema = 1\n[environments.production]\nproduction = true\n[environments.staging]\n");
    home.write("automations/invoice-bot.toml", "schema = 1\npurpose = \"Reads invoices\"\n");
    let said = home.run("who invoce-bot").exits(2);
    assert!(said.err.contains("did you mean `invoice-bot`?"), "{}", said.err);
    for name in ["../aigov", "invoice-bot/../invoice-bot", ""] {
        let output = home.command("who").arg(name).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{name:?}");
    }
    home.run("who invoice-bot --env prod").exits(2);
    let said = home.run("who invoice-bot --env staging").exits(0);
    assert!(
        said.out.contains("(staging)") && said.out.contains("aigov stop invoice-bot --env staging"),
        "{}",
        said.out
    );
    for lacks in ["nobody is named in `[stop] who`", "has no `[stop]`", "what customers see", "no source of evidence"] {
        assert!(said.out.contains(lacks), "{lacks}\n{}", said.out);
    }
    home.write(".aigov/journal.git", "not a repository");
    let said = home.run("who invoice-bot").exits(1);
    assert!(said.out.contains("aigov stop invoice-bot") && said.out.contains("can't be read"), "{}", said.all());
    // A file that can't be read whole is told, and what can be read is shown.
    let (home, _world) = at_work();
    let text = fs::read_to_string(home.desk().join("automations/support-replies.toml")).unwrap();
    home.write("automations/support-replies.toml", &text.replace("[layers.model]", "[layers.modle]"));
    let said = home.run("who support-replies").exits(0);
    assert!(said.err.contains("DOUBT") && said.err.contains("modle"), "{}", said.err);
    assert!(said.out.contains("phone +41 44 000 00 02"), "{}", said.out);
}

#[test]
fn bare_aigov_says_what_waits_for_whom() {
    let (home, _world) = at_work();
    home.run(RUN).exits(4);
    let run = journal(&home).only_run();
    let approve = format!("aigov approve {run} tell-customers");
    let anybody = home.run("").exits(0);
    assert!(anybody.out.contains("who you are is not known here") && anybody.out.contains(&approve), "{}", anybody.out);
    let lena = home.run("status --as lena").exits(0);
    assert!(lena.out.contains(&format!("Waits for you (lena)\n  tell-customers of run {run}")), "{}", lena.out);
    assert!(
        lena.out.trim_end().ends_with(&format!("{approve} --as lena -C {}", home.desk().display())),
        "{}",
        lena.out
    );
    assert!(lena.out.contains(&format!("support-replies (HELD by {run})")), "{}", lena.out);
    // Ada has other functions than those that are asked for.
    let ada = home.run("status --as ada").exits(0);
    assert!(ada.out.contains("Waits for you (ada): nothing"), "{}", ada.out);
    home.run("status --as nobody").exits(2);
    // Who says so in their own configuration need not say it again; a name that nobody has is no one.
    let config = home.all().join("home/.config/aigov");
    fs::create_dir_all(&config).unwrap();
    for (name, says) in [("lena", "Waits for you (lena)\n"), ("nobody", "who you are is not known here")] {
        fs::write(config.join("config.toml"), format!("person = \"{name}\"\n")).unwrap();
        assert!(home.run("").exits(0).out.contains(says), "{name}");
    }
    let lines: Vec<Value> = home.run("--json").exits(0).out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines[0]["run"], json!(run));
    assert_eq!((&lines[1]["automation"], &lines[1]["held"]), (&json!("support-replies"), &json!([run])));
}

/// A workspace of many automations, all the same under different names.
fn many(home: &Home, count: usize) {
    let text = fs::read_to_string(home.desk().join("automations/support-replies.toml")).unwrap();
    for n in 0..count {
        home.write(&format!("automations/bot-{n:03}.toml"), &text.replace("support-replies", &format!("bot-{n:03}")));
    }
}

#[test]
fn many_automations_stay_a_page_and_one_is_found_by_typing() {
    let (home, _world) = at_work();
    many(&home, 150);
    home.run(RUN.replace("hallucination", "hallucination --automation support-replies").as_str()).exits(4);
    let page = home.run("").exits(0).out;
    assert!(page.lines().count() < 45, "{page}");
    assert!(
        page.contains("Automations: 151; 1 held by open runs") && page.contains("support-replies (HELD by"),
        "{page}"
    );
    assert!(page.contains("aigov stop NAME") && page.contains("aigov status --all"), "{page}");
    let all = home.run("status --all").exits(0).out;
    assert!((0..150).all(|n| all.contains(&format!("bot-{n:03}\n"))), "{all}");
    let said = home.run("run").exits(2);
    assert!(said.err.lines().count() < 25 && said.err.contains("and 139 more"), "{}", said.err);

    let mut terminal = home.terminal("run");
    terminal.exp_string("There are 151").unwrap();
    terminal.send_line("bot").unwrap();
    terminal.exp_string("150 of 151 have that").unwrap();
    // Ctrl-U takes back what stands there.
    terminal.send_line("\u{15}bto-007").unwrap();
    terminal.exp_string("Did you mean bot-007?").unwrap();
    terminal.send_line("\u{15}bot-007").unwrap();
    terminal.exp_string("What do you see?").unwrap();
    terminal.exp_string("Not sure").unwrap();
}

#[test]
fn a_runbook_is_found_by_what_one_sees_and_by_its_name() {
    for typed in ["fabricated", "incident/hallucination", "hallucination"] {
        let home = Home::new();
        let mut terminal = home.terminal("--sandbox run --automation support-replies");
        terminal.exp_string("What do you see?").unwrap();
        terminal.exp_string("Not sure").unwrap();
        terminal.exp_string("> ").unwrap();
        terminal.send_line(typed).unwrap();
        terminal.exp_string("incident/hallucination on").unwrap();
        terminal.exp_string("not known yet").unwrap();
        terminal.send_control('c').unwrap();
        terminal.exp_string("Exit 130").unwrap();
    }
}

#[test]
fn a_metrics_server_that_does_not_answer_holds_up_no_choice() {
    let (home, world) = at_work();
    world.rule(|_, asked| {
        let metrics = asked.path.contains("/prometheus/");
        if metrics { Disturbance::Late(Duration::from_secs(600)) } else { Disturbance::None }
    });
    let mut terminal = home.terminal("run");
    let before = terminal.exp_string("What do you see?").unwrap();
    assert!(before.contains('?') && !before.contains("HOLDS"), "{before}");
    terminal.exp_string("Not sure").unwrap();
}
