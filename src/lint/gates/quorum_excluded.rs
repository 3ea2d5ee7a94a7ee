//! A sign-off that operator and author of the fix keep shut between them.

use crate::approval::Counted;
use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, Planned};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::plan::{Excluded, Gate, Person};

const CODE: Code = Code { name: "quorum-excluded", summary: "A sign-off that can not be met once operator and author of the fix are excluded." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Plan(check)],
    explanation: Explanation {
        what: "The sign-off excludes whoever led the run and whoever made the fix. If these are certain two people, \
               too few are left.",
        why: "Two engineers on call, one leads, the other fixes: that is an ordinary night. Autonomy then stays \
               low until somebody changes `people.toml`, under pressure.",
        bad: r#"# two engineers, and the sign-off asks for one
sign-off = { functions = ["engineering"], not = ["operator", "fix-author"], within = "24h", on-timeout = "read-only" }"#,
        good: r#"# three engineers, or
sign-off = { functions = ["product"], not = ["operator", "fix-author"], within = "24h", on-timeout = "read-only" }"#,
        fix: "Give the function to one more person than could lead and fix.",
    },
};

fn check(cx: &Context<'_>, planned: &Planned<'_>, findings: &mut Findings) {
    if cx.is_play() {
        return;
    }
    let people = super::serving(cx, &planned.plan);
    let votes = super::yes_of(&people);
    let sign_offs = super::asked(&planned.plan).filter(|g| g.not.contains(&Excluded::FixAuthor));
    for gate in sign_offs {
        let pair = shut(&people, &votes, gate);
        if let Some([a, b]) = pair {
            let says = format!("gate `{}` can not be met when `{a}` leads the run and `{b}` makes the fix", gate.id);
            findings.add(
                super::at(planned, gate, Diagnostic::warning(CODE, says))
                    .help("give the functions that it asks for to one more person"),
            );
        }
    }
}

/// The first two of the roster without whom a gate is not met. None where one alone keeps it shut: that is told by another
/// rule.
fn shut<'p>(people: &[&'p Person], votes: &[Counted], gate: &Gate) -> Option<[&'p str; 2]> {
    let names: Vec<&'p str> = people.iter().map(|p| p.name.as_str()).collect();
    let place = |name: &str| names.iter().position(|n| *n == name);
    let mut pairs: Vec<[usize; 2]> = Vec::new();
    for a in &super::met_by(votes, gate, &[])? {
        for b in &super::met_by(votes, gate, &[a])? {
            if super::met_by(votes, gate, &[a, b]).is_none() {
                let (a, b) = (place(a)?, place(b)?);
                pairs.push([a.min(b), a.max(b)]);
            }
        }
    }
    let [a, b] = pairs.into_iter().min()?;
    Some([names.get(a)?, names.get(b)?])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lint::gates::{granted, yes_of};
    use crate::plan::{Fallback, Touch};
    use crate::text::time::Millis;

    /// Every pair tried, as the rule means it.
    fn every_pair<'p>(people: &[&'p Person], gate: &Gate) -> Option<[&'p str; 2]> {
        if people.iter().any(|p| !granted(people, gate, &[&p.name])) {
            return None;
        }
        people.iter().enumerate().find_map(|(i, a)| {
            let rest = people.iter().skip(i + 1);
            rest.map(|b| [a.name.as_str(), b.name.as_str()]).find(|pair| !granted(people, gate, pair))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_pair_is_the_one_that_trying_every_pair_finds(
            of in prop::collection::vec(prop::collection::btree_set(0..4_u8, 0..3), 0..9),
            functions in prop::collection::vec(0..4_u8, 0..3),
            more in 0..3_u16,
        ) {
            let name = |f: &u8| format!("f{f}");
            let people: Vec<Person> = of
                .iter()
                .enumerate()
                .map(|(i, f)| Person {
                    name: format!("p{i}"),
                    functions: f.iter().map(name).collect(),
                    from: None,
                    until: None,
                    keys: Vec::new(),
                })
                .collect();
            let people: Vec<&Person> = people.iter().collect();
            let gate = Gate {
                id: "sign-off".to_owned(),
                functions: functions.iter().map(name).collect(),
                people: u16::try_from(functions.len()).unwrap_or(0) + more,
                not: Vec::new(),
                within: Millis::from_secs(60),
                on_timeout: Fallback::Cancel,
                touch: Touch::None,
                review: None,
            };
            prop_assert_eq!(shut(&people, &yes_of(&people), &gate), every_pair(&people, &gate));
        }
    }
}
