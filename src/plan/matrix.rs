//! The decision matrix as data: compiled conditions over facts, three-valued, and the row they propose.
//!
//! Owns evaluation. The text language is compiled in `plan`, from the expression that `model` parsed and type-checked.
//! Must not know how a fact was obtained.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FactIx, FactValue, Plan, RowIx};

/// True, false, or not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kleene {
    /// Holds.
    True,
    /// Does not hold.
    False,
    /// A fact it needs is not known.
    Unknown,
}

/// A compiled condition. Types were checked before it was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Test {
    /// A `yes-no` fact by itself.
    Holds(FactIx),
    /// A fact against a literal.
    Compare(FactIx, Operator, FactValue),
    /// A fact is one of some literals.
    In(FactIx, Vec<FactValue>),
    /// `&&`
    And(Box<Test>, Box<Test>),
    /// `||`
    Or(Box<Test>, Box<Test>),
    /// `!`
    Not(Box<Test>),
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub enum Operator {
    /// `==`
    #[serde(rename = "==")]
    Equal,
    /// `!=`
    #[serde(rename = "!=")]
    NotEqual,
    /// `<`
    #[serde(rename = "<")]
    Less,
    /// `<=`
    #[serde(rename = "<=")]
    LessOrEqual,
    /// `>`
    #[serde(rename = ">")]
    Greater,
    /// `>=`
    #[serde(rename = ">=")]
    GreaterOrEqual,
}

impl FactValue {
    /// As a number that rises with it.
    pub(super) fn number(&self) -> f64 {
        match self {
            Self::YesNo(b) => f64::from(u8::from(*b)),
            // Counts above 2^53 are refused when they are read.
            #[expect(clippy::cast_precision_loss, reason = "counts above 2^53 are refused when read")]
            Self::Count(n) => *n as f64,
            Self::Percent(p) => *p,
            Self::Level(l) => f64::from(*l),
        }
    }
}

impl Operator {
    fn holds(self, a: f64, b: f64) -> bool {
        match self {
            #[expect(clippy::float_cmp, reason = "equality of written literals is meant exactly")]
            Self::Equal => a == b,
            #[expect(clippy::float_cmp, reason = "equality of written literals is meant exactly")]
            Self::NotEqual => a != b,
            Self::Less => a < b,
            Self::LessOrEqual => a <= b,
            Self::Greater => a > b,
            Self::GreaterOrEqual => a >= b,
        }
    }
}

impl Test {
    /// The condition's value where `known(fact)` gives each fact's value, or none when it is not known.
    pub fn value<'a>(&self, known: &dyn Fn(FactIx) -> Option<&'a FactValue>) -> Kleene {
        let of = |b: bool| if b { Kleene::True } else { Kleene::False };
        match self {
            Self::Holds(f) => known(*f).map_or(Kleene::Unknown, |v| of(matches!(v, FactValue::YesNo(true)))),
            Self::Compare(f, op, lit) => known(*f).map_or(Kleene::Unknown, |v| of(op.holds(v.number(), lit.number()))),
            Self::In(f, lits) => known(*f)
                .map_or(Kleene::Unknown, |v| of(lits.iter().any(|l| Operator::Equal.holds(v.number(), l.number())))),
            Self::And(a, b) => match (a.value(known), b.value(known)) {
                (Kleene::False, _) | (_, Kleene::False) => Kleene::False,
                (Kleene::True, Kleene::True) => Kleene::True,
                _ => Kleene::Unknown,
            },
            Self::Or(a, b) => match (a.value(known), b.value(known)) {
                (Kleene::True, _) | (_, Kleene::True) => Kleene::True,
                (Kleene::False, Kleene::False) => Kleene::False,
                _ => Kleene::Unknown,
            },
            Self::Not(a) => match a.value(known) {
                Kleene::True => Kleene::False,
                Kleene::False => Kleene::True,
                Kleene::Unknown => Kleene::Unknown,
            },
        }
    }
}

/// The region number that stands for *not known*.
pub const UNKNOWN: u8 = u8::MAX;

/// The row that the matrix proposes when fact `i` lies in region `regions[i]`. A row whose condition is unknown counts as
/// matching: doubt goes upward. The last row has no condition, so there always is one; an empty matrix proposes row 0.
#[must_use]
pub fn propose(plan: &Plan, regions: &[u8]) -> RowIx {
    let known = |f: FactIx| -> Option<&FactValue> {
        let region = *regions.get(f.ix())?;
        plan.facts.get(f.ix())?.regions.get(usize::from(region)).map(|r| &r.example)
    };
    let row = plan
        .rows
        .iter()
        .position(|row| row.test.as_ref().is_none_or(|t| t.value(&known) != Kleene::False))
        .unwrap_or_else(|| plan.rows.len().saturating_sub(1));
    RowIx(u16::try_from(row).unwrap_or(u16::MAX))
}
