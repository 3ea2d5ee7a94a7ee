//! A policy of the workspace that asks for less.

use crate::diag::{Code, Severity};
use crate::lint::against::{Compare, Loss, Losses, Place, Sides, head, within};
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::binding::Bound;
use crate::model::workspace::{Floor, Settings};
use crate::plan::{band, band_word, resolve};
use crate::text::span::Span;

const CODE: Code = Code {
    name: "weaker-policy",
    summary: "A change of `aigov.toml` after which the workspace asks for less of all that stand below it.",
};

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Compare(Compare::Workspace(check))],
    explanation: Explanation {
        what: "Held against an earlier revision, a floor of `[policy.approvals]` asks for fewer people or functions, a \
               question may stay unanswered longer, an environment is no longer marked as production, unsigned votes are \
               asked to count, votes need no touch, no protected revision says who may vote, records are pushed nowhere, or nothing pages, publishes, tells or keeps tickets any more.",
        why: "A runbook can only ask for more than the policy does, so the policy is what holds when a runbook was \
              written in haste. One line here changes every automation of its band at once, and no file of theirs shows \
              it.",
        bad: "[policy.approvals]\ncritical = { people = 1 }     # was two, technical and business",
        good: "[policy.approvals]\ncritical = { people = 2, functions = [\"technical\", \"business\"] }",
        fix: "Take the change back, or let somebody of each function that loses by it read the change and sign \
              that, who did not make it: `aigov review --against REV`. No exception answers for it.",
    },
};

fn check(sides: &Sides<'_>, losses: &mut Losses) {
    let (Some(a), Some(b)) = (&sides.from.settings, &sides.to.settings) else { return };
    if !sides.is_read(&a.source.name) || !sides.is_read(&b.source.name) {
        return;
    }
    floors(sides, a, b, losses);
    let at = |s: &Settings, span: Option<Span>| Some(within(&s.source, span));
    let asked = |s: &Settings| (s.question.as_ref().map_or(resolve::QUESTION, |q| q.value), s.question.as_ref().map(|q| q.span));
    let ((x, from), (y, to)) = (asked(a), asked(b));
    if x < y {
        losses.add(Loss::moved(CODE, "time for a question", x, y).at(at(a, from), at(b, to)));
    }
    for (name, environment) in a.environments.iter() {
        let marked = |e: &crate::model::workspace::Environment| e.production.as_ref().is_some_and(|p| p.value);
        let Some(now) = b.environments.get(&name.value) else {
            let words = (format!("there is no environment `{name}` any more"), format!("there is an environment `{name}`"));
            losses.add(Loss::new(CODE, words.0, words.1).at(at(a, Some(name.span)), Some(head(&b.source))));
            continue;
        };
        if marked(environment) && !marked(now) {
            losses.add(
                Loss::new(CODE, format!("`{name}` is no longer marked as production"), format!("`{name}` is marked as production"))
                    .at(at(a, Some(name.span)), at(b, b.environments.span(&name.value))),
            );
        }
    }
    let demo = |s: &Settings| s.demo.as_ref().is_some_and(|d| d.value);
    if !demo(a) && demo(b) {
        let span = |s: &Settings| s.demo.as_ref().map(|d| d.span);
        losses.add(
            Loss::new(CODE, "unsigned votes are asked to count", "unsigned votes are no longer asked to count")
                .at(at(a, span(a)), at(b, span(b))),
        );
    }
    for function in a.touch.functions.iter().filter(|f| !b.touch.functions.iter().any(|g| g.value == f.value)) {
        let words = (format!("votes for gates of `{function}` need no touch any more"), format!("votes for gates of `{function}` need a touch"));
        losses.add(Loss::new(CODE, words.0, words.1).asks([function.value.clone()]).at(at(a, Some(function.span)), at(b, None)));
    }
    for band in a.touch.bands.iter().filter(|x| !b.touch.bands.iter().any(|y| y.value == x.value)) {
        let words = (format!("votes in band `{band}` need no touch any more"), format!("votes in band `{band}` need a touch"));
        losses.add(Loss::new(CODE, words.0, words.1).at(at(a, Some(band.span)), at(b, None)));
    }
    if a.touch.pin && !b.touch.pin {
        let words = ("a touch needs no PIN and no fingerprint any more", "a touch needs a PIN or a fingerprint");
        losses.add(Loss::new(CODE, words.0, words.1).at(at(a, None), at(b, None)));
    }
    match (&a.roster, &b.roster) {
        (Some(x), None) => losses.add(
            Loss::new(CODE, "no protected revision says any more who may vote", "a protected revision says who may vote")
                .at(at(a, Some(x.span)), at(b, None)),
        ),
        (Some(x), Some(y)) if x.value != y.value => losses.add(
            Loss::changed(CODE, format!("another revision says who may vote: {x} → {y}"))
                .at(at(a, Some(x.span)), at(b, Some(y.span))),
        ),
        _ => {}
    }
    if let (Some(remote), None) = (&a.journal.remote, &b.journal.remote) {
        losses.add(
            Loss::new(CODE, "records are pushed nowhere any more", "records are pushed to a remote")
                .at(at(a, Some(remote.span)), Some(head(&b.source))),
        );
    }
    type Section = fn(&Settings) -> &Option<Bound>;
    let sections: [(&str, &str, Section); 4] = [
        ("[paging]", "pages", |s| &s.paging),
        ("[statements]", "publishes statements", |s| &s.statements),
        ("[tickets]", "keeps tickets", |s| &s.tickets),
        ("[notices]", "tells people without waking them", |s| &s.notices),
    ];
    for (name, does, section) in sections {
        if let (Some(had), None) = (section(a), section(b)) {
            losses.add(
                Loss::new(CODE, format!("nothing {does} any more: {name} is gone"), format!("{name} {does}"))
                    .at(at(a, Some(had.span)), Some(head(&b.source))),
            );
        }
    }
}

/// Floors by band.
fn floors(sides: &Sides<'_>, a: &Settings, b: &Settings, losses: &mut Losses) {
    let none = Floor { span: Span::default(), people: None, functions: Vec::new() };
    for (name, floor) in a.approvals.iter() {
        let now = b.approvals.get(&name.value).unwrap_or(&none);
        let places: (Place, Place) =
            ((a.source.clone(), name.span), within(&b.source, b.approvals.span(&name.value)));
        let of: Vec<String> = sides
            .to
            .automations
            .values()
            .filter(|a| band_word(band(a).0) == name.value)
            .map(|a| a.name.clone())
            .collect();
        let mut add = |loss: Loss| losses.add(loss.of(of.clone()).at(Some(places.0.clone()), Some(places.1.clone())));
        let people = |f: &Floor| f.people.as_ref().map_or(1, |p| p.value).max(u16::try_from(f.functions.len()).unwrap_or(u16::MAX));
        if people(floor) > people(now) {
            let functions = floor.functions.iter().map(|f| f.value.clone());
            add(Loss::moved(CODE, format!("people who approve in band `{name}`"), people(floor), people(now)).asks(functions));
        }
        for function in floor.functions.iter().filter(|f| !now.functions.iter().any(|n| n.value == f.value)) {
            add(Loss::new(
                CODE,
                format!("band `{name}` no longer asks for `{function}`"),
                format!("band `{name}` asks for `{function}` too"),
            )
            .asks([function.value.clone()]));
        }
    }
}
