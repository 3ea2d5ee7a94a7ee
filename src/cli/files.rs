//! A workspace read from its folder, and what git says of that folder.
//!
//! Owns which files belong to a workspace: `aigov.toml`, `people.toml`, `automations/*.toml`, `runbooks/**/*.toml`,
//! `templates/*.txt`, `templates/obligations.toml`. Shipped runbooks are there too, unless a file of the same path takes
//! their place. Files that can't be read are told and stop nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use super::place::{Place, SETTINGS};
use super::walk::spread;
use crate::diag::Diagnostic;
use crate::model::catalog::Catalog;
use crate::model::decode::{self, Decoded};
use crate::model::obligation::Obligation;
use crate::model::workspace::Workspace;
use crate::plan::shipped;
use crate::text::canon::sha256_hex;
use crate::text::gather::Gather;
use crate::text::shell;
use crate::text::time::Instant;

/// Who there is.
pub(crate) const PEOPLE: &str = "people.toml";

/// The folders of a workspace, the ending of their files, and whether folders in them are looked into.
const FOLDERS: &[(&str, &str, bool)] =
    &[("automations", "toml", false), ("runbooks", "toml", true), ("templates", "txt", false)];

/// Files that one thread reads at a time.
const SHARE: usize = 64;

/// What a folder holds.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// Everything that could be decoded.
    pub workspace: Workspace,
    /// Everything that is wrong, in the order of paths and places.
    pub problems: Vec<Diagnostic>,
    /// SHA-256 of each file by its path.
    pub digests: BTreeMap<String, String>,
    /// Files that could not be read, a sentence each.
    pub unread: Vec<String>,
}

/// What git says of the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Revision {
    /// The commit.
    pub commit: String,
    /// When it was made.
    pub at: Instant,
    /// Whether files of the workspace differ from it.
    pub dirty: bool,
}

/// The files of a workspace by their paths, undecoded.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    /// What each holds.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Those that came with the program, because the workspace has no file of the same path.
    pub shipped: BTreeSet<String>,
    /// Files that could not be read, a sentence each.
    pub unread: Vec<String>,
}

/// Reads the workspace of a place.
#[must_use]
pub(crate) fn load(place: &Place, catalog: Catalog) -> Loaded {
    take(place, catalog, shipped::RUNBOOKS, &all(place), |_| true)
}

/// Reads `aigov.toml`, `people.toml` and these automations and nothing else, so that a question about one of a thousand
/// waits for one file.
#[must_use]
pub(crate) fn load_part(place: &Place, catalog: Catalog, automations: &[&str]) -> Loaded {
    let mut paths = vec![SETTINGS.to_owned(), PEOPLE.to_owned()];
    paths.extend(automations.iter().map(|name| format!("automations/{name}.toml")));
    take(place, catalog, &[], &paths, |path| paths.iter().any(|p| p == path))
}

/// Names of the automations, in order, from the names of their files alone.
#[must_use]
pub(crate) fn automations(place: &Place) -> Vec<String> {
    let paths: Vec<String> = if place.is_sandbox() {
        shipped::SANDBOX.iter().map(|(path, _)| (*path).to_owned()).collect()
    } else {
        below(&place.root, "automations", "toml", false)
    };
    let name = |path: &String| Some(path.strip_prefix("automations/")?.strip_suffix(".toml")?.to_owned());
    paths.iter().filter_map(name).collect()
}

/// Decodes what is shipped with the program, and over it the files of these paths; in the sandbox its shipped files
/// that are `wanted`.
fn take(
    place: &Place,
    catalog: Catalog,
    shipped: &[shipped::Text],
    paths: &[String],
    wanted: impl Fn(&str) -> bool,
) -> Loaded {
    let Texts { files, unread, .. } = collect(place, shipped, paths, wanted);
    let digests = files.iter().map(|(path, bytes)| (path.clone(), sha256_hex(bytes))).gather();
    let (workspace, problems) = Workspace::assemble(files.into_iter().collect(), catalog);
    Loaded { workspace, problems, digests, unread }
}

/// The duties to tell somebody: the workspace's own file, or the shipped one where it has none that can be read.
#[must_use]
pub(crate) fn obligations(place: &Place) -> Decoded<Vec<Obligation>> {
    let (path, shipped) = shipped::OBLIGATIONS;
    let own = (!place.is_sandbox()).then(|| read(&place.root.join(path)).ok()).flatten();
    let (source, not_utf8) = decode::source(path, own.as_deref().unwrap_or(shipped.as_bytes()));
    let mut decoded = decode::obligations(&source);
    decoded.problems.splice(0..0, not_utf8);
    decoded
}

/// Reads these files of a place and nothing else, and decodes none. None of them came with the program.
#[must_use]
pub(crate) fn texts_of(place: &Place, paths: &[String]) -> Texts {
    let mut texts = collect(place, &[], paths, |_| false);
    texts.shipped.clear();
    texts
}

/// Paths of the automations and of the templates that a workspace has, from the names of its files alone.
#[must_use]
pub(crate) fn beside(place: &Place, folder: &str) -> Vec<String> {
    let of = FOLDERS.iter().filter(|(name, ..)| *name == folder);
    of.flat_map(|(folder, ending, deep)| below(&place.root, folder, ending, *deep)).collect()
}

/// Reads the files of a place, and decodes none.
#[must_use]
pub(crate) fn texts(place: &Place) -> Texts {
    collect(place, shipped::RUNBOOKS, &all(place), |_| true)
}

/// The text of one file of a place, as it is read for everything else.
#[must_use]
pub(crate) fn text(place: &Place, path: &str) -> Option<String> {
    let bytes = collect(place, shipped::RUNBOOKS, &[path.to_owned()], |p| p == path).files.remove(path)?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The paths of all files that a workspace may have.
fn all(place: &Place) -> Vec<String> {
    let mut paths = vec![SETTINGS.to_owned(), PEOPLE.to_owned(), shipped::OBLIGATIONS.0.to_owned()];
    for (folder, ending, deep) in FOLDERS {
        paths.extend(below(&place.root, folder, ending, *deep));
    }
    paths
}

/// Whether a file of this path is one that a workspace has.
#[must_use]
pub(crate) fn belongs(path: &str) -> bool {
    let in_folder = |(folder, ending, deep): &(&str, &str, bool)| {
        let name = path.strip_prefix(folder).and_then(|p| p.strip_prefix('/'));
        let name = name.and_then(|p| p.strip_suffix(ending)).and_then(|p| p.strip_suffix('.'));
        let mut folders = name.unwrap_or("").split('/').rev();
        folders.next().is_some_and(|last| !last.is_empty()) && folders.all(|f| *deep && !f.starts_with('.'))
    };
    [SETTINGS, PEOPLE, shipped::OBLIGATIONS.0].contains(&path) || FOLDERS.iter().any(in_folder)
}

/// Whether files of a workspace may lie in this folder of it.
#[must_use]
pub(crate) fn may_hold(folder: &str) -> bool {
    FOLDERS.iter().any(|(name, ..)| folder == *name || folder.strip_prefix(name).is_some_and(|f| f.starts_with('/')))
}

/// The texts of a workspace that has these files: what is shipped stands in where it has none of the same path.
#[must_use]
pub(crate) fn stand_in(own: BTreeMap<String, Vec<u8>>) -> Texts {
    let mut files: BTreeMap<String, Vec<u8>> =
        shipped::RUNBOOKS.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).gather();
    let shipped = files.keys().filter(|path| !own.contains_key(*path)).cloned().collect();
    files.extend(own);
    Texts { files, shipped, unread: Vec::new() }
}

/// What is said of a file of this length; nothing where it can be read.
#[must_use]
pub(crate) fn too_long(length: u64) -> Option<String> {
    let most = decode::MOST_BYTES as u64;
    (length > most).then(|| format!("it has {length} bytes, and {most} is the most"))
}

fn collect(place: &Place, shipped: &[shipped::Text], paths: &[String], wanted: impl Fn(&str) -> bool) -> Texts {
    let mut unread = Vec::new();
    let text = |(path, text): &shipped::Text| ((*path).to_owned(), text.as_bytes().to_vec());
    let mut files: BTreeMap<String, Vec<u8>> = shipped.iter().map(text).gather();
    let mut from_program: BTreeSet<String> = files.keys().cloned().collect();
    if place.is_sandbox() {
        // In the sandbox everything comes with the program, and everything is its workspace.
        from_program.clear();
        let own = shipped::SANDBOX.iter().chain(shipped::SCENARIOS);
        files.extend(own.filter(|(path, _)| wanted(path)).map(text));
    } else {
        for (path, read) in paths.iter().zip(read_all(&place.root, paths)) {
            match read {
                Ok(bytes) => {
                    from_program.remove(path);
                    files.insert(path.clone(), bytes);
                }
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => unread.push(format!("{path} can't be read: {e}")),
            }
        }
    }
    Texts { files, shipped: from_program, unread }
}

/// The files of these paths, in their order: many are read in as many threads as there are processors.
fn read_all(root: &Path, paths: &[String]) -> Vec<std::io::Result<Vec<u8>>> {
    let of = |some: &&[String]| some.iter().map(|path| read(&root.join(path))).collect::<Vec<_>>();
    let shares: Vec<&[String]> = paths.chunks(SHARE).collect();
    match shares.as_slice() {
        [] => Vec::new(),
        [alone] => of(alone),
        shares => spread(shares, of).into_iter().flatten().collect(),
    }
}

/// A file, or as much of one that is too long as it takes for the decoder to say so.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let file = fs::File::open(path)?;
    let length = file.metadata()?.len().min(decode::MOST_BYTES as u64 + 1);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    file.take(decode::MOST_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Paths of files with an ending below a folder, with `/` between, sorted. Links to folders are not followed, so that a
/// ring of them can't hold anybody up.
fn below(root: &Path, folder: &str, ending: &str, deep: bool) -> Vec<String> {
    let mut out = Vec::new();
    let Ok(entries) = fs::read_dir(root.join(folder)) else { return out };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{folder}/{name}");
        let is_folder = entry.file_type().is_ok_and(|t| t.is_dir());
        if is_folder && deep && !name.starts_with('.') {
            out.extend(below(root, &path, ending, deep));
        } else if !is_folder && name.strip_suffix(ending).is_some_and(|n| n.ends_with('.') && n.len() > 1) {
            out.push(path);
        }
    }
    out.sort();
    out
}

/// Why git says nothing of a folder that is in a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unread {
    /// What is in the way.
    pub says: String,
    /// The command that takes it away, where there is one and somebody wants that.
    pub command: Option<String>,
}

impl Unread {
    pub(crate) fn because(says: impl Into<String>) -> Self {
        Self { says: says.into(), command: None }
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.says)?;
        self.command.as_ref().map_or(Ok(()), |command| write!(f, "; if you do: {command}"))
    }
}

/// The repository that a folder is in; none where it is in none. A repository that can't be opened is not none: what it
/// says of who may vote must not be passed over.
pub(crate) fn repository(root: &Path) -> Result<Option<git2::Repository>, Unread> {
    match git2::Repository::discover(root) {
        Ok(repo) => Ok(Some(repo)),
        Err(e) if e.code() == git2::ErrorCode::NotFound => {
            // A work tree of its own names its repository in a file; where that is gone, so is what was committed.
            let folder = fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
            match folder.ancestors().map(|f| f.join(".git")).find(|file| file.is_file()) {
                Some(file) => Err(Unread::because(format!("{} leads to no repository", file.display()))),
                None => Ok(None),
            }
        }
        Err(e) if e.code() == git2::ErrorCode::Owner => {
            let folder = fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
            let top = folder.ancestors().find(|f| f.join(".git").exists()).unwrap_or(&folder);
            Err(Unread {
                says: "its repository belongs to another user, so git does not trust it".to_owned(),
                command: Some(format!("git config --global --add safe.directory {}", shell::path(top))),
            })
        }
        Err(e) => Err(Unread::because(format!("its repository can't be opened: {}", e.message()))),
    }
}

/// The folder's commit; none where there is no git, or nothing committed yet.
///
/// # Errors
/// It is in a repository that can't be opened.
pub(crate) fn revision(root: &Path) -> Result<Option<Revision>, Unread> {
    Ok(repository(root)?.and_then(|repo| of_head(&repo, root)))
}

fn of_head(repo: &git2::Repository, root: &Path) -> Option<Revision> {
    let head = repo.head().ok()?.peel_to_commit().ok()?;
    let mut options = git2::StatusOptions::new();
    options.include_untracked(true).recurse_untracked_dirs(true).update_index(false);
    let workdir = repo.workdir().and_then(|w| fs::canonicalize(w).ok())?;
    let inside = fs::canonicalize(root).ok()?.strip_prefix(&workdir).ok()?.to_string_lossy().into_owned();
    let prefix = if inside.is_empty() { String::new() } else { format!("{inside}/") };
    for part in [SETTINGS, PEOPLE, "automations", "runbooks", "templates"] {
        options.pathspec(format!("{prefix}{part}"));
    }
    options.disable_pathspec_match(true);
    let dirty = repo.statuses(Some(&mut options)).is_ok_and(|s| !s.is_empty());
    let at = Instant(head.time().seconds().saturating_mul(1_000));
    Some(Revision { commit: head.id().to_string(), at, dirty })
}

#[cfg(test)]
mod tests {
    use super::super::place::Origin;
    use super::*;

    fn place(root: &Path) -> Place {
        Place { root: root.to_path_buf(), origin: Origin::Asked, suffix: String::new() }
    }

    #[test]
    fn a_folder_is_read_whole_and_shipped_runbooks_stand_in() {
        let temp = tempfile::tempdir().unwrap();
        let at = temp.path();
        for (path, text) in [
            ("aigov.toml", "schema = 1\n"),
            ("automations/a.toml", "schema = 1\n"),
            ("automations/a.toml~", "no"),
            ("automations/deep/b.toml", "schema = 1\n"),
            ("runbooks/incident/unknown.toml", "schema = 1\ntitle = \"ours\"\n"),
            ("runbooks/incident/own/deep.toml", "schema = 1\n"),
            (".git-not/x.toml", ""),
        ] {
            let file = at.join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let loaded = load(&place(at), &[]);
        let paths: Vec<&str> = loaded.digests.keys().map(String::as_str).collect();
        let own = ["aigov.toml", "automations/a.toml", "runbooks/incident/own/deep.toml"];
        let mut wanted: Vec<&str> = own.into_iter().chain(shipped::RUNBOOKS.iter().map(|(path, _)| *path)).collect();
        wanted.sort_unstable();
        assert_eq!(paths, wanted, "ours takes the place of the shipped one");
        let ours = loaded.workspace.runbooks.get("incident/unknown").unwrap();
        assert_eq!(ours.title.as_ref().unwrap().value, "ours");
        assert_eq!(loaded.digests["aigov.toml"], sha256_hex(b"schema = 1\n"));
        assert_eq!(loaded.unread, Vec::<String>::new());
    }

    #[test]
    fn the_commit_and_whether_it_is_what_is_read() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("ws");
        fs::create_dir_all(&root).unwrap();
        fs::write(root.join(SETTINGS), "schema = 1\n").unwrap();
        assert_eq!(revision(&root), Ok(None));
        fs::write(temp.path().join(".git"), "gitdir: nowhere\n").unwrap();
        assert!(revision(&root).is_err(), "a repository that can't be opened is not none");
        fs::remove_file(temp.path().join(".git")).unwrap();
        let repo = git2::Repository::init(temp.path()).unwrap();
        assert_eq!(revision(&root), Ok(None), "nothing is committed");
        let mut index = repo.index().unwrap();
        index.add_path(Path::new("ws/aigov.toml")).unwrap();
        index.write().unwrap();
        let tree = repo.find_tree(index.write_tree().unwrap()).unwrap();
        let who = git2::Signature::new("a", "a@example.com", &git2::Time::new(1_000, 0)).unwrap();
        let id = repo.commit(Some("HEAD"), &who, &who, "x", &tree, &[]).unwrap();
        let clean = Revision { commit: id.to_string(), at: Instant(1_000_000), dirty: false };
        assert_eq!(revision(&root), Ok(Some(clean.clone())));
        fs::write(root.join("unrelated"), "x").unwrap();
        assert_eq!(revision(&root), Ok(Some(clean.clone())));
        fs::write(root.join(SETTINGS), "schema = 2\n").unwrap();
        assert_eq!(revision(&root), Ok(Some(Revision { dirty: true, ..clean })));
    }
}
