//! Names of the inventory that no runbook asks for, and that differ by a slip from one that runbooks do.

use std::collections::BTreeSet;

use litemap::LiteMap;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Automation;
use crate::plan::fit::Need;
use crate::text::span::Spanned;
use crate::text::suggest;

const CODE: Code = Code { name: "near-name", summary: "A name that no runbook asks for, one slip away from one that they do." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Coverage(check)],
    explanation: Explanation {
        what: "An automation has a control, layer, signal or source of evidence that no runbook asks for, and lacks one \
               that runbooks ask for and that is spelled nearly the same.",
        why: "A runbook serves an automation that has all the names that it asks for. One letter too many, and the runbook \
              is not offered for this automation: nothing fails, and nobody notices until the night when it is looked for.",
        bad: r#"# automations/support-replies.toml
[signals.ungrounded_rates]
provider = "metrics"
query = "ai_ungrounded_ratio""#,
        good: r#"# automations/support-replies.toml
[signals.ungrounded_rate]
provider = "metrics"
query = "ai_ungrounded_ratio""#,
        fix: "Spell it as the runbooks do, or give it a name of its own.",
    },
};

fn check(cx: &Context<'_>, findings: &mut Findings) {
    let mut asked: LiteMap<&Need, &str> = LiteMap::new();
    for runbook in cx.workspace.runbooks.values() {
        for need in cx.needs(runbook) {
            asked.entry(need).or_insert(&runbook.name);
        }
    }
    for automation in cx.automations().filter(|a| cx.is_asked(&a.source.name)) {
        let stop = automation.stop.as_ref();
        let stops = |name: &str| stop.is_some_and(|s| s.control.iter().chain(&s.wider).any(|c| c.value == name));
        let controls: Vec<_> = automation.controls.iter().map(|(name, _)| name).collect();
        let (_, free): (Vec<_>, Vec<_>) = controls.iter().copied().partition(|name| stops(&name.value));
        near(automation, &controls, &free, Need::Control, &asked, findings);
        let bound = [
            (&automation.layers, Need::Layer as fn(String) -> Need),
            (&automation.signals, Need::Signal),
            (&automation.evidence, Need::Evidence),
        ];
        for (names, need) in bound {
            let names: Vec<_> = names.iter().map(|(name, _)| name).collect();
            near(automation, &names, &names, need, &asked, findings);
        }
    }
}

/// Names that are `free` to have been meant otherwise, held against what is asked for and is not among `own`.
fn near(
    automation: &Automation,
    own: &[&Spanned<String>],
    free: &[&Spanned<String>],
    need: fn(String) -> Need,
    asked: &LiteMap<&Need, &str>,
    findings: &mut Findings,
) {
    // Once for all names: a file can hold as many as a megabyte has room for.
    let own: BTreeSet<&str> = own.iter().map(|o| o.value.as_str()).collect();
    let lacked: Vec<&str> = asked
        .keys()
        .filter_map(|asked| {
            let wanted = match asked {
                Need::Control(n) | Need::Layer(n) | Need::Signal(n) | Need::Evidence(n) => n,
                Need::Deploy => return None,
            };
            (need(wanted.clone()) == **asked && !own.contains(wanted.as_str())).then_some(wanted.as_str())
        })
        .collect();
    for name in free.iter().filter(|name| !asked.contains_key(&need(name.value.clone()))) {
        let Some(meant) = suggest::slip(&name.value, lacked.iter().copied()) else { continue };
        let by = asked.get(&need(meant.to_owned())).copied().unwrap_or("a runbook");
        findings.add(
            Diagnostic::warning(CODE, format!("no runbook asks for `{}` of `{}`", name.value, automation.name))
                .at(&automation.source, name.span, format!("did you mean `{meant}`?"))
                .help(format!("`{by}` asks for `{meant}`, which this automation does not have")),
        );
    }
}
