//! Bare `aigov`: what is open, what waits for whom, and how each automation is stopped, as a page.
//!
//! Owns what is shown of many. Must not look anything up: everything is given.

use super::{Page, phrase};
use crate::text::safe;
use crate::text::time::Instant;

/// Everything the page says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// Who asks, where that is known.
    pub me: Option<String>,
    /// The command that says who one is, where nobody knows.
    pub ask_as: String,
    /// Whether it is about drills: then nothing is told by which anything real is stopped.
    pub drill: bool,
    /// Whether the record can't be read, so that nothing is known of runs.
    pub unreadable: bool,
    /// Open runs that are shown, the most urgent first.
    pub open: Vec<Open>,
    /// How many more are open, and the command that lists them.
    pub more: (usize, String),
    /// What waits: for whoever asks, or, where that is not known, the gates that wait for anybody.
    pub waiting: Vec<Waiting>,
    /// How many more gates wait that were not looked into.
    pub unlooked: usize,
    /// The inventory.
    pub automations: Vec<Automation>,
    /// Whether `automations` is all there is.
    pub whole: bool,
    /// How many automations there are, how many of them are held, and the command that lists all.
    pub inventory: (usize, usize, String),
    /// Commands for any automation: what one gets, and the command.
    pub any: Vec<(String, String)>,
    /// What is wrong with the files, in a sentence.
    pub problems: Option<String>,
    /// The command to type next.
    pub next: String,
}

/// An open run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Its id.
    pub run: String,
    /// What the bridge is told, without the command; none when the record can't be read whole.
    pub lines: Option<Vec<String>>,
    /// The command that goes on with it, or that tells what is wrong with its record.
    pub command: String,
}

/// Something that waits for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The run.
    pub run: String,
    /// The automation.
    pub automation: String,
    /// What of the run waits.
    pub what: What,
    /// When it expires.
    pub deadline: Option<Instant>,
    /// The command that shows what is asked.
    pub command: String,
}

/// What of a run waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A gate: its id, and for whom.
    Gate(String, String),
    /// Whoever holds the run.
    Operator,
}

/// An automation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Automation {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub purpose: Option<String>,
    /// Runs that hold it low.
    pub held: Vec<String>,
    /// The command that stops it; none where one line above says it for all.
    pub command: Option<String>,
    /// The page for the day when the tool or the API is broken.
    pub console: Option<String>,
    /// What to click there.
    pub by_hand: Option<String>,
}

/// Lays it out.
#[must_use]
pub fn page(status: &Status, now: Instant, width: usize) -> Page {
    let mut page = Page::new(width);
    runs(&mut page, status);
    if !status.unreadable {
        waiting(&mut page, status, now);
    }
    if !status.drill {
        inventory(&mut page, status);
    }
    if let Some(problems) = &status.problems {
        page.heading(problems);
    }
    page.heading("Next:");
    page.verbatim(2, &status.next);
    page
}

fn runs(page: &mut Page, status: &Status) {
    let (more, list) = &status.more;
    let count = match status.open.len() + more {
        _ if status.unreadable => "can't be told, because the record can't be read".to_owned(),
        0 => "none".to_owned(),
        n => n.to_string(),
    };
    page.heading(&format!("Open {}: {count}", if status.drill { "drills" } else { "runs" }));
    for open in &status.open {
        match &open.lines {
            None => {
                page.hang("  ", "    ", &format!("{}: its record can't be read whole", safe::line(&open.run)));
                page.verbatim(4, &open.command);
            }
            Some(lines) => {
                for (n, line) in lines.iter().enumerate() {
                    page.hang(if n == 0 { "  " } else { "    " }, "      ", line);
                }
            }
        }
    }
    if *more > 0 {
        page.hang("  ", "    ", &format!("and {more} more:"));
        page.verbatim(4, list);
    }
}

fn waiting(page: &mut Page, status: &Status, now: Instant) {
    match &status.me {
        Some(me) if status.waiting.is_empty() => page.heading(&format!("Waits for you ({}): nothing", safe::line(me))),
        Some(me) => page.heading(&format!("Waits for you ({})", safe::line(me))),
        None if status.waiting.is_empty() => {}
        None => page.heading("Waits for votes; who you are is not known here"),
    }
    for gate in &status.waiting {
        let until = gate.deadline.map(|d| format!("; until {}", phrase::deadline(d, now))).unwrap_or_default();
        let of = format!("run {} on {}", safe::line(&gate.run), safe::line(&gate.automation));
        let says = match &gate.what {
            What::Gate(id, who) => format!("{} of {of}, for {}{until}", safe::line(id), safe::line(who)),
            What::Operator => format!("{of}: you hold it, and it goes on with you"),
        };
        page.hang("  ", "    ", &says);
        page.verbatim(4, &gate.command);
    }
    if status.unlooked > 0 {
        page.hang("  ", "    ", &format!("{} more gates wait and were not looked into here", status.unlooked));
    }
    if status.me.is_none() && !status.waiting.is_empty() {
        page.hang("  ", "    ", "To see what waits for you:");
        page.verbatim(4, &status.ask_as);
    }
}

fn inventory(page: &mut Page, status: &Status) {
    let (total, held, list) = &status.inventory;
    let held = match held {
        _ if status.unreadable => "; which of them a run holds can't be told".to_owned(),
        0 => String::new(),
        n => format!("; {n} held by open runs"),
    };
    page.heading(&format!("Automations: {total}{held}"));
    if *total == 0 {
        page.hang("  ", "  ", "none: automations/NAME.toml describes one");
    }
    for (what, command) in &status.any {
        page.hang("  ", "    ", what);
        page.verbatim(4, command);
    }
    for automation in &status.automations {
        one(page, automation);
    }
    if !status.whole {
        page.hang("  ", "    ", &format!("and {} more:", total.saturating_sub(status.automations.len())));
        page.verbatim(4, list);
    }
}

fn one(page: &mut Page, automation: &Automation) {
    let purpose = automation.purpose.as_ref().map_or_else(String::new, |p| format!(": {}", safe::line(p)));
    let runs: Vec<String> = automation.held.iter().map(|r| safe::line(r)).collect();
    let held = if runs.is_empty() { String::new() } else { format!(" (HELD by {})", runs.join(", ")) };
    page.hang("  ", "    ", &format!("{}{held}{purpose}", safe::line(&automation.name)));
    if let Some(command) = &automation.command {
        page.verbatim(4, command);
    }
    for (label, text) in [("console", &automation.console), ("by hand", &automation.by_hand)] {
        if let Some(text) = text {
            page.hang("    ", "      ", &format!("{label}: {}", safe::line(text)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Instant {
        "2026-11-23T02:14:20Z".parse().unwrap()
    }

    fn open(run: &str) -> Open {
        let lines =
            ["Fabricated content: support-replies, run r1; respond.", "Stopped and proven: set autonomy to off."];
        let lines = Some(lines.iter().map(|l| (*l).to_owned()).collect());
        Open { run: run.into(), lines, command: format!("aigov resume {run}") }
    }

    fn gate(who: &str) -> Waiting {
        Waiting {
            run: "r1".into(),
            automation: "support-replies".into(),
            what: What::Gate("tell-customers".into(), who.into()),
            deadline: Some(Instant(now().0 + 1_200_000)),
            command: "aigov approve r1 tell-customers --as lena".into(),
        }
    }

    fn automation(name: &str, held: &[&str]) -> Automation {
        Automation {
            name: name.into(),
            purpose: Some("Drafts replies".into()),
            held: held.iter().map(|h| (*h).to_owned()).collect(),
            command: Some(format!("aigov stop {name}")),
            console: None,
            by_hand: Some("Projects → support → off".into()),
        }
    }

    #[test]
    fn one_run_one_gate_one_automation() {
        let status = Status {
            me: Some("lena".into()),
            open: vec![open("r1")],
            waiting: vec![gate("legal")],
            automations: vec![automation("support-replies", &["r1"])],
            whole: true,
            inventory: (1, 1, String::new()),
            next: "aigov approve r1 tell-customers --as lena".into(),
            ..Status::default()
        };
        assert_eq!(
            page(&status, now(), 80).to_string(),
            "\
Open runs: 1
  Fabricated content: support-replies, run r1; respond.
    Stopped and proven: set autonomy to off.

Waits for you (lena)
  tell-customers of run r1 on support-replies, for legal; until 02:34:20 UTC
    (in 20m)
    aigov approve r1 tell-customers --as lena

Automations: 1; 1 held by open runs
  support-replies (HELD by r1): Drafts replies
    aigov stop support-replies
    by hand: Projects → support → off

Next:
  aigov approve r1 tell-customers --as lena
"
        );
        for line in page(&status, now(), 40).lines() {
            assert!(line.chars().count() <= 40 || line.contains("aigov "), "{line}");
        }
    }

    #[test]
    fn a_thousand_automations_stay_a_page() {
        let few = (0..6).map(|n| Automation { name: format!("bot-{n}"), ..Automation::default() });
        let status = Status {
            ask_as: "aigov status --as NAME".into(),
            open: vec![open("r1"), Open { lines: None, command: "aigov verify r2".into(), ..open("r2") }],
            more: (98, "aigov log".into()),
            waiting: vec![gate("legal"), Waiting { what: What::Operator, deadline: None, ..gate("") }],
            unlooked: 3,
            automations: few.collect(),
            inventory: (1_000, 100, "aigov status --all".into()),
            any: vec![("stop any of them:".into(), "aigov stop NAME".into())],
            problems: Some("2 problems".into()),
            next: "aigov resume r1".into(),
            ..Status::default()
        };
        let text = page(&status, now(), 80).to_string();
        assert!(text.lines().count() < 40, "{text}");
        for part in [
            "Open runs: 100\n",
            "  and 98 more:\n    aigov log\n",
            "  r2: its record can't be read whole\n    aigov verify r2\n",
            "Waits for votes; who you are is not known here\n",
            "  run r1 on support-replies: you hold it, and it goes on with you\n",
            "  3 more gates wait",
            "    aigov status --as NAME\n",
            "Automations: 1000; 100 held by open runs\n  stop any of them:\n    aigov stop NAME\n  bot-0\n",
            "  and 994 more:\n    aigov status --all\n",
        ] {
            assert!(text.contains(part), "{part}\n---\n{text}");
        }
    }

    #[test]
    fn a_record_that_cant_be_read_hides_no_stop() {
        let status = Status {
            unreadable: true,
            automations: vec![automation("support-replies", &[])],
            whole: true,
            inventory: (1, 0, String::new()),
            next: "aigov run".into(),
            ..Status::default()
        };
        let text = page(&status, now(), 80).to_string();
        assert!(text.starts_with("Open runs: can't be told, because the record can't be read\n"), "{text}");
        assert!(text.contains("aigov stop support-replies") && !text.contains("Waits"), "{text}");
    }
}
