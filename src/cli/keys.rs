//! The keys of whoever sits here, whose they are, and who may vote: by the run's protected roster, and still now.

use std::fs;
use std::path::{Path, PathBuf};

use super::context::{self, Context};
use super::error::{CliError, Kind};
use super::files;
use crate::keys::{Agent, Ring, SshKeys};
use crate::model::decode;
use crate::model::key::PublicKey;
use crate::plan::{Person, Plan, Votes, roster};
use crate::port::Signer as _;
use crate::text::{safe, suggest};
use crate::ui::Tone;

/// Where OpenSSH keeps keys.
const FILES: [&str; 5] = ["id_ed25519", "id_ed25519_sk", "id_ecdsa", "id_ecdsa_sk", "id_rsa"];

/// The keys within reach: the agent's, the one that the user's configuration names, and OpenSSH's usual files.
#[must_use]
pub(crate) fn ring(cx: &Context, named: Option<&Path>) -> Ring {
    let mut all: Vec<PathBuf> = named.map(Path::to_path_buf).into_iter().chain(cx.machine.key()).collect();
    all.extend(FILES.iter().map(|name| context::from_home(&format!("~/.ssh/{name}"))));
    Ring::new(context::agent().as_deref().map(Agent::new), all)
}

/// The Keys port of a workspace: its roster is read anew each time, so that what is revoked now counts now.
#[must_use]
pub(crate) fn port(cx: &Context) -> SshKeys {
    if cx.place.is_sandbox() {
        let people = cx.core().workspace.people.as_ref().map(roster).unwrap_or_default();
        return SshKeys::new(Box::new(move || Ok(people.clone())));
    }
    let path = cx.place.root.join(files::PEOPLE);
    SshKeys::new(Box::new(move || {
        let bytes = fs::read(&path).map_err(|e| format!("people.toml can't be read: {e}"))?;
        let (source, _) = decode::source(files::PEOPLE, &bytes);
        let people = decode::people(&source);
        // A file that is broken in the middle could hide that a key was revoked.
        match people.problems.iter().find(|p| p.severity == crate::diag::Severity::Error) {
            None => Ok(roster(&people.value)),
            Some(problem) => Err(format!("people.toml is broken: {problem}")),
        }
    }))
}

/// The people of a roster whose keys are within reach, each with those keys.
#[must_use]
pub(crate) fn held<'p>(ring: &Ring, roster: &'p [Person]) -> Vec<(&'p Person, Vec<PublicKey>)> {
    let keys = ring.held();
    let of = |p: &'p Person| {
        let theirs: Vec<PublicKey> =
            keys.iter().filter(|k| p.keys.iter().any(|r| r.key == k.line())).cloned().collect();
        (!theirs.is_empty()).then_some((p, theirs))
    };
    roster.iter().filter_map(of).collect()
}

/// Who sits here: the one person of the roster whose key is within reach, or the one of several whom `--as` or the user's
/// configuration names. A name alone is nobody.
///
/// # Errors
/// `--as` names somebody whose key is not here.
pub(crate) fn person(cx: &Context, plan: &Plan, asked: Option<&str>) -> Result<Option<String>, CliError> {
    let ring = ring(cx, None);
    let held = held(&ring, &plan.roster);
    let by = |name: &str| held.iter().find(|(p, _)| p.name == name).map(|(p, _)| p.name.clone());
    match asked {
        Some(name) => match by(name) {
            Some(name) => Ok(Some(name)),
            None if plan.roster.iter().any(|p| p.name == name) => {
                let says = format!("no key of {} is here; a person is known by a key that they hold", safe::line(name));
                Err(CliError::new(Kind::Refused, says)
                    .hint("put it into your ssh-agent, or name its file in config.toml: key = \"~/.ssh/id_ed25519\"")
                    .next(cx.command("status")))
            }
            None => {
                let known = || plan.roster.iter().map(|p| p.name.as_str());
                let error = CliError::usage(format!("nobody is called `{}` in people.toml", safe::line(name)));
                Err(match suggest::nearest(name, known()) {
                    Some(near) => error.hint(format!("did you mean `{near}`?")),
                    None => error.hint(format!("there is {}", suggest::list(known()))),
                })
            }
        },
        None => match &held[..] {
            [] => Ok(None),
            [(one, _)] => Ok(Some(one.name.clone())),
            _ => Ok(cx.machine.person().and_then(|name| by(&name))),
        },
    }
}

/// The roster of the protected ref, read once for however many plans: what somebody wrote into the working tree a minute ago
/// gives nobody a vote.
#[derive(Debug)]
pub(crate) struct Protected {
    name: String,
    written: bool,
    found: files::AtRef,
}

/// The ref whose roster counts, and whether the settings name it.
#[must_use]
pub(crate) fn protected_ref(cx: &Context) -> (String, bool) {
    let settings = cx.core().workspace.settings.as_ref();
    let written = settings.and_then(|s| s.roster.as_ref()).map(|r| r.value.clone());
    (written.clone().unwrap_or_else(|| "HEAD".to_owned()), written.is_some())
}

/// Who may speak, and who may vouch for keys, by the protected ref; by the working tree where votes are not signed or there is
/// no git and no ref was named.
pub(crate) fn protected_roster(cx: &Context) -> (Vec<Person>, Vec<String>) {
    let of = |people: Option<&crate::model::people::People>| {
        (people.map(roster).unwrap_or_default(), crate::plan::authorities(people))
    };
    let people = cx.core().workspace.people.as_ref();
    if super::reviewed::is_play(cx) {
        return of(people);
    }
    let (name, written) = protected_ref(cx);
    match files::at_ref(&cx.place.root, &name, files::PEOPLE) {
        files::AtRef::NoGit if !written => of(people),
        files::AtRef::NoGit | files::AtRef::Missing => of(None),
        files::AtRef::Found(bytes) => of(Some(&decode::people(&decode::source(files::PEOPLE, &bytes).0).value)),
    }
}

/// Takes the roster of a plan from the protected ref, where only signed votes count and the workspace is in git.
pub(crate) fn protect(cx: &Context, plan: &mut Plan) {
    if plan.votes == Votes::Unsigned || cx.place.is_sandbox() {
        return;
    }
    let (name, written) = protected_ref(cx);
    let found = files::at_ref(&cx.place.root, &name, files::PEOPLE);
    if let Some(says) = Protected::new((name, written), found).apply(plan) {
        cx.screen.labelled(Tone::Doubt, "DOUBT", &says);
    }
}

impl Protected {
    /// As it was found at [`protected_ref`].
    pub(crate) fn new((name, written): (String, bool), found: files::AtRef) -> Self {
        Self { name, written, found }
    }

    /// Puts it into a plan in which only signed votes count; what is worth saying about it.
    pub(crate) fn apply(&self, plan: &mut Plan) -> Option<String> {
        if plan.votes == Votes::Unsigned {
            return None;
        }
        let name = &self.name;
        match &self.found {
            files::AtRef::NoGit if !self.written => None,
            files::AtRef::Found(bytes) => {
                let (source, _) = decode::source(files::PEOPLE, bytes);
                let people = decode::people(&source);
                let protected = roster(&people.value);
                let names = |p: &Person| p.keys.iter().map(|k| format!("{} {}", p.name, k.key)).collect::<Vec<_>>();
                let there: Vec<String> = protected.iter().flat_map(names).collect();
                let new: Vec<String> = plan
                    .roster
                    .iter()
                    .filter(|p| names(p).iter().any(|k| !there.contains(k)))
                    .map(|p| safe::line(&p.name))
                    .collect();
                plan.roster = protected;
                plan.authorities = crate::plan::authorities(Some(&people.value));
                (!new.is_empty()).then(|| {
                    let who = new.join(", ");
                    format!("people.toml has keys that {name} does not have; they don't vote in this run: {who}")
                })
            }
            files::AtRef::NoGit | files::AtRef::Missing => {
                plan.roster.clear();
                plan.authorities.clear();
                Some(format!("{name} has no people.toml, so nobody can vote in this run; commit it first"))
            }
        }
    }
}
