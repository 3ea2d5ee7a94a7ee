//! `aigov who NAME`: who can stop an automation now, how fast, with which command, by hand how, into which safe state,
//! what customers see meanwhile, and which evidence there will be.
//!
//! Owns the answer as data; [`page`] lays it out. What is missing is part of the answer and is said in plain words: a
//! page that looks complete and is not costs minutes at night. Must not ask anybody: everything is given.

mod page;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use page::page;

use super::phrase;
use crate::model::automation::{Automation, Control};
use crate::model::people::{Contacts, People, Person, Role};
use crate::model::scalar::Scalar;
use crate::plan::resolve::instead;
use crate::run::event::Phase;
use crate::text::suggest;
use crate::text::time::{Instant, Millis};

/// What is known, from which the answer is made.
#[derive(Debug)]
pub struct Known<'a> {
    /// The automation.
    pub automation: &'a Automation,
    /// The environment that is asked about; none means all.
    pub environment: Option<&'a str>,
    /// `people.toml`; none when there is none.
    pub people: Option<&'a People>,
    /// Who was on call when it was last asked, by role.
    pub duty: &'a BTreeMap<String, Duty>,
    /// The runs on this automation in these environments, oldest first; none when the record can't be read.
    pub past: Option<&'a [Past]>,
    /// What came of asking people to sign in a drill, by person.
    pub practised: &'a BTreeMap<String, String>,
    /// Where records go.
    pub journal: &'a str,
    /// Where they are pushed to.
    pub remote: Option<&'a str>,
    /// The command that stops it.
    pub command: String,
    /// The command that asks who is on call.
    pub refresh: String,
}

/// Who a pager said is on call for a role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Duty {
    /// The provider that was asked.
    pub provider: String,
    /// What of it, as `people.toml` had it: another schedule since then makes this copy worthless.
    pub of: Map<String, Value>,
    /// When it was asked.
    pub asked: Instant,
    /// Whose turn it was, the first to be called first.
    pub turns: Vec<Turn>,
}

/// A turn on call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// The person of `people.toml`; none when nobody there is known to be this user of the pager.
    pub person: Option<String>,
    /// What the pager calls them.
    pub called: String,
    /// When the turn ends; none when it does not end.
    pub until: Option<Instant>,
}

/// A run on the automation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Past {
    /// Its id.
    pub run: String,
    /// Its runbook.
    pub runbook: String,
    /// Its environment.
    pub environment: String,
    /// When it began.
    pub began: Instant,
    /// Whether it is a drill.
    pub drill: bool,
    /// Whether it set out to lower anything at once.
    pub stops: bool,
    /// From its start to the first passed probe of a lowering step.
    pub first: Option<Millis>,
    /// From its start until every lowering step, or its or-else, had one.
    pub all: Option<Millis>,
    /// Whether each of them is read back, also where an earlier run had stopped it.
    pub proven: bool,
    /// Whether it is open and holds a lowering step.
    pub holds: bool,
    /// The last phase it entered.
    pub phase: Phase,
    /// Who wrote its last record.
    pub by: String,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Who {
    /// The automation.
    pub automation: String,
    /// What it is for.
    pub purpose: Option<String>,
    /// The environment that was asked about; none means all.
    pub environment: Option<String>,
    /// The command that stops it.
    pub command: String,
    /// Open runs that hold it low; none when the record can't be read.
    pub held: Option<Vec<Past>>,
    /// Who can stop it, in the order written.
    pub who: Vec<Caller>,
    /// Who makes the model, and how to reach them.
    pub vendor: Option<String>,
    /// The last real stop, and the last one that was proven where that is another.
    pub real: Vec<Past>,
    /// The last drill, likewise.
    pub drill: Vec<Past>,
    /// What it is set to, the narrowest control first.
    pub safe: Vec<Safe>,
    /// What people see meanwhile.
    pub meanwhile: Option<String>,
    /// Which evidence can be kept.
    pub evidence: Vec<Evidence>,
    /// Where records go.
    pub journal: String,
    /// Where they are pushed to.
    pub remote: Option<String>,
    /// What is missing, by the part of the answer that lacks it.
    pub missing: BTreeMap<Part, Vec<String>>,
}

/// A part of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Who can stop it.
    Who,
    /// How fast.
    Fast,
    /// Safe state and by hand.
    Safe,
    /// What people see.
    Meanwhile,
    /// Evidence.
    Evidence,
}

/// One entry of `[stop] who`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Caller {
    /// The name as written there.
    pub name: String,
    /// The role's title.
    pub title: Option<String>,
    /// A way that reaches whoever carries the role.
    pub ways: Ways,
    /// Where it is kept whose turn it is.
    pub on_call: Option<OnCall>,
    /// Persons, those on call first.
    pub people: Vec<Reach>,
}

/// Where it is kept whose turn it is, and what it said.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OnCall {
    /// The provider.
    pub provider: String,
    /// When it was asked; none when it never was.
    pub asked: Option<Instant>,
    /// Whose turn it was then.
    pub turns: Vec<Turn>,
}

/// Somebody who can be reached.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reach {
    /// The name in `people.toml`.
    pub person: String,
    /// The name in full.
    pub name: Option<String>,
    /// What they may decide as.
    pub functions: Vec<String>,
    /// How to reach them.
    pub ways: Ways,
    /// Who stands in.
    pub alternates: Vec<String>,
    /// What came of asking them to sign something harmless, the last time; none when they never were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drill: Option<String>,
}

/// Numbers and addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ways {
    /// A telephone number.
    pub phone: Option<String>,
    /// An e-mail address.
    pub email: Option<String>,
    /// Any other way.
    pub contact: Option<String>,
}

/// A source of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// Its name.
    pub source: String,
    /// The provider that it is kept from.
    pub provider: Option<String>,
}

/// A control and its safe state.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Safe {
    /// The control.
    pub control: String,
    /// The safe value.
    pub value: Option<String>,
    /// The provider.
    pub provider: Option<String>,
    /// The page for the day when the tool or the API is broken.
    pub console: Option<String>,
    /// What to click there.
    pub by_hand: Option<String>,
    /// Whether it is one of the wider ones.
    pub wider: bool,
}

/// Makes the answer.
#[must_use]
pub fn answer(known: &Known<'_>) -> Who {
    let automation = known.automation;
    let mut who = Who {
        automation: automation.name.clone(),
        purpose: text(automation.purpose.as_ref()),
        environment: known.environment.map(str::to_owned),
        command: known.command.clone(),
        held: known.past.map(|past| past.iter().filter(|p| p.holds).cloned().collect()),
        who: Vec::new(),
        vendor: vendor(automation),
        real: Vec::new(),
        drill: Vec::new(),
        safe: Vec::new(),
        meanwhile: automation.stop.as_ref().and_then(|s| text(s.meanwhile.as_ref())),
        evidence: Vec::new(),
        journal: known.journal.to_owned(),
        remote: known.remote.map(str::to_owned),
        missing: BTreeMap::new(),
    };
    who.callers(known);
    who.speed(known.past);
    who.states(known);
    if who.meanwhile.is_none() {
        who.misses(Part::Meanwhile, "`[stop] meanwhile` does not say what customers see while it is stopped");
    }
    who.traces(known);
    who
}

impl Who {
    fn misses(&mut self, part: Part, says: impl Into<String>) {
        self.missing.entry(part).or_default().push(says.into());
    }

    fn callers(&mut self, known: &Known<'_>) {
        let automation = known.automation;
        let named: Vec<&str> = automation.stop.iter().flat_map(|s| &s.who).map(|w| w.value.as_str()).collect();
        let named = if named.is_empty() {
            let roles: Vec<&str> = automation.roles.iter().map(|(_, carrier)| carrier.value.as_str()).collect();
            let instead = if roles.is_empty() { "" } else { "; these carry the automation's roles" };
            self.misses(Part::Who, format!("nobody is named in `[stop] who`{instead}"));
            roles
        } else {
            named
        };
        if known.people.is_none() && !named.is_empty() {
            self.misses(Part::Who, "there is no people.toml that says who these are and how to reach them");
        }
        let mut seen: Vec<&str> = Vec::new();
        for written in named {
            let carrier = written.strip_prefix('@').and_then(|r| automation.roles.get(r));
            let name = carrier.map_or(written, |c| c.value.as_str());
            if !seen.contains(&name) {
                seen.push(name);
                let caller = self.caller(known, name);
                self.who.push(caller);
            }
        }
    }

    fn caller(&mut self, known: &Known<'_>, name: &str) -> Caller {
        let mut caller =
            Caller { name: name.to_owned(), title: None, ways: Ways::default(), on_call: None, people: Vec::new() };
        let Some(people) = known.people else { return caller };
        if let Some(person) = people.persons.get(name) {
            caller.people.push(self.reach(known, name, person));
            return caller;
        }
        if let Some(role) = people.roles.get(name) {
            caller.title = text(role.title.as_ref());
            caller.ways = Ways::of(&role.contacts);
            caller.on_call = self.on_call(known, name, role);
        }
        let turns = caller.on_call.iter().flat_map(|c| &c.turns).filter_map(|t| t.person.as_deref());
        let mut persons: Vec<&str> = turns.filter(|p| people.persons.get(p).is_some()).collect();
        persons.extend(people.carriers(name));
        for (i, person) in persons.iter().enumerate() {
            if !persons.iter().take(i).any(|p| p == person)
                && let Some(entry) = people.persons.get(person)
            {
                let reach = self.reach(known, person, entry);
                caller.people.push(reach);
            }
        }
        if caller.people.is_empty() && caller.ways.is_empty() {
            let says = match suggest::nearest(name, people.names()) {
                _ if caller.on_call.is_some() => format!("nobody of people.toml carries `{name}`"),
                Some(near) if !people.knows(name) => {
                    format!("`{name}` is nobody of people.toml; did you mean `{near}`?")
                }
                _ if people.knows(name) => format!("nobody of people.toml carries `{name}`"),
                _ => format!("`{name}` is nobody of people.toml, neither a person nor a role that somebody carries"),
            };
            self.misses(Part::Who, says);
        }
        caller
    }

    fn on_call(&mut self, known: &Known<'_>, name: &str, role: &Role) -> Option<OnCall> {
        let bound = role.on_call.as_ref()?;
        let provider = bound.provider.as_ref()?.value.clone();
        // A copy of another schedule, or of another pager, says nothing of this one.
        let of = bound.binding(known.environment.unwrap_or_default()).values;
        let duty = known.duty.get(name).filter(|d| d.provider == provider && d.of == of);
        if duty.is_none() {
            self.misses(Part::Who, format!("`{provider}` was never asked who is on call as {name}: {}", known.refresh));
        }
        if duty.is_some_and(|d| d.turns.is_empty()) {
            self.misses(Part::Who, format!("nobody was on call as {name} when `{provider}` was asked"));
        }
        let turns = duty.map(|d| d.turns.clone()).unwrap_or_default();
        for turn in turns.iter().filter(|t| t.person.is_none()) {
            let says = format!(
                "`{}` of {provider} is on call as {name} and has no entry in people.toml: add `pager` or `email` there",
                turn.called
            );
            self.misses(Part::Who, says);
        }
        Some(OnCall { provider, asked: duty.map(|d| d.asked), turns })
    }

    fn reach(&mut self, known: &Known<'_>, name: &str, person: &Person) -> Reach {
        let ways = Ways::of(&person.contacts);
        let drill = known.practised.get(name).cloned();
        if ways.is_empty() {
            self.misses(Part::Who, format!("people.toml does not say how to reach {name}: add `phone` or `email`"));
        }
        let texts = |list: &[crate::text::span::Spanned<String>]| list.iter().map(|t| t.value.clone()).collect();
        Reach {
            person: name.to_owned(),
            name: text(person.name.as_ref()),
            functions: texts(&person.functions),
            ways,
            alternates: texts(&person.alternates),
            drill,
        }
    }

    fn speed(&mut self, past: Option<&[Past]>) {
        let Some(past) = past else {
            self.misses(Part::Fast, "the record can't be read, so nothing can be said of earlier stops");
            return;
        };
        for drill in [false, true] {
            let stops = || past.iter().rev().filter(|p| p.drill == drill && p.stops);
            let mut told: Vec<Past> = stops().next().cloned().into_iter().collect();
            if told.iter().any(|p| p.all.is_none()) {
                told.extend(stops().find(|p| p.all.is_some()).cloned());
            }
            match (drill, told.is_empty()) {
                (false, true) => self.misses(Part::Fast, "it was never stopped for real on this record"),
                (true, true) => self.misses(Part::Fast, "it was never stopped in a drill on this record"),
                (false, false) => self.real = told,
                (true, false) => self.drill = told,
            }
        }
    }

    fn states(&mut self, known: &Known<'_>) {
        // What stops it by name is told although nobody wrote down that it does.
        for name in instead(known.automation) {
            if let Some(control) = known.automation.controls.get(name) {
                self.state(name, control, false);
            }
        }
        let Some(stop) = &known.automation.stop else {
            self.misses(Part::Safe, "the automation has no `[stop]`: nothing says which control stops it");
            return;
        };
        let Some(control) = &stop.control else {
            self.misses(Part::Safe, "`[stop] control` does not name a control that stops it");
            return;
        };
        let all = [(control, false)].into_iter().chain(stop.wider.iter().map(|w| (w, true)));
        for (name, wider) in all {
            let Some(control) = known.automation.controls.get(&name.value) else {
                self.misses(Part::Safe, format!("`[stop]` names `{name}`, which is no control of this automation"));
                continue;
            };
            self.state(&name.value, control, wider);
        }
    }

    fn state(&mut self, name: &str, control: &Control, wider: bool) {
        let safe = Safe {
            control: name.to_owned(),
            value: control.safe_value().map(|v| shown(&v)),
            provider: text(control.bound.provider.as_ref()),
            console: text(control.console.as_ref()),
            by_hand: text(control.by_hand.as_ref()),
            wider,
        };
        if safe.value.is_none() {
            self.misses(Part::Safe, format!("the safe value of `{name}` can't be read"));
        }
        if safe.provider.is_none() {
            self.misses(Part::Safe, format!("`{name}` has no provider: it can only be set by hand"));
        }
        // One of the two serves on the day when the tool is broken; both is better.
        match (&safe.console, &safe.by_hand) {
            (None, None) => {
                self.misses(
                    Part::Safe,
                    format!("`{name}` says neither `console` nor `by-hand`: nobody can do it by hand"),
                );
            }
            (Some(_), None) => self.misses(Part::Safe, format!("`{name}` does not say what to do there (`by-hand`)")),
            (None, Some(_)) => self.misses(Part::Safe, format!("`{name}` does not say where that is (`console`)")),
            (Some(_), Some(_)) => {}
        }
        self.safe.push(safe);
    }

    fn traces(&mut self, known: &Known<'_>) {
        for (name, bound) in known.automation.evidence.iter() {
            let provider = text(bound.provider.as_ref());
            self.evidence.push(Evidence { source: name.value.clone(), provider });
        }
        if self.evidence.is_empty() {
            self.misses(Part::Evidence, "no source of evidence is described: only the record will tell what happened");
        }
        if known.remote.is_none() {
            self.misses(Part::Evidence, "`[journal] remote` is not set: the record is on this machine alone");
        }
    }
}

impl Part {
    /// The part as a heading.
    const fn heading(self) -> &'static str {
        match self {
            Self::Who => "Who can stop it",
            Self::Fast => "How fast",
            Self::Safe => "Into which safe state, and by hand how",
            Self::Meanwhile => "What customers see meanwhile",
            Self::Evidence => "Which evidence there will be",
        }
    }
}

fn text(written: Option<&crate::text::span::Spanned<String>>) -> Option<String> {
    written.map(|w| w.value.clone()).filter(|w| !w.trim().is_empty())
}

impl Ways {
    fn of(contacts: &Contacts) -> Self {
        Self {
            phone: text(contacts.phone.as_ref()),
            email: text(contacts.email.as_ref()),
            contact: text(contacts.contact.as_ref()),
        }
    }

    /// What there is, with what it is, in the order in which one would try.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [("phone", &self.phone), ("email", &self.email), ("contact", &self.contact)]
            .into_iter()
            .filter_map(|(what, way)| way.as_deref().map(|w| (what, w)))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

fn shown(value: &Scalar) -> String {
    match value {
        Scalar::Bool(true) => "on".to_owned(),
        Scalar::Bool(false) => "off".to_owned(),
        Scalar::Number(n) => format!("{n} percent"),
        Scalar::Text(t) => t.clone(),
    }
}

fn vendor(automation: &Automation) -> Option<String> {
    let vendor = automation.vendor.as_ref()?;
    let parts = [&vendor.name, &vendor.model, &vendor.contact].into_iter().filter_map(|p| text(p.as_ref()));
    let line = parts.collect::<Vec<_>>().join(", ");
    (!line.is_empty()).then_some(line)
}

/// How long something lies back.
fn ago(at: Instant, now: Instant) -> String {
    match now.since(at) {
        Millis(0..1_000) => "just now".to_owned(),
        age => format!("{} ago", phrase::length(age)),
    }
}

/// How a stop went, in words.
fn went(past: &Past, now: Instant) -> String {
    let ago = format!("{}, run {}", ago(past.began, now), past.run);
    match (past.first, past.all) {
        (Some(first), Some(all)) if first == all => {
            format!("{} from start to passed probe ({ago})", phrase::length(all))
        }
        (first, Some(all)) => {
            let first = first.map_or_else(String::new, |f| format!("; the first after {}", phrase::length(f)));
            format!("{} from start until every probe had passed{first} ({ago})", phrase::length(all))
        }
        (Some(first), None) => {
            format!("NOT PROVEN WHOLLY: the first probe passed after {}, others did not ({ago})", phrase::length(first))
        }
        (None, None) => format!("NOT PROVEN: no probe passed ({ago})"),
    }
}

#[cfg(test)]
mod tests;
