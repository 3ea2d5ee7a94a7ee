//! Levels that do not rise.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Automation;

const CODE: Code = Code { name: "levels-order", summary: "Levels whose words do not go from the safest to the freest." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Automation(check)],
    explanation: Explanation {
        what: "A control of kind `level` names a level that lets the automation do less after one that lets it do more, as \
               far as their words say so: off, none · read, shadow · advisory, draft, suggest, propose · gated · write, \
               auto, full, on.",
        why: "Levels are written safest first, and everything is computed from that order: which step lowers autonomy and \
              needs nobody, which one raises it and needs a sign-off. With two levels in each other's place a runbook \
              that means to lower autonomy raises it, at once and without asking anybody.",
        bad: "levels = [\"off\", \"advisory\", \"auto\", \"gated\"]",
        good: "levels = [\"off\", \"advisory\", \"gated\", \"auto\"]",
        fix: "Write the levels from the safest to the freest. If the words mean something else here, accept the finding \
              with an exception that says what they mean.",
    },
};

/// How far a word goes, where it is one of those that mostly mean the same.
fn reach(word: &str) -> Option<u8> {
    Some(match word.to_ascii_lowercase().replace('_', "-").as_str() {
        "off" | "none" | "stopped" | "disabled" | "paused" | "halted" | "blocked" => 0,
        "read" | "read-only" | "shadow" | "watch" | "observe" | "monitor" | "manual" => 1,
        "advisory" | "advise" | "draft" | "suggest" | "propose" | "copilot" | "assist" | "assisted" => 2,
        "gated" | "approval" | "approve" | "confirm" | "supervised" => 3,
        "write" | "auto" | "automatic" | "autonomous" | "autopilot" | "full" | "on" | "execute" | "unsupervised"
        | "unattended" | "unlimited" => 4,
        _ => return None,
    })
}

fn check(_: &Context<'_>, automation: &Automation, findings: &mut Findings) {
    for (name, control) in automation.controls.iter() {
        let mut freest: Option<(u8, &str)> = None;
        for level in &control.levels {
            let Some(reach) = reach(&level.value) else { continue };
            match freest {
                Some((more, word)) if reach < more => {
                    let says = format!("`{}` stands after `{word}`, and lets `{}` do less", level.value, name.value);
                    findings.add(
                        Diagnostic::warning(CODE, says)
                            .at(&automation.source, level.span, "safest first")
                            .help("write the levels from the safest to the freest"),
                    );
                    break;
                }
                _ => freest = Some((reach, &level.value)),
            }
        }
    }
}
