//! The repository: opening it, making it, and the one way in which an object and a branch become durable.
//!
//! Owns the order of writes. An append is four fsyncs: the commit's object file, its folder, the branch's new value
//! before it is renamed into place, and the branch's folder; one more while the folder itself is new. libgit2 writes the object; the branch is written here with
//! git's own lock protocol (`<ref>.lock`, created exclusively, renamed over the ref), because libgit2 syncs neither
//! without a setting that git calls deprecated, and syncs after the rename. Never writes a reflog, so that the user's
//! `core.logAllRefUpdates` changes nothing.

use std::cell::OnceCell;
use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use git2::{ErrorCode, ObjectType, Oid, Repository, RepositoryOpenFlags};

use super::commit::Draft;
use super::create;
use super::folders::{self, Shards};
use super::sign::ProcessKey;
use crate::text::shell;

/// The tree without entries; every commit of a run has it.
pub(super) const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// A `.lock` that git itself may have left is taken to be stale when it is older than this.
pub(super) const STALE_AFTER: Duration = Duration::from_secs(3);

/// How often and how long an append waits for another process that is moving a branch: about one second.
const LOCK_TRIES: u32 = 200;
const LOCK_PAUSE: Duration = Duration::from_millis(5);

/// Why the journal's repository can't be used.
#[derive(Debug)]
pub enum OpenError {
    /// It stores SHA-256 object names.
    Sha256(PathBuf),
    /// It stores refs in the reftable format.
    Reftable(PathBuf),
    /// It belongs to another user, and git would not trust it either.
    Owner(PathBuf),
    /// There is something in its place that is not a git repository.
    NotARepository(PathBuf),
    /// It is not there.
    Missing(PathBuf),
    /// Its file system did not answer in time.
    Silent(PathBuf),
    /// The file system or libgit2 said no.
    Io {
        /// What was being done, to what.
        doing: String,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl OpenError {
    /// What is wrong, without the command that helps.
    pub(super) fn says(&self) -> String {
        match self {
            Self::Sha256(path) => format!(
                "the journal {} stores SHA-256 object names, which aigov can't write yet: point [journal] path at another \
                 folder, or make it anew with `git init --bare --object-format=sha1`",
                path.display()
            ),
            Self::Reftable(path) => format!(
                "the journal {} stores its branches as a reftable, which aigov can't write yet: convert it",
                path.display()
            ),
            Self::Owner(path) => {
                format!("the journal {} belongs to another user: run as its owner, or trust it", path.display())
            }
            Self::NotARepository(path) => format!(
                "{} is in the journal's place and is not a git repository: move it away, or point [journal] path at \
                 another folder",
                path.display()
            ),
            Self::Missing(path) => format!("there is no journal at {} yet: the first run makes it", path.display()),
            Self::Silent(path) => format!(
                "the file system of the journal {} does not answer: look at the mount, or point [journal] path at another \
                 folder",
                path.display()
            ),
            Self::Io { doing, .. } => format!("could not {doing}"),
        }
    }

    /// The command that helps, where one does.
    pub(super) fn command(&self) -> Option<String> {
        match self {
            Self::Reftable(path) => Some(format!("git -C {} refs migrate --ref-format=files", shell::path(path))),
            Self::Owner(path) => Some(format!("git config --global --add safe.directory {}", shell::path(path))),
            Self::Sha256(_) | Self::NotARepository(_) | Self::Missing(_) | Self::Silent(_) | Self::Io { .. } => None,
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.says())?;
        self.command().map_or(Ok(()), |command| write!(f, " with `{command}`"))
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(&**source),
            _ => None,
        }
    }
}

/// Why a branch was not moved.
#[derive(Debug)]
pub(super) enum RefError {
    /// It is not where it was expected; none when it is gone.
    Moved { found: Option<Oid> },
    /// Whoever asked gave up waiting before the branch was moved.
    Cancelled,
    /// The file system or libgit2 said no.
    Io(Box<dyn std::error::Error + Send + Sync>),
}

impl From<io::Error> for RefError {
    fn from(e: io::Error) -> Self {
        Self::Io(Box::new(e))
    }
}

impl From<git2::Error> for RefError {
    fn from(e: git2::Error) -> Self {
        Self::Io(Box::new(e))
    }
}

/// Whether a write is synced before it is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durable {
    /// Yes.
    Now,
    /// Not yet; the caller gets the paths and does it when it has time.
    Later,
}

/// An open journal repository.
pub(super) struct Git {
    repo: Repository,
    /// Folder that holds `objects` and `refs`.
    dir: PathBuf,
    shards: OnceCell<Shards>,
    /// What commits are signed with.
    key: Option<ProcessKey>,
}

impl Git {
    /// Opens what is there.
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        let flags = RepositoryOpenFlags::NO_SEARCH;
        match Repository::open_ext(path, flags, std::iter::empty::<&Path>()) {
            Ok(repo) => {
                let dir = repo.commondir().to_path_buf();
                // libgit2 opens a reftable repository of some versions and then sees no branch.
                match unusable_format(&dir) {
                    Some(make) => Err(make(path.to_path_buf())),
                    None => Ok(Self { repo, dir, shards: OnceCell::new(), key: None }),
                }
            }
            Err(e) => Err(explain(path, e)),
        }
    }

    /// Opens what is there, or makes it.
    pub(super) fn open_or_create(path: &Path) -> Result<Self, OpenError> {
        match Self::open(path) {
            Err(OpenError::Missing(_)) => {
                create::create(path)?;
                Self::open(path)
            }
            other => other,
        }
    }

    /// The same, signing its commits.
    pub(super) fn signing(mut self, key: Option<&ProcessKey>) -> Self {
        self.key = key.cloned();
        self
    }

    /// Writes a commit, signed where there is a key.
    pub(super) fn commit(&self, draft: &Draft, durable: Durable, dirty: &mut Vec<PathBuf>) -> Result<Oid, RefError> {
        let bytes = draft.bytes();
        let bytes = match &self.key {
            Some(key) => key.signed(bytes),
            None => bytes,
        };
        self.write(ObjectType::Commit, &bytes, durable, dirty)
    }

    /// The repository, for reading.
    pub(super) fn repo(&self) -> &Repository {
        &self.repo
    }

    /// Folder that holds `objects` and `refs`.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Folder of our own files inside the repository: locks and the list's cache.
    pub(super) fn own_dir(&self) -> PathBuf {
        self.dir.join("aigov")
    }

    /// Whether the repository is still where it was opened.
    pub(super) fn is_there(&self) -> bool {
        self.dir.join("HEAD").exists() && self.dir.join("objects").is_dir()
    }

    /// Where a branch stands; none when there is no such branch.
    pub(super) fn head(&self, name: &str) -> Result<Option<Oid>, RefError> {
        match fs::read_to_string(self.dir.join(name)) {
            Ok(text) => {
                if let Ok(oid) = Oid::from_str(text.trim_end()) {
                    return Ok(Some(oid));
                }
            }
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            Err(e) => return Err(e.into()),
        }
        // Packed, symbolic or damaged: libgit2 knows.
        match self.repo.refname_to_id(name) {
            Ok(oid) => Ok(Some(oid)),
            Err(e) if e.code() == ErrorCode::NotFound => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// Every branch whose full name begins with `prefix`, in order of name.
    pub(super) fn heads(&self, prefix: &str) -> Result<Vec<(String, Oid)>, git2::Error> {
        let mut found = Vec::new();
        for reference in self.repo.references_glob(&format!("{prefix}*"))? {
            // One unreadable branch must not hide the others.
            let Ok(reference) = reference else { continue };
            if let (Ok(name), Some(oid)) = (reference.name(), reference.target()) {
                found.push((name.to_owned(), oid));
            }
        }
        found.sort();
        Ok(found)
    }

    /// Writes an object. With [`Durable::Later`] the paths to sync are added to `dirty`.
    pub(super) fn write(
        &self,
        kind: ObjectType,
        bytes: &[u8],
        durable: Durable,
        dirty: &mut Vec<PathBuf>,
    ) -> Result<Oid, RefError> {
        if !self.is_there() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the journal's repository is gone").into());
        }
        let hex = Oid::hash_object(kind, bytes)?.to_string();
        let (shard, rest) = hex.split_at(2);
        let shards = self.shards();
        let folder = shards.folder(shard);
        let file = folder.join(rest);
        let stands = shards.stands(shard);
        let oid = self.repo.odb()?.write(kind, bytes)?;
        match durable {
            Durable::Now => {
                match File::open(&file) {
                    Ok(f) => f.sync_all()?,
                    // In a pack already: git has made it durable.
                    Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(oid),
                    Err(e) => return Err(e.into()),
                }
                File::open(&folder)?.sync_all()?;
                if !stands {
                    shards.sync([shard.to_owned()])?;
                }
            }
            Durable::Later => {
                dirty.extend([file, folder]);
                if !stands && !dirty.iter().any(|path| path == shards.parent()) {
                    dirty.push(shards.parent().to_path_buf());
                }
            }
        }
        Ok(oid)
    }

    /// The folders that objects stand in.
    pub(super) fn shards(&self) -> &Shards {
        self.shards.get_or_init(|| Shards::of(&self.dir))
    }

    /// Moves a branch from `expected` to `to`, or creates it when `expected` is none. `go` is asked once, immediately
    /// before the move: false gives it up.
    pub(super) fn move_ref(
        &self,
        name: &str,
        expected: Option<Oid>,
        to: Oid,
        durable: Durable,
        go: impl FnOnce() -> bool,
    ) -> Result<(), RefError> {
        let file = self.dir.join(name);
        let Some(folder) = file.parent().map(Path::to_path_buf) else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a branch without a folder").into());
        };
        folders::make(&folder)?;
        let mut turn = Turn::take(&self.own_dir())?;
        let lock = PathBuf::from(format!("{}.lock", file.display()));
        turn.says(&format!("{name} {to}\n"))?;
        let mut locked = turn.lock_ref(&lock)?;
        let moved = (|| {
            // First of all, so that a process killed after this is recognised by it.
            locked.write_all(format!("{to}\n").as_bytes())?;
            let found = self.head(name)?;
            if found != expected {
                return Err(RefError::Moved { found });
            }
            if durable == Durable::Now {
                locked.sync_all()?;
            }
            if !go() {
                return Err(RefError::Cancelled);
            }
            fs::rename(&lock, &file)?;
            Ok(())
        })();
        if moved.is_err() {
            // What can't be removed now is recognised as ours later.
            let _ = fs::remove_file(&lock);
        }
        let _ = turn.says("");
        drop(turn);
        moved?;
        if durable == Durable::Now {
            File::open(&folder)?.sync_all()?;
        }
        Ok(())
    }
}

/// The right to move branches, among processes of aigov. Git's own writers don't ask for it, so that `<ref>.lock` and
/// the comparison are kept as well; but whoever has it may judge which `<ref>.lock` is a dead process's.
struct Turn {
    file: File,
    /// What the process before said and did not take back: it died in between.
    left: String,
}

impl Turn {
    fn take(own_dir: &Path) -> io::Result<Self> {
        fs::create_dir_all(own_dir)?;
        let path = own_dir.join("append.lock");
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        for _ in 0..LOCK_TRIES {
            match file.try_lock() {
                Ok(()) => {
                    let mut left = String::new();
                    // Damage here means only that nothing is recognised.
                    let _ = file.read_to_string(&mut left);
                    return Ok(Self { file, left });
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
                Err(TryLockError::Error(e)) => return Err(e),
            }
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "another process has been moving a branch for a second"))
    }

    /// Says what is about to happen, so that a successor recognises what a killed process left.
    fn says(&mut self, text: &str) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(text.as_bytes())
    }

    /// Git's own lock on a branch. A stale one is removed: at once when the process that died said that it was about
    /// to write exactly this, otherwise when it is old.
    fn lock_ref(&self, lock: &Path) -> io::Result<File> {
        for _ in 0..LOCK_TRIES {
            match OpenOptions::new().write(true).create_new(true).open(lock) {
                Ok(file) => return Ok(file),
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                    if self.is_ours(lock) || self.is_old(lock) {
                        fs::remove_file(lock)?;
                    } else {
                        std::thread::sleep(LOCK_PAUSE);
                    }
                }
                Err(e) => return Err(e),
            }
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, format!("{} is held by another program", lock.display())))
    }

    fn is_ours(&self, lock: &Path) -> bool {
        let Some((name, oid)) = self.left.trim_end().split_once(' ') else { return false };
        lock.ends_with(format!("{name}.lock")) && fs::read_to_string(lock).is_ok_and(|text| text.trim_end() == oid)
    }

    /// Judged by the file system's own clock: the lock file of ours has just been written.
    fn is_old(&self, lock: &Path) -> bool {
        let age = || -> io::Result<Duration> {
            let now = self.file.metadata()?.modified()?;
            let then = fs::metadata(lock)?.modified()?;
            Ok(now.duration_since(then).unwrap_or_default())
        };
        age().is_ok_and(|age| age > STALE_AFTER)
    }
}

fn explain(path: &Path, e: git2::Error) -> OpenError {
    if e.code() == ErrorCode::Owner {
        return OpenError::Owner(path.to_path_buf());
    }
    for dir in [path.to_path_buf(), path.join(".git")] {
        if let Some(make) = unusable_format(&dir) {
            return make(path.to_path_buf());
        }
    }
    match fs::read_dir(path) {
        Err(io) if io.kind() == io::ErrorKind::NotFound => OpenError::Missing(path.to_path_buf()),
        Err(io) if io.kind() == io::ErrorKind::NotADirectory => OpenError::NotARepository(path.to_path_buf()),
        Err(io) => OpenError::Io { doing: format!("read the journal {}", path.display()), source: Box::new(io) },
        Ok(mut entries) => {
            if entries.next().is_none() {
                OpenError::Missing(path.to_path_buf())
            } else if e.code() == ErrorCode::NotFound {
                OpenError::NotARepository(path.to_path_buf())
            } else {
                OpenError::Io { doing: format!("open the journal {}", path.display()), source: Box::new(e) }
            }
        }
    }
}

/// Looks for the two extensions of a repository's format that we can't write.
fn unusable_format(dir: &Path) -> Option<fn(PathBuf) -> OpenError> {
    let config = fs::read_to_string(dir.join("config")).ok()?;
    let mut in_extensions = false;
    for line in config.lines() {
        let line = line.trim().to_ascii_lowercase();
        if line.starts_with('[') {
            in_extensions = line.starts_with("[extensions]");
        } else if in_extensions && let Some((key, value)) = line.split_once('=') {
            match (key.trim(), value.trim()) {
                ("objectformat", "sha256") => return Some(OpenError::Sha256),
                ("refstorage", "reftable") => return Some(OpenError::Reftable),
                _ => {}
            }
        }
    }
    None
}
