//! `aigov rehearse RUNBOOK --sweep`: every fault at every step, then every pair, in memory and in virtual time.
//!
//! One fault that leaves it only partly contained is a finding; of several, where something was left that no fault had
//! taken. What two faults take together, the stop and what stands in for it, is told and is none. Owns that, and how it is
//! shown.

use serde_json::{Value, json};

use crate::cli::args::{Rehearse, Target};
use crate::cli::choice;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::cli::walk::spread;
use crate::plan::rehearsal::{Fault, FaultKind};
use crate::plan::{Plan, Votes};
use crate::rehearse::sweep::{
    Case, EVERYWHERE, KINDS, Tried, Verdict, avoidable, minimised, pairs, random, singles, steps, try_out,
};
use crate::report::drill::offset;
use crate::report::phrase;
use crate::text::safe;
use crate::ui::Tone;

/// Most cases that are listed one by one.
const LISTED: usize = 12;

/// What each line begins with.
const MARK: &str = "DRILL ";

/// The columns of the matrix, in the order of [`KINDS`], short enough that seven of them stand beside the longest step.
const HEADER: [&str; KINDS.len()] = ["lost", "error", "half", "stale", "void", "other", "limit"];

/// Plays all cases and tells what came of them.
pub(super) fn call(cx: &Context, runbook: &str, args: &Rehearse) -> Result<u8, CliError> {
    let target = Target { automation: args.automation.clone(), env: args.env.clone() };
    let mut planned = choice::plan(cx, runbook, &target)?;
    planned.plan.votes = Votes::Unsigned;
    let plan = &planned.plan;
    if !plan.problems.is_empty() {
        choice::show(cx, &planned.problems);
        return Err(CliError::usage(format!(
            "{} stops after contain, so that nothing beyond can be swept",
            safe::line(runbook)
        ))
        .next(cx.command(&format!("lint runbooks/{runbook}.toml"))));
    }
    let steps = steps(plan);
    let mut told = Told { cx, plan, worst: Verdict::Contained };
    told.head(&steps);
    if let Some(runs) = args.runs {
        told.random(&steps, args.seed, runs);
    } else {
        told.singles(&steps);
        told.pairs(&steps);
    }
    let code = match told.worst {
        Verdict::Contained => 0,
        Verdict::Partly => Kind::Findings.code(),
        Verdict::Wrong => Kind::Failed.code(),
    };
    cx.screen.say(Tone::Plain, "Next:");
    cx.screen.command(&cx.command(&format!("explore {} --automation {}", plan.runbook, plan.automation)));
    Ok(code)
}

struct Told<'a> {
    cx: &'a Context,
    plan: &'a Plan,
    /// The worst that is a finding.
    worst: Verdict,
}

impl Told<'_> {
    fn head(&self, steps: &[String]) {
        if !self.cx.json {
            self.cx.screen.text(&format!(
                "DRILL {} on {} ({}): {} steps, {} faults at each and {} of the whole run, in memory",
                safe::line(&self.plan.runbook),
                safe::line(&self.plan.automation),
                safe::line(&self.plan.environment),
                steps.len(),
                KINDS.len(),
                EVERYWHERE.len()
            ));
        }
    }

    fn line(&self, tried: &Tried, of: &str) {
        self.cx.screen.raw(&json!({ "drill": true, "cases": of, "case": object(tried) }).to_string());
    }

    fn count(&self, what: &str, all: &[Tried]) {
        if self.cx.json {
            all.iter().for_each(|t| self.line(t, what));
            return;
        }
        let of = |v| all.iter().filter(|t| t.verdict == v).count();
        let slowest = all.iter().filter_map(|t| t.took).max().map(phrase::length).unwrap_or_default();
        self.cx.screen.text(&format!(
            "DRILL {what}: {} played, {} contained (slowest {slowest}), {} partly contained and said so, {} WRONG",
            all.len(),
            of(Verdict::Contained),
            of(Verdict::Partly),
            of(Verdict::Wrong)
        ));
    }

    fn singles(&mut self, steps: &[String]) {
        let all = spread(&singles(steps), |case| try_out(self.plan, case.clone(), 1));
        self.worst = self.worst.max(all.iter().map(|t| t.verdict).max().unwrap_or(Verdict::Contained));
        let (once, good): (Vec<Tried>, Vec<Tried>) =
            all.into_iter().partition(|t| t.case.faults.iter().any(|f| f.times.is_some() || f.lasts.is_some()));
        self.count("single faults, once or for a while", &once);
        self.count("single faults, for good", &good);
        if !self.cx.json {
            self.matrix(steps, &good);
        }
    }

    /// A row for each step, a column for each fault, in each the time to containment; then what happens to no step.
    fn matrix(&self, steps: &[String], all: &[Tried]) {
        let cell = |step: Option<&str>, kind: FaultKind| {
            let is = |t: &&Tried| t.case.faults.iter().any(|f| f.step.as_deref() == step && f.kind == kind);
            match all.iter().find(is).map(|t| (t.verdict, t.took)) {
                Some((Verdict::Contained, Some(took))) => phrase::length(took).replace(' ', ""),
                Some((Verdict::Partly, _)) => "PARTLY".to_owned(),
                Some((Verdict::Wrong, _)) => "WRONG".to_owned(),
                _ => String::new(),
            }
        };
        // A table of its own: steps keep their names whole, whatever the width.
        let wide = steps.iter().map(|s| s.chars().count()).max().unwrap_or_default();
        let line = |first: &str, cells: &[String]| {
            let cells: String = cells.iter().map(|c| format!(" {c:<6}")).collect();
            self.cx.screen.text(format!("{MARK}{first:<wide$}{cells}").trim_end());
        };
        self.cx.screen.text("DRILL time from the declaration to proven containment, each fault for good:");
        self.cx
            .screen
            .text("DRILL answer lost, error, half done, stale read, void of effect, other version, rate limit");
        line("", &HEADER.map(str::to_owned));
        for step in steps {
            line(&safe::line(step), &KINDS.map(|kind| cell(Some(step), kind)));
        }
        for kind in EVERYWHERE {
            self.cx.screen.text(&format!("DRILL of the whole run, {kind}: {}", cell(None, kind)));
        }
    }

    fn pairs(&mut self, steps: &[String]) {
        let all = spread(&pairs(steps), |case| try_out(self.plan, case.clone(), 1));
        self.count("pairs of faults", &all);
        all.iter().for_each(|t| self.weigh(t));
        if self.cx.json {
            return;
        }
        let mut not: Vec<&Tried> = all.iter().filter(|t| t.verdict != Verdict::Contained).collect();
        not.sort_by_key(|t| (std::cmp::Reverse(t.verdict), !avoidable(self.plan, &t.case)));
        for tried in not.iter().take(LISTED) {
            self.cx.screen.text(&format!("DRILL   {}: {}", self.told(tried), faults(&tried.case)));
        }
        if not.len() > LISTED {
            self.cx.screen.text(&format!("DRILL   and {} more; --json lists all", not.len() - LISTED));
        }
    }

    /// Whether a case with several faults is a finding.
    fn weigh(&mut self, tried: &Tried) {
        let finding = tried.verdict == Verdict::Wrong || avoidable(self.plan, &tried.case);
        if finding {
            self.worst = self.worst.max(tried.verdict);
        }
    }

    fn told(&self, tried: &Tried) -> String {
        let left = tried.verdict == Verdict::Partly && avoidable(self.plan, &tried.case);
        let left = if left { ", though something was left that no fault had taken" } else { "" };
        format!("{}{left}", word(tried.verdict))
    }

    /// Plays cases by chance, and makes each small that was not contained: what it comes to is told once, with the seed
    /// that gives it.
    fn random(&mut self, steps: &[String], seed: u64, runs: u64) {
        let seeds: Vec<u64> = (seed..seed.saturating_add(runs)).collect();
        let all = spread(&seeds, |seed| try_out(self.plan, random(steps, *seed), *seed));
        self.count("random cases", &all);
        let failing: Vec<(u64, Tried)> =
            seeds.into_iter().zip(all).filter(|(_, t)| t.verdict != Verdict::Contained).collect();
        let least = spread(&failing, |(seed, tried)| minimised(self.plan, tried.clone(), *seed));
        let mut told: Vec<(String, Verdict)> = Vec::new();
        for ((seed, _), least) in failing.iter().zip(least) {
            // One fault is enough, or something was left: then the runbook could do better.
            if least.case.faults.len() < 2 {
                self.worst = self.worst.max(least.verdict);
            } else {
                self.weigh(&least);
            }
            if self.cx.json {
                self.line(&least, "made small");
                continue;
            }
            let what = (faults(&least.case), least.verdict);
            if told.contains(&what) {
                continue;
            }
            if told.len() < LISTED {
                let tone = if least.verdict == Verdict::Wrong { Tone::Bad } else { Tone::Plain };
                let says = format!("DRILL   {}, seed {seed}, made small: {}", self.told(&least), what.0);
                self.cx.screen.say(tone, &says);
            }
            told.push(what);
        }
        if told.len() > LISTED {
            self.cx.screen.text(&format!("DRILL   and {} more; --json lists all", told.len() - LISTED));
        }
    }
}

const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Contained => "contained",
        Verdict::Partly => "partly contained",
        Verdict::Wrong => "WRONG",
    }
}

/// The faults of a case, each with when, how often and how long.
fn faults(case: &Case) -> String {
    let one = |f: &Fault| {
        let place =
            f.step.as_deref().map_or_else(|| "of the whole run".to_owned(), |s| format!("at {}", safe::line(s)));
        let from = if f.at.0 > 0 { format!(", from {}", offset(f.at)) } else { String::new() };
        let long = f.lasts.map_or_else(String::new, |l| format!(", for {}", phrase::length(l)));
        let often = match f.times {
            Some(1) => ", once".to_owned(),
            Some(times) => format!(", {times} times"),
            None if f.lasts.is_none() => ", for good".to_owned(),
            None => String::new(),
        };
        format!("{} {place}{from}{often}{long}", f.kind)
    };
    if case.faults.is_empty() {
        return "no fault at all".to_owned();
    }
    case.faults.iter().map(one).collect::<Vec<_>>().join("; and ")
}

fn object(tried: &Tried) -> Value {
    json!({
        "verdict": word(tried.verdict), "took_ms": tried.took.map(|t| t.0),
        "faults": tried.case.faults.iter().map(|f| json!({
            "step": f.step, "kind": f.kind, "times": f.times, "at_ms": f.at.0, "lasts_ms": f.lasts.map(|l| l.0),
        })).collect::<Vec<_>>(),
    })
}
