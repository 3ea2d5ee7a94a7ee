//! Bare `aigov` and `aigov status`: what is open, what waits for whom, and how to stop each automation.
//!
//! Owns how much is looked into: of many runs and automations only those that are shown are read, so that the answer comes
//! at once.

use litemap::LiteMap;
use serde_json::{Value, json};

use crate::cli::args::Status as Args;
use crate::cli::attended;
use crate::cli::choice;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::files;
use crate::cli::record::Story;
use crate::cli::votable;
use crate::journal::{RunInfo, Store};
use crate::model::automation::Automation;
use crate::plan::STOP;
use crate::plan::resolve::instead;
use crate::report::status::{self, Open, Status, Waiting, What};
use crate::report::{asked, brief, json as objects, phrase};
use crate::run::ledger::Ledger;
use crate::text::safe;

/// More automations than this are not described one by one.
const FEW: usize = 12;
/// How many of many are named.
const SOME: usize = 5;
/// How many open runs are described.
const RUNS: usize = 8;
/// How many records are read to find what waits for whoever asks.
const LOOKED: usize = 25;

/// Prints the state of the workspace.
pub(super) fn call(cx: &Context, args: &Args) -> Result<u8, CliError> {
    let me = cx.reader(args.person.as_deref())?;
    // A record that can't be read hides what is open, and must not hide how to stop.
    let store = cx.journal();
    let (runs, trouble) = match store.runs() {
        Ok(runs) => (runs, None),
        Err(e) => (Vec::new(), Some(CliError::from(e))),
    };
    let open = urgent_first(cx, &runs);
    let names = files::automations(&cx.place);
    let mut stories = Stories { store, read: LiteMap::new() };
    if cx.json {
        stream(cx, &stories, &open, &names)?;
        for waits in waiting(cx, &mut stories, me.as_deref(), &open).0 {
            cx.screen.raw(&object(me.as_deref(), &waits).to_string());
        }
        return trouble.map_or(Ok(0), Err);
    }
    let shown = if args.all { open.len() } else { RUNS };
    let (waiting, unlooked) = waiting(cx, &mut stories, me.as_deref(), &open);
    let next = match (waiting.first().filter(|_| me.is_some()), open.first()) {
        (Some(gate), _) => gate.command.clone(),
        (None, Some(info)) => cx.command(&next(info)),
        (None, None) => cx.command("run"),
    };
    let mut status = Status {
        ask_as: cx.command("status --as NAME"),
        me,
        drill: cx.course().is_some(),
        unreadable: trouble.is_some(),
        open: open.iter().take(shown).map(|info| one(cx, &mut stories, info)).collect(),
        more: (open.len().saturating_sub(shown), cx.command("log")),
        waiting,
        unlooked,
        next,
        ..Status::default()
    };
    if !status.drill {
        inventory(cx, &mut status, &names, &open, args.all);
    }
    cx.screen.page(&status::page(&status, cx.now, cx.screen.room()));
    // A run can be started all the same: its record goes to an emergency file.
    trouble.map_or(Ok(0), |t| Err(t.next(cx.command("run"))))
}

/// Records, each read at most once.
struct Stories {
    store: Store,
    read: LiteMap<String, Option<Story>>,
}

impl Stories {
    fn of(&mut self, run: &str) -> Option<&Story> {
        self.read.entry(run.to_owned()).or_insert_with(|| Story::of(&self.store, run).ok()).as_ref()
    }
}

/// Open runs: what waits for votes first, the nearest deadline in front; then the latest.
fn urgent_first<'r>(cx: &Context, runs: &'r [RunInfo]) -> Vec<&'r RunInfo> {
    let mut open: Vec<&RunInfo> = runs.iter().filter(|r| cx.concerns(r) && r.attended()).collect();
    let deadline = |r: &RunInfo| r.gates.values().filter_map(|g| g.deadline).min();
    open.sort_by_key(|r| (deadline(r).is_none(), deadline(r), std::cmp::Reverse(r.started)));
    open
}

fn stream(cx: &Context, stories: &Stories, open: &[&RunInfo], names: &[String]) -> Result<(), CliError> {
    for info in open {
        let story = Story::of(&stories.store, &info.id)?;
        cx.screen.raw(&objects::summary(&story.summary()?, cx.now).to_string());
    }
    if cx.course().is_some() {
        return Ok(());
    }
    let low = holding(open);
    for name in names {
        let held = low.get(name.as_str()).cloned().unwrap_or_default();
        let stop = cx.command(&format!("stop {name}"));
        cx.screen.raw(&json!({ "automation": name, "stop": stop, "held": held }).to_string());
    }
    Ok(())
}

fn object(me: Option<&str>, waits: &Waiting) -> Value {
    let gate = match &waits.what {
        What::Gate(gate, _) => Some(gate),
        What::Operator => None,
    };
    json!({
        "waits_for": me, "waiting_run": waits.run, "gate": gate, "deadline": waits.deadline, "command": waits.command,
    })
}

fn next(info: &RunInfo) -> String {
    // What `aigov stop` began waits for a runbook that goes on with it.
    let on = if info.runbook == STOP { format!("run --continues {}", info.id) } else { format!("resume {}", info.id) };
    safe::line(&info.gates.keys().next().map_or(on, |g| format!("approve {} {g}", info.id)))
}

fn one(cx: &Context, stories: &mut Stories, info: &RunInfo) -> Open {
    let store = stories.store.clone();
    let lines = stories.of(&info.id).and_then(|story| {
        let summary = story.summary().ok()?;
        let mut lines = brief::lines(&summary, cx.now)[..4].to_vec();
        if let Ok(ledger) = Ledger::of(summary.plan, &story.records)
            && let Some(open) = &ledger.gate
        {
            lines.push(asked::line(summary.plan, &ledger, open, cx.now));
        }
        lines.extend(attended::unattended(cx, &store, summary.plan, story).map(|(says, _)| says));
        Some(lines)
    });
    let words = if lines.is_some() { next(info) } else { format!("verify {}", safe::line(&info.id)) };
    Open { run: info.id.clone(), lines, command: cx.command(&words) }
}

// ---------------------------------------------------------------------------------------------------------- waiting

/// What waits for somebody; and how many gates were not looked into.
fn waiting(cx: &Context, stories: &mut Stories, me: Option<&str>, open: &[&RunInfo]) -> (Vec<Waiting>, usize) {
    let gates = || open.iter().filter(|r| !r.gates.is_empty());
    let Some(me) = me else {
        let all = gates().flat_map(|r| r.gates.iter().map(|(id, gate)| (*r, id, gate)));
        let of = |(r, id, gate): (&RunInfo, &String, &crate::journal::GateWaiting)| Waiting {
            run: r.id.clone(),
            automation: r.automation.clone(),
            what: What::Gate(
                id.clone(),
                if gate.functions.is_empty() { "one person".to_owned() } else { gate.functions.join(" and ") },
            ),
            deadline: gate.deadline,
            command: cx.command(&safe::line(&format!("approve {} {id}", r.id))),
        };
        let looked: Vec<Waiting> = all.map(of).collect();
        let unlooked = looked.len().saturating_sub(LOOKED);
        return (looked.into_iter().take(LOOKED).collect(), unlooked);
    };
    let mut waiting: Vec<Waiting> =
        gates().take(LOOKED).filter_map(|r| Some(mine(cx, stories.of(&r.id)?, me))).flatten().collect();
    let held = |r: &&&RunInfo| r.gates.is_empty() && r.lease.as_ref().is_some_and(|l| l.person == me);
    waiting.extend(open.iter().filter(held).take(RUNS).map(|r| Waiting {
        run: r.id.clone(),
        automation: r.automation.clone(),
        what: What::Operator,
        deadline: None,
        command: cx.command(&next(r)),
    }));
    (waiting, gates().count().saturating_sub(LOOKED))
}

/// What of a run waits for a vote of this person.
fn mine(cx: &Context, story: &Story, me: &str) -> Vec<Waiting> {
    let (run, Ok(summary)) = (&story.run, story.summary()) else { return Vec::new() };
    let Ok(ledger) = Ledger::of(summary.plan, &story.records) else { return Vec::new() };
    let waiting = votable::of(cx, summary.plan, &ledger, me).into_iter().map(|(open, gate)| Waiting {
        run: run.clone(),
        automation: summary.plan.automation.clone(),
        what: What::Gate(gate.id.clone(), phrase::who(gate)),
        deadline: (!ledger.reviews.contains_key(&open.gate)).then_some(open.deadline),
        command: cx.command(&safe::line(&format!("approve {run} {} --as {me}", gate.id))),
    });
    waiting.collect()
}

// -------------------------------------------------------------------------------------------------------- inventory

/// Runs that hold an automation low, by its name.
fn holding<'r>(open: &[&'r RunInfo]) -> LiteMap<&'r str, Vec<String>> {
    let mut low: LiteMap<&str, Vec<String>> = LiteMap::new();
    for run in open.iter().filter(|r| r.holds(&r.automation, &r.environment)) {
        low.entry(&run.automation).or_default().push(run.id.clone());
    }
    low
}

fn inventory(cx: &Context, status: &mut Status, names: &[String], open: &[&RunInfo], all: bool) {
    let low = holding(open);
    let runs = |name: &str| low.get(name).cloned().unwrap_or_default();
    let held = names.iter().filter(|n| low.contains_key(n.as_str())).count();
    status.inventory = (names.len(), held, cx.command("status --all"));
    if names.len() <= FEW {
        let loaded = cx.loaded();
        let described = |a: &Automation| {
            let instead = instead(a);
            let named = a.stop.as_ref().and_then(|s| s.control.as_ref()).map(|c| c.value.as_str());
            let control = instead.first().copied().or(named).and_then(|c| a.controls.get(c));
            status::Automation {
                name: a.name.clone(),
                purpose: a.purpose.as_ref().map(|p| p.value.clone()),
                held: runs(&a.name),
                command: Some(cx.command(&choice::stop_words(a))),
                console: control.and_then(|c| c.console.as_ref()).map(|c| c.value.clone()),
                by_hand: control.and_then(|c| c.by_hand.as_ref()).map(|c| c.value.clone()),
            }
        };
        status.automations = loaded.workspace.automations.values().map(described).collect();
        status.whole = true;
        let wrong = loaded.problems.len() + loaded.unread.len();
        let says = |wrong: usize| {
            let noun = if wrong == 1 { "problem" } else { "problems" };
            format!("{wrong} {noun} in the files of this workspace; `{}` shows each", cx.command("lint"))
        };
        status.problems = (wrong > 0).then(|| says(wrong));
        return;
    }
    status.any = vec![
        ("Stop any of them:".to_owned(), cx.command("stop NAME")),
        ("Who can stop it, how fast, and by hand how:".to_owned(), cx.command("who NAME")),
    ];
    // Those that a run holds first: that is what somebody looks for here.
    let (stopped, free): (Vec<&String>, Vec<&String>) = names.iter().partition(|n| low.contains_key(n.as_str()));
    let stopped = stopped.into_iter().take(if all { names.len() } else { 2 * SOME });
    let free = free.into_iter().take(if all { names.len() } else { SOME });
    let named = |name: &String| status::Automation { name: name.clone(), held: runs(name), ..Default::default() };
    status.automations = stopped.chain(free).map(named).collect();
    status.whole = status.automations.len() == names.len();
}
