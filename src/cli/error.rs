//! Why a command did not do what it was asked: kind, sentence, causes, and the next command to type.

use std::error::Error;
use std::fmt;

use crate::port::JournalError;

/// The kind of an end, each with its exit code and word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// 1
    Failed,
    /// 2
    Usage,
    /// 3
    Findings,
    /// 4
    Waiting,
    /// 5
    Refused,
    /// 8
    Journal,
    /// 130
    Interrupted,
}

impl Kind {
    /// The exit code.
    #[must_use]
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Findings => 3,
            Self::Waiting => 4,
            Self::Refused => 5,
            Self::Journal => 8,
            Self::Interrupted => 130,
        }
    }
}

/// The word of an exit code, as the table in the help has it.
#[must_use]
pub(crate) const fn word(code: u8) -> &'static str {
    match code {
        0 => "done",
        1 => "failed",
        2 => "usage",
        3 => "findings",
        4 => "waiting for a human",
        5 => "refused",
        6 => "undone",
        7 => "in doubt or stuck",
        8 => "journal invalid or moved",
        9 => "partly contained",
        130 => "interrupted, resumable",
        _ => "unknown",
    }
}

/// A command that could not do what it was asked.
#[derive(Debug)]
pub(crate) struct CliError {
    /// Which exit code.
    pub kind: Kind,
    /// What happened, to what; one sentence.
    pub says: String,
    /// What helps, a line each.
    pub hints: Vec<String>,
    /// Commands that help, a line each, whole.
    pub commands: Vec<String>,
    /// The command to type next.
    pub next: Option<String>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl CliError {
    /// An end of this kind.
    #[must_use]
    pub(crate) fn new(kind: Kind, says: impl Into<String>) -> Self {
        Self { kind, says: says.into(), hints: Vec::new(), commands: Vec::new(), next: None, source: None }
    }

    /// A wrong use.
    #[must_use]
    pub(crate) fn usage(says: impl Into<String>) -> Self {
        Self::new(Kind::Usage, says)
    }

    /// A failure.
    #[must_use]
    pub(crate) fn failed(says: impl Into<String>) -> Self {
        Self::new(Kind::Failed, says)
    }

    /// With a line that helps.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// With commands that help.
    #[must_use]
    pub(crate) fn commands(mut self, commands: &[String]) -> Self {
        self.commands.extend_from_slice(commands);
        self
    }

    /// With the command to type next.
    #[must_use]
    pub(crate) fn next(mut self, command: impl Into<String>) -> Self {
        self.next = Some(command.into());
        self
    }

    /// With what caused it.
    #[must_use]
    pub(crate) fn because(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// What caused it, from the outside in, a line each.
    #[must_use]
    pub(crate) fn causes(&self) -> Vec<String> {
        let mut out = Vec::new();
        let mut cause = self.source();
        while let Some(c) = cause {
            out.push(c.to_string());
            cause = c.source();
        }
        out
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.says)
    }
}

impl Error for CliError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|e| {
            let e: &(dyn Error + 'static) = e;
            e
        })
    }
}

impl From<JournalError> for CliError {
    fn from(e: JournalError) -> Self {
        let error = match &e {
            JournalError::NoSuchRun { .. } => Self::usage(e.to_string()).next("aigov log"),
            JournalError::Moved { run, .. } => {
                Self::new(Kind::Journal, e.to_string()).next(format!("aigov show {run}"))
            }
            JournalError::Broken { run, .. } => {
                Self::new(Kind::Journal, e.to_string()).next(format!("aigov verify {run}"))
            }
            // What is open can't be told then, but how each automation is stopped can.
            JournalError::Io { .. } => Self::failed(e.to_string()).next("aigov status"),
        };
        match e {
            JournalError::Io { source, .. } => Self { source: Some(source), ..error },
            _ => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_the_word_that_the_help_names() {
        let help = super::super::args::EXIT_CODES;
        for kind in
            [Kind::Failed, Kind::Usage, Kind::Findings, Kind::Waiting, Kind::Refused, Kind::Journal, Kind::Interrupted]
        {
            let code = kind.code();
            assert!(help.contains(&format!("{code} {}", word(code))), "{code}");
        }
        for code in [0, 6, 7, 9] {
            assert!(help.contains(&format!("{code} {}", word(code))), "{code}");
        }
    }

    #[test]
    fn causes_are_told_from_the_outside_in() {
        let io = std::io::Error::new(std::io::ErrorKind::StorageFull, "no space left");
        let e = CliError::from(JournalError::Io { doing: "write the run".into(), source: Box::new(io) });
        assert_eq!((e.kind, e.says.as_str()), (Kind::Failed, "could not write the run"));
        assert_eq!(e.causes(), ["no space left"]);
    }
}
