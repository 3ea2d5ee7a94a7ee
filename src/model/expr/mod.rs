//! The language of `when`: comparisons of declared facts with literals, combined by `&&`, `||` and `!`.
//!
//! Owns the syntax tree, parsing and type checking. `plan` compiles the tree; nothing is evaluated here.

use std::sync::Arc;

use super::runbook::Fact;
use crate::diag::{Code, Diagnostic};
use crate::text::source::Source;
use crate::text::span::{Span, Spanned};

mod lexer;
mod parser;
mod types;

#[cfg(test)]
mod tests;

/// Words that mean something in a condition, so that no fact can have them as its id.
pub const RESERVED: [&str; 6] = ["true", "false", "in", "and", "or", "not"];

/// Nesting that nobody can read any more.
const DEPTH: usize = 32;

/// Comparisons in one condition that nobody can read any more.
const NODES: usize = 256;

/// What is wrong with a condition. The span counts in bytes of the condition's text.
struct Wrong {
    code: Code,
    span: Span,
    message: String,
    label: String,
    help: Option<String>,
}

/// Reads a condition and checks its names and types against the declared facts.
///
/// A fact whose kind could not be read is not checked; the condition is then none without a problem of its own.
///
/// # Errors
///
/// Every problem, at its place in the file; none where all that is wrong was reported elsewhere.
pub fn check(source: &Arc<Source>, text: &Spanned<String>, facts: &[Fact]) -> Result<Expr, Vec<Diagnostic>> {
    let offset = content(source, text);
    let show = |wrong: Wrong| {
        let span = offset.map_or(text.span, |o| Span::new(o + wrong.span.start, o + wrong.span.end));
        let problem = Diagnostic::error(wrong.code, wrong.message).at(source, span, wrong.label);
        match wrong.help {
            Some(help) => problem.help(help),
            None => problem,
        }
    };
    let raw = parser::parse(&text.value).map_err(|wrong| vec![show(wrong)])?;
    let mut wrongs = Vec::new();
    let expr = types::check(&raw, facts, &mut wrongs);
    let shift = |span: Span| offset.map_or(text.span, |o| Span::new(o + span.start, o + span.end));
    match expr {
        Some(expr) if wrongs.is_empty() => Ok(expr.moved(&shift)),
        _ => Err(wrongs.into_iter().map(show).collect()),
    }
}

/// Where the text between the quotation marks begins, if it stands in the file as it is meant: without escapes.
fn content(source: &Source, text: &Spanned<String>) -> Option<usize> {
    let written = source.slice(text.span);
    ["\"\"\"\n", "\'\'\'\n", "\"\"\"", "\'\'\'", "\"", "\'"].into_iter().find_map(|open| {
        let inner = written.strip_prefix(open)?;
        inner.starts_with(text.value.as_str()).then_some(text.span.start + open.len())
    })
}

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

impl Expr {
    /// The same with every span moved.
    fn moved(self, to: &impl Fn(Span) -> Span) -> Self {
        fn at<T>(s: Spanned<T>, to: &impl Fn(Span) -> Span) -> Spanned<T> {
            Spanned::new(s.value, to(s.span))
        }
        match self {
            Self::Fact(f) => Self::Fact(at(f, to)),
            Self::Compare { fact, by, with } => {
                Self::Compare { fact: at(fact, to), by: at(by, to), with: at(with, to) }
            }
            Self::In { fact, any } => {
                Self::In { fact: at(fact, to), any: any.into_iter().map(|l| at(l, to)).collect() }
            }
            Self::And(a, b) => Self::And(Box::new(a.moved(to)), Box::new(b.moved(to))),
            Self::Or(a, b) => Self::Or(Box::new(a.moved(to)), Box::new(b.moved(to))),
            Self::Not(a) => Self::Not(Box::new(a.moved(to))),
        }
    }
}

impl Comparison {
    /// As written.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// What it is when both sides change places.
    const fn turned(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }
}
