//! From a scenario as written to what is played: every name held against the plan of its runbook.

use super::player::{GivenVote, Player, Said};
use super::{
    Absence, BTreeMap, Dimension, Expectation, Fault, Forbidden, Happening, Inject, Limits, REHEARSAL_FORMAT,
    Rehearsal, RowIx, Signal, Turn,
};
use crate::diag::{Diagnostic, code};
use crate::model::scalar::Scalar;
use crate::model::scenario as written;
use crate::model::word::Word as _;
use crate::plan::{FactKind, FactValue, Plan};
use crate::text::gather::Gather;
use crate::text::safe;
use crate::text::span::Spanned;
use crate::text::suggest;
use crate::text::time::{Instant, Millis};

/// How long a drill takes that does not say.
const DURATION: Millis = Millis::from_secs(45 * 60);

/// A scenario resolved: what is practised, who plays, and what is wrong with it.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// What is practised.
    pub rehearsal: Rehearsal,
    /// Who can play it.
    pub players: Vec<Player>,
    /// What is wrong.
    pub problems: Vec<Diagnostic>,
}

/// Resolves a scenario against the plan of its runbook on its automation.
#[must_use]
pub fn resolve(scenario: &written::Scenario, plan: &Plan) -> Resolved {
    let mut of = Resolver { scenario, plan, problems: Vec::new() };
    let rehearsal = of.rehearsal();
    let players = scenario.players.iter().map(|p| of.player(p)).collect();
    Resolved { rehearsal, players, problems: of.problems }
}

struct Resolver<'a> {
    scenario: &'a written::Scenario,
    plan: &'a Plan,
    problems: Vec<Diagnostic>,
}

fn text(of: Option<&Spanned<String>>) -> String {
    of.map(|t| safe::line(&t.value)).unwrap_or_default()
}

fn length(of: Option<Spanned<Millis>>) -> Option<Millis> {
    of.map(|l| l.value)
}

impl Resolver<'_> {
    fn rehearsal(&mut self) -> Rehearsal {
        let s = self.scenario;
        if let Some(level) = &s.severity {
            self.known("a severity of this runbook", level, &self.levels());
        }
        let mut injects: Vec<Inject> = s.injects.iter().map(|i| self.inject(i)).collect();
        injects.sort_by_key(|i| i.at);
        let roles = s.roles.iter().filter_map(|r| {
            let person = r.person.as_ref()?;
            self.known("a person of people.toml", person, &self.people());
            Some((r.id.value.clone(), person.value.clone()))
        });
        let roles: BTreeMap<String, String> = roles.collect::<Vec<_>>().into_iter().collect();
        let limits = &s.limits;
        Rehearsal {
            format: REHEARSAL_FORMAT,
            scenario: s.name.clone(),
            title: text(s.title.as_ref()),
            based_on: s.based_on.iter().map(|t| safe::line(&t.value)).collect(),
            objectives: s.objectives.iter().map(|t| safe::line(&t.value)).collect(),
            abort_word: text(s.abort_word.as_ref()),
            severity: s.severity.as_ref().map(|l| l.value.clone()),
            limits: Limits {
                declared: length(limits.declared),
                first_action: length(limits.first_action),
                contained: length(limits.contained),
                clock_started: length(limits.clock_started),
                effects: limits.effects.map(|n| n.value),
                effect_every: length(limits.effect_every),
                duration: length(limits.duration).unwrap_or(DURATION),
            },
            roles,
            signals: s.signals.iter().filter_map(|x| self.signal(x)).collect(),
            injects,
            absences: s.absences.iter().filter_map(|a| self.absence(a)).collect(),
            faults: s.faults.iter().filter_map(|f| self.fault(f)).collect(),
            expectations: s.expectations.iter().filter_map(|e| self.expectation(e)).collect(),
            forbidden: s.forbidden.iter().filter_map(|f| self.forbidden(f)).collect(),
            seed: 0,
            begins: Instant::default(),
            player: None,
            played: None,
            speed: 1,
        }
    }

    fn inject(&mut self, i: &written::Inject) -> Inject {
        Inject {
            sealed: i
                .sealed
                .as_ref()
                .zip(i.sha256.as_ref())
                .map(|(age, sha256)| super::Sealed { age: age.value.clone(), sha256: sha256.value.clone() }),
            id: i.id.value.clone(),
            at: length(i.at).unwrap_or_default(),
            channel: i.channel.map_or(super::Channel::Alert, |c| c.value),
            to: i.to.iter().map(|t| t.value.clone()).collect(),
            text: text(i.text.as_ref()),
            untrusted: i.untrusted,
            trap: i.trap,
            when: i.when.map(|w| w.value),
            signals: i.signals.iter().filter_map(|s| self.signal(s)).collect(),
        }
    }

    fn signal(&mut self, s: &written::Signal) -> Option<Signal> {
        let name = s.signal.as_ref()?;
        self.known("a signal that this runbook reads", name, &self.signals());
        let turn = |of: &mut Self, to: Option<Spanned<f64>>, by: Option<&Spanned<String>>| {
            let (to, by) = (to?, by?);
            of.known("a step of this runbook", by, &of.steps());
            Some(Turn { to: to.value, by: by.value.clone() })
        };
        Some(Signal {
            signal: name.value.clone(),
            value: s.value?.value,
            samples: s.samples.map(|n| n.value),
            baseline: s.baseline.map(|n| n.value),
            mended: turn(self, s.mended, s.mended_by.as_ref()),
            worse: turn(self, s.worse, s.worsened_by.as_ref()),
        })
    }

    fn absence(&mut self, a: &written::Absence) -> Option<Absence> {
        let who = a.who.as_ref()?;
        let role = self.scenario.roles.iter().find(|r| r.id.value == who.value);
        let person = match role {
            Some(role) => role.person.as_ref()?.value.clone(),
            None => {
                self.known("a role of this scenario or a person of people.toml", who, &self.people());
                who.value.clone()
            }
        };
        let from = length(a.from).unwrap_or_default();
        Some(Absence { person, from, until: length(a.until), how: a.how?.value })
    }

    fn fault(&mut self, f: &written::Fault) -> Option<Fault> {
        if let Some(provider) = &f.provider {
            self.known("a provider that this runbook reaches", provider, &self.providers());
        }
        if let Some(step) = &f.step {
            self.known("a step of this runbook", step, &self.steps());
        }
        Some(Fault {
            id: f.id.value.clone(),
            provider: f.provider.as_ref().map(|p| p.value.clone()),
            step: f.step.as_ref().map(|s| s.value.clone()),
            at: length(f.at).unwrap_or_default(),
            lasts: length(f.lasts),
            times: f.times.map(|n| n.value),
            kind: f.kind?.value,
            by: length(f.by),
        })
    }

    fn expectation(&mut self, e: &written::Expectation) -> Option<Expectation> {
        let event = e.event?.value;
        self.about(event, e.about.as_ref());
        Some(Expectation {
            id: e.id.value.clone(),
            event,
            about: e.about.as_ref().map(|a| a.value.clone()),
            by: length(e.by),
            before: e.before.iter().map(|b| b.value.clone()).collect(),
            weight: e.weight,
            traps: e.traps.iter().map(|t| t.value.clone()).collect(),
            red_line: e.red_line,
        })
    }

    fn forbidden(&mut self, f: &written::Forbidden) -> Option<Forbidden> {
        let event = f.event?.value;
        self.about(event, f.about.as_ref());
        Some(Forbidden {
            id: f.id.value.clone(),
            event,
            about: f.about.as_ref().map(|a| a.value.clone()),
            says: f.says.as_ref().map(|s| s.value.clone()),
            why: text(f.why.as_ref()),
            traps: f.traps.iter().map(|t| t.value.clone()).collect(),
            red_line: f.red_line,
        })
    }

    /// What a happening is about has to be there.
    fn about(&mut self, event: Happening, about: Option<&Spanned<String>>) {
        use Happening::{
            CheckFailed, CheckPassed, GateDenied, GateExpired, GateGranted, GateOpened, OwnVote, Published, Severity,
            StepDone, StepPassed, StepSkipped,
        };
        let Some(about) = about else { return };
        match event {
            StepPassed | StepDone | StepSkipped | Published => {
                self.known("a step of this runbook", about, &self.steps());
            }
            GateOpened | GateGranted | GateDenied | GateExpired | OwnVote => {
                self.known("a gate of this runbook", about, &self.gates());
            }
            CheckPassed | CheckFailed => self.known("a check of this runbook", about, &self.checks()),
            Severity => self.known("a severity of this runbook", about, &self.levels()),
            _ => self.problems.push(
                Diagnostic::error(code::CONFLICTING_KEYS, format!("`{event}` is about nothing else"))
                    .at(&self.scenario.source, about.span, "")
                    .help("leave `about` out"),
            ),
        }
    }

    fn player(&mut self, p: &written::Player) -> Player {
        let first = self.scenario.roles.first().and_then(|r| r.person.as_ref());
        let person = p.person.as_ref().or(first);
        if let Some(person) = &p.person {
            self.known("a person of people.toml", person, &self.people());
        }
        let mut player = Player::named(&p.id.value, person.map_or("", |p| p.value.as_str()));
        player.about = text(p.about.as_ref());
        player.declares_after = length(p.declares_after).unwrap_or(player.declares_after);
        player.answers_after = length(p.answers_after).unwrap_or(player.answers_after);
        player.approvers_take = length(p.approvers_take).unwrap_or(player.approvers_take);
        player.answers = p.answers.iter().filter_map(|a| self.answer(a)).gather();
        player.severity = p.severity.as_ref().and_then(|level| {
            self.known("a severity of this runbook", level, &self.levels());
            let at = self.plan.rows.iter().position(|r| r.level == level.value)?;
            u16::try_from(at).ok().map(RowIx)
        });
        if !p.choices.is_empty() {
            player.choices = p.choices.iter().map(|c| c.value).collect();
        }
        if let Some(author) = &p.fix_author {
            player.fix_author = author.value.clone();
        }
        player.stands_down = p.stands_down;
        player.abandons = p.abandons;
        player.votes = p.votes.iter().filter_map(|v| self.vote(v)).collect();
        for id in &p.fails {
            let s = self.scenario;
            let all = s.expectations.iter().map(|e| &e.id).chain(s.forbidden.iter().map(|f| &f.id));
            let all = all.chain(s.injects.iter().filter(|i| i.trap).map(|i| &i.id));
            let all = all.map(|i| i.value.clone()).chain(Dimension::ALL.iter().map(|d| d.word().to_owned()));
            self.known("an expectation, something forbidden, a trap or a dimension", id, &all.collect::<Vec<_>>());
        }
        player.fails = p.fails.iter().map(|f| f.value.clone()).collect();
        player
    }

    fn vote(&mut self, v: &written::GivenVote) -> Option<GivenVote> {
        let person = v.person.as_ref()?;
        self.known("a person of people.toml", person, &self.people());
        if let Some(gate) = &v.gate {
            self.known("a gate of this runbook", gate, &self.gates());
        }
        Some(GivenVote {
            person: person.value.clone(),
            gate: v.gate.as_ref().map(|g| g.value.clone()),
            says: v.says?.value,
            after: length(v.after),
            text: v.text.as_ref().map(|t| t.value.clone()),
        })
    }

    fn answer(&mut self, a: &written::GivenAnswer) -> Option<(String, Said)> {
        let to = a.to.as_ref()?;
        let fact = self.plan.facts.iter().find(|f| f.id == to.value).map(|f| Some(&f.kind));
        let check = self.plan.checks.iter().find(|c| c.id == to.value).map(|c| c.kind.as_ref());
        let Some(kind) = fact.or(check) else {
            let facts = self.plan.facts.iter().map(|f| f.id.clone());
            let known: Vec<String> = facts.chain(self.checks()).collect();
            self.known("a fact or a check of this runbook", to, &known);
            return None;
        };
        let said = match &a.value {
            _ if a.silent => Said::Nothing,
            None => Said::NotKnown,
            Some(value) => match kind.and_then(|k| value_of(k, &value.value)) {
                Some(value) => Said::Value(value),
                None => {
                    let says = format!("`{}` is no answer to `{}`", safe::excerpt(&value.to_string(), 40), to.value);
                    let problem = Diagnostic::error(code::BAD_VALUE, says).at(&self.scenario.source, value.span, "");
                    self.problems.push(match kind {
                        None => problem.help("it is measured, not asked: leave this answer out"),
                        Some(FactKind::Level(levels)) => {
                            problem.help(format!("write {}", suggest::list(levels.iter().map(String::as_str))))
                        }
                        Some(FactKind::YesNo) => problem.help("write true or false"),
                        Some(_) => problem.help("write a number"),
                    });
                    return None;
                }
            },
        };
        Some((to.value.clone(), said))
    }

    fn known(&mut self, what: &str, written: &Spanned<String>, known: &[String]) {
        if known.contains(&written.value) {
            return;
        }
        let names = || known.iter().map(String::as_str);
        let near = suggest::nearest(&written.value, names());
        let label = near.map_or_else(String::new, |n| format!("did you mean `{n}`?"));
        let says = format!("`{}` is not {what}", safe::excerpt(&written.value, 60));
        let problem = Diagnostic::error(code::UNRESOLVED, says).at(&self.scenario.source, written.span, label);
        self.problems.push(match known.len() {
            0 => problem.help("there is none"),
            1..=16 => problem.help(format!("there is {}", suggest::list(names()))),
            _ => problem,
        });
    }

    fn levels(&self) -> Vec<String> {
        self.plan.rows.iter().map(|r| r.level.clone()).collect()
    }

    fn steps(&self) -> Vec<String> {
        self.plan.steps.iter().map(|s| s.id.clone()).collect()
    }

    fn gates(&self) -> Vec<String> {
        self.plan.gates.iter().map(|g| g.id.clone()).collect()
    }

    fn checks(&self) -> Vec<String> {
        self.plan.checks.iter().map(|c| c.id.clone()).collect()
    }

    fn people(&self) -> Vec<String> {
        self.plan.roster.iter().map(|p| p.name.clone()).collect()
    }

    fn providers(&self) -> Vec<String> {
        let measured = self.plan.measures().map(|m| m.target.provider.clone());
        let mut all: Vec<String> =
            self.plan.steps.iter().flat_map(|s| &s.targets).map(|t| t.provider.clone()).chain(measured).collect();
        all.sort();
        all.dedup();
        all
    }

    fn signals(&self) -> Vec<String> {
        let mut all: Vec<String> = self.plan.measures().map(|m| m.signal.clone()).collect();
        all.sort();
        all.dedup();
        all
    }
}

/// A value of a kind from what was written.
fn value_of(kind: &FactKind, written: &Scalar) -> Option<FactValue> {
    match (kind, written) {
        (FactKind::YesNo, Scalar::Bool(yes)) => Some(FactValue::YesNo(*yes)),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
        (FactKind::Count, Scalar::Number(n)) => {
            (*n >= 0.0 && n.fract() == 0.0 && *n < 9e15).then_some(FactValue::Count(*n as u64))
        }
        (FactKind::Percent, Scalar::Number(n)) => (0.0..=100.0).contains(n).then_some(FactValue::Percent(*n)),
        (FactKind::Level(levels), Scalar::Text(level)) => {
            levels.iter().position(|l| l == level).and_then(|l| u16::try_from(l).ok()).map(FactValue::Level)
        }
        _ => None,
    }
}
