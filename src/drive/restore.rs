//! Verification and restoration: checks, attestations, who made the fix, sign-off, other runs, soaks, breaches.

use super::ask::Asked;
use super::assess::of_reading;
use super::{Driver, WaitsFor, Why};
use crate::plan::{Check, CheckIx, Condition, FactKind, FactValue, StageIx, Voters, Votes};
use crate::port::{Answer, Question};
use crate::run::asked::{self, Moment};
use crate::run::attest;
use crate::run::command::Command;
use crate::run::deadline::{self, real};
use crate::run::event::Verdict;
use crate::run::input::Input;
use crate::run::record::Detail;
use crate::run::state::Soak;
use crate::text::safe;
use crate::text::time::Millis;

/// How long somebody's word for a check is looked for, in real time, once it is said to have been given.
const LOOK: Millis = Millis(500);
/// And how often.
const LOOKS: u8 = 6;

/// How often other runs are looked for while waiting for them, in real time.
const POLL: Millis = Millis(2_000);
/// What an answer begins with that names somebody who is not of the roster.
const OUTSIDE: &str = "outside:";

impl Driver<'_> {
    /// Measures or asks a check, once its time has come.
    pub(super) async fn judge_check(&mut self, ix: CheckIx) -> Result<(), Why> {
        let plan = self.plan;
        let Some(check) = plan.checks.get(ix.ix()) else {
            return Err(Why::Broken("a check is judged that the plan does not have".to_owned()));
        };
        let Some(measure) = &check.signal else { return self.ask_check(ix, check).await };
        if let Some(lasting) = measure.lasting
            && self.state.soak != Soak::Judging
        {
            // Counted from the last response: what was measured before it says nothing of it.
            let since = self.ledger.last_response.unwrap_or(self.ledger.started_at);
            let until = since.plus(real(lasting, self.ledger.time_scale));
            if self.now() < until {
                self.waits(&format!("{}: it has to hold for {lasting}", check.id), Some(until));
                while !self.towards(until).await? {
                    self.take_arrivals()?;
                    self.flush()?;
                }
            }
        }
        let input = |verdict, no_data| Input::Judged { check: ix, verdict, no_data };
        match self.measure(measure).await? {
            Ok(reading) => {
                let few = measure.samples.is_some_and(|least| reading.measured.samples.is_none_or(|n| n < least));
                let no_data = reading.verdict == Verdict::Inconclusive && (reading.measured.value.is_none() || few);
                self.feed(input(reading.verdict, no_data), of_reading(&reading))
            }
            Err(says) => {
                let detail = Detail { note: Some(says), ..Detail::default() };
                self.feed(input(Verdict::Inconclusive, false), detail)
            }
        }
    }

    async fn ask_check(&mut self, ix: CheckIx, check: &Check) -> Result<(), Why> {
        let waits = WaitsFor::Check(check.id.clone());
        let value = match self.ask(Question::Check { plan: self.plan, check: ix }, waits).await? {
            Asked::Settled => return Ok(()),
            Asked::Said(Answer::Value(value)) => Some(value),
            Asked::Said(Answer::NotKnown) => None,
            Asked::Said(_) => return self.not_so("answer with a value, or `?` when it is not known yet"),
        };
        let verdict = match &value {
            None => Verdict::Inconclusive,
            Some(value) => match holds(check, value) {
                Some(true) => Verdict::Pass,
                Some(false) => Verdict::Fail,
                None => return self.not_so("this is not a value of this kind"),
            },
        };
        if self.state.answerable(self.plan) == Command::ChooseCheck(ix) {
            // It was judged by silence while somebody was typing this.
            self.offer(Input::CheckAgain(ix), Detail::default())?;
        }
        let detail = Detail { value, person: Some(self.by()), ..Detail::default() };
        self.offer(Input::Judged { check: ix, verdict, no_data: false }, detail)
    }

    pub(super) async fn choose_check(&mut self, ix: CheckIx) -> Result<(), Why> {
        use crate::run::state::CheckState;
        let may_attest = self.state.checks.get(ix.ix()) == Some(&CheckState::Inconclusive);
        if may_attest && self.take_attestation(ix)? {
            return Ok(());
        }
        if let Some(check) = self.plan.checks.get(ix.ix())
            && self.ports.operator.begun(&Question::Check { plan: self.plan, check: ix })
        {
            return self.ask_check(ix, check).await;
        }
        if may_attest && self.plan.votes == Votes::Signed && self.ports.operator.present() {
            let (run, gate) = (self.ledger.run.clone(), attest::id(self.plan, ix).unwrap_or_default());
            let whose = "somebody who neither ran this nor made the fix may vouch for it";
            self.says(&format!("{whose}: aigov approve {run} {gate} --reason TEXT"));
        }
        let question = Question::CheckNext { plan: self.plan, check: ix, may_attest };
        let Some(waits) = self.waits_for(Command::ChooseCheck(ix)) else {
            return Err(Why::Broken("a check is chosen that the plan does not have".to_owned()));
        };
        match self.ask(question, waits).await? {
            Asked::Settled => Ok(()),
            Asked::Said(Answer::Again) => self.offer(Input::CheckAgain(ix), Detail::default()),
            Asked::Said(Answer::Back) => self.offer(Input::BackToRespond, Detail::default()),
            Asked::Said(Answer::Attest(person, reason)) => {
                // A word that was given on another machine may be on its way.
                let mut tries = if self.plan.votes == Votes::Signed { LOOKS } else { 0 };
                while tries > 0 {
                    if self.take_attestation(ix)? {
                        return Ok(());
                    }
                    tries -= 1;
                    self.pause(LOOK).await?;
                }
                self.attest_check(ix, &person, &reason)
            }
            Asked::Said(_) => self.not_so("judge it again, go back to responding, or let a named person attest it"),
        }
    }

    /// A named person vouches for an inconclusive check: neither an operator of this run nor who made the fix.
    pub(super) fn attest_check(&mut self, ix: CheckIx, person: &str, reason: &str) -> Result<(), Why> {
        if self.plan.votes == Votes::Signed {
            // A name that is typed here is nobody's word: it comes as a vote does.
            if self.take_attestation(ix)? {
                return Ok(());
            }
            return self.not_so("nobody's signed word for it has come");
        }
        let Some(person) = self.of_roster(person) else {
            return self.not_so("nobody of this name was in the roster when the run began");
        };
        if !self.plan.roster.iter().any(|p| p.name == person && p.serves(self.now())) {
            return self.not_so("the roster does not count what this person says today: see `from` and `until`");
        }
        if self.ledger.operators.contains(&person) || self.lease.person == person {
            return self.not_so("an operator of this run can't attest a check");
        }
        if self.ledger.fix_authors.contains(&person) {
            return self.not_so("whoever made the fix can't attest a check");
        }
        if reason.trim().is_empty() {
            return self.not_so("an attestation needs a reason");
        }
        let detail = Detail { payloads: self.reason(Some(reason)), person: Some(person), ..Detail::default() };
        self.offer(Input::CheckAttested(ix), detail)
    }

    /// Takes a named person's word for a check without a verdict, where one has come; whether one did. What does not count
    /// is put on record with the reason.
    fn take_attestation(&mut self, ix: CheckIx) -> Result<bool, Why> {
        let nonces = &self.ledger.nonces;
        let votes = self.ports.log.votes(&|nonce| nonces.contains(nonce) || nonces.contains(&safe::line(nonce)));
        let wanted = attest::id(self.plan, ix);
        for vote in votes.unwrap_or_default().into_iter().filter(|v| Some(&v.gate) == wanted.as_ref()) {
            let Some(open) = attest::of(self.plan, &self.ledger, ix) else { return Ok(false) };
            let namespace = asked::namespace(&open.plan, &self.ledger, open.open.gate);
            let keys = self.ports.keys;
            let check = |of, text: &[u8], signature: &str| keys.check(of, text, signature);
            let (vote, looked) = asked::opened(vote, self.plan.votes, check, namespace);
            let signed = self.plan.votes == Votes::Signed;
            let voters = if signed { keys.roster() } else { Ok(Voters::default()) };
            let at = Moment::by(&voters, self.latest(), false);
            if let Some(why) = open.refusal(&self.ledger, &vote, &looked, at) {
                let note = Some(format!("the word of {} for {} does not count: {why}", vote.person, open.id()));
                let detail = Detail { vote: Some(super::gate::escaped(vote)), note, ..Detail::default() };
                self.feed(Input::Noted, detail)?;
                continue;
            }
            let person = Some(vote.person.clone());
            self.feed(Input::CheckAttested(ix), Detail { vote: Some(vote), person, ..Detail::default() })?;
            return Ok(true);
        }
        Ok(false)
    }

    /// The roster's spelling of a name.
    fn of_roster(&self, name: &str) -> Option<String> {
        let name = name.trim();
        let exact = self.plan.roster.iter().find(|p| p.name == name);
        exact.or_else(|| self.plan.roster.iter().find(|p| p.name.eq_ignore_ascii_case(name))).map(|p| p.name.clone())
    }

    pub(super) async fn name_fix_author(&mut self) -> Result<(), Why> {
        match self.ask(Question::FixAuthor { plan: self.plan }, WaitsFor::FixAuthor).await? {
            Asked::Settled => Ok(()),
            Asked::Said(Answer::Person(name)) => self.fix_author(&name),
            Asked::Said(_) => self.not_so("name who made the fix"),
        }
    }

    /// Who made the fix. A misspelt name would quietly exclude nobody, so one outside the roster has to be marked.
    pub(super) fn fix_author(&mut self, name: &str) -> Result<(), Why> {
        let person = match name.trim().strip_prefix(OUTSIDE) {
            Some(outside) if !outside.trim().is_empty() => Some(safe::excerpt(outside.trim(), 80)),
            _ => self.of_roster(name),
        };
        match person {
            Some(name) => {
                let attested = self.ledger.attesters.values().any(|who| *who == name);
                if attested {
                    self.says(&format!("{name} made the fix and vouched for a check, so the checks are judged anew"));
                }
                let detail = Detail { person: Some(name), ..Detail::default() };
                self.offer(Input::FixAuthorNamed { attested }, detail)
            }
            None => self.not_so("nobody of this name is in the roster; write `outside: NAME` for somebody else"),
        }
    }

    pub(super) async fn choose_sign_off(&mut self) -> Result<(), Why> {
        match self.ask(Question::SignOffAgain { plan: self.plan }, WaitsFor::SignOff).await? {
            Asked::Settled => Ok(()),
            Asked::Said(Answer::Again | Answer::Yes) => self.offer(Input::SignOffAgain, Detail::default()),
            Asked::Said(_) => self.not_so("ask for the sign-off anew, or abandon: autonomy stays low"),
        }
    }

    pub(super) async fn choose_after_breach(&mut self) -> Result<(), Why> {
        match self.ask(Question::AfterBreach { plan: self.plan }, WaitsFor::AfterBreach).await? {
            Asked::Settled => Ok(()),
            Asked::Said(Answer::Yes | Answer::Again) => self.offer(Input::BreachAnswered, Detail::default()),
            Asked::Said(_) => self.not_so("go on to verify again, or abandon: autonomy stays low"),
        }
    }

    pub(super) fn look_for_holds(&mut self) -> Result<(), Why> {
        let (others, detail) = self.others();
        self.feed(Input::HoldsRead { others }, detail)
    }

    /// Nothing is raised while another open run holds this automation low.
    pub(super) async fn await_holds(&mut self) -> Result<(), Why> {
        loop {
            let (others, detail) = self.others();
            if !others {
                return self.feed(Input::HoldsRead { others }, detail);
            }
            let waits = WaitsFor::OtherRuns(detail.runs);
            let open = deadline::open(self.plan, Command::AwaitHolds, &self.ledger);
            if let Some(open) = open.filter(|d| d.passed(self.now())) {
                return self.expire(open);
            }
            if !self.ports.operator.present() {
                return Err(Why::Waiting(waits));
            }
            self.waits(&waits.to_string(), None);
            self.pause(POLL).await?;
        }
    }

    /// Lets the soak pass, looking for other runs meanwhile.
    pub(super) async fn soak(&mut self, stage: StageIx) -> Result<(), Why> {
        let Some(open) = deadline::open(self.plan, Command::Soak(stage), &self.ledger) else {
            return Err(Why::Broken("a soak of a stage that the plan does not have".to_owned()));
        };
        self.waits("soak", Some(open.at));
        loop {
            let (others, detail) = self.others();
            if others {
                return self.feed(Input::HoldsRead { others }, detail);
            }
            if self.towards(open.at).await? {
                return self.feed(Input::Elapsed(open.of), Detail::default());
            }
            self.take_arrivals()?;
            self.flush()?;
        }
    }
}

/// Whether an answer meets a check's condition; none when it is of another kind.
fn holds(check: &Check, value: &FactValue) -> Option<bool> {
    let number = match (check.kind.as_ref()?, value) {
        (FactKind::YesNo, FactValue::YesNo(yes)) => f64::from(u8::from(*yes)),
        #[expect(clippy::cast_precision_loss, reason = "counts above 2^53 are refused when read")]
        (FactKind::Count, FactValue::Count(n)) => *n as f64,
        (FactKind::Percent, FactValue::Percent(p)) => *p,
        (FactKind::Level(levels), FactValue::Level(l)) if usize::from(*l) < levels.len() => f64::from(*l),
        _ => return None,
    };
    match check.condition {
        Some(Condition::Above(least)) => Some(number > least),
        Some(Condition::Below(most)) => Some(number < most),
        // Without a threshold a check asks whether it is so.
        Some(Condition::Value | Condition::AboveBaseline { .. }) | None => match value {
            FactValue::YesNo(yes) => Some(*yes),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_held_against_the_condition_of_its_own_kind() {
        let check = |kind, condition| Check { id: "c".into(), signal: None, ask: None, kind: Some(kind), condition };
        let few = check(FactKind::Count, Some(Condition::Below(1.0)));
        assert_eq!(holds(&few, &FactValue::Count(0)), Some(true));
        assert_eq!(holds(&few, &FactValue::Count(1)), Some(false));
        assert_eq!(holds(&few, &FactValue::YesNo(true)), None);
        let sure = check(FactKind::YesNo, None);
        assert_eq!(holds(&sure, &FactValue::YesNo(true)), Some(true));
        assert_eq!(holds(&sure, &FactValue::YesNo(false)), Some(false));
        // A number with nothing to hold it against proves nothing.
        assert_eq!(holds(&check(FactKind::Count, None), &FactValue::Count(3)), None);
    }
}
