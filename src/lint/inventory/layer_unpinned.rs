//! Versions that move.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Automation;
use crate::text::safe;
use crate::text::span::Span;

const CODE: Code = Code { name: "layer-unpinned", summary: "A layer or a model that changes by itself." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Automation(check)],
    explanation: Explanation {
        what: "A layer or the vendor's model is bound to something that moves by itself: `latest`, `main`, \
               `newest`, a name that ends so.",
        why: "What ran yesterday can then not be named, and there is nothing to roll back to. The update of GPT-4o \
              of 25 April 2025 was taken back within days: that needs a version before it that still has a name.",
        bad: r#"[layers.model]
provider = "registry"
production = { model = "support", alias = "latest" }"#,
        good: r#"[layers.model]
provider = "registry"
production = { model = "support", alias = "production" }"#,
        fix: "Name a version, or an alias that only a deployment moves.",
    },
};

/// Names that mean something else tomorrow.
const MOVING: &[&str] = &["latest", "main", "master", "head", "newest", "current", "nightly", "edge", "*"];

/// Whether a name means something else tomorrow.
pub(in crate::lint) fn moves(value: &str) -> bool {
    let value = value.to_lowercase();
    MOVING.iter().any(|m| {
        value == *m || value.strip_suffix(m).is_some_and(|v| v.ends_with([':', '@', '/', '-']) && *m != "main" && *m != "edge")
    })
}

fn check(_: &Context<'_>, automation: &Automation, findings: &mut Findings) {
    let mut found = |what: &str, value: &str, span: Span| {
        findings.add(
            Diagnostic::warning(CODE, format!("{what} moves by itself: `{}`", safe::excerpt(value, 60)))
                .at(&automation.source, span, "means something else tomorrow")
                .help("name a version, or an alias that only a deployment moves"),
        );
    };
    for (name, bound) in automation.layers.iter() {
        for binding in std::iter::once(&bound.shared).chain(bound.environments.iter().map(|(_, b)| b)) {
            for (key, value) in &binding.values {
                if let (Some(text), Some(place)) = (value.as_str(), binding.places.get(key))
                    && moves(text)
                {
                    found(&format!("layer `{}`", name.value), text, place.value);
                }
            }
        }
    }
    if let Some(model) = automation.vendor.as_ref().and_then(|v| v.model.as_ref()).filter(|m| moves(&m.value)) {
        found("the vendor's model", &model.value, model.span);
    }
}
