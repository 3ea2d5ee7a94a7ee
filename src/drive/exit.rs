//! The exit code of a run: the first that holds of 8, 7, 9, 4, 5, 1, 6, 0; 130 when it was interrupted.

use super::{Stopped, WaitsFor, Why};
use crate::run::event::{End, Phase};

/// The exit code, with the word that goes with it.
#[must_use]
pub fn exit_code(stopped: &Stopped) -> (u8, &'static str) {
    let done = match stopped.why {
        Why::Done(end) => Some(end),
        _ => None,
    };
    // Autonomy is back where it was: what containment once lacked no longer matters.
    let restored = matches!(done, Some(End::Closed | End::ClosedWithExceptions | End::StoodDown));
    if matches!(stopped.why, Why::Moved(_) | Why::Broken(_)) {
        (8, "journal invalid or moved")
    } else if matches!(stopped.why, Why::Interrupted) {
        (130, "interrupted, resumable")
    } else if done == Some(End::Stuck)
        || !stopped.in_doubt.is_empty()
        || matches!(stopped.why, Why::Waiting(WaitsFor::Stuck(_)))
    {
        (7, "in doubt or stuck")
    } else if !stopped.contained && !restored && !matches!(stopped.phase, Phase::Declare | Phase::Contain) {
        (9, "partly contained")
    } else if matches!(stopped.why, Why::Waiting(_)) {
        (4, "waiting for a human")
    } else if done.is_some() && !stopped.refused.is_empty() {
        (5, "refused")
    } else if done == Some(End::Abandoned) || matches!(stopped.why, Why::Problems) {
        (1, "failed")
    } else if done == Some(End::StoodDown) {
        (6, "undone")
    } else {
        (0, "done")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::JournalError;

    fn stopped(why: Why) -> Stopped {
        Stopped {
            why,
            phase: Phase::Close,
            contained: true,
            in_doubt: vec![],
            stuck: vec![],
            refused: vec![],
            failed: vec![],
            degraded: false,
            unpushed: None,
        }
    }

    #[test]
    fn the_first_that_holds() {
        let code = |s: &Stopped| exit_code(s).0;
        let moved = || Why::Moved(JournalError::Moved { run: "r".into(), expected: "a".into(), found: "b".into() });
        let votes = || Why::Waiting(WaitsFor::Votes { gate: "g".into(), functions: vec![], people: 1, signed: false });
        let doubt = |why| Stopped { in_doubt: vec!["s".into()], ..stopped(why) };
        let partly = |why| Stopped { contained: false, ..stopped(why) };
        let refused = |why| Stopped { refused: vec!["g".into()], ..stopped(why) };
        assert_eq!(code(&doubt(moved())), 8);
        assert_eq!(code(&stopped(Why::Broken(String::new()))), 8);
        assert_eq!(code(&doubt(Why::Interrupted)), 130);
        assert_eq!(code(&doubt(votes())), 7);
        assert_eq!(code(&stopped(Why::Done(End::Stuck))), 7);
        assert_eq!(code(&stopped(Why::Waiting(WaitsFor::Stuck("s".into())))), 7);
        assert_eq!(code(&partly(votes())), 9);
        assert_eq!(code(&partly(Why::Done(End::Abandoned))), 9);
        assert_eq!(code(&partly(Why::Done(End::ClosedWithExceptions))), 0);
        assert_eq!(code(&Stopped { phase: Phase::Contain, ..partly(votes()) }), 4);
        assert_eq!(code(&refused(votes())), 4);
        assert_eq!(code(&refused(Why::Done(End::ClosedWithExceptions))), 5);
        assert_eq!(code(&refused(Why::Done(End::Abandoned))), 5);
        assert_eq!(code(&stopped(Why::Done(End::Abandoned))), 1);
        assert_eq!(code(&stopped(Why::Problems)), 1);
        assert_eq!(code(&stopped(Why::Done(End::StoodDown))), 6);
        assert_eq!(code(&stopped(Why::Done(End::Closed))), 0);
    }
}
