//! The files of a workspace as a revision of its git repository has them.
//!
//! Owns reading them out of git's own store: nothing is checked out, and no other program is called. Whatever can not be
//! read is an error, never an empty workspace: what is not there can not be weakened, and that must not be said by mistake.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use git2::{ErrorCode, Object, ObjectType, Repository, Tree, TreeWalkMode, TreeWalkResult};

use super::error::CliError;
use super::files::{self, Texts};
use super::place::{Place, SETTINGS};
use crate::text::safe;

/// The mode of a link to another file.
const LINK: i32 = 0o120_000;

/// The files of the workspace at a revision, as git names it: a branch, a tag, a commit, `REV:FOLDER` where the workspace
/// stood in another folder, `REV...` for the commit at which this one went its own way.
pub(crate) fn texts_at(place: &Place, revision: &str) -> Result<Texts, CliError> {
    let shown = safe::excerpt(revision, 80);
    if place.is_sandbox() {
        return Err(CliError::usage("the sandbox has no revisions to be held against").next("aigov lint --sandbox"));
    }
    let next = format!("aigov lint{}", place.suffix);
    let repo = Repository::discover(&place.root).map_err(|e| {
        let says = format!("{} is not in a git repository, so there is no `{shown}`", place.root.display());
        CliError::usage(says)
            .hint("--against takes a revision of the repository that holds the workspace")
            .because(e)
            .next(&*next)
    })?;
    let object = found(&repo, revision).map_err(|e| unknown(&repo, &shown, e, &next))?;
    let unreadable = |e: git2::Error| {
        let says = format!("what `{shown}` holds can not be read from {}", repo.path().display());
        let hint = "a clone without all objects does not hold it: git fetch --refetch";
        CliError::failed(says).hint(hint).because(e).next("git fsck")
    };
    let (tree, folder) = match object.kind() {
        // `REV:FOLDER` names the folder itself.
        Some(ObjectType::Tree) => (object.peel_to_tree().map_err(unreadable)?, String::new()),
        _ => (
            object.peel_to_tree().map_err(|e| {
                let says = format!("`{shown}` is neither a commit nor a folder of one");
                CliError::usage(says).because(e).next(&*next)
            })?,
            inside(&repo, &place.root),
        ),
    };
    let Some(root) = below(&repo, &tree, &folder).map_err(unreadable)?.filter(|t| t.get_name(SETTINGS).is_some())
    else {
        return Err(no_workspace(&tree, revision, &folder).next(&*next));
    };
    let own = read(&repo, &root, &shown).map_err(|says| CliError::failed(says).next(&*next))?.map_err(unreadable)?;
    Ok(files::stand_in(own))
}

/// What a revision names.
fn found<'r>(repo: &'r Repository, revision: &str) -> Result<Object<'r>, git2::Error> {
    let Some(other) = revision.strip_suffix("...") else { return repo.revparse_single(revision) };
    let other = repo.revparse_single(other)?.peel_to_commit()?.id();
    let head = repo.head()?.peel_to_commit()?.id();
    repo.find_object(repo.merge_base(head, other)?, None)
}

/// A revision that is not there, and why that may be.
fn unknown(repo: &Repository, shown: &str, e: git2::Error, next: &str) -> CliError {
    let says = match e.code() {
        ErrorCode::Ambiguous => format!("`{shown}` may mean several commits of this repository"),
        ErrorCode::InvalidSpec => format!("`{shown}` is not a revision as git writes it"),
        _ => format!("this repository has no revision `{shown}`"),
    };
    let error = CliError::usage(says).because(e);
    if repo.is_shallow() {
        return error
            .hint("this clone is shallow, so that older commits are not in it")
            .hint("with actions/checkout: `fetch-depth: 0`; with GitLab: `GIT_DEPTH: 0`")
            .next("git fetch --unshallow");
    }
    match shown.split_once('/') {
        Some((remote, branch)) if repo.find_remote(remote).is_ok() => {
            error.hint("it may not have been fetched").next(format!("git fetch {remote} {branch}"))
        }
        _ => error.next(next),
    }
}

/// The commit that a revision names, as git names it for good, with the folder where one was given; none where it is no commit.
#[must_use]
pub(crate) fn base(place: &Place, revision: &str) -> Option<String> {
    let repo = Repository::discover(&place.root).ok()?;
    let (commit, folder) = match revision.split_once(':') {
        Some((commit, folder)) => (commit, Some(folder)),
        None => (revision, None),
    };
    let id = found(&repo, commit).ok()?.peel_to_commit().ok()?.id();
    Some(folder.map_or_else(|| id.to_string(), |folder| format!("{id}:{folder}")))
}

/// E-mail addresses, in small letters, of those whose commits since a base gave one of these files its content: every commit
/// that is not the base's own history and in which a file is not as in any of its parents. None where that can't be told.
#[must_use]
pub(crate) fn authors(place: &Place, base: &str, paths: &[&str]) -> Option<BTreeSet<String>> {
    let find = || -> Result<BTreeSet<String>, git2::Error> {
        let repo = Repository::discover(&place.root)?;
        let folder = inside(&repo, &place.root);
        let whole: Vec<String> =
            paths.iter().map(|p| if folder.is_empty() { (*p).to_owned() } else { format!("{folder}/{p}") }).collect();
        let mut walk = repo.revwalk()?;
        walk.push_head()?;
        walk.hide(git2::Oid::from_str(base.split(':').next().unwrap_or(base))?)?;
        let mut out = BTreeSet::new();
        for id in walk {
            let commit = repo.find_commit(id?)?;
            let blob = |of: &git2::Commit<'_>, path: &str| Some(of.tree().ok()?.get_path(Path::new(path)).ok()?.id());
            let made = whole.iter().any(|path| {
                let is = blob(&commit, path);
                commit.parents().all(|parent| blob(&parent, path) != is) && (is.is_some() || commit.parent_count() > 0)
            });
            if made {
                out.insert(String::from_utf8_lossy(commit.author().email_bytes()).to_lowercase());
            }
        }
        Ok(out)
    };
    find().ok()
}

/// Who changed a file of the workspace last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LastChange {
    /// The workspace is in no git repository, or the file came with the program.
    Nowhere,
    /// It reads otherwise than in the commit that is checked out.
    Uncommitted,
    /// The repository can't be read, and why.
    Unread(String),
    /// A commit.
    By {
        /// The commit, shortened.
        commit: String,
        /// The e-mail address of its author.
        email: String,
    },
}

/// The last commit before now that gave a file the content that it has.
#[must_use]
pub(crate) fn last_change(place: &Place, path: &str) -> LastChange {
    let on_disk = fs::read(place.root.join(path)).ok().filter(|_| !place.is_sandbox());
    let Some(bytes) = on_disk else { return LastChange::Nowhere };
    let repo = match files::repository(&place.root) {
        Ok(Some(repo)) => repo,
        Ok(None) => return LastChange::Nowhere,
        Err(unread) => return LastChange::Unread(unread.to_string()),
    };
    let folder = inside(&repo, &place.root);
    let whole = if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") };
    let blob = |commit: &git2::Commit<'_>| Some(commit.tree().ok()?.get_path(Path::new(&whole)).ok()?.id());
    let find = || -> Option<LastChange> {
        let mut at = repo.head().ok()?.peel_to_commit().ok()?;
        let now = blob(&at)?;
        if repo.find_blob(now).ok()?.content() != bytes {
            return None;
        }
        // Down whichever parent has the same content already, to the commit that none of them stands for.
        while let Some(parent) = at.parents().find(|p| blob(p) == Some(now)) {
            at = parent;
        }
        let commit = at.id().to_string().chars().take(12).collect();
        let email = String::from_utf8_lossy(at.author().email_bytes()).into_owned();
        Some(LastChange::By { commit, email })
    };
    find().unwrap_or(LastChange::Uncommitted)
}

/// The folder of the workspace inside its repository, with `/` between.
fn inside(repo: &Repository, root: &Path) -> String {
    let workdir = repo.workdir().and_then(|w| fs::canonicalize(w).ok());
    let root = fs::canonicalize(root).ok();
    let inside = workdir.zip(root).and_then(|(workdir, root)| root.strip_prefix(workdir).map(Path::to_path_buf).ok());
    let parts = inside.iter().flat_map(|p| p.components()).map(|c| c.as_os_str().to_string_lossy().into_owned());
    parts.collect::<Vec<_>>().join("/")
}

/// A folder of a tree; none where there is none.
fn below<'r>(repo: &'r Repository, tree: &Tree<'r>, folder: &str) -> Result<Option<Tree<'r>>, git2::Error> {
    if folder.is_empty() {
        return Ok(Some(tree.clone()));
    }
    match tree.get_path(Path::new(folder)) {
        Ok(entry) if entry.kind() == Some(ObjectType::Tree) => repo.find_tree(entry.id()).map(Some),
        Ok(_) => Ok(None),
        Err(e) if e.code() == ErrorCode::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

/// There is no workspace where this one stands. Where it stood in another folder, that is said.
fn no_workspace(tree: &Tree<'_>, revision: &str, folder: &str) -> CliError {
    let shown = safe::excerpt(revision, 80);
    let at = if folder.is_empty() { SETTINGS.to_owned() } else { format!("{folder}/{SETTINGS}") };
    let error = CliError::usage(format!("`{shown}` has no {}", safe::excerpt(&at, 80)));
    let mut elsewhere = None;
    // A walk that breaks off has looked at enough.
    let _ = tree.walk(TreeWalkMode::PreOrder, |parent, entry| {
        if entry.name_bytes() == SETTINGS.as_bytes() {
            elsewhere = Some(parent.trim_end_matches('/').to_owned());
            return TreeWalkResult::Abort;
        }
        TreeWalkResult::Ok
    });
    match elsewhere.filter(|_| !revision.contains(':')) {
        Some(folder) => {
            let commit = safe::excerpt(revision.trim_end_matches("..."), 80);
            error
                .hint(format!("a workspace stood in another folder: --against {commit}:{}", safe::excerpt(&folder, 80)))
        }
        None => error.hint("the change that brings the first workspace has nothing to be held against"),
    }
}

type Own = BTreeMap<String, Vec<u8>>;

/// The files of a workspace in a tree; the outer error is one of the files itself, as a sentence.
fn read(repo: &Repository, root: &Tree<'_>, shown: &str) -> Result<Result<Own, git2::Error>, String> {
    let mut wanted = Vec::new();
    let walked = root.walk(TreeWalkMode::PreOrder, |parent, entry| {
        let name = String::from_utf8_lossy(entry.name_bytes());
        let path = format!("{parent}{name}");
        if entry.kind() == Some(ObjectType::Tree) {
            return if files::may_hold(&path) { TreeWalkResult::Ok } else { TreeWalkResult::Skip };
        }
        if files::belongs(&path) {
            wanted.push((path, entry.id(), entry.kind(), entry.filemode()));
        }
        TreeWalkResult::Ok
    });
    if let Err(e) = walked {
        return Ok(Err(e));
    }
    let mut out = Own::new();
    for (path, id, kind, mode) in wanted {
        if kind != Some(ObjectType::Blob) || mode == LINK {
            return Err(format!(
                "{} is a link at `{shown}`, and links are not followed there",
                safe::excerpt(&path, 80)
            ));
        }
        let blob = match repo.find_blob(id) {
            Ok(blob) => blob,
            Err(e) => return Ok(Err(e)),
        };
        if let Some(says) = files::too_long(u64::try_from(blob.size()).unwrap_or(u64::MAX)) {
            return Err(format!("{} at `{shown}` can't be read: {says}", safe::excerpt(&path, 80)));
        }
        out.insert(path, blob.content().to_vec());
    }
    Ok(Ok(out))
}
