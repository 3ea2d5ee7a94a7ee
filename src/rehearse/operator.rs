//! The person at the terminal in a drill without people: a script that takes its time.

use litemap::LiteMap;

use super::scene::Scene;
use super::systems::Systems;
use crate::plan::rehearsal::{Pick, Player, Said};
use crate::port::{Answer, Fut, Operator, Question};
use crate::run::event::Choice;
use crate::text::time::Instant;

/// The player.
pub(super) struct Script<'a, 's> {
    pub(super) scene: &'a Scene<'s>,
    player: &'a Player,
    pub(super) systems: &'a Systems<'a, 's>,
    tried: LiteMap<String, usize>,
}

const fn choice(pick: Pick) -> Choice {
    match pick {
        Pick::Retry => Choice::Retry,
        Pick::ByHand => Choice::ByHand,
        Pick::Attest => Choice::Attest,
        Pick::Skip => Choice::Skip,
        Pick::Undo => Choice::Undo,
        Pick::Abandon => Choice::Abandon,
    }
}

impl<'a, 's> Script<'a, 's> {
    pub(super) const fn new(scene: &'a Scene<'s>, player: &'a Player, systems: &'a Systems<'a, 's>) -> Self {
        Self { scene, player, systems, tried: LiteMap::new() }
    }

    /// Whether something is tried for the first time.
    fn first(&mut self, what: &str) -> bool {
        let tried = self.tried.entry(what.to_owned()).or_default();
        *tried += 1;
        *tried == 1
    }

    fn said(&self, id: &str) -> Said {
        self.player.answers.get(id).cloned().unwrap_or(Said::NotKnown)
    }

    /// What is said; none for silence.
    fn answer(&mut self, question: &Question<'_>) -> Option<Answer> {
        let give_up = || Answer::Abandon("the drill goes no further here".to_owned());
        let spoken = |said: Said| match said {
            Said::Value(value) => Some(Answer::Value(value)),
            Said::NotKnown => Some(Answer::NotKnown),
            Said::Nothing => None,
        };
        Some(match question {
            Question::Fact { plan, fact } => {
                let id = plan.facts.get(fact.ix()).map_or("", |f| f.id.as_str());
                return spoken(self.said(id));
            }
            Question::Check { plan, check } => {
                let id = plan.checks.get(check.ix()).map_or("", |c| c.id.as_str());
                return spoken(self.said(id));
            }
            Question::Severity { .. } if self.player.stands_down && self.first("stand down") => Answer::StandDown,
            Question::Severity { .. } if self.player.abandons => {
                Answer::Abandon("the drill's player gives up here".to_owned())
            }
            Question::Severity { proposed, .. } => {
                // Graver than proposed is always allowed; a script that is milder takes what is proposed.
                let row = self.player.severity.filter(|row| row < proposed).unwrap_or(*proposed);
                Answer::Row(row, Some("as it looks in the drill".to_owned()))
            }
            Question::Step { plan, step, offer, .. } => {
                let step = plan.step(*step);
                let mut picked = None;
                for pick in self.player.choices.clone() {
                    let once = pick == Pick::Skip || !self.tried.contains_key(&format!("{} {pick}", step.id));
                    if offer.contains(&choice(pick)) && once {
                        self.first(&format!("{} {pick}", step.id));
                        picked = Some(choice(pick));
                        break;
                    }
                }
                let picked = picked.or_else(|| offer.last().copied()).unwrap_or(Choice::Abandon);
                if picked == Choice::ByHand {
                    self.systems.by_hand(step, false);
                }
                Answer::Choice(picked, Some("decided in the drill".to_owned()))
            }
            Question::CheckNext { plan, check, may_attest } => {
                let id = plan.checks.get(check.ix()).map_or("", |c| c.id.as_str()).to_owned();
                let other = plan.roster.iter().find(|p| {
                    p.name != self.player.person
                        && p.name != self.player.fix_author
                        && self.scene.rehearsal.absent(&p.name, self.scene.since()).is_none()
                });
                match other {
                    Some(other) if *may_attest => {
                        Answer::Attest(other.name.clone(), "looked at by hand in the drill".to_owned())
                    }
                    _ if self.first(&format!("check {id}")) => Answer::Again,
                    _ => give_up(),
                }
            }
            Question::FixAuthor { .. } => Answer::Person(self.player.fix_author.clone()),
            Question::SignOffAgain { .. } if self.first("sign-off") => Answer::Again,
            Question::AfterBreach { .. } if self.first("breach") => Answer::Yes,
            Question::Stuck { plan, step } if self.first(&format!("stuck {}", step.0)) => {
                self.systems.by_hand(plan.step(*step), true);
                Answer::Yes
            }
            Question::SignOffAgain { .. } | Question::AfterBreach { .. } | Question::Stuck { .. } => give_up(),
        })
    }
}

impl Operator for Script<'_, '_> {
    fn ask<'o>(&'o mut self, question: Question<'o>, deadline: Option<Instant>) -> Fut<'o, Answer> {
        Box::pin(async move {
            let clock = self.scene.clock;
            let takes = self.player.answers_after;
            let late = deadline.filter(|at| clock.now().plus(takes) >= *at);
            let silent = match &question {
                Question::Fact { plan, fact } => {
                    plan.facts.get(fact.ix()).is_some_and(|f| self.said(&f.id) == Said::Nothing)
                }
                Question::Check { plan, check } => {
                    plan.checks.get(check.ix()).is_some_and(|c| self.said(&c.id) == Said::Nothing)
                }
                _ => false,
            };
            match (deadline.filter(|_| silent).or(late), silent) {
                (Some(at), _) => {
                    clock.sleep(at.since(clock.now())).await;
                    Answer::Interrupted
                }
                (None, true) => std::future::pending().await,
                (None, false) => {
                    clock.sleep(takes).await;
                    match self.answer(&question) {
                        Some(answer) => answer,
                        None => std::future::pending().await,
                    }
                }
            }
        })
    }

    fn present(&self) -> bool {
        true
    }

    fn person(&self) -> Option<&str> {
        Some(&self.player.person)
    }
}
