//! The transcript of a drill: one line for each record, with the time since its beginning and the mark of a drill.

use super::sentence::{Mark, sentence};
use crate::plan::Plan;
use crate::plan::rehearsal::Rehearsal;
use crate::run::record::Record;
use crate::text::safe;
use crate::text::time::{Instant, Millis};

/// One line of a transcript. Not wrapped, so that it can be compared and searched.
#[must_use]
pub fn line(plan: &Plan, begins: Instant, record: &Record) -> String {
    let told = sentence(plan, record);
    let mark = if told.mark == Mark::Quiet { "." } else { told.mark.word() };
    let about = if told.about.is_empty() { String::new() } else { format!("{}: ", told.about) };
    format!("DRILL {:>10} {mark:<5} {about}{}", offset(record.at.since(begins)), told.text)
}

/// A line of something that is said and not on record.
#[must_use]
pub fn aside(text: &str) -> String {
    format!("DRILL {:>10} {:<5} {}", "", "says", safe::line(text))
}

/// The first lines of a transcript: what is practised, by whom, from which seed.
#[must_use]
pub fn head(of: &Rehearsal, plan: &Plan) -> Vec<String> {
    let who = of.player.as_deref().map_or_else(|| "people".to_owned(), |p| format!("player `{}`", safe::line(p)));
    let mut lines = vec![
        format!("DRILL {}: {}", safe::line(&of.scenario), safe::line(&of.title)),
        format!(
            "DRILL {} on {} ({}), {who}, seed {}, begins {}",
            safe::line(&plan.runbook),
            safe::line(&plan.automation),
            safe::line(&plan.environment),
            of.seed,
            of.begins
        ),
    ];
    lines.extend(of.based_on.iter().map(|b| format!("DRILL based on {}", safe::line(b))));
    lines.push(format!("DRILL nothing real is touched; \"{}\" ends it at once", safe::line(&of.abort_word)));
    lines
}

/// A time since the beginning: `t+04:12`, `t+1:04:12`, `t+2d 01:04:12`.
#[must_use]
pub fn offset(since: Millis) -> String {
    let s = since.0 / 1_000;
    let (days, hours, minutes, seconds) = (s / 86_400, s / 3_600 % 24, s / 60 % 60, s % 60);
    match (days, hours) {
        (0, 0) => format!("t+{minutes:02}:{seconds:02}"),
        (0, _) => format!("t+{hours}:{minutes:02}:{seconds:02}"),
        _ => format!("t+{days}d{hours:02}:{minutes:02}:{seconds:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_since_the_beginning() {
        for (ms, text) in [(0, "t+00:00"), (252_900, "t+04:12"), (3_852_000, "t+1:04:12"), (90_252_000, "t+1d01:04:12")]
        {
            assert_eq!(offset(Millis(ms)), text);
        }
    }
}
