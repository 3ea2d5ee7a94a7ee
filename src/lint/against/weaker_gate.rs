//! A gate that asks for less.

use crate::diag::{Code, Severity};
use crate::lint::against::{Compare, Loss, Losses, Place, PlanPair, steps};
use crate::lint::context::Planned;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::plan::{Excluded, Fallback, Gate, Plan, Step, StepIx, StepRole, Touch};

const CODE: Code = Code { name: "weaker-gate", summary: "A change after which a gate asks for less, or is gone." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Compare(Compare::Plan(check))],
    explanation: Explanation {
        what: "Held against an earlier revision, a gate is gone, or asks for fewer functions or people, lets somebody vote \
               whom it kept out, needs no touch any more, stays open longer, or leaves less behind when nobody answers. The gates of the resolved \
               plans are compared, so that a lower floor in `aigov.toml` is told for every runbook and automation whose \
               gate it weakens, though nobody touched them.",
        why: "The approver who is missing in the diff is the one who will not be asked in the night. Fewer approvals are \
              always quicker, and the reason why there were two is seldom written beside them.",
        bad: "# was [\"legal\", \"communications\"]\ngate = { functions = [\"communications\"], within = \"30m\", on-timeout = \
              \"queue\" }",
        good: "gate = { functions = [\"legal\", \"communications\"], within = \"30m\", on-timeout = \"queue\" }",
        fix: "Take the change back, or let somebody of each function that loses by it read the change and sign \
              that, who did not make it: `aigov review --against REV`. No exception answers for it.",
    },
};

fn check(pair: &PlanPair<'_>, losses: &mut Losses) {
    let (a, b) = (&pair.from.plan, &pair.to.plan);
    for (x, y) in steps::matched(a, &gated(a, true), b, &gated(b, false)) {
        let (Some(had), Some(y)) = (x.gate.map(|ix| a.gate(ix)), y) else { continue };
        let has = y.gate.map(|ix| b.gate(ix));
        let places = (at(pair.from, Some(x), had), at(pair.to, Some(y), has.unwrap_or(had)));
        compare(&x.id, &y.id, had, has, &places, losses);
    }
    if let Some(had) = a.sign_off.map(|ix| a.gate(ix)) {
        let has = b.sign_off.map(|ix| b.gate(ix));
        let places = (at(pair.from, None, had), at(pair.to, None, had));
        compare("the return of autonomy", "the return of autonomy", had, has, &places, losses);
    }
    if a.stand_down.is_none() && b.stand_down.is_some() {
        let class = |p: &Planned<'_>| p.runbook.class.as_ref().map(|c| c.span);
        let (from, to) = pair.runbook(class(pair.from), class(pair.to));
        losses.add(
            Loss::new(
                CODE,
                "one other person may stand a run down, and nobody could",
                "nobody may stand a run down, and one other person could",
            )
            .at(from, to)
            .asks(a.sign_off.map(|ix| a.gate(ix).functions.clone()).unwrap_or_default()),
        );
    }
}

/// The responses with a gate, or all of them.
fn gated(plan: &Plan, only: bool) -> Vec<StepIx> {
    let all = (0..plan.steps.len()).filter_map(|i| u16::try_from(i).ok()).map(StepIx);
    all.filter(|ix| {
        let step = plan.step(*ix);
        step.role == StepRole::Respond && (!only || step.gate.is_some())
    })
    .collect()
}

/// What one gate lost. The names are those of what it guards.
fn compare(was: &str, is: &str, had: &Gate, has: Option<&Gate>, at: &(Place, Place), losses: &mut Losses) {
    let (was, is) = (guarded(was), guarded(is));
    // Whoever was asked decides whether less is asked; one function that is left out decides that for itself.
    let mut add = |loss: Loss| {
        let loss = if loss.asks.is_empty() { loss.asks(had.functions.clone()) } else { loss };
        losses.add(loss.at(Some(at.0.clone()), Some(at.1.clone())));
    };
    let Some(has) = has else {
        add(Loss::new(
            CODE,
            format!("nobody approves {is} any more, and {} did", voters(had)),
            format!("{} must approve {was}", voters(had)),
        ));
        return;
    };
    for function in had.functions.iter().filter(|f| !has.functions.contains(f)) {
        let words = (format!("`{function}` no longer approves {is}"), format!("`{function}` approves {was} too"));
        add(Loss::new(CODE, words.0, words.1).asks([function.clone()]));
    }
    // Where each of the people is one of the functions, the functions say it.
    if had.people > has.people && usize::from(had.people) != had.functions.len() {
        add(Loss::moved(CODE, format!("people who approve {is}"), had.people, has.people));
    }
    for (who, word) in [(Excluded::Operator, "the operator"), (Excluded::FixAuthor, "the author of the fix")] {
        if had.not.contains(&who) && !has.not.contains(&who) {
            add(Loss::new(CODE, format!("{word} may approve {is}"), format!("{word} may not approve {was} any more")));
        }
    }
    if had.touch > has.touch {
        add(Loss::moved(CODE, format!("touch that a vote for {is} needs:"), touch(had.touch), touch(has.touch)));
    }
    if had.within < has.within {
        add(Loss::moved(CODE, format!("time to approve {is}"), had.within, has.within));
    }
    if strict(had.on_timeout) > strict(has.on_timeout) {
        add(Loss::moved(CODE, format!("without approval of {is}"), word(had.on_timeout), word(has.on_timeout)));
    }
}

fn guarded(name: &str) -> String {
    if name.contains(' ') { name.to_owned() } else { format!("`{name}`") }
}

fn voters(gate: &Gate) -> String {
    match (gate.functions.as_slice(), gate.people) {
        ([], 1) => "one person".to_owned(),
        ([], people) => format!("{people} people"),
        (functions, people) if usize::from(people) > functions.len() => {
            format!("{people} people with {}", crate::text::suggest::all(functions.iter().map(String::as_str)))
        }
        (functions, _) => crate::text::suggest::all(functions.iter().map(String::as_str)),
    }
}

const fn touch(touch: Touch) -> &'static str {
    match touch {
        Touch::None => "none",
        Touch::Touch => "of the hardware",
        Touch::Pin => "of the hardware, with a PIN",
    }
}

const fn strict(fallback: Fallback) -> u8 {
    match fallback {
        Fallback::ReadOnly => 2,
        Fallback::Queue => 1,
        Fallback::Cancel => 0,
    }
}

const fn word(fallback: Fallback) -> &'static str {
    match fallback {
        Fallback::ReadOnly => "read-only",
        Fallback::Queue => "queue",
        Fallback::Cancel => "cancel",
    }
}

/// Where a gate is written, or what it guards.
fn at(planned: &Planned<'_>, step: Option<&Step>, _: &Gate) -> Place {
    let runbook = planned.runbook;
    let span = match step {
        Some(step) => planned.written(&step.id).map(|s| s.gate.as_ref().map_or(s.id.span, |g| g.span)),
        None => runbook.restore.as_ref().map(|r| r.sign_off.as_ref().map_or(r.span, |g| g.span)),
    };
    super::in_runbook(runbook, span)
}
