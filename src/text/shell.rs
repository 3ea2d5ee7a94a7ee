//! Words of a command line, as one can paste them into a shell.
//!
//! Owns the quoting of what is shown to be copied. Nothing here runs anything: between us and a command is no shell.

use std::path::Path;

/// A path as one can paste it into a shell.
#[must_use]
pub fn path(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '+' | ',' | ':' | '@');
    if !text.is_empty() && text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
