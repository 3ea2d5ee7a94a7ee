//! What the decision matrix can and can not propose, decided and not sampled.
//!
//! Two values of one region can't be told apart by any row, so there are finitely many cases. They are not listed one by
//! one: a fact is given a region only where the answer still depends on it. Owns the search. Must not propose anything for
//! a run.

use std::collections::BTreeMap;

use super::compile;
use super::matrix::{Kleene, Test, UNKNOWN};
use super::{Fact, FactIx, FactKind, FactValue};
use crate::model::runbook::{FactKind as Written, Runbook};

/// Facts and conditions of a runbook, in the order written.
#[derive(Clone, Debug)]
pub struct Matrix {
    facts: Vec<Fact>,
    /// Of each row; none for a row without a condition.
    tests: Vec<Option<Test>>,
}

/// An answer to every fact that matters: the number of its region, or [`UNKNOWN`] where any answer would do.
pub type Case = Vec<u8>;

/// What a question about the matrix comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decided {
    /// There is such a case; this is one.
    Case(Case),
    /// There is none.
    Never,
    /// It takes too long to tell.
    TooTangled,
}

/// Two cases that differ in one answer alone, of which the one with more of it gets the milder row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Milder {
    /// The fact, by its place in the runbook.
    pub fact: usize,
    /// The case with less of it.
    pub less: Case,
    /// The row of that.
    pub row: usize,
    /// The case with more of it.
    pub more: Case,
    /// The row of that, which is further down.
    pub after: usize,
    /// Whether more of the fact leads further up in some other case.
    pub raises: bool,
}

/// Cases that are looked at before a question is given up.
const MOST: u32 = 50_000;

impl Matrix {
    /// The matrix of a runbook; none where some of it could not be read, which was reported.
    #[must_use]
    pub fn of(runbook: &Runbook) -> Option<Self> {
        let mut facts = Vec::new();
        for fact in &runbook.facts {
            let kind = match fact.kind.as_ref()?.value {
                Written::YesNo => FactKind::YesNo,
                Written::Count => FactKind::Count,
                Written::Percent => FactKind::Percent,
                Written::Level => FactKind::Level(fact.levels.iter().map(|l| l.value.clone()).collect()),
            };
            facts.push(Fact { id: fact.id.value.clone(), ask: None, signal: None, kind, regions: Vec::new() });
        }
        let place = |name: &str| facts.iter().position(|f| f.id == name).and_then(index);
        let mut tests = Vec::new();
        for row in &runbook.severities {
            tests.push(match &row.when {
                None => None,
                Some(when) => Some(compile::test(when.expr.as_ref()?, &place)?),
            });
        }
        let ids: Vec<FactIx> = (0..facts.len()).filter_map(index).collect();
        for (fact, ix) in facts.iter_mut().zip(ids) {
            fact.regions = compile::regions(&fact.kind, ix, tests.iter().flatten());
        }
        Some(Self { facts, tests })
    }

    /// From facts, their regions cut, and the condition of each row.
    pub(super) const fn new(facts: Vec<Fact>, tests: Vec<Option<Test>>) -> Self {
        Self { facts, tests }
    }

    /// The condition of each row.
    pub(super) fn tests(&self) -> &[Option<Test>] {
        &self.tests
    }

    /// Whether known answers make the condition of a row true. A row without one is true for any.
    #[must_use]
    pub fn holds(&self, row: usize) -> Decided {
        let wanted = self.tests.get(row).into_iter().flatten().map(|t| (t, true)).collect();
        self.search(wanted)
    }

    /// Whether known answers lead to a row, past all rows before it.
    #[must_use]
    pub fn reaches(&self, row: usize) -> Decided {
        if self.tests.iter().take(row).any(Option::is_none) {
            return Decided::Never;
        }
        let before = self.tests.iter().take(row).flatten().map(|t| (t, false));
        self.search(before.chain(self.tests.get(row).into_iter().flatten().map(|t| (t, true))).collect())
    }

    /// Whether some known answers lead to no row at all.
    #[must_use]
    pub fn uncovered(&self) -> Decided {
        self.reaches(self.tests.len())
    }

    /// For a row that is never reached: the first row before it that takes one of its cases, and that case.
    #[must_use]
    pub fn shadow(&self, row: usize) -> Option<(usize, Case)> {
        let own = self.tests.get(row)?;
        (0..row).find_map(|before| {
            let wanted = own.iter().chain(self.tests.get(before)?).map(|t| (t, true)).collect();
            match self.search(wanted) {
                Decided::Case(case) => Some((before, case)),
                Decided::Never | Decided::TooTangled => None,
            }
        })
    }

    /// The first row whose condition a case makes true.
    #[must_use]
    pub fn row_of(&self, case: &Case) -> Option<usize> {
        self.tests.iter().position(|t| t.as_ref().is_none_or(|t| self.value(t, case) == Kleene::True))
    }

    /// Whether some condition reads a fact.
    #[must_use]
    pub fn reads(&self, fact: usize) -> bool {
        index(fact).is_some_and(|fact| self.tests.iter().flatten().any(|t| reads(t, fact)))
    }

    /// For each fact that some condition reads, the first pair of cases that differ in its answer alone, of which the one with
    /// more gets a row further down; and whether more of it gets a row further up elsewhere. None where there are too many
    /// cases to look at each.
    #[must_use]
    pub fn milder_for_more(&self) -> Option<Vec<Milder>> {
        let read: Vec<usize> = (0..self.facts.len()).filter(|f| self.reads(*f)).collect();
        // The regions of each fact, least first.
        let order: Vec<Vec<u8>> = read.iter().map(|f| self.rising(*f)).collect::<Option<_>>()?;
        let all = order.iter().try_fold(1_u32, |n, of| n.checked_mul(u32::try_from(of.len()).ok()?))?;
        if all > MOST {
            return None;
        }
        let mut rows = BTreeMap::new();
        for number in 0..all {
            let mut rest = number;
            let mut case = vec![UNKNOWN; self.facts.len()];
            for (fact, of) in read.iter().zip(&order) {
                let n = u32::try_from(of.len()).ok()?;
                *case.get_mut(*fact)? = *of.get(usize::try_from(rest % n).ok()?)?;
                rest /= n;
            }
            let row = self.row_of(&case).unwrap_or(self.tests.len());
            rows.insert(case, row);
        }
        let mut out = Vec::new();
        for (fact, of) in read.iter().zip(&order) {
            let (mut milder, mut raises) = (None, false);
            for (case, row) in &rows {
                let at = of.iter().position(|region| case.get(*fact) == Some(region));
                let Some(next) = at.and_then(|at| of.get(at + 1)) else { continue };
                let mut more = case.clone();
                *more.get_mut(*fact)? = *next;
                let after = *rows.get(&more)?;
                raises |= after < *row;
                if after > *row && milder.is_none() {
                    milder = Some((case.clone(), *row, more, after));
                }
            }
            if let Some((less, row, more, after)) = milder {
                out.push(Milder { fact: *fact, less, row, more, after, raises });
            }
        }
        Some(out)
    }

    /// The regions of a fact, least first; none where they are too many to be numbered.
    fn rising(&self, fact: usize) -> Option<Vec<u8>> {
        let regions = self.facts.get(fact).map_or(&[][..], |f| &f.regions);
        let mut all = Vec::new();
        for (place, region) in regions.iter().enumerate() {
            all.push((region.example.number(), u8::try_from(place).ok().filter(|p| *p != UNKNOWN)?));
        }
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        Some(all.into_iter().map(|(_, region)| region).collect())
    }

    /// A case in words: `harm` is yes, `exposed` is more than 1000.
    #[must_use]
    pub fn tell(&self, case: &Case) -> String {
        let said: Vec<String> = self
            .facts
            .iter()
            .zip(case)
            .filter_map(|(fact, region)| {
                Some(format!("`{}` is {}", fact.id, fact.regions.get(usize::from(*region))?.label))
            })
            .collect();
        match said.as_slice() {
            [] => "whatever is answered".to_owned(),
            said => said.join(", "),
        }
    }

    fn value(&self, test: &Test, case: &Case) -> Kleene {
        let known = |f: FactIx| -> Option<&FactValue> {
            let region = usize::from(*case.get(f.ix())?);
            self.facts.get(f.ix())?.regions.get(region).map(|r| &r.example)
        };
        test.value(&known)
    }

    /// A case in which each test comes to what is wanted.
    pub(super) fn search(&self, wanted: Vec<(&Test, bool)>) -> Decided {
        let mut search = Search { matrix: self, wanted, case: vec![UNKNOWN; self.facts.len()], looked: 0 };
        match search.from(0) {
            Some(true) => Decided::Case(search.case),
            Some(false) => Decided::Never,
            None => Decided::TooTangled,
        }
    }
}

struct Search<'m> {
    matrix: &'m Matrix,
    wanted: Vec<(&'m Test, bool)>,
    case: Case,
    looked: u32,
}

impl Search<'_> {
    /// Whether there is such a case with the facts before `fact` as they are; none when it takes too long. What there is
    /// stays in `case`.
    fn from(&mut self, fact: usize) -> Option<bool> {
        self.looked += 1;
        if self.looked > MOST {
            return None;
        }
        let mut open = false;
        for (test, wanted) in &self.wanted {
            match self.matrix.value(test, &self.case) {
                Kleene::Unknown => open = true,
                value => {
                    if (value == Kleene::True) != *wanted {
                        return Some(false);
                    }
                }
            }
        }
        if !open {
            return Some(true);
        }
        let regions = self.matrix.facts.get(fact)?.regions.len();
        let read = index(fact).is_some_and(|ix| self.wanted.iter().any(|(t, _)| reads(t, ix)));
        if !read {
            return self.from(fact + 1);
        }
        for region in (0..regions).filter_map(|r| u8::try_from(r).ok()) {
            self.case[fact] = region;
            if self.from(fact + 1)? {
                return Some(true);
            }
        }
        self.case[fact] = UNKNOWN;
        Some(false)
    }
}

fn index(fact: usize) -> Option<FactIx> {
    u16::try_from(fact).ok().map(FactIx)
}

fn reads(test: &Test, fact: FactIx) -> bool {
    match test {
        Test::Holds(f) | Test::Compare(f, ..) | Test::In(f, _) => *f == fact,
        Test::And(a, b) | Test::Or(a, b) => reads(a, fact) || reads(b, fact),
        Test::Not(a) => reads(a, fact),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::decode;
    use crate::text::source::Source;

    fn matrix(whens: &[&str]) -> Matrix {
        let facts = "[[fact]]\nid = \"harm\"\nask = \"?\"\nkind = \"yes-no\"\n\
                     [[fact]]\nid = \"n\"\nask = \"?\"\nkind = \"count\"\n\
                     [[fact]]\nid = \"how\"\nask = \"?\"\nkind = \"level\"\nlevels = [\"low\", \"mid\", \"high\"]\n";
        let rows: String = (1..)
            .zip(whens)
            .map(|(n, when)| match *when {
                "" => format!("[[severity]]\nlevel = \"sev{n}\"\n"),
                when => format!("[[severity]]\nlevel = \"sev{n}\"\nwhen = '{when}'\n"),
            })
            .collect();
        let runbook = decode::runbook(&Source::new("x", format!("{facts}{rows}")), "x").value;
        Matrix::of(&runbook).unwrap()
    }

    fn told(matrix: &Matrix, decided: &Decided) -> String {
        match decided {
            Decided::Case(case) => matrix.tell(case),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn what_rows_can_and_can_not_do() {
        let m = matrix(&["n > 1000", "harm && n > 10", "n > 2000", "harm && !harm", "how == \"high\"", ""]);
        let reached: Vec<String> = (0..6).map(|row| told(&m, &m.reaches(row))).collect();
        assert_eq!(
            reached,
            [
                "`n` is 1001 to 2000",
                "`harm` is yes, `n` is 11 to 1000",
                "Never",
                "Never",
                "`harm` is yes, `n` is 0 to 10, `how` is high",
                "`harm` is yes, `n` is 0 to 10, `how` is low to mid",
            ]
        );
        assert_eq!(told(&m, &m.holds(2)), "`n` is more than 2000");
        assert_eq!(m.holds(3), Decided::Never);
        let Decided::Case(case) = m.holds(2) else { panic!("there is one") };
        assert_eq!(m.row_of(&case), Some(0));
        assert_eq!(m.shadow(2).map(|(row, case)| (row, m.tell(&case))), Some((0, "`n` is more than 2000".to_owned())));
        assert_eq!(m.uncovered(), Decided::Never);
        assert!(m.reads(0) && m.reads(1) && m.reads(2));
    }

    #[test]
    fn a_case_without_a_row_is_found_and_a_whole_without_a_last_row_is_seen() {
        let m = matrix(&["harm", "n > 3"]);
        assert_eq!(told(&m, &m.uncovered()), "`harm` is no, `n` is 0 to 3");
        let m = matrix(&["harm || n >= 3", "n < 3"]);
        assert_eq!(m.uncovered(), Decided::Never);
        assert!(!m.reads(2));
    }

    #[test]
    fn more_of_a_fact_that_gets_a_milder_row_is_found_with_both_cases() {
        let found = |whens: &[&str]| -> Vec<(String, String, bool)> {
            let m = matrix(whens);
            let all = m.milder_for_more().unwrap();
            all.iter().map(|x| (m.tell(&x.less), m.tell(&x.more), x.raises)).collect()
        };
        let pair = |a: &str, b: &str, raises| vec![(a.to_owned(), b.to_owned(), raises)];
        assert_eq!(found(&["harm || n > 1000", "n > 0", ""]), []);
        assert_eq!(found(&["n < 1000", "n > 0", ""]), pair("`n` is 1 to 999", "`n` is more than 999", false));
        // The middle is graver than what lies above it.
        let middle = pair("`n` is 1 to 9", "`n` is more than 9", true);
        assert_eq!(found(&["n > 0 && n < 10", ""]), middle);
        // Whoever says that nobody was harmed lowers it: that is what the fact is for.
        assert_eq!(found(&["!harm", ""]), pair("`harm` is no", "`harm` is yes", false));
        let twice = pair("`harm` is no, `n` is more than 5", "`harm` is yes, `n` is more than 5", true);
        assert_eq!(found(&["harm && n < 6 || !harm && n > 5", ""])[..1], twice);
        assert_eq!(found(&["how == \"high\"", "how == \"mid\"", ""]), []);
        assert_eq!(found(&["how == \"low\"", ""]), pair("`how` is low", "`how` is mid to high", false));
    }

    /// Against every case, one by one.
    #[test]
    fn the_search_agrees_with_the_list_of_all_cases() {
        let whens = [
            "harm",
            "!harm",
            "n > 3",
            "n == 3 || harm",
            "n < 3 && !harm",
            "how == \"low\"",
            "how in [\"mid\"] && n > 5",
        ];
        for a in whens {
            for b in whens {
                for c in whens {
                    let m = matrix(&[a, b, c]);
                    for row in 0..3 {
                        let mut all = vec![Vec::new()];
                        for fact in &m.facts {
                            let n = u8::try_from(fact.regions.len()).unwrap();
                            all = all
                                .into_iter()
                                .flat_map(|case: Case| (0..n).map(move |r| [case.clone(), vec![r]].concat()))
                                .collect();
                        }
                        let there = all.iter().any(|case| m.row_of(case) == Some(row));
                        assert_eq!(matches!(m.reaches(row), Decided::Case(_)), there, "{a} / {b} / {c}, row {row}");
                        if let Decided::Case(case) = m.reaches(row) {
                            assert_eq!(m.row_of(&case), Some(row), "{a} / {b} / {c}");
                        }
                    }
                }
            }
        }
    }
}
