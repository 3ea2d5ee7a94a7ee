//! The sandbox over real HTTP: each dialect by exact requests and answers, and what survives a killed process.

mod argocd;
mod contract;
mod desk;
mod mlflow;
mod pagerduty;
mod prometheus;
mod unleash;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Clock, Disturb, Disturbance, Reply, Running, Sandbox};
use crate::text::time::{Instant, Millis};

const BEGAN: Instant = Instant(1_800_000_000_000);

/// A prepared folder, its server and a clock that stands until it is moved.
struct Stage {
    folder: TempDir,
    running: Running,
    time: Arc<AtomicI64>,
}

/// What came back.
#[derive(Debug, PartialEq)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    text: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Status and body as JSON.
    fn json(&self) -> (u16, Value) {
        (self.status, serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {:?}", self.text)))
    }
}

impl Stage {
    fn new() -> Self {
        Self::disturbed(Box::new(|_| Disturbance::None))
    }

    fn disturbed(disturb: Disturb) -> Self {
        let folder = tempfile::tempdir().unwrap();
        assert!(Sandbox::prepare(folder.path(), BEGAN).unwrap());
        let time = Arc::new(AtomicI64::new(BEGAN.0));
        let running = Sandbox::serve_disturbed(folder.path(), Self::clock(&time), disturb).unwrap();
        Self { folder, running, time }
    }

    fn clock(time: &Arc<AtomicI64>) -> Clock {
        let time = Arc::clone(time);
        Box::new(move || Instant(time.load(Ordering::SeqCst)))
    }

    /// A second server on the same folder, as another process would have.
    fn another(&self) -> Running {
        Sandbox::serve(self.folder.path(), Self::clock(&self.time)).unwrap()
    }

    fn pass(&self, time: Millis) {
        self.time.fetch_add(i64::try_from(time.0).unwrap(), Ordering::SeqCst);
    }

    fn token(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("sandbox-token")).unwrap()
    }

    fn client_token(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("sandbox-client-token")).unwrap()
    }

    async fn send(&self, request: &str, headers: &[(&str, &str)], body: &str) -> Option<Answer> {
        send(&self.running.origin, request, headers, body).await
    }

    /// A request with the token, and with JSON where there is a body.
    async fn ask(&self, request: &str, body: Option<Value>) -> Answer {
        let token = format!("Bearer {}", self.token());
        let text = body.map(|b| b.to_string()).unwrap_or_default();
        let mut headers = vec![("authorization", token.as_str())];
        if !text.is_empty() {
            headers.push(("content-type", "application/json"));
        }
        self.send(request, &headers, &text).await.unwrap()
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.ask(&format!("GET {path}"), None).await.json()
    }
}

/// One exchange on a connection of its own; none when it was closed before a whole answer.
async fn send(origin: &str, request: &str, headers: &[(&str, &str)], body: &str) -> Option<Answer> {
    let address = origin.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut text = format!("{request} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut back = Vec::new();
    stream.read_to_end(&mut back).await.ok()?;
    let back = String::from_utf8(back).unwrap();
    let (head, text) = back.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers: Vec<(String, String)> =
        lines.filter_map(|l| l.split_once(": ")).map(|(n, v)| (n.to_lowercase(), v.to_owned())).collect();
    let length = headers.iter().find(|(n, _)| n == "content-length").and_then(|(_, v)| v.parse::<usize>().ok());
    (length.unwrap_or(0) == text.len()).then(|| Answer { status, headers, text: text.to_owned() })
}

const REPLICAS: &str = "/desk/services/support-replies/replicas";

#[tokio::test]
async fn what_was_answered_survives_and_what_is_there_is_kept() {
    let stage = Stage::new();
    assert_eq!(stage.ask(&format!("PUT {REPLICAS}"), Some(json!({ "replicas": 0 }))).await.status, 200);
    let token = stage.token();
    let Stage { folder, running, time } = stage;
    drop(running);
    assert!(!Sandbox::prepare(folder.path(), BEGAN).unwrap(), "it was there already");
    let running = Sandbox::serve(folder.path(), Stage::clock(&time)).unwrap();
    let stage = Stage { folder, running, time };
    assert_eq!(stage.token(), token);
    assert_eq!(stage.get(REPLICAS).await.1["replicas"], 0);
    Sandbox::reset(stage.folder.path(), BEGAN).unwrap();
    assert_eq!(stage.get(REPLICAS).await.1["replicas"], 3);
    assert_eq!(stage.token(), token);
}

#[tokio::test]
async fn two_servers_share_one_world() {
    let stage = Stage::new();
    let other = stage.another();
    assert_ne!(other.origin, stage.running.origin);
    let bearer = format!("Bearer {}", stage.token());
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    for n in 0..10_u64 {
        let body = json!({ "replicas": n }).to_string();
        let put = send(&other.origin, &format!("PUT {REPLICAS}"), &headers, &body).await.unwrap();
        assert_eq!(put.status, 200);
        assert_eq!(stage.get(REPLICAS).await.1["replicas"], n);
    }
    // At the same moment: no note is lost.
    let note = |origin: String, key: String| {
        let bearer = bearer.clone();
        async move {
            let key = ("idempotency-key", key.as_str());
            let headers = [("authorization", bearer.as_str()), ("content-type", "application/json"), key];
            let body = json!({ "audience": "a", "text": "t" }).to_string();
            send(&origin, "POST /desk/statements", &headers, &body).await.unwrap().status
        }
    };
    let mut all = tokio::task::JoinSet::new();
    for n in 0..20 {
        let origin = if n % 2 == 0 { &stage.running.origin } else { &other.origin };
        all.spawn(note(origin.clone(), format!("k{n}")));
    }
    assert_eq!(all.join_all().await, [202; 20]);
    for n in 0..20 {
        assert_eq!(stage.get(&format!("/desk/statements/k{n}")).await.1["state"], "sent");
    }
}

#[tokio::test]
async fn a_half_written_file_of_a_killed_process_does_no_harm() {
    let stage = Stage::new();
    std::fs::write(stage.folder.path().join("sandbox-world.json.new"), "{ \"unle").unwrap();
    assert_eq!(stage.get(REPLICAS).await.0, 200);
    assert_eq!(stage.ask(&format!("PUT {REPLICAS}"), Some(json!({ "replicas": 1 }))).await.status, 200);
    assert_eq!(stage.get(REPLICAS).await.1["replicas"], 1);
}

#[tokio::test]
async fn a_world_that_cannot_be_kept_is_not_admitted() {
    let stage = Stage::new();
    // A folder in the place of the next file: it can't be made.
    std::fs::create_dir(stage.folder.path().join("sandbox-world.json.new")).unwrap();
    let refused = stage.ask(&format!("PUT {REPLICAS}"), Some(json!({ "replicas": 0 }))).await;
    assert_eq!(refused.status, 500);
    assert!(refused.text.starts_with("the sandbox could not keep its world: "), "{}", refused.text);
    assert_eq!(stage.get(REPLICAS).await.1["replicas"], 3, "reading goes on, and nothing has changed");
    std::fs::write(stage.folder.path().join("sandbox-world.json"), "{}").unwrap();
    let broken = stage.ask(&format!("GET {REPLICAS}"), None).await;
    assert_eq!(broken.status, 500);
    assert!(broken.text.contains("remove the file to begin anew"), "{}", broken.text);
}

#[cfg(unix)]
#[test]
fn tokens_are_their_owners_alone_and_differ() {
    use std::os::unix::fs::PermissionsExt;
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let mut seen = std::collections::BTreeSet::new();
    for folder in &folders {
        Sandbox::prepare(folder.path(), BEGAN).unwrap();
        for name in ["sandbox-token", "sandbox-client-token"] {
            let path = folder.path().join(name);
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            let token = std::fs::read_to_string(&path).unwrap();
            let random = token.strip_prefix("*:production.").unwrap_or(&token);
            // The first is a routing key too, which has 32 characters.
            assert!(random.len() == 32 && random.bytes().all(|b| b.is_ascii_hexdigit()), "{token}");
            assert_eq!(name == "sandbox-token", random == token);
            seen.insert(token);
        }
    }
    assert_eq!(seen.len(), 4);
}

#[test]
fn nothing_is_served_from_an_empty_folder() {
    let folder = tempfile::tempdir().unwrap();
    let served = Sandbox::serve(folder.path(), Box::new(|| BEGAN));
    assert_eq!(served.unwrap_err().kind(), std::io::ErrorKind::NotFound);
}

#[tokio::test]
async fn disturbances_reach_the_wire() {
    let stage = Stage::disturbed(Box::new(|asked| match asked.header("x-fault") {
        Some("late") => Disturbance::Late(Duration::from_millis(1)),
        Some("instead") => Disturbance::Instead(Reply::empty(429).with("retry-after", "7".to_owned())),
        Some("lost") => Disturbance::AnswerLost,
        Some("cut") => Disturbance::CutAfter(5),
        _ => Disturbance::None,
    }));
    let bearer = format!("Bearer {}", stage.token());
    let put = |fault: &'static str, replicas: u64| {
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json"), ("x-fault", fault)];
        let (stage, body) = (&stage, json!({ "replicas": replicas }).to_string());
        async move { stage.send(&format!("PUT {REPLICAS}"), &headers, &body).await }
    };
    assert_eq!(put("late", 9).await.unwrap().status, 200);
    let limited = put("instead", 8).await.unwrap();
    assert_eq!((limited.status, limited.header("retry-after")), (429, Some("7")));
    assert_eq!(stage.get(REPLICAS).await.1["replicas"], 9, "what is answered instead was not done");
    assert_eq!(put("lost", 7).await, None);
    assert_eq!(stage.get(REPLICAS).await.1["replicas"], 7, "a lost answer does not undo");
    assert_eq!(put("cut", 6).await, None);
    assert_eq!(stage.get(REPLICAS).await.1["replicas"], 6);
}

#[tokio::test]
async fn a_connection_is_used_again_and_large_bodies_are_refused() {
    let stage = Stage::new();
    let address = stage.running.origin.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    for _ in 0..3 {
        stream.write_all(format!("GET /unleash/health HTTP/1.1\r\nhost: {address}\r\n\r\n").as_bytes()).await.unwrap();
        let mut back = String::new();
        while !back.ends_with("{\"health\":\"GOOD\"}") {
            let mut part = [0; 1_024];
            let n = stream.read(&mut part).await.unwrap();
            assert_ne!(n, 0, "closed after {back:?}");
            back.push_str(std::str::from_utf8(&part[..n]).unwrap());
        }
        assert!(back.starts_with("HTTP/1.1 200 OK\r\n"));
    }
    let large = "x".repeat((1 << 20) + 1);
    let refused = stage.send("POST /desk/statements", &[], &large).await;
    assert_eq!(refused.map(|a| a.status), Some(413));
    assert_eq!(stage.ask("GET /nothing/here", None).await.status, 404);
}
