//! An AI automation of the inventory, as written in `automations/NAME.toml`.
//!
//! Owns the typed data and what a control's value may be. Bindings stay as written; the catalogue says what fits.

use std::sync::Arc;

use super::binding::Bound;
use super::exception::Exception;
use super::named::Named;
use super::scalar::Scalar;
use super::word::words;
use crate::text::source::Source;
use crate::text::span::{Span, Spanned};

/// An automation.
#[derive(Clone, Debug, PartialEq)]
pub struct Automation {
    /// The file.
    pub source: Arc<Source>,
    /// The file's name without the ending.
    pub name: String,
    /// What it is for.
    pub purpose: Option<Spanned<String>>,
    /// Who makes the model.
    pub vendor: Option<Vendor>,
    /// From which the band is computed.
    pub risk: Option<Risk>,
    /// How people look on.
    pub oversight: Option<Spanned<Oversight>>,
    /// What it may do.
    pub may: Vec<Spanned<String>>,
    /// What it may not do.
    pub may_not: Vec<Spanned<String>>,
    /// Automations downstream of this one.
    pub feeds: Vec<Spanned<String>>,
    /// Role (`owner` for `@owner`) to a name of `people.toml`.
    pub roles: Named<Spanned<String>>,
    /// The thirty-second answer.
    pub stop: Option<Stop>,
    /// Controls.
    pub controls: Named<Control>,
    /// Layers by name; a name outside [`Layer`] was reported and left out.
    pub layers: Named<Bound>,
    /// Signals; their bindings hold `query` and the like.
    pub signals: Named<Bound>,
    /// Sources of evidence.
    pub evidence: Named<Bound>,
    /// What deploys it.
    pub deploy: Option<Bound>,
    /// Overrides the workspace's.
    pub paging: Option<Bound>,
    /// Overrides the workspace's.
    pub statements: Option<Bound>,
    /// Overrides the workspace's.
    pub tickets: Option<Bound>,
    /// Overrides the workspace's.
    pub notices: Option<Bound>,
    /// Findings that somebody answers for: `[[exception]]`.
    pub exceptions: Vec<Exception>,
}

impl Automation {
    /// Everything in it that a provider carries.
    pub fn bounds(&self) -> impl Iterator<Item = &Bound> {
        let controls = self.controls.iter().map(|(_, c)| &c.bound);
        let named = [&self.layers, &self.signals, &self.evidence];
        let sections = [&self.deploy, &self.paging, &self.statements, &self.tickets, &self.notices];
        let sections = sections.into_iter().flatten();
        let drills = sections.clone().filter_map(|s| s.drill.as_deref());
        let named = named.into_iter().flat_map(|n| n.iter().map(|(_, b)| b));
        controls.chain(named).chain(sections).chain(drills)
    }
}

words! {
    /// Parts that can be reverted one by one.
    Layer {
        /// The model.
        Model = "model",
        /// The prompt.
        Prompt = "prompt",
        /// The policy.
        Policy = "policy",
        /// What it looks up.
        Retrieval = "retrieval",
        /// What drives it.
        Orchestration = "orchestration",
        /// What it can call.
        Tools = "tools",
        /// What judges it.
        Evaluation = "evaluation",
    }
}

/// Who makes the model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vendor {
    /// The company.
    pub name: Option<Spanned<String>>,
    /// How to reach it.
    pub contact: Option<Spanned<String>>,
    /// Which model.
    pub model: Option<Spanned<String>>,
}

/// From which the band is computed. A part that is absent was missing or broken: an incomplete inventory counts as high.
#[derive(Clone, Debug, PartialEq)]
pub struct Risk {
    /// The whole table.
    pub span: Span,
    /// How bad a wrong act is.
    pub impact: Option<Spanned<Grade>>,
    /// How hard it is to take back.
    pub reversibility: Option<Spanned<Reversibility>>,
    /// How well it is known to behave.
    pub confidence: Option<Spanned<Grade>>,
    /// An explicit band; may only be higher than the computed one.
    pub band: Option<Spanned<RiskBand>>,
}

words! {
    /// Low, medium or high.
    Grade {
        /// Low.
        Low = "low",
        /// Medium.
        Medium = "medium",
        /// High.
        High = "high",
    }
}

words! {
    /// How hard it is to take an act back.
    Reversibility {
        /// At once, by anybody.
        Easy = "easy",
        /// With effort, or not wholly.
        Hard = "hard",
        /// Not at all.
        None = "none",
    }
}

words! {
    /// Risk bands.
    RiskBand {
        /// Acts alone.
        Low = "low",
        /// Acts, sampled or delayed.
        Medium = "medium",
        /// Needs a human before external impact.
        High = "high",
        /// Needs dual approval.
        Critical = "critical",
    }
}

words! {
    /// How people look on.
    Oversight {
        /// It only advises.
        AdvisoryOnly = "advisory-only",
        /// One person approves.
        SingleGate = "single-gate",
        /// Two people approve.
        DualGate = "dual-gate",
        /// Its output is compared and not used.
        Shadow = "shadow",
        /// Some of its acts are looked at.
        CanarySampling = "canary-sampling",
        /// Doubtful acts wait for a person.
        EscalationQueue = "escalation-queue",
        /// It runs until somebody stops it.
        KillSwitch = "kill-switch",
    }
}

/// All that `aigov stop` needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop {
    /// The whole table.
    pub span: Span,
    /// The narrowest control that stops it; none when it could not be read.
    pub control: Option<Spanned<String>>,
    /// Wider ones, narrowest first.
    pub wider: Vec<Spanned<String>>,
    /// Who may stop it: names of `people.toml`.
    pub who: Vec<Spanned<String>>,
    /// What people see meanwhile.
    pub meanwhile: Option<Spanned<String>>,
}

/// A typed knob.
#[derive(Clone, Debug, PartialEq)]
pub struct Control {
    /// The whole table.
    pub span: Span,
    /// Which kind; none when it could not be read.
    pub kind: Option<Spanned<ControlKind>>,
    /// For `level`: its levels, safest first.
    pub levels: Vec<Spanned<String>>,
    /// The safe value as written.
    pub safe: Option<Spanned<Scalar>>,
    /// Where it is.
    pub bound: Bound,
    /// The page for the day when the tool or the API is broken.
    pub console: Option<Spanned<String>>,
    /// What to click there.
    pub by_hand: Option<Spanned<String>>,
    /// Whether no problem was found anywhere in it.
    pub intact: bool,
}

words! {
    /// Kinds of control.
    ControlKind {
        /// On or off.
        Switch = "switch",
        /// Ordered, safest first.
        Level = "level",
        /// 0 to 100.
        Percent = "percent",
    }
}

impl Control {
    /// A value of this control in its plain form: `Bool` for a switch (`"on"` and `"off"` are read), `Number` from 0 to
    /// 100 for a percent, `Text` for a level that it has.
    ///
    /// # Errors
    ///
    /// What would have to stand there, as a phrase.
    pub fn value(&self, written: &Scalar) -> Result<Scalar, String> {
        let Some(kind) = &self.kind else { return Err("a value of a control whose kind is known".to_owned()) };
        match (kind.value, written) {
            (ControlKind::Switch, Scalar::Bool(on)) => Ok(Scalar::Bool(*on)),
            (ControlKind::Switch, Scalar::Text(t)) if t == "on" => Ok(Scalar::Bool(true)),
            (ControlKind::Switch, Scalar::Text(t)) if t == "off" => Ok(Scalar::Bool(false)),
            (ControlKind::Switch, _) => Err("`on` or `off`".to_owned()),
            (ControlKind::Percent, Scalar::Number(n)) if (0.0..=100.0).contains(n) => Ok(Scalar::Number(*n)),
            (ControlKind::Percent, _) => Err("a number from 0 to 100".to_owned()),
            (ControlKind::Level, Scalar::Text(t)) if self.levels.iter().any(|l| l.value == *t) => {
                Ok(Scalar::Text(t.clone()))
            }
            (ControlKind::Level, _) => Err(crate::text::suggest::list(self.levels.iter().map(|l| l.value.as_str()))),
        }
    }

    /// The safe value in its plain form: as written, or else off, 0, the first level. None when it could not be read.
    #[must_use]
    pub fn safe_value(&self) -> Option<Scalar> {
        if let Some(safe) = &self.safe {
            return self.value(safe).ok();
        }
        match self.kind.as_ref()?.value {
            ControlKind::Switch => Some(Scalar::Bool(false)),
            ControlKind::Percent => Some(Scalar::Number(0.0)),
            ControlKind::Level => self.levels.first().map(|l| Scalar::Text(l.value.clone())),
        }
    }
}
