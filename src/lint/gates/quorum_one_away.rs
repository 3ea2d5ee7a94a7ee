//! A gate that one absence keeps shut.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, Planned};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::text::suggest;

const CODE: Code = Code { name: "quorum-one-away", summary: "A gate that can not be met while one person is away, or leads the run." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Plan(check)],
    explanation: Explanation {
        what: "A gate can be met when everybody is there, but not while one certain person is away. Whoever leads \
               the run is excluded as well, so the same holds when that person is the operator.",
        why: "People sleep, travel and fall ill, and the one who knows most is often the one who runs the \
               incident. An expired gate is safe and slow: customers wait for a correction that one more name would \
               have sent.",
        bad: r#"[persons.lena]
functions = ["legal"]     # and nobody else"#,
        good: r#"[persons.lena]
functions = ["legal"]

[persons.omar]
functions = ["legal"]"#,
        fix: "Give the function to a second person, who can be an alternate.",
    },
};

fn check(cx: &Context<'_>, planned: &Planned<'_>, findings: &mut Findings) {
    if cx.is_play() {
        return;
    }
    let people = super::serving(cx, &planned.plan);
    let votes = super::yes_of(&people);
    for gate in super::asked(&planned.plan) {
        let Some(met_by) = super::met_by(&votes, gate, &[]) else { continue };
        let needed = people.iter().map(|p| p.name.as_str()).filter(|name| met_by.iter().any(|m| m == name));
        let away: Vec<&str> = needed.filter(|name| super::met_by(&votes, gate, &[name]).is_none()).collect();
        if away.is_empty() {
            continue;
        }
        let says = format!("gate `{}` can not be met while {} is away", gate.id, suggest::list(away.iter().copied()));
        let mut problem = super::at(planned, gate, Diagnostic::warning(CODE, says));
        if let Some(workspace) = &cx.workspace.people
            && let Some(first) = away.first()
            && let Some(person) = workspace.persons.get(first)
        {
            let place = person.functions.first().map_or(person.span, |f| f.span);
            problem = problem.at(&workspace.source, place, "nobody else can take this part");
        }
        findings.add(problem.help("give the function to a second person"));
    }
}
