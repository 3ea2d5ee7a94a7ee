//! A scrape target: what a test sets is what Prometheus reads within a second or two.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use crate::wire::{Answer, Served};

/// Serves series in the text format until dropped.
pub(crate) struct Exporter {
    series: Arc<Mutex<BTreeMap<String, f64>>>,
    _served: Served,
}

impl Exporter {
    /// Serves on the address that the server scrapes.
    pub(crate) fn on(address: &str) -> Self {
        let series: Arc<Mutex<BTreeMap<String, f64>>> = Arc::default();
        let shown = Arc::clone(&series);
        let served = Served::on(address, move |_| {
            let mut text = String::new();
            for (name, value) in &*shown.lock().unwrap() {
                writeln!(text, "{name} {value}").unwrap();
            }
            Answer::new(200, "text/plain; version=0.0.4", text)
        });
        Self { series, _served: served }
    }

    /// Sets a series, labels and all.
    pub(crate) fn set(&self, series: &str, value: f64) {
        self.series.lock().unwrap().insert(series.to_owned(), value);
    }
}
