//! Steps of a runbook: the verb, its arguments, and what stands around them.
//!
//! Owns what each verb takes. An argument that is wrong and not needed is left out, so that the act can still be done.

use super::binding;
use super::recovery::gate;
use super::runbook::id;
use super::table::Table;
use crate::model::runbook::{Act, Step, Verb};
use crate::text::span::Spanned;

/// Which list a step stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `[[immediate]]`
    Immediate,
    /// `[[respond]]`
    Respond,
}

impl Kind {
    const fn key(self) -> &'static str {
        match self {
            Self::Immediate => "immediate",
            Self::Respond => "respond",
        }
    }

    /// As it is called in messages.
    const fn name(self) -> &'static str {
        match self {
            Self::Immediate => "`[[immediate]]`",
            Self::Respond => "`[[respond]]`",
        }
    }
}

/// The steps of a list. A section whose header is broken leaves a step without an act, so that nobody takes the list
/// for whole.
pub(super) fn steps(root: &Table<'_, '_>, kind: Kind) -> Vec<Step> {
    let mut steps: Vec<Step> = root.tables(kind.key(), kind.name()).into_iter().map(|t| step(t, kind)).collect();
    for section in root.reader.sections.iter().filter(|s| s.lost && s.name == kind.key()) {
        let line = root.reader.source.position(section.span.start).line;
        let id = Spanned::new(format!("{}.line-{line}", kind.key()), section.span);
        steps.push(Step {
            span: section.span,
            id,
            act: None,
            verb: None,
            why: None,
            within: None,
            or_else: None,
            irreversible: None,
            corrective: None,
            gate: None,
            intact: false,
        });
    }
    steps.sort_by_key(|s| s.span.start);
    steps
}

fn step(t: Table<'_, '_>, kind: Kind) -> Step {
    let id = id(&t, kind.key());
    let verb = t.must("do", "do = \"control.safe\"", t.leading("do", "a verb"));
    let with = t.table("with", "`with`");
    let said = verb.as_ref().map(|verb: &Spanned<Verb>| verb.value);
    let act = verb.and_then(|verb| {
        let alone = verb.value == Verb::DeployFreeze;
        if !alone {
            t.need("with", example(verb.value));
        }
        let made = match with {
            Some(with) => act(verb.value, with),
            None => (alone && !t.has("with")).then_some(Act::DeployFreeze),
        };
        made.map(|a| Spanned::new(a, verb.span))
    });
    let (why, within) = (t.text("why"), t.duration("within"));
    let mut step = Step {
        span: t.span,
        id,
        act,
        verb: said,
        why,
        within,
        or_else: None,
        irreversible: None,
        corrective: None,
        gate: None,
        intact: false,
    };
    match kind {
        Kind::Immediate => {
            step.or_else = t.text("or-else");
            t.refuse("gate", "an immediate action needs no approval, because it lowers autonomy or only looks");
            t.refuse("irreversible", "what can not be taken back is a response: move it to `[[respond]]`");
            t.refuse("corrective", "what can not be taken back is a response: move it to `[[respond]]`");
        }
        Kind::Respond => {
            t.refuse("or-else", "only immediate actions have another way; a failed response asks the operator");
            step.irreversible = t.text("irreversible");
            step.corrective = t.text("corrective");
            step.gate = t.table("gate", "`gate`").map(gate);
        }
    }
    t.finish();
    step
}

const fn example(verb: Verb) -> &'static str {
    match verb {
        Verb::ControlSafe => "with = { control = \"…\" }",
        Verb::ControlSet => "with = { control = \"…\", to = \"…\" }",
        Verb::LayerRollback => "with = { layer = \"…\", to = \"last-known-good\" }",
        Verb::EvidenceCapture => "with = { sources = [\"…\"], since = \"2h\" }",
        Verb::DeployFreeze => "with = {}",
        Verb::PageSend => "with = { to = [\"@owner\"], severity = \"critical\" }",
        Verb::NotifySend => "with = { to = [\"@owner\"], text = \"…\" }",
        Verb::StatementPublish => "with = { template = \"…\", audience = \"…\" }",
        Verb::TicketOpen => "with = { title = \"…\" }",
        Verb::HumanDo => "with = { text = \"…\" }",
        Verb::HttpCall => "with = { provider = \"…\", call = \"…\", direction = \"neutral\" }",
    }
}

/// What is done, from the verb and its arguments.
fn act(verb: Verb, w: Table<'_, '_>) -> Option<Act> {
    let text = |key: &'static str, example: &'static str| w.must(key, example, w.text(key));
    let made = match verb {
        Verb::ControlSafe => text("control", "control = \"…\"").map(|control| Act::ControlSafe { control }),
        Verb::ControlSet => {
            let (control, to) = (text("control", "control = \"…\""), w.must("to", "to = \"…\"", w.scalar("to")));
            control.zip(to).map(|(control, to)| Act::ControlSet { control, to })
        }
        Verb::LayerRollback => {
            let (layer, to) = (text("layer", "layer = \"…\""), w.text("to"));
            // A version that was written and can't be read is not the last known good one.
            let readable = to.is_some() || !w.has("to");
            layer.filter(|_| readable).map(|layer| Act::LayerRollback { layer, to })
        }
        Verb::EvidenceCapture => {
            let (sources, since) = (w.some("sources", "sources = [\"…\"]"), w.duration("since"));
            sources.map(|sources| Act::EvidenceCapture { sources, since })
        }
        Verb::DeployFreeze => Some(Act::DeployFreeze),
        Verb::PageSend => {
            let to = w.some("to", "to = [\"@owner\"]");
            let (severity, summary) = (w.word("severity", "an urgency of a page"), w.text("summary"));
            to.map(|to| Act::PageSend { to, severity, summary })
        }
        Verb::NotifySend => {
            let (to, text) = (w.some("to", "to = [\"@owner\"]"), text("text", "text = \"…\""));
            to.zip(text).map(|(to, text)| Act::NotifySend { to, text })
        }
        Verb::StatementPublish => {
            let template = text("template", "template = \"…\"");
            let audience = text("audience", "audience = \"affected\"");
            template.zip(audience).map(|(template, audience)| Act::StatementPublish { template, audience })
        }
        Verb::TicketOpen => text("title", "title = \"…\"").map(|title| Act::TicketOpen { title }),
        Verb::HumanDo => {
            let (text, who) = (text("text", "text = \"…\""), w.text("who"));
            text.map(|text| Act::HumanDo { text, who })
        }
        Verb::HttpCall => http_call(&w),
    };
    w.finish();
    made
}

fn http_call(w: &Table<'_, '_>) -> Option<Act> {
    let provider = w.must("provider", "provider = \"…\"", w.text("provider"));
    let call = w.must("call", "call = \"…\"", w.text("call"));
    let direction = w.word("direction", "a direction");
    let arguments = w.table("arguments", "`arguments`").map(|t| binding::all(&t).values);
    Some(Act::HttpCall { provider: provider?, call: call?, direction, arguments: arguments.unwrap_or_default() })
}
