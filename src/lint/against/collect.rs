//! Carries the comparisons out, forwards and backwards, and brings what they find into one order.
//!
//! Owns the merging: what is lost at one place in the same words is told once, with the automations for which it is so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::pairs::{Changed, Unserved};
use super::{
    Agreed, Before, Closed, Compare, Compared, Key, Loss, Losses, Place, PlanPair, Sides, closing, head, is_voted,
    names,
};
use crate::diag::{Code, Diagnostic, Severity, code};
use crate::lint::context::{Context, Planned};
use crate::lint::findings::Findings;
use crate::text::gather::Gather as _;
use crate::text::source::Source;

/// Holds a workspace against an earlier revision: what it weakens is added to the findings, and what it strengthens comes
/// back. Of files that can not be read in one of the two nothing is said.
pub(in crate::lint) fn compare<'a>(
    cx: &Context<'a>,
    before: &Before<'a>,
    unread: &'a BTreeSet<String>,
    checks: &[Compare],
    walked: bool,
    findings: &mut Findings,
) -> Compared {
    let mut old = Context::new(before.workspace, cx.catalog, cx.today, before.shipped, None);
    old.demo = cx.demo;
    let forth = Sides::new(before, cx.workspace, unread);
    let changed = Changed::new(&forth, cx.asked);
    let (pairs, unserved, left) = forth.served(old.serving(), cx.serving(), &changed);
    let back = forth.turned(Vec::new());
    let (_, gained, _) = back.served(cx.serving(), old.serving(), &changed);
    let forth = Sides { unserved: readable(unserved, unread), ..forth };
    let back = Sides { unserved: readable(gained, unread), ..back };

    let mut weaker = Merged::new(cx, before);
    let mut stronger = Merged::new(cx, before);
    for check in checks {
        match check {
            Compare::Workspace(check) => {
                weaker.put(&collected(|l| check(&forth, l)), None, true);
                stronger.put(&collected(|l| check(&back, l)), None, false);
            }
            Compare::Automation(check) => {
                for (a, b) in &forth.automations {
                    if a.source == b.source || unread.contains(&a.source.name) || unread.contains(&b.source.name) {
                        continue;
                    }
                    let of = Of { automation: &b.name, environment: None, runbook: None };
                    weaker.put(&collected(|l| check(a, b, l)), Some(of), true);
                    stronger.put(&collected(|l| check(b, a, l)), Some(of), false);
                }
            }
            Compare::Plan(_) => {}
        }
    }
    let of_plans: Vec<fn(&PlanPair<'_>, &mut Losses)> =
        checks.iter().filter_map(|c| if let Compare::Plan(check) = c { Some(*check) } else { None }).collect();
    let mut plans = 0;
    for pair in pairs.iter().filter(|p| !of_plans.is_empty() && !p.files().any(|f| unread.contains(f))) {
        let Some((from, to)) = pair.plans(&old, cx) else { continue };
        plans += 1;
        let of = Of { automation: &to.automation.name, environment: Some(to.environment), runbook: Some(&to) };
        for check in &of_plans {
            weaker.put(&collected(|l| check(&PlanPair { from: &from, to: &to, walked }, l)), Some(of), true);
            stronger.put(&collected(|l| check(&PlanPair { from: &to, to: &from, walked: false }, l)), Some(of), false);
        }
    }
    let of: BTreeMap<Key, BTreeSet<String>> = weaker.of().chain(stronger.of()).gather();
    let (weaker, closed, heard) = weaker.finish();
    weaker.into_iter().for_each(|problem| findings.add(problem));
    Compared { name: before.name.to_owned(), plans, left, stronger: stronger.finish().0, closed, heard, of }
}

/// Files that can not be read at all.
pub(in crate::lint) fn unreadable(problems: &[Diagnostic]) -> BTreeSet<String> {
    let whole = problems.iter().filter(|p| [code::SYNTAX, code::NOT_UTF8, code::TOO_LONG].contains(&p.code));
    whole.filter_map(|p| p.labels.first()).map(|l| l.source.name.clone()).collect()
}

fn readable<'a>(unserved: Vec<Unserved<'a>>, unread: &BTreeSet<String>) -> Vec<Unserved<'a>> {
    let is = |u: &Unserved<'a>| {
        let files = [&u.runbook.source, &u.had.source, &u.automation.source];
        let all = ["aigov.toml"].into_iter().chain(files.into_iter().map(|f| f.name.as_str()));
        !all.chain(u.other.map(|o| o.source.name.as_str())).any(|f| unread.contains(f))
    };
    unserved.into_iter().filter(is).collect()
}

fn collected(check: impl FnOnce(&mut Losses)) -> Vec<Loss> {
    let mut losses = Losses::default();
    check(&mut losses);
    losses.found
}

/// Of what a loss is told.
#[derive(Clone, Copy)]
struct Of<'p> {
    automation: &'p str,
    environment: Option<&'p str>,
    runbook: Option<&'p Planned<'p>>,
}

struct Told {
    code: Code,
    severity: Severity,
    at: Place,
    was: Option<Place>,
    witness: Option<String>,
    excusable: bool,
    automations: BTreeSet<String>,
    environments: BTreeSet<String>,
    asks: BTreeSet<String>,
}

struct Merged<'a, 'c> {
    cx: &'c Context<'a>,
    before: &'c Before<'a>,
    told: BTreeMap<Key, Told>,
}

impl<'a, 'c> Merged<'a, 'c> {
    const fn new(cx: &'c Context<'a>, before: &'c Before<'a>) -> Self {
        Self { cx, before, told: BTreeMap::new() }
    }

    /// Adds what was lost, or what was gained where the comparison was carried out backwards.
    fn put(&mut self, losses: &[Loss], of: Option<Of<'_>>, forwards: bool) {
        for loss in losses {
            // What has no direction is told once, as what it is.
            if loss.either && !forwards {
                continue;
            }
            let (words, new, old) =
                if forwards { (&loss.lost, &loss.to, &loss.from) } else { (&loss.gained, &loss.from, &loss.to) };
            let Some(at) = self.place(new.as_ref(), of) else { continue };
            let key = (at.0.name.clone(), at.1.start, loss.code.name, words.clone());
            let told = self.told.entry(key).or_insert_with(|| Told {
                code: loss.code,
                severity: if forwards { loss.severity } else { Severity::Note },
                at,
                was: old.clone().filter(|_| forwards),
                witness: loss.witness.clone().filter(|_| forwards),
                excusable: loss.excusable,
                automations: BTreeSet::new(),
                environments: BTreeSet::new(),
                asks: BTreeSet::new(),
            });
            told.asks.extend(loss.asks.iter().cloned());
            told.automations.extend(loss.of.iter().cloned());
            told.automations.extend(of.map(|o| o.automation.to_owned()));
            told.environments.extend(of.and_then(|o| o.environment).map(str::to_owned));
        }
    }

    /// A place in a file of the workspace: what has none, or one in a file that came with the program, lies where the
    /// automation is described, or else where the workspace is.
    fn place(&self, at: Option<&Place>, of: Option<Of<'_>>) -> Option<Place> {
        if let Some(at) = at.filter(|(source, _)| self.cx.is_own(source)) {
            return Some(at.clone());
        }
        if let Some(runbook) = of.and_then(|o| o.runbook) {
            return Some(head(&runbook.automation.source));
        }
        self.cx.workspace.settings.as_ref().map(|s| head(&s.source))
    }

    /// For which automations each is told.
    fn of(&self) -> impl Iterator<Item = (Key, BTreeSet<String>)> {
        let some = self.told.iter().filter(|(_, told)| !told.automations.is_empty());
        some.map(|(key, told)| (key.clone(), told.automations.clone()))
    }

    /// What stands, what those have signed for whom it takes, and whose word counts for any of it.
    fn finish(self) -> (Vec<Diagnostic>, Vec<Closed>, BTreeSet<Agreed>) {
        let environments = self.cx.environments().count();
        let (mut stands, mut closed, mut heard) = (Vec::new(), Vec::new(), BTreeSet::new());
        for ((.., words), told) in self.told {
            let Told { code, severity, at, was, witness, excusable, automations, environments: within, asks } = told;
            let whom = names(&automations);
            let within = if within.is_empty() || within.len() == environments {
                String::new()
            } else {
                format!(" in {}", listed(&within))
            };
            let whom = if whom.is_empty() { String::new() } else { format!("for {whom}{within}") };
            let base = Diagnostic { severity, ..Diagnostic::error(code, words) }.at(&at.0, at.1, whom);
            if severity == Severity::Note {
                stands.push(base);
                continue;
            }
            let name = self.before.name;
            let base = match was {
                Some((source, span)) => base.at(&of_past(&source, name), span, format!("at {name}")),
                None => base,
            };
            let signed = closing::signed(self.before, self.cx.workspace, &asks, &automations);
            heard.extend(signed.by.iter().cloned());
            match signed.open {
                None => closed.push(Closed { finding: base, by: signed.by.into_iter().collect() }),
                Some(who) => {
                    let signs = format!(
                        "if it is meant, {who} signs for it, and nobody who made the change: `aigov review --against {name}`"
                    );
                    let answer =
                        format!("or somebody answers for it in this file: `[[exception]]` with code = \"{code}\"");
                    let advice = [(true, signs), (!is_voted(code.name), answer)];
                    let advice = advice.into_iter().filter(|(says, _)| *says && excusable).map(|(_, says)| says);
                    stands.push(base.help(witness.into_iter().chain(advice).collect::<Vec<_>>().join("; ")));
                }
            }
        }
        (stands, closed, heard)
    }
}

/// The file as it was, under the name that git has for it.
fn of_past(source: &Source, revision: &str) -> Arc<Source> {
    Source::of_past(format!("{revision}:{}", source.name), source.text.clone())
}

fn listed(names: &BTreeSet<String>) -> String {
    crate::text::suggest::all(names.iter().map(String::as_str))
}
