//! Making the repository.
//!
//! It is made beside its place and renamed there once it is durable, so that a killed process leaves none half made.
//! Whoever makes one holds a lock on the folder around it: what else lies there under a draft's name was left by a
//! process that is gone. Written as git itself lays a bare repository out; everything is synced together, because that is
//! what the first run of a workspace waits for.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::folders;
use super::repo::OpenError;

/// How often and how long somebody waits for another process that makes the same: about a second.
const TRIES: u32 = 200;
const PAUSE: Duration = Duration::from_millis(5);

/// A bare repository of git's first format, whose history can't be rewritten or taken away by a push.
const CONFIG: &str = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n\
                      [receive]\n\tdenyNonFastForwards = true\n\tdenyDeletes = true\n";

/// Every folder, parents first. Branches of real runs and their payloads have theirs from the beginning: the first append
/// does not wait for them.
const FOLDERS: [&str; 11] = [
    "aigov",
    "objects",
    "objects/info",
    "objects/pack",
    "refs",
    "refs/tags",
    "refs/heads",
    "refs/heads/aigov",
    "refs/heads/aigov/run",
    "refs/heads/aigov/payload",
    "objects/4b",
];

/// The tree without entries: its object as git stores it, zlib's stored form of `tree 0` and a zero byte.
const EMPTY_TREE: (&str, &[u8]) = (
    "objects/4b/825dc642cb6eb9a060e54bf8d69288fbee4904",
    &[0x78, 0x01, 0x01, 0x07, 0x00, 0xf8, 0xff, b't', b'r', b'e', b'e', b' ', b'0', 0x00, 0x0a, 0x2c, 0x02, 0x01],
);

/// Makes the repository at `path`. It is durable when this returns.
pub(super) fn create(path: &Path) -> Result<(), OpenError> {
    let failed = |doing: &str, source: io::Error| OpenError::Io {
        doing: format!("{doing} the journal {}", path.display()),
        source: Box::new(source),
    };
    let parent = folders::here(path.parent().unwrap_or(path)).to_path_buf();
    let mut changed = Vec::new();
    folders::make_all(&parent, &mut changed).map_err(|e| failed("make the folder of", e))?;
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let turn = Turn::take(&parent);
    if path.join("HEAD").exists() {
        // Another process was quicker.
        return folders::sync_together(&changed).map_err(|e| failed("sync the folder of", e));
    }
    let draft = parent.join(format!("{name}.new-{}", std::process::id()));
    if turn.alone {
        sweep(&parent, &format!("{name}.new-"));
    } else {
        let _ = fs::remove_dir_all(&draft);
    }
    if let Err(e) = lay_out(&draft, &mut changed).and_then(|()| folders::sync_together(&changed)) {
        let _ = fs::remove_dir_all(&draft);
        return Err(failed("make", e));
    }
    match fs::rename(&draft, path) {
        Ok(()) => File::open(&parent).and_then(|f| f.sync_all()).map_err(|e| failed("sync the folder of", e)),
        Err(e) => {
            let _ = fs::remove_dir_all(&draft);
            if path.join("HEAD").exists() { Ok(()) } else { Err(failed("make", e)) }
        }
    }
}

/// Writes everything; what is to be synced is added to `changed`.
fn lay_out(draft: &Path, changed: &mut Vec<PathBuf>) -> io::Result<()> {
    fs::create_dir(draft)?;
    as_private_as(draft.parent().unwrap_or(draft), draft)?;
    changed.push(draft.to_path_buf());
    for folder in FOLDERS {
        fs::create_dir(draft.join(folder))?;
        if FOLDERS.iter().any(|other| Path::new(other).parent() == Some(Path::new(folder))) {
            changed.push(draft.join(folder));
        }
    }
    for (file, text) in [("HEAD", "ref: refs/heads/main\n"), ("config", CONFIG)] {
        fs::write(draft.join(file), text)?;
        changed.push(draft.join(file));
    }
    // Not synced: git knows this one by heart, should it be lost.
    let (file, bytes) = EMPTY_TREE;
    fs::write(draft.join(file), bytes)
}

/// Takes from a folder what the folder around it does not give to others either.
#[cfg(unix)]
fn as_private_as(around: &Path, folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let [outer, inner] = [around, folder].map(|f| fs::metadata(f).map(|m| m.permissions().mode() & 0o777));
    fs::set_permissions(folder, fs::Permissions::from_mode(inner? & (outer? | 0o700)))
}

#[cfg(not(unix))]
fn as_private_as(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

/// Removes drafts that killed processes left.
fn sweep(parent: &Path, prefix: &str) {
    for entry in fs::read_dir(parent).into_iter().flatten().filter_map(Result::ok) {
        if entry.file_name().to_string_lossy().starts_with(prefix) {
            // What can't be removed stands in nobody's way.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// The right to make a repository in a folder.
struct Turn {
    /// Whether nobody else has it. A file system without locks gives it to all, and drafts then keep out of each other's way
    /// by their names.
    alone: bool,
    _folder: Option<File>,
}

impl Turn {
    fn take(folder: &Path) -> Self {
        let nobody = Self { alone: false, _folder: None };
        let Ok(file) = File::open(folder) else { return nobody };
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => return Self { alone: true, _folder: Some(file) },
                Err(fs::TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
                Err(fs::TryLockError::Error(_)) => return nobody,
            }
        }
        nobody
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::repo::Git;

    #[test]
    fn what_is_made_is_a_repository_with_the_tree_that_every_commit_has() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("deep/er/journal.git");
        create(&path).unwrap();
        let git = Git::open(&path).unwrap();
        assert!(git.repo().is_bare() && git.heads("refs/heads/").unwrap().is_empty());
        let config = git.repo().config().unwrap();
        assert!(
            config.get_bool("receive.denyNonFastForwards").unwrap() && config.get_bool("receive.denyDeletes").unwrap()
        );
        let tree = git2::Oid::from_str(super::super::repo::EMPTY_TREE).unwrap();
        assert!(git.repo().find_tree(tree).unwrap().is_empty());
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_draft_of_a_process_that_is_gone_is_cleared_away_and_one_being_made_is_not() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("journal.git");
        let left = temp.path().join("journal.git.new-4194999");
        fs::create_dir_all(left.join("objects")).unwrap();
        let other = Turn::take(temp.path());
        assert!(other.alone);
        assert!(!Turn::take(temp.path()).alone, "somebody is making one");
        assert!(left.exists());
        drop(other);
        create(&path).unwrap();
        assert!(!left.exists() && path.join("HEAD").exists());
    }

    #[cfg(unix)]
    #[test]
    fn in_a_private_folder_it_is_private() {
        use std::os::unix::fs::PermissionsExt as _;
        for (outer, others) in [(0o700, 0o077), (0o750, 0o007)] {
            let temp = tempfile::tempdir().unwrap();
            fs::set_permissions(temp.path(), fs::Permissions::from_mode(outer)).unwrap();
            create(&temp.path().join("journal.git")).unwrap();
            let mode = fs::metadata(temp.path().join("journal.git")).unwrap().permissions().mode();
            assert_eq!(mode & others, 0, "{mode:o}");
        }
    }

    #[test]
    fn ten_at_once_make_one() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("journal.git");
        std::thread::scope(|scope| {
            for _ in 0..10 {
                scope.spawn(|| create(&path).unwrap());
            }
        });
        assert!(Git::open(&path).is_ok());
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 1);
    }
}
