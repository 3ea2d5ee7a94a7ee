//! `RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir tests/fuzz decode`.

#![no_main]

#[path = "../entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entry::decode(bytes));
