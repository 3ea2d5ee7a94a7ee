//! What surrounds a run when it begins: the workspace, its commit, where its roster was read.
//!
//! Owns putting that into the start of a run. Reads nothing itself.

use std::collections::BTreeMap;

use crate::cli::context::Context;
use crate::cli::files::Revision;
use crate::plan::Plan;
use crate::provider::sandbox;
use crate::run::origin::Origin;
use crate::run::record::Start;
use crate::text::safe;

/// What the starts of several runs of one command have in common.
#[derive(Debug)]
pub(crate) struct Surroundings {
    workspace: String,
    revision: Option<Revision>,
    roster: Option<Origin>,
    time_scale: u32,
}

impl Surroundings {
    /// Of this workspace.
    #[must_use]
    pub(crate) fn new(cx: &Context, revision: Option<Revision>) -> Self {
        let name = cx.place.root.file_name().map(|n| safe::line(&n.to_string_lossy()));
        let time_scale = if cx.place.is_sandbox() { sandbox::SPEED } else { 1 };
        Self { workspace: name.unwrap_or_else(|| "workspace".to_owned()), revision, roster: None, time_scale }
    }

    /// With where the roster was read.
    #[must_use]
    pub(crate) fn with_roster_of(self, roster: Option<Origin>) -> Self {
        Self { roster, ..self }
    }

    /// The start of a run of this plan, made from these files.
    #[must_use]
    pub(crate) fn start(
        &self,
        heads: BTreeMap<String, String>,
        plan: &Plan,
        digest: &str,
        files: &BTreeMap<String, String>,
        continues: Option<&str>,
        declared: String,
    ) -> Start {
        Start {
            plan: plan.clone(),
            plan_digest: digest.to_owned(),
            files: files.clone(),
            workspace: self.workspace.clone(),
            commit: self.revision.as_ref().map(|r| r.commit.clone()),
            dirty: self.revision.as_ref().is_some_and(|r| r.dirty),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            heads,
            continues: continues.map(str::to_owned),
            operators: Vec::new(),
            time_scale: self.time_scale,
            declared,
            retrospective: false,
            rehearsal: None,
            roster: self.roster.clone(),
        }
    }
}
