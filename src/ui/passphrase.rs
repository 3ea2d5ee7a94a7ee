//! A passphrase from the person at the terminal, and from nowhere else: not from a pipe, a variable or an argument.

use dialoguer::Password;
use dialoguer::console::Term;

use crate::text::safe;

/// Asks for a passphrase; none without a terminal, and none when nothing was typed.
#[must_use]
pub fn passphrase(of: &str) -> Option<String> {
    let typed = Password::new()
        .with_prompt(format!("Passphrase of {}", safe::line(of)))
        .allow_empty_password(true)
        .report(false)
        .interact_on(&Term::stderr())
        .ok()?;
    (!typed.is_empty()).then_some(typed)
}
