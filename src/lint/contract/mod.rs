//! Everything that an incident needs is there.

super::rule::rules! {
    no_trigger,
    no_scope,
    unserved,
    uncovered_class,
    one_away,
    no_contain_within,
    contain_within_long,
    no_restore,
    no_follow_up,
    department,
    no_review_by,
    review_overdue,
    review_far,
    changed_since_review,
    no_floor,
    near_name,
    placeholder,
    duty_stale,
    duty_unsourced,
    threshold_of_nothing,
}

pub(super) use department::is_department;
pub(super) use no_floor::measures;
