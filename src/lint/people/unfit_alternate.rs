//! An alternate who can not stand in.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::text::suggest;

const CODE: Code = Code { name: "unfit-alternate", summary: "An alternate who can not stand in: without their functions, or gone." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Workspace(check)],
    explanation: Explanation {
        what: "A person names an alternate who has none of that person's functions, so that the alternate's vote \
               covers nothing; or one whose time is over or has not begun.",
        why: "An alternate who can be called and can not approve costs the minutes in which the gate expires.",
        bad: r#"[persons.lena]
functions = ["legal"]
alternates = ["ada"]

[persons.ada]
functions = ["engineering"]"#,
        good: r#"[persons.lena]
functions = ["legal"]
alternates = ["omar"]

[persons.omar]
functions = ["legal"]"#,
        fix: "Give the alternate the functions, or name somebody who has them.",
    },
};

fn check(cx: &Context<'_>, findings: &mut Findings) {
    let Some(people) = &cx.workspace.people else { return };
    for (name, person, source) in super::persons(cx).filter(|(_, p, _)| !p.functions.is_empty()) {
        for alternate in &person.alternates {
            let Some(other) = people.persons.get(&alternate.value) else { continue };
            // That somebody is their own alternate is told while reading.
            if alternate.value == name {
                continue;
            }
            if !super::serves(cx, other) {
                let says = format!("`{alternate}` stands in for `{name}` and does not serve today");
                let problem = Diagnostic::warning(CODE, says).at(source, alternate.span, "");
                findings.add(problem.help("name somebody else who has the functions"));
                continue;
            }
            let lacks = |f: &&crate::text::span::Spanned<String>| !other.functions.iter().any(|o| o.value == f.value);
            let lacking: Vec<&str> = person.functions.iter().filter(lacks).map(|f| f.value.as_str()).collect();
            if lacking.len() == person.functions.len() {
                let says = format!("`{alternate}` stands in for `{name}` and can not approve as {}", suggest::list(lacking));
                findings.add(
                    Diagnostic::warning(CODE, says)
                        .at(source, alternate.span, "")
                        .help(format!("give `{alternate}` the functions, or name somebody who has them")),
                );
            }
        }
    }
}
