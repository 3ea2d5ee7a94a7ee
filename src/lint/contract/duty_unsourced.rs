//! Duties of which nobody can look up where they are written.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::obligation::Basis;

const CODE: Code = Code { name: "duty-unsourced", summary: "A duty by law whose source names neither a place in it nor an address." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Workspace(check)],
    explanation: Explanation {
        what: "In the workspace's own `templates/obligations.toml`, a duty says `basis = \"law\"`, and its `source` names no \
               number of an article, a section or a paragraph, and no https address.",
        why: "Who is told within which time is asked of counsel in the first hour, and counsel asks where that is \
              written. Summaries tell two days where Article 73(4) of the EU's AI Act gives ten.",
        bad: r#"basis  = "law"
source = "the privacy law""#,
        good: r#"basis  = "law"
source = "Regulation (EU) 2016/679, Article 33(1)""#,
        fix: "Name the article, or the address of its text; or say `basis = \"summary\"`, so that everybody knows.",
    },
};

fn check(cx: &Context<'_>, findings: &mut Findings) {
    let Some(duties) = cx.workspace.duties.as_ref().filter(|d| cx.is_own(&d.source)) else { return };
    for duty in &duties.all {
        let law = duty.basis.as_ref().is_some_and(|b| b.value == Basis::Law);
        let vague = |text: &str| !text.contains("https://") && !text.contains(|c: char| c.is_ascii_digit());
        if let Some(source) = duty.source.as_ref().filter(|s| law && vague(&s.value)) {
            findings.add(
                Diagnostic::warning(CODE, format!("nobody can look up where duty `{}` is written", duty.id))
                    .at(&duties.source, source.span, "no article, and no address")
                    .help("name the article or the address of its text, or write `basis = \"summary\"`"),
            );
        }
    }
}
