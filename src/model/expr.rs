//! The language of `when`: comparisons of declared facts with literals, combined by `&&`, `||` and `!`.
//!
//! Owns the syntax tree, parsing and type checking. `plan` compiles the tree; nothing is evaluated here.

use crate::text::span::Spanned;

/// A condition whose names and types were checked.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A `yes-no` fact by itself.
    Fact(Spanned<String>),
    /// A fact against a literal of its kind. A literal written on the left was turned round.
    Compare {
        /// The fact.
        fact: Spanned<String>,
        /// How.
        by: Spanned<Comparison>,
        /// Against what.
        with: Spanned<Literal>,
    },
    /// A fact is one of some literals of its kind.
    In {
        /// The fact.
        fact: Spanned<String>,
        /// At least one.
        any: Vec<Spanned<Literal>>,
    },
    /// `&&`
    And(Box<Expr>, Box<Expr>),
    /// `||`
    Or(Box<Expr>, Box<Expr>),
    /// `!`
    Not(Box<Expr>),
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A literal of a fact's kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// For `yes-no`: `true` or `false`.
    YesNo(bool),
    /// For `count`: a whole number.
    Count(u64),
    /// For `percent`: 0 to 100, written `2%`.
    Percent(f64),
    /// For `level`: the index into the fact's levels, written `'name'`.
    Level(u16),
}
