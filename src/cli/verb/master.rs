//! `aigov master RUN`: the game master's own terminal.
//!
//! Shows the schedule, and leaves orders where whoever plays finds them. Holds nothing: what was done stands in the drill's
//! record once the players' process has taken it.

use crate::cli::args::{Deed, Master as Args};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::cli::record::{Story, fetch};
use crate::cli::session::{self, Wishes};
use crate::journal::Store;
use crate::model::scenario::Channel;
use crate::model::word::Word as _;
use crate::plan::rehearsal::{Inject, Rehearsal, unsealed};
use crate::report::drill::offset;
use crate::run::event::Event;
use crate::run::left::{Left, Order, What};
use crate::run::record::{DeliveredWhat, sha256_hex};
use crate::text::{safe, suggest};
use crate::ui::typing::Typing;
use crate::ui::{Tone, table};

/// Does one thing, or shows the schedule and does what is typed.
pub(super) fn call(cx: &Context, args: &Args) -> Result<u8, CliError> {
    fetch(cx);
    let story = Story::read(cx, &args.run)?;
    let this = Desk { cx, args, run: story.run.clone() };
    let rehearsal = this.rehearsal(&story)?;
    match args.order {
        Some(deed) => {
            this.leave(&rehearsal, deed, args.text.as_deref())?;
            this.next();
            Ok(0)
        }
        None => this.sit(&rehearsal),
    }
}

struct Desk<'a> {
    cx: &'a Context,
    args: &'a Args,
    run: String,
}

impl Desk<'_> {
    fn rehearsal(&self, story: &Story) -> Result<Rehearsal, CliError> {
        let start = story.records.first().and_then(|r| r.detail.start.as_ref());
        let rehearsal = start.and_then(|s| s.rehearsal.as_deref()).filter(|r| r.player.is_none());
        rehearsal.cloned().ok_or_else(|| {
            CliError::usage(format!("run {} is no drill with people", self.run)).next(self.cx.command("rehearse"))
        })
    }

    fn next(&self) {
        self.cx.screen.say(Tone::Plain, "Next:");
        self.cx.screen.command(&self.cx.command(&format!("master {}", self.run)));
    }

    /// The schedule, and what became of each part of it.
    fn schedule(&self, rehearsal: &Rehearsal) -> Result<bool, CliError> {
        let (cx, story) = (self.cx, Story::read(self.cx, &self.run)?);
        let came = |id: &str| {
            let of = story.records.iter().find(|r| {
                let drill = r.detail.drill.as_ref();
                drill.is_some_and(|d| !id.is_empty() && d.id == id && d.what != DeliveredWhat::Struck)
            });
            of.and_then(|r| Some((r.detail.drill.as_ref()?.what, r.at)))
        };
        let course = crate::cli::drill::course(&story.records);
        let since = course.as_ref().map(|c| c.now().since(rehearsal.begins)).unwrap_or_default();
        let row = |i: &Inject| {
            let standing = match came(&i.id) {
                Some((DeliveredWhat::Skipped, _)) => "left out".to_owned(),
                Some((_, at)) => format!("came {}", offset(at.since(rehearsal.begins))),
                None => i.when.map_or_else(|| "to come".to_owned(), |w| format!("when {}", w.word())),
            };
            let marks = [(i.trap, "TRAP: "), (i.sealed.is_some(), "SEALED: ")];
            let marks: String = marks.iter().filter(|(is, _)| *is).map(|(_, word)| *word).collect();
            [offset(i.at), safe::line(&i.id), standing, format!("{marks}{}", safe::line(&i.text))]
        };
        let rows: Vec<[String; 4]> = rehearsal.injects.iter().map(row).collect();
        if cx.json {
            for [at, id, standing, text] in &rows {
                let whole = serde_json::json!({ "at": at, "inject": id, "standing": standing, "text": text });
                cx.screen.raw(&whole.to_string());
            }
        } else {
            let stands = if course.as_ref().is_some_and(|c| c.stands()) { ", and the time stands" } else { "" };
            cx.screen.say(Tone::Strong, &format!("{} at {}{stands}", safe::line(&rehearsal.scenario), offset(since)));
            let drawn = table::draw(["Due", "Inject", "", "What it says"], &rows, cx.screen.room());
            cx.screen.text(drawn.trim_end());
            for absence in &rehearsal.absences {
                let until = absence.until.map_or_else(String::new, |u| format!(" until {}", offset(u)));
                let text = format!(
                    "{} is absent from {}{until}: {}; nobody plays them",
                    safe::line(&absence.person),
                    offset(absence.from),
                    absence.how.word()
                );
                cx.screen.labelled(Tone::Plain, "-", &text);
            }
        }
        self.is_over()
    }

    /// Reads what the game master types, until they leave or the drill is over.
    fn sit(&self, rehearsal: &Rehearsal) -> Result<u8, CliError> {
        let screen = &self.cx.screen;
        let over = self.schedule(rehearsal)?;
        if over || self.cx.json || !screen.look().person {
            screen.say(Tone::Plain, "Next:");
            let next = if over { format!("score {}", self.run) } else { format!("master {} next", self.run) };
            screen.command(&self.cx.command(&next));
            return Ok(0);
        }
        screen.say(
            Tone::Plain,
            "next, say TEXT, pause, resume, skip INJECT, open, abort WORD; Enter shows the schedule, q leaves",
        );
        // Each line with an ear of its own, so that a passphrase can be asked for between two.
        while let Some(line) = Typing::lines().ok().and_then(|typing| typing.line()) {
            let (word, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
            let rest = Some(rest.trim()).filter(|r| !r.is_empty());
            let done = match word {
                "" => self.schedule(rehearsal).map(drop),
                "q" | "quit" => break,
                word => match <Deed as clap::ValueEnum>::from_str(word, true) {
                    Ok(deed) => self.leave(rehearsal, deed, rest),
                    Err(_) => Err(CliError::usage(format!("`{}` is nothing a game master does", safe::line(word)))),
                },
            };
            if let Err(e) = done {
                if e.kind == Kind::Interrupted {
                    return Err(e);
                }
                screen.labelled(Tone::Bad, "error", &safe::line(&e.says));
                e.hints.iter().for_each(|h| screen.labelled(Tone::Plain, "", &safe::line(h)));
            }
        }
        self.next();
        Ok(0)
    }

    fn leave(&self, rehearsal: &Rehearsal, deed: Deed, text: Option<&str>) -> Result<(), CliError> {
        let lacks = |what: &str| CliError::usage(format!("say {what}")).next(self.cx.command("master --help"));
        let orders = match deed {
            Deed::Next => vec![Order::Next],
            Deed::Pause => vec![Order::Pause],
            Deed::Resume => vec![Order::Resume],
            Deed::Say => vec![self.say(rehearsal, text.ok_or_else(|| lacks("what is said"))?)?],
            Deed::Skip => vec![Order::Skip(skipped(rehearsal, text.ok_or_else(|| lacks("which inject"))?)?)],
            Deed::Open => self.opened(rehearsal)?,
            Deed::Abort if text.is_some_and(|t| t.eq_ignore_ascii_case(&rehearsal.abort_word)) => vec![Order::Abort],
            Deed::Abort => {
                let says = format!("the abort word is \"{}\"; the drill goes on", safe::line(&rehearsal.abort_word));
                return Err(CliError::usage(says).next(self.cx.command(&format!("master {}", self.run))));
            }
        };
        if self.is_over()? {
            return self.at_the_end(&orders);
        }
        let store = self.cx.journal_for_writing();
        for order in orders {
            let by = self.args.person.clone().unwrap_or_else(|| "game master".to_owned());
            put(self.cx, &store, &self.run, &by, What::Master(order))?;
        }
        self.cx.screen.labelled(Tone::Good, "ok", "left for whoever plays; it stands in the record once they have it");
        Ok(())
    }

    fn is_over(&self) -> Result<bool, CliError> {
        let story = Story::read(self.cx, &self.run)?;
        let ended = story.records.iter().any(|r| matches!(r.event, Event::RunEnded { .. }));
        Ok(ended || crate::cli::drill::is_over(&story.records))
    }

    /// Nobody plays any more: what was sealed goes onto the record at once, and nothing else can be done.
    fn at_the_end(&self, orders: &[Order]) -> Result<(), CliError> {
        let mut told = 0;
        for order in orders {
            let Order::Open { id, sealed } = order else { continue };
            let wishes = Wishes { person: None, answers: None };
            session::act(self.cx, &self.run, &wishes, |driver, _| driver.unsealed(id, unsealed(sealed)))?;
            told += 1;
        }
        if told == 0 {
            return Err(CliError::usage("this drill is over").next(self.cx.command(&format!("score {}", self.run))));
        }
        self.cx.screen.labelled(Tone::Good, "ok", "opened; what was sealed stands in the record");
        Ok(())
    }

    fn say(&self, rehearsal: &Rehearsal, text: &str) -> Result<Order, CliError> {
        let channel = Channel::ALL.iter().find(|c| c.word() == self.args.channel).copied().ok_or_else(|| {
            let error = CliError::usage(format!("`{}` is no way to be reached", safe::line(&self.args.channel)));
            error.hint(format!("there is {}", suggest::list(Channel::ALL.iter().map(|c| c.word()))))
        })?;
        let everybody = || rehearsal.roles.keys().cloned().collect();
        let to = if self.args.to.is_empty() { everybody() } else { self.args.to.clone() };
        Ok(Order::Say { channel, to, text: text.to_owned() })
    }

    /// Every sealed inject, opened with the game master's key.
    fn opened(&self, rehearsal: &Rehearsal) -> Result<Vec<Order>, CliError> {
        let sealed = rehearsal.injects.iter().filter_map(|i| Some((i, i.sealed.as_ref()?)));
        let identity = super::show_open::identity(self.cx, self.args.identity.as_deref())?;
        let mut orders = Vec::new();
        for (inject, sealed) in sealed {
            let whole = crate::journal::open_text(&sealed.age, &identity).map_err(|e| {
                CliError::new(Kind::Refused, format!("{} can't be opened: {e}", safe::line(&inject.id)))
                    .next(self.cx.command(&format!("master {} open --identity FILE", self.run)))
            })?;
            if sha256_hex(whole.as_bytes()) != sealed.sha256 {
                let says = format!("what is sealed as {} is not what was pinned", safe::line(&inject.id));
                return Err(CliError::new(Kind::Refused, says).next(self.cx.command(&format!("master {}", self.run))));
            }
            orders.push(Order::Open { id: inject.id.clone(), sealed: whole });
        }
        if orders.is_empty() {
            return Err(CliError::usage("nothing in this scenario is sealed"));
        }
        Ok(orders)
    }
}

fn skipped(rehearsal: &Rehearsal, id: &str) -> Result<String, CliError> {
    let known = || rehearsal.injects.iter().map(|i| i.id.as_str());
    if known().any(|k| k == id) {
        return Ok(id.to_owned());
    }
    let error = CliError::usage(format!("there is no inject `{}`", safe::line(id)));
    Err(match suggest::nearest(id, known()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("there is {}", suggest::list(known()))),
    })
}

/// Leaves something for a drill, here and on the remote.
///
/// # Errors
/// The journal can't be written.
pub(super) fn put(cx: &Context, store: &Store, run: &str, by: &str, what: What) -> Result<(), CliError> {
    let left =
        Left { nonce: crate::cli::signing::nonce(), run: run.to_owned(), by: by.to_owned(), at: cx.time(), what };
    store.put_left(&left)?;
    for why in store.push_left(&left) {
        let says = format!("it has not reached the remote; it is kept here: {}", safe::line(&why));
        cx.screen.labelled(Tone::Doubt, "DOUBT", &says);
    }
    Ok(())
}
