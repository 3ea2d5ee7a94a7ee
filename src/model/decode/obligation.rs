//! `templates/obligations.toml`: duties to tell somebody, with their clocks.
//!
//! Owns what each duty needs. Whether a law says so is for whoever reviews the file.

use std::sync::Arc;

use toml::de::DeTable;

use super::Decoded;
use super::reader::{Reader, reading};
use super::runbook::{id, schema};
use super::table::Table;
use crate::model::obligation::Obligation;
use crate::text::source::Source;

/// Reads the duties, in the order of the file.
#[must_use]
pub fn obligations(source: &Arc<Source>) -> Decoded<Vec<Obligation>> {
    reading(source, source, read)
}

fn read(reader: &Reader, tree: &DeTable<'_>) -> Vec<Obligation> {
    let root = Table::root(reader, tree);
    schema(&root);
    let all: Vec<Obligation> = root.tables("obligation", "`[[obligation]]`").into_iter().map(obligation).collect();
    root.finish();
    reader.duplicates("ids", all.iter().map(|o| &o.id));
    all
}

fn obligation(t: Table<'_, '_>) -> Obligation {
    for (key, example) in [
        ("regime", "regime = \"…\""),
        ("classes", "classes = [\"data-leakage\"]"),
        ("starts", "starts = \"aware\""),
        ("to", "to = \"…\""),
        ("source", "source = \"…\""),
        ("basis", "basis = \"law\""),
        ("reviewed-at", "reviewed-at = 2026-11-23"),
    ] {
        t.need(key, example);
    }
    let obligation = Obligation {
        span: t.span,
        id: id(&t, "obligation"),
        regime: t.text("regime"),
        classes: t.words("classes", "an incident class"),
        starts: t.word("starts", "what a clock runs from"),
        limit: t.duration("limit"),
        to: t.text("to"),
        source: t.text("source"),
        basis: t.word("basis", "how well it is known"),
        applies_from: t.date("applies-from"),
        reviewed_at: t.date("reviewed-at"),
    };
    t.finish();
    obligation
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::obligation::{Basis, ClockStart};

    fn read(text: &str) -> (Vec<Obligation>, Vec<String>) {
        let decoded = obligations(&Source::new("templates/obligations.toml", text));
        (decoded.value, decoded.problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_shipped_duties_are_whole() {
        let (all, problems) = read(include_str!("../../../templates/obligations.toml"));
        assert_eq!(problems, Vec::<String>::new());
        let hours = |id: &str| {
            let found = all.iter().find(|o| o.id.value == id).unwrap();
            (found.starts.as_ref().unwrap().value, found.limit.as_ref().map(|l| l.value.0 / 3_600_000))
        };
        assert_eq!(hours("gdpr-authority"), (ClockStart::Aware, Some(72)));
        assert_eq!(hours("ai-act-death"), (ClockStart::Aware, Some(240)), "ten days, and not the two of hearsay");
        assert_eq!(hours("dora-initial"), (ClockStart::Classified, Some(4)), "each regime has its own start");
        assert_eq!(hours("gdpr-controller"), (ClockStart::Aware, None), "without undue delay is no number");
        for o in &all {
            assert!(!o.classes.is_empty() && o.reviewed_at.is_some(), "{}", o.id.value);
            let law = o.basis.as_ref().map(|b| b.value) == Some(Basis::Law);
            assert!(!law || o.source.as_ref().unwrap().value.contains("Article"), "{}", o.id.value);
        }
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let (all, problems) = read(
            "schema = 1\n[[obligation]]\nid = \"a\"\nregime = \"R\"\nclasses = [\"data-leek\"]\nstarts = \"awareness\"\n\
             limit = \"72\"\nto = \"T\"\nsource = \"S\"\nbasis = \"law\"\nreviewd-at = 2026-01-01\n\
             [[obligation]]\nid = \"a\"\n",
        );
        assert_eq!(all.len(), 2);
        for needed in [
            "data-leek",
            "awareness",
            "`72` is not a duration",
            "reviewd-at",
            "`regime` is missing",
            "`source` is missing",
            "two ids",
        ] {
            assert!(problems.iter().any(|p| p.contains(needed)), "{needed}: {problems:#?}");
        }
    }
}
