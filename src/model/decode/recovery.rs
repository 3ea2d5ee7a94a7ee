//! The later sections of a runbook: checks, restoration with its gate, and what is to be learnt.
//!
//! Owns what they take. What is missing or broken is left out; whoever uses a gate closes it then.

use super::measure::{condition, keys, measure, one_of};
use super::runbook::id;
use super::table::Table;
use crate::diag::code;
use crate::model::runbook::{Check, CheckBy, FactKind, FollowUp, Gate, Restore, Stage};
use crate::text::span::Spanned;

pub(super) fn check(t: Table<'_, '_>) -> Check {
    let id = id(&t, "verify");
    let by = match one_of(&t, &["signal", "ask"]) {
        Some("signal") => {
            t.refuse("kind", "a signal is a number; `kind` belongs to `ask`");
            t.refuse("above-baseline", "a check has one threshold: write `above` or `below`");
            measure(&t, &["above", "below"]).map(CheckBy::Signal)
        }
        Some(_) => ask(&t),
        None => {
            t.get("ask");
            t.get("kind");
            keys(&t);
            t.missing("signal", "signal = \"…\"");
            None
        }
    };
    let check = Check { span: t.span, id, by };
    t.get("signal");
    t.get("ask");
    t.finish();
    check
}

fn ask(t: &Table<'_, '_>) -> Option<CheckBy> {
    let question = t.text("ask");
    for key in ["samples", "for"] {
        t.refuse(key, "a question is answered once; only a signal is watched");
    }
    let kind: Option<Spanned<FactKind>> = t.must("kind", "kind = \"yes-no\"", t.leading("kind", "a kind of answer"));
    let condition = match kind.map(|k| (k.value, k.span)) {
        Some((FactKind::YesNo, _)) => {
            for key in ["above", "below"] {
                t.refuse(key, "the answer yes passes; put the question so");
            }
            None
        }
        Some((FactKind::Level, span)) => {
            t.reader.advise(
                code::BAD_VALUE,
                span,
                "a check is answered by yes or no, a count or a percentage",
                "",
                "write kind = \"yes-no\", \"count\" or \"percent\"",
            );
            None
        }
        Some(_) => condition(t, &["above", "below"]),
        None => {
            t.get("above");
            t.get("below");
            None
        }
    };
    Some(CheckBy::Ask { ask: question?, kind, condition })
}

/// A gate. A part that is missing or broken is reported and left out; whoever uses the gate closes it then.
pub(super) fn gate(t: Table<'_, '_>) -> Gate {
    let functions = t.texts("functions");
    t.reader.duplicates("functions of a gate", &functions);
    let gate = Gate {
        span: t.span,
        people: t.people("people"),
        not: t.words("not", "somebody who can be excluded"),
        within: t.must("within", "within = \"30m\"", t.duration("within")),
        on_timeout: t.must("on-timeout", "on-timeout = \"read-only\"", t.word("on-timeout", "a fallback")),
        functions,
    };
    t.need_any(&["functions", "people"], gate.functions.is_empty() && !t.has("people"), "functions = [\"…\"]");
    t.finish();
    gate
}

pub(super) fn restore(t: Table<'_, '_>) -> Restore {
    let sign_off = t.table("sign-off", "`sign-off`").map(gate);
    t.need("sign-off", "sign-off = { functions = […], within = \"24h\", on-timeout = \"read-only\" }");
    let stages = t.tables("stages", "a stage").into_iter().filter_map(stage).collect();
    let restore = Restore { span: t.span, sign_off, stages };
    t.finish();
    restore
}

fn stage(t: Table<'_, '_>) -> Option<Stage> {
    let control = t.must("control", "control = \"…\"", t.text("control"));
    let to = t.must("to", "to = \"…\"", t.scalar("to"));
    let soak = t.must("soak", "soak = \"2h\"", t.duration("soak"));
    let span = t.span;
    t.finish();
    Some(Stage { span, control: control?, to: to?, soak: soak? })
}

pub(super) fn follow_up(t: Table<'_, '_>) -> Option<FollowUp> {
    let title = t.must("title", "title = \"…\"", t.text("title"));
    let kind = t.must("kind", "kind = \"evaluation\"", t.word("kind", "a kind of follow-up"));
    let owner = t.must("owner", "owner = \"@owner\"", t.text("owner"));
    let due = t.must("due", "due = \"14d\"", t.duration("due"));
    let span = t.span;
    t.finish();
    Some(FollowUp { span, title: title?, kind, owner, due })
}
