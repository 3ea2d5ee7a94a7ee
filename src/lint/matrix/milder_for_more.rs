//! More harm that gets a milder answer.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::{FactKind, Runbook};
use crate::plan::decide::Matrix;

const CODE: Code = Code { name: "milder-for-more", summary: "A case in which more of a fact gets a milder row." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "Two cases differ in one answer alone, and the one with more of it gets a row further down: more of a count, or \
               yes instead of no where yes leads further up in another case. The finding names both cases; it was decided \
               from the conditions, not tried out.",
        why: "`exposed < 1000` where `exposed > 1000` was meant sends the largest incident to the mildest row, and every other \
              rule is content: each case has a row, and each row a case.",
        bad: r#"[[severity]]
level = "sev1"
when = "exposed < 1000"
respond = []

[[severity]]
level = "sev2"
respond = []"#,
        good: r#"[[severity]]
level = "sev1"
when = "exposed > 1000"
respond = []

[[severity]]
level = "sev2"
respond = []"#,
        fix: "Turn the comparison round, or widen the graver condition so that it takes the larger case as well. Where more is \
              really less grave, ask for the opposite: how many were not warned.",
    },
};

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let Some(matrix) = Matrix::of(runbook) else { return };
    for found in matrix.milder_for_more().unwrap_or_default() {
        let Some(fact) = runbook.facts.get(found.fact) else { continue };
        let counts = fact.kind.as_ref().is_some_and(|k| k.value == FactKind::Count);
        let (Some(graver), Some(milder)) = (runbook.severities.get(found.row), runbook.severities.get(found.after)) else {
            continue;
        };
        if !counts && !found.raises {
            continue;
        }
        let place = graver.when.as_ref().map_or(graver.level.span, |w| w.text.span);
        let says = format!(
            "`{}` where {}, and the milder `{}` where {}",
            graver.level,
            matrix.tell(&found.less),
            milder.level,
            matrix.tell(&found.more)
        );
        findings.add(
            Diagnostic::warning(CODE, says)
                .at(&runbook.source, place, format!("takes less of `{}` and leaves more", fact.id))
                .help("turn the comparison round, or widen the condition"),
        );
    }
}
