//! What a person does when the program or the API is broken.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Automation;
use crate::plan::{Band, band, band_word};

const CODE: Code = Code { name: "no-by-hand", summary: "A control without a way to set it by hand." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Automation(check)],
    explanation: Explanation {
        what: "From the medium band up, a control says where a person finds it (`console`) and what to click there \
               (`by-hand`).",
        why: "The API, the network, the credential or this program fails at the worst time. Then the two lines are \
              shown, the operator does it, and the probe proves it.",
        bad: r#"[controls.autonomy]
kind = "switch"
provider = "flags""#,
        good: r#"[controls.autonomy]
kind = "switch"
provider = "flags"
console = "https://flags.example.com/support-replies"
by-hand = "Projects → support → support-replies → production → off""#,
        fix: "Add both, and try them once without this program.",
    },
};

fn check(_: &Context<'_>, automation: &Automation, findings: &mut Findings) {
    let (band, _) = band(automation);
    if band == Band::Low {
        return;
    }
    for (name, control) in automation.controls.iter() {
        let lacks = match (&control.console, &control.by_hand) {
            (Some(_), Some(_)) => continue,
            (None, Some(_)) => "`console`",
            (Some(_), None) => "`by-hand`",
            (None, None) => "`console` and `by-hand`",
        };
        findings.add(
            Diagnostic::warning(CODE, format!("control `{}` can not be set by hand: {lacks} is missing", name.value))
                .at(&automation.source, name.span, format!("band `{}` calls for it", band_word(band)))
                .help("add `console` with the page, and `by-hand` with what to click there"),
        );
    }
}
