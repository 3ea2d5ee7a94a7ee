//! A check before autonomy returns that passes sooner, or is not made.

use crate::diag::{Code, Severity};
use crate::lint::against::pairs::matched;
use crate::lint::against::{Compare, Loss, Losses, Place, PlanPair, measure};
use crate::lint::context::Planned;
use crate::lint::rule::{Check, Explanation, Rule};

const CODE: Code = Code { name: "weaker-verify", summary: "A change after which a check passes sooner, or is not made." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Compare(Compare::Plan(check))],
    explanation: Explanation {
        what: "Held against an earlier revision, a `[[verify]]` is gone, measures something else, is asked where it was \
               measured, or passes at a looser threshold, with fewer observations or after less time.",
        why: "The check stands between a stopped automation and people who want it back. It is loosened when it is in the \
              way, which is when it does its work.",
        bad: "[[verify]]\nid = \"grounded-again\"\nsignal = \"ungrounded_rate\"\nbelow = 0.05     # was 0.01",
        good: "[[verify]]\nid = \"grounded-again\"\nsignal = \"ungrounded_rate\"\nbelow = 0.01",
        fix: "Take the change back, or let the owner of the automation read the change and sign that, who did not \
              make it: `aigov review --against REV`. Or somebody answers for it, and is told by name: an \
              `[[exception]]` in the same change, with a reason, an owner and a day. It covers this change alone.",
    },
};

fn check(pair: &PlanPair<'_>, losses: &mut Losses) {
    let (a, b) = (&pair.from.plan.checks, &pair.to.plan.checks);
    let same: &[fn(&crate::plan::Check, &crate::plan::Check) -> bool] = &[
        |a, b| a.ask.is_some() && a.ask == b.ask,
        |a, b| a.signal.as_ref().zip(b.signal.as_ref()).is_some_and(|(x, y)| measure::is_one_signal(x, y)),
    ];
    let pairs = matched(&a.iter().collect::<Vec<_>>(), &b.iter().collect::<Vec<_>>(), |c| &c.id, same);
    for x in a {
        let from = at(pair.from, &x.id);
        let Some((_, y)) = pairs.iter().find(|(c, _)| std::ptr::eq(*c, x)) else {
            losses.add(
                Loss::new(CODE, format!("check `{}` is gone", x.id), format!("there is a check `{}`", x.id))
                    .at(Some(from), Some(super::title(pair.to.runbook))),
            );
            continue;
        };
        let to = at(pair.to, &y.id);
        let mut add = |loss: Loss| losses.add(loss.at(Some(from.clone()), Some(to.clone())));
        let differences = match (&x.signal, &y.signal) {
            (Some(m), Some(n)) if measure::is_one_signal(m, n) => measure::differences(m, n),
            (Some(m), _) => {
                add(Loss::new(
                    CODE,
                    format!("check `{}` no longer measures `{}`", y.id, m.signal),
                    format!("check `{}` measures `{}`", x.id, m.signal),
                ));
                continue;
            }
            (None, _) => match (&x.condition, &y.condition) {
                (Some(c), Some(d)) => measure::conditions(c, d),
                (Some(_), None) if y.signal.is_none() => {
                    add(Loss::changed(CODE, format!("check `{}` is answered with yes or no", y.id)));
                    continue;
                }
                _ => continue,
            },
        };
        for d in differences.into_iter().filter(|d| d.harder != Some(true)) {
            let what = format!("{} of check `{}`", d.what, y.id);
            add(if d.harder.is_some() {
                Loss::moved(CODE, what, d.from, d.to)
            } else {
                Loss::changed(CODE, format!("{what} {} → {}", d.from, d.to))
            });
        }
    }
}

fn at(planned: &Planned<'_>, id: &str) -> Place {
    super::in_runbook(planned.runbook, planned.runbook.verify.iter().find(|c| c.id.value == id).map(|c| c.span))
}
