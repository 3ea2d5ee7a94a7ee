//! What a check found about something that a run would need, without having changed anything.
//!
//! Owns the words and which of them is worse. Must not check anything itself: the edges do.

use serde::Serialize;

/// How something stands, the gravest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// As needed.
    Ok,
    /// Nothing that would stop a run, but somebody should know.
    Note,
    /// It could not be told.
    Untold,
    /// Not as needed: a run would fail on it, or be less than it promises.
    Wrong,
}

impl Standing {
    /// The word that stands in front of a line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Untold => "untold",
            Self::Wrong => "WRONG",
        }
    }
}

/// What was looked at, in the order in which one thing hides the next: what can't be reached has no credential to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aspect {
    /// What `aigov.toml` says of a provider: settings, secrets, whether it can be opened.
    Setting,
    /// Whether something answers.
    Reach,
    /// Its certificate.
    Tls,
    /// Whether the credential is taken.
    Credential,
    /// Whether the credential may do what is used.
    Scope,
    /// Rules of the provider's own that would refuse or undo what we do.
    Protection,
    /// Whether what is named is there.
    Exists,
    /// Whether a record can be written and leave this machine.
    Journal,
    /// Whether votes and pages find their people.
    People,
    /// Whether a signal has data.
    Data,
    /// Whether clocks agree.
    Clock,
    /// Files of the workspace.
    Files,
}

impl Aspect {
    /// The word for people and for `--json`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Setting => "setting",
            Self::Reach => "reach",
            Self::Tls => "tls",
            Self::Credential => "credential",
            Self::Scope => "scope",
            Self::Protection => "protection",
            Self::Exists => "exists",
            Self::Journal => "journal",
            Self::People => "people",
            Self::Data => "data",
            Self::Clock => "clock",
            Self::Files => "files",
        }
    }
}

/// One thing that was looked at. Every text is safe to print and free of secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Which kind of thing.
    pub aspect: Aspect,
    /// What, such as `flag support-replies in production`.
    pub what: String,
    /// How it stands.
    pub is: Standing,
    /// One line: what was found.
    pub says: String,
    /// What to do about it, where something is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// What to type for that, to be copied whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
}

impl Checked {
    /// A finding of this standing.
    #[must_use]
    pub fn new(aspect: Aspect, what: impl Into<String>, is: Standing, says: impl Into<String>) -> Self {
        Self { aspect, what: what.into(), is, says: says.into(), help: None, commands: Vec::new() }
    }

    /// As needed.
    #[must_use]
    pub fn ok(aspect: Aspect, what: impl Into<String>, says: impl Into<String>) -> Self {
        Self::new(aspect, what, Standing::Ok, says)
    }

    /// Somebody should know.
    #[must_use]
    pub fn note(aspect: Aspect, what: impl Into<String>, says: impl Into<String>) -> Self {
        Self::new(aspect, what, Standing::Note, says)
    }

    /// It could not be told.
    #[must_use]
    pub fn untold(aspect: Aspect, what: impl Into<String>, says: impl Into<String>) -> Self {
        Self::new(aspect, what, Standing::Untold, says)
    }

    /// Not as needed.
    #[must_use]
    pub fn wrong(aspect: Aspect, what: impl Into<String>, says: impl Into<String>) -> Self {
        Self::new(aspect, what, Standing::Wrong, says)
    }

    /// With what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With a command to type.
    #[must_use]
    pub fn command(mut self, command: impl Into<String>) -> Self {
        self.commands.push(command.into());
        self
    }
}
