//! The one way out: every request of every adapter goes through [`Transport::send`].
//!
//! Owns clients, limits, the rule of what may be tried again, and redaction on the way in. Follows no redirects: a
//! redirected act would be a different act, and a redirected read is most often a login page. Must not know any vendor.

use std::cell::{OnceCell, RefCell};
use std::error::Error as _;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use litemap::LiteMap;
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Certificate, Client, Url};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;

use super::answer::{self, Answer, Fate};
use super::host::Watch;
use super::rate;
use super::request::{Header, Request, put};
use super::secret::Vault;
use crate::port::Fault;
use crate::text::safe;
use crate::text::time::Millis;

/// Most bytes of an answer that are read.
const MOST: usize = 8 * 1024 * 1024;
/// Time for a connection to be made, TLS included; within the call's own limit.
const CONNECT: Duration = Duration::from_secs(5);
/// Most tries of one request that may be repeated.
const TRIES: u32 = 3;
/// Most waits for a rate limit in one call.
const WAITS: u32 = 5;
/// Pause before the second try; doubles after each. Short in tests, which look at what is sent and never at the time.
const PAUSE: Duration = Duration::from_millis(if cfg!(test) { 2 } else { 200 });

/// When a call must be over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline(Instant);

impl Deadline {
    pub(super) fn after(limit: Millis) -> Self {
        Self(Instant::now() + limit.std())
    }

    /// The same, or sooner.
    pub(super) fn or_after(self, limit: Millis) -> Self {
        Self(self.0.min(Instant::now() + limit.std()))
    }

    fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}

/// Whether a request may be sent again after an answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// A read, an absolute value, or an act with a key that the provider deduplicates by.
    Harmless,
    /// A second time is a second effect.
    Never,
}

/// How far requests may go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Wherever the settings say.
    #[default]
    Anywhere,
    /// To this machine, and nowhere else: names are not resolved, proxies are not used, and sockets are bound to 127.0.0.1,
    /// from where the system itself gives no way out.
    Loopback,
    /// To these origins and nowhere else, without proxies.
    Only(Vec<String>),
}

impl Reach {
    /// Whether a request to this address may leave.
    fn allows(&self, url: &Url) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Loopback => url.host_str().is_some_and(is_v4_loopback),
            Self::Only(origins) => {
                let asked = url.origin();
                origins.iter().filter_map(|o| Url::parse(o).ok()).any(|o| o.origin() == asked)
            }
        }
    }
}

fn is_v4_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
}

/// Knows this machine and nothing else, without asking anybody.
#[derive(Debug)]
struct OnlyHere;

impl reqwest::dns::Resolve for OnlyHere {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let here = name.as_str() == "localhost";
        let says = format!("{} is outside this machine", safe::line(name.as_str()));
        Box::pin(async move {
            if here {
                let one = std::net::SocketAddr::from((std::net::Ipv4Addr::LOCALHOST, 0));
                Ok(Box::new(std::iter::once(one)) as reqwest::dns::Addrs)
            } else {
                Err(says.into())
            }
        })
    }
}

/// Sends requests.
pub(super) struct Transport {
    reach: Reach,
    vault: Vault,
    bundle: Option<PathBuf>,
    /// For this machine without TLS, for this machine with it, and for everything else.
    clients: [OnceCell<Client>; 3],
    /// What is seen of hosts, where somebody wants to know.
    watch: Option<Watch>,
    /// The time that each host said it has, in milliseconds since 1970, and when it said so.
    served: RefCell<LiteMap<String, (i64, Instant)>>,
}

enum Tried {
    Answered(Box<reqwest::Response>),
    NotSent { says: String, again: bool },
    Lost(String),
}

impl Transport {
    /// `bundle` is a file of further certificates to trust, in PEM.
    pub(super) fn new(vault: Vault, bundle: Option<PathBuf>) -> Self {
        Self {
            reach: Reach::Anywhere,
            vault,
            bundle,
            clients: Default::default(),
            watch: None,
            served: RefCell::default(),
        }
    }

    /// Another way out, that goes no farther.
    #[must_use]
    pub(super) fn within(&self, reach: Reach) -> Self {
        let anew = Self::new(Vault::new(self.vault.folder().to_owned()), self.bundle.clone());
        Self { reach, ..anew }
    }

    /// Another way out to the same, that keeps what is seen of hosts and asks each only a few questions at a time.
    #[must_use]
    pub(super) fn watching(&self) -> Self {
        let anew = Self::new(Vault::new(self.vault.folder().to_owned()), self.bundle.clone());
        Self { watch: Some(Watch::default()), reach: self.reach.clone(), ..anew }
    }

    pub(super) const fn watch(&self) -> Option<&Watch> {
        self.watch.as_ref()
    }

    /// By how many milliseconds each host that said what time it has is ahead of `now`.
    pub(super) fn clocks(&self, now: i64) -> Vec<(String, i64)> {
        let ahead = |(served, at): &(i64, Instant)| {
            let elapsed = i64::try_from(at.elapsed().as_millis()).unwrap_or(0);
            served.saturating_add(elapsed).saturating_sub(now)
        };
        self.served.borrow().iter().map(|(host, seen)| (host.clone(), ahead(seen))).collect()
    }

    pub(super) const fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Sends a request and says what came of it. Never fails otherwise.
    pub(super) async fn send(&self, request: &Request, until: Deadline, again: Again) -> Answer {
        let mut requests = 0;
        let (mut tries, mut waits) = (0_u32, 0_u32);
        let mut earlier = false;
        loop {
            let mut answer = self.once(request, until).await;
            requests += answer.0.requests;
            answer.0.requests = requests;
            answer.0.earlier = earlier;
            let (mut answer, next) = answer;
            let wait = match next {
                Next::Over => return answer,
                // Too Many Requests is said before anything is processed, so any request may be repeated after it.
                Next::AfterLimit(wait) => {
                    waits += 1;
                    if waits > WAITS || wait >= until.left() {
                        answer.says = format!("{} (asked to wait {} s)", answer.says, wait.as_secs_f64().ceil());
                        return answer;
                    }
                    wait
                }
                Next::IfHarmless(wait) => {
                    tries += 1;
                    let wait = wait.unwrap_or(PAUSE * 2_u32.pow(tries - 1));
                    if again == Again::Never || tries >= TRIES || wait >= until.left() {
                        return answer;
                    }
                    earlier = true;
                    wait
                }
                Next::NotSent => {
                    tries += 1;
                    let wait = PAUSE * 2_u32.pow(tries - 1);
                    if tries >= TRIES || wait >= until.left() {
                        return answer;
                    }
                    wait
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    async fn once(&self, request: &Request, until: Deadline) -> (Answer, Next) {
        let built = match self.build(request).await {
            Ok(built) => built,
            Err(fault) => return (Answer::not_sent(fault.says, fault.help), Next::Over),
        };
        let host = self.clean(&origin(&request.url));
        let _turn = match &self.watch {
            Some(watch) => watch.turn(&host).await,
            None => None,
        };
        let tried = self.attempt(built, &host, until).await;
        if let (Some(watch), Tried::NotSent { says, .. } | Tried::Lost(says)) = (&self.watch, &tried) {
            watch.failed(&host, &self.clean(says));
        }
        let mut response = match tried {
            Tried::Answered(response) => response,
            Tried::NotSent { says, again } => {
                let answer = Answer { requests: 1, ..Answer::not_sent(self.clean(&says), None) };
                return (answer, if again { Next::NotSent } else { Next::Over });
            }
            Tried::Lost(says) => {
                let answer = Answer { fate: Fate::Lost, requests: 1, ..Answer::not_sent(self.clean(&says), None) };
                return (answer, Next::IfHarmless(None));
            }
        };
        let status = response.status().as_u16();
        let served = rate::served(response.headers());
        let limit = rate::wait(response.headers(), served);
        if let Some(served) = served {
            self.served.borrow_mut().insert(host.clone(), (served, Instant::now()));
        }
        if let Some(watch) = &self.watch {
            let certificate = response.extensions().get::<reqwest::tls::TlsInfo>().and_then(|t| t.peer_certificate());
            watch.answered(&host, status, served, certificate);
        }
        let location = response.headers().get("location").map(|l| String::from_utf8_lossy(l.as_bytes()).into_owned());
        let coded = response.headers().get("content-encoding").is_some_and(|e| e != "identity");
        let (raw, cut) = read(&mut response, until).await;
        // A compressed echo of a secret can't be searched; nobody asked for compression.
        let (raw, cut) = if coded { (Vec::new(), Some("is compressed, which was not asked for")) } else { (raw, cut) };
        let body = self.vault.redactor().bytes(&raw);
        let mut answer = Answer {
            fate: Fate::Answered { status, whole: cut.is_none() },
            altered: body != raw,
            body,
            requests: 1,
            served,
            ..Answer::not_sent(String::new(), None)
        };
        answer.says = self.describe(&answer, cut, location.as_deref());
        answer.help = help(status).map(str::to_owned);
        if status == 401 {
            self.vault.forget();
        }
        let next = match status {
            429 => Next::AfterLimit(limit.unwrap_or(Duration::from_secs(1))),
            500..=599 => Next::IfHarmless(limit),
            200..=299 if cut.is_some() && !coded => Next::IfHarmless(None),
            _ => Next::Over,
        };
        (answer, next)
    }

    fn describe(&self, answer: &Answer, cut: Option<&str>, location: Option<&str>) -> String {
        let status = answer.status().unwrap_or_default();
        let mut says = format!("HTTP {status}");
        if let Some(reason) = reqwest::StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()) {
            says.push(' ');
            says.push_str(reason);
        }
        if let (300..=399, Some(location)) = (status, location) {
            says.push_str(&format!(", a redirect to {}, which is not followed", self.clean(location)));
        } else if !answer.succeeded() && !answer.body.is_empty() {
            says.push_str(": ");
            says.push_str(&answer::excerpt(&answer.body));
        }
        if let Some(cut) = cut {
            says.push_str(&format!("; the answer {cut}"));
        }
        says
    }

    async fn attempt(&self, built: reqwest::Request, host: &str, until: Deadline) -> Tried {
        let client = match self.client(built.url()) {
            Ok(client) => client,
            Err(fault) => return Tried::NotSent { says: fault.says, again: false },
        };
        match tokio::time::timeout(until.left(), client.execute(built)).await {
            Ok(Ok(response)) => Tried::Answered(Box::new(response)),
            Ok(Err(e)) if e.is_builder() => {
                Tried::NotSent { says: format!("the request to {host} could not be built: {}", root(&e)), again: false }
            }
            Ok(Err(e)) if e.is_connect() => {
                let why = root(&e);
                let why = if e.is_dns() { format!("the name is not known ({why})") } else { why };
                let again = refused(&e);
                Tried::NotSent { says: format!("no connection to {host}: {why}"), again }
            }
            Ok(Err(e)) => Tried::Lost(format!("{host} gave no answer after the request was sent: {}", root(&e))),
            Err(_) => Tried::Lost(format!("{host} gave no answer in time")),
        }
    }

    async fn build(&self, request: &Request) -> Result<reqwest::Request, Fault> {
        let wrong = |why: String| Fault {
            says: format!("the request to {} can't be built: {why}", safe::excerpt(&request.url, 200)),
            help: None,
            before_sending: true,
        };
        let url = Url::parse(&request.url).map_err(|e| wrong(e.to_string()))?;
        let method = reqwest::Method::from_bytes(request.method.name().as_bytes()).map_err(|e| wrong(e.to_string()))?;
        let mut built = reqwest::Request::new(method, url);
        let headers = built.headers_mut();
        for (name, value) in &request.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|e| wrong(e.to_string()))?;
            let value = match value {
                Header::Plain(text) => HeaderValue::from_str(text).map_err(|e| wrong(e.to_string()))?,
                Header::Sealed(prefix, reference) => {
                    let secret = self.vault.fetch(reference).await?;
                    let text = SecretString::from(format!("{prefix}{}", secret.expose()));
                    let mut value = HeaderValue::from_str(text.expose_secret())
                        .map_err(|_| wrong("a secret does not fit into a header".to_owned()))?;
                    value.set_sensitive(true);
                    value
                }
            };
            headers.insert(name, value);
        }
        headers.entry("accept").or_insert(HeaderValue::from_static("application/json"));
        if let Some(body) = &request.body {
            headers.entry("content-type").or_insert(HeaderValue::from_static("application/json"));
            let mut body = body.clone();
            for (member, reference) in &request.sealed {
                let secret = self.vault.fetch(reference).await?;
                put(&mut body, member, secret.expose().to_owned());
            }
            *built.body_mut() = Some(body.to_string().into());
        }
        Ok(built)
    }

    fn client(&self, url: &Url) -> Result<&Client, Fault> {
        if !self.reach.allows(url) {
            return Err(Fault {
                says: format!("{} is outside what this drill may reach", self.clean(&origin(url.as_str()))),
                help: Some("a drill reaches this machine, or exactly the hosts of a staging environment".to_owned()),
                before_sending: true,
            });
        }
        let tls = url.scheme() == "https";
        // What listens on this machine is never reached through a proxy.
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let local = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        let [here, here_tls, outside] = &self.clients;
        let cell = match (local, tls) {
            (true, false) => here,
            (true, true) => here_tls,
            (false, _) => outside,
        };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let built = self.make(tls, local)?;
        Ok(cell.get_or_init(|| built))
    }

    fn make(&self, tls: bool, local: bool) -> Result<Client, Fault> {
        // An error means that a provider is installed already, which is what is wanted.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let basic = || {
            let builder = Client::builder()
                .user_agent(concat!("aigov/", env!("CARGO_PKG_VERSION")))
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .tls_info(self.watch.is_some())
                .referer(false)
                .connect_timeout(CONNECT);
            let builder = if local || self.reach != Reach::Anywhere { builder.no_proxy() } else { builder };
            if self.reach != Reach::Loopback {
                return builder;
            }
            let here = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
            builder.dns_resolver(std::sync::Arc::new(OnlyHere)).local_address(here)
        };
        let failed = |what: &str, e: &dyn std::fmt::Display| Fault {
            says: format!("{what}: {}", safe::line(&e.to_string())),
            help: None,
            before_sending: true,
        };
        if local && !tls {
            // No roots: reading the machine's certificate store costs more than the request. Outside, even a plain
            // address may be reached through a proxy that itself needs TLS.
            return basic().tls_certs_only([]).build().map_err(|e| failed("no HTTP client", &e));
        }
        let more = match &self.bundle {
            None => Vec::new(),
            Some(path) => {
                let what = format!("the certificates in {}", safe::line(&path.to_string_lossy()));
                let pem = std::fs::read(path).map_err(|e| failed(&what, &e))?;
                let found = Certificate::from_pem_bundle(&pem).map_err(|e| failed(&what, &e))?;
                if found.is_empty() {
                    return Err(failed(&what, &"there are none"));
                }
                found
            }
        };
        // The machine's own store first, so that a company's own authority counts; a scratch container has none.
        if let Ok(client) = basic().tls_certs_merge(more.clone()).build() {
            return Ok(client);
        }
        let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().filter_map(|der| Certificate::from_der(der).ok());
        basic().tls_certs_only(roots.chain(more)).build().map_err(|e| failed("no HTTPS client", &e))
    }

    fn clean(&self, text: &str) -> String {
        safe::excerpt(&self.vault.redactor().text(text), 300)
    }
}

enum Next {
    Over,
    AfterLimit(Duration),
    IfHarmless(Option<Duration>),
    NotSent,
}

/// Scheme, host and port of an address.
pub(super) fn origin(url: &str) -> String {
    url.split('/').take(3).collect::<Vec<_>>().join("/")
}

/// Reads a body up to the limit; the second value says why it is not whole.
async fn read(response: &mut reqwest::Response, until: Deadline) -> (Vec<u8>, Option<&'static str>) {
    let mut body = Vec::new();
    loop {
        match tokio::time::timeout(until.left(), response.chunk()).await {
            Err(_) => return (body, Some("did not arrive whole in time")),
            Ok(Err(_)) => return (body, Some("broke off")),
            Ok(Ok(None)) => return (body, None),
            Ok(Ok(Some(chunk))) => {
                if body.len() + chunk.len() > MOST {
                    body.extend_from_slice(chunk.get(..MOST - body.len()).unwrap_or(&chunk));
                    return (body, Some("is longer than 8 MiB"));
                }
                body.extend_from_slice(&chunk);
            }
        }
    }
}

/// The innermost cause; the outer ones only repeat the address.
fn root(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// Whether a connection failed for a reason that a moment can change.
fn refused(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(next) = cause {
        if let Some(io) = next.downcast_ref::<std::io::Error>() {
            return matches!(io.kind(), std::io::ErrorKind::ConnectionRefused | std::io::ErrorKind::ConnectionReset);
        }
        cause = next.source();
    }
    false
}

/// What to do about a status that speaks for itself.
const fn help(status: u16) -> Option<&'static str> {
    match status {
        401 => Some("the credential was not accepted: check the secret"),
        407 => Some("a proxy asks for a credential: see HTTPS_PROXY and NO_PROXY"),
        _ => None,
    }
}

/// A transport shared by the adapters of a workspace.
pub(super) type Shared = Rc<Transport>;

#[cfg(test)]
mod tests;
