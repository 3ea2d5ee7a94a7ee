//! Every path of every plan, walked on the machine itself.
//!
//! Owns which plans are walked: one of each shape, within a budget that is told. Who walks several at a time is decided
//! outside; here they are only handed out.

use std::collections::BTreeSet;

use litemap::LiteMap;

use super::context::Planned;
use crate::explore::{Budget, Coverage, TooLarge, explore, shape};
use crate::plan::Plan;
use crate::text::span::Span;

super::rule::rules! { broken_claim, impossible_end, unwalked }

/// How far each shape is walked: every path with up to two faults, as long as there are no more states than this.
pub const BUDGET: Budget = Budget { faults: 2, states: 600_000 };

/// Most shapes that are walked. Of more it is told how many were left.
pub const MOST_SHAPES: usize = 50;

/// What came of walking one shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walked {
    /// What was covered.
    pub coverage: Coverage,
}

/// Walks plans and gives what came of each, in the same order.
pub type Walk = fn(&[Plan], Budget) -> Vec<Result<Coverage, TooLarge>>;

/// Walks one plan after the other.
#[must_use]
pub fn one_by_one(plans: &[Plan], budget: Budget) -> Vec<Result<Coverage, TooLarge>> {
    plans.iter().map(|plan| explore(plan, budget)).collect()
}

/// Whether one of these names is this group or a code of it: whoever asks for them by name wants the paths walked.
#[must_use]
pub fn are_named(names: &[String]) -> bool {
    names.iter().any(|name| name == "paths" || RULES.iter().any(|rule| rule.code.name == name))
}

/// How many shapes there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shapes {
    /// Walked.
    pub walked: usize,
    /// The least number of faults on a path up to which all of these are complete; none when some are not even for none.
    pub complete: Option<u8>,
    /// Left out, because there were too many, or because a plan is too large.
    pub left: usize,
}

/// Plans of different shapes, as they are met.
#[derive(Default)]
pub(super) struct Collected<'a> {
    pub(super) kept: Vec<Planned<'a>>,
    names: LiteMap<String, usize>,
    left: BTreeSet<String>,
    pub(super) also: Vec<BTreeSet<String>>,
}

impl<'a> Collected<'a> {
    /// Notes a plan; it is kept where it is the first of its shape.
    pub(super) fn meet(&mut self, planned: &Planned<'a>) {
        let shape = shape(&planned.plan);
        if let Some(place) = self.names.get(&shape) {
            if let Some(also) = self.also.get_mut(*place) {
                also.insert(planned.of().to_owned());
            }
        } else if self.kept.len() < MOST_SHAPES {
            self.names.insert(shape, self.kept.len());
            self.also.push([planned.of().to_owned()].into());
            self.kept.push(Planned { plan: planned.plan.clone(), problems: Vec::new(), ..*planned });
        } else {
            self.left.insert(shape);
        }
    }

    /// Walks everything that was kept.
    pub(super) fn walk(&self, walk: Walk) -> (Vec<Option<Walked>>, Shapes) {
        let plans: Vec<Plan> = self.kept.iter().map(|p| p.plan.clone()).collect();
        let walked: Vec<Option<Walked>> =
            walk(&plans, BUDGET).into_iter().map(|c| c.ok().map(|coverage| Walked { coverage })).collect();
        let done = walked.iter().flatten();
        let shapes = Shapes {
            walked: done.clone().count(),
            complete: done.map(|w| w.coverage.complete).min().flatten(),
            left: self.left.len() + walked.iter().filter(|w| w.is_none()).count(),
        };
        (walked, shapes)
    }
}

/// Where a runbook says what it is.
fn title(planned: &Planned<'_>) -> Span {
    planned.runbook.title.as_ref().map_or_else(Span::default, |t| t.span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::{Always, Sometimes, Witness};
    use crate::lint::rule::Check;
    use crate::lint::{Context, Findings, Rule};
    use crate::model::workspace::Workspace;
    use crate::plan::{CheckIx, shipped};
    use crate::run::event::End;
    use crate::run::input::Input;

    /// What the rules of this group say of a walk that came to this.
    fn told(change: impl Fn(&mut Coverage)) -> Vec<String> {
        let files =
            shipped::SANDBOX.iter().chain(shipped::RUNBOOKS).map(|(p, t)| ((*p).to_owned(), t.as_bytes().to_vec()));
        let (workspace, _) = Workspace::assemble(files.collect(), crate::provider::catalog());
        let none = BTreeSet::new();
        let day = jiff::civil::Date::constant(2026, 11, 23);
        let cx = Context::new(&workspace, crate::provider::catalog(), day, &none, None);
        let mut told = Vec::new();
        cx.each_plan(&mut |planned| {
            if planned.runbook.name != "incident/hallucination" || planned.automation.name != "support-replies" {
                return;
            }
            let mut coverage = explore(&planned.plan, Budget { faults: 0, states: 50_000 }).unwrap();
            coverage.complete = Some(2);
            coverage.sometimes.iter_mut().for_each(|(_, path)| *path = Some(Vec::new()));
            change(&mut coverage);
            let mut findings = Findings::default();
            for check in RULES.iter().flat_map(|rule: &Rule| rule.checks) {
                if let Check::Path(check) = check {
                    check(planned, &Walked { coverage: coverage.clone() }, &mut findings);
                }
            }
            told.extend(findings.finish().into_iter().map(|f| format!("{f} | {}", f.help.clone().unwrap_or_default())));
        });
        told
    }

    #[test]
    fn a_walk_without_anything_wrong_is_not_told() {
        assert_eq!(told(|_| ()), [""; 0]);
    }

    #[test]
    fn a_broken_claim_is_told_with_its_story() {
        let path = vec![Input::Begin, Input::CheckAgain(CheckIx(0))];
        let told = told(|c| c.broken = Some(Witness { claim: Always::GrantBeforeGated, path: path.clone() }));
        assert_eq!(told.len(), 1, "{told:?}");
        let story = "error[broken-claim]: on one path this does not hold: no gated act without a granted tally, used once | \
                     1. the run begins; 2. check grounded-again is judged again";
        assert!(told[0].starts_with("runbooks/incident/hallucination.toml:") && told[0].ends_with(story), "{told:?}");
    }

    #[test]
    fn what_never_happens_is_told_only_where_everything_was_walked() {
        let never = |c: &mut Coverage| c.sometimes[0] = (Sometimes::Ends(End::Closed), None);
        let of_all = told(never);
        assert_eq!(of_all.len(), 1, "{of_all:?}");
        assert!(
            of_all[0].contains("warning[impossible-end]: on no path this is so: a run can end closed"),
            "{of_all:?}"
        );
        let stopped = told(|c| {
            never(c);
            c.stopped = true;
            c.complete = Some(1);
        });
        assert_eq!(stopped.len(), 1, "{stopped:?}");
        assert!(
            stopped[0].contains("warning[unwalked]: not every path was walked: complete for up to 1 faults"),
            "{stopped:?}"
        );
    }
}
