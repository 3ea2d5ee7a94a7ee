//! Triggers, facts, the decision matrix, and the responses and pages of its rows.

use std::sync::Arc;

use super::Resolver;
use super::target::What;
use crate::diag::{Diagnostic, code};
use crate::model::catalog::Capability;
use crate::model::runbook as written;
use crate::model::runbook::TriggerOn;
use crate::plan::break_glass;
use crate::plan::compile;
use crate::plan::matrix::Test;
use crate::plan::{Act, Condition, Direction, Fact, FactIx, FactKind, Measure, Row, Step, StepIx, StepRole, Trigger};
use crate::text::source::Source;
use crate::text::span::Spanned;

impl<'a> Resolver<'a> {
    pub(super) fn triggers(&mut self) -> Vec<Trigger> {
        let runbook = self.runbook;
        let mut out = Vec::new();
        for trigger in &runbook.triggers {
            let id = trigger.id.value.clone();
            match &trigger.on {
                Some(TriggerOn::Report(words)) => {
                    out.push(Trigger { id, signal: None, report: Some(words.value.clone()) });
                }
                Some(TriggerOn::Signal(measure)) => {
                    if let Some(measure) = self.measure(measure, &id) {
                        out.push(Trigger { id, signal: Some(measure), report: None });
                    }
                }
                None => {
                    let says = format!("trigger `{id}` can not be read");
                    self.error_at(code::NOT_USABLE, says, &runbook.source, trigger.span);
                }
            }
        }
        out
    }

    /// A signal with its condition; none when either can't be used, which is reported.
    pub(super) fn measure(&mut self, measure: &'a written::Measure, of: &str) -> Option<Measure> {
        let Some(condition) = &measure.condition else {
            let says = format!("the condition of `{of}` can not be read");
            self.error_at(code::NOT_USABLE, says, &self.runbook.source.clone(), measure.signal.span);
            return None;
        };
        let target = self.signal(&measure.signal)?;
        Some(Measure {
            signal: measure.signal.value.clone(),
            target,
            condition: plain(&condition.value),
            samples: measure.samples.as_ref().map(|s| s.value),
            lasting: measure.lasting.as_ref().map(|l| l.value),
        })
    }

    fn signal(&mut self, name: &Spanned<String>) -> Option<crate::plan::Target> {
        let automation = self.automation;
        let Some(bound) = automation.signals.get(&name.value) else {
            let known: Vec<&str> = automation.signals.names().collect();
            let says = format!("automation `{}` has no signal", automation.name);
            self.unresolved(name, &self.runbook.source.clone(), &says, &known);
            return None;
        };
        let what = What { word: "signal", name: &name.value };
        self.target(bound, &automation.source, Capability::Signal, what).map(|(target, _)| target)
    }

    pub(super) fn matrix(&mut self) -> (Vec<Fact>, Vec<Row>) {
        let mut facts = self.facts();
        let rows = self.rows(&facts);
        for (i, fact) in facts.iter_mut().enumerate() {
            let ix = FactIx(u16::try_from(i).unwrap_or(u16::MAX));
            fact.regions = compile::regions(&fact.kind, ix, rows.iter().filter_map(|r| r.test.as_ref()));
            if fact.regions.len() > compile::MOST_REGIONS {
                self.error(code::BAD_VALUE, format!("the matrix cuts fact `{}` into too many regions", fact.id));
            }
        }
        (facts, rows)
    }

    fn facts(&mut self) -> Vec<Fact> {
        let runbook = self.runbook;
        let mut out = Vec::new();
        for fact in &runbook.facts {
            let id = fact.id.value.clone();
            let Some(kind) = &fact.kind else {
                let says = format!("the kind of fact `{id}` can not be read");
                self.error_at(code::NOT_USABLE, says, &runbook.source, fact.span);
                continue;
            };
            let signal = fact.signal.as_ref().and_then(|name| {
                let target = self.signal(name)?;
                let signal = name.value.clone();
                Some(Measure { signal, target, condition: Condition::Value, samples: None, lasting: None })
            });
            // A fact whose signal is gone can still be asked.
            let ask = fact.ask.as_ref().map(|a| a.value.clone());
            let ask = ask.or_else(|| signal.is_none().then(|| format!("{id}?")));
            out.push(Fact { id, ask, signal, kind: kind_of(kind.value, &fact.levels), regions: Vec::new() });
        }
        out
    }

    fn rows(&mut self, facts: &[Fact]) -> Vec<Row> {
        let runbook = self.runbook;
        let responses = self.responses();
        let mut out = Vec::new();
        let last = runbook.severities.len().saturating_sub(1);
        for (i, row) in runbook.severities.iter().enumerate() {
            let test = self.condition(row, facts);
            if i == last && row.when.is_some() {
                let says = format!("the last row of the matrix, `{}`, has a condition", row.level.value);
                let total = Diagnostic::error(code::GATE, says)
                    .at(&runbook.source, row.span, "some case has no row")
                    .help("add a last row without `when`");
                self.push(total);
            }
            let respond = self.row_responses(row, &responses);
            let escalate = row.escalate.iter().filter_map(|to| self.escalation(row, to, i == 0)).collect();
            let public = row.public.as_ref().is_some_and(|p| p.value);
            if public && !respond.iter().any(|ix| self.publishes(*ix)) {
                let says =
                    format!("row `{}` is public, but none of its responses publishes a statement", row.level.value);
                self.error_at(code::GATE, says, &runbook.source, row.span);
            }
            out.push(Row {
                level: row.level.value.clone(),
                when: row.when.as_ref().map(|w| w.text.value.clone()),
                test,
                respond,
                escalate,
                public,
            });
        }
        if out.is_empty() {
            self.error(code::NOT_USABLE, format!("runbook `{}` has no [[severity]] that can be read", runbook.name));
            let level = "unknown".to_owned();
            out.push(Row { level, when: None, test: None, respond: vec![], escalate: vec![], public: false });
        }
        out
    }

    fn condition(&mut self, row: &'a written::Severity, facts: &[Fact]) -> Option<Test> {
        let when = row.when.as_ref()?;
        let place =
            |name: &str| facts.iter().position(|f| f.id == name).and_then(|i| u16::try_from(i).ok()).map(FactIx);
        let test = when.expr.as_ref().and_then(|expr| compile::test(expr, &place));
        if test.is_none() {
            // A row without a test counts as matching: doubt goes upward.
            let says =
                format!("the condition of row `{}` can not be used; the row counts as matching", row.level.value);
            self.error_at(code::NOT_USABLE, says, &self.runbook.source.clone(), when.text.span);
        }
        test
    }

    /// Every response that can be done, made into a step when some row calls for it.
    fn responses(&mut self) -> Vec<(&'a written::Step, Option<Step>)> {
        let runbook = self.runbook;
        runbook
            .respond
            .iter()
            .map(|step| {
                let resolved = self.step(step, StepRole::Respond);
                if resolved.as_ref().is_some_and(|s| s.direction == Direction::Raises) {
                    let says =
                        format!("response `{}` raises autonomy, or does not say that it does not", step.id.value);
                    let warning = Diagnostic::warning(code::DIRECTION, says)
                        .at(&runbook.source, step.span, "a run will not perform it")
                        .help("autonomy returns in [restore] only, after checks and sign-off");
                    self.push(warning);
                }
                (step, resolved)
            })
            .collect()
    }

    fn row_responses(
        &mut self,
        row: &'a written::Severity,
        responses: &[(&'a written::Step, Option<Step>)],
    ) -> Vec<StepIx> {
        let source = Arc::clone(&self.runbook.source);
        let mut out = Vec::new();
        for id in &row.respond {
            let Some((written, resolved)) = responses.iter().find(|(s, _)| s.id.value == id.value) else {
                let known: Vec<&str> = responses.iter().map(|(s, _)| s.id.value.as_str()).collect();
                self.unresolved(id, &source, "there is no response", &known);
                continue;
            };
            let Some(step) = resolved else { continue };
            let ix = match self.step_ix(&id.value) {
                Some(there) => there,
                None => {
                    let gate = written.gate.as_ref().map(|g| self.respond_gate(&id.value, g));
                    if let Some(gate) = gate.filter(|_| break_glass::refusal(step).is_none()) {
                        self.review(gate);
                    }
                    self.add_step(Step { gate, ..step.clone() })
                }
            };
            if !out.contains(&ix) {
                out.push(ix);
            }
        }
        out
    }

    fn escalation(&mut self, row: &written::Severity, to: &Spanned<String>, gravest: bool) -> Option<StepIx> {
        let source: Arc<Source> = Arc::clone(&self.runbook.source);
        let id = format!("escalate.{}.{}", row.level.value, to.value.trim_start_matches('@'));
        if let Some(there) = self.step_ix(&id) {
            return Some(there);
        }
        let whom = self.role(to, &source);
        let summary = format!("{}: {}", row.level.value, self.summary());
        let page = self.page(vec![whom], if gravest { "critical" } else { "error" }, summary)?;
        Some(self.add_step(page.step(id, StepRole::Escalate, super::PAGE)))
    }

    /// The page for a question that nobody answered: to whoever leads, or owns, or may stop.
    pub(super) fn silence(&mut self) -> Option<StepIx> {
        let automation = self.automation;
        if automation.paging.is_none() && self.settings.paging.is_none() {
            return None;
        }
        let mut to: Vec<String> =
            ["commander", "owner"].iter().filter_map(|r| automation.roles.get(r)).map(|r| r.value.clone()).collect();
        if to.is_empty() {
            to = automation.stop.as_ref().map_or_else(Vec::new, |s| s.who.iter().map(|w| w.value.clone()).collect());
        }
        to.dedup();
        if to.is_empty() {
            return None;
        }
        let summary = format!("Nobody answers a question of an open run. {}", self.summary());
        let page = self.page(to, "critical", summary)?;
        Some(self.add_step(page.step("silence".to_owned(), StepRole::Silence, super::PAGE)))
    }

    fn publishes(&self, ix: StepIx) -> bool {
        self.steps.get(ix.ix()).is_some_and(|s| matches!(s.act, Act::Publish { .. }))
    }
}

/// A condition without its places.
pub(super) fn plain(condition: &written::Condition) -> Condition {
    match condition {
        written::Condition::Above(n) => Condition::Above(*n),
        written::Condition::Below(n) => Condition::Below(*n),
        written::Condition::AboveBaseline { times, window, cases } => Condition::AboveBaseline {
            times: times.value,
            window: window.value,
            cases: cases.as_ref().map(|c| c.value),
        },
    }
}

pub(super) fn kind_of(kind: written::FactKind, levels: &[Spanned<String>]) -> FactKind {
    match kind {
        written::FactKind::YesNo => FactKind::YesNo,
        written::FactKind::Count => FactKind::Count,
        written::FactKind::Percent => FactKind::Percent,
        written::FactKind::Level => FactKind::Level(levels.iter().map(|l| l.value.clone()).collect()),
    }
}
