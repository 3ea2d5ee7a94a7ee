//! The reporter of `--json`: one record per line on stdout, as it is stored.

use super::screen::Screen;
use crate::plan::Plan;
use crate::port::{Progress, Reporter};
use crate::run::record::Record;

/// Writes records as they become durable.
#[derive(Debug)]
pub struct Stream {
    screen: Screen,
}

impl Stream {
    /// Onto a screen's stdout.
    #[must_use]
    pub const fn new(screen: Screen) -> Self {
        Self { screen }
    }
}

impl Reporter for Stream {
    fn record(&mut self, _: &Plan, record: &Record) {
        if let Some(line) = record.bytes().ok().and_then(|b| String::from_utf8(b).ok()) {
            self.screen.raw(&line);
        }
    }

    fn progress(&mut self, _: &Plan, _: Progress<'_>) {}
}

#[cfg(test)]
mod tests {
    use super::super::screen::fake::{PLAIN, screen};
    use super::*;
    use crate::report::example::at_the_gate;

    #[test]
    fn each_record_is_one_line_that_reads_back_the_same() {
        let (s, out, err) = screen(PLAIN);
        let records = at_the_gate();
        let plan = crate::report::example::plan();
        let mut stream = Stream::new(s);
        for r in &records {
            stream.record(&plan, r);
        }
        let back: Vec<Record> = out.text().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(back, records);
        assert_eq!(err.text(), "");
    }
}
