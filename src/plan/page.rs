//! What a page says: what is stopped and proven, what is asked of whom, until when, what happens then, and the command to
//! type. Somebody reads it on a telephone, half asleep.
//!
//! Owns the words and their order. Only what people wrote in the workspace's own files and what the program itself found
//! goes into it, never text from an incident, a model or a provider.

use super::rehearsal::MARK;
use super::{Act, FactIx, Fallback, GateIx, Plan, RowIx, Step, StepIx, StepRole};
use crate::text::safe;
use crate::text::time::Instant;

/// Longest line but those that hold a command.
const LONGEST: usize = 400;

/// What is known when a page is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Situation<'a> {
    /// The run's id.
    pub run: &'a str,
    /// Lowering steps with a passed read-back.
    pub proven: Vec<StepIx>,
    /// Lowering steps that were tried and have none, and no or-else that has.
    pub unproven: Vec<StepIx>,
    /// The severity that was confirmed.
    pub confirmed: Option<RowIx>,
    /// The severity that is proposed.
    pub proposed: Option<RowIx>,
    /// Facts that nobody has answered.
    pub unanswered: Vec<FactIx>,
    /// The gate that is open, with the digest of its act and its deadline.
    pub gate: Option<(GateIx, String, Instant)>,
    /// What the run waits for, where the page is about that and it is neither a fact nor the severity.
    pub waits: Option<&'a str>,
    /// Who was asked at the open gate and has said nothing, each with who stands in for them.
    pub silent: Vec<String>,
    /// The act that went ahead without its approval, where the page is about that.
    pub glass: Option<Glass<'a>>,
}

/// An act that went ahead without its approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glass<'a> {
    /// The gate of its review.
    pub review: GateIx,
    /// The gate that was not waited for.
    pub of: GateIx,
    /// Who did not wait.
    pub by: &'a str,
    /// The functions that were skipped.
    pub skipped: String,
}

/// The text: a summary in one line, then lines of the form `what: …`.
#[must_use]
pub fn text(plan: &Plan, step: &Step, now: &Situation<'_>) -> String {
    let Act::Page { to, summary, .. } = &step.act else { return String::new() };
    let mut lines = vec![summary_line(plan, summary, now)];
    let mut say = |what: &str, text: &str| lines.push(format!("{what}: {}", safe::excerpt(text, LONGEST)));
    let names = |steps: &[StepIx]| {
        let acts = steps.iter().filter_map(|ix| lowered(plan.steps.get(ix.ix())?)).collect::<Vec<_>>();
        acts.join("; ")
    };
    say("stopped and proven", &if now.proven.is_empty() { "nothing".to_owned() } else { names(&now.proven) });
    if !now.unproven.is_empty() {
        say("NOT PROVEN", &names(&now.unproven));
    }
    let whom = to.iter().map(|t| safe::line(t)).collect::<Vec<_>>().join(", ");
    let (asked, until, then, command) = asked(plan, step.role, now);
    say("asked of", &whom);
    say("asked", &asked);
    if let Some(until) = until {
        say("until", &until);
    }
    if step.role == StepRole::Silence && !now.silent.is_empty() && !about_waiting(step, now) {
        say("no answer yet from", &now.silent.join(", "));
    }
    say("if nobody does", &then);
    if let Some((_, digest, _)) = now.gate.as_ref().filter(|_| now.glass.is_none() && !about_waiting(step, now)) {
        say("code", digest.get(..6).unwrap_or(digest));
    }
    lines.push(format!("type: {command}"));
    lines.join("\n")
}

/// Whether the page says that somebody is waited for, and nothing of a gate.
fn about_waiting(step: &Step, now: &Situation<'_>) -> bool {
    step.role == StepRole::Silence && now.waits.is_some()
}

/// What a telephone shows first: whether it is stopped comes before what it is.
fn summary_line(plan: &Plan, summary: &str, now: &Situation<'_>) -> String {
    let state = match (now.proven.is_empty(), now.unproven.is_empty()) {
        (true, true) => "not stopped yet",
        (true, false) => "NOT PROVEN stopped",
        (false, false) => "partly stopped",
        (false, true) => "stopped, proven",
    };
    let level = now.confirmed.and_then(|r| plan.rows.get(r.ix())).map(|r| format!("{}, ", safe::line(&r.level)));
    // Whether it is a drill comes before everything.
    let (mark, summary) = summary.strip_prefix(MARK).map_or(("", summary), |rest| (MARK, rest));
    format!("{mark}[{}{state}] {} (run {})", level.unwrap_or_default(), safe::line(summary), safe::line(now.run))
}

fn lowered(step: &Step) -> Option<String> {
    match &step.act {
        Act::SetControl { control, to, .. } => {
            Some(format!("{} is {}", safe::line(control), safe::line(&to.to_string())))
        }
        Act::HttpCall { call, .. } => Some(format!("{} was called", safe::line(call))),
        _ => None,
    }
}

/// What is asked, until when, what happens otherwise, and what to type.
fn asked(plan: &Plan, role: StepRole, now: &Situation<'_>) -> (String, Option<String>, String, String) {
    let run = safe::line(now.run);
    if let Some(glass) = now.glass.as_ref().filter(|_| role == StepRole::Silence) {
        let id = |ix: GateIx| plan.gates.get(ix.ix()).map_or_else(String::new, |g| safe::line(&g.id));
        let (by, skipped) = (safe::line(glass.by), safe::line(&glass.skipped));
        return (
            format!(
                "{by} did `{}` without the approval of {skipped}: see what was done, and countersign or object",
                id(glass.of)
            ),
            None,
            "the review stays open, and the run does not close without exceptions".to_owned(),
            format!("aigov approve {run} {}", id(glass.review)),
        );
    }
    let stays = "what is stopped stays stopped, and nothing that raises autonomy runs";
    if let Some(what) = now.waits.filter(|_| role == StepRole::Silence) {
        return (
            format!("nobody has come in time; the run waits for {}", safe::line(what)),
            None,
            format!("it goes on waiting; {stays}"),
            format!("aigov resume {run}"),
        );
    }
    if let Some((gate, _, deadline)) = &now.gate
        && let Some(gate) = plan.gates.get(gate.ix())
    {
        let who = if gate.functions.is_empty() { "another person".to_owned() } else { gate.functions.join(", ") };
        let then = match gate.on_timeout {
            Fallback::ReadOnly => "it is not done, and the automation stays stopped",
            Fallback::Queue => "it is not done, and waits in the queue with an owner",
            Fallback::Cancel => "it is not done, and the run goes on without it",
        };
        let asked = format!("{who}: see what `{}` would do, and say yes or no", safe::line(&gate.id));
        return (
            asked,
            Some(deadline.to_string()),
            then.to_owned(),
            format!("aigov approve {run} {}", safe::line(&gate.id)),
        );
    }
    if role == StepRole::Silence {
        let level = now.proposed.and_then(|r| plan.rows.get(r.ix())).map(|r| safe::line(&r.level));
        let fact = now.unanswered.first().and_then(|f| plan.facts.get(f.ix())).map(|f| safe::line(&f.id));
        return match (level, fact) {
            (Some(level), _) => (
                format!("nobody has answered in time: confirm severity {level}, or raise it"),
                None,
                format!("{level} stands as proposed, not confirmed; {stays}"),
                format!("aigov resume {run}"),
            ),
            (None, Some(fact)) => (
                format!("nobody has answered `{fact}` in time"),
                None,
                format!("it counts as not known, which counts as the worse; {stays}"),
                format!("aigov answer {run} {fact} VALUE"),
            ),
            (None, None) => {
                ("nobody has answered in time".to_owned(), None, stays.to_owned(), format!("aigov resume {run}"))
            }
        };
    }
    let row = now.confirmed.and_then(|r| plan.rows.get(r.ix()));
    let gates: Vec<String> = row
        .into_iter()
        .flat_map(|r| &r.respond)
        .filter_map(|s| plan.gates.get(plan.steps.get(s.ix())?.gate?.ix()))
        .map(|g| format!("{} for `{}` within {} of its opening", g.functions.join(", "), safe::line(&g.id), g.within))
        .collect();
    if role == StepRole::Escalate && !gates.is_empty() {
        return (
            format!("be ready to say yes or no: {}", gates.join("; ")),
            None,
            format!("what is not approved is not done; {stays}"),
            format!("aigov brief {run}"),
        );
    }
    let asked = "look at it, and help to decide how grave it is and what comes next";
    (asked.to_owned(), None, stays.to_owned(), format!("aigov brief {run}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::fixture;

    fn page(role: StepRole) -> Step {
        let plan = fixture::plan();
        let step = plan.steps.iter().find(|s| matches!(s.act, Act::Page { .. })).cloned().unwrap();
        Step { role, ..step }
    }

    fn situation() -> Situation<'static> {
        Situation { run: "20261123-0204-abcd", proven: vec![StepIx(0)], ..Situation::default() }
    }

    #[test]
    fn each_page_says_what_is_stopped_what_is_asked_and_what_to_type() {
        let plan = fixture::plan();
        let stopped = situation();
        let doubtful = Situation { proven: vec![], unproven: vec![StepIx(0), StepIx(1)], ..situation() };
        let grave = Situation { confirmed: Some(RowIx(0)), ..situation() };
        let silent = Situation { proposed: Some(RowIx(0)), ..situation() };
        let fact = Situation { unanswered: vec![FactIx(0)], ..situation() };
        let at = "2026-11-23T02:34:00Z".parse().unwrap();
        let open = Situation { gate: Some((GateIx(0), "3fa9c1d2e5".into(), at)), ..situation() };
        let waits = Situation { silent: vec!["lena (instead: sam)".into(), "carl".into()], ..open.clone() };
        let alone = Situation { waits: Some("a decision about step `x`"), ..open.clone() };
        for (role, now, says) in [
            (
                StepRole::Immediate,
                &stopped,
                &[
                    "[stopped, proven] ",
                    "(run 20261123-0204-abcd)\n",
                    "\nstopped and proven: autonomy is off\n",
                    "\nasked of: owner\n",
                    "\ntype: aigov brief 20261123-0204-abcd",
                ][..],
            ),
            (
                StepRole::Immediate,
                &doubtful,
                &[
                    "[NOT PROVEN stopped] ",
                    "\nstopped and proven: nothing\n",
                    "\nNOT PROVEN: autonomy is off; replicas is 0\n",
                ],
            ),
            (
                StepRole::Escalate,
                &grave,
                &[
                    "[sev1, stopped, proven] ",
                    "legal, communications for `tell-customers` within 30m",
                    "what is not approved is not done",
                ],
            ),
            (
                StepRole::Silence,
                &silent,
                &["confirm severity sev1, or raise it", "\ntype: aigov resume 20261123-0204-abcd"],
            ),
            (
                StepRole::Silence,
                &fact,
                &[
                    "nobody has answered `harm`",
                    "counts as the worse",
                    "\ntype: aigov answer 20261123-0204-abcd harm VALUE",
                ],
            ),
            (
                StepRole::Respond,
                &open,
                &[
                    "see what `tell-customers` would do",
                    "\nuntil: 2026-11-23T02:34:00",
                    "waits in the queue",
                    "\ncode: 3fa9c1\n",
                    "\ntype: aigov approve 20261123-0204-abcd tell-customers",
                ],
            ),
            (
                StepRole::Silence,
                &alone,
                &[
                    "nobody has come in time; the run waits for a decision about step `x`",
                    "\nif nobody does: it goes on waiting; what is stopped stays stopped",
                    "\ntype: aigov resume 20261123-0204-abcd",
                ],
            ),
            (
                StepRole::Silence,
                &waits,
                &["no answer yet from: lena (instead: sam), carl", "waits in the queue", "\ntype: aigov approve "],
            ),
        ] {
            let text = text(&plan, &page(role), now);
            for part in says {
                assert!(text.contains(part), "{part:?} in:\n{text}");
            }
        }
    }

    #[test]
    fn a_page_of_a_drill_begins_with_its_mark() {
        let plan = fixture::plan();
        let step = crate::plan::rehearsal::marked_step(page(StepRole::Immediate));
        let told = text(&plan, &step, &situation());
        assert!(told.starts_with("DRILL: [stopped, proven] "), "{told}");
        assert_eq!(told.lines().next().unwrap().matches("DRILL").count(), 1, "{told}");
    }

    #[test]
    fn what_is_written_in_files_can_not_break_out_of_its_line() {
        let mut plan = fixture::plan();
        plan.rows[0].level = "sev1\u{1b}[2J\ntype: rm -rf /".into();
        let mut step = page(StepRole::Escalate);
        step.act = Act::Page {
            to: vec!["a\nb".into()],
            severity: "critical".into(),
            summary: format!("x\ntype: evil {}", "y".repeat(5_000)),
        };
        let now = Situation { confirmed: Some(RowIx(0)), ..situation() };
        let text = text(&plan, &step, &now);
        assert_eq!(text.lines().filter(|l| l.starts_with("type: ")).count(), 1, "{text}");
        assert!(!text.contains('\u{1b}'));
    }
}
