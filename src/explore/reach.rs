//! One path to something that a change made possible.
//!
//! Owns a search of its own: breadth first and without faults, so that what it finds is the shortest way there when
//! everything works. Claims nothing where it finds none.

use super::branch::{Branch, branches};
use super::known::Known;
use crate::plan::Plan;
use crate::run::command::Command;
use crate::run::event::Event;
use crate::run::input::Input;
use crate::run::state::State;

/// Where an input leads.
enum Way {
    There,
    Barred,
    On(State),
}

/// The shortest path without faults on which an event of `aim` happens before any of `bar`, among at most so many states.
#[must_use]
pub fn reach(plan: &Plan, most: usize, aim: &dyn Fn(Event) -> bool, bar: &dyn Fn(Event) -> bool) -> Option<Vec<Input>> {
    let mut nodes: Vec<(State, usize, Input)> = vec![(State::new(plan), 0, Input::Begin)];
    let mut known = Known::default();
    known.meet(&nodes[0].0);
    let mut scratch: Vec<Branch> = Vec::new();
    let mut at = 0;
    while let Some(before) = nodes.get(at).map(|(state, ..)| state.clone()).filter(|_| nodes.len() < most) {
        branches(plan, &before, &mut scratch);
        for (input, faults) in scratch.drain(..) {
            let Some(events) = before.decide(plan, input).ok().filter(|_| faults == 0) else { continue };
            match follow(plan, &before, &events, aim, bar) {
                Way::There => {
                    let mut path = vec![input];
                    let mut node = at;
                    while let Some((_, parent, input)) = nodes.get(node).filter(|_| node != 0) {
                        path.push(*input);
                        node = *parent;
                    }
                    path.reverse();
                    return Some(path);
                }
                Way::Barred => {}
                Way::On(after) => {
                    if after.end.is_none() && known.meet(&after) as usize == nodes.len() {
                        nodes.push((after, at, input));
                    }
                }
            }
        }
        at += 1;
    }
    None
}

/// Applies events and every move that the machine makes by itself after them.
fn follow(
    plan: &Plan,
    before: &State,
    events: &[Event],
    aim: &dyn Fn(Event) -> bool,
    bar: &dyn Fn(Event) -> bool,
) -> Way {
    let mut after = before.clone();
    let mut events: Vec<Event> = events.to_vec();
    loop {
        for event in &events {
            if aim(*event) {
                return Way::There;
            }
            if bar(*event) || after.apply(plan, *event).is_err() {
                return Way::Barred;
            }
        }
        if after.end.is_some() || after.pending(plan) != Command::Advance {
            return Way::On(after);
        }
        match after.decide(plan, Input::Advance) {
            Ok(more) => events = more.to_vec(),
            Err(_) => return Way::Barred,
        }
    }
}
