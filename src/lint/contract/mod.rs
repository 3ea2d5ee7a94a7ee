//! Everything that an incident needs is there.

super::rule::rules! { scope, unavailable, review_overdue }
