//! A world without a network, for tests: providers whose systems are a map, faults at will, a clock that is moved by
//! waiting, a log in memory that can die, a person with a policy, voters who vote when they are asked.
//!
//! Everything is deterministic. It must stay as strict as the real thing: an effect without its key is a second effect.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::fake_keys::FakeKeys;
use super::{Beginning, Driver, Holder, Ports, Raise, Signals, Stopped};
use crate::plan::checked::Checked;
use crate::plan::needed::Needed;
use crate::plan::{
    Act, Condition, Direction, FactIx, FactKind, FactValue, Measure, Plan, Proof, Repeat, RowIx, Target,
};
use crate::port::{
    Answer, Clock, Durability, Fault, Fut, JournalError, OnDuty, Operator, Order, Prepared, Progress, Provider,
    Providers, Question, Reporter, RunLog, Sight, SignalReading, Way,
};
use crate::run::event::{Choice, Event, Outcome, Verdict};
use crate::run::ledger::Ledger;
use crate::run::record::{Decision, Measured, PayloadRef, Record, RequestView, Seen, Start, Vote, sha256_hex};
use crate::text::time::{Instant, Millis};

/// What goes wrong with one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// `prepare`: prior state can't be read.
    Unreadable,
    /// `perform`: the provider says no.
    Refuses,
    /// `perform`: no secret, no connection.
    NotSent,
    /// `perform`: it acts and the answer is lost.
    LostAfter,
    /// `perform`: the request is lost and nothing was done.
    LostBefore,
    /// `perform`: it says that it did it and did not.
    Lies,
    /// `perform` or `probe`: it never comes back; performing, it acts.
    Hangs,
    /// `probe`: it says that the effect is not there.
    Denies,
    /// `probe`: it can't be told.
    Vague,
}

/// When it goes wrong: for a step's id, out or back, the first so many times.
#[derive(Clone, Debug)]
pub(crate) struct Misfortune {
    pub(crate) step: String,
    pub(crate) undo: bool,
    pub(crate) trouble: Trouble,
    pub(crate) times: usize,
}

/// What stands in the world.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Things {
    /// `provider/name` to its state.
    pub(crate) state: BTreeMap<String, Value>,
    /// What was sent, captured or published: `provider/name` to the keys under which it was.
    pub(crate) effects: BTreeMap<String, Vec<String>>,
}

/// The world.
pub(crate) struct World {
    pub(crate) things: RefCell<Things>,
    pub(crate) misfortunes: RefCell<Vec<Misfortune>>,
    /// Every effect is performed twice.
    pub(crate) twice: Cell<bool>,
    /// Every signal shows what is wanted of it.
    pub(crate) well: Cell<bool>,
    /// Signals that have no data.
    pub(crate) silent: RefCell<BTreeSet<String>>,
    /// Providers whose secret is not there.
    pub(crate) missing: RefCell<BTreeSet<String>>,
    /// The secret that is to be had now, and the one that the systems take now.
    pub(crate) secret: Cell<(u8, u8)>,
    /// Steps that were prepared or performed, each with the secret that it was done with.
    pub(crate) shown: RefCell<Vec<(String, u8)>>,
    /// Calls that change something, in order: `step`, or `undo step`.
    pub(crate) performed: RefCell<Vec<String>>,
    /// Whether a call came before any intent for it was durable.
    pub(crate) early: RefCell<Vec<String>>,
    intended: RefCell<BTreeSet<String>>,
    /// Texts that were sent.
    pub(crate) letters: RefCell<Vec<String>>,
    /// Raises a signal when this step is performed.
    pub(crate) signal_at: RefCell<Option<String>>,
    /// Somebody else sets something once this step is performed: the step, `provider/name` and the value.
    pub(crate) sets_at: RefCell<Option<(String, String, Value)>>,
    /// By how many milliseconds the providers' clocks are ahead, where they say what time they have.
    pub(crate) ahead: Cell<Option<i64>>,
    /// The same, known only once one of them was asked something.
    pub(crate) ahead_once_asked: Cell<Option<i64>>,
    raise: RefCell<Option<Raise>>,
    /// As it was in the beginning.
    pub(crate) initial: Things,
}

impl World {
    pub(crate) fn new() -> Self {
        let state = [
            ("flags/autonomy", json!(true)),
            ("flags/replicas", json!(3.0)),
            ("flags/mode", json!("advisory")),
            ("flags/traffic", json!(5.0)),
            ("deploy/support-replies", json!("syncing")),
            ("registry/prompt", json!("bad")),
            ("registry/retrieval", json!("bad")),
        ];
        let state = state.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
        let initial = Things { state, effects: BTreeMap::new() };
        Self {
            things: RefCell::new(initial.clone()),
            misfortunes: RefCell::default(),
            twice: Cell::new(false),
            well: Cell::new(false),
            silent: RefCell::default(),
            missing: RefCell::default(),
            secret: Cell::default(),
            shown: RefCell::default(),
            performed: RefCell::default(),
            early: RefCell::default(),
            intended: RefCell::default(),
            letters: RefCell::default(),
            signal_at: RefCell::default(),
            sets_at: RefCell::default(),
            ahead: Cell::default(),
            ahead_once_asked: Cell::default(),
            raise: RefCell::default(),
            initial,
        }
    }

    pub(crate) fn state(&self, name: &str) -> Value {
        self.things.borrow().state.get(name).cloned().unwrap_or(Value::Null)
    }

    pub(crate) fn set(&self, name: &str, value: Value) {
        self.things.borrow_mut().state.insert(name.to_owned(), value);
    }

    pub(crate) fn goes_wrong(&self, step: &str, undo: bool, trouble: Trouble, times: usize) {
        let misfortune = Misfortune { step: step.to_owned(), undo, trouble, times };
        self.misfortunes.borrow_mut().push(misfortune);
    }

    /// The trouble that this call has, if it is one of those.
    fn trouble(&self, order: &Order<'_>, of: &[Trouble]) -> Option<Trouble> {
        let undo = matches!(order.way, Way::Undo(_));
        let mut all = self.misfortunes.borrow_mut();
        let hit = all
            .iter_mut()
            .find(|m| m.step == order.step.id && m.undo == undo && m.times > 0 && of.contains(&m.trouble))?;
        hit.times -= 1;
        Some(hit.trouble)
    }

    /// Does it, as a person at the console would.
    pub(crate) fn by_hand(&self, target: &Target, act: &Act, back: Option<&Value>) {
        if let Some(value) = back.cloned().or_else(|| wanted(act)) {
            self.set(&place(target), value);
        }
    }

    fn act(&self, order: &Order<'_>) {
        let place = place(order.target);
        let value = match order.way {
            Way::Undo(prior) => Some(prior.clone()),
            Way::Do => wanted(&order.step.act),
        };
        let mut things = self.things.borrow_mut();
        match value {
            Some(value) => {
                things.state.insert(place, value);
            }
            None => {
                let keys = things.effects.entry(place).or_default();
                let again = order.step.repeat != Repeat::Never && keys.iter().any(|k| k == order.key);
                if !again {
                    keys.push(order.key.to_owned());
                    if matches!(order.step.act, Act::Publish { .. }) {
                        self.letters.borrow_mut().extend(order.text.map(str::to_owned));
                    }
                }
            }
        }
    }

    /// These records are durable: what they intend may be done.
    pub(crate) fn intended_all(&self, records: &[Record]) {
        for record in records {
            let Some(step) = &record.about else { continue };
            match record.event {
                Event::StepIntended { .. } => self.intended.borrow_mut().insert(step.clone()),
                Event::UndoIntended { .. } => self.intended.borrow_mut().insert(format!("undo {step}")),
                _ => false,
            };
        }
    }

    fn healthy(&self) -> bool {
        self.state("registry/prompt") == json!("good")
    }

    fn reading(&self, signal: &str) -> Option<f64> {
        if self.silent.borrow().contains(signal) {
            return None;
        }
        match signal {
            "ungrounded_rate" => Some(if self.healthy() { 0.004 } else { 0.06 }),
            "recipients" => Some(1843.0),
            _ => None,
        }
    }
}

pub(crate) fn place(target: &Target) -> String {
    match target.binding.get("name").and_then(Value::as_str) {
        Some(name) if target.binding.len() == 1 => format!("{}/{name}", target.provider),
        _ => format!("{}/{}", target.provider, Value::Object(target.binding.clone())),
    }
}

/// The state that an act wants; none for what leaves no state.
fn wanted(act: &Act) -> Option<Value> {
    match act {
        Act::SetControl { to, .. } => serde_json::to_value(to).ok(),
        Act::RollbackLayer { .. } => Some(json!("good")),
        Act::Freeze => Some(json!("frozen")),
        _ => None,
    }
}

fn seen(order: &Order<'_>, says: &str) -> Seen {
    Seen { target: order.target.label.clone(), status: Some(200), says: says.to_owned(), requests: 1 }
}

impl World {
    /// Reads the secret, as each call does, and says whether it is taken.
    fn takes(&self, order: &Order<'_>) -> bool {
        let (held, taken) = self.secret.get();
        self.shown.borrow_mut().push((order.step.id.clone(), held));
        held == taken
    }
}

impl Providers for World {
    fn get(&self, name: &str) -> Result<&dyn Provider, Fault> {
        if name == "absent" || self.missing.borrow().contains(name) {
            return Err(Fault { says: "no such secret".into(), help: None, before_sending: true });
        }
        Ok(self)
    }

    fn clocks(&self, _: Instant) -> Vec<(String, i64)> {
        self.ahead.get().map(|ahead| ("https://flags.example.com".to_owned(), ahead)).into_iter().collect()
    }
}

impl Provider for World {
    fn describe(&self, _: &Order<'_>) -> Vec<RequestView> {
        Vec::new()
    }

    fn prepare<'a>(&'a self, order: &'a Order<'a>) -> Fut<'a, Result<Prepared, Fault>> {
        Box::pin(async move {
            self.ahead.set(self.ahead_once_asked.take().or(self.ahead.get()));
            if !self.takes(order) {
                return Err(Fault { says: "401 unauthorised".into(), help: None, before_sending: false });
            }
            if self.trouble(order, &[Trouble::Unreadable]).is_some() {
                return Err(Fault { says: "connection refused".into(), help: None, before_sending: false });
            }
            let place = place(order.target);
            let wants = match order.way {
                Way::Do => wanted(&order.step.act),
                Way::Undo(prior) => Some(prior.clone()),
            };
            let now = || order.after.cloned().unwrap_or_else(|| self.state(&place));
            let prior = wants.as_ref().map_or(Value::Null, |_| now());
            let view = |body: &Value, purpose: &str| RequestView {
                method: "PUT".into(),
                url: format!("http://fake/{place}"),
                headers: vec![],
                body: body.to_string(),
                purpose: purpose.into(),
            };
            let leaves = wants.unwrap_or(Value::Null);
            Ok(Prepared {
                requests: vec![view(&leaves, "set")],
                undo: vec![view(&prior, "put back")],
                prior,
                leaves,
                account: "fake".into(),
            })
        })
    }

    fn perform<'a>(
        &'a self,
        order: &'a Order<'a>,
        prepared: Option<&'a Prepared>,
        _: Millis,
    ) -> Fut<'a, Sight<Outcome>> {
        Box::pin(async move {
            use Trouble::{Hangs, Lies, LostAfter, LostBefore, NotSent, Refuses};
            let id = &order.step.id;
            let name = if matches!(order.way, Way::Do) { id.clone() } else { format!("undo {id}") };
            if !self.intended.borrow().contains(&name) {
                self.early.borrow_mut().push(name.clone());
            }
            if self.signal_at.borrow().as_ref() == Some(&name)
                && let Some(raise) = &*self.raise.borrow()
            {
                raise.raise();
            }
            assert!(!order.key.is_empty(), "{name} is performed without a key");
            if !self.takes(order) {
                return Sight { is: Outcome::Refused, seen: seen(order, "401"), keep: None };
            }
            let now = self.state(&place(order.target));
            if prepared.is_some_and(|p| !p.prior.is_null() && now != p.prior && now != p.leaves)
                && order.step.direction != Direction::Lowers
            {
                // As the real ones do.
                return Sight {
                    is: Outcome::NotSent,
                    seen: seen(order, "changed after this was prepared"),
                    keep: None,
                };
            }
            let trouble = self.trouble(order, &[Refuses, NotSent, LostAfter, LostBefore, Lies, Hangs]);
            if matches!(trouble, None | Some(LostAfter | Hangs)) {
                self.performed.borrow_mut().push(name.clone());
                self.act(order);
                if self.twice.get() {
                    self.act(order);
                }
            }
            let theirs = self.sets_at.borrow_mut().take_if(|(at, ..)| *at == name);
            if let Some((_, place, value)) = theirs {
                self.set(&place, value);
            }
            let (is, says) = match trouble {
                None | Some(Lies) => (Outcome::Done, "done"),
                Some(Refuses) => (Outcome::Refused, "403"),
                Some(NotSent) => (Outcome::NotSent, "no connection"),
                Some(Hangs) => std::future::pending().await,
                Some(_) => (Outcome::Unknown, "no answer"),
            };
            Sight { is, seen: seen(order, says), keep: None }
        })
    }

    fn probe<'a>(&'a self, order: &'a Order<'a>, _: Option<&'a Prepared>, _: Millis) -> Fut<'a, Sight<Verdict>> {
        Box::pin(async move {
            let place = place(order.target);
            let is = match self.trouble(order, &[Trouble::Denies, Trouble::Vague]) {
                Some(Trouble::Denies) => Verdict::Fail,
                Some(_) => Verdict::Inconclusive,
                None => {
                    let things = self.things.borrow();
                    let wants = match order.way {
                        Way::Do => wanted(&order.step.act),
                        Way::Undo(prior) => Some(prior.clone()),
                    };
                    let there = match wants {
                        Some(value) => things.state.get(&place) == Some(&value),
                        None => things.effects.get(&place).is_some_and(|k| k.iter().any(|k| k == order.key)),
                    };
                    match (there, order.step.proof) {
                        (true, Proof::Accepted) => Verdict::Accepted,
                        (true, _) => Verdict::Pass,
                        (false, _) => Verdict::Fail,
                    }
                }
            };
            let keep = matches!(order.step.act, Act::Capture { .. }).then(|| b"evidence".to_vec());
            Sight { is, seen: seen(order, "read"), keep }
        })
    }

    fn measure<'a>(&'a self, measure: &'a Measure, _: Millis) -> Fut<'a, Result<SignalReading, Fault>> {
        Box::pin(async move {
            if self.well.get() {
                let baseline = matches!(measure.condition, Condition::AboveBaseline { .. });
                let verdict = if baseline { Verdict::Fail } else { Verdict::Pass };
                let measured = Measured { value: Some(1.0), samples: Some(9000), baseline: None };
                return Ok(SignalReading { verdict, measured, says: String::new() });
            }
            let value = self.reading(&measure.signal);
            let verdict = match (value, &measure.condition) {
                (None, _) => Verdict::Inconclusive,
                (Some(v), Condition::Above(t)) if v > *t => Verdict::Pass,
                (Some(v), Condition::Below(t)) if v < *t => Verdict::Pass,
                (Some(_), Condition::Value) => Verdict::Pass,
                _ => Verdict::Fail,
            };
            let measured = Measured { value, samples: value.map(|_| 9000), baseline: None };
            Ok(SignalReading { verdict, measured, says: String::new() })
        })
    }

    fn on_call<'a>(&'a self, target: &'a Target, _limit: Millis) -> Fut<'a, Result<Vec<OnDuty>, Fault>> {
        let says = format!("nobody is on call as {}", target.label);
        Box::pin(async move { Err(Fault { says, help: None, before_sending: true }) })
    }

    fn check<'a>(&'a self, _: &'a [Needed], _: Millis) -> Fut<'a, Vec<Checked>> {
        Box::pin(async { Vec::new() })
    }
}

/// A clock that moves only when somebody waits.
pub(crate) struct FakeClock {
    pub(crate) now: Cell<i64>,
    scale: u32,
}

impl FakeClock {
    /// Lets real seconds pass.
    pub(crate) fn pass(&self, seconds: i64) {
        self.now.set(self.now.get() + seconds * 1000);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Instant {
        Instant(self.now.get())
    }

    fn sleep(&self, length: Millis) -> Fut<'_, ()> {
        Box::pin(async move {
            let real = length.0.div_ceil(u64::from(self.scale)).max(1);
            self.now.set(self.now.get().saturating_add_unsigned(real));
        })
    }

    fn scale(&self) -> u32 {
        self.scale
    }
}

/// A log in memory: durable the moment it says so, dead when it is told to be.
#[derive(Default)]
pub(crate) struct FakeLog {
    pub(crate) records: Vec<Record>,
    /// How many records each append brought, with the world as it stood then.
    pub(crate) appends: Vec<(usize, Things)>,
    /// The process dies at this append: before it is durable, or after.
    pub(crate) dies: Option<(usize, bool)>,
    /// Appends from this one on go to the emergency file.
    pub(crate) away_from: Option<usize>,
    /// Whether it can be brought home.
    pub(crate) comes_home: bool,
    /// Who votes, and how, whenever a gate is open.
    pub(crate) voters: Vec<(String, Decision)>,
    /// Nobody is at the terminal while votes are awaited.
    pub(crate) absent_at_gates: bool,
    /// Votes that lie there.
    pub(crate) votes: Vec<Vote>,
    /// Other runs that hold this automation low, per look; the last one stays.
    pub(crate) others: Vec<Vec<String>>,
    pub(crate) payloads: Vec<(String, Vec<u8>)>,
    /// Digest of the last record; none where a test put other records there.
    pub(crate) last: Option<String>,
}

/// The log while a driver holds it.
struct Held<'a> {
    log: &'a mut FakeLog,
    world: &'a World,
    clock: &'a FakeClock,
}

impl RunLog for Held<'_> {
    fn append(&mut self, batch: &[Record]) -> Result<Durability, JournalError> {
        let number = self.log.appends.len();
        let dead = || JournalError::Io { doing: "live".into(), source: "the process died".into() };
        if self.log.dies == Some((number, false)) {
            return Err(dead());
        }
        let away = self.log.away_from.is_some_and(|n| number >= n);
        for record in batch {
            let record = record.clone();
            if let Some(last) = self.log.records.last() {
                // Records that a test put there come without their digest. As the journal does: a record that names another
                // one before it is refused.
                let before = self.log.last.take().unwrap_or_else(|| sha256_hex(&last.bytes().unwrap()));
                assert_eq!(record.prev, before, "record {} follows the one before it", record.seq);
            }
            self.log.last = Some(sha256_hex(&record.bytes().unwrap()));
            self.world.intended_all(std::slice::from_ref(&record));
            self.log.records.push(record);
        }
        self.log.appends.push((batch.len(), self.world.things.borrow().clone()));
        if self.log.dies == Some((number, true)) {
            return Err(dead());
        }
        Ok(if away { Durability::Emergency } else { Durability::Git })
    }

    fn keep(&mut self, subject: &str, bytes: &[u8]) -> PayloadRef {
        self.log.payloads.push((subject.to_owned(), bytes.to_vec()));
        PayloadRef {
            subject: subject.to_owned(),
            digest: sha256_hex(bytes),
            length: bytes.len() as u64,
            sealed: None,
            apart: false,
        }
    }

    fn votes(&mut self, known: &dyn Fn(&str) -> bool) -> Result<Vec<Vote>, JournalError> {
        let records = &self.log.records;
        let opened = records.iter().rev().find(|r| matches!(r.event, Event::GateOpened { .. })).unwrap();
        let asked: Vec<Vote> = self
            .log
            .voters
            .iter()
            .enumerate()
            .map(|(i, (person, decision))| Vote {
                nonce: format!("{}-{i}", opened.seq),
                run: opened.run.clone(),
                gate: opened.about.clone().unwrap(),
                act: opened.detail.act.as_ref().unwrap().digest.clone(),
                head: sha256_hex(&records.last().unwrap().bytes().unwrap()),
                person: person.clone(),
                decision: *decision,
                text: (*decision == Decision::Amend).then(|| "Other words.".to_owned()),
                reason: None,
                at: self.clock.now(),
                signed: None,
            })
            .collect();
        Ok(self.log.votes.iter().chain(&asked).filter(|v| !known(&v.nonce)).cloned().collect())
    }

    fn others_holding(&mut self, _: &str, _: &str) -> Result<Vec<String>, JournalError> {
        if self.log.others.len() > 1 {
            return Ok(self.log.others.remove(0));
        }
        Ok(self.log.others.first().cloned().unwrap_or_default())
    }

    fn head(&self) -> String {
        String::new()
    }

    fn try_restore(&mut self) -> bool {
        if self.log.comes_home {
            self.log.away_from = None;
        }
        self.log.away_from.is_none()
    }

    fn unpushed(&self) -> Option<usize> {
        None
    }
}

/// How the person at the terminal behaves.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    /// Who it is.
    pub(crate) person: Option<String>,
    /// Whether anybody is there.
    pub(crate) present: bool,
    /// Says nothing to a fact until its deadline, and is gone afterwards.
    pub(crate) mute: bool,
    /// How many questions of a kind are let pass until their deadline, by the kind's name, before one is answered.
    pub(crate) lets_pass: BTreeMap<String, usize>,
    /// Whether they have begun to answer what they let pass.
    pub(crate) begins: bool,
    /// Answers to facts by id; others are not known.
    pub(crate) facts: BTreeMap<String, FactValue>,
    /// What is chosen for a step, in order of preference, among what is on offer.
    pub(crate) choices: Vec<Choice>,
    /// How often a step, a check, a sign-off or a breach is tried again before the run is abandoned.
    pub(crate) patience: usize,
    /// Answer to checks that ask.
    pub(crate) wrong: u64,
    /// Asks to stand down instead of confirming the severity.
    pub(crate) stands_down: bool,
    /// Confirms this row instead of the proposed one.
    pub(crate) row: Option<RowIx>,
    /// Whether a stuck undo is put back by hand.
    pub(crate) unsticks: bool,
    /// Presses Ctrl-C at the first question and says nothing more.
    pub(crate) leaves: bool,
    /// The same at the first question of this kind.
    pub(crate) leaves_at: Option<String>,
    /// Who is said to have made the fix.
    pub(crate) fixed_by: String,
    /// Has a check without a verdict judged again before anybody vouches for it.
    pub(crate) rejudges: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            person: Some("olga".into()),
            present: true,
            mute: false,
            lets_pass: BTreeMap::new(),
            begins: false,
            facts: [("harm".to_owned(), FactValue::YesNo(true))].into(),
            choices: vec![Choice::Retry, Choice::ByHand, Choice::Skip],
            patience: 1,
            wrong: 0,
            stands_down: false,
            row: None,
            unsticks: true,
            leaves: false,
            leaves_at: None,
            fixed_by: "outside: the vendor".into(),
            rejudges: false,
        }
    }
}

/// The person, with what was asked.
pub(crate) struct Person<'a> {
    pub(crate) policy: Policy,
    pub(crate) asked: Vec<String>,
    tried: BTreeMap<String, usize>,
    absent_at_gates: bool,
    /// What they have begun to answer.
    begun: Option<String>,
    world: &'a World,
    clock: &'a FakeClock,
}

/// Which fact or check is asked for.
fn asks(question: &Question<'_>) -> Option<String> {
    match question {
        Question::Fact { fact, .. } => Some(format!("fact {}", fact.0)),
        Question::Check { check, .. } => Some(format!("check {}", check.0)),
        _ => None,
    }
}

impl Person<'_> {
    fn again(&mut self, what: &str) -> bool {
        let tried = self.tried.entry(what.to_owned()).or_default();
        *tried += 1;
        *tried <= self.policy.patience
    }

    fn answer(&mut self, question: &Question<'_>) -> Answer {
        let abandon = || Answer::Abandon("enough".into());
        match question {
            Question::Fact { plan, fact } => {
                let value = plan.facts.get(fact.ix()).and_then(|f| self.policy.facts.get(&f.id));
                value.cloned().map_or(Answer::NotKnown, Answer::Value)
            }
            Question::Severity { .. } if self.policy.stands_down => Answer::StandDown,
            Question::Severity { proposed, .. } => {
                Answer::Row(self.policy.row.unwrap_or(*proposed), Some("as it looks".into()))
            }
            Question::Step { plan, step, offer, .. } => {
                let step = plan.step(*step);
                let choices = self.policy.choices.clone();
                let pick = choices
                    .into_iter()
                    .find(|c| offer.contains(c) && (*c == Choice::Skip || self.again(&format!("{} {c:?}", step.id))))
                    .or_else(|| offer.last().copied());
                if pick == Some(Choice::ByHand) {
                    for target in &step.targets {
                        self.world.by_hand(target, &step.act, None);
                    }
                }
                Answer::Choice(pick.unwrap_or(Choice::Abandon), Some("it has to go on".into()))
            }
            Question::Check { plan, check } => match plan.checks[check.ix()].kind {
                Some(FactKind::YesNo) => Answer::Value(FactValue::YesNo(self.policy.wrong == 0)),
                Some(FactKind::Percent) => Answer::Value(FactValue::Percent(0.0)),
                Some(FactKind::Level(_)) => Answer::Value(FactValue::Level(0)),
                _ => Answer::Value(FactValue::Count(self.policy.wrong)),
            },
            Question::CheckNext { may_attest: true, plan, check }
                if self.policy.rejudges && self.again(&plan.checks[check.ix()].id) =>
            {
                Answer::Again
            }
            Question::CheckNext { may_attest: true, .. } => Answer::Attest("sam".into(), "seen by hand".into()),
            Question::CheckNext { plan, check, .. } => {
                if self.again(&plan.checks[check.ix()].id) {
                    Answer::Again
                } else {
                    abandon()
                }
            }
            Question::FixAuthor { .. } => Answer::Person(self.policy.fixed_by.clone()),
            Question::SignOffAgain { .. } => {
                if self.again("sign-off") {
                    Answer::Again
                } else {
                    abandon()
                }
            }
            Question::AfterBreach { .. } => {
                if self.again("breach") {
                    Answer::Yes
                } else {
                    abandon()
                }
            }
            Question::Stuck { .. } if !self.policy.unsticks => abandon(),
            Question::Stuck { plan, step } => {
                for target in &plan.step(*step).targets {
                    let before = self.world.initial.state.get(&place(target));
                    self.world.by_hand(target, &plan.step(*step).act, before);
                }
                if self.again(&format!("stuck {}", step.0)) { Answer::Yes } else { abandon() }
            }
        }
    }
}

impl Operator for Person<'_> {
    fn ask<'a>(&'a mut self, question: Question<'a>, deadline: Option<Instant>) -> Fut<'a, Answer> {
        Box::pin(async move {
            let name = format!("{question:?}");
            let name = name.split([' ', '{']).next().unwrap_or_default().to_owned();
            self.asked.push(name.clone());
            if !self.policy.present {
                return Answer::Nobody;
            }
            if self.policy.leaves || self.policy.leaves_at.as_deref() == Some(name.as_str()) {
                if let Some(raise) = &*self.world.raise.borrow() {
                    raise.raise();
                }
                return std::future::pending().await;
            }
            if let (Some(left @ 1..), Some(at)) = (self.policy.lets_pass.get_mut(&name), deadline) {
                *left -= 1;
                self.clock.now.set(self.clock.now.get().max(at.0));
                self.begun = asks(&question).filter(|_| self.policy.begins);
                return Answer::Interrupted;
            }
            self.begun = None;
            match (&question, deadline) {
                (Question::Fact { .. }, Some(at)) if self.policy.mute => {
                    self.clock.now.set(self.clock.now.get().max(at.0));
                    Answer::Interrupted
                }
                _ if self.policy.mute => Answer::Nobody,
                _ => self.answer(&question),
            }
        })
    }

    fn present(&self) -> bool {
        self.policy.present && !self.absent_at_gates
    }

    fn person(&self) -> Option<&str> {
        self.policy.person.as_deref()
    }

    fn begun(&self, question: &Question<'_>) -> bool {
        self.begun.is_some() && self.begun == asks(question)
    }
}

/// What was shown.
#[derive(Default)]
pub(crate) struct Shown {
    pub(crate) lines: Vec<String>,
    pub(crate) records: usize,
}

impl Reporter for Shown {
    fn record(&mut self, _: &Plan, _: &Record) {
        self.records += 1;
    }

    fn progress(&mut self, _: &Plan, progress: Progress<'_>) {
        if let Progress::Says(line) = progress {
            self.lines.push(line.to_owned());
        }
    }
}

/// A run in a world.
pub(crate) struct Scene {
    pub(crate) plan: Plan,
    pub(crate) world: World,
    pub(crate) clock: FakeClock,
    pub(crate) log: FakeLog,
    pub(crate) policy: Policy,
    pub(crate) shown: Shown,
    pub(crate) keys: FakeKeys,
    pub(crate) asked: Vec<String>,
    pub(crate) run: String,
    /// Operators of a run that this one continues.
    pub(crate) operators: Vec<String>,
    /// Whether it is a drill.
    pub(crate) drill: bool,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::of(crate::plan::fixture::plan())
    }

    pub(crate) fn of(mut plan: Plan) -> Self {
        // Short gates: whoever waits looks often.
        for gate in &mut plan.gates {
            gate.within = Millis::from_secs(20);
        }
        let approve = |p: &&str| ((*p).to_owned(), Decision::Approve);
        let roster = plan.roster.clone();
        Self {
            plan,
            world: World::new(),
            keys: FakeKeys { roster: RefCell::new(Some(roster)), ..FakeKeys::default() },
            clock: FakeClock { now: Cell::new(1_000_000), scale: 3600 },
            log: FakeLog {
                comes_home: true,
                voters: ["lena", "carl", "ada", "grace"].iter().map(approve).collect(),
                ..FakeLog::default()
            },
            policy: Policy::default(),
            shown: Shown::default(),
            asked: Vec::new(),
            run: "20260723-0204-abcd".into(),
            operators: Vec::new(),
            drill: true,
        }
    }

    fn start(&self) -> Start {
        Start {
            plan: self.plan.clone(),
            plan_digest: "p".into(),
            files: BTreeMap::new(),
            workspace: "w".into(),
            commit: None,
            dirty: false,
            version: "0".into(),
            heads: BTreeMap::new(),
            continues: None,
            operators: self.operators.clone(),
            time_scale: self.clock.scale,
            declared: "olga".into(),
            retrospective: false,
            rehearsal: None,
            roster: None,
        }
    }

    fn holder(&self) -> Holder {
        let person = self.policy.person.clone().unwrap_or_else(|| "unidentified".into());
        Holder { person, host: "h".into(), boot: "b".into(), pid: 1 }
    }

    /// Does something with a driver: a new one where nothing is on record, else one that resumes.
    pub(crate) fn with<T>(&mut self, over: bool, act: impl AsyncFnOnce(&mut Driver<'_>) -> T) -> T {
        self.hold(Some(over), act)
    }

    /// Does something from another command, without taking the run.
    pub(crate) fn aside<T>(&mut self, act: impl AsyncFnOnce(&mut Driver<'_>) -> T) -> T {
        self.hold(None, act)
    }

    fn hold<T>(&mut self, over: Option<bool>, act: impl AsyncFnOnce(&mut Driver<'_>) -> T) -> T {
        let (start, holder) = (self.start(), self.holder());
        let records = self.log.records.clone();
        let absent_at_gates = self.log.absent_at_gates;
        let mut held = Held { log: &mut self.log, world: &self.world, clock: &self.clock };
        let mut person = Person {
            policy: self.policy.clone(),
            asked: Vec::new(),
            tried: BTreeMap::new(),
            begun: None,
            absent_at_gates,
            world: &self.world,
            clock: &self.clock,
        };
        let (raise, signals) = Signals::channel();
        *self.world.raise.borrow_mut() = Some(raise);
        let ports = Ports {
            providers: &self.world,
            log: &mut held,
            operator: &mut person,
            clock: &self.clock,
            reporter: &mut self.shown,
            keys: &self.keys,
            signals,
        };
        let plan = &self.plan;
        let mut driver = if records.is_empty() {
            let from = Beginning { run: self.run.clone(), drill: self.drill, start, carried: vec![] };
            Driver::start(plan, from, holder, ports).unwrap()
        } else if let Some(over) = over {
            Driver::resume(plan, &records, holder, over, ports).unwrap()
        } else {
            Driver::attach(plan, &records, holder, ports).unwrap()
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let out = runtime.block_on(act(&mut driver));
        drop(driver);
        self.asked = person.asked;
        out
    }

    /// Resumes it, over somebody else's lease or not.
    pub(crate) fn with_over(&mut self, over: bool) -> Result<Stopped, String> {
        let ended = self.events().iter().any(|e| matches!(e, Event::RunEnded { .. }));
        if ended {
            return Err("over".into());
        }
        Ok(self.with(over, async |d| d.run().await))
    }

    /// Starts it, or resumes it where it stands, and drives it until it stops.
    pub(crate) fn go(&mut self) -> Stopped {
        self.with(false, async |d| d.run().await)
    }

    /// The events on record.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.log.records.iter().map(|r| r.event).collect()
    }

    /// The ledger of what is on record; checks the chain on the way.
    pub(crate) fn ledger(&self) -> Ledger {
        Ledger::of(&self.plan, &self.log.records).unwrap()
    }

    pub(crate) fn harmless(mut self) -> Self {
        self.policy.facts.insert("harm".into(), FactValue::YesNo(false));
        self.policy.facts.insert("exposed".into(), FactValue::Count(0));
        self.world.silent.borrow_mut().insert("recipients".into());
        self
    }

    pub(crate) fn fact(&self, id: &str) -> FactIx {
        let i = self.plan.facts.iter().position(|f| f.id == id).unwrap();
        FactIx(u16::try_from(i).unwrap())
    }
}
