//! The whole count, with everything that a vote is held against: keys and when they count, what was revoked or taken out
//! since, who serves when, deadlines and skewed clocks, who runs it and who made the fix, texts that were changed.
//!
//! A signature here is the number of a key: what real signatures hold is tried elsewhere. The answer that is expected is
//! worked out from the roster and the times alone, by other code.

use std::collections::BTreeSet;
use std::path::Path;

use aigov::approval::{BadSignature, Checked, Namespace, Requirement, Tally, render};
use aigov::drive::plan_of;
use aigov::journal::Store;
use aigov::model::key::PublicKey;
use aigov::plan::{Excluded, GateIx, Key, Person, Plan, Touch, Votes};
use aigov::run::asked::{self, Moment};
use aigov::run::count::count;
use aigov::run::event::Event;
use aigov::run::ledger::{Ledger, OpenGate};
use aigov::run::record::{Decision, Lease, Signed, Vote};
use aigov::text::time::{Instant, Millis};

use super::{FUNCTIONS, PEOPLE, Random, possible};

type Failed = Box<dyn std::error::Error>;

const MINUTE: i64 = 60_000;
/// How long the gate is open, in minutes.
const OPEN: i64 = 60;
/// How far clocks may be apart.
const SKEW: i64 = 5;

/// A gate that stands open, of the kept release.
pub(crate) struct Base {
    plan: Plan,
    ledger: Ledger,
    open: OpenGate,
    keys: Vec<PublicKey>,
}

impl Base {
    /// From the kept journal.
    pub(crate) fn new() -> Result<Self, Failed> {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outside/release-0.1.0/journal");
        let folder = tempfile::tempdir()?;
        let copy = folder.path().join("kept.git");
        if !std::process::Command::new("cp").arg("-r").arg(&kept).arg(&copy).status()?.success() {
            return Err("the kept journal can't be copied".into());
        }
        // Git keeps no empty folders.
        std::fs::create_dir_all(copy.join("refs/heads"))?;
        let store = Store::open_clone(&copy, false);
        let run = store.runs()?.into_iter().next().ok_or("no run is kept")?.id;
        let records = store.read(&run)?;
        let plan = plan_of(&records).ok_or("no plan")?.clone();
        let mut ledger = Ledger::default();
        for record in &records {
            ledger.fold(&plan, record)?;
            if matches!(record.event, Event::GateOpened { .. }) {
                break;
            }
        }
        let open = ledger.gate.clone().ok_or("no gate opened")?;
        if plan.votes != Votes::Signed {
            return Err("the kept run is one of signed votes".into());
        }
        let keys = (0..8).map(key).collect::<Result<_, _>>()?;
        Ok(Self { plan, ledger, open, keys })
    }
}

/// The public key of a number.
fn key(n: u8) -> Result<PublicKey, Failed> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut blob = b"\0\0\0\x0bssh-ed25519\0\0\0\x20".to_vec();
    blob.extend([n + 1; 32]);
    let mut text = String::new();
    for three in blob.chunks(3) {
        let bits = three.iter().fold(0u32, |bits, b| bits << 8 | u32::from(*b)) << (8 * (3 - three.len()));
        for at in 0..=three.len() {
            text.push(char::from(DIGITS[(bits >> (18 - 6 * at) & 63) as usize]));
        }
        text.extend(std::iter::repeat_n('=', 3 - three.len()));
    }
    PublicKey::parse(&format!("ssh-ed25519 {text}")).map_err(|e| e.to_string().into())
}

/// A chance of one in so many.
fn rarely(random: &mut Random, of: usize) -> bool {
    random.below(of) == 0
}

/// A time about the gate: from half an hour before it opened to half an hour after it closed, on the minute.
fn about(random: &mut Random, opened: Instant) -> Instant {
    let minutes = i64::try_from(random.below(121)).unwrap_or_default() - 30;
    Instant(opened.0 + minutes * MINUTE)
}

fn times(random: &mut Random, opened: Instant, of: usize) -> Option<Instant> {
    rarely(random, of).then(|| about(random, opened))
}

fn people(random: &mut Random, base: &Base) -> Vec<Person> {
    let opened = base.open.opened;
    let mut all = Vec::new();
    for (n, name) in PEOPLE.iter().enumerate() {
        let functions: BTreeSet<&str> = random.some(&FUNCTIONS, 3).into_iter().collect();
        let mut keys = Vec::new();
        for held in [n, random.below(base.keys.len())] {
            if held == n || rarely(random, 10) {
                let key = base.keys[held].line();
                let (from, revoked) = (times(random, opened, 8), times(random, opened, 8));
                keys.push(Key { key, from, revoked, hardware: rarely(random, 20) });
            }
        }
        keys.dedup_by(|a, b| a.key == b.key);
        all.push(Person {
            name: (*name).to_owned(),
            functions: functions.into_iter().map(str::to_owned).collect(),
            from: times(random, opened, 8),
            until: times(random, opened, 8),
            keys,
        });
    }
    all
}

/// The roster as it stands by now: somebody is gone, lost a function, or their key was taken out or revoked.
fn since(random: &mut Random, then: &[Person], opened: Instant) -> Vec<Person> {
    let mut now: Vec<Person> = Vec::new();
    for person in then {
        if rarely(random, 15) {
            continue;
        }
        let mut person = person.clone();
        if rarely(random, 10) {
            person.functions.pop();
        }
        if rarely(random, 15) {
            person.keys.pop();
        }
        for key in &mut person.keys {
            key.revoked = key.revoked.or_else(|| times(random, opened, 12));
        }
        now.push(person);
    }
    now
}

/// A vote as it came, and what is wrong with it beside its times and its key.
struct Cast {
    vote: Vote,
    key: usize,
    touched: bool,
    good: bool,
}

fn cast(random: &mut Random, base: &Base, plan: &Plan, ledger: &Ledger, open: &OpenGate) -> Cast {
    let who = random.below(PEOPLE.len());
    let key = if rarely(random, 12) { random.below(base.keys.len()) } else { who };
    let public = &base.keys[key];
    let mut good = true;
    let mut or = |random: &mut Random, right: &str| match rarely(random, 40) {
        true => {
            good = false;
            "0".repeat(right.len())
        }
        false => right.to_owned(),
    };
    let decision = if rarely(random, 12) { Decision::Deny } else { Decision::Approve };
    let mut vote = Vote {
        nonce: format!("{}-{}", public.short(), random.next()),
        run: or(random, &ledger.run),
        gate: or(random, &plan.gate(open.gate).id),
        act: or(random, &open.act.digest),
        head: or(random, open.heads.first().map_or("", String::as_str)),
        person: PEOPLE[who].to_owned(),
        decision,
        text: None,
        reason: None,
        at: about(random, open.opened),
        signed: None,
    };
    let mut asked = asked::asked(plan, ledger, open);
    // What was signed names what the vote names; the rest of the text may be another.
    asked.run.clone_from(&vote.run);
    asked.gate.clone_from(&vote.gate);
    asked.act.clone_from(&vote.act);
    if rarely(random, 40) {
        good = false;
        asked.environment.push('x');
    }
    let statement = render(&asked, &asked::said(&vote, &public.fingerprint()));
    let touched = rarely(random, 2);
    let broken = rarely(random, 40);
    good &= !broken;
    let signature = format!("{key} {touched} {broken}");
    vote.signed = Some(Box::new(Signed { statement, signature }));
    Cast { vote, key, touched, good }
}

/// Whether it counts, by the roster and the times alone; with which functions.
fn counts(
    cast: &Cast,
    base: &Base,
    plan: &Plan,
    now: &[Person],
    ledger: &Ledger,
    open: &OpenGate,
    clock: Instant,
) -> Option<Person> {
    let (vote, line, gate) = (&cast.vote, base.keys[cast.key].line(), plan.gate(open.gate));
    let theirs = |all: &[Person]| all.iter().any(|p| p.name != vote.person && p.keys.iter().any(|k| k.key == line));
    if !cast.good || theirs(&plan.roster) || theirs(now) {
        return None;
    }
    let both = [plan.roster.iter().find(|p| p.name == vote.person)?, now.iter().find(|p| p.name == vote.person)?];
    let mut touch = gate.touch != Touch::None;
    for person in both {
        let key = person.keys.iter().find(|k| k.key == line)?;
        let over = key.revoked.is_some_and(|at| at <= clock);
        let early = key.from.is_some_and(|from| from > vote.at || from > clock);
        if over || early || !person.serves(clock) {
            return None;
        }
        touch |= key.hardware;
    }
    let [then, still] = both;
    let functions: Vec<String> = then.functions.iter().filter(|f| still.functions.contains(f)).cloned().collect();
    let runs = ledger.lease.as_ref().is_some_and(|l| l.person == vote.person);
    let ran = gate.not.contains(&Excluded::Operator) && ledger.operators.contains(&vote.person);
    let fixed = gate.not.contains(&Excluded::FixAuthor) && ledger.fix_authors.contains(&vote.person);
    let minutes = |from: Instant, to: Instant| (to.0 - from.0) / MINUTE;
    let timely = vote.at < open.deadline
        && minutes(vote.at, open.opened) <= SKEW
        && minutes(clock, vote.at) <= SKEW
        && then.serves(vote.at);
    let may = Requirement::from(gate).entitles(&functions);
    let fits = timely && may && !runs && !ran && !fixed && (!touch || cast.touched);
    fits.then(|| Person { functions, ..then.clone() })
}

/// One case; what is wrong with it, if anything.
pub(crate) fn case(seed: u64, base: &Base) -> Result<&'static str, String> {
    let mut random = Random(seed);
    let mut plan = base.plan.clone();
    let at: GateIx = base.open.gate;
    let opened = base.open.opened;
    plan.roster = people(&mut random, base);
    let functions: Vec<String> = random.some(&FUNCTIONS, 2).into_iter().map(str::to_owned).collect();
    let least = functions.len().max(1) + usize::from(rarely(&mut random, 4));
    let Some(gate) = plan.gates.get_mut(at.ix()) else { return Err("the plan has no such gate".to_owned()) };
    gate.functions = functions;
    gate.people = u16::try_from(least).unwrap_or(1);
    gate.not = [Excluded::Operator, Excluded::FixAuthor].into_iter().filter(|_| rarely(&mut random, 2)).collect();
    gate.touch = if rarely(&mut random, 10) { Touch::Touch } else { Touch::None };
    let now = since(&mut random, &plan.roster, opened);
    let mut ledger = base.ledger.clone();
    let one = |random: &mut Random| random.some(&PEOPLE, 1).into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
    (ledger.operators, ledger.fix_authors) = (one(&mut random), one(&mut random));
    if let (Some(lease), Some(person)) = (&mut ledger.lease, one(&mut random).into_iter().next()) {
        *lease = Lease { person, ..lease.clone() };
    }
    let mut open = base.open.clone();
    open.deadline = opened.plus(Millis(u64::try_from(OPEN * MINUTE).unwrap_or_default()));
    let clock = about(&mut random, opened);
    let casts: Vec<Cast> = (0..random.below(8)).map(|_| cast(&mut random, base, &plan, &ledger, &open)).collect();

    let mut denied = false;
    let mut voters: Vec<(Person, Vec<String>)> = Vec::new();
    for cast in &casts {
        let Some(person) = counts(cast, base, &plan, &now, &ledger, &open, clock) else { continue };
        denied |= cast.vote.decision == Decision::Deny;
        let line = base.keys[cast.key].line();
        match voters.iter_mut().find(|(p, _)| p.name == person.name) {
            Some((_, keys)) => keys.push(line),
            None => voters.push((person, vec![line])),
        }
    }
    let voters: Vec<(&Person, Vec<String>)> = voters.iter().map(|(p, keys)| (p, keys.clone())).collect();
    let need = Requirement::from(plan.gate(at));
    let expected = match (denied, possible(&need, &voters, &mut Vec::new(), 0)) {
        (true, _) => "denied",
        (false, true) => "granted",
        (false, false) => "missing",
    };
    let check = |_: Namespace, _: &[u8], signature: &str| {
        let mut words = signature.split(' ');
        let key = words.next().and_then(|n| n.parse::<usize>().ok()).and_then(|n| base.keys.get(n));
        let touched = words.next() == Some("true");
        match (key, words.next()) {
            (Some(key), Some("false")) => Ok(Checked { key: key.clone(), certificate: None, touched, verified: false }),
            _ => Err(BadSignature::Wrong),
        }
    };
    for order in 0..2 {
        let votes: Vec<Vote> = casts.iter().map(|c| c.vote.clone()).collect();
        open.votes = if order == 0 { votes } else { random.shuffled(&votes) };
        let moment = Moment { now: clock, roster: Ok(&now), authorities: &[], again: true };
        let said = match count(&plan, &ledger, &open, moment, &check) {
            Tally::Denied { .. } => "denied",
            Tally::Granted { .. } => "granted",
            Tally::Missing { .. } => "missing",
        };
        if said != expected {
            return Err(format!("{said}, where it is {expected}: {need:?} by {clock:?}: {:?}", open.votes));
        }
        // Where nobody can say who counts now, nobody does.
        let blind = Moment { roster: Err("it is not there"), ..moment };
        if matches!(count(&plan, &ledger, &open, blind, &check), Tally::Granted { .. }) {
            return Err(format!("granted by a roster that can't be read: {:?}", open.votes));
        }
    }
    Ok(expected)
}
