//! `aigov lint [PATH…]`: proves runbooks and inventory offline.
//!
//! Owns which files were asked for, and the exit code: 3 where something fails, 0 where nothing does.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::approval::review::{Of, last};
use crate::cli::args::Lint;
use crate::cli::args::lint::Format;
use crate::cli::change::Change;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind, word};
use crate::cli::files::{self, Texts};
use crate::cli::part::{self, Part};
use crate::cli::place::SETTINGS;
use crate::cli::{decoded, reviewed, walk};
use crate::diag::Severity;
use crate::lint::{self, Input, Outcome, Selection, Walk};
use crate::model::decode;
use crate::provider;
use crate::report::lint as report;
use crate::text::canon::sha256_hex;
use crate::text::safe;
use crate::ui::{Tone, diagnostic};

/// Lints, tells what was found, and answers the exit code.
pub(super) fn call(cx: &Context, args: &Lint) -> Result<u8, CliError> {
    if !cx.place.is_meant() {
        return Err(CliError::new(Kind::Usage, "there is no workspace here that could be linted")
            .hint("a workspace is a folder with aigov.toml; the sandbox is linted only when it is asked for")
            .next("aigov lint --sandbox"));
    }
    let selection = Selection::new(&args.only, &args.allow).map_err(|unknown| {
        let error = CliError::usage(unknown.to_string()).next("aigov explain");
        match unknown.near {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error,
        }
    })?;
    if args.against.is_none() && lint::against::is_named(&args.only) {
        return Err(CliError::usage("what a change weakens is found by holding it against a revision")
            .hint("name the revision with --against")
            .next(cx.command("lint --against origin/main")));
    }
    let whole = args.against.is_some() || args.paths_too || lint::paths::are_named(&args.only);
    let part = if whole {
        None
    } else {
        named(cx, &args.paths).and_then(|n| part::of(&cx.place, &n, provider::catalog()).map(|p| (n, p)))
    };
    let (files, shipped, asked, selection) = match part {
        Some((names, Part { files, without_runbooks })) => {
            let selection = if without_runbooks { selection.without_runbooks() } else { selection };
            (files, BTreeSet::new(), Some(names.into_iter().collect()), selection)
        }
        None => {
            let Texts { files, shipped, unread } = files::texts(&cx.place);
            if let Some(first) = unread.first() {
                return Err(CliError::failed(first.clone()).next(cx.command("lint")));
            }
            let own = files.keys().filter(|f| !shipped.contains(*f)).cloned().collect();
            let asked = asked(cx, &args.paths, &own)?;
            (files.into_iter().collect(), shipped, asked, selection)
        }
    };
    let then = args.against.as_deref().map(|name| Change::read(cx, name, &files, &selection)).transpose()?;
    let agreed = then.as_ref().map(|then| then.agreed(cx)).unwrap_or_default();
    let journal = has_journal(cx, &files);
    let reviewed = if journal { reviewed(cx, &files) } else { Vec::new() };
    let reviews = if journal { reviews(cx) } else { Vec::new() };
    let (workspace, problems) = decoded::workspace(files, &selection);
    let today = cx.now.day();
    let input = Input {
        workspace: &workspace,
        problems,
        catalog: provider::catalog(),
        today,
        shipped: &shipped,
        asked: asked.as_ref(),
        selection: &selection,
        demo: cx.place.is_sandbox(),
        reviews: &reviews,
        reviewed: &reviewed,
    };
    let walk = (args.paths_too || lint::paths::are_named(&args.only)).then_some(walk::on_all_cores as Walk);
    let before = then.as_ref().map(|then| then.before(&agreed));
    let outcome = lint::lint_against(input, walk, before.as_ref());
    let format = args.format.unwrap_or(if cx.json { Format::Json } else { Format::Human });
    let deny_warnings = args.deny.is_some();
    show(cx, &outcome, format, deny_warnings);
    let least = if deny_warnings { Severity::Warning } else { Severity::Error };
    let code = end(cx, &outcome, outcome.findings.iter().any(|f| f.severity >= least));
    // The process ends here: giving back ten thousand files piece by piece is time that somebody waits.
    std::mem::forget((workspace, outcome));
    Ok(code)
}

/// Whether there is a journal here that says something of these files. Where none is there nothing else has to be read: who
/// there is, and what git says of the folder.
fn has_journal(cx: &Context, files: &[(String, Vec<u8>)]) -> bool {
    if cx.place.is_sandbox() {
        return false;
    }
    let bytes = files.iter().find(|(path, _)| path == SETTINGS).map(|(_, bytes)| bytes.as_slice()).unwrap_or_default();
    let (source, _) = decode::source(SETTINGS, bytes);
    let settings = decode::settings(&source, provider::catalog()).value;
    cx.journal_by(Some(&settings)).is_dir()
}

/// What waits to be countersigned in the journal that is here. Where it can't be read, that is `verify`'s to say.
fn reviews(cx: &Context) -> Vec<lint::OpenReview> {
    let runs = cx.journal().runs().unwrap_or_default();
    let of = |run: &crate::journal::RunInfo| {
        let (id, automation) = (run.id.clone(), run.automation.clone());
        let open = run.reviews.clone().into_iter();
        open.map(move |(review, since)| lint::OpenReview {
            run: id.clone(),
            review,
            automation: automation.clone(),
            since: since.to_string().chars().take(10).collect(),
        })
    };
    runs.iter().flat_map(of).collect()
}

/// The last review that counts of each runbook, from the same journal.
fn reviewed(cx: &Context, files: &[(String, Vec<u8>)]) -> Vec<lint::Reviewed> {
    let all = reviewed::counted(cx).unwrap_or_default();
    let names: BTreeSet<&str> = all.iter().filter(|r| r.of == Of::Runbook).map(|r| r.name.as_str()).collect();
    let of = |name: &&str| {
        let path = format!("runbooks/{name}.toml");
        let (_, bytes) = files.iter().find(|(p, _)| *p == path)?;
        let (review, current) = last(&all, Of::Runbook, name, &sha256_hex(bytes))?;
        let (by, on) = (review.person.clone(), review.at.day());
        Some(lint::Reviewed { runbook: (*name).to_owned(), current, by, on })
    };
    names.iter().filter_map(of).collect()
}

fn show(cx: &Context, outcome: &Outcome, format: Format, deny_warnings: bool) {
    let prefix = prefix(cx);
    let raw = |text: &str| text.lines().for_each(|line| cx.screen.raw(line));
    match format {
        Format::Human => {
            let look = cx.screen.look();
            for finding in &outcome.findings {
                cx.screen.text(&diagnostic::render(finding, cx.screen.room(), look.colour && look.pages));
                cx.screen.text(" ");
            }
            let stronger = report::stronger(outcome, cx.screen.room());
            stronger.lines().for_each(|line| cx.screen.text(line));
            let answered = report::answered(outcome, cx.screen.room());
            answered.lines().for_each(|line| cx.screen.text(line));
        }
        Format::Json => report::json::lines(outcome, &prefix).iter().for_each(|o| cx.screen.raw(&o.to_string())),
        Format::Sarif => raw(&report::sarif::log(outcome, &prefix).to_string()),
        Format::Github => report::github::lines(outcome, &prefix).iter().for_each(|l| cx.screen.raw(l)),
        Format::Junit => raw(&report::junit::document(outcome, deny_warnings, &prefix)),
        Format::Markdown => raw(&report::markdown::comment(outcome, &prefix)),
    }
}

/// The last line, and where something fails the word and the next command.
fn end(cx: &Context, outcome: &Outcome, failed: bool) -> u8 {
    let tone = if failed { Tone::Bad } else { Tone::Good };
    if let Some(walked) = report::walked(outcome) {
        cx.screen.say(Tone::Plain, &walked);
    }
    cx.screen.say(tone, &report::last_line(outcome));
    let code = if failed { Kind::Findings.code() } else { 0 };
    if let Some(says) = outcome.compared.as_ref().and_then(|compared| unsigned(cx, outcome, &compared.name)) {
        cx.screen.say(Tone::Plain, &says);
    }
    if failed {
        cx.screen.say(Tone::Bad, &format!("Exit {code}: {}.", word(code)));
    }
    cx.screen.say(Tone::Plain, "Next:");
    match outcome.findings.first() {
        Some(first) => cx.screen.command(&format!("aigov explain {}", first.code)),
        None => cx.screen.command(&cx.command("explore RUNBOOK")),
    }
    code
}

/// How what is weakened is closed, where it still stands. A runner of CI has no journal unless somebody fetches it.
fn unsigned(cx: &Context, outcome: &Outcome, name: &str) -> Option<String> {
    let weakened = |f: &crate::diag::Diagnostic| lint::find(f.code.name).is_some_and(|(g, _)| g.name == "against");
    if !outcome.findings.iter().any(weakened) {
        return None;
    }
    let again = cx.command(&format!("review --against {}", safe::excerpt(name, 60)));
    if cx.journal_path().is_dir() {
        return Some(format!("What is weaker stands until those named above sign for it: {again}"));
    }
    let journal = safe::line(&cx.journal_path().display().to_string());
    let fetched = match cx.core().workspace.settings.as_ref().and_then(|s| s.journal.remote.as_ref()) {
        Some(_) => format!("; here, first: git clone --bare REMOTE {journal}, with the remote of [journal]"),
        None => String::new(),
    };
    Some(format!(
        "No review of this change is found: there is no journal at {journal}. It is made where the journal is: {again}{fetched}"
    ))
}

/// Where the workspace lies, seen from where the command was typed: what stands before a file's name in what programs read.
fn prefix(cx: &Context) -> String {
    let inside = cx.place.root.strip_prefix(&cx.machine.current).unwrap_or(Path::new(""));
    let parts: Vec<String> = inside.components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
    parts.iter().map(|p| format!("{p}/")).collect()
}

/// The names in the workspace of paths that are files; none where one of them is anything else.
fn named(cx: &Context, paths: &[PathBuf]) -> Option<Vec<String>> {
    let root = std::fs::canonicalize(&cx.place.root).ok()?;
    let mut out = Vec::new();
    for path in paths {
        let full = std::fs::canonicalize(plain(&cx.machine.current.join(path))).ok()?;
        let inside = full.strip_prefix(&root).ok()?;
        let parts: Option<Vec<&str>> = inside.components().map(|c| c.as_os_str().to_str()).collect();
        out.push(parts?.join("/"));
    }
    out.sort();
    out.dedup();
    Some(out)
}

/// The files of the workspace that these paths name; none where there are no paths.
fn asked(cx: &Context, paths: &[PathBuf], files: &BTreeSet<String>) -> Result<Option<BTreeSet<String>>, CliError> {
    if paths.is_empty() {
        return Ok(None);
    }
    let root = std::fs::canonicalize(&cx.place.root).unwrap_or_else(|_| cx.place.root.clone());
    let mut out = BTreeSet::new();
    for path in paths {
        let shown = safe::line(&path.display().to_string());
        let full = plain(&cx.machine.current.join(path));
        let Ok(full) = std::fs::canonicalize(&full) else {
            return Err(CliError::usage(format!("there is no file {shown}")).next(cx.command("lint")));
        };
        let Ok(inside) = full.strip_prefix(&root) else {
            let says = format!("{shown} does not belong to the workspace {}", cx.place.root.display());
            let hint = "name the workspace that it belongs to with -C";
            return Err(CliError::usage(says).hint(hint).next(cx.command("lint")));
        };
        let name: Vec<String> = inside.components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
        let name = name.join("/");
        let below = format!("{name}/");
        let before = out.len();
        out.extend(files.iter().filter(|f| **f == name || f.starts_with(&below) || name.is_empty()).cloned());
        if out.len() == before && !files.contains(&name) && !full.is_dir() {
            let says = format!("{shown} is not a file that a workspace has");
            let hint = "it has aigov.toml, people.toml, automations/*.toml, runbooks/**/*.toml, templates/*.txt and \
                        templates/obligations.toml";
            return Err(CliError::usage(says).hint(hint).next(cx.command("lint")));
        }
    }
    Ok(Some(out))
}

/// A path without `.` and `..`, as far as it can be told without looking.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            part => out.push(part),
        }
    }
    out
}
