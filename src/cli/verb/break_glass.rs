//! `aigov break-glass RUN [GATE] --reason TEXT`: the act behind an open gate goes ahead without its approval.
//!
//! Whether it may is the machine's to say; this looks first, so that a refusal writes nothing.

use crate::cli::args::BreakGlass;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::cli::record::{Story, catch_up};
use crate::cli::session::{self, Wishes};
use crate::cli::votable;
use crate::plan::break_glass;
use crate::run::ledger::Ledger;
use crate::text::safe;
use crate::ui::Tone;

/// Goes ahead, and on with the run.
pub(super) fn call(cx: &Context, args: &BreakGlass) -> Result<u8, CliError> {
    catch_up(cx, Some(&args.run));
    let story = Story::read(cx, &args.run)?;
    let summary = story.summary()?;
    let plan = summary.plan;
    let ledger = Ledger::of(plan, &story.records)
        .map_err(|e| CliError::new(Kind::Journal, e.to_string()).next(cx.command(&format!("verify {}", story.run))))?;
    // Named first: what a gate guards is told apart from whether it is open.
    let asked = args.gate.as_deref().and_then(|id| plan.gates.iter().position(|g| g.id == id));
    let asked = asked.and_then(|ix| u16::try_from(ix).ok()).map(crate::plan::GateIx);
    let refused = |why: &str, gate: &str| {
        let says = format!("`{}` stays closed: {why}", safe::line(gate));
        CliError::new(Kind::Refused, says)
            .hint("to lower everything at once nobody has to be asked: aigov stop NAME")
            .next(cx.command(&format!("brief {}", story.run)))
    };
    if let (Some(gate), Some(id)) = (asked, &args.gate) {
        break_glass::allowed(plan, gate).map_err(|why| refused(why, id))?;
    }
    let gate = votable::open_gate(cx, plan, &ledger, &story.run, args.gate.as_deref())?.gate;
    let id = plan.gates.get(gate.ix()).map_or("", |g| g.id.as_str());
    let (_, review) = break_glass::allowed(plan, gate).map_err(|why| refused(why, id))?;
    if args.reason.trim().is_empty() {
        return Err(CliError::usage("say why nobody is waited for: --reason \"…\""));
    }
    let says = format!(
        "BREAK-GLASS: `{}` goes ahead without its approval; those who are skipped are told and countersign it",
        safe::line(id)
    );
    cx.screen.labelled(Tone::Bad, "FAIL", &says);
    let wishes = Wishes { person: args.person.as_deref(), answers: args.answers.as_deref() };
    let code = session::resume_with(cx, &story.run, &wishes, |driver| driver.break_glass(gate, &args.reason))?;
    let review = plan.gates.get(review.ix()).map_or("", |g| g.id.as_str());
    cx.screen.say(Tone::Plain, "Those who were skipped countersign, or object, with:");
    cx.screen.command(&cx.command(&safe::line(&format!("approve {} {review}", story.run))));
    Ok(code)
}
