//! The shipped scenarios, played: green with a good player, failed by each of the others for the reason it gives; the same
//! seed, the same records; and no way out of a drill.

use std::collections::{BTreeMap, BTreeSet};

use aigov::drive::Signals;
use aigov::journal::memory::MemoryLog;
use aigov::model::runbook::Class;
use aigov::model::word::Word as _;
use aigov::model::workspace::Workspace;
use aigov::plan::rehearsal::{self, Dimension, Player, Rehearsal, Sealed};
use aigov::plan::{Plan, Votes, resolve, shipped};
use aigov::port::{Progress, Reporter};
use aigov::provider;
use aigov::rehearse::{Play, VirtualClock, play, run};
use aigov::report::drill;
use aigov::report::score::{Rating, Remark, Score, html};
use aigov::run::record::{Delivered, DeliveredWhat, Record, Start, sha256_hex};
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
    let scenario = workspace.scenarios.get(name).expect("there is such a scenario");
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
    rehearsal.played = Some(rehearsal::Where::Memory);
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
        let runbook = workspace.scenarios.get(name)?.runbook.as_ref()?;
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
                assert!(score.rating >= Rating::Major, "it passes all the same: {}", told());
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
    let page = aigov::report::score::html(&score, &kept.records, None, &[]);
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
fn a_trap_that_was_believed_costs_all_of_its_dimension_and_what_is_forbidden_half() {
    let workspace = workspace();
    let mut of = ready(&workspace, "gameday/invented-policy");
    of.rehearsal.forbidden.retain(|f| f.id == "believed-it");
    of.rehearsal.forbidden[0].red_line = false;
    let believer = of.players.iter().find(|p| p.id == "believer").unwrap_or_else(|| panic!("a believer")).clone();
    let order = |of: &Ready| {
        let (_, score) = played(of, &believer, 1);
        let points = score.dimensions.iter().find(|d| d.dimension == Dimension::Order).and_then(|d| d.points);
        (points.unwrap_or_else(|| panic!("it was exercised")), score)
    };
    let (believed, score) = order(&of);
    assert!(believed.abs() < 1e-9, "{score:#?}");
    assert_eq!((score.believed[0].trap.as_str(), score.believed[0].by.as_str()), ("own-account", "believed-it"));
    assert!(score.fails("own-account") && score.fails("believed-it"));
    assert!(aigov::report::score::lines(&score).iter().any(|l| l.contains("trap own-account was believed")));

    // What had not come in was not believed; it stays forbidden.
    let mut late = Ready { plan: of.plan.clone(), rehearsal: of.rehearsal.clone(), players: Vec::new() };
    let duration = late.rehearsal.limits.duration;
    late.rehearsal.injects.iter_mut().filter(|i| i.trap).for_each(|i| i.at = duration);
    let (forbidden, score) = order(&late);
    assert!(score.believed.is_empty(), "{:?}", score.believed);

    let mut free = Ready { plan: of.plan.clone(), rehearsal: of.rehearsal.clone(), players: Vec::new() };
    free.rehearsal.forbidden.clear();
    let (allowed, score) = order(&free);
    assert!(score.broken.is_empty() && allowed > 0.0);
    assert!(forbidden.mul_add(-2.0, allowed).abs() < 1e-9, "{forbidden} is half of {allowed}");
}

#[test]
fn the_page_draws_what_the_record_holds_and_not_what_was_planned() {
    let workspace = workspace();
    let of = ready(&workspace, "gameday/invented-policy");
    let (kept, mut score) = played(&of, &of.players[0], 3);
    let drawn = |page: &str| page.split("<svg").nth(1).unwrap_or_default().split("</svg>").next().unwrap().to_owned();
    let page = html(&score, &kept.records, None, &[]);
    assert!(drawn(&page).contains("registry-refuses: error at rollback-prompt"), "{page}");
    // It struck when the prompt was rolled back, and not when the scenario began.
    let at = |r: &Record, what| r.detail.drill.as_ref().is_some_and(|d| d.what == what);
    let struck = kept.records.iter().find(|r| at(r, DeliveredWhat::Struck)).unwrap_or_else(|| panic!("on record"));
    assert!(struck.detail.drill.as_ref().is_some_and(|d| d.due.0 > 60_000), "{struck:?}");

    // Nothing ran into it: a fault of another step, and every fault where none is injected.
    let mut other = score.rehearsal.faults[0].clone();
    "never-met".clone_into(&mut other.id);
    score.rehearsal.faults.push(other);
    let mut records = kept.records.clone();
    records.retain(|r| !at(r, DeliveredWhat::Struck));
    let page = html(&score, &records, None, &[]);
    assert!(!drawn(&page).contains("registry-refuses") && !drawn(&page).contains("never-met"), "{page}");
    assert_eq!(page.matches("not on record as having struck").count(), 2, "{page}");

    // The game master leaves one out, says something, and opens what was sealed; one never comes.
    let of_inject = |id: &str| {
        let is = |r: &Record| r.detail.drill.as_ref().is_some_and(|d| d.what == DeliveredWhat::Inject && d.id == id);
        kept.records.iter().position(is).unwrap_or_else(|| panic!("{id} came in"))
    };
    let with = |n: usize, what, id: &str, note: &str| {
        let mut record = kept.records[n].clone();
        let due = aigov::text::time::Millis(0);
        record.detail.drill = Some(Delivered { what, id: id.to_owned(), due, stood: None });
        record.detail.note = Some(note.to_owned());
        record.detail.person = Some("gwen".to_owned());
        record
    };
    let (complaint, account, journalist) = (of_inject("complaint"), of_inject("own-account"), of_inject("journalist"));
    let mut records = kept.records.clone();
    records[journalist] = with(journalist, DeliveredWhat::Skipped, "journalist", "");
    records[account] = with(account, DeliveredWhat::Inject, "", "by press to on-call: the minister has seen it");
    records.push(with(complaint, DeliveredWhat::Opened, "complaint", "what stood in the envelope"));
    let sealed = Sealed { age: "age".into(), sha256: "digest".into() };
    score.rehearsal.injects.iter_mut().filter(|i| i.id == "complaint").for_each(|i| i.sealed = Some(sealed.clone()));
    let remark = Remark {
        person: "eva".into(),
        counts: true,
        standing: "the signature holds".into(),
        text: "They <talked> too long".into(),
    };
    let before = Score { sum: 41, run: Some("20260101-0000-last".into()), ..score.clone() };
    let page = html(&score, &records, Some(&before), &[remark]);
    for part in [
        "LEFT OUT by gwen",
        "the minister has seen it",
        "by the game master, gwen",
        "what stood in the envelope",
        "sealed, opened t+",
        "DID NOT COME IN; planned for t+01:30",
        "compared with 20260101-0000-last: 41 then",
        "They &lt;talked&gt; too long",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!drawn(&page).contains("own-account"), "what never came is not drawn: {page}");
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
