//! Everything that an incident needs is there.

super::rule::rules! {
    no_trigger,
    no_scope,
    unserved,
    uncovered_class,
    no_contain_within,
    no_restore,
    no_follow_up,
    department,
    no_review_by,
    review_overdue,
    review_far,
    changed_since_review,
    no_floor,
    near_name,
    duty_stale,
    duty_unsourced,
    threshold_of_nothing,
}
