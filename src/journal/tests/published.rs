//! Records against the schema that is published of them, by a validator that is not ours.

use boon::{Compiler, Schemas};
use serde_json::Value;

use crate::journal::samples::every_kind;
use crate::run::record::Record;
use crate::run::schema::event;

/// Every record with one key dropped or one value of another type.
fn broken(value: &Value) -> Vec<Value> {
    let mut all = vec![Value::from(true), Value::from(-1.5), Value::from("zz"), Value::from(vec![1])];
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let mut without = map.clone();
                without.remove(key);
                all.push(Value::Object(without));
                for inner in broken(inner) {
                    let mut with = map.clone();
                    with.insert(key.clone(), inner);
                    all.push(Value::Object(with));
                }
            }
        }
        Value::Array(list) => {
            for (n, inner) in list.iter().enumerate() {
                for inner in broken(inner) {
                    let mut with = list.clone();
                    with[n] = inner;
                    all.push(Value::Array(with));
                }
            }
        }
        _ => {}
    }
    all
}

#[test]
fn every_record_is_valid_and_what_the_schema_refuses_can_not_be_read() {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("mem:///event.json", event()).unwrap();
    let index = compiler.compile("mem:///event.json", &mut schemas).unwrap();
    let mut refused = 0;
    for record in every_kind("20261123-0204-abcd") {
        let value = serde_json::to_value(&record).unwrap();
        if let Err(e) = schemas.validate(&value, index) {
            panic!("{value}: {e:#}");
        }
        for wrong in broken(&value) {
            if schemas.validate(&wrong, index).is_err() {
                refused += 1;
                assert!(serde_json::from_value::<Record>(wrong.clone()).is_err(), "only the schema refuses {wrong}");
            }
        }
    }
    assert!(refused > 1_000, "only {refused} were broken in a way that the schema can see");
}
