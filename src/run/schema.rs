//! JSON Schema 2020-12 of the journal's records.
//!
//! Owns nothing but the call: the schema is generated from [`Record`], so that it says what is written.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::record::Record;

/// Of one line of the record: an event with its place, time, author and particulars.
#[must_use]
pub fn event() -> Value {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Record>();
    schema.insert("title".to_owned(), json!("aigov event"));
    schema.to_value()
}
