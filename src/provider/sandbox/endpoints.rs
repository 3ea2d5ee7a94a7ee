//! Whatever a workspace describes in its own tables, played from those tables: a request that fits an act changes what a
//! request that fits its read shows.
//!
//! Owns the state of such systems. It takes a request for what it says, not for who sent it: what fits nothing is not there,
//! and a value is read back as it was written. Must not know which step a request belongs to.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::exchange::{Asked, Reply};
use super::store::Tokens;

mod shape;

pub(super) use shape::{Captured, Pattern, Shape};

const TYPE: &str = "application/json";

/// The first part of the paths of these systems.
pub(super) const NAME: &str = "http";

/// What stands where something was done with another value than was asked for.
const OTHER: &str = "another version";

/// All that one provider's tables describe.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Endpoints {
    /// The header that a credential stands in, in lower case; none where nobody is asked for one.
    pub(super) credential: Option<String>,
    pub(super) things: Vec<Thing>,
}

/// One thing that can be done and looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Thing {
    pub(super) act: Shape,
    pub(super) undo: Option<Shape>,
    pub(super) read: Option<Look>,
    pub(super) good: Option<Look>,
    pub(super) holds: Holds,
}

/// Where one value is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Look {
    pub(super) path: Pattern,
    /// JSON pointer; empty for the whole document.
    pub(super) at: String,
}

/// What a thing holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Holds {
    /// A value, such as a switch or a version.
    Value {
        now: Value,
        /// What stood there in the beginning; also where an undo leads that says no value.
        first: Value,
        /// What an act leads to that says no value; it has to.
        fixed: Option<Value>,
        /// What a yes is read back as, where that is another word.
        yes: Option<Value>,
        /// The last version that was good.
        good: Value,
    },
    /// What was sent or kept, each with what its request said.
    Effects {
        done: Vec<Captured>,
        /// What one that is there is read back as.
        shows: Value,
    },
}

impl Endpoints {
    pub(super) fn is_none(&self) -> bool {
        self.things.is_empty()
    }
}

/// Whether a request is for these systems.
pub(super) fn are_asked(asked: &Asked) -> bool {
    asked.segments.first().is_some_and(|s| s == NAME)
}

/// Answers a request; `otherwise` makes what is done another thing than was asked for, and the answer the same.
pub(super) fn answer(all: &mut Endpoints, asked: &Asked, tokens: &Tokens, otherwise: bool) -> Reply {
    if let Some(header) = &all.credential {
        let given = if header == "authorization" { asked.credential() } else { asked.header(header) };
        if !given.is_some_and(|t| tokens.is(t)) {
            return problem(401, "a valid credential is required");
        }
    }
    let mut status = None;
    for thing in &mut all.things {
        if let Some(said) = thing.act.fits(asked) {
            status = status.or(Some(thing.act.status));
            thing.act(said, otherwise);
        } else if let Some((undo, said)) = thing.undo.as_ref().and_then(|u| Some((u, u.fits(asked)?))) {
            status = status.or(Some(undo.status));
            thing.put_back(&said);
        }
    }
    let looks = asked.method == "GET";
    let shown = if looks { all.shown(asked) } else { None };
    match (status, shown) {
        // What is captured by reading is the answer itself.
        (Some(status), shown) if looks => {
            let mut whole = shown.unwrap_or_else(|| json!({}));
            if whole.get("evidence").is_none() {
                put(&mut whole, "/evidence", json!(format!("made up for a drill: {}", asked.path)));
            }
            Reply::json(status, TYPE, &whole)
        }
        (Some(status), _) => Reply::json(status, TYPE, &json!({ "accepted": true })),
        (None, Some(shown)) => Reply::json(200, TYPE, &shown),
        (None, None) => problem(404, "there is nothing at this address"),
    }
}

impl Endpoints {
    /// The document at an address: what every thing shows that is read there.
    fn shown(&self, asked: &Asked) -> Option<Value> {
        let mut whole = None;
        let mut show = |at: &str, value: Value| put(whole.get_or_insert_with(|| json!({})), at, value);
        for thing in &self.things {
            let fits = |look: &Option<Look>| look.as_ref().and_then(|l| Some((l.at.clone(), l.path.fits(asked)?)));
            if let Some((at, said)) = fits(&thing.read)
                && let Some(value) = thing.shows(&said)
            {
                show(&at, value);
            }
            if let (Some((at, _)), Holds::Value { good, .. }) = (fits(&thing.good), &thing.holds) {
                show(&at, good.clone());
            }
        }
        whole
    }
}

impl Thing {
    fn act(&mut self, said: Captured, otherwise: bool) {
        match &mut self.holds {
            Holds::Value { now, .. } if otherwise => *now = json!(OTHER),
            Holds::Value { now, first, fixed, yes, .. } => {
                let value = said.get("value").map(|v| alike(v, first)).or_else(|| fixed.clone());
                let value = value.map(|v| if v == json!(true) { yes.clone().unwrap_or(v) } else { v });
                if let Some(value) = value {
                    *now = value;
                }
            }
            // The same once more, with the key under which it was done, is the same one.
            Holds::Effects { done, .. } => {
                if !said.contains_key("key") || !done.contains(&said) {
                    done.push(said);
                }
            }
        }
    }

    fn put_back(&mut self, said: &Captured) {
        if let Holds::Value { now, first, .. } = &mut self.holds {
            *now = said.get("value").map_or_else(|| first.clone(), |v| alike(v, first));
        }
    }

    /// What is read of it by a request that says so much.
    fn shows(&self, said: &Captured) -> Option<Value> {
        match &self.holds {
            Holds::Value { now, .. } => Some(now.clone()),
            Holds::Effects { done, shows } => {
                let is = |one: &Captured| said.iter().all(|(name, value)| one.get(name).is_none_or(|v| v == value));
                done.iter().any(is).then(|| shows.clone())
            }
        }
    }
}

/// A value that came as text in the type of what stood there.
fn alike(value: &Value, first: &Value) -> Value {
    let Value::String(text) = value else { return value.clone() };
    let typed = match first {
        Value::Bool(_) => text.parse().ok().map(Value::Bool),
        Value::Number(_) => serde_json::from_slice(text.as_bytes()).ok().filter(Value::is_number),
        _ => None,
    };
    typed.unwrap_or_else(|| value.clone())
}

/// Puts a value where a JSON pointer leads, making what is on the way.
fn put(whole: &mut Value, at: &str, value: Value) {
    let mut place = whole;
    for token in at.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[token.as_str()];
    }
    *place = value;
}

fn problem(status: u16, says: &str) -> Reply {
    Reply::json(status, TYPE, &json!({ "error": says }))
}

#[cfg(test)]
mod tests;
