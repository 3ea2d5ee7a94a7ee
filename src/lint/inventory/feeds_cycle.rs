//! Circles of automations.

use std::collections::{BTreeMap, BTreeSet};


use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Automation;
use crate::text::span::Spanned;

const CODE: Code = Code { name: "feeds-cycle", summary: "Automations that feed each other in a circle." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Workspace(check)],
    explanation: Explanation {
        what: "An automation feeds another one, directly or through others, which feeds the first.",
        why: "A circle of automations has no quiet state: each output is an input. A loop of agents ran up a bill \
              of about 47,000 dollars in 2025, over eleven days in which every dashboard was green.",
        bad: r#"# automations/a.toml
feeds = ["b"]
# automations/b.toml has feeds = ["a"]"#,
        good: r#"# automations/a.toml
feeds = ["b"]
# automations/b.toml has feeds = []"#,
        fix: "Take one of them out of `feeds`, and put a person or a cap between them in the real system.",
    },
};

fn check(cx: &Context<'_>, findings: &mut Findings) {
    let mut state: BTreeMap<&str, bool> = BTreeMap::new();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for automation in cx.automations() {
        // A walk without recursion: the way so far, with the next automation that each of it feeds.
        let mut way: Vec<(&Automation, usize)> = Vec::new();
        if state.contains_key(automation.name.as_str()) {
            continue;
        }
        state.insert(automation.name.as_str(), false);
        way.push((automation, 0));
        while let Some((from, next)) = way.last_mut() {
            let from = *from;
            let Some(to) = from.feeds.get(*next) else {
                state.insert(from.name.as_str(), true);
                way.pop();
                continue;
            };
            *next += 1;
            match state.get(to.value.as_str()) {
                Some(true) => {}
                Some(false) => {
                    if told.insert(from.name.as_str()) {
                        findings.add(found(cx, &way, to));
                    }
                }
                None => {
                    if let Some(fed) = cx.workspace.automations.get(&to.value) {
                        state.insert(fed.name.as_str(), false);
                        way.push((fed, 0));
                    }
                }
            }
        }
    }
}

fn found(cx: &Context<'_>, way: &[(&Automation, usize)], back: &Spanned<String>) -> Diagnostic {
    let begin = way.iter().position(|(a, _)| a.name == back.value).unwrap_or(0);
    let names: Vec<&str> = way.iter().skip(begin).map(|(a, _)| a.name.as_str()).chain([back.value.as_str()]).collect();
    let problem = Diagnostic::error(CODE, format!("these automations feed each other: {}", names.join(" → ")));
    let problem = match way.last() {
        Some((last, _)) => problem.at(&last.source, back.span, "closes the circle"),
        None => problem,
    };
    let first = cx.workspace.automations.get(&back.value).and_then(|a| a.feeds.first().map(|f| (a, f.span)));
    match first.filter(|(a, _)| way.last().is_none_or(|(last, _)| last.name != a.name)) {
        Some((a, span)) => problem.at(&a.source, span, "begins here"),
        None => problem,
    }
    .help("take one of them out of `feeds`, and put a person or a cap between them")
}
