//! Which workspace a command speaks of.
//!
//! Owns the order: `-C`, `AIGOV_WORKSPACE`, the current folder upwards, the user's configured one, the machine's, and only
//! then the sandbox, and that only where this machine has never used a real one. Everything about the machine is given,
//! so that the rule can be tried.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::{CliError, Kind};
use crate::text::shell;

/// The file that makes a folder a workspace.
pub(crate) const SETTINGS: &str = "aigov.toml";
/// In the user's or the machine's configuration folder.
const CONFIG: &str = "config.toml";
/// In the state folder: real workspaces that were used here, one a line, the last one last.
const USED: &str = "workspaces";

/// What is known of this machine and this user.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    /// The current folder.
    pub current: PathBuf,
    /// `AIGOV_WORKSPACE`.
    pub variable: Option<PathBuf>,
    /// The user's configuration folder of this program.
    pub user: Option<PathBuf>,
    /// The machine's configuration folder of this program.
    pub machine: PathBuf,
    /// The user's state folder of this program.
    pub state: PathBuf,
    /// Whether it lies where others may write, too.
    pub shared: bool,
}

/// How a workspace was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// `-C`.
    Asked,
    /// `AIGOV_WORKSPACE`.
    Variable,
    /// The current folder or one above it.
    Upwards,
    /// The user's configuration.
    User,
    /// The machine's configuration.
    Machine,
    /// The built-in sandbox.
    Sandbox,
}

/// A workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its folder; for the sandbox, the folder that keeps its world.
    pub root: PathBuf,
    /// How it was found.
    pub origin: Origin,
    /// What a command in another terminal needs to find the same, with a space in front.
    pub suffix: String,
}

impl Place {
    /// Whether it is the sandbox.
    #[must_use]
    pub(crate) fn is_sandbox(&self) -> bool {
        self.origin == Origin::Sandbox
    }

    /// Whether somebody named it or stands in it; the sandbox that starts unasked is not.
    #[must_use]
    pub(crate) fn is_meant(&self) -> bool {
        !self.is_sandbox() || !self.suffix.is_empty()
    }
}

impl Machine {
    /// The folder of the sandbox.
    #[must_use]
    pub(crate) fn sandbox(&self) -> PathBuf {
        self.state.join("sandbox")
    }

    /// Finds the workspace.
    ///
    /// # Errors
    /// A folder that was named is none, or there is none and this machine knows a real one.
    pub(crate) fn find(&self, asked: Option<&Path>, sandbox: bool) -> Result<Place, CliError> {
        if sandbox {
            return Ok(self.in_sandbox(" --sandbox"));
        }
        if let Some(folder) = asked {
            let root = named(folder, "-C")?;
            let suffix = format!(" -C {}", shell::path(&root));
            return Ok(Place { root, origin: Origin::Asked, suffix });
        }
        if let Some(folder) = &self.variable {
            let root = named(folder, "AIGOV_WORKSPACE")?;
            return Ok(Place { root, origin: Origin::Variable, suffix: String::new() });
        }
        if let Some(root) = self.current.ancestors().find(|f| f.join(SETTINGS).is_file()) {
            let suffix = format!(" -C {}", shell::path(root));
            return Ok(Place { root: root.to_path_buf(), origin: Origin::Upwards, suffix });
        }
        let configured = [(self.user.as_deref(), Origin::User), (Some(self.machine.as_path()), Origin::Machine)];
        for (folder, origin) in configured {
            let Some(file) = folder.map(|f| f.join(CONFIG)).filter(|f| f.is_file()) else { continue };
            if let Some(folder) = configured_in(&file)? {
                let root = named(&folder, &file.display().to_string())?;
                return Ok(Place { root, origin, suffix: String::new() });
            }
        }
        match self.last_used() {
            None => Ok(self.in_sandbox("")),
            Some(known) => Err(CliError::new(
                Kind::Usage,
                "there is no workspace here, and the sandbox does not start by itself on a machine that has used a real one",
            )
            .hint(format!("the workspace last used on this machine: {}", known.display()))
            .hint("to try things where nothing is real, add --sandbox")
            .next(format!("aigov -C {}", shell::path(&known)))),
        }
    }

    fn in_sandbox(&self, suffix: &str) -> Place {
        Place { root: self.sandbox(), origin: Origin::Sandbox, suffix: suffix.to_owned() }
    }

    /// Who this user says they are: `person` in their configuration. It finds what waits for them, and never votes.
    #[must_use]
    pub(crate) fn person(&self) -> Option<String> {
        self.of_user("person")
    }

    /// The private key with which this user opens what is encrypted to them: `identity` in their configuration.
    #[must_use]
    pub(crate) fn identity(&self) -> Option<String> {
        self.of_user("identity")
    }

    fn of_user(&self, key: &str) -> Option<String> {
        let text = fs::read_to_string(self.user.as_ref()?.join(CONFIG)).ok()?;
        let table: toml::Table = text.parse().ok()?;
        table.get(key).and_then(toml::Value::as_str).map(str::to_owned)
    }

    /// The key file that this user's configuration names: `key`.
    #[must_use]
    pub(crate) fn key(&self) -> Option<PathBuf> {
        let text = fs::read_to_string(self.user.as_ref()?.join(CONFIG)).ok()?;
        let table: toml::Table = text.parse().ok()?;
        table.get("key").and_then(toml::Value::as_str).map(super::context::from_home)
    }

    /// Whether the state folder is this user's, as far as it is there at all. Somebody else can have put one into the
    /// temporary folder.
    ///
    /// # Errors
    /// It belongs to somebody else, or is no folder.
    pub(crate) fn own_state(&self) -> Result<(), CliError> {
        use std::os::unix::fs::MetadataExt as _;
        if !self.shared {
            return Ok(());
        }
        match fs::symlink_metadata(&self.state) {
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
            Ok(m) if m.is_dir() && user().is_none_or(|id| m.uid() == id) && m.mode() & 0o022 == 0 => Ok(()),
            _ => Err(CliError::usage(format!("{} is not a folder of yours alone", self.state.display()))
                .hint(
                    "set HOME or XDG_STATE_HOME to a folder of yours: this program keeps there what it has to remember",
                )
                .next("aigov status")),
        }
    }

    /// Makes the state folder, for its owner alone. What can't be made stops nothing.
    pub(crate) fn make_state(&self) {
        use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
        if let Some(parent) = self.state.parent() {
            let _ = fs::create_dir_all(parent);
        }
        match fs::DirBuilder::new().mode(0o700).create(&self.state) {
            // One that an earlier version made for all to read.
            Err(e) if e.kind() == ErrorKind::AlreadyExists && self.own_state().is_ok() => {
                let open = fs::metadata(&self.state).is_ok_and(|m| m.permissions().mode() & 0o077 != 0);
                if open {
                    let _ = fs::set_permissions(&self.state, fs::Permissions::from_mode(0o700));
                }
            }
            _ => {}
        }
    }

    fn last_used(&self) -> Option<PathBuf> {
        self.own_state().ok()?;
        let text = fs::read_to_string(self.state.join(USED)).ok()?;
        text.lines().rfind(|l| !l.is_empty()).map(PathBuf::from)
    }

    /// Remembers that a real workspace was used. What can't be remembered stops nothing.
    pub(crate) fn remember(&self, place: &Place) {
        if place.is_sandbox() || self.last_used().as_deref() == Some(&place.root) {
            return;
        }
        let file = self.state.join(USED);
        let mut lines: Vec<String> = fs::read_to_string(&file).unwrap_or_default().lines().map(str::to_owned).collect();
        let root = place.root.display().to_string();
        lines.retain(|l| !l.is_empty() && *l != root);
        lines.push(root);
        self.make_state();
        if self.own_state().is_err() {
            return;
        }
        let _ = fs::write(file, lines.join("\n") + "\n");
    }
}

/// The number of the user that this process acts for; none where the system keeps no account of processes in files.
#[must_use]
pub(crate) fn user() -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").ok().map(|m| m.uid())
}

fn named(folder: &Path, by: &str) -> Result<PathBuf, CliError> {
    let root = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
    if root.join(SETTINGS).is_file() {
        return Ok(root);
    }
    let says = format!("{by} names {}, which holds no {SETTINGS}", root.display());
    Err(CliError::usage(says).hint("name the folder that holds aigov.toml").next("aigov --sandbox"))
}

/// `workspace = "…"` of a configuration file.
fn configured_in(file: &Path) -> Result<Option<PathBuf>, CliError> {
    let bad = |e: String| CliError::usage(format!("{} can't be used: {e}", file.display()));
    let text = fs::read_to_string(file).map_err(|e| bad(e.to_string()))?;
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| bad(e.message().to_owned()))?;
    match table.get("workspace") {
        None => Ok(None),
        Some(toml::Value::String(path)) => Ok(Some(PathBuf::from(path))),
        Some(_) => Err(bad("`workspace` has to be a path, in quotes".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(at: &Path) -> Machine {
        Machine {
            current: at.join("home/deep"),
            variable: None,
            user: Some(at.join("config")),
            machine: at.join("etc"),
            state: at.join("state"),
            shared: false,
        }
    }

    fn workspace(at: &Path) -> PathBuf {
        fs::create_dir_all(at).unwrap();
        fs::write(at.join(SETTINGS), "schema = 1\n").unwrap();
        at.to_path_buf()
    }

    #[test]
    fn the_order_is_asked_variable_upwards_user_machine() {
        let temp = tempfile::tempdir().unwrap();
        let at = temp.path();
        let mut m = machine(at);
        fs::create_dir_all(&m.current).unwrap();
        for (folder, name) in [("etc", "machine-ws"), ("config", "user-ws")] {
            let root = workspace(&at.join(name));
            fs::create_dir_all(at.join(folder)).unwrap();
            fs::write(at.join(folder).join(CONFIG), format!("workspace = {:?}\n", root.display().to_string())).unwrap();
            let place = m.find(None, false).unwrap();
            assert_eq!(place.root, root);
        }
        let up = workspace(&at.join("home"));
        assert_eq!(
            m.find(None, false).unwrap(),
            Place { suffix: format!(" -C {}", up.display()), root: up, origin: Origin::Upwards }
        );
        m.variable = Some(workspace(&at.join("variable")));
        assert_eq!(m.find(None, false).unwrap().origin, Origin::Variable);
        let asked = workspace(&at.join("asked"));
        assert_eq!(m.find(Some(&asked), false).unwrap().root, asked);
        assert_eq!(m.find(Some(&at.join("nowhere")), false).unwrap_err().kind, Kind::Usage);
        assert!(m.find(None, true).unwrap().is_sandbox());
    }

    #[test]
    fn the_sandbox_starts_unasked_only_where_no_real_workspace_was_ever_used() {
        let temp = tempfile::tempdir().unwrap();
        let m = machine(temp.path());
        assert!(m.find(None, false).unwrap().is_sandbox());
        m.remember(&m.find(None, false).unwrap());
        assert!(m.find(None, false).unwrap().is_sandbox(), "using the sandbox is not using a real one");
        let real = workspace(&temp.path().join("real one"));
        m.remember(&m.find(Some(&real), false).unwrap());
        let e = m.find(None, false).unwrap_err();
        assert_eq!(e.kind, Kind::Usage);
        assert_eq!(e.next.unwrap(), format!("aigov -C '{}'", real.display()));
        assert!(m.find(None, true).unwrap().is_sandbox(), "asked for, it still starts");
    }

    #[test]
    fn a_user_may_say_who_they_are() {
        let temp = tempfile::tempdir().unwrap();
        let m = machine(temp.path());
        assert_eq!(m.person(), None);
        fs::create_dir_all(temp.path().join("config")).unwrap();
        for (text, is) in [("person = \"ada\"\n", Some("ada")), ("person = 7\n", None), ("person = \n", None)] {
            fs::write(temp.path().join("config").join(CONFIG), text).unwrap();
            assert_eq!(m.person().as_deref(), is, "{text}");
        }
    }

    #[test]
    fn the_state_folder_is_its_owners_alone_and_somebody_elses_is_not_used() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let temp = tempfile::tempdir().unwrap();
        let real = workspace(&temp.path().join("real"));
        let mode = |m: &Machine| fs::metadata(&m.state).unwrap().permissions().mode() & 0o777;
        let kept = machine(temp.path());
        fs::create_dir(&kept.state).unwrap();
        fs::set_permissions(&kept.state, fs::Permissions::from_mode(0o755)).unwrap();
        kept.remember(&kept.find(Some(&real), false).unwrap());
        assert_eq!(mode(&kept), 0o700, "it was made by an earlier version");
        let shared = Machine { shared: true, state: temp.path().join("tmp/aigov-1"), ..machine(temp.path()) };
        shared.remember(&shared.find(Some(&real), false).unwrap());
        assert_eq!((mode(&shared), shared.last_used()), (0o700, Some(real.clone())));
        // Anybody could have put these there.
        fs::set_permissions(&shared.state, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(shared.own_state().is_err() && shared.last_used().is_none());
        let linked = Machine { state: temp.path().join("tmp/aigov-2"), ..shared };
        symlink(&kept.state, &linked.state).unwrap();
        assert_eq!(linked.own_state().unwrap_err().kind, Kind::Usage);
        assert!(linked.last_used().is_none());
    }

    #[test]
    fn a_variable_that_names_nothing_never_falls_back_to_something_else() {
        let temp = tempfile::tempdir().unwrap();
        let m = Machine { variable: Some(temp.path().join("gone")), ..machine(temp.path()) };
        assert_eq!(m.find(None, false).unwrap_err().kind, Kind::Usage);
    }
}
