//! Breadth first over everything that could happen: fewest faults first, then fewest inputs, so that the first witness
//! is the shortest.
//!
//! Owns the search and the account of what it covered. A budget that stops it is said.

use std::fmt;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};

use hashbrown::HashTable;

use super::branch::{Branch, branches};
use super::claim::{Always, Monitor, Sometimes, mark};
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

struct Node {
    state: State,
    monitor: Monitor,
    /// Of both, for when the table grows.
    hash: u64,
    parent: u32,
    input: Input,
    cost: u8,
}

/// A multiplicative hash in the manner of Firefox's: states are small and trusted, so speed matters and attacks don't.
#[derive(Clone, Copy, Default)]
pub(super) struct Quick(u64);

impl Quick {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for Quick {
    fn finish(&self) -> u64 {
        // The table takes its buckets from the low bits and its tags from the high ones; mix them.
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            self.add(chunk.iter().fold(0, |w, b| (w << 8) | u64::from(*b)));
        }
        self.add(chunks.remainder().iter().fold(1, |w, b| (w << 8) | u64::from(*b)));
    }

    fn write_u8(&mut self, n: u8) {
        self.add(u64::from(n));
    }

    fn write_u32(&mut self, n: u32) {
        self.add(u64::from(n));
    }

    fn write_u128(&mut self, n: u128) {
        let [low, high] = [n & u128::from(u64::MAX), n >> 64].map(|half| u64::try_from(half).unwrap_or(0));
        self.add(low);
        self.add(high);
    }

    fn write_u16(&mut self, n: u16) {
        self.add(u64::from(n));
    }

    fn write_u64(&mut self, n: u64) {
        self.add(n);
    }

    fn write_usize(&mut self, n: usize) {
        self.add(n as u64);
    }

    fn write_isize(&mut self, n: isize) {
        self.add(n.unsigned_abs() as u64);
    }
}

fn hash(state: &State, monitor: &Monitor) -> u64 {
    let mut hasher = BuildHasherDefault::<Quick>::default().build_hasher();
    state.hash(&mut hasher);
    monitor.hash(&mut hasher);
    hasher.finish()
}

struct Search<'a> {
    plan: &'a Plan,
    nodes: Vec<Node>,
    table: HashTable<u32>,
    /// Nodes to expand, by the faults on the path to them.
    queue: Vec<std::collections::VecDeque<u32>>,
    edges: Vec<(u32, u32)>,
    wanted: Vec<Sometimes>,
    /// Where each was first seen with the fewest faults, on which input, and how many faults: what that led to may be known
    /// from another way.
    shown: Vec<Option<(u32, Input, u8)>>,
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
        nodes: Vec::new(),
        table: HashTable::new(),
        queue: vec![std::collections::VecDeque::new(); usize::from(budget.faults) + 1],
        edges: Vec::new(),
        shown: vec![None; wanted.len()],
        wanted,
        transitions: 0,
    };
    Ok(search.run(budget))
}

impl Search<'_> {
    fn run(&mut self, budget: Budget) -> Coverage {
        self.meet(State::new(self.plan), Monitor::default(), 0, Input::Begin, 0);
        let mut complete = None;
        let mut scratch = Vec::new();
        for faults in 0..=budget.faults {
            while let Some(n) = self.queue[usize::from(faults)].pop_front() {
                if self.nodes[n as usize].cost < faults {
                    continue;
                }
                if self.nodes.len() >= budget.states as usize {
                    return self.coverage(complete, true, None);
                }
                if let Some((claim, last)) = self.expand(n, budget.faults, &mut scratch) {
                    let mut path = self.path(n);
                    path.extend(last);
                    return self.coverage(complete, false, Some(Witness { claim, path }));
                }
            }
            complete = Some(faults);
        }
        let broken = self.without_end(budget.faults);
        self.coverage(complete, false, broken)
    }

    /// Adds a state, or finds that it is known with no more faults; its number.
    fn meet(&mut self, state: State, monitor: Monitor, parent: u32, input: Input, cost: u8) -> u32 {
        let h = hash(&state, &monitor);
        let nodes = &mut self.nodes;
        if let Some(known) = self.table.find(h, |n| {
            let node = &nodes[*n as usize];
            node.hash == h && node.monitor == monitor && node.state == state
        }) {
            let known = *known;
            let node = &mut nodes[known as usize];
            if cost < node.cost {
                (node.cost, node.parent, node.input) = (cost, parent, input);
                self.queue[usize::from(cost)].push_back(known);
            }
            return known;
        }
        let n = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
        nodes.push(Node { state, monitor, hash: h, parent, input, cost });
        self.table.insert_unique(h, n, |n| nodes[*n as usize].hash);
        self.queue[usize::from(cost)].push_back(n);
        n
    }

    fn expand(&mut self, n: u32, most: u8, scratch: &mut Vec<Branch>) -> Option<(Always, Option<Input>)> {
        let node = &self.nodes[n as usize];
        let (cost, before, monitor) = (node.cost, node.state.clone(), node.monitor);
        if before.end.is_some() {
            return None;
        }
        if before.started
            && let Some(claim) = monitor.command(before.pending(self.plan))
        {
            return Some((claim, None));
        }
        branches(self.plan, &before, scratch);
        let mut leads = false;
        let mut seen = vec![false; self.wanted.len()];
        for (input, faults) in scratch.drain(..) {
            let Ok(events) = before.decide(self.plan, input) else { continue };
            // Waiting longer for somebody leads nowhere.
            leads |= input != Input::Elapsed(Deadline::Human);
            if cost + faults > most {
                continue;
            }
            self.transitions += 1;
            let mut after = before.clone();
            let mut account = monitor;
            // What was shown with no more faults is not looked for again.
            let known = |shown: &Option<(u32, Input, u8)>| shown.is_some_and(|(.., with)| with <= cost + faults);
            seen.iter_mut().zip(&self.shown).for_each(|(seen, shown)| *seen = known(shown));
            if let Err(claim) = self.follow(&mut after, &mut account, input, &events, &mut seen) {
                return Some((claim, Some(input)));
            }
            for (shown, _) in self.shown.iter_mut().zip(&seen).filter(|(shown, seen)| **seen && !known(shown)) {
                *shown = Some((n, input, cost + faults));
            }
            if after == before && account == monitor {
                continue;
            }
            let m = self.meet(after, account, n, input, cost + faults);
            self.edges.push((n, m));
        }
        (!leads).then_some((Always::NoDeadEnd, None))
    }

    /// Applies what an input led to and every move that the machine makes by itself after it: nothing can come between,
    /// since a crash there finds the record as it was before the moves.
    fn follow(
        &self,
        after: &mut State,
        account: &mut Monitor,
        input: Input,
        events: &[Event],
        seen: &mut [bool],
    ) -> Result<(), Always> {
        let mut events = std::borrow::Cow::Borrowed(events);
        let mut input = input;
        loop {
            if let Some(claim) = account.observe(self.plan, after, input, &events) {
                return Err(claim);
            }
            for event in events.iter() {
                after.apply(self.plan, *event).map_err(|_| Always::DecidedIsLawful)?;
            }
            mark(self.plan, &self.wanted, seen, &events);
            if after.end.is_some() {
                // How it came to its end no longer matters.
                let end = after.end;
                *after = State::new(self.plan);
                after.end = end;
                *account = Monitor::default();
                return Ok(());
            }
            if after.pending(self.plan) != Command::Advance {
                return Ok(());
            }
            input = Input::Advance;
            events = after.decide(self.plan, input).map_err(|_| Always::NoDeadEnd)?.into();
        }
    }

    /// A state that no end can be reached from, among those whose every continuation was followed.
    fn without_end(&self, most: u8) -> Option<Witness> {
        let mut back: Vec<Vec<u32>> = vec![Vec::new(); self.nodes.len()];
        for (from, to) in &self.edges {
            back[*to as usize].push(*from);
        }
        let mut good: Vec<bool> = self.nodes.iter().map(|n| n.state.end.is_some()).collect();
        let mut stack: Vec<u32> = (0u32..).zip(&good).filter(|(_, g)| **g).map(|(i, _)| i).collect();
        while let Some(n) = stack.pop() {
            for from in &back[n as usize] {
                if !std::mem::replace(&mut good[*from as usize], true) {
                    stack.push(*from);
                }
            }
        }
        let lost = (0u32..).zip(&good).find(|(i, g)| !**g && self.nodes[*i as usize].cost < most.max(1))?;
        Some(Witness { claim: Always::EndReachable, path: self.path(lost.0) })
    }

    /// The way to a state and one input further.
    fn beyond(&self, (n, input, _): (u32, Input, u8)) -> Vec<Input> {
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
