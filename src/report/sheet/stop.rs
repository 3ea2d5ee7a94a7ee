//! The page of an automation: how it is stopped, for the wall.

use super::{Block, Origin, Part, Sheet, by_hand, capital, phrase, request_lines, requests, worked};
use crate::plan::Plan;
use crate::report::plan::Described;
use crate::report::who::{Caller, Reach, Ways, Who};
use crate::text::safe;

/// What is to be typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commands {
    /// The stop.
    pub stop: String,
    /// The wider stop, where there is something wider.
    pub wider: Option<String>,
    /// What enters work done by hand.
    pub record: String,
}

/// Makes the page of an automation's `[stop]`. `feeds` are the automations that work with what it makes.
#[must_use]
pub fn stop(
    plan: &Plan,
    described: &Described,
    who: &Who,
    feeds: &[String],
    commands: Commands,
    origin: &Origin,
) -> Sheet {
    let Commands { stop, wider, record } = commands;
    let mut loud = vec![("One person may do this, and nobody has to agree:".to_owned(), Some(stop))];
    loud.extend(wider.map(|wider| ("If that is not obeyed, wider:".to_owned(), Some(wider))));
    let mut blocks = vec![Block::Loud(loud)];
    for problem in &plan.problems {
        blocks.push(Block::Para(format!("PROBLEM: {}", safe::line(problem))));
    }
    blocks.push(Block::Section("By hand, when the program or the API is broken".to_owned()));
    let mut sent = Vec::new();
    for (n, ix) in plan.immediate.iter().enumerate() {
        let Some(step) = plan.steps.get(ix.ix()) else { continue };
        let mut items = by_hand(step);
        items.push(("where".to_owned(), phrase::targets(step)));
        items.push(("worked when".to_owned(), worked(step)));
        let when = if n == 0 { "" } else { " – only if the one before is not obeyed" };
        let requests = match described.get(ix) {
            Some(Ok(views)) => request_lines(views),
            Some(Err(why)) => vec![format!("can't be told: {}", safe::line(why))],
            None => Vec::new(),
        };
        let title = format!("{}{when}", capital(&phrase::act(step)));
        let number = (n + 1).to_string();
        if !requests.is_empty() {
            sent.push(Part { number: number.clone(), title: title.clone(), items: Vec::new(), requests });
        }
        blocks.push(Block::Step(Part { number, title, items, requests: Vec::new() }));
        blocks.push(Block::Ticks(vec![(format!("{} done, and seen to work", n + 1), Some("by".to_owned()))]));
    }
    blocks.push(Block::Para(format!("Enter afterwards what was done by hand: {record}")));
    blocks.push(Block::Section("Who may stop it, and is to be told".to_owned()));
    let head = ["as", "who", "how to reach them"].map(str::to_owned).to_vec();
    blocks.push(Block::Table { head, rows: who.who.iter().flat_map(rows).collect() });
    if let Some(vendor) = &who.vendor {
        blocks.push(Block::Para(format!("The vendor: {}", safe::line(vendor))));
    }
    blocks.push(Block::Section("Meanwhile".to_owned()));
    let see = who.meanwhile.as_deref().map_or_else(|| "nobody has written it down".to_owned(), safe::line);
    let mut meanwhile = vec![("customers see".to_owned(), see)];
    if !feeds.is_empty() {
        let feeds: Vec<String> = feeds.iter().map(|f| safe::line(f)).collect();
        meanwhile.push(("tell also".to_owned(), format!("{}: they work with what it makes", feeds.join(", "))));
    }
    let evidence: Vec<String> = who.evidence.iter().map(|e| safe::line(&e.source)).collect();
    if !evidence.is_empty() {
        meanwhile.push(("evidence".to_owned(), format!("can be kept of {}", evidence.join(", "))));
    }
    blocks.push(Block::Items(meanwhile));
    let missing: Vec<String> = who.missing.values().flatten().map(|m| safe::line(m)).collect();
    if !missing.is_empty() {
        blocks.push(Block::Section("What this page lacks".to_owned()));
        blocks.push(Block::Bullets(missing));
    }
    blocks.extend(requests("What the program sends, for whoever has to send it without it", sent));
    Sheet {
        title: format!("Stop {}", safe::line(&plan.automation)),
        under: vec![match safe::line(&plan.purpose) {
            none if none.is_empty() => format!("In {}", safe::line(&plan.environment)),
            purpose => format!("{purpose} in {}", safe::line(&plan.environment)),
        }],
        blocks,
        foot: origin.lines(),
    }
}

fn rows(caller: &Caller) -> Vec<Vec<String>> {
    let name = safe::line(&caller.name);
    let role = caller.title.as_ref().map_or_else(|| name.clone(), |t| format!("{} ({name})", safe::line(t)));
    let mut out = Vec::new();
    if let Some(on_call) = &caller.on_call {
        out.push(vec![
            role.clone(),
            format!("whoever is on call at {}", safe::line(&on_call.provider)),
            on_call_ways(caller),
        ]);
    } else if caller.ways != Ways::default() {
        out.push(vec![role.clone(), "the role".to_owned(), ways(&caller.ways)]);
    }
    out.extend(caller.people.iter().map(|p: &Reach| {
        let called = p
            .name
            .as_ref()
            .map_or_else(|| safe::line(&p.person), |n| format!("{} ({})", safe::line(n), safe::line(&p.person)));
        vec![role.clone(), called, ways(&p.ways)]
    }));
    if out.is_empty() {
        out.push(vec![role, "NOBODY IS WRITTEN DOWN".to_owned(), "NOT WRITTEN DOWN".to_owned()]);
    }
    out
}

/// Whoever is on call is reached through the pager, unless the role has a number of its own.
fn on_call_ways(caller: &Caller) -> String {
    if caller.ways == Ways::default() { "the pager reaches them".to_owned() } else { ways(&caller.ways) }
}

fn ways(ways: &Ways) -> String {
    let written: Vec<String> =
        [&ways.phone, &ways.email, &ways.contact].into_iter().flatten().map(|w| safe::line(w)).collect();
    if written.is_empty() { "NOT WRITTEN DOWN".to_owned() } else { written.join(", ") }
}
