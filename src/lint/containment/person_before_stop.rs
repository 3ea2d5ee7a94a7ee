//! Approvals in disguise.

use std::collections::BTreeSet;

use litemap::LiteMap;

use crate::text::gather::Gather;
use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::{Act, Direction, Runbook, Step};

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
    let lowers = |step: &Step| match step.act.as_ref().map(|a| &a.value) {
        Some(Act::ControlSafe { .. } | Act::ControlSet { .. }) => true,
        Some(Act::HttpCall { direction, .. }) => {
            direction.as_ref().is_some_and(|d| matches!(d.value, Direction::Lowers))
        }
        _ => false,
    };
    let waits = |step: &Step| matches!(step.act.as_ref().map(|a| &a.value), Some(Act::HumanDo { .. }));
    // Looked up and not searched: a file can hold as many steps as a megabyte has room for.
    let named: BTreeSet<&str> =
        runbook.immediate.iter().filter_map(|s| s.or_else.as_ref()).map(|o| o.value.as_str()).collect();
    let by_id: LiteMap<&str, &Step> = runbook.immediate.iter().rev().map(|s| (s.id.value.as_str(), s)).gather();
    // An or-else is carried out in the place of the step that names it, wherever it is written.
    let mut person: Option<&Step> = None;
    for step in runbook.immediate.iter().filter(|s| !named.contains(s.id.value.as_str())) {
        let other = step.or_else.as_ref().and_then(|o| by_id.get(o.value.as_str()).copied());
        if let Some(person) = person.filter(|_| lowers(step)) {
            findings.add(
                Diagnostic::error(CODE, format!("`{}` waits for a person before `{}` stops", person.id.value, step.id.value))
                    .at(&runbook.source, person.id.span, "a person has to act here")
                    .at(&runbook.source, step.id.span, "and only then this lowers autonomy")
                    .help(format!("put `{}` first", step.id.value)),
            );
            return;
        }
        let waiting = [Some(step), other].into_iter().flatten().find(|s| waits(s));
        person = person.or(waiting);
    }
}
