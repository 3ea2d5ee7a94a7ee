//! One line per step as it happens: what, why, how long, proof; a spinner on what is in flight.

use std::collections::BTreeSet;

use super::screen::{Screen, Tone};
use crate::plan::{Excluded, Gate, Person, Plan, Votes, break_glass};
use crate::port::{Progress, Reporter};
use crate::report::{Mark, phrase, sentence};
use crate::run::event::Event;
use crate::run::record::Record;
use crate::text::safe;

/// Shows records on a screen.
#[derive(Debug)]
pub struct Lines {
    screen: Screen,
    /// What a command in another terminal needs besides its verb and run, such as ` --sandbox`.
    suffix: String,
    /// Who gave or held something so far: excluded where a gate excludes operators.
    operators: BTreeSet<String>,
    /// Who made the fix.
    fix_author: Option<String>,
}

impl Lines {
    /// On a screen.
    #[must_use]
    pub const fn new(screen: Screen, suffix: String) -> Self {
        Self { screen, suffix, operators: BTreeSet::new(), fix_author: None }
    }

    /// Takes in what happened before, without showing it.
    pub fn remember(&mut self, records: &[Record]) {
        for record in records {
            self.operators.insert(record.by.clone());
            self.operators.extend(record.detail.start.iter().flat_map(|start| start.operators.iter().cloned()));
            if record.event == Event::FixAuthorNamed {
                self.fix_author.clone_from(&record.detail.person);
            }
        }
    }

    /// Somebody who could vote as this function at this gate, whom `taken` does not need already.
    fn voter<'p>(&self, plan: &'p Plan, gate: &Gate, function: &str, taken: &[&str]) -> Option<&'p str> {
        let excluded = |name: &String| {
            gate.not.iter().any(|x| match x {
                Excluded::Operator => self.operators.contains(name),
                Excluded::FixAuthor => self.fix_author.as_ref() == Some(name),
            })
        };
        let able = |p: &&Person| p.functions.iter().any(|f| f == function) && !excluded(&p.name);
        plan.roster.iter().filter(able).map(|p| p.name.as_str()).find(|n| !taken.contains(n))
    }

    fn gate(&self, plan: &Plan, record: &Record) {
        let Some(gate) = record.event.gate().and_then(|g| plan.gates.get(g.ix())) else { return };
        let command = format!("aigov approve {} {}", safe::line(&record.run), safe::line(&gate.id));
        if plan.votes == Votes::Unsigned {
            let mut names: Vec<&str> = Vec::new();
            for function in &gate.functions {
                match self.voter(plan, gate, function, &names) {
                    Some(name) => names.push(name),
                    None => {
                        let says = format!("Nobody in people.toml is left who could be {} here.", safe::line(function));
                        self.screen.labelled(Tone::Doubt, "", &says);
                    }
                }
            }
            let whom = if self.screen.look().sandbox { "You are alone here, so be" } else { "Be" };
            let roles = gate.functions.iter().map(|f| safe::line(f)).collect::<Vec<_>>().join(", then ");
            let roles = if roles.is_empty() { "another person".to_owned() } else { roles };
            self.screen.labelled(Tone::Plain, "", &format!("{whom} {roles}, in a second terminal:"));
            if names.is_empty() {
                names = plan.roster.iter().map(|p| p.name.as_str()).filter(|n| *n != record.by).take(1).collect();
            }
            for name in names {
                self.screen.command(&format!("{command} --as {}{}", safe::line(name), self.suffix));
            }
        } else {
            self.screen.labelled(Tone::Plain, "", "They see what is asked, and answer, with:");
            self.screen.command(&format!("{command}{}", self.suffix));
        }
        if record.event.gate().is_some_and(|of| break_glass::allowed(plan, of).is_ok()) {
            let says = "If nobody answers, leave with Ctrl-C and do it without them; they countersign it afterwards:";
            self.screen.labelled(Tone::Plain, "", says);
            let (run, id) = (safe::line(&record.run), safe::line(&gate.id));
            self.screen.command(&format!("aigov break-glass {run} {id} --reason TEXT{}", self.suffix));
        }
    }

    fn by_hand(&self, plan: &Plan, record: &Record) {
        let Some(step) = record.event.step().and_then(|s| plan.steps.get(s.ix())) else { return };
        if let Some(console) = &step.console {
            self.screen.labelled(Tone::Plain, "", &format!("console: {}", safe::line(console)));
        }
        if let Some(by_hand) = &step.by_hand {
            self.screen.labelled(Tone::Plain, "", &format!("by hand: {}", safe::line(by_hand)));
        }
    }
}

impl Reporter for Lines {
    fn record(&mut self, plan: &Plan, record: &Record) {
        if let Event::PhaseEntered { phase } = record.event {
            self.screen.still();
            self.screen.blank();
            self.screen.say(Tone::Strong, phrase::phase(phase));
            return;
        }
        self.remember(std::slice::from_ref(record));
        let told = sentence(plan, record);
        if told.mark == Mark::Quiet {
            return;
        }
        self.screen.still();
        let about = if told.about.is_empty() { String::new() } else { format!("{}: ", told.about) };
        self.screen.mark(told.mark, &format!("{about}{}", told.text));
        if let Some(why) = told.why {
            self.screen.labelled(Tone::Plain, "", &why);
        }
        match record.event {
            Event::GateOpened { .. } => self.gate(plan, record),
            // The driver tells it for a step; an undo that needs a person is told here.
            Event::UndoStuck { .. } => self.by_hand(plan, record),
            _ => {}
        }
    }

    fn progress(&mut self, _: &Plan, progress: Progress<'_>) {
        match progress {
            Progress::Begins { what, limit } => {
                self.screen.spin(&format!("{} (up to {})", safe::line(what), phrase::length(limit)));
            }
            Progress::Ends => self.screen.still(),
            Progress::Waits { what, until } => {
                let until = until.map(|u| format!(" until {} UTC", u.clock())).unwrap_or_default();
                self.screen.spin(&format!("waiting for {}{until}", safe::line(what)));
            }
            Progress::Says(text) => {
                self.screen.still();
                self.screen.labelled(Tone::Plain, "", &safe::line(text));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::screen::Look;
    use super::super::screen::fake::{PLAIN, screen};
    use super::*;
    use crate::report::example::{at_the_gate, plan};

    #[test]
    fn a_sandbox_run_reads_like_this() {
        let (s, out, err) = screen(Look { sandbox: true, ..PLAIN });
        let plan = plan();
        let mut lines = Lines::new(s, String::new());
        for r in &at_the_gate() {
            lines.record(&plan, r);
            lines.progress(&plan, Progress::Begins { what: "x", limit: crate::text::time::Millis(1) });
        }
        assert_eq!(out.text(), "");
        assert_eq!(
            err.text(),
            "\
SANDBOX -     run 20261123-0204-abcd declared: incident/hallucination on
SANDBOX       support-replies, production
SANDBOX
SANDBOX Contain
SANDBOX ok    stop-sending: set autonomy to off; proven: consumers now see off
SANDBOX       (0.3s)
SANDBOX       Every sent answer can be relied upon; drafts can not.
SANDBOX -     page: page ada, lena (critical); accepted, unproven
SANDBOX
SANDBOX Assess
SANDBOX -     ungrounded-claims: 0.06 (4100 samples): it HOLDS (ungrounded_rate
SANDBOX       above 0.02 on at least 200 samples)
SANDBOX -     harm: yes, says olga
SANDBOX -     exposed: 1843, measured
SANDBOX -     sev1: the matrix proposes sev1 (harm || exposed > 1000)
SANDBOX ok    sev1: severity sev1, confirmed by olga
SANDBOX
SANDBOX Respond
SANDBOX ask   tell-customers: waits for legal and communications until 02:34:20
SANDBOX       UTC
SANDBOX       You are alone here, so be legal, then communications, in a second
SANDBOX       terminal:
SANDBOX         aigov approve 20261123-0204-abcd tell-customers --as lena
SANDBOX         aigov approve 20261123-0204-abcd tell-customers --as carl
"
        );
    }
}
