//! The world that the dialects speak about, and its story: versions of every automation went bad yesterday, and each has
//! been doing harm for three hours; the bot that answers customers by itself makes things up.
//!
//! Owns what the systems have to do with one another: which versions make signals bad, what keeps answers going out,
//! how the past looks in metrics. Must not know HTTP.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::SPEED;
use super::argocd::Deployments;
use super::cast::{self, Member, Shape};
use super::desk::Desk;
use super::endpoints::Endpoints;
use super::mlflow::Registry;
use super::pagerduty::Pager;
use super::unleash::{CLIENT_ENVIRONMENT, Flags};
use crate::text::time::{Instant, Millis};

/// How old the incident is when somebody looks, in metrics time.
const AGE: Millis = Millis(3 * 3_600_000);

/// One more person or thing is reached in so much real time while an automation acts.
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
    /// What a workspace describes in its own tables; nothing in the sandbox, which has its desk for that.
    #[serde(default, skip_serializing_if = "Endpoints::is_none")]
    pub(super) endpoints: Endpoints,
    /// What mattered to the metrics and since when, oldest first; empty in a world that tells no story.
    turns: Vec<Turn>,
}

/// A stretch of time in which nothing changed that metrics show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Turn {
    at: Instant,
    /// The layers whose version in use does harm, by their names in the registry.
    bad: BTreeSet<String>,
    /// The automations that act on people without a person in between.
    acting: BTreeSet<String>,
    /// The automations whose service runs at all, so that what they produce is measured.
    serving: BTreeSet<String>,
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
            endpoints: Endpoints::default(),
            turns: Vec::new(),
        };
        world.turns.push(world.turn(now));
        world
    }

    /// One that tells no story and holds nothing yet; whoever makes it says what there is.
    pub(super) fn bare() -> Self {
        Self {
            unleash: Flags::none(CLIENT_ENVIRONMENT),
            argocd: Deployments::default(),
            mlflow: Registry::default(),
            pagerduty: Pager::default(),
            desk: Desk::none(),
            endpoints: Endpoints::default(),
            turns: Vec::new(),
        }
    }

    /// Notes a turn of the story if the last request brought one about.
    pub(super) fn settle(&mut self, now: Instant) {
        let Some(last) = self.turns.last() else { return };
        let turn = self.turn(now);
        if (Turn { at: now, ..last.clone() }) != turn {
            self.turns.push(turn);
        }
    }

    fn turn(&self, now: Instant) -> Turn {
        let those =
            |is: &dyn Fn(&Member) -> bool| cast::all().iter().filter(|m| is(m)).map(|m| m.name.to_owned()).collect();
        let layers = cast::all().iter().flat_map(|m| m.layers.iter().map(|l| m.layer(l.name)));
        Turn {
            at: now,
            bad: layers.filter(|layer| !self.mlflow.is_good(layer)).collect(),
            acting: those(&|m| self.acts(m)),
            serving: those(&|m| self.desk.is_running(m.name)),
        }
    }

    /// Whether everything that lets an automation act is open.
    fn acts(&self, member: &Member) -> bool {
        let mut flags = member.flags.iter().filter(|f| f.lets_act);
        self.desk.is_running(member.name)
            && flags.all(|f| self.unleash.reaches(&member.flag(f), f.variant))
            && member.knobs.iter().all(|k| self.desk.is_open(k.path))
    }

    /// A metric as it was `age` of metrics time before `now`; none where there is no such metric or nothing was measured.
    pub(super) fn metric(&self, name: &str, now: Instant, age: Millis) -> Option<f64> {
        let (member, metric) = cast::measured(name)?;
        // Whole milliseconds of real time are 3.6 s of metrics time: finer than any scrape.
        let at = Instant(now.0.saturating_sub_unsigned(age.0 / u64::from(SPEED)));
        let turn = self.turn_at(at)?;
        if !turn.serving.contains(member.name) {
            return None;
        }
        let causes: Vec<String> = metric.causes.iter().map(|c| member.layer(c)).collect();
        let is_bad = |turn: &Turn| causes.iter().any(|c| turn.bad.contains(c));
        let wrong = || is_bad(turn) && at >= self.onset(now, &is_bad);
        let acting = turn.acting.contains(member.name);
        Some(match metric.shape {
            Shape::Ratio { well, bad } => {
                if wrong() {
                    bad
                } else {
                    well
                }
            }
            Shape::Doing { .. } if !acting => 0.0,
            Shape::Doing { well, bad } => {
                if wrong() {
                    bad
                } else {
                    well
                }
            }
            // Counters are read as what they show now less what came in since, so that they stand still between two looks.
            Shape::Total { now, a_minute } => {
                #[expect(clippy::cast_precision_loss, reason = "an age in milliseconds is far below 2^53")]
                let minutes = age.0 as f64 / 60_000.0;
                (now - a_minute * minutes).max(0.0).floor()
            }
            Shape::Reached { before } => {
                let any = |turn: &Turn| turn.bad.iter().any(|layer| layer.starts_with(member.name));
                if at < self.onset(now, &any) { 0.0 } else { self.reached(member, before, at) }
            }
        })
    }

    /// What was the case at an instant; before the beginning, what was the case at the beginning.
    fn turn_at(&self, at: Instant) -> Option<&Turn> {
        self.turns.iter().rev().find(|t| t.at <= at).or_else(|| self.turns.first())
    }

    /// When it went bad: three hours of metrics time before it was put right, or before now while it has not been. It
    /// does not age while nobody does anything, so that a pause to read does not turn the incident into the baseline.
    fn onset(&self, now: Instant, is_bad: &dyn Fn(&Turn) -> bool) -> Instant {
        let until = self.turns.iter().find(|t| !is_bad(t)).map_or(now, |t| t.at);
        Instant(until.0.saturating_sub_unsigned(AGE.0 / u64::from(SPEED)))
    }

    fn reached(&self, member: &Member, before: u64, at: Instant) -> f64 {
        let ends = self.turns.iter().skip(1).map(|t| t.at).chain([at]);
        let acted: u64 = self
            .turns
            .iter()
            .zip(ends)
            .filter(|(turn, _)| turn.acting.contains(member.name) && turn.at < at)
            .map(|(turn, end)| end.min(at).since(turn.at).0)
            .sum();
        #[expect(clippy::cast_precision_loss, reason = "a count of people is far below 2^53")]
        let reached = (before + acted / ONE_MORE.0) as f64;
        reached
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
        world.mlflow.point("support-replies", "production", 2);
        world.settle(later(5));
        assert_eq!(world.metric("ai_ungrounded_ratio", later(6), Millis(0)), Some(0.06), "the index is still bad");
        world.mlflow.point("support-replies-retrieval", "production", 4);
        world.settle(later(10));
        assert_eq!(world.metric("ai_ungrounded_ratio", later(10), Millis(0)), Some(0.004));
        assert_eq!(world.metric("ai_ungrounded_ratio", later(11), hours(2)), Some(0.06), "an hour later, two ago");
        assert_eq!(world.metric("ai_ungrounded_ratio", later(12), hours(1)), Some(0.004));
        world.mlflow.point("support-replies", "production", 3);
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
        world.desk.scale("support-replies", 0);
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
