//! What an append and a resume cost, early and late in a run.
//!
//! usage: cargo run --release --example append [EVENTS]
//!
//! Appends EVENTS records (10,000 unless said; 100,000 takes minutes), one durable commit each, in a temporary folder,
//! and prints the median time of an append around event 10, 100, 1,000 and so on, as a ratio to the first; then the time
//! to read it all back as a resume does, per event. Nothing is judged: figures depend on the disk.

use std::time::{Duration, Instant};

use aigov::journal::{ProcessKey, Store};
use aigov::port::{Chance, RunLog as _};
use aigov::run::event::Event;
use aigov::run::record::{Detail, GENESIS, RECORD_FORMAT, Record};

const RUN: &str = "bench";

struct Zeros;

impl Chance for Zeros {
    fn fill(&mut self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures")]
fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let out = work();
    (start.elapsed(), out)
}

fn record(seq: u64) -> Record {
    Record {
        format: RECORD_FORMAT,
        run: RUN.into(),
        seq,
        at: aigov::text::time::Instant(1_795_400_000_000 + i64::try_from(seq).unwrap_or_default()),
        by: "olga".into(),
        prev: GENESIS.into(),
        drill: false,
        late: false,
        event: if seq == 0 { Event::RunStarted } else { Event::Noted },
        about: None,
        detail: Box::new(Detail { note: Some("what a step says of itself, ".repeat(10)), ..Detail::default() }),
    }
}

#[expect(clippy::print_stdout, reason = "a bench reports")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let events: u64 = match std::env::args().nth(1) {
        Some(n) => n.parse()?,
        None => 10_000,
    };
    let folder = tempfile::tempdir()?;
    let store = Store::open_or_create(&folder.path().join("journal.git"), false).with_patience(Duration::from_secs(60));
    // As every process does: each append is signed.
    let store = store.with_key(ProcessKey::new(&[7; 32]));
    let mut held = store.create_run(RUN, Box::new(Zeros))?;
    let mut first = None;
    let mut window = Vec::new();
    let mut mark = 10;
    for seq in 0..events {
        let (took, done) = timed(|| held.append(&[record(seq)]));
        done?;
        window.push(took);
        if seq + 1 == mark || seq + 1 == events {
            window.drain(..window.len().saturating_sub(200));
            window.sort();
            let median = window[window.len() / 2];
            let first = *first.get_or_insert(median);
            println!(
                "append around event {:>7}: {:>6} µs, {:.2} of the first",
                seq + 1,
                median.as_micros(),
                median.as_secs_f64() / first.as_secs_f64()
            );
            window.clear();
            mark *= 10;
        }
    }
    drop(held);
    let (took, held) = timed(|| store.hold(RUN, Box::new(Zeros)));
    let count = held?.1.len() as u32;
    println!("resume of {count} events: {} ms, {} µs an event", took.as_millis(), (took / count.max(1)).as_micros());
    let (took, report) = timed(|| store.verify(Some(RUN)));
    println!("verify: {} ms, {} findings", took.as_millis(), report?.first().map_or(0, |r| r.findings.len()));
    let (took, _) = timed(|| store.runs());
    println!("list, first time: {} ms", took.as_millis());
    let (took, _) = timed(|| store.runs());
    println!("list, again: {} µs", took.as_micros());
    Ok(())
}
