//! The server that `aigov` and its peers are measured against: HTTP/1.1 on 127.0.0.1, one thread per connection,
//! keep-alive, no Nagle, so that it is not the floor. Only the standard library: `rustc -O mock.rs`.
//!
//! usage: mock PORT DELAY-MS
//!
//! Prints `listening PORT` (0 picks a free one). Each request is answered after the delay, which is slept.
//!
//! - `POST /evidence/SOURCE/snapshots` with an `Idempotency-Key`: 201 and a sealed snapshot under that key.
//! - `GET /evidence/SOURCE/snapshots/KEY`: 200 and the snapshot, or 404.
//! - `PUT /controls/NAME`: 200, and what was put is there; `GET /controls/NAME`: 200 and that, or `{"on":true}`.
//! - `POST /controls`: 200, and every control is as it was at the beginning. Not counted, not delayed.
//! - `GET /count`: how many requests and connections there were since the last `POST /count`, which puts both to zero.
//!   Neither is counted or delayed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

struct Mock {
    delay: Duration,
    requests: AtomicU64,
    connections: AtomicU64,
    sealed: Mutex<BTreeSet<String>>,
    controls: Mutex<BTreeMap<String, String>>,
}

struct Request {
    method: String,
    path: String,
    key: String,
    body: String,
    close: bool,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |what: &str| -> u64 {
        arguments.next().and_then(|a| a.parse().ok()).unwrap_or_else(|| {
            eprintln!("usage: mock PORT DELAY-MS ({what} is missing or no number)");
            std::process::exit(2);
        })
    };
    let (port, delay) = (number("PORT"), number("DELAY-MS"));
    let listener = TcpListener::bind(("127.0.0.1", u16::try_from(port).expect("a port is below 65536")));
    let listener = listener.unwrap_or_else(|e| panic!("127.0.0.1:{port}: {e}"));
    println!("listening {}", listener.local_addr().expect("a bound listener has an address").port());
    let mock = Arc::new(Mock {
        delay: Duration::from_millis(delay),
        requests: AtomicU64::new(0),
        connections: AtomicU64::new(0),
        sealed: Mutex::new(BTreeSet::new()),
        controls: Mutex::new(BTreeMap::new()),
    });
    for stream in listener.incoming().flatten() {
        let mock = Arc::clone(&mock);
        // A connection that breaks off is its client's business.
        std::thread::spawn(move || drop(serve(&mock, stream)));
    }
}

fn serve(mock: &Mock, stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut out = stream.try_clone()?;
    let mut input = BufReader::new(stream);
    let mut first = true;
    while let Some(request) = read(&mut input)? {
        let (status, body) = if request.path == "/count" {
            count(mock, &request.method)
        } else if request.path == "/controls" && request.method == "POST" {
            mock.controls.lock().unwrap_or_else(PoisonError::into_inner).clear();
            ("200 OK", "{}".to_owned())
        } else {
            mock.connections.fetch_add(u64::from(first), Ordering::Relaxed);
            mock.requests.fetch_add(1, Ordering::Relaxed);
            first = false;
            let answer = answer(mock, &request);
            if !mock.delay.is_zero() {
                std::thread::sleep(mock.delay);
            }
            answer
        };
        let length = body.len();
        // One write, so that the answer is one packet.
        out.write_all(
            format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
                .as_bytes(),
        )?;
        if request.close {
            break;
        }
    }
    Ok(())
}

fn count(mock: &Mock, method: &str) -> (&'static str, String) {
    let read = |n: &AtomicU64| if method == "POST" { n.swap(0, Ordering::Relaxed) } else { n.load(Ordering::Relaxed) };
    let (requests, connections) = (read(&mock.requests), read(&mock.connections));
    ("200 OK", format!("{{\"requests\":{requests},\"connections\":{connections}}}"))
}

fn answer(mock: &Mock, request: &Request) -> (&'static str, String) {
    if request.path.starts_with("/controls/") {
        let mut controls = mock.controls.lock().unwrap_or_else(PoisonError::into_inner);
        if request.method == "PUT" {
            controls.insert(request.path.clone(), request.body.clone());
        }
        let held = controls.get(&request.path).cloned();
        return ("200 OK", held.unwrap_or_else(|| "{\"on\":true}".to_owned()));
    }
    let mut sealed = mock.sealed.lock().unwrap_or_else(PoisonError::into_inner);
    match request.method.as_str() {
        "POST" if request.path.ends_with("/snapshots") => {
            let at = format!("{}/{}", request.path, request.key);
            sealed.insert(at);
            ("201 Created", format!("{{\"key\":\"{}\",\"state\":\"sealed\"}}", request.key))
        }
        "GET" if sealed.contains(&request.path) => ("200 OK", "{\"state\":\"sealed\"}".to_owned()),
        _ => ("404 Not Found", "{\"error\":\"there is nothing at this address\"}".to_owned()),
    }
}

/// The next request; none when the client is done.
fn read(input: &mut impl BufRead) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    if input.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut request = Request { method, path, key: String::new(), body: String::new(), close: false };
    let mut length = 0;
    loop {
        let mut header = String::new();
        if input.read_line(&mut header)? == 0 || header.trim().is_empty() {
            break;
        }
        let Some((name, value)) = header.split_once(':') else { continue };
        match (name.to_ascii_lowercase().as_str(), value.trim()) {
            ("content-length", value) => length = value.parse().unwrap_or(0),
            ("idempotency-key", value) => request.key = value.to_owned(),
            ("connection", value) => request.close = value.eq_ignore_ascii_case("close"),
            _ => {}
        }
    }
    input.take(length).read_to_string(&mut request.body)?;
    Ok(Some(request))
}
