//! A sign-off that operator and author of the fix keep shut between them.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{{Context, Planned}};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::plan::Excluded;

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
    let sign_offs = super::asked(&planned.plan).filter(|g| g.not.contains(&Excluded::FixAuthor));
    for gate in sign_offs {
        // That one alone is enough to keep it shut is told by another rule.
        let one_is_enough = people.iter().any(|p| !super::granted(&people, gate, &[&p.name]));
        let pair = people.iter().enumerate().find_map(|(i, a)| {
            let rest = people.iter().skip(i + 1);
            rest.map(|b| [a.name.as_str(), b.name.as_str()]).find(|pair| !super::granted(&people, gate, pair))
        });
        if let Some([a, b]) = pair.filter(|_| !one_is_enough) {
            let says = format!("gate `{}` can not be met when `{a}` leads the run and `{b}` makes the fix", gate.id);
            findings.add(
                super::at(planned, gate, Diagnostic::warning(CODE, says))
                    .help("give the functions that it asks for to one more person"),
            );
        }
    }
}
