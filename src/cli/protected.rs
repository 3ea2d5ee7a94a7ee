//! What is committed about who may vote, and what of the working tree may not loosen it.
//!
//! Owns which refs have a say: HEAD, the ref that HEAD's settings name in `[policy] roster`, and the one that the working
//! tree's name. All of them count at once, and the strictest: who wrote into the working tree a minute ago, or moved one of
//! the refs, gains nothing. Where git can't be read nobody votes; containing waits for none of this.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use git2::{Oid, Repository};

use super::files::{self, PEOPLE, Unread};
use super::place::SETTINGS;
use crate::approval::strictest;
use crate::aside::aside;
use crate::diag::{Diagnostic, Severity, code};
use crate::model::decode;
use crate::model::people::People;
use crate::model::stricter::take_stricter;
use crate::model::workspace::Settings;
use crate::plan::{Person, Plan, Voters, Votes, authorities, roster};
use crate::provider;
use crate::run::origin::{At, Changed, Origin};
use crate::text::safe;
use crate::text::time::Instant;

/// The ref that is always asked.
const HEAD: &str = "HEAD";
/// How long git may take to say what it has: a file system that hangs must not hang a stop.
const PATIENCE: Duration = Duration::from_secs(2);
/// Commits that are looked at for the last change of a file; what was not changed in them was changed long ago.
const FAR: usize = 500;

/// What the protected refs hold.
#[derive(Clone, Debug)]
pub(crate) struct Protected {
    root: PathBuf,
    /// The ref that the working tree's settings name.
    written: Option<String>,
    found: Result<Refs, Unread>,
}

/// The refs that have a say; none where the workspace is not in git.
type Refs = Vec<Ref>;

/// One of them.
#[derive(Clone, Debug)]
struct Ref {
    name: String,
    /// Its commit, where there is one.
    commit: Option<String>,
    settings: Option<Vec<u8>>,
    people: Option<Vec<u8>>,
}

impl Protected {
    /// Reads them, and waits no longer than [`PATIENCE`].
    pub(crate) fn read(root: &Path, written: Option<String>) -> Self {
        let root = root.to_path_buf();
        let (of, named) = (root.clone(), written.clone());
        let found = aside("git", move || refs(&of, named.as_deref())).ok().and_then(|found| found.within(PATIENCE));
        let found = found.unwrap_or_else(|| Err(Unread::because("git did not say in time what it holds")));
        Self { root, written, found }
    }

    /// The same, as it is now: the refs that had a say before still have one.
    pub(crate) fn again(&self) -> Self {
        let mut now = Self::read(&self.root, self.written.clone());
        if let (Ok(now), Ok(before)) = (&mut now.found, &self.found) {
            let gone = |r: &&Ref| !now.iter().any(|n| n.name == r.name);
            let missing: Vec<String> = before.iter().filter(gone).map(|r| r.name.clone()).collect();
            let repo = files::repository(&self.root).ok().flatten();
            now.extend(missing.into_iter().map(|name| match &repo {
                Some(repo) => at(repo, &self.root, &name),
                None => Ref { name, commit: None, settings: None, people: None },
            }));
        }
        now
    }

    /// Takes from the working tree's settings whatever the committed ones are stricter in; what is worth saying of it.
    pub(crate) fn hold(&self, settings: &mut Settings) -> Vec<Diagnostic> {
        let mut said = Vec::new();
        let demo = |settings: &Settings, span, says: String| {
            Diagnostic::warning(code::BAD_VALUE, says)
                .at(&settings.source, span, "only signed votes count")
                .help("whether names are enough is decided by a commit, not by whoever sits here")
        };
        match &self.found {
            Err(why) => {
                if let Some(written) = settings.demo.take().filter(|d| d.value) {
                    said.push(demo(settings, written.span, format!("`demo = true` does not count here: {why}")));
                }
            }
            Ok(refs) => {
                for of in refs {
                    let bytes = of.settings.as_deref().unwrap_or_default();
                    let (source, _) = decode::source(SETTINGS, bytes);
                    let committed = decode::settings(&source, provider::catalog()).value;
                    let found = take_stricter(settings, &committed);
                    let name = safe::line(&of.name);
                    if let Some(span) = found.demo {
                        let says = format!("`demo = true` does not count here: {SETTINGS} of {name} does not say so");
                        said.push(demo(settings, span, says));
                    }
                    if found.policy {
                        let says = format!("`[policy]` asks for less than in {name}; the stricter of the two counts");
                        said.push(Diagnostic::warning(code::BAD_VALUE, says).at(
                            &settings.source,
                            Default::default(),
                            "",
                        ));
                    }
                }
            }
        }
        said
    }

    /// Who may vote and who may vouch for keys, by all refs; by the working tree's people where it is not in git.
    ///
    /// # Errors
    /// Why nobody may, in words.
    pub(crate) fn roster(&self, people: Option<&People>) -> Result<(Vec<Person>, Vec<String>), String> {
        let refs = self.found.as_ref().map_err(|why| format!("nobody can vote, because {why}"))?;
        if refs.is_empty() {
            return match &self.written {
                None => Ok((people.map(roster).unwrap_or_default(), authorities(people))),
                Some(name) => Err(missing(name)),
            };
        }
        let mut rosters = Vec::new();
        let mut vouching: Option<Vec<String>> = None;
        for of in refs {
            let bytes = of.people.as_deref().ok_or_else(|| missing(&of.name))?;
            let decoded = decode::people(&decode::source(PEOPLE, bytes).0);
            // A file that is broken in the middle could hide that a key was revoked.
            if let Some(problem) = decoded.problems.iter().find(|p| p.severity == Severity::Error) {
                return Err(format!(
                    "nobody can vote, because {PEOPLE} of {} is broken: {problem}",
                    safe::line(&of.name)
                ));
            }
            let theirs = authorities(Some(&decoded.value));
            vouching = Some(match vouching {
                None => theirs,
                Some(all) => all.into_iter().filter(|a| theirs.contains(a)).collect(),
            });
            rosters.push(roster(&decoded.value));
        }
        Ok((strictest(&rosters), vouching.unwrap_or_default()))
    }

    /// Who counts now by the working tree's people and by all refs.
    ///
    /// # Errors
    /// Why nobody does, in words.
    pub(crate) fn roster_now(&self, people: &People) -> Result<Voters, String> {
        let (committed, vouching) = self.again().roster(Some(people))?;
        let written = authorities(Some(people));
        Ok(Voters {
            persons: strictest(&[roster(people), committed]),
            authorities: vouching.into_iter().filter(|a| written.contains(a)).collect(),
        })
    }

    /// Puts the roster into a plan in which only signed votes count; what is worth saying about it.
    pub(crate) fn apply(&self, plan: &mut Plan, people: Option<&People>) -> Option<String> {
        if plan.votes == Votes::Unsigned {
            return None;
        }
        let (protected, vouching) = match self.roster(people) {
            Ok(found) => found,
            Err(why) => {
                plan.roster.clear();
                plan.authorities.clear();
                return Some(why);
            }
        };
        let names = |p: &Person| p.keys.iter().map(|k| format!("{} {}", p.name, k.key)).collect::<Vec<_>>();
        let there: Vec<String> = protected.iter().flat_map(names).collect();
        let new = |p: &&Person| names(p).iter().any(|k| !there.contains(k));
        let new: Vec<String> = plan.roster.iter().filter(new).map(|p| safe::line(&p.name)).collect();
        plan.roster = protected;
        plan.authorities = vouching;
        let refs: Vec<String> = self.found.iter().flatten().map(|r| safe::line(&r.name)).collect();
        (!new.is_empty()).then(|| {
            let (who, refs) = (new.join(", "), refs.join(" and "));
            format!("people.toml has keys that {refs} does not have; they don't vote in this run: {who}")
        })
    }

    /// Where the roster was read, and who changed it last; none where the workspace is not in git. Reads git's history, so
    /// it is asked only where a run begins.
    pub(crate) fn origin(&self) -> Option<Origin> {
        let refs = self.found.as_ref().ok().filter(|refs| !refs.is_empty())?;
        let at = |r: &Ref| Some(At { name: safe::line(&r.name), commit: r.commit.clone()? });
        let mut changed = Vec::new();
        if let Ok(Some(repo)) = files::repository(&self.root) {
            let alone = unpushed(&repo);
            for file in [PEOPLE, SETTINGS] {
                let last = refs.iter().filter_map(|r| last_change(&repo, &self.root, r, file, &alone));
                // The youngest is the one to look at.
                changed.extend(last.max_by_key(|c| (!c.remote, c.at)));
            }
        }
        Some(Origin { refs: refs.iter().filter_map(at).collect(), changed })
    }
}

fn missing(name: &str) -> String {
    format!("{} has no people.toml, so nobody can vote in this run; commit it first", safe::line(name))
}

fn refs(root: &Path, written: Option<&str>) -> Result<Refs, Unread> {
    let Some(repo) = files::repository(root)? else { return Ok(Vec::new()) };
    let head = at(&repo, root, HEAD);
    let bytes = head.settings.as_deref().unwrap_or_default();
    let committed = decode::settings(&decode::source(SETTINGS, bytes).0, provider::catalog()).value.roster;
    let named = committed.map(|r| r.value);
    let mut seen = BTreeSet::from([HEAD]);
    let more = [named.as_deref(), written].into_iter().flatten().filter(|name| seen.insert(name));
    let more: Vec<Ref> = more.map(|name| at(&repo, root, name)).collect();
    Ok([vec![head], more].concat())
}

/// What a ref holds of a workspace.
fn at(repo: &Repository, root: &Path, name: &str) -> Ref {
    let commit = repo.revparse_single(name).ok().and_then(|o| o.peel_to_commit().ok());
    let content = |file: &str| {
        let id = blob(commit.as_ref()?, &inside(repo, root, file)?)?;
        Some(repo.find_blob(id).ok()?.content().to_vec())
    };
    let (settings, people) = (content(SETTINGS), content(PEOPLE));
    Ref { name: name.to_owned(), commit: commit.map(|c| c.id().to_string()), settings, people }
}

/// The path of a file of a workspace inside its repository.
fn inside(repo: &Repository, root: &Path, file: &str) -> Option<PathBuf> {
    let workdir = fs::canonicalize(repo.workdir()?).ok()?;
    Some(fs::canonicalize(root).ok()?.strip_prefix(&workdir).ok()?.join(file))
}

fn blob(commit: &git2::Commit<'_>, path: &Path) -> Option<Oid> {
    Some(commit.tree().ok()?.get_path(path).ok()?.id())
}

/// Commits of HEAD that no branch of a remote has.
fn unpushed(repo: &Repository) -> BTreeSet<Oid> {
    let walk = || {
        let mut walk = repo.revwalk().ok()?;
        walk.push_head().ok()?;
        walk.hide_glob("refs/remotes/*").ok()?;
        Some(walk.flatten().take(FAR).collect())
    };
    walk().unwrap_or_default()
}

/// The commit that gave a file the content that a ref has; none where that is long ago.
fn last_change(repo: &Repository, root: &Path, of: &Ref, file: &str, alone: &BTreeSet<Oid>) -> Option<Changed> {
    let path = inside(repo, root, file)?;
    let mut at = repo.find_commit(Oid::from_str(of.commit.as_deref()?).ok()?).ok()?;
    let now = blob(&at, &path)?;
    for _ in 0..FAR {
        // Down whichever parent has the same content already, to the commit that none of them stands for.
        let Some(parent) = at.parents().find(|p| blob(p, &path) == Some(now)) else {
            let by = String::from_utf8_lossy(at.author().email_bytes()).into_owned();
            return Some(Changed {
                file: file.to_owned(),
                commit: at.id().to_string(),
                at: Instant(at.time().seconds().saturating_mul(1_000)),
                by: safe::excerpt(&by, 80),
                remote: !alone.contains(&at.id()),
            });
        };
        at = parent;
    }
    None
}
