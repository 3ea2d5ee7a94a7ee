//! Since when what is asked now has been asked, and how often somebody was paged about it.

use super::super::event::Event;
use super::super::record::Record;
use super::Ledger;
use crate::plan::Plan;

impl Ledger {
    /// Takes in what a record says of that.
    pub(super) fn asks_since(&mut self, plan: &Plan, record: &Record) {
        if !moves(&record.event) {
            return;
        }
        self.asked_since = record.at;
        let page = record.event.step().is_some_and(|s| plan.on_silence == Some(s));
        // The page about a silence does not end it.
        self.unheard = match record.event {
            Event::QuestionExpired => self.unheard.saturating_add(1),
            _ if page => self.unheard,
            _ => 0,
        };
    }

    /// Another page, not the last one again: a pager takes what has one key for one.
    pub(super) fn another_page(&mut self, plan: &Plan) {
        if let Some(page) = plan.on_silence {
            self.steps[page.ix()].repeats += 1;
        }
    }
}

/// Whether an event moves the run, so that what is asked after it is a new question. Comings and goings of processes,
/// notes, votes and looks at other runs are not: a deadline must not be put off by restarting the program.
const fn moves(event: &Event) -> bool {
    !matches!(
        event,
        Event::Restarted
            | Event::Interrupted
            | Event::Noted
            | Event::LeaseTaken { .. }
            | Event::RecordDegraded
            | Event::RecordRestored
            | Event::VoteCounted { .. }
            | Event::VoteRefused { .. }
            | Event::GateReminded { .. }
            | Event::HoldsLooked { .. }
            | Event::ReviewVoted { .. }
            | Event::Reviewed { .. }
            | Event::ContinuedBy
    )
}
