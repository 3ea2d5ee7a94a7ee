//! Statements to people outside: a template with placeholders, and the letter that its readers will see.
//!
//! Owns rendering and the list of fields that a template may use. Pure: a template can neither read a file nor run
//! without end, and a field that is not there is an error instead of a gap in a letter.

use std::collections::BTreeMap;
use std::fmt;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, ErrorKind, UndefinedBehavior};

use super::{FactKind, FactValue, Plan};
use crate::text::gather::Gather;

/// Instructions that one rendering may take; a letter takes some hundreds.
const FUEL: u64 = 100_000;
/// Longest letter, in bytes.
const LONGEST: usize = 64 * 1024;

/// What a template may use by name. `facts` holds the facts that are known: a yes-no as true or false, a count or a
/// percentage as a number, a level as its name.
pub const FIELDS: &[(&str, &str)] = &[
    ("run", "the run's id, for readers to quote"),
    ("automation", "the automation's name in the inventory"),
    ("purpose", "what the automation is for"),
    ("environment", "the environment's name"),
    ("audience", "who receives the statement"),
    ("meanwhile", "what people see while the automation is stopped; empty when the inventory does not say"),
    ("facts", "the facts that are known, such as facts.exposed"),
];

/// Why a statement can't be rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementError {
    /// What is wrong, without the template's name.
    pub says: String,
    /// Line of the template, counted from 1, where known.
    pub line: Option<usize>,
}

impl fmt::Display for StatementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "the statement's template, line {line}: {}", self.says),
            None => write!(f, "the statement's template: {}", self.says),
        }
    }
}

impl std::error::Error for StatementError {}

impl From<minijinja::Error> for StatementError {
    fn from(e: minijinja::Error) -> Self {
        let says = match e.kind() {
            ErrorKind::UndefinedError => "it uses a field that is not there".to_owned(),
            ErrorKind::OutOfFuel => "it takes too many steps to render".to_owned(),
            kind => e.detail().map_or_else(|| kind.to_string(), |detail| format!("{kind}: {detail}")),
        };
        Self { says, line: e.line() }
    }
}

/// The fields of a statement of this plan. `facts` are the answers known now.
#[must_use]
pub fn fields(
    plan: &Plan,
    run: &str,
    audience: &str,
    facts: &BTreeMap<String, FactValue>,
) -> BTreeMap<String, serde_json::Value> {
    let known: serde_json::Map<String, serde_json::Value> = facts
        .iter()
        .filter_map(|(id, value)| {
            let fact = plan.facts.iter().find(|f| f.id == *id)?;
            let plain = match (value, &fact.kind) {
                (FactValue::YesNo(b), _) => (*b).into(),
                (FactValue::Count(n), _) => (*n).into(),
                (FactValue::Percent(p), _) => (*p).into(),
                (FactValue::Level(l), FactKind::Level(levels)) => levels.get(usize::from(*l))?.clone().into(),
                (FactValue::Level(l), _) => (*l).into(),
            };
            Some((id.clone(), plain))
        })
        .gather();
    let mut fields: BTreeMap<String, serde_json::Value> = [
        ("run", run),
        ("automation", &plan.automation),
        ("purpose", &plan.purpose),
        ("environment", &plan.environment),
        ("audience", audience),
        ("meanwhile", plan.meanwhile.as_deref().unwrap_or_default()),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), text.into()))
    .gather();
    fields.insert("facts".to_owned(), known.into());
    fields
}

/// Renders a template with its fields.
///
/// # Errors
/// A template that does not parse, uses a field that is not there, does not end, or makes too long a letter.
pub fn render(template: &str, fields: &BTreeMap<String, serde_json::Value>) -> Result<String, StatementError> {
    let environment = environment();
    let text = environment.template_from_str(template)?.render(minijinja::value::Serde(fields))?;
    if text.len() > LONGEST {
        return Err(StatementError { says: format!("the letter is longer than {LONGEST} bytes"), line: None });
    }
    Ok(text)
}

/// Whether a template parses and uses only fields that exist.
///
/// # Errors
/// The first problem, with its line where known.
pub fn check(template: &str) -> Result<(), StatementError> {
    let environment = environment();
    let parsed = environment.template_from_str(template)?;
    let mut unknown: Vec<String> = parsed
        .undeclared_variables(false)
        .into_iter()
        .filter(|name| !FIELDS.iter().any(|(field, _)| field == name))
        .collect();
    unknown.sort();
    let Some(name) = unknown.first() else { return Ok(()) };
    let names: Vec<&str> = FIELDS.iter().map(|(field, _)| *field).collect();
    Err(StatementError { says: format!("there is no field `{name}`; there are {}", names.join(", ")), line: None })
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    if let Ok(syntax) =
        SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()
    {
        environment.set_syntax(syntax);
    }
    environment
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given() -> BTreeMap<String, serde_json::Value> {
        [("run".to_owned(), "20260722-0204-ab2d".into()), ("facts".to_owned(), serde_json::json!({ "exposed": 1843 }))]
            .into()
    }

    #[test]
    fn fields_are_filled_in_and_nothing_is_escaped() {
        let text = render("Ref {{ run }}: {{ facts.exposed }} people <b>\n", &given()).expect("renders");
        assert_eq!(text, "Ref 20260722-0204-ab2d: 1843 people <b>\n");
    }

    #[test]
    fn a_missing_field_is_an_error_and_never_a_gap() {
        let error = render("Dear customer,\n{{ price }}\n", &given()).expect_err("no such field");
        assert_eq!(error.line, Some(2));
        assert!(error.to_string().contains("line 2: it uses a field that is not there"), "{error}");
        assert!(render("{{ facts.harm }}", &given()).is_err());
        assert_eq!(render("{% if facts.harm is defined %}x{% endif %}y", &given()).expect("asked first"), "y");
    }

    #[test]
    fn a_template_without_end_is_stopped() {
        let error = render("{% for a in range(9999) %}{% for b in range(9999) %}.{% endfor %}{% endfor %}", &given())
            .expect_err("out of fuel");
        assert_eq!(error.says, "it takes too many steps to render");
    }

    #[test]
    fn a_letter_has_a_longest_length() {
        let error = render(&"x".repeat(LONGEST + 1), &given()).expect_err("too long");
        assert!(error.says.contains("longer than"), "{error}");
    }

    #[test]
    fn checking_names_a_field_that_does_not_exist() {
        assert!(check("{{ runn }}").expect_err("typo").says.contains("no field `runn`"));
        assert!(check("{% if %}").is_err());
        assert_eq!(check("{{ run }}{% for f in facts %}{{ f }}{% endfor %}"), Ok(()));
    }
}
