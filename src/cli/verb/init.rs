//! `aigov init [DIR]`: from nothing to a workspace that can stop one automation.
//!
//! Owns the three questions and the order of the files. Never overwrites; what is there is kept and said.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use clap::{CommandFactory as _, ValueEnum as _};
use serde_json::json;

use crate::cli::args::{Args, Global, Init, Target};
use crate::cli::choice;
use crate::cli::context::{self, Context};
use crate::cli::draft::{self, Switch};
use crate::cli::error::{CliError, Kind as End};
use crate::cli::place::SETTINGS;
use crate::cli::providers;
use crate::cli::schemas::{self, Kind as Kinds};
use crate::diag::Severity;
use crate::model::catalog::{Capability, Kind};
use crate::model::decode;
use crate::model::workspace::Provider;
use crate::provider::{self, Reference};
use crate::text::time::{Instant, Millis};
use crate::text::{safe, shell, suggest};
use crate::ui::{Screen, Tone, line};

/// Made by the program, beside which people write.
const OWN: &str = ".aigov";
/// What of it belongs into the team's repository.
const IGNORE: &str =
    "# The journal is a repository of its own. The schemas are for editors.\n*\n!.gitignore\n!schema/\n!schema/*\n";
/// How long until somebody has to read a new runbook again.
const REVIEW: Millis = Millis::from_secs(180 * 24 * 3600);
/// Signs beside the owner, where nobody is named.
const OTHER: &str = "second-person";

/// The purpose, until somebody writes one.
const PURPOSE: &str = "say here what it does, and for whom";

/// Makes the workspace.
pub(super) fn call(args: &Init, json: bool) -> Result<u8, CliError> {
    let screen = context::screen();
    let given = args.dir.clone().unwrap_or_else(|| PathBuf::from("."));
    let root = std::path::absolute(&given).map_err(|e| cannot(&given, &e))?;
    let root: PathBuf = root.components().collect();
    name(&args.environment, "an environment", "--env")?;
    let asked = Asked::new(args, &screen, &root)?;
    let tell = |path: &str, written: bool| {
        if json {
            screen.raw(&json!({ "file": path, "written": written }).to_string());
        } else if written {
            screen.labelled(Tone::Good, "ok", &format!("{path}: written"));
        } else {
            screen.labelled(Tone::Plain, "-", &format!("{path}: there already, and kept as it is"));
        }
    };
    let put = |path: &str, text: &str| write_new(&root.join(path), text).map(|written| tell(path, written));
    match &asked.settings {
        Some(text) => put(SETTINGS, text)?,
        None => tell(SETTINGS, false),
    }
    put("people.toml", &draft::people(&asked.owner, &asked.other))?;
    let automation = draft::automation(&asked.purpose, &asked.owner, &asked.switch);
    put(&format!("automations/{}.toml", asked.automation), &automation)?;
    let unknown = draft::unknown(&asked.switch.environment, &review(crate::cli::ports::now()));
    put("runbooks/incident/unknown.toml", &unknown)?;
    write_new(&root.join(OWN).join(".gitignore"), IGNORE)?;
    schemas::write(&root, Kinds::value_variants())?;
    let global = Global { directory: Some(root), sandbox: false, json };
    let cx = Context::open(&global)?;
    check(&cx, &asked)?;
    next(&cx, &asked.automation);
    Ok(0)
}

/// What can still be wrong stands in files that were there before.
fn check(cx: &Context, asked: &Asked) -> Result<(), CliError> {
    let target = Target { automation: Some(asked.automation.clone()), env: Some(asked.switch.environment.clone()) };
    let planned = choice::plan(cx, "incident/unknown", &target)?;
    let errors: Vec<_> = planned.problems.into_iter().filter(|p| p.severity == Severity::Error).collect();
    if errors.is_empty() {
        return Ok(());
    }
    choice::show(cx, &errors);
    let says =
        "a stop can be tried, and a run would go no further than that: files that were there before have problems";
    Err(CliError::new(End::Findings, says)
        .next(cx.command(&format!("plan incident/unknown --automation {}", asked.automation))))
}

fn next(cx: &Context, automation: &str) {
    let secrets = secrets(cx);
    let put = match secrets.as_slice() {
        [] => "Next:".to_owned(),
        all => format!("aigov.toml refers to secrets; put them there: {}. Next:", all.join(" and ")),
    };
    cx.screen.say(Tone::Plain, &put);
    let known = Args::command();
    let after = [
        ("doctor", "doctor".to_owned()),
        ("who", format!("who {automation}")),
        ("stop", format!("stop {automation}")),
        ("plan", format!("plan incident/unknown --automation {automation}")),
    ];
    for (_, words) in after.iter().filter(|(verb, _)| known.find_subcommand(verb).is_some()) {
        cx.screen.command(&cx.command(words));
    }
}

/// Where each secret of `aigov.toml` is looked for, in words. What a program fetches, it fetches by itself.
fn secrets(cx: &Context) -> Vec<String> {
    let settings = cx.loaded().workspace.settings.as_ref();
    let all = settings.map_or_else(Vec::new, |s| providers::references(s, |_| true));
    all.into_iter()
        .filter_map(|reference| match reference {
            Reference::Env(name) => Some(format!("the variable {}", safe::line(&name))),
            Reference::File(path) => Some(format!("the file {}", safe::line(&path.display().to_string()))),
            Reference::Command(_) => None,
        })
        .collect()
}

/// The day on which a runbook that is written now has to be read again.
pub(super) fn review(now: Instant) -> String {
    now.plus(REVIEW).to_string().get(..10).unwrap_or_default().to_owned()
}

/// Checks a name, and says which would do.
pub(super) fn name(given: &str, what: &str, flag: &str) -> Result<(), CliError> {
    if draft::is_name(given) {
        return Ok(());
    }
    let says =
        format!("`{}` can't be the name of {what}: words of a-z and 0-9, with `-` between", safe::excerpt(given, 60));
    let error = CliError::usage(says);
    Err(match draft::as_name(given) {
        Some(near) => error.hint(format!("this would do: {flag} {near}")),
        None => error,
    })
}

/// Writes a file that is not there yet, with its folders; false when there is one.
pub(super) fn write_new(path: &Path, text: &str) -> Result<bool, CliError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|e| cannot(folder, &e))?;
    }
    // Neither a file nor a link, wherever it leads, is written over.
    let mut file = match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::AlreadyExists => return Ok(false),
        Err(e) => return Err(cannot(path, &e)),
    };
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    if let Err(e) = written {
        // Half a file would be kept as if it were somebody's.
        let _ = fs::remove_file(path);
        return Err(cannot(path, &e));
    }
    Ok(true)
}

fn cannot(path: &Path, e: &io::Error) -> CliError {
    let folder = path.ancestors().skip(1).find(|p| p.is_dir()).unwrap_or_else(|| Path::new("/"));
    let error = CliError::failed(format!("{} can't be written: {e}", path.display()));
    match e.kind() {
        ErrorKind::PermissionDenied => {
            error.hint(format!("let yourself write there: chmod u+w {}", shell::path(folder)))
        }
        ErrorKind::ReadOnlyFilesystem => error.hint("that file system is mounted read-only; name a folder elsewhere"),
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => error.hint("a file stands where a folder is needed"),
        _ => error,
    }
    .next("aigov init DIR")
}

/// What the files are made from.
struct Asked {
    /// `aigov.toml`; none where it is there.
    settings: Option<String>,
    automation: String,
    purpose: String,
    switch: Switch,
    owner: String,
    other: String,
}

impl Asked {
    fn new(args: &Init, screen: &Screen, root: &Path) -> Result<Self, CliError> {
        let there = root.join(SETTINGS).is_file();
        let (kind, url) = if there {
            kept(args, root)?
        } else {
            let told = args.url.is_some() || args.kind.is_some();
            again(screen, told, || system(args, screen)).map(|(k, u)| (Some(k), u))?
        };
        let (automation, binding) = again(screen, args.called.is_some(), || automation(args, screen))?;
        let (owner, other) = again(screen, !args.people.is_empty(), || people(args, screen, root))?;
        let usage = |says: String| CliError::usage(says).next("aigov init --help");
        let (settings, switch) = match kind {
            Some(kind) => {
                let text = draft::settings(kind, &args.environment, &url, &args.settings).map_err(usage)?;
                let none = serde_json::Map::new();
                let binding = draft::binding(kind, &none, &automation, &args.environment, &binding).map_err(usage)?;
                let provider = draft::provider_name(kind).to_owned();
                (Some(text), Switch { provider, environment: args.environment.clone(), binding })
            }
            None => (None, existing(root, args, &automation, &binding)?),
        };
        let purpose = args.purpose.clone().unwrap_or_else(|| PURPOSE.to_owned());
        Ok(Self { settings, automation, purpose, switch, owner, other })
    }
}

/// Where aigov.toml is there already it is kept, so what was said of another system would be lost, and the automation bound to
/// the wrong one: that is refused.
fn kept(args: &Init, root: &Path) -> Result<(Option<&'static Kind>, String), CliError> {
    if args.kind.is_none() && args.url.is_none() && args.settings.is_empty() {
        return Ok((None, String::new()));
    }
    let cx = Context::open(&Global { directory: Some(root.to_path_buf()), ..Global::default() })?;
    let there = |(name, provider): (&crate::text::span::Spanned<String>, &Provider)| {
        let kind = provider.kind.as_ref().map(|k| k.value.as_str());
        let of = provider.environments.get(&args.environment);
        let url = of.and_then(|o| o.values.get("url")).and_then(serde_json::Value::as_str);
        let same = args.kind.as_deref().is_none_or(|k| kind == Some(k))
            && args.url.as_deref().is_none_or(|u| url == Some(u))
            && args.settings.is_empty();
        same.then(|| name.value.clone())
    };
    let settings = cx.loaded().workspace.settings.as_ref();
    // The first that can be a switch is what the automation is bound to, so it has to be that one.
    let first = switch_of(&cx, &args.environment, "bot", &[]).ok().flatten().map(|s| s.provider);
    if settings.and_then(|s| s.providers.iter().find_map(there)).is_some_and(|name| Some(name) == first) {
        return Ok((None, String::new()));
    }
    let kind = args.kind.as_deref().unwrap_or("KIND");
    let url = args.url.as_deref().unwrap_or("URL");
    Err(CliError::usage(
        "aigov.toml is there already and is not written over, so --kind, --url and --set would be lost",
    )
    .hint(format!(
        "add to it: [providers.NAME] kind = \"{}\", {} = {{ url = \"{}\" }}; then aigov new automation NAME",
        safe::excerpt(kind, 60),
        args.environment,
        safe::excerpt(url, 200)
    ))
    .next(format!("aigov init --automation {}", args.called.as_deref().unwrap_or("NAME"))))
}

/// The first provider of a workspace that can be a switch.
pub(super) fn switch_of(
    cx: &Context,
    environment: &str,
    automation: &str,
    given: &[String],
) -> Result<Option<Switch>, CliError> {
    let Some(settings) = &cx.loaded().workspace.settings else { return Ok(None) };
    for (name, provider) in settings.providers.iter() {
        let kind = provider.kind.as_ref().and_then(|k| provider::catalog().iter().find(|c| c.name == k.value));
        let (Some(kind), Some(of)) = (kind, provider.environments.get(environment)) else { continue };
        if (kind.ability)(Capability::Switch, &provider.shared.values, &of.values).is_none() {
            continue;
        }
        let binding = draft::binding(kind, &provider.shared.values, automation, environment, given)
            .map_err(|says| CliError::usage(says).next("aigov init --help"))?;
        return Ok(Some(Switch { provider: name.value.clone(), environment: environment.to_owned(), binding }));
    }
    Ok(None)
}

/// Who stands first in a people.toml that is there already.
fn first_person(root: &Path) -> Option<String> {
    if !root.join("people.toml").exists() {
        return None;
    }
    let (source, _) = decode::source("people.toml", &fs::read(root.join("people.toml")).ok()?);
    decode::people(&source).value.persons.names().next().map(str::to_owned)
}

fn existing(root: &Path, args: &Init, automation: &str, binding: &[String]) -> Result<Switch, CliError> {
    let cx = Context::open(&Global { directory: Some(root.to_path_buf()), ..Global::default() })?;
    let none = || {
        CliError::usage(format!(
            "aigov.toml is there already, and names no provider that is a switch in {}",
            args.environment
        ))
        .hint("add one to it, or name another environment with --env")
        .next(cx.command("status"))
    };
    switch_of(&cx, &args.environment, automation, binding)?.ok_or_else(none)
}

/// What can only be told by a person.
fn missing(what: &str) -> CliError {
    CliError::usage(format!("{what}, and nobody is here to ask"))
        .next("aigov init --automation NAME --kind KIND --url URL")
}

fn left() -> CliError {
    CliError::new(End::Interrupted, "nothing was written").next("aigov init")
}

/// Asks once more where an answer that was typed can't be used; what was told by flags is refused.
fn again<T>(screen: &Screen, told: bool, ask: impl Fn() -> Result<T, CliError>) -> Result<T, CliError> {
    loop {
        match ask() {
            Err(e) if !told && screen.look().person && e.kind == End::Usage => {
                screen.labelled(Tone::Bad, "error", &e.says);
                for hint in &e.hints {
                    screen.labelled(Tone::Plain, "", hint);
                }
            }
            answered => return answered,
        }
    }
}

/// aigov.toml's question: which system, and where.
fn system(args: &Init, screen: &Screen) -> Result<(&'static Kind, String), CliError> {
    let kinds = draft::kinds(provider::catalog());
    let names = || kinds.iter().map(|k| k.name);
    let first = kinds.first().copied().ok_or_else(|| CliError::failed("no kind of system can be a switch"))?;
    let of = |name: &str| {
        kinds.iter().copied().find(|k| k.name == name).ok_or_else(|| {
            let error =
                CliError::usage(format!("`{}` is no kind of system that can be a switch", safe::excerpt(name, 60)));
            match suggest::nearest(name, names()) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(format!("there is {}", suggest::list(names()))),
            }
            .next("aigov init --help")
        })
    };
    let kind = args.kind.as_deref().map(of).transpose()?;
    let (kind, url) = match (&args.url, screen.look().person) {
        (Some(url), _) => (kind.unwrap_or(first), url.clone()),
        (None, false) => return Err(missing("say where the system is that can switch the automation off")),
        (None, true) => {
            let kind = kind.unwrap_or(first);
            let ask = format!(
                "aigov.toml: which system can switch your AI off, and where is it? {} URL; any other system is `http`",
                names().collect::<Vec<_>>().join(" or ")
            );
            let otherwise = format!("{} https://{}.example.com", kind.name, kind.name);
            let typed = line::line(screen, &ask, Some(&otherwise)).ok_or_else(left)?;
            match typed.split_once(char::is_whitespace) {
                Some((kind, url)) => (of(kind)?, url.trim().to_owned()),
                None => (kind, typed),
            }
        }
    };
    if !url.starts_with("https://") && !url.starts_with("http://") {
        let says = format!("`{}` is no URL: it begins with https:// or http://", safe::excerpt(&url, 60));
        return Err(CliError::usage(says).next("aigov init --automation NAME --url https://flags.example.com"));
    }
    Ok((kind, url))
}

/// The automation's question: its name, and what it is bound to where that is called otherwise.
fn automation(args: &Init, screen: &Screen) -> Result<(String, Vec<String>), CliError> {
    let (called, more) = match (&args.called, screen.look().person) {
        (Some(called), _) => (called.clone(), Vec::new()),
        (None, false) => return Err(missing("say what the automation is called")),
        (None, true) => {
            let ask = "automations/NAME.toml: what is the AI called? If its switch has another name, say so behind it: \
                       NAME flag=OTHER";
            let typed = line::line(screen, ask, None).ok_or_else(left)?;
            let mut words = typed.split_whitespace().map(str::to_owned);
            (words.next().unwrap_or_default(), words.collect())
        }
    };
    name(&called, "an automation", "--automation").map_err(|e| e.next("aigov init --help"))?;
    Ok((called, args.binding.iter().cloned().chain(more).collect()))
}

/// people.toml's question: who owns it, and who else signs.
fn people(args: &Init, screen: &Screen, root: &Path) -> Result<(String, String), CliError> {
    if let Some(owner) = first_person(root) {
        return Ok((owner, OTHER.to_owned()));
    }
    let user = context::user().and_then(|u| draft::as_name(&u)).unwrap_or_else(|| "owner".to_owned());
    let words: Vec<String> = if !args.people.is_empty() {
        args.people.clone()
    } else if screen.look().person {
        let ask = "people.toml: who owns it, and who else signs before it may act alone again? Two short names";
        let typed = line::line(screen, ask, Some(&format!("{user} {OTHER}"))).ok_or_else(left)?;
        typed.split([' ', '\t', ',']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    } else {
        Vec::new()
    };
    let owner = words.first().cloned().unwrap_or(user);
    let other = words.get(1).cloned().unwrap_or_else(|| OTHER.to_owned());
    for person in [&owner, &other] {
        name(person, "a person", "--person").map_err(|e| e.next("aigov init --help"))?;
    }
    if owner == other {
        return Err(CliError::usage(format!("`{owner}` can't sign beside themselves: name somebody else"))
            .next(format!("aigov init --person {owner} --person NAME")));
    }
    Ok((owner, other))
}
