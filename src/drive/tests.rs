//! The driver against a world in memory: whole runs, faults at every step, death at every append.

use super::fake::Scene;
use super::{Stopped, Why};
use crate::run::event::{Choice, End, Event};

mod attacks;
mod attest;
mod authority;
mod forged;
mod glass;
mod known;
mod people;
mod shelf;
mod silence;
mod stages;
mod stop;
mod story;
mod sweep;
mod waiting;
mod without_secret;

/// How many events on record are so.
fn count(scene: &Scene, so: impl Fn(&Event) -> bool) -> usize {
    scene.events().iter().filter(|e| so(e)).count()
}

/// What holds of every run, however it went.
fn lawful(scene: &Scene, stopped: &Stopped) {
    let ledger = scene.ledger();
    assert_eq!(scene.world.early.borrow().as_slice(), [] as [String; 0], "an act before its intent was durable");
    assert_eq!(ledger.next_seq, scene.log.records.len() as u64);
    let mut state = crate::run::state::State::new(&scene.plan);
    for record in &scene.log.records {
        state.apply(&scene.plan, record.event).unwrap();
    }
    let owed: Vec<_> = state.owed(&scene.plan).collect();
    match stopped.why {
        Why::Done(End::Closed | End::ClosedWithExceptions | End::StoodDown) => assert!(owed.is_empty(), "{owed:?}"),
        Why::Done(End::Abandoned) => {
            let low = scene.world.state("flags/autonomy") == false || scene.world.state("flags/replicas") == 0.0;
            assert!(low || !stopped.contained, "abandoned with autonomy up");
        }
        Why::Done(End::Stuck) | Why::Waiting(_) | Why::Interrupted | Why::Problems => {}
        // No driven run ends so: nothing of it was done by hand.
        Why::Done(End::Recorded) | Why::Moved(_) | Why::Broken(_) => panic!("{stopped:?}"),
    }
    // A statement is never sent twice, unless a person chose to repeat it.
    let tell = scene.plan.find_step("tell-customers").unwrap();
    let repeats = count(scene, |e| *e == Event::StepChosen { step: tell, choice: Choice::Retry });
    let sent = scene.world.things.borrow().effects.get("outbox/affected").map_or(0, Vec::len);
    assert!(sent <= 1 + repeats, "sent {sent} times, {repeats} of them chosen");
}
