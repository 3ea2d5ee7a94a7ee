//! `aigov rehearse RUNBOOK --sweep`: every fault at every step, then every pair, in memory and in virtual time.

use serde_json::{Value, json};

use crate::cli::args::{Rehearse, Target};
use crate::cli::choice;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::cli::walk::spread;
use crate::plan::rehearsal::Fault;
use crate::plan::{Plan, Votes};
use crate::rehearse::sweep::{Case, KINDS, Tried, Verdict, minimised, pairs, random, singles, steps, try_out};
use crate::report::phrase;
use crate::text::safe;
use crate::ui::{Tone, table};

/// Most cases that are listed one by one.
const LISTED: usize = 12;

/// What each line begins with.
const MARK: &str = "DRILL ";

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
    /// The worst that a single fault or a random case came to.
    worst: Verdict,
}

impl Told<'_> {
    fn head(&self, steps: &[String]) {
        if !self.cx.json {
            self.cx.screen.text(&format!(
                "DRILL {} on {} ({}): {} steps, {} faults at each, in memory",
                safe::line(&self.plan.runbook),
                safe::line(&self.plan.automation),
                safe::line(&self.plan.environment),
                steps.len(),
                KINDS.len()
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
            all.into_iter().partition(|t| t.case.faults.iter().any(|f| f.times.is_some()));
        self.count("single faults, once", &once);
        self.count("single faults, for good", &good);
        if !self.cx.json {
            self.matrix(steps, &good);
        }
    }

    /// A row for each step, a column for each fault, in each the time to containment.
    fn matrix(&self, steps: &[String], all: &[Tried]) {
        let cell = |step: &str, n: usize| {
            let kind = KINDS.get(n).copied();
            let of = all
                .iter()
                .find(|t| t.case.faults.iter().any(|f| f.step.as_deref() == Some(step) && Some(f.kind) == kind));
            match of.map(|t| (t.verdict, t.took)) {
                Some((Verdict::Contained, Some(took))) => phrase::length(took),
                Some((Verdict::Partly, _)) => "PARTLY".to_owned(),
                Some((Verdict::Wrong, _)) => "WRONG".to_owned(),
                _ => String::new(),
            }
        };
        let row = |step: &String| {
            [
                safe::line(step),
                cell(step, 0),
                cell(step, 1),
                cell(step, 2),
                cell(step, 3),
                cell(step, 4),
                cell(step, 5),
                cell(step, 6),
            ]
        };
        let rows: Vec<[String; 8]> = steps.iter().map(row).collect();
        let header = ["step", "timeout", "error", "partial", "stale", "no effect", "version", "limit"];
        self.cx.screen.text("DRILL time from the declaration to proven containment:");
        for line in table::draw(header, &rows, self.cx.screen.room().saturating_sub(MARK.len())).trim_end().lines() {
            self.cx.screen.text(&format!("{MARK}{line}"));
        }
    }

    fn pairs(&mut self, steps: &[String]) {
        let all = spread(&pairs(steps), |case| try_out(self.plan, case.clone(), 1));
        // Two faults may take the stop and what stands in for it: that is told, and is no finding of the runbook.
        if all.iter().any(|t| t.verdict == Verdict::Wrong) {
            self.worst = Verdict::Wrong;
        }
        self.count("pairs of faults, for good", &all);
        if self.cx.json {
            return;
        }
        let mut not: Vec<&Tried> = all.iter().filter(|t| t.verdict != Verdict::Contained).collect();
        not.sort_by_key(|t| std::cmp::Reverse(t.verdict));
        for tried in not.iter().take(LISTED) {
            self.cx.screen.text(&format!("DRILL   {}: {}", word(tried.verdict), faults(&tried.case)));
        }
        if not.len() > LISTED {
            self.cx.screen.text(&format!("DRILL   and {} more; --json lists all", not.len() - LISTED));
        }
    }

    fn random(&mut self, steps: &[String], seed: u64, runs: u64) {
        let seeds: Vec<u64> = (seed..seed.saturating_add(runs)).collect();
        let all = spread(&seeds, |seed| try_out(self.plan, random(steps, *seed), *seed));
        self.count("random cases", &all);
        for (seed, tried) in seeds.iter().zip(all).filter(|(_, t)| t.verdict == Verdict::Wrong) {
            self.worst = Verdict::Wrong;
            let least = minimised(self.plan, tried, *seed);
            let says = format!("seed {seed}, with as few faults as it needs: {}", faults(&least.case));
            self.cx.screen.say(Tone::Bad, &says);
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

fn faults(case: &Case) -> String {
    let one = |f: &Fault| format!("{} at {}", f.kind, f.step.as_deref().map(safe::line).unwrap_or_default());
    case.faults.iter().map(one).collect::<Vec<_>>().join(", and ")
}

fn object(tried: &Tried) -> Value {
    json!({
        "verdict": word(tried.verdict), "took_ms": tried.took.map(|t| t.0),
        "faults": tried.case.faults.iter().map(|f| json!({
            "step": f.step, "kind": f.kind, "times": f.times, "at_ms": f.at.0, "lasts_ms": f.lasts.map(|l| l.0),
        })).collect::<Vec<_>>(),
    })
}
