//! The world that the dialects speak about, and its story: a prompt and an index went bad yesterday, and a bot that
//! answers customers by itself has been making things up for three hours.
//!
//! Owns what the systems have to do with one another: which versions make signals bad, what keeps answers going out,
//! how the past looks in metrics. Must not know HTTP.

use serde::{Deserialize, Serialize};

use super::SPEED;
use super::argocd::Deployments;
use super::desk::Desk;
use super::mlflow::Registry;
use super::pagerduty::Pager;
use super::unleash::Flags;
use crate::text::time::{Instant, Millis};

/// The automation of the story; label of its metrics, project of its flags, name of its prompt.
pub(super) const AUTOMATION: &str = "support-replies";

/// How old the incident is when somebody looks, in metrics time.
const AGE: Millis = Millis(3 * 3_600_000);

/// Who has received an answer since the change, when the story begins.
const RECIPIENTS: u64 = 1_843;

/// One more recipient in so much real time while answers go out.
const ONE_MORE: Millis = Millis(20_000);

/// Everything there is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct World {
    pub(super) unleash: Flags,
    pub(super) argocd: Deployments,
    pub(super) mlflow: Registry,
    pub(super) pagerduty: Pager,
    pub(super) desk: Desk,
    /// What mattered to the metrics and since when, oldest first; never empty.
    turns: Vec<Turn>,
}

/// A stretch of time in which nothing changed that metrics show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Turn {
    at: Instant,
    /// The versions in use make things up.
    wrong: bool,
    /// Answers reach customers without a person in between.
    sending: bool,
    /// The service runs at all; drafts are written and checked.
    serving: bool,
}

impl World {
    /// The beginning of the story.
    pub(super) fn new(now: Instant) -> Self {
        let mut world = Self {
            unleash: Flags::new(now),
            argocd: Deployments::new(now),
            mlflow: Registry::new(now),
            pagerduty: Pager::default(),
            desk: Desk::default(),
            turns: Vec::new(),
        };
        world.settle(now);
        world
    }

    /// Notes a turn of the story if the last request brought one about.
    pub(super) fn settle(&mut self, now: Instant) {
        let turn = Turn {
            at: now,
            wrong: !(self.mlflow.is_good(AUTOMATION) && self.mlflow.is_good("support-replies-retrieval")),
            sending: self.unleash.lets_answers_out() && self.desk.is_running(AUTOMATION),
            serving: self.desk.is_running(AUTOMATION),
        };
        if self.turns.last().is_none_or(|last| Turn { at: turn.at, ..*last } != turn) {
            self.turns.push(turn);
        }
    }

    /// A metric of the automation as it was `age` of metrics time before `now`; none where there is no such metric or
    /// nothing was measured.
    pub(super) fn metric(&self, name: &str, now: Instant, age: Millis) -> Option<f64> {
        // Whole milliseconds of real time are 3.6 s of metrics time: finer than any scrape.
        let at = Instant(now.0.saturating_sub_unsigned(age.0 / u64::from(SPEED)));
        let turn = self.turn_at(at)?;
        if !turn.serving {
            return None;
        }
        let wrong = turn.wrong && at >= self.onset(now);
        // Counters are read as what they show now less what came in since, so that they stand still between two looks.
        let counter = |now: f64, a_minute: f64| {
            #[expect(clippy::cast_precision_loss, reason = "an age in milliseconds is far below 2^53")]
            let minutes = age.0 as f64 / 60_000.0;
            (now - a_minute * minutes).max(0.0).floor()
        };
        match name {
            "ai_ungrounded_ratio" => Some(if wrong { 0.06 } else { 0.004 }),
            "ai_override_ratio" => Some(if wrong { 0.31 } else { 0.05 }),
            "ai_checked_total" => Some(counter(4_210.0, 40.0)),
            "ai_override_total" => Some(counter(96.0, 0.5)),
            "ai_recipients_since_change" => Some(self.recipients(at, now)),
            _ => None,
        }
    }

    /// What was the case at an instant; before the beginning, what was the case at the beginning.
    fn turn_at(&self, at: Instant) -> Option<&Turn> {
        self.turns.iter().rev().find(|t| t.at <= at).or_else(|| self.turns.first())
    }

    /// When it went bad: three hours of metrics time before it was put right, or before now while it has not been. It
    /// does not age while nobody does anything, so that a pause to read does not turn the incident into the baseline.
    fn onset(&self, now: Instant) -> Instant {
        let until = self.turns.iter().find(|t| !t.wrong).map_or(now, |t| t.at);
        Instant(until.0.saturating_sub_unsigned(AGE.0 / u64::from(SPEED)))
    }

    fn recipients(&self, at: Instant, now: Instant) -> f64 {
        if at < self.onset(now) {
            return 0.0;
        }
        let ends = self.turns.iter().skip(1).map(|t| t.at).chain([at]);
        let sent: u64 = self
            .turns
            .iter()
            .zip(ends)
            .filter(|(turn, _)| turn.sending && turn.at < at)
            .map(|(turn, end)| end.min(at).since(turn.at).0)
            .sum();
        #[expect(clippy::cast_precision_loss, reason = "a count of people is far below 2^53")]
        let people = (RECIPIENTS + sent / ONE_MORE.0) as f64;
        people
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant(1_800_000_000_000);
    const HOUR: Millis = Millis(3_600_000);

    fn hours(n: u64) -> Millis {
        Millis(n * HOUR.0)
    }

    fn later(seconds: u64) -> Instant {
        NOW.plus(Millis::from_secs(seconds))
    }

    #[test]
    fn it_begins_bad_and_was_good_yesterday() {
        let world = World::new(NOW);
        let ratio = |now, age| world.metric("ai_ungrounded_ratio", now, age);
        assert_eq!(ratio(NOW, Millis(0)), Some(0.06));
        assert_eq!(ratio(NOW, hours(2)), Some(0.06));
        assert_eq!(ratio(NOW, hours(4)), Some(0.004));
        // A pause of ten minutes to read changes nothing in that picture.
        assert_eq!(ratio(later(600), hours(2)), Some(0.06));
        assert_eq!(ratio(later(600), hours(4)), Some(0.004));
        assert_eq!(world.metric("nothing_of_the_kind", NOW, Millis(0)), None);
    }

    #[test]
    fn both_rollbacks_heal_it_and_the_past_stays_bad_for_a_while() {
        let mut world = World::new(NOW);
        world.mlflow.point(AUTOMATION, "production", 2);
        world.settle(later(5));
        assert_eq!(world.metric("ai_ungrounded_ratio", later(6), Millis(0)), Some(0.06), "the index is still bad");
        world.mlflow.point("support-replies-retrieval", "production", 4);
        world.settle(later(10));
        assert_eq!(world.metric("ai_ungrounded_ratio", later(10), Millis(0)), Some(0.004));
        assert_eq!(world.metric("ai_ungrounded_ratio", later(11), hours(2)), Some(0.06), "an hour later, two ago");
        assert_eq!(world.metric("ai_ungrounded_ratio", later(12), hours(1)), Some(0.004));
        world.mlflow.point(AUTOMATION, "production", 3);
        world.settle(later(20));
        assert_eq!(world.metric("ai_ungrounded_ratio", later(20), Millis(0)), Some(0.06), "putting it back is bad");
    }

    #[test]
    fn nobody_more_is_reached_once_autonomy_is_off() {
        let mut world = World::new(NOW);
        let reached = |world: &World, now| world.metric("ai_recipients_since_change", now, Millis(0));
        assert_eq!(reached(&world, NOW), Some(1_843.0));
        assert_eq!(reached(&world, later(40)), Some(1_845.0));
        world.unleash.turn("support-replies-autonomy", "production", false, later(40));
        world.settle(later(40));
        assert_eq!(reached(&world, later(4_000)), Some(1_845.0));
        world.unleash.turn("support-replies-autonomy", "production", true, later(4_000));
        world.settle(later(4_000));
        assert_eq!(reached(&world, later(4_060)), Some(1_848.0));
    }

    #[test]
    fn a_service_that_is_gone_measures_nothing() {
        let mut world = World::new(NOW);
        world.desk.scale(AUTOMATION, 0);
        world.settle(later(1));
        assert_eq!(world.metric("ai_ungrounded_ratio", later(2), Millis(0)), None);
        assert_eq!(world.metric("ai_ungrounded_ratio", later(2), hours(2)), Some(0.06), "before that it did");
    }

    #[test]
    fn the_world_round_trips() {
        let world = World::new(NOW);
        let text = serde_json::to_string(&world).unwrap();
        assert_eq!(serde_json::from_str::<World>(&text).unwrap(), world);
    }
}
