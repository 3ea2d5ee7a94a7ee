//! A run read from the journal, for verbs that only look; and what is on a remote brought here first.

use std::time::Duration;

use super::context::Context;
use super::error::{CliError, Kind};
use crate::journal::{Store, this_host};
use crate::report::Summary;
use crate::run::event::Phase;
use crate::run::record::Record;
use crate::text::safe;
use crate::ui::Tone;

/// How long is waited for a remote before a run is gone on with that this machine held last.
const A_LOOK: Duration = Duration::from_secs(5);

/// Reads what other machines wrote, where there is a remote. Without it one sees what is here, which is said.
pub(crate) fn fetch(cx: &Context) {
    let store = cx.journal();
    let fetched = store.fetch();
    let reached = fetched.is_ok();
    told(cx, fetched);
    if !reached {
        return;
    }
    // What a vote left behind while nobody reached the remote.
    let (arrived, wrong) = store.push_unsent();
    if arrived > 0 {
        cx.screen.labelled(Tone::Good, "ok", "a vote that was kept here has reached the remote now");
    }
    for why in wrong {
        let says = format!("a vote that is kept here does not reach the remote: {}", safe::line(&why));
        cx.screen.labelled(Tone::Doubt, "DOUBT", &says);
    }
}

/// The same before a run is gone on with: somebody may have taken it over on another machine. A run that still contains is
/// gone on with at once where this machine held it last, because nothing keeps a stop waiting.
pub(crate) fn catch_up(cx: &Context, given: Option<&str>) {
    let store = cx.journal();
    if store.remote().is_none() {
        return;
    }
    let runs = store.runs().unwrap_or_default();
    let meant = match given {
        Some(given) => store.find(given).ok().and_then(|id| runs.iter().find(|r| r.id == id)),
        None => runs.iter().find(|r| cx.concerns(r) && r.attended()),
    };
    let host = this_host();
    match meant.filter(|r| r.lease.as_ref().is_some_and(|l| l.host == host)) {
        None => told(cx, store.fetch()),
        Some(r) if matches!(r.phase, Phase::Declare | Phase::Contain) => {}
        Some(_) => told(cx, store.fetch_within(A_LOOK)),
    }
}

fn told(cx: &Context, fetched: Result<Vec<String>, String>) {
    let doubts = match fetched {
        Err(why) => vec![format!("the remote can't be read, this is what is here: {}", safe::line(&why))],
        Ok(rewritten) => rewritten.iter().map(|run| lost(run)).collect(),
    };
    for says in doubts {
        cx.screen.labelled(Tone::Doubt, "DOUBT", &says);
    }
}

fn lost(run: &str) -> String {
    format!(
        "the remote does not have the record of run {} any more as it was: it was cut off, written anew or deleted there; \
         what is here is kept",
        safe::line(run)
    )
}

/// A run's records.
#[derive(Debug)]
pub(crate) struct Story {
    /// The run's whole id.
    pub run: String,
    /// In order; at least one.
    pub records: Vec<Record>,
}

impl Story {
    /// Finds and reads a run.
    ///
    /// # Errors
    /// There is none of this name, or its record is damaged.
    pub(crate) fn read(cx: &Context, given: &str) -> Result<Self, CliError> {
        let store = cx.journal();
        let run = store.find(given)?;
        let records = store.read(&run)?;
        Ok(Self { run, records })
    }

    /// Reads the run of exactly this id, as a list of `store` gave it.
    ///
    /// # Errors
    /// Its record is damaged.
    pub(crate) fn of(store: &Store, run: &str) -> Result<Self, CliError> {
        Ok(Self { run: run.to_owned(), records: store.read(run)? })
    }

    /// What it has come to.
    ///
    /// # Errors
    /// The record does not begin with a start.
    pub(crate) fn summary(&self) -> Result<Summary<'_>, CliError> {
        Summary::of(&self.records).map_err(|e| {
            CliError::new(Kind::Journal, format!("run {}: {e}", self.run)).next(format!("aigov verify {}", self.run))
        })
    }
}
