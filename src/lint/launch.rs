//! What has to hold before an automation is let loose: risk, logging, rollback, sign-off, runbooks, rehearsal.
//!
//! Owns the list and what is looked at for each. What needs the record of runs is given; nothing is read here.

use std::collections::BTreeSet;

use crate::model::automation::Automation;
use crate::model::binding;
use crate::model::binding::Bound;
use crate::model::catalog::{Ability, Capability, Catalog};
use crate::model::runbook::Class;
use crate::model::word::Word as _;
use crate::model::workspace::Workspace;
use crate::plan::fit;
use crate::plan::resolve::{band, band_word};
use crate::text::suggest;
use crate::text::time::Instant;

/// One thing that has to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What.
    pub what: &'static str,
    /// Whether it holds.
    pub holds: bool,
    /// Why, or what is missing.
    pub says: String,
    /// What to do where it does not hold.
    pub help: Option<String>,
}

/// What is known of an automation from elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Who signed the launch off, and when; none where no sign-off is recorded.
    pub sign_off: Option<(String, Instant)>,
    /// Rehearsals that passed: class, and when.
    pub rehearsed: Vec<(Class, Instant)>,
}

/// For how long a rehearsal counts.
pub const REHEARSED_WITHIN: u64 = 90;

/// Looks at everything, in the order in which it is told.
#[must_use]
pub fn check(
    workspace: &Workspace,
    catalog: Catalog,
    automation: &Automation,
    environment: &str,
    known: &Known,
    now: Instant,
) -> Vec<Item> {
    let at = At { workspace, catalog, automation, environment };
    vec![at.risk(), at.logging(), at.rollback(), sign_off(known), at.runbooks(), at.rehearsal(known, now)]
}

struct At<'a> {
    workspace: &'a Workspace,
    catalog: Catalog,
    automation: &'a Automation,
    environment: &'a str,
}

fn item(what: &'static str, lacking: Option<String>, says: impl Into<String>, help: &str) -> Item {
    match lacking {
        None => Item { what, holds: true, says: says.into(), help: None },
        Some(says) => Item { what, holds: false, says, help: Some(help.to_owned()) },
    }
}

fn sign_off(known: &Known) -> Item {
    let says = known.sign_off.as_ref().map(|(who, when)| format!("{who}, {when}"));
    let lacking = says.is_none().then(|| "none is recorded".to_owned());
    item("owner sign-off", lacking, says.unwrap_or_default(), "this version keeps no record of a launch's sign-off yet")
}

impl At<'_> {
    fn risk(&self) -> Item {
        let (band, problems) = band(self.automation);
        let risk = self.automation.risk.as_ref();
        let lacking = problems.first().map(|p| p.message.clone());
        let part = |word: Option<&str>| word.unwrap_or("?").to_owned();
        let says = format!(
            "{}: impact {}, reversibility {}, confidence {}",
            band_word(band),
            part(risk.and_then(|r| r.impact).map(|g| g.value.word())),
            part(risk.and_then(|r| r.reversibility).map(|g| g.value.word())),
            part(risk.and_then(|r| r.confidence).map(|g| g.value.word())),
        );
        let help = "write `risk = { impact = \"…\", reversibility = \"…\", confidence = \"…\" }`";
        item("risk classification", lacking, says, help)
    }

    fn logging(&self) -> Item {
        let sources: Vec<&str> = self.automation.evidence.names().collect();
        let lacking = match sources.as_slice() {
            [] => Some("no source of evidence is written".to_owned()),
            _ => self.unusable(self.automation.evidence.iter(), Capability::Evidence),
        };
        let says = format!("evidence is kept of {}", suggest::all(sources.iter().copied()));
        item("logging", lacking, says, "write `[evidence.NAME]` with a provider that can keep it")
    }

    fn rollback(&self) -> Item {
        let layers: Vec<&str> = self.automation.layers.names().collect();
        let lacking = match layers.as_slice() {
            [] => Some("no layer is written, so that nothing can be moved back".to_owned()),
            _ => self.unusable(self.automation.layers.iter(), Capability::Layer),
        };
        let says = format!("{} can be moved to the last known good version", suggest::all(layers.iter().copied()));
        item("rollback", lacking, says, "write `[layers.NAME]` for everything that is released, each with its pin")
    }

    /// The first of some bindings that can not be used in this environment, with the reason.
    fn unusable<'b>(
        &self,
        bounds: impl Iterator<Item = (&'b crate::text::span::Spanned<String>, &'b Bound)>,
        capability: Capability,
    ) -> Option<String> {
        for (name, bound) in bounds {
            let Some(ability) = self.ability(bound, capability) else {
                return Some(format!("`{name}` has no provider that can do it in `{}`", self.environment));
            };
            let source = &self.automation.source;
            if let Some(problem) =
                binding::check(source, &bound.binding(self.environment), &ability, &name.value).first()
            {
                return Some(problem.message.clone());
            }
        }
        None
    }

    fn ability(&self, bound: &Bound, capability: Capability) -> Option<Ability> {
        let settings = self.workspace.settings.as_ref()?;
        let provider = settings.providers.get(&bound.provider.as_ref()?.value)?;
        let kind = self.catalog.iter().find(|k| provider.kind.as_ref().is_some_and(|w| w.value == k.name))?;
        let of = provider.environments.get(self.environment)?;
        (kind.ability)(capability, &provider.shared.values, &of.values)
    }

    /// The classes of the runbooks that serve it.
    fn classes(&self) -> BTreeSet<Class> {
        let serving = fit::runbooks_for(self.workspace, &self.automation.name, self.environment);
        let class = |name: &str| self.workspace.runbooks.get(name)?.class.as_ref().map(|c| c.value);
        serving.into_iter().filter_map(class).collect()
    }

    fn runbooks(&self) -> Item {
        let (band, _) = band(self.automation);
        let has = self.classes();
        let missing = fit::uncovered(band, &has);
        let lacking = (!missing.is_empty()).then(|| {
            format!("no runbook serves it for {}, which band `{}` calls for", missing.join(", "), band_word(band))
        });
        let says = format!("it is served for {}", suggest::all(has.iter().map(|c| c.word())));
        item("runbooks", lacking, says, "write one with `aigov new runbook`, or give the automation what one asks for")
    }

    fn rehearsal(&self, known: &Known, now: Instant) -> Item {
        let within = crate::text::time::Millis::from_secs(REHEARSED_WITHIN * 86_400);
        let fresh = |class: Class| known.rehearsed.iter().any(|(c, at)| *c == class && now.since(*at) <= within);
        let missing: Vec<&str> = self.classes().into_iter().filter(|c| !fresh(*c)).map(Class::word).collect();
        let lacking = match (missing.as_slice(), known.rehearsed.as_slice()) {
            (_, []) => Some("none is recorded".to_owned()),
            ([], _) => None,
            (missing, _) => {
                let missing = suggest::all(missing.iter().copied());
                Some(format!("none passed within {REHEARSED_WITHIN} days for {missing}"))
            }
        };
        let says = format!("one of each class passed within {REHEARSED_WITHIN} days");
        item("rehearsal", lacking, says, "this version records no rehearsals yet")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::shipped;

    const NOW: Instant = Instant(1_800_000_000_000);

    fn sandbox(from: &str, to: &str) -> Workspace {
        let files = shipped::SANDBOX.iter().chain(shipped::RUNBOOKS);
        let files = files.map(|(p, t)| ((*p).to_owned(), t.replace(from, to).into_bytes())).collect();
        Workspace::assemble(files, crate::provider::catalog()).0
    }

    fn told(workspace: &Workspace, known: &Known) -> Vec<String> {
        let automation = &workspace.automations["support-replies"];
        check(workspace, crate::provider::catalog(), automation, "production", known, NOW)
            .into_iter()
            .map(|i| format!("{} {}: {}", if i.holds { "ok" } else { "--" }, i.what, i.says))
            .collect()
    }

    #[test]
    fn what_holds_and_what_is_missing() {
        let told = told(&sandbox("", ""), &Known::default());
        assert_eq!(told[0], "ok risk classification: high: impact high, reversibility hard, confidence medium");
        assert!(told[1].starts_with("ok logging: evidence is kept of `prompts`, "), "{told:#?}");
        assert!(
            told[2].starts_with("ok rollback: `prompt`, ") && told[2].ends_with(" last known good version"),
            "{told:#?}"
        );
        assert_eq!(told[3], "-- owner sign-off: none is recorded");
        assert!(told[4].starts_with("ok runbooks: it is served for `hallucinated-content`"), "{told:#?}");
        assert_eq!(told[5], "-- rehearsal: none is recorded");
    }

    #[test]
    fn each_can_be_missing_and_each_can_hold() {
        let known = Known::default();
        let risk = told(&sandbox("confidence = \"medium\"", ""), &known);
        assert!(risk[0].starts_with("-- risk classification: "), "{risk:?}");
        let logging = told(&sandbox("[evidence.", "[signals."), &known);
        assert_eq!(logging[1], "-- logging: no source of evidence is written");
        let unserved = told(&sandbox("class  = \"unknown\"", "class  = \"data-leakage\""), &known);
        assert_eq!(unserved[4], "-- runbooks: no runbook serves it for `unknown`, which band `high` calls for");
        let from = "[layers.prompt]\nprovider = \"registry\"";
        let unable = told(&sandbox(from, "[layers.prompt]\nprovider = \"metrics\""), &known);
        assert_eq!(unable[2], "-- rollback: `prompt` has no provider that can do it in `production`");
        let whole = sandbox("", "");
        let rehearsed = |at: Instant| Class::ALL.iter().map(|c| (*c, at)).collect();
        let known = Known { sign_off: Some(("ada".to_owned(), NOW)), rehearsed: rehearsed(NOW) };
        let all = told(&whole, &known);
        assert!(all.iter().all(|line| line.starts_with("ok ")), "{all:#?}");
        let old = Known { rehearsed: rehearsed(Instant(NOW.0 - 91 * 86_400_000)), ..known };
        assert!(
            told(&whole, &old)[5].starts_with("-- rehearsal: none passed within 90 days for `hallucinated-content`")
        );
    }
}
