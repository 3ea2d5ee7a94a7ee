//! Deadlines of gates that nobody can meet, or that nobody feels.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Runbook;
use crate::text::time::Millis;

const CODE: Code = Code { name: "gate-within", summary: "A gate whose deadline is under two minutes or over a week." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "`within` of a gate or of the sign-off is shorter than 2 minutes or longer than 7 days.",
        why: "A vote takes a person who wakes up, finds a screen, reads what would be sent and answers. In a minute nobody does, \
              so that the gate always expires and the act is never done. And what may wait for a month is forgotten: the run \
              stays open, and with it everything that was stopped.",
        bad: r#"[[respond]]
gate = { functions = ["legal"], within = "30s", on-timeout = "queue" }"#,
        good: r#"[[respond]]
gate = { functions = ["legal"], within = "30m", on-timeout = "queue" }"#,
        fix: "Write the time after which the fallback is better than waiting on.",
    },
};

/// Shorter than it takes to read what is asked.
const LEAST: Millis = Millis::from_secs(2 * 60);
/// Longer than a run stays in anybody's mind.
const MOST: Millis = Millis::from_secs(7 * 24 * 3600);

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let sign_off = runbook.restore.as_ref().and_then(|r| r.sign_off.as_ref());
    let gates = runbook.respond.iter().filter_map(|s| Some((s.id.value.as_str(), s.gate.as_ref()?)));
    for (id, gate) in gates.chain(sign_off.map(|gate| ("sign-off", gate))) {
        let Some(within) = &gate.within else { continue };
        let (says, label) = if within.value < LEAST {
            ("is over before anybody can have read what it asks", "shorter than 2m")
        } else if within.value > MOST {
            ("waits longer than anybody thinks of it", "longer than 7d")
        } else {
            continue;
        };
        findings.add(
            Diagnostic::warning(CODE, format!("gate `{id}` {says}"))
                .at(&runbook.source, within.span, label)
                .help("write the time after which its fallback is better than waiting on, such as `30m`"),
        );
    }
}
