//! What a voter sees: exactly what is asked, rendered from the run's own record.
//!
//! Nothing here is cut: a request that is approved is shown whole. Must not look anything up outside the record.

use super::fold::{GateLine, ReviewLine, Summary, is_yes};
use super::page::Page;
use super::phrase;
use crate::plan::{Act, Gate, GateIx, Step, Votes, break_glass};
use crate::run::attest::Attestable;
use crate::run::record::RequestView;
use crate::text::safe;
use crate::text::time::Instant;

/// The page of one gate.
#[must_use]
pub fn page(summary: &Summary<'_>, ix: GateIx, now: Instant, width: usize) -> Option<Page> {
    let plan = summary.plan;
    let gate = plan.gates.get(ix.ix())?;
    if let Some(line) = summary.reviews.get(&ix) {
        return Some(review(summary, ix, gate, line, now, width));
    }
    let line = summary.gates.get(&ix)?;
    let step = plan.steps.iter().find(|s| s.gate == Some(ix));
    let mut page = Page::new(width);
    page.heading(&format!("{} is asked to approve {}", who_in_short(gate), safe::line(&gate.id)));
    head(&mut page, summary, gate, line, now);
    match step {
        Some(step) => of_step(&mut page, step, line),
        None => of_run(&mut page, summary, gate, line),
    }
    so_far(&mut page, summary);
    if let Some(says) = phrase::unnamed(&summary.unnamed()) {
        page.heading("Nobody knows who ran this");
        page.hang("  ", "  ", &says);
    }
    page.heading("Votes so far");
    if line.votes.is_empty() && line.refused.is_empty() {
        page.hang("  ", "  ", "none");
    }
    for vote in &line.votes {
        let said = if is_yes(vote) { "approves" } else { "says no" };
        page.hang("  ", "    ", &format!("{} {said}, {}", safe::line(&vote.person), phrase::when(vote.at, now)));
    }
    for (vote, why) in &line.refused {
        page.hang("  ", "    ", &format!("{}: does not count, because {}", safe::line(&vote.person), safe::line(why)));
    }
    Some(page)
}

/// What somebody sees who may vouch for a check without a verdict. `does`: what is asked, as the statement has it.
#[must_use]
pub fn vouch(s: &Summary<'_>, of: &Attestable, does: &str, now: Instant, width: usize) -> Option<Page> {
    const COLUMN: usize = 13;
    let check = s.plan.checks.get(of.check.ix())?;
    let mut page = Page::new(width);
    page.heading(&format!("Somebody who neither ran this nor made the fix may vouch for {}", safe::line(&check.id)));
    page.item(2, "run", COLUMN, &format!("{}: {}", safe::line(s.run), safe::line(&s.plan.title)));
    let on = format!("{} in {}", safe::line(&s.plan.automation), safe::line(&s.plan.environment));
    page.item(2, "automation", COLUMN, &on);
    page.item(2, "asked by", COLUMN, &of.open.asker.as_deref().map_or_else(|| "nobody known".to_owned(), safe::line));
    whose(&mut page, s, COLUMN);
    page.item(2, "until", COLUMN, &phrase::deadline(of.open.deadline, now));
    page.item(2, "without it", COLUMN, "autonomy stays low until the check is judged again and passes");
    page.item(2, "digest", COLUMN, &of.open.act.digest);
    page.heading("What you would say with your name");
    page.hang("  ", "  ", &safe::line(does));
    so_far(&mut page, s);
    Some(page)
}

/// What somebody sees who was skipped: what was done without them, by whom, and exactly how.
fn review(s: &Summary<'_>, ix: GateIx, gate: &Gate, line: &ReviewLine<'_>, now: Instant, width: usize) -> Page {
    const COLUMN: usize = 13;
    let mut page = Page::new(width);
    page.heading(&format!("BREAK-GLASS: {} is asked to countersign what was done without it", who_in_short(gate)));
    page.item(2, "run", COLUMN, &format!("{}: {}", safe::line(s.run), safe::line(&s.plan.title)));
    let of = s.plan.gates.get(line.of.ix()).map_or_else(String::new, |g| safe::line(&g.id));
    page.item(2, "gate", COLUMN, &format!("{of}, which nobody waited for"));
    page.item(2, "done by", COLUMN, &format!("{}, {}", safe::line(line.by), phrase::when(line.at, now)));
    page.item(2, "skipped", COLUMN, &phrase::skipped(line.skipped));
    page.item(2, "needs", COLUMN, &phrase::who(gate));
    whose(&mut page, s, COLUMN);
    page.item(2, "until then", COLUMN, "the review stays open, and the run does not close without exceptions");
    let reviewed = break_glass::reviewed(s.plan, ix).and_then(|(_, step)| Some((step, s.plan.steps.get(step.ix())?)));
    let done = reviewed.and_then(|(step, _)| s.steps.get(&step));
    page.item(2, "digest", COLUMN, done.and_then(|d| d.act).map_or("none recorded", |a| &a.digest));
    if let Some((_, step)) = reviewed {
        page.heading(&format!("What was done: {}", phrase::act(step)));
        page.item(2, "came of it", COLUMN, done.map_or("nothing yet", super::fold::StepLine::word));
        page.item(2, "where", COLUMN, &phrase::targets(step));
        page.item(2, "direction", COLUMN, phrase::direction(step.direction));
        page.item(2, "reversible", COLUMN, &phrase::reversibility(step));
    }
    if let Some(act) = done.and_then(|d| d.act) {
        page.heading("Exactly these requests were prepared");
        requests(&mut page, &act.requests);
    }
    page.heading("Said so far");
    if line.votes.is_empty() {
        page.hang("  ", "  ", "nothing");
    }
    for vote in &line.votes {
        let said = if is_yes(vote) { "countersigned" } else { "objects" };
        page.hang("  ", "    ", &format!("{} {said}, {}", safe::line(&vote.person), phrase::when(vote.at, now)));
    }
    page
}

fn who_in_short(gate: &Gate) -> String {
    if gate.functions.is_empty() {
        return "One other person".to_owned();
    }
    let text = gate.functions.iter().map(|f| safe::line(f)).collect::<Vec<_>>().join(" and ");
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

fn head(page: &mut Page, s: &Summary<'_>, gate: &Gate, line: &GateLine<'_>, now: Instant) {
    const COLUMN: usize = 13;
    let plan = s.plan;
    let severity = s.severity.and_then(|(row, confirmed)| {
        let level = safe::line(&plan.rows.get(row.ix())?.level);
        Some(if confirmed { level } else { format!("{level} (proposed, not confirmed)") })
    });
    page.item(2, "run", COLUMN, &format!("{}: {}", safe::line(s.run), safe::line(&plan.title)));
    page.item(
        2,
        "automation",
        COLUMN,
        &format!("{} in {}", safe::line(&plan.automation), safe::line(&plan.environment)),
    );
    page.item(2, "severity", COLUMN, severity.as_deref().unwrap_or("not assessed yet"));
    page.item(2, "asked by", COLUMN, &safe::line(line.asker));
    page.item(2, "needs", COLUMN, &phrase::who(gate));
    whose(page, s, COLUMN);
    let until = line.deadline.map_or_else(|| "none".to_owned(), |d| phrase::deadline(d, now));
    page.item(2, "deadline", COLUMN, &until);
    page.item(2, "after it", COLUMN, phrase::fallback(gate));
    page.item(2, "digest", COLUMN, line.act.map_or("none recorded", |a| &a.digest));
}

/// What is worth knowing of whose word counts here.
pub(super) fn whose(page: &mut Page, s: &Summary<'_>, column: usize) {
    if s.plan.votes == Votes::Unsigned && !s.drill {
        page.item(2, "unsigned", column, phrase::NAMES_ONLY);
    }
    for says in s.start.roster.iter().flat_map(|origin| origin.doubts(s.began)) {
        page.item(2, "DOUBT", column, &says);
    }
}

fn of_step(page: &mut Page, step: &Step, line: &GateLine<'_>) {
    page.heading(&format!("The act: {}", phrase::act(step)));
    if let Some(why) = &step.why {
        page.item(2, "why", 13, &safe::line(why));
    }
    page.item(2, "where", 13, &phrase::targets(step));
    page.item(2, "direction", 13, phrase::direction(step.direction));
    page.item(2, "reversible", 13, &phrase::reversibility(step));
    if let Act::Publish { template, text, audience, .. } = &step.act {
        page.heading(&format!("The statement as its readers ({}) will see it", safe::line(audience)));
        let prepared = line.act.and_then(|a| a.statement.as_deref());
        for l in safe::lines(prepared.unwrap_or(text).trim_end()) {
            page.boxed("  | ", "  | ", &l);
        }
        if let Some(prepared) = prepared.filter(|p| p.trim_end() != text.trim_end()) {
            page.blank();
            page.hang("  ", "  ", &format!("Differs from the template {}:", safe::line(template)));
            for (sign, l) in changes(text, prepared) {
                page.boxed(&format!("  {sign} "), "    ", &safe::line(l));
            }
        }
    }
    let Some(act) = line.act else { return };
    page.heading("Exactly these requests will be sent");
    requests(page, &act.requests);
    if !act.accounts.is_empty() {
        let accounts: Vec<String> = act.accounts.iter().map(|a| safe::line(a)).collect();
        page.item(2, "account", 13, &accounts.join(", "));
    }
    for prior in act.prior.iter().filter(|p| !p.is_null()) {
        page.item(2, "state before", 13, "");
        page.whole(4, &safe::line(&prior.to_string()));
    }
}

/// A gate that guards no single step: the sign-off, a stand-down, a lower severity.
fn of_run(page: &mut Page, s: &Summary<'_>, gate: &Gate, line: &GateLine<'_>) {
    let plan = s.plan;
    let is_sign_off = plan.sign_off.and_then(|g| plan.gates.get(g.ix())).is_some_and(|g| g.id == gate.id);
    if is_sign_off {
        page.heading("The act: autonomy returns, in this order");
        for (i, stage) in plan.stages.iter().enumerate() {
            let Some(step) = plan.steps.get(stage.step.ix()) else { continue };
            page.hang(
                &format!("  {}. ", i + 1),
                "     ",
                &format!("{}, watched for {}, checks judged again", phrase::act(step), stage.soak),
            );
        }
        page.hang(
            &format!("  {}. ", plan.stages.len() + 1),
            "     ",
            "what was lowered goes back to its captured prior state, last first",
        );
        goes_back(page, s);
        if let Some(author) = s.fix_author {
            page.item(2, "fix made by", 13, &safe::line(author));
        }
        page.heading("Checks");
        for (ix, check) in plan.checks.iter().enumerate() {
            let ix = crate::plan::CheckIx(u16::try_from(ix).unwrap_or(u16::MAX));
            let line = s.checks.get(&ix).copied().unwrap_or_default();
            let mut text = line.verdict.map_or("not judged", phrase::verdict).to_owned();
            if let Some(v) = line.value {
                text.push_str(&format!(": {}", phrase::value(check.kind.as_ref(), v)));
            }
            if let Some(m) = line.measured {
                text.push_str(&format!(": {}", phrase::measured(m)));
            }
            if line.deferred {
                text.push_str("; no data while stopped, so it must pass in every soak");
            }
            if let Some(who) = line.attested {
                text.push_str(&format!("; ATTESTED by {} instead of measured", safe::line(who)));
            }
            page.item(2, &safe::line(&check.id), 16, &text);
        }
    } else if plan.gates.get(plan.downgrade.ix()).is_some_and(|g| g.id == gate.id) {
        page.heading("The act: a lower severity is accepted");
    } else {
        page.heading("The act: the run stands down as a false alarm; exact prior state returns, on probes");
    }
    if plan.stand_down.and_then(|g| plan.gates.get(g.ix())).is_some_and(|g| g.id == gate.id) {
        goes_back(page, s);
    }
    if let Some(act) = line.act {
        if !act.requests.is_empty() {
            page.heading("Exactly these requests will be sent");
            requests(page, &act.requests);
        }
        if !act.undo.is_empty() {
            page.heading("And these, to put back what was lowered");
            page.hang(
                "  ",
                "  ",
                "Each is read again first; what somebody else changed since is left alone and asked about.",
            );
            requests(page, &act.undo);
        }
    }
}

/// Each step whose captured prior state will be put back, in the order in which that is done.
fn goes_back(page: &mut Page, s: &Summary<'_>) {
    for (ix, prior) in s.owed() {
        let Some(step) = s.plan.steps.get(ix.ix()) else { continue };
        page.hang("     - ", "       ", &format!("undo of {}: {}", safe::line(&step.id), phrase::act(step)));
        for (i, target) in step.targets.iter().enumerate() {
            let text = match prior.get(i).filter(|p| !p.is_null()) {
                Some(prior) => format!("{} back to {}", safe::line(&target.label), safe::line(&prior.to_string())),
                None => format!("{}: no prior state was captured; a person decides", safe::line(&target.label)),
            };
            page.whole(7, &text);
        }
    }
}

fn so_far(page: &mut Page, s: &Summary<'_>) {
    page.heading("Evidence so far");
    let mut any = false;
    for (ix, line) in &s.steps {
        let Some(step) = s.plan.steps.get(ix.ix()) else { continue };
        if line.tries == 0 && !line.carried {
            continue;
        }
        any = true;
        page.item(2, line.word(), 18, &phrase::act(step));
    }
    if !any {
        page.hang("  ", "  ", "none");
    }
}

/// Requests, whole: method, URL, headers, body; secrets stand as references.
pub fn requests(page: &mut Page, requests: &[RequestView]) {
    for r in requests {
        page.whole(2, &format!("{} {}", safe::line(&r.method), safe::line(&r.url)));
        if !r.purpose.is_empty() {
            page.whole(4, &format!("({})", safe::line(&r.purpose)));
        }
        for (name, value) in &r.headers {
            page.whole(4, &format!("{}: {}", safe::line(name), safe::line(value)));
        }
        if !r.body.is_empty() {
            for l in safe::lines(&r.body) {
                page.whole(4, &l);
            }
        }
    }
}

/// Lines that left and lines that came, by the longest common subsequence. Statements are short, so the plain table is
/// enough.
fn changes<'a>(old: &'a str, new: &'a str) -> Vec<(char, &'a str)> {
    let (a, b): (Vec<&str>, Vec<&str>) = (old.trim_end().split('\n').collect(), new.trim_end().split('\n').collect());
    let mut table = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    let at = |t: &[Vec<usize>], i: usize, j: usize| t.get(i).and_then(|r| r.get(j)).copied().unwrap_or(0);
    for (i, x) in a.iter().enumerate().rev() {
        for (j, y) in b.iter().enumerate().rev() {
            let best =
                if x == y { at(&table, i + 1, j + 1) + 1 } else { at(&table, i + 1, j).max(at(&table, i, j + 1)) };
            if let Some(cell) = table.get_mut(i).and_then(|r| r.get_mut(j)) {
                *cell = best;
            }
        }
    }
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    loop {
        match (a.get(i), b.get(j)) {
            (None, None) => return out,
            (Some(x), Some(y)) if x == y => {
                i += 1;
                j += 1;
            }
            (Some(x), y) if y.is_none() || at(&table, i + 1, j) >= at(&table, i, j + 1) => {
                out.push(('-', *x));
                i += 1;
            }
            (_, Some(y)) => {
                out.push(('+', *y));
                j += 1;
            }
            (Some(_), None) => i += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_names_what_left_and_what_came() {
        assert_eq!(changes("a\nb\nc\n", "a\nx\nc\nd"), [('-', "b"), ('+', "x"), ('+', "d")]);
        assert_eq!(changes("same\n", "same"), []);
    }
}
