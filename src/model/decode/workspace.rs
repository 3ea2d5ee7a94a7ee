//! `aigov.toml`: providers, environments, policy floors, deadlines, journal.
//!
//! Owns its sections. What a provider takes is looked up in the catalogue; a secret that is written down is refused,
//! left out and never shown.

use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::Decoded;
use super::automation::telling_bound;
use super::binding;
use super::exception::exceptions;
use super::reader::{Reader, reading};
use super::runbook::schema;
use super::secret;
use super::sketch::{Names, Node, Shape, describe};
use super::table::{Entry, Table};
use super::value::plain_name;
use crate::diag::code;
use crate::model::automation::RiskBand;
use crate::model::binding as rules;
use crate::model::catalog::{Catalog, Key, Kind};
use crate::model::named::Named;
use crate::model::workspace::{Environment, Floor, Journal, Provider, Settings, Touch};
use crate::text::safe;
use crate::text::source::Source;
use crate::text::span::Spanned;
use crate::text::suggest;

/// Reads `aigov.toml`. The source in the result and in every problem has secrets masked.
#[must_use]
pub fn settings(source: &Arc<Source>, catalog: Catalog) -> Decoded<Settings> {
    reading(source, &secret::mask(source), |reader, tree| read(reader, tree, catalog))
}

fn read(reader: &Reader, tree: &DeTable<'_>, catalog: Catalog) -> Settings {
    let root = Table::root(reader, tree);
    let mut value = sections(&root, &reader.source, catalog);
    root.finish();
    let sections = [&value.paging, &value.statements, &value.tickets, &value.notices].into_iter().flatten();
    let drills = sections.clone().filter_map(|s| s.drill.as_deref());
    for section in sections.chain(drills) {
        if let Some(name) = &section.provider
            && value.providers.get(&name.value).is_none()
        {
            reader.unresolved("a provider", name, value.providers.names());
        }
        for (name, _) in section.environments.iter() {
            if value.environments.get(&name.value).is_none() {
                reader.unresolved("an environment", name, value.environments.names());
            }
        }
    }
    value.providers.each(|p| p.intact = reader.clean(p.span));
    value
}

/// What `aigov.toml` takes.
pub(in crate::model) fn settings_takes(catalog: Catalog) -> Node {
    let empty = Source::new("", String::new());
    describe(|root| drop(sections(root, &empty, catalog)))
}

/// What the file takes.
fn sections(root: &Table<'_, '_>, source: &Arc<Source>, catalog: Catalog) -> Settings {
    schema(root);
    let telling = |key: &'static str| root.table(key, format!("`[{key}]`")).map(telling_bound);
    let environments = root.named("environments", |t, _| Some(environment(t)));
    root.need("environments", "[environments.production]");
    let providers = root.named("providers", |t, _| Some(provider(t, catalog, &environments)));
    let (floors, touch, roster) = root.table("policy", "`[policy]`").map(policy).unwrap_or_default();
    Settings {
        source: Arc::clone(source),
        demo: root.flag("demo"),
        environments,
        providers,
        paging: telling("paging"),
        statements: telling("statements"),
        tickets: telling("tickets"),
        notices: telling("notices"),
        approvals: floors,
        touch,
        roster,
        question: root.table("deadlines", "`[deadlines]`").and_then(question),
        journal: root.table("journal", "`[journal]`").map(journal).unwrap_or_default(),
        exceptions: exceptions(root),
    }
}

fn environment(t: Table<'_, '_>) -> Environment {
    let environment = Environment { span: t.span, production: t.flag("production"), rehearse: t.flag("rehearse") };
    if let (Some(production), Some(rehearse)) = (&environment.production, &environment.rehearse)
        && production.value
        && rehearse.value
    {
        let says = "nobody practises where real people are affected";
        t.reader.advise(code::BAD_VALUE, rehearse.span, says, "", "leave out `rehearse`, or `production`");
    }
    t.finish();
    environment
}

fn provider(t: Table<'_, '_>, catalog: Catalog, environments: &Named<Environment>) -> Provider {
    let written = t.must("kind", "kind = \"http\"", t.text("kind"));
    if let Some(way) = t.choose("kind", || catalog.iter().map(|k| (k.name, k.about)).collect()) {
        catalog.get(way).into_iter().for_each(|kind| describe_kind(&t, kind));
    }
    let kind = written.as_ref().and_then(|w| catalog.iter().find(|k| k.name == w.value));
    if let (Some(written), None) = (&written, kind) {
        let known: Vec<&str> = catalog.iter().map(|k| k.name).collect();
        let shown = safe::excerpt(&written.value, 60);
        let near = suggest::nearest(&written.value, known.iter().copied());
        let label = near.map_or_else(String::new, |n| format!("did you mean `{n}`?"));
        let help = format!("there is {}; any other API is reached by `http`", suggest::list(known.iter().copied()));
        t.reader.advise(code::UNKNOWN_KIND, written.span, format!("`{shown}` is not a kind of provider"), label, help);
    }
    let is_shared = |e: &Entry<'_>| match kind {
        Some(kind) => kind.shared.iter().any(|k| k.name == e.key.value),
        None => !matches!(e.value, DeValue::Table(_)),
    };
    let (shared, rest): (Vec<Entry<'_>>, Vec<Entry<'_>>) = t.rest().into_iter().partition(is_shared);
    let (tables, unknown): (Vec<Entry<'_>>, Vec<Entry<'_>>) =
        rest.into_iter().partition(|e| matches!(e.value, DeValue::Table(_)));
    let mut provider = Provider {
        span: t.span,
        kind: kind.and(written),
        shared: binding::of(t.reader, t.head, &shared),
        environments: Named::default(),
        intact: false,
    };
    match kind {
        Some(kind) => check(t.reader, &mut provider.shared, kind.shared, &t.name),
        // Nobody knows which of them are secrets.
        None => provider.shared.values.clear(),
    }
    for entry in tables {
        if let Some(mut settings) = settings_of(&t, &entry, kind, environments) {
            settings.values.retain(|_, _| kind.is_some());
            if let Some(kind) = kind {
                check(t.reader, &mut settings, kind.settings, &format!("`{}`", entry.key.value));
            }
            provider.environments.push(entry.key, settings);
        }
    }
    if let Some(kind) = kind {
        for entry in &unknown {
            stray(&t, entry, kind, environments);
        }
    }
    t.finish_with(&[]);
    provider
}

/// What a provider of a kind takes, as the catalogue says.
fn describe_kind(t: &Table<'_, '_>, kind: &Kind) {
    for key in kind.shared {
        t.takes(key.name, || Shape::Held(key.holds, key.about));
        if key.required {
            t.missing(key.name, "");
        }
    }
    if let Some(settings) = t.below(|s| s.named(Names::Plain)) {
        for key in kind.settings {
            settings.takes(key.name, || Shape::Held(key.holds, key.about));
            if key.required {
                settings.missing(key.name, "");
            }
        }
    }
}

/// The settings of one environment, if that is what the table is.
fn settings_of(
    t: &Table<'_, '_>,
    entry: &Entry<'_>,
    kind: Option<&Kind>,
    environments: &Named<Environment>,
) -> Option<rules::Binding> {
    let DeValue::Table(map) = entry.value else { return None };
    if !environments.is_empty() && environments.get(&entry.key.value).is_none() {
        match kind {
            Some(kind) => stray(t, entry, kind, environments),
            None => t.reader.unresolved("an environment", &entry.key, environments.names()),
        }
        return None;
    }
    if !plain_name(t.reader, &entry.key) {
        return None;
    }
    let inner = Table::new(t.reader, format!("`{}`", entry.key.value), entry.span, map);
    Some(binding::all(&inner))
}

/// A key of a provider that is neither its own nor an environment.
fn stray(t: &Table<'_, '_>, entry: &Entry<'_>, kind: &Kind, environments: &Named<Environment>) {
    let name = &entry.key.value;
    let shown = safe::excerpt(name, 60);
    if kind.settings.iter().any(|k| k.name == name) {
        let environment = environments.names().next().unwrap_or("production");
        t.reader.advise(
            code::UNKNOWN_KEY,
            entry.key.span,
            format!("`{shown}` belongs to an environment"),
            "",
            format!("write `{environment} = {{ {shown} = … }}`"),
        );
        return;
    }
    let own = kind.shared.iter().map(|k| k.name);
    let near = suggest::nearest(name, own.clone().chain(environments.names()).chain(["kind"]));
    let label = near.map_or_else(String::new, |n| format!("did you mean `{n}`?"));
    let takes = suggest::list(["kind"].into_iter().chain(own).chain(environments.names()));
    let message = format!("unknown key `{shown}` in {}", t.name);
    t.reader.advise(code::UNKNOWN_KEY, entry.key.span, message, label, format!("it takes {takes}"));
}

/// Checks against the catalogue, and takes out what does not fit, so that no secret that was written down goes further.
fn check(reader: &Reader, binding: &mut rules::Binding, keys: &[Key], what: &str) {
    for problem in rules::check_keys(&reader.source, binding, keys, false, what) {
        reader.report(problem);
    }
    binding.values.retain(|name, value| match keys.iter().find(|k| k.name == name) {
        Some(key) => rules::fits(key.holds, value),
        None => false,
    });
}

fn policy(t: Table<'_, '_>) -> (Named<Floor>, Touch, Option<Spanned<String>>) {
    let floors = t.named_words::<RiskBand, _>("approvals", "a risk band", |inner| {
        let floor = Floor { span: inner.span, people: inner.people("people"), functions: inner.texts("functions") };
        inner.finish();
        floor
    });
    let touch = t.table("touch", "`[policy.touch]`").map(touch).unwrap_or_default();
    let roster = t.text("roster").filter(|r| {
        let odd = r.value.starts_with('-') || r.value.chars().any(|c| c.is_whitespace() || !safe::is_plain(c));
        if odd {
            let help = "write the name of a branch that only a review can change, such as \"origin/main\"";
            t.reader.advise(code::BAD_VALUE, r.span, "not the name of a git ref", "", help);
        }
        !odd
    });
    t.finish();
    (floors, touch, roster)
}

fn touch(t: Table<'_, '_>) -> Touch {
    let touch = Touch {
        functions: t.texts("functions"),
        bands: t.words::<RiskBand>("bands", "a risk band"),
        pin: t.flag("pin").is_some_and(|p| p.value),
    };
    t.finish();
    touch
}

fn question(t: Table<'_, '_>) -> Option<Spanned<crate::text::time::Millis>> {
    let question = t.duration("question");
    t.finish();
    question
}

fn journal(t: Table<'_, '_>) -> Journal {
    let journal = Journal { path: t.text("path"), remote: t.text("remote"), drills: t.text("drills") };
    t.finish();
    journal
}
