//! From tokens to a tree that knows nothing of types yet.
//!
//! Owns the grammar: `||` binds weakest, then `&&`, then `!`; a comparison stands by itself.

use super::lexer::{Token, tokens};
use super::{Comparison, DEPTH, NODES, Wrong};
use crate::diag::code;
use crate::text::span::{Span, Spanned};

/// A condition before types.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Raw {
    Bare(Spanned<Operand>),
    Compare(Spanned<Operand>, Spanned<Comparison>, Spanned<Operand>),
    In(Spanned<Operand>, Vec<Spanned<Operand>>, Span),
    And(Box<Raw>, Box<Raw>),
    Or(Box<Raw>, Box<Raw>),
    Not(Box<Raw>),
}

/// A fact or a literal.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Name(String),
    Bool(bool),
    Number(f64),
    Percent(f64),
    Duration,
    Text(String),
}

struct Parser {
    tokens: Vec<Spanned<Token>>,
    at: usize,
    end: usize,
    nodes: usize,
}

/// Parses a condition.
pub(super) fn parse(text: &str) -> Result<Raw, Wrong> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, end: text.trim_end().len(), nodes: 0 };
    let raw = parser.or(0)?;
    match parser.peek() {
        None => Ok(raw),
        Some(Spanned { value: Token::Close, span }) => {
            Err(parser.wrong(*span, "a closing parenthesis without an opening one", None))
        }
        Some(Spanned { value: Token::Compare(_) | Token::In, span }) => Err(parser.wrong(
            *span,
            "comparisons can not follow each other",
            Some("join two comparisons with `&&`, such as `a > 1 && a < 5`"),
        )),
        Some(token) => {
            Err(parser.wrong(token.span, "an operator is missing here", Some("join conditions with `&&` or `||`")))
        }
    }
}

impl Parser {
    fn wrong(&self, span: Span, message: &str, help: Option<&str>) -> Wrong {
        Wrong {
            code: code::EXPRESSION,
            span,
            message: message.to_owned(),
            label: String::new(),
            help: help.map(str::to_owned),
        }
    }

    fn peek(&self) -> Option<&Spanned<Token>> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Spanned<Token>> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn take(&mut self, token: &Token) -> bool {
        let there = self.peek().is_some_and(|t| t.value == *token);
        if there {
            self.at += 1;
        }
        there
    }

    /// The last byte, where something is missing at the end.
    fn finish(&self) -> Span {
        Span::new(self.end.saturating_sub(1), self.end)
    }

    fn count(&mut self, depth: usize) -> Result<(), Wrong> {
        self.nodes += 1;
        let span = self.peek().map_or_else(|| self.finish(), |t| t.span);
        if self.nodes > NODES {
            let message = format!("the condition has more than {NODES} parts");
            return Err(self.wrong(span, &message, Some("split the row in two")));
        }
        if depth > DEPTH {
            let message = format!("the condition is nested more than {DEPTH} deep");
            return Err(self.wrong(span, &message, Some("take parentheses away, or split the row in two")));
        }
        Ok(())
    }

    fn or(&mut self, depth: usize) -> Result<Raw, Wrong> {
        let mut left = self.and(depth)?;
        while self.take(&Token::Or) {
            left = Raw::Or(Box::new(left), Box::new(self.and(depth)?));
        }
        Ok(left)
    }

    fn and(&mut self, depth: usize) -> Result<Raw, Wrong> {
        let mut left = self.unary(depth)?;
        while self.take(&Token::And) {
            left = Raw::And(Box::new(left), Box::new(self.unary(depth)?));
        }
        Ok(left)
    }

    fn unary(&mut self, depth: usize) -> Result<Raw, Wrong> {
        self.count(depth)?;
        if self.take(&Token::Not) {
            let inner = self.unary(depth + 1)?;
            if let Raw::Compare(operand, ..) | Raw::In(operand, ..) = &inner
                && !self.closed()
            {
                let help = "put what `!` denies in parentheses";
                return Err(self.wrong(operand.span, "does `!` deny the fact or the comparison?", Some(help)));
            }
            return Ok(Raw::Not(Box::new(inner)));
        }
        if self.take(&Token::Open) {
            let inner = self.or(depth + 1)?;
            if !self.take(&Token::Close) {
                let span = self.peek().map_or_else(|| self.finish(), |t| t.span);
                return Err(self.wrong(span, "a parenthesis is not closed", Some("add `)`")));
            }
            return Ok(inner);
        }
        self.comparison()
    }

    /// Whether the last token was a closing parenthesis.
    fn closed(&self) -> bool {
        self.at.checked_sub(1).and_then(|i| self.tokens.get(i)).is_some_and(|t| t.value == Token::Close)
    }

    fn comparison(&mut self) -> Result<Raw, Wrong> {
        let left = self.operand()?;
        match self.peek().cloned() {
            Some(Spanned { value: Token::Compare(by), span }) => {
                self.at += 1;
                let right = self.operand()?;
                Ok(Raw::Compare(left, Spanned::new(by, span), right))
            }
            Some(Spanned { value: Token::In, span }) => {
                self.at += 1;
                self.list(left, span)
            }
            _ => Ok(Raw::Bare(left)),
        }
    }

    fn list(&mut self, left: Spanned<Operand>, at: Span) -> Result<Raw, Wrong> {
        let help = Some("write a list: `fact in ['a', 'b']`");
        if !self.take(&Token::OpenList) {
            let span = self.peek().map_or(at, |t| t.span);
            return Err(self.wrong(span, "`in` is followed by a list", help));
        }
        let mut any = Vec::new();
        while !self.take(&Token::CloseList) {
            if !any.is_empty() && !self.take(&Token::Comma) {
                let span = self.peek().map_or_else(|| self.finish(), |t| t.span);
                return Err(self.wrong(span, "the list is not closed", Some("add `]`, or `,` before the next")));
            }
            if self.take(&Token::CloseList) {
                break;
            }
            self.count(0)?;
            any.push(self.operand()?);
        }
        if any.is_empty() {
            return Err(self.wrong(at, "the list of `in` is empty", help));
        }
        Ok(Raw::In(left, any, at))
    }

    fn operand(&mut self) -> Result<Spanned<Operand>, Wrong> {
        let Some(token) = self.next() else {
            let message = if self.end == 0 { "the condition is empty" } else { "the condition ends too early" };
            return Err(self.wrong(self.finish(), message, Some("write a fact or a literal")));
        };
        let span = token.span;
        let operand = match token.value {
            Token::Name(n) => Operand::Name(n),
            Token::Bool(b) => Operand::Bool(b),
            Token::Number(n) => Operand::Number(n),
            Token::Percent(p) => Operand::Percent(p),
            Token::Duration => Operand::Duration,
            Token::Text(t) => Operand::Text(t),
            _ => return Err(self.wrong(span, "a fact or a literal is missing before this", None)),
        };
        Ok(Spanned::new(operand, span))
    }
}
