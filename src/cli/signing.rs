//! What every signed word has in common at the terminal: who signs with which key, the code that is typed, a statement that
//! goes elsewhere and comes back.
//!
//! Must not know what is signed.

use std::fs;
use std::path::{Path, PathBuf};

use super::context::Context;
use super::error::{CliError, Kind};
use super::keys;
use super::ports::SystemChance;
use crate::approval::Namespace;
use crate::keys::Ring;
use crate::model::key::PublicKey;
use crate::plan::Person;
use crate::port::{CantSign, Chance as _, Signer as _};
use crate::text::safe;
use crate::ui::typing::Typing;
use crate::ui::{Tone, leavable};

/// How many characters of a digest are typed.
const CODE: usize = 6;
/// Longest statement or signature that is read.
const MOST: u64 = 64 * 1024;

/// Who is to sign.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// Whom `--as` names.
    pub named: Option<&'a str>,
    /// Whether the statement is only printed, to be signed elsewhere.
    pub print: bool,
    /// What is typed to sign after all.
    pub again: &'a str,
}

/// Who signs, and with which key: the one that is here, or the first of whoever is named where it is only printed.
///
/// # Errors
/// Nobody's key is here, or several people's.
pub(crate) fn signer<'p>(
    cx: &Context,
    roster: &'p [Person],
    ring: &Ring,
    wanted: Wanted<'_>,
) -> Result<(&'p Person, PublicKey), CliError> {
    let again = wanted.again;
    if let (true, Some(name)) = (wanted.print, wanted.named) {
        let person = roster.iter().find(|p| p.name == name);
        let person = person.ok_or_else(|| {
            CliError::usage(format!("nobody is called `{}` in people.toml", safe::line(name)))
                .next(cx.command("people check"))
        })?;
        let first = person.keys.iter().find_map(|k| PublicKey::parse(&k.key).ok());
        let key = first.ok_or_else(|| {
            CliError::new(Kind::Refused, format!("people.toml has no key of {}", safe::line(&person.name)))
                .next(cx.command("people check"))
        })?;
        return Ok((person, key));
    }
    let meant = |p: &Person| wanted.named.is_none_or(|name| name == p.name);
    let mut mine: Vec<(&Person, Vec<PublicKey>)> =
        keys::held(ring, roster).into_iter().filter(|(p, _)| meant(p)).collect();
    match (mine.pop(), mine.is_empty()) {
        (Some((person, theirs)), true) => {
            let key = theirs.into_iter().next();
            Ok((person, key.ok_or_else(|| CliError::failed("the key that was here is gone"))?))
        }
        (None, _) => {
            let whose = wanted.named.unwrap_or("anybody who is asked");
            Err(CliError::new(Kind::Refused, format!("no key of {} is here, so nobody can sign", safe::line(whose)))
                .hint("to sign on another machine, add --print --as NAME")
                .next(cx.command(&format!("{again} --key FILE"))))
        }
        (Some(_), false) => Err(CliError::usage("keys of several people are here: say who you are")
            .next(cx.command(&format!("{again} --as NAME")))),
    }
}

/// The code of what is shown: the first characters of its digest.
#[must_use]
pub(crate) fn code(digest: &str) -> String {
    digest.chars().take(CODE).collect()
}

/// What was typed is not the code of what is shown. `again`: what is typed to see it once more.
#[must_use]
pub(crate) fn wrong(typed: &str, again: &str) -> CliError {
    CliError::usage(format!("`{}` is not the code of what is shown; nothing was voted", safe::line(typed)))
        .hint("the code is the first six characters of the digest above")
        .next(again)
}

/// Whoever was to sign left instead.
fn left(again: &str) -> CliError {
    CliError::new(Kind::Interrupted, "nothing was voted").next(again)
}

/// Has a person at a terminal type the code of what is shown, so that nobody signs what they did not look at.
///
/// # Errors
/// Another code was typed, or none.
pub(crate) fn typed(cx: &Context, does: &str, code: &str, again: &str) -> Result<(), CliError> {
    // First the ear: Ctrl-C is a key from the first moment at which the question stands there. Nothing is in flight here, so
    // a prompt that blocks holds nobody up.
    let typing = Typing::lines().ok();
    cx.screen.prompt(&format!("To {does}, type {code} (the digest's first {CODE}): "));
    let typed = typing.and_then(|typing| typing.line());
    let typed = typed.ok_or_else(|| left(again))?;
    cx.screen.entered();
    match typed.trim() {
        typed if typed == code => Ok(()),
        typed => Err(wrong(typed, again)),
    }
}

/// Signs, which may wait for a passphrase or a touch.
///
/// # Errors
/// It could not be signed, or whoever was to sign left it with Ctrl-C: then nothing was said, and nothing counts.
pub(crate) fn sign(
    ring: &Ring,
    key: &PublicKey,
    namespace: Namespace,
    statement: &str,
    again: &str,
) -> Result<String, CliError> {
    let (ring, key, text) = (ring.clone(), key.clone(), statement.to_owned());
    match leavable(move || ring.sign(&key, namespace, text.as_bytes())) {
        Ok(Ok(signature)) => Ok(signature),
        Err(_) | Ok(Err(CantSign::Left)) => Err(left(again)),
        Ok(Err(e)) => Err(CliError::new(Kind::Refused, format!("nothing was voted: {e}")).next(again)),
    }
}

/// Prints a statement that is to be signed where the key is. `verb`: what takes it back.
pub(crate) fn print(cx: &Context, statement: &str, namespace: Namespace, verb: &str) {
    for line in statement.lines() {
        cx.screen.raw(line);
    }
    cx.screen.say(Tone::Plain, "Keep this text in a file, sign it where the key is, and bring both files back:");
    cx.screen.command(&format!("ssh-keygen -Y sign -n {namespace} -f KEY statement.txt"));
    cx.screen.command(&cx.command(&format!("{verb} --import statement.txt")));
}

/// A statement that was signed elsewhere, and the signature that lies beside it.
///
/// # Errors
/// One of them can't be read.
pub(crate) fn elsewhere(cx: &Context, file: &Path, verb: &str) -> Result<(String, String), CliError> {
    let mut beside: PathBuf = file.to_path_buf();
    beside.as_mut_os_string().push(".sig");
    let read = |file: &Path| {
        let bad = |says: String| {
            CliError::usage(format!("{} can't be used: {says}", file.display()))
                .next(cx.command(&format!("{verb} --print")))
        };
        let length = fs::metadata(file).map_err(|e| bad(e.to_string()))?.len();
        if length > MOST {
            return Err(bad(format!("it has {length} bytes, and {MOST} is the most")));
        }
        fs::read_to_string(file).map_err(|e| bad(e.to_string()))
    };
    Ok((read(file)?, read(&beside)?))
}

/// A new nonce.
#[must_use]
pub(crate) fn nonce() -> String {
    let mut bytes = [0_u8; 16];
    SystemChance.fill(&mut bytes);
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Whether a text can be a nonce: it becomes part of a branch's name.
#[must_use]
pub(crate) fn is_nonce(text: &str) -> bool {
    !text.is_empty() && text.len() <= 80 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}
