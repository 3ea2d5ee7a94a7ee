//! Approvals in disguise.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Runbook;
use crate::model::runbook::{Act, Step};

const CODE: Code = Code { name: "person-before-stop", summary: "A person who has to act before a stop." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "An immediate `human.do` stands before a step that lowers autonomy: the stop waits until a person \
               has done something.",
        why: "Lowering autonomy needs one person and no approval. Authority existed and was not used at MyCity and \
              in Robodebt: whoever has to be asked first is asleep, in a meeting, or afraid of being wrong.",
        bad: r#"[[immediate]]
id = "ask"
do = "human.do"
with = { text = "Ask the product lead whether to stop" }

[[immediate]]
id = "stop"
do = "control.safe"
with = { control = "@stop" }"#,
        good: r#"[[immediate]]
id = "stop"
do = "control.safe"
with = { control = "@stop" }

[[immediate]]
id = "tell"
do = "human.do"
with = { text = "Tell the product lead that it is stopped" }"#,
        fix: "Put every step that lowers autonomy before it.",
    },
};

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let is = |step: &&Step, what: fn(&Act) -> bool| step.act.as_ref().is_some_and(|a| what(&a.value));
    let lowers = |act: &Act| matches!(act, Act::ControlSafe { .. } | Act::ControlSet { .. });
    let waits = |act: &Act| matches!(act, Act::HumanDo { .. });
    let Some(first) = runbook.immediate.iter().position(|s| is(&s, waits)) else { return };
    let named = |step: &Step| runbook.immediate.iter().any(|s| s.or_else.as_ref().is_some_and(|o| o.value == step.id.value));
    let stop = runbook.immediate.iter().skip(first).find(|s| is(s, lowers) && !named(s));
    if let (Some(person), Some(stop)) = (runbook.immediate.get(first), stop) {
        findings.add(
            Diagnostic::error(CODE, format!("`{}` waits for a person before `{}` stops", person.id.value, stop.id.value))
                .at(&runbook.source, person.id.span, "a person has to act here")
                .at(&runbook.source, stop.id.span, "and only then this lowers autonomy")
                .help(format!("put `{}` first", stop.id.value)),
        );
    }
}
