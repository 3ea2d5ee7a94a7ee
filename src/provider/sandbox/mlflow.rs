//! The dialect of MLflow 3: registered models and prompts, their versions and aliases.
//!
//! Paths, bodies and refusals are those that MLflow 3.17.2 answered when it was asked: versions are texts, empty lists
//! are left out, an alias that is not there is 400 and not 404, and prompts are left out of searches that do not name
//! their tag.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::cast;
use super::exchange::{Asked, Reply};
use super::store::Tokens;
use crate::text::time::Instant;

const IS_PROMPT: &str = "mlflow.prompt.is_prompt";
const PROMPT_TEXT: &str = "mlflow.prompt.text";

/// What is registered as the source of a prompt's version.
pub(super) const PROMPT: &str = "prompt-template";

/// A version to be registered: its number, its source and, for a prompt, its text.
pub(super) type Stored = (u32, String, Option<String>);

/// All registered models and prompts by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Registry {
    models: BTreeMap<String, Model>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Model {
    created: Instant,
    updated: Instant,
    tags: BTreeMap<String, String>,
    versions: Vec<Version>,
    aliases: BTreeMap<String, u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Version {
    version: u32,
    created: Instant,
    source: String,
    tags: BTreeMap<String, String>,
}

/// A refusal: status and body.
type Refusal = Reply;

impl Registry {
    pub(super) fn new(now: Instant) -> Self {
        let mut all = Self::default();
        for (member, layer) in cast::all().iter().flat_map(|m| m.layers.iter().map(move |l| (m, l))) {
            let name = member.layer(layer.name);
            let versions: Vec<Stored> = if layer.texts.is_empty() {
                (1..=layer.versions).map(|n| (n, format!("s3://{}/{name}/{n}", layer.folder), None)).collect()
            } else {
                (1..).zip(layer.texts).map(|(n, text)| (n, PROMPT.to_owned(), Some((*text).to_owned()))).collect()
            };
            let aliases = [("production".to_owned(), layer.versions), ("last-known-good".to_owned(), layer.good)];
            all.add(&name, versions, aliases.into(), now);
        }
        all
    }

    /// Registers versions, oldest first.
    pub(super) fn add(&mut self, name: &str, versions: Vec<Stored>, aliases: BTreeMap<String, u32>, now: Instant) {
        let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let is_prompt = versions.iter().any(|(.., text)| text.is_some());
        let count = versions.len();
        // The last version went live yesterday, each other two weeks before the next.
        let at = |place: usize| {
            let newer = i64::try_from(count - place).unwrap_or_default() - 1;
            Instant(now.0 - (1 + newer * 14) * 86_400_000)
        };
        let versions: Vec<Version> = versions
            .into_iter()
            .enumerate()
            .map(|(place, (version, source, text))| Version {
                version,
                created: at(place),
                source,
                tags: text.map_or_else(BTreeMap::new, |t| [tag(IS_PROMPT, "true"), tag(PROMPT_TEXT, &t)].into()),
            })
            .collect();
        let model = Model {
            created: versions.first().map_or(now, |v| v.created),
            updated: versions.last().map_or(now, |v| v.created),
            tags: if is_prompt { [tag(IS_PROMPT, "true")].into() } else { BTreeMap::new() },
            versions,
            aliases,
        };
        self.models.insert(name.to_owned(), model);
    }

    /// Whether what is in production is not the version that the story calls bad: the newest one.
    pub(super) fn is_good(&self, name: &str) -> bool {
        self.models.get(name).is_some_and(|m| {
            let bad = m.versions.last().map(|v| v.version);
            m.aliases.get("production").is_some_and(|used| Some(*used) != bad)
        })
    }

    /// All versions of a prompt or model that an evidence snapshot would keep.
    pub(super) fn evidence(&self, name: &str) -> Value {
        self.models.get(name).map_or(Value::Null, |m| {
            json!({ "name": name, "aliases": m.aliases,
                "versions": m.versions.iter().map(|v| m.version(name, v)).collect::<Vec<_>>() })
        })
    }

    #[cfg(test)]
    pub(super) fn point(&mut self, name: &str, alias: &str, version: u32) {
        self.models.get_mut(name).unwrap().aliases.insert(alias.to_owned(), version);
    }
}

impl Model {
    fn is_prompt(&self) -> bool {
        self.tags.get(IS_PROMPT).is_some_and(|v| v == "true")
    }

    fn find(&self, version: u32) -> Option<&Version> {
        self.versions.iter().find(|v| v.version == version)
    }

    /// A version by itself, with the aliases that point to it.
    fn version(&self, name: &str, version: &Version) -> Value {
        let mut view = self.bare_version(name, version);
        let aliases: Vec<&String> =
            self.aliases.iter().filter(|(_, v)| **v == version.version).map(|(a, _)| a).collect();
        if !aliases.is_empty() {
            view["aliases"] = json!(aliases);
        }
        view
    }

    /// A version inside a list: without aliases.
    fn bare_version(&self, name: &str, version: &Version) -> Value {
        let mut view = json!({
            "name": name, "version": version.version.to_string(), "creation_timestamp": version.created.0,
            "last_updated_timestamp": version.created.0, "current_stage": "None", "description": "",
            "source": version.source, "run_id": "", "status": "READY", "run_link": "",
        });
        if !version.tags.is_empty() {
            view["tags"] = tags(&version.tags);
        }
        view
    }

    fn view(&self, name: &str) -> Value {
        let mut view = json!({
            "name": name, "creation_timestamp": self.created.0, "last_updated_timestamp": self.updated.0,
        });
        if let Some(latest) = self.versions.last() {
            view["latest_versions"] = json!([self.bare_version(name, latest)]);
        }
        if !self.tags.is_empty() {
            view["tags"] = tags(&self.tags);
        }
        if !self.aliases.is_empty() {
            let aliases = self.aliases.iter().map(|(a, v)| json!({ "alias": a, "version": v.to_string() }));
            view["aliases"] = aliases.collect();
        }
        view
    }
}

fn tags(tags: &BTreeMap<String, String>) -> Value {
    tags.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect()
}

// ------------------------------------------------------------------------------------------------------------- answers

pub(super) fn answer(registry: &mut Registry, asked: &Asked, tokens: &Tokens, now: Instant) -> Reply {
    let rest = asked.rest(1);
    match rest.as_slice() {
        ["health"] => return Reply::text(200, "text/plain; charset=utf-8", "OK"),
        ["version"] => return Reply::text(200, "text/html; charset=utf-8", "3.17.2"),
        _ => {}
    }
    if !asked.credential().is_some_and(|t| tokens.is(t)) {
        let says = "You are not authenticated. Please see \
                    https://www.mlflow.org/docs/latest/auth/index.html#authenticating-to-mlflow on how to authenticate.";
        return Reply::text(401, "text/plain; charset=utf-8", says)
            .with("www-authenticate", "Basic realm=\"mlflow\"".to_owned());
    }
    let ["api", "2.0", "mlflow", path @ ..] = rest.as_slice() else { return no_such_path() };
    let done = match (asked.method.as_str(), path) {
        ("GET", ["registered-models", "get"]) => get_model(registry, asked),
        ("GET", ["registered-models", "search"]) => search_models(registry, asked),
        ("GET", ["registered-models", "alias"]) => get_alias(registry, asked),
        ("POST", ["registered-models", "alias"]) => set_alias(registry, asked, now),
        ("DELETE", ["registered-models", "alias"]) => delete_alias(registry, asked, now),
        ("GET", ["model-versions", "get"]) => get_version(registry, asked),
        ("GET", ["model-versions", "search"]) => search_versions(registry, asked),
        (_, ["registered-models", "get" | "search" | "alias"] | ["model-versions", "get" | "search"]) => {
            let page = "<!doctype html>\n<html lang=en>\n<title>405 Method Not Allowed</title>\n\
                        <h1>Method Not Allowed</h1>\n<p>The method is not allowed for the requested URL.</p>\n";
            Err(Reply::text(405, "text/html; charset=utf-8", page))
        }
        _ => Err(no_such_path()),
    };
    done.map_or_else(|refused| refused, |body| Reply::json(200, "application/json", &body))
}

fn get_model(registry: &Registry, asked: &Asked) -> Result<Value, Refusal> {
    let name = parameter(asked, "name")?;
    Ok(json!({ "registered_model": model(registry, name)?.view(name) }))
}

fn get_alias(registry: &Registry, asked: &Asked) -> Result<Value, Refusal> {
    let (name, alias) = (parameter(asked, "name")?, parameter(asked, "alias")?);
    let model = model(registry, name)?;
    let version = model.aliases.get(alias).and_then(|v| model.find(*v));
    let version = version.ok_or_else(|| invalid(&format!("Registered model alias {alias} not found.")))?;
    Ok(json!({ "model_version": model.version(name, version) }))
}

fn set_alias(registry: &mut Registry, asked: &Asked, now: Instant) -> Result<Value, Refusal> {
    let body = body(asked)?;
    let (name, alias) = (field(&body, "name")?, field(&body, "alias")?);
    let version = number(field(&body, "version")?)?;
    if !alias.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
        return Err(invalid(&format!(
            "Invalid alias name: '{alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-)."
        )));
    }
    if alias.eq_ignore_ascii_case("latest") {
        return Err(invalid("'latest' alias name (case insensitive) is reserved."));
    }
    let digits = alias.strip_prefix(['v', 'V']).unwrap_or_default();
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(invalid(&format!("Version alias name '{alias}' is reserved.")));
    }
    let model = registry.models.get_mut(name).filter(|m| m.find(version).is_some());
    let model = model.ok_or_else(|| no_version(name, version))?;
    model.aliases.insert(alias.to_owned(), version);
    model.updated = now;
    Ok(json!({}))
}

fn delete_alias(registry: &mut Registry, asked: &Asked, now: Instant) -> Result<Value, Refusal> {
    let body = body(asked)?;
    let (name, alias) = (field(&body, "name")?, field(&body, "alias")?);
    let model = registry.models.get_mut(name).ok_or_else(|| no_model(name))?;
    if model.aliases.remove(alias).is_some() {
        model.updated = now;
    }
    Ok(json!({}))
}

fn get_version(registry: &Registry, asked: &Asked) -> Result<Value, Refusal> {
    let (name, version) = (parameter(asked, "name")?, number(parameter(asked, "version")?)?);
    let found = registry.models.get(name).and_then(|m| m.find(version).map(|v| m.version(name, v)));
    Ok(json!({ "model_version": found.ok_or_else(|| no_version(name, version))? }))
}

fn search_models(registry: &Registry, asked: &Asked) -> Result<Value, Refusal> {
    let filter = Filter::parse(asked.parameter("filter").unwrap_or_default())?;
    let found = registry.models.iter().filter(|(name, m)| filter.takes(name, m.is_prompt(), &m.tags));
    page(asked, "registered_models", found.map(|(name, m)| m.view(name)).collect(), 100)
}

fn search_versions(registry: &Registry, asked: &Asked) -> Result<Value, Refusal> {
    let filter = Filter::parse(asked.parameter("filter").unwrap_or_default())?;
    let found = registry.models.iter().flat_map(|(name, m)| {
        let filter = &filter;
        let versions = m.versions.iter().rev();
        versions.filter(move |v| filter.takes(name, m.is_prompt(), &v.tags)).map(move |v| m.bare_version(name, v))
    });
    page(asked, "model_versions", found.collect(), 10_000)
}

/// One page of a list; a list that is empty is left out.
fn page(asked: &Asked, key: &str, all: Vec<Value>, most: usize) -> Result<Value, Refusal> {
    let size = asked.parameter("max_results").map_or(Ok(most), |v| {
        v.parse().ok().filter(|n| (1..=most).contains(n)).ok_or_else(|| {
            invalid(&format!("Invalid value for max_results. It must be at most {most}, but got value {v}"))
        })
    })?;
    let token = asked.parameter("page_token").filter(|t| !t.is_empty());
    let from = token
        .map_or(Ok(0), |t| t.parse::<usize>().map_err(|_| invalid("Invalid page token, could not base64-decode")))?;
    let left = all.len().saturating_sub(from);
    let shown: Vec<Value> = all.into_iter().skip(from).take(size).collect();
    let mut body = Map::new();
    if left > shown.len() {
        body.insert("next_page_token".to_owned(), json!((from + shown.len()).to_string()));
    }
    if !shown.is_empty() {
        body.insert(key.to_owned(), Value::Array(shown));
    }
    Ok(Value::Object(body))
}

/// A search filter: clauses joined by AND.
struct Filter {
    clauses: Vec<Clause>,
}

struct Clause {
    /// A tag's key, or none for the name.
    tag: Option<String>,
    comparison: Comparison,
    value: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Is,
    IsNot,
    Like,
    AnyCaseLike,
}

impl Filter {
    fn parse(text: &str) -> Result<Self, Refusal> {
        let bad = || invalid(&format!("Invalid clause(s) in filter string: {text}"));
        let mut clauses = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (clause, after) = Clause::parse(rest).ok_or_else(bad)?;
            clauses.push(clause);
            rest = after.trim_start();
            if rest.is_empty() {
                break;
            }
            rest = word(rest, "AND").ok_or_else(bad)?.trim_start();
            if rest.is_empty() {
                return Err(bad());
            }
        }
        Ok(Self { clauses })
    }

    fn takes(&self, name: &str, is_prompt: bool, tags: &BTreeMap<String, String>) -> bool {
        let asks_for_prompts = self.clauses.iter().any(|c| c.tag.as_deref() == Some(IS_PROMPT));
        (!is_prompt || asks_for_prompts)
            && self.clauses.iter().all(|clause| {
                let value = match &clause.tag {
                    None => Some(name),
                    Some(key) => tags.get(key).map(String::as_str),
                };
                value.is_some_and(|v| clause.holds(v))
            })
    }
}

impl Clause {
    fn parse(text: &str) -> Option<(Self, &str)> {
        let (tag, rest) = if let Some(rest) = word(text, "name") {
            (None, rest)
        } else {
            let rest = text.strip_prefix("tags.").or_else(|| text.strip_prefix("tag."))?;
            let (key, rest) = match rest.strip_prefix('`') {
                Some(quoted) => quoted.split_once('`')?,
                None => rest.split_at(rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?),
            };
            (Some(key.to_owned()), rest)
        };
        let rest = rest.trim_start();
        let (comparison, rest) = if let Some(rest) = rest.strip_prefix("!=") {
            (Comparison::IsNot, rest)
        } else if let Some(rest) = rest.strip_prefix('=') {
            (Comparison::Is, rest)
        } else if let Some(rest) = word(rest, "ILIKE") {
            (Comparison::AnyCaseLike, rest)
        } else {
            (Comparison::Like, word(rest, "LIKE")?)
        };
        let rest = rest.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let (value, rest) = rest.get(1..)?.split_once(quote)?;
        Some((Self { tag, comparison, value: value.to_owned() }, rest))
    }

    fn holds(&self, value: &str) -> bool {
        match self.comparison {
            Comparison::Is => value == self.value,
            Comparison::IsNot => value != self.value,
            Comparison::Like => like(value, &self.value),
            Comparison::AnyCaseLike => like(&value.to_lowercase(), &self.value.to_lowercase()),
        }
    }
}

/// The text after a word, whatever its case.
fn word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let head = text.get(..word.len())?;
    let rest = text.get(word.len()..)?;
    let ends = !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    (head.eq_ignore_ascii_case(word) && ends).then_some(rest)
}

/// SQL's LIKE with `%`.
fn like(text: &str, pattern: &str) -> bool {
    match pattern.split_once('%') {
        None => text == pattern,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|text| {
            let ends = text.char_indices().map(|(i, _)| i).chain([text.len()]);
            ends.filter_map(|i| text.get(i..)).any(|tail| like(tail, rest))
        }),
    }
}

// ------------------------------------------------------------------------------------------------------------ refusals

fn model<'a>(registry: &'a Registry, name: &str) -> Result<&'a Model, Refusal> {
    registry.models.get(name).ok_or_else(|| no_model(name))
}

fn parameter<'a>(asked: &'a Asked, name: &str) -> Result<&'a str, Refusal> {
    asked.parameter(name).filter(|v| !v.is_empty()).ok_or_else(|| missing(name))
}

fn field<'a>(body: &'a Value, name: &str) -> Result<&'a str, Refusal> {
    match &body[name] {
        Value::Null => Err(missing(name)),
        Value::String(text) if text.is_empty() => Err(missing(name)),
        Value::String(text) => Ok(text),
        other => {
            let kind = match other {
                Value::Number(_) => "int",
                Value::Bool(_) => "bool",
                Value::Array(_) => "list",
                _ => "dict",
            };
            Err(invalid(&format!(
                "Invalid value {other} for parameter '{name}' supplied:  Hint: Value was of type '{kind}'. See the API \
                 docs for more information about request parameters."
            )))
        }
    }
}

fn number(text: &str) -> Result<u32, Refusal> {
    text.parse().map_err(|_| invalid(&format!("Parameter 'version' must be an integer, got '{text}'.")))
}

fn body(asked: &Asked) -> Result<Value, Refusal> {
    if !asked.is_of_type("application/json") {
        return Err(invalid("Bad Request. Content-Type must be one of ['application/json']."));
    }
    // A body that is not JSON is taken for an empty one.
    Ok(asked.json().unwrap_or_default())
}

fn missing(name: &str) -> Reply {
    invalid(&format!(
        "Missing value for required parameter '{name}'. See the API docs for more information about request parameters."
    ))
}

fn invalid(message: &str) -> Reply {
    refusal(400, "INVALID_PARAMETER_VALUE", "INVALID_PARAMETER_VALUE", message)
}

fn no_model(name: &str) -> Reply {
    let says = format!("Registered Model with name={name} not found");
    refusal(404, "RESOURCE_DOES_NOT_EXIST", "RESOURCE_NOT_FOUND", &says)
}

fn no_version(name: &str, version: u32) -> Reply {
    let says = format!("Model Version (name={name}, version={version}) not found");
    refusal(404, "RESOURCE_DOES_NOT_EXIST", "RESOURCE_NOT_FOUND", &says)
}

fn refusal(status: u16, code: &str, class: &str, message: &str) -> Reply {
    let body = json!({ "error_code": code, "message": message, "sqlstate": "KAM00", "error_class": class });
    Reply::json(status, "application/json", &body)
}

fn no_such_path() -> Reply {
    let page = "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n\
                <p>The requested URL was not found on the server. If you entered the URL manually please check your \
                spelling and try again.</p>\n";
    Reply::text(404, "text/html; charset=utf-8", page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_versions_are_the_bad_ones() {
        let mut registry = Registry::new(Instant(0));
        let prompt = "support-replies";
        assert!(!registry.is_good(prompt));
        assert!(!registry.is_good("support-replies-retrieval"));
        registry.point(prompt, "production", 2);
        assert!(registry.is_good(prompt));
        registry.models.get_mut(prompt).unwrap().aliases.remove("production");
        assert!(!registry.is_good(prompt), "nothing in production is not good either");
    }

    #[test]
    fn filters_compare_names_and_tags() {
        const AUTOMATION: &str = "support-replies";
        let mut registry = Registry::new(Instant(0));
        registry.models.retain(|name, _| {
            [AUTOMATION, "support-replies-model", "support-replies-retrieval"].contains(&name.as_str())
        });
        let found = |text: &str| -> Option<Vec<&str>> {
            let filter = Filter::parse(text).ok()?;
            let models = registry.models.iter().filter(|(n, m)| filter.takes(n, m.is_prompt(), &m.tags));
            Some(models.map(|(n, _)| n.as_str()).collect())
        };
        let both = Some(vec!["support-replies-model", "support-replies-retrieval"]);
        assert_eq!(found(""), both);
        assert_eq!(found("name LIKE 'support%'"), both);
        assert_eq!(found("name ilike \"%RETRIEVAL\""), Some(vec!["support-replies-retrieval"]));
        assert_eq!(found("name = 'support-replies'"), Some(vec![]), "a prompt hides");
        let prompt = "tags.`mlflow.prompt.is_prompt` = 'true' AND name='support-replies'";
        assert_eq!(found(prompt), Some(vec![AUTOMATION]));
        assert_eq!(found("tags.team = 'x'"), Some(vec![]));
        for bad in ["nonsense", "name", "name =", "name = x", "name = 'x' AND", "name = 'x' OR name = 'y'"] {
            assert_eq!(found(bad), None, "{bad}");
        }
    }
}
