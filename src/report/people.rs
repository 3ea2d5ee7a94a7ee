//! Whether whoever may be needed is there: every role and function, now and with any one person absent.
//!
//! Owns the arithmetic of `aigov people check` over what is written, and its words. Asks nobody.

use std::collections::BTreeSet;

use litemap::LiteMap;

use super::phrase;
use crate::approval::harmless::Outcome;
use crate::approval::{Counted, Requirement, Tally, tally};
use crate::model::people::{People, Person};
use crate::model::runbook::Gate;
use crate::model::workspace::Workspace;
use crate::plan::fit;
use crate::text::time::Instant;

/// How long before a key or a person stops counting it is said.
const SOON_DAYS: i64 = 30;
const DAY: i64 = 24 * 60 * 60 * 1000;

/// How well something is covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cover {
    /// By nobody.
    Nobody,
    /// Not with one certain person absent.
    OneAway,
    /// With any one person absent.
    Well,
}

/// What came of asking somebody to sign something harmless, the last time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Practised {
    /// Who.
    pub person: String,
    /// The drill.
    pub drill: String,
    /// When they were asked.
    pub at: Instant,
    /// What came of it.
    pub outcome: Outcome,
}

impl Practised {
    /// Whether they could be reached and can sign, or still have time.
    #[must_use]
    pub const fn good(&self) -> bool {
        matches!(self.outcome, Outcome::Answered(_) | Outcome::Waiting)
    }

    /// In words.
    #[must_use]
    pub fn says(&self, now: Instant) -> String {
        let what = match &self.outcome {
            Outcome::Answered(took) => format!("signed in a drill after {}", phrase::length(*took)),
            Outcome::Late(took) => format!("signed in a drill too late, after {}", phrase::length(*took)),
            Outcome::BrokenKey(why) => format!("could not sign in a drill: {why}"),
            Outcome::Silent => "did not answer in a drill".to_owned(),
            Outcome::Waiting => "is asked in a drill and has not answered yet".to_owned(),
        };
        format!("{what} (asked {}, drill {})", phrase::when(self.at, now), self.drill)
    }
}

/// A role, a function or a gate, and who stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `role`, `function` or `gate`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Who, now.
    pub who: Vec<String>,
    /// Those of them who are usually there at this hour; all, where hours are not written.
    pub there: Vec<String>,
    /// How well.
    pub cover: Cover,
    /// Without whom it falls.
    pub hangs_on: Vec<String>,
    /// Who carries it is asked of a pager, so that this page does not know.
    pub by_pager: bool,
}

/// What is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What is covered how well, the worst first.
    pub rows: Vec<Row>,
    /// Keys and people that stop counting soon, or do not count yet, in words.
    pub soon: Vec<String>,
}

impl Found {
    /// Whether nothing is covered by nobody.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.rows.iter().all(|row| row.cover != Cover::Nobody)
    }
}

/// Looks at everything that people are asked for.
#[must_use]
pub fn check(workspace: &Workspace, people: &People, now: Instant) -> Found {
    let here = Here { people, now };
    let mut rows = Vec::new();
    for (name, by_pager) in roles(workspace, people) {
        let who = here.of(|p| p.roles.iter().any(|r| r.value == name));
        rows.push(here.row("role", &name, who, by_pager));
    }
    let gates = gates(workspace);
    let functions: BTreeSet<&str> = gates.iter().flat_map(|(_, g)| &g.functions).map(|f| f.value.as_str()).collect();
    for name in functions {
        let who = here.of(|p| p.functions.iter().any(|f| f.value == name));
        rows.push(here.row("function", name, who, false));
    }
    rows.extend(gates.iter().map(|(name, gate)| here.gate(name, gate)));
    rows.sort_by(|a, b| a.cover.cmp(&b.cover).then_with(|| (a.kind, &a.name).cmp(&(b.kind, &b.name))));
    Found { rows, soon: soon(people, now) }
}

/// Every role that an automation asks for or that people.toml names, and whether a pager knows who carries it.
fn roles(workspace: &Workspace, people: &People) -> LiteMap<String, bool> {
    let mut all: LiteMap<String, bool> = LiteMap::new();
    for automation in workspace.automations.values() {
        let who = automation.stop.iter().flat_map(|s| &s.who);
        for name in automation.roles.iter().map(|(_, role)| role).chain(who) {
            // A person may stand in a role's place.
            if people.persons.get(&name.value).is_none() {
                all.insert(name.value.clone(), false);
            }
        }
    }
    for (name, role) in people.roles.iter() {
        all.insert(name.value.clone(), role.on_call.is_some());
    }
    all
}

/// Every gate that asks for somebody, by the runbook that it stands in. Of a runbook that no automation here could be run
/// under nobody is asked anything, such as of one that only came with the program.
fn gates(workspace: &Workspace) -> Vec<(String, &Gate)> {
    let mut all = Vec::new();
    let serves = |name: &str| {
        workspace.automations.is_empty()
            || workspace.settings.as_ref().is_none_or(|settings| {
                settings.environments.names().any(|e| !fit::candidates(workspace, name, e).is_empty())
            })
    };
    for (name, runbook) in workspace.runbooks.iter().filter(|(name, _)| serves(name)) {
        let steps = runbook.immediate.iter().chain(&runbook.respond);
        all.extend(steps.filter_map(|s| Some((format!("{name} {}", s.id.value), s.gate.as_ref()?))));
        let sign_off = runbook.restore.as_ref().and_then(|r| r.sign_off.as_ref());
        all.extend(sign_off.map(|gate| (format!("{name} sign-off"), gate)));
    }
    all
}

struct Here<'a> {
    people: &'a People,
    now: Instant,
}

impl Here<'_> {
    /// Names of those who count now and are meant.
    fn of(&self, is: impl Fn(&Person) -> bool) -> Vec<String> {
        let counts = |p: &Person| serves(p, self.now) && is(p);
        self.people.persons.iter().filter(|(_, p)| counts(p)).map(|(name, _)| name.value.clone()).collect()
    }

    fn there(&self, who: &[String]) -> Vec<String> {
        let at_hand = |name: &&String| {
            let hours = self.people.persons.get(name).and_then(|p| p.hours.as_ref());
            hours.is_none_or(|h| h.value.hold(self.now))
        };
        who.iter().filter(at_hand).cloned().collect()
    }

    fn row(&self, kind: &'static str, name: &str, who: Vec<String>, by_pager: bool) -> Row {
        let cover = match who.as_slice() {
            _ if by_pager => Cover::Well,
            [] => Cover::Nobody,
            [_] => Cover::OneAway,
            _ => Cover::Well,
        };
        let hangs_on = if cover == Cover::OneAway { who.clone() } else { Vec::new() };
        Row { kind, name: name.to_owned(), there: self.there(&who), who, cover, hangs_on, by_pager }
    }

    /// Counted as a run counts it: distinct people matched to functions.
    fn gate(&self, name: &str, gate: &Gate) -> Row {
        let functions: Vec<String> = gate.functions.iter().map(|f| f.value.clone()).collect();
        let people = gate.people.as_ref().map_or(0, |p| usize::from(p.value)).max(functions.len()).max(1);
        let requirement = Requirement { functions, people };
        let all: Vec<Counted> = self
            .people
            .persons
            .iter()
            .filter(|(_, p)| serves(p, self.now))
            .map(|(name, p)| Counted {
                person: name.value.clone(),
                functions: p.functions.iter().map(|f| f.value.clone()).collect(),
                yes: true,
                key: None,
            })
            .filter(|c| requirement.entitles(&c.functions))
            .collect();
        let holds = |without: &[&str]| matches!(tally(&requirement, &all, without), Tally::Granted { .. });
        let who: Vec<String> = all.iter().map(|c| c.person.clone()).collect();
        let whole = holds(&[]);
        let hangs_on: Vec<String> = who.iter().filter(|p| whole && !holds(&[p.as_str()])).cloned().collect();
        let cover = match (whole, hangs_on.is_empty()) {
            (false, _) => Cover::Nobody,
            (true, false) => Cover::OneAway,
            (true, true) => Cover::Well,
        };
        Row { kind: "gate", name: name.to_owned(), there: self.there(&who), who, cover, hangs_on, by_pager: false }
    }
}

/// Whether somebody's votes count on this day.
fn serves(person: &Person, now: Instant) -> bool {
    let today = now.day();
    person.from.as_ref().is_none_or(|d| d.value <= today) && person.until.as_ref().is_none_or(|d| today <= d.value)
}

/// What stops counting within a month, and what does not count yet.
fn soon(people: &People, now: Instant) -> Vec<String> {
    let mut all = Vec::new();
    let horizon = Instant(now.0 + SOON_DAYS * DAY);
    for (name, person) in people.persons.iter() {
        let name = &name.value;
        if let Some(last) = &person.until {
            if last.value < now.day() {
                all.push(format!("{name} does not count any more, since {}", last.value));
            } else if last.value <= horizon.day() {
                all.push(format!("{name} counts until {} and not longer", last.value));
            }
        }
        if let Some(first) = person.from.as_ref().filter(|d| now.day() < d.value) {
            all.push(format!("{name} counts from {} on", first.value));
        }
        for (n, key) in person.keys.iter().enumerate() {
            let which = if person.keys.len() == 1 { "the key".to_owned() } else { format!("key {}", n + 1) };
            match (&key.revoked, &key.from) {
                (Some(at), _) if at.value <= now => {
                    all.push(format!("{which} of {name} is revoked, since {}", at.value));
                }
                (Some(at), _) => all.push(format!("{which} of {name} is revoked from {} on", at.value)),
                (None, Some(from)) if now < from.value => {
                    all.push(format!("{which} of {name} counts from {} on", from.value));
                }
                _ => {}
            }
        }
        let stands = |k: &&crate::model::people::Key| k.revoked.as_ref().is_none_or(|r| now < r.value);
        if !person.functions.is_empty() && person.keys.iter().filter(stands).count() == 0 {
            all.push(format!("{name} may be asked to approve and has no key that counts"));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::decode;
    use crate::text::source::Source;

    const MONDAY: &str = "2026-11-23T10:00:00Z";

    fn found(text: &str) -> Found {
        let people = decode::people(&Source::new("people.toml", text)).value;
        check(&Workspace::default(), &people, MONDAY.parse().unwrap())
    }

    #[test]
    fn a_gate_is_counted_as_a_run_counts_it() {
        let people = decode::people(&Source::new(
            "people.toml",
            "schema = 1\n[persons.ada]\nfunctions = [\"legal\", \"product\"]\n[persons.bo]\nfunctions = [\"legal\"]\n",
        ))
        .value;
        let here = Here { people: &people, now: MONDAY.parse().unwrap() };
        let span = crate::text::span::Span::default();
        let asks = |functions: &[&str]| Gate {
            span,
            functions: functions.iter().map(|f| crate::text::span::Spanned::new((*f).to_owned(), span)).collect(),
            people: None,
            not: vec![],
            within: None,
            on_timeout: None,
        };
        // Ada fits both, so both together hang on her and on Bo.
        let both = here.gate("x", &asks(&["legal", "product"]));
        assert_eq!((both.cover, both.hangs_on), (Cover::OneAway, vec!["ada".to_owned(), "bo".to_owned()]));
        assert_eq!(here.gate("x", &asks(&["legal"])).cover, Cover::Well);
        assert_eq!(here.gate("x", &asks(&["risk"])).cover, Cover::Nobody);
    }

    #[test]
    fn a_role_hangs_on_one_person_or_on_nobody() {
        let found = found(
            "schema = 1\n[persons.ada]\nroles = [\"lead\", \"sre\"]\n[persons.bo]\nroles = [\"sre\"]\n\
             hours = \"tue-fri 08:00-18:00\"\n[persons.cy]\nroles = [\"legal\"]\nuntil = 2026-11-22\n\
             [roles.lead]\n[roles.sre]\n[roles.legal]\n",
        );
        let rows: Vec<(&str, Cover, usize, usize)> =
            found.rows.iter().map(|r| (r.name.as_str(), r.cover, r.who.len(), r.there.len())).collect();
        assert_eq!(rows, [("legal", Cover::Nobody, 0, 0), ("lead", Cover::OneAway, 1, 1), ("sre", Cover::Well, 2, 1)]);
        assert!(!found.holds());
        assert_eq!(found.rows[1].hangs_on, ["ada"]);
        assert_eq!(found.soon, ["cy does not count any more, since 2026-11-22"]);
    }

    #[test]
    fn what_ends_soon_is_said() {
        let found = found(
            "schema = 1\n[persons.ada]\nfunctions = [\"legal\"]\nuntil = 2026-12-01\nkeys = [{ key = \"ssh-ed25519 \
             AAAAC3NzaC1lZDI1NTE5AAAAICTqLYeXh7LOa2er8LBAiIVPQscHs4jAw+2EO/Z7upFR\", revoked = 2026-11-01T00:00:00Z }]\n",
        );
        assert_eq!(
            found.soon,
            [
                "ada counts until 2026-12-01 and not longer",
                "the key of ada is revoked, since 2026-11-01T00:00:00.000Z",
                "ada may be asked to approve and has no key that counts",
            ]
        );
    }
}
