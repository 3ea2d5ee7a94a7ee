//! The built program in a home of its own: nothing of the caller's environment, nothing on the path.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rexpect::session::PtySession;
use tempfile::TempDir;

/// A machine's user with an empty home and an empty desk to stand at.
pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    /// A new one.
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        for name in ["home", "desk", "tmp"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self { folder }
    }

    /// Everything that belongs to this user.
    pub(crate) fn all(&self) -> &Path {
        self.folder.path()
    }

    /// Where commands are typed.
    pub(crate) fn desk(&self) -> PathBuf {
        self.folder.path().join("desk")
    }

    /// Writes a file below the desk.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.desk().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// The program with these arguments, separated by blanks.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let home = self.folder.path().join("home");
        let mut command = Command::new(env!("CARGO_BIN_EXE_aigov"));
        command
            .args(arguments.split_whitespace())
            .current_dir(self.desk())
            .env_clear()
            .env("HOME", &home)
            .env("TMPDIR", self.folder.path().join("tmp"))
            .env("XDG_STATE_HOME", home.join(".local/state"))
            .env("XDG_CONFIG_HOME", home.join(".config"))
            .env("XDG_DATA_HOME", home.join(".local/share"))
            .env("XDG_CACHE_HOME", home.join(".cache"))
            .env("COLUMNS", "80")
            .env("NO_COLOR", "1")
            .env("TERM", "dumb")
            .env("RUST_BACKTRACE", "0");
        command
    }

    /// Runs it without a terminal, to its end.
    pub(crate) fn run(&self, arguments: &str) -> Said {
        Said::from(&self.command(arguments).stdin(Stdio::null()).output().unwrap())
    }

    /// Starts it in a pseudo-terminal; what is awaited there is awaited for at most two minutes.
    pub(crate) fn terminal(&self, arguments: &str) -> PtySession {
        let mut session =
            rexpect::session::spawn_command(self.command(arguments), Some(120_000)).expect("a pseudo-terminal");
        session.process_mut().set_kill_timeout(Some(5_000));
        session
    }
}

/// What a process said, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    /// The exit code; none when a signal ended it.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Said {
    /// From a finished process.
    pub(crate) fn from(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout.clone()).expect("UTF-8 on standard output"),
            err: String::from_utf8(output.stderr.clone()).expect("UTF-8 on standard error"),
        }
    }

    /// The same, or a failed test that shows all of it.
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
        self
    }

    /// Both streams.
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}
