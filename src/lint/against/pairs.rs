//! What is the same thing in both revisions: files by their names, and what was renamed by what it says.
//!
//! Owns the matching, so that a name alone is never a weakening.

use std::collections::BTreeSet;
use std::sync::Arc;

use litemap::LiteMap;

use super::Before;
use crate::lint::context::{Context, MOST_PLANS, Planned};
use crate::model::automation::{Automation, Control};
use crate::model::binding::Bound;
use crate::model::people::{Key, People, Person};
use crate::model::runbook::Runbook;
use crate::model::workspace::Workspace;
use crate::plan::fit::Serving;
use crate::text::gather::Gather;
use crate::text::source::Source;
use crate::text::span::Spanned;

/// Two workspaces, looked at one way: from the one that may have had something to the one that may lack it.
#[derive(Clone, Debug)]
pub struct Sides<'a> {
    /// From which something may have been lost.
    pub from: &'a Workspace,
    /// In which it may be missing.
    pub to: &'a Workspace,
    /// Automations of both.
    pub automations: Vec<(&'a Automation, &'a Automation)>,
    /// Runbooks of both.
    pub runbooks: Vec<(&'a Runbook, &'a Runbook)>,
    /// What the first serves and the second does not, though it has the automation.
    pub unserved: Vec<Unserved<'a>>,
    /// Files of either that can not be read at all, so that nothing is said of them.
    pub unread: &'a BTreeSet<String>,
}

/// A runbook that no longer serves an automation.
#[derive(Clone, Copy, Debug)]
pub struct Unserved<'a> {
    /// The runbook that did.
    pub runbook: &'a Runbook,
    /// The one that took its place and does not, where there is one.
    pub other: Option<&'a Runbook>,
    /// The automation as it was.
    pub had: &'a Automation,
    /// The automation as it is in the other revision.
    pub automation: &'a Automation,
    /// In which environment.
    pub environment: &'a str,
}

/// Two plans to be made and held against each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'a> {
    from: (&'a Runbook, &'a Automation, &'a str),
    to: (&'a Runbook, &'a Automation, &'a str),
}

impl<'a> Sides<'a> {
    /// The two workspaces, forwards.
    pub(super) fn new(before: &Before<'a>, after: &'a Workspace, unread: &'a BTreeSet<String>) -> Self {
        let from = before.workspace;
        let automations = matched(
            &from.automations.values().collect::<Vec<_>>(),
            &after.automations.values().collect::<Vec<_>>(),
            |a| &a.name,
            &[
                |a, b| a.source.text == b.source.text,
                |a, b| text(&a.purpose).is_some() && text(&a.purpose) == text(&b.purpose),
            ],
        );
        let runbooks = matched(
            &from.runbooks.values().collect::<Vec<_>>(),
            &after.runbooks.values().collect::<Vec<_>>(),
            |a| &a.name,
            &[
                |a, b| a.source.text == b.source.text,
                |a, b| text(&a.title).is_some() && text(&a.title) == text(&b.title),
                |a, b| a.class.is_some() && a.class.map(|c| c.value) == b.class.map(|c| c.value),
            ],
        );
        Self { from, to: after, automations, runbooks, unserved: Vec::new(), unread }
    }

    /// The same, looked at the other way.
    pub(super) fn turned(&self, unserved: Vec<Unserved<'a>>) -> Self {
        let mut automations: Vec<_> = self.automations.iter().map(|(a, b)| (*b, *a)).collect();
        automations.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        let mut runbooks: Vec<_> = self.runbooks.iter().map(|(a, b)| (*b, *a)).collect();
        runbooks.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        Self { from: self.to, to: self.from, automations, runbooks, unserved, unread: self.unread }
    }

    /// The automation of the second that is this one of the first.
    pub(super) fn automation(&self, name: &str) -> Option<&'a Automation> {
        let place = self.automations.binary_search_by(|(a, _)| a.name.as_str().cmp(name)).ok()?;
        self.automations.get(place).map(|(_, b)| *b)
    }

    /// The runbook of the second that is this one of the first.
    pub(super) fn runbook(&self, name: &str) -> Option<&'a Runbook> {
        let place = self.runbooks.binary_search_by(|(a, _)| a.name.as_str().cmp(name)).ok()?;
        self.runbooks.get(place).map(|(_, b)| *b)
    }

    /// Whether a file can be read in both revisions, as far as it is there.
    pub(super) fn is_read(&self, file: &str) -> bool {
        !self.unread.contains(file)
    }

    /// What both serve, and what only the first does, as far as some file of it changed and was asked for; and how many
    /// pairs were left out, because there were too many.
    pub(super) fn served(
        &self,
        from: &[(&'a str, Serving<'a>)],
        to: &[(&'a str, Serving<'a>)],
        changed: &Changed<'_>,
    ) -> (Vec<Pair<'a>>, Vec<Unserved<'a>>, usize) {
        let (mut pairs, mut unserved, mut left) = (Vec::new(), Vec::new(), 0);
        for (environment, serving) in from {
            let other = to.iter().find(|(e, _)| e == environment);
            for runbook in self.from.runbooks.values() {
                let partner = self.runbook(&runbook.name);
                let whole = partner.is_none_or(|p| changed.is(&runbook.source, &p.source));
                if !whole && !changed.automations {
                    continue;
                }
                for had in serving.of(&runbook.name) {
                    let Some(automation) = self.automation(&had.name) else { continue };
                    if !whole && !changed.is(&had.source, &automation.source) {
                        continue;
                    }
                    let files = [
                        Some(&runbook.source),
                        partner.map(|p| &p.source),
                        Some(&had.source),
                        Some(&automation.source),
                    ];
                    if !changed.wants(&files) {
                        continue;
                    }
                    if pairs.len() >= MOST_PLANS {
                        left += 1;
                        continue;
                    }
                    let there =
                        partner.zip(other).filter(|(r, (_, s))| s.of(&r.name).any(|a| a.name == automation.name));
                    match there {
                        Some((partner, (name, _))) => {
                            pairs.push(Pair { from: (runbook, had, environment), to: (partner, automation, name) });
                        }
                        None => unserved.push(Unserved { runbook, other: partner, had, automation, environment }),
                    }
                }
            }
        }
        (pairs, unserved, left)
    }
}

/// Which files changed, and which of them were asked for.
pub(super) struct Changed<'a> {
    /// Whether something changed that every plan is made with.
    all: bool,
    /// Whether an automation may have changed.
    automations: bool,
    asked: Option<&'a BTreeSet<String>>,
}

impl<'a> Changed<'a> {
    pub(super) fn new(sides: &Sides<'_>, asked: Option<&'a BTreeSet<String>>) -> Self {
        let settings = |w: &Workspace| w.settings.as_ref().map(|s| s.source.text.clone());
        let people = |w: &Workspace| w.people.as_ref().map(|p| p.source.text.clone());
        let templates =
            |w: &Workspace| w.templates.values().map(|t| (t.name.clone(), t.text.clone())).collect::<Vec<_>>();
        let (a, b) = (sides.from, sides.to);
        let all = settings(a) != settings(b) || people(a) != people(b) || templates(a) != templates(b);
        let automations = all || sides.automations.iter().any(|(a, b)| a.source != b.source);
        Self { all, automations, asked }
    }

    /// Whether something in these two, or in what every plan is made with, is not the same.
    fn is(&self, a: &Source, b: &Source) -> bool {
        self.all || a != b
    }

    /// Whether one of these files was asked for, or one that every plan is made with.
    fn wants(&self, files: &[Option<&Arc<Source>>]) -> bool {
        let Some(asked) = self.asked else { return true };
        let shared = ["aigov.toml", "people.toml"].iter().any(|f| asked.contains(*f));
        shared || files.iter().flatten().any(|f| asked.contains(&f.name))
    }
}

impl<'a> Pair<'a> {
    /// The files from which both plans are made.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        let own = [&self.from.0.source, &self.to.0.source, &self.from.1.source, &self.to.1.source];
        ["aigov.toml", "people.toml"].into_iter().chain(own.map(|f| f.name.as_str()))
    }

    /// Both plans; none where one can not be made at all.
    pub(super) fn plans(&self, before: &Context<'a>, after: &Context<'a>) -> Option<(Planned<'a>, Planned<'a>)> {
        let from = before.plan(self.from.0, self.from.1, self.from.2)?;
        Some((from, after.plan(self.to.0, self.to.1, self.to.2)?))
    }
}

fn text(written: &Option<crate::text::span::Spanned<String>>) -> Option<&str> {
    written.as_ref().map(|t| t.value.as_str())
}

/// Things of two lists that are the same: by name, and what is left over by each of these in turn.
pub(super) fn matched<'a, T>(
    from: &[&'a T],
    to: &[&'a T],
    name: fn(&T) -> &str,
    renamed: &[fn(&T, &T) -> bool],
) -> Vec<(&'a T, &'a T)> {
    let mut free: LiteMap<&str, &'a T> = to.iter().map(|b| (name(b), *b)).gather();
    let (mut out, mut left) = (Vec::new(), Vec::new());
    for a in from.iter().copied() {
        match free.remove(name(a)) {
            Some(b) => out.push((a, b)),
            None => left.push(a),
        }
    }
    for same in renamed {
        left.retain(|a| {
            let partner = free.iter().find(|(_, b)| same(a, b)).map(|(name, b)| (*name, *b));
            if let Some((name, b)) = partner {
                free.remove(name);
                out.push((a, b));
            }
            partner.is_none()
        });
    }
    out.sort_by(|(a, _), (b, _)| name(a).cmp(name(b)));
    out
}

/// A control with its name.
pub(super) type Named<'a, T> = (&'a str, &'a T);

/// The controls of the first automation, each with its like in the second: by name, or by what it is bound to.
pub(in crate::lint) fn controls<'a>(
    a: &'a Automation,
    b: &'a Automation,
) -> Vec<(Named<'a, Control>, Option<Named<'a, Control>>)> {
    fn list(automation: &Automation) -> Vec<Named<'_, Control>> {
        automation.controls.iter().map(|(n, c)| (n.value.as_str(), c)).collect()
    }
    let free = |name: &str| a.controls.get(name).is_none();
    let like =
        |had: &Control| list(b).into_iter().find(|(name, has)| free(name) && is_one_binding(&had.bound, &has.bound));
    list(a)
        .into_iter()
        .map(|(name, had)| {
            let same = list(b).into_iter().find(|(other, _)| *other == name);
            ((name, had), same.or_else(|| like(had)))
        })
        .collect()
}

/// Whether two bindings are of one thing, whatever its name.
pub(in crate::lint) fn is_one_binding(a: &Bound, b: &Bound) -> bool {
    let all = |b: &Bound| b.environments.iter().map(|(n, x)| (n.value.clone(), x.values.clone())).collect::<Vec<_>>();
    let name = |b: &Bound| b.provider.as_ref().map(|p| p.value.clone());
    name(a) == name(b) && a.shared.values == b.shared.values && all(a) == all(b)
}

/// Whether two keys are one, whatever is written beside them.
pub(in crate::lint) fn is_one_key(a: &Key, b: &Key) -> bool {
    a.line.value.split_whitespace().take(2).eq(b.line.value.split_whitespace().take(2))
}

/// A person of the first, and the like of them in the second.
pub(super) type Known<'a> = (&'a Spanned<String>, Option<(&'a Spanned<String>, &'a Person)>);

/// The persons of the first, each with the like of them in the second: by name, or by a key that both have.
pub(in crate::lint) fn persons<'a>(a: &'a People, b: &'a People) -> Vec<Known<'a>> {
    let like = |had: &Person| {
        let mut free = b.persons.iter().filter(|(name, _)| a.persons.get(&name.value).is_none());
        free.find(|(_, has)| had.keys.iter().any(|k| has.keys.iter().any(|h| is_one_key(h, k))))
    };
    let partner = |name: &Spanned<String>, had: &Person| {
        b.persons.iter().find(|(other, _)| other.value == name.value).or_else(|| like(had))
    };
    a.persons.iter().map(|(name, had)| (name, partner(name, had))).collect()
}
