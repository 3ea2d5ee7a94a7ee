//! What is wrong with an automation, and what a control's value may be.

use super::{AUTOMATION, broken, read_automation, table};
use crate::model::decode;
use crate::model::scalar::Scalar;
use crate::text::source::Source;

#[test]
fn automations() {
    table(
        AUTOMATION,
        read_automation,
        &[
            (
                "purpose =",
                "purpos =",
                &[
                    "incomplete 1:1 the inventory is incomplete: `purpose`",
                    "unknown-key 2:1 unknown key `purpos` in the file",
                ],
            ),
            (
                "confidence = \"medium\"",
                "confidence = \"mid\"",
                &["incomplete 1:1 the inventory is incomplete: `risk`", "unknown-value 4:67 `mid` is not a grade"],
            ),
            (", confidence = \"medium\"", "", &["incomplete 1:1 the inventory is incomplete: `risk`"]),
            ("\"single-gate\"", "\"one-gate\"", &["unknown-value 5:13 `one-gate` is not a way of oversight"]),
            (
                "owner = \"support-ml-lead\"",
                "\"@owner\" = \"support-ml-lead\"",
                &["bad-id 11:1 a role is written here without `@`"],
            ),
            ("control   = \"autonomy\"", "control   = \"autonmy\"", &["unresolved 17:13 `autonmy` is not a control"]),
            ("control   = \"autonomy\"", "", &["missing-key 16:1 `control` is missing in `[stop]`"]),
            (
                "wider     = [\"replicas\"]",
                "wider     = [\"replica\"]",
                &["unresolved 18:14 `replica` is not a control"],
            ),
            ("kind = \"switch\"", "kind = \"swich\"", &["unknown-value 23:8 `swich` is not a kind of control"]),
            ("safe = \"off\"", "safe = \"of\"", &["bad-value 24:8 `of` is not a value of this control"]),
            ("safe = \"off\"", "safe = 0", &["bad-value 24:8 `0` is not a value of this control"]),
            (
                "safe = \"off\"",
                "safe = [\"off\"]",
                &["wrong-type 24:8 `safe` takes one value: a text, a number, true or false"],
            ),
            ("provider = \"flags\"", "", &["missing-key 22:1 `provider` is missing in `[controls.autonomy]`"]),
            (
                "levels = [\"off\", \"advisory\", \"gated\", \"auto\"]",
                "",
                &["missing-key 31:1 `levels` is missing in `[controls.mode]`"],
            ),
            (
                "levels = [\"off\", \"advisory\", \"gated\", \"auto\"]",
                "levels = [\"off\"]",
                &["bad-value 33:1 `levels` needs at least two levels"],
            ),
            ("\"gated\", \"auto\"", "\"gated\", \"off\"", &["duplicate-id 33:39 two levels are called `off`"]),
            ("[layers.prompt]", "[layers.promt]", &["unknown-value 48:9 `promt` is not a layer"]),
            ("[controls.traffic]", "[controls.\"Traffic %\"]", &["bad-id 43:11 `Traffic %` can not be a name"]),
        ],
    );
}

#[test]
fn values_of_a_control() {
    let source = Source::new("x.toml", AUTOMATION);
    let automation = decode::automation(&source, "x").value;
    let control = |name: &str| automation.controls.get(name).unwrap();
    let text = |t: &str| Scalar::Text(t.to_owned());
    assert_eq!(control("autonomy").value(&text("on")), Ok(Scalar::Bool(true)));
    assert_eq!(control("autonomy").value(&Scalar::Bool(false)), Ok(Scalar::Bool(false)));
    assert_eq!(control("autonomy").value(&text("maybe")), Err("`on` or `off`".to_owned()));
    assert_eq!(control("mode").value(&text("gated")), Ok(text("gated")));
    assert_eq!(control("mode").value(&text("half")), Err("`off`, `advisory`, `gated` or `auto`".to_owned()));
    assert_eq!(control("traffic").value(&Scalar::Number(5.0)), Ok(Scalar::Number(5.0)));
    for wrong in [Scalar::Number(100.5), Scalar::Number(-1.0), text("5"), Scalar::Bool(true)] {
        assert_eq!(control("traffic").value(&wrong), Err("a number from 0 to 100".to_owned()), "{wrong}");
    }
    assert_eq!(control("autonomy").safe_value(), Some(Scalar::Bool(false)));
    assert_eq!(control("mode").safe_value(), Some(text("off")));
    assert_eq!(control("traffic").safe_value(), Some(Scalar::Number(0.0)));
    assert!(automation.controls.iter().all(|(_, c)| c.intact));
}

#[test]
fn a_binding_is_what_holds_everywhere_under_what_holds_in_the_environment() {
    let text = broken(AUTOMATION, "count-query", "production = { query = \"special\" }\ncount-query");
    let source = Source::new("x.toml", text);
    let automation = decode::automation(&source, "x").value;
    let signal = automation.signals.get("ungrounded_rate").unwrap();
    let query = |env: &str| signal.binding(env).values.get("query").unwrap().as_str().unwrap().to_owned();
    assert_eq!(query("production"), "special");
    assert_eq!(query("staging"), "ai_ungrounded_ratio{automation=\"support-replies\"}");
    let binding = signal.binding("production");
    assert_eq!(source.slice(binding.places.get("query").unwrap().value), "\"special\"");
    assert!(binding.values.contains_key("count-query"));
    // `purpose` is missing nowhere: a control with a problem is not intact, the others are.
    let source = Source::new("x.toml", broken(AUTOMATION, "safe = \"off\"", "safe = \"of\""));
    let controls = decode::automation(&source, "x").value.controls;
    let broken: Vec<&str> = controls.iter().filter(|(_, c)| !c.intact).map(|(n, _)| n.value.as_str()).collect();
    assert_eq!(broken, ["autonomy"]);
}
