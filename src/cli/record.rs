//! A run read from the journal, for verbs that only look.

use super::context::Context;
use super::error::{CliError, Kind};
use crate::journal::Store;
use crate::report::Summary;
use crate::run::record::Record;

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
