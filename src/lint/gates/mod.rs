//! Whoever must say yes exists, can be reached, and is somebody else.

super::rule::rules! { gate }
