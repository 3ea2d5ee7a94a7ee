//! The worst case of the steps against the time that was promised.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, Planned};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::plan::{Direction, Step};
use crate::text::time::Millis;

const CODE: Code = Code { name: "contain-too-slow", summary: "Immediate actions whose worst case does not fit `contain-within`." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Plan(check)],
    explanation: Explanation {
        what: "The steps up to the last one that lowers autonomy, each with the whole of its `within` and of its \
               or-else's, take longer than `contain-within`. The sum is shown. A step without `within` has 30 s.",
        why: "A target that the steps can not meet is missed in the worst night, which is the one for which it was \
              written. Time-outs add up unseen: a step that fails takes all of its time before the other way \
              begins.",
        bad: r#"contain-within = "1m"

[[immediate]]
id = "stop"
within = "40s"
or-else = "stop-service"

[[immediate]]
id = "stop-service"
within = "40s""#,
        good: r#"contain-within = "2m"

[[immediate]]
id = "stop"
within = "40s"
or-else = "stop-service"

[[immediate]]
id = "stop-service"
within = "40s""#,
        fix: "Put the steps that lower autonomy first, shorten `within`, or promise a longer time.",
    },
};

fn check(_: &Context<'_>, planned: &Planned<'_>, findings: &mut Findings) {
    let (plan, runbook) = (&planned.plan, planned.runbook);
    let Some(limit) = &runbook.contain_within else { return };
    let steps: Vec<_> = plan.immediate.iter().map(|ix| plan.step(*ix)).collect();
    // A stop may also be the other way of a step that is none.
    let lowers = |s: &Step| s.direction == Direction::Lowers;
    let last = steps.iter().rposition(|s| lowers(s) || s.or_else.is_some_and(|ix| lowers(plan.step(ix))));
    let Some(last) = last.and_then(|i| steps.get(..=i)) else { return };
    let mut sum = Millis(0);
    let mut terms = Vec::new();
    // One that stands in for several is done once.
    let mut others = BTreeSet::new();
    for step in last {
        sum = Millis(sum.0.saturating_add(step.within.0));
        terms.push(format!("{} {}", step.id, step.within));
        if let Some(other) = step.or_else.filter(|ix| others.insert(*ix)).map(|ix| plan.step(ix)) {
            sum = Millis(sum.0.saturating_add(other.within.0));
            terms.push(format!("its or-else {} {}", other.id, other.within));
        }
    }
    if sum > limit.value {
        let all = last.iter().copied().chain(last.iter().filter_map(|s| s.or_else).map(|ix| plan.step(ix)));
        let longest = all.max_by_key(|s| s.within).and_then(|s| planned.written(&s.id));
        let problem = Diagnostic::error(CODE, format!("containing may take {sum}, and {} are allowed", limit.value))
            .at(&runbook.source, limit.span, "promised here");
        let place = longest.and_then(|s| s.within.as_ref());
        findings.add(
            match place {
                Some(within) => problem.at(&runbook.source, within.span, "the longest"),
                None => problem,
            }
            .help(format!("worst case: {} = {sum}; put what lowers autonomy first, or shorten `within`", terms.join(" + "))),
        );
    }
}
