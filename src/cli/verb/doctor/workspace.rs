//! What the files themselves tell: whether they can be read, whether they are what git has, and who is known here.

use crate::cli::context::{self, Context};
use crate::cli::{files, keys, providers};
use crate::diag::Severity;
use crate::plan::checked::{Aspect, Checked};
use crate::plan::{self, Person, Reach, roster};
use crate::provider::{self, Reference};
use crate::text::safe;

/// The files of the workspace.
pub(super) fn files(cx: &Context) -> Vec<Checked> {
    let loaded = cx.loaded();
    let mut found: Vec<Checked> = loaded
        .unread
        .iter()
        .map(|why| Checked::wrong(Aspect::Files, "file", safe::line(why)).help("give this user the right to read it"))
        .collect();
    let errors = || loaded.problems.iter().filter(|p| p.severity == Severity::Error);
    let warnings = loaded.problems.len() - errors().count();
    found.push(match errors().next() {
        Some(first) => {
            let count = errors().count();
            let says = if count == 1 {
                safe::line(&first.to_string())
            } else {
                format!("{count} errors, the first: {}", safe::line(&first.to_string()))
            };
            Checked::wrong(Aspect::Files, "files", says)
                .help("a run goes on without what can't be read; aigov lint shows each place")
        }
        None if warnings > 0 => {
            let of = if warnings == 1 { "warning" } else { "warnings" };
            let says = format!("they can be read, with {warnings} {of}");
            Checked::note(Aspect::Files, "files", says).help("aigov lint shows each place")
        }
        None => Checked::ok(Aspect::Files, "files", "every one can be read"),
    });
    if loaded.workspace.automations.is_empty() {
        let says = "there is no automation: nothing here can be stopped";
        found.push(Checked::wrong(Aspect::Files, "automations", says).help("describe one in automations/NAME.toml"));
    }
    if !cx.place.is_sandbox() {
        found.push(match files::revision(&cx.place.root) {
            Err(unread) => {
                let wrong =
                    Checked::wrong(Aspect::Files, "git", format!("nobody can vote here, because {}", unread.says));
                match unread.command {
                    Some(command) => wrong.help("if you trust it:").command(command),
                    None => wrong,
                }
            }
            Ok(None) => Checked::note(Aspect::Files, "git", "the workspace is not in git: a record names no commit"),
            Ok(Some(revision)) if revision.dirty => {
                Checked::note(Aspect::Files, "git", "files differ from the commit that a record would name")
            }
            Ok(Some(revision)) => {
                let commit = revision.commit.get(..10).unwrap_or(&revision.commit).to_owned();
                Checked::ok(Aspect::Files, "git", format!("as commit {commit} has them"))
            }
        });
    }
    found
}

/// Secrets that are nowhere: all of them, where a system's own check ends at the first that it misses.
pub(super) fn secrets(cx: &Context, environments: &[String]) -> Option<Checked> {
    // The sandbox's own lie with its world.
    let settings = cx.loaded().workspace.settings.as_ref().filter(|_| !cx.place.is_sandbox())?;
    let missing: Vec<String> = providers::references(settings, |e| environments.iter().any(|asked| asked == e))
        .into_iter()
        .filter_map(|reference| match reference {
            Reference::Env(name) => context::variable(&name).is_none().then(|| format!("the variable {name}")),
            Reference::File(path) => {
                (!cx.place.root.join(&path).is_file()).then(|| format!("the file {}", path.display()))
            }
            // Whether a program has one to give is seen where it is asked.
            Reference::Command(_) => None,
        })
        .collect();
    if missing.is_empty() {
        return None;
    }
    let says = format!("not here: {}", safe::line(&missing.join(", ")));
    Some(Checked::note(Aspect::Setting, "secrets", says).help("put each where aigov.toml says that it is"))
}

/// Whether `aigov stop` could plan the stop of each automation, in each environment. Where it can't, that is wrong in
/// production and in the environment that was asked about, and a note elsewhere.
pub(super) fn stops(cx: &Context, asked: Option<&str>) -> Vec<Checked> {
    let workspace = &cx.loaded().workspace;
    let Some(settings) = &workspace.settings else { return Vec::new() };
    let mut found = Vec::new();
    let all: Vec<&str> = settings.environments.names().filter(|e| asked.is_none_or(|a| a == *e)).collect();
    for automation in workspace.automations.keys() {
        let mut can = Vec::new();
        for environment in &all {
            let demo = cx.place.is_sandbox();
            let made = plan::stop(workspace, provider::catalog(), automation, environment, Reach::Narrow, demo);
            let problem = match made {
                Ok((plan, _)) if !plan.immediate.is_empty() => {
                    can.push(safe::line(environment));
                    continue;
                }
                Ok((_, problems)) => problems.into_iter().find(|p| p.severity == Severity::Error),
                Err(problem) => Some(problem),
            };
            let why = problem.map_or_else(|| "nothing of [stop] can be planned".to_owned(), |p| p.to_string());
            let what = format!("stop {}", safe::line(automation));
            let says = format!("can not be stopped in {}: {}", safe::line(environment), safe::line(&why));
            let production = settings.environments.get(environment).and_then(|e| e.production.as_ref());
            found.push(if asked.is_some() || production.is_some_and(|p| p.value) {
                Checked::wrong(Aspect::Files, what, says)
                    .help("give it a [stop] whose control has a binding for this environment")
            } else {
                Checked::note(Aspect::Files, what, says)
            });
        }
        if !can.is_empty() {
            let says = format!("can be planned in {}", can.join(", "));
            found.push(Checked::ok(Aspect::Files, format!("stop {}", safe::line(automation)), says));
        }
    }
    found
}

/// Who sits here, by the keys within reach, as a run would tell.
fn you(cx: &Context, roster: &[Person]) -> Checked {
    let ring = keys::ring(cx, None);
    let held = keys::held(&ring, roster);
    let named = cx.machine.person();
    let one = match &held[..] {
        [(one, _)] => Some(&one.name),
        _ => held.iter().map(|(p, _)| &p.name).find(|name| named.as_ref() == Some(*name)),
    };
    if let Some(name) = one {
        return Checked::ok(Aspect::People, "you", format!("known as {} by a key that is here", safe::line(name)));
    }
    if held.is_empty() {
        return Checked::note(
            Aspect::People,
            "you",
            "no key of a person in people.toml is here: no gate opens for you",
        )
        .help("a run contains, pages and captures evidence all the same; ssh-add, or key = \"PATH\" in config.toml");
    }
    let names: Vec<String> = held.iter().map(|(p, _)| safe::line(&p.name)).collect();
    Checked::note(Aspect::People, "you", format!("keys of {} are here, and nothing says who you are", names.join(", ")))
        .help("person = \"NAME\" in config.toml says so")
}

/// Who is known: the person of this machine, and by which keys votes could be told.
pub(super) fn people(cx: &Context) -> Vec<Checked> {
    let Some(people) = &cx.loaded().workspace.people else {
        let says = "there is no people.toml: anybody may stop, and nobody can approve";
        return vec![Checked::note(Aspect::People, "people.toml", says)];
    };
    let persons = people.persons.len();
    let mut found = Vec::new();
    if cx.place.is_sandbox() {
        found.push(Checked::ok(Aspect::People, "you", "in the sandbox you may be anybody: --as NAME"));
        return found;
    }
    found.push(you(cx, &roster(people)));
    let keyed = people.persons.iter().filter(|(_, p)| !p.keys.is_empty()).count();
    found.push(match keyed {
        0 => Checked::note(Aspect::People, "keys", format!("none of {persons} persons has one in people.toml")),
        n if n < persons => {
            Checked::note(Aspect::People, "keys", format!("{n} of {persons} persons have one in people.toml"))
        }
        _ => Checked::ok(Aspect::People, "keys", format!("each of {persons} persons has one in people.toml")),
    });
    let approvers = people.persons.iter().filter(|(_, p)| !p.functions.is_empty()).count();
    if approvers == 0 {
        let says = "no person has a function: nobody can approve anything";
        found.push(Checked::note(Aspect::People, "functions", says).help("give persons `functions` in people.toml"));
    }
    found
}
