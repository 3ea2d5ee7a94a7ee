//! `--answers FILE`: facts and asked checks answered beforehand, the proposed severity or a graver one confirmed.
//!
//! A file can't decide what a person has to decide while looking at it: it never votes, attests, skips or lowers, and it
//! can't know what a check will show: an asked check is answered only by a file that comes after the question. Each answer
//! is used once, so that a question that is asked again reaches a person.
//!
//! ```toml
//! schema = 1
//! severity = "proposed"        # or a level: taken when it is the proposed one or graver
//! fix-author = "ada"
//! [facts]
//! harm = true                  # "?" means: not known yet
//! exposed = 1843
//! [checks]
//! hand-sample = 0
//! ```

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use super::operator::read_value;
use crate::plan::{FactKind, Plan, RowIx};
use crate::port::{Answer, Fut, Operator, Question};
use crate::text::time::Instant;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    schema: u32,
    #[serde(default)]
    severity: Option<String>,
    #[serde(default)]
    fix_author: Option<String>,
    #[serde(default)]
    facts: BTreeMap<String, Value>,
    #[serde(default)]
    checks: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Value {
    YesNo(bool),
    Whole(i64),
    Number(f64),
    Text(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::YesNo(b) => write!(f, "{b}"),
            Self::Whole(n) => write!(f, "{n}"),
            Self::Number(x) => write!(f, "{x}"),
            Self::Text(t) => f.write_str(t),
        }
    }
}

/// A file of answers that can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadAnswers(pub String);

impl fmt::Display for BadAnswers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadAnswers {}

/// Prepared answers in front of an operator.
#[derive(Debug)]
pub struct Answers<O> {
    file: File,
    then: O,
}

impl<O: Operator> Answers<O> {
    /// Reads a file's text; `then` is asked what it leaves open.
    ///
    /// # Errors
    /// Unknown keys, another schema, a value that is none.
    pub fn read(text: &str, then: O) -> Result<Self, BadAnswers> {
        let file: File = toml::from_str(text).map_err(|e| {
            // The library draws the place over several lines; a number says the same in one.
            let before = e.span().and_then(|s| text.get(..s.start));
            let line = before.map_or_else(String::new, |t| format!("line {}: ", t.matches('\n').count() + 1));
            BadAnswers(format!("{line}{}", e.message()))
        })?;
        if file.schema != 1 {
            return Err(BadAnswers(format!("schema = {} is not known; this version reads schema = 1", file.schema)));
        }
        Ok(Self { file, then })
    }

    /// Names and kinds held against a plan, before anything starts.
    ///
    /// # Errors
    /// A fact, check or level that the plan does not have, or a value of another kind.
    pub fn fits(&self, plan: &Plan) -> Result<(), BadAnswers> {
        for (id, value) in &self.file.facts {
            let known: Vec<&str> = plan.facts.iter().map(|f| f.id.as_str()).collect();
            let fact = plan.facts.iter().find(|f| f.id == *id).ok_or_else(|| unknown("fact", id, &known))?;
            let why = |e| BadAnswers(format!("facts.{id}: {e}"));
            read_value(&fact.kind, &value.to_string()).map_err(why)?;
        }
        for (id, value) in &self.file.checks {
            let asked: Vec<_> = plan.checks.iter().filter(|c| c.signal.is_none()).collect();
            let known: Vec<&str> = asked.iter().map(|c| c.id.as_str()).collect();
            let check = asked.iter().find(|c| c.id == *id).ok_or_else(|| unknown("asked check", id, &known))?;
            let why = |e| BadAnswers(format!("checks.{id}: {e}"));
            read_value(check.kind.as_ref().unwrap_or(&FactKind::YesNo), &value.to_string()).map_err(why)?;
        }
        if let Some(level) = self.file.severity.as_deref().filter(|l| *l != "proposed") {
            let known: Vec<&str> = plan.rows.iter().map(|r| r.level.as_str()).collect();
            if !known.contains(&level) {
                return Err(unknown("severity", level, &known));
            }
        }
        Ok(())
    }

    /// Leaves the checks out, for a run that has not come to its checks yet: what was written before anybody could look
    /// is no answer. Their ids.
    pub fn leave_out_checks(&mut self) -> Vec<String> {
        std::mem::take(&mut self.file.checks).into_keys().collect()
    }

    fn prepared(&mut self, question: &Question<'_>) -> Option<Answer> {
        match question {
            Question::Fact { plan, fact } => {
                let fact = plan.facts.get(fact.ix())?;
                let value = self.file.facts.remove(&fact.id)?;
                answer(&fact.kind, &value)
            }
            Question::Check { plan, check } => {
                let check = plan.checks.get(check.ix())?;
                let value = self.file.checks.remove(&check.id)?;
                answer(check.kind.as_ref().unwrap_or(&FactKind::YesNo), &value)
            }
            Question::Severity { plan, proposed } => {
                let level = self.file.severity.take()?;
                if level == "proposed" {
                    return Some(Answer::Row(*proposed, None));
                }
                let row = plan.rows.iter().position(|r| r.level == level)?;
                // Gravest first: a level below the proposed one is not taken, and a person is asked.
                match row.cmp(&proposed.ix()) {
                    std::cmp::Ordering::Greater => None,
                    std::cmp::Ordering::Equal => Some(Answer::Row(*proposed, None)),
                    std::cmp::Ordering::Less => {
                        let reason = "raised by the file of prepared answers".to_owned();
                        Some(Answer::Row(RowIx(u16::try_from(row).ok()?), Some(reason)))
                    }
                }
            }
            Question::FixAuthor { .. } => self.file.fix_author.take().map(Answer::Person),
            Question::Step { .. }
            | Question::CheckNext { .. }
            | Question::SignOffAgain { .. }
            | Question::AfterBreach { .. }
            | Question::Stuck { .. } => None,
        }
    }
}

fn answer(kind: &FactKind, value: &Value) -> Option<Answer> {
    Some(read_value(kind, &value.to_string()).ok()?.map_or(Answer::NotKnown, Answer::Value))
}

fn unknown(what: &str, id: &str, known: &[&str]) -> BadAnswers {
    let has = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    BadAnswers(format!("no {what} `{id}` in this runbook; it has: {has}"))
}

impl<O: Operator> Operator for Answers<O> {
    fn ask<'a>(&'a mut self, question: Question<'a>, deadline: Option<Instant>) -> Fut<'a, Answer> {
        match self.prepared(&question) {
            Some(answer) => Box::pin(async { answer }),
            None => self.then.ask(question, deadline),
        }
    }

    fn present(&self) -> bool {
        self.then.present()
    }

    fn person(&self) -> Option<&str> {
        self.then.person()
    }

    fn begun(&self, question: &Question<'_>) -> bool {
        self.then.begun(question)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{CheckIx, FactIx, FactValue, StepIx};
    use crate::report::example::plan;
    use crate::run::event::Choice;

    struct Empty;
    impl Operator for Empty {
        fn ask<'a>(&'a mut self, _: Question<'a>, _: Option<Instant>) -> Fut<'a, Answer> {
            Box::pin(async { Answer::Nobody })
        }
        fn present(&self) -> bool {
            false
        }
        fn person(&self) -> Option<&str> {
            None
        }
    }

    fn ask(answers: &mut Answers<Empty>, question: Question<'_>) -> Answer {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(answers.ask(question, None))
    }

    const FILE: &str = "schema = 1\nseverity = \"proposed\"\nfix-author = \"ada\"\n[facts]\nharm = true\nexposed = \"?\"\n[checks]\nhand-sample = 0\n";

    #[test]
    fn each_answer_is_given_once() {
        let plan = plan();
        let mut a = Answers::read(FILE, Empty).unwrap();
        a.fits(&plan).unwrap();
        let harm = || Question::Fact { plan: &plan, fact: FactIx(0) };
        assert_eq!(ask(&mut a, harm()), Answer::Value(FactValue::YesNo(true)));
        assert_eq!(ask(&mut a, harm()), Answer::Nobody);
        assert_eq!(ask(&mut a, Question::Fact { plan: &plan, fact: FactIx(1) }), Answer::NotKnown);
        assert_eq!(ask(&mut a, Question::Check { plan: &plan, check: CheckIx(1) }), Answer::Value(FactValue::Count(0)));
        assert_eq!(ask(&mut a, Question::Severity { plan: &plan, proposed: RowIx(1) }), Answer::Row(RowIx(1), None));
        assert_eq!(ask(&mut a, Question::FixAuthor { plan: &plan }), Answer::Person("ada".into()));
    }

    #[test]
    fn a_file_raises_but_never_lowers_skips_or_attests() {
        let plan = plan();
        let with = |level: &str| Answers::read(&format!("schema = 1\nseverity = \"{level}\""), Empty).unwrap();
        let asked = |a: &mut Answers<Empty>, proposed| ask(a, Question::Severity { plan: &plan, proposed });
        assert!(matches!(asked(&mut with("sev1"), RowIx(1)), Answer::Row(RowIx(0), Some(_))));
        assert_eq!(asked(&mut with("sev2"), RowIx(0)), Answer::Nobody);
        let mut a = Answers::read(FILE, Empty).unwrap();
        let offer = [Choice::Skip, Choice::Attest];
        let step = Question::Step { plan: &plan, step: StepIx(0), offer: &offer, because: "x" };
        assert_eq!(ask(&mut a, step), Answer::Nobody);
        let next = Question::CheckNext { plan: &plan, check: CheckIx(1), may_attest: true };
        assert_eq!(ask(&mut a, next), Answer::Nobody);
        assert_eq!(ask(&mut a, Question::SignOffAgain { plan: &plan }), Answer::Nobody);
    }

    #[test]
    fn what_does_not_fit_is_said_before_anything_starts() {
        let plan = plan();
        for (text, needed) in [
            ("schema = 2", "schema = 2 is not known"),
            ("schema = 1\nvotes = 1", "line 2: unknown field `votes`"),
            ("schema = 1\n[facts]\nham = true", "no fact `ham` in this runbook; it has: harm, exposed"),
            ("schema = 1\n[facts]\nexposed = -4", "facts.exposed: Type a whole number"),
            ("schema = 1\n[checks]\ngrounded-again = 1", "no asked check `grounded-again`"),
            ("schema = 1\nseverity = \"sev9\"", "no severity `sev9`"),
        ] {
            let says = match Answers::read(text, Empty) {
                Ok(a) => a.fits(&plan).unwrap_err().0,
                Err(e) => e.0,
            };
            assert!(says.contains(needed), "{text:?} says {says:?}");
        }
    }

    #[test]
    fn what_was_written_before_anybody_could_look_is_no_answer_to_a_check() {
        let mut answers = Answers::read(FILE, Empty).unwrap();
        assert_eq!(answers.leave_out_checks(), ["hand-sample"]);
        assert!(answers.leave_out_checks().is_empty());
        let plan = plan();
        let check = Question::Check { plan: &plan, check: CheckIx(1) };
        assert_eq!(ask(&mut answers, check), Answer::Nobody);
    }
}
