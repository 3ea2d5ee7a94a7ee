//! The keys of whoever sits here, whose they are, and who may vote: by the run's protected roster, and still now.

use std::fs;
use std::path::{Path, PathBuf};

use super::context::{self, Context};
use super::error::{CliError, Kind};
use super::files;
use crate::keys::{Agent, Ring, SshKeys};
use crate::model::decode;
use crate::model::key::PublicKey;
use crate::plan::{Person, Plan, Voters, Votes, roster};
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

/// The Keys port of a workspace: its roster is read anew each time, from the working tree and from the protected refs, so that
/// what is revoked in one of them now counts now.
#[must_use]
pub(crate) fn port(cx: &Context) -> SshKeys {
    if cx.place.is_sandbox() {
        let people = cx.core().workspace.people.as_ref();
        let voters =
            Voters { persons: people.map(roster).unwrap_or_default(), authorities: crate::plan::authorities(people) };
        return SshKeys::new(Box::new(move || Ok(voters.clone())));
    }
    let path = cx.place.root.join(files::PEOPLE);
    let protected = cx.protected().clone();
    SshKeys::new(Box::new(move || {
        let bytes = fs::read(&path).map_err(|e| format!("people.toml can't be read: {e}"))?;
        let (source, _) = decode::source(files::PEOPLE, &bytes);
        let people = decode::people(&source);
        // A file that is broken in the middle could hide that a key was revoked.
        match people.problems.iter().find(|p| p.severity == crate::diag::Severity::Error) {
            None => protected.roster_now(&people.value),
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
            None if plan.roster.iter().any(|p| p.name == name && p.keys.is_empty()) => {
                let name = safe::line(name);
                let says = format!("people.toml has no key of {name}; a person is known by a key that they hold");
                Err(CliError::new(Kind::Refused, says)
                    .hint(format!("add the line of their .pub file to [persons.{name}]: keys = [\"ssh-ed25519 …\"]"))
                    .hint(
                        "a run knows the people of its beginning: a key that is added now counts from the next run on",
                    )
                    .next(cx.command("people check")))
            }
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

/// Who may speak, and who may vouch for keys, by the protected refs; by the working tree where votes are not signed or there
/// is no git and no ref was named.
pub(crate) fn protected_roster(cx: &Context) -> (Vec<Person>, Vec<String>) {
    let people = cx.core().workspace.people.as_ref();
    if super::reviewed::is_play(cx) {
        return (people.map(roster).unwrap_or_default(), crate::plan::authorities(people));
    }
    cx.protected().roster(people).unwrap_or_default()
}

/// Takes the roster of a plan from the protected refs, where only signed votes count.
pub(crate) fn protect(cx: &Context, plan: &mut Plan) {
    if plan.votes == Votes::Unsigned || cx.place.is_sandbox() {
        return;
    }
    if let Some(says) = cx.protected().apply(plan, cx.core().workspace.people.as_ref()) {
        cx.screen.labelled(Tone::Doubt, "DOUBT", &says);
    }
}
