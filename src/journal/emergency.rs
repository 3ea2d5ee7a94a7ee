//! The emergency file: where records go when git can't take them.
//!
//! Owns `RUN.jsonl` in the first place that takes it (workspace, state folder, temporary folder), standard error after
//! that, and the way of such files home. The lines are the very lines that git would hold, in the same chain, so that
//! importing copies them and changes nothing. Must not decide when it is used: the log does.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::lease;
use crate::aside::aside;

/// A place that does not answer within this is left for the next one.
const PLACE_LIMIT: Duration = Duration::from_millis(250);

/// An open emergency file of one run.
pub(super) struct Emergency {
    /// Folders, in the order in which they are tried.
    places: Vec<PathBuf>,
    /// Prefix of this journal's branches, so that drills and real runs never share a file.
    realm: &'static str,
    run: String,
    /// Every line that has to come home.
    pub(super) lines: Vec<String>,
    /// How many of them the open file holds.
    written: usize,
    file: Option<(PathBuf, File)>,
    /// Lines already given to standard error.
    printed: usize,
}

impl Emergency {
    pub(super) fn new(places: &[PathBuf], realm: &'static str, run: &str) -> Self {
        Self {
            places: places.to_vec(),
            realm,
            run: run.to_owned(),
            lines: Vec::new(),
            written: 0,
            file: None,
            printed: 0,
        }
    }

    /// Goes on with a file of a process that is gone.
    pub(super) fn found(mut self, found: Found) -> Self {
        self.written = found.lines.len();
        self.lines = found.lines;
        self.file = Some((found.path, found.file));
        self
    }

    /// Adds lines and sees to it that they are somewhere. True when they are in a file.
    pub(super) fn add(&mut self, lines: Vec<String>) -> bool {
        self.lines.extend(lines);
        if let Some((path, file)) = self.file.take() {
            let rest = self.lines.get(self.written..).unwrap_or_default().to_vec();
            if let Some(file) = within_limit(move || append(file, &rest)) {
                self.file = Some((path, file));
                self.written = self.lines.len();
                return true;
            }
        }
        for place in &self.places {
            let path = place.join(file_name(self.realm, &self.run));
            let (open, lines) = (path.clone(), self.lines.clone());
            let wrote = within_limit(move || create(&open).and_then(|file| append(file, &lines)));
            if let Some(file) = wrote {
                self.file = Some((path, file));
                self.written = self.lines.len();
                return true;
            }
        }
        // Somebody may be keeping the terminal's output: it is the last paper left.
        let mut err = io::stderr().lock();
        for line in self.lines.iter().skip(self.printed) {
            let _ = writeln!(err, "aigov record: {line}");
        }
        self.printed = self.lines.len();
        false
    }

    /// The file that holds the lines, once there is one.
    pub(super) fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(|(path, _)| path.as_path())
    }

    /// Called when the first lines turned out to be in git. The file keeps them: importing leaves out what is there.
    pub(super) fn came_home(&mut self, count: usize) {
        let count = count.min(self.lines.len());
        self.lines.drain(..count);
        self.written = self.written.saturating_sub(count);
        self.printed = self.printed.saturating_sub(count);
    }

    /// Called once every line is in git: removes the files.
    pub(super) fn done(&mut self) {
        self.file = None;
        for place in &self.places {
            let path = place.join(file_name(self.realm, &self.run));
            // Another process's file of the same name can't be: it would need this run's lock.
            let _ = fs::remove_file(path);
        }
        self.lines.clear();
        self.written = 0;
        self.printed = 0;
    }
}

fn file_name(realm: &str, run: &str) -> String {
    format!("{realm}-{run}.jsonl")
}

/// Runs a write in a thread of its own, because a file system that hangs must not hang a stop. A write that ends too
/// late leaves lines in two files, which importing recognises.
fn within_limit<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Option<T> {
    aside("emergency", work).ok()?.within(PLACE_LIMIT)?.ok()
}

/// Opens a new file, or one that only we can have made. Never follows a link: the temporary folder is everybody's.
fn create(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.read(true).append(true).create_new(true);
    only_for_owner(&mut options);
    let file = match options.open(path) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            if !fs::symlink_metadata(path)?.is_file() || !is_trusted(path) {
                return Err(e);
            }
            // What a process of before wrote here is in memory already, or is another attempt's half: keep it aside.
            fs::rename(path, path.with_extension(format!("{}.jsonl", std::process::id())))?;
            options.open(path)?
        }
        other => other?,
    };
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    lease::try_lock(file)?.ok_or_else(|| io::Error::new(io::ErrorKind::WouldBlock, "held by another process"))
}

fn append(mut file: File, lines: &[String]) -> io::Result<File> {
    let mut bytes = String::new();
    for line in lines {
        bytes.push_str(line);
        bytes.push('\n');
    }
    file.write_all(bytes.as_bytes())?;
    file.sync_all()?;
    Ok(file)
}

#[cfg(unix)]
fn only_for_owner(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn only_for_owner(_: &mut OpenOptions) {}

/// Whether a file belongs to whoever runs this process: asked of a file that this process makes beside it.
#[cfg(unix)]
pub(super) fn is_trusted(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let mine = path.with_extension(format!("who-{}", std::process::id()));
    let me = OpenOptions::new().write(true).create_new(true).open(&mine).and_then(|f| f.metadata()).map(|m| m.uid());
    let _ = fs::remove_file(&mine);
    match (me, fs::symlink_metadata(path)) {
        (Ok(me), Ok(theirs)) => theirs.is_file() && theirs.uid() == me,
        // In a folder that can't be written nobody else planted it today.
        (Err(e), Ok(theirs)) => theirs.is_file() && e.kind() != io::ErrorKind::AlreadyExists && !is_shared(path),
        _ => false,
    }
}

#[cfg(unix)]
fn is_shared(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    path.parent().and_then(|p| fs::metadata(p).ok()).is_none_or(|m| m.mode() & 0o002 != 0)
}

#[cfg(not(unix))]
pub(super) fn is_trusted(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|m| m.is_file())
}

/// An emergency file that a process of before left.
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// Whole lines; a torn last line is not among them.
    pub(super) lines: Vec<String>,
    /// Open for appending, and locked.
    pub(super) file: File,
}

/// Writes lines of a run as an emergency file of a process that is gone, whole or not at all.
pub(super) fn put_lines(folder: &Path, realm: &str, run: &str, lines: &[String]) -> io::Result<()> {
    let path = folder.join(file_name(realm, run));
    let path = match fs::symlink_metadata(&path) {
        Ok(_) => path.with_extension(format!("{}.jsonl", std::process::id())),
        Err(_) => path,
    };
    let draft = path.with_extension(format!("draft-{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.append(true).create_new(true);
    only_for_owner(&mut options);
    let _ = fs::remove_file(&draft);
    drop(append(options.open(&draft)?, lines)?);
    fs::rename(draft, path)
}

/// The runs that have emergency files, in order of name, without their lines.
pub(super) fn runs(places: &[PathBuf], realm: &str) -> Vec<String> {
    let mut found: Vec<String> = places
        .iter()
        .filter_map(|place| fs::read_dir(place).ok())
        .flat_map(|entries| entries.filter_map(Result::ok))
        .filter_map(|entry| run_of(&entry.file_name().to_string_lossy(), realm))
        .collect();
    found.sort();
    found.dedup();
    found
}

/// `REALM-RUN.jsonl` and `REALM-RUN.PID.jsonl`.
fn run_of(name: &str, realm: &str) -> Option<String> {
    let run = name.strip_suffix(".jsonl")?.strip_prefix(realm)?.strip_prefix('-')?;
    let run = run.split('.').next()?;
    // `aigov-` is also the beginning of `aigov-drill-`.
    // What begins with `@` is the spool of many runs.
    (!run.is_empty() && !run.starts_with("drill-") && !run.starts_with('@')).then(|| run.to_owned())
}

/// Every file of one run, longest first. Reads only.
pub(super) fn lines_of(places: &[PathBuf], realm: &str, run: &str) -> Vec<(PathBuf, Vec<String>)> {
    let mut found: Vec<(PathBuf, Vec<String>)> = places
        .iter()
        .filter_map(|place| fs::read_dir(place).ok())
        .flat_map(|entries| entries.filter_map(Result::ok))
        .filter(|entry| run_of(&entry.file_name().to_string_lossy(), realm).as_deref() == Some(run))
        .map(|entry| entry.path())
        .filter(|path| is_trusted(path))
        .filter_map(|path| File::open(&path).ok().map(|file| (path, whole_lines(&file))))
        .collect();
    found.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(&b.0)));
    found.dedup_by(|a, b| a.0 == b.0);
    found
}

/// Opens and locks the longest file of a run; none when there is none or a living process writes it.
pub(super) fn claim(places: &[PathBuf], realm: &str, run: &str) -> Option<Found> {
    lines_of(places, realm, run).first().and_then(|(path, _)| claim_file(path))
}

/// Opens and locks one file; none when a living process writes it.
pub(super) fn claim_file(path: &Path) -> Option<Found> {
    let file = OpenOptions::new().read(true).append(true).open(path).or_else(|_| File::open(path)).ok()?;
    let mut file = lease::try_lock(file).ok()??;
    let lines = whole_lines(&file);
    // A torn last line was never reported as written; what follows must not be glued to it.
    let kept: u64 = lines.iter().map(|l| l.len() as u64 + 1).sum();
    if file.metadata().is_ok_and(|m| m.len() > kept) {
        let _ = file.set_len(kept);
    }
    let _ = file.seek(io::SeekFrom::End(0));
    Some(Found { path: path.to_path_buf(), lines, file })
}

pub(super) fn whole_lines(file: &File) -> Vec<String> {
    let mut reader = BufReader::new(file);
    let mut lines = Vec::new();
    let mut line = Vec::new();
    while let Ok(n) = reader.read_until(b'\n', &mut line) {
        if n == 0 || line.pop() != Some(b'\n') {
            break;
        }
        match String::from_utf8(std::mem::take(&mut line)) {
            Ok(text) => lines.push(text),
            Err(_) => break,
        }
    }
    lines
}

/// Where payloads of a run wait for better times.
fn payload_dir(place: &Path, realm: &str, run: &str) -> PathBuf {
    place.join(format!("{realm}-{run}.payloads"))
}

/// Writes a payload to the first place that takes it; false when none does.
pub(super) fn put_payload(places: &[PathBuf], realm: &str, run: &str, name: &str, bytes: &[u8]) -> bool {
    places.iter().any(|place| {
        let folder = payload_dir(place, realm, run);
        let (name, bytes) = (name.to_owned(), bytes.to_vec());
        within_limit(move || {
            fs::create_dir_all(&folder)?;
            let path = folder.join(&name);
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            only_for_owner(&mut options);
            let mut file = match options.open(&path) {
                Ok(file) => file,
                // The name is a digest of the bytes.
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
                Err(e) => return Err(e),
            };
            file.write_all(&bytes)?;
            file.sync_all()?;
            File::open(&folder)?.sync_all()
        })
        .is_some()
    })
}

/// Payloads of a run that wait: path, name and bytes.
pub(super) fn payloads(places: &[PathBuf], realm: &str, run: &str) -> Vec<(PathBuf, String, Vec<u8>)> {
    let mut found = Vec::new();
    for place in places {
        let Ok(entries) = fs::read_dir(payload_dir(place, realm, run)) else { continue };
        for entry in entries.filter_map(Result::ok) {
            let path = entry.path();
            if let (true, Ok(bytes)) = (is_trusted(&path), fs::read(&path)) {
                found.push((path, entry.file_name().to_string_lossy().into_owned(), bytes));
            }
        }
    }
    found.sort();
    found
}

/// Removes a payload that came home, and its folder when it is empty.
pub(super) fn drop_payload(path: &Path) {
    let _ = fs::remove_file(path);
    if let Some(folder) = path.parent() {
        let _ = fs::remove_dir(folder);
    }
}
