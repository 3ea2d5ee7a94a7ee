//! Collects what rules find, and brings it into one order in which nothing stands twice.
//!
//! Owns the merging: what is found at the same place for several automations is told once, with their names.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, code};
use crate::text::suggest;

/// A place, as far as findings are told apart by it: file, first byte, code.
type Key = (String, usize, &'static str, String);

/// What was found so far.
#[derive(Debug, Default)]
pub struct Findings {
    found: BTreeMap<Key, Found>,
    /// By file and code: how many were added, and what is known of those that are only counted.
    many: BTreeMap<(String, &'static str), Many>,
}

/// Findings of one code in one file that are told one by one.
const MOST_OF_A_CODE: usize = 1_000;

#[derive(Debug, Default)]
struct Many {
    told: usize,
    left: usize,
    /// The first of those that are left, as grave as the gravest.
    first: Option<Diagnostic>,
}

#[derive(Debug)]
struct Found {
    problem: Diagnostic,
    /// Automations and environments for which it was found, beyond the first.
    also: Vec<String>,
    of: Option<String>,
}

impl Findings {
    /// Adds what was found. The first label says where.
    pub fn add(&mut self, problem: Diagnostic) {
        self.put(problem, None);
    }

    /// Adds what was found in a plan: the same at the same place in the plans of other automations is told once.
    pub(super) fn add_of(&mut self, problem: Diagnostic, plan: &str) {
        self.put(problem, Some(plan));
    }

    fn put(&mut self, problem: Diagnostic, of: Option<&str>) {
        let place = problem.labels.first().map_or((String::new(), 0), |l| (l.source.name.clone(), l.span.start));
        // What is found in a file by itself may stand several times at one place; what is found in plans may not, where
        // the messages differ by the name of the automation alone.
        let message = if of.is_some() { String::new() } else { problem.message.clone() };
        let key = (place.0, place.1, problem.code.name, message);
        match self.found.get_mut(&key) {
            None => {
                let Some(problem) = self.told_so_far(problem) else { return };
                self.found.insert(key, Found { problem, also: Vec::new(), of: of.map(str::to_owned) });
            }
            Some(there) => {
                if problem.severity > there.problem.severity {
                    there.problem.severity = problem.severity;
                }
                if let Some(of) = of
                    && there.of.as_deref() != Some(of)
                    && !there.also.iter().any(|a| a == of)
                {
                    there.also.push(of.to_owned());
                }
            }
        }
    }

    /// The problem, unless too many of its code were told in its file: then it is counted.
    fn told_so_far(&mut self, problem: Diagnostic) -> Option<Diagnostic> {
        let Some(label) = problem.labels.first() else { return Some(problem) };
        let many = self.many.entry((label.source.name.clone(), problem.code.name)).or_default();
        if many.told < MOST_OF_A_CODE {
            many.told += 1;
            return Some(problem);
        }
        many.left += 1;
        match &mut many.first {
            Some(first) => first.severity = first.severity.max(problem.severity),
            none => *none = Some(problem),
        }
        None
    }

    /// Whether reading the file already told a problem of this code at this place.
    #[must_use]
    pub fn told(&self, code: Code, file: &str, start: usize) -> bool {
        let from = (file.to_owned(), start, code.name, String::new());
        self.found
            .range(from..)
            .take_while(|(k, _)| k.0 == file && k.1 == start && k.2 == code.name)
            .any(|(k, _)| !k.3.is_empty())
    }

    /// Whether a problem of this code was found around this byte.
    #[must_use]
    pub fn covers(&self, code: Code, file: &str, byte: usize) -> bool {
        let from = (file.to_owned(), 0, "", String::new());
        let mut here = self.found.range(from..).take_while(|(k, _)| k.0 == file && k.1 <= byte);
        here.any(|(k, f)| k.2 == code.name && f.problem.labels.first().is_some_and(|l| l.span.contains(byte)))
    }

    /// Everything, in the order of files, then of places, then of codes.
    #[must_use]
    pub fn finish(mut self) -> Vec<Diagnostic> {
        for ((_, name), many) in std::mem::take(&mut self.many) {
            // Told as gravely as the gravest, so that nothing passes because there is too much of it.
            if let Some(first) = many.first
                && let Some(label) = first.labels.first()
            {
                let says = format!("{} more findings of `{name}` in this file are not told one by one", many.left);
                let problem = Diagnostic { severity: first.severity, ..Diagnostic::error(code::LEFT_OUT, says) };
                let problem = problem.at(&label.source, label.span, "the first of them");
                self.add(problem.help("mend those that are told first"));
            }
        }
        self.found
            .into_values()
            .map(|found| {
                let mut problem = found.problem;
                if !found.also.is_empty() {
                    let more = also(&found.also);
                    problem.help = Some(problem.help.map_or_else(|| more.clone(), |help| format!("{help}; {more}")));
                }
                problem
            })
            .collect()
    }
}

/// Names that may follow in a message.
const MOST_NAMES: usize = 3;

fn also(names: &[String]) -> String {
    let shown = names.iter().take(MOST_NAMES).map(String::as_str);
    match names.len().saturating_sub(MOST_NAMES) {
        0 => format!("the same for {}", suggest::all(shown)),
        more => {
            format!("the same for {} and {more} more", shown.map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::source::Source;
    use crate::text::span::Span;

    #[test]
    fn the_same_place_of_several_plans_is_told_once_with_their_names() {
        let file = Source::new("runbooks/incident/x.toml", "abc\n");
        let mut findings = Findings::default();
        for plan in ["a", "b", "b", "c", "d", "e"] {
            let says = format!("automation `{plan}` has no role `@x`");
            findings.add_of(Diagnostic::error(code::UNRESOLVED, says).at(&file, Span::new(1, 2), ""), plan);
        }
        findings.add(Diagnostic::warning(code::INCOMPLETE, "x").at(&file, Span::new(0, 1), ""));
        let found = findings.finish();
        let told: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "runbooks/incident/x.toml:1:1: warning[incomplete]: x",
                "runbooks/incident/x.toml:1:2: error[unresolved]: automation `a` has no role `@x`",
            ]
        );
        assert_eq!(found[1].help.as_deref(), Some("the same for `b`, `c`, `d` and 1 more"));
    }
}
