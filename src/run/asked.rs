//! What a gate asks, told from the record alone, and whether a vote counts there.
//!
//! Owns the one place where a vote is held against a run: whoever votes, whoever holds the run and whoever reads it later
//! ask the same function. Checks no signature: it is told what came of that.

use super::attest::{self, Attestable};
use super::ledger::{Ledger, OpenGate, guarded_by};
use super::record::{Decision, Signed, Vote};
use crate::approval::{
    Asked, Ballot, Checked, Circumstances, Namespace, Reason, Said, Say, Signature, Statement, refusal, render,
};
use crate::plan::{Act, Direction, GateIx, Person, Plan, Step, Undo, Voters, Votes, break_glass};
use crate::text::time::Instant;

/// What the open gate asks.
#[must_use]
pub fn asked(plan: &Plan, ledger: &Ledger, open: &OpenGate) -> Asked {
    let gate = plan.gates.get(open.gate.ix());
    let reviewed = break_glass::reviewed(plan, open.gate);
    let step = guarded_by(plan, open.gate).or(reviewed.map(|(_, step)| step)).and_then(|ix| plan.steps.get(ix.ix()));
    let does = |step: &Step| match reviewed {
        Some(_) => format!("countersigned, though done without its approval: {}", does(step)),
        None => does(step),
    };
    let digest = |path: String| ledger.files.get(&path).cloned().unwrap_or_else(|| "none".to_owned());
    let people = gate.map_or(1, |g| usize::from(g.people).max(g.functions.len()).max(1));
    let who = gate.map_or_else(String::new, |g| g.functions.join(", "));
    let count = if people == 1 { "1 person".to_owned() } else { format!("{people} people") };
    let row = open.severity.and_then(|r| plan.rows.get(r.ix()));
    Asked {
        namespace: namespace(plan, ledger, open.gate),
        run: ledger.run.clone(),
        gate: gate.map_or_else(String::new, |g| g.id.clone()),
        needs: if who.is_empty() { count } else { format!("{who}; {count}") },
        act: open.act.digest.clone(),
        plan: ledger.plan_digest.clone(),
        runbook: (plan.runbook.clone(), digest(format!("runbooks/{}.toml", plan.runbook))),
        automation: (plan.automation.clone(), digest(format!("automations/{}.toml", plan.automation))),
        environment: plan.environment.clone(),
        accounts: open.act.accounts.clone(),
        severity: row.map(|r| r.level.clone()),
        does: match (attest::check_of(plan, open.gate), step) {
            (Some(check), _) => Attestable::does(plan, ledger, check),
            (None, step) => step.map_or_else(|| of_run(plan, open.gate), does),
        },
        direction: step
            .map_or_else(
                || if plan.downgrade == open.gate { "neutral" } else { "raises" },
                |s| match s.direction {
                    Direction::Lowers => "lowers",
                    Direction::Raises => "raises",
                    Direction::Neutral => "neutral",
                    Direction::Looks => "looks",
                },
            )
            .to_owned(),
        reversible: step
            .map_or_else(|| "yes: every control goes back to safe when a check fails".to_owned(), reversible),
        requester: open.asker.clone(),
        evidence: open.evidence.clone(),
        // A review has no end: its deadline only stands for one.
        expires: reviewed.is_none().then_some(open.deadline),
        letter: open.act.statement.clone(),
        requests: open.act.requests.clone(),
        undo: open.act.undo.clone(),
    }
}

/// What a vote at this gate is signed for.
#[must_use]
pub fn namespace(plan: &Plan, ledger: &Ledger, gate: GateIx) -> Namespace {
    if ledger.drill {
        Namespace::Drill
    } else if plan.sign_off == Some(gate) {
        Namespace::SignOff
    } else {
        Namespace::Vote
    }
}

fn does(step: &Step) -> String {
    let labels: Vec<&str> = step.targets.iter().map(|t| t.label.as_str()).collect();
    let what = match &step.act {
        Act::SetControl { control, to, .. } => format!("{control} to {to}"),
        Act::RollbackLayer { layer, to } => format!("{layer} to {to}"),
        Act::Publish { template, audience, .. } => format!("{template} to {audience}"),
        Act::Page { to, .. } | Act::Notify { to, .. } => to.join(", "),
        Act::Ticket { title } => title.clone(),
        Act::Human { text } => text.clone(),
        Act::HttpCall { call, .. } => format!("{call} on {}", labels.join(", ")),
        Act::Capture { .. } | Act::Freeze => labels.join(", "),
    };
    format!("{}: {} {what}", step.id, step.act.verb())
}

fn of_run(plan: &Plan, gate: GateIx) -> String {
    if plan.sign_off == Some(gate) {
        let stages = plan.stages.iter().filter_map(|s| Some((plan.steps.get(s.step.ix())?, s.soak)));
        let stages: Vec<String> = stages.map(|(step, soak)| format!("{}, watched for {soak}", does(step))).collect();
        return format!("autonomy returns in this order: {}", stages.join("; "));
    }
    if plan.downgrade == gate {
        return "a lower severity is accepted".to_owned();
    }
    "the run stands down as a false alarm, and exact prior state returns".to_owned()
}

fn reversible(step: &Step) -> String {
    match (&step.irreversible, step.undo) {
        (Some(i), _) => match &i.corrective {
            Some(instead) => format!("no: {} Instead: {instead}", i.because),
            None => format!("no: {}", i.because),
        },
        (None, Undo::Restore) => "yes: captured prior state is put back".to_owned(),
        (None, Undo::None) => "nothing is owed".to_owned(),
    }
}

/// What a vote says, for its statement.
#[must_use]
pub fn said(vote: &Vote, fingerprint: &str) -> Said {
    Said {
        say: say(vote.decision),
        person: vote.person.clone(),
        key: fingerprint.to_owned(),
        nonce: vote.nonce.clone(),
        head: vote.head.clone(),
        issued: vote.at,
        reason: vote.reason.as_ref().map(|r| r.digest.clone()),
        text: vote.text.clone(),
    }
}

const fn say(decision: Decision) -> Say {
    match decision {
        Decision::Approve => Say::Approve,
        Decision::Deny => Say::Deny,
        Decision::Amend => Say::Amend,
    }
}

/// The vote that a signed text is. What stands beside the text is nobody's word.
///
/// # Errors
/// It is no statement, or goes under another name than its own.
pub fn of_statement(vote: &Vote, statement: &Statement) -> Result<Vote, String> {
    let said = &statement.said;
    if said.nonce != vote.nonce {
        return Err("its text has another nonce than its branch".to_owned());
    }
    let reason = vote.reason.clone().filter(|r| said.reason.as_ref() == Some(&r.digest));
    if reason.is_none() && said.reason.is_some() {
        return Err("the reason beside it is not the one that was signed".to_owned());
    }
    Ok(Vote {
        nonce: said.nonce.clone(),
        run: statement.run.clone(),
        gate: statement.gate.clone(),
        act: statement.act.clone(),
        head: said.head.clone(),
        person: said.person.clone(),
        decision: match said.say {
            Say::Approve => Decision::Approve,
            Say::Deny => Decision::Deny,
            Say::Amend => Decision::Amend,
        },
        text: said.text.clone(),
        reason,
        at: said.issued,
        signed: vote.signed.clone(),
    })
}

/// What came of looking at the signature of a vote.
#[derive(Clone, Debug, PartialEq)]
pub enum Looked {
    /// There is none.
    Unsigned,
    /// It is not given yet: only whether a vote of this person would count is asked.
    ToCome,
    /// It does not hold, or is not over a statement: why, in words.
    Bad(String),
    /// It holds.
    Good(Box<Checked>),
}

impl Looked {
    /// The key that signed, in its one form.
    #[must_use]
    pub fn key(&self) -> Option<String> {
        if let Self::Good(checked) = self { Some(checked.key.line()) } else { None }
    }

    /// Looks at the signature of a vote through whoever can check one.
    #[must_use]
    pub fn at(
        vote: &Vote,
        check: impl Fn(Namespace, &[u8], &str) -> Result<Checked, crate::approval::BadSignature>,
        namespace: Namespace,
    ) -> Self {
        let Some(Signed { statement, signature }) = vote.signed.as_deref() else { return Self::Unsigned };
        match check(namespace, statement.as_bytes(), signature) {
            Ok(checked) => Self::Good(Box::new(checked)),
            Err(e) => Self::Bad(e.to_string()),
        }
    }
}

/// A vote as it is to be judged: where only signed votes count, what its signed text says, whatever stands beside it.
#[must_use]
pub fn opened(
    vote: Vote,
    votes: Votes,
    check: impl Fn(Namespace, &[u8], &str) -> Result<Checked, crate::approval::BadSignature>,
    namespace: Namespace,
) -> (Vote, Looked) {
    let Some(signed) = vote.signed.as_deref().filter(|_| votes == Votes::Signed) else {
        return (vote, Looked::Unsigned);
    };
    match crate::approval::read(&signed.statement).and_then(|statement| of_statement(&vote, &statement)) {
        Ok(said) => {
            let looked = match Looked::at(&said, check, namespace) {
                // The branch is named after the key, so that nobody takes the place of another's vote.
                Looked::Good(checked) if !said.nonce.starts_with(&format!("{}-", checked.key.short())) => {
                    Looked::Bad("its nonce names another key".to_owned())
                }
                looked => looked,
            };
            (said, looked)
        }
        Err(why) => (vote, Looked::Bad(why)),
    }
}

/// What a vote is held against, beside the record.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// Now, by the clock of whoever counts.
    pub now: Instant,
    /// The roster as it stands now; why not, where it can't be read.
    pub roster: Result<&'a [Person], &'a str>,
    /// The authorities whose certificates count now; none where the roster can't be read.
    pub authorities: &'a [String],
    /// Whether a vote that was counted is counted again: then it has been seen, and its gate has closed since.
    pub again: bool,
}

impl<'a> Moment<'a> {
    /// By whoever counts now.
    #[must_use]
    pub fn by(voters: &'a Result<Voters, String>, now: Instant, again: bool) -> Self {
        let roster = voters.as_ref().map(|v| v.persons.as_slice()).map_err(String::as_str);
        let authorities = voters.as_ref().map_or(&[][..], |v| v.authorities.as_slice());
        Self { now, roster, authorities, again }
    }

    /// By what a plan recorded, where nobody can tell what counts now.
    #[must_use]
    pub const fn recorded(plan: &'a Plan, now: Instant, again: bool) -> Self {
        Self { now, roster: Ok(plan.roster.as_slice()), authorities: plan.authorities.as_slice(), again }
    }
}

/// Why a vote does not count at this gate, or none when it does.
#[must_use]
pub fn held_against(
    plan: &Plan,
    ledger: &Ledger,
    open: &OpenGate,
    vote: &Vote,
    looked: &Looked,
    at: Moment<'_>,
) -> Option<Reason> {
    // Whoever proposed the text that now waits said yes to it before anybody was asked: what they signed is held against
    // the gate as it stood then.
    let before = open.proposed.as_deref().filter(|_| {
        let proposed = vote.text.as_deref().map(|text| ledger.shown(text));
        at.again && vote.decision == Decision::Amend && proposed.is_some() && proposed == open.act.statement
    });
    let open = before.unwrap_or(open);
    let gate = plan.gates.get(open.gate.ix())?;
    let amendable = guarded_by(plan, open.gate)
        .and_then(|s| plan.steps.get(s.ix()))
        .is_some_and(|s| matches!(s.act, Act::Publish { .. }));
    let made;
    let statement = vote.signed.as_ref().map_or("", |s| s.statement.as_str());
    let signature = match looked {
        Looked::Unsigned => Signature::None,
        Looked::ToCome => Signature::ToCome,
        Looked::Bad(why) => Signature::Bad(why),
        Looked::Good(checked) => {
            made = render(&asked(plan, ledger, open), &said(vote, &checked.key.fingerprint()));
            Signature::Good { checked, statement, should_be: &made }
        }
    };
    let environment = crate::approval::read(statement).ok().map(|s| s.environment);
    let ballot = Ballot {
        nonce: &vote.nonce,
        run: &vote.run,
        gate: &vote.gate,
        act: &vote.act,
        head: &vote.head,
        person: &vote.person,
        environment: environment.as_deref().filter(|_| plan.votes == Votes::Signed),
        say: say(vote.decision),
        text: vote.text.as_deref(),
        at: vote.at,
        signature,
    };
    refusal(
        &ballot,
        &Circumstances {
            plan,
            run: &ledger.run,
            gate,
            act: &open.act.digest,
            opened: open.opened,
            deadline: open.deadline,
            now: at.now,
            roster: at.roster,
            authorities: at.authorities,
            again: at.again,
            knows_head: &|head| open.heads.contains(head),
            used: &|nonce| !at.again && ledger.nonces.contains(nonce),
            asker: ledger.holder(),
            operators: &|person| ledger.operators.contains(person),
            fix_authors: &|person| ledger.fix_authors.contains(person),
            said_yes: &|person| {
                !at.again && open.votes.iter().any(|v| v.person == person && v.decision != Decision::Deny)
            },
            amendable,
        },
    )
}
