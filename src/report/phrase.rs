//! The words for acts, verdicts, values, conditions and lengths of time: one place, so that every page says the same.
//!
//! Must not decide anything.

use serde_json::Value;

use crate::plan::{
    Act, Condition, Direction, Excluded, Fact, FactKind, FactValue, Fallback, Gate, Measure, Plan, Proof, Repeat, Row,
    Step, StepRole, Trigger, Undo, Votes,
};
use crate::run::beyond;
use crate::run::event::{BreachReason, Choice, End, Outcome, Phase, Verdict, VoidReason};
use crate::run::record::{Claim, ClaimedResult, Measured};
use crate::text::number::shown;
use crate::text::safe;
use crate::text::time::{Instant, Millis};

/// That somebody without a name did more than stop, page and keep evidence, with the numbers of the records; none where nobody
/// did.
#[must_use]
pub fn unnamed(records: &[u64]) -> Option<String> {
    let (first, more) = records.split_first()?;
    Some(format!("record {first}: {}", beyond::says(more.len())))
}

/// The automation, and what it is for where somebody wrote that down.
#[must_use]
pub fn automation(plan: &Plan) -> String {
    let (name, purpose) = (safe::line(&plan.automation), safe::line(&plan.purpose));
    if purpose.is_empty() { name } else { format!("{name}: {purpose}") }
}

/// What a step does, as a phrase that can follow "to": `set autonomy to off`.
#[must_use]
pub fn act(step: &Step) -> String {
    let labels = || step.targets.iter().map(|t| safe::line(&t.label)).collect::<Vec<_>>().join(", ");
    match &step.act {
        Act::SetControl { control, to, .. } => {
            let unit = if matches!(to, crate::plan::Setting::Percent(_)) { " percent" } else { "" };
            format!("set {} to {}{unit}", safe::line(control), safe::line(&to.to_string()))
        }
        Act::RollbackLayer { layer, to } => format!("roll {} back to {}", safe::line(layer), safe::line(to)),
        Act::Capture { since } => format!("keep evidence of the last {since}: {}", labels()),
        Act::Freeze => format!("freeze deployments of {}", labels()),
        Act::Page { to, severity, .. } => format!("page {} ({})", safe::line(&to.join(", ")), safe::line(severity)),
        Act::Notify { to, .. } => format!("notify {}", safe::line(&to.join(", "))),
        Act::Publish { template, audience, amended, .. } => {
            let text = if amended.is_some() { " with amended text" } else { "" };
            format!("publish {} to {}{text}", safe::line(template), safe::line(audience))
        }
        Act::Ticket { title } => format!("open a ticket: {}", safe::line(title)),
        Act::Human { text } => format!("by a person: {}", safe::line(text)),
        Act::HttpCall { call, .. } => format!("call {} of {}", safe::line(call), labels()),
    }
}

/// Where a step acts: provider and kind of each target.
#[must_use]
pub fn targets(step: &Step) -> String {
    if step.targets.is_empty() {
        return "a person".to_owned();
    }
    step.targets
        .iter()
        .map(|t| {
            let binding: Vec<String> = t
                .binding
                .iter()
                .map(|(k, v)| {
                    format!(
                        "{}={}",
                        safe::line(k),
                        safe::line(&v.as_str().map_or_else(|| v.to_string(), str::to_owned))
                    )
                })
                .collect();
            let binding = if binding.is_empty() { String::new() } else { format!(" ({})", binding.join(", ")) };
            format!("{} [{}]{binding}", safe::line(&t.provider), safe::line(&t.kind))
        })
        .collect::<Vec<_>>()
        .join("; ")
}

/// Which way a step moves autonomy.
#[must_use]
pub const fn direction(d: Direction) -> &'static str {
    match d {
        Direction::Lowers => "lowers autonomy",
        Direction::Raises => "raises autonomy",
        Direction::Neutral => "neutral: changes something, not autonomy",
        Direction::Looks => "looks: changes nothing of the automation",
    }
}

/// How a step is proven.
#[must_use]
pub const fn proof(p: Proof) -> &'static str {
    match p {
        Proof::ReadBack => "read back where the effect is consumed",
        Proof::Accepted => "accepted only; the provider can't be asked, so it stays unproven",
        Proof::Attested => "a person attests it",
    }
}

/// What a repetition does.
#[must_use]
pub const fn repeat(r: Repeat) -> &'static str {
    match r {
        Repeat::Harmless => "harmless",
        Repeat::Keyed => "recognised by its key",
        Repeat::Never => "a second effect: never repeated by itself",
    }
}

/// Whether it can be taken back.
#[must_use]
pub fn reversibility(step: &Step) -> String {
    match (&step.irreversible, step.undo) {
        (Some(i), _) => {
            let corrective =
                i.corrective.as_deref().map(|c| format!(" Instead: {}", safe::line(c))).unwrap_or_default();
            format!("irreversible: {}{corrective}", safe::line(&i.because))
        }
        (None, Undo::Restore) => "undone in the last stage of restoration, from captured prior state".to_owned(),
        (None, Undo::None) => match step.act {
            Act::RollbackLayer { .. } => "stays: going back to the version in use at the incident would raise autonomy",
            _ => "nothing to undo",
        }
        .to_owned(),
    }
}

/// Why a step stands in the plan.
#[must_use]
pub const fn role(r: StepRole) -> &'static str {
    match r {
        StepRole::Immediate => "immediate",
        StepRole::OrElse => "only if another fails",
        StepRole::Stop => "stop",
        StepRole::Escalate => "escalation",
        StepRole::Silence => "when nobody answers",
        StepRole::Respond => "response",
        StepRole::Stage => "stage",
        StepRole::Safe => "after a breach",
    }
}

/// A verdict in a word.
#[must_use]
pub const fn verdict(v: Verdict) -> &'static str {
    match v {
        Verdict::Pass => "pass",
        Verdict::Accepted => "accepted, unproven",
        Verdict::Fail => "fail",
        Verdict::Inconclusive => "inconclusive",
    }
}

/// An outcome in words.
#[must_use]
pub const fn outcome(o: Outcome) -> &'static str {
    match o {
        Outcome::Done => "done, says the provider",
        Outcome::Refused => "refused",
        Outcome::NotSent => "not sent",
        Outcome::Unknown => "outcome unknown",
    }
}

/// A phase as a heading.
#[must_use]
pub const fn phase(p: Phase) -> &'static str {
    match p {
        Phase::Declare => "Declare",
        Phase::Contain => "Contain",
        Phase::Assess => "Assess",
        Phase::Respond => "Respond",
        Phase::Verify => "Verify",
        Phase::Restore => "Restore",
        Phase::Close => "Close",
    }
}

/// An end as DESIGN names it.
#[must_use]
pub const fn end(e: End) -> &'static str {
    match e {
        End::Closed => "closed",
        End::ClosedWithExceptions => "closed with exceptions",
        End::StoodDown => "stood down",
        End::Abandoned => "abandoned (autonomy low)",
        End::Stuck => "stuck",
        End::Recorded => "entered afterwards",
    }
}

/// What an operator chose.
#[must_use]
pub const fn choice(c: Choice) -> &'static str {
    match c {
        Choice::Retry => "try it again",
        Choice::ByHand => "do it by hand; the probe proves it",
        Choice::Attest => "attest that it is so",
        Choice::Skip => "go on without it",
        Choice::Undo => "put back what it changed",
        Choice::Abandon => "end the run, autonomy stays low",
    }
}

/// Why votes were voided.
#[must_use]
pub const fn void_reason(v: VoidReason) -> &'static str {
    match v {
        VoidReason::PriorChanged => "the state differs from what was shown",
        VoidReason::Amended => "other text was proposed",
        VoidReason::TakenOver => "another person took the run over",
        VoidReason::Breached => "the run went back to responding",
        VoidReason::Revised => "the severity was revised upward",
        VoidReason::FallbackApplied => "the fallback had to be applied first",
    }
}

/// Why autonomy was taken back.
#[must_use]
pub const fn breach_reason(b: BreachReason) -> &'static str {
    match b {
        BreachReason::Check => "a check failed or could not be judged after a soak",
        BreachReason::OtherRun => "another run holds a lowering step on this automation",
        BreachReason::Raise => "a raise did not pass its probe",
        BreachReason::Changed => {
            "what was signed off was changed by somebody else, can't be read, or the sign-off counts no more"
        }
        BreachReason::Operator => "a person said stop",
    }
}

/// What happens when a gate's deadline passes or it is denied.
#[must_use]
pub fn fallback(gate: &Gate) -> &'static str {
    if gate.id.starts_with("review-") {
        return "it was done already; the review stays open until it is countersigned";
    }
    match gate.on_timeout {
        Fallback::ReadOnly if gate.id == "sign-off" => "the automation stays stopped; the sign-off may be asked anew",
        Fallback::ReadOnly => "it is not done; the automation's stop holds, and the run goes on",
        Fallback::Queue => {
            "it is not done; it waits in the queue, and the run can't close before it is done or dropped"
        }
        Fallback::Cancel => "it is not done; what depends on it is blocked, and the run goes on",
    }
}

/// What is said of a gate that counts names, wherever that is not play.
pub const NAMES_ONLY: &str = "approvals are names only here, and nobody signs them";

/// The same of one that was passed, after who passed it; nothing where votes are signed, or where it is play.
#[must_use]
pub fn names_only(plan: &Plan, drill: bool) -> &'static str {
    if plan.votes == Votes::Unsigned && !drill { " (names only, nobody signed)" } else { "" }
}

/// Who was skipped when an act went ahead without its approval.
#[must_use]
pub fn skipped(functions: &[String]) -> String {
    if functions.is_empty() {
        return "another person".to_owned();
    }
    functions.iter().map(|f| safe::line(f)).collect::<Vec<_>>().join(" and ")
}

/// Who has to say yes.
#[must_use]
pub fn who(gate: &Gate) -> String {
    let functions = gate.functions.iter().map(|f| safe::line(f)).collect::<Vec<_>>().join(" and ");
    let people = usize::from(gate.people);
    let mut out = if functions.is_empty() {
        format!("{people} {}", if people == 1 { "person" } else { "people" })
    } else if people > gate.functions.len() {
        format!("{functions} ({people} distinct people)")
    } else {
        functions
    };
    let not: Vec<&str> = gate
        .not
        .iter()
        .map(|x| match x {
            Excluded::Operator => "the operator",
            Excluded::FixAuthor => "whoever made the fix",
        })
        .collect();
    if !not.is_empty() {
        out.push_str(", but not ");
        out.push_str(&not.join(" or "));
    }
    out
}

/// A fact's or check's value.
#[must_use]
pub fn value(kind: Option<&FactKind>, value: &FactValue) -> String {
    match value {
        FactValue::YesNo(true) => "yes".to_owned(),
        FactValue::YesNo(false) => "no".to_owned(),
        FactValue::Count(n) => n.to_string(),
        FactValue::Percent(p) => format!("{p} %"),
        FactValue::Level(i) => match kind {
            Some(FactKind::Level(levels)) => {
                levels.get(usize::from(*i)).map_or_else(|| format!("level {i}"), |l| safe::line(l))
            }
            _ => format!("level {i}"),
        },
    }
}

/// A signal's condition: `above 0.02 on at least 200 samples, for 15m`.
#[must_use]
pub fn condition(measure: &Measure) -> String {
    let mut out = threshold(&measure.condition);
    if let Some(samples) = measure.samples {
        out.push_str(&format!(" on at least {samples} samples"));
    }
    if let Some(lasting) = measure.lasting {
        out.push_str(&format!(", for {lasting}"));
    }
    out
}

/// A condition alone.
#[must_use]
pub fn threshold(condition: &Condition) -> String {
    match condition {
        Condition::Above(x) => format!("above {x}"),
        Condition::Below(x) => format!("below {x}"),
        Condition::AboveBaseline { times, window, cases } => {
            let cases = cases.map(|c| format!(" and at least {c} cases")).unwrap_or_default();
            format!("at least {times} times the mean of {window}{cases}")
        }
        Condition::Value => "read".to_owned(),
    }
}

/// A measured number with what stands behind it.
#[must_use]
pub fn measured(m: &Measured) -> String {
    let mut out = m.value.map_or_else(|| "no data".to_owned(), shown);
    if let Some(b) = m.baseline {
        out.push_str(&format!(" against a baseline of {}", shown(b)));
    }
    if let Some(s) = m.samples {
        out.push_str(&format!(" ({s} samples)"));
    }
    out
}

/// What differs between two states as a provider holds them: `5, was 100`, and where it is several parts, each by its name.
#[must_use]
pub fn difference(was: &Value, now: &Value) -> String {
    fn plain(value: Option<&Value>) -> String {
        match value {
            None | Some(Value::Null) => "none".to_owned(),
            Some(Value::String(text)) => safe::excerpt(text, 60),
            Some(other) => safe::excerpt(&other.to_string(), 60),
        }
    }
    fn walk(name: &str, was: Option<&Value>, now: Option<&Value>, out: &mut Vec<(String, String)>) {
        match (was, now) {
            _ if was == now => {}
            (Some(Value::Object(a)), Some(Value::Object(b))) => {
                let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
                keys.into_iter().for_each(|k| walk(k, a.get(k), b.get(k), out));
            }
            (Some(Value::Array(a)), Some(Value::Array(b))) if a.len() == b.len() => {
                a.iter().zip(b).for_each(|(a, b)| walk(name, Some(a), Some(b), out));
            }
            _ => {
                out.push((safe::line(name), format!("{}, was {}", plain(now), plain(was))));
            }
        }
    }
    let mut out = Vec::new();
    walk("", Some(was), Some(now), &mut out);
    match out.as_slice() {
        [(_, only)] => only.clone(),
        several => several.iter().map(|(name, text)| format!("{name} {text}")).collect::<Vec<_>>().join("; "),
    }
}

/// What a trigger looks for, in plain words.
#[must_use]
pub fn trigger(t: &Trigger) -> String {
    match (&t.signal, &t.report) {
        (Some(m), _) => format!("{} {}", safe::line(&m.signal), condition(m)),
        (None, Some(report)) => safe::line(report),
        (None, None) => safe::line(&t.id),
    }
}

/// What a fact asks.
#[must_use]
pub fn question(f: &Fact) -> String {
    f.ask.as_deref().map_or_else(|| format!("What is {}?", safe::line(&f.id)), safe::line)
}

/// What a row of the matrix brings: responses, pages, publication.
#[must_use]
pub fn consequences(plan: &Plan, row: &Row) -> String {
    let name = |ix: &crate::plan::StepIx| plan.steps.get(ix.ix()).map(act).unwrap_or_default();
    let mut parts: Vec<String> = row.respond.iter().map(name).collect();
    parts.extend(row.escalate.iter().map(name));
    if row.public {
        parts.push("the public is told".to_owned());
    }
    if parts.is_empty() { "no response beyond what is contained".to_owned() } else { parts.join("; ") }
}

/// What somebody says was done by hand. Never more than said: the program has seen none of it.
#[must_use]
pub fn claim(claim: &Claim) -> String {
    let came = match claim.result {
        ClaimedResult::Worked => "it worked",
        ClaimedResult::Failed => "it failed",
        ClaimedResult::Unknown => "it is not known whether it worked",
    };
    let at = claim.at.to_string();
    let (day, time) = (at.get(..10).unwrap_or_default(), at.get(11..16).unwrap_or_default());
    format!("said to be done by hand by {} on {day} at {time} UTC; said that {came}", safe::line(&claim.by))
}

/// A short length of time as one reads it: `84ms`, `0.4s`, `12s`, `3m 20s`, `2h 5m`, `3d 4h`.
#[must_use]
pub fn length(m: Millis) -> String {
    let secs = m.0 / 1_000;
    match secs {
        0 if m.0 < 100 => format!("{}ms", m.0),
        0..10 => format!("{}.{}s", secs, (m.0 % 1_000) / 100),
        10..60 => format!("{secs}s"),
        60..3_600 if secs.is_multiple_of(60) => format!("{}m", secs / 60),
        60..3_600 => format!("{}m {}s", secs / 60, secs % 60),
        3_600..86_400 if (secs / 60).is_multiple_of(60) => format!("{}h", secs / 3_600),
        3_600..86_400 => format!("{}h {}m", secs / 3_600, (secs / 60) % 60),
        _ => format!("{}d {}h", secs / 86_400, (secs / 3_600) % 24),
    }
}

/// An instant on a narrow screen: the clock, with the date in front when it is another day than `now`.
#[must_use]
pub fn when(at: Instant, now: Instant) -> String {
    let (at_text, now_text) = (at.to_string(), now.to_string());
    if at_text.get(..10) == now_text.get(..10) {
        format!("{} UTC", at.clock())
    } else {
        format!("{} {} UTC", at_text.get(..10).unwrap_or("?"), at.clock())
    }
}

/// A deadline: when, and how long until then.
#[must_use]
pub fn deadline(at: Instant, now: Instant) -> String {
    if now.0 >= at.0 {
        format!("{} (passed)", when(at, now))
    } else {
        format!("{} (in {})", when(at, now), length(at.since(now)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lengths_read_as_people_say_them() {
        for (ms, text) in [
            (0, "0ms"),
            (84, "84ms"),
            (432, "0.4s"),
            (12_900, "12s"),
            (200_000, "3m 20s"),
            (1_800_000, "30m"),
            (7_500_000, "2h 5m"),
            (7_200_000, "2h"),
            (273_600_000, "3d 4h"),
        ] {
            assert_eq!(length(Millis(ms)), text);
        }
    }

    #[test]
    fn a_difference_names_what_changed_and_nothing_else() {
        let was = json!({ "enabled": true, "strategies": [ { "name": "flexibleRollout", "parameters": { "rollout": "100" } } ] });
        let mut now = was.clone();
        now["strategies"][0]["parameters"]["rollout"] = json!("5");
        assert_eq!(difference(&was, &now), "5, was 100");
        assert_eq!(
            difference(&json!({ "a": 1, "b": [1] }), &json!({ "a": 1, "c": "x" })),
            "b none, was [1]; c x, was none"
        );
        assert_eq!(difference(&json!(true), &json!(false)), "false, was true");
        assert_eq!(difference(&was, &was), "");
    }

    #[test]
    fn a_deadline_says_whether_it_has_passed() {
        let now: Instant = "2026-11-23T23:50:00Z".parse().unwrap();
        assert_eq!(deadline(now.plus(Millis::from_secs(120)), now), "23:52:00 UTC (in 2m)");
        assert_eq!(deadline(now.plus(Millis::from_secs(1_200)), now), "2026-11-24 00:10:00 UTC (in 20m)");
        assert_eq!(deadline(now, now), "23:50:00 UTC (passed)");
    }
}
