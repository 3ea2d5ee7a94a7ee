//! `aigov people add NAME`: a table behind what stands in people.toml, which is not touched otherwise.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;

use serde_json::json;

use crate::cli::args::AddPerson;
use crate::cli::context::{Context, agent};
use crate::cli::error::{CliError, Kind};
use crate::keys::{Agent, Ring};
use crate::model::decode;
use crate::model::key::PublicKey;
use crate::port::Signer as _;
use crate::text::safe;
use crate::text::source::Source;
use crate::ui::Tone;

/// The longest key that is read.
const LONGEST: u64 = 64 * 1024;

/// Writes the person.
pub(super) fn call(cx: &Context, args: &AddPerson) -> Result<u8, CliError> {
    if cx.place.is_sandbox() {
        return Err(CliError::usage("the sandbox has its own people: make a workspace first")
            .next("aigov init --automation NAME --url URL"));
    }
    let name = args.called.as_str();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || !name.chars().all(plain) || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err(CliError::usage(format!("`{}` is no name for files and records", safe::line(name)))
            .hint("small letters, digits and hyphens, such as ada; --full-name takes the rest"));
    }
    let path = cx.place.root.join("people.toml");
    let before = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            "#:schema .aigov/schema/people.json\nschema = 1\n".to_owned()
        }
        Err(e) => return Err(CliError::failed("people.toml can't be read").because(e)),
    };
    let there = decode::people(&Source::new("people.toml", before.as_str()));
    if there.value.knows(name) {
        return Err(CliError::new(
            Kind::Refused,
            format!("there is a person or role `{name}` already; nothing is overwritten"),
        )
        .hint("edit people.toml to change what stands there")
        .next(cx.command("people check")));
    }
    let key = args.key.as_deref().map(key).transpose()?;
    let added = table(args, key.as_deref());
    let gap = if before.ends_with("\n\n") || before.is_empty() {
        ""
    } else if before.ends_with('\n') {
        "\n"
    } else {
        "\n\n"
    };
    let text = format!("{before}{gap}{added}");
    // What stood there may have problems of its own: only new ones count.
    let after = decode::people(&Source::new("people.toml", text.as_str()));
    if after.problems.len() > there.problems.len() || after.value.persons.get(name).is_none() {
        let why = after.problems.last().map(|p| p.message.clone()).unwrap_or_default();
        return Err(CliError::usage(format!("people.toml would not hold together: {}", safe::line(&why)))
            .hint("nothing was written")
            .next(cx.command("lint people.toml")));
    }
    replace(&path, &text).map_err(|e| CliError::failed("people.toml can't be written").because(e))?;
    if cx.json {
        cx.screen.raw(&json!({ "file": "people.toml", "person": name, "written": true }).to_string());
    } else {
        cx.screen.text(added.trim_end());
        cx.screen.labelled(Tone::Good, "ok", &format!("people.toml: {name} stands at its end"));
    }
    if key.is_none() && !args.functions.is_empty() {
        cx.screen.labelled(Tone::Doubt, "DOUBT", &format!("{name} may be asked to approve, and has no key yet"));
    }
    cx.screen
        .say(Tone::Plain, "Who votes is who stands there when a run begins, in the commit that git has: commit it.");
    cx.screen.say(Tone::Plain, "Next:");
    cx.screen.command(&cx.command("people check"));
    Ok(0)
}

/// The one line of the public key.
fn key(from: &Path) -> Result<String, CliError> {
    let text = match from.to_str() {
        Some("agent") => return of_agent(),
        Some("-") => {
            let mut text = String::new();
            std::io::stdin()
                .take(LONGEST)
                .read_to_string(&mut text)
                .map_err(|e| CliError::failed("standard input can't be read").because(e))?;
            text
        }
        _ => {
            let named = |e| CliError::usage(format!("{} can't be read", from.display())).because(e);
            let mut text = String::new();
            fs::File::open(from).and_then(|f| f.take(LONGEST).read_to_string(&mut text)).map_err(named)?;
            text
        }
    };
    if text.contains("PRIVATE KEY") {
        return Err(CliError::usage("this is a private key: it stays where it is")
            .hint(format!("give the public half, {}.pub", from.display())));
    }
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).collect();
    let [line] = lines.as_slice() else {
        return Err(CliError::usage(format!("{} lines are not the one line of a public key", lines.len())));
    };
    let key = PublicKey::parse(line).map_err(|e| CliError::usage(e.to_string()))?;
    // The remark behind it is kept: it says whose it is to whoever reads the file.
    let remark = line.split_whitespace().skip(2).collect::<Vec<_>>().join(" ");
    Ok(safe::line(format!("{} {remark}", key.line()).trim_end()))
}

fn of_agent() -> Result<String, CliError> {
    let Some(socket) = agent() else {
        return Err(CliError::usage("no ssh-agent is known here: SSH_AUTH_SOCK is not set")
            .hint("give a .pub file instead: --key FILE"));
    };
    let held = Ring::new(Some(Agent::new(&socket)), Vec::new()).held();
    match held.as_slice() {
        [key] => Ok(key.line()),
        [] => Err(CliError::usage("the ssh-agent holds no key that can vote").hint("add one with ssh-add")),
        several => {
            let mut error =
                CliError::usage("the ssh-agent holds several keys: give the .pub file of the one that is meant");
            for key in several {
                error = error.hint(format!("{} {}", key.kind().name(), key.fingerprint()));
            }
            Err(error)
        }
    }
}

/// The table as it is written.
fn table(args: &AddPerson, key: Option<&str>) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let list = |all: &[String]| all.iter().map(|t| quoted(t)).collect::<Vec<_>>().join(", ");
    let mut out = format!("[persons.{}]\n", args.called);
    // Writing to a String can't fail.
    if let Some(name) = &args.full_name {
        let _ = writeln!(out, "name      = {}", quoted(name));
    }
    if !args.functions.is_empty() {
        let _ = writeln!(out, "functions = [{}]", list(&args.functions));
    }
    if !args.carries.is_empty() {
        let _ = writeln!(out, "roles     = [{}]", list(&args.carries));
    }
    if let Some(key) = key {
        let _ = writeln!(out, "keys      = [{}]", quoted(key));
    }
    for (name, value) in [("encrypt", &args.encrypt), ("email", &args.email)] {
        if let Some(value) = value {
            let _ = writeln!(out, "{name:<9} = {}", quoted(value));
        }
    }
    out
}

/// Puts the whole text in the file's place at once: half a roster would be somebody's.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    // A link stays one, and what it leads to is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let draft = path.with_extension(format!("toml.{}", std::process::id()));
    let written = fs::File::create(&draft)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| match fs::metadata(&path) {
            Ok(was) => fs::set_permissions(&draft, was.permissions()),
            Err(_) => Ok(()),
        })
        .and_then(|()| fs::rename(&draft, &path));
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written
}
