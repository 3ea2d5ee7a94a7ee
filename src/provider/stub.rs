//! A server for tests that can do everything wrong: raw TCP, so that answers may be late, cut, lost, or no HTTP at all.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// What a handler answers.
pub(super) enum Reply {
    /// A status and a JSON body.
    Json(u16, Value),
    /// A status, header lines and a body.
    Text(u16, Vec<(&'static str, String)>, String),
    /// These bytes, then the end of the connection.
    Raw(Vec<u8>),
    /// Ends the connection without a byte.
    Drop,
    /// Announces a longer body than it sends, then ends the connection.
    Cut(u16, String),
    /// Never answers.
    Hang,
    /// Waits, then answers.
    Late(Duration, Box<Reply>),
}

/// A request that arrived.
#[derive(Clone, Debug)]
pub(super) struct Got {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: String,
}

impl Got {
    /// `METHOD /path?query`.
    pub(super) fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }
}

type Handler = Arc<Mutex<dyn FnMut(&Got) -> Reply + Send>>;

/// A listening server; ends with the runtime.
pub(super) struct Stub {
    pub(super) url: String,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Stub {
    pub(super) async fn start(handler: impl FnMut(&Got) -> Reply + Send + 'static) -> Self {
        Self::serve(handler, None).await
    }

    /// With a certificate of the server's own making for `localhost`.
    pub(super) async fn start_tls(handler: impl FnMut(&Got) -> Reply + Send + 'static) -> (Self, String) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let stub = Self::serve(handler, Some(tokio_rustls::TlsAcceptor::from(Arc::new(config)))).await;
        (stub, made.cert.pem())
    }

    async fn serve(
        handler: impl FnMut(&Got) -> Reply + Send + 'static,
        tls: Option<tokio_rustls::TlsAcceptor>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let handler: Handler = Arc::new(Mutex::new(handler));
        let got = Arc::new(Mutex::new(Vec::new()));
        let url = if tls.is_some() { format!("https://localhost:{port}") } else { format!("http://127.0.0.1:{port}") };
        let seen = Arc::clone(&got);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (handler, seen, tls) = (Arc::clone(&handler), Arc::clone(&seen), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => talk(socket, handler, seen).await,
                        Some(tls) => {
                            if let Ok(socket) = tls.accept(socket).await {
                                talk(socket, handler, seen).await;
                            }
                        }
                    }
                });
            }
        });
        Self { url, got }
    }

    /// What arrived so far.
    pub(super) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    /// `METHOD /path` of what arrived so far.
    pub(super) fn lines(&self) -> Vec<String> {
        self.got().iter().map(Got::line).collect()
    }
}

async fn talk(mut socket: impl AsyncRead + AsyncWrite + Unpin, handler: Handler, seen: Arc<Mutex<Vec<Got>>>) {
    while let Some(got) = receive(&mut socket).await {
        seen.lock().unwrap().push(got.clone());
        let mut reply = (handler.lock().unwrap())(&got);
        while let Reply::Late(wait, then) = reply {
            tokio::time::sleep(wait).await;
            reply = *then;
        }
        let written = match reply {
            Reply::Json(status, body) => {
                let headers = vec![("Content-Type", "application/json".to_owned())];
                socket.write_all(&message(status, &headers, &body.to_string(), 0)).await
            }
            Reply::Text(status, headers, body) => socket.write_all(&message(status, &headers, &body, 0)).await,
            Reply::Raw(bytes) => {
                let _ = socket.write_all(&bytes).await;
                let _ = socket.shutdown().await;
                return;
            }
            Reply::Cut(status, body) => {
                let _ = socket.write_all(&message(status, &[], &body, 100)).await;
                let _ = socket.shutdown().await;
                return;
            }
            Reply::Hang => return std::future::pending().await,
            Reply::Drop | Reply::Late(..) => return,
        };
        if written.is_err() {
            return;
        }
    }
}

fn message(status: u16, headers: &[(&str, String)], body: &str, more: usize) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n", body.len() + more);
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}

async fn receive(socket: &mut (impl AsyncRead + Unpin)) -> Option<Got> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break end;
        }
        let mut chunk = [0; 4096];
        match socket.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(n) => bytes.extend_from_slice(&chunk[..n]),
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: BTreeMap<String, String> =
        lines.filter_map(|l| l.split_once(": ").map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned()))).collect();
    let length: usize = headers.get("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        let mut chunk = [0; 4096];
        match socket.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(n) => body.extend_from_slice(&chunk[..n]),
        }
    }
    Some(Got { method, target, headers, body: String::from_utf8_lossy(&body).into_owned() })
}
