//! The sandbox's world served by the test itself, to a workspace that takes it for real: `demo = true`, every address on
//! loopback. The test sees each request before it is carried out and may disturb it, or do something to the program at
//! exactly that moment.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

use aigov::provider::sandbox::{Asked, Disturbance, PLACEHOLDER, Sandbox};
use aigov::text::time::Instant;
use tokio::sync::oneshot;

use crate::program::Home;

/// Decides what happens to the n-th request, from 0.
type Rule = Box<dyn FnMut(usize, &Asked) -> Disturbance + Send>;

struct Inside {
    seen: Vec<Asked>,
    rule: Rule,
}

/// The running world.
pub(crate) struct World {
    origin: String,
    folder: PathBuf,
    inside: Arc<Mutex<Inside>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[expect(clippy::disallowed_methods, reason = "the world outside the program has a clock of its own")]
fn now() -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Instant(i64::try_from(since.as_millis()).unwrap())
}

impl World {
    /// Makes the world beside the desk, serves it, and writes a workspace on the desk that speaks of it.
    pub(crate) fn new(home: &Home) -> Self {
        let folder = home.all().join("world");
        fs::create_dir(&folder).unwrap();
        Sandbox::prepare(&folder, now()).unwrap();
        let inside = Arc::new(Mutex::new(Inside { seen: Vec::new(), rule: Box::new(|_, _| Disturbance::None) }));
        let (stop, stopped) = oneshot::channel();
        let (started, origin) = std::sync::mpsc::channel();
        let (shared, at) = (Arc::clone(&inside), folder.clone());
        let thread = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async move {
                let disturb = move |asked: &Asked| {
                    let mut inside = shared.lock().unwrap();
                    let n = inside.seen.len();
                    inside.seen.push(asked.clone());
                    (inside.rule)(n, asked)
                };
                let running = Sandbox::serve_disturbed(&at, Box::new(now), Box::new(disturb)).unwrap();
                started.send(running.origin.clone()).unwrap();
                // Ends when the test lets go of the other end.
                let _ = stopped.await;
            });
        });
        let world = Self { origin: origin.recv().unwrap(), folder, inside, stop: Some(stop), thread: Some(thread) };
        world.write_workspace(home);
        world
    }

    fn write_workspace(&self, home: &Home) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for name in ["aigov.toml", "people.toml", "automations/support-replies.toml"] {
            let text = fs::read_to_string(root.join("templates/sandbox").join(name)).unwrap();
            home.write(name, &text.replace(PLACEHOLDER, &self.origin));
        }
        for entry in fs::read_dir(&self.folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if name.ends_with("token") {
                fs::copy(&path, home.desk().join(name)).unwrap();
            }
        }
        let shipped = fs::read_to_string(root.join("runbooks/incident/hallucination.toml")).unwrap();
        home.write("runbooks/incident/hallucination.toml", &hurried(&shipped));
        home.write("answers.toml", ANSWERS);
    }

    /// Where it answers.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Where its tokens lie.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// From now on, this decides.
    pub(crate) fn rule(&self, rule: impl FnMut(usize, &Asked) -> Disturbance + Send + 'static) {
        self.inside.lock().unwrap().rule = Box::new(rule);
    }

    /// Every request so far.
    pub(crate) fn seen(&self) -> Vec<Asked> {
        self.inside.lock().unwrap().seen.clone()
    }

    /// How many requests there were so far.
    pub(crate) fn count(&self) -> usize {
        self.inside.lock().unwrap().seen.len()
    }

    /// The tokens that nothing may show.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap().to_str().unwrap().ends_with("token") {
                found.push(fs::read_to_string(path).unwrap().trim().to_owned());
            }
        }
        assert!(!found.is_empty() && found.iter().all(|s| s.len() >= 16), "a secret worth looking for");
        found
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // A panic in there has already been said.
            let _ = thread.join();
        }
    }
}

/// Facts, and the severity confirmed; votes never come from here.
pub(crate) const ANSWERS: &str = "schema = 1
severity = \"proposed\"
fix-author = \"sam\"
[facts]
harm = true
exposed = 1843
[checks]
hand-sample = 0
";

/// The shipped runbook with every wait on the world cut to seconds, and three seconds for each step; nothing else is
/// changed.
pub(crate) fn hurried(shipped: &str) -> String {
    let mut text = shipped.to_owned();
    for (slow, quick) in [
        ("for = \"15m\"", "for = \"1s\""),
        ("for = \"1h\"", "for = \"1s\""),
        ("soak = \"2h\"", "soak = \"1s\""),
        ("within  = \"30s\"", "within = \"3s\""),
        ("within = \"60s\"", "within = \"3s\""),
        ("do  = \"deploy.freeze\"", "do  = \"deploy.freeze\"\nwithin = \"3s\""),
        ("do  = \"page.send\"", "do  = \"page.send\"\nwithin = \"3s\""),
        ("do = \"layer.rollback\"", "do = \"layer.rollback\"\nwithin = \"3s\""),
        ("do = \"statement.publish\"", "do = \"statement.publish\"\nwithin = \"3s\""),
    ] {
        assert!(text.contains(slow), "the shipped runbook no longer says {slow}");
        text = text.replace(slow, quick);
    }
    text
}
