//! The run's log in a drill with people: what is appended goes on to the log underneath, what comes in is told, and votes of
//! whoever is absent don't count.

use std::collections::BTreeSet;

use super::comings::{Comings, is};
use crate::model::word::Word as _;
use crate::plan::rehearsal::{FaultKind, How};
use crate::plan::{Gate, Votes};
use crate::port::{Durability, JournalError, RunLog};
use crate::run::record::{Decision, DeliveredWhat, Detail, PayloadRef, Record, Vote};
use crate::text::safe;
use crate::text::time::{Instant, Millis};

/// How long somebody takes who says no to everything.
const DECLINES_AFTER: Millis = Millis(60_000);

/// The log of a drill with people.
pub(super) struct Desk<'a> {
    comings: &'a Comings<'a>,
    then: &'a mut dyn RunLog,
    run: String,
    /// Whether nothing else can hold what it stops.
    alone: bool,
    /// Votes that don't count because of who gave them.
    turned_away: BTreeSet<String>,
    unpushed: usize,
}

impl<'a> Desk<'a> {
    pub(super) fn new(
        comings: &'a Comings<'a>,
        before: &[Record],
        run: &str,
        alone: bool,
        then: &'a mut dyn RunLog,
    ) -> Self {
        let absent = |r: &Record| r.detail.drill.clone().filter(|_| is(r, DeliveredWhat::Absent)).map(|d| d.id);
        let turned_away = before.iter().filter_map(absent).collect();
        Self { comings, then, run: run.to_owned(), alone, turned_away, unpushed: 0 }
    }

    fn entitled(&self, gate: &Gate, person: &str) -> bool {
        let of = self.comings.scene.plan.roster.iter().find(|p| p.name == person);
        of.is_some_and(|p| gate.functions.is_empty() || p.functions.iter().any(|f| gate.functions.contains(f)))
    }

    /// The no of those who decline everything, where a name is enough for a vote.
    fn declined(&self, known: &dyn Fn(&str) -> bool) -> Vec<Vote> {
        let (scene, now) = (self.comings.scene, self.comings.course.now());
        let Some(open) = scene.gate().filter(|o| now.since(o.at) >= DECLINES_AFTER) else { return Vec::new() };
        if scene.plan.votes == Votes::Signed {
            return Vec::new();
        }
        let gate = scene.plan.gate(open.gate);
        let declines = scene.rehearsal.absences.iter().filter(|a| a.how == How::Declines && a.at(scene.since()));
        declines
            .filter(|a| self.entitled(gate, &a.person))
            .map(|a| (format!("declines-{}-{}", open.seq, a.person), a))
            .filter(|(nonce, _)| !known(nonce))
            .map(|(nonce, absence)| Vote {
                nonce,
                run: self.run.clone(),
                gate: gate.id.clone(),
                act: open.act.clone(),
                head: open.head.clone(),
                person: absence.person.clone(),
                decision: Decision::Deny,
                text: None,
                reason: None,
                at: now,
                signed: None,
            })
            .collect()
    }
}

impl RunLog for Desk<'_> {
    fn append(&mut self, batch: &[Record]) -> Result<Durability, JournalError> {
        let down = self.comings.scene.holds(FaultKind::RemoteDown);
        down.inspect(|f| self.comings.scene.meets(f));
        self.unpushed = if down.is_some() { self.unpushed + 1 } else { 0 };
        self.then.append(batch)
    }

    fn keep(&mut self, subject: &str, bytes: &[u8]) -> PayloadRef {
        self.then.keep(subject, bytes)
    }

    fn votes(&mut self, known: &dyn Fn(&str) -> bool) -> Result<Vec<Vote>, JournalError> {
        let away = &self.turned_away;
        let votes = self.then.votes(&|nonce| known(nonce) || away.contains(nonce))?;
        let skewed = self.comings.scene.holds(FaultKind::ClockSkew);
        skewed.filter(|_| !votes.is_empty()).inspect(|f| self.comings.scene.meets(f));
        let skew = skewed.and_then(|f| f.by).unwrap_or_default();
        let mut counted = self.declined(known);
        for vote in votes {
            match self.comings.scene.rehearsal.absent(&vote.person, self.comings.scene.since()) {
                Some(how) if how != How::Declines || vote.decision != Decision::Deny => {
                    self.turned_away.insert(vote.nonce.clone());
                    let person = safe::line(&vote.person);
                    let says = format!(
                        "a vote of {person} at {} does not count: absent in this drill ({})",
                        safe::line(&vote.gate),
                        how.word()
                    );
                    self.comings.put(DeliveredWhat::Absent, &safe::line(&vote.nonce), says);
                }
                _ => counted.push(Vote { at: Instant(vote.at.0.saturating_sub_unsigned(skew.0)), ..vote }),
            }
        }
        Ok(counted)
    }

    fn arrivals(&mut self) -> Result<Vec<Detail>, JournalError> {
        let mut all = self.comings.all();
        all.extend(self.comings.scene.news());
        Ok(all)
    }

    fn others_holding(&mut self, automation: &str, environment: &str) -> Result<Vec<String>, JournalError> {
        // What it stops is its own, unless it takes place somewhere real.
        if self.alone { Ok(Vec::new()) } else { self.then.others_holding(automation, environment) }
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
