//! What has to hold before an automation is let loose: risk, logging, rollback, sign-off, runbooks, rehearsal.
//!
//! Owns the list and what is looked at for each. What needs the record of runs is given; nothing is read here.

use std::collections::BTreeSet;

use litemap::LiteMap;

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
    pub sign_off: Option<SignOff>,
    /// The runbooks of which somebody has signed a review as they are now.
    pub reviewed: BTreeSet<String>,
    /// Kept rehearsals on it.
    pub rehearsed: Vec<Rehearsed>,
    /// Who may have to approve.
    pub approvers: Vec<Approver>,
    /// A command that plays and keeps one, where a scenario for it is here.
    pub rehearse: Option<String>,
}

/// The owner's sign-off of a launch, as the record has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignOff {
    /// Who.
    pub by: String,
    /// When.
    pub at: Instant,
    /// Whether the automation's file is as it was then.
    pub current: bool,
}

/// Somebody who may have to approve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approver {
    /// Who.
    pub name: String,
    /// The last drill in which they were asked to sign: when, whether they could, and what came of it; none where they
    /// never were.
    pub asked: Option<(Instant, bool, String)>,
}

/// A rehearsal on the automation, as the record has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehearsed {
    /// Its run.
    pub run: String,
    /// The class of incident that was practised.
    pub class: Class,
    /// When.
    pub at: Instant,
    /// What was practised: the scenario, and its digest.
    pub scenario: (String, String),
    /// How it was played: a letter of P, S, M and U.
    pub rating: &'static str,
    /// Whether that counts as passed.
    pub passed: bool,
    /// Whether the runbook reads otherwise now.
    pub changed: bool,
    /// Who led it; the scenario's own player is named as such.
    pub led_by: String,
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
    vec![
        at.risk(),
        at.logging(),
        at.rollback(),
        at.sign_off(known, now),
        at.runbooks(known),
        at.rehearsal(known, now),
        at.approvers(known, now),
    ]
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

    /// What the owner has signed holds for the automation's file as it was then.
    fn sign_off(&self, known: &Known, now: Instant) -> Item {
        let told = |of: &SignOff| format!("{} signed {}", of.by, days(of.at, now));
        let lacking = match &known.sign_off {
            None => Some("none is recorded".to_owned()),
            Some(of) if !of.current => Some(format!("{}, and the automation's file has changed since", told(of))),
            Some(_) => None,
        };
        let says = known.sign_off.as_ref().map(told).unwrap_or_default();
        let help = format!("have its owner read it and sign: aigov review --launch {}", self.automation.name);
        item("owner sign-off", lacking, says, &help)
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

    fn runbooks(&self, known: &Known) -> Item {
        let (band, _) = band(self.automation);
        let has = self.classes();
        let missing = fit::uncovered(band, &has);
        let lacking = (!missing.is_empty()).then(|| {
            format!("no runbook serves it for {}, which band `{}` calls for", missing.join(", "), band_word(band))
        });
        let serving = fit::runbooks_for(self.workspace, &self.automation.name, self.environment);
        let reviewed = serving.iter().filter(|name| known.reviewed.contains(**name)).count();
        let classes = suggest::all(has.iter().map(|c| c.word()));
        let says = format!("it is served for {classes}; {reviewed} of {} runbooks reviewed as they are", serving.len());
        item("runbooks", lacking, says, "write one with `aigov new runbook`, or give the automation what one asks for")
    }

    /// Nobody who may have to approve could not be reached, or could not sign, when they were last asked to in a drill.
    fn approvers(&self, known: &Known, now: Instant) -> Item {
        let within = crate::text::time::Millis::from_secs(REHEARSED_WITHIN * 86_400);
        let (band, _) = band(self.automation);
        let recent = |of: &Approver| {
            let (at, could, says) = of.asked.as_ref()?;
            (now.since(*at) <= within).then(|| (*could, format!("{} {says}", of.name)))
        };
        let asked: Vec<(bool, String)> = known.approvers.iter().filter_map(recent).collect();
        let wanted = fit::named(band) > 0;
        let could = asked.iter().filter(|(could, _)| *could).count();
        let failed: Vec<&str> = asked.iter().filter(|(could, _)| !could).map(|(_, says)| says.as_str()).collect();
        let lacking = match (failed.as_slice(), could) {
            ([], 0) if wanted => Some(format!("nobody was asked to sign in a drill within {REHEARSED_WITHIN} days")),
            ([], _) => None,
            (failed, _) => Some(failed.join("; ")),
        };
        let says = match could {
            0 => format!("band `{}` calls for no drill of people", band_word(band)),
            n => format!("{n} of {} signed in a drill within {REHEARSED_WITHIN} days", known.approvers.len()),
        };
        item("approvers", lacking, says, "ask them with `aigov people drill`")
    }

    /// As many classes as the band calls for, each passed within the time with the runbook as it still is.
    fn rehearsal(&self, known: &Known, now: Instant) -> Item {
        let within = crate::text::time::Millis::from_secs(REHEARSED_WITHIN * 86_400);
        let (band, _) = band(self.automation);
        let serves = self.classes();
        let wanted = fit::named(band).min(serves.iter().filter(|c| **c != Class::Unknown).count());
        let mut last: LiteMap<Class, &Rehearsed> = LiteMap::new();
        let mut near: LiteMap<Class, (Instant, String)> = LiteMap::new();
        for of in known.rehearsed.iter().filter(|r| r.class != Class::Unknown && serves.contains(&r.class)) {
            match of.short_of(now, within) {
                None => {
                    last.entry(of.class).and_modify(|l| *l = of.later(l)).or_insert(of);
                }
                Some(why) => {
                    let newer = near.get(&of.class).is_none_or(|(at, _)| of.at >= *at);
                    if newer {
                        near.insert(of.class, (of.at, why));
                    }
                }
            }
        }
        let told: Vec<String> = last.values().map(|r| r.told(now)).collect();
        let short = near.into_iter().filter(|(class, _)| !last.contains_key(class)).map(|(_, (_, why))| why);
        let short: Vec<String> = short.collect();
        let lacking = (last.len() < wanted).then(|| {
            let of = match wanted {
                1 => "one class".to_owned(),
                n => format!("{n} classes"),
            };
            let counted = match told.len() {
                0 => String::new(),
                n => format!(", {n} counts: {}", told.join("; ")),
            };
            let short = if short.is_empty() { String::new() } else { format!("; {}", short.join("; ")) };
            let none = if known.rehearsed.is_empty() { "none is recorded; " } else { "" };
            let band = band_word(band);
            format!("{none}band `{band}` calls for {of} passed within {REHEARSED_WITHIN} days{counted}{short}")
        });
        let says = match told.is_empty() {
            true => format!("band `{}` calls for none", band_word(band)),
            false => told.join("; "),
        };
        let help = known.rehearse.as_ref().map_or_else(
            || "write a scenario for it with `aigov new scenario NAME`, play it, and keep the record".to_owned(),
            |command| format!("play one and keep its record: {command}"),
        );
        item("rehearsal", lacking, says, &help)
    }
}

impl Rehearsed {
    fn later<'r>(&'r self, other: &'r Self) -> &'r Self {
        if other.at > self.at { other } else { self }
    }

    /// Why it does not count; none when it does.
    fn short_of(&self, now: Instant, within: crate::text::time::Millis) -> Option<String> {
        let age = days(self.at, now);
        let class = self.class.word();
        let run = &self.run;
        if !self.passed {
            return Some(format!("{class} was failed ({}) {age}, drill {run}", self.rating));
        }
        if now.since(self.at) > within {
            return Some(format!("{class} passed {age}, drill {run}, which is too long ago"));
        }
        self.changed.then(|| format!("{class} passed {age}, drill {run}, and its runbook has changed since"))
    }

    fn told(&self, now: Instant) -> String {
        format!(
            "{}: {} {}, led by {}, drill {} of {} ({}), runbook as then",
            self.class.word(),
            self.rating,
            days(self.at, now),
            self.led_by,
            self.run,
            self.scenario.0,
            self.scenario.1.get(..12).unwrap_or(&self.scenario.1),
        )
    }
}

/// An age in whole days.
fn days(at: Instant, now: Instant) -> String {
    match now.since(at).0 / 86_400_000 {
        0 => "today".to_owned(),
        1 => "1 day ago".to_owned(),
        n => format!("{n} days ago"),
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
        let automation = workspace.automations.get("support-replies").unwrap();
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
        assert_eq!(told[5], "-- rehearsal: none is recorded; band `high` calls for one class passed within 90 days");
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
        let mut drill = Rehearsed {
            run: "20261123-1000-abcd".to_owned(),
            class: Class::HallucinatedContent,
            at: Instant(NOW.0 - 3 * 86_400_000),
            scenario: ("gameday/invented-policy".to_owned(), "0123456789abcdef".to_owned()),
            rating: "S",
            passed: true,
            changed: false,
            led_by: "olga".to_owned(),
        };
        let with = |drill: &Rehearsed| Known {
            sign_off: Some(SignOff { by: "ada".to_owned(), at: NOW, current: true }),
            reviewed: BTreeSet::from(["incident/hallucination".to_owned()]),
            rehearsed: vec![drill.clone()],
            approvers: vec![
                Approver { name: "lena".to_owned(), asked: Some((NOW, true, "signed".to_owned())) },
                Approver { name: "carl".to_owned(), asked: None },
            ],
            rehearse: Some("aigov rehearse gameday/invented-policy --auto --keep".to_owned()),
        };
        let all = told(&whole, &with(&drill));
        assert!(all.iter().all(|line| line.starts_with("ok ")), "{all:#?}");
        assert_eq!(
            all[5],
            "ok rehearsal: hallucinated-content: S 3 days ago, led by olga, drill 20261123-1000-abcd of \
             gameday/invented-policy (0123456789ab), runbook as then"
        );
        let asked = "-- rehearsal: band `high` calls for one class passed within 90 days; hallucinated-content ";
        let missing = |drill: &Rehearsed| told(&whole, &with(drill))[5].strip_prefix(asked).map(str::to_owned);
        assert_eq!(all[6], "ok approvers: 1 of 2 signed in a drill within 90 days");
        for (asked, says) in [
            (None, "-- approvers: nobody was asked to sign in a drill within 90 days"),
            (Some((NOW, false, "did not answer".to_owned())), "-- approvers: lena did not answer"),
            (
                Some((Instant(NOW.0 - 91 * 86_400_000), false, "did not answer".to_owned())),
                "-- approvers: nobody was asked to sign in a drill within 90 days",
            ),
        ] {
            let known = Known { approvers: vec![Approver { name: "lena".to_owned(), asked }], ..with(&drill) };
            assert_eq!(told(&whole, &known)[6], says);
        }
        let signed = with(&drill);
        let before = SignOff { current: false, ..signed.sign_off.clone().unwrap() };
        let changed = told(&whole, &Known { sign_off: Some(before), ..signed });
        assert_eq!(changed[3], "-- owner sign-off: ada signed today, and the automation's file has changed since");
        assert!(all[4].contains("; 1 of ") && all[4].ends_with(" runbooks reviewed as they are"), "{all:#?}");
        drill.changed = true;
        let says = "passed 3 days ago, drill 20261123-1000-abcd, and its runbook has changed since";
        assert_eq!(missing(&drill).as_deref(), Some(says));
        drill.at = Instant(NOW.0 - 91 * 86_400_000);
        let says = "passed 91 days ago, drill 20261123-1000-abcd, which is too long ago";
        assert_eq!(missing(&drill).as_deref(), Some(says));
        drill.passed = false;
        drill.rating = "U";
        let says = "was failed (U) 91 days ago, drill 20261123-1000-abcd";
        assert_eq!(missing(&drill).as_deref(), Some(says));
        // What nobody can name a scenario for says nothing of a named class.
        drill.class = Class::Unknown;
        assert!(told(&whole, &with(&drill))[5].ends_with("90 days"));
    }
}
