//! The listener: HTTP/1.1 on a free port of 127.0.0.1, one task per connection.
//!
//! Owns the way from bytes to a dialect and back, and the one place where faults come in. Must not know what a dialect
//! answers.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::task::{JoinHandle, JoinSet};

use super::exchange::{Asked, Reply};
use super::store::{Store, Tokens};
use super::world::World;
use super::{argocd, desk, endpoints, mlflow, pagerduty, prometheus, unleash};
use crate::text::time::Instant;

/// The largest body that is read.
const MOST: usize = 1 << 20;

/// Where the server's time comes from.
pub type Clock = Box<dyn Fn() -> Instant + Send + Sync>;

/// Asked about each request before it is carried out: the seam for faults.
pub type Disturb = Box<dyn Fn(&Asked) -> Disturbance + Send + Sync>;

/// What happens to one request on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disturbance {
    /// Nothing out of the ordinary.
    None,
    /// It is carried out and answered after this time.
    Late(Duration),
    /// It is carried out only after this time, and then answered.
    After(Duration),
    /// It is not carried out; this is answered.
    Instead(Reply),
    /// It is carried out, and the connection is closed before an answer.
    AnswerLost,
    /// It is carried out; of the answer's body only so many bytes are sent before the connection is closed.
    CutAfter(usize),
    /// It is not carried out, and the connection is closed before an answer.
    Lost,
    /// It is answered as if it were carried out, and is not.
    Pretended,
    /// This is carried out in its place.
    Altered(Asked),
    /// It is carried out with another value than it says where the system holds values of any kind; elsewhere it is answered
    /// as if it were carried out, and is not.
    Otherwise,
    /// It is carried out; what stood before is kept for [`Disturbance::Stale`].
    Remembered,
    /// It is answered from what stood before the last [`Disturbance::Remembered`].
    Stale,
}

/// A server that runs until this is dropped.
#[derive(Debug)]
pub struct Running {
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub origin: String,
    accepting: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // The set of connections belongs to this task and ends with it.
        self.accepting.abort();
    }
}

struct Service {
    store: Store,
    tokens: Tokens,
    now: Clock,
    disturb: Disturb,
    before: Mutex<Option<World>>,
}

pub(super) fn serve(store: Store, now: Clock, disturb: Disturb) -> io::Result<Running> {
    let tokens = store.tokens()?;
    let listener = std::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    listener.set_nonblocking(true)?;
    let origin = format!("http://{}", listener.local_addr()?);
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let service = Arc::new(Service { store, tokens, now, disturb, before: Mutex::new(None) });
    let accepting = tokio::spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        let _ = stream.set_nodelay(true);
                        connections.spawn(connection(stream, Arc::clone(&service)));
                    }
                    // Out of descriptors: the next attempt may do better, a busy loop would not.
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                },
                Some(_) = connections.join_next() => {}
            }
        }
    });
    Ok(Running { origin, accepting })
}

async fn connection(stream: tokio::net::TcpStream, service: Arc<Service>) {
    let answer = service_fn(|request| {
        let service = Arc::clone(&service);
        async move { service.answer(request).await }
    });
    // An error here is a connection that the other side or a disturbance has closed.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
}

/// A connection that is to be closed without a full answer.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("closed by a disturbance")
    }
}

impl std::error::Error for Cut {}

type Body = http_body_util::combinators::BoxBody<Bytes, Cut>;

impl Service {
    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Body>, Cut> {
        let (parts, body) = request.into_parts();
        let Ok(body) = Limited::new(body, MOST).collect().await else {
            return Ok(respond(Reply::text(413, "text/plain", "the body is cut off or too large\n"), None));
        };
        let target = parts.uri.path_and_query().map_or("/", |p| p.as_str());
        let headers = parts
            .headers
            .iter()
            .map(|(n, v)| (n.as_str().to_owned(), String::from_utf8_lossy(v.as_bytes()).into_owned()))
            .collect();
        let asked = Asked::new(parts.method.as_str(), target, headers, body.to_bytes().to_vec());
        match (self.disturb)(&asked) {
            Disturbance::None => Ok(respond(self.carry_out(&asked), None)),
            Disturbance::Late(time) => {
                let reply = self.carry_out(&asked);
                tokio::time::sleep(time).await;
                Ok(respond(reply, None))
            }
            Disturbance::After(time) => {
                tokio::time::sleep(time).await;
                Ok(respond(self.carry_out(&asked), None))
            }
            Disturbance::Instead(reply) => Ok(respond(reply, None)),
            Disturbance::AnswerLost => {
                self.carry_out(&asked);
                Err(Cut)
            }
            Disturbance::CutAfter(bytes) => Ok(respond(self.carry_out(&asked), Some(bytes))),
            Disturbance::Lost => Err(Cut),
            Disturbance::Otherwise if endpoints::are_asked(&asked) => {
                let act = |world: &mut World, _| endpoints::answer(&mut world.endpoints, &asked, &self.tokens, true);
                Ok(respond(self.change(act), None))
            }
            Disturbance::Pretended | Disturbance::Otherwise => Ok(respond(self.pretend(&asked), None)),
            Disturbance::Altered(other) => Ok(respond(self.carry_out(&other), None)),
            Disturbance::Remembered => {
                let world = self.store.look().ok();
                *self.before.lock().unwrap_or_else(PoisonError::into_inner) = world;
                Ok(respond(self.carry_out(&asked), None))
            }
            Disturbance::Stale => {
                let before = self.before.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let reply = match before {
                    Some(mut world) => route(&mut world, &asked, &self.tokens, (self.now)()),
                    None => self.carry_out(&asked),
                };
                Ok(respond(reply, None))
            }
        }
    }

    /// Answers from the world and changes nothing in it.
    fn pretend(&self, asked: &Asked) -> Reply {
        match self.store.look() {
            Ok(mut world) => route(&mut world, asked, &self.tokens, (self.now)()),
            Err(_) => self.carry_out(asked),
        }
    }

    fn carry_out(&self, asked: &Asked) -> Reply {
        self.change(|world, now| route(world, asked, &self.tokens, now))
    }

    fn change(&self, act: impl FnOnce(&mut World, Instant) -> Reply) -> Reply {
        let now = (self.now)();
        self.store
            .change(now, |world| act(world, now))
            .unwrap_or_else(|e| Reply::text(500, "text/plain", &format!("the sandbox could not keep its world: {e}\n")))
    }
}

fn route(world: &mut World, asked: &Asked, tokens: &Tokens, now: Instant) -> Reply {
    match asked.segments.first().map(String::as_str) {
        Some("unleash") => unleash::answer(&mut world.unleash, asked, tokens, now),
        Some("argocd") => argocd::answer(&mut world.argocd, asked, tokens, now),
        Some("mlflow") => mlflow::answer(&mut world.mlflow, asked, tokens, now),
        Some("pagerduty") => pagerduty::answer(&mut world.pagerduty, asked, tokens, now),
        Some("prometheus") => prometheus::answer(world, asked, tokens, now),
        Some("desk") => desk::answer(world, asked, tokens, now),
        Some(endpoints::NAME) => endpoints::answer(&mut world.endpoints, asked, tokens, false),
        _ => Reply::text(404, "text/plain", "the sandbox has no system of this name\n"),
    }
}

fn respond(reply: Reply, cut: Option<usize>) -> Response<Body> {
    let whole = Bytes::from(reply.body);
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    let body = match cut {
        None => Full::new(whole).map_err(|e: Infallible| match e {}).boxed(),
        Some(bytes) => {
            response = response.header("content-length", whole.len().to_string());
            CutBody { left: Some(whole.slice(..bytes.min(whole.len()))) }.boxed()
        }
    };
    // Names and values are the dialects' own, so that building can only fail on a value that quotes a request.
    response.body(body).unwrap_or_else(|_| {
        let mut plain = Response::new(Full::new(Bytes::new()).map_err(|e: Infallible| match e {}).boxed());
        *plain.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
        plain
    })
}

/// A body that breaks off.
struct CutBody {
    left: Option<Bytes>,
}

impl hyper::body::Body for CutBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, Cut>>> {
        std::task::Poll::Ready(Some(match self.left.take() {
            Some(bytes) => Ok(hyper::body::Frame::data(bytes)),
            None => Err(Cut),
        }))
    }
}
