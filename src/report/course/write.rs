//! A course as the TOML of a scenario.

use std::fmt::Write as _;

use super::{Course, Said, named};
use crate::model::scenario::Pick;
use crate::model::word::Word as _;
use crate::plan::Plan;
use crate::run::event::End;
use crate::text::safe;
use crate::text::time::Millis;

/// Time beyond what it took, so that a player who is a little slower comes to the same end.
const BEYOND: Millis = Millis::from_secs(3_600);

/// A text as TOML writes it. JSON's escapes are a part of TOML's.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::String(safe::line(text)).to_string()
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

fn seconds(of: Millis) -> String {
    format!("{}s", of.0.div_ceil(1_000).max(1))
}

fn at(of: Millis) -> String {
    match of.0 / 1_000 {
        0 => "\"t+0\"".to_owned(),
        s => format!("\"t+{s}s\""),
    }
}

fn number(of: f64) -> String {
    format!("{of:?}")
}

/// The whole file.
#[must_use]
pub fn toml(of: &Course, plan: &Plan) -> String {
    let mut out = String::from("#:schema ../../.aigov/schema/scenario.json\n");
    // Writing to a String can't fail.
    let _ = writeln!(out, "# Written by aigov from {}.\n", safe::line(&of.based_on));
    let _ = writeln!(out, "schema      = 1\ntitle       = {}", quoted(&of.title));
    let _ = writeln!(out, "runbook     = {}\nautomation  = {}", quoted(&of.runbook), quoted(&of.automation));
    let _ = writeln!(out, "environment = {}", quoted(&of.environment));
    let _ = writeln!(out, "based-on    = [{}]", quoted(&of.based_on));
    let _ = writeln!(out, "objectives  = [\"Come to the same end by the same acts\"]\nabort-word  = \"NO DUFF\"");
    if let Some(level) = &of.severity {
        let _ = writeln!(out, "severity    = {}", quoted(level));
    }
    let soaks = plan.stages.iter().map(|s| s.soak.0);
    let lasting = plan.checks.iter().filter_map(|c| c.signal.as_ref()?.lasting).map(|l| l.0);
    let waits: u64 = soaks.chain(lasting).chain(plan.gates.iter().map(|g| g.within.0)).sum();
    let duration = Millis(of.took.0.saturating_mul(2).saturating_add(waits).saturating_add(BEYOND.0));
    let _ = writeln!(out, "\n[limits]\nduration = \"{}\"", seconds(duration));
    let _ = writeln!(out, "\n[[role]]\nid     = \"on-call\"\nperson = {}", quoted(&of.lead));
    for (name, shown) in &of.signals {
        let _ = writeln!(out, "\n[[signal]]\nsignal = {}\nvalue = {}", quoted(name), number(shown.first));
        if let Some(samples) = shown.samples {
            let _ = writeln!(out, "samples = {samples}");
        }
        if let Some(baseline) = shown.baseline {
            let _ = writeln!(out, "baseline = {}", number(baseline));
        }
        if let Some(after) = shown.after.as_ref().filter(|_| (shown.last - shown.first).abs() > f64::EPSILON) {
            let _ = writeln!(out, "mended = {}\nmended-by = {}", number(shown.last), quoted(after));
        }
    }
    injects(&mut out, of);
    for (person, from, until) in &of.absent {
        let _ = writeln!(out, "\n[[absent]]\nwho  = {}\nfrom = {}", quoted(person), at(*from));
        if let Some(until) = until {
            let _ = writeln!(out, "until = {}", at(*until));
        }
        let _ = writeln!(out, "how  = \"unreachable\"");
    }
    for (n, (step, kind, times)) in of.faults.iter().enumerate() {
        let _ = writeln!(out, "\n[[fault]]\nid = \"fault-{}\"\nstep = {}", n + 1, quoted(step));
        let _ = writeln!(out, "kind = \"{}\"\ntimes = {times}", kind.word());
    }
    expected(&mut out, of, plan);
    player(&mut out, of);
    out
}

fn injects(out: &mut String, of: &Course) {
    let text = format!("{} on {}: what set it off is measured below.", of.runbook, of.automation);
    let first = (Millis(0), text);
    for (n, (when, text)) in std::iter::once(&first).chain(&of.injects).enumerate() {
        let (id, untrusted) =
            if n == 0 { ("beginning".to_owned(), "") } else { (format!("note-{n}"), "untrusted = true\n") };
        let channel = if n == 0 { "alert" } else { "ticket" };
        let _ = writeln!(out, "\n[[inject]]\nid = \"{id}\"\nat = {}\nchannel = \"{channel}\"", at(*when));
        let _ = write!(out, "to = [\"on-call\"]\n{untrusted}text = {}\n", quoted(text));
    }
}

/// The steps of the runbook that passed, in their order, and the end.
fn expected(out: &mut String, of: &Course, plan: &Plan) {
    let mut steps: Vec<&String> = Vec::new();
    for id in of.passed.iter().filter(|id| named(plan, id)) {
        if !steps.contains(&id) {
            steps.push(id);
        }
    }
    for (n, id) in steps.iter().enumerate() {
        let _ = writeln!(out, "\n[[expect]]\nid = \"{id}\"\nevent = \"step-passed\"\nabout = \"{id}\"");
        if let Some(next) = steps.get(n + 1) {
            let _ = writeln!(out, "before = [\"{next}\"]");
        }
    }
    for gate in &of.expired {
        let _ = writeln!(out, "\n[[expect]]\nid = \"silence-at-{gate}\"\nevent = \"gate-expired\"\nabout = \"{gate}\"");
    }
    let event = match of.end {
        Some(End::Closed | End::ClosedWithExceptions) => "closed",
        Some(End::StoodDown) => "stood-down",
        Some(End::Abandoned) => "abandoned",
        Some(End::Stuck | End::Recorded) | None => return,
    };
    let _ = writeln!(out, "\n[[expect]]\nid = \"the-end\"\nevent = \"{event}\"");
}

fn player(out: &mut String, of: &Course) {
    let _ = writeln!(out, "\n[[player]]\nid = \"good\"\nabout = \"Does what was done\"\ndeclares-after = \"1s\"");
    if let Some(level) = &of.raised {
        let _ = writeln!(out, "severity = {}", quoted(level));
    }
    if !of.choices.is_empty() {
        let picks = of.choices.iter().map(|p: &Pick| format!("\"{}\"", p.word()));
        let _ = writeln!(out, "choices = {}", list(picks));
    }
    if let Some(author) = &of.fix_author {
        let _ = writeln!(out, "fix-author = {}", quoted(author));
    }
    if of.stands_down {
        let _ = writeln!(out, "stands-down = true");
    }
    if of.abandons {
        let _ = writeln!(out, "abandons = true");
    }
    let votes = of.votes.iter().map(|(person, gate, says, after)| {
        let after = after.map_or_else(String::new, |a| format!(", after = \"{}\"", seconds(a)));
        format!("{{ person = {}, gate = {}, says = \"{}\"{after} }}", quoted(person), quoted(gate), says.word())
    });
    if of.votes.is_empty() {
        let _ = writeln!(out, "approvers-take = \"1m\"");
    } else {
        let _ = writeln!(out, "votes = [\n  {},\n]", votes.collect::<Vec<_>>().join(",\n  "));
    }
    let answers = of.answers.iter().map(|(to, said)| match said {
        Said::Value(value) => format!("{{ to = {}, value = {value} }}", quoted(to)),
        Said::NotKnown => format!("{{ to = {} }}", quoted(to)),
        Said::Nothing => format!("{{ to = {}, silent = true }}", quoted(to)),
    });
    if !of.answers.is_empty() {
        let _ = writeln!(out, "answers = [\n  {},\n]", answers.collect::<Vec<_>>().join(",\n  "));
    }
}
