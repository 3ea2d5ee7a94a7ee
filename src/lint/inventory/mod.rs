//! It is known what runs, who answers for it, and how it is stopped.

super::rule::rules! {
    incomplete,
    risk,
    no_owner,
    no_vendor_contact,
    no_limits,
    oversight_too_weak,
    no_stopper,
    no_meanwhile,
    no_log,
    layer_unpinned,
    feeds_cycle,
    levels_order,
    safe_is_freest,
    same_target,
    floor_uncounted,
}

pub(super) use layer_unpinned::moves;

/// How much people look on, from nothing until somebody stops it to everything.
pub(super) fn strength(oversight: crate::model::automation::Oversight) -> Option<usize> {
    oversight_too_weak::fitting(crate::plan::Band::Low).iter().position(|o| *o == oversight)
}
