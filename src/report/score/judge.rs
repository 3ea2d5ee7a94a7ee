//! The rules of the ten dimensions: what gives the points, and what is a red line.
//!
//! Points of a dimension are its weight, times what its own rule gives (all, half or nothing), times the share of the
//! scenario's expectations in it that were met; one that came late or out of order counts half. What is forbidden and was
//! done takes half of what its dimension still has. A trap that was believed takes all of it: an expectation that names
//! the trap is not met, or something forbidden that names it happened, after the trap had come in.

use super::happenings::{all, contained, dimension, own_vote, times};
use super::{Believed, Broken, Expected, Rating, Score, Scored, Standing, Times, since, weight};
use crate::plan::rehearsal::{Dimension, Happening, Rehearsal};
use crate::plan::{Act, Direction, Plan, RowIx, StepIx};
use crate::run::event::{End, Event, Phase, Verdict};
use crate::run::ledger::Ledger;
use crate::run::record::{DeliveredWhat, Record};
use crate::text::time::{Instant, Millis};

/// Where a scenario does not say.
const DECLARED: Millis = Millis::from_secs(300);
const FIRST_ACTION: Millis = Millis::from_secs(60);
const CONTAINED: Millis = Millis::from_secs(300);
const CLOCK: Millis = Millis::from_secs(900);

/// What a dimension's own rule gives: all, half, nothing, or not exercised; and why.
type Given = (Option<f64>, String);

struct Judge<'a> {
    of: &'a Rehearsal,
    plan: &'a Plan,
    records: &'a [Record],
    times: Times,
    red_lines: Vec<String>,
}

pub(super) fn judge(of: &Rehearsal, plan: &Plan, records: &[Record]) -> Score {
    let times = raw(of, plan, records);
    let mut judge = Judge { of, plan, records, times, red_lines: Vec::new() };
    let expected = judge.expected();
    let broken = judge.broken();
    let believed = judge.believed(&expected, &broken);
    let mut dimensions = Vec::new();
    for dimension in all() {
        let (given, mut says) = judge.rule(*dimension);
        let share = share(&expected, of, *dimension);
        let given = match (given, share) {
            (None, None) => None,
            (given, share) => Some(given.unwrap_or(1.0) * share.unwrap_or(1.0)),
        };
        for e in expected.iter().filter(|e| e.dimension == *dimension && e.standing != Standing::Met) {
            says.push_str(&format!("; {}: {}", e.id, standing(&e.standing)));
        }
        let given = costs(given, *dimension, &broken, &believed, &mut says);
        let points = given.map(|g| g * f64::from(weight(*dimension)));
        dimensions.push(Scored { dimension: *dimension, weight: weight(*dimension), points, says });
    }
    for e in expected.iter().filter(|e| e.red_line && e.standing != Standing::Met) {
        judge.red_lines.push(format!("{}: {}", e.id, standing(&e.standing)));
    }
    for b in broken.iter().filter(|b| b.red_line) {
        judge.red_lines.push(format!("{}: {}", b.id, b.why));
    }
    let counted: f64 = dimensions.iter().filter(|d| d.points.is_some()).map(|d| f64::from(d.weight)).sum();
    let reached: f64 = dimensions.iter().filter_map(|d| d.points).sum();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a hundred")]
    let sum = if counted > 0.0 { (reached * 100.0 / counted).round() as u32 } else { 0 };
    let rating = match sum {
        _ if !judge.red_lines.is_empty() => Rating::Unable,
        85.. => Rating::Performed,
        70.. => Rating::Some,
        50.. => Rating::Major,
        _ => Rating::Unable,
    };
    let Judge { times, red_lines, .. } = judge;
    Score {
        rehearsal: of.clone(),
        digest: of.digest().unwrap_or_default(),
        run: records.first().map(|r| r.run.clone()),
        rating,
        sum,
        dimensions,
        red_lines,
        expected,
        broken,
        believed,
        times,
    }
}

/// What is forbidden and was done costs half of what a dimension gives, a trap that was believed all of it; also where it
/// was not exercised otherwise.
fn costs(
    given: Option<f64>,
    dimension: Dimension,
    broken: &[Broken],
    believed: &[Believed],
    says: &mut String,
) -> Option<f64> {
    let mut given = given;
    for b in broken.iter().filter(|b| b.dimension == dimension) {
        given = Some(given.unwrap_or(1.0) / 2.0);
        says.push_str(&format!("; {}: forbidden, and done: costs half", b.id));
    }
    for b in believed.iter().filter(|b| b.dimension == dimension) {
        given = Some(0.0);
        says.push_str(&format!("; the trap {} was believed ({}): costs all", b.trap, b.by));
    }
    given
}

/// How an expectation stands, in words.
pub(super) fn standing(of: &Standing) -> String {
    match of {
        Standing::Met => "met".to_owned(),
        Standing::Late(by) => format!("late by {}", super::super::phrase::length(*by)),
        Standing::OutOfOrder(other) => format!("after {other}, which it should precede"),
        Standing::Missed => "missed".to_owned(),
    }
}

/// The share of the expectations of a dimension that were met; none where there are none.
fn share(expected: &[Expected], of: &Rehearsal, dimension: Dimension) -> Option<f64> {
    let weight = |id: &str| of.expectations.iter().find(|e| e.id == id).map_or(0, |e| e.weight);
    let mut whole = 0_u64;
    let mut halves = 0_u64;
    for e in expected.iter().filter(|e| e.dimension == dimension) {
        whole += weight(&e.id);
        halves += weight(&e.id)
            * match e.standing {
                Standing::Met => 2,
                Standing::Late(_) | Standing::OutOfOrder(_) => 1,
                Standing::Missed => 0,
            };
    }
    #[expect(clippy::cast_precision_loss, reason = "weights are small")]
    (whole > 0).then(|| halves as f64 / (2 * whole) as f64)
}

fn raw(of: &Rehearsal, plan: &Plan, records: &[Record]) -> Times {
    let at = |when: Option<Instant>| when.map(|at| since(of, at));
    let lowers = |s: StepIx| plan.step(s).direction == Direction::Lowers;
    let acts = |r: &&Record| matches!(r.event, Event::StepIntended { step } if lowers(step));
    let first_inject = of.first_inject();
    let contained = contained(plan, records).map(|at| since(of, at));
    let ended = records.last().map(|r| since(of, r.at));
    let effects = of.limits.effect_every.map(|every| {
        let until = contained.or(Some(of.limits.duration)).unwrap_or_default();
        Millis(until.0.saturating_sub(first_inject.0)).0 / every.0.max(1)
    });
    Times {
        first_inject,
        declared: at(records.first().map(|r| r.at)),
        first_action: at(records.iter().find(acts).map(|r| r.at)),
        contained,
        judged: at(times(plan, records, Happening::ClockStarted, None).first().copied()),
        ended,
        effects,
    }
}

/// All within the limit, half within twice, nothing beyond.
fn in_time(what: &str, took: Option<Millis>, limit: Millis) -> Given {
    let length = super::super::phrase::length;
    match took {
        None => (Some(0.0), format!("never {what}")),
        Some(took) => {
            let given = match took {
                t if t <= limit => 1.0,
                t if t.0 <= limit.0.saturating_mul(2) => 0.5,
                _ => 0.0,
            };
            (Some(given), format!("{what} after {}, allowed {}", length(took), length(limit)))
        }
    }
}

impl Judge<'_> {
    fn expected(&self) -> Vec<Expected> {
        let first = |event, about: Option<&str>| times(self.plan, self.records, event, about).first().copied();
        let of = |e: &crate::plan::rehearsal::Expectation| {
            let at = first(e.event, e.about.as_deref());
            let late = at.zip(e.by).and_then(|(at, by)| {
                let took = since(self.of, at);
                (took > by).then(|| Millis(took.0 - by.0))
            });
            let other = e.before.iter().find(|id| {
                let other = self.of.expectations.iter().find(|o| o.id == **id);
                let there = other.and_then(|o| first(o.event, o.about.as_deref()));
                there.zip(at).is_some_and(|(there, at)| there < at)
            });
            let standing = match (at, late, other) {
                (None, ..) => Standing::Missed,
                (_, _, Some(other)) => Standing::OutOfOrder(other.clone()),
                (_, Some(by), _) => Standing::Late(by),
                _ => Standing::Met,
            };
            Expected {
                id: e.id.clone(),
                dimension: dimension(self.plan, e.event, e.about.as_deref()),
                at: at.map(|at| since(self.of, at)),
                standing,
                red_line: e.red_line,
            }
        };
        self.of.expectations.iter().map(of).collect()
    }

    fn broken(&self) -> Vec<Broken> {
        let mut broken = Vec::new();
        for f in &self.of.forbidden {
            let when = match &f.says {
                Some(words) => self.said(words, f.about.as_deref()),
                None => times(self.plan, self.records, f.event, f.about.as_deref()).first().copied(),
            };
            if let Some(at) = when {
                let at = since(self.of, at);
                let dimension = dimension(self.plan, f.event, f.about.as_deref());
                broken.push(Broken { id: f.id.clone(), dimension, why: f.why.clone(), at, red_line: f.red_line });
            }
        }
        broken
    }

    /// The traps that were believed, each once for what it led to. What had not come in was not believed.
    fn believed(&self, expected: &[Expected], broken: &[Broken]) -> Vec<Believed> {
        let came = |trap: &str| {
            let is =
                |r: &&Record| r.detail.drill.as_ref().is_some_and(|d| d.what == DeliveredWhat::Inject && d.id == trap);
            self.records.iter().find(is).map(|r| since(self.of, r.at))
        };
        // What never happened is missing until the end.
        let fell = |trap: &str, at: Option<Millis>| came(trap).is_some_and(|came| at.is_none_or(|at| came <= at));
        let unmet = expected.iter().filter(|e| e.standing != Standing::Met).filter_map(|e| {
            let written = self.of.expectations.iter().find(|w| w.id == e.id)?;
            Some((&written.traps, &e.id, e.dimension, e.at))
        });
        let done = broken.iter().filter_map(|b| {
            let written = self.of.forbidden.iter().find(|w| w.id == b.id)?;
            Some((&written.traps, &b.id, b.dimension, Some(b.at)))
        });
        let each = unmet.chain(done).flat_map(|(traps, by, dimension, at)| {
            let fallen = traps.iter().filter(move |trap| fell(trap, at));
            fallen.map(move |trap| Believed { trap: trap.clone(), by: by.clone(), dimension })
        });
        each.collect()
    }

    /// When words were first about to be published.
    fn said(&self, words: &str, about: Option<&str>) -> Option<Instant> {
        let words = words.to_lowercase();
        let mut texts = std::collections::BTreeMap::new();
        for record in self.records {
            match record.event {
                Event::StepPrepared { step } => {
                    let text = record.detail.act.as_ref().and_then(|a| a.statement.clone());
                    texts.insert(step, text.unwrap_or_default().to_lowercase());
                }
                Event::StepIntended { step } => {
                    let meant = about.is_none_or(|id| self.plan.step(step).id == id);
                    if meant && texts.get(&step).is_some_and(|t| t.contains(&words)) {
                        return Some(record.at);
                    }
                }
                _ => {}
            }
        }
        None
    }

    fn rule(&mut self, dimension: Dimension) -> Given {
        if self.records.is_empty() && dimension != Dimension::Declare {
            return (Some(0.0), "never declared".to_owned());
        }
        match dimension {
            Dimension::Declare => self.declare(),
            Dimension::FirstAction => {
                let took = self.times.first_action.zip(self.times.declared).map(|(a, d)| Millis(a.0 - d.0));
                in_time("lowered", took, self.of.limits.first_action.unwrap_or(FIRST_ACTION))
            }
            Dimension::Containment => self.containment(),
            Dimension::Order => self.order(),
            Dimension::Severity => self.severity(),
            Dimension::Approvals => self.approvals(),
            Dimension::Clocks => {
                let took = self.times.judged.map(|j| Millis(j.0.saturating_sub(self.times.first_inject.0)));
                in_time("judged by a person", took, self.of.limits.clock_started.unwrap_or(CLOCK))
            }
            Dimension::Statements => self.statements(),
            Dimension::Recovery => self.recovery(),
            Dimension::Record => self.record(),
        }
    }

    fn declare(&mut self) -> Given {
        let took = self.times.declared.map(|d| Millis(d.0.saturating_sub(self.times.first_inject.0)));
        if took.is_none() {
            self.red_lines.push("never declared".to_owned());
        }
        in_time("declared", took, self.of.limits.declared.unwrap_or(DECLARED))
    }

    fn containment(&mut self) -> Given {
        let took = self.times.contained.map(|c| Millis(c.0.saturating_sub(self.times.first_inject.0)));
        if took.is_none() {
            self.red_lines.push("not contained at the end, as far as anybody can prove".to_owned());
        }
        let (given, mut says) = in_time("proven contained", took, self.of.limits.contained.unwrap_or(CONTAINED));
        let mut given = given.unwrap_or_default();
        if let Some(effects) = self.times.effects {
            says.push_str(&format!("; {effects} effects reached the outside"));
            if let Some(most) = self.of.limits.effects {
                says.push_str(&format!(", allowed {most}"));
                if effects > most {
                    given /= 2.0;
                }
            }
        }
        (Some(given), says)
    }

    /// Stop, evidence, freeze, then what is rolled back.
    fn order(&mut self) -> Given {
        let proved = |is: &dyn Fn(&Act, Direction) -> bool| {
            let passed = |r: &&Record| match r.event {
                Event::StepProved { step, verdict: Verdict::Pass | Verdict::Accepted }
                | Event::StepAttested { step } => is(&self.plan.step(step).act, self.plan.step(step).direction),
                _ => false,
            };
            self.records.iter().find(passed).map(|r| r.seq)
        };
        let acted = |r: &&Record| match r.event {
            Event::StepIntended { step } => matches!(self.plan.step(step).act, Act::RollbackLayer { .. }),
            _ => false,
        };
        let stop = proved(&|_, d| d == Direction::Lowers);
        let evidence = proved(&|a, _| matches!(a, Act::Capture { .. }));
        let freeze = proved(&|a, _| matches!(a, Act::Freeze));
        let rollback = self.records.iter().find(acted).map(|r| r.seq);
        let wants = |is: fn(&Act) -> bool| self.plan.immediate.iter().any(|s| is(&self.plan.step(*s).act));
        let wants_evidence = wants(|a| matches!(a, Act::Capture { .. }));
        let mut wrong = Vec::new();
        let before = |a: Option<u64>, b: Option<u64>| b.is_none_or(|b| a.is_some_and(|a| a < b));
        if !before(stop, evidence) {
            wrong.push("evidence was taken before anything was stopped");
        }
        if wants_evidence && evidence.is_none() {
            wrong.push("no evidence was kept");
        }
        if wants(|a| matches!(a, Act::Freeze)) && !before(freeze, rollback) {
            wrong.push("something was rolled back while nothing was frozen");
        }
        if wants_evidence && !before(evidence, rollback) {
            wrong.push("something was rolled back before evidence was kept");
            self.red_lines.push("evidence may be destroyed: a layer was rolled back before it was kept".to_owned());
        }
        match wrong.len() {
            0 => (Some(1.0), "stop, evidence, freeze, then what is rolled back".to_owned()),
            1 => (Some(0.5), wrong.join("; ")),
            _ => (Some(0.0), wrong.join("; ")),
        }
    }

    fn confirmed(&self) -> Option<RowIx> {
        let of = |r: &Record| if let Event::SeverityConfirmed { row } = r.event { Some(row) } else { None };
        self.records.iter().rev().find_map(of)
    }

    fn severity(&mut self) -> Given {
        let Some(wanted) = &self.of.severity else { return (None, "the scenario names no level".to_owned()) };
        let right = self.plan.rows.iter().position(|r| r.level == *wanted);
        let (Some(right), Some(is)) = (right, self.confirmed()) else {
            return (Some(0.0), format!("nobody confirmed a severity; right is {wanted}"));
        };
        let level = self.plan.rows.get(is.ix()).map_or("", |r| r.level.as_str());
        let milder = is.ix().saturating_sub(right);
        if milder >= 2 {
            self.red_lines.push(format!("under-classified by two levels: {level} instead of {wanted}"));
        }
        match is.ix().cmp(&right) {
            std::cmp::Ordering::Equal => (Some(1.0), level.to_owned()),
            std::cmp::Ordering::Less => (Some(0.5), format!("{level}, graver than {wanted}")),
            std::cmp::Ordering::Greater => (Some(0.0), format!("{level} instead of {wanted}")),
        }
    }

    fn approvals(&mut self) -> Given {
        let count = |is: fn(&Event) -> bool| self.records.iter().filter(|r| is(&r.event)).count();
        let opened = count(|e| matches!(e, Event::GateOpened { .. }));
        let granted = count(|e| matches!(e, Event::GateGranted { .. }));
        let silent = count(|e| matches!(e, Event::GateExpired { .. }));
        let denied = count(|e| matches!(e, Event::GateDenied { .. }));
        let own = self.records.iter().filter(|r| matches!(r.event, Event::VoteRefused { .. }) && own_vote(r)).count();
        if opened == 0 {
            return (None, "no gate opened".to_owned());
        }
        let says =
            format!("{opened} gates opened: {granted} granted, {denied} denied, {silent} expired without effect");
        if own > 0 {
            self.red_lines.push("somebody tried to approve what they asked for, ran or mended themselves".to_owned());
            return (Some(0.0), format!("{says}; {own} votes of people who may not vote here"));
        }
        let mut grants = 0_usize;
        for record in self.records {
            match record.event {
                Event::GateGranted { .. } => grants += 1,
                Event::GateConsumed { .. } if grants == 0 => {
                    self.red_lines.push("an act was let through that nobody granted".to_owned());
                    return (Some(0.0), says);
                }
                Event::GateConsumed { .. } => grants -= 1,
                _ => {}
            }
        }
        (Some(1.0), says)
    }

    fn statements(&self) -> Given {
        let row = self.confirmed().and_then(|r| self.plan.rows.get(r.ix()));
        let tells = |s: &StepIx| matches!(self.plan.step(*s).act, Act::Publish { .. });
        let Some(row) = row.filter(|r| r.respond.iter().any(tells)) else {
            return (None, "this severity tells nobody outside".to_owned());
        };
        let silent = |f: &crate::plan::rehearsal::Forbidden| f.event == Happening::Published && f.says.is_none();
        let published = times(self.plan, self.records, Happening::Published, None);
        if published.is_empty() && self.of.forbidden.iter().any(silent) {
            return (None, "the scenario lets nobody speak outside".to_owned());
        }
        if published.is_empty() {
            let given = if row.public { 0.0 } else { 0.5 };
            return (Some(given), "nothing was published".to_owned());
        }
        (Some(1.0), format!("{} published, each under its gate", published.len()))
    }

    fn recovery(&mut self) -> Given {
        let end =
            self.records.iter().find_map(|r| if let Event::RunEnded { end } = r.event { Some(end) } else { None });
        let stage = |s: StepIx| self.plan.stages.iter().any(|x| x.step == s);
        let raises = |r: &&Record| match r.event {
            Event::StepIntended { step } => stage(step),
            Event::UndoIntended { step } => self.plan.step(step).direction == Direction::Lowers,
            _ => false,
        };
        let raised = self.records.iter().position(|r| raises(&r));
        let before = raised.map_or(self.records, |n| self.records.get(..n).unwrap_or(self.records));
        let mut open: Vec<&str> = self.plan.checks.iter().map(|c| c.id.as_str()).collect();
        for record in before {
            let check = match record.event {
                Event::CheckJudged { check, verdict: Verdict::Pass } | Event::CheckAttested { check } => Some(check),
                Event::CheckDeferred { check } => Some(check),
                _ => None,
            };
            if let Some(check) = check.and_then(|c| self.plan.checks.get(c.ix())) {
                open.retain(|id| *id != check.id);
            }
        }
        if end == Some(End::StoodDown) {
            return (Some(1.0), "stood down under another person's vote".to_owned());
        }
        let Some(_) = raised else {
            let verifying = self.records.iter().any(|r| r.event == Event::PhaseEntered { phase: Phase::Verify });
            return match (verifying && open.is_empty(), end) {
                (true, _) => (Some(1.0), "every check passed; autonomy has not come back yet".to_owned()),
                (false, Some(End::Abandoned)) => (Some(0.5), "given up, autonomy low".to_owned()),
                (false, _) => (None, "the drill ended before autonomy could come back".to_owned()),
            };
        };
        let signed = before.iter().any(|r| matches!(r.event, Event::GateGranted { .. }));
        if !signed {
            self.red_lines.push("autonomy came back without a sign-off".to_owned());
        }
        match (open.is_empty(), signed) {
            (true, true) => (Some(1.0), "every check passed and was signed off before autonomy came back".to_owned()),
            (false, true) => (Some(0.0), format!("came back without {}", open.join(", "))),
            _ => (Some(0.0), "came back without a sign-off".to_owned()),
        }
    }

    fn record(&mut self) -> Given {
        let ledger = match Ledger::of(self.plan, self.records) {
            Ok(ledger) => ledger,
            Err(e) => {
                self.red_lines.push(format!("the chain of the record is broken: {e}"));
                return (Some(0.0), e.to_string());
            }
        };
        if self.records.iter().any(|r| !r.drill) {
            self.red_lines.push("a record of a drill lacks the mark".to_owned());
            return (Some(0.0), "the mark of a drill is missing".to_owned());
        }
        if ledger.degraded {
            return (Some(0.5), "part of it is not where it belongs".to_owned());
        }
        (Some(1.0), format!("{} records, one chain", self.records.len()))
    }
}
