//! Answers that were never given.

use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Automation;
use crate::model::runbook::{Act, CheckBy, Runbook, TriggerOn};
use crate::text::safe;
use crate::text::source::Source;
use crate::text::span::Spanned;

const CODE: Code = Code { name: "placeholder", summary: "A text that only says that it is still to be written." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Runbook(runbook), Check::Automation(automation)],
    explanation: Explanation {
        what: "A text that a person reads in an incident is `TODO`, `tbd`, `FIXME`, `n/a`, `<contact>`, `...` or the like: \
               `console`, `by-hand`, `meanwhile`, the vendor, `may`, `may-not` and the purpose of an automation; titles, reasons, \
               questions and instructions of a runbook.",
        why: "The key is there, so that no rule misses it, and the answer is not. It is found out at 2 a.m., by whoever has to \
              flip a flag by hand and reads `TODO`.",
        bad: r#"[controls.autonomy]
console = "TODO"
by-hand = "tbd""#,
        good: r#"[controls.autonomy]
console = "https://flags.example.com/support-replies"
by-hand = "Projects → support → support-replies → production → off""#,
        fix: "Write the answer. If nobody knows it, take the key away: what is missing is told, and launch-check counts it.",
    },
};

/// Whole texts that say nothing, in lower case.
const EMPTY: &[&str] = &[
    "todo", "to do", "tbd", "tba", "tbc", "fixme", "xxx", "n/a", "na", "placeholder", "changeme", "change me", "fill in",
    "fill me in", "to be done", "to be defined", "to be decided", "to be determined", "unknown yet", "lorem ipsum",
];
/// First words that say so, as they are written where they are meant.
const MARKS: &[&str] = &["TODO", "TBD", "TBA", "TBC", "FIXME", "XXX"];

fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    let plain = text.trim_end_matches(['.', '!', '?', '…']).to_lowercase();
    let first = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let inside = text.strip_prefix('<').and_then(|t| t.strip_suffix('>'));
    let in_brackets = inside.is_some_and(|t| !t.contains(['<', '>']));
    // What is empty is told as such.
    !text.is_empty()
        && (EMPTY.contains(&plain.as_str())
            || MARKS.contains(&first)
            || in_brackets
            || !text.chars().any(char::is_alphanumeric))
}

fn found<'a>(source: &Arc<Source>, what: &str, texts: impl IntoIterator<Item = &'a Spanned<String>>, findings: &mut Findings) {
    for text in texts.into_iter().filter(|t| is_placeholder(&t.value)) {
        findings.add(
            Diagnostic::warning(CODE, format!("{what} is still to be written: `{}`", safe::excerpt(&text.value, 60)))
                .at(source, text.span, "says nothing")
                .help("write it, or take the key away, so that it counts as missing"),
        );
    }
}

fn automation(_: &Context<'_>, automation: &Automation, findings: &mut Findings) {
    let mut look = |what: &str, texts: &mut dyn Iterator<Item = &Spanned<String>>| {
        found(&automation.source, what, texts, findings);
    };
    look("the purpose", &mut automation.purpose.iter());
    if let Some(vendor) = &automation.vendor {
        look("the vendor's name", &mut vendor.name.iter());
        look("the vendor's contact", &mut vendor.contact.iter());
        look("the vendor's model", &mut vendor.model.iter());
    }
    look("`may`", &mut automation.may.iter());
    look("`may-not`", &mut automation.may_not.iter());
    look("`meanwhile`", &mut automation.stop.iter().filter_map(|s| s.meanwhile.as_ref()));
    for (name, control) in automation.controls.iter() {
        look(&format!("`console` of control `{}`", name.value), &mut control.console.iter());
        look(&format!("`by-hand` of control `{}`", name.value), &mut control.by_hand.iter());
    }
}

fn runbook(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let mut look = |what: &str, texts: &mut dyn Iterator<Item = &Spanned<String>>| {
        found(&runbook.source, what, texts, findings);
    };
    look("the title", &mut runbook.title.iter());
    for trigger in &runbook.triggers {
        if let Some(TriggerOn::Report(report)) = &trigger.on {
            look(&format!("the report of `{}`", trigger.id.value), &mut std::iter::once(report));
        }
    }
    for step in runbook.immediate.iter().chain(&runbook.respond) {
        let id = &step.id.value;
        look(&format!("the reason of `{id}`"), &mut step.why.iter().chain(&step.irreversible));
        look(&format!("the corrective action of `{id}`"), &mut step.corrective.iter());
        match step.act.as_ref().map(|a| &a.value) {
            Some(Act::HumanDo { text, .. } | Act::NotifySend { text, .. }) => {
                look(&format!("what `{id}` says"), &mut std::iter::once(text));
            }
            Some(Act::TicketOpen { title }) => look(&format!("the title of `{id}`"), &mut std::iter::once(title)),
            _ => {}
        }
    }
    for fact in &runbook.facts {
        look(&format!("the question of `{}`", fact.id.value), &mut fact.ask.iter());
    }
    for check in &runbook.verify {
        if let Some(CheckBy::Ask { ask, .. }) = &check.by {
            look(&format!("the question of `{}`", check.id.value), &mut std::iter::once(ask));
        }
    }
    look("the follow-up", &mut runbook.follow_ups.iter().map(|f| &f.title));
}

#[cfg(test)]
mod tests {
    use super::is_placeholder;

    #[test]
    fn what_says_nothing_is_told_from_what_says_something() {
        for text in ["TODO", "todo", "tbd.", "TBD", "TODO: ask the vendor", "FIXME(ada)", "n/a", "...", "…", "-", "???", " tba ", "<contact>", "To be defined"] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in [
            "",
            "Todo list → support-replies → off",
            "none",
            "off",
            "https://flags.example.com/?q=todo",
            "tbdomain.example",
            "Nothing: it stays closed.",
            "a colleague answers",
            "<b>off</b> in <i>flags</i>",
            "電源を切る",
        ] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
