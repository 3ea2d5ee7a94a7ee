//! Every answer has one row, and every row an answer.

super::rule::rules! {
    matrix_not_total, unreachable_row, public_without_statement, uncovered_case, impossible_condition, shadowed_row,
    tangled_matrix, severity_order, silent_level, unread_fact
}

/// `sev1` as `sev` and 1.
pub(super) fn number(level: &str) -> Option<(&str, u32)> {
    let word = level.trim_end_matches(|c: char| c.is_ascii_digit());
    Some((word, level.get(word.len()..)?.parse().ok()?))
}
