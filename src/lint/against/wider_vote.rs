//! Somebody who may vote and might not.

use jiff::civil::Date;

use crate::diag::{Code, Severity};
use crate::lint::against::{Compare, Loss, Losses, Place, Sides, head, is_one_key, persons};
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::people::{Key, Person};
use crate::text::safe;
use crate::text::suggest;

const CODE: Code = Code { name: "wider-vote", summary: "A change after which somebody may vote who might not." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Compare(Compare::Workspace(check))],
    explanation: Explanation {
        what: "Held against an earlier revision, `people.toml` has a person, a function of a person, a key or an \
               authority that signs keys more, or somebody's votes or keys count from an earlier or to a later day. A warning, because \
               no gate asks for less than before, and a team that grows is no weakening; `--deny warnings` stops the change \
               as well, which is for workspaces whose roster must not move in a pull request.",
        why: "Whoever can add a key to `people.toml` can approve everything that this person may approve. A new colleague \
              is the usual cause, and the same line would be an attacker's.",
        bad: "[persons.lena]\nfunctions = [\"legal\"]\nkeys = [\"ssh-ed25519 AAAA… lena\", \"ssh-ed25519 AAAA… laptop\"]     # the \
              second is new",
        good: "[persons.lena]\nfunctions = [\"legal\"]\nkeys = [\"ssh-ed25519 AAAA… lena\"]",
        fix: "Ask the person, not over the channel by which the change came, whether the key is theirs. Then let \
              somebody of each function that loses by it read the change and sign that, who did not make it: \
              `aigov review --against REV`. No exception answers for it.",
    },
};

fn check(sides: &Sides<'_>, losses: &mut Losses) {
    let (Some(a), Some(b)) = (&sides.from.people, &sides.to.people) else { return };
    if a.source == b.source || !sides.is_read(&a.source.name) {
        return;
    }
    for authority in b.authorities.iter().filter(|x| !a.authorities.iter().any(|y| y.value == x.value)) {
        let words = ("another authority may sign people's keys", "an authority may no longer sign people's keys");
        let to = Some((b.source.clone(), authority.span));
        losses.add(Loss::new(CODE, words.0, words.1).at(Some(head(&a.source)), to).warning());
    }
    // What is lost is that somebody could not: it is looked for in whom the second has.
    let known = persons(b, a);
    for (name, person) in b.persons.iter() {
        let to: Place = (b.source.clone(), name.span.to(person.span));
        let had = known.iter().find(|(x, _)| x.value == name.value).and_then(|(_, y)| *y);
        let Some((was, had)) = had else {
            let functions: Vec<&str> = person.functions.iter().map(|f| f.value.as_str()).collect();
            if !functions.is_empty() {
                let asked = functions.clone();
                let functions = suggest::all(functions);
                let words = (format!("`{name}` may vote as {functions}"), format!("`{name}` may no longer vote"));
                losses.add(Loss::new(CODE, words.0, words.1).asks(asked).at(Some(head(&a.source)), Some(to)).warning());
            }
            continue;
        };
        let from: Place = (a.source.clone(), was.span.to(had.span));
        let functions: Vec<&str> = had.functions.iter().map(|f| f.value.as_str()).collect();
        let mut add_for = |functions: &[&str], lost: String, gained: String| {
            let loss = Loss::new(CODE, lost, gained).asks(functions.iter().copied());
            losses.add(loss.at(Some(from.clone()), Some(to.clone())).warning());
        };
        for function in person.functions.iter().filter(|f| !had.functions.iter().any(|h| h.value == f.value)) {
            let words = (format!("`{name}` may vote as `{function}` too"), format!("`{was}` may no longer vote as `{function}`"));
            add_for(&[function.value.as_str()], words.0, words.1);
        }
        let mut add = |lost: String, gained: String| add_for(&functions, lost, gained);
        for key in &person.keys {
            let Some(old) = had.keys.iter().find(|h| is_one_key(h, key)) else {
                let shown = shown(key);
                add(format!("`{name}` may sign with another key: {shown}"), format!("`{was}` may no longer sign with {shown}"));
                continue;
            };
            let shown = shown(key);
            if old.hardware && !key.hardware {
                add(format!("{shown} of `{name}` needs no touch any more"), format!("{shown} of `{was}` needs a touch"));
            }
            let from = |k: &Key| k.from.as_ref().map(|f| f.value);
            let revoked = |k: &Key| k.revoked.as_ref().map(|r| r.value);
            // A key without a day counts always, and is revoked never.
            if from(key) < from(old) {
                add(format!("{shown} of `{name}` counts from an earlier time"), format!("{shown} of `{was}` counts from a later time"));
            }
            let later = revoked(old).is_some_and(|then| revoked(key).is_none_or(|now| now > then));
            if later {
                add(format!("{shown} of `{name}` is no longer revoked, or later"), format!("{shown} of `{was}` is revoked, or earlier"));
            }
        }
        let from_day = |p: &Person| p.from.as_ref().map(|d| d.value);
        let until = |p: &Person| p.until.as_ref().map(|d| d.value);
        let (x, y) = (from_day(had), from_day(person));
        if y.unwrap_or(Date::MIN) < x.unwrap_or(Date::MIN) {
            let says = |from: Option<Date>, to: Option<Date>| format!("votes of `{name}` count from {} → {}", day(from, "ever"), day(to, "ever"));
            add(says(x, y), says(y, x));
        }
        let (x, y) = (until(had), until(person));
        if y.unwrap_or(Date::MAX) > x.unwrap_or(Date::MAX) {
            let says = |from: Option<Date>, to: Option<Date>| format!("votes of `{name}` count until {} → {}", day(from, "ever"), day(to, "ever"));
            add(says(x, y), says(y, x));
        }
    }
}

fn day(day: Option<Date>, otherwise: &str) -> String {
    day.map_or_else(|| otherwise.to_owned(), |d| d.to_string())
}

/// As much of a key as tells it from others: its type, its end and its comment.
fn shown(key: &Key) -> String {
    let mut words = key.line.value.split_whitespace();
    let kind = words.next().unwrap_or("");
    let end: Vec<char> = words.next().unwrap_or("").chars().rev().take(8).collect();
    let end: String = end.into_iter().rev().collect();
    safe::excerpt(format!("`{kind} …{end} {}", words.collect::<Vec<_>>().join(" ")).trim_end(), 80) + "`"
}
