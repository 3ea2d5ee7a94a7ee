//! JSON Schema 2020-12 of the journal's records.
//!
//! Owns the published text, `event.schema.json`. A test generates it from [`super::record::Record`] and compares, so that
//! it says what is written; the generator is no part of the program.

use serde_json::Value;

/// Of one line of the record: an event with its place, time, author and particulars.
///
/// # Panics
///
/// If the text that was compiled in is no JSON, which the test below rules out.
#[must_use]
#[expect(clippy::expect_used, reason = "the text is compiled in, and a test reads it")]
pub fn event() -> Value {
    serde_json::from_slice(include_bytes!("event.schema.json")).expect("event.schema.json is JSON")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use schemars::generate::SchemaSettings;
    use serde::Serialize as _;
    use serde_json::json;
    use serde_json::ser::{PrettyFormatter, Serializer};

    use super::event;
    use crate::run::record::Record;

    /// `AIGOV_BLESS=1` writes it; the difference is then to be read before it is kept.
    #[test]
    fn what_is_published_is_what_the_types_say() {
        let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Record>();
        schema.insert("title".to_owned(), json!("aigov event"));
        let generated = schema.to_value();
        if std::env::var_os("AIGOV_BLESS").is_some() {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/run/event.schema.json");
            // One line for each member, so that a change can be read, and no indentation, which would be carried along.
            let mut text = Vec::new();
            let mut lines = Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(b""));
            generated.serialize(&mut lines).expect("a schema is JSON");
            text.push(b'\n');
            fs::write(path, text).expect("writes the schema");
        } else {
            assert_eq!(event(), generated, "run this test with AIGOV_BLESS=1 and read what it changed");
        }
    }
}
