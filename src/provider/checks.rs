//! What the checks of all adapters have in common: what an answer to a harmless question means, whether there is a point
//! in asking more, and who needs what is wrong.
//!
//! Owns the meaning of statuses for a check. Sends reads only; must not know any vendor.

use futures_util::{StreamExt as _, stream};
use serde_json::Value;

use super::adapter::Adapter;
use super::answer::Answer;
use super::transport::Deadline;
use crate::plan::checked::{Aspect, Checked, Standing};
use crate::plan::needed::Needed;
use crate::port::Fault;
use crate::text::safe;
use crate::text::time::Millis;

/// Most questions that one adapter has under way; a host has a limit of its own.
const AT_ONCE: usize = 16;
/// Time for a system to tell of itself: one that says nothing by then is not asked for more.
const FIRST: Millis = Millis(8_000);
/// Most places that are named as needing something.
const NAMED: usize = 2;

/// What the first question to a system told.
pub(super) struct Access {
    pub(super) found: Vec<Checked>,
    /// Why there is no point in asking for what is named; none when there is.
    pub(super) shut: Option<String>,
}

impl Access {
    /// Nothing was asked, and everything may be.
    pub(super) const fn unasked() -> Self {
        Self { found: Vec::new(), shut: None }
    }

    /// From a read that only an accepted credential can make. `what` is the credential, such as `token`.
    pub(super) fn of(what: &str, read: &Result<Value, Answer>) -> Self {
        let answer = match read {
            Ok(_) => {
                return Self { found: vec![Checked::ok(Aspect::Credential, what, "it is accepted")], shut: None };
            }
            Err(answer) => answer,
        };
        let (_, is) = meaning(answer);
        let (aspect, shut) = match answer.status() {
            Some(401) => (Aspect::Credential, Some("the credential is not accepted")),
            // Another edition may not have the question; some credentials may read what is named and nothing else.
            Some(403) => (Aspect::Scope, None),
            Some(_) => {
                let says = format!("the server does not tell: {}", answer.says);
                return Self { found: vec![Checked::untold(Aspect::Credential, what, says)], shut: None };
            }
            None if answer.requests == 0 => (Aspect::Credential, Some("it can't be asked")),
            // That nothing answers is said of the host.
            None => (Aspect::Credential, Some("nothing answers")),
        };
        let mut checked = Checked::new(aspect, what, is, answer.says.clone());
        checked.help = answer.help.clone();
        Self { found: vec![checked], shut: shut.map(str::to_owned) }
    }

    /// The same, where the answer has to be one to this question.
    pub(super) fn of_own(what: &str, read: &Result<Value, Answer>, is_it: impl Fn(&Value) -> bool) -> Self {
        match read {
            Ok(document) if !is_it(document) => {
                let odd = Checked::untold(Aspect::Credential, what, "the answer is no answer to what was asked");
                Self { found: vec![odd], shut: None }
            }
            _ => Self::of(what, read),
        }
    }

    pub(super) fn add(&mut self, checked: Checked) {
        self.found.push(checked);
    }
}

/// What an answer that is not as needed says about what, and how that stands.
fn meaning(answer: &Answer) -> (Aspect, Standing) {
    match answer.status() {
        Some(401) => (Aspect::Credential, Standing::Wrong),
        Some(403) => (Aspect::Scope, Standing::Wrong),
        Some(300..=399) => (Aspect::Reach, Standing::Wrong),
        Some(429) => (Aspect::Exists, Standing::Untold),
        Some(400..=499) => (Aspect::Exists, Standing::Wrong),
        // A server in trouble may be well in a minute.
        Some(_) => (Aspect::Exists, Standing::Untold),
        None if answer.requests == 0 => (Aspect::Setting, Standing::Wrong),
        None => (Aspect::Reach, Standing::Untold),
    }
}

/// Something that is named, out of the read that shows it.
pub(super) fn found(what: &str, read: &Result<Value, Answer>) -> Checked {
    match read {
        Ok(_) => Checked::ok(Aspect::Exists, what, "it is there"),
        Err(answer) => {
            let (aspect, is) = meaning(answer);
            let mut checked = Checked::new(aspect, what, is, answer.says.clone());
            checked.help = answer.help.clone();
            checked
        }
    }
}

/// The same, where the answer has to be about it: an answer about something else tells nothing.
pub(super) fn found_as(what: &str, read: &Result<Value, Answer>, is_it: impl Fn(&Value) -> bool) -> Checked {
    match read {
        Ok(document) if !is_it(document) => {
            Checked::untold(Aspect::Exists, what, "the answer is about something else, or is no answer to this")
        }
        _ => found(what, read),
    }
}

/// Something that could not even be asked.
pub(super) fn fault_of(aspect: Aspect, what: &str, fault: &Fault) -> Checked {
    let is = if fault.before_sending { Standing::Wrong } else { Standing::Untold };
    let mut checked = Checked::new(aspect, safe::line(what), is, fault.says.clone());
    checked.help = fault.help.clone();
    checked
}

/// Asks a system about itself, then about everything that is named of it, several at a time and in order.
pub(super) async fn all(adapter: &impl Adapter, needed: &[Needed], until: Deadline) -> Vec<Checked> {
    let access = match secret(adapter).await {
        Some(missing) => Access { found: vec![missing], shut: Some("there is no credential".to_owned()) },
        None => adapter.check_access(needed, until.or_after(FIRST)).await,
    };
    let mut found = access.found;
    if let Some(why) = access.shut {
        if !needed.is_empty() {
            let what =
                if needed.len() == 1 { "what is named".to_owned() } else { format!("{} named here", needed.len()) };
            found.push(Checked::untold(Aspect::Exists, what, format!("not looked at, because {why}")));
        }
        return found;
    }
    let looks = needed.iter().map(|w| async move {
        let looked = adapter.check_needed(w, until).await;
        let looked = looked.unwrap_or_else(|fault| vec![fault_of(Aspect::Setting, &w.target.label, &fault)]);
        looked.into_iter().map(|checked| needed_by(checked, w)).collect::<Vec<_>>()
    });
    let more: Vec<Vec<Checked>> = stream::iter(looks).buffered(AT_ONCE).collect().await;
    for checked in silent_together(more.into_iter().flatten().collect()) {
        // A model that is rolled back and captured is looked at twice, and told once.
        if !found.contains(&checked) {
            found.push(checked);
        }
    }
    found
}

/// A credential that can't be fetched: nothing need be asked then.
async fn secret(adapter: &impl Adapter) -> Option<Checked> {
    let link = adapter.link();
    let fault = link.transport.vault().fetch(link.token.as_ref()?).await.err()?;
    Some(fault_of(Aspect::Credential, "token", &fault))
}

/// A host that falls silent is said once, not once for everything on it.
fn silent_together(found: Vec<Checked>) -> Vec<Checked> {
    let is_silent = |c: &Checked| c.aspect == Aspect::Reach && c.is == Standing::Untold;
    let silent = found.iter().filter(|c| is_silent(c)).count();
    if silent < 3 {
        return found;
    }
    let first = found.iter().find(|c| is_silent(c)).map(|c| c.says.clone()).unwrap_or_default();
    let mut rest: Vec<Checked> = found.into_iter().filter(|c| !is_silent(c)).collect();
    rest.push(Checked::untold(Aspect::Reach, format!("{silent} named here"), format!("not looked at: {first}")));
    rest
}

/// What is not as needed, with who needs it.
fn needed_by(mut checked: Checked, needed: &Needed) -> Checked {
    let says_so = needed.named_by.iter().all(|n| checked.what.contains(n.as_str()));
    if checked.is == Standing::Ok || (says_so && !needed.stops) {
        return checked;
    }
    let mut names: Vec<String> = needed.named_by.iter().take(NAMED).map(|n| safe::line(n)).collect();
    if needed.named_by.len() > NAMED {
        names.push(format!("{} more", needed.named_by.len() - NAMED));
    }
    let stops = if needed.stops { ", for [stop]" } else { "" };
    let named = format!("named by {}{stops}", names.join(", "));
    checked.help = Some(match checked.help {
        Some(help) => format!("{help}; {named}"),
        None => named,
    });
    checked
}
