//! Every answer has one row, and every row an answer.

super::rule::rules! {
    matrix_not_total, unreachable_row, public_without_statement, uncovered_case, impossible_condition, shadowed_row,
    tangled_matrix, severity_order, silent_level, unread_fact
}
