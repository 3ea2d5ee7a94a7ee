//! Autonomy that returns in fewer, wider or shorter steps.

use crate::diag::{Code, Severity};
use crate::lint::against::{Compare, Loss, Losses, Place, PlanPair, steps};
use crate::lint::context::Planned;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::plan::{Act, Plan, Stage, Step, StepIx};

const CODE: Code = Code { name: "weaker-restore", summary: "A change after which autonomy returns faster." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Compare(Compare::Plan(check))],
    explanation: Explanation {
        what: "Held against an earlier revision, a stage of `[restore]` is gone, sets its control further from safe, or is \
               watched for a shorter time.",
        why: "A stage shows on a few people what would otherwise show on all. Its soak is the only time in which a fault \
              that comes back is still small.",
        bad: "[restore]\nstages = [{ control = \"traffic\", to = 50, soak = \"10m\" }]     # was 5, for 2h",
        good: "[restore]\nstages = [{ control = \"traffic\", to = 5, soak = \"2h\" }]",
        fix: "Take the change back, or let the owner of the automation read the change and sign that, who did not \
              make it: `aigov review --against REV`. Or somebody answers for it, and is told by name: an \
              `[[exception]]` in the same change, with a reason, an owner and a day. It covers this change alone.",
    },
};

fn check(pair: &PlanPair<'_>, losses: &mut Losses) {
    let (a, b) = (&pair.from.plan, &pair.to.plan);
    let list = |plan: &Plan| -> Vec<StepIx> { plan.stages.iter().map(|s| s.step).collect() };
    for (i, (x, y)) in steps::matched(a, &list(a), b, &list(b)).into_iter().enumerate() {
        let from = at(pair.from, i);
        let Some(stage) = a.stages.get(i) else { continue };
        let Some((j, now, y)) = y.and_then(|y| found(b, y)) else {
            let words = (format!("stage {} is gone: {}", i + 1, told(x)), format!("there is a stage: {}", told(x)));
            losses.add(Loss::new(CODE, words.0, words.1).at(Some(from), Some(at(pair.to, usize::MAX))));
            continue;
        };
        let to = at(pair.to, j);
        let mut add = |loss: Loss| losses.add(loss.at(Some(from.clone()), Some(to.clone())));
        if now.soak < stage.soak {
            add(Loss::moved(CODE, format!("soak of the stage that {}", told(y)), stage.soak, now.soak));
        }
        if let (Act::SetControl { to: s, control, .. }, Act::SetControl { to: t, .. }) = (&x.act, &y.act)
            && steps::is_further(x, y)
        {
            add(Loss::moved(CODE, format!("`{control}` at stage {}:", j + 1), s, t));
        }
    }
}

fn found<'p>(plan: &'p Plan, step: &'p Step) -> Option<(usize, &'p Stage, &'p Step)> {
    let place = plan.stages.iter().position(|s| std::ptr::eq(plan.step(s.step), step))?;
    Some((place, plan.stages.get(place)?, step))
}

fn told(step: &Step) -> String {
    match &step.act {
        Act::SetControl { control, to, .. } => format!("sets `{control}` to {to}"),
        other => other.verb().to_owned(),
    }
}

/// Where a stage is written, or where all are.
fn at(planned: &Planned<'_>, stage: usize) -> Place {
    let restore = planned.runbook.restore.as_ref();
    let span = restore.and_then(|r| r.stages.get(stage)).map(|s| s.span).or_else(|| restore.map(|r| r.span));
    super::in_runbook(planned.runbook, span)
}
