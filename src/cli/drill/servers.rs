//! The servers of a drill: the sandbox's own, one for each provider of a workspace of one's own, or a staging environment's
//! real ones.
//!
//! Owns where their files lie, what the adapters are told of them, and how a fault of the scenario finds the request that it
//! spoils. Must not know what a server holds; that is `provider::sandbox`.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::ports::now;
use crate::plan::Plan;
use crate::plan::rehearsal::{Ground, Where};
use crate::provider::sandbox::{self, Asked, Disturbance, Sandbox, Seeds};
use crate::provider::{ProviderSettings, Reach, Set};
use crate::rehearse::{Blow, Blows};

/// What a drill reaches.
#[derive(Default)]
pub(super) struct Servers {
    /// The adapters; none where every system is in memory.
    pub(super) set: Option<Set>,
    /// Providers that are in memory beside them.
    pub(super) apart: BTreeSet<String>,
    /// Keeps them running.
    _running: Vec<sandbox::Running>,
}

/// What the servers of a drill hold in a workspace of one's own.
pub(super) fn own(cx: &Context, plan: &Plan) -> Seeds {
    sandbox::seeds(plan, &crate::cli::providers::of_own(cx, &plan.environment), now())
}

/// Starts them, or takes up what an earlier process of the drill left of them.
///
/// # Errors
/// A folder can't be written, or no port could be had.
pub(super) fn open(
    cx: &Context,
    plan: &Plan,
    ground: &Ground,
    played: Option<&Where>,
    run: &str,
    blows: &Blows,
) -> Result<Servers, CliError> {
    if let Ground::Staging(staging) = ground {
        let set = crate::cli::providers::open(cx, staging.name(), None);
        let set = set.within(Reach::Only(staging.origins().to_vec()));
        return Ok(Servers { set: Some(set), ..Servers::default() });
    }
    let folder = cx.machine.state.join("drills").join(run);
    let cannot =
        |e| CliError::failed(format!("the systems of the drill can't be made in {}", folder.display())).because(e);
    let (entries, apart, running) = if cx.place.is_sandbox() {
        let (entries, running) = together(cx, plan, &folder, blows).map_err(cannot)?;
        (entries, BTreeSet::new(), vec![running])
    } else if played == Some(&Where::Sandbox) {
        let seeds = own(cx, plan);
        let (entries, running) = each(cx, plan, &seeds, &folder, blows).map_err(cannot)?;
        (entries, seeds.apart.into_keys().collect(), running)
    } else {
        // As it was begun: by an earlier version, or without anything that a server could play.
        return Ok(Servers::default());
    };
    let set = Set::open(entries, folder).for_environment(&plan.environment).within(Reach::Loopback);
    Ok(Servers { set: Some(set), apart, _running: running })
}

/// The sandbox's one server, which is all of its systems.
fn together(
    cx: &Context,
    plan: &Plan,
    folder: &Path,
    blows: &Blows,
) -> io::Result<(Vec<ProviderSettings>, sandbox::Running)> {
    fs::create_dir_all(folder)?;
    Sandbox::prepare(folder, now())?;
    // Known once the server has its port.
    let shared: Arc<OnceLock<Vec<(String, String)>>> = Arc::default();
    let (served, spoils) = (Arc::clone(&shared), blows.clone());
    let disturb = move |asked: &Asked| {
        let below = |prefix: &String| {
            asked.path.strip_prefix(prefix.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('/'))
        };
        // Several providers may live below one path: it is for the one that something is to happen to.
        let mut met = served.get().into_iter().flatten().filter(|(prefix, _)| below(prefix));
        disturbance(met.find_map(|(_, name)| spoils.meet(name)), asked)
    };
    let running = Sandbox::serve_disturbed(folder, Box::new(now), Box::new(disturb))?;
    let entries = crate::cli::providers::of_drill(cx, &plan.environment, &running.origin);
    let _ = shared.set(paths(&entries, &running.origin));
    Ok((entries, running))
}

/// A server for each provider, each with a folder of its own.
fn each(
    cx: &Context,
    plan: &Plan,
    seeds: &Seeds,
    folder: &Path,
    blows: &Blows,
) -> io::Result<(Vec<ProviderSettings>, Vec<sandbox::Running>)> {
    let (mut entries, mut all) = (Vec::new(), Vec::new());
    for of in crate::cli::providers::of_own(cx, &plan.environment) {
        let Some(seed) = seeds.served.get(&of.name) else { continue };
        let there: PathBuf = folder.join(seed.folder());
        fs::create_dir_all(&there)?;
        Sandbox::prepare_seeded(&there, seed)?;
        let (name, spoils) = (of.name.clone(), blows.clone());
        let disturb = move |asked: &Asked| disturbance(spoils.meet(&name), asked);
        let running = Sandbox::serve_disturbed(&there, Box::new(now), Box::new(disturb))?;
        entries.push(seed.settings(&of, &running.origin));
        all.push(running);
    }
    Ok((entries, all))
}

/// Below which paths of the server each provider is reached.
fn paths(entries: &[ProviderSettings], origin: &str) -> Vec<(String, String)> {
    let of = |e: &ProviderSettings| {
        let texts: Vec<String> = e.settings.values().filter_map(|v| v.as_str()).map(str::to_owned).collect();
        let name = e.name.clone();
        texts.into_iter().filter_map(move |t| Some((t.strip_prefix(origin)?.to_owned(), name.clone())))
    };
    entries.iter().flat_map(of).collect()
}

fn disturbance(blow: Option<Blow>, asked: &Asked) -> Disturbance {
    let Some(blow) = blow else { return Disturbance::None };
    if let Some(kind) = blow.kind {
        return sandbox::spoilt(kind, blow.acts, blow.met, asked);
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of observations is far below 2^53")]
    let numbers = blow.signal.as_ref().map(|s| [s.value, s.samples.map(|n| n as f64), s.baseline]);
    let shown = blow.signal.as_ref().zip(numbers).and_then(|(s, n)| sandbox::shown(asked, &s.binding, n));
    shown.unwrap_or(Disturbance::None)
}
