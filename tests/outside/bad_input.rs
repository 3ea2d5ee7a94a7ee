//! Bad input for each command of the first hour: a name that nobody has, a control that is not there, a system that reads
//! and does not write, nobody at a terminal. Nothing is guessed, nothing is done that was not asked for, and what helps is
//! said. Locks that are in the way are in `locks`, folders that can only be read in `full_disk`.

use std::fs;
use std::process::Stdio;

use aigov::provider::sandbox::{Disturbance, Reply};
use serde_json::Value;

use crate::approvals::flat;
use crate::journeys::at_work;
use crate::program::{Home, Said};
use crate::world::World;

pub(crate) const DONE: &str =
    "[[done]]\nstep = \"autonomy\"\nby = \"ada\"\nat = 2026-01-02T02:14:00Z\nresult = \"worked\"\n";

/// What stands below `Next:`.
fn next(said: &str) -> String {
    flat(said.rsplit("Next:").next().unwrap_or_default())
}

fn written_off(world: &World) -> bool {
    world.seen().iter().any(|asked| asked.path.ends_with("support-replies-autonomy/environments/production/off"))
}

#[test]
fn a_name_that_nobody_has_does_nothing_and_the_nearest_is_offered() {
    let (home, world) = at_work();
    home.write("done.toml", DONE);
    home.write("elsewhere/empty", "");
    for (line, needed) in [
        ("staus", "'status'"),
        ("init elsewhere --automation bot --kind unleach --url https://x.example.com", "did you mean `unleash`?"),
        ("new runbok wrong-prices", "'runbook'"),
        ("stop suport-replies", "did you mean `support-replies`?"),
        ("stop support-replies --env prodution", "did you mean `production`?"),
        ("stop support-replies --control autonmy", "did you mean `autonomy`?"),
        ("who suport-replies", "did you mean `support-replies`?"),
        ("who support-replies --env prodution", "did you mean `production`?"),
        ("doctor --env prodution", "did you mean `production`?"),
        ("page suport-replies", "did you mean `support-replies`?"),
        ("page incident/halucination", "did you mean `incident/hallucination`?"),
        ("page support-replies --env prodution", "did you mean `production`?"),
        ("record suport-replies --from done.toml", "did you mean `support-replies`?"),
        ("record support-replies --from done.toml --env prodution", "did you mean `production`?"),
        ("run incident/halucination", "did you mean `incident/hallucination`?"),
        ("run incident/hallucination --automation suport-replies", "did you mean `support-replies`?"),
        ("run --env prodution", "did you mean `production`?"),
        ("run incident/hallucination --as olge", "did you mean `olga`?"),
        ("completions bsh", "'bash'"),
    ] {
        let said = home.run(line).exits(2);
        assert!(flat(&said.err).contains(needed), "{line}: {}", said.err);
        assert!(next(&said.err).starts_with("aigov "), "{line}: {}", said.err);
    }
    let meant = home.run("stop support-replies --control autonmy").exits(2);
    assert!(next(&meant.err).starts_with("aigov stop support-replies --control autonomy"), "{}", meant.err);
    assert_eq!(world.count(), 0, "{:#?}", world.seen());
    assert!(home.run("log").exits(0).out.is_empty(), "nothing of it is a run");
    assert_eq!(fs::read_dir(home.desk().join("elsewhere")).unwrap().count(), 1);
}

#[test]
fn whoever_stands_in_another_folder_is_told_the_very_command_that_does_it() {
    let (home, world) = at_work();
    home.run("status").exits(0);
    let mut command = home.command("stop support-replies");
    let said = Said::from(&command.current_dir(home.all()).stdin(Stdio::null()).output().unwrap()).exits(2);
    let line = format!("aigov -C {} stop support-replies", home.desk().display());
    assert_eq!(next(&said.err), line, "{}", said.err);
    assert_eq!(world.count(), 0);
    home.run(line.strip_prefix("aigov ").unwrap()).exits(0);
    assert!(written_off(&world));
}

#[test]
fn what_one_name_lacks_keeps_no_other_from_being_stopped() {
    let (home, world) = at_work();
    let bot = "schema = 1\n[stop]\ncontrol = \"off\"\n[controls.off]\nkind = \"switch\"\nprovider = \"flags\"\n";
    home.write("automations/bot.toml", bot);
    let said = home.run("stop bot support-replies --control autonomy").exits(9);
    assert!(flat(&said.err).contains("bot has no control `autonomy`; there is `off`"), "{}", said.err);
    assert!(flat(&said.err).contains("support-replies (production): STOPPED"), "{}", said.err);
    assert!(written_off(&world));
}

#[test]
fn where_a_stop_names_a_control_that_is_not_there_every_command_leads_to_one_that_is() {
    let (home, world) = at_work();
    home.write("done.toml", DONE);
    let file = home.desk().join("automations/support-replies.toml");
    let text = fs::read_to_string(&file).unwrap();
    let (control, wider) = ("control   = \"autonomy\"", "wider     = [\"replicas\"]");
    assert!(text.contains(control) && text.contains(wider), "{text}");
    fs::write(&file, text.replace(control, "control   = \"autonmy\"").replace(wider, "")).unwrap();
    let by_hand = "Projects → support → support-replies-autonomy → production → off";
    for (line, code, needed) in [
        ("", 0, vec!["aigov stop support-replies --control autonomy", by_hand]),
        (
            "who support-replies",
            0,
            vec!["aigov stop support-replies --control autonomy", by_hand, "`autonmy`, which is no control"],
        ),
        ("doctor", 3, vec!["stop support-replies", "has no control `autonmy`"]),
        (
            "page support-replies --print",
            0,
            vec!["aigov stop support-replies --control autonomy --env production", "Set autonomy to off", by_hand],
        ),
        ("record support-replies --from done.toml --as olga", 0, vec!["1 act entered"]),
        (
            "run incident/unknown --automation support-replies --as olga",
            9,
            vec!["NOT CONTAINED", by_hand, "aigov stop support-replies --control autonomy --env production"],
        ),
    ] {
        let said = home.run(line).exits(code);
        for needed in needed {
            assert!(flat(&said.all()).contains(&flat(needed)), "{line}: {needed}: {}", said.all());
        }
    }
    assert!(!written_off(&world), "which control was meant is not guessed");
    let said = home.run("stop support-replies").exits(1);
    let flat_said = flat(&said.err);
    assert!(flat_said.contains("NOT STOPPED, not tried") && flat_said.contains(by_hand), "{}", said.err);
    assert_eq!(flat_said.matches("has no control `autonmy`").count(), 1, "once is enough: {}", said.err);
    assert!(next(&said.err).starts_with("aigov stop support-replies --control autonomy"), "{}", said.err);
    home.run("stop support-replies --control autonomy").exits(0);
    assert!(written_off(&world));
}

#[test]
fn a_system_that_reads_and_does_not_write_is_told_with_its_reason_and_never_as_stopped() {
    let (home, world) = at_work();
    home.write("done.toml", DONE);
    world.rule(|_, asked| match asked.method.as_str() {
        "GET" => Disturbance::None,
        _ => {
            let says = serde_json::json!({ "message": "this token may only read" });
            Disturbance::Instead(Reply::json(403, "application/json", &says))
        }
    });
    // What says how it is stopped asks nobody.
    for line in ["", "who support-replies", "page support-replies"] {
        home.run(line).exits(0);
        assert_eq!(world.count(), 0, "{line}");
    }
    home.run("doctor").exits(0);
    assert!(world.seen().iter().all(|asked| asked.method == "GET"));
    // The write that was refused is what somebody has to mend: the read-back alone does not tell.
    let said = home.run("stop support-replies --json").exits(1);
    let told: Value = serde_json::from_str(said.out.lines().next().unwrap()).unwrap();
    let says = told["controls"][0]["says"].as_str().unwrap();
    assert_eq!(told["standing"], "failed", "{told}");
    assert!(says.contains("refused: HTTP 403 Forbidden") && says.contains("this token may only read"), "{says}");
    let run = home.run("run incident/hallucination --as olga --answers answers.toml");
    assert_eq!(run.code, Some(9), "{}", run.all());
    assert!(flat(&run.all()).contains("refused: HTTP 403 Forbidden"), "{}", run.all());
    assert!(!flat(&run.all()).contains("set autonomy to off; proven"), "{}", run.all());
    // What is said to have been done by hand is read, and is not so.
    let entered = home.run("record support-replies --from done.toml --as olga").exits(0);
    assert!(flat(&entered.err).contains("read at the entry: fail"), "{}", entered.err);
}

#[test]
fn without_a_terminal_nothing_is_asked_and_what_says_it_is_named() {
    let (home, world) = at_work();
    home.write("automations/bot.toml", "schema = 1\n[stop]\ncontrol = \"x\"\n[controls.x]\nkind = \"switch\"\n");
    home.write("empty/x", "");
    for (line, needed) in [
        ("init empty/ws", "aigov init --automation NAME --kind KIND --url URL"),
        ("new automation", "aigov new automation NAME"),
        ("stop", "aigov stop support-replies"),
        ("run", "--automation support-replies"),
        ("run --automation support-replies", "aigov run incident/unknown --automation support-replies"),
        ("record support-replies", "--from FILE"),
        ("resume", "aigov "),
        ("who", "aigov who --help"),
        ("page", "aigov page --help"),
    ] {
        let said = home.run(line).exits(2);
        assert!(flat(&said.err).contains(needed) && said.err.contains("Next:"), "{line}: {}", said.err);
        assert!(said.out.is_empty(), "{line}: {}", said.out);
    }
    let wrote = world.seen().into_iter().find(|asked| asked.method != "GET");
    assert!(wrote.is_none(), "{wrote:#?}");
    for line in ["", "status", "log", "doctor --env production", "man", "completions bash"] {
        let said = home.run(line);
        assert!(matches!(said.code, Some(0 | 3)), "{line}: {}", said.all());
    }
    // What is gone on with is not forgotten over the question.
    let said = home.run("stop support-replies --json").exits(0);
    let told: Value = serde_json::from_str(said.out.lines().next().unwrap()).unwrap();
    let run = told["run"].as_str().unwrap();
    let said = home.run(&format!("run --continues {run}")).exits(2);
    assert!(next(&said.err).starts_with(&format!("aigov run incident/unknown --continues {run}")), "{}", said.err);
}

#[test]
fn a_single_choice_is_a_choice_all_the_same() {
    let home = Home::new();
    home.run("init --automation bot --url https://flags.example.com --person ada --person grace").exits(0);
    let mut session = home.terminal("run");
    session.exp_string("What do you see?").unwrap();
    session.exp_string("Not sure").unwrap();
    session.exp_string("> ").unwrap();
    session.send_control('c').unwrap();
    session.exp_string("nothing was chosen").unwrap();
    session.exp_string("Exit 130").unwrap();
    session.exp_eof().unwrap();
    assert!(home.run("log").exits(0).out.is_empty(), "nobody has said that it is to be stopped");
    let mut session = home.terminal("run");
    session.exp_string("Not sure").unwrap();
    session.send_line("").unwrap();
    session.exp_string("incident/unknown on bot").unwrap();
    session.exp_string("your choice").unwrap();
    session.send_control('c').unwrap();
    session.exp_string("Exit 130").unwrap();
    session.exp_eof().unwrap();
    // Whoever goes further is known by a key; where people.toml has none of theirs, that is what is missing.
    let said = home.run("resume --as ada").exits(5);
    assert!(flat(&said.err).contains("people.toml has no key of ada"), "{}", said.err);
}
