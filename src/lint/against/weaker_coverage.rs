//! An automation that a runbook no longer serves, or that nobody knows any more.

use crate::diag::{Code, Severity};
use crate::lint::against::{Compare, Loss, Losses, Place, Sides, head, title};
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Runbook;
use crate::model::word::Word as _;
use crate::model::workspace::Workspace;
use crate::plan::fit;

const CODE: Code =
    Code { name: "weaker-coverage", summary: "A change after which a runbook no longer serves an automation that it served." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Compare(Compare::Workspace(check))],
    explanation: Explanation {
        what: "Held against an earlier revision, a runbook is gone, or no longer serves an automation because that lost a \
               control, a layer, a signal or a source, or because a scope became narrower; or an automation is no longer \
               in the inventory, or `people.toml` is gone. What was renamed is found again by its content.",
        why: "A runbook that fits nothing is silent: it is still there, it is still reviewed, and in the night it is not \
              offered. The change that took it away was about something else.",
        bad: "[scope]\nenvironments = [\"staging\"]     # was production",
        good: "[scope]\nenvironments = [\"production\"]",
        fix: "Take the change back, or let the owner of the automation read the change and sign that, who did not \
              make it: `aigov review --against REV`. Or somebody answers for it, and is told by name: an \
              `[[exception]]` in the same change, with a reason, an owner and a day. It covers this change alone.",
    },
};

fn check(sides: &Sides<'_>, losses: &mut Losses) {
    for u in &sides.unserved {
        let name = &u.runbook.name;
        let class = u.runbook.class.as_ref().map_or(String::new(), |c| format!(" (`{}`)", c.value.word()));
        let lacks = u.other.map(|other| fit::lacks(other, u.automation, u.environment));
        let why = match lacks.as_deref() {
            None => "there is no such runbook any more".to_owned(),
            Some([]) => "it is written for others now".to_owned(),
            Some(lacks) => {
                let lacks: Vec<String> = lacks.iter().map(ToString::to_string).collect();
                format!("the automation lacks {}", lacks.join(", "))
            }
        };
        let class_of = |r: &Runbook| r.class.map(|c| c.value);
        let left = fit::runbooks_for(sides.to, &u.automation.name, u.environment)
            .into_iter()
            .filter_map(|r| sides.to.runbooks.get(r))
            .filter(|r| class_of(r) == class_of(u.runbook))
            .count();
        let left = if left == 0 { "; no other runbook of its class does" } else { "" };
        let to = u.other.map_or_else(|| head(&u.automation.source), title);
        losses.add(
            Loss::new(
                CODE,
                format!("`{name}`{class} no longer serves in `{}`", u.environment),
                format!("`{name}`{class} serves in `{}`", u.environment),
            )
            .of([u.automation.name.clone()])
            .at(Some(title(u.runbook)), Some(to))
            .witness(format!("{why}{left}")),
        );
    }
    for automation in sides.from.automations.values() {
        if sides.automation(&automation.name).is_none() && sides.is_read(&automation.source.name) {
            let name = &automation.name;
            losses.add(
                Loss::new(
                    CODE,
                    format!("automation `{name}` is no longer in the inventory"),
                    format!("automation `{name}` is in the inventory"),
                )
                .at(Some(head(&automation.source)), settings(sides.to)),
            );
        }
    }
    if let (Some(people), None) = (&sides.from.people, &sides.to.people) {
        losses.add(
            Loss::new(CODE, "there is no people.toml any more, so that nobody can vote", "there is a people.toml")
                .at(Some(head(&people.source)), settings(sides.to)),
        );
    }
}

fn settings(workspace: &Workspace) -> Option<Place> {
    workspace.settings.as_ref().map(|s| head(&s.source))
}
