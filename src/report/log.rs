//! `aigov log RUN`: one line per event, oldest first.

use super::sentence::{Mark, sentence};
use crate::plan::Plan;
use crate::run::record::Record;

/// One line of the log: sequence, time, mark, what it is about, sentence. Not wrapped, so that it can be searched.
#[must_use]
pub fn line(plan: &Plan, record: &Record) -> String {
    let told = sentence(plan, record);
    let mark = if told.mark == Mark::Quiet { "." } else { told.mark.word() };
    let late = if record.late { " [written late]" } else { "" };
    let about = if told.about.is_empty() { String::new() } else { format!("{}: ", told.about) };
    let date = record.at.to_string();
    let time = date.get(..19).unwrap_or(&date);
    format!("{:>4} {time}Z {mark:<5} {about}{}{late}", record.seq, told.text)
}
