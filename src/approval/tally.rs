//! The count: distinct people matched to the functions of a gate.
//!
//! One person covers at most one function, and one who could cover two never blocks a third: the count looks for the
//! largest matching, not for the first that comes to hand.

use crate::plan::Gate;

/// What a gate asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Functions that must each be covered by a person of its own. A function written twice needs two people.
    pub functions: Vec<String>,
    /// The least number of distinct people. Those beyond the functions may be anybody of the roster.
    pub people: usize,
}

impl From<&Gate> for Requirement {
    fn from(gate: &Gate) -> Self {
        // Nobody at all is never enough, whatever a plan says.
        let people = usize::from(gate.people).max(gate.functions.len()).max(1);
        Self { functions: gate.functions.clone(), people }
    }
}

impl Requirement {
    /// Whether somebody with these functions has a say: because of a function, or because the gate asks for more people
    /// than it names functions.
    #[must_use]
    pub fn entitles(&self, functions: &[String]) -> bool {
        self.people > self.functions.len() || functions.iter().any(|f| self.functions.contains(f))
    }
}

/// A vote that was accepted, as far as the count is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Who.
    pub person: String,
    /// What they may decide as, by the roster of the run.
    pub functions: Vec<String>,
    /// Yes or no.
    pub yes: bool,
    /// The key that signed it, in its one form; none where votes are not signed. One key is one person, whatever names
    /// stand beside it.
    pub key: Option<String>,
}

/// What the votes amount to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tally {
    /// Not complete.
    Missing {
        /// Functions that nobody covers yet.
        functions: Vec<String>,
        /// How many distinct people are still needed, those for the functions among them.
        people: usize,
    },
    /// Complete: each function with the person who covers it, then those who make up the number.
    Granted {
        /// Function and person, in the order of the requirement.
        covered: Vec<(String, String)>,
        /// Further people.
        also: Vec<String>,
    },
    /// Somebody entitled said no.
    Denied {
        /// Who, the first of them.
        by: String,
    },
}

/// Counts the votes of distinct people who are entitled and not excluded. Whoever voted twice counts once; a no counts
/// whenever it was said, because somebody who takes back a yes must be heard.
#[must_use]
pub fn tally(requirement: &Requirement, votes: &[Counted], excluded: &[&str]) -> Tally {
    let entitled = |v: &&Counted| !excluded.contains(&v.person.as_str()) && requirement.entitles(&v.functions);
    if let Some(no) = votes.iter().filter(entitled).find(|v| !v.yes) {
        return Tally::Denied { by: no.person.clone() };
    }
    let mut people: Vec<&Counted> = Vec::new();
    for vote in votes.iter().filter(entitled) {
        let same = |p: &&&Counted| p.person == vote.person || (p.key.is_some() && p.key == vote.key);
        if !people.iter().any(|p| same(&p)) {
            people.push(vote);
        }
    }
    let cover = matching(&requirement.functions, &people);
    let uncovered: Vec<String> = requirement
        .functions
        .iter()
        .zip(&cover)
        .filter(|(_, person)| person.is_none())
        .map(|(function, _)| function.clone())
        .collect();
    if uncovered.is_empty() && people.len() >= requirement.people {
        let covered = requirement
            .functions
            .iter()
            .zip(&cover)
            .filter_map(|(f, p)| Some((f.clone(), people.get((*p)?)?.person.clone())))
            .collect();
        let also = people
            .iter()
            .enumerate()
            .filter(|(i, _)| !cover.contains(&Some(*i)))
            .map(|(_, p)| p.person.clone())
            .collect();
        return Tally::Granted { covered, also };
    }
    let people = requirement.people.saturating_sub(people.len()).max(uncovered.len());
    Tally::Missing { functions: uncovered, people }
}

/// A largest matching of functions to people by augmenting paths: for each function the index of who covers it.
fn matching(functions: &[String], people: &[&Counted]) -> Vec<Option<usize>> {
    let mut cover: Vec<Option<usize>> = vec![None; functions.len()];
    for function in 0..functions.len() {
        let mut tried = vec![false; people.len()];
        augment(function, functions, people, &mut tried, &mut cover);
    }
    cover
}

/// Finds somebody for `function`, moving those who can cover another one. Depth is bounded by the number of functions.
fn augment(
    function: usize,
    functions: &[String],
    people: &[&Counted],
    tried: &mut [bool],
    cover: &mut [Option<usize>],
) -> bool {
    let Some(wanted) = functions.get(function) else { return false };
    for (i, person) in people.iter().enumerate() {
        if !person.functions.contains(wanted) || std::mem::replace(&mut tried[i], true) {
            continue;
        }
        let held = cover.iter().position(|c| *c == Some(i));
        let free = held.is_none_or(|other| augment(other, functions, people, tried, cover));
        if free {
            cover[function] = Some(i);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn yes(person: &str, functions: &[&str]) -> Counted {
        Counted {
            person: person.into(),
            functions: functions.iter().map(|f| (*f).into()).collect(),
            yes: true,
            key: None,
        }
    }

    fn no(person: &str, functions: &[&str]) -> Counted {
        Counted { yes: false, ..yes(person, functions) }
    }

    fn need(functions: &[&str], people: usize) -> Requirement {
        Requirement { functions: functions.iter().map(|f| (*f).into()).collect(), people }
    }

    #[test]
    fn one_who_fits_two_functions_never_blocks_a_third() {
        let need = need(&["product", "business"], 2);
        // Grace alone covers one of them, whichever.
        assert!(matches!(
            tally(&need, &[yes("grace", &["product", "business"])], &[]),
            Tally::Missing { people: 1, .. }
        ));
        // Whoever comes second, and in whichever order, the two together are enough.
        for votes in [
            [yes("grace", &["product", "business"]), yes("ada", &["product"])],
            [yes("ada", &["product"]), yes("grace", &["product", "business"])],
        ] {
            let covered = vec![("product".into(), "ada".into()), ("business".into(), "grace".into())];
            assert_eq!(tally(&need, &votes, &[]), Tally::Granted { covered, also: vec![] });
        }
    }

    #[test]
    fn the_same_person_twice_is_one_person() {
        let votes = [yes("lena", &["legal"]), yes("lena", &["legal"])];
        assert_eq!(tally(&need(&["legal"], 2), &votes, &[]), Tally::Missing { functions: vec![], people: 1 });
        // A function written twice needs two people.
        assert!(matches!(tally(&need(&["legal", "legal"], 2), &votes, &[]), Tally::Missing { people: 1, .. }));
    }

    #[test]
    fn a_no_by_somebody_entitled_denies_and_any_other_no_does_not() {
        let need = need(&["legal"], 1);
        let votes = [yes("lena", &["legal"]), no("lars", &["legal"])];
        assert_eq!(tally(&need, &votes, &[]), Tally::Denied { by: "lars".into() });
        let votes = [yes("lena", &["legal"]), no("olga", &["operations"])];
        assert!(matches!(tally(&need, &votes, &[]), Tally::Granted { .. }));
        // Somebody who takes back a yes is heard.
        let votes = [yes("lena", &["legal"]), no("lena", &["legal"])];
        assert_eq!(tally(&need, &votes, &[]), Tally::Denied { by: "lena".into() });
        // The excluded have no voice, neither way.
        assert!(matches!(tally(&need, &[no("lena", &["legal"])], &["lena"]), Tally::Missing { .. }));
        assert!(matches!(tally(&need, &[yes("lena", &["legal"])], &["lena"]), Tally::Missing { .. }));
    }

    #[test]
    fn a_gate_without_functions_takes_anybody_of_the_roster_and_never_nobody() {
        assert!(matches!(tally(&need(&[], 1), &[yes("sam", &["risk"])], &[]), Tally::Granted { .. }));
        let gate = Gate {
            id: "x".into(),
            functions: vec![],
            people: 0,
            not: vec![],
            within: crate::text::time::Millis(1),
            on_timeout: crate::plan::Fallback::Cancel,
            touch: crate::plan::Touch::None,
            review: None,
        };
        assert_eq!(tally(&Requirement::from(&gate), &[], &[]), Tally::Missing { functions: vec![], people: 1 });
    }

    /// Whether distinct people can be given to all functions, by trying every way.
    fn brute(functions: &[String], people: &[&Counted], used: &mut Vec<usize>) -> bool {
        let Some((first, rest)) = functions.split_first() else { return true };
        for (i, p) in people.iter().enumerate() {
            if p.functions.contains(first) && !used.contains(&i) {
                used.push(i);
                let fits = brute(rest, people, used);
                used.pop();
                if fits {
                    return true;
                }
            }
        }
        false
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn one_key_is_one_person_under_whatever_names(
            votes in prop::collection::vec((0usize..5, 0usize..3), 0..8),
            people in 1usize..4,
        ) {
            let who = ["ada", "grace", "lena", "sam", "carl"];
            let votes: Vec<Counted> = votes
                .iter()
                .map(|(p, k)| Counted { key: Some(format!("key {k}")), ..yes(who[*p], &["legal"]) })
                .collect();
            let mut keys: Vec<_> = votes.iter().map(|v| v.key.clone()).collect();
            keys.sort();
            keys.dedup();
            let mut names: Vec<_> = votes.iter().map(|v| v.person.clone()).collect();
            names.sort();
            names.dedup();
            match tally(&need(&["legal"], people), &votes, &[]) {
                Tally::Granted { covered, also } => {
                    prop_assert!(covered.len() + also.len() <= keys.len().min(names.len()));
                    prop_assert!(covered.len() + also.len() >= people);
                }
                Tally::Missing { .. } => prop_assert!(keys.len().min(names.len()) < people || people > 1),
                Tally::Denied { .. } => prop_assert!(false, "nobody said no"),
            }
        }

        #[test]
        fn granted_exactly_where_distinct_people_cover_everything(
            functions in prop::collection::vec(0usize..4, 0..4),
            people in 0usize..5,
            votes in prop::collection::vec((0usize..5, prop::collection::vec(0usize..4, 0..4), prop::bool::weighted(0.9)), 0..7),
            excluded in prop::collection::vec(0usize..5, 0..2),
        ) {
            let names = ["legal", "product", "risk", "engineering"];
            let who = ["ada", "grace", "lena", "sam", "carl"];
            let need = Requirement {
                functions: functions.iter().map(|f| names[*f].to_owned()).collect(),
                people: people.max(functions.len()).max(1),
            };
            // One roster: a person's functions are the same in each of their votes.
            let mut votes: Vec<Counted> = votes
                .iter()
                .map(|(p, f, y)| Counted {
                    person: who[*p].into(), functions: f.iter().map(|f| names[*f].to_owned()).collect(), yes: *y, key: None })
                .collect();
            for i in 0..votes.len() {
                if let Some(first) = votes[..i].iter().find(|v| v.person == votes[i].person) {
                    votes[i].functions = first.functions.clone();
                }
            }
            let out: Vec<&str> = excluded.iter().map(|e| who[*e]).collect();

            let mut distinct: Vec<&Counted> = Vec::new();
            let mut denied = false;
            for v in &votes {
                if out.contains(&v.person.as_str()) || !need.entitles(&v.functions) {
                    continue;
                }
                denied |= !v.yes;
                if v.yes && distinct.iter().all(|d| d.person != v.person) {
                    distinct.push(v);
                }
            }
            let enough = brute(&need.functions, &distinct, &mut Vec::new()) && distinct.len() >= need.people;
            match tally(&need, &votes, &out) {
                Tally::Denied { .. } => prop_assert!(denied),
                Tally::Granted { covered, also } => {
                    prop_assert!(!denied && enough);
                    let mut names: Vec<&String> = covered.iter().map(|(_, p)| p).chain(&also).collect();
                    prop_assert!(names.len() >= need.people);
                    names.sort();
                    names.dedup();
                    prop_assert_eq!(names.len(), covered.len() + also.len(), "a person counted twice");
                    for (function, person) in &covered {
                        let vote = distinct.iter().find(|v| v.person == *person);
                        prop_assert!(vote.is_some_and(|v| v.functions.contains(function)));
                    }
                }
                Tally::Missing { people, functions } => {
                    prop_assert!(!denied && !enough);
                    prop_assert!(people >= 1 && people >= functions.len());
                }
            }
        }
    }
}
