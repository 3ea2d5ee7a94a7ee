//! A trigger that fires later, or not at all.

use crate::diag::{Code, Severity};
use crate::lint::against::pairs::matched;
use crate::lint::against::{Compare, Loss, Losses, Place, PlanPair, measure};
use crate::lint::context::Planned;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::plan::Trigger;

const CODE: Code = Code { name: "weaker-trigger", summary: "A change after which a trigger fires later, or not at all." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Compare(Compare::Plan(check))],
    explanation: Explanation {
        what: "Held against an earlier revision, a trigger is gone or watches something else, its threshold is further \
               away, or it asks for more observations or more time before it counts.",
        why: "A noisy trigger is tuned until it is quiet, and nobody writes down which incident it would now miss. \
              Thresholds move in one direction, because only the alarm that rang is ever complained about.",
        bad: "[[trigger]]\nid = \"ungrounded-claims\"\nsignal = \"ungrounded_rate\"\nabove = 0.05     # was 0.02",
        good: "[[trigger]]\nid = \"ungrounded-claims\"\nsignal = \"ungrounded_rate\"\nabove = 0.02",
        fix: "Take the change back, or let the owner of the automation read the change and sign that, who did not \
              make it: `aigov review --against REV`. Or somebody answers for it, and is told by name: an \
              `[[exception]]` in the same change, with a reason, an owner and a day. It covers this change alone.",
    },
};

fn check(pair: &PlanPair<'_>, losses: &mut Losses) {
    let (a, b) = (&pair.from.plan.triggers, &pair.to.plan.triggers);
    let same: &[fn(&Trigger, &Trigger) -> bool] = &[
        |a, b| a.report.is_some() && a.report == b.report,
        |a, b| a.signal.as_ref().zip(b.signal.as_ref()).is_some_and(|(x, y)| measure::is_one_signal(x, y)),
    ];
    let pairs = matched(&a.iter().collect::<Vec<_>>(), &b.iter().collect::<Vec<_>>(), |t| &t.id, same);
    for x in a {
        let from = at(pair.from, &x.id);
        let Some((_, y)) = pairs.iter().find(|(t, _)| std::ptr::eq(*t, x)) else {
            losses.add(
                Loss::new(CODE, format!("trigger `{}` is gone", x.id), format!("there is a trigger `{}`", x.id))
                    .at(Some(from), Some(super::title(pair.to.runbook))),
            );
            continue;
        };
        let to = at(pair.to, &y.id);
        let mut add = |loss: Loss| losses.add(loss.at(Some(from.clone()), Some(to.clone())));
        match (&x.signal, &y.signal) {
            (Some(m), Some(n)) if measure::is_one_signal(m, n) => {
                for d in measure::differences(m, n).into_iter().filter(|d| d.harder != Some(false)) {
                    let what = format!("{} of trigger `{}`", d.what, y.id);
                    add(if d.harder.is_some() {
                        Loss::moved(CODE, what, d.from, d.to)
                    } else {
                        Loss::changed(CODE, format!("{what} {} → {}", d.from, d.to))
                    });
                }
            }
            (Some(m), _) => add(Loss::new(
                CODE,
                format!("trigger `{}` no longer watches `{}`", y.id, m.signal),
                format!("trigger `{}` watches `{}`", x.id, m.signal),
            )),
            (None, Some(_)) => add(Loss::new(
                CODE,
                format!("trigger `{}` is no longer set off by a report", y.id),
                format!("trigger `{}` is set off by a report", x.id),
            )),
            (None, None) => {}
        }
    }
}

fn at(planned: &Planned<'_>, id: &str) -> Place {
    super::in_runbook(planned.runbook, planned.runbook.triggers.iter().find(|t| t.id.value == id).map(|t| t.span))
}
