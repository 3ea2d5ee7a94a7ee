//! The words and signs of a condition.
//!
//! Owns the friendly refusals of what people write by habit: `=`, `and`, `&`, `≥`.

use super::{Comparison, Wrong};
use crate::diag::code;
use crate::text::safe;
use crate::text::span::{Span, Spanned};
use crate::text::time::Millis;

/// A word or sign.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Name(String),
    Bool(bool),
    Number(f64),
    Percent(f64),
    Duration,
    Text(String),
    Compare(Comparison),
    And,
    Or,
    Not,
    In,
    Open,
    Close,
    OpenList,
    CloseList,
    Comma,
}

/// Cuts a condition into tokens.
pub(super) fn tokens(text: &str) -> Result<Vec<Spanned<Token>>, Wrong> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let rest = text.get(at..).unwrap_or("");
        let (token, length) = if is_word(c) { word(rest, at)? } else { sign(rest, c, at)? };
        tokens.push(Spanned::new(token, Span::new(at, at + length)));
        at += length;
    }
    Ok(tokens)
}

const fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn wrong(at: usize, length: usize, message: impl Into<String>, help: impl Into<String>) -> Wrong {
    Wrong {
        code: code::EXPRESSION,
        span: Span::new(at, at + length),
        message: message.into(),
        label: String::new(),
        help: Some(help.into()),
    }
}

fn word(rest: &str, at: usize) -> Result<(Token, usize), Wrong> {
    let mut length = rest.find(|c: char| !is_word(c) && c != '-' && c != '.').unwrap_or(rest.len());
    if rest.get(length..).is_some_and(|r| r.starts_with('%')) {
        length += 1;
    }
    let word = rest.get(..length).unwrap_or("");
    let instead =
        |sign: &str| wrong(at, length, format!("`{word}` is not an operator here"), format!("write `{sign}`"));
    let token = match word {
        "true" => Token::Bool(true),
        "false" => Token::Bool(false),
        "in" => Token::In,
        "and" | "AND" => return Err(instead("&&")),
        "or" | "OR" => return Err(instead("||")),
        "not" | "NOT" => return Err(instead("!")),
        _ if word.starts_with(|c: char| c.is_ascii_digit()) => return Ok((number(word, at)?, length)),
        _ if word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') => {
            Token::Name(word.to_owned())
        }
        _ => {
            let message = format!("`{word}` can not be the name of a fact");
            return Err(wrong(
                at,
                length,
                message,
                "names of facts have a-z, 0-9 and `-`; levels stand in quotes: 'name'",
            ));
        }
    };
    Ok((token, length))
}

fn number(word: &str, at: usize) -> Result<Token, Wrong> {
    let parse = |t: &str| t.parse::<f64>().ok().filter(|n| n.is_finite() && !t.contains(['e', 'E']));
    if let Some(n) = word.strip_suffix('%').and_then(parse) {
        return Ok(Token::Percent(n));
    }
    if let Some(n) = parse(word) {
        return Ok(Token::Number(n));
    }
    if word.parse::<Millis>().is_ok() {
        return Ok(Token::Duration);
    }
    if word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        return Ok(Token::Name(word.to_owned()));
    }
    let help = match word.replace('_', "").parse::<f64>() {
        Ok(_) => "write it without `_`",
        Err(_) => "write a number such as 1000, or a percentage such as 2%",
    };
    Err(wrong(at, word.len(), format!("`{word}` is not a number"), help))
}

fn sign(rest: &str, c: char, at: usize) -> Result<(Token, usize), Wrong> {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    // Longer signs first.
    for (sign, token) in [
        ("==", Token::Compare(Equal)),
        ("!=", Token::Compare(NotEqual)),
        ("<=", Token::Compare(LessOrEqual)),
        (">=", Token::Compare(GreaterOrEqual)),
        ("&&", Token::And),
        ("||", Token::Or),
    ] {
        if rest.starts_with(sign) {
            if sign == "==" && rest.starts_with("===") {
                return Err(wrong(at, 3, "`===` is not an operator here", "write `==`"));
            }
            return Ok((token, sign.len()));
        }
    }
    for (sign, instead) in [
        ("<>", "!="),
        ("=<", "<="),
        ("=>", ">="),
        ("=", "=="),
        ("&", "&&"),
        ("|", "||"),
        ("≤", "<="),
        ("≥", ">="),
        ("≠", "!="),
    ] {
        if rest.starts_with(sign) {
            let message = format!("`{sign}` is not an operator here");
            return Err(wrong(at, sign.len(), message, format!("write `{instead}`")));
        }
    }
    let token = match c {
        '<' => Token::Compare(Less),
        '>' => Token::Compare(Greater),
        '!' => Token::Not,
        '(' => Token::Open,
        ')' => Token::Close,
        '[' => Token::OpenList,
        ']' => Token::CloseList,
        ',' => Token::Comma,
        '\'' | '"' => return text(rest, c, at),
        '-' => return Err(wrong(at, 1, "a number here is never negative", "counts and percentages begin at 0")),
        '+' | '*' | '/' | '%' => {
            return Err(wrong(at, 1, "a condition does not calculate", "compare a fact with a literal"));
        }
        c => {
            let message = format!("`{}` can not stand in a condition", safe::line(&c.to_string()));
            return Err(wrong(
                at,
                c.len_utf8(),
                message,
                "write facts, literals, `==` `!=` `<` `<=` `>` `>=` `in` `&&` `||` `!` and parentheses",
            ));
        }
    };
    Ok((token, 1))
}

fn text(rest: &str, quote: char, at: usize) -> Result<(Token, usize), Wrong> {
    match rest.get(1..).and_then(|inner| inner.find(quote)) {
        Some(end) => Ok((Token::Text(rest.get(1..=end).unwrap_or("").to_owned()), end + 2)),
        None => Err(wrong(at, rest.len(), "a text without its closing quote", format!("close it with {quote}"))),
    }
}
