//! From a condition to what the machine can use: compiled tests, and the regions they cut a fact's values into.
//!
//! Two values of one region can't be told apart by any row, so the machine and the explorer only ever see the number of
//! the region. Owns cutting and finding regions. Must not know how a value was obtained.

use std::collections::BTreeSet;

use super::matrix::{Operator, Test};
use super::{Fact, FactIx, FactKind, FactValue, Region};
use crate::model::expr::{Comparison, Expr, Literal};

/// Most regions of one fact: a region is stored in one byte, and `255` means *not known*.
pub const MOST_REGIONS: usize = 255;

/// A condition compiled for a plan, where `place` gives the index of a fact by its id. None when a fact has no place.
#[must_use]
pub fn test(expr: &Expr, place: &dyn Fn(&str) -> Option<FactIx>) -> Option<Test> {
    let both = |a: &Expr, b: &Expr| Some((Box::new(test(a, place)?), Box::new(test(b, place)?)));
    Some(match expr {
        Expr::Fact(fact) => Test::Holds(place(&fact.value)?),
        Expr::Compare { fact, by, with } => {
            Test::Compare(place(&fact.value)?, operator(by.value), literal(&with.value))
        }
        Expr::In { fact, any } => Test::In(place(&fact.value)?, any.iter().map(|l| literal(&l.value)).collect()),
        Expr::And(a, b) => both(a, b).map(|(a, b)| Test::And(a, b))?,
        Expr::Or(a, b) => both(a, b).map(|(a, b)| Test::Or(a, b))?,
        Expr::Not(a) => Test::Not(Box::new(test(a, place)?)),
    })
}

const fn operator(by: Comparison) -> Operator {
    match by {
        Comparison::Equal => Operator::Equal,
        Comparison::NotEqual => Operator::NotEqual,
        Comparison::Less => Operator::Less,
        Comparison::LessOrEqual => Operator::LessOrEqual,
        Comparison::Greater => Operator::Greater,
        Comparison::GreaterOrEqual => Operator::GreaterOrEqual,
    }
}

const fn literal(with: &Literal) -> FactValue {
    match with {
        Literal::YesNo(b) => FactValue::YesNo(*b),
        Literal::Count(n) => FactValue::Count(*n),
        Literal::Percent(p) => FactValue::Percent(*p),
        Literal::Level(l) => FactValue::Level(*l),
    }
}

/// A place where the values of a fact are told apart, by some row.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cut {
    operator: Operator,
    at: f64,
}

/// The regions that these tests cut the values of fact `fact` into, in ascending order (`yes` before `no`). A fact that
/// no test reads has one region, apart from a yes-no, which always has two.
#[must_use]
pub fn regions<'a>(kind: &FactKind, fact: FactIx, tests: impl IntoIterator<Item = &'a Test>) -> Vec<Region> {
    let mut cuts = Vec::new();
    for test in tests {
        collect(test, fact, &mut cuts);
    }
    match kind {
        FactKind::YesNo => {
            [true, false].map(|b| Region { label: yes_no(b).into(), example: FactValue::YesNo(b) }).into()
        }
        FactKind::Count => whole_numbers(&cuts, u64::MAX)
            .into_iter()
            .map(|(from, to)| Region { label: count_label(from, to), example: FactValue::Count(from) })
            .collect(),
        FactKind::Level(levels) => {
            let last = levels.len().saturating_sub(1) as u64;
            whole_numbers(&cuts, last)
                .into_iter()
                .map(|(from, to)| Region {
                    label: level_label(levels, from, to, last),
                    example: FactValue::Level(u16::try_from(from).unwrap_or(u16::MAX)),
                })
                .collect()
        }
        FactKind::Percent => percentages(&cuts),
    }
}

/// The number of the region that a value lies in. The value must be of the fact's kind; one of another kind, or a fact
/// without regions, counts as not known.
#[must_use]
pub fn region_of(fact: &Fact, value: &FactValue) -> u8 {
    let place = match (&fact.kind, value) {
        (FactKind::YesNo, FactValue::YesNo(_)) => fact.regions.iter().position(|r| r.example == *value),
        // The example of such a region is its least value.
        (FactKind::Count, FactValue::Count(_)) | (FactKind::Level(_), FactValue::Level(_)) => {
            fact.regions.iter().rposition(|r| number(&r.example) <= number(value))
        }
        (FactKind::Percent, FactValue::Percent(p)) => percent_region(&fact.regions, *p),
        _ => None,
    };
    place.and_then(|i| u8::try_from(i).ok()).unwrap_or(super::matrix::UNKNOWN)
}

fn collect(test: &Test, fact: FactIx, cuts: &mut Vec<Cut>) {
    match test {
        Test::Holds(_) => {}
        Test::Compare(f, operator, literal) => {
            if *f == fact {
                cuts.push(Cut { operator: *operator, at: number(literal) });
            }
        }
        Test::In(f, literals) => {
            if *f == fact {
                cuts.extend(literals.iter().map(|l| Cut { operator: Operator::Equal, at: number(l) }));
            }
        }
        Test::And(a, b) | Test::Or(a, b) => {
            collect(a, fact, cuts);
            collect(b, fact, cuts);
        }
        Test::Not(a) => collect(a, fact, cuts),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts above 2^53 are refused when read")]
fn number(value: &FactValue) -> f64 {
    match value {
        FactValue::YesNo(b) => f64::from(u8::from(*b)),
        FactValue::Count(n) => *n as f64,
        FactValue::Percent(p) => *p,
        FactValue::Level(l) => f64::from(*l),
    }
}

/// Ranges of whole numbers from 0 to `last`, both ends inside. Between two ranges lies a cut.
fn whole_numbers(cuts: &[Cut], last: u64) -> Vec<(u64, u64)> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "literals are checked to be counts")]
    let starts: BTreeSet<u64> = cuts
        .iter()
        .flat_map(|cut| {
            let at = cut.at.max(0.0) as u64;
            let after = at.checked_add(1);
            match cut.operator {
                Operator::Equal | Operator::NotEqual => [Some(at), after],
                Operator::Less | Operator::GreaterOrEqual => [Some(at), None],
                Operator::LessOrEqual | Operator::Greater => [after, None],
            }
        })
        .flatten()
        .filter(|start| (1..=last).contains(start))
        .chain([0])
        .collect();
    let starts: Vec<u64> = starts.into_iter().collect();
    starts.iter().enumerate().map(|(i, from)| (*from, starts.get(i + 1).map_or(last, |next| next - 1))).collect()
}

fn count_label(from: u64, to: u64) -> String {
    match (from, to) {
        (0, u64::MAX) => "any number".into(),
        (from, u64::MAX) => format!("more than {}", from - 1),
        (from, to) if from == to => from.to_string(),
        (from, to) => format!("{from} to {to}"),
    }
}

fn level_label(levels: &[String], from: u64, to: u64, last: u64) -> String {
    let name = |i: u64| usize::try_from(i).ok().and_then(|i| levels.get(i)).map_or("?", String::as_str);
    match (from, to) {
        (0, to) if to == last && last > 0 => "any level".into(),
        (from, to) if from == to => name(from).into(),
        (from, to) => format!("{} to {}", name(from), name(to)),
    }
}

const fn yes_no(b: bool) -> &'static str {
    if b { "yes" } else { "no" }
}

/// Every threshold is a region of its own and so is every open stretch beside it, in turn, so that the regions' examples
/// alone say where each begins: the first is a threshold only when it is 0.
fn percentages(cuts: &[Cut]) -> Vec<Region> {
    let mut at: Vec<f64> = cuts.iter().map(|c| c.at).filter(|at| (0.0..=100.0).contains(at)).collect();
    at.sort_by(f64::total_cmp);
    at.dedup_by(|a, b| a.total_cmp(b).is_eq());
    let region = |label: String, example: f64| Region { label, example: FactValue::Percent(example) };
    let Some((&first, &last)) = at.first().zip(at.last()) else {
        return vec![region("any percentage".into(), 50.0)];
    };
    let mut regions = Vec::new();
    if first > 0.0 {
        regions.push(region(format!("less than {first} %"), first / 2.0));
    }
    for (i, t) in at.iter().enumerate() {
        regions.push(region(format!("{t} %"), *t));
        if let Some(next) = at.get(i + 1) {
            regions.push(region(format!("between {t} and {next} %"), t + (next - t) / 2.0));
        }
    }
    if last < 100.0 {
        regions.push(region(format!("more than {last} %"), last + (100.0 - last) / 2.0));
    }
    regions
}

fn percent_region(regions: &[Region], value: f64) -> Option<usize> {
    let starts_at_threshold = usize::from(regions.first().is_none_or(|r| number(&r.example) > 0.0));
    let mut place = 0;
    for (i, region) in regions.iter().enumerate().skip(starts_at_threshold).step_by(2) {
        let threshold = number(&region.example);
        if value < threshold {
            break;
        }
        // At the threshold, or in the stretch after it; where no stretch follows, 100 is the end.
        place = if value > threshold { (i + 1).min(regions.len().saturating_sub(1)) } else { i };
    }
    (!regions.is_empty()).then_some(place)
}

#[cfg(test)]
mod tests;
