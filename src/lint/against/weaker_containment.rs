//! Containing that does less, later or unproven.

use crate::diag::{Code, Severity};
use crate::lint::against::{Compare, Loss, Losses, PlanPair, steps};
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook as written;
use crate::plan::{Act, Direction, Proof, Step};

const CODE: Code = Code {
    name: "weaker-containment",
    summary: "A change after which containing does less, takes longer, or is proven less.",
};

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Compare(Compare::Plan(check))],
    explanation: Explanation {
        what: "Held against an earlier revision, `contain-within` is longer or gone, an immediate action or its or-else \
               is missing, comes later or has more time, its effect is not read back any more, or its page reaches \
               fewer people. The resolved plans are compared, so that it is found as well where an automation lost what \
               the action needs.",
        why: "Containment erodes one reasonable change at a time: a longer limit after a flaky night, a step that was in \
              the way of a rehearsal. Nobody decides to have a slow stop; it is what is left after ten reviews that saw \
              a line and not its effect.",
        bad: "# was 5m\ncontain-within = \"12m\"",
        good: "contain-within = \"12m\"\n\n[[exception]]\ncode = \"weaker-containment\"\nreason = \"The new scheduler drains for \
               eight minutes\"\nowner = \"@owner\"\nuntil = 2027-01-31",
        fix: "Take the change back, or let the owner of the automation read the change and sign that, who did not \
              make it: `aigov review --against REV`. Or somebody answers for it, and is told by name: an \
              `[[exception]]` in the same change, with a reason, an owner and a day. It covers this change alone.",
    },
};

fn check(pair: &PlanPair<'_>, losses: &mut Losses) {
    let (a, b) = (&pair.from.plan, &pair.to.plan);
    let limit = |r: &written::Runbook| r.contain_within.as_ref().map(|c| c.span);
    let (from, to) = pair.runbook(limit(pair.from.runbook), limit(pair.to.runbook));
    match (a.contain_within, b.contain_within) {
        (Some(x), Some(y)) if x < y => losses.add(Loss::moved(CODE, "containment", x, y).at(from, to)),
        (Some(x), None) => losses.add(
            Loss::new(CODE, format!("containment has no limit any more, and had {x}"), format!("containment has a limit: {x}"))
                .at(from, to),
        ),
        _ => {}
    }
    let matched = steps::matched(a, &a.immediate, b, &b.immediate);
    for (x, y) in matched.iter().filter(|(x, _)| !matches!(x.act, Act::Capture { .. })) {
        let Some(y) = y else {
            let (from, to) = pair.lost_step(x);
            let told = steps::told(x);
            losses.add(
                Loss::new(CODE, format!("{told} is no longer done at once"), format!("{told} is done at once")).at(from, to),
            );
            continue;
        };
        step(pair, x, y, losses);
        other_way(pair, x, y, losses);
    }
    order(pair, &matched, losses);
}

/// What one immediate action lost.
fn step(pair: &PlanPair<'_>, x: &Step, y: &Step, losses: &mut Losses) {
    let (from, to) = pair.step(x, y);
    let mut add = |loss: Loss| losses.add(loss.at(from.clone(), to.clone()));
    if x.within < y.within {
        add(Loss::moved(CODE, format!("time for `{}`", y.id), x.within, y.within));
    }
    if proof(x.proof) > proof(y.proof) {
        add(Loss::moved(CODE, format!("proof of `{}`", y.id), proven(x.proof), proven(y.proof)));
    }
    if x.direction == Direction::Lowers && y.direction != Direction::Lowers {
        add(Loss::new(CODE, format!("`{}` no longer lowers autonomy", y.id), format!("`{}` lowers autonomy", x.id)));
    }
    if let (Act::SetControl { to: s, safe, .. }, Act::SetControl { to: t, safe: also, .. }) = (&x.act, &y.act)
        && !(*safe && *also)
        && steps::is_further(x, y)
    {
        add(Loss::moved(CODE, format!("value that `{}` sets", y.id), s, t));
    }
    if let (Act::Page { severity: s, .. }, Act::Page { severity: t, .. }) = (&x.act, &y.act) {
        for who in steps::no_longer_reached(pair, &paged(pair.from.written(&x.id)), &paged(pair.to.written(&y.id))) {
            add(Loss::new(CODE, format!("`{}` no longer pages `{who}`", y.id), format!("`{}` pages `{who}` too", x.id)));
        }
        if urgency(s) > urgency(t) {
            add(Loss::moved(CODE, format!("urgency of `{}`", y.id), s, t));
        }
    }
}

/// What became of the other way.
fn other_way(pair: &PlanPair<'_>, x: &Step, y: &Step, losses: &mut Losses) {
    let Some(other) = x.or_else.map(|ix| pair.from.plan.step(ix)) else { return };
    let (from, to) = pair.step(x, y);
    match y.or_else.map(|ix| pair.to.plan.step(ix)) {
        None => losses.add(
            Loss::new(
                CODE,
                format!("`{}` has no other way any more, and had {}", y.id, steps::told(other)),
                format!("`{}` has another way: {}", x.id, steps::told(other)),
            )
            .at(from, to),
        ),
        Some(now) => {
            if other.direction == Direction::Lowers && now.direction != Direction::Lowers {
                let (lost, gained) = (steps::told(now), steps::told(other));
                losses.add(
                    Loss::new(
                        CODE,
                        format!("the other way of `{}` no longer lowers autonomy: {lost}", y.id),
                        format!("the other way of `{}` lowers autonomy: {gained}", x.id),
                    )
                    .at(from, to),
                );
            } else {
                step(pair, other, now, losses);
            }
        }
    }
}

/// An action that lowers autonomy and now waits for one that does not.
fn order(pair: &PlanPair<'_>, matched: &[(&Step, Option<&Step>)], losses: &mut Losses) {
    let place = |id: &str| pair.to.plan.immediate.iter().position(|ix| pair.to.plan.step(*ix).id == id);
    for (i, (x, y)) in matched.iter().enumerate().filter(|(_, (x, _))| x.direction == Direction::Lowers) {
        let Some((y, at)) = y.and_then(|y| Some((y, place(&y.id)?))) else { continue };
        let after = matched.iter().skip(i + 1).filter(|(s, _)| s.direction != Direction::Lowers);
        let overtaken = after.filter_map(|(s, t)| Some((s, (*t)?))).find(|(_, t)| place(&t.id).is_some_and(|p| p < at));
        if let Some((s, t)) = overtaken {
            let (from, to) = pair.step(x, y);
            losses.add(
                Loss::new(
                    CODE,
                    format!("`{}` comes after `{}`, and came before it", y.id, t.id),
                    format!("`{}` comes before `{}`, and came after it", x.id, s.id),
                )
                .at(from, to),
            );
        }
    }
}

const fn proof(proof: Proof) -> u8 {
    match proof {
        Proof::ReadBack => 2,
        Proof::Accepted => 1,
        Proof::Attested => 0,
    }
}

const fn proven(proof: Proof) -> &'static str {
    match proof {
        Proof::ReadBack => "read back",
        Proof::Accepted => "accepted",
        Proof::Attested => "attested",
    }
}

fn urgency(word: &str) -> usize {
    ["info", "warning", "error", "critical"].iter().position(|w| *w == word).unwrap_or(0)
}

fn paged(step: Option<&written::Step>) -> Vec<&str> {
    match step.and_then(|s| s.act.as_ref()).map(|a| &a.value) {
        Some(written::Act::PageSend { to, .. }) => to.iter().map(|t| t.value.as_str()).collect(),
        _ => Vec::new(),
    }
}
