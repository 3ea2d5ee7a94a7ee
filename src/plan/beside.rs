//! Two decision matrices over the same answers: which row each proposes, decided and not sampled.
//!
//! Owns finding out which fact of one is which of the other. Must not judge which row is graver.

use super::decide::{Case, Decided, Matrix};
use super::matrix::Test;
use super::{Fact, FactIx, Plan, compile};

/// Two matrices, and every fact that either reads.
#[derive(Clone, Debug)]
pub struct Beside {
    all: Matrix,
    /// Rows of the first; those of the second come after them.
    first: usize,
}

impl Beside {
    /// The matrices of two plans.
    ///
    /// # Errors
    /// The fact whose answers are of different kinds in the two, so that no case of one is a case of the other.
    pub fn of(first: &Plan, second: &Plan) -> Result<Self, String> {
        let mut facts = first.facts.clone();
        let mut place = Vec::new();
        let mut taken = vec![false; facts.len()];
        for fact in &second.facts {
            let like = |same: fn(&Fact, &Fact) -> bool| {
                first.facts.iter().zip(&taken).position(|(f, taken)| !taken && same(f, fact))
            };
            let found = like(|a, b| a.id == b.id).or_else(|| {
                // One that only has another name now.
                let free = |f: &Fact| !second.facts.iter().any(|s| s.id == f.id);
                like(|a, b| a.kind == b.kind && a.ask.is_some() && a.ask == b.ask)
                    .filter(|i| first.facts.get(*i).is_some_and(free))
            });
            match found.and_then(|i| Some((i, first.facts.get(i)?))) {
                Some((_, there)) if there.kind != fact.kind => return Err(fact.id.clone()),
                Some((i, _)) => {
                    if let Some(t) = taken.get_mut(i) {
                        *t = true;
                    }
                    place.push(i);
                }
                None => {
                    place.push(facts.len());
                    facts.push(fact.clone());
                }
            }
        }
        let moved = |ix: FactIx| place.get(ix.ix()).and_then(|i| u16::try_from(*i).ok()).map_or(ix, FactIx);
        let own = first.rows.iter().map(|r| r.test.clone());
        let theirs = second.rows.iter().map(|r| r.test.as_ref().map(|t| renumbered(t, &moved)));
        let tests: Vec<Option<Test>> = own.chain(theirs).collect();
        for (i, fact) in facts.iter_mut().enumerate() {
            let ix = FactIx(u16::try_from(i).unwrap_or(u16::MAX));
            fact.regions = compile::regions(&fact.kind, ix, tests.iter().flatten());
        }
        Ok(Self { all: Matrix::new(facts, tests), first: first.rows.len() })
    }

    /// Whether some known answers lead to a row of the first and to a row of the second.
    #[must_use]
    pub fn both(&self, first: usize, second: usize) -> Decided {
        let (own, theirs) = self.all.tests().split_at(self.first.min(self.all.tests().len()));
        let mut wanted = Vec::new();
        for (rows, row) in [(own, first), (theirs, second)] {
            let Some(test) = rows.get(row) else { return Decided::Never };
            for before in rows.iter().take(row) {
                let Some(before) = before else { return Decided::Never };
                wanted.push((before, false));
            }
            wanted.extend(test.iter().map(|t| (t, true)));
        }
        self.all.search(wanted)
    }

    /// A case in words.
    #[must_use]
    pub fn tell(&self, case: &Case) -> String {
        self.all.tell(case)
    }
}

fn renumbered(test: &Test, moved: &dyn Fn(FactIx) -> FactIx) -> Test {
    let boxed = |t: &Test| Box::new(renumbered(t, moved));
    match test {
        Test::Holds(f) => Test::Holds(moved(*f)),
        Test::Compare(f, by, with) => Test::Compare(moved(*f), *by, with.clone()),
        Test::In(f, any) => Test::In(moved(*f), any.clone()),
        Test::And(a, b) => Test::And(boxed(a), boxed(b)),
        Test::Or(a, b) => Test::Or(boxed(a), boxed(b)),
        Test::Not(a) => Test::Not(boxed(a)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::decode;
    use crate::plan::fixture;
    use crate::plan::{FactKind, Row};
    use crate::text::source::Source;

    /// A plan with these facts of kind `count` or `yes-no` and these conditions.
    fn plan(facts: &[(&str, FactKind)], whens: &[&str]) -> Plan {
        let mut plan = fixture::plan();
        plan.facts = facts
            .iter()
            .map(|(id, kind)| Fact {
                id: (*id).into(),
                ask: Some("How bad?".into()),
                signal: None,
                kind: kind.clone(),
                regions: Vec::new(),
            })
            .collect();
        let written: String = facts
            .iter()
            .map(|(id, kind)| {
                let kind = if *kind == FactKind::YesNo { "yes-no" } else { "count" };
                format!("[[fact]]\nid = \"{id}\"\nask = \"?\"\nkind = \"{kind}\"\n")
            })
            .chain(whens.iter().map(|when| format!("[[severity]]\nlevel = \"s\"\nwhen = '{when}'\n")))
            .collect();
        let runbook = decode::runbook(&Source::new("x", written), "x").value;
        let place =
            |name: &str| facts.iter().position(|(id, _)| *id == name).and_then(|i| u16::try_from(i).ok()).map(FactIx);
        let row = |test| Row { level: "s".into(), when: None, test, respond: vec![], escalate: vec![], public: false };
        plan.rows = runbook
            .severities
            .iter()
            .map(|s| row(compile::test(s.when.as_ref().unwrap().expr.as_ref().unwrap(), &place)))
            .chain([row(None)])
            .collect();
        plan
    }

    #[test]
    fn a_case_is_found_that_the_two_decide_differently() {
        let a = plan(&[("harm", FactKind::YesNo), ("n", FactKind::Count)], &["harm || n > 1000"]);
        let b = plan(&[("n", FactKind::Count), ("harm", FactKind::YesNo)], &["n > 2000 || harm"]);
        let beside = Beside::of(&a, &b).unwrap();
        let told = |i, j| match beside.both(i, j) {
            Decided::Case(case) => beside.tell(&case),
            other => format!("{other:?}"),
        };
        assert_eq!(told(0, 1), "`harm` is no, `n` is 1001 to 2000");
        assert_eq!(told(1, 0), "Never", "the second asks for more");
        assert_eq!(told(0, 0), "`harm` is yes");
        let same = Beside::of(&a, &a).unwrap();
        assert_eq!((same.both(0, 1), same.both(1, 0)), (Decided::Never, Decided::Never));
    }

    #[test]
    fn a_fact_with_another_name_is_the_same_and_one_that_is_gone_leaves_its_cases() {
        let a = plan(&[("harm", FactKind::YesNo)], &["harm"]);
        let renamed = plan(&[("damage", FactKind::YesNo)], &["damage"]);
        assert_eq!(Beside::of(&a, &renamed).unwrap().both(0, 1), Decided::Never);
        let gone = plan(&[], &[]);
        let beside = Beside::of(&a, &gone).unwrap();
        assert!(matches!(beside.both(0, 0), Decided::Case(_)));
        let other = plan(&[("harm", FactKind::Count)], &["harm > 3"]);
        assert_eq!(Beside::of(&a, &other).unwrap_err(), "harm");
    }
}
