//! The part of PromQL that people write about a signal: selectors, ranges and subqueries, functions over time,
//! aggregations, arithmetic and comparisons.
//!
//! Owns parsing and evaluation against one series per metric. What it does not know it refuses by name; it never answers
//! with a guess.

use std::collections::BTreeMap;

use litemap::LiteMap;

use crate::text::time::Millis;

/// Labels of a series, the metric's name among them as `__name__`.
pub(super) type Labels = BTreeMap<String, String>;

/// Where values come from: the series of a metric and its value at an age before now, if there was one.
pub(super) trait Source {
    fn labels(&self, metric: &str) -> Labels;
    fn value(&self, metric: &str, age: Millis) -> Option<f64>;
}

/// The result of an expression at one instant.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Scalar(f64),
    Vector(Vec<(Labels, f64)>),
    /// Samples by age, oldest first.
    Matrix(Vec<(Labels, Vec<(Millis, f64)>)>),
}

/// Seconds between two samples of a range.
const SCRAPE: Millis = Millis(15_000);
/// The default resolution of a subquery.
const RESOLUTION: Millis = Millis(60_000);
const MOST_POINTS: u64 = 11_000;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Number(f64),
    Select { metric: Option<String>, matchers: Vec<Matcher>, range: Option<Millis>, offset: Millis },
    Subquery { inner: Box<Expr>, range: Millis, step: Millis, offset: Millis },
    Call(String, Vec<Expr>),
    Aggregate { how: String, of: Box<Expr>, labels: Vec<String>, without: bool },
    Negative(Box<Expr>),
    Binary { left: Box<Expr>, operator: &'static str, boolean: bool, right: Box<Expr> },
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Matcher {
    label: String,
    operator: &'static str,
    value: String,
}

impl Matcher {
    fn holds(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.label).map_or("", String::as_str);
        // Anchored alternatives, where a whole alternative may be a wildcard: all that `parse` lets in.
        let fits = || self.value.split('|').any(|v| v == value || v == ".*" || (v == ".+" && !value.is_empty()));
        match self.operator {
            "=" => value == self.value,
            "!=" => value != self.value,
            "=~" => fits(),
            _ => !fits(),
        }
    }
}

// ------------------------------------------------------------------------------------------------------------- parsing

const AGGREGATIONS: [&str; 5] = ["sum", "avg", "min", "max", "count"];
const OVER_RANGE: [&str; 12] = [
    "min_over_time",
    "max_over_time",
    "avg_over_time",
    "sum_over_time",
    "count_over_time",
    "last_over_time",
    "present_over_time",
    "increase",
    "rate",
    "delta",
    "irate",
    "changes",
];
const OVER_INSTANT: [&str; 8] = ["abs", "ceil", "floor", "round", "absent", "scalar", "vector", "sort"];
/// By precedence, weakest first.
const OPERATORS: [&[&str]; 3] = [&["==", "!=", ">=", "<=", ">", "<"], &["+", "-"], &["*", "/", "%"]];

/// Reads an expression, or says what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Expr, String> {
    let mut parser = Parser { text, at: 0 };
    let expr = parser.binary(0)?;
    parser.space();
    if parser.at < text.len() {
        return Err(parser.wrong("unexpected"));
    }
    Ok(expr)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn wrong(&self, what: &str) -> String {
        let rest: String = self.rest().chars().take(20).collect();
        let found = if rest.is_empty() { "end of input".to_owned() } else { format!("\"{rest}\"") };
        format!("1:{}: parse error: {what} {found}", self.at + 1)
    }

    fn eat(&mut self, token: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn need(&mut self, token: &str) -> Result<(), String> {
        if self.eat(token) { Ok(()) } else { Err(self.wrong(&format!("expected \"{token}\", got"))) }
    }

    fn word(&mut self) -> &'a str {
        self.space();
        let rest = self.rest();
        let ends = |c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':';
        let word = rest.split(ends).next().unwrap_or_default();
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            return "";
        }
        self.at += word.len();
        word
    }

    /// Takes a word if it is the next one.
    fn eat_word(&mut self, wanted: &str) -> bool {
        let before = self.at;
        if self.word().eq_ignore_ascii_case(wanted) {
            return true;
        }
        self.at = before;
        false
    }

    fn binary(&mut self, level: usize) -> Result<Expr, String> {
        let Some(operators) = OPERATORS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        loop {
            self.space();
            let Some(operator) = operators.iter().copied().find(|o| self.rest().starts_with(*o)) else {
                return Ok(left);
            };
            self.at += operator.len();
            let boolean = level == 0 && self.eat_word("bool");
            let right = self.binary(level + 1)?;
            left = Expr::Binary { left: Box::new(left), operator, boolean, right: Box::new(right) };
        }
    }

    fn unary(&mut self) -> Result<Expr, String> {
        if self.eat("-") {
            return Ok(Expr::Negative(Box::new(self.unary()?)));
        }
        let mut expr = self.primary()?;
        loop {
            if self.eat("[") {
                let range = self.duration()?;
                let step = if self.eat(":") {
                    Some(if self.eat("]") { RESOLUTION } else { self.step()? })
                } else {
                    self.need("]")?;
                    None
                };
                expr = match (expr, step) {
                    (Expr::Select { metric, matchers, range: None, offset }, None) => {
                        Expr::Select { metric, matchers, range: Some(range), offset }
                    }
                    (inner, Some(step)) => Expr::Subquery { inner: Box::new(inner), range, step, offset: Millis(0) },
                    _ => return Err(self.wrong("ranges only allowed for vector selectors, before")),
                };
            } else if self.eat_word("offset") {
                let by = self.duration()?;
                match &mut expr {
                    Expr::Select { offset, .. } | Expr::Subquery { offset, .. } => *offset = by,
                    _ => return Err(self.wrong("offset modifier must be preceded by a selector or subquery, before")),
                }
            } else {
                return Ok(expr);
            }
        }
    }

    fn step(&mut self) -> Result<Millis, String> {
        let step = self.duration()?;
        self.need("]")?;
        Ok(step)
    }

    fn duration(&mut self) -> Result<Millis, String> {
        self.space();
        let rest = self.rest();
        let text = rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let mut total = 0_u64;
        let mut left = text;
        while !left.is_empty() {
            let digits = left.bytes().take_while(u8::is_ascii_digit).count();
            let (number, after) = left.split_at(digits);
            let units = after.bytes().take_while(u8::is_ascii_alphabetic).count();
            let (unit, after) = after.split_at(units);
            let size = match unit {
                "ms" => 1,
                "s" => 1_000,
                "m" => 60_000,
                "h" => 3_600_000,
                "d" => 86_400_000,
                "w" => 604_800_000,
                "y" => 31_536_000_000,
                _ => return Err(self.wrong("bad duration")),
            };
            let part = number.parse::<u64>().ok().and_then(|n| n.checked_mul(size));
            total = part.and_then(|p| total.checked_add(p)).ok_or_else(|| self.wrong("bad duration"))?;
            left = after;
        }
        if total == 0 {
            return Err(self.wrong("duration must be greater than 0, got"));
        }
        self.at += text.len();
        Ok(Millis(total))
    }

    fn primary(&mut self) -> Result<Expr, String> {
        if self.eat("(") {
            let inner = self.binary(0)?;
            self.need(")")?;
            return Ok(inner);
        }
        self.space();
        let rest = self.rest();
        if rest.starts_with('{') {
            return self.selector(None);
        }
        let digits = rest.split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or_default();
        if !digits.is_empty() {
            let number = digits.parse().map_err(|_| self.wrong("bad number"))?;
            self.at += digits.len();
            return Ok(Expr::Number(number));
        }
        let before = self.at;
        let name = self.word();
        if name.is_empty() {
            return Err(self.wrong("unexpected"));
        }
        if AGGREGATIONS.contains(&name) {
            return self.aggregation(name);
        }
        self.space();
        if !self.rest().starts_with('(') {
            return self.selector(Some(name.to_owned()));
        }
        if !OVER_RANGE.contains(&name) && !OVER_INSTANT.contains(&name) {
            self.at = before;
            return Err(self.wrong("unknown function with name"));
        }
        let arguments = self.arguments()?;
        match arguments.len() {
            1 => Ok(Expr::Call(name.to_owned(), arguments)),
            n => Err(self.wrong(&format!("expected 1 argument(s) in call to \"{name}\", got {n}, before"))),
        }
    }

    fn arguments(&mut self) -> Result<Vec<Expr>, String> {
        self.need("(")?;
        let mut all = Vec::new();
        if self.eat(")") {
            return Ok(all);
        }
        loop {
            all.push(self.binary(0)?);
            if self.eat(")") {
                return Ok(all);
            }
            self.need(",")?;
        }
    }

    fn aggregation(&mut self, how: &str) -> Result<Expr, String> {
        let mut grouping = self.grouping()?;
        let mut arguments = self.arguments()?;
        if grouping.is_none() {
            grouping = self.grouping()?;
        }
        let (without, labels) = grouping.unwrap_or_default();
        match (arguments.pop(), arguments.is_empty()) {
            (Some(of), true) => Ok(Expr::Aggregate { how: how.to_owned(), of: Box::new(of), labels, without }),
            _ => Err(self.wrong("wrong number of arguments for aggregate expression, before")),
        }
    }

    fn grouping(&mut self) -> Result<Option<(bool, Vec<String>)>, String> {
        let without = if self.eat_word("by") {
            false
        } else if self.eat_word("without") {
            true
        } else {
            return Ok(None);
        };
        self.need("(")?;
        let mut labels = Vec::new();
        while !self.eat(")") {
            let label = self.word();
            if label.is_empty() {
                return Err(self.wrong("unexpected"));
            }
            labels.push(label.to_owned());
            if !self.eat(",") {
                self.need(")")?;
                break;
            }
        }
        Ok(Some((without, labels)))
    }

    fn selector(&mut self, metric: Option<String>) -> Result<Expr, String> {
        let mut matchers = Vec::new();
        if self.eat("{") {
            while !self.eat("}") {
                let label = self.word().to_owned();
                self.space();
                let operator = ["=~", "!~", "!=", "="].into_iter().find(|o| self.rest().starts_with(o));
                let Some(operator) = operator.filter(|_| !label.is_empty()) else {
                    return Err(self.wrong("unexpected character inside braces:"));
                };
                self.at += operator.len();
                let value = self.quoted()?;
                let plain = |v: &str| v == ".*" || v == ".+" || !v.contains(|c: char| "\\^$.*+?()[]{}".contains(c));
                if operator.ends_with('~') && !value.split('|').all(plain) {
                    return Err(self.wrong("the sandbox knows expressions made of plain alternatives only, before"));
                }
                matchers.push(Matcher { label, operator, value });
                if !self.eat(",") {
                    self.need("}")?;
                    break;
                }
            }
        }
        let names = metric.is_some() || matchers.iter().any(|m| m.operator == "=" && !m.value.is_empty());
        if !names {
            return Err(self.wrong("vector selector must contain at least one non-empty matcher, before"));
        }
        Ok(Expr::Select { metric, matchers, range: None, offset: Millis(0) })
    }

    fn quoted(&mut self) -> Result<String, String> {
        self.space();
        let rest = self.rest();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
        let Some(quote) = quote else { return Err(self.wrong("expected a string, got")) };
        let mut value = String::new();
        let mut chars = rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            if c == quote {
                self.at += at + 1;
                return Ok(value);
            }
            match c {
                '\\' if quote != '`' => value.extend(chars.next().map(|(_, c)| c)),
                c => value.push(c),
            }
        }
        Err(self.wrong("unterminated quoted string"))
    }
}

// ---------------------------------------------------------------------------------------------------------- evaluation

/// Evaluates at an age before now.
pub(super) fn evaluate(expr: &Expr, source: &dyn Source, age: Millis) -> Result<Value, String> {
    match expr {
        Expr::Number(n) => Ok(Value::Scalar(*n)),
        Expr::Negative(inner) => Ok(map(evaluate(inner, source, age)?, |v| -v)),
        Expr::Select { metric, matchers, range, offset } => {
            let age = Millis(age.0.saturating_add(offset.0));
            let named = matchers.iter().find(|m| m.label == "__name__" && m.operator == "=").map(|m| &m.value);
            let Some(metric) = metric.as_ref().or(named) else { return Ok(Value::Vector(Vec::new())) };
            let labels = source.labels(metric);
            if !matchers.iter().all(|m| m.holds(&labels)) {
                return Ok(range.map_or(Value::Vector(Vec::new()), |_| Value::Matrix(Vec::new())));
            }
            Ok(match range {
                None => Value::Vector(source.value(metric, age).map(|v| (labels, v)).into_iter().collect()),
                Some(range) => {
                    let samples: Vec<_> =
                        ages(age, *range, SCRAPE)?.filter_map(|a| source.value(metric, a).map(|v| (a, v))).collect();
                    Value::Matrix(if samples.is_empty() { Vec::new() } else { vec![(labels, samples)] })
                }
            })
        }
        Expr::Subquery { inner, range, step, offset } => {
            let age = Millis(age.0.saturating_add(offset.0));
            let mut series: LiteMap<Labels, Vec<(Millis, f64)>> = LiteMap::new();
            for a in ages(age, *range, *step)? {
                match evaluate(inner, source, a)? {
                    Value::Vector(vector) => {
                        for (labels, value) in vector {
                            series.entry(labels).or_default().push((a, value));
                        }
                    }
                    _ => return Err("subquery is only allowed on instant vector".to_owned()),
                }
            }
            Ok(Value::Matrix(series.into_iter().collect()))
        }
        Expr::Call(name, arguments) => {
            let Some(argument) = arguments.first() else { return Err(format!("{name} needs an argument")) };
            call(name, evaluate(argument, source, age)?)
        }
        Expr::Aggregate { how, of, labels, without } => {
            let Value::Vector(vector) = evaluate(of, source, age)? else {
                return Err(format!("expected type instant vector in aggregation expression, {how}"));
            };
            let mut groups: LiteMap<Labels, Vec<f64>> = LiteMap::new();
            for (mut of, value) in vector {
                of.retain(|name, _| (labels.contains(name) != *without) && name != "__name__");
                groups.entry(of).or_default().push(value);
            }
            Ok(Value::Vector(groups.into_iter().map(|(l, values)| (l, fold(how, &values))).collect()))
        }
        Expr::Binary { left, operator, boolean, right } => {
            binary(evaluate(left, source, age)?, operator, *boolean, evaluate(right, source, age)?)
        }
    }
}

/// The ages of a range's samples, oldest first.
fn ages(age: Millis, range: Millis, step: Millis) -> Result<impl Iterator<Item = Millis>, String> {
    let points = range.0 / step.0.max(1);
    if points > MOST_POINTS * 4 {
        return Err("query processing would load too many samples into memory in query execution".to_owned());
    }
    Ok((0..=points).rev().map(move |n| Millis(age.0.saturating_add(n * step.0))))
}

fn map(value: Value, change: impl Fn(f64) -> f64) -> Value {
    match value {
        Value::Scalar(v) => Value::Scalar(change(v)),
        Value::Vector(vector) => Value::Vector(vector.into_iter().map(|(l, v)| (unnamed(l), change(v))).collect()),
        Value::Matrix(matrix) => Value::Matrix(matrix),
    }
}

fn unnamed(mut labels: Labels) -> Labels {
    labels.remove("__name__");
    labels
}

#[expect(clippy::cast_precision_loss, reason = "counts of samples and milliseconds are far below 2^53")]
fn fold(how: &str, values: &[f64]) -> f64 {
    let sum: f64 = values.iter().sum();
    match how {
        "sum" => sum,
        "avg" => sum / values.len() as f64,
        "min" => values.iter().copied().fold(f64::INFINITY, f64::min),
        "max" => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        "count" => values.len() as f64,
        "present" => 1.0,
        "changes" => values.windows(2).filter(|w| w.first() != w.last()).count() as f64,
        _ => values.last().copied().unwrap_or(f64::NAN),
    }
}

#[expect(clippy::cast_precision_loss, reason = "an age in milliseconds is far below 2^53")]
fn call(name: &str, argument: Value) -> Result<Value, String> {
    let wrong = |wanted: &str| Err(format!("expected type {wanted} in call to function \"{name}\""));
    if OVER_RANGE.contains(&name) {
        let Value::Matrix(matrix) = argument else { return wrong("range vector") };
        let value = |samples: &[(Millis, f64)]| -> Option<f64> {
            let values: Vec<f64> = samples.iter().map(|(_, v)| *v).collect();
            let ends = samples.first().zip(samples.last()).filter(|_| samples.len() > 1);
            match name.strip_suffix("_over_time") {
                Some(how) => Some(fold(how, &values)),
                None if name == "changes" => Some(fold(name, &values)),
                None => ends.map(|((oldest, first), (newest, last))| {
                    let gained = last - first;
                    let seconds = (oldest.0 - newest.0) as f64 / 1_000.0;
                    if matches!(name, "rate" | "irate") { gained / seconds } else { gained }
                }),
            }
        };
        let vector = matrix.into_iter().filter_map(|(l, samples)| value(&samples).map(|v| (unnamed(l), v)));
        return Ok(Value::Vector(vector.collect()));
    }
    match (name, argument) {
        ("vector", Value::Scalar(v)) => Ok(Value::Vector(vec![(Labels::new(), v)])),
        ("vector", _) => wrong("scalar"),
        ("scalar", Value::Vector(v)) => {
            Ok(Value::Scalar(v.first().filter(|_| v.len() == 1).map_or(f64::NAN, |(_, v)| *v)))
        }
        ("absent", Value::Vector(v)) => {
            Ok(Value::Vector(if v.is_empty() { vec![(Labels::new(), 1.0)] } else { Vec::new() }))
        }
        ("sort", vector @ Value::Vector(_)) => Ok(vector),
        ("abs", v @ Value::Vector(_)) => Ok(map(v, f64::abs)),
        ("ceil", v @ Value::Vector(_)) => Ok(map(v, f64::ceil)),
        ("floor", v @ Value::Vector(_)) => Ok(map(v, f64::floor)),
        ("round", v @ Value::Vector(_)) => Ok(map(v, |v| (v + 0.5).floor())),
        _ => wrong("instant vector"),
    }
}

fn binary(left: Value, operator: &str, boolean: bool, right: Value) -> Result<Value, String> {
    let compares = matches!(operator, "==" | "!=" | ">=" | "<=" | ">" | "<");
    let apply = |a: f64, b: f64| -> f64 {
        let truth = |t: bool| f64::from(u8::from(t));
        #[expect(clippy::float_cmp, reason = "PromQL's == is exact")]
        match operator {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" => a / b,
            "%" => a % b,
            "==" => truth(a == b),
            "!=" => truth(a != b),
            ">=" => truth(a >= b),
            "<=" => truth(a <= b),
            ">" => truth(a > b),
            _ => truth(a < b),
        }
    };
    // A comparison keeps the vector's value where it holds, unless `bool` asks for 0 or 1.
    let result = |labels: Labels, kept: f64, a: f64, b: f64| -> Option<(Labels, f64)> {
        match (compares, boolean) {
            (true, false) => (apply(a, b) != 0.0).then_some((labels, kept)),
            _ => Some((unnamed(labels), apply(a, b))),
        }
    };
    match (left, right) {
        (Value::Scalar(_), Value::Scalar(_)) if compares && !boolean => {
            Err("comparisons between scalars must use BOOL modifier".to_owned())
        }
        (Value::Scalar(a), Value::Scalar(b)) => Ok(Value::Scalar(apply(a, b))),
        (Value::Vector(v), Value::Scalar(b)) => {
            Ok(Value::Vector(v.into_iter().filter_map(|(l, a)| result(l, a, a, b)).collect()))
        }
        (Value::Scalar(a), Value::Vector(v)) => {
            Ok(Value::Vector(v.into_iter().filter_map(|(l, b)| result(l, b, a, b)).collect()))
        }
        (Value::Vector(lefts), Value::Vector(rights)) => {
            let other = |l: &Labels| {
                let wanted = unnamed(l.clone());
                rights.iter().find(|(r, _)| unnamed(r.clone()) == wanted).map(|(_, v)| *v)
            };
            let both = lefts.into_iter().filter_map(|(l, a)| other(&l).and_then(|b| result(l, a, a, b)));
            Ok(Value::Vector(both.collect()))
        }
        _ => Err("binary expression must contain only scalar and instant vector types".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One metric that was 1 until an hour ago and 3 since, and one that counts down with age.
    struct Two;

    impl Source for Two {
        fn labels(&self, metric: &str) -> Labels {
            [("__name__", metric), ("app", "a")].map(|(k, v)| (k.to_owned(), v.to_owned())).into()
        }

        fn value(&self, metric: &str, age: Millis) -> Option<f64> {
            match metric {
                "level" => Some(if age.0 > 3_600_000 { 1.0 } else { 3.0 }),
                "seen" => Some(1_000.0 - age.0 as f64 / 60_000.0),
                _ => None,
            }
        }
    }

    fn value(text: &str) -> Result<Option<f64>, String> {
        match evaluate(&parse(text)?, &Two, Millis(0))? {
            Value::Scalar(v) => Ok(Some(v)),
            Value::Vector(v) => Ok(v.first().map(|(_, v)| *v)),
            Value::Matrix(m) => Err(format!("{m:?}")),
        }
    }

    #[test]
    fn what_people_write_is_understood() {
        for (text, wanted) in [
            ("level", Some(3.0)),
            (r#"level{app="a"}"#, Some(3.0)),
            (r#"{__name__="level",app=~"a|b"}"#, Some(3.0)),
            (r#"level{app!="a"}"#, None),
            (r#"level{app!~"b",other=""}"#, Some(3.0)),
            ("nothing", None),
            ("level offset 2h", Some(1.0)),
            ("min_over_time(level[15m:1m])", Some(3.0)),
            (r#"min_over_time(level{app="a"}[2h])"#, Some(1.0)),
            ("max_over_time(level[2h:])", Some(3.0)),
            ("avg_over_time(level[2h:1h])", Some(7.0 / 3.0)),
            ("count_over_time(level[1m])", Some(5.0)),
            ("min_over_time(nothing[15m:1m])", None),
            ("increase(seen[15m])", Some(15.0)),
            ("rate(seen[1h]) * 60", Some(1.0)),
            ("sum(level)", Some(3.0)),
            ("sum by (app) (level) + 1", Some(4.0)),
            ("sum(level) without (app) * 2", Some(6.0)),
            ("sum(increase(seen[15m])) / sum(level)", Some(5.0)),
            ("(level > 2) * 2", Some(6.0)),
            ("level > 3", None),
            ("level >bool 3", Some(0.0)),
            ("2 + 3 * 4 - -1", Some(15.0)),
            ("scalar(level) / 2", Some(1.5)),
            ("absent(nothing)", Some(1.0)),
            ("seen / level", Some(1_000.0 / 3.0)),
        ] {
            assert_eq!(value(text), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in [
            "",
            "level{",
            "level{app}",
            "level{app=a}",
            "level[15m",
            "level[0s]",
            "level[x]",
            "(level",
            "level)",
            "histogram_quantile(0.9, level)",
            "sum(level, level)",
            "min_over_time(level)",
            "level[5m] + 1",
            "{}",
            "1 > 2",
            r#"level{app=~"a.c"}"#,
            "level[5m][5m]",
            "min_over_time(level[9y:1ms])",
            "rate()",
        ] {
            assert!(value(text).is_err(), "{text:?} gave {:?}", value(text));
        }
    }
}
