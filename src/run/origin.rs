//! Where the roster of a run was read, and who changed it last: what git said when the run began.
//!
//! Owns what is recorded of that, and what is worth saying of it aloud. Must not look at git.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::safe;
use crate::text::time::{Instant, Millis};

/// A change that is younger than this may have been made for this very run.
const YOUNG: Millis = Millis::from_secs(24 * 3600);

/// Where a roster comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Origin {
    /// Each ref that had a say, with its commit.
    pub refs: Vec<At>,
    /// Who changed the files that say who may vote, as far as that is not long ago.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Changed>,
}

/// A ref as it stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct At {
    /// Its name, such as `HEAD`.
    pub name: String,
    /// Its commit.
    pub commit: String,
}

/// The last change of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Changed {
    /// The file.
    pub file: String,
    /// The commit that changed it.
    pub commit: String,
    /// When, as the commit says.
    pub at: Instant,
    /// Its author's address, as the commit says.
    pub by: String,
    /// Whether a branch of a remote had that commit.
    pub remote: bool,
}

impl Origin {
    /// What somebody who counts on this roster should hear, a sentence each: changes that nobody else may have seen, and
    /// those that are younger than a day.
    #[must_use]
    pub fn doubts(&self, began: Instant) -> Vec<String> {
        self.changed.iter().filter_map(|changed| changed.doubt(began)).collect()
    }
}

impl Changed {
    fn doubt(&self, began: Instant) -> Option<String> {
        let age = began.since(self.at);
        if self.remote && age >= YOUNG {
            return None;
        }
        let short = safe::line(self.commit.get(..10).unwrap_or(&self.commit));
        let alone = if self.remote { "" } else { ", which is on no remote branch, so nobody else may have seen it" };
        let (file, by) = (safe::line(&self.file), safe::line(&self.by));
        Some(format!(
            "{file}, which says who may vote, was changed {} before the run began by {by} in commit {short}{alone}",
            about(age)
        ))
    }
}

/// A length of time to its largest unit.
fn about(length: Millis) -> Millis {
    let unit =
        [24 * 3600, 3600, 60, 1].map(|s| Millis::from_secs(s).0).into_iter().find(|u| length.0 >= *u).unwrap_or(1);
    Millis(length.0 - length.0 % unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_young_or_on_no_remote_is_said() {
        let hour = 3_600_000;
        let cases = [
            (25 * hour, true, None),
            (23 * hour + 1, true, Some("changed 23h before the run began by a@b in commit 0123456789")),
            (
                24 * hour,
                false,
                Some("changed 1d before the run began by a@b in commit 0123456789, which is on no remote"),
            ),
            (61_000, false, Some("changed 1m before")),
            (1_000, true, Some("changed 1s before")),
            (-5_000, true, Some("changed 0s before")),
        ];
        for (age, remote, wanted) in cases {
            let changed = Changed {
                file: "people.toml".into(),
                commit: "0123456789abcdef".into(),
                at: Instant(-age),
                by: "a@b".into(),
                remote,
            };
            let says = Origin { refs: vec![], changed: vec![changed] }.doubts(Instant(0));
            match wanted {
                None => assert_eq!(says, Vec::<String>::new()),
                Some(part) => assert!(says.len() == 1 && says[0].contains(part), "{says:?}"),
            }
        }
    }
}
