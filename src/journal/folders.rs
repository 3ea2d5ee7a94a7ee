//! Folders of the repository, and how they become durable without an append waiting for it.
//!
//! A new folder is durable once its parent is synced. Making the 256 folders that objects stand in costs more than a
//! whole run of a few steps, so they are made beside the run once it is quiet, or at the end of the second process that writes; until
//! then an append into a new one syncs their parent, too. A list says which of them are known to be durable, so that nobody has to sync the parent to be sure.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// In our own folder of the repository: the folders for objects that are durable.
const LIST: &str = "object-folders";

/// Makes folders that are missing and syncs the parent of each.
pub(super) fn make(folder: &Path) -> io::Result<()> {
    let mut changed = Vec::new();
    make_all(folder, &mut changed)?;
    sync_together(&changed)
}

/// Makes folders that are missing; those that got a new entry are added to `changed`.
pub(super) fn make_all(folder: &Path, changed: &mut Vec<PathBuf>) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let Some(parent) = folder.parent() else { return Ok(()) };
    make_all(parent, changed)?;
    match fs::create_dir(folder) {
        Ok(()) => changed.push(here(parent).to_path_buf()),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
        Err(e) => return Err(e),
    }
    Ok(())
}

/// A folder as it can be opened: no name at all means where we are.
pub(super) fn here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// Syncs files and folders at the same time: the file system then writes once for all of them.
pub(super) fn sync_together(changed: &[PathBuf]) -> io::Result<()> {
    let sync = |path: &Path| File::open(path)?.sync_all();
    let Some((first, others)) = changed.split_first() else { return Ok(()) };
    std::thread::scope(|scope| {
        let started: Vec<_> = others
            .iter()
            .map(|path| (path, std::thread::Builder::new().spawn_scoped(scope, move || sync(path))))
            .collect();
        let mut done = sync(first);
        for (path, thread) in started {
            let synced = match thread {
                Ok(thread) => thread.join().unwrap_or_else(|_| Err(io::Error::other("a sync ended too early"))),
                // Without threads one after the other.
                Err(_) => sync(path),
            };
            done = done.and(synced);
        }
        done
    })
}

/// The 256 folders that objects stand in, by the first two digits of their names.
#[derive(Clone, Debug)]
pub(super) struct Shards {
    objects: PathBuf,
    list: PathBuf,
    known: Arc<Mutex<Known>>,
}

/// What is known to be durable. It once was on disk, so no power cut takes it away; others may.
#[derive(Debug)]
struct Known {
    names: BTreeSet<String>,
    /// Whether an earlier process wrote a list.
    before: bool,
    /// Whether the list says the same.
    saved: bool,
}

impl Shards {
    /// Of a repository.
    pub(super) fn of(dir: &Path) -> Self {
        let list = dir.join("aigov").join(LIST);
        let text = fs::read_to_string(&list).unwrap_or_default();
        // A list that was cut off says less, and nothing wrong.
        let names: BTreeSet<String> =
            text.split_whitespace().filter(|name| name.len() == 2).map(str::to_owned).collect();
        let known = Arc::new(Mutex::new(Known { before: !names.is_empty(), names, saved: true }));
        Self { objects: dir.join("objects"), list, known }
    }

    /// Their parent.
    pub(super) fn parent(&self) -> &Path {
        &self.objects
    }

    /// One of them.
    pub(super) fn folder(&self, shard: &str) -> PathBuf {
        self.objects.join(shard)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether an earlier process worked here: then making what is missing can't be left to chance any longer.
    pub(super) fn were_used(&self) -> bool {
        self.known().before
    }

    /// Whether one is there for good. Garbage collection removes those that are empty.
    pub(super) fn stands(&self, shard: &str) -> bool {
        self.folder(shard).is_dir() && self.known().names.contains(shard)
    }

    /// Syncs their parent: what was in it before this is durable now, these by name.
    pub(super) fn sync(&self, there: impl IntoIterator<Item = String>) -> io::Result<()> {
        File::open(&self.objects)?.sync_all()?;
        let mut known = self.known();
        known.saved = false;
        known.names.extend(there);
        Ok(())
    }

    /// Writes the list for the next process. Nothing is lost with it but a little time.
    pub(super) fn save(&self) {
        let mut known = self.known();
        if !known.saved {
            let names: Vec<&str> = known.names.iter().map(String::as_str).collect();
            known.saved = fs::write(&self.list, names.join(" ") + "\n").is_ok();
        }
    }

    /// Makes what is missing. Left where it is when `enough` becomes true; whoever comes next goes on.
    pub(super) fn complete(&self, enough: &AtomicBool) -> io::Result<()> {
        let all: Vec<String> = (0..=255_u8).map(|byte| format!("{byte:02x}")).collect();
        let mut there = Vec::new();
        for name in all {
            if self.stands(&name) {
                continue;
            }
            if enough.load(Ordering::Relaxed) {
                break;
            }
            match fs::create_dir(self.folder(&name)) {
                Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
                _ => there.push(name),
            }
        }
        if there.is_empty() { Ok(()) } else { self.sync(there) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shards() -> (tempfile::TempDir, Shards) {
        let temp = tempfile::tempdir().unwrap();
        fs::create_dir_all(temp.path().join("objects/pack")).unwrap();
        fs::create_dir_all(temp.path().join("aigov")).unwrap();
        let shards = Shards::of(temp.path());
        (temp, shards)
    }

    #[test]
    fn a_folder_stands_once_its_parent_was_synced_and_no_longer_when_it_is_gone() {
        let (temp, shards) = shards();
        fs::create_dir(shards.folder("ab")).unwrap();
        assert!(!shards.stands("ab"), "nobody has synced its parent");
        shards.complete(&AtomicBool::new(false)).unwrap();
        assert!((0..=255_u8).all(|byte| shards.stands(&format!("{byte:02x}"))));
        shards.save();
        let shards = Shards::of(temp.path());
        fs::remove_dir(shards.folder("cd")).unwrap();
        assert!(!shards.stands("cd") && shards.stands("ab"));
        shards.complete(&AtomicBool::new(false)).unwrap();
        assert!(shards.stands("cd"));
    }

    #[test]
    fn what_is_not_written_down_is_synced_again() {
        let (temp, shards) = shards();
        fs::create_dir(shards.folder("ab")).unwrap();
        shards.sync(["ab".to_owned()]).unwrap();
        assert!(shards.stands("ab"));
        assert!(!Shards::of(temp.path()).stands("ab"), "the process died before it wrote the list");
        shards.save();
        assert!(Shards::of(temp.path()).stands("ab"));
        fs::write(temp.path().join("aigov").join(LIST), "a").unwrap();
        assert!(!Shards::of(temp.path()).stands("ab"), "a list that was cut off");
    }

    #[test]
    fn whoever_has_enough_leaves_the_rest_to_the_next() {
        let (_temp, shards) = shards();
        shards.complete(&AtomicBool::new(true)).unwrap();
        assert!(!shards.stands("00") && !shards.folder("00").exists());
    }
}
