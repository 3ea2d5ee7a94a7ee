//! The way back and the way down again: checks, stages, the automation's own stop, and every control to safe.

use super::Resolver;
use super::assess::{kind_of, plain};
use crate::diag::{Diagnostic, code};
use crate::model::runbook::CheckBy;
use crate::plan::{Check, Direction, GateIx, Stage, StepIx, StepRole, Undo};
use crate::text::span::Spanned;

impl Resolver<'_> {
    pub(super) fn checks(&mut self) -> Vec<Check> {
        let runbook = self.runbook;
        let mut out = Vec::new();
        for check in &runbook.verify {
            let id = check.id.value.clone();
            match &check.by {
                Some(CheckBy::Signal(measure)) => {
                    if let Some(measure) = self.measure(measure, &id) {
                        out.push(Check { id, signal: Some(measure), ask: None, kind: None, condition: None });
                    }
                }
                Some(CheckBy::Ask { ask, kind: Some(kind), condition }) => out.push(Check {
                    id,
                    signal: None,
                    ask: Some(ask.value.clone()),
                    kind: Some(kind_of(kind.value, &[])),
                    condition: condition.as_ref().map(|c| plain(&c.value)),
                }),
                Some(CheckBy::Ask { kind: None, .. }) | None => {
                    let says = format!("check `{id}` can not be read");
                    self.error_at(code::NOT_USABLE, says, &runbook.source, check.span);
                }
            }
        }
        if out.is_empty() {
            let says = format!("runbook `{}` has no check before autonomy may return", runbook.name);
            self.push(Diagnostic::error(code::NOT_USABLE, says).help("write at least one [[verify]]"));
        }
        out
    }

    /// The sign-off, which is never absent, and the stages.
    pub(super) fn restore(&mut self) -> (Option<GateIx>, Vec<Stage>) {
        let runbook = self.runbook;
        let restore = runbook.restore.as_ref();
        let sign_off = self.sign_off(restore.and_then(|r| r.sign_off.as_ref()), restore.map(|r| r.span));
        let mut stages = Vec::new();
        for (i, stage) in restore.map_or(&[][..], |r| &r.stages).iter().enumerate() {
            let Some((name, control)) = self.control(&stage.control, &runbook.source) else { continue };
            let Some(mut act) = self.control_set(&name, control, &stage.to) else { continue };
            // Whatever the value is: a stage gives autonomy back, so it needs the checks and the sign-off.
            act.direction = Direction::Raises;
            act.undo = Undo::None;
            let step = act.step(format!("stage.{}", i + 1), StepRole::Stage, super::WITHIN);
            stages.push(Stage { step: self.add_step(step), soak: stage.soak.value });
        }
        (Some(sign_off), stages)
    }

    /// The automation's own `[stop]`, narrowest first.
    pub(super) fn stop(&mut self) -> Vec<StepIx> {
        let automation = self.automation;
        let Some(stop) = &automation.stop else {
            let says = format!("automation `{}` has no [stop]", automation.name);
            self.push(Diagnostic::error(code::UNRESOLVED, says).help("write what stops it in thirty seconds"));
            return Vec::new();
        };
        let names: Vec<&Spanned<String>> = stop.control.iter().chain(&stop.wider).collect();
        names.into_iter().filter_map(|name| self.lowering(name, "stop", StepRole::Stop, Undo::Restore)).collect()
    }

    /// Every control that the run may have touched, to safe: the stop, the lowering immediate actions, the stages.
    pub(super) fn safe_all(&mut self, immediate: &[StepIx], stages: &[Stage]) -> Vec<StepIx> {
        let automation = self.automation;
        let stop = automation.stop.as_ref().and_then(|s| s.control.as_ref()).map(|c| c.value.clone());
        let lowering = immediate
            .iter()
            .copied()
            .filter(|ix| self.steps.get(ix.ix()).is_some_and(|s| s.direction == Direction::Lowers));
        let mut names: Vec<String> = stop.into_iter().collect();
        for name in self.controls_of(lowering.chain(stages.iter().map(|s| s.step))) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
            .into_iter()
            .filter_map(|name| {
                let span = automation.controls.span(&name).unwrap_or_default();
                self.lowering(&Spanned::new(name, span), "safe", StepRole::Safe, Undo::None)
            })
            .collect()
    }

    fn lowering(&mut self, name: &Spanned<String>, prefix: &str, role: StepRole, undo: Undo) -> Option<StepIx> {
        let (name, control) = self.control(name, &self.automation.source)?;
        let act = self.control_safe(&name, control, undo)?;
        let id = format!("{prefix}.{name}");
        if let Some(there) = self.step_ix(&id) {
            return Some(there);
        }
        Some(self.add_step(act.step(id, role, super::WITHIN)))
    }
}
