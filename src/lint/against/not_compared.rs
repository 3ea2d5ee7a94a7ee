//! A file of which nothing can be said.

use std::sync::Arc;

use crate::diag::{Code, Severity};
use crate::lint::against::{Compare, Loss, Losses, Sides, head};
use crate::lint::context::texts;
use crate::lint::rule::{Check, Explanation, Rule};

const CODE: Code = Code { name: "not-compared", summary: "A file that can not be read in one of the two revisions." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Compare(Compare::Workspace(check))],
    explanation: Explanation {
        what: "A file is not valid TOML, or not UTF-8, in the earlier revision or in this one, so that nothing in it was \
               compared, nor any plan that is made from it.",
        why: "What can not be read can not be weakened. A comparison that passes such a file over in silence says that \
              nothing was lost, and does not know.",
        bad: "contain-within = \"5m     # so it stands in the earlier revision",
        good: "contain-within = \"5m\"",
        fix: "Where the earlier revision is broken, compare with the last one that is not: `--against REV~1`. The change that \
              mends it needs an `[[exception]]` of its own, with a reason, an owner and a day.",
    },
};

fn check(sides: &Sides<'_>, losses: &mut Losses) {
    for name in sides.unread {
        let here = texts(sides.to).find(|s| s.name == *name).map(Arc::clone);
        let to = here.map(|source| head(&source)).or_else(|| sides.to.settings.as_ref().map(|s| head(&s.source)));
        let says = format!("{name} can not be read in one of the two revisions, so that nothing in it was compared");
        losses.add(Loss::changed(CODE, says).at(None, to).error());
    }
}
