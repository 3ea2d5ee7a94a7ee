//! `aigov page`: a plan, or an automation's stop, as a page for the wiki and for paper.
//!
//! Owns what such a page says and in which order: [`Sheet`], made by [`incident`] and [`stop`], laid out as Markdown, HTML
//! or paged plain text. The same inputs make the same bytes: no clock, no width of a terminal. All outside text is made
//! safe here, when the sheet is made; each layout escapes what its own format would take for markup.

mod html;
mod incident;
mod markdown;
mod paper;
mod people;
mod stop;

#[cfg(test)]
mod tests;

pub use html::html;
pub(crate) use html::{POLICY, escaped};
pub use incident::incident;
pub use markdown::markdown;
pub use paper::paper;
pub use stop::{Commands, stop};

use super::phrase;
use crate::plan::{Act, Step};
use crate::run::record::RequestView;
use crate::text::safe;
use crate::text::time::Instant;

/// A page, independent of its layout.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// What it is called.
    pub title: String,
    /// What it is for, a line each.
    pub under: Vec<String>,
    /// Top to bottom.
    pub blocks: Vec<Block>,
    /// What it was made from, and how to check that.
    pub foot: Vec<String>,
}

/// A part of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading.
    Section(String),
    /// A paragraph.
    Para(String),
    /// What has to be seen first: lines of text, each with a command to type or none.
    Loud(Vec<(String, Option<String>)>),
    /// Labels, each with its text.
    Items(Vec<(String, String)>),
    /// Lines with a box to tick, each with a place to write or none.
    Ticks(Vec<(String, Option<String>)>),
    /// Lines.
    Bullets(Vec<String>),
    /// Rows under a header.
    Table {
        /// The header.
        head: Vec<String>,
        /// The rows, as long as the header.
        rows: Vec<Vec<String>>,
    },
    /// A step.
    Step(Part),
}

/// A step on a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Its number.
    pub number: String,
    /// What is done.
    pub title: String,
    /// Labels, each with its text.
    pub items: Vec<(String, String)>,
    /// Requests, line by line, exactly as they would be sent; secrets by name.
    pub requests: Vec<String>,
}

/// Where a page comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Digest of the plan.
    pub digest: String,
    /// The commit of the files, its time, and whether files differ from it; none outside git.
    pub commit: Option<(String, Instant, bool)>,
    /// The program's version.
    pub version: String,
    /// The command that prints the digest again.
    pub again: String,
}

impl Origin {
    fn lines(&self) -> Vec<String> {
        let files = self.commit.as_ref().map_or_else(
            || "Files: not in git, so nobody can tell from which state of them this page was made.".to_owned(),
            |(commit, at, dirty)| {
                let dirty = if *dirty { ", with changes that are not committed" } else { "" };
                let day = at.to_string().get(..10).unwrap_or_default().to_owned();
                format!("Files: commit {} of {day}{dirty}.", safe::line(commit))
            },
        );
        vec![
            format!("Plan {}.", safe::line(&self.digest)),
            files,
            format!("Made by aigov {}. To check it, with the files at that commit: {}", self.version, self.again),
            "prints the same digest as long as the page still holds.".to_owned(),
        ]
    }
}

/// Requests as lines.
fn request_lines(views: &[RequestView]) -> Vec<String> {
    let mut out = Vec::new();
    for r in views {
        let purpose = if r.purpose.is_empty() { String::new() } else { format!("   ({})", safe::line(&r.purpose)) };
        out.push(format!("{} {}{purpose}", safe::line(&r.method), safe::line(&r.url)));
        out.extend(r.headers.iter().map(|(name, value)| format!("  {}: {}", safe::line(name), safe::line(value))));
        if !r.body.is_empty() {
            out.extend(safe::lines(&r.body).map(|l| format!("  {l}")));
        }
    }
    out
}

/// A phrase as the beginning of a line.
fn capital(phrase: &str) -> String {
    let mut chars = phrase.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// What a step sends, apart from the steps: whoever works through them does not read past it.
fn requests(title: &str, parts: Vec<Part>) -> Vec<Block> {
    let mut out = Vec::new();
    if !parts.is_empty() {
        out.push(Block::Section(title.to_owned()));
        out.extend(parts.into_iter().map(Block::Step));
    }
    out
}

/// What has to be seen before a step counts as done.
fn worked(step: &Step) -> String {
    let within = step.within;
    match &step.act {
        Act::SetControl { control, to, .. } => format!(
            "{} reads {} where it is consumed, within {within}",
            safe::line(control),
            safe::line(&to.to_string())
        ),
        Act::RollbackLayer { layer, .. } => {
            format!("{} reads the earlier version, within {within}", safe::line(layer))
        }
        Act::Capture { .. } => format!("each copy reads as kept, within {within}"),
        Act::Freeze => format!("deployments read as held, within {within}"),
        Act::Page { .. } => "somebody answers; a page that nobody answered has reached nobody".to_owned(),
        Act::Human { .. } => "the person who did it says so".to_owned(),
        Act::Notify { .. } | Act::Publish { .. } | Act::Ticket { .. } | Act::HttpCall { .. } => {
            format!("{}, within {within}", phrase::proof(step.proof))
        }
    }
}

/// Where a person does the same without the program.
fn by_hand(step: &Step) -> Vec<(String, String)> {
    let mut out = Vec::new();
    match (&step.by_hand, &step.act) {
        (Some(by_hand), _) => out.push(("by hand".to_owned(), safe::line(by_hand))),
        (None, Act::Page { to, .. } | Act::Notify { to, .. }) => {
            let to = to.iter().map(|t| safe::line(t)).collect::<Vec<_>>().join(", ");
            out.push(("by hand".to_owned(), format!("call {to}: the numbers are in section 7")));
        }
        (None, Act::Human { .. }) => {}
        (None, _) => {
            out.push((
                "by hand".to_owned(),
                "nobody has written down how; the requests at the end say what".to_owned(),
            ));
        }
    }
    if let Some(console) = &step.console {
        out.push(("console".to_owned(), safe::line(console)));
    }
    out
}
