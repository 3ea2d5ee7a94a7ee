//! Something that must be possible and is not.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Planned;
use crate::lint::findings::Findings;
use crate::lint::paths::Walked;
use crate::lint::rule::{Check, Explanation, Rule};

const CODE: Code = Code { name: "impossible-end", summary: "Something that must be possible on some path and is not on any." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Path(check)],
    explanation: Explanation {
        what: "Every path was walked, and something that a runbook is for happens on none of them: an end that can \
               not be reached, a gate that can not be granted, an or-else that never runs.",
        why: "A gate that can only expire, or a row that nobody can confirm, looks like protection and is none.",
        bad: "# a severity row that no answer leads to",
        good: "# a severity row that some answer leads to",
        fix: "Find what stands in the way: usually a row that is never reached, or a check that can not pass.",
    },
};

fn check(planned: &Planned<'_>, walked: &Walked, findings: &mut Findings) {
    let coverage = &walked.coverage;
    // Nothing is said of what was not looked at to the end.
    if coverage.stopped || coverage.complete.is_none_or(|faults| faults < 1) || coverage.broken.is_some() {
        return;
    }
    let never: Vec<String> =
        coverage.sometimes.iter().filter(|(_, path)| path.is_none()).map(|(s, _)| s.sentence(&planned.plan)).collect();
    if let Some(first) = never.first() {
        let more = match never.len() {
            1 => String::new(),
            n => format!(", and {} more", n - 1),
        };
        let mut problem = Diagnostic::warning(CODE, format!("on no path this is so: {first}{more}"))
            .at(&planned.runbook.source, super::title(planned), "");
        if never.len() > 1 {
            problem = problem.help(format!("all of them: {}", never.join("; ")));
        }
        findings.add(problem);
    }
}
