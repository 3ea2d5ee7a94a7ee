//! Secrets: named in `aigov.toml`, fetched as late as possible, never shown.
//!
//! Owns the three places a secret may come from (`{ env }`, `{ file }`, `{ command }`) and the type that holds its
//! value. The value can't be printed, serialised or compared: the type has none of those traits. Every value that is
//! fetched is handed to the [redactor](super::redact) before anybody can send it. Must not keep a value longer than it
//! takes to use it; only what a command printed is kept, for a minute, so that repeated probes don't run it each time.

use std::cell::RefCell;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::rc::Rc;
use std::time::Duration;

use litemap::LiteMap;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use tokio::time::Instant;

use super::redact::Redactor;
use crate::port::Fault;
use crate::text::safe;

/// Longest value, in bytes, that is taken for a secret.
const LONGEST: u64 = 16 * 1024;
/// How long a command may take.
const COMMAND_LIMIT: Duration = Duration::from_secs(10);
/// How long the output of a command is used again.
const COMMAND_KEPT: Duration = Duration::from_secs(60);

/// A secret's value. Has no `Debug`, `Display`, `Serialize`, `Clone` or `PartialEq`, and is wiped when dropped.
pub struct Secret(SecretString);

impl Secret {
    /// Takes a value as it was found.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(SecretString::from(value))
    }

    /// The value, for the one moment when it is put into a request or compared with what came back.
    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// Where a secret is to be found; this is what plans, records and requests show of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// An environment variable.
    Env(String),
    /// A file; relative to the workspace's folder.
    File(PathBuf),
    /// A program and its arguments, run without a shell in the workspace's folder; its standard output is the value.
    Command(Vec<String>),
}

impl Reference {
    /// Reads `{ "env": … }`, `{ "file": … }` or `{ "command": […] }`.
    ///
    /// # Errors
    /// It is something else, such as the secret itself.
    pub fn decode(value: &Value) -> Result<Self, Fault> {
        let table = value.as_object().filter(|t| t.len() == 1).and_then(|t| t.iter().next());
        let found = match table {
            Some((k, Value::String(v))) if k == "env" && !v.is_empty() => Some(Self::Env(v.clone())),
            Some((k, Value::String(v))) if k == "file" && !v.is_empty() => Some(Self::File(PathBuf::from(v))),
            Some((k, Value::Array(v))) if k == "command" && !v.is_empty() => {
                v.iter().map(|p| p.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>().map(Self::Command)
            }
            _ => None,
        };
        found.ok_or_else(|| Fault {
            says: "a secret is written as a reference and stands nowhere itself".to_owned(),
            help: Some("write { env = \"NAME\" }, { file = \"PATH\" } or { command = [\"PROGRAM\", …] }".to_owned()),
            before_sending: true,
        })
    }

    /// As shown instead of the value: `{env NAME}`, `{file PATH}`, `{command PROGRAM …}`.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Env(name) => format!("{{env {}}}", safe::line(name)),
            Self::File(path) => format!("{{file {}}}", safe::line(&path.to_string_lossy())),
            Self::Command(argv) if argv.len() > 1 => {
                format!("{{command {} …}}", safe::line(argv.first().map_or("", String::as_str)))
            }
            Self::Command(argv) => format!("{{command {}}}", safe::line(argv.first().map_or("", String::as_str))),
        }
    }

    fn missing(&self, why: &str) -> Fault {
        let (says, help) = match self {
            Self::Env(name) => (
                format!("the environment variable {} {why}", safe::line(name)),
                "set it and run the same command again",
            ),
            Self::File(path) => (
                format!("the secret file {} {why}", safe::line(&path.to_string_lossy())),
                "put the secret there, readable for this user",
            ),
            Self::Command(argv) => (
                format!("the secret command `{}` {why}", safe::line(&argv.join(" "))),
                "run it by hand to see what it says; its output is not shown here",
            ),
        };
        Fault { says, help: Some(help.to_owned()), before_sending: true }
    }

    async fn fetch(&self, folder: &Path) -> Result<Secret, Fault> {
        let value = match self {
            Self::Env(name) => environment(name).ok_or_else(|| self.missing("is not set"))?,
            Self::File(path) => self.file(&folder.join(path))?,
            Self::Command(argv) => self.command(argv, folder).await?,
        };
        let trimmed = value.trim();
        if trimmed.is_empty() {
            return Err(self.missing("is empty"));
        }
        // Header values carry no other bytes, and redaction relies on it.
        if !trimmed.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            return Err(
                self.missing("holds something that can't be sent in a header: one line of printable ASCII is needed")
            );
        }
        Ok(Secret::new(trimmed.to_owned()))
    }

    fn file(&self, path: &Path) -> Result<String, Fault> {
        let unreadable = |e: std::io::Error| self.missing(&format!("can't be read: {e}"));
        if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
            return Err(self.missing("is not a regular file"));
        }
        let mut bytes = Vec::new();
        File::open(path).map_err(unreadable)?.take(LONGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        self.text(bytes)
    }

    async fn command(&self, argv: &[String], folder: &Path) -> Result<String, Fault> {
        let (program, arguments) = argv.split_first().ok_or_else(|| self.missing("names no program"))?;
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| self.missing(&format!("can't be run: {e}")))?;
        let mut bytes = Vec::new();
        let output = child.stdout.take().ok_or_else(|| self.missing("has no output"))?;
        let read = async {
            output.take(LONGEST + 1).read_to_end(&mut bytes).await?;
            // Somebody who goes on writing past the limit must not keep us waiting.
            if bytes.len() as u64 > LONGEST {
                child.start_kill()?;
            }
            child.wait().await
        };
        let status = tokio::time::timeout(COMMAND_LIMIT, read)
            .await
            .map_err(|_| self.missing(&format!("did not end within {} s", COMMAND_LIMIT.as_secs())))?
            .map_err(|e| self.missing(&format!("failed: {e}")))?;
        if !status.success() && bytes.len() as u64 <= LONGEST {
            return Err(self.missing(&format!("failed ({status})")));
        }
        self.text(bytes)
    }

    fn text(&self, bytes: Vec<u8>) -> Result<String, Fault> {
        if bytes.len() as u64 > LONGEST {
            return Err(self.missing(&format!("gives more than {LONGEST} bytes")));
        }
        String::from_utf8(bytes).map_err(|_| self.missing("gives bytes that are not text"))
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place outside cli::context that reads the environment: secrets")]
fn environment(name: &str) -> Option<String> {
    // `var` panics on such names on some platforms.
    if name.is_empty() || name.contains(['=', '\0']) { None } else { std::env::var(name).ok() }
}

/// Fetches secrets and makes sure that the redactor knows each before it is used.
pub struct Vault {
    folder: PathBuf,
    redactor: Redactor,
    printed: RefCell<LiteMap<Reference, (Rc<Secret>, Instant)>>,
}

impl Vault {
    /// `folder` is the workspace's: relative files and commands start there.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, redactor: Redactor::default(), printed: RefCell::default() }
    }

    /// What removes every secret fetched so far from a text.
    #[must_use]
    pub const fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// The workspace's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The value behind a reference, now.
    ///
    /// # Errors
    /// It is missing, empty or unusable; nothing was sent.
    pub async fn fetch(&self, reference: &Reference) -> Result<Rc<Secret>, Fault> {
        let is_command = matches!(reference, Reference::Command(_));
        if is_command {
            let kept = self.printed.borrow().get(reference).map(|(s, at)| (Rc::clone(s), *at));
            if let Some((secret, at)) = kept
                && at.elapsed() < COMMAND_KEPT
            {
                return Ok(secret);
            }
        }
        let secret = Rc::new(reference.fetch(&self.folder).await?);
        self.redactor.add(&secret, &reference.label());
        if is_command {
            self.printed.borrow_mut().insert(reference.clone(), (Rc::clone(&secret), Instant::now()));
        }
        Ok(secret)
    }

    /// Forgets what commands printed: the provider did not accept it.
    pub fn forget(&self) {
        self.printed.borrow_mut().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn vault(folder: &Path) -> Vault {
        Vault::new(folder.to_owned())
    }

    async fn value(vault: &Vault, reference: Value) -> Result<String, String> {
        let reference = Reference::decode(&reference).map_err(|f| f.says)?;
        match vault.fetch(&reference).await {
            Ok(s) => Ok(s.expose().to_owned()),
            Err(f) => {
                assert!(f.before_sending);
                Err(f.says)
            }
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn secrets_come_from_the_environment_a_file_or_a_command() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("token"), "  s3cret-value\n").unwrap();
        std::fs::write(folder.path().join("empty"), " \n").unwrap();
        std::fs::write(folder.path().join("two"), "line one\nline two\n").unwrap();
        std::fs::write(folder.path().join("big"), vec![b'a'; 20_000]).unwrap();
        let v = vault(folder.path());
        assert_eq!(value(&v, json!({ "env": "CARGO_PKG_NAME" })).await.unwrap(), "aigov");
        assert_eq!(value(&v, json!({ "file": "token" })).await.unwrap(), "s3cret-value");
        let missing = value(&v, json!({ "env": "AIGOV_TEST_NOT_THERE" })).await.unwrap_err();
        assert!(missing.contains("AIGOV_TEST_NOT_THERE") && missing.contains("not set"), "{missing}");
        for (file, why) in [
            ("none", "can't be read"),
            ("empty", "is empty"),
            ("two", "header"),
            ("big", "more than"),
            (".", "regular"),
        ] {
            let says = value(&v, json!({ "file": file })).await.unwrap_err();
            assert!(says.contains(why), "{file}: {says}");
        }
        let no_program = value(&v, json!({ "command": ["./no-such-program"] })).await.unwrap_err();
        assert!(no_program.contains("can't be run"), "{no_program}");
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_command_is_run_without_a_shell() {
        // This test's own binary is the only program that is certain to exist: it prints its list of tests.
        let folder = tempfile::tempdir().unwrap();
        let me = std::env::current_exe().unwrap();
        let v = vault(folder.path());
        let run = |arguments: &[&str]| {
            let mut argv = vec![me.to_string_lossy().into_owned()];
            argv.extend(arguments.iter().map(|a| (*a).to_owned()));
            json!({ "command": argv })
        };
        let listed = value(&v, run(&["--list", "--format=terse", "$(x);no-test-is-called-so"])).await.unwrap_err();
        assert!(listed.contains("is empty"), "{listed}");
        let name = "provider::secret::tests::a_command_is_run_without_a_shell";
        let one = value(&v, run(&["--list", "--format=terse", "--exact", name])).await.unwrap();
        assert_eq!(one, format!("{name}: test"));
        assert!(!v.redactor().text(&format!("echo {one}")).contains(name));
        let failed = value(&v, run(&["--no-such-option"])).await.unwrap_err();
        assert!(failed.contains("failed"), "{failed}");
    }

    #[test]
    fn a_secret_written_out_is_refused_and_not_repeated() {
        for wrong in [
            json!("hunter2-literal"),
            json!({ "env": 5 }),
            json!({ "env": "A", "file": "b" }),
            json!({ "command": [] }),
        ] {
            let fault = Reference::decode(&wrong).unwrap_err();
            assert!(!fault.says.contains("hunter2"), "{}", fault.says);
        }
        assert_eq!(Reference::Env("A".into()).label(), "{env A}");
        assert_eq!(Reference::File("/run/x".into()).label(), "{file /run/x}");
        assert_eq!(Reference::Command(vec!["vault".into(), "read".into()]).label(), "{command vault …}");
    }
}
