//! Somebody who is harder to reach or to stand in for.

use std::collections::BTreeSet;

use crate::diag::{Code, Severity};
use crate::lint::against::{Compare, Loss, Losses, Sides, head, persons};
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::people::Contacts;

const CODE: Code = Code { name: "weaker-people", summary: "A change after which somebody is harder to reach, or nobody stands in." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Compare(Compare::Workspace(check))],
    explanation: Explanation {
        what: "Held against an earlier revision, a person lost an alternate or every way of being reached, or a role is \
               carried by nobody or no longer names an on-call source.",
        why: "A vote is asked for at night. Whoever has no telephone number in the file is looked up in a directory that \
              needs a login, by somebody who has ten minutes.",
        bad: "[persons.ada]\nalternates = []     # was: eve",
        good: "[persons.ada]\nalternates = [\"eve\"]",
        fix: "Name another way or another person, or let somebody of each function that loses by it read the \
              change and sign that, who did not make it: `aigov review --against REV`. No exception answers for \
              it.",
    },
};

fn check(sides: &Sides<'_>, losses: &mut Losses) {
    let (Some(a), Some(b)) = (&sides.from.people, &sides.to.people) else { return };
    if a.source == b.source || !sides.is_read(&a.source.name) {
        return;
    }
    let known = persons(a, b);
    for (name, now) in &known {
        let (Some(had), Some((new, has))) = (a.persons.get(&name.value), now) else { continue };
        let (from, to) = (Some((a.source.clone(), had.span)), Some((b.source.clone(), has.span)));
        let functions: Vec<String> = had.functions.iter().map(|f| f.value.clone()).collect();
        for other in &had.alternates {
            let renamed = known.iter().find(|(n, _)| n.value == other.value).and_then(|(_, y)| *y).map(|(n, _)| n.value.as_str());
            if !has.alternates.iter().any(|h| h.value == other.value || Some(h.value.as_str()) == renamed) {
                let words = (format!("`{other}` no longer stands in for `{new}`"), format!("`{other}` stands in for `{name}`"));
                losses.add(Loss::new(CODE, words.0, words.1).asks(functions.clone()).at(from.clone(), to.clone()));
            }
        }
        if is_reachable(&had.contacts) && !is_reachable(&has.contacts) {
            let words = (format!("`{new}` can no longer be reached"), format!("`{name}` can be reached"));
            losses.add(Loss::new(CODE, words.0, words.1).asks(functions.clone()).at(from.clone(), to.clone()));
        }
    }
    let roles: BTreeSet<&str> = a.persons.iter().flat_map(|(_, p)| &p.roles).map(|r| r.value.as_str()).collect();
    for role in roles {
        let asked = b.roles.get(role).is_some_and(|r| r.on_call.is_some());
        if b.carriers(role).next().is_none() && !asked {
            let words = (format!("nobody carries role `{role}` any more"), format!("somebody carries role `{role}`"));
            let from = a.carriers(role).next().and_then(|name| a.persons.span(name));
            losses.add(Loss::new(CODE, words.0, words.1).at(from.map(|s| (a.source.clone(), s)), Some(head(&b.source))));
        }
    }
    for (name, role) in a.roles.iter().filter(|(_, r)| r.on_call.is_some()) {
        let now = b.roles.get(&name.value);
        if now.is_none_or(|r| r.on_call.is_none()) {
            let words = (format!("role `{name}` no longer asks whose turn it is"), format!("role `{name}` asks whose turn it is"));
            let to = now.map_or_else(|| head(&b.source), |r| (b.source.clone(), r.span));
            losses.add(Loss::new(CODE, words.0, words.1).at(Some((a.source.clone(), role.span)), Some(to)));
        }
    }
}

const fn is_reachable(contacts: &Contacts) -> bool {
    let Contacts { phone, email, pager, contact } = contacts;
    phone.is_some() || email.is_some() || pager.is_some() || contact.is_some()
}
