//! What rules look at: the decoded workspace, the day, and the plans that follow from it.
//!
//! Owns resolving every runbook for every automation that it serves, once for all rules, and never all plans in memory at
//! a time. Must not look at a clock or a file: the day is given.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use litemap::LiteMap;

use crate::diag::Diagnostic;
use crate::model::automation::Automation;
use crate::model::catalog::Catalog;
use crate::model::runbook::Runbook;
use crate::model::workspace::Workspace;
use crate::plan::fit::{self, Need, Serving};
use crate::plan::{Plan, resolve};
use crate::text::gather::Gather;
use crate::text::source::Source;
use crate::text::span::Span;
use serde_json::Value;

/// Most plans that are resolved in one go. A workspace with more is told how many were left out; every runbook and every
/// automation is still among those that are resolved.
pub(super) const MOST_PLANS: usize = 20_000;

/// What rules look at.
pub struct Context<'a> {
    /// Everything that could be decoded.
    pub workspace: &'a Workspace,
    /// What providers can do.
    pub catalog: Catalog,
    /// Today, in UTC.
    pub today: jiff::civil::Date,
    /// Files that come with the program and stand in for files that the workspace does not have. What is found in them is
    /// none of the author's business.
    pub shipped: &'a BTreeSet<String>,
    /// Files whose findings are wanted; none means all.
    pub asked: Option<&'a BTreeSet<String>>,
    /// Whether it is the sandbox, where unsigned votes count.
    pub demo: bool,
    /// What waits to be countersigned, where the journal is there to be read.
    pub reviews: &'a [super::OpenReview],
    /// The last review that counts of each runbook that has one.
    pub reviewed: &'a [super::Reviewed],
    serving: OnceCell<Vec<(&'a str, Serving<'a>)>>,
    needs: OnceCell<LiteMap<&'a str, BTreeSet<Need>>>,
}

/// A runbook resolved for an automation and an environment.
#[derive(Debug)]
pub struct Planned<'a> {
    /// The plan.
    pub plan: Plan,
    /// What was found while resolving.
    pub problems: Vec<Diagnostic>,
    /// From which it was made.
    pub runbook: &'a Runbook,
    /// From which it was made.
    pub automation: &'a Automation,
    /// For which it was made.
    pub environment: &'a str,
}

/// How many plans there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plans {
    /// Resolved.
    pub resolved: usize,
    /// Left out, because there were too many.
    pub left: usize,
}

impl<'a> Context<'a> {
    /// For a workspace and a day.
    #[must_use]
    pub const fn new(
        workspace: &'a Workspace,
        catalog: Catalog,
        today: jiff::civil::Date,
        shipped: &'a BTreeSet<String>,
        asked: Option<&'a BTreeSet<String>>,
    ) -> Self {
        Self {
            workspace,
            catalog,
            today,
            shipped,
            asked,
            demo: false,
            reviews: &[],
            reviewed: &[],
            serving: OnceCell::new(),
            needs: OnceCell::new(),
        }
    }

    /// Whether it is played by one person alone: the sandbox, or a workspace that says that it is a demonstration.
    #[must_use]
    pub fn is_play(&self) -> bool {
        let written = self.workspace.settings.as_ref().and_then(|s| s.demo.as_ref());
        self.demo || written.is_some_and(|d| d.value)
    }

    /// Whether a file belongs to the workspace, and did not only come with the program.
    #[must_use]
    pub fn is_own(&self, file: &Source) -> bool {
        !self.shipped.contains(&file.name)
    }

    /// Whether findings of a file are wanted.
    #[must_use]
    pub fn is_asked(&self, file: &str) -> bool {
        self.asked.is_none_or(|asked| asked.contains(file))
    }

    /// The runbooks that were written in this workspace.
    pub fn runbooks(&self) -> impl Iterator<Item = &'a Runbook> + '_ {
        self.workspace.runbooks.values().filter(|r| self.is_own(&r.source))
    }

    /// The automations.
    pub fn automations(&self) -> impl Iterator<Item = &'a Automation> + '_ {
        self.workspace.automations.values().filter(|a| self.is_own(&a.source))
    }

    /// The automations that a runbook may be for: those that it names, or all where it names none.
    pub fn meant<'c>(&'c self, runbook: &'c Runbook) -> impl Iterator<Item = &'a Automation> + 'c {
        let named = &runbook.scope.automations;
        let is_meant = move |a: &&Automation| named.is_empty() || named.iter().any(|n| n.value == a.name);
        self.workspace.automations.values().filter(is_meant)
    }

    /// The text of every file of the workspace, in order. Secrets are masked.
    pub fn texts(&self) -> impl Iterator<Item = &'a Arc<Source>> + '_ {
        texts(self.workspace).filter(|s| self.is_own(s))
    }

    /// The environments of the workspace.
    pub fn environments(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.workspace.settings.iter().flat_map(|s| s.environments.names())
    }

    /// Whether an environment is marked as production.
    #[must_use]
    pub fn is_production(&self, environment: &str) -> bool {
        let written = self.workspace.settings.as_ref().and_then(|s| s.environments.get(environment));
        written.and_then(|e| e.production.as_ref()).is_some_and(|p| p.value)
    }

    /// Which runbooks serve which automations, for each environment.
    #[must_use]
    pub fn serving(&self) -> &[(&'a str, Serving<'a>)] {
        let of = |e: &'a str| (e, Serving::new(self.workspace, e, |runbook| self.needs(runbook)));
        self.serving.get_or_init(|| self.environments().map(of).collect())
    }

    /// What a runbook of the workspace asks of an automation.
    #[must_use]
    pub fn needs(&self, runbook: &Runbook) -> &BTreeSet<Need> {
        static NONE: BTreeSet<Need> = BTreeSet::new();
        let all = || self.workspace.runbooks.values().map(|r| (r.name.as_str(), fit::needs(r))).gather();
        self.needs.get_or_init(all).get(runbook.name.as_str()).unwrap_or(&NONE)
    }

    /// Resolves every runbook for every automation that it serves, one after the other, and shows each to `visit`. Where
    /// files were asked for, only plans that one of them is part of.
    pub fn each_plan(&self, visit: &mut dyn FnMut(&Planned<'a>)) -> Plans {
        let total: usize = self
            .serving()
            .iter()
            .map(|(_, serving)| self.workspace.runbooks.keys().map(|r| serving.count(r)).sum::<usize>())
            .sum();
        // Every runbook with the same number of automations, beginning at another one each time, so that all have a turn.
        let pairs = (self.workspace.runbooks.len() * self.serving().len()).max(1);
        let share = if total > MOST_PLANS { (MOST_PLANS / pairs).max(1) } else { usize::MAX };
        let mut plans = Plans::default();
        let mut skipped = 0;
        for (environment, serving) in self.serving() {
            for (turn, runbook) in self.workspace.runbooks.values().enumerate() {
                let all = serving.count(&runbook.name);
                let shared = ["aigov.toml", "people.toml", runbook.source.name.as_str()];
                let whole = shared.into_iter().any(|file| self.is_asked(file));
                for (i, automation) in serving.of(&runbook.name).enumerate() {
                    let wanted = whole || self.is_asked(&automation.source.name);
                    let in_turn = share == usize::MAX || (i + all - turn % all.max(1)) % all.max(1) < share;
                    if !wanted {
                        skipped += 1;
                    } else if in_turn {
                        plans.resolved += 1;
                        self.plan(runbook, automation, environment).iter().for_each(&mut *visit);
                    }
                }
            }
        }
        plans.left = total.saturating_sub(plans.resolved + skipped);
        plans
    }

    /// A runbook resolved for an automation and an environment; none where nothing could be planned.
    pub(super) fn plan(
        &self,
        runbook: &'a Runbook,
        automation: &'a Automation,
        environment: &'a str,
    ) -> Option<Planned<'a>> {
        let of = (runbook.name.as_str(), automation.name.as_str());
        let (plan, problems) = resolve(self.workspace, self.catalog, of.0, of.1, environment, self.demo).ok()?;
        Some(Planned { plan, problems, runbook, automation, environment })
    }
}

impl Context<'_> {
    /// A setting of a provider in an environment, or else in all.
    fn setting(&self, provider: &str, environment: &str, key: &str) -> Option<&Value> {
        let provider = self.workspace.settings.as_ref()?.providers.get(provider)?;
        let own = provider.environments.get(environment).and_then(|e| e.values.get(key));
        own.or_else(|| provider.shared.values.get(key))
    }

    /// The host and the port behind which a provider is reached in an environment: whatever lies at the same one fails
    /// with it.
    #[must_use]
    pub fn address(&self, provider: &str, environment: &str) -> Option<String> {
        let url = self.setting(provider, environment, "url").and_then(Value::as_str)?;
        let (scheme, rest) = url.split_once("://")?;
        let host = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?.to_lowercase();
        let port = if scheme.eq_ignore_ascii_case("http") { ":80" } else { ":443" };
        Some(host.strip_suffix(port).map_or_else(|| host.clone(), str::to_owned))
    }
}

impl Planned<'_> {
    /// For which automation it was made, and for which environment where the runbook serves several.
    #[must_use]
    pub fn of(&self) -> &str {
        &self.automation.name
    }

    /// The place of a step of the plan in its runbook: the whole table and its id. None for steps that are made.
    #[must_use]
    pub fn written(&self, id: &str) -> Option<&crate::model::runbook::Step> {
        self.runbook.immediate.iter().chain(&self.runbook.respond).find(|s| s.id.value == id)
    }
}

/// The first line of a file that says something: where what is missing in the whole file is told.
#[must_use]
pub(super) fn head(source: &Source) -> Span {
    let mut at = 0;
    for line in source.text.split_inclusive('\n') {
        if !line.trim().is_empty() && !line.trim_start().starts_with('#') {
            return Span::new(at, at + line.trim_end().len());
        }
        at += line.len();
    }
    Span::default()
}

/// The text of every file of a workspace, in order. Secrets are masked.
pub(super) fn texts(workspace: &Workspace) -> impl Iterator<Item = &Arc<Source>> {
    let settings = workspace.settings.iter().map(|s| &s.source);
    let people = workspace.people.iter().map(|p| &p.source);
    settings
        .chain(workspace.automations.values().map(|a| &a.source))
        .chain(people)
        .chain(workspace.runbooks.values().map(|r| &r.source))
        .chain(workspace.scenarios.values().map(|s| &s.source))
        .chain(workspace.templates.values())
        .chain(workspace.duties.iter().map(|d| &d.source))
}
