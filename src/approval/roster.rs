//! Several rosters held against each other: what counts is what none of them takes away.
//!
//! Owns that reading alone, so that a key which is revoked in one place is not brought back by another. Must not know where
//! rosters come from.

use crate::plan::{Key, Person};
use crate::text::time::Instant;

/// The strictest reading of several rosters: who stands in all of them, as what all of them say, with the keys that all of
/// them have. A key that one of them gives to somebody else is nobody's. None of a list of none.
#[must_use]
pub fn strictest(rosters: &[Vec<Person>]) -> Vec<Person> {
    let Some((first, others)) = rosters.split_first() else { return Vec::new() };
    first
        .iter()
        .filter_map(|person| others.iter().try_fold(person.clone(), |so_far, other| both(so_far, other)))
        .collect()
}

/// A person as another roster lets them be; none where they do not stand in it.
fn both(mut person: Person, other: &[Person]) -> Option<Person> {
    let there = other.iter().find(|p| p.name == person.name)?;
    let owned = |key: &Key| other.iter().any(|p| p.name != person.name && p.keys.iter().any(|k| k.key == key.key));
    let keys = person.keys.iter().filter(|key| !owned(key)).filter_map(|key| {
        let same = there.keys.iter().find(|k| k.key == key.key)?;
        Some(Key {
            key: key.key.clone(),
            from: later(key.from, same.from),
            revoked: earlier(key.revoked, same.revoked),
            hardware: key.hardware || same.hardware,
        })
    });
    let keys = keys.collect();
    person.functions.retain(|f| there.functions.contains(f));
    Some(Person { from: later(person.from, there.from), until: earlier(person.until, there.until), keys, ..person })
}

/// Of two beginnings the later one; none is before all.
fn later(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    a.max(b)
}

/// Of two ends the earlier one; none is after all.
fn earlier(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, None) | (None, one) => one,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(key: &str) -> Key {
        Key { key: key.into(), from: None, revoked: None, hardware: false }
    }

    fn person(name: &str, functions: &[&str], keys: Vec<Key>) -> Person {
        let functions = functions.iter().map(|f| (*f).to_owned()).collect();
        Person { name: name.into(), functions, from: None, until: None, keys }
    }

    /// What it shows, the rosters, and what counts.
    type Case = (&'static str, Vec<Vec<Person>>, Vec<Person>);

    #[test]
    fn what_one_roster_takes_away_no_other_gives_back() {
        let lena = |functions: &[&str], keys: Vec<Key>| vec![person("lena", functions, keys)];
        let full = || lena(&["legal", "risk"], vec![key("k1"), key("k2")]);
        let at = |n| Some(Instant(n));
        let revoked = Key { revoked: at(5), ..key("k1") };
        let later_revoked = Key { revoked: at(9), ..key("k1") };
        let young = Key { from: at(7), hardware: true, ..key("k1") };
        let cases: [Case; 11] = [
            ("none", vec![], vec![]),
            ("one alone", vec![full()], full()),
            ("the same twice", vec![full(), full()], full()),
            ("a person taken out", vec![full(), vec![]], vec![]),
            ("a person put in", vec![vec![], full()], vec![]),
            ("a function added", vec![lena(&["legal"], vec![key("k1")]), full()], lena(&["legal"], vec![key("k1")])),
            ("a key taken out", vec![full(), lena(&["legal", "risk"], vec![key("k2")])], {
                lena(&["legal", "risk"], vec![key("k2")])
            }),
            (
                "revoked in the second alone",
                vec![full(), lena(&["legal"], vec![revoked.clone()])],
                lena(&["legal"], vec![revoked.clone()]),
            ),
            (
                "revoked in both: the earlier",
                vec![lena(&["legal"], vec![later_revoked.clone()]), lena(&["legal"], vec![revoked.clone()])],
                lena(&["legal"], vec![revoked.clone()]),
            ),
            (
                "younger, and in hardware, in one of three",
                vec![full(), full(), lena(&["legal"], vec![young.clone()])],
                lena(&["legal"], vec![young]),
            ),
            (
                "another has the same key in one",
                vec![full(), [full(), vec![person("mallory", &["legal"], vec![key("k1")])]].concat()],
                lena(&["legal", "risk"], vec![key("k2")]),
            ),
        ];
        for (what, rosters, wanted) in cases {
            assert_eq!(strictest(&rosters), wanted, "{what}");
            let backwards: Vec<Vec<Person>> = rosters.iter().rev().cloned().collect();
            let names = |of: &[Person]| of.iter().map(|p| (p.name.clone(), p.keys.len())).collect::<Vec<_>>();
            if rosters.len() < 3 && what != "another has the same key in one" {
                assert_eq!(names(&strictest(&backwards)), names(&wanted), "{what}, the other way round");
            }
        }
        let away = |until| vec![Person { from: at(1), until: at(until), ..person("lena", &["legal"], vec![]) }];
        assert_eq!(strictest(&[away(9), away(4), lena(&["legal"], vec![])]), away(4));
    }
}
