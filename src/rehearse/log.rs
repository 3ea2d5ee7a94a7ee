//! The run's log in a drill without people: what is appended goes on to the log underneath; votes come from the scenario's
//! people, injects from its clock.

use std::collections::BTreeSet;

use litemap::LiteMap;

use super::scene::{OpenGate, Scene};
use crate::plan::Person;
use crate::plan::rehearsal::{Ballot, FaultKind, How, Player};
use crate::port::{Durability, JournalError, Keys, RunLog, Unfounded};
use crate::run::record::{Decision, Delivered, DeliveredWhat, Detail, PayloadRef, Record, Vote};
use crate::text::safe;
use crate::text::time::{Instant, Millis};

/// How much longer than the others an approver may take.
const JITTER: u64 = 30_000;

/// A log whose votes and injects come from a scenario.
pub(super) struct ScenarioLog<'a, 's> {
    pub(super) scene: &'a Scene<'s>,
    player: &'a Player,
    pub(super) then: &'a mut dyn RunLog,
    run: String,
    /// When each approver speaks at which opening of a gate.
    turns: LiteMap<(u64, String), Instant>,
    cast: BTreeSet<String>,
    /// Who has proposed other text at which gate: once is enough.
    amended: BTreeSet<(String, String)>,
    unpushed: usize,
}

impl<'a, 's> ScenarioLog<'a, 's> {
    pub(super) fn new(scene: &'a Scene<'s>, player: &'a Player, run: &str, then: &'a mut dyn RunLog) -> Self {
        let (turns, cast) = (LiteMap::new(), BTreeSet::new());
        Self { scene, player, then, run: run.to_owned(), turns, cast, amended: BTreeSet::new(), unpushed: 0 }
    }

    /// What somebody says at a gate, and when; none when they say nothing.
    fn says(&mut self, open: &OpenGate, person: &Person) -> Option<(Decision, Option<String>, Instant)> {
        let (scene, player) = (self.scene, self.player);
        let gate = scene.plan.gate(open.gate);
        let given = player.vote(&person.name, &gate.id);
        let entitled = gate.functions.is_empty() || person.functions.iter().any(|f| gate.functions.contains(f));
        if given.is_none() && (!entitled || person.name == player.person) {
            return None;
        }
        let jitter = &scene.chance;
        let take = given.and_then(|g| g.after);
        let usual = player.approvers_take;
        let at = *self.turns.entry((open.seq, person.name.clone())).or_insert_with(|| {
            let take = take.unwrap_or_else(|| Millis(usual.0 + jitter.below(JITTER)));
            open.at.plus(take)
        });
        if scene.clock.now() < at {
            return None;
        }
        let how = if given.is_none() { scene.rehearsal.absent(&person.name, scene.since()) } else { None };
        let (decision, text) = match (given.map(|g| g.says), how) {
            (_, Some(How::Declines)) | (Some(Ballot::Deny), _) => (Decision::Deny, None),
            (_, Some(_)) | (Some(Ballot::Nothing), _) => return None,
            (Some(Ballot::Amend), _) if !self.amended.insert((person.name.clone(), gate.id.clone())) => return None,
            (Some(Ballot::Amend), _) => (Decision::Amend, given.and_then(|g| g.text.clone())),
            (Some(Ballot::Approve) | None, None) => (Decision::Approve, None),
        };
        Some((decision, text, at))
    }
}

impl RunLog for ScenarioLog<'_, '_> {
    fn append(&mut self, batch: &[Record]) -> Result<Durability, JournalError> {
        if let Some(fault) = self.scene.holds(FaultKind::RemoteDown) {
            self.scene.meets(fault);
            self.unpushed += 1;
        } else {
            self.unpushed = 0;
        }
        self.then.append(batch)
    }

    fn keep(&mut self, subject: &str, bytes: &[u8]) -> PayloadRef {
        self.then.keep(subject, bytes)
    }

    fn votes(&mut self, known: &dyn Fn(&str) -> bool) -> Result<Vec<Vote>, JournalError> {
        let Some(open) = self.scene.gate() else { return Ok(Vec::new()) };
        let mut votes = Vec::new();
        for person in &self.scene.plan.roster {
            let nonce = format!("{}-{}", open.seq, person.name);
            if self.cast.contains(&nonce) || known(&nonce) {
                continue;
            }
            let Some((decision, text, _)) = self.says(&open, person) else { continue };
            self.cast.insert(nonce.clone());
            let now = self.scene.clock.now();
            let skew = self.scene.holds(FaultKind::ClockSkew);
            skew.inspect(|f| self.scene.meets(f));
            let skew = skew.and_then(|f| f.by).unwrap_or_default();
            votes.push(Vote {
                nonce,
                run: self.run.clone(),
                gate: self.scene.plan.gate(open.gate).id.clone(),
                act: open.act.clone(),
                head: open.head.clone(),
                person: person.name.clone(),
                decision,
                text,
                reason: None,
                signed: None,
                at: Instant(now.0.saturating_sub_unsigned(skew.0)),
            });
        }
        Ok(votes)
    }

    fn unfounded(&mut self, keys: &dyn Keys, before: u64) -> Vec<Unfounded> {
        self.then.unfounded(keys, before)
    }

    fn arrivals(&mut self) -> Result<Vec<Detail>, JournalError> {
        let scene = self.scene;
        let due: Vec<_> = scene.due().collect();
        scene.came.borrow_mut().extend(due.iter().map(|i| i.id.clone()));
        Ok(due.into_iter().map(inject_detail).chain(scene.news()).collect())
    }

    fn others_holding(&mut self, _: &str, _: &str) -> Result<Vec<String>, JournalError> {
        // What it stops stands in its own memory. Were others looked at, the same seed would not give the same drill.
        Ok(Vec::new())
    }

    fn head(&self) -> String {
        self.then.head()
    }

    fn key(&self) -> Option<String> {
        self.then.key()
    }

    fn try_restore(&mut self) -> bool {
        self.then.try_restore()
    }

    fn unpushed(&self) -> Option<usize> {
        if self.unpushed > 0 { Some(self.unpushed) } else { self.then.unpushed() }
    }
}

/// What stands on record of an inject that came in.
pub(super) fn inject_detail(inject: &crate::plan::rehearsal::Inject) -> Detail {
    let untrusted = if inject.untrusted { ", not to be believed" } else { "" };
    let note = format!(
        "by {} to {}{untrusted}: {}",
        inject.channel,
        safe::line(&inject.to.join(", ")),
        if inject.sealed.is_some() { "(sealed: the game master has it)".to_owned() } else { safe::line(&inject.text) }
    );
    let drill = Delivered { what: DeliveredWhat::Inject, id: inject.id.clone(), due: inject.at, stood: None };
    Detail { note: Some(note), drill: Some(drill), ..Detail::default() }
}
