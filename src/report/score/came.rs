//! What came in during a drill, as its records tell it: when it really came, what the game master left out or said, what
//! was opened from a seal, and which faults struck.
//!
//! Owns the reading of those records. What was only planned, and never came, is told as such.

use super::Score;
use crate::plan::rehearsal::Inject;
use crate::report::drill::offset;
use crate::run::record::{Delivered, DeliveredWhat, Record};
use crate::text::safe;
use crate::text::time::Millis;

/// One thing that came in, or did not.
pub(super) struct Came {
    /// When, from the beginning; none where it never came.
    pub(super) at: Option<Millis>,
    /// What kind of thing it is; none for what never came.
    pub(super) what: Option<DeliveredWhat>,
    /// Its id; empty where it has none.
    pub(super) id: String,
    /// By which way, or from whom.
    pub(super) by: String,
    /// What it says.
    pub(super) text: String,
    /// What is to be known of it.
    pub(super) mark: String,
}

/// A fault, and when it first struck.
pub(super) struct Struck {
    /// Its id.
    pub(super) id: String,
    /// What breaks, and where.
    pub(super) what: String,
    /// When, from the beginning; none where nothing ran into it.
    pub(super) at: Option<Millis>,
}

fn delivered(records: &[Record]) -> impl Iterator<Item = (&Record, &Delivered)> {
    records.iter().filter_map(|r| Some((r, r.detail.drill.as_ref()?)))
}

/// Everything that came in, in its order, and then what was planned and did not.
pub(super) fn all(of: &Score, records: &[Record]) -> Vec<Came> {
    let rehearsal = &of.rehearsal;
    let opened = |id: &str| {
        let of = delivered(records).find(|(_, d)| d.what == DeliveredWhat::Opened && d.id == id);
        of.map(|(r, _)| (r.at.since(rehearsal.begins), note(r)))
    };
    let told = |i: &Inject| {
        let mut marks: Vec<String> = Vec::new();
        let text = match (&i.sealed, opened(&i.id)) {
            (None, _) => safe::line(&i.text),
            (Some(_), None) => "(sealed, and not opened)".to_owned(),
            (Some(_), Some((at, text))) => {
                marks.push(format!("sealed, opened {}", offset(at)));
                text
            }
        };
        let by: Vec<&str> = of.believed.iter().filter(|b| b.trap == i.id).map(|b| b.by.as_str()).collect();
        if i.trap {
            let believed = format!("a trap, believed: {}", safe::line(&by.join(", ")));
            marks.push(if by.is_empty() { "a trap".to_owned() } else { believed });
        }
        (i.channel.to_string(), text, marks)
    };
    let mut all: Vec<Came> = Vec::new();
    for (record, drill) in delivered(records) {
        let (by, text, mut marks) = match (drill.what, rehearsal.inject(&drill.id)) {
            (DeliveredWhat::Inject | DeliveredWhat::Skipped, Some(inject)) => told(inject),
            (DeliveredWhat::Opened, Some(_)) | (DeliveredWhat::Struck | DeliveredWhat::Absent, _) => continue,
            (DeliveredWhat::Paused, _) => (String::new(), "the time is held".to_owned(), Vec::new()),
            (DeliveredWhat::Resumed, _) => (String::new(), "the time goes on".to_owned(), Vec::new()),
            (DeliveredWhat::Aborted, _) => (String::new(), "ABORTED: from here on it is real".to_owned(), Vec::new()),
            (DeliveredWhat::Over, _) => (String::new(), "the time is over".to_owned(), Vec::new()),
            (DeliveredWhat::Inject | DeliveredWhat::Skipped | DeliveredWhat::Opened, None) => {
                (String::new(), note(record), Vec::new())
            }
        };
        let master = record.detail.person.as_deref().map(safe::line);
        match (drill.what, &master) {
            (DeliveredWhat::Skipped, Some(master)) => marks.push(format!("LEFT OUT by {master}")),
            (DeliveredWhat::Skipped, None) => marks.push("LEFT OUT".to_owned()),
            (_, Some(master)) => marks.push(format!("by the game master, {master}")),
            (_, None) => {}
        }
        all.push(Came {
            at: Some(record.at.since(rehearsal.begins)),
            what: Some(drill.what),
            id: safe::line(&drill.id),
            by,
            text,
            mark: marks.join("; "),
        });
    }
    let came = |i: &Inject| {
        let comes = |d: &Delivered| matches!(d.what, DeliveredWhat::Inject | DeliveredWhat::Skipped) && d.id == i.id;
        delivered(records).any(|(_, d)| comes(d))
    };
    for inject in rehearsal.injects.iter().filter(|i| !came(i)) {
        let (by, text, mut marks) = told(inject);
        marks.push(format!("DID NOT COME IN; planned for {}", offset(inject.at)));
        all.push(Came { at: None, what: None, id: safe::line(&inject.id), by, text, mark: marks.join("; ") });
    }
    all
}

/// Every fault of the scenario, with when the record says that it struck.
pub(super) fn faults(of: &Score, records: &[Record]) -> Vec<Struck> {
    let struck = |id: &str| delivered(records).find(|(_, d)| d.what == DeliveredWhat::Struck && d.id == id);
    let one = |f: &crate::plan::rehearsal::Fault| {
        let place = f.step.as_deref().or(f.provider.as_deref()).map(safe::line);
        Struck {
            id: safe::line(&f.id),
            what: place.map_or_else(|| f.kind.to_string(), |place| format!("{} at {place}", f.kind)),
            at: struck(&f.id).map(|(_, d)| d.due),
        }
    };
    of.rehearsal.faults.iter().map(one).collect()
}

fn note(record: &Record) -> String {
    record.detail.note.as_deref().map(safe::line).unwrap_or_default()
}
