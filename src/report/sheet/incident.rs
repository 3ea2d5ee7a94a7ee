//! The page of a runbook: what `aigov plan` shows, in the order in which a person without the program works through it.

use super::people::{table, voters};
use super::{Block, Origin, Part, Sheet, by_hand, capital, phrase, request_lines, requests, worked};
use crate::model::people::People;
use crate::plan::{Gate, Plan, StepIx, StepRole};
use crate::report::plan::Described;
use crate::text::safe;

/// Where a person writes what they did.
const DONE: &str = "by";

/// Makes the page. `commands` are what to type: the whole run, the stop alone, and what enters work done by hand.
#[must_use]
pub fn incident(
    plan: &Plan,
    described: &Described,
    people: Option<&People>,
    commands: [String; 3],
    origin: &Origin,
) -> Sheet {
    let mut blocks = Vec::new();
    let [run, stop, record] = commands;
    blocks.push(Block::Loud(vec![
        ("With the program:".to_owned(), Some(run)),
        ("Only stop it, and look later:".to_owned(), Some(stop)),
        (
            "Without it: do section 2 from top to bottom, by hand. Nobody has to agree. Write who did what, when. Afterwards:"
                .to_owned(),
            Some(record),
        ),
    ]));
    for problem in &plan.problems {
        blocks.push(Block::Para(format!("PROBLEM: {}", safe::line(problem))));
    }
    let mut maker = Maker { plan, described, blocks, sent: Vec::new() };
    maker.triggers();
    maker.contain();
    maker.matrix();
    maker.gates();
    maker.recovery();
    if let Some(meanwhile) = &plan.meanwhile {
        maker.section("6 What customers see meanwhile");
        maker.blocks.push(Block::Para(safe::line(meanwhile)));
    }
    maker.section("7 People");
    maker.blocks.extend(table(plan, people));
    if !plan.follow_ups.is_empty() {
        maker.section("8 To be learnt, after it is over");
        let line = |f: &crate::plan::FollowUp| {
            let (title, owner) = (safe::line(&f.title), safe::line(&f.owner));
            (format!("{title} ({}, due {} after the close)", safe::line(&f.kind), f.due), Some(owner))
        };
        maker.blocks.push(Block::Ticks(plan.follow_ups.iter().map(line).collect()));
    }
    maker.blocks.extend(requests("9 What the program sends, for whoever has to send it without it", maker.sent));
    let production = if plan.production && plan.environment != "production" { ", which is production" } else { "" };
    Sheet {
        title: safe::line(&plan.title),
        under: vec![
            format!(
                "{} for {} in {}{production}",
                safe::line(&plan.runbook),
                safe::line(&plan.automation),
                safe::line(&plan.environment)
            ),
            phrase::automation(plan),
            format!("Class {}, {}, risk band {}", safe::line(&plan.class), safe::line(&plan.impact), band(plan)),
        ],
        blocks: maker.blocks,
        foot: origin.lines(),
    }
}

fn band(plan: &Plan) -> String {
    format!("{:?}", plan.band).to_lowercase()
}

struct Maker<'a> {
    plan: &'a Plan,
    described: &'a Described,
    blocks: Vec<Block>,
    sent: Vec<Part>,
}

impl Maker<'_> {
    fn section(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Section(text.into()));
    }

    fn triggers(&mut self) {
        self.section("1 Is it this? One of them is enough");
        let lines = self.plan.triggers.iter().map(|t| (phrase::trigger(t), None)).collect();
        self.blocks.push(Block::Ticks(lines));
    }

    fn contain(&mut self) {
        let within = self.plan.contain_within.map(|w| format!(", all within {w}")).unwrap_or_default();
        self.section(format!("2 At once{within}. No approval is needed"));
        for (n, ix) in self.plan.immediate.iter().enumerate() {
            let number = format!("2.{}", n + 1);
            let other = self.plan.steps.get(ix.ix()).and_then(|s| s.or_else);
            let other_number = format!("{number}b");
            self.step(*ix, &number, other.map(|_| other_number.as_str()));
            if let Some(other) = other {
                self.step(other, &other_number, None);
            }
        }
    }

    fn step(&mut self, ix: StepIx, number: &str, or_else: Option<&str>) {
        let Some(step) = self.plan.steps.get(ix.ix()) else { return };
        let mut items = Vec::new();
        if let Some(why) = &step.why {
            items.push(("why".to_owned(), safe::line(why)));
        }
        items.extend(by_hand(step));
        items.push(("where".to_owned(), phrase::targets(step)));
        items.push(("worked when".to_owned(), worked(step)));
        if let Some(or_else) = or_else {
            items.push(("if not".to_owned(), format!("{or_else}, at once")));
        }
        if step.irreversible.is_some() {
            items.push(("CAREFUL".to_owned(), phrase::reversibility(step)));
        }
        if let Some(gate) = step.gate.and_then(|g| self.plan.gates.get(g.ix())) {
            items.push(("only after".to_owned(), format!("{}, within {}", phrase::who(gate), gate.within)));
            items.push(("if nobody says yes".to_owned(), phrase::fallback(gate).to_owned()));
        }
        let only = if step.role == StepRole::OrElse { " – only if the one before did not work" } else { "" };
        let title = format!("{} ({}){only}", capital(&phrase::act(step)), safe::line(&step.id));
        let number = number.to_owned();
        let requests = match self.described.get(&ix) {
            Some(Ok(views)) => request_lines(views),
            Some(Err(why)) => vec![format!("can't be told: {}", safe::line(why))],
            None => Vec::new(),
        };
        if !requests.is_empty() {
            self.sent.push(Part { number: number.clone(), title: title.clone(), items: Vec::new(), requests });
        }
        self.blocks.push(Block::Step(Part { number: number.clone(), title, items, requests: Vec::new() }));
        self.blocks.push(Block::Ticks(vec![(format!("{number} done, and seen to work"), Some(DONE.to_owned()))]));
    }

    fn matrix(&mut self) {
        let plan = self.plan;
        self.section("3 How grave is it, and what follows");
        if !plan.facts.is_empty() {
            let facts = plan.facts.iter().map(|f| {
                let signal = f.signal.as_ref().map(|m| format!(" (signal {})", safe::line(&m.signal)));
                (
                    format!("{}: {}{}", safe::line(&f.id), phrase::question(f), signal.unwrap_or_default()),
                    Some("answer".to_owned()),
                )
            });
            self.blocks.push(Block::Ticks(facts.collect()));
            self.blocks.push(Block::Para(
                "The first row that holds. What is not known counts as if it were so: doubt goes upward.".to_owned(),
            ));
        }
        let name = |ix: &StepIx| plan.steps.get(ix.ix()).map(phrase::act).unwrap_or_default();
        let cell = |of: &[StepIx]| {
            if of.is_empty() { "–".to_owned() } else { of.iter().map(name).collect::<Vec<_>>().join("; ") }
        };
        let rows = plan.rows.iter().map(|r| {
            let public = if r.public { "; the public is told" } else { "" };
            vec![
                safe::line(&r.level),
                r.when.as_deref().map_or_else(|| "otherwise".to_owned(), safe::line),
                format!("{}{public}", cell(&r.respond)),
                cell(&r.escalate),
            ]
        });
        let head = ["severity", "when", "then", "and page"].map(str::to_owned).to_vec();
        self.blocks.push(Block::Table { head, rows: rows.collect() });
        let mut shown: Vec<StepIx> = Vec::new();
        for ix in plan.rows.iter().flat_map(|r| r.respond.iter().chain(&r.escalate)) {
            if !shown.contains(ix) {
                shown.push(*ix);
                self.step(*ix, &format!("3.{}", shown.len()), None);
            }
        }
    }

    fn gates(&mut self) {
        let plan = self.plan;
        let used = |g: &&Gate| {
            g.id == "sign-off" || plan.steps.iter().any(|s| s.gate.and_then(|ix| plan.gates.get(ix.ix())) == Some(*g))
        };
        let rows: Vec<Vec<String>> = plan
            .gates
            .iter()
            .filter(used)
            .map(|g| {
                vec![
                    safe::line(&g.id),
                    phrase::who(g),
                    voters(plan, g),
                    g.within.to_string(),
                    phrase::fallback(g).to_owned(),
                ]
            })
            .collect();
        if rows.is_empty() {
            return;
        }
        self.section("4 Who has to agree to what. Silence is never a yes");
        let head = ["to", "who", "who that can be", "within", "otherwise"].map(str::to_owned).to_vec();
        self.blocks.push(Block::Table { head, rows });
    }

    fn recovery(&mut self) {
        let plan = self.plan;
        self.section("5 Before it may act alone again");
        let checks = plan.checks.iter().map(|c| {
            let text = match (&c.signal, &c.ask) {
                (Some(m), _) => format!("{} {}", safe::line(&m.signal), phrase::condition(m)),
                (None, Some(ask)) => {
                    let wanted = c.condition.as_ref().map(|x| format!(" ({})", phrase::threshold(x)));
                    format!("{}{}", safe::line(ask), wanted.unwrap_or_default())
                }
                (None, None) => String::new(),
            };
            (format!("{}: {text}", safe::line(&c.id)), Some("seen".to_owned()))
        });
        self.blocks.push(Block::Ticks(checks.collect()));
        if let Some(gate) = plan.sign_off.and_then(|g| plan.gates.get(g.ix())) {
            self.blocks
                .push(Block::Ticks(vec![(format!("Signed off by {}", phrase::who(gate)), Some("names".to_owned()))]));
        }
        for (n, stage) in plan.stages.iter().enumerate() {
            self.step(stage.step, &format!("5.{}", n + 1), None);
            self.blocks.push(Block::Para(format!("Then watch it for {}, and judge the checks again.", stage.soak)));
        }
        self.blocks.push(Block::Para(
            "Last: what was lowered goes back to how it was before, last first, each looked at before it is set."
                .to_owned(),
        ));
        if !plan.safe_all.is_empty() {
            let acts: Vec<String> =
                plan.safe_all.iter().filter_map(|ix| plan.steps.get(ix.ix())).map(phrase::act).collect();
            self.blocks.push(Block::Para(format!("If a check fails meanwhile, at once: {}.", acts.join("; "))));
        }
    }
}
