//! Names and types of a condition, checked against the declared facts before anything runs.
//!
//! Owns which literal fits which kind of fact. Every problem is collected, not only the first.

use super::parser::{Operand, Raw};
use super::{Comparison, Expr, Literal, Wrong};
use crate::diag::{Code, code};
use crate::model::runbook::{Fact, FactKind};
use crate::text::safe;
use crate::text::span::{Span, Spanned};
use crate::text::suggest;

/// The checked tree; none where anything is wrong, or where a fact's kind is not known.
pub(super) fn check(raw: &Raw, facts: &[Fact], wrongs: &mut Vec<Wrong>) -> Option<Expr> {
    Types { facts, wrongs }.expr(raw)
}

struct Types<'a> {
    facts: &'a [Fact],
    wrongs: &'a mut Vec<Wrong>,
}

impl<'a> Types<'a> {
    fn wrong(&mut self, code: Code, span: Span, message: impl Into<String>, help: impl Into<String>) {
        let (message, help) = (message.into(), help.into());
        self.wrongs.push(Wrong { code, span, message, label: String::new(), help: Some(help) });
    }

    fn expr(&mut self, raw: &Raw) -> Option<Expr> {
        match raw {
            Raw::Bare(operand) => self.bare(operand),
            Raw::Compare(left, by, right) => self.compare(left, *by, right),
            Raw::In(left, any, _) => {
                let (name, fact) = self.subject(left)?;
                let any: Vec<Option<Spanned<Literal>>> = any.iter().map(|o| self.literal(fact, o)).collect();
                Some(Expr::In { fact: name, any: any.into_iter().collect::<Option<_>>()? })
            }
            Raw::And(a, b) => {
                let (a, b) = (self.expr(a), self.expr(b));
                Some(Expr::And(Box::new(a?), Box::new(b?)))
            }
            Raw::Or(a, b) => {
                let (a, b) = (self.expr(a), self.expr(b));
                Some(Expr::Or(Box::new(a?), Box::new(b?)))
            }
            Raw::Not(a) => self.expr(a).map(|a| Expr::Not(Box::new(a))),
        }
    }

    /// A fact by its name; reported when there is none.
    fn fact(&mut self, name: &str, span: Span) -> Option<&'a Fact> {
        let found = self.facts.iter().find(|f| f.id.value == name);
        if found.is_none() {
            let near = suggest::nearest(name, self.facts.iter().map(|f| f.id.value.as_str()));
            let known = suggest::list(self.facts.iter().map(|f| f.id.value.as_str()));
            self.wrongs.push(Wrong {
                code: code::UNRESOLVED,
                span,
                message: format!("`{name}` is not a `[[fact]]`"),
                label: near.map_or_else(String::new, |n| format!("did you mean `{n}`?")),
                help: Some(format!("there is {known}")),
            });
        }
        found
    }

    /// The left side of a comparison: a fact.
    fn subject(&mut self, operand: &Spanned<Operand>) -> Option<(Spanned<String>, &'a Fact)> {
        let Operand::Name(name) = &operand.value else {
            let message = "a literal can not be compared with a literal";
            self.wrong(code::EXPRESSION_TYPE, operand.span, message, "compare a fact with a literal");
            return None;
        };
        let fact = self.fact(name, operand.span)?;
        Some((Spanned::new(name.clone(), operand.span), fact))
    }

    fn bare(&mut self, operand: &Spanned<Operand>) -> Option<Expr> {
        let Operand::Name(name) = &operand.value else {
            let message = "a literal by itself is not a condition";
            self.wrong(code::EXPRESSION_TYPE, operand.span, message, "compare a fact with it");
            return None;
        };
        let fact = self.fact(name, operand.span)?;
        let example = match fact.kind.as_ref()?.value {
            FactKind::YesNo => return Some(Expr::Fact(Spanned::new(name.clone(), operand.span))),
            FactKind::Count => format!("`{name} > 0`"),
            FactKind::Percent => format!("`{name} > 2%`"),
            FactKind::Level => {
                let level = fact.levels.first().map_or("…", |l| l.value.as_str());
                format!("`{name} == '{level}'`")
            }
        };
        let kind = fact.kind.as_ref()?;
        let message = format!("`{name}` is a {kind}, not a yes or no");
        self.wrong(code::EXPRESSION_TYPE, operand.span, message, format!("compare it, such as {example}"));
        None
    }

    fn compare(&mut self, left: &Spanned<Operand>, by: Spanned<Comparison>, right: &Spanned<Operand>) -> Option<Expr> {
        let (subject, by, object) = match (&left.value, &right.value) {
            (Operand::Name(_), Operand::Name(other)) => {
                // A level without its quotes looks like a fact.
                let level = self.facts.iter().any(|f| f.levels.iter().any(|l| l.value == *other));
                let help = if level {
                    format!("a level stands in quotes: '{other}'")
                } else {
                    self.fact(other, right.span)?;
                    "compare a fact with a literal".to_owned()
                };
                let message = "a fact can not be compared with a fact";
                self.wrong(code::EXPRESSION_TYPE, right.span, message, help);
                return None;
            }
            (_, Operand::Name(_)) => (right, Spanned::new(by.value.turned(), by.span), left),
            _ => (left, by, right),
        };
        let (name, fact) = self.subject(subject)?;
        let with = self.literal(fact, object)?;
        let order = !matches!(by.value, Comparison::Equal | Comparison::NotEqual);
        if order && matches!(with.value, Literal::YesNo(_)) {
            let message = format!("`{name}` is a yes or no, which has no order");
            self.wrong(code::EXPRESSION_TYPE, by.span, message, format!("write `{name}` or `!{name}`"));
            return None;
        }
        Some(Expr::Compare { fact: name, by, with })
    }

    /// A literal of the fact's kind.
    fn literal(&mut self, fact: &Fact, operand: &Spanned<Operand>) -> Option<Spanned<Literal>> {
        let kind = fact.kind.as_ref()?.value;
        let literal = match (kind, &operand.value) {
            (FactKind::YesNo, Operand::Bool(b)) => Some(Literal::YesNo(*b)),
            (FactKind::Count, Operand::Number(n)) => count(*n).map(Literal::Count),
            (FactKind::Percent, Operand::Percent(p)) if (0.0..=100.0).contains(p) => Some(Literal::Percent(*p)),
            (FactKind::Level, Operand::Text(t)) => match fact.levels.iter().position(|l| l.value == *t) {
                Some(level) => u16::try_from(level).ok().map(Literal::Level),
                None => {
                    self.level(fact, t, operand.span);
                    return None;
                }
            },
            _ => None,
        };
        if literal.is_none() {
            let name = &fact.id.value;
            let message = format!("`{name}` is {}, and this is {}", told(kind), shown(&operand.value));
            let help = match (kind, &operand.value) {
                (FactKind::YesNo, _) => "write true or false".to_owned(),
                (FactKind::Count, _) => "write a whole number, such as 1000".to_owned(),
                (FactKind::Percent, Operand::Number(n)) if (0.0..=100.0).contains(n) => format!("write {n}%"),
                (FactKind::Percent, _) => "write a percentage from 0% to 100%".to_owned(),
                (FactKind::Level, _) => {
                    format!("write one of {}", suggest::list(fact.levels.iter().map(|l| l.value.as_str())))
                }
            };
            self.wrong(code::EXPRESSION_TYPE, operand.span, message, help);
        }
        literal.map(|l| Spanned::new(l, operand.span))
    }

    fn level(&mut self, fact: &Fact, written: &str, span: Span) {
        let known = || fact.levels.iter().map(|l| l.value.as_str());
        self.wrongs.push(Wrong {
            code: code::UNKNOWN_VALUE,
            span,
            message: format!("`{}` is not a level of `{}`", safe::excerpt(written, 60), fact.id),
            label: suggest::nearest(written, known()).map_or_else(String::new, |n| format!("did you mean `{n}`?")),
            help: Some(format!("its levels are {}", suggest::list(known()))),
        });
    }
}

fn count(n: f64) -> Option<u64> {
    // Above 2^53 a number is not exact any more, and no count is meant.
    let whole = n.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&n);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be whole, not negative, small"
    )]
    whole.then_some(n as u64)
}

const fn told(kind: FactKind) -> &'static str {
    match kind {
        FactKind::YesNo => "a yes or no",
        FactKind::Count => "a count",
        FactKind::Percent => "a percentage",
        FactKind::Level => "a level",
    }
}

const fn shown(operand: &Operand) -> &'static str {
    match operand {
        Operand::Name(_) => "a fact",
        Operand::Bool(_) => "true or false",
        Operand::Number(_) => "a number",
        Operand::Percent(_) => "a percentage",
        Operand::Duration => "a duration",
        Operand::Text(_) => "a text",
    }
}
