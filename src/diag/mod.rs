//! What a problem is: code, severity, message, labels, help. Not how it looks.
//!
//! Owns the one type in which anything wrong with what people wrote is told, and the list of its codes. Must not know
//! colours, widths or terminals.

use std::fmt;
use std::sync::Arc;

use crate::text::source::Source;
use crate::text::span::Span;

pub mod code;

pub use code::Code;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; stops nothing.
    Note,
    /// Probably not meant; stops nothing.
    Warning,
    /// The file does not say what it must.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// A place in a source and what is to be said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The file.
    pub source: Arc<Source>,
    /// Where in it.
    pub span: Span,
    /// What is said there; may be empty.
    pub text: String,
}

/// A problem with what people wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which rule.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Places; the first is where the problem is, the others help to understand it.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error of this code.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, message: message.into(), labels: Vec::new(), help: None }
    }

    /// A warning of this code.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// With one more place. The first place added is where the problem is.
    #[must_use]
    pub fn at(mut self, source: &Arc<Source>, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { source: Arc::clone(source), span, text: text.into() });
        self
    }

    /// With advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// `file:line:column` of the first place; empty where there is none.
    #[must_use]
    pub fn place(&self) -> String {
        self.labels.first().map_or_else(String::new, |l| l.source.place(l.span))
    }
}

impl fmt::Display for Diagnostic {
    /// One line: place, severity, code, message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.labels.is_empty() {
            write!(f, "{}: ", self.place())?;
        }
        write!(f, "{}[{}]: {}", self.severity, self.code, self.message)
    }
}
