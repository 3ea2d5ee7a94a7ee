//! `[[exception]]`, in every file.
//!
//! Owns its keys. Whether the code exists is known to `lint` alone.

use super::table::Table;
use crate::model::exception::Exception;

/// The exceptions of a file.
pub(super) fn exceptions(root: &Table<'_, '_>) -> Vec<Exception> {
    root.tables("exception", "`[[exception]]`").into_iter().map(exception).collect()
}

fn exception(t: Table<'_, '_>) -> Exception {
    let exception = Exception {
        span: t.span,
        code: t.must("code", "code = \"…\"", t.text("code")),
        reason: t.must("reason", "reason = \"…\"", t.text("reason")),
        owner: t.must("owner", "owner = \"@owner\"", t.text("owner")),
        until: t.must("until", "until = 2027-05-01", t.date("until")),
        id: t.text("id"),
    };
    t.finish();
    exception
}
