//! A stop that does less, or that fewer may carry out.

use crate::diag::{Code, Severity};
use crate::lint::against::{Compare, Loss, Losses, Place, controls, within};
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::{Automation, Control, Stop};
use crate::model::scalar::Scalar;
use crate::text::span::Spanned;

const CODE: Code = Code { name: "weaker-stop", summary: "A change after which `aigov stop` does less, or fewer may stop." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Compare(Compare::Automation(check))],
    explanation: Explanation {
        what: "Held against an earlier revision, an automation's `[stop]` is gone, sets a control less, may be carried out \
               by fewer, or does not say what people see meanwhile; or the safe value of a control is further from the \
               safest.",
        why: "`[stop]` is the thirty-second answer, and all that `aigov stop` needs. Whatever else is wrong in a \
              workspace, this is what is left.",
        bad: "[stop]\ncontrol = \"autonomy\"     # was: and wider = [\"replicas\"]",
        good: "[stop]\ncontrol = \"autonomy\"\nwider = [\"replicas\"]",
        fix: "Take the change back, or let the owner of the automation read the change and sign that, who did not \
              make it: `aigov review --against REV`. Or somebody answers for it, and is told by name: an \
              `[[exception]]` in the same change, with a reason, an owner and a day. It covers this change alone.",
    },
};

fn check(a: &Automation, b: &Automation, losses: &mut Losses) {
    let matched = controls(a, b);
    for ((_, had), now) in &matched {
        if let Some((name, has)) = now {
            safe_value(a, b, name, had, has, losses);
        }
    }
    let Some(had) = &a.stop else { return };
    let at: (Place, Place) = ((a.source.clone(), had.span), within(&b.source, b.stop.as_ref().map(|s| s.span)));
    let mut add = |loss: Loss| losses.add(loss.at(Some(at.0.clone()), Some(at.1.clone())));
    let Some(has) = &b.stop else {
        add(Loss::new(CODE, "there is no [stop] any more", "there is a [stop]"));
        return;
    };
    for name in names(had) {
        let now = matched.iter().find(|((x, _), _)| *x == name.value).and_then(|(_, y)| y.map(|(y, _)| y));
        if !names(has).any(|n| Some(n.value.as_str()) == now || n.value == name.value) {
            add(Loss::new(CODE, format!("[stop] no longer sets `{name}`"), format!("[stop] sets `{name}`")));
        }
    }
    for who in had.who.iter().filter(|w| !has.who.iter().any(|h| h.value == w.value)) {
        add(Loss::new(CODE, format!("`{who}` may no longer stop it"), format!("`{who}` may stop it")));
    }
    if had.meanwhile.is_some() && has.meanwhile.is_none() {
        add(Loss::new(CODE, "[stop] no longer says what people see meanwhile", "[stop] says what people see meanwhile"));
    }
}

fn names(stop: &Stop) -> impl Iterator<Item = &Spanned<String>> {
    stop.control.iter().chain(&stop.wider)
}

/// A safe value that is less safe than it was.
fn safe_value(a: &Automation, b: &Automation, name: &str, had: &Control, has: &Control, losses: &mut Losses) {
    let (Some(x), Some(y)) = (had.safe_value(), has.safe_value()) else { return };
    let place = |control: &Control, value: &Scalar| match value {
        Scalar::Bool(on) => Some(f64::from(u8::from(*on))),
        Scalar::Number(n) => Some(*n),
        Scalar::Text(t) => {
            control.levels.iter().position(|l| l.value == *t).and_then(|i| u32::try_from(i).ok()).map(f64::from)
        }
    };
    // Levels stand safest first. A value that one of the two does not know has its place among those of the other.
    let places = [had, has].into_iter().find_map(|c| place(c, &x).zip(place(c, &y)));
    if places.is_some_and(|(was, is)| was < is) {
        let shown = |v: &Scalar| match v {
            Scalar::Bool(true) => "on".to_owned(),
            Scalar::Bool(false) => "off".to_owned(),
            other => other.to_string(),
        };
        losses.add(
            Loss::moved(CODE, format!("safe value of `{name}`"), shown(&x), shown(&y))
                .at(Some((a.source.clone(), had.span)), Some((b.source.clone(), has.span))),
        );
    }
}
