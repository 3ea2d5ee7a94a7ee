//! Gates: the fallback that has to hold first, what a vote is bound to, votes as they arrive, and their count.

use serde_json::json;

use super::{Driver, WaitsFor, Why};
use crate::approval::{self, Counted, Reason, Requirement};
use crate::plan::{Gate, GateIx, Key, Person, StepIx, Touch, Voters, Votes};
use crate::run::asked::{self, Looked, Moment};
use crate::run::command::Command;
use crate::run::count;
use crate::run::deadline;
use crate::run::event::Verdict;
use crate::run::input::{Input, Tally};
use crate::run::ledger::{Ledger, OpenGate, guarded_by};
use crate::run::record::{Decision, Detail, PreparedAct, RequestView, Signed, Vote};
use crate::text::canon::{canonical, sha256_hex};
use crate::text::safe;
use crate::text::time::Millis;

/// How often the vote branches are looked at while somebody waits, in real time.
const POLL: Millis = Millis(500);

impl Driver<'_> {
    /// Whether the automation's `[stop]` holds now: its control, or one of the wider ones, reads safe.
    pub(super) async fn prove_fallback(&mut self, gate: GateIx) -> Result<(), Why> {
        self.identify()?;
        self.can_be_granted(gate)?;
        let mut holds = false;
        let mut notes = Vec::new();
        for ix in self.plan.stop.clone() {
            let step = self.plan.step(ix);
            let dispatch = match self.outward(ix) {
                Ok(dispatch) => self.with_act(dispatch, ix, None),
                Err(says) => {
                    notes.push(says);
                    continue;
                }
            };
            self.begins(&format!("read whether {} holds", step.id), step.within);
            let came = self.read_back(&dispatch, self.now(), true).await;
            self.ends();
            let came = came?;
            notes.push(came.lines());
            if came.is == Verdict::Pass {
                holds = true;
                break;
            }
        }
        if self.plan.stop.is_empty() {
            notes.push("the automation has no [stop]".to_owned());
        }
        let detail = Detail { note: Some(notes.join("; ")), ..Detail::default() };
        self.feed(Input::FallbackRead { gate, holds }, detail)
    }

    /// What a vote at this gate is bound to: the prepared act, or for a sign-off everything that it would set off.
    pub(super) fn gate_act(&self, gate: GateIx) -> Result<PreparedAct, Why> {
        let plan = self.plan;
        if let Some(step) = guarded_by(plan, gate) {
            return self.ledger.step(step).act.clone().ok_or_else(|| {
                Why::Broken(format!("gate `{}` opens for an act that was not prepared", plan.gate(gate).id))
            });
        }
        let signs_off = plan.sign_off == Some(gate);
        let raises = signs_off || plan.stand_down == Some(gate);
        let stages: &[_] = if signs_off { &plan.stages } else { &[] };
        let acts: Vec<&PreparedAct> = stages.iter().filter_map(|s| self.ledger.step(s.step).act.as_ref()).collect();
        let owed: Vec<StepIx> = if raises { self.state.owed(plan).collect() } else { Vec::new() };
        let undo: Vec<RequestView> = owed
            .iter()
            .filter_map(|s| self.ledger.step(*s).act.as_ref())
            .flat_map(|a| a.undo.iter().cloned())
            .collect();
        let whole = json!({
            "format": 1,
            "run": self.ledger.run,
            "gate": plan.gate(gate).id,
            "environment": plan.environment,
            "automation": plan.automation,
            "plan": self.ledger.plan_digest,
            "stages": stages.iter().map(|s| json!({
                "step": plan.step(s.step).id, "soak": s.soak, "act": self.ledger.step(s.step).act.as_ref().map(|a| &a.digest),
            })).collect::<Vec<_>>(),
            "owed": owed.iter().map(|s| json!({ "step": plan.step(*s).id, "prior": self.ledger.step(*s).owed })).collect::<Vec<_>>(),
            "checks": self.ledger.checks.iter().map(|(c, (verdict, says))| json!({
                "check": plan.checks.get(c.ix()).map(|c| &c.id), "verdict": verdict, "says": says,
            })).collect::<Vec<_>>(),
            "fix-authors": self.ledger.fix_authors,
            "severity": self.state.confirmed.and_then(|r| plan.rows.get(r.ix())).map(|r| &r.level),
            "lower-severity": self.state.downgrade.filter(|_| plan.downgrade == gate)
                .and_then(|r| plan.rows.get(r.ix())).map(|r| &r.level),
        });
        let bytes = canonical(&whole).map_err(|e| Why::Broken(e.to_string()))?;
        Ok(PreparedAct {
            digest: sha256_hex(&bytes),
            requests: acts.iter().flat_map(|a| a.requests.iter().cloned()).collect(),
            prior: Vec::new(),
            leaves: Vec::new(),
            undo,
            accounts: Vec::new(),
            key: String::new(),
            statement: None,
        })
    }

    /// Waits for votes or the deadline. Every vote that arrives goes into the record, with the reason when it does not count.
    pub(super) async fn await_votes(&mut self, gate: GateIx) -> Result<(), Why> {
        let wanted = Command::AwaitVotes(gate);
        if let Some(vote) = self.ledger.proposer.clone() {
            // Proposed by somebody entitled and shown to nobody else in between: their yes to their own text.
            return self.counted(gate, vote);
        }
        loop {
            let nonces = &self.ledger.nonces;
            match self.ports.log.votes(&|nonce| nonces.contains(nonce) || nonces.contains(&safe::line(nonce))) {
                Ok(votes) => {
                    for vote in votes {
                        self.cast(gate, vote)?;
                        if self.state.pending(self.plan) != wanted {
                            return Ok(());
                        }
                    }
                }
                Err(e) => self.says(&format!("votes can't be read: {e}")),
            }
            let open = deadline::open(self.plan, wanted, &self.ledger);
            if let Some(open) = open.filter(|d| d.passed(self.latest())) {
                return self.feed(Input::Elapsed(open.of), Detail::default());
            }
            if let Some(again) = self.reminder() {
                let people = self.asked_again();
                let detail = Detail { note: self.says_silent(), people, ..Detail::default() };
                return self.feed(Input::Elapsed(again.of), detail);
            }
            self.take_arrivals()?;
            self.flush()?;
            self.vouch(true)?;
            let waits = self.waits_for_votes(gate);
            if !self.ports.operator.present() {
                return Err(Why::Waiting(waits));
            }
            let until = open.map(|d| d.at);
            self.waits(&waits.to_string(), until);
            let left = until.map_or(POLL, |at| at.since(self.now()));
            self.pause(Millis(POLL.0.min(left.0.max(1)))).await?;
        }
    }

    /// What is still missing at an open gate.
    pub(super) fn waits_for_votes(&self, gate: GateIx) -> WaitsFor {
        let (functions, people) = match self.tally_of(gate) {
            Some((approval::Tally::Missing { functions, people }, _)) => (functions, people),
            _ => (Vec::new(), 1),
        };
        let signed = self.plan.votes == Votes::Signed;
        WaitsFor::Votes { gate: self.plan.gate(gate).id.clone(), functions, people, signed }
    }

    /// One vote, copied into the record with what becomes of it.
    fn cast(&mut self, gate: GateIx, vote: Vote) -> Result<(), Why> {
        if let Some(review) = self.review_of(&vote) {
            return self.countersigned(review, vote);
        }
        let (vote, looked) = self.looked(gate, vote);
        let reason = match &self.ledger.gate {
            Some(open) => self.held_against(open, &vote, &looked, false),
            None => Some(Reason::WrongGate),
        };
        match reason {
            Some(reason) => {
                let detail = Detail { vote: Some(escaped(vote)), note: Some(reason.to_string()), ..Detail::default() };
                self.feed(Input::VoteRefused(gate), detail)
            }
            None if vote.decision == Decision::Amend => {
                let note = Some(format!("{} proposes other text", vote.person));
                self.feed(Input::Amended(gate), Detail { vote: Some(vote), note, ..Detail::default() })
            }
            None => self.counted(gate, vote),
        }
    }

    /// A vote as its signed text has it, and what came of checking that.
    pub(super) fn looked(&self, gate: GateIx, vote: Vote) -> (Vote, Looked) {
        let keys = self.ports.keys;
        let namespace = asked::namespace(self.plan, &self.ledger, gate);
        asked::opened(vote, self.plan.votes, |of, text, signature| keys.check(of, text, signature), namespace)
    }

    pub(super) fn held_against(&self, open: &OpenGate, vote: &Vote, looked: &Looked, again: bool) -> Option<Reason> {
        let signed = self.plan.votes == Votes::Signed;
        let voters = if signed { self.ports.keys.roster() } else { Ok(Voters::default()) };
        let at = Moment::by(&voters, self.latest(), again);
        asked::held_against(self.plan, &self.ledger, open, vote, looked, at)
    }

    fn counted(&mut self, gate: GateIx, vote: Vote) -> Result<(), Why> {
        let Some(open) = &self.ledger.gate else {
            return Err(Why::Broken("a vote arrived and no gate is open".to_owned()));
        };
        let mut with = open.clone();
        with.votes.push(vote.clone());
        let (tally, says) = self.count(&with);
        let tally = match tally {
            approval::Tally::Missing { .. } => Tally::Missing,
            approval::Tally::Granted { .. } => Tally::Granted,
            approval::Tally::Denied { .. } => Tally::Denied,
        };
        let detail = Detail { vote: Some(vote), note: Some(says), ..Detail::default() };
        self.feed(Input::Tallied { gate, tally }, detail)
    }

    /// Counts the votes of a gate anew, from the votes themselves, by who is excluded now.
    pub(super) fn count(&self, open: &OpenGate) -> (approval::Tally, String) {
        self.count_in(&self.ledger, open)
    }

    /// The same by another ledger: as it was when a grant was given.
    pub(super) fn count_in(&self, ledger: &Ledger, open: &OpenGate) -> (approval::Tally, String) {
        let signed = self.plan.votes == Votes::Signed;
        let voters = if signed { self.ports.keys.roster() } else { Ok(Voters::default()) };
        let at = Moment::by(&voters, self.now(), true);
        let keys = self.ports.keys;
        let check = |of, text: &[u8], signature: &str| keys.check(of, text, signature);
        let tally = count::count(self.plan, ledger, open, at, &check);
        let says = match &tally {
            approval::Tally::Missing { functions, people } if functions.is_empty() => format!("{people} more needed"),
            approval::Tally::Missing { functions, people } => {
                format!("{people} more needed, {} not covered", functions.join(", "))
            }
            approval::Tally::Granted { covered, also } => {
                let by = covered.iter().map(|(function, person)| format!("{function} by {person}"));
                by.chain(also.iter().cloned()).collect::<Vec<_>>().join(", ")
            }
            approval::Tally::Denied { by } => format!("denied by {by}"),
        };
        (tally, says)
    }

    /// Who has no voice at a gate.
    pub(super) fn excluded(&self, gate: &Gate) -> Vec<&str> {
        count::excluded(&self.ledger, gate)
    }

    /// Says at once when a gate is about to open that nobody who is left could grant. Nothing but a sign-off has to be
    /// granted for the run to go on, so only that one is not opened.
    pub(super) fn can_be_granted(&mut self, ix: GateIx) -> Result<(), Why> {
        let gate = self.plan.gate(ix);
        let until = self.now().plus(gate.within);
        let all: Vec<Counted> = self
            .plan
            .roster
            .iter()
            .filter(|p| p.serves(self.now()) || p.serves(until))
            .filter(|p| self.plan.votes == Votes::Unsigned || self.could_sign(gate, p))
            .map(|p| Counted { person: p.name.clone(), functions: p.functions.clone(), yes: true, key: None })
            .collect();
        let requirement = Requirement::from(gate);
        let excluded = self.excluded(gate);
        let approval::Tally::Missing { functions, .. } = approval::tally(&requirement, &all, &excluded) else {
            return Ok(());
        };
        let counts = |p: &&Counted| {
            excluded.contains(&p.person.as_str())
                && requirement.entitles(&p.functions)
                && (functions.is_empty() || p.functions.iter().any(|f| functions.contains(f)))
        };
        let excluded = all.iter().filter(counts).map(|p| p.person.clone()).collect();
        let waits = WaitsFor::Entitled { gate: gate.id.clone(), functions, excluded };
        if self.plan.sign_off == Some(ix) {
            return Err(Why::Waiting(waits));
        }
        self.says(&format!("nobody who is left can grant it; it needs {waits}"));
        Ok(())
    }

    /// Whether a person has any key that could sign at this gate.
    fn could_sign(&self, gate: &Gate, person: &Person) -> bool {
        let hardware = |k: &Key| k.key.starts_with("sk-");
        let over = |k: &Key| k.revoked.is_some_and(|at| at <= self.now());
        let has = person.keys.iter().any(|k| !over(k) && (gate.touch == Touch::None || hardware(k)));
        has || !self.plan.authorities.is_empty()
    }

    /// The count at the open gate.
    pub(super) fn tally_of(&self, gate: GateIx) -> Option<(approval::Tally, String)> {
        self.ledger.gate.as_ref().filter(|open| open.gate == gate).map(|open| self.count(open))
    }

    /// Other open runs that hold this automation low; an unreadable journal counts as one, because stop wins.
    pub(super) fn others(&mut self) -> (bool, Detail) {
        match self.ports.log.others_holding(&self.plan.automation, &self.plan.environment) {
            Ok(runs) => (!runs.is_empty(), Detail { runs, ..Detail::default() }),
            Err(e) => {
                let note = Some(format!("other runs can't be read, so none can be ruled out: {e}"));
                (true, Detail { note, ..Detail::default() })
            }
        }
    }
}

/// A vote that is not counted, made safe to keep: it may say anything.
pub(super) fn escaped(vote: Vote) -> Vote {
    let text = |t: String| safe::line(&t);
    // A signed text stays byte for byte, so that it can be checked again, unless it could draw on a screen.
    let whole = |t: String| match t.chars().all(|c| c == '\n' || safe::is_plain(c)) {
        true => t,
        false => safe::line(&t),
    };
    let signed = vote.signed.map(|s| Box::new(Signed { statement: whole(s.statement), signature: whole(s.signature) }));
    Vote {
        nonce: text(vote.nonce),
        run: text(vote.run),
        gate: text(vote.gate),
        act: text(vote.act),
        head: text(vote.head),
        person: text(vote.person),
        text: vote.text.map(text),
        signed,
        ..vote
    }
}
