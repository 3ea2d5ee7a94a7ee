//! `runbooks/incident/*.toml`: a runbook for a class of incident.
//!
//! Owns its sections and what can be checked inside the one file: ids, or-else, responses, the matrix.

use std::sync::Arc;

use toml::de::DeTable;

use super::exception::exceptions;
use super::measure::trigger;
use super::reader::{Reader, reading};
use super::recovery::{check, follow_up, restore};
use super::sketch::{Node, Shape, describe};
use super::step::{self, Kind};
use super::table::Table;
use super::{Decoded, SCHEMA};
use crate::diag::code;
use crate::model::expr;
use crate::model::runbook::{Act, Fact, FactKind, Runbook, Scope, Severity, Step, When};
use crate::text::source::Source;
use crate::text::span::Spanned;

/// What a runbook takes.
pub(in crate::model) fn runbook_takes() -> Node {
    let empty = Source::new("", String::new());
    describe(|root| drop(sections(root, &empty, "")))
}

/// Reads a runbook. The name is its path below `runbooks/` without the ending.
#[must_use]
pub fn runbook(source: &Arc<Source>, name: &str) -> Decoded<Runbook> {
    reading(source, source, |reader, tree| read(reader, tree, source, name))
}

fn read(reader: &Reader, tree: &DeTable<'_>, source: &Arc<Source>, name: &str) -> Runbook {
    let mut value = {
        let root = Table::root(reader, tree);
        let value = sections(&root, source, name);
        if let (Some(restore), false) = (&value.restore, root.has("verify")) {
            reader.advise(
                code::MISSING_KEY,
                restore.span,
                "`[restore]` without any `[[verify]]`",
                "autonomy would return unchecked",
                "add a `[[verify]]` that must pass before autonomy returns",
            );
        }
        root.finish();
        value
    };
    cross_check(reader, &value);
    for step in value.immediate.iter_mut().chain(&mut value.respond) {
        step.intact = step.act.is_some() && reader.clean(step.span);
    }
    value
}

/// What the file takes.
fn sections(root: &Table<'_, '_>, source: &Arc<Source>, name: &str) -> Runbook {
    schema(root);
    let facts: Vec<Fact> = root.tables("fact", "`[[fact]]`").into_iter().map(fact).collect();
    root.need("immediate", "[[immediate]]");
    root.need("severity", "[[severity]]");
    Runbook {
        source: Arc::clone(source),
        name: name.to_owned(),
        title: root.must("title", "title = \"…\"", root.text("title")),
        class: root.must("class", "class = \"hallucinated-content\"", root.word("class", "a class of incident")),
        impact: root.must("impact", "impact = \"customer-impacting\"", root.word("impact", "an impact")),
        owner: root.must("owner", "owner = \"@owner\"", role(root)),
        contain_within: root.duration("contain-within"),
        review_by: root.date("review-by"),
        scope: root.table("scope", "`[scope]`").map(scope).unwrap_or_default(),
        triggers: root.tables("trigger", "`[[trigger]]`").into_iter().map(trigger).collect(),
        immediate: step::steps(root, Kind::Immediate),
        severities: severities(root, &facts),
        facts,
        respond: step::steps(root, Kind::Respond),
        verify: root.tables("verify", "`[[verify]]`").into_iter().map(check).collect(),
        restore: root.table("restore", "`[restore]`").map(restore),
        follow_ups: root.tables("follow-up", "`[[follow-up]]`").into_iter().filter_map(follow_up).collect(),
        exceptions: exceptions(root),
    }
}

/// `schema = 1`, in every file.
pub(super) fn schema(root: &Table<'_, '_>) {
    let version = root.must("schema", "schema = 1", root.count("schema"));
    root.takes("schema", || Shape::Exactly(SCHEMA));
    match version {
        Some(version) if version.value != SCHEMA => root.reader.advise(
            code::SCHEMA,
            version.span,
            format!("schema {} is not one that this program reads", version.value),
            "",
            format!("write `schema = {SCHEMA}`, or use a newer aigov"),
        ),
        _ => {}
    }
}

fn role(root: &Table<'_, '_>) -> Option<Spanned<String>> {
    let owner = root.text("owner")?;
    if !owner.value.starts_with('@') {
        root.reader.advise(
            code::BAD_VALUE,
            owner.span,
            "`owner` takes a role",
            "a role begins with `@`",
            "write a role of the automation, such as \"@owner\"",
        );
    }
    Some(owner)
}

fn scope(t: Table<'_, '_>) -> Scope {
    let scope =
        Scope { environments: t.texts("environments"), users: t.texts("users"), automations: t.texts("automations") };
    t.finish();
    scope
}

/// The id of a table, or one made from its place in the file.
pub(super) fn id(t: &Table<'_, '_>, list: &str) -> Spanned<String> {
    t.must("id", "id = \"…\"", t.id("id")).unwrap_or_else(|| {
        let line = t.reader.source.position(t.head.start).line;
        Spanned::new(format!("{list}.line-{line}"), t.head)
    })
}

fn fact(t: Table<'_, '_>) -> Fact {
    let id = id(&t, "fact");
    if expr::RESERVED.contains(&id.value.as_str()) {
        t.reader.advise(
            code::BAD_ID,
            id.span,
            format!("`{}` means something in a condition", id.value),
            "",
            "choose another id",
        );
    }
    let (ask, signal) = (t.text("ask"), t.text("signal"));
    let kind: Option<Spanned<FactKind>> = t.must("kind", "kind = \"yes-no\"", t.leading("kind", "a kind of answer"));
    let levels = levels(&t, kind.map(|k| k.value == FactKind::Level), "lowest first");
    t.need_any(&["ask", "signal"], !t.has("ask") && !t.has("signal"), "ask = \"…\"");
    if let (Some(signal), Some(kind)) = (&signal, kind)
        && matches!(kind.value, FactKind::YesNo | FactKind::Level)
    {
        t.reader.report(
            t.reader
                .make(code::CONFLICTING_KEYS, kind.span, format!("a signal can not answer `{kind}`"), "")
                .at(&t.reader.source, signal.span, "a signal is a number")
                .help("write kind = \"count\" or kind = \"percent\", or only ask"),
        );
    }
    let fact = Fact { span: t.span, id, ask, signal, kind, levels };
    t.finish();
    fact
}

/// `levels`, where the kind asks for them.
pub(super) fn levels(t: &Table<'_, '_>, wanted: Option<bool>, order: &str) -> Vec<Spanned<String>> {
    if wanted == Some(false) {
        t.refuse("levels", "only `kind = \"level\"` has levels");
        return Vec::new();
    }
    let levels = t.texts("levels");
    if wanted == Some(true) {
        t.need("levels", "levels = [\"…\", \"…\"]");
        if t.has("levels") && levels.len() < 2 {
            let help = format!("write at least two, {order}");
            t.reader.advise(code::BAD_VALUE, t.key_span("levels"), "`levels` needs at least two levels", "", help);
        }
        t.reader.duplicates("levels", &levels);
    }
    levels
}

fn severities(root: &Table<'_, '_>, facts: &[Fact]) -> Vec<Severity> {
    let tables = root.tables("severity", "`[[severity]]`");
    let last = tables.len().saturating_sub(1);
    tables.into_iter().enumerate().map(|(i, t)| severity(t, facts, i == last)).collect()
}

fn severity(t: Table<'_, '_>, facts: &[Fact], last: bool) -> Severity {
    let level = t.must("level", "level = \"sev1\"", t.id("level"));
    let text = t.text("when");
    match (&text, last) {
        (Some(text), true) => t.reader.advise(
            code::MATRIX_NOT_TOTAL,
            text.span,
            "the last `[[severity]]` has a condition",
            "some answers would have no row",
            "add a last row without `when`",
        ),
        (None, false) if !t.has("when") => t.reader.advise(
            code::UNREACHABLE_ROW,
            t.head,
            "this `[[severity]]` has no condition, and others follow",
            "every answer stops here",
            "give it a `when`, or make it the last",
        ),
        _ => {}
    }
    let when = text.map(|text| {
        let expr = expr::check(&t.reader.source, &text, facts);
        When { expr: expr.map_err(|problems| problems.into_iter().for_each(|p| t.reader.report(p))).ok(), text }
    });
    let severity = Severity {
        span: t.span,
        level: level.unwrap_or_else(|| Spanned::new("unnamed".to_owned(), t.head)),
        when,
        respond: t.texts("respond"),
        escalate: t.texts("escalate"),
        public: t.flag("public"),
    };
    t.finish();
    severity
}

/// What can only be seen with the whole file in hand.
fn cross_check(reader: &Reader, runbook: &Runbook) {
    let Runbook { immediate, respond, severities, .. } = runbook;
    reader.duplicates("steps", immediate.iter().chain(respond).map(|s| &s.id));
    reader.duplicates("triggers", runbook.triggers.iter().map(|t| &t.id));
    reader.duplicates("facts", runbook.facts.iter().map(|f| &f.id));
    reader.duplicates("checks", runbook.verify.iter().map(|c| &c.id));
    reader.duplicates("severities", severities.iter().map(|s| &s.level));
    for step in immediate {
        or_else(reader, immediate, step);
    }
    for row in severities {
        for name in &row.respond {
            if !respond.iter().any(|s| s.id.value == name.value) {
                reader.unresolved("a `[[respond]]`", name, respond.iter().map(|s| s.id.value.as_str()));
            }
        }
        let tells = |s: &Step| matches!(s.act.as_ref().map(|a| &a.value), Some(Act::StatementPublish { .. }) | None);
        if let Some(public) = row.public.filter(|p| p.value)
            && !respond.iter().any(|s| row.respond.iter().any(|r| r.value == s.id.value) && tells(s))
        {
            reader.advise(
                code::PUBLIC_WITHOUT_STATEMENT,
                public.span,
                "the public must be told, but no response publishes",
                "",
                "add a response with do = \"statement.publish\" to `respond`",
            );
        }
    }
}

fn or_else(reader: &Reader, immediate: &[Step], step: &Step) {
    let Some(name) = &step.or_else else { return };
    let Some(other) = immediate.iter().find(|s| s.id.value == name.value) else {
        reader.unresolved("an `[[immediate]]`", name, immediate.iter().map(|s| s.id.value.as_str()));
        return;
    };
    if other.id.value == step.id.value {
        reader.advise(
            code::BAD_VALUE,
            name.span,
            format!("`{name}` is its own or-else"),
            "",
            "name another way that shares nothing with this step",
        );
    } else if let Some(further) = &other.or_else {
        reader.report(
            reader
                .make(code::BAD_VALUE, further.span, "an or-else can not have an or-else itself", "this is never tried")
                .at(&reader.source, name.span, format!("`{name}` is already another way"))
                .help("another way is tried once; make the wider one a step of its own"),
        );
    }
}
