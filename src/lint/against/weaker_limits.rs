//! What an automation may do that it might not.

use crate::diag::{Code, Severity};
use crate::lint::against::{Compare, Loss, Losses, plain, within};
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Automation;
use crate::text::safe;
use crate::text::span::{Span, Spanned};

const CODE: Code = Code { name: "weaker-limits", summary: "A change after which an automation may do more." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Compare(Compare::Automation(check))],
    explanation: Explanation {
        what: "Held against an earlier revision, `may` has a sentence more, or `may-not` has one less. Case, blanks and a \
               full stop at the end count for nothing; a sentence in other words is another sentence.",
        why: "These lists are what the owner agreed to and what an auditor reads. What an automation may do grows by \
              features, and each feature was decided by somebody who wanted it.",
        bad: "may-not = []     # was: State a price that is not in the policy table",
        good: "may-not = [\"State a price that is not in the policy table\"]",
        fix: "Take the change back, or let the owner of the automation read the change and sign that, who did not \
              make it: `aigov review --against REV`. Or somebody answers for it, and is told by name: an \
              `[[exception]]` in the same change, with a reason, an owner and a day. It covers this change alone.",
    },
};

fn check(a: &Automation, b: &Automation, losses: &mut Losses) {
    // Losing a limit is what `may` does by growing, and `may-not` by shrinking.
    for new in b.may.iter().filter(|m| !has(&a.may, m)) {
        let words = safe::excerpt(&new.value, 80);
        losses.add(
            Loss::new(CODE, format!("it may now: {words}"), format!("it may no longer: {words}"))
                .at(Some(within(&a.source, around(&a.may))), Some((b.source.clone(), new.span))),
        );
    }
    for gone in a.may_not.iter().filter(|m| !has(&b.may_not, m)) {
        let words = safe::excerpt(&gone.value, 80);
        losses.add(
            Loss::new(CODE, format!("it is no longer forbidden: {words}"), format!("it is forbidden: {words}"))
                .at(Some((a.source.clone(), gone.span)), Some(within(&b.source, around(&b.may_not)))),
        );
    }
}

fn has(list: &[Spanned<String>], sentence: &Spanned<String>) -> bool {
    list.iter().any(|s| plain(&s.value) == plain(&sentence.value))
}

/// The first of a list.
fn around(list: &[Spanned<String>]) -> Option<Span> {
    list.first().map(|s| s.span)
}
