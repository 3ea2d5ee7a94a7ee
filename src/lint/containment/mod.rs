//! The first minutes lower autonomy, keep the evidence and reach people, in time.

super::rule::rules! {
    first_action_lowers,
    direction,
    person_before_stop,
    unproven_stop,
    read_any_value,
    or_else_shares,
    contain_too_slow,
    no_evidence,
    no_freeze,
    no_page,
    no_by_hand,
}
