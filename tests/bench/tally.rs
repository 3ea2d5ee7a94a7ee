//! The count of votes against every way of trying: as many random rosters, votes, duplicates, clocks and orders as asked.
//!
//! usage: cargo run --release --example tally [CASES] [SEED]
//!
//! A million cases of the bare count unless said, and a fortieth as many with everything that a vote is held against: keys,
//! revocations, deadlines, skewed clocks, changed texts. They are the functions that a live run asks. A grant without distinct people for all functions,
//! a refusal where there are such people, or another answer to the same votes in another order ends it with the seed of
//! the case.

#[path = "tally_signed.rs"]
mod signed;

use std::collections::BTreeSet;

use aigov::approval::{Counted, Requirement, Tally, tally};
use aigov::plan::Person;
use aigov::text::time::Instant;

const FUNCTIONS: [&str; 4] = ["legal", "product", "risk", "engineering"];
const PEOPLE: [&str; 6] = ["ada", "grace", "lena", "sam", "carl", "olga"];

/// Splitmix64: the same cases on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % (n as u64)).unwrap_or_default()
    }

    fn some<T: Clone>(&mut self, all: &[T], most: usize) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| all[self.below(all.len())].clone()).collect()
    }

    fn shuffled<T: Clone>(&mut self, all: &[T]) -> Vec<T> {
        let mut out = all.to_vec();
        for i in (1..out.len()).rev() {
            out.swap(i, self.below(i + 1));
        }
        out
    }
}

/// A person as a roster has them, with days on which their votes count, and how many keys they hold.
fn roster(random: &mut Random) -> Vec<Person> {
    let day = |random: &mut Random| Instant(i64::try_from(random.below(10)).unwrap_or_default());
    let mut all = Vec::new();
    for name in PEOPLE {
        let functions: BTreeSet<&str> = random.some(&FUNCTIONS, 3).into_iter().collect();
        all.push(Person {
            name: name.to_owned(),
            functions: functions.into_iter().map(str::to_owned).collect(),
            from: (random.below(3) == 0).then(|| day(random)),
            until: (random.below(3) == 0).then(|| day(random)),
            keys: Vec::new(),
        });
    }
    all
}

/// Whether distinct people with distinct keys can be chosen, `need` of them and among them one for each function, by trying
/// every way: of each person one of their keys, or nobody.
fn possible(
    need: &Requirement,
    voters: &[(&Person, Vec<String>)],
    taken: &mut Vec<(usize, String)>,
    from: usize,
) -> bool {
    if taken.len() >= need.people {
        let people: Vec<&Person> = taken.iter().map(|(i, _)| voters[*i].0).collect();
        if covered(&need.functions, &people, &mut Vec::new()) {
            return true;
        }
    }
    (from..voters.len()).any(|i| {
        voters[i].1.iter().any(|key| {
            if taken.iter().any(|(_, k)| k == key) {
                return false;
            }
            taken.push((i, key.clone()));
            let fits = possible(need, voters, taken, i + 1);
            taken.pop();
            fits
        })
    })
}

fn covered(functions: &[String], people: &[&Person], used: &mut Vec<usize>) -> bool {
    let Some((first, rest)) = functions.split_first() else { return true };
    people.iter().enumerate().any(|(i, p)| {
        if used.contains(&i) || !p.functions.contains(first) {
            return false;
        }
        used.push(i);
        let fits = covered(rest, people, used);
        used.pop();
        fits
    })
}

/// One case; what is wrong with it, if anything.
fn case(seed: u64) -> Result<&'static str, String> {
    let mut random = Random(seed);
    let people = roster(&mut random);
    let now = Instant(i64::try_from(random.below(10)).unwrap_or_default());
    let functions: Vec<String> = random.some(&FUNCTIONS, 3).into_iter().map(str::to_owned).collect();
    let least = functions.len().max(1);
    let need = Requirement { people: least + random.below(3), functions };
    let excluded: Vec<&str> = random.some(&PEOPLE, 1);
    // Each has a key of their own; now and then it is another's, too. A vote may come twice.
    let votes: Vec<Counted> = (0..random.below(9))
        .map(|_| {
            let who = random.below(people.len());
            let key = if random.below(12) == 0 { random.below(people.len()) } else { who };
            (who, key, random.below(12) != 0)
        })
        .filter(|(who, ..)| people[*who].serves(now))
        .map(|(who, key, yes)| Counted {
            person: people[who].name.clone(),
            functions: people[who].functions.clone(),
            yes,
            key: Some(format!("key {key}")),
        })
        .collect();

    let heard = |v: &&Counted| !excluded.contains(&v.person.as_str()) && need.entitles(&v.functions);
    let denied = votes.iter().filter(heard).any(|v| !v.yes);
    let mut voters: Vec<(&Person, Vec<String>)> = Vec::new();
    for vote in votes.iter().filter(heard).filter(|v| v.yes) {
        let (Some(person), Some(key)) = (people.iter().find(|p| p.name == vote.person), &vote.key) else { continue };
        match voters.iter_mut().find(|(p, _)| p.name == person.name) {
            Some((_, keys)) => keys.push(key.clone()),
            None => voters.push((person, vec![key.clone()])),
        }
    }
    let enough = possible(&need, &voters, &mut Vec::new(), 0);
    let shared = |k: &str| voters.iter().filter(|(_, keys)| keys.iter().any(|x| x == k)).count() > 1;
    let doubt = voters.iter().any(|(_, keys)| keys.iter().any(|k| shared(k)));

    let mut first = None;
    for order in 0..3 {
        let votes = if order == 0 { votes.clone() } else { random.shuffled(&votes) };
        let said = tally(&need, &votes, &excluded);
        let word = match &said {
            Tally::Denied { .. } => "denied",
            Tally::Granted { .. } => "granted",
            Tally::Missing { .. } => "missing",
        };
        match &said {
            Tally::Denied { .. } if !denied => return Err(format!("denied by nobody: {votes:?}")),
            Tally::Granted { .. } if denied || !enough => {
                return Err(format!("{need:?} granted without people for it: {votes:?}"));
            }
            // A key under two names counts for one of them; which one is not searched for, and nobody gains by that.
            Tally::Missing { .. } if denied || (enough && !doubt) => {
                return Err(format!("{need:?} refused where there are people for it: {votes:?}"));
            }
            _ => {}
        }
        if !doubt && *first.get_or_insert(word) != word {
            return Err(format!("another order, another answer: {votes:?}"));
        }
    }
    Ok(first.unwrap_or("in doubt"))
}

#[expect(clippy::print_stdout, reason = "a bench reports")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let cases: u64 = arguments.next().map_or(Ok(1_000_000), |n| n.parse())?;
    let seed: u64 = arguments.next().map_or(Ok(1), |n| n.parse())?;
    let mut words: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
    for n in 0..cases {
        let of = seed.wrapping_mul(1_000_003).wrapping_add(n);
        let word = case(of).map_err(|says| format!("case {of}: {says}"))?;
        *words.entry(word).or_default() += 1;
    }
    println!("{cases} cases, none wrong: {words:?}");
    seen(&words, cases)?;
    let whole = cases.div_ceil(40);
    let base = signed::Base::new()?;
    words.clear();
    for n in 0..whole {
        let of = seed.wrapping_mul(1_000_003).wrapping_add(n);
        let word = signed::case(of, &base).map_err(|says| format!("whole case {of}: {says}"))?;
        *words.entry(word).or_default() += 1;
    }
    println!("{whole} whole cases, none wrong: {words:?}");
    seen(&words, whole)
}

/// A check that never sees a grant, a refusal or a denial would hold whatever the count did.
fn seen(words: &std::collections::BTreeMap<&str, u64>, cases: u64) -> Result<(), Box<dyn std::error::Error>> {
    for word in ["granted", "missing", "denied"] {
        if words.get(word).copied().unwrap_or_default() < cases / 100 {
            return Err(format!("too few of {cases} cases were {word}").into());
        }
    }
    Ok(())
}
