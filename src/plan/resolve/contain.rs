//! Immediate actions: which run, in which order, and what stands in for one that can't.
//!
//! Owns the promise that a problem in one action never keeps another from running.

use std::collections::BTreeSet;

use super::Resolver;
use crate::diag::{Diagnostic, code};
use crate::model::runbook as written;
use crate::plan::{Act, Direction, Step, StepIx, StepRole, Undo};
use crate::text::suggest;

/// Why an action is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    /// It can't be planned.
    Unplanned,
    /// It may not stand among the immediate ones.
    Refused,
}

/// Whether an action was meant to lower autonomy, as far as its words tell. Where they can't be read it may have been.
fn lowers(step: &written::Step) -> bool {
    use written::Verb::{ControlSafe, ControlSet, HttpCall};
    match (step.act.as_ref().map(|act| &act.value), step.verb) {
        (Some(written::Act::HttpCall { direction, .. }), _) => {
            direction.as_ref().is_some_and(|d| d.value == written::Direction::Lowers)
        }
        (_, verb) => verb.is_none_or(|verb| matches!(verb, ControlSafe | ControlSet | HttpCall)),
    }
}

impl<'a> Resolver<'a> {
    /// Makes the steps of all immediate actions and returns those that run on their own, in order.
    pub(super) fn contain(&mut self) -> Vec<StepIx> {
        let written = &self.runbook.immediate;
        let or_else: Vec<Option<usize>> = written.iter().map(|step| self.or_else(step)).collect();
        let top = self.top_level(&or_else);
        let mut unplanned: BTreeSet<usize> = BTreeSet::new();
        let resolved: Vec<Option<Step>> = written
            .iter()
            .enumerate()
            .map(|(i, step)| {
                let before = self.errors();
                let made = self.immediate_step(step);
                if made.as_ref().is_err_and(|left| *left == Left::Unplanned) && self.errors() > before && lowers(step) {
                    unplanned.insert(i);
                }
                made.ok()
            })
            .collect();

        // What runs in each place: the action, or its or-else where the action itself can't be planned.
        let mut first: Vec<usize> = Vec::new();
        for (i, step) in resolved.iter().enumerate().filter(|(i, _)| top.contains(i)) {
            let runs = if step.is_some() { Some(i) } else { or_else.get(i).copied().flatten() };
            first.extend(runs.filter(|r| resolved.get(*r).is_some_and(Option::is_some) && !first.contains(r)));
        }
        let base = self.steps.len();
        let place: Vec<Option<usize>> = {
            let mut next = base;
            resolved
                .iter()
                .map(|step| {
                    let here = step.as_ref().map(|_| next);
                    next += usize::from(step.is_some());
                    here
                })
                .collect()
        };
        let ix = |i: usize| place.get(i).copied().flatten().map(|at| StepIx(u16::try_from(at).unwrap_or(u16::MAX)));
        let any_lost = resolved.iter().any(Option::is_none);
        // An or-else takes the place of its action where it lowers too; one that only looks contains nothing.
        let stands_in = |i: usize| {
            let other = or_else.get(i).copied().flatten().and_then(|o| resolved.get(o)?.as_ref());
            other.is_some_and(|step| step.direction == Direction::Lowers)
        };
        let lost = unplanned.iter().filter(|i| top.contains(i) && !stands_in(**i));
        self.lost = lost.filter_map(|i| written.get(*i)).map(|step| step.id.value.clone()).collect();
        for (i, step) in resolved.into_iter().enumerate() {
            let Some(mut step) = step else { continue };
            let alone = first.contains(&i);
            step.role = if alone { StepRole::Immediate } else { StepRole::OrElse };
            // An action that already runs on its own is no other way.
            step.or_else = or_else.get(i).copied().flatten().filter(|o| alone && !first.contains(o)).and_then(ix);
            self.add_step(step);
        }
        let mut out: Vec<StepIx> = first.into_iter().filter_map(ix).collect();
        let lowers = |ix: &StepIx| self.steps.get(ix.ix()).is_some_and(|s| s.direction == Direction::Lowers);
        if any_lost && !out.iter().any(lowers) {
            let instead = self.stop_instead();
            if instead.is_some() && !self.lost.is_empty() {
                // It stands for one of them. What the others would have lowered is still as it was.
                self.lost.remove(0);
            }
            out.splice(0..0, instead);
        }
        out
    }

    /// Where the runbook's own way of stopping can't be planned, the automation's takes its place: the narrowest switch of
    /// `[stop]` that can be.
    fn stop_instead(&mut self) -> Option<StepIx> {
        let automation = self.automation;
        let stop = automation.stop.as_ref()?;
        for name in stop.control.iter().chain(&stop.wider) {
            let Some((name, control)) = self.control(name, &automation.source) else { continue };
            let Some(act) = self.control_safe(&name, control, Undo::Restore) else { continue };
            let says =
                format!("no action that lowers autonomy can be planned, so `{name}` of [stop] is set to safe instead");
            self.error(code::NOT_USABLE, says);
            let step = act.step(format!("instead.{name}"), StepRole::Immediate, super::WITHIN);
            return Some(self.add_step(step));
        }
        None
    }

    /// The place of the action that an or-else names.
    fn or_else(&mut self, step: &'a written::Step) -> Option<usize> {
        let name = step.or_else.as_ref()?;
        let runbook = self.runbook;
        let found = runbook.immediate.iter().position(|s| s.id.value == name.value);
        if found.is_none() {
            let known: Vec<&str> = runbook.immediate.iter().map(|s| s.id.value.as_str()).collect();
            let known: Vec<&str> = known.into_iter().filter(|k| *k != step.id.value).collect();
            self.unresolved(name, &runbook.source, "there is no immediate action", &known);
        }
        found
    }

    /// Actions that no other names. One that is named only by itself, in a circle, or by another or-else runs on its own:
    /// better once too often than not at all.
    fn top_level(&mut self, or_else: &[Option<usize>]) -> BTreeSet<usize> {
        let runbook = self.runbook;
        let named: BTreeSet<usize> = or_else.iter().flatten().copied().collect();
        let mut top: BTreeSet<usize> = (0..or_else.len()).filter(|i| !named.contains(i)).collect();
        let reached: BTreeSet<usize> =
            top.iter().copied().chain(top.iter().filter_map(|i| or_else.get(*i).copied().flatten())).collect();
        for (i, step) in runbook.immediate.iter().enumerate() {
            if !reached.contains(&i) {
                let says =
                    format!("`{}` is the or-else of an or-else, or of itself; it runs on its own", step.id.value);
                self.error_at(code::BAD_VALUE, says, &runbook.source, step.id.span);
                top.insert(i);
            }
        }
        top
    }

    /// An immediate action, if it can be planned and may stand among the immediate ones.
    fn immediate_step(&mut self, step: &'a written::Step) -> Result<Step, Left> {
        let before = self.errors();
        let source = &self.runbook.source;
        let resolved = self.step(step, StepRole::Immediate);
        let Some(resolved) = resolved else {
            if self.errors() > before {
                let by_hand = self.by_hand(step);
                let says = format!("immediate action `{}` can not be done by the program", step.id.value);
                let mut problem = Diagnostic::error(code::NOT_USABLE, says).at(source, step.id.span, "left out");
                problem.help = by_hand;
                self.push(problem);
            }
            return Err(Left::Unplanned);
        };
        let refused = match (&resolved.act, resolved.direction) {
            (_, Direction::Raises) => "it would raise autonomy, or does not say that it does not",
            (Act::RollbackLayer { .. } | Act::Publish { .. }, _) => "it is a response that people decide about",
            _ => return Ok(resolved),
        };
        let says = format!("`{}` can not be an immediate action: {refused}", step.id.value);
        let problem = Diagnostic::error(code::DIRECTION, says)
            .at(source, step.span, "left out")
            .help("immediate actions run without approval, so each lowers autonomy or only looks");
        self.push(problem);
        Err(Left::Refused)
    }

    /// What a person can do instead, where the inventory says so.
    fn by_hand(&self, step: &written::Step) -> Option<String> {
        let (written::Act::ControlSafe { control } | written::Act::ControlSet { control, .. }) =
            &step.act.as_ref()?.value
        else {
            return None;
        };
        let controls = &self.automation.controls;
        let name = match control.value.as_str() {
            "@stop" => &self.automation.stop.as_ref()?.control.as_ref()?.value,
            "@wider" => &self.automation.stop.as_ref()?.wider.first()?.value,
            name => name,
        };
        // A mistyped name still has its by-hand text, and this is no time to be strict.
        let near = controls.get(name).or_else(|| controls.get(suggest::nearest(name, controls.names())?))?;
        let texts: Vec<&str> = [&near.console, &near.by_hand].into_iter().flatten().map(|t| t.value.as_str()).collect();
        (!texts.is_empty()).then(|| format!("do it by hand: {}", texts.join(", ")))
    }
}
