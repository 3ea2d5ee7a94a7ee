//! Less to be learnt, or later.

use crate::diag::{Code, Severity};
use crate::lint::against::pairs::matched;
use crate::lint::against::{Compare, Loss, Losses, Place, PlanPair};
use crate::lint::context::Planned;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::plan::FollowUp;

const CODE: Code = Code { name: "weaker-follow-up", summary: "A change after which less is learnt from an incident, or later." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Compare(Compare::Plan(check))],
    explanation: Explanation {
        what: "Held against an earlier revision, a `[[follow-up]]` is gone or is due later.",
        why: "What is to be learnt is the first thing that goes when everybody is glad that it is over. The second \
              incident of a kind is the one that nobody forgives.",
        bad: "[[follow-up]]\ntitle = \"Add the cases to the evaluation set\"\nkind = \"evaluation\"\ndue = \"90d\"     # was 14d",
        good: "[[follow-up]]\ntitle = \"Add the cases to the evaluation set\"\nkind = \"evaluation\"\ndue = \"14d\"",
        fix: "Take the change back, or let the owner of the automation read the change and sign that, who did not \
              make it: `aigov review --against REV`. Or somebody answers for it, and is told by name: an \
              `[[exception]]` in the same change, with a reason, an owner and a day. It covers this change alone.",
    },
};

fn check(pair: &PlanPair<'_>, losses: &mut Losses) {
    let (a, b) = (&pair.from.plan.follow_ups, &pair.to.plan.follow_ups);
    let same: &[fn(&FollowUp, &FollowUp) -> bool] = &[
        |a, b| super::plain(&a.title) == super::plain(&b.title),
        |a, b| a.kind == b.kind && a.owner == b.owner && a.due == b.due,
    ];
    let pairs = matched(&a.iter().collect::<Vec<_>>(), &b.iter().collect::<Vec<_>>(), |f| &f.title, same);
    for x in a {
        let from = at(pair.from, &x.title);
        let Some((_, y)) = pairs.iter().find(|(f, _)| std::ptr::eq(*f, x)) else {
            let words = (format!("follow-up \"{}\" is gone", x.title), format!("there is a follow-up \"{}\"", x.title));
            losses.add(Loss::new(CODE, words.0, words.1).at(Some(from), Some(super::title(pair.to.runbook))));
            continue;
        };
        if x.due < y.due {
            let what = format!("follow-up \"{}\" due", y.title);
            losses.add(Loss::moved(CODE, what, x.due, y.due).at(Some(from), Some(at(pair.to, &y.title))));
        }
    }
}

fn at(planned: &Planned<'_>, title: &str) -> Place {
    let written = planned.runbook.follow_ups.iter().find(|f| f.title.value == title);
    super::in_runbook(planned.runbook, written.map(|f| f.span))
}
