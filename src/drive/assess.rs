//! Assessment: triggers measured, facts measured or asked, the severity confirmed.

use super::ask::Asked;
use super::call::Called;
use super::dispatch::line;
use super::{Driver, WaitsFor, Why};
use crate::plan::compile::region_of;
use crate::plan::matrix::UNKNOWN;
use crate::plan::{Fact, FactIx, FactKind, FactValue, Measure, RowIx, TriggerIx};
use crate::port::{Answer, Question, SignalReading};
use crate::run::command::Command;
use crate::run::event::Verdict;
use crate::run::input::Input;
use crate::run::record::Detail;
use crate::text::time::Millis;

/// The time that one measurement is given.
const MEASURE: Millis = Millis(10_000);

impl Driver<'_> {
    /// Reads a signal; the error is one line.
    pub(super) async fn measure(&mut self, measure: &Measure) -> Result<Result<SignalReading, String>, Why> {
        self.begins(&format!("measure {}", measure.signal), MEASURE);
        let read = match self.provider(&measure.target.provider) {
            Ok(provider) => self.call(MEASURE, provider.measure(measure, MEASURE)).await,
            Err(fault) => Called::Came(Err(fault)),
        };
        self.ends();
        match read {
            Called::Came(Ok(reading)) => Ok(Ok(reading)),
            Called::Came(Err(fault)) => Ok(Err(line(&fault))),
            Called::TimeOver => Ok(Err(format!("no answer within {MEASURE}"))),
            Called::Left => Err(Why::Interrupted),
        }
    }

    pub(super) async fn measure_trigger(&mut self, trigger: TriggerIx) -> Result<(), Why> {
        let signal = self.plan.triggers.get(trigger.ix()).and_then(|t| t.signal.as_ref());
        let (verdict, detail) = match signal {
            Some(signal) => match self.measure(signal).await? {
                Ok(reading) => (reading.verdict, of_reading(&reading)),
                Err(says) => (Verdict::Inconclusive, Detail { note: Some(says), ..Detail::default() }),
            },
            None => {
                let note = Some("a report by a person, not measured".to_owned());
                (Verdict::Inconclusive, Detail { note, ..Detail::default() })
            }
        };
        self.feed(Input::Triggered { trigger, verdict }, detail)
    }

    pub(super) async fn measure_fact(&mut self, ix: FactIx) -> Result<(), Why> {
        let fact = self.plan.facts.get(ix.ix());
        let Some((fact, signal)) = fact.and_then(|f| Some((f, f.signal.as_ref()?))) else {
            return self.feed(Input::Silent(ix), Detail::default());
        };
        let (value, detail) = match self.measure(signal).await? {
            Ok(reading) => (reading.measured.value.and_then(|v| value_of(&fact.kind, v)), of_reading(&reading)),
            Err(says) => (None, Detail { note: Some(says), ..Detail::default() }),
        };
        match value {
            Some(value) => {
                let region = region_of(fact, &value);
                let detail = Detail { value: Some(value), ..detail };
                self.feed(Input::Answered { fact: ix, region, by_signal: true }, detail)
            }
            None => self.feed(Input::Silent(ix), detail),
        }
    }

    pub(super) async fn ask_fact(&mut self, ix: FactIx) -> Result<(), Why> {
        let wanted = Command::AskFact(ix);
        let Some(waits) = self.waits_for(wanted) else {
            return Err(Why::Broken("a fact is asked that the plan does not have".to_owned()));
        };
        // Whoever was typing an answer when its deadline passed answers that one first: it counts however late it comes.
        let ix = self.begun().unwrap_or(ix);
        self.fact_from(ix, waits).await
    }

    /// The fact that somebody has begun to answer.
    fn begun(&self) -> Option<FactIx> {
        let mut all = (0..self.plan.facts.len()).filter_map(|i| u16::try_from(i).ok()).map(FactIx);
        all.find(|fact| self.ports.operator.begun(&Question::Fact { plan: self.plan, fact: *fact }))
    }

    async fn fact_from(&mut self, ix: FactIx, waits: WaitsFor) -> Result<(), Why> {
        match self.ask(Question::Fact { plan: self.plan, fact: ix }, waits).await? {
            Asked::Settled => Ok(()),
            Asked::Said(Answer::NotKnown) => self.answer_fact(ix, None),
            Asked::Said(Answer::Value(value)) => self.answer_fact(ix, Some(value)),
            Asked::Said(_) => self.not_so("answer with a value, or `?` when it is not known yet"),
        }
    }

    /// A person's answer to a fact, before the severity is confirmed.
    pub(super) fn answer_fact(&mut self, ix: FactIx, value: Option<FactValue>) -> Result<(), Why> {
        let Some(fact) = self.plan.facts.get(ix.ix()) else { return self.not_so("there is no such fact") };
        let region = match &value {
            Some(value) if fits(fact, value) => region_of(fact, value),
            Some(_) => return self.not_so("this is not a value of this kind"),
            None => UNKNOWN,
        };
        let detail = Detail { value, person: Some(self.by()), ..Detail::default() };
        self.offer(Input::Answered { fact: ix, region, by_signal: false }, detail)
    }

    pub(super) async fn confirm_severity(&mut self, proposed: RowIx) -> Result<(), Why> {
        let wanted = Command::ConfirmSeverity(proposed);
        let Some(waits) = self.waits_for(wanted) else {
            return Err(Why::Broken("a severity is proposed that the plan does not have".to_owned()));
        };
        if let Some(fact) = self.begun() {
            return self.fact_from(fact, waits).await;
        }
        let answer = self.ask(Question::Severity { plan: self.plan, proposed }, waits).await?;
        match answer {
            Asked::Settled => Ok(()),
            Asked::Said(Answer::Row(row, reason)) => self.confirm(proposed, row, reason.as_deref()),
            Asked::Said(Answer::Yes) => self.confirm(proposed, proposed, None),
            Asked::Said(_) => self.not_so("confirm the proposed severity or a graver one"),
        }
    }

    /// Confirms the proposed row or, with a reason, a graver one.
    pub(super) fn confirm(&mut self, proposed: RowIx, row: RowIx, reason: Option<&str>) -> Result<(), Why> {
        if row != proposed && reason.is_none_or(|r| r.trim().is_empty()) {
            return self.not_so("another severity than the proposed one needs a reason");
        }
        let detail = Detail { payloads: self.reason(reason), ..Detail::default() };
        self.offer(Input::Confirmed(row), detail)
    }
}

/// Whether a value is one of the fact's kind.
pub(super) fn fits(fact: &Fact, value: &FactValue) -> bool {
    match (&fact.kind, value) {
        (FactKind::YesNo, FactValue::YesNo(_)) | (FactKind::Count, FactValue::Count(_)) => true,
        (FactKind::Percent, FactValue::Percent(p)) => (0.0..=100.0).contains(p),
        (FactKind::Level(levels), FactValue::Level(l)) => usize::from(*l) < levels.len(),
        _ => false,
    }
}

/// A measured number as a fact's value; none when it can't be one.
fn value_of(kind: &FactKind, number: f64) -> Option<FactValue> {
    // Counts are exact up to here; what lies above is refused when read.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
    let count = |most: f64| (number >= 0.0 && number.ceil() <= most).then(|| number.ceil() as u64);
    match kind {
        FactKind::YesNo => number.is_finite().then_some(FactValue::YesNo(number != 0.0)),
        // Rounded up: part of a person is a person.
        FactKind::Count => count(EXACT).map(FactValue::Count),
        FactKind::Percent => (0.0..=100.0).contains(&number).then_some(FactValue::Percent(number)),
        FactKind::Level(levels) => {
            let level = count(f64::from(u16::MAX)).and_then(|l| u16::try_from(l).ok())?;
            (usize::from(level) < levels.len()).then_some(FactValue::Level(level))
        }
    }
}

/// A reading as particulars of a record.
pub(super) fn of_reading(reading: &SignalReading) -> Detail {
    let note = Some(reading.says.clone()).filter(|s| !s.is_empty());
    Detail { measured: Some(reading.measured), note, ..Detail::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measured_number_becomes_a_value_of_the_kind_or_none() {
        assert_eq!(value_of(&FactKind::Count, 1842.2), Some(FactValue::Count(1843)));
        assert_eq!(value_of(&FactKind::YesNo, 1.0), Some(FactValue::YesNo(true)));
        assert_eq!(value_of(&FactKind::Percent, 12.5), Some(FactValue::Percent(12.5)));
        let levels = FactKind::Level(vec!["low".into(), "high".into()]);
        assert_eq!(value_of(&levels, 1.0), Some(FactValue::Level(1)));
        for (kind, number) in [
            (&FactKind::Count, -1.0),
            (&FactKind::Count, f64::NAN),
            (&FactKind::Count, f64::INFINITY),
            (&FactKind::YesNo, f64::NAN),
            (&FactKind::Percent, 100.1),
            (&levels, 2.0),
        ] {
            assert_eq!(value_of(kind, number), None, "{kind:?} {number}");
        }
    }
}
