//! A gate that the people there are can not open.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, Planned};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};

const CODE: Code = Code { name: "quorum", summary: "A gate that the people there are can not open." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Plan(check)],
    explanation: Explanation {
        what: "A gate asks for more than the people of `people.toml` can give, even if all of them vote: too few \
               distinct people have the functions that it names. One person covers one function, and the count \
               looks for the best way to share them out.",
        why: "A gate that nobody can open is bypassed. Then it is worse than none, because the record says that \
               there was one.",
        bad: r#"[respond.gate]
functions = ["legal", "communications"]   # only one person has both
within = "30m"
on-timeout = "queue""#,
        good: r#"[respond.gate]
functions = ["legal"]
within = "30m"
on-timeout = "queue""#,
        fix: "Give the functions to more people in `people.toml`, or ask for fewer.",
    },
};

fn check(cx: &Context<'_>, planned: &Planned<'_>, findings: &mut Findings) {
    for gate in super::asked(&planned.plan) {
        if super::granted(&super::serving(cx, &planned.plan), gate, &[]) {
            continue;
        }
        // That nobody at all has a function is told where it is resolved.
        if gate.functions.iter().any(|f| !planned.plan.roster.iter().any(|p| p.functions.contains(f))) {
            continue;
        }
        findings.add(super::at(planned, gate, Diagnostic::error(CODE, format!(
            "gate `{}` can not be met: {} and there are {} who could vote",
            gate.id,
            super::asks(gate),
            super::serving(cx, &planned.plan).len(),
        )))
        .help("one person covers one function: give the functions to more people, or ask for fewer"));
    }
}
