//! The sandbox's folder: the world's file, its lock and the tokens.
//!
//! Owns durability: a change is answered only once the new file is synced and in its place, so that a process killed at
//! any moment loses nothing it has admitted. Must not know any dialect.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::exchange::Reply;
use super::world::World;
use crate::text::time::Instant;

const WORLD: &str = "sandbox-world.json";
const NEXT: &str = "sandbox-world.json.new";
const LOCK: &str = "sandbox-world.lock";
pub(super) const TOKEN: &str = "sandbox-token";
pub(super) const CLIENT_TOKEN: &str = "sandbox-client-token";

/// The folder of one sandbox.
#[derive(Clone, Debug)]
pub(super) struct Store {
    folder: PathBuf,
}

/// What the server requires of its callers.
pub(super) struct Tokens {
    all: SecretString,
    client: SecretString,
}

impl Tokens {
    pub(super) fn new(all: String, client: String) -> Self {
        Self { all: all.into(), client: client.into() }
    }

    /// Whether this is the token that opens everything.
    pub(super) fn is(&self, given: &str) -> bool {
        given == self.all.expose_secret()
    }

    /// Whether this is the token that reads flags as their consumers do.
    pub(super) fn is_client(&self, given: &str) -> bool {
        given == self.client.expose_secret()
    }
}

impl Store {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Makes what is missing, as `world` begins; `client` is the environment that the second token reads.
    pub(super) fn prepare(&self, client: &str, world: impl FnOnce() -> World) -> io::Result<bool> {
        fs::create_dir_all(&self.folder)?;
        let _lock = self.lock()?;
        // The second has the form in which consumers' tokens name their project and environment.
        for (name, scope) in [(TOKEN, String::new()), (CLIENT_TOKEN, format!("*:{client}."))] {
            if !self.folder.join(name).exists() {
                self.make_token(name, &scope)?;
            }
        }
        if self.folder.join(WORLD).exists() {
            return Ok(false);
        }
        self.write(&world())?;
        Ok(true)
    }

    pub(super) fn reset(&self, now: Instant) -> io::Result<()> {
        let _lock = self.lock()?;
        self.write(&World::new(now))
    }

    pub(super) fn tokens(&self) -> io::Result<Tokens> {
        let read = |name: &str| fs::read_to_string(self.folder.join(name)).map(|t| t.trim().to_owned());
        Ok(Tokens::new(read(TOKEN)?, read(CLIENT_TOKEN)?))
    }

    /// Lets `act` see and change the world, alone among all processes, and returns what it answers once a change is
    /// durable. Nothing is written where nothing changed.
    pub(super) fn change(&self, now: Instant, act: impl FnOnce(&mut World) -> Reply) -> io::Result<Reply> {
        let _lock = self.lock()?;
        let mut world = self.read()?;
        let before = world.clone();
        let reply = act(&mut world);
        world.settle(now);
        if world != before {
            self.write(&world)?;
        }
        Ok(reply)
    }

    /// The world as it stands.
    pub(super) fn look(&self) -> io::Result<World> {
        let _lock = self.lock()?;
        self.read()
    }

    /// Waits for the lock; it is freed when the file is dropped, also by a killed process.
    fn lock(&self) -> io::Result<File> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(self.folder.join(LOCK))?;
        file.lock()?;
        Ok(file)
    }

    fn read(&self) -> io::Result<World> {
        let path = self.folder.join(WORLD);
        let mut text = String::new();
        File::open(&path)?.read_to_string(&mut text)?;
        serde_json::from_slice(text.as_bytes()).map_err(|e| {
            let says =
                format!("{} is not a sandbox of this version ({e}); remove the file to begin anew", path.display());
            io::Error::new(io::ErrorKind::InvalidData, says)
        })
    }

    fn write(&self, world: &World) -> io::Result<()> {
        let next = self.folder.join(NEXT);
        let mut file = File::create(&next)?;
        file.write_all(&serde_json::to_vec_pretty(world)?)?;
        file.sync_all()?;
        fs::rename(&next, self.folder.join(WORLD))?;
        File::open(&self.folder)?.sync_all()
    }

    fn make_token(&self, name: &str, scope: &str) -> io::Result<()> {
        let mut bytes = [0_u8; 16];
        getrandom::fill(&mut bytes).map_err(|e| io::Error::other(format!("no randomness from the system: {e}")))?;
        let random: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(self.folder.join(name))?;
        file.write_all(format!("{scope}{random}").as_bytes())?;
        file.sync_all()
    }
}
