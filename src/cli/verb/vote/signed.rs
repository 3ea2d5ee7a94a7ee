//! A vote that is somebody's: the key that is here, the statement, the signature; or a statement signed elsewhere.

use std::path::{Path, PathBuf};

use super::{Open, read_text};
use crate::approval::render;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::cli::keys;
use crate::cli::ports::now;
use crate::cli::record::Story;
use crate::cli::signing;
use crate::model::key::PublicKey;
use crate::plan::{Person, Touch};
use crate::port::{Keys as _, Signer as _};
use crate::run::asked::{self, Looked, opened};
use crate::run::record::{Decision, Signed, Vote};
use crate::text::safe;
use crate::ui::Tone;

/// A statement that was signed elsewhere, and its signature beside it.
fn brought(file: &Path) -> Result<Signed, CliError> {
    let mut beside: PathBuf = file.to_path_buf();
    beside.as_mut_os_string().push(".sig");
    Ok(Signed { statement: read_text(file)?, signature: read_text(&beside)? })
}

/// Whether exactly this vote lies with the run already, counted or not: bringing it again changes nothing.
pub(super) fn seen(cx: &Context, story: &Story, file: &Path) -> Result<bool, CliError> {
    let brought = brought(file)?;
    let same = |vote: &Vote| vote.signed.as_deref() == Some(&brought);
    if story.records.iter().filter_map(|r| r.detail.vote.as_ref()).any(same) {
        return Ok(true);
    }
    Ok(cx.journal().votes(&story.run, &|_| false)?.iter().any(same))
}

impl Open<'_> {
    /// A vote with its signature; none when the statement was only printed.
    pub(super) fn signed(&self, decision: Decision, text: Option<String>) -> Result<Option<Vote>, CliError> {
        let elsewhere = &self.args.elsewhere;
        if let Some(file) = &elsewhere.import {
            return self.import(file, decision).map(Some);
        }
        if !elsewhere.print && self.args.code.is_some() {
            let says = "here the code is typed by a person at a terminal; nothing was voted";
            return Err(CliError::new(Kind::Refused, says).next(self.cx.command(&format!("approve {}", self.run))));
        }
        let ring = keys::ring(self.cx, elsewhere.key.as_deref());
        let (person, key) = if elsewhere.print { self.of_roster(&ring)? } else { self.here(&ring)? };
        let id = format!("{}-{}", key.short(), signing::nonce());
        let mut vote = self.vote(person.name.clone(), id, decision, text);
        self.held_against(&vote, &Looked::ToCome)?;
        let asked = asked::asked(self.plan, self.ledger, self.open);
        if elsewhere.print {
            vote.reason = self.reason()?;
            let statement = render(&asked, &asked::said(&vote, &key.fingerprint()));
            signing::print(self.cx, &statement, asked.namespace, &format!("approve {}", self.run));
            return Ok(None);
        }
        let held = format!("{} signs with {} {}", safe::line(&person.name), key.kind().name(), key.fingerprint());
        self.cx.screen.say(Tone::Plain, &held);
        self.confirm(&vote, false)?;
        vote.reason = self.reason()?;
        vote.at = self.cx.time();
        let statement = render(&asked, &asked::said(&vote, &key.fingerprint()));
        if self.open_touch(person, &key) {
            self.cx.screen.say(Tone::Plain, "Touch the key now.");
        }
        let signature = signing::sign(&ring, &key, asked.namespace, &statement, &self.again(decision))?;
        vote.signed = Some(Box::new(Signed { statement, signature }));
        self.checked(vote).map(Some)
    }

    fn open_touch(&self, person: &Person, key: &PublicKey) -> bool {
        let line = key.line();
        key.kind().is_hardware()
            && (self.gate.touch != Touch::None || person.keys.iter().any(|k| k.key == line && k.hardware))
    }

    /// Judged as whoever holds the run will judge it, before it leaves.
    fn checked(&self, vote: Vote) -> Result<Vote, CliError> {
        let port = keys::port(self.cx);
        let namespace = asked::namespace(self.plan, self.ledger, self.open.gate);
        let (vote, looked) =
            opened(vote, self.plan.votes, |of, text, signature| port.check(of, text, signature), namespace);
        self.held_against(&vote, &looked)?;
        Ok(vote)
    }

    /// A statement that was signed on another machine, or on paper and typed in.
    fn import(&self, file: &Path, decision: Decision) -> Result<Vote, CliError> {
        let Signed { statement, signature } = brought(file)?;
        let bad = |why: String| CliError::usage(format!("{} can't be taken: {}", file.display(), safe::line(&why)));
        let read = crate::approval::read(&statement).map_err(bad)?;
        let mut vote = self.vote(read.said.person.clone(), read.said.nonce.clone(), decision, None);
        if let Some(digest) = &read.said.reason {
            // The reason was kept when the statement was printed; its length is not told by a digest.
            let (subject, digest) = ("reason".to_owned(), digest.clone());
            vote.reason =
                Some(crate::run::record::PayloadRef { subject, digest, length: 0, sealed: None, apart: false });
        }
        vote.signed = Some(Box::new(Signed { statement, signature }));
        let vote = self.checked(vote)?;
        if vote.decision != decision {
            let says = format!("the statement says `{}`", crate::approval::statement::word(read.said.say));
            return Err(CliError::usage(format!("{says}, and you typed another verb")));
        }
        Ok(vote)
    }

    /// The person and the key that will sign: the one that is here and whose vote would count.
    fn here(&self, ring: &crate::keys::Ring) -> Result<(&Person, PublicKey), CliError> {
        let held = keys::held(ring, &self.plan.roster);
        let wanted = |p: &Person| self.args.person.as_ref().is_none_or(|name| *name == p.name);
        let mine: Vec<_> = held.into_iter().filter(|(p, _)| wanted(p)).collect();
        match &mine[..] {
            [(person, theirs)] => self.best(person, theirs),
            [] => {
                let found: Vec<String> = ring.held().iter().map(PublicKey::fingerprint).collect();
                let whose = self.args.person.as_deref().unwrap_or("anybody in the roster of this run");
                let says = format!("no key of {} is here, so nobody can vote", safe::line(whose));
                let error = CliError::new(Kind::Refused, says);
                let error = match found.is_empty() {
                    true => error.hint("there is no ssh-agent with keys, and no key file in ~/.ssh"),
                    false => error.hint(format!("here there is {}", found.join(", "))),
                };
                Err(error
                    .hint("to sign on another machine, add --print --as NAME")
                    .next(self.cx.command(&format!("approve {} {} --key FILE", self.run, self.gate.id))))
            }
            several => {
                let mut error = CliError::usage("keys of several people are here: say who you are");
                for (person, _) in several {
                    error = error.hint(format!("--as {}", safe::line(&person.name)));
                }
                Err(error.next(self.cx.command(&format!("approve {} {} --as NAME", self.run, self.gate.id))))
            }
        }
    }

    /// For a statement that is only printed: the person who is named, with the key that is named or their first.
    fn of_roster(&self, ring: &crate::keys::Ring) -> Result<(&Person, PublicKey), CliError> {
        let Some(name) = &self.args.person else { return self.here(ring) };
        let person = self.plan.roster.iter().find(|p| p.name == *name);
        let person = person.ok_or_else(|| {
            CliError::usage(format!("nobody is called `{}` in the roster of this run", safe::line(name)))
        })?;
        let theirs: Vec<PublicKey> = person.keys.iter().filter_map(|k| PublicKey::parse(&k.key).ok()).collect();
        let public = self.args.elsewhere.key.as_ref().and_then(|f| std::fs::read_to_string(f).ok());
        let named = public.and_then(|text| PublicKey::parse(&text).ok());
        match named {
            Some(key) if theirs.contains(&key) => Ok((person, key)),
            Some(_) => Err(CliError::new(Kind::Refused, format!("that is no key of {}", safe::line(name)))),
            None => self.best(person, &theirs),
        }
    }

    /// Of a person's keys the one that suits this gate: not revoked, and in hardware where a touch is asked for.
    fn best<'p>(&self, person: &'p Person, theirs: &[PublicKey]) -> Result<(&'p Person, PublicKey), CliError> {
        let counts = |key: &&PublicKey| {
            let line = key.line();
            let touch = self.gate.touch == Touch::None || key.kind().is_hardware();
            touch && person.keys.iter().any(|k| k.key == line && k.revoked.is_none_or(|at| at > now()))
        };
        let best = theirs.iter().find(counts).or_else(|| theirs.first()).cloned();
        let best = best.ok_or_else(|| {
            CliError::new(Kind::Refused, format!("{} had no key when the run began", safe::line(&person.name)))
        })?;
        Ok((person, best))
    }
}
