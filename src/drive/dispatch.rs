//! One step on its way out or back: everything that the calls to its providers need, owned.

use std::borrow::Cow;

use serde_json::Value;

use super::call::{Called, together};
use super::{Driver, Why};
use crate::plan::act::{ActParts, digest, idempotency_key};
use crate::plan::page::{self, Glass, Situation};
use crate::plan::rehearsal::marked_step;
use crate::plan::{Act, Direction, FactIx, Plan, Step, StepIx, statement};
use crate::port::{Fault, Fut, Order, Prepared, Provider, Sight, Way};
use crate::run::event::{Outcome, Verdict};
use crate::run::ledger::Paged;
use crate::run::record::{Detail, PayloadRef, PreparedAct, Seen};
use crate::text::canon::sha256_hex;
use crate::text::gather::Gather;
use crate::text::time::{Instant, Millis};

/// The first pause between two reads of an effect, in real time.
const FIRST_PAUSE: Millis = Millis(100);
/// The longest.
const LONGEST_PAUSE: Millis = Millis(2_000);
/// The least time that one call is given, however late it is.
const LEAST: Millis = Millis(1_000);
/// The most time that one read is given.
const ONE_READ: Millis = Millis(10_000);

/// One step on its way out or back.
pub(super) struct Dispatch<'p> {
    run: String,
    plan: &'p Plan,
    pub(super) step: Cow<'p, Step>,
    /// What to put back, one per target; none on the way out.
    pub(super) back: Option<Vec<Value>>,
    key: String,
    text: Option<String>,
    /// What earlier stages of the same sign-off will have left, one per target; empty except while preparing.
    after: Vec<Option<Value>>,
    prepared: Vec<Option<Prepared>>,
    /// Targets that need no call.
    skip: Vec<bool>,
}

/// What the targets of one step came to.
pub(super) struct Came<T> {
    pub(super) is: T,
    pub(super) seen: Vec<Seen>,
    pub(super) payloads: Vec<PayloadRef>,
}

impl Dispatch<'_> {
    /// Each target has a key of its own, or a provider would take the second for a repetition of the first.
    fn key(&self, target: usize) -> String {
        if self.key.is_empty() || self.step.targets.len() < 2 {
            self.key.clone()
        } else {
            format!("{}-{target}", self.key)
        }
    }

    fn order<'o>(&'o self, target: usize, key: &'o str) -> Option<Order<'o>> {
        let way = match &self.back {
            None => Way::Do,
            Some(back) => Way::Undo(back.get(target)?),
        };
        Some(Order {
            run: &self.run,
            environment: &self.plan.environment,
            step: &self.step,
            target: self.step.targets.get(target)?,
            way,
            key,
            text: self.text.as_deref(),
            after: self.after.get(target).and_then(Option::as_ref),
        })
    }

    /// Stands for the key until it is known: it is made from what was prepared, which has to show it. Nothing that comes
    /// from outside can hold this, because nobody outside knows the run before it begins.
    fn key_to_come(&self) -> String {
        sha256_hex(format!("key to come: {} {}", self.run, self.step.id).as_bytes())
    }

    fn prepared(&self, target: usize) -> Option<&Prepared> {
        self.prepared.get(target).and_then(Option::as_ref)
    }

    /// Leaves out targets where nothing has to be done.
    pub(super) fn skip(&mut self, skip: Vec<bool>) {
        self.skip = skip;
    }

    /// Whether it only tells somebody something, so that the order of its targets means nothing.
    fn tells(&self) -> bool {
        matches!(self.step.act, Act::Page { .. } | Act::Notify { .. })
    }

    fn skips(&self, target: usize) -> bool {
        self.skip.get(target).copied().unwrap_or(false)
    }
}

fn seen(target: &str, says: String) -> Seen {
    Seen { target: target.to_owned(), status: None, says, requests: 0 }
}

/// A fault as one line.
pub(super) fn line(fault: &Fault) -> String {
    fault.help.as_ref().map_or_else(|| fault.says.clone(), |help| format!("{}; {help}", fault.says))
}

impl<'a> Driver<'a> {
    /// The step with what an amendment changed, and in a drill with its mark.
    fn effective(&self, ix: StepIx) -> Cow<'a, Step> {
        let step = self.unmarked(ix);
        if self.ledger.rehearsed { Cow::Owned(marked_step(step.into_owned())) } else { step }
    }

    fn unmarked(&self, ix: StepIx) -> Cow<'a, Step> {
        let step = self.plan.step(ix);
        if self.plan.on_silence == Some(ix) {
            return self.page_for(step);
        }
        let Some(text) = &self.ledger.step(ix).amended else { return Cow::Borrowed(step) };
        let mut step = step.clone();
        if let Act::Publish { amended, .. } = &mut step.act {
            *amended = Some(text.clone());
        }
        Cow::Owned(step)
    }

    /// The page for what nobody answers, to whom it is for now.
    fn page_for(&self, step: &'a Step) -> Cow<'a, Step> {
        let (people, glass) = match &self.ledger.paged {
            Paged::Question | Paged::Waits(_) => return Cow::Borrowed(step),
            Paged::Gate(people) => (people, None),
            Paged::Glass(gate, people) => (people, Some(*gate)),
        };
        let mut step = step.clone();
        if let Act::Page { to, severity, summary } = &mut step.act {
            let planned = std::mem::take(to);
            for whom in people.iter().cloned().chain(planned) {
                if !to.contains(&whom) {
                    to.push(whom);
                }
            }
            if let Some(gate) = glass {
                "critical".clone_into(severity);
                *summary = format!("BREAK-GLASS: `{}` was done without its approval.", self.plan.gate(gate).id);
            }
        }
        Cow::Owned(step)
    }

    /// The text as its readers will see it, for statements, notices and pages.
    fn text_of(&self, step: &Step) -> Result<Option<String>, String> {
        match &step.act {
            Act::Publish { amended: Some(text), .. } | Act::Notify { text, .. } => Ok(Some(text.clone())),
            Act::Page { .. } => Ok(Some(page::text(self.plan, step, &self.situation()))),
            Act::Publish { text, audience, .. } => {
                let known = self.ledger.facts.iter().filter_map(|(f, v)| {
                    let fact = self.plan.facts.get(f.ix())?;
                    Some((fact.id.clone(), v.clone()))
                });
                let fields = statement::fields(self.plan, &self.ledger.run, audience, &known.gather());
                let letter = statement::render(text, &fields).map_err(|e| e.to_string())?;
                Ok(Some(self.ledger.shown(&letter)))
            }
            _ => Ok(None),
        }
    }

    /// What a page tells: what is stopped, and what nobody has answered.
    fn situation(&self) -> Situation<'_> {
        let tried = |ix: StepIx| self.ledger.step(ix).intended_at.is_some();
        let passed = |ix: StepIx| tried(ix) && self.ledger.step(ix).verdict == Some(Verdict::Pass);
        let lowers = |ix: &StepIx| self.plan.step(*ix).direction == Direction::Lowers;
        let mut now = Situation {
            run: &self.ledger.run,
            confirmed: self.state.confirmed,
            proposed: self.state.proposed,
            ..Situation::default()
        };
        for ix in self.plan.immediate.iter().filter(|ix| lowers(ix)) {
            let other = self.plan.step(*ix).or_else.filter(|o| tried(*o));
            let all: Vec<StepIx> = std::iter::once(*ix).chain(other).collect();
            now.proven.extend(all.iter().copied().filter(|s| passed(*s)));
            if !all.iter().any(|s| passed(*s)) {
                now.unproven.extend(all.into_iter().filter(|s| tried(*s)));
            }
        }
        now.unanswered = (0..self.plan.facts.len())
            .map(|i| FactIx(u16::try_from(i).unwrap_or(u16::MAX)))
            .filter(|f| !self.ledger.facts.contains_key(f))
            .collect();
        now.silent = self.silent();
        now.glass = match &self.ledger.paged {
            Paged::Glass(gate, _) => {
                self.ledger.reviews.iter().find(|(_, review)| review.of == *gate).map(|(ix, review)| {
                    let skipped =
                        if review.skipped.is_empty() { "another person".to_owned() } else { review.skipped.join(", ") };
                    Glass { review: *ix, of: *gate, by: &review.by, skipped }
                })
            }
            _ => None,
        };
        if let Paged::Waits(what) = &self.ledger.paged {
            now.waits = Some(what);
        }
        now.gate = self.ledger.gate.as_ref().map(|g| (g.gate, g.act.digest.clone(), g.deadline));
        now
    }

    /// A step on its way out, not yet prepared.
    pub(super) fn outward(&self, ix: StepIx) -> Result<Dispatch<'a>, String> {
        let step = self.effective(ix);
        let text = self.text_of(&step)?;
        Ok(Dispatch {
            run: self.ledger.run.clone(),
            plan: self.plan,
            step,
            back: None,
            key: String::new(),
            text,
            after: Vec::new(),
            prepared: Vec::new(),
            skip: Vec::new(),
        })
    }

    /// A step that is about to be prepared: for a stage, what the stages before it will have left is what it will find.
    pub(super) fn to_prepare(&self, ix: StepIx) -> Result<Dispatch<'a>, String> {
        let mut dispatch = self.outward(ix)?;
        let found = |target| {
            let (earlier, place) = self.state.will_find(self.plan, ix, target)?;
            self.ledger.step(earlier).act.as_ref()?.leaves.get(place).cloned()
        };
        dispatch.after = dispatch.step.targets.iter().map(found).collect();
        Ok(dispatch)
    }

    /// A step on its way back.
    pub(super) fn backward(&self, ix: StepIx, owed: Vec<Value>) -> Dispatch<'a> {
        Dispatch {
            run: self.ledger.run.clone(),
            plan: self.plan,
            step: self.effective(ix),
            back: Some(owed),
            key: String::new(),
            text: None,
            after: Vec::new(),
            prepared: Vec::new(),
            skip: Vec::new(),
        }
    }

    /// Fills in what was prepared, from the record: after a restart as before it.
    pub(super) fn with_act(&self, mut dispatch: Dispatch<'a>, ix: StepIx, act: Option<&PreparedAct>) -> Dispatch<'a> {
        let Some(act) = act else {
            // Nothing could be read before; the key is fixed all the same, so that it is known after a restart.
            let repeats = self.ledger.step(ix).repeats;
            dispatch.key = idempotency_key(&self.ledger.run, &dispatch.step.id, "", repeats).unwrap_or_default();
            return dispatch;
        };
        dispatch.key.clone_from(&act.key);
        // What was prepared is what is sent: a page says what was known then, after a restart as before it.
        if dispatch.back.is_none()
            && let Some(statement) = &act.statement
        {
            dispatch.text = Some(statement.clone());
        }
        let one = dispatch.step.targets.len() == 1;
        let views = |all: &[_]| if one { all.to_vec() } else { Vec::new() };
        dispatch.prepared = (0..dispatch.step.targets.len())
            .map(|i| {
                Some(Prepared {
                    prior: act.prior.get(i)?.clone(),
                    leaves: act.leaves.get(i)?.clone(),
                    requests: views(&act.requests),
                    undo: views(&act.undo),
                    account: act.accounts.get(i)?.clone(),
                })
            })
            .collect();
        dispatch
    }

    /// Prepares every target. The inner error says whose it was and what to do, in its one line.
    pub(super) async fn prepare_targets(
        &self,
        dispatch: &Dispatch<'a>,
        limit: Millis,
    ) -> Result<Result<Vec<Prepared>, Fault>, Why> {
        let of = |label: &str, fault: &Fault| Fault {
            says: format!("{label}: {}", line(fault)),
            help: None,
            before_sending: fault.before_sending,
        };
        let unsaid = |says: String| Fault { says, help: None, before_sending: false };
        let mut all = Vec::with_capacity(dispatch.step.targets.len());
        for (i, target) in dispatch.step.targets.iter().enumerate() {
            let provider = match self.provider(&target.provider) {
                Ok(provider) => provider,
                Err(fault) => return Ok(Err(of(&target.label, &fault))),
            };
            let mark = dispatch.key_to_come();
            let mark = if dispatch.step.targets.len() < 2 { mark } else { format!("{mark}-{i}") };
            let Some(order) = dispatch.order(i, &mark) else {
                return Ok(Err(unsaid("nothing to put back".to_owned())));
            };
            match self.call(limit, provider.prepare(&order)).await {
                Called::Came(Ok(prepared)) => all.push(prepared),
                Called::Came(Err(fault)) => return Ok(Err(of(&target.label, &fault))),
                Called::TimeOver => return Ok(Err(unsaid(format!("{}: no answer within {limit}", target.label)))),
                Called::Left => return Err(Why::Interrupted),
            }
        }
        Ok(Ok(all))
    }

    /// The act as it goes into the record: digest and key over everything that was prepared.
    pub(super) fn act_of(
        &self,
        ix: StepIx,
        dispatch: &Dispatch<'a>,
        prepared: &[Prepared],
    ) -> Result<PreparedAct, serde_json::Error> {
        let undo = dispatch.back.is_some();
        let mut act = PreparedAct {
            digest: String::new(),
            requests: prepared.iter().flat_map(|p| p.requests.clone()).collect(),
            prior: prepared.iter().map(|p| p.prior.clone()).collect(),
            leaves: prepared.iter().map(|p| p.leaves.clone()).collect(),
            undo: prepared.iter().flat_map(|p| p.undo.clone()).collect(),
            accounts: prepared.iter().map(|p| p.account.clone()).collect(),
            key: String::new(),
            statement: dispatch
                .text
                .clone()
                .filter(|_| matches!(dispatch.step.act, Act::Publish { .. } | Act::Page { .. })),
        };
        let digest_of = |act: &PreparedAct| {
            digest(&ActParts {
                run: &self.ledger.run,
                environment: &self.plan.environment,
                step: &dispatch.step,
                undo,
                accounts: &act.accounts,
                requests: &act.requests,
                prior: &act.prior,
                leaves: &act.leaves,
                undo_requests: &act.undo,
                key: &act.key,
                statement: act.statement.as_deref(),
            })
        };
        let bare = digest_of(&act)?;
        act.key = idempotency_key(&self.ledger.run, &dispatch.step.id, &bare, self.ledger.step(ix).repeats)?;
        let mark = dispatch.key_to_come();
        for request in &mut act.requests {
            let texts = request.headers.iter_mut().map(|(_, value)| value).chain([&mut request.url, &mut request.body]);
            texts.for_each(|text| *text = text.replace(&mark, &act.key));
        }
        act.digest = digest_of(&act)?;
        Ok(act)
    }

    pub(super) fn provider(&self, name: &str) -> Result<&'a dyn Provider, Fault> {
        let providers = self.ports.providers;
        providers.get(name)
    }

    /// Acts on every target, whatever becomes of the others: a page that fails must not keep another back. In order, but
    /// pages go out at the same time, so that one to a silent host does not hold up the rest either. True beside it when the
    /// run is being left.
    pub(super) async fn perform_targets(&mut self, dispatch: &Dispatch<'a>, limit: Millis) -> (Came<Outcome>, bool) {
        let wanted: Vec<usize> = (0..dispatch.step.targets.len()).filter(|i| !dispatch.skips(*i)).collect();
        let mut sights = Vec::new();
        let mut left = false;
        if dispatch.tells() {
            let calls = wanted.iter().map(|i| -> Fut<'_, _> { Box::pin(self.perform_one(dispatch, *i, limit)) });
            sights = together(calls.collect()).await;
            left = sights.iter().any(|(_, left)| *left);
        } else {
            for i in wanted {
                if left {
                    let label = dispatch.step.targets.get(i).map_or("", |t| t.label.as_str());
                    let seen = seen(label, "not sent: the run was being left".to_owned());
                    sights.push((Sight { is: Outcome::NotSent, seen, keep: None }, true));
                    continue;
                }
                let sight = self.perform_one(dispatch, i, limit).await;
                left = sight.1;
                sights.push(sight);
            }
        }
        let outcomes: Vec<Outcome> = sights.iter().map(|(sight, _)| sight.is).collect();
        let mut came = Came { is: agreed(&outcomes), seen: Vec::new(), payloads: Vec::new() };
        for (sight, _) in sights {
            self.keep(&mut came.payloads, sight.keep.as_deref());
            came.seen.push(sight.seen);
        }
        (came, left)
    }

    /// Acts on one target. True beside it when the run is being left.
    async fn perform_one(&self, dispatch: &Dispatch<'a>, target: usize, limit: Millis) -> (Sight<Outcome>, bool) {
        let (label, name) =
            dispatch.step.targets.get(target).map_or(("", ""), |t| (t.label.as_str(), t.provider.as_str()));
        let told = |is, says: String| Sight { is, seen: seen(label, says), keep: None };
        let key = dispatch.key(target);
        let (provider, order) = match (self.provider(name), dispatch.order(target, &key)) {
            (Ok(provider), Some(order)) => (provider, order),
            (Err(fault), _) => return (told(Outcome::NotSent, line(&fault)), false),
            (_, None) => return (told(Outcome::NotSent, "nothing is known to put back".to_owned()), false),
        };
        match self.call(limit, provider.perform(&order, dispatch.prepared(target), limit)).await {
            Called::Came(sight) => (sight, false),
            Called::TimeOver => (told(Outcome::Unknown, format!("no answer within {limit}")), false),
            Called::Left => (told(Outcome::Unknown, "no answer before the run was left".to_owned()), true),
        }
    }

    /// Reads the effect back until it is there or `until` has passed; once, when `once`.
    pub(super) async fn read_back(
        &mut self,
        dispatch: &Dispatch<'a>,
        until: Instant,
        once: bool,
    ) -> Result<Came<Verdict>, Why> {
        let targets = dispatch.step.targets.len();
        let mut verdicts: Vec<Option<Sight<Verdict>>> = (0..targets).map(|_| None).collect();
        let mut pause = FIRST_PAUSE;
        loop {
            let mut hopeless = true;
            let passed = |s: &Option<Sight<Verdict>>| {
                s.as_ref().is_some_and(|s| matches!(s.is, Verdict::Pass | Verdict::Accepted))
            };
            let open: Vec<usize> = (0..targets).filter(|i| !verdicts.get(*i).is_some_and(passed)).collect();
            let mut reads = Vec::new();
            if dispatch.tells() {
                let calls = open.iter().map(|i| -> Fut<'_, _> { Box::pin(self.read_once(dispatch, *i, until)) });
                reads = together(calls.collect()).await;
            } else {
                for i in &open {
                    reads.push(self.read_once(dispatch, *i, until).await);
                }
            }
            for (i, read) in open.into_iter().zip(reads) {
                let (sight, hope) = read?;
                hopeless &= !hope;
                if let Some(slot) = verdicts.get_mut(i) {
                    *slot = Some(sight);
                }
            }
            if verdicts.iter().all(passed) || hopeless || once || self.now().plus(pause) >= until {
                break;
            }
            // It takes longer than a moment: what is known so far goes on record first.
            self.flush()?;
            self.pause(pause).await?;
            pause = Millis(LONGEST_PAUSE.0.min(pause.0.saturating_mul(3) / 2));
        }
        let mut came = Came { is: Verdict::Pass, seen: Vec::new(), payloads: Vec::new() };
        // Worst first; a step without targets proves nothing.
        let rank = |v: Verdict| {
            [Verdict::Fail, Verdict::Inconclusive, Verdict::Accepted, Verdict::Pass].iter().position(|r| *r == v)
        };
        let worst = verdicts.iter().flatten().map(|s| s.is).min_by_key(|v| rank(*v));
        came.is = worst.unwrap_or(Verdict::Inconclusive);
        for sight in verdicts.into_iter().flatten() {
            self.keep(&mut came.payloads, sight.keep.as_deref());
            came.seen.push(sight.seen);
        }
        Ok(came)
    }

    /// One read of one target, and whether another could say something else.
    async fn read_once(
        &self,
        dispatch: &Dispatch<'a>,
        target: usize,
        until: Instant,
    ) -> Result<(Sight<Verdict>, bool), Why> {
        let label = dispatch.step.targets.get(target).map_or("", |t| t.label.as_str());
        let unknown = |says: String| Sight { is: Verdict::Inconclusive, seen: seen(label, says), keep: None };
        let key = dispatch.key(target);
        let Some(order) = dispatch.order(target, &key) else {
            return Ok((unknown("nothing is known to put back".to_owned()), false));
        };
        let provider = match self.provider(&order.target.provider) {
            Ok(provider) => provider,
            Err(fault) => return Ok((unknown(line(&fault)), false)),
        };
        let limit = Millis(until.since(self.now()).0.clamp(LEAST.0, ONE_READ.0));
        match self.call(limit, provider.probe(&order, dispatch.prepared(target), limit)).await {
            Called::Came(sight) => Ok((sight, true)),
            Called::TimeOver => Ok((unknown(format!("no answer within {limit}")), true)),
            Called::Left => Err(Why::Interrupted),
        }
    }

    /// Whether a control is at its safe value already: prior state was it, and the read-back proves it. A stop that changes
    /// nothing is not sent, and owes nothing.
    pub(super) async fn already_so(&self, dispatch: &Dispatch<'a>, until: Instant) -> Result<bool, Why> {
        let safe = matches!(dispatch.step.act, Act::SetControl { safe: true, .. });
        let same = dispatch.prepared(0).is_some_and(|p| p.prior == p.leaves);
        if !safe || !same || dispatch.step.targets.len() != 1 {
            return Ok(false);
        }
        Ok(self.read_once(dispatch, 0, until).await?.0.is == Verdict::Pass)
    }

    fn keep(&mut self, payloads: &mut Vec<PayloadRef>, bytes: Option<&[u8]>) {
        if let Some(bytes) = bytes {
            payloads.push(self.put_apart("evidence", bytes));
        }
    }
}

impl<T> Came<T> {
    /// As particulars of a record.
    pub(super) fn detail(self, took: Millis) -> (T, Detail) {
        let detail = Detail { seen: self.seen, payloads: self.payloads, took: Some(took), ..Detail::default() };
        (self.is, detail)
    }
}

/// What the outcomes of several targets come to. Unless all agree that nothing was done, something may have been.
fn agreed(outcomes: &[Outcome]) -> Outcome {
    let all = |o: &[Outcome]| outcomes.iter().all(|x| o.contains(x));
    if outcomes.is_empty() || all(&[Outcome::NotSent]) {
        Outcome::NotSent
    } else if all(&[Outcome::Done]) {
        Outcome::Done
    } else if all(&[Outcome::NotSent, Outcome::Refused]) {
        Outcome::Refused
    } else {
        Outcome::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_targets_did_nothing_only_when_all_of_them_say_so() {
        use Outcome::{Done, NotSent, Refused, Unknown};
        for (outcomes, is) in [
            (&[][..], NotSent),
            (&[Done, Done], Done),
            (&[NotSent, NotSent], NotSent),
            (&[NotSent, Refused], Refused),
            (&[Done, Refused], Unknown),
            (&[Done, NotSent], Unknown),
            (&[Unknown, Refused], Unknown),
        ] {
            assert_eq!(agreed(outcomes), is, "{outcomes:?}");
        }
    }
}
