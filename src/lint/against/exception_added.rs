//! An exception that was not there, or holds longer.

use crate::diag::{Code, Severity};
use crate::lint::against::{Compare, Loss, Losses, Sides, head};
use crate::lint::exception::{is_of_a_change, of_all};
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::exception::Exception;
use crate::text::safe;

const CODE: Code = Code { name: "exception-added", summary: "A change that brings an exception, or lets one hold longer." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Compare(Compare::Workspace(check))],
    explanation: Explanation {
        what: "Held against an earlier revision, a file has an `[[exception]]` that it had not, or one whose last day is \
               later. Exceptions that answer for what this very comparison found are not told. A warning, because what it \
               lets pass has a name, a reason and a last day already; `--deny warnings` stops the change as well.",
        why: "An exception is a decision, and a decision is to be seen by whoever reviews the change. Each is small, and \
              the hundredth means that the rule is not kept.",
        bad: "[[exception]]\ncode = \"no-by-hand\"\nreason = \"No console yet\"\nowner = \"@owner\"\nuntil = 2027-12-31     # was 2027-01-31",
        good: "[[exception]]\ncode = \"no-by-hand\"\nreason = \"No console yet\"\nowner = \"@owner\"\nuntil = 2027-01-31",
        fix: "Mend what was found instead; where that takes time, see that the owner knows of it and that the day is near.",
    },
};

fn check(sides: &Sides<'_>, losses: &mut Losses) {
    let before: Vec<_> = of_all(sides.from).collect();
    for (file, exception) in of_all(sides.to).filter(|(f, e)| sides.is_read(&f.name) && !is_of_a_change(e)) {
        let text = |t: &Option<crate::text::span::Spanned<String>>| t.as_ref().map_or(String::new(), |t| safe::excerpt(&t.value, 60));
        let same = |e: &Exception| text(&e.code) == text(&exception.code) && text(&e.id) == text(&exception.id);
        let was = before.iter().find(|(f, e)| f.name == file.name && same(e));
        let what = match &exception.id {
            Some(_) => format!("exception from `{}` for `{}`", text(&exception.code), text(&exception.id)),
            None => format!("exception from `{}`", text(&exception.code)),
        };
        let until = |e: &Exception| e.until.as_ref().map(|u| u.value);
        let to = Some((file.clone(), exception.span));
        match was {
            None => {
                let from = before.iter().find(|(f, _)| f.name == file.name).map(|(f, _)| head(f));
                losses.add(
                    Loss::new(CODE, format!("there is an {what}"), format!("there is no {what} any more"))
                        .at(from, to)
                        .witness(format!("{} answers for it, and whoever reviews the change: {}", text(&exception.owner), text(&exception.reason)))
                        .warning()
.answered(),
                );
            }
            Some((f, e)) => {
                if let (Some(x), Some(y)) = (until(e), until(exception))
                    && x < y
                {
                    losses.add(Loss::moved(CODE, format!("{what} until"), x, y).witness("whoever reviews the change decides").at(Some((std::sync::Arc::clone(f), e.span)), to).warning()
.answered());
                }
            }
        }
    }
}
