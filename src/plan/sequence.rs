//! Which acts of a plan move the same thing, and what a stage of the return will find there.
//!
//! All stages are prepared before the sign-off, because it covers them in their order. A later stage that sets what an
//! earlier one sets is therefore prepared from what the earlier one leaves, not from what stands there before either. Owns
//! that relation; must not know what was captured.

use super::{Plan, Step, StepIx, Target};

impl Target {
    /// Whether both address the same thing of the same provider.
    #[must_use]
    pub fn same_place(&self, other: &Self) -> bool {
        self.provider == other.provider && self.binding == other.binding
    }
}

impl Step {
    /// Whether both move the same thing.
    #[must_use]
    pub fn moves_what(&self, other: &Self) -> bool {
        self.targets.iter().any(|a| other.targets.iter().any(|b| a.same_place(b)))
    }
}

impl Plan {
    /// The last stage before this one that sets the same target, and which of its targets that is.
    #[must_use]
    pub fn stage_before(&self, step: StepIx, target: &Target) -> Option<(StepIx, usize)> {
        let at = self.stages.iter().position(|stage| stage.step == step)?;
        self.stages.iter().take(at).rev().find_map(|earlier| {
            let place = self.steps.get(earlier.step.ix())?.targets.iter().position(|t| t.same_place(target))?;
            Some((earlier.step, place))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Stage, fixture};

    #[test]
    fn the_nearest_earlier_stage_on_the_same_thing_is_the_one_that_counts() {
        let mut plan = fixture::plan();
        let (mode, traffic) = (StepIx(13), StepIx(14));
        let stage = |step| Stage { step, soak: fixture::secs(1) };
        let more = StepIx(u16::try_from(plan.steps.len()).unwrap());
        let again = plan.steps[mode.ix()].clone();
        plan.steps.push(again);
        plan.stages = vec![stage(mode), stage(traffic), stage(more)];
        let before = |s: StepIx| plan.stage_before(s, &plan.steps[s.ix()].targets[0]);
        assert_eq!(before(mode), None);
        assert_eq!(before(traffic), None);
        assert_eq!(before(more), Some((mode, 0)));
        // Only stages stand in that order; an immediate action on the same thing does not.
        assert_eq!(plan.stage_before(StepIx(0), &plan.steps[0].targets[0]), None);
        assert!(plan.steps[0].moves_what(&plan.steps[5]));
        assert!(!plan.steps[0].moves_what(&plan.steps[13]));
    }
}
