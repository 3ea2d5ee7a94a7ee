//! Every answer has one row, and every row an answer.

super::rule::rules! {
    matrix_not_total, unreachable_row, public_without_statement, uncovered_case, impossible_condition, shadowed_row,
    tangled_matrix, severity_order, milder_for_more, graver_does_less, silent_level, unread_fact
}

/// Words for levels, the gravest first; those of one line are as grave as each other.
const WORDS: [&[&str]; 6] = [
    &["catastrophic", "catastrophe", "disaster", "emergency"],
    &["critical", "severe", "blocker"],
    &["major", "high", "serious"],
    &["moderate", "medium", "warning"],
    &["minor", "low"],
    &["trivial", "negligible", "informational", "info", "notice"],
];

/// How grave a level is that is called by a known word: the lower, the graver.
pub(super) fn rank(level: &str) -> Option<usize> {
    let level = level.to_lowercase();
    WORDS.iter().position(|words| words.contains(&level.as_str()))
}

/// `sev1` as `sev` and 1.
pub(super) fn number(level: &str) -> Option<(&str, u32)> {
    let word = level.trim_end_matches(|c: char| c.is_ascii_digit());
    Some((word, level.get(word.len()..)?.parse().ok()?))
}
