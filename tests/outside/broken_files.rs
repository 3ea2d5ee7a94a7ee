//! Files that are broken, and what can't be told from them: containment runs where its own action is intact, what can't be
//! done says why and how it is done by hand, nothing is guessed, and the record stays whole.

use std::fs;

use crate::approvals::flat;
use crate::every_moment::kill_at_request;
use crate::journal::Journal;
use crate::journeys::{RUN, at_work, journal, kinds};
use crate::program::Home;
use crate::world::World;

const RUNBOOK: &str = "runbooks/incident/hallucination.toml";
const BOT: &str = "automations/support-replies.toml";

fn change(home: &Home, file: &str, change: impl Fn(&str) -> String) {
    let path = home.desk().join(file);
    let text = fs::read_to_string(&path).unwrap();
    let changed = change(&text);
    assert_ne!(text, changed, "{file}");
    fs::write(path, changed).unwrap();
}

/// What was sent to a flag.
fn switched(world: &World) -> Vec<String> {
    let of = world.seen().into_iter().filter(|a| a.method != "GET" && a.path.contains("/unleash/"));
    of.map(|a| a.path.rsplit('/').take(4).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn a_file_that_ends_in_the_middle_contains_and_goes_no_further() {
    let (home, world) = at_work();
    change(&home, RUNBOOK, |text| format!("{}[[fact]]\nid = \"harm\n", text.split("[[fact]]").next().unwrap()));
    let said = home.run(RUN);
    let all = flat(&said.all());
    assert_eq!(said.code, Some(1), "{}", said.all());
    assert!(all.contains("hallucination.toml:81:11: error[syntax]"), "at its place: {}", said.all());
    assert!(all.contains("set autonomy to off; proven"), "{}", said.all());
    let run = journal(&home).only_run();
    assert!(all.contains(&format!("aigov run incident/hallucination --continues {run}")), "{}", said.all());
    let records = journal(&home).records(&run);
    for step in ["stop-sending", "keep-evidence", "freeze", "page"] {
        let proven = |r: &serde_json::Value| {
            r["event"]["kind"] == "step-proved" && r["about"] == step && r["event"]["verdict"] == "pass"
        };
        assert!(records.iter().any(proven), "{step}: {:?}", kinds(&records));
    }
    assert_eq!(switched(&world).len(), 1, "{:?}", switched(&world));
    assert!(!world.seen().iter().any(|a| a.method != "GET" && a.path.contains("/mlflow/")), "nothing else is done");
    home.run("verify").exits(0);
    // Whoever waits for the files to be put right is told so.
    let brief = flat(&home.run(&format!("brief {run}")).exits(0).out);
    assert!(brief.contains("Waits: for the files to be put right"), "{brief}");
    // With the file whole again the next run goes on from there, and stops nothing twice.
    let before = world.count();
    let whole =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/runbooks/incident/hallucination.toml")).unwrap();
    home.write(RUNBOOK, &crate::world::hurried(&whole));
    home.run(&format!("{RUN} --continues {run}")).exits(4);
    let again: Vec<_> = world.seen().split_off(before).into_iter().filter(|a| a.path.ends_with("/off")).collect();
    assert!(again.is_empty(), "{again:?}");
}

#[test]
fn where_one_action_is_broken_its_or_else_and_the_others_are_done() {
    let (home, world) = at_work();
    change(&home, RUNBOOK, |text| text.replacen("control = \"autonomy\"", "control = \"autonmy\"", 1));
    let said = home.run(RUN);
    let all = flat(&said.all());
    assert_eq!(said.code, Some(1), "{}", said.all());
    for told in [
        "support-replies lacks control `autonmy` in production; support-replies is the only automation that can be meant",
        "`support-replies` has no control `autonmy`",
        "immediate action `stop-sending` can not be done by the program",
        "stop-service: set replicas to 0 percent; proven",
        "stands contained",
    ] {
        assert!(all.contains(told), "{told}: {}", said.all());
    }
    let records = journal(&home).records(&journal(&home).only_run());
    for step in ["keep-evidence", "freeze", "page"] {
        let intended = |r: &serde_json::Value| r["event"]["kind"] == "step-intended" && r["about"] == step;
        assert!(records.iter().any(intended), "{step}: {:?}", kinds(&records));
    }
    assert!(switched(&world).is_empty(), "which control was meant is not guessed: {:?}", switched(&world));
    home.run("verify").exits(0);
}

/// A runbook and the only automation that don't fit each other any more: what is broken, the exit code, and what is said of
/// what was done and of what was not.
#[test]
fn a_runbook_that_does_not_fit_the_only_automation_contains_it_as_far_as_its_actions_are_whole() {
    let set = "set autonomy to off; proven";
    let held = "stands contained; its plan has problems, so it goes no further";
    let cases: &[(&str, &str, &str, i32, &[&str])] = &[
        (RUNBOOK, "layer = \"prompt\"", "layer = \"promt\"", 1, &["lacks layer `promt`", set, held]),
        (RUNBOOK, "signal = \"override_rate\"", "signal = \"overide_rate\"", 1, &["lacks signal `overide_rate`", set]),
        (
            RUNBOOK,
            "\"decisions\"",
            "\"decisons\"",
            1,
            &["lacks evidence `decisons`", set, "keep evidence of the last 2h: prompts, retrieval; proven", held],
        ),
        (
            RUNBOOK,
            "[scope]",
            "[scope]\nautomations = [\"suport-replies\"]",
            1,
            &["written for suport-replies, which is not here; support-replies is the only automation", set, held],
        ),
        (BOT, "[layers.prompt]", "[layers.promt]", 1, &["lacks layer `prompt`", set, held]),
        (BOT, "[signals.ungrounded_rate]", "[signals.ungrounded_rate", 1, &["error[syntax]", set, held]),
        (
            BOT,
            "[controls.autonomy]",
            "[controls.autonmy]",
            1,
            &["lacks control `autonomy`", "stop-service: set replicas to 0 percent; proven", held],
        ),
        (BOT, "[deploy]", "[deploi]", 1, &["lacks a [deploy]", set, "`freeze` can not be done", held]),
    ];
    for (file, from, to, code, told) in cases {
        let (home, world) = at_work();
        change(&home, file, |text| text.replacen(from, to, 1));
        let said = home.run(RUN);
        let all = flat(&said.all());
        assert_eq!(said.code, Some(*code), "{from} became {to}: {}", said.all());
        for told in *told {
            assert!(all.contains(told), "{from} became {to}: {told}: {}", said.all());
        }
        let run = journal(&home).only_run();
        assert!(all.contains(&format!("aigov run incident/hallucination --continues {run}")), "{}", said.all());
        assert!(!world.seen().iter().any(|a| a.method != "GET" && a.path.contains("/mlflow/")), "held after contain");
        home.run("verify").exits(0);
    }
}

#[test]
fn an_automation_of_which_nothing_can_be_read_is_not_contained_and_that_is_said_with_what_to_type() {
    let (home, _world) = at_work();
    home.write(BOT, "schema = 1\n");
    let said = home.run(RUN);
    let all = flat(&said.all());
    assert_eq!(said.code, Some(9), "{}", said.all());
    for told in ["is NOT CONTAINED: stop-sending could not be planned", "aigov stop support-replies --env production"] {
        assert!(all.contains(told), "{told}: {}", said.all());
    }
    home.run("verify").exits(0);
}

#[test]
fn a_broken_file_of_one_of_two_automations_does_not_mean_the_other() {
    let (home, world) = at_work();
    let whole = fs::read_to_string(home.desk().join(BOT)).unwrap();
    home.write("automations/second-bot.toml", &whole);
    change(&home, BOT, |text| text.replacen("[layers.prompt]", "[layers.prompt", 1));
    let said = home.run(RUN).exits(2);
    for name in ["--automation second-bot", "--automation support-replies lacks layer `prompt`"] {
        assert!(flat(&said.err).contains(name), "{name}: {}", said.all());
    }
    assert_eq!(world.count(), 0);
    // What it may be for is still there to choose.
    let said = home.run("run --automation support-replies --as olga").exits(2);
    assert!(flat(&said.err).contains("incident/hallucination Fabricated content"), "{}", said.all());
    // Whoever says which has it contained, broken or not.
    let said = home.run(&format!("{RUN} --automation support-replies"));
    assert_eq!(said.code, Some(1), "{}", said.all());
    assert!(flat(&said.all()).contains("set autonomy to off; proven"), "{}", said.all());
}

#[cfg(unix)]
#[test]
fn an_automation_whose_file_can_not_be_read_is_not_passed_over_for_another() {
    let (home, world) = at_work();
    // Nobody can follow a link to itself, whatever their rights.
    std::os::unix::fs::symlink("second-bot.toml", home.desk().join("automations/second-bot.toml")).unwrap();
    let said = home.run(RUN).exits(2);
    let all = flat(&said.err);
    for told in [
        "which automation is meant is not sure",
        "automations/second-bot.toml can't be read",
        "aigov run incident/hallucination --automation support-replies",
    ] {
        assert!(all.contains(told), "{told}: {}", said.all());
    }
    assert_eq!(world.count(), 0);
    // Whoever says which has it contained.
    let said = home.run(&format!("{RUN} --automation support-replies"));
    assert!(flat(&said.all()).contains("set autonomy to off; proven"), "{}", said.all());
    // And where no other is left, the file is named all the same.
    fs::rename(home.desk().join(BOT), home.all().join("away.toml")).unwrap();
    assert!(flat(&home.run(RUN).exits(2).err).contains("automations/second-bot.toml can't be read"));
}

#[test]
fn nothing_is_begun_where_nothing_of_a_runbook_is_bound() {
    let (home, world) = at_work();
    change(&home, "aigov.toml", |text| format!("{text}\n[environments.staging]\n"));
    let said = home.run("run incident/hallucination --env staging --as olga").exits(2);
    let all = flat(&said.err);
    assert!(all.contains("serves no automation in staging") && all.contains("support-replies lacks"), "{}", said.err);
    let next = all.rsplit("Next:").next().unwrap().trim();
    assert!(next.starts_with("aigov run incident/hallucination --automation support-replies --env staging"), "{next}");
    assert_eq!(world.count(), 0);
    assert!(Journal::below(home.all()).is_none_or(|j| j.runs().is_empty()));
}

#[test]
fn a_file_of_answers_that_does_not_fit_keeps_nobody_from_containing_a_run_that_was_cut_off() {
    let (home, world) = at_work();
    kill_at_request(&home, &world, 2, false);
    let run = journal(&home).only_run();
    assert!(
        !kinds(&journal(&home).records(&run)).contains(&"step-proved".to_owned()),
        "cut off before it was contained"
    );
    home.write("other.toml", "schema = 1\n[facts]\nhram = true\n");
    let resume = "resume --as olga --answers other.toml";
    let said = home.run(resume);
    assert!(flat(&said.all()).contains("the run contains all the same"), "{}", said.all());
    assert!(flat(&said.all()).contains("set autonomy to off; proven"), "{}", said.all());
    // Once it is contained, a file that does not fit is a wrong use.
    home.run(resume).exits(2);
}

#[test]
fn of_two_automations_that_fit_neither_is_chosen() {
    let (home, world) = at_work();
    let second = fs::read_to_string(home.desk().join(BOT)).unwrap();
    home.write("automations/second-bot.toml", &second);
    for verb in ["run", "plan"] {
        let said = home.run(&format!("{verb} incident/hallucination")).exits(2);
        for name in ["--automation second-bot", "--automation support-replies"] {
            assert!(flat(&said.err).contains(name), "{name}: {}", said.all());
        }
    }
    assert_eq!(world.count(), 0);
    assert!(Journal::below(home.all()).is_none_or(|j| j.runs().is_empty()));
    home.run(&format!("{RUN} --automation second-bot")).exits(4);
    assert_eq!(journal(&home).runs().len(), 1);
}

#[test]
fn an_environment_that_is_not_the_providers_own_is_never_taken_for_another() {
    let (home, world) = at_work();
    change(&home, "aigov.toml", |text| format!("{text}\n[environments.staging]\n"));
    // Bound nowhere in staging: nothing is run, and nobody is led to another automation, or to production.
    home.write("automations/a-bot.toml", "schema = 1\n[stop]\ncontrol = \"x\"\n[controls.x]\nkind = \"switch\"\n");
    let said = home.run("run incident/hallucination --env staging --as olga").exits(2);
    let all = flat(&said.err);
    assert!(all.contains("serves no automation in staging"), "{}", said.err);
    let next = all.rsplit("Next:").next().unwrap().trim();
    assert!(next.starts_with("aigov run incident/hallucination --automation support-replies --env staging"), "{next}");
    assert_eq!(world.count(), 0);
    // Bound in staging, to providers that have no settings there: production's are not taken for them.
    change(&home, BOT, |text| {
        let twice = |line: &str| match line.strip_prefix("production") {
            Some(rest) if rest.trim_start().starts_with('=') => format!("{line}\nstaging{rest}"),
            _ => line.to_owned(),
        };
        text.lines().map(twice).collect::<Vec<_>>().join("\n")
    });
    let said = home.run("run incident/hallucination --automation support-replies --env staging --as olga");
    assert_eq!(said.code, Some(9), "{}", said.all());
    let all = flat(&said.all());
    for told in [
        "provider `flags` has no settings for environment `staging`",
        "NOT CONTAINED",
        "/unleash/projects/support",
        "Projects → support",
        "aigov stop support-replies --env staging",
    ] {
        assert!(all.contains(told), "{told}: {}", said.all());
    }
    assert_eq!(world.count(), 0, "nothing reached production: {:?}", world.seen());
    home.run("verify").exits(0);
}
