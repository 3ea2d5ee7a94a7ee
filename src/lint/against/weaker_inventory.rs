//! What is no longer known of an automation.

use crate::diag::{Code, Severity};
use crate::lint::against::{Compare, Loss, Losses, Place, controls, head, within};
use crate::lint::inventory::moves;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Automation;
use crate::model::binding::Bound;
use crate::model::named::Named;
use crate::text::span::Span;

const CODE: Code = Code { name: "weaker-inventory", summary: "A change after which less is known of an automation." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Compare(Compare::Automation(check))],
    explanation: Explanation {
        what: "Held against an earlier revision, an automation's file lacks a control, or its `console` or `by-hand`; a \
               layer, a source of evidence or a signal; the vendor's contact; a role; something it feeds; or a layer is bound to \
               a name that moves by itself.",
        why: "Each of these is needed once, in the night when a tool is broken, by somebody who has never seen the \
              system. What is deleted because it looked unused is found to be missing then.",
        bad: "[controls.autonomy]\nkind = \"switch\"     # had a console and by-hand",
        good: "[controls.autonomy]\nkind = \"switch\"\nconsole = \"https://flags.example.com\"\nby-hand = \"Projects, support, off\"",
        fix: "Take the change back, or let the owner of the automation read the change and sign that, who did not \
              make it: `aigov review --against REV`. Or somebody answers for it, and is told by name: an \
              `[[exception]]` in the same change, with a reason, an owner and a day. It covers this change alone.",
    },
};

fn check(a: &Automation, b: &Automation, losses: &mut Losses) {
    for ((name, had), now) in controls(a, b) {
        let from = Some((a.source.clone(), had.span));
        let Some((now, has)) = now else {
            gone(losses, &format!("control `{name}`"), from, b);
            continue;
        };
        for (what, x, y) in [("console", &had.console, &has.console), ("by-hand", &had.by_hand, &has.by_hand)] {
            if x.is_some() && y.is_none() {
                losses.add(
                    Loss::new(CODE, format!("control `{now}` has no `{what}` any more"), format!("control `{name}` has a `{what}`"))
                        .at(from.clone(), Some((b.source.clone(), has.span))),
                );
            }
        }
    }
    let lists: [(&str, &Named<Bound>, &Named<Bound>); 3] =
        [("layer", &a.layers, &b.layers), ("signal", &a.signals, &b.signals), ("evidence", &a.evidence, &b.evidence)];
    for (word, had, has) in lists {
        for (name, bound) in had.iter() {
            let from = Some((a.source.clone(), name.span.to(bound.span)));
            let same = has.get(&name.value).or_else(|| has.iter().map(|(_, x)| x).find(|x| super::is_one_binding(bound, x)));
            let Some(same) = same else {
                gone(losses, &format!("{word} `{name}`"), from, b);
                continue;
            };
            if word == "layer" && !is_moving(bound) && is_moving(same) {
                losses.add(
                    Loss::new(CODE, format!("layer `{name}` moves by itself"), format!("layer `{name}` no longer moves by itself"))
                        .at(from, Some((b.source.clone(), same.span))),
                );
            }
        }
    }
    for (role, carrier) in a.roles.iter().filter(|(role, _)| b.roles.get(&role.value).is_none()) {
        let words =
            (format!("role `@{role}` is nobody's any more, and was `{carrier}`"), format!("role `@{role}` is somebody's"));
        losses.add(Loss::new(CODE, words.0, words.1).at(Some((a.source.clone(), role.span)), Some(head(&b.source))));
    }
    let contact = |x: &Automation| x.vendor.as_ref().and_then(|v| v.contact.as_ref()).map(|c| c.span);
    if let (Some(span), None) = (contact(a), contact(b)) {
        losses.add(
            Loss::new(CODE, "the vendor's contact is gone", "the vendor's contact is told")
                .at(Some((a.source.clone(), span)), Some(within(&b.source, vendor(b)))),
        );
    }
    for name in a.feeds.iter().filter(|f| !b.feeds.iter().any(|g| g.value == f.value)) {
        losses.add(
            Loss::new(CODE, format!("it no longer says that it feeds `{name}`"), format!("it says that it feeds `{name}`"))
                .at(Some((a.source.clone(), name.span)), Some(head(&b.source))),
        );
    }
}

fn gone(losses: &mut Losses, what: &str, from: Option<Place>, b: &Automation) {
    losses.add(Loss::new(CODE, format!("{what} is gone"), format!("there is {what}")).at(from, Some(head(&b.source))));
}

fn vendor(automation: &Automation) -> Option<Span> {
    let vendor = automation.vendor.as_ref()?;
    vendor.name.as_ref().or(vendor.model.as_ref()).map(|v| v.span)
}


fn is_moving(bound: &Bound) -> bool {
    let all = std::iter::once(&bound.shared).chain(bound.environments.iter().map(|(_, b)| b));
    all.flat_map(|b| b.values.values()).filter_map(|v| v.as_str()).any(moves)
}
