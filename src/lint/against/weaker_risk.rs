//! A lower band, or people who look on less.

use crate::diag::{Code, Severity};
use crate::lint::against::{Compare, Loss, Losses, within};
use crate::lint::inventory::strength;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Automation;
use crate::model::word::Word as _;
use crate::plan::{band, band_word};

const CODE: Code = Code { name: "weaker-risk", summary: "A change after which less is asked of an automation: its band or its oversight." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Compare(Compare::Automation(check))],
    explanation: Explanation {
        what: "Held against an earlier revision, the risk band that follows from an automation's file is lower, or its \
               oversight is a weaker pattern or not said.",
        why: "The band decides how many people approve and which runbooks must exist. One word in one file lowers all of \
              it, and it is the easiest way to make a finding go away.",
        bad: "risk = { impact = \"low\", reversibility = \"easy\", confidence = \"high\" }     # was high, hard, medium",
        good: "risk = { impact = \"high\", reversibility = \"hard\", confidence = \"medium\" }",
        fix: "Take the change back, or let the owner of the automation read the change and sign that, who did not \
              make it: `aigov review --against REV`. Or somebody answers for it, and is told by name: an \
              `[[exception]]` in the same change, with a reason, an owner and a day. It covers this change alone.",
    },
};

fn check(a: &Automation, b: &Automation, losses: &mut Losses) {
    let (had, has) = (band(a).0, band(b).0);
    if has < had {
        let at = |x: &Automation| Some(within(&x.source, x.risk.as_ref().map(|r| r.span)));
        losses.add(Loss::moved(CODE, "risk band", band_word(had), band_word(has)).at(at(a), at(b)));
    }
    let at = |x: &Automation| Some(within(&x.source, x.oversight.as_ref().map(|o| o.span)));
    match (&a.oversight, &b.oversight) {
        (Some(x), Some(y)) if strength(x.value) > strength(y.value) => {
            losses.add(Loss::moved(CODE, "oversight", x.value.word(), y.value.word()).at(at(a), at(b)));
        }
        (Some(x), None) => losses.add(
            Loss::new(
                CODE,
                format!("oversight is not said any more, and was {}", x.value.word()),
                format!("oversight is said: {}", x.value.word()),
            )
            .at(at(a), at(b)),
        ),
        _ => {}
    }
}
