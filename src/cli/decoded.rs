//! The files of a workspace, decoded in as many threads as there are processors.
//!
//! Owns the parting among threads. What a file means belongs to `model`, and what is wrong with its text to `lint`.

use std::num::NonZeroUsize;

use crate::diag::Diagnostic;
use crate::lint::{self, Selection};
use crate::model::workspace::Workspace;
use crate::provider;

/// Files that one thread decodes at least: fewer are not worth starting one.
const SHARE: usize = 64;

/// Decodes the files and looks at their texts, in as many threads as there are processors.
#[must_use]
pub(crate) fn workspace(files: Vec<(String, Vec<u8>)>, selection: &Selection) -> (Workspace, Vec<Diagnostic>) {
    let part = |files| {
        let (workspace, mut problems) = Workspace::part(files, provider::catalog());
        lint::texts(&workspace, &mut problems, selection);
        (workspace, problems)
    };
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(files.len() / SHARE).max(1);
    if threads == 1 {
        return Workspace::join([part(files)]);
    }
    let share = files.len().div_ceil(threads);
    let mut rest = files;
    let mut shares = Vec::new();
    while rest.len() > share {
        let after = rest.split_off(share);
        shares.push(std::mem::replace(&mut rest, after));
    }
    Workspace::join(std::thread::scope(|scope| {
        let others: Vec<_> = shares.into_iter().map(|files| scope.spawn(|| part(files))).collect();
        let last = part(rest);
        let mut parts: Vec<_> =
            others.into_iter().map(|t| t.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect();
        parts.push(last);
        parts
    }))
}
