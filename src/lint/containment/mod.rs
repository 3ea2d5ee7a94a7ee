//! The first minutes lower autonomy, keep the evidence and reach people, in time.

super::rule::rules! { direction }
