//! The only place that reads the environment and the current folder, and makes what the verbs work with.

use std::cell::OnceCell;
use std::env;
use std::io::{IsTerminal as _, stderr, stdin, stdout};
use std::path::PathBuf;
use std::rc::Rc;

use super::args::Global;
use super::error::CliError;
use super::files::{self, Loaded};
use super::place::{Machine, Place};
use super::ports::{now, process_key};
use super::protected::Protected;
use crate::journal::{ProcessKey, Readers, RunInfo, Store};
use crate::model::workspace::Settings;
use crate::provider;
use crate::rehearse::Course;
use crate::text::time::Instant;
use crate::ui::{Look, Screen};

/// Who the operator of the sandbox is when nobody says otherwise.
const SANDBOX_OPERATOR: &str = "olga";

/// What a verb works with.
#[derive(Debug)]
pub(crate) struct Context {
    /// What is known of the machine.
    pub machine: Machine,
    /// The workspace that is spoken of.
    pub place: Place,
    /// Whether JSON is wanted.
    pub json: bool,
    /// Where things are shown.
    pub screen: Screen,
    /// When the command began.
    pub now: Instant,
    loaded: OnceCell<Loaded>,
    core: OnceCell<Loaded>,
    protected: OnceCell<Protected>,
    key: OnceCell<Option<ProcessKey>>,
    /// The time of the drill that is spoken of; none where it is about what is real, or about the sandbox.
    drill: Option<Rc<Course>>,
}

/// An environment variable that says something.
#[expect(clippy::disallowed_methods, reason = "this is cli::context")]
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|v| !v.is_empty())
}

/// Whether the command line is only to be completed: the shells' scripts say so.
#[must_use]
pub(crate) fn completing() -> bool {
    variable("AIGOV_COMPLETE").is_some()
}

/// Who sits at this machine, as it calls them.
#[must_use]
pub(crate) fn user() -> Option<String> {
    variable("USER").or_else(|| variable("LOGNAME"))
}

/// Where an ssh-agent listens.
#[must_use]
pub(crate) fn agent() -> Option<PathBuf> {
    variable("SSH_AUTH_SOCK").map(PathBuf::from)
}

/// A path as typed, `~/` meaning what a shell would have made of it.
#[must_use]
pub(crate) fn from_home(typed: &str) -> PathBuf {
    match (typed.strip_prefix("~/"), variable("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(typed),
    }
}

/// The screen, before any workspace is known.
#[must_use]
pub(crate) fn screen() -> Screen {
    let columns = variable("COLUMNS")
        .and_then(|c| c.parse().ok())
        .or_else(|| rustix::termios::tcgetwinsize(stderr()).ok().map(|s| usize::from(s.ws_col)).filter(|w| *w > 0));
    Screen::new(Look::decide(
        variable("NO_COLOR").is_some(),
        variable("TERM").as_deref(),
        columns,
        [stdin().is_terminal(), stdout().is_terminal(), stderr().is_terminal()],
        false,
    ))
}

fn machine() -> Machine {
    // Without HOME the user database knows it: what this machine has used must not be forgotten because of an environment.
    let home = variable("HOME").map(PathBuf::from).or_else(env::home_dir).filter(|h| h.is_absolute());
    let below = |name: &str, under: &str| {
        variable(name).map(PathBuf::from).filter(|p| p.is_absolute()).or_else(|| home.as_ref().map(|h| h.join(under)))
    };
    let kept = below("XDG_STATE_HOME", ".local/state").map(|s| s.join("aigov"));
    let shared = kept.is_none();
    // The temporary folder is everybody's, so each user has one of their own there.
    let own = super::place::user().map_or_else(|| "aigov".to_owned(), |id| format!("aigov-{id}"));
    let state = kept.unwrap_or_else(|| env::temp_dir().join(own));
    Machine {
        current: env::current_dir().unwrap_or_default(),
        variable: variable("AIGOV_WORKSPACE").map(PathBuf::from),
        user: below("XDG_CONFIG_HOME", ".config").map(|p| p.join("aigov")),
        machine: PathBuf::from("/etc/aigov"),
        state,
        shared,
    }
}

impl Context {
    /// For a command with these global arguments.
    ///
    /// # Errors
    /// There is no workspace that it could speak of.
    pub(crate) fn open(global: &Global) -> Result<Self, CliError> {
        let machine = machine();
        let place = machine.find(global.directory.as_deref(), global.sandbox)?;
        if place.is_sandbox() {
            machine.own_state()?;
        }
        let screen = screen().in_sandbox(place.is_sandbox());
        Ok(Self {
            machine,
            screen,
            json: global.json,
            now: now(),
            place,
            loaded: OnceCell::new(),
            core: OnceCell::new(),
            protected: OnceCell::new(),
            key: OnceCell::new(),
            drill: None,
        })
    }

    /// The same, about a drill: its journal, its time, its mark.
    #[must_use]
    pub(crate) fn in_drill(&self, course: Rc<Course>) -> Self {
        Self {
            machine: self.machine.clone(),
            screen: self.screen.in_drill(),
            json: self.json,
            now: course.now(),
            place: self.place.clone(),
            loaded: OnceCell::new(),
            core: OnceCell::new(),
            protected: OnceCell::new(),
            key: self.key.clone(),
            drill: Some(course),
        }
    }

    /// The time of the drill that is spoken of, if one is.
    #[must_use]
    pub(crate) const fn course(&self) -> Option<&Rc<Course>> {
        self.drill.as_ref()
    }

    /// Whether a run of the journal is among what is spoken of: in a drill the drills, otherwise everything else. The sandbox
    /// keeps both on the same branches.
    #[must_use]
    pub(crate) fn concerns(&self, run: &RunInfo) -> bool {
        run.practice.is_some() == self.drill.is_some()
    }

    /// What time it is now where this is about: in a drill, the drill's.
    #[must_use]
    pub(crate) fn time(&self) -> Instant {
        self.drill.as_ref().map_or_else(now, |course| course.now())
    }

    /// The workspace's files, read once. What protects people is as strict in its settings as what is committed.
    pub(crate) fn loaded(&self) -> &Loaded {
        self.loaded.get_or_init(|| self.held(files::load(&self.place, provider::catalog())))
    }

    /// `aigov.toml` and `people.toml` alone, for what needs no other file; from the whole, where that has been read.
    pub(crate) fn core(&self) -> &Loaded {
        let part = || self.held(files::load_part(&self.place, provider::catalog(), &[]));
        self.loaded.get().unwrap_or_else(|| self.core.get_or_init(part))
    }

    fn held(&self, mut loaded: Loaded) -> Loaded {
        if let Some(settings) = loaded.workspace.settings.as_mut().filter(|_| !self.place.is_sandbox()) {
            let written = settings.roster.as_ref().map(|r| r.value.clone());
            let protected = self.protected.get_or_init(|| Protected::read(&self.place.root, written));
            loaded.problems.extend(protected.hold(settings));
        }
        loaded
    }

    /// What is committed about who may vote.
    pub(crate) fn protected(&self) -> &Protected {
        // Which refs have a say stands in the settings, too.
        self.core();
        self.protected.get_or_init(|| Protected::read(&self.place.root, None))
    }

    /// The folder of the journal.
    #[must_use]
    pub(crate) fn journal_path(&self) -> PathBuf {
        if self.place.is_sandbox() {
            self.journal_by(None)
        } else {
            self.journal_by(self.core().workspace.settings.as_ref())
        }
    }

    /// Where the journal lies according to these settings of a workspace.
    #[must_use]
    pub(crate) fn journal_by(&self, settings: Option<&Settings>) -> PathBuf {
        let configured = settings.and_then(|s| s.journal.path.as_ref()).map(|p| p.value.clone());
        // An absolute path takes the root's place.
        configured.map_or_else(|| self.place.root.join(".aigov/journal.git"), |p| self.place.root.join(p))
    }

    /// The journal, for commands that only read.
    #[must_use]
    pub(crate) fn journal(&self) -> Store {
        self.dressed(Store::open(&self.journal_path(), self.drill.is_some() || self.place.is_sandbox()))
    }

    /// The journal, made where it is missing.
    #[must_use]
    pub(crate) fn journal_for_writing(&self) -> Store {
        // Emergency files go there, and in the sandbox everything.
        self.machine.make_state();
        let drill = self.drill.is_some() || self.place.is_sandbox();
        self.dressed(Store::open_or_create(&self.journal_path(), drill))
    }

    /// The same journal's drills, which have branches of their own.
    #[must_use]
    pub(crate) fn drills(&self) -> Store {
        self.dressed(Store::open(&self.journal_path(), true))
    }

    /// The same, made where it is missing.
    #[must_use]
    pub(crate) fn drills_for_writing(&self) -> Store {
        self.machine.make_state();
        self.dressed(Store::open_or_create(&self.journal_path(), true))
    }

    fn dressed(&self, store: Store) -> Store {
        let folders = [self.machine.state.join("emergency"), env::temp_dir()];
        let journal = self.core().workspace.settings.as_ref().filter(|_| !self.place.is_sandbox()).map(|s| &s.journal);
        let remote = journal.and_then(|j| j.remote.as_ref()).map(|r| r.value.clone());
        // A drill opens no way out: its remote lies on this machine, or is named as the drills'.
        let remote = match journal.and_then(|j| j.drills.as_ref()) {
            Some(drills) if store.is_drill() => Some(drills.value.clone()),
            _ if store.is_drill() => remote.filter(|r| super::drill::is_here(r)),
            _ => remote,
        };
        let key = self.key.get_or_init(process_key).clone();
        let store = store.with_marks(&self.machine.state.join("heads"));
        store.with_emergency_folders(&folders).with_remote(remote).with_readers(self.readers()).with_key(key)
    }

    /// Whom payloads are encrypted to: each person's key for that, or else their signing keys. Nobody in the sandbox, where
    /// nothing is anybody's secret.
    pub(crate) fn readers(&self) -> Readers {
        let people = self.core().workspace.people.as_ref().filter(|_| !self.place.is_sandbox());
        let persons = people.into_iter().flat_map(|p| p.persons.iter());
        Readers::of(persons.map(|(name, p)| (name.value.as_str(), p.readable_with(self.now))))
    }

    /// Who acts: whom `--as` names; in the sandbox its operator; otherwise nobody known.
    ///
    /// # Errors
    /// `--as` where votes are signed, or a name that nobody has.
    pub(crate) fn person(
        &self,
        asked: Option<&str>,
        unsigned: bool,
        known: &[&str],
    ) -> Result<Option<String>, CliError> {
        match asked {
            None if self.place.is_sandbox() => Ok(Some(SANDBOX_OPERATOR.to_owned())),
            None => Ok(None),
            Some(_) if !unsigned => Err(CliError::new(
                super::error::Kind::Refused,
                "--as names people in the sandbox and in demonstrations only; here a person is known by a key",
            )
            .hint("try it where nothing is real: add --sandbox")),
            Some(name) if known.contains(&name) => Ok(Some(name.to_owned())),
            Some(name) => {
                let near = crate::text::suggest::nearest(name, known.iter().copied());
                let error =
                    CliError::usage(format!("nobody is called `{}` in people.toml", crate::text::safe::line(name)));
                Err(match near {
                    Some(near) => error.hint(format!("did you mean `{near}`?")),
                    None => error.hint(format!("there is {}", crate::text::suggest::list(known.iter().copied()))),
                })
            }
        }
    }

    /// Whose waiting gates are looked for: whom `--as` names, the sandbox's operator, or who this user's configuration says
    /// they are. Shows, and never votes.
    ///
    /// # Errors
    /// `--as` with a name that nobody of people.toml has.
    pub(crate) fn reader(&self, asked: Option<&str>) -> Result<Option<String>, CliError> {
        let people = self.core().workspace.people.as_ref();
        match asked {
            Some(_) => {
                let known: Vec<&str> = people.map_or_else(Vec::new, |p| p.persons.names().collect());
                self.person(asked, true, &known)
            }
            None if self.place.is_sandbox() => self.person(None, true, &[]),
            None => {
                let known = |name: &String| people.is_some_and(|p| p.persons.get(name).is_some());
                Ok(self.machine.person().filter(known))
            }
        }
    }

    /// A command with what it needs to find this workspace again.
    #[must_use]
    pub(crate) fn command(&self, words: &str) -> String {
        format!("aigov {words}{}", self.place.suffix)
    }
}
