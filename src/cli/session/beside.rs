//! The ports of whoever says something to a drill from beside it.

use std::rc::Rc;

use super::{Wishes, World, person};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::ports::DrillClock;
use crate::drive::Signals;
use crate::plan::Plan;
use crate::port::Clock;
use crate::provider::{Reach, Set};
use crate::rehearse::Course;
use crate::ui::{Lines, Terminal};

/// The ports of a drill that somebody says something to from another terminal while nobody drives it: nothing outside is
/// reached for that.
pub(super) fn in_drill(cx: &Context, plan: &Plan, wishes: &Wishes<'_>, course: Rc<Course>) -> Result<World, CliError> {
    let clock: Rc<dyn Clock> = Rc::new(DrillClock(course));
    let person = person(cx, plan, wishes.person)?;
    let (_, signals) = Signals::channel();
    Ok(World {
        _sandbox: None,
        providers: Box::new(Set::open(Vec::new(), cx.place.root.clone()).within(Reach::Loopback)),
        operator: Box::new(Terminal::new(cx.screen.clone(), Rc::clone(&clock), person)),
        clock,
        reporter: Box::new(Lines::new(cx.screen.clone(), cx.place.suffix.clone())),
        keys: crate::cli::keys::port(cx),
        signals,
    })
}
