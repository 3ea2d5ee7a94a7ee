//! `automations/NAME.toml`: an AI automation of the inventory.
//!
//! Owns its sections and what can be checked inside the one file: what `[stop]` names, and values of controls.

use std::sync::Arc;

use toml::de::DeTable;

use super::Decoded;
use super::binding::bound;
use super::exception::exceptions;
use super::reader::{Reader, reading};
use super::runbook::{levels, schema};
use super::sketch::{Names, Node, Shape, describe};
use super::table::Table;
use super::value::{plain_name, text};
use crate::diag::{Diagnostic, code};
use crate::model::automation::{Automation, Control, ControlKind, Layer, Risk, Stop, Vendor};
use crate::model::binding::Bound;
use crate::model::named::Named;
use crate::text::source::Source;
use crate::text::span::Spanned;
use crate::text::suggest;

/// Reads an automation. The name is the file's without the ending.
#[must_use]
pub fn automation(source: &Arc<Source>, name: &str) -> Decoded<Automation> {
    reading(source, source, |reader, tree| read(reader, tree, source, name))
}

fn read(reader: &Reader, tree: &DeTable<'_>, source: &Arc<Source>, name: &str) -> Automation {
    let root = Table::root(reader, tree);
    let mut value = sections(&root, source, name);
    incomplete(&root, &value);
    root.finish();
    for name in value.stop.iter().flat_map(|s| s.control.iter().chain(&s.wider)) {
        if value.controls.get(&name.value).is_none() {
            reader.unresolved("a control", name, value.controls.names());
        }
    }
    value.controls.each(|c| c.intact = reader.clean(c.span));
    value
}

/// What an automation takes.
pub(in crate::model) fn automation_takes() -> Node {
    let empty = Source::new("", String::new());
    describe(|root| drop(sections(root, &empty, "")))
}

/// What the file takes.
fn sections(root: &Table<'_, '_>, source: &Arc<Source>, name: &str) -> Automation {
    schema(root);
    let section = |key: &'static str| root.table(key, format!("`[{key}]`")).map(plain_bound);
    let telling = |key: &'static str| root.table(key, format!("`[{key}]`")).map(telling_bound);
    root.need("controls", "[controls.NAME]");
    Automation {
        source: Arc::clone(source),
        name: name.to_owned(),
        purpose: root.text("purpose"),
        vendor: root.table("vendor", "`vendor`").map(vendor),
        risk: root.table("risk", "`risk`").map(risk),
        oversight: root.word("oversight", "a way of oversight"),
        may: root.texts("may"),
        may_not: root.texts("may-not"),
        feeds: root.texts("feeds"),
        roles: roles(root),
        stop: root.table("stop", "`[stop]`").map(stop),
        controls: root.named("controls", |t, _| Some(control(t))),
        layers: root.named_words::<Layer, _>("layers", "a layer", plain_bound),
        signals: root.named("signals", |t, _| Some(plain_bound(t))),
        evidence: root.named("evidence", |t, _| Some(plain_bound(t))),
        deploy: section("deploy"),
        paging: telling("paging"),
        statements: telling("statements"),
        tickets: telling("tickets"),
        notices: telling("notices"),
        exceptions: exceptions(root),
    }
}

/// An incomplete inventory is a warning, and counts as high risk.
fn incomplete(root: &Table<'_, '_>, value: &Automation) {
    let parts = value.risk.as_ref().map(|r| (r.impact.is_some(), r.reversibility.is_some(), r.confidence.is_some()));
    let lacking: Vec<&str> = [
        ("purpose", value.purpose.is_some()),
        ("risk", parts == Some((true, true, true))),
        ("oversight", value.oversight.is_some()),
        ("stop", value.stop.is_some()),
    ]
    .into_iter()
    // A part that was written and can't be read was told by itself; of `risk` all three parts count.
    .filter(|(key, there)| !there && (*key == "risk" || !root.has(key)))
    .map(|(key, _)| key)
    .collect();
    if !lacking.is_empty() {
        let names = lacking.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
        root.reader.report(
            Diagnostic::warning(code::INCOMPLETE, format!("the inventory is incomplete: {names}"))
                .at(&root.reader.source, root.head, "")
                .help("until it is complete, this automation counts as high risk"),
        );
    }
}

/// A provider with its binding, and nothing else.
pub(super) fn plain_bound(t: Table<'_, '_>) -> Bound {
    let bound = bound(&t);
    t.finish_with(&[]);
    bound
}

/// The same for what tells people something, with what takes its place in a drill.
pub(super) fn telling_bound(t: Table<'_, '_>) -> Bound {
    let drill = t.table("drill", "`drill`").map(|inner| Box::new(plain_bound(inner)));
    let bound = Bound { drill, ..bound(&t) };
    t.finish_with(&[]);
    bound
}

fn vendor(t: Table<'_, '_>) -> Vendor {
    let vendor = Vendor { name: t.text("name"), contact: t.text("contact"), model: t.text("model") };
    t.finish();
    vendor
}

fn risk(t: Table<'_, '_>) -> Risk {
    let risk = Risk {
        span: t.span,
        impact: t.word("impact", "a grade"),
        reversibility: t.word("reversibility", "a reversibility"),
        confidence: t.word("confidence", "a grade"),
        band: t.word("band", "a risk band"),
    };
    t.finish();
    risk
}

/// `[roles]`: texts under names that people chose.
fn roles(root: &Table<'_, '_>) -> Named<Spanned<String>> {
    let mut roles = Named::default();
    let Some(t) = root.table("roles", "`[roles]`") else { return roles };
    t.rest_takes(|| Names::Plain, || Shape::Text);
    for entry in t.rest() {
        let key = &entry.key.value;
        if key.starts_with('@') {
            let help = format!("write `{}`; runbooks say `{key}`", key.trim_start_matches('@'));
            t.reader.advise(code::BAD_ID, entry.key.span, "a role is written here without `@`", "", help);
        } else if plain_name(t.reader, &entry.key)
            && let Some(value) = text(t.reader, key, entry.value, entry.span)
        {
            roles.push(entry.key, value);
        }
    }
    roles
}

fn stop(t: Table<'_, '_>) -> Stop {
    let stop = Stop {
        span: t.span,
        control: t.must("control", "control = \"…\"", t.text("control")),
        wider: t.texts("wider"),
        who: t.texts("who"),
        meanwhile: t.text("meanwhile"),
    };
    t.finish();
    stop
}

fn control(t: Table<'_, '_>) -> Control {
    let kind: Option<Spanned<ControlKind>> =
        t.must("kind", "kind = \"switch\"", t.leading("kind", "a kind of control"));
    let levels = levels(&t, kind.map(|k| k.value == ControlKind::Level), "safest first");
    let safe = t.scalar("safe");
    let (console, by_hand) = (t.text("console"), t.text("by-hand"));
    let bound = bound(&t);
    let mut control = Control { span: t.span, kind, levels, safe: None, bound, console, by_hand, intact: false };
    if let (Some(safe), Some(_)) = (&safe, kind)
        && let Err(wanted) = control.value(safe)
    {
        let near = match &safe.value {
            crate::model::scalar::Scalar::Text(t) => {
                suggest::nearest(t, control.levels.iter().map(|l| l.value.as_str()))
            }
            _ => None,
        };
        let label = near.map_or_else(String::new, |n| format!("did you mean `{n}`?"));
        let shown = crate::text::safe::excerpt(&safe.to_string(), 60);
        let message = format!("`{shown}` is not a value of this control");
        t.reader.advise(code::BAD_VALUE, safe.span, message, label, format!("write {wanted}"));
    }
    control.safe = safe;
    t.finish_with(&[]);
    control
}
