//! Breadth first over everything that could happen: fewest faults first, then fewest inputs, so that the first witness
//! is the shortest.
//!
//! Owns the search and the account of what it covered. A budget that stops it is said.

use std::collections::VecDeque;
use std::fmt;

use super::branch::{Branch, at_pending};
use super::claim::{Always, Monitor, Sometimes};
use super::ends::lost;
use super::known::Known;
use crate::plan::Plan;
use crate::run::command::Command;
use crate::run::event::Event;
use crate::run::input::{Deadline, Input};
use crate::run::state::State;

/// How far to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Budget {
    /// The largest number of faults on one path.
    pub faults: u8,
    /// The largest number of distinct states.
    pub states: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { faults: 2, states: 4_000_000 }
    }
}

/// A plan that is too large for the search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooLarge {
    /// What there is too much of.
    pub what: &'static str,
    /// How many there are.
    pub count: usize,
    /// How many there may be.
    pub most: usize,
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}; the explorer takes at most {}", self.count, self.what, self.most)
    }
}

impl std::error::Error for TooLarge {}

/// A broken claim with the shortest path to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// What was broken.
    pub claim: Always,
    /// Everything that arrived, in order.
    pub path: Vec<Input>,
}

/// What was covered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The largest fault budget that is complete; none when not even faultless runs were exhausted.
    pub complete: Option<u8>,
    /// True when the state budget stopped the search.
    pub stopped: bool,
    /// Distinct states.
    pub states: u32,
    /// Transitions followed.
    pub transitions: u64,
    /// What must be possible, and a path that shows it, if found.
    pub sometimes: Vec<(Sometimes, Option<Vec<Input>>)>,
    /// The first broken claim.
    pub broken: Option<Witness>,
}

/// How a state was come to.
#[derive(Clone, Copy)]
struct Node {
    parent: u32,
    input: Input,
    cost: u8,
    ended: bool,
}

/// Where a path stands: the machine's state and the account that the claims keep.
struct Place {
    state: State,
    monitor: Monitor,
    /// What the state waits for.
    pending: Command,
}

impl Place {
    fn new(plan: &Plan) -> Self {
        let state = State::new(plan);
        let pending = state.pending(plan);
        Self { state, monitor: Monitor::default(), pending }
    }

    fn become_like(&mut self, other: &Self) {
        self.state.clone_from(&other.state);
        (self.monitor, self.pending) = (other.monitor, other.pending);
    }
}

struct Search<'a> {
    plan: &'a Plan,
    known: Known,
    nodes: Vec<Node>,
    /// Places to go on from, by the faults on the path to them.
    queue: Vec<VecDeque<(u32, Box<Place>)>>,
    /// Places that were gone on from: room for the next ones.
    #[expect(clippy::vec_box, reason = "they go back into a queue as they are, and are large to move")]
    spare: Vec<Box<Place>>,
    edges: Vec<(u32, u32)>,
    wanted: Vec<Sometimes>,
    /// Where each was first seen with the fewest faults, on which input: what that led to may be known from another way.
    shown: Vec<Option<(u32, Input)>>,
    /// By a number of faults, what was not shown yet with so few.
    open: Vec<Vec<usize>>,
    transitions: u64,
}

/// Looks at everything that could happen to a plan, up to a budget.
///
/// # Errors
/// [`TooLarge`] when the plan has more steps, gates or checks than the search can tell apart.
pub fn explore(plan: &Plan, budget: Budget) -> Result<Coverage, TooLarge> {
    for (what, count, most) in
        [("steps", plan.steps.len(), 128), ("gates", plan.gates.len(), 64), ("checks", plan.checks.len(), 63)]
    {
        if count > most {
            return Err(TooLarge { what, count, most });
        }
    }
    let wanted = Sometimes::of(plan);
    let mut search = Search {
        plan,
        known: Known::default(),
        nodes: Vec::new(),
        queue: (0..=budget.faults).map(|_| VecDeque::new()).collect(),
        spare: Vec::new(),
        edges: Vec::new(),
        shown: vec![None; wanted.len()],
        open: (0..=budget.faults).map(|_| (0..wanted.len()).collect()).collect(),
        wanted,
        transitions: 0,
    };
    Ok(search.run(budget))
}

impl Search<'_> {
    fn run(&mut self, budget: Budget) -> Coverage {
        let mut after = Place::new(self.plan);
        self.meet(&after, Node { parent: 0, input: Input::Begin, cost: 0, ended: false });
        let mut complete = None;
        let mut scratch = Vec::new();
        for faults in 0..=budget.faults {
            while let Some((n, before)) = self.queue[usize::from(faults)].pop_front() {
                if self.nodes[n as usize].cost == faults {
                    if self.nodes.len() >= budget.states as usize {
                        return self.coverage(complete, true, None);
                    }
                    if let Some((claim, last)) = self.expand(n, &before, &mut after, budget.faults, &mut scratch) {
                        let mut path = self.path(n);
                        path.extend(last);
                        return self.coverage(complete, false, Some(Witness { claim, path }));
                    }
                }
                self.spare.push(before);
            }
            complete = Some(faults);
        }
        let broken = self.without_end(budget.faults);
        self.coverage(complete, false, broken)
    }

    /// Adds a place, or finds that it is known with no more faults; its number.
    fn meet(&mut self, place: &Place, node: Node) -> u32 {
        let n = self.known.meet(&(&place.state, &place.monitor));
        match self.nodes.get_mut(n as usize) {
            Some(known) if node.cost < known.cost => *known = node,
            Some(_) => return n,
            None => self.nodes.push(node),
        }
        debug_assert_eq!(self.nodes.len(), self.known.len(), "as many are known as were met");
        if !node.ended {
            let mut room = self.spare.pop().unwrap_or_else(|| Box::new(Place::new(self.plan)));
            room.become_like(place);
            self.queue[usize::from(node.cost)].push_back((n, room));
        }
        n
    }

    fn expand(
        &mut self,
        n: u32,
        before: &Place,
        after: &mut Place,
        most: u8,
        scratch: &mut Vec<Branch>,
    ) -> Option<(Always, Option<Input>)> {
        let Place { state, monitor, pending } = before;
        let cost = self.nodes[n as usize].cost;
        if state.started
            && let Some(claim) = monitor.command(*pending)
        {
            return Some((claim, None));
        }
        at_pending(self.plan, state, *pending, scratch);
        let mut leads = false;
        for &(input, faults) in scratch.iter().filter(|(_, faults)| cost + faults <= most) {
            let Ok(events) = state.decide_at(self.plan, *pending, input) else { continue };
            leads |= leads_on(input);
            self.transitions += 1;
            after.become_like(before);
            let with = cost + faults;
            if let Err(claim) = self.follow(after, n, input, &events, with) {
                return Some((claim, Some(input)));
            }
            let ended = after.state.end.is_some();
            let m = self.meet(after, Node { parent: n, input, cost: with, ended });
            if m != n {
                self.edges.push((n, m));
            }
        }
        let mut beyond = scratch.iter().filter(|(_, faults)| cost + faults > most);
        leads |= beyond.any(|(input, _)| leads_on(*input) && state.decide_at(self.plan, *pending, *input).is_ok());
        (!leads).then_some((Always::NoDeadEnd, None))
    }

    /// Applies what an input led to and every move that the machine makes by itself after it: nothing can come between,
    /// since a crash there finds the record as it was before the moves.
    fn follow(&mut self, after: &mut Place, n: u32, arrived: Input, events: &[Event], with: u8) -> Result<(), Always> {
        let Place { state, monitor, pending } = after;
        let mut events = std::borrow::Cow::Borrowed(events);
        let mut input = arrived;
        loop {
            if let Some(claim) = monitor.observe(self.plan, state, input, &events) {
                return Err(claim);
            }
            for event in events.iter() {
                state.apply(self.plan, *event).map_err(|_| Always::DecidedIsLawful)?;
            }
            self.show(&events, (n, arrived), with);
            if state.end.is_some() {
                // How it came to its end no longer matters.
                let end = state.end;
                *after = Place::new(self.plan);
                after.state.end = end;
                return Ok(());
            }
            *pending = state.pending(self.plan);
            if *pending != Command::Advance {
                return Ok(());
            }
            input = Input::Advance;
            events = state.decide_at(self.plan, *pending, input).map_err(|_| Always::NoDeadEnd)?.into();
        }
    }

    /// Notes what these events show, unless it was shown with as few faults before.
    fn show(&mut self, events: &[Event], at: (u32, Input), with: u8) {
        let [open, dearer @ ..] = &mut self.open[usize::from(with)..] else { return };
        let (plan, wanted, shown) = (self.plan, &self.wanted, &mut self.shown);
        open.retain(|claim| {
            let seen = wanted[*claim].shown_by(plan, events.iter().copied());
            if seen {
                shown[*claim] = Some(at);
                dearer.iter_mut().for_each(|open| open.retain(|other| other != claim));
            }
            !seen
        });
    }

    /// A state that no end can be reached from, among those whose every continuation was followed.
    fn without_end(&self, most: u8) -> Option<Witness> {
        let ended: Vec<bool> = self.nodes.iter().map(|n| n.ended).collect();
        let first = lost(&self.edges, ended).find(|n| self.nodes[*n as usize].cost < most.max(1))?;
        Some(Witness { claim: Always::EndReachable, path: self.path(first) })
    }

    /// The way to a state and one input further.
    fn beyond(&self, (n, input): (u32, Input)) -> Vec<Input> {
        let mut path = self.path(n);
        path.push(input);
        path
    }

    fn path(&self, mut n: u32) -> Vec<Input> {
        let mut path = Vec::new();
        while n != 0 {
            let node = &self.nodes[n as usize];
            path.push(node.input);
            n = node.parent;
        }
        path.reverse();
        path
    }

    fn coverage(&self, complete: Option<u8>, stopped: bool, broken: Option<Witness>) -> Coverage {
        Coverage {
            complete,
            stopped,
            states: u32::try_from(self.nodes.len()).unwrap_or(u32::MAX),
            transitions: self.transitions,
            sometimes: self
                .wanted
                .iter()
                .zip(&self.shown)
                .map(|(claim, shown)| (*claim, shown.map(|at| self.beyond(at))))
                .collect(),
            broken,
        }
    }
}

/// Waiting longer for somebody leads nowhere.
fn leads_on(input: Input) -> bool {
    input != Input::Elapsed(Deadline::Human)
}
