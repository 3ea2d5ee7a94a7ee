//! `aigov` from outside: as a process, and against real servers and official API descriptions.
//!
//! One binary, so that it links once. Suites that need a server skip, and say so, unless `.ci/run` has started it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test's own tools may fail the test and say why"
)]

mod approvals;
mod away;
mod bad_input;
mod break_glass;
mod broken_files;
mod by_hand;
mod completion;
mod contract;
mod description;
mod desk;
mod dialect;
mod doctor;
mod drills;
mod every_moment;
mod exporter;
mod first_hour;
mod forged;
mod full_disk;
mod gameday_own;
mod gameday_people;
mod gameday_staging;
mod hosts;
mod interop_git;
mod journal;
mod journeys;
mod leaving;
mod locks;
mod open;
mod orders;
mod program;
mod proof;
mod protected;
mod racing;
mod real_incident;
mod real_mlflow;
mod real_prometheus;
mod real_unleash;
mod release;
mod restoration;
mod reviews;
mod rewritten;
mod scan;
mod secrets;
mod spec_argocd;
mod spec_pagerduty;
mod stop;
mod suite;
mod unanswered;
mod waiting;
mod who;
mod wire;
mod world;
