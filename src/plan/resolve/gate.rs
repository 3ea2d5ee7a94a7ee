//! Gates: as written, tightened to the floor that the workspace's policy sets for the automation's risk band.
//!
//! A runbook can only ask for more. Who then said yes is counted in `approval`.

use super::{Resolver, risk};
use crate::diag::{Diagnostic, code};
use crate::model::runbook as written;
use crate::model::runbook::Class;
use crate::plan::{Excluded, Fallback, Gate, GateIx, Person, Touch};
use crate::text::span::Span;
use crate::text::time::Millis;

/// Time for a vote on a response, where it can't be read.
const RESPOND_WITHIN: Millis = Millis::from_secs(30 * 60);
/// Time for a sign-off, where it can't be read.
const SIGN_OFF_WITHIN: Millis = Millis::from_secs(24 * 3600);
/// Time for the vote on a stand-down; the way out is open as long.
const STAND_DOWN_WITHIN: Millis = Millis::from_secs(60 * 60);
/// Time for the vote on a lower severity.
const DOWNGRADE_WITHIN: Millis = Millis::from_secs(30 * 60);
/// How long a countersignature is taken: a review stays open until it comes, so this is never meant to pass.
const REVIEW_WITHIN: Millis = Millis::from_secs(3_650 * 24 * 3600);

impl Resolver<'_> {
    /// The gate before a response.
    pub(super) fn respond_gate(&mut self, step: &str, gate: &written::Gate) -> GateIx {
        let within = gate.within.as_ref().map_or(RESPOND_WITHIN, |w| w.value);
        let on_timeout = fallback(gate, Fallback::Cancel);
        self.unread_gate(step, gate);
        self.gate(step, Some(gate), within, on_timeout, &[Excluded::Operator])
    }

    /// Where those countersign whose approval was gone without, for an act that may be done so. What a gate asks for is
    /// what its review asks for.
    pub(super) fn review(&mut self, gate: GateIx) {
        let Some(of) = self.gates.get(gate.ix()).cloned() else { return };
        let review =
            Gate { id: format!("review-{}", of.id), within: REVIEW_WITHIN, on_timeout: Fallback::Cancel, ..of };
        let review = self.add_gate(review);
        if let Some(of) = self.gates.get_mut(gate.ix()) {
            of.review = Some(review);
        }
    }

    /// The gate before autonomy returns. Whoever ran the incident or made the fix never signs off, whatever is written.
    pub(super) fn sign_off(&mut self, gate: Option<&written::Gate>, span: Option<Span>) -> GateIx {
        let within = gate.and_then(|g| g.within.as_ref()).map_or(SIGN_OFF_WITHIN, |w| w.value);
        let on_timeout = gate.map_or(Fallback::ReadOnly, |g| fallback(g, Fallback::ReadOnly));
        match gate {
            Some(gate) => self.unread_gate("sign-off", gate),
            None => {
                let says = format!("runbook `{}` does not say who signs off the return of autonomy", self.runbook.name);
                let mut missing = Diagnostic::error(code::GATE, says).help("write `sign-off` in [restore]");
                if let Some(span) = span {
                    missing = missing.at(&self.runbook.source, span, "");
                }
                self.push(missing);
            }
        }
        self.gate("sign-off", gate, within, on_timeout, &[Excluded::Operator, Excluded::FixAuthor])
    }

    /// One other person lets a false alarm go; never where data may have leaked.
    pub(super) fn stand_down(&mut self) -> Option<GateIx> {
        let class = self.runbook.class.as_ref().map(|c| c.value);
        if class.is_none() || class == Some(Class::DataLeakage) {
            return None;
        }
        Some(self.one_other_person("stand-down", STAND_DOWN_WITHIN))
    }

    /// One other person at least takes a mere stop back. No trigger was measured clear, so what the policy asks of the
    /// band stands in for it.
    pub(super) fn stop_stand_down(&mut self) -> GateIx {
        let before = self.diagnostics.len();
        let gate = self.gate("stand-down", None, STAND_DOWN_WITHIN, Fallback::Cancel, &[Excluded::Operator]);
        // Whether somebody could ever vote is no matter of a stop.
        self.diagnostics.truncate(before);
        gate
    }

    /// One other person agrees to a lower severity.
    pub(super) fn downgrade(&mut self) -> GateIx {
        self.one_other_person("downgrade", DOWNGRADE_WITHIN)
    }

    fn one_other_person(&mut self, id: &str, within: Millis) -> GateIx {
        self.add_gate(Gate {
            id: id.to_owned(),
            functions: Vec::new(),
            people: 1,
            not: vec![Excluded::Operator],
            within,
            on_timeout: Fallback::Cancel,
            touch: self.touch(&[]),
            review: None,
        })
    }

    fn gate(
        &mut self,
        id: &str,
        gate: Option<&written::Gate>,
        within: Millis,
        on_timeout: Fallback,
        never: &[Excluded],
    ) -> GateIx {
        let (runbook, settings) = (self.runbook, self.settings);
        let mut functions: Vec<String> = Vec::new();
        for function in gate.map_or(&[][..], |g| &g.functions) {
            self.somebody(&function.value, &runbook.source.clone(), function.span);
            if !functions.contains(&function.value) {
                functions.push(function.value.clone());
            }
        }
        let floor = settings.approvals.get(risk::word(self.band));
        let floored: Vec<&str> =
            floor.map_or_else(Vec::new, |f| f.functions.iter().map(|f| f.value.as_str()).collect());
        for function in floor.map_or(&[][..], |f| &f.functions) {
            self.somebody(&function.value, &settings.source.clone(), function.span);
        }
        tighten(&mut functions, &floored, &self.roster);
        let people = [
            gate.and_then(|g| g.people.as_ref()).map_or(1, |p| p.value),
            floor.and_then(|f| f.people.as_ref()).map_or(1, |p| p.value),
            u16::try_from(functions.len()).unwrap_or(u16::MAX),
        ];
        let mut not: Vec<Excluded> = gate.map_or(&[][..], |g| &g.not).iter().map(|n| excluded(n.value)).collect();
        not.extend(never);
        not.sort_by_key(|n| matches!(n, Excluded::FixAuthor));
        not.dedup();
        let people = people.into_iter().max().unwrap_or(1);
        let touch = self.touch(&functions);
        self.add_gate(Gate { id: id.to_owned(), functions, people, not, within, on_timeout, touch, review: None })
    }

    /// Whether a vote needs a touch here: because of the automation's band, or of a function that is asked for.
    fn touch(&self, functions: &[String]) -> Touch {
        let policy = &self.settings.touch;
        let band = policy.bands.iter().any(|b| risk::plain(b.value) == self.band);
        match (band || policy.functions.iter().any(|f| functions.contains(&f.value)), policy.pin) {
            (false, _) => Touch::None,
            (true, false) => Touch::Touch,
            (true, true) => Touch::Pin,
        }
    }

    /// Somebody must be able to vote as this function at all.
    fn somebody(&mut self, function: &str, source: &std::sync::Arc<crate::text::source::Source>, span: Span) {
        if self.roster.iter().any(|p| p.functions.iter().any(|f| f == function)) {
            return;
        }
        let mut known: Vec<String> = self.roster.iter().flat_map(|p| p.functions.iter().cloned()).collect();
        known.sort();
        known.dedup();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let says = format!("nobody in people.toml can approve as `{function}`");
        let help = super::advice(function, &known);
        self.push(Diagnostic::error(code::UNRESOLVED, says).at(source, span, "no such function").help(help));
    }

    fn unread_gate(&mut self, id: &str, gate: &written::Gate) {
        if gate.within.is_none() || gate.on_timeout.is_none() {
            let says = format!("the deadline or the fallback of gate `{id}` can not be read");
            self.error_at(code::NOT_USABLE, says, &self.runbook.source.clone(), gate.span);
        }
    }
}

fn fallback(gate: &written::Gate, otherwise: Fallback) -> Fallback {
    match gate.on_timeout.as_ref().map(|f| f.value) {
        Some(written::Fallback::ReadOnly) => Fallback::ReadOnly,
        Some(written::Fallback::Queue) => Fallback::Queue,
        Some(written::Fallback::Cancel) => Fallback::Cancel,
        None => otherwise,
    }
}

const fn excluded(written: written::Excluded) -> Excluded {
    match written {
        written::Excluded::Operator => Excluded::Operator,
        written::Excluded::FixAuthor => Excluded::FixAuthor,
    }
}

/// Adds the floor's functions, each to be covered by a distinct person. A function of the floor that is carried by
/// everyone who could cover a function already asked for (every engineer here is `technical`) is covered by that person,
/// and asks for nobody more; each function asked for does so once at most.
fn tighten(functions: &mut Vec<String>, floor: &[&str], roster: &[Person]) {
    let has = |p: &Person, f: &str| p.functions.iter().any(|x| x == f);
    let mut used: Vec<String> = Vec::new();
    let mut rest: Vec<&str> = Vec::new();
    for f in floor {
        if functions.iter().any(|x| x == f) && !used.iter().any(|u| u == f) {
            used.push((*f).to_owned());
        } else {
            rest.push(f);
        }
    }
    for f in rest {
        let covers = functions.iter().find(|asked| {
            !used.contains(asked)
                && roster.iter().any(|p| has(p, asked))
                && roster.iter().filter(|p| has(p, asked)).all(|p| has(p, f))
        });
        if let Some(covers) = covers.cloned() {
            used.push(covers);
        } else if !functions.iter().any(|x| x == f) {
            functions.push(f.to_owned());
            used.push(f.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, functions: &[&str]) -> Person {
        Person {
            name: name.into(),
            functions: functions.iter().map(|f| (*f).to_owned()).collect(),
            from: None,
            until: None,
            keys: vec![],
        }
    }

    #[test]
    fn a_floor_adds_functions_that_nobody_covers_yet() {
        let roster = [
            person("ada", &["engineering", "technical"]),
            person("bo", &["engineering"]),
            person("grace", &["product", "business"]),
        ];
        let after = |asked: &[&str]| {
            let mut functions: Vec<String> = asked.iter().map(|f| (*f).to_owned()).collect();
            tighten(&mut functions, &["technical", "business"], &roster);
            functions.join(" ")
        };
        // Not every engineer is technical, but whoever covers product covers business.
        assert_eq!(after(&["engineering", "product"]), "engineering product technical");
        assert_eq!(after(&["technical", "product"]), "technical product");
        assert_eq!(after(&[]), "technical business");
        // One function asked for covers one of the floor's.
        let both = [person("eve", &["legal", "technical", "business"])];
        let mut functions = vec!["legal".to_owned()];
        tighten(&mut functions, &["technical", "business"], &both);
        assert_eq!(functions.join(" "), "legal business");
        // Nobody carries it: nothing is implied by nobody.
        let mut functions = vec!["audit".to_owned()];
        tighten(&mut functions, &["technical"], &roster);
        assert_eq!(functions.join(" "), "audit technical");
    }
}
