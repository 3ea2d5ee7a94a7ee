//! `aigov doctor`: whether what a run needs would work now, without changing anything.
//!
//! Owns the order of questions and their limits: everything is asked at the same time, and nobody is waited for longer
//! than [`LIMIT`]. What is found is told by the edges; here it is only put together.

use std::env;
use std::time::{Duration, UNIX_EPOCH};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use litemap::LiteMap;

use crate::cli::args::Doctor;
use crate::cli::choice;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::cli::ports::now;
use crate::cli::{providers, session};
use crate::model::workspace::Settings;
use crate::plan::checked::{Aspect, Checked, Standing};
use crate::plan::needed::{Needed, needed};
use crate::port::Providers as _;
use crate::provider::Set;
use crate::report::doctor::{self, Section};
use crate::text::safe;
use crate::text::time::Millis;
use crate::ui::Tone;

mod workspace;

/// Time for everything that is asked of one provider.
const LIMIT: Millis = Millis(15_000);
/// Time for a host that nobody had reason to ask.
const KNOCK: Millis = Millis(5_000);
/// A provider whose secret comes from a slow command, or a file system that hangs, is not waited for longer than this.
const OVER: Duration = Duration::from_secs(20);

/// Examines everything and says the worst first. Exit 3 when something is wrong.
pub(super) fn call(cx: &Context, args: &Doctor) -> Result<u8, CliError> {
    let environments = environments(cx, args)?;
    let runtime = session::runtime()?;
    let sections = runtime.block_on(examine(cx, &environments, args.env.as_deref()));
    // A thread that hangs on a dead file system must not hold the end up.
    runtime.shutdown_background();
    cx.screen.still();
    let sections = sections?;
    let again = cx.command(&args.env.as_ref().map_or_else(|| "doctor".to_owned(), |e| format!("doctor --env {e}")));
    if cx.json {
        for section in &sections {
            for checked in &section.found {
                cx.screen.raw(&doctor::object(section, checked).to_string());
            }
        }
    } else {
        cx.screen.page(&doctor::page(&sections, cx.screen.room()));
    }
    let worst = doctor::worst(&sections);
    let Some((section, first)) = worst.first() else {
        let known = cx.loaded().workspace.automations.keys().next();
        let next = known.map_or_else(|| "run".to_owned(), |name| format!("who {}", safe::line(name)));
        cx.screen.say(Tone::Plain, "Next:");
        cx.screen.command(&cx.command(&next));
        return Ok(0);
    };
    let things = if worst.len() == 1 { "one thing is wrong" } else { "several things are wrong" };
    let mut error = CliError::new(
        Kind::Findings,
        format!("{things}; the worst: {}: {}: {}", section.title, first.what, first.says),
    );
    if let Some(help) = &first.help {
        error = error.hint(help.clone());
    }
    Err(error.commands(&first.commands).next(again))
}

/// The environments that are asked about: the one that was named, or all.
fn environments(cx: &Context, args: &Doctor) -> Result<Vec<String>, CliError> {
    let workspace = &cx.loaded().workspace;
    let Some(settings) = &workspace.settings else { return Ok(Vec::new()) };
    match &args.env {
        Some(asked) => Ok(choice::sure_environment(cx, settings, &[], Some(asked))?.into_iter().collect()),
        None => Ok(settings.environments.names().map(str::to_owned).collect()),
    }
}

async fn examine(cx: &Context, environments: &[String], named: Option<&str>) -> Result<Vec<Section>, CliError> {
    cx.screen.spin("the journal and every provider are asked");
    let sandbox = if cx.place.is_sandbox() { Some(session::serve(cx)?) } else { None };
    let origin = sandbox.as_ref().map(|s| s.origin.as_str());
    let journal = journal(cx);
    let mut files = workspace::files(cx);
    // `--env` may name one by what it is called elsewhere; then the one that was found counts.
    files.extend(workspace::secrets(cx, environments));
    files.extend(workspace::stops(cx, named.and(environments.first()).map(String::as_str)));
    let mut sections = vec![shared("workspace", files), shared("people", workspace::people(cx))];
    let asked = async {
        let mut all = Vec::new();
        for environment in environments {
            all.push(Asked::prepare(cx, environment, origin));
        }
        // All environments at the same time: a dead one delays nobody.
        futures_util::future::join_all(all.iter().map(|asked| asked.sections(cx))).await
    };
    let (journal, asked) = tokio::join!(journal, asked);
    sections.push(shared("journal", journal));
    sections.extend(asked.into_iter().flatten());
    Ok(sections)
}

fn shared(title: &str, found: Vec<Checked>) -> Section {
    Section { title: title.to_owned(), environment: None, production: false, found }
}

/// The journal is asked in a thread of its own: a file system or a remote that hangs is left behind.
async fn journal(cx: &Context) -> Vec<Checked> {
    let store = cx.journal();
    let (scratch, is_sandbox) = (env::temp_dir(), cx.place.is_sandbox());
    let at = UNIX_EPOCH + Duration::from_millis(u64::try_from(cx.now.0).unwrap_or_default());
    let (done, wait) = tokio::sync::oneshot::channel();
    let started = std::thread::Builder::new().name("doctor".to_owned()).spawn(move || {
        let mut found = store.health(at);
        if !is_sandbox {
            found.extend(store.try_push(&scratch));
        }
        // Whoever asked may have stopped waiting.
        let _ = done.send(found);
    });
    let silent = |why: &str| vec![Checked::untold(Aspect::Journal, "journal", why)];
    if started.is_err() {
        return silent("no thread could be started to look at it");
    }
    match tokio::time::timeout(OVER, wait).await {
        Ok(Ok(found)) => found,
        _ => silent("its file system or its remote gave no answer in time"),
    }
}

/// One environment, ready to be asked.
struct Asked {
    environment: String,
    production: bool,
    set: Set,
    /// Each provider that has settings or is named, with its kind and what is named of it.
    providers: Vec<(String, String, Vec<Needed>)>,
}

impl Asked {
    fn prepare(cx: &Context, environment: &str, origin: Option<&str>) -> Self {
        let workspace = &cx.loaded().workspace;
        let set = providers::open(cx, environment, origin).watched();
        let mut named: LiteMap<String, Vec<Needed>> = LiteMap::new();
        for one in needed(workspace, environment) {
            named.entry(one.target.provider.clone()).or_default().push(one);
        }
        let settings = workspace.settings.as_ref();
        let mut providers = Vec::new();
        for (name, provider) in settings.iter().flat_map(|s| s.providers.iter()) {
            let named = named.remove(&name.value).unwrap_or_default();
            if named.is_empty() && provider.environments.get(environment).is_none() {
                continue;
            }
            let kind = provider.kind.as_ref().map_or_else(|| "of no known kind".to_owned(), |k| k.value.clone());
            providers.push((name.value.clone(), kind, named));
        }
        // What is named and stands in no settings.
        providers.extend(named.into_iter().map(|(name, named)| (name, "not in aigov.toml".to_owned(), named)));
        Self { environment: environment.to_owned(), production: is_production(settings, environment), set, providers }
    }

    async fn sections(&self, cx: &Context) -> Vec<Section> {
        let mut under_way: FuturesUnordered<_> = self
            .providers
            .iter()
            .enumerate()
            .map(|(place, (name, _, named))| async move {
                let looked = tokio::time::timeout(OVER, self.provider(name, named)).await;
                let found = looked.unwrap_or_else(|_| {
                    let says = "what was asked of it did not end in time";
                    vec![Checked::untold(Aspect::Reach, "all of it", says)]
                });
                (place, found)
            })
            .collect();
        let mut found: LiteMap<usize, Vec<Checked>> = LiteMap::new();
        while let Some((place, of_one)) = under_way.next().await {
            found.insert(place, of_one);
            cx.screen.spin(&format!(
                "{}: {} of {} providers answered",
                self.environment,
                found.len(),
                self.providers.len()
            ));
        }
        let addresses = self.set.addresses(KNOCK, now).await;
        let hosts = addresses.into_iter().map(|address| {
            let origin = safe::line(&address.origin);
            self.section(&format!("{origin}, {}", safe::line(&address.providers.join(", "))), address.found)
        });
        let providers = self.providers.iter().enumerate().map(|(place, (name, kind, _))| {
            let title = format!("{}, {}", safe::line(name), safe::line(kind));
            self.section(&title, found.remove(&place).unwrap_or_default())
        });
        hosts.chain(providers).collect()
    }

    async fn provider(&self, name: &str, named: &[Needed]) -> Vec<Checked> {
        match self.set.get(name) {
            Ok(provider) => provider.check(named, LIMIT).await,
            Err(fault) => {
                let mut checked = Checked::new(Aspect::Setting, "settings", Standing::Wrong, fault.says);
                checked.help = fault.help;
                vec![checked]
            }
        }
    }

    fn section(&self, title: &str, found: Vec<Checked>) -> Section {
        Section {
            title: title.to_owned(),
            environment: Some(self.environment.clone()),
            production: self.production,
            found,
        }
    }
}

fn is_production(settings: Option<&Settings>, environment: &str) -> bool {
    let environment = settings.and_then(|s| s.environments.get(environment));
    environment.and_then(|e| e.production.as_ref()).is_some_and(|p| p.value)
}
