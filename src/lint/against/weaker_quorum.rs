//! A function that fewer can approve as.

use std::collections::BTreeSet;

use crate::diag::{Code, Severity};
use crate::lint::against::{Compare, Loss, Losses, Sides, head};
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::people::{People, Person};
use crate::model::workspace::Workspace;
use crate::text::span::Spanned;
use crate::text::suggest;

const CODE: Code = Code { name: "weaker-quorum", summary: "A change after which a function that gates ask for has nobody to spare." };

/// So many people carry a function that one of them may be ill and another asleep; fewer than that is told.
const ENOUGH: usize = 3;

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Compare(Compare::Workspace(check))],
    explanation: Explanation {
        what: "Held against an earlier revision, fewer people of `people.toml` carry a function that a gate or a floor asks \
               for, and fewer than three are left.",
        why: "A gate that one person can open waits for that person. The quorum gets thinner when somebody changes the \
              team, and is noticed when the other one is on a plane.",
        bad: "[persons.omar]\nfunctions = []     # was: legal, together with lena",
        good: "[persons.omar]\nfunctions = [\"legal\"]",
        fix: "Name another person for the function, or let somebody of each function that loses by it read the \
              change and sign that, who did not make it: `aigov review --against REV`. No exception answers for \
              it.",
    },
};

fn check(sides: &Sides<'_>, losses: &mut Losses) {
    let (Some(a), Some(b)) = (&sides.from.people, &sides.to.people) else { return };
    if a.source == b.source || !sides.is_read(&a.source.name) {
        return;
    }
    for function in asked(sides.from).intersection(&asked(sides.to)) {
        let (had, has) = (carriers(a, function), carriers(b, function));
        if has.len() >= had.len() || has.len() >= ENOUGH {
            continue;
        }
        let left: Vec<&str> = had.iter().map(|(n, _)| n.value.as_str()).filter(|n| !has.iter().any(|(h, _)| h.value == *n)).collect();
        let from = had.iter().find(|(n, _)| left.contains(&n.value.as_str())).map(|(n, _)| (a.source.clone(), n.span));
        let to = has.first().map_or_else(|| head(&b.source), |(n, _)| (b.source.clone(), n.span));
        losses.add(
            Loss::moved(CODE, format!("people who can approve as `{function}`"), had.len(), has.len())
                .at(from, Some(to))
                .asks([*function])
                .witness(format!("{} can no longer", suggest::all(left.iter().copied()))),
        );
    }
}

/// The functions that gates and floors ask for.
fn asked(workspace: &Workspace) -> BTreeSet<&str> {
    let floors = workspace.settings.iter().flat_map(|s| s.approvals.iter()).flat_map(|(_, f)| &f.functions);
    let gates = workspace.runbooks.values().flat_map(|r| {
        r.respond.iter().filter_map(|s| s.gate.as_ref()).chain(r.restore.iter().filter_map(|x| x.sign_off.as_ref()))
    });
    gates.flat_map(|g| &g.functions).chain(floors).map(|f| f.value.as_str()).collect()
}

fn carriers<'p>(people: &'p People, function: &str) -> Vec<(&'p Spanned<String>, &'p Person)> {
    people.persons.iter().filter(|(_, p)| p.functions.iter().any(|f| f.value == function)).collect()
}
