//! What a short command has written, on its way to the remote.

use super::{PUSH_LIMIT, PUSH_PATIENCE};
use crate::cli::context::Context;
use crate::journal::HeldRun;
use crate::port::RunLog as _;
use crate::text::safe;
use crate::ui::Tone;

/// Says where the record is while git can't take it. Waits a little for what a short command has written to reach the
/// remote, and says what did not: whoever reads it there must not find half of it.
pub(super) fn wait(cx: &Context, held: &mut HeldRun) {
    if let Some(path) = held.emergency_file() {
        let says = "the record can't be written where it belongs: it is in the emergency file";
        let says = format!("{says} {}; the next command that can write brings it home", path.display());
        cx.screen.labelled(Tone::Doubt, "DOUBT", &safe::line(&says));
    }
    let _ = held.finish_push(PUSH_LIMIT);
    let report = held.finish_push(PUSH_PATIENCE);
    if let Some(n) = held.unpushed().filter(|n| *n > 0) {
        let why = report.and_then(|r| r.error).map(|e| format!(": {}", safe::line(&e))).unwrap_or_default();
        cx.screen.labelled(Tone::Doubt, "DOUBT", &format!("{n} appends have not reached the remote yet{why}"));
    }
}
