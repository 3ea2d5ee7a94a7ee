//! `aigov score [RUN]`: how a drill was played, computed from its record alone.

use serde_json::json;

use crate::cli::args;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::cli::record::Story;
use crate::journal::{RunInfo, Store};
use crate::report::score::{Rating, Remark, Score, compared, html, json as object, lines};
use crate::text::safe;
use crate::text::time::Instant;
use crate::ui::{Tone, table};

/// How many earlier drills are looked at for one of the same scenario.
const LOOK_BACK: usize = 50;

/// Shows one, or lists them.
pub(super) fn call(cx: &Context, args: &args::Score) -> Result<u8, CliError> {
    let store = cx.drills();
    match &args.run {
        None => list(cx, &store),
        Some(run) => {
            let run = store.find(run)?;
            let story = Story::of(&store, &run)?;
            let score = Score::of(&story.records).ok_or_else(|| {
                CliError::new(Kind::Usage, format!("run {run} was not played from a scenario, so there is no score"))
                    .next(cx.command("score"))
            })?;
            let broken = if score.rehearsal.player.is_none() { broken(&store, &run)? } else { None };
            if let Some(says) = &broken {
                // A score is worth what its record is worth.
                let says = format!("the record of drill {run} is not whole, so this score proves nothing: {says}");
                cx.screen.in_drill().labelled(Tone::Bad, "FAIL", &says);
            }
            let code = |rating| if broken.is_some() { Kind::Journal.code() } else { code(rating) };
            let before = last_before(&store, &score, score.rehearsal.begins);
            let remarks = super::note::remark::all(cx, &run, &story.records);
            if args.html {
                cx.screen.raw(html(&score, &story.records, before.as_ref(), &remarks).trim_end());
            } else {
                show(cx, &score, before.as_ref(), &remarks);
            }
            Ok(code(score.rating))
        }
    }
}

/// What is wrong with the record of a drill that people played, with every vote's signature checked; none when it is whole.
fn broken(store: &Store, run: &str) -> Result<Option<String>, CliError> {
    let reports = store.verify_with(Some(run), Some(&super::verify::checker()))?;
    let wrong = reports.iter().filter(|r| !r.whole());
    Ok(wrong.flat_map(|r| r.first_broken().or_else(|| r.findings.first())).map(|f| safe::line(&f.says)).next())
}

/// The exit code of a rating: a drill with a red line fails, one with major challenges has findings.
pub(super) const fn code(rating: Rating) -> u8 {
    match rating {
        Rating::Performed | Rating::Some => 0,
        Rating::Major => Kind::Findings.code(),
        Rating::Unable => Kind::Failed.code(),
    }
}

/// Prints a score, what changed since the last drill of the same scenario, and what evaluators say of it.
pub(super) fn show(cx: &Context, score: &Score, before: Option<&Score>, remarks: &[Remark]) {
    if cx.json {
        let mut whole = object(score);
        if let (Some(map), Some(before)) = (whole.as_object_mut(), before) {
            map.insert(
                "before".to_owned(),
                json!({ "run": before.run, "score": before.sum, "rating": before.rating.letter() }),
            );
        }
        if let Some(map) = whole.as_object_mut() {
            map.insert("remarks".to_owned(), remarks.iter().map(Remark::json).collect());
        }
        cx.screen.raw(&whole.to_string());
        return;
    }
    for line in lines(score).iter().chain(&before.map(|b| compared(score, b)).unwrap_or_default()) {
        cx.screen.text(line);
    }
    // What an evaluator thinks stands apart from what anybody can compute.
    for remark in remarks {
        cx.screen.text(&format!("DRILL remark of {}", remark.told()));
    }
}

/// The last kept drill of the very same scenario that began before, by the clock of the world.
pub(super) fn last_before(store: &Store, of: &Score, begins: Instant) -> Option<Score> {
    let runs = store.runs().ok()?;
    let same = |info: &&RunInfo| Some(&info.id) != of.run.as_ref() && info.started < begins;
    let earlier = runs.iter().rev().filter(same).take(LOOK_BACK);
    earlier
        .filter_map(|info| store.read(&info.id).ok())
        .filter_map(|records| Score::of(&records))
        .find(|s| s.digest == of.digest)
}

fn list(cx: &Context, store: &Store) -> Result<u8, CliError> {
    let runs = store.runs()?;
    let mut rows: Vec<[String; 5]> = Vec::new();
    for info in runs.iter().rev() {
        let Some(score) = store.read(&info.id).ok().and_then(|r| Score::of(&r)) else { continue };
        if cx.json {
            cx.screen.raw(&object(&score).to_string());
            continue;
        }
        rows.push([
            info.id.clone(),
            safe::line(&score.rehearsal.scenario),
            score.rehearsal.player.clone().unwrap_or_else(|| "people".to_owned()),
            score.sum.to_string(),
            score.rating.letter().to_owned(),
        ]);
    }
    if cx.json {
        return Ok(0);
    }
    let newest = rows.first().map(|r| r[0].clone());
    if rows.is_empty() {
        cx.screen.say(Tone::Plain, "No drill was kept here yet.");
    } else {
        cx.screen
            .text(table::draw(["Drill", "Scenario", "Played by", "Score", ""], &rows, cx.screen.room()).trim_end());
    }
    cx.screen.say(Tone::Plain, "Next:");
    cx.screen.command(&cx.command(&newest.map_or_else(|| "rehearse".to_owned(), |run| format!("score {run}"))));
    Ok(0)
}
