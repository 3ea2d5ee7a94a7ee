//! Who is on call, as a pager said it last: a copy beside the journal, so that `who` needs no network.
//!
//! Owns the file `.aigov/on-call.json` and the way in which it is asked for anew. It holds names and ends of turns; how to
//! reach anybody stays in people.toml. Losing it costs one question. Must not decide whether a copy is still good: that
//! is the page's to say, with its age.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::at_once::at_once;
use super::context::Context;
use super::error::CliError;
use super::place::Place;
use super::ports::now;
use super::{providers, session};
use crate::model::people::People;
use crate::plan::Target;
use crate::port::{Fault, Fut, OnDuty, Providers as _};
use crate::provider::Set;
use crate::report::who::{Duty, Turn};
use crate::text::time::Millis;

const FORMAT: u32 = 1;

/// Time for one question to a pager.
const LIMIT: Millis = Millis::from_secs(5);

/// How many questions stand at a time.
const AT_ONCE: usize = 8;

/// The file: by environment, then by role.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    format: u32,
    environments: BTreeMap<String, BTreeMap<String, Duty>>,
}

impl Default for Kept {
    fn default() -> Self {
        Self { format: FORMAT, environments: BTreeMap::new() }
    }
}

fn file(place: &Place) -> PathBuf {
    place.root.join(".aigov/on-call.json")
}

/// An empty one when it is not there, damaged or of another format.
fn read(place: &Place) -> Kept {
    fs::read(file(place))
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Kept>(&bytes).ok())
        .filter(|kept| kept.format == FORMAT)
        .unwrap_or_default()
}

/// What is known of an environment, by role.
#[must_use]
pub(crate) fn kept(place: &Place, environment: &str) -> BTreeMap<String, Duty> {
    read(place).environments.remove(environment).unwrap_or_default()
}

/// Asks who is on call for these roles and keeps what is said. What can't be had or kept comes back, a sentence each; the
/// copy of a role that could not be asked stays as it was.
///
/// # Errors
/// Nothing at all could be asked.
pub(crate) fn refresh(
    cx: &Context,
    people: &People,
    roles: &[&str],
    environment: &str,
) -> Result<Vec<String>, CliError> {
    let runtime = session::runtime()?;
    let mut asked: Vec<(String, Result<Duty, Fault>)> = Vec::new();
    runtime.block_on(async {
        let sandbox = if cx.place.is_sandbox() { Some(session::serve(cx)?) } else { None };
        let set = providers::open(cx, environment, sandbox.as_ref().map(|s| s.origin.as_str()));
        let work = roles.iter().filter_map(|role| {
            let bound = people.roles.get(role)?.on_call.as_ref()?;
            let provider = bound.provider.as_ref()?.value.clone();
            let binding = bound.binding(environment).values;
            let target = Target { provider, kind: String::new(), binding, label: (*role).to_owned() };
            Some(Box::pin(said(&set, people, target)) as Fut<'_, _>)
        });
        asked = at_once(AT_ONCE, work.collect()).await;
        Ok::<(), CliError>(())
    })?;
    Ok(keep(&cx.place, environment, asked))
}

async fn said(set: &Set, people: &People, target: Target) -> (String, Result<Duty, Fault>) {
    let turns = match set.get(&target.provider) {
        Ok(pager) => pager.on_call(&target, LIMIT).await,
        Err(fault) => Err(fault),
    };
    let Target { provider, binding: of, label, .. } = target;
    let turns = turns.map(|turns| turns.iter().map(|t| turn(people, t)).collect());
    (label, turns.map(|turns| Duty { provider, of, asked: now(), turns }))
}

fn turn(people: &People, on_duty: &OnDuty) -> Turn {
    let person = people.of_pager(&on_duty.id, on_duty.email.as_deref());
    Turn { person: person.map(str::to_owned), called: on_duty.name.clone(), until: on_duty.until }
}

fn keep(place: &Place, environment: &str, asked: Vec<(String, Result<Duty, Fault>)>) -> Vec<String> {
    let mut kept = read(place);
    let mut trouble = Vec::new();
    let of = kept.environments.entry(environment.to_owned()).or_default();
    let mut changed = false;
    for (role, duty) in asked {
        match duty {
            Ok(duty) => {
                of.insert(role, duty);
                changed = true;
            }
            Err(fault) => {
                let help = fault.help.as_ref().map_or_else(String::new, |h| format!("; {h}"));
                trouble.push(format!("who is on call as {role} can't be asked: {}{help}", fault.says));
            }
        }
    }
    if changed && let Err(e) = write(place, &kept) {
        trouble.push(format!("what the pager said can't be kept in {}: {e}", file(place).display()));
    }
    trouble
}

/// Whole or not at all: a reader never sees half of it.
fn write(place: &Place, kept: &Kept) -> std::io::Result<()> {
    let path = file(place);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let draft = path.with_extension(format!("json.{}", std::process::id()));
    let written = serde_json::to_vec_pretty(kept)
        .map_err(std::io::Error::from)
        .and_then(|bytes| fs::write(&draft, bytes))
        .and_then(|()| fs::rename(&draft, &path));
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::super::place::Origin;
    use super::*;
    use crate::text::time::Instant;

    fn duty(name: &str) -> Duty {
        let turns = vec![Turn { person: None, called: name.into(), until: None }];
        Duty { provider: "pager".into(), of: serde_json::Map::new(), asked: Instant(1_000), turns }
    }

    fn fault() -> Fault {
        Fault { says: "it is away".into(), help: Some("look there".into()), before_sending: false }
    }

    #[test]
    fn what_was_said_is_kept_by_environment_and_a_pager_that_is_away_takes_nothing_back() {
        let temp = tempfile::tempdir().unwrap();
        let place = Place { root: temp.path().to_path_buf(), origin: Origin::Asked, suffix: String::new() };
        assert!(kept(&place, "production").is_empty());
        assert_eq!(keep(&place, "production", vec![("sre".into(), Ok(duty("Olga")))]), Vec::<String>::new());
        let trouble = keep(&place, "production", vec![("sre".into(), Err(fault())), ("ml".into(), Ok(duty("Ada")))]);
        assert_eq!(trouble, ["who is on call as sre can't be asked: it is away; look there"]);
        let known = kept(&place, "production");
        assert_eq!(known, BTreeMap::from([("sre".to_owned(), duty("Olga")), ("ml".to_owned(), duty("Ada"))]));
        assert!(kept(&place, "staging").is_empty());
        for damaged in ["", "{", "{\"format\":2,\"environments\":{}}"] {
            fs::write(file(&place), damaged).unwrap();
            assert!(kept(&place, "production").is_empty(), "{damaged}");
        }
        assert_eq!(fs::read_dir(temp.path().join(".aigov")).unwrap().count(), 1, "no draft is left behind");
    }

    #[test]
    fn a_folder_that_takes_nothing_is_told() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("file");
        fs::write(&root, "").unwrap();
        let place = Place { root, origin: Origin::Asked, suffix: String::new() };
        let trouble = keep(&place, "production", vec![("sre".into(), Ok(duty("Olga")))]);
        assert!(trouble[0].starts_with("what the pager said can't be kept in "), "{trouble:?}");
    }
}
