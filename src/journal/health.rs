//! Whether a record could be written now: the repository, its disk, its locks, the emergency folders.
//!
//! Looks and changes nothing: no file is made to see whether one can be made, and the list of runs is not refreshed. Must
//! not repair anything.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::emergency;
use super::repo::{Git, OpenError, STALE_AFTER};
use super::store::Store;
use crate::plan::checked::{Aspect, Checked, Standing};
use crate::text::{safe, shell};

/// Less free space than this and a long incident will not fit: records are small, evidence is not.
const LITTLE: u64 = 64 << 20;
/// Less than this is worth a word.
const MODEST: u64 = 1 << 30;
/// Most lock files that are named one by one.
const NAMED: usize = 5;

impl Store {
    /// What stands in the way of a record, and what is as it should be. `now` is the time by which locks are judged.
    #[must_use]
    pub fn health(&self, now: SystemTime) -> Vec<Checked> {
        let mut found = vec![self.repository()];
        found.extend(self.disk());
        if let Ok(git) = self.readable() {
            found.extend(locks(&git, self.path(), now));
            found.push(self.runs_held(&git));
        }
        found.extend(self.emergency_folders());
        found.push(self.left_over());
        found
    }

    fn repository(&self) -> Checked {
        let what = "repository";
        let path = shown(self.path());
        match self.trouble() {
            Some(OpenError::Missing(_)) => match can_make(self.path()) {
                Ok(()) => {
                    Checked::note(Aspect::Journal, what, format!("there is none at {path} yet: the first run makes it"))
                }
                Err(why) => Checked::wrong(Aspect::Journal, what, format!("can't be made at {path}: {why}"))
                    .help("give this user the right to write there, or point [journal] path elsewhere"),
            },
            Some(trouble) => {
                let wrong = Checked::wrong(Aspect::Journal, what, safe::line(&trouble.says()))
                    .help("until then records go to the emergency file");
                trouble.command().into_iter().fold(wrong, Checked::command)
            }
            None => {
                let inside = ["objects", "refs/heads", "aigov"].map(|part| self.path().join(part));
                let unwritable = inside.iter().find_map(|p| can_write(p).err().map(|why| (p, why)));
                match unwritable {
                    None => Checked::ok(Aspect::Journal, what, format!("{path} can be written")),
                    Some((part, why)) => {
                        Checked::wrong(Aspect::Journal, what, format!("{} can't be written: {why}", shown(part))).help(
                            "give this user the right to write there; until then records go to the emergency file",
                        )
                    }
                }
            }
        }
    }

    fn disk(&self) -> Option<Checked> {
        if self.is_silent() {
            return None;
        }
        let what = "disk";
        let there = nearest(self.path());
        Some(match rustix::fs::statvfs(&there) {
            Err(e) => Checked::untold(Aspect::Journal, what, format!("{}: {e}", shown(&there))),
            Ok(disk) => {
                let free = disk.f_bavail.saturating_mul(disk.f_frsize);
                let says = format!("{} free", size(free));
                if disk.f_files > 0 && disk.f_favail == 0 {
                    Checked::wrong(Aspect::Journal, what, "no file can be made: the file system has no inodes left")
                        .help("delete files that are not needed")
                } else if free < LITTLE {
                    Checked::wrong(Aspect::Journal, what, format!("only {says}"))
                        .help("make room before an incident does")
                } else if free < MODEST {
                    Checked::note(Aspect::Journal, what, format!("{says}; evidence may need more"))
                } else {
                    Checked::ok(Aspect::Journal, what, says)
                }
            }
        })
    }

    /// Runs whose lock a living process has. A shared lock is asked for, for an instant: it disturbs nobody who looks.
    fn runs_held(&self, git: &Git) -> Checked {
        let what = "runs held";
        let Ok(entries) = fs::read_dir(git.own_dir()) else {
            return Checked::ok(Aspect::Journal, what, "none");
        };
        let mut held: Vec<String> = entries
            .filter_map(Result::ok)
            .filter_map(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                let run = name.strip_prefix("run-")?.strip_suffix(".lock")?.to_owned();
                let free = File::open(entry.path()).ok()?.try_lock_shared().is_ok();
                (!free).then(|| safe::line(&run))
            })
            .collect();
        held.sort();
        match held.len() {
            0 => Checked::ok(Aspect::Journal, what, "no process on this machine holds one"),
            n => {
                held.truncate(NAMED);
                let processes = if n == 1 { "one, by a process" } else { "several, by processes" };
                Checked::note(Aspect::Journal, what, format!("{processes} on this machine: {}", held.join(", ")))
            }
        }
    }

    fn emergency_folders(&self) -> Vec<Checked> {
        if self.is_silent() {
            return vec![Checked::untold(
                Aspect::Journal,
                "emergency folder",
                "its file system did not answer in time",
            )];
        }
        let mut judged: Vec<(String, Result<(), String>)> =
            self.places().iter().map(|p| (shown(p), can_make(p))).collect();
        let usable = judged.iter().filter(|(_, can)| can.is_ok()).count();
        if usable == judged.len() {
            let says = format!("{usable} can be written, the first is {}", judged.first().map_or("", |(p, _)| p));
            return vec![Checked::ok(Aspect::Journal, "emergency folders", says)];
        }
        judged.retain(|(_, can)| can.is_err());
        let is = if usable == 0 { Standing::Wrong } else { Standing::Note };
        judged
            .into_iter()
            .filter_map(|(path, can)| Some((path, can.err()?)))
            .map(|(path, why)| {
                let after = if usable == 0 { "; nothing takes a record when git can't" } else { "; another can" };
                Checked::new(Aspect::Journal, "emergency folder", is, format!("{path} can't be written: {why}{after}"))
                    .help("give this user the right to write there")
            })
            .collect()
    }

    fn left_over(&self) -> Checked {
        let what = "emergency files";
        if self.is_silent() {
            return Checked::untold(Aspect::Journal, what, "the journal's file system did not answer in time");
        }
        let damaged: Vec<String> = self
            .places()
            .iter()
            .filter_map(|place| fs::read_dir(place).ok())
            .flat_map(|entries| entries.filter_map(Result::ok))
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|e| e == "damaged"))
            .map(|path| shown(&path))
            .collect();
        let runs = emergency::runs(self.places(), self.realm());
        if let Some(one) = damaged.first() {
            return Checked::wrong(Aspect::Journal, what, format!("{one} holds lines that are no records"))
                .help("look at what it says, then move it away");
        }
        match runs.first() {
            None => Checked::ok(Aspect::Journal, what, "none wait to be brought home"),
            Some(first) => {
                let count = runs.len();
                let of = if count == 1 { "run" } else { "runs" };
                let first = safe::line(first);
                let says = format!("records of {count} {of} wait outside git: {first} and what comes after it");
                let says = if count == 1 { format!("records of run {first} wait outside git") } else { says };
                Checked::wrong(Aspect::Journal, what, says)
                    .help("the next command that writes brings them home, such as")
                    .command(format!("aigov resume {first}"))
            }
        }
    }
}

/// Files by which git locks itself. Those on branches are recognised when they are stale; the others stop git alone.
fn locks(git: &Git, repository: &Path, now: SystemTime) -> Vec<Checked> {
    let mut found: Vec<(PathBuf, Option<Duration>)> = Vec::new();
    let mut look = |path: PathBuf| {
        if let Ok(written) = fs::metadata(&path).and_then(|m| m.modified()) {
            found.push((path, now.duration_since(written).ok()));
        }
    };
    for name in ["HEAD.lock", "config.lock", "packed-refs.lock"] {
        look(repository.join(name));
    }
    let mut folders = vec![repository.join("refs")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.filter_map(Result::ok) {
            let path = entry.path();
            if entry.file_type().is_ok_and(|t| t.is_dir()) {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "lock") {
                look(path);
            }
        }
    }
    if found.is_empty() {
        return vec![Checked::ok(Aspect::Journal, "locks", "none left behind")];
    }
    found.sort();
    found
        .into_iter()
        .take(NAMED)
        .map(|(path, age)| {
            let inside = path.strip_prefix(repository).unwrap_or(&path);
            let (name, of_branch) = (shown(inside), inside.starts_with("refs"));
            let stale = age.is_some_and(|age| age > STALE_AFTER);
            match (stale, of_branch) {
                (false, _) => Checked::note(Aspect::Journal, "locks", format!("{name} is held by another process now")),
                (true, true) => Checked::note(
                    Aspect::Journal,
                    "locks",
                    format!("{name} was left by a process that is gone; the next append takes it away"),
                ),
                (true, false) => {
                    Checked::wrong(Aspect::Journal, "locks", format!("{name} was left by a process that is gone"))
                        .help("when no git command runs there:")
                        .command(format!("rm {}", shell::path(&git.dir().join(inside))))
                }
            }
        })
        .collect()
}

fn shown(path: &Path) -> String {
    safe::line(&path.to_string_lossy())
}

/// The path itself, or the nearest folder above it that exists.
fn nearest(path: &Path) -> PathBuf {
    path.ancestors().find(|p| p.exists()).unwrap_or(path).to_path_buf()
}

/// Whether something in a folder could be made; the folder itself, too, where it is missing.
fn can_make(folder: &Path) -> Result<(), String> {
    let there = nearest(folder);
    if there.is_dir() { can_write(&there) } else { Err(format!("{} is not a folder", shown(&there))) }
}

fn can_write(folder: &Path) -> Result<(), String> {
    // A folder inside the repository that is made when it is needed.
    let there = if folder.exists() { folder.to_path_buf() } else { nearest(folder) };
    rustix::fs::access(&there, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK)
        .map_err(|e| io::Error::from(e).to_string())
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_048_576 => format!("{} KiB", bytes >> 10),
        1_048_576..1_073_741_824 => format!("{} MiB", bytes >> 20),
        _ => format!("{} GiB", bytes >> 30),
    }
}
