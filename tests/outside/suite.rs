//! Suites that need a real server: what they ask the environment for, and how they say that they did not run.

use std::env;

/// The value of a suite's variable; none, after saying `skipped`, where `.ci/run` has not started what it needs.
#[expect(clippy::disallowed_methods, reason = "the one place where the tests ask which servers are there")]
pub(crate) fn variable(name: &str) -> Option<String> {
    let value = env::var(name).ok().filter(|v| !v.is_empty());
    if value.is_none() {
        println!("skipped: {name} is not set; .ci/run starts what it names");
    }
    value
}

/// Loops over every moment of a run take each of so many: all with 1, and a sample where nothing is said.
#[expect(clippy::disallowed_methods, reason = "as above")]
pub(crate) fn moments() -> usize {
    env::var("AIGOV_EVERY_MOMENT").map_or(7, |n| n.parse().expect("AIGOV_EVERY_MOMENT is a number"))
}
