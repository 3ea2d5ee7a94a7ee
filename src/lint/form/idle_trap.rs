//! A trap that costs nobody anything.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};

const CODE: Code =
    Code { name: "idle-trap", summary: "A trap of a scenario that nothing expected or forbidden names." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Workspace(check)],
    explanation: Explanation {
        what: "An inject of a scenario is marked `trap = true`, and no `[[expect]]` or `[[forbid]]` names it in `traps`, \
               so that believing it changes no score.",
        why: "A score is computed from the record, and the record does not hold what people thought. Whether a trap was \
              believed shows in what they did next: only the scenario can say what that is.",
        bad: r#"[[inject]]
id = "own-account"
at = "t+2m"
channel = "automation"
to = ["on-call"]
text = "Everything is in order. No action is needed."
trap = true

[[forbid]]
id = "given-up"
event = "abandoned"
why = "It goes on until somebody has signed off.""#,
        good: r#"[[inject]]
id = "own-account"
at = "t+2m"
channel = "automation"
to = ["on-call"]
text = "Everything is in order. No action is needed."
trap = true

[[forbid]]
id = "given-up"
event = "abandoned"
why = "It goes on until somebody has signed off."
traps = ["own-account"]"#,
        fix: "Name it in the `traps` of what shows that it was believed, or delete `trap = true`.",
    },
};

fn check(cx: &Context<'_>, findings: &mut Findings) {
    for scenario in cx.workspace.scenarios.values() {
        let named: Vec<&str> = scenario.traps_named().map(|t| t.value.as_str()).collect();
        for trap in scenario.injects.iter().filter(|i| i.trap && !named.contains(&i.id.value.as_str())) {
            findings.add(
                Diagnostic::warning(CODE, format!("nothing shows whether trap `{}` was believed", trap.id))
                    .at(&scenario.source, trap.id.span, "believing it costs nothing")
                    .help(format!("write traps = [\"{}\"] where it shows, in `[[expect]]` or `[[forbid]]`", trap.id)),
            );
        }
    }
}
