//! It is known what runs, who answers for it, and how it is stopped.

super::rule::rules! { incomplete, risk }
