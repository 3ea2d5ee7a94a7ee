//! What came of a stop: a verdict for each automation, the lines that say so, and the exit code.
//!
//! Owns the rule that *unknown* is never shown as *stopped*: only a passed read-back is. Looks at plan, state and ledger of
//! a run that was driven as far as it goes.

use serde_json::{Value, json};

use super::phrase;
use super::sentence::Mark;
use crate::model::automation::Automation;
use crate::plan::{Act, Plan};
use crate::run::event::{Outcome, Verdict};
use crate::run::ledger::Ledger;
use crate::run::state::{Doing, State};
use crate::text::safe;
use crate::text::time::Millis;

/// Whether it is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// A read-back says so.
    Stopped,
    /// A read-back says that it is not so, or nothing could be tried.
    Failed,
    /// It was tried, and nothing tells what came of it.
    Unknown,
    /// It was left before it was tried.
    NotTried,
}

impl Standing {
    /// In a word, as `--json` has it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::NotTried => "not tried",
        }
    }

    const fn mark(self) -> Mark {
        match self {
            Self::Stopped => Mark::Ok,
            Self::Failed | Self::NotTried => Mark::Fail,
            Self::Unknown => Mark::Doubt,
        }
    }
}

/// One control that was set to its safe value, or was to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlLine {
    /// Its name.
    pub control: String,
    /// Its safe value.
    pub to: String,
    /// How it stands.
    pub standing: Standing,
    /// It was so already, and nothing was sent.
    pub already: bool,
    /// What was seen last.
    pub says: String,
    /// The page for a person.
    pub console: Option<String>,
    /// What to click there.
    pub by_hand: Option<String>,
}

impl ControlLine {
    /// The lines that say how a person does it.
    #[must_use]
    pub fn hands(&self) -> Vec<String> {
        let ways = [("console", &self.console), ("by hand", &self.by_hand)];
        let line = |what, text: &String| format!("{} {what}: {}", safe::line(&self.control), safe::line(text));
        ways.into_iter().filter_map(|(what, text)| text.as_ref().map(|text| line(what, text))).collect()
    }
}

/// What a person can do where the program could plan nothing: the controls of `[stop]`, or all where it names none that is
/// there.
#[must_use]
pub fn by_hand(automation: &Automation) -> Vec<ControlLine> {
    let named = |name: &str| {
        automation.stop.as_ref().is_some_and(|s| s.control.iter().chain(&s.wider).any(|c| c.value == name))
    };
    let any = automation.controls.names().any(named);
    automation
        .controls
        .iter()
        .filter(|(name, _)| !any || named(&name.value))
        .map(|(name, control)| ControlLine {
            control: name.value.clone(),
            to: control.safe_value().map_or_else(|| "safe".to_owned(), |v| v.to_string()),
            standing: Standing::NotTried,
            already: false,
            says: "nothing was sent".to_owned(),
            console: control.console.as_ref().map(|c| c.value.clone()),
            by_hand: control.by_hand.as_ref().map(|b| b.value.clone()),
        })
        .collect()
}

/// What came of stopping one automation in one environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopping {
    /// The automation.
    pub automation: String,
    /// The environment.
    pub environment: String,
    /// The run that holds it from now on; none when nothing could be tried.
    pub run: Option<String>,
    /// The run that this one went on with.
    pub continues: Option<String>,
    /// The controls in the order in which they were tried.
    pub controls: Vec<ControlLine>,
    /// Whether the program could plan to set any control.
    pub planned: bool,
    /// Wider controls of `[stop]` that were not tried.
    pub wider: Vec<String>,
    /// Other controls that could be set by name, where `[stop]` can't be used.
    pub others: Vec<String>,
    /// Automations that it feeds and that are not stopped with it.
    pub feeds: Vec<String>,
    /// What customers see meanwhile.
    pub meanwhile: Option<String>,
    /// What was wrong on the way, a line each.
    pub problems: Vec<String>,
    /// From the beginning of the command to the verdict.
    pub took: Millis,
}

impl Stopping {
    /// The verdict: one proven control stops it, whichever it is.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let is = |s: Standing| self.controls.iter().any(|c| c.standing == s);
        if is(Standing::Stopped) {
            Standing::Stopped
        } else if is(Standing::Unknown) {
            Standing::Unknown
        } else if is(Standing::NotTried) {
            Standing::NotTried
        } else {
            Standing::Failed
        }
    }

    /// Whether the program set, or tried to set, anything.
    #[must_use]
    pub fn tried(&self) -> bool {
        self.controls.iter().any(|c| c.standing != Standing::NotTried)
    }

    /// Whether every control that was tried is proven.
    #[must_use]
    pub fn whole(&self) -> bool {
        !self.controls.is_empty() && self.controls.iter().all(|c| c.standing == Standing::Stopped)
    }

    /// The verdict where some controls are proven and others are not: which are, and how the others stand.
    fn in_part(&self) -> String {
        let name = |c: &&ControlLine| safe::line(&c.control);
        let (proven, open): (Vec<_>, Vec<_>) = self.controls.iter().partition(|c| c.standing == Standing::Stopped);
        let by: Vec<String> = proven.iter().map(name).collect();
        let open: Vec<String> = open
            .iter()
            .map(|c| format!("{} {}", name(c), if c.standing == Standing::Unknown { "UNKNOWN" } else { "NOT STOPPED" }))
            .collect();
        format!("STOPPED by {}, proven in {}; {}", by.join(", "), phrase::length(self.took), open.join(", "))
    }

    /// The lines for a person: the verdict first.
    #[must_use]
    pub fn lines(&self) -> Vec<(Mark, String)> {
        let standing = self.standing();
        let name = format!("{} ({})", safe::line(&self.automation), safe::line(&self.environment));
        let said = |c: &ControlLine| {
            let (control, to, says) = (safe::line(&c.control), safe::line(&c.to), safe::line(&c.says));
            match c.standing {
                Standing::Stopped if c.already => format!("{control} was {to} already; nothing was sent; {says}"),
                Standing::Stopped => format!("{control} is {to}; {says}"),
                Standing::Failed => format!("{control} is NOT {to}; {says}"),
                Standing::Unknown => format!("whether {control} is {to} is not known; {says}"),
                Standing::NotTried => format!("{control}: {says}"),
            }
        };
        let verdict = match standing {
            Standing::Stopped if self.whole() => format!("STOPPED, proven in {}", phrase::length(self.took)),
            Standing::Stopped => self.in_part(),
            Standing::Failed => "NOT STOPPED".to_owned(),
            Standing::Unknown => "UNKNOWN whether it is stopped".to_owned(),
            Standing::NotTried => "NOT STOPPED, not tried".to_owned(),
        };
        let mut out = Vec::new();
        let mut rest = self.controls.iter();
        let first = self.controls.iter().find(|c| c.standing == standing);
        match first {
            Some(control) if standing == Standing::Stopped && !self.whole() => {
                out.push((Mark::Doubt, format!("{name}: {verdict}: {}", said(control))));
            }
            Some(control) => out.push((standing.mark(), format!("{name}: {verdict}: {}", said(control)))),
            None => out.push((standing.mark(), format!("{name}: {verdict}: no control could be set by the program"))),
        }
        out.extend(rest.by_ref().filter(|c| Some(*c) != first).map(|c| (c.standing.mark(), said(c))));
        out.extend(self.problems.iter().map(|p| (Mark::Note, safe::line(p))));
        if standing == Standing::Stopped
            && let Some(meanwhile) = &self.meanwhile
        {
            out.push((Mark::Note, format!("meanwhile: {}", safe::line(meanwhile))));
        }
        if !self.feeds.is_empty() {
            let names = self.feeds.iter().map(|f| safe::line(f)).collect::<Vec<_>>().join(", ");
            out.push((Mark::Note, format!("it feeds {names}, not stopped by this")));
        }
        let open = self.controls.iter().filter(|c| c.standing != Standing::Stopped);
        out.extend(open.flat_map(ControlLine::hands).map(|line| (Mark::Note, line)));
        out
    }

    /// The object of `--json`.
    #[must_use]
    pub fn json(&self) -> Value {
        let controls: Vec<Value> = self
            .controls
            .iter()
            .map(|c| {
                json!({
                    "control": c.control, "to": c.to, "standing": c.standing.word(), "already": c.already,
                    "says": c.says, "console": c.console, "by_hand": c.by_hand,
                })
            })
            .collect();
        json!({
            "automation": self.automation, "environment": self.environment, "standing": self.standing().word(),
            "whole": self.whole(), "run": self.run, "continues": self.continues, "controls": controls, "wider": self.wider,
            "others": self.others, "feeds": self.feeds, "meanwhile": self.meanwhile, "problems": self.problems, "took_ms": self.took.0,
        })
    }
}

/// The controls of a stop's run as they stand. What is wrong with a control's provider is in `says`.
#[must_use]
pub fn controls(plan: &Plan, state: &State, ledger: &Ledger) -> Vec<ControlLine> {
    plan.immediate
        .iter()
        .filter_map(|ix| {
            let (step, at) = (plan.steps.get(ix.ix())?, state.steps.get(ix.ix())?);
            let Act::SetControl { control, to, .. } = &step.act else { return None };
            let entry = ledger.steps.get(ix.ix());
            let standing = match at.doing {
                Doing::Settled(Verdict::Pass) => Standing::Stopped,
                Doing::Settled(Verdict::Fail) => Standing::Failed,
                Doing::Idle | Doing::Ready | Doing::Blind => Standing::NotTried,
                _ => Standing::Unknown,
            };
            let sent = entry.is_some_and(|e| e.intended_at.is_some()) && at.owes;
            let mut says = entry.map(|e| e.says.join("; ")).unwrap_or_default();
            // Why a write was not taken is what somebody has to mend, and the read-back behind it does not tell.
            if standing != Standing::Stopped
                && let Some((outcome, words)) = entry.and_then(|e| e.answer.as_ref())
                && *outcome != Outcome::Done
                && words.join("; ") != says
            {
                says = format!("{}: {}; {says}", phrase::outcome(*outcome), words.join("; "));
            }
            Some(ControlLine {
                control: control.clone(),
                to: to.to_string(),
                standing,
                already: standing == Standing::Stopped && !sent,
                says: match standing {
                    Standing::NotTried => "left before it was tried".to_owned(),
                    _ if says.is_empty() => "no answer yet".to_owned(),
                    _ => says,
                },
                console: step.console.clone(),
                by_hand: step.by_hand.clone(),
            })
        })
        .collect()
}

/// The exit code: the first that holds of 130 (left), 7 (some unknown), 9 (some not), 1 (none), 0 (all, proven).
/// `missing` is how many names nobody has here.
#[must_use]
pub fn exit_code(all: &[&Stopping], missing: usize, left: bool) -> u8 {
    let has = |s: Standing| all.iter().any(|a| a.standing() == s);
    let part = |a: &&Stopping| a.standing() == Standing::Stopped && !a.whole();
    if left {
        130
    } else if has(Standing::Unknown) {
        7
    } else if all.iter().any(part)
        || (has(Standing::Stopped) && (missing > 0 || has(Standing::Failed) || has(Standing::NotTried)))
    {
        9
    } else if has(Standing::Stopped) {
        0
    } else {
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(standing: Standing) -> ControlLine {
        ControlLine {
            control: "autonomy".into(),
            to: "off".into(),
            standing,
            already: false,
            says: "HTTP 200".into(),
            console: Some("https://flags.example.com".into()),
            by_hand: Some("Projects, off".into()),
        }
    }

    fn stopping(standings: &[Standing]) -> Stopping {
        Stopping {
            automation: "bot".into(),
            environment: "production".into(),
            run: Some("r".into()),
            continues: None,
            controls: standings.iter().map(|s| control(*s)).collect(),
            planned: true,
            wider: vec!["replicas".into()],
            others: Vec::new(),
            feeds: vec!["digest".into()],
            meanwhile: Some("people answer".into()),
            problems: Vec::new(),
            took: Millis(432),
        }
    }

    #[test]
    fn stopped_in_part_is_never_told_as_stopped() {
        use Standing::{Failed, Stopped, Unknown};
        let mut part = stopping(&[Unknown, Stopped, Failed]);
        for (control, name) in part.controls.iter_mut().zip(["autonomy", "wide", "queue"]) {
            name.clone_into(&mut control.control);
        }
        let (mark, first) = part.lines().remove(0);
        assert_eq!(mark, Mark::Doubt);
        assert!(first.contains("STOPPED by wide, proven in "), "{first}");
        assert!(first.contains("; autonomy UNKNOWN, queue NOT STOPPED: "), "{first}");
        assert_eq!((&part.json()["standing"], &part.json()["whole"]), (&json!("stopped"), &json!(false)));
        let whole = stopping(&[Stopped]);
        assert!(whole.lines()[0].1.contains("STOPPED, proven in "));
        assert_eq!(whole.json()["whole"], json!(true));
    }

    #[test]
    fn only_what_is_proven_is_stopped() {
        use Standing::{Failed, NotTried, Stopped, Unknown};
        for (controls, is) in [
            (&[][..], Failed),
            (&[Stopped], Stopped),
            (&[Failed], Failed),
            (&[Unknown], Unknown),
            (&[NotTried], NotTried),
            (&[Failed, Stopped], Stopped),
            (&[Failed, Unknown], Unknown),
            (&[Failed, Failed], Failed),
            (&[Unknown, Stopped], Stopped),
        ] {
            let stopping = stopping(controls);
            assert_eq!(stopping.standing(), is, "{controls:?}");
            let text: Vec<String> = stopping.lines().into_iter().map(|(_, l)| l).collect();
            assert_eq!(text[0].contains(": STOPPED"), is == Stopped, "{text:?}");
            assert_eq!(text.iter().any(|l| l.contains("meanwhile")), is == Stopped, "{text:?}");
            let unproven = controls.iter().any(|c| *c != Stopped);
            assert_eq!(text.iter().any(|l| l.contains("by hand")), unproven, "{text:?}");
        }
    }

    #[test]
    fn the_exit_code_is_the_first_that_holds() {
        use Standing::{Failed, NotTried, Stopped, Unknown};
        let of = |all: &[&[Standing]], missing, left| {
            let all: Vec<Stopping> = all.iter().map(|s| stopping(s)).collect();
            exit_code(&all.iter().collect::<Vec<_>>(), missing, left)
        };
        for (all, missing, left, code) in [
            (&[&[Stopped][..]][..], 0, false, 0),
            (&[&[Stopped], &[Stopped]], 0, false, 0),
            (&[&[Stopped], &[Failed]], 0, false, 9),
            (&[&[Stopped]], 1, false, 9),
            (&[&[Stopped, Failed]], 0, false, 9),
            (&[&[Stopped, Unknown]], 0, false, 9),
            (&[&[Failed]], 0, false, 1),
            (&[&[]], 0, false, 1),
            (&[], 1, false, 1),
            (&[&[Stopped], &[Unknown]], 0, false, 7),
            (&[&[Unknown]], 0, false, 7),
            (&[&[Stopped], &[NotTried]], 0, true, 130),
        ] {
            assert_eq!(of(all, missing, left), code, "{all:?} {missing} {left}");
        }
    }

    #[test]
    fn text_from_outside_stays_one_line() {
        let mut bad = stopping(&[Standing::Unknown]);
        bad.controls[0].says = "oops\u{1b}[2J\nSTOPPED".into();
        bad.problems.push("a\nb".into());
        assert!(bad.lines().iter().all(|(_, l)| !l.contains('\n') && !l.contains('\u{1b}')));
    }
}
