//! The shipped scenarios, played: green with a good player, failed by each of the others for the reason it gives; the same
//! seed, the same records; and no way out of a drill.

use std::collections::{BTreeMap, BTreeSet};

use aigov::drive::Signals;
use aigov::journal::memory::MemoryLog;
use aigov::model::runbook::Class;
use aigov::model::word::Word as _;
use aigov::model::workspace::Workspace;
use aigov::plan::rehearsal::{self, Player, Rehearsal};
use aigov::plan::{Plan, Votes, resolve, shipped};
use aigov::port::{Progress, Reporter};
use aigov::provider;
use aigov::rehearse::{Play, VirtualClock, play, run};
use aigov::report::drill;
use aigov::report::score::{Rating, Score};
use aigov::run::record::{Record, Start, sha256_hex};
use aigov::text::time::Instant;

pub(crate) const BEGINS: Instant = Instant(1_795_514_400_000);

pub(crate) fn workspace() -> Workspace {
    let files = shipped::SANDBOX.iter().chain(shipped::RUNBOOKS).chain(shipped::SCENARIOS);
    let files = files.map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    let (workspace, found) = Workspace::assemble(files, provider::catalog());
    assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    workspace
}

/// A scenario made ready, as the command does.
pub(crate) struct Ready {
    pub(crate) plan: Plan,
    pub(crate) rehearsal: Rehearsal,
    pub(crate) players: Vec<Player>,
}

#[expect(clippy::expect_used, reason = "a test that has no plan fails")]
pub(crate) fn ready(workspace: &Workspace, name: &str) -> Ready {
    let scenario = &workspace.scenarios[name];
    let value = |of: &Option<aigov::text::span::Spanned<String>>| of.as_ref().expect("it is there").value.clone();
    let (runbook, automation) = (value(&scenario.runbook), value(&scenario.automation));
    let (mut plan, _) =
        resolve(workspace, provider::catalog(), &runbook, &automation, "production", true).expect("a plan");
    plan.votes = Votes::Unsigned;
    let resolved = rehearsal::resolve(scenario, &plan);
    let problems: Vec<String> = resolved.problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems, Vec::<String>::new(), "{name}");
    Ready { plan, rehearsal: resolved.rehearsal, players: resolved.players }
}

/// Keeps the transcript and the records.
pub(crate) struct Kept {
    pub(crate) text: String,
    pub(crate) records: Vec<Record>,
}

impl Reporter for Kept {
    fn record(&mut self, plan: &Plan, record: &Record) {
        self.text.push_str(&drill::line(plan, BEGINS, record));
        self.text.push('\n');
        self.records.push(record.clone());
    }

    fn progress(&mut self, _: &Plan, progress: Progress<'_>) {
        if let Progress::Says(line) = progress {
            self.text.push_str(&drill::aside(line));
        }
    }
}

#[expect(clippy::expect_used, reason = "a test whose drill does not begin fails")]
pub(crate) fn played(of: &Ready, player: &Player, seed: u64) -> (Kept, Score) {
    let mut rehearsal = of.rehearsal.clone();
    rehearsal.seed = seed;
    rehearsal.begins = BEGINS;
    rehearsal.player = Some(player.id.clone());
    let start = Start {
        plan: of.plan.clone(),
        plan_digest: "p".into(),
        files: BTreeMap::new(),
        workspace: "w".into(),
        commit: None,
        dirty: false,
        version: "0".into(),
        heads: BTreeMap::new(),
        continues: None,
        operators: Vec::new(),
        time_scale: 1,
        declared: "in a test".into(),
        retrospective: false,
        rehearsal: None,
        roster: None,
    };
    let mut kept = Kept { text: String::new(), records: Vec::new() };
    let mut log = MemoryLog::new("20261124-1000-test");
    let play_of = Play { plan: &of.plan, rehearsal: &rehearsal, player, run: "20261124-1000-test", start };
    play(play_of, &mut log, &mut kept).expect("it begins");
    assert_eq!(log.records(), kept.records, "what is told is what is on record");
    let score = Score::of(&kept.records).unwrap_or_else(|| Score::undeclared(&rehearsal, &of.plan));
    (kept, score)
}

#[test]
fn each_class_and_each_kind_of_trouble_has_a_scenario_made_from_what_happened() {
    let workspace = workspace();
    let class = |name: &str| {
        let runbook = workspace.scenarios[name].runbook.as_ref()?;
        Some(workspace.runbooks.get(&runbook.value)?.class.as_ref()?.value)
    };
    let practised: BTreeSet<Class> = workspace.scenarios.keys().filter_map(|n| class(n)).collect();
    for wanted in Class::ALL.iter().filter(|c| **c != Class::Unknown) {
        assert!(practised.contains(wanted), "nothing practises {wanted}");
    }
    for scenario in workspace.scenarios.values() {
        assert!(!scenario.based_on.is_empty(), "{} is made from nothing", scenario.name);
        assert!(scenario.players.len() >= 2, "{} shows nobody who fails", scenario.name);
    }
    for name in ["rollback-worse", "silent-approver", "insider-prompt", "remote-down", "false-alarm"] {
        assert!(workspace.scenarios.contains_key(&format!("gameday/{name}")), "{name}");
    }
}

#[test]
fn a_good_player_is_green_and_each_other_one_fails_for_the_reason_it_gives() {
    let workspace = workspace();
    for name in workspace.scenarios.keys() {
        let of = ready(&workspace, name);
        for player in &of.players {
            let (kept, score) = played(&of, player, 1);
            let told = || format!("{name}, {}: {:#?}\n{}", player.id, score.dimensions, kept.text);
            if player.id == "good" {
                assert!(score.red_lines.is_empty(), "{:?}\n{}", score.red_lines, told());
                assert!(score.rating <= Rating::Some, "{}", told());
                let unmet: Vec<_> = score.expected.iter().filter(|e| score.fails(&e.id)).collect();
                assert!(unmet.is_empty() && score.broken.is_empty(), "{unmet:?} {:?}\n{}", score.broken, told());
            } else {
                assert!(!player.fails.is_empty(), "{name}, {}: for what does it fail?", player.id);
                for reason in &player.fails {
                    assert!(score.fails(reason), "{reason} is not failed: {}", told());
                }
            }
            for line in kept.text.lines() {
                assert!(line.starts_with("DRILL "), "{line}");
            }
            assert!(kept.records.iter().all(|r| r.drill), "{name}");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_records_and_another_one_does_not() {
    let workspace = workspace();
    let of = ready(&workspace, "gameday/invented-policy");
    let digest = |seed| {
        let (kept, _) = played(&of, &of.players[0], seed);
        let bytes: Vec<u8> = kept.records.iter().flat_map(|r| r.bytes().unwrap_or_default()).collect();
        sha256_hex(&[kept.text.as_bytes(), &bytes].concat())
    };
    let times = if cfg!(debug_assertions) { 10 } else { 1_000 };
    let all: BTreeSet<String> = (0..times).map(|_| digest(7)).collect();
    assert_eq!(all.len(), 1, "{times} drills of one seed");
    assert_ne!(digest(8), digest(7));
}

#[test]
fn a_score_is_computed_again_from_the_record_alone() {
    let workspace = workspace();
    let of = ready(&workspace, "gameday/deleted-records");
    let (kept, score) = played(&of, &of.players[0], 3);
    let lines: Vec<Vec<u8>> = kept.records.iter().map(|r| r.bytes().unwrap_or_default()).collect();
    let again: Vec<Record> = lines.iter().filter_map(|l| serde_json::from_slice(l).ok()).collect();
    assert_eq!(Score::of(&again).as_ref(), Some(&score));
    let page = aigov::report::score::html(&score, &kept.records);
    assert!(page.contains("<svg") && page.contains("DRILL: nothing real was touched"), "{page}");
    for outside in ["<script", "http://", "https://", "src=", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    // A record that somebody changed does not score as if nothing had happened.
    let mut forged = again;
    let last = forged.len() - 1;
    forged[last].by = "somebody else".into();
    forged[last - 1].by = "somebody else".into();
    let forged = Score::of(&forged).map(|s| s.rating);
    assert_eq!(forged, Some(Rating::Unable));
}

#[test]
fn nothing_in_a_drill_can_open_a_socket() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").map(|l| (l.local_addr(), l));
    let Ok((Ok(address), _listener)) = listener else { panic!("loopback") };
    let tried = std::panic::catch_unwind(|| {
        let clock = VirtualClock::at(BEGINS);
        let (raise, _signals) = Signals::channel();
        run(&clock, Instant(BEGINS.0 + 1_000), &raise, async { tokio::net::TcpStream::connect(address).await.is_ok() })
    });
    assert_ne!(tried.ok().flatten(), Some(true), "something that listens was reached from inside a drill");
}
