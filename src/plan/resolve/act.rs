//! The verbs: what each means, which way it moves autonomy, where it acts, what it owes.
//!
//! One function per verb. Direction is computed here and nowhere else.

use std::sync::Arc;

use serde_json::Value;

use super::Resolver;
use super::target::What;
use crate::diag::{Diagnostic, code};
use crate::model::automation::{Control, ControlKind};
use crate::model::binding::Bound;
use crate::model::catalog::{Ability, Capability, Proof, Repeat};
use crate::model::runbook::{self as written, Urgency};
use crate::model::scalar::Scalar;
use crate::model::word::Word as _;
use crate::plan::rehearsal::DESK;
use crate::plan::{Act, Direction, Irreversible, Setting, Step, StepRole, Target, Undo};
use crate::text::source::Source;
use crate::text::span::Spanned;
use crate::text::time::Millis;

/// How far back evidence is kept where a runbook does not say.
const SINCE: Millis = Millis::from_secs(2 * 3600);

/// Names of gates and steps that every plan may have; made names with a dot can't be written.
const RESERVED: [&str; 4] = ["sign-off", "stand-down", "downgrade", "silence"];

/// An act with everything that follows from it.
pub(super) struct Resolved {
    pub(super) act: Act,
    pub(super) targets: Vec<Target>,
    pub(super) direction: Direction,
    pub(super) repeat: Repeat,
    pub(super) proof: Proof,
    pub(super) undo: Undo,
    pub(super) console: Option<String>,
    pub(super) by_hand: Option<String>,
}

impl Resolved {
    /// An act that owes nothing afterwards.
    pub(super) const fn plain(act: Act, targets: Vec<Target>, direction: Direction, ability: &Ability) -> Self {
        let (repeat, proof) = (ability.repeat, ability.proof);
        Self { act, targets, direction, repeat, proof, undo: Undo::None, console: None, by_hand: None }
    }

    /// As a step of the plan.
    pub(super) fn step(self, id: String, role: StepRole, within: Millis) -> Step {
        Step {
            id,
            role,
            act: self.act,
            targets: self.targets,
            direction: self.direction,
            why: None,
            within,
            or_else: None,
            irreversible: None,
            repeat: self.repeat,
            proof: self.proof,
            undo: self.undo,
            gate: None,
            console: self.console,
            by_hand: self.by_hand,
        }
    }
}

impl<'a> Resolver<'a> {
    /// A step as written; none when its act can't be done, which is reported.
    pub(super) fn step(&mut self, step: &'a written::Step, role: StepRole) -> Option<Step> {
        let source = &self.runbook.source;
        let Some(act) = &step.act else {
            let says = format!("what step `{}` does can not be read", step.id.value);
            self.error_at(code::NOT_USABLE, says, source, step.span);
            return None;
        };
        if !step.intact {
            let says = format!("something in step `{}` can not be read", step.id.value);
            self.error_at(code::NOT_USABLE, says, source, step.span);
        }
        if RESERVED.contains(&step.id.value.as_str()) {
            let says = format!("`{}` is a name that every plan uses for something else", step.id.value);
            self.error_at(code::DUPLICATE_ID, says, source, step.id.span);
        }
        let resolved = self.act(act)?;
        let usual =
            if matches!(resolved.act, Act::Page { .. } | Act::Notify { .. }) { super::PAGE } else { super::WITHIN };
        let within = step.within.as_ref().map_or(usual, |w| w.value);
        let mut out = resolved.step(step.id.value.clone(), role, within);
        out.why = step.why.as_ref().map(|w| w.value.clone());
        out.irreversible = step.irreversible.as_ref().map(|because| Irreversible {
            because: because.value.clone(),
            corrective: step.corrective.as_ref().map(|c| c.value.clone()),
        });
        Some(out)
    }

    fn act(&mut self, act: &'a Spanned<written::Act>) -> Option<Resolved> {
        let runbook = self.runbook;
        match &act.value {
            written::Act::ControlSafe { control } => {
                let (name, control) = self.control(control, &runbook.source)?;
                self.control_safe(&name, control, Undo::Restore)
            }
            written::Act::ControlSet { control, to } => {
                let (name, control) = self.control(control, &runbook.source)?;
                self.control_set(&name, control, to)
            }
            written::Act::LayerRollback { layer, to } => self.layer_rollback(layer, to.as_ref()),
            written::Act::EvidenceCapture { sources, since } => {
                self.evidence_capture(sources, since.as_ref().map_or(SINCE, |s| s.value))
            }
            written::Act::DeployFreeze => self.deploy_freeze(act),
            written::Act::PageSend { to, severity, summary } => {
                let to = to.iter().map(|r| self.role(r, &runbook.source)).collect();
                let severity = severity.as_ref().map_or(Urgency::Critical, |s| s.value);
                let summary = summary.as_ref().map_or_else(|| self.summary(), |s| s.value.clone());
                self.page(to, severity.word(), summary)
            }
            written::Act::NotifySend { to, text } => {
                let to: Vec<String> = to.iter().map(|r| self.role(r, &runbook.source)).collect();
                let (target, ability) = self.shared(Capability::Notice, "notices", &to.join(", "))?;
                let act = Act::Notify { to, text: text.value.clone() };
                Some(Resolved::plain(act, vec![target], Direction::Looks, &ability))
            }
            written::Act::StatementPublish { template, audience } => self.statement_publish(template, audience),
            written::Act::TicketOpen { title } => {
                let (target, ability) = self.shared(Capability::Ticket, "tickets", "ticket")?;
                let act = Act::Ticket { title: title.value.clone() };
                Some(Resolved::plain(act, vec![target], Direction::Neutral, &ability))
            }
            written::Act::HumanDo { text, who } => {
                let who = who.as_ref().map(|w| self.role(w, &runbook.source));
                let text = who.map_or_else(|| text.value.clone(), |who| format!("{who}: {}", text.value));
                let ability = Ability { keys: &[], open: false, repeat: Repeat::Never, proof: Proof::Attested };
                Some(Resolved::plain(Act::Human { text }, Vec::new(), Direction::Neutral, &ability))
            }
            written::Act::HttpCall { provider, call, direction, arguments } => {
                let name = &provider.value;
                let what = What { word: "call", name: &call.value };
                let (kind, ability) = self.ability(provider, &runbook.source, Capability::Call, what)?;
                self.call_exists(name, call)?;
                let direction = match direction.as_ref().map(|d| d.value) {
                    Some(written::Direction::Lowers) => Direction::Lowers,
                    Some(written::Direction::Neutral) => Direction::Neutral,
                    Some(written::Direction::Raises) | None => Direction::Raises,
                };
                let label = format!("{name} {}", call.value);
                let target = Target { provider: name.clone(), kind, binding: serde_json::Map::new(), label };
                let act = Act::HttpCall { call: call.value.clone(), with: arguments.clone() };
                Some(Resolved::plain(act, vec![target], direction, &ability))
            }
        }
    }

    /// A control to its safe value. Lowers by definition.
    pub(super) fn control_safe(&mut self, name: &str, control: &Control, undo: Undo) -> Option<Resolved> {
        let Some(safe) = control.safe_value() else {
            let says = format!("the safe value of control `{name}` can not be read");
            self.error_at(code::NOT_USABLE, says, &self.automation.source, control.span);
            return None;
        };
        let (target, ability) = self.control_target(name, control)?;
        let act = Act::SetControl { control: name.to_owned(), to: setting(safe), safe: true };
        Some(set(control, Resolved { undo, ..Resolved::plain(act, vec![target], Direction::Lowers, &ability) }))
    }

    /// A control to a value. What it moves from is known only when the step is prepared, so only a value that is at
    /// least as safe as the safe one lowers for certain; anything else counts as raises.
    pub(super) fn control_set(&mut self, name: &str, control: &Control, to: &Spanned<Scalar>) -> Option<Resolved> {
        let value = match control.value(&to.value) {
            Ok(value) => value,
            Err(takes) => {
                let says = format!("control `{name}` can not be set to `{}`", to.value);
                let bad = Diagnostic::error(code::BAD_VALUE, says).at(
                    &self.runbook.source,
                    to.span,
                    format!("it takes {takes}"),
                );
                self.push(bad);
                return None;
            }
        };
        let lowers = lowers(control, &value);
        let (target, ability) = self.control_target(name, control)?;
        let act = Act::SetControl { control: name.to_owned(), to: setting(value), safe: false };
        let (direction, undo) =
            if lowers { (Direction::Lowers, Undo::Restore) } else { (Direction::Raises, Undo::None) };
        Some(set(control, Resolved { undo, ..Resolved::plain(act, vec![target], direction, &ability) }))
    }

    fn layer_rollback(&mut self, layer: &Spanned<String>, to: Option<&Spanned<String>>) -> Option<Resolved> {
        let automation = self.automation;
        let Some(bound) = automation.layers.get(&layer.value) else {
            let known: Vec<&str> = automation.layers.names().collect();
            let says = format!("automation `{}` has no layer", automation.name);
            self.unresolved(layer, &self.runbook.source.clone(), &says, &known);
            return None;
        };
        let what = What { word: "layer", name: &layer.value };
        let (target, ability) = self.target(bound, &automation.source, Capability::Layer, what)?;
        let to = to.map_or_else(|| "last-known-good".to_owned(), |t| t.value.clone());
        let act = Act::RollbackLayer { layer: layer.value.clone(), to };
        Some(Resolved::plain(act, vec![target], Direction::Neutral, &ability))
    }

    /// Every source that can be captured is; one that can't is reported and does not keep the others from it.
    fn evidence_capture(&mut self, sources: &[Spanned<String>], since: Millis) -> Option<Resolved> {
        let (runbook, automation) = (self.runbook, self.automation);
        let mut names: Vec<&str> = Vec::new();
        for source in sources {
            if source.value == "@all" {
                names.extend(automation.evidence.names().filter(|n| !names.contains(n)).collect::<Vec<_>>());
            } else if automation.evidence.get(&source.value).is_some() {
                if !names.contains(&source.value.as_str()) {
                    names.push(&source.value);
                }
            } else {
                let known: Vec<&str> = automation.evidence.names().collect();
                let says = format!("automation `{}` has no source of evidence", automation.name);
                self.unresolved(source, &runbook.source, &says, &known);
            }
        }
        let mut targets = Vec::new();
        let mut all: Option<Ability> = None;
        for name in names {
            let Some(bound) = automation.evidence.get(name) else { continue };
            let what = What { word: "evidence", name };
            let Some((target, ability)) = self.target(bound, &automation.source, Capability::Evidence, what) else {
                continue;
            };
            targets.push(target);
            all = Some(all.map_or(ability, |a| weakest(a, ability)));
        }
        let Some(ability) = all else {
            let says = format!("automation `{}` has no evidence that could be kept", automation.name);
            self.error(code::UNAVAILABLE, says);
            return None;
        };
        Some(Resolved::plain(Act::Capture { since }, targets, Direction::Looks, &ability))
    }

    fn deploy_freeze(&mut self, act: &Spanned<written::Act>) -> Option<Resolved> {
        let (runbook, automation) = (self.runbook, self.automation);
        let Some(bound) = &automation.deploy else {
            let says = format!("automation `{}` does not say what deploys it", automation.name);
            let missing = Diagnostic::error(code::UNRESOLVED, says)
                .at(&runbook.source, act.span, "asked for here")
                .help("write [deploy] in its file");
            self.push(missing);
            return None;
        };
        let what = What { word: "deploy", name: &automation.name };
        let (target, ability) = self.target(bound, &automation.source, Capability::Deploy, what)?;
        let plain = Resolved::plain(Act::Freeze, vec![target], Direction::Neutral, &ability);
        Some(Resolved { undo: Undo::Restore, ..plain })
    }

    /// A page. Made ones have the same form as written ones.
    pub(super) fn page(&mut self, to: Vec<String>, severity: &str, summary: String) -> Option<Resolved> {
        let (target, ability) = self.shared(Capability::Paging, "paging", &to.join(", "))?;
        let act = Act::Page { to, severity: severity.to_owned(), summary };
        Some(Resolved::plain(act, vec![target], Direction::Looks, &ability))
    }

    /// What a page says where the runbook does not: our own words, never text from outside.
    pub(super) fn summary(&self) -> String {
        let title = self.runbook.title.as_ref().map_or(self.runbook.name.as_str(), |t| t.value.as_str());
        format!("AI incident: {title} ({}, {})", self.automation.name, self.environment)
    }

    fn statement_publish(&mut self, template: &Spanned<String>, audience: &Spanned<String>) -> Option<Resolved> {
        let (runbook, workspace) = (self.runbook, self.workspace);
        let own = workspace.templates.get(&template.value).map(|s| s.text.as_str());
        let Some(text) = own.or_else(|| super::super::shipped::statement(&template.value)) else {
            let mut known: Vec<&str> = workspace.templates.keys().map(String::as_str).collect();
            known.extend(super::super::shipped::STATEMENTS.iter().map(|(name, _)| *name));
            self.unresolved(template, &runbook.source, "there is no statement template", &known);
            return None;
        };
        if let Err(bad) = super::super::statement::check(text) {
            let says = format!("template `{}` can not be used: {bad}", template.value);
            self.error_at(code::TEMPLATE, says, &runbook.source, template.span);
        }
        let (target, ability) = self.shared(Capability::Statement, "statements", &audience.value)?;
        let act = Act::Publish {
            template: template.value.clone(),
            text: text.to_owned(),
            audience: audience.value.clone(),
            amended: None,
        };
        Some(Resolved::plain(act, vec![target], Direction::Neutral, &ability))
    }

    /// What the workspace has for all automations and an automation may have for itself.
    fn shared(&mut self, capability: Capability, section: &str, label: &str) -> Option<(Target, Ability)> {
        let (automation, settings) = (self.automation, self.settings);
        let (own, common) = match capability {
            Capability::Paging => (&automation.paging, &settings.paging),
            Capability::Statement => (&automation.statements, &settings.statements),
            Capability::Ticket => (&automation.tickets, &settings.tickets),
            _ => (&automation.notices, &settings.notices),
        };
        if self.practice {
            return self.practised(own.as_ref(), common.as_ref(), capability, section, label);
        }
        let from = |b: &'a Option<Bound>, s: &'a Arc<Source>| b.as_ref().map(|b| (b, s));
        let found = from(own, &automation.source).or_else(|| from(common, &settings.source));
        let Some((bound, source)) = found else {
            let says = format!("neither aigov.toml nor automation `{}` has [{section}]", automation.name);
            self.error(code::UNRESOLVED, says);
            return None;
        };
        let (mut target, ability) = self.target(bound, source, capability, What { word: section, name: "" })?;
        label.clone_into(&mut target.label);
        Some((target, ability))
    }

    /// Where the same goes in a drill in a real environment: to the target that was named for drills, or to nobody. A page
    /// that wakes somebody for an exercise is one that they sleep through the next time.
    fn practised(
        &mut self,
        own: Option<&'a Bound>,
        common: Option<&'a Bound>,
        capability: Capability,
        section: &str,
        label: &str,
    ) -> Option<(Target, Ability)> {
        let (automation, settings) = (self.automation, self.settings);
        let from = |b: Option<&'a Bound>, s: &'a Arc<Source>| b.and_then(|b| b.drill.as_deref()).map(|b| (b, s));
        if let Some((bound, source)) = from(own, &automation.source).or_else(|| from(common, &settings.source)) {
            let (mut target, ability) =
                self.target(bound, source, capability, What { word: section, name: "drill" })?;
            label.clone_into(&mut target.label);
            return Some((target, ability));
        }
        let binding = [("for".to_owned(), Value::String(section.to_owned()))].into_iter().collect();
        let target = Target { provider: DESK.to_owned(), kind: DESK.to_owned(), binding, label: label.to_owned() };
        Some((target, Ability { keys: &[], open: true, repeat: Repeat::Harmless, proof: Proof::ReadBack }))
    }

    /// Whether the provider's `call` table has this operation.
    fn call_exists(&mut self, provider: &str, call: &Spanned<String>) -> Option<()> {
        let table = self.settings.providers.get(provider)?.shared.values.get("call").and_then(Value::as_object);
        if table.is_some_and(|t| t.contains_key(&call.value)) {
            return Some(());
        }
        let known: Vec<&str> = table.map_or_else(Vec::new, |t| t.keys().map(String::as_str).collect());
        self.unresolved(call, &self.runbook.source.clone(), &format!("provider `{provider}` has no call"), &known);
        None
    }
}

/// A control's console and by-hand belong to every step that sets it.
fn set(control: &Control, resolved: Resolved) -> Resolved {
    Resolved {
        console: control.console.as_ref().map(|c| c.value.clone()),
        by_hand: control.by_hand.as_ref().map(|b| b.value.clone()),
        ..resolved
    }
}

pub(super) fn setting(value: Scalar) -> Setting {
    match value {
        Scalar::Bool(on) => Setting::On(on),
        Scalar::Number(n) => Setting::Percent(n),
        Scalar::Text(level) => Setting::Level(level),
    }
}

fn lowers(control: &Control, value: &Scalar) -> bool {
    let Some(safe) = control.safe_value() else { return false };
    if *value == safe {
        return true;
    }
    let is_level = control.kind.as_ref().is_some_and(|k| k.value == ControlKind::Level);
    let rank = |v: &Scalar| match v {
        Scalar::Text(t) => control.levels.iter().position(|l| l.value == *t),
        Scalar::Bool(_) | Scalar::Number(_) => None,
    };
    // Levels stand safest first.
    is_level && rank(value).zip(rank(&safe)).is_some_and(|(value, safe)| value < safe)
}

/// Of several targets of one step, what holds for all of them.
fn weakest(a: Ability, b: Ability) -> Ability {
    let repeat = match (a.repeat, b.repeat) {
        (Repeat::Never, _) | (_, Repeat::Never) => Repeat::Never,
        (Repeat::Keyed, _) | (_, Repeat::Keyed) => Repeat::Keyed,
        (Repeat::Harmless, Repeat::Harmless) => Repeat::Harmless,
    };
    let proof = match (a.proof, b.proof) {
        (Proof::Attested, _) | (_, Proof::Attested) => Proof::Attested,
        (Proof::Accepted, _) | (_, Proof::Accepted) => Proof::Accepted,
        (Proof::ReadBack, Proof::ReadBack) => Proof::ReadBack,
    };
    Ability { repeat, proof, ..a }
}
