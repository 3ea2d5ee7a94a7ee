//! Every answer has one row, and every row an answer.

super::rule::rules! { matrix_not_total, unreachable_row, public_without_statement }
