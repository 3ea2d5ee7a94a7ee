//! `aigov people check`, and what else there is to do about people.

mod add;
mod answer;
mod drill;

use serde_json::json;

use crate::cli::args::People;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::cli::practised;
use crate::report::people::{self, Cover, Row};
use crate::text::safe;
use crate::ui::{Tone, table};

/// Carries out what was typed.
pub(super) fn call(cx: &Context, what: &People) -> Result<u8, CliError> {
    match what {
        People::Check => check(cx),
        People::Add(args) => add::call(cx, args),
        People::Drill(args) => drill::call(cx, args),
        People::Answer(args) => answer::call(cx, args),
    }
}

fn check(cx: &Context) -> Result<u8, CliError> {
    let workspace = &cx.loaded().workspace;
    let Some(roster) = &workspace.people else {
        return Err(CliError::usage("there is no people.toml here, or it can't be read").next(cx.command("lint")));
    };
    let found = people::check(workspace, roster, cx.now);
    let practised = practised::of(cx)?;
    if cx.json {
        for row in &found.rows {
            cx.screen.raw(
                &json!({
                    "kind": row.kind, "name": row.name, "who": row.who, "there": row.there, "cover": word(row.cover),
                    "hangs-on": row.hangs_on, "by-pager": row.by_pager,
                })
                .to_string(),
            );
        }
        for p in &practised {
            cx.screen.raw(
                &json!({
                    "kind": "drill", "name": p.person, "came": p.outcome.word(), "drill": p.drill, "asked": p.at,
                    "says": p.says(cx.now),
                })
                .to_string(),
            );
        }
        for says in &found.soon {
            cx.screen.raw(&json!({ "kind": "soon", "says": says }).to_string());
        }
    } else {
        let rows: Vec<[String; 4]> = found.rows.iter().map(line).collect();
        cx.screen.text(&table::draw(["", "what", "who", "now"], &rows, cx.screen.room()));
        for p in &practised {
            let (tone, mark) = match p.good() {
                true => (Tone::Good, "ok"),
                false => (Tone::Doubt, "DOUBT"),
            };
            cx.screen.labelled(tone, mark, &safe::line(&format!("{}: {}", p.person, p.says(cx.now))));
        }
        for says in &found.soon {
            cx.screen.labelled(Tone::Doubt, "-", &safe::line(says));
        }
    }
    if found.holds() {
        cx.screen.say(Tone::Plain, "Next:");
        cx.screen.command(&cx.command("lint"));
        return Ok(0);
    }
    let missing: Vec<String> =
        found.rows.iter().filter(|r| r.cover == Cover::Nobody).map(|r| format!("{} {}", r.kind, r.name)).collect();
    Err(CliError::new(Kind::Findings, format!("nobody covers {}", safe::line(&missing.join(", "))))
        .next(cx.command("people add NAME --function … --role … --key FILE")))
}

const fn word(cover: Cover) -> &'static str {
    match cover {
        Cover::Nobody => "nobody",
        Cover::OneAway => "one-away",
        Cover::Well => "well",
    }
}

fn line(row: &Row) -> [String; 4] {
    let mark = match row.cover {
        Cover::Nobody => "FAIL",
        Cover::OneAway => "DOUBT",
        Cover::Well => "ok",
    };
    let who = match (row.by_pager, row.who.is_empty()) {
        (true, _) => "asked of the pager".to_owned(),
        (false, true) => "nobody".to_owned(),
        (false, false) => safe::line(&row.who.join(", ")),
    };
    let hangs = match row.hangs_on.as_slice() {
        [] => String::new(),
        people => format!("; falls without {}", safe::line(&people.join(" or "))),
    };
    let now = format!("{} of {} there{hangs}", row.there.len(), row.who.len());
    let now = if row.by_pager { String::new() } else { now };
    [mark.to_owned(), format!("{} {}", row.kind, safe::line(&row.name)), who, now]
}
