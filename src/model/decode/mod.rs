//! The one decoder: from the text of a file to typed data and every problem that the file has.
//!
//! Owns the walk over the spanned TOML tree. A value that can't be read is reported and left out, and the walk goes on,
//! so that a typo in one place never hides what stands in another. Must not read files or look into other files.

use std::borrow::Cow;
use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::text::source::Source;
use crate::text::span::Span;

mod automation;
mod binding;
mod broken;
mod exception;
mod measure;
mod obligation;
mod people;
mod reader;
mod recovery;
mod runbook;
mod scenario;
mod secret;
mod sketch;
mod step;
mod table;
mod value;
mod workspace;

#[cfg(test)]
mod tests;

pub use automation::automation;
pub(super) use automation::automation_takes;
pub use obligation::obligations;
pub use people::people;
pub(super) use people::people_takes;
pub use runbook::runbook;
pub(super) use runbook::runbook_takes;
pub use scenario::scenario;
pub(super) use scenario::scenario_takes;
pub(super) use sketch::{Meaning, Names, Node, On, Shape};
pub use workspace::settings;
pub(super) use workspace::settings_takes;

/// What came of reading a file.
#[derive(Clone, Debug)]
pub struct Decoded<T> {
    /// As much as could be read.
    pub value: T,
    /// Everything that is wrong, in the order of the file.
    pub problems: Vec<Diagnostic>,
}

/// The `schema` that every read format has today.
pub const SCHEMA: u64 = 1;

/// Most bytes of a file that is read. A runbook is a page or two, and a roster of a thousand people a tenth of this: what is
/// longer was not written by hand, and reading it to its end would hold up whoever is waiting.
pub const MOST_BYTES: usize = 1 << 20;

/// A file's text as a source, from bytes that may not be UTF-8. Where they are not, the text is as near as can be and
/// the problem says at which byte. Nothing is read of a file with more than [`MOST_BYTES`], and the problem says so.
#[must_use]
pub fn source(name: &str, bytes: &[u8]) -> (Arc<Source>, Option<Diagnostic>) {
    if bytes.len() > MOST_BYTES {
        let source = Source::new(name, "");
        let problem =
            Diagnostic::error(crate::diag::code::TOO_LONG, "the file is longer than 1 MiB, and nothing of it is read")
                .at(&source, Span::default(), "")
                .help("write it as several files, or take out what was pasted into it");
        return (source, Some(problem));
    }
    let (text, at) = match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), None),
        Err(e) => (String::from_utf8_lossy(bytes), Some(e.valid_up_to())),
    };
    let source = Source::new(name, text);
    let problem = at.map(|at| {
        Diagnostic::error(crate::diag::code::NOT_UTF8, "the file is not UTF-8 text")
            .at(&source, (at..at + 1).into(), "not UTF-8 from here")
            .help("save the file as UTF-8")
    });
    (source, problem)
}
