//! A person's word for the key of a process: that what it signs in a run is written for them.
//!
//! Owns the form of the text and whose word counts. A process makes its key for itself, so the key says nothing of who
//! started it; this does. Must not know where records are kept, or check a signature itself.

use std::fmt::Write as _;

use super::refusal::Reason;
use super::signature::{Checked, Namespace};
use super::speaks::speaks;
use crate::model::key::PublicKey;
use crate::plan::Plan;
use crate::text::safe;
use crate::text::time::Instant;

const FIRST: &str = "aigov process, format 1";

/// What a person says of a process of theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Who.
    pub person: String,
    /// The fingerprint of their key.
    pub key: String,
    /// The key of the process, in its one form.
    pub process: String,
    /// When, by the clock of the machine.
    pub issued: Instant,
    /// The run.
    pub run: String,
    /// The place of the last record that they saw.
    pub record: u64,
    /// Its digest: with it they vouch for all that stands before.
    pub head: String,
}

impl Process {
    /// The whole text.
    #[must_use]
    pub fn render(&self) -> String {
        let person = safe::line(&self.person);
        let mut out = format!(
            "{FIRST}\n\nI, {person}, vouch for this process: what its key signs in this run is written for me.\n\n"
        );
        let fingerprint = PublicKey::parse(&self.process).map_or_else(|_| "none".to_owned(), |k| k.fingerprint());
        let fields = [
            ("person", person),
            ("key", self.key.clone()),
            ("process", self.process.clone()),
            ("fingerprint", fingerprint),
            ("issued", self.issued.to_string()),
            ("run", self.run.clone()),
            ("record", self.record.to_string()),
            ("head", self.head.clone()),
            ("namespace", Namespace::Process.name().to_owned()),
        ];
        for (name, value) in fields {
            // Writing to a String can't fail.
            let _ = writeln!(out, "{name:<12} {}", safe::line(&value));
        }
        out
    }

    /// Reads the text; it has one form.
    ///
    /// # Errors
    /// What is missing, or that it says something else besides.
    pub fn read(text: &str) -> Result<Self, String> {
        let get = |name: &str| {
            let found = text.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(' ').map(str::trim_start));
            found.map(str::to_owned).ok_or_else(|| format!("it does not say `{name}`"))
        };
        let said = Self {
            person: get("person")?,
            key: get("key")?,
            process: get("process")?,
            issued: get("issued")?.parse().map_err(|_| "its `issued` is no time".to_owned())?,
            run: get("run")?,
            record: get("record")?.parse().map_err(|_| "its `record` is no number".to_owned())?,
            head: get("head")?,
        };
        if said.render() != text {
            return Err(format!("it is not in the one form of `{FIRST}`"));
        }
        Ok(said)
    }

    /// Why this word does not count, or none when it does: the key that signed it has to be that person's by the roster
    /// that was recorded when the run began, valid when it was given and when it was recorded.
    #[must_use]
    pub fn refusal(&self, plan: &Plan, checked: &Checked, recorded: Instant) -> Option<Reason> {
        let known = plan.roster.iter().any(|p| p.name == self.person);
        if known && self.issued > recorded {
            return Some(Reason::FromTheFuture);
        }
        speaks(&plan.roster, &plan.authorities, &self.person, checked, &[self.issued, recorded])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process() -> Process {
        Process {
            person: "olga".into(),
            key: "SHA256:abc".into(),
            process: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH".into(),
            issued: Instant(1_800_000_000_000),
            run: "20261123-0200-abcd".into(),
            record: 17,
            head: "ab".repeat(32),
        }
    }

    #[test]
    fn the_text_is_read_as_it_was_written_and_in_no_other_form() {
        let text = process().render();
        assert_eq!(Process::read(&text), Ok(process()));
        assert!(text.contains("fingerprint  SHA256:"), "{text}");
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            assert_ne!(Process::read(&changed), Ok(process()), "byte {at}");
        }
        assert!(Process::read(&format!("{text}and more\n")).is_err());
        assert!(Process::read(text.trim_end()).is_err());
    }

    #[test]
    fn a_name_can_not_draw_or_add_a_line() {
        let mallory = Process { person: "olga\nrecord 99".into(), ..process() };
        assert!(!mallory.render().contains("\nrecord 99"), "{}", mallory.render());
    }
}
