//! `aigov run [RUNBOOK]`.

use crate::cli::args::{Run, Target};
use crate::cli::at_once::at_once;
use crate::cli::choice::{self, Planned};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::files;
use crate::cli::providers;
use crate::cli::session::{self, Wishes};
use crate::diag::Severity;
use crate::model::runbook::Runbook;
use crate::model::workspace::Workspace;
use crate::plan::{Measure, Trigger, Votes, fit};
use crate::port::{Fut, Providers as _};
use crate::report::phrase;
use crate::run::event::Verdict;
use crate::text::safe;
use crate::text::time::Millis;
use crate::ui::Tone;

/// Runs when nobody can say what it is.
const UNKNOWN: &str = "incident/unknown";
/// Time for one measurement while somebody chooses, and with everything around it.
const LOOK: Millis = Millis::from_secs(3);
const ALL: Millis = Millis::from_secs(4);
/// How many signals are read at a time.
const AT_ONCE: usize = 32;
/// The word for a trigger that is there now.
const HOLDS: &str = "HOLDS";

/// Starts a run, and drives it until it is over, waits for somebody, or is left.
pub(super) fn call(cx: &Context, args: &Run) -> Result<u8, CliError> {
    let mut target = args.target.clone();
    if let Some(run) = &args.continues {
        of_the_run(cx, run, &mut target)?;
    }
    let runbook = match &args.runbook {
        Some(runbook) => runbook.clone(),
        None => by_what_one_sees(cx, &mut target, args.continues.as_deref())?,
    };
    if args.dry_run {
        return super::plan::call(cx, &runbook, &target);
    }
    let planned = choice::plan(cx, &runbook, &target)?;
    first_line(cx, &planned);
    if target.automation.is_none() {
        no_other(cx, &planned);
    }
    if args.target.automation.is_none() {
        elsewhere(cx, &planned);
    }
    problems(cx, &planned);
    others(cx, &planned, args.continues.as_deref());
    let wishes = Wishes { person: args.person.as_deref(), answers: args.answers.as_deref() };
    session::start(cx, &planned, &wishes, args.continues.as_deref())
}

/// A run that goes on with another is about the same automation in the same environment, unless something else is asked for.
fn of_the_run(cx: &Context, run: &str, target: &mut Target) -> Result<(), CliError> {
    if target.automation.is_some() && target.env.is_some() {
        return Ok(());
    }
    let store = cx.journal();
    let id = store.find(run)?;
    let info = store.runs()?.into_iter().find(|r| r.id == id);
    let (automation, environment) = info.map(|i| (i.automation, i.environment)).unzip();
    target.automation = target.automation.take().or(automation);
    target.env = target.env.take().or(environment);
    Ok(())
}

/// Where this is real or not, before anything else.
fn first_line(cx: &Context, planned: &Planned) {
    if cx.json {
        return;
    }
    if cx.place.is_sandbox() {
        let says = "nothing here is real; an hour of waiting passes in a second, deadlines for people do not";
        cx.screen.say(Tone::Strong, says);
        return;
    }
    let git = match files::revision(&cx.place.root) {
        // Why is said where the roster is read.
        Err(_) => "in a repository that can't be read".to_owned(),
        Ok(None) => "not in git".to_owned(),
        Ok(Some(r)) => {
            let dirty = if r.dirty { "with uncommitted changes" } else { "clean" };
            format!(
                "commit {}, {} old, {dirty}",
                r.commit.get(..10).unwrap_or(&r.commit),
                phrase::length(cx.now.since(r.at))
            )
        }
    };
    let production = if planned.plan.production { ", production" } else { "" };
    cx.screen.say(
        Tone::Strong,
        &format!("LIVE{production}: workspace {}, {git}", safe::line(&cx.place.root.display().to_string())),
    );
    if planned.plan.votes == Votes::Unsigned {
        cx.screen.labelled(
            Tone::Doubt,
            "DOUBT",
            &format!("{}, because aigov.toml says `demo = true`", phrase::NAMES_ONLY),
        );
        return;
    }
    for says in cx.protected().origin().iter().flat_map(|o| o.doubts(cx.now)) {
        cx.screen.labelled(Tone::Doubt, "DOUBT", &says);
    }
}

/// What was taken though the runbook doesn't serve it, because nothing else can be meant.
fn no_other(cx: &Context, planned: &Planned) {
    let (plan, workspace) = (&planned.plan, &cx.loaded().workspace);
    let lacks = choice::lacks(workspace, &plan.runbook, &plan.automation, &plan.environment);
    let elsewhere = fit::written_elsewhere(workspace, &plan.runbook, &plan.automation);
    let mut why = Vec::new();
    if !elsewhere.is_empty() {
        why.push(format!("{} was written for {}, which is not here", plan.runbook, elsewhere.join(" and ")));
    }
    if !lacks.is_empty() {
        why.push(format!("{} lacks {lacks} in {}", plan.automation, plan.environment));
    }
    if !why.is_empty() {
        let only = "is the only automation that can be meant, so what there is of it is done";
        let says = format!("{}; {} {only}", why.join(", and "), plan.automation);
        cx.screen.labelled(Tone::Doubt, "DOUBT", &safe::line(&says));
    }
}

/// The sandbox tells of one automation when none is named; which others the runbook serves is said, not asked.
fn elsewhere(cx: &Context, planned: &Planned) {
    let fitting = fit::candidates(&cx.loaded().workspace, &planned.plan.runbook, &planned.plan.environment);
    let others: Vec<&str> = fitting.iter().copied().filter(|name| *name != planned.plan.automation).collect();
    if cx.json || others.is_empty() || choice::story(cx, &fitting) != Some(planned.plan.automation.as_str()) {
        return;
    }
    let says = format!(
        "it serves {} too; here {} has gone wrong (--automation NAME for another)",
        others.join(", "),
        planned.plan.automation
    );
    cx.screen.labelled(Tone::Plain, "-", &says);
}

/// What is wrong is told and stops nothing that can be done at once.
fn problems(cx: &Context, planned: &Planned) {
    let errors = planned.problems.iter().filter(|p| p.severity == Severity::Error).count();
    if errors > 0 {
        let says = format!(
            "{errors} {} in the files of this run: it contains, and goes no further (aigov plan shows each in its place)",
            if errors == 1 { "problem" } else { "problems" }
        );
        cx.screen.labelled(Tone::Doubt, "DOUBT", &says);
    }
    for problem in &planned.problems {
        cx.screen.labelled(Tone::Plain, "", &safe::line(&problem.to_string()));
    }
    for unread in &cx.loaded().unread {
        cx.screen.labelled(Tone::Doubt, "DOUBT", &safe::line(unread));
    }
}

/// A new run is never refused; those that are open are told, with the command that joins them.
fn others(cx: &Context, planned: &Planned, continues: Option<&str>) {
    let runs = cx.journal().runs().unwrap_or_default();
    let same = |r: &&crate::journal::RunInfo| {
        cx.concerns(r)
            && r.attended()
            && r.automation == planned.plan.automation
            && r.environment == planned.plan.environment
            && continues.is_none_or(|c| r.id != c)
    };
    for info in runs.iter().filter(same) {
        let says = format!(
            "run {} is open on {} since {}; nothing is raised while another run holds it. To join it instead:",
            safe::line(&info.id),
            safe::line(&info.automation),
            phrase::when(info.started, cx.now)
        );
        cx.screen.labelled(Tone::Plain, "-", &says);
        cx.screen.command(&cx.command(&format!("resume {}", safe::line(&info.id))));
    }
}

/// A person chooses by what they see: each runbook's triggers in plain words, measured beside the threshold.
fn by_what_one_sees(cx: &Context, target: &mut Target, continues: Option<&str>) -> Result<String, CliError> {
    let workspace = &cx.loaded().workspace;
    let environment = choice::environment(cx, workspace, None, target)?;
    let automation = match &target.automation {
        Some(name) => name.clone(),
        None => {
            let all: Vec<(String, String)> = workspace
                .automations
                .values()
                .map(|a| (a.name.clone(), a.purpose.as_ref().map_or_else(String::new, |p| safe::line(&p.value))))
                .collect();
            match all.as_slice() {
                [] => return Err(CliError::usage("this workspace describes no automation").next(cx.command("status"))),
                [(only, _)] => only.clone(),
                several
                    if !cx.screen.look().person
                        && let Some(one) =
                            choice::story(cx, &several.iter().map(|(n, _)| n.as_str()).collect::<Vec<_>>()) =>
                {
                    one.to_owned()
                }
                several => choice::choose(cx, "Which automation?", "--automation", several)?,
            }
        }
    };
    let of_it = choice::errors_in(cx, &format!("automations/{automation}.toml"));
    let broken = |r: &Runbook| of_it || choice::errors_in(cx, &r.source.name);
    let runbooks: Vec<String> = fit::runbooks_meant(workspace, &automation, &environment, broken)
        .into_iter()
        .filter(|r| *r != UNKNOWN)
        .map(str::to_owned)
        .collect();
    if !cx.screen.look().person {
        let mut error = CliError::usage("say which runbook: nobody is here to choose");
        for runbook in runbooks.iter().map(String::as_str).chain([UNKNOWN]) {
            let title = workspace.runbooks.get(runbook).and_then(|r| r.title.as_ref());
            let title = title.map_or_else(String::new, |t| safe::line(&t.value));
            error = error.hint(format!("{runbook}   {title}"));
        }
        // What is gone on with stays so: beside a stop that is open, another run would begin.
        let on = continues.map_or_else(|| format!("--automation {automation}"), |run| format!("--continues {run}"));
        return Err(error.next(cx.command(&safe::line(&format!("run {UNKNOWN} {on}")))));
    }
    target.automation = Some(automation);
    target.env = Some(environment);
    if cx.place.is_sandbox() {
        session::fresh_sandbox(cx, &cx.journal())?;
    }
    let seen = seen(cx, workspace, &runbooks, target)?;
    let mut lines: Vec<String> = seen.iter().map(|(_, line)| line.clone()).collect();
    lines.push("Not sure: stop it, keep evidence, page the owner".to_owned());
    let picked = choice::pick(cx, "What do you see?", &lines)?;
    Ok(seen.get(picked).map_or_else(|| UNKNOWN.to_owned(), |(runbook, _)| runbook.clone()))
}

/// A runbook with what its triggers read now.
struct Seen<'p> {
    runbook: String,
    title: String,
    /// Each trigger with the signal's word and value, where it has a signal.
    triggers: Vec<(&'p Trigger, Option<(&'static str, String)>)>,
    /// Whether its files have problems.
    broken: bool,
}

impl Seen<'_> {
    fn holding(&self) -> usize {
        self.triggers.iter().filter(|(_, read)| read.as_ref().is_some_and(|(word, _)| *word == HOLDS)).count()
    }

    fn show(&self, cx: &Context) {
        cx.screen.say(Tone::Strong, &format!("{}: {}", safe::line(&self.runbook), safe::line(&self.title)));
        for (trigger, read) in &self.triggers {
            match read {
                None => cx.screen.labelled(Tone::Plain, "seen?", &phrase::trigger(trigger)),
                Some((word, value)) => {
                    let tone = if *word == HOLDS { Tone::Bad } else { Tone::Plain };
                    cx.screen.labelled(tone, word, &format!("{}: {value}", phrase::trigger(trigger)));
                }
            }
        }
        if self.triggers.is_empty() {
            cx.screen.labelled(Tone::Plain, "", "it names no trigger that can be read here");
        }
    }

    /// What one sees, and the runbook's name for whoever knows that: both are typed.
    fn line(&self) -> String {
        let mut behind = safe::line(&self.runbook);
        match self.holding() {
            0 => {}
            1 => behind.push_str("; one of its signals HOLDS now"),
            n => behind.push_str(&format!("; {n} of its signals HOLD now")),
        }
        if self.broken {
            behind.push_str("; its files have problems: it contains, and goes no further");
        }
        format!("{} ({behind})", safe::line(&self.title))
    }
}

/// Shows each runbook with what its triggers read now, those whose signals hold first, and returns them in that order.
fn seen(
    cx: &Context,
    workspace: &Workspace,
    runbooks: &[String],
    target: &Target,
) -> Result<Vec<(String, String)>, CliError> {
    let title = |r: &String| workspace.runbooks.get(r).and_then(|r| r.title.as_ref()).map(|t| t.value.clone());
    let planned: Vec<(&String, Option<Planned>)> =
        runbooks.iter().map(|r| (r, choice::plan(cx, r, target).ok())).collect();
    let triggers = || planned.iter().filter_map(|(_, p)| p.as_ref()).flat_map(|p| &p.plan.triggers);
    let mut measures: Vec<&Measure> = Vec::new();
    for measure in triggers().filter_map(|t| t.signal.as_ref()) {
        // Several runbooks may look at the same.
        if !measures.contains(&measure) {
            measures.push(measure);
        }
    }
    let runtime = session::runtime()?;
    let read: Vec<(&'static str, String)> = runtime.block_on(async {
        let sandbox = if cx.place.is_sandbox() { Some(session::serve(cx)?) } else { None };
        let set =
            providers::open(cx, target.env.as_deref().unwrap_or_default(), sandbox.as_ref().map(|s| s.origin.as_str()));
        if !measures.is_empty() {
            cx.screen.spin(&format!("reading {} of the runbooks' signals", measures.len()));
        }
        let work: Vec<Fut<'_, _>> = measures.iter().map(|m| Box::pin(measured(&set, m)) as Fut<'_, _>).collect();
        let read = at_once(AT_ONCE, work).await;
        cx.screen.still();
        Ok::<_, CliError>(read)
    })?;
    let of = |m: &Measure| measures.iter().position(|other| *other == m).and_then(|at| read.get(at)).cloned();
    let mut all: Vec<Seen<'_>> = planned
        .iter()
        .map(|(runbook, planned)| Seen {
            runbook: (*runbook).clone(),
            title: title(runbook).unwrap_or_else(|| (*runbook).clone()),
            triggers: planned
                .iter()
                .flat_map(|p| &p.plan.triggers)
                .map(|t| (t, t.signal.as_ref().and_then(of)))
                .collect(),
            broken: planned.as_ref().is_none_or(|p| !p.plan.problems.is_empty()),
        })
        .collect();
    all.sort_by_key(|s| std::cmp::Reverse(s.holding()));
    for one in &all {
        one.show(cx);
    }
    Ok(all.iter().map(|s| (s.runbook.clone(), s.line())).collect())
}

async fn measured(set: &crate::provider::Set, measure: &Measure) -> (&'static str, String) {
    let provider = match set.get(&measure.target.provider) {
        Ok(provider) => provider,
        Err(fault) => return ("?", safe::line(&fault.says)),
    };
    // Somebody waits for this in the middle of the night: what does not answer is told as such.
    match tokio::time::timeout(ALL.std(), provider.measure(measure, LOOK)).await {
        Err(_) => ("?", format!("no answer from {} within {ALL}", safe::line(&measure.target.provider))),
        Ok(Err(fault)) => ("?", safe::line(&fault.says)),
        Ok(Ok(reading)) => {
            let value = phrase::measured(&reading.measured);
            match reading.verdict {
                Verdict::Pass => (HOLDS, format!("now {value}")),
                Verdict::Fail => ("clear", format!("now {value}")),
                Verdict::Accepted | Verdict::Inconclusive => {
                    ("?", format!("now {value}; {}", safe::line(&reading.says)))
                }
            }
        }
    }
}
