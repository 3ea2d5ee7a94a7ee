//! The providers of a workspace for one environment, opened when first asked for.
//!
//! Owns which adapter serves which kind. Opening reads settings only: no secret is fetched and nothing is connected.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::rc::Rc;

use litemap::LiteMap;
use serde_json::{Map, Value};

use super::answer::fault;
use super::link::Opening;
use super::request::{Base, Request, Table};
use super::secret::Vault;
use super::transport::{Again, Deadline, Reach, Shared, Transport, origin};
use super::{argocd, http, mlflow, pagerduty, prometheus, unleash};
use crate::model::catalog::{Catalog, Holds};
use crate::plan::checked::Checked;
use crate::port::{Fault, Provider, Providers};
use crate::text::safe;
use crate::text::time::{Instant, Millis};

/// All kinds, in the order in which they are listed to people.
static CATALOG: [crate::model::catalog::Kind; 6] =
    [unleash::KIND, argocd::KIND, mlflow::KIND, pagerduty::KIND, prometheus::KIND, http::KIND];

/// The kinds of provider that this program knows.
#[must_use]
pub fn catalog() -> Catalog {
    &CATALOG
}

/// One provider as `aigov.toml` has it.
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderSettings {
    /// Its name in `[providers.NAME]`.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Keys that stand beside `kind`.
    pub shared: Map<String, Value>,
    /// The table of the environment; empty where it has none.
    pub settings: Map<String, Value>,
}

/// A machine that providers live on, and what was seen of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Scheme, host and port.
    pub origin: String,
    first_page: String,
    /// The providers that live there.
    pub providers: Vec<String>,
    /// Reach, certificate, clock.
    pub found: Vec<Checked>,
}

struct Entry {
    settings: ProviderSettings,
    opened: OnceCell<Result<Box<dyn Provider>, Fault>>,
}

/// The providers of a workspace for one environment.
pub struct Set {
    entries: Vec<Entry>,
    transport: Shared,
    environment: Option<String>,
}

impl Set {
    /// Takes the settings of one environment. Relative secret files and secret commands start in `workspace`.
    #[must_use]
    pub fn open(settings: Vec<ProviderSettings>, workspace: PathBuf) -> Self {
        Self::with_bundle(settings, workspace, None)
    }

    /// The same, trusting the certificates of a PEM file besides the machine's own.
    #[must_use]
    pub fn with_bundle(settings: Vec<ProviderSettings>, workspace: PathBuf, bundle: Option<PathBuf>) -> Self {
        let entries = settings.into_iter().map(|settings| Entry { settings, opened: OnceCell::new() }).collect();
        let transport = Rc::new(Transport::new(Vault::new(workspace), bundle));
        Self { entries, transport, environment: None }
    }

    /// Names the environment these settings are for: an order for another one is refused before anything is sent.
    #[must_use]
    pub fn for_environment(mut self, environment: &str) -> Self {
        self.environment = Some(environment.to_owned());
        self
    }

    /// The same, with a way out that goes no farther than this.
    #[must_use]
    pub fn within(mut self, reach: Reach) -> Self {
        self.transport = Rc::new(self.transport.within(reach));
        // What was open has the old way out.
        for entry in &mut self.entries {
            entry.opened = OnceCell::new();
        }
        self
    }

    /// Keeps what is seen of hosts while they are asked, for [`Set::addresses`].
    #[must_use]
    pub fn watched(mut self) -> Self {
        self.transport = Rc::new(self.transport.watching());
        // What was open has the old way out.
        for entry in &mut self.entries {
            entry.opened = OnceCell::new();
        }
        self
    }

    /// Every address of the settings, each once, with what was seen there until `now`. One that nobody had reason to ask is
    /// asked for its first page, without any credential.
    pub async fn addresses(&self, limit: Millis, now: impl Fn() -> Instant) -> Vec<Address> {
        let mut all: LiteMap<String, Address> = LiteMap::new();
        for entry in &self.entries {
            let keys = CATALOG.iter().find(|k| k.name == entry.settings.kind).map_or(&[][..], |k| k.settings);
            for key in keys.iter().filter(|k| k.holds == Holds::Url) {
                let Some(text) = entry.settings.settings.get(key.name).and_then(Value::as_str) else { continue };
                // One that can't be used is told where the provider is opened.
                let Ok(base) = Base::parse(text) else { continue };
                let origin = origin(&base.at("/"));
                let address = all.entry(origin.clone()).or_insert_with(|| Address {
                    origin,
                    first_page: base.at("/"),
                    providers: Vec::new(),
                    found: Vec::new(),
                });
                if !address.providers.contains(&entry.settings.name) {
                    address.providers.push(entry.settings.name.clone());
                }
            }
        }
        let Some(watch) = self.transport.watch() else { return Vec::new() };
        let mut all: Vec<Address> = all.into_iter().map(|(_, value)| value).collect();
        let until = Deadline::after(limit);
        let unasked = all.iter().filter(|a| !watch.knows(&a.origin)).map(|address| async move {
            let first =
                Request::get(address.first_page.clone(), "see whether something answers").header("Accept", "*/*");
            self.transport.send(&first, until, Again::Harmless).await
        });
        futures_util::future::join_all(unasked).await;
        for address in &mut all {
            address.found = watch.judged(&address.origin, now().0);
        }
        all
    }

    /// A text without the secrets that were fetched so far.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        self.transport.vault().redactor().text(text)
    }

    fn make(&self, of: &ProviderSettings) -> Result<Box<dyn Provider>, Fault> {
        let name = safe::line(&of.name);
        if of.settings.is_empty() {
            let of = self.environment.as_deref().map_or_else(String::new, |e| format!(" `{}`", safe::line(e)));
            return Err(fault(
                format!("provider {name} has no settings for the environment{of}"),
                Some("add the environment's table below [providers.…] in aigov.toml"),
            ));
        }
        let what = format!("provider {name}");
        let opening = Opening {
            name: &of.name,
            shared: Table { what: &what, map: &of.shared },
            settings: Table { what: &what, map: &of.settings },
            transport: &self.transport,
            environment: self.environment.as_deref(),
        };
        Ok(match of.kind.as_str() {
            "unleash" => Box::new(unleash::Unleash::open(&opening)?),
            "argocd" => Box::new(argocd::ArgoCd::open(&opening)?),
            "mlflow" => Box::new(mlflow::Mlflow::open(&opening)?),
            "pagerduty" => Box::new(pagerduty::PagerDuty::open(&opening)?),
            "prometheus" => Box::new(prometheus::Prometheus::open(&opening)?),
            "http" => Box::new(http::Http::open(&opening)?),
            other => {
                let known: Vec<&str> = CATALOG.iter().map(|k| k.name).collect();
                return Err(fault(
                    format!("{what} is of kind `{}`, which this program does not know", safe::line(other)),
                    Some(&format!("known kinds: {}", known.join(", "))),
                ));
            }
        })
    }
}

impl Providers for Set {
    fn get(&self, name: &str) -> Result<&dyn Provider, Fault> {
        let entry = self.entries.iter().find(|e| e.settings.name == name).ok_or_else(|| {
            fault(
                format!("there is no provider `{}`", safe::line(name)),
                Some("name one of [providers.…] in aigov.toml, or add it there"),
            )
        })?;
        match entry.opened.get_or_init(|| self.make(&entry.settings)) {
            Ok(provider) => Ok(provider.as_ref()),
            Err(fault) => Err(fault.clone()),
        }
    }

    fn clocks(&self, now: Instant) -> Vec<(String, i64)> {
        self.transport.clocks(now.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::checked::{Aspect, Standing};
    use crate::provider::stub::{Reply, Stub};
    use serde_json::json;

    fn entry(name: &str, kind: &str, settings: &Value) -> ProviderSettings {
        let settings = settings.as_object().cloned().unwrap_or_default();
        ProviderSettings { name: name.into(), kind: kind.into(), shared: Map::new(), settings }
    }

    #[test]
    fn what_cannot_be_opened_says_why_and_nothing_is_sent() {
        let secret = json!({ "env": "AIGOV_TEST_NOT_THERE" });
        let set = Set::open(
            vec![
                entry("good", "unleash", &json!({ "url": "https://a.example", "token": secret })),
                entry("bare", "unleash", &json!({})),
                entry("odd", "launchpad", &json!({ "url": "https://a.example" })),
                entry("open", "mlflow", &json!({ "url": "https://me:hunter2@a.example" })),
                entry("told", "mlflow", &json!({ "url": "https://a.example", "token": "hunter2" })),
            ],
            PathBuf::from("."),
        )
        .for_environment("production");
        assert!(set.get("good").is_ok());
        for (name, why) in [
            ("bare", "`production`"),
            ("odd", "launchpad"),
            ("open", "credentials"),
            ("told", "reference"),
            ("none", "no provider `none`"),
        ] {
            let fault = set.get(name).err().unwrap();
            assert!(fault.says.contains(why) && !fault.says.contains("hunter2"), "{name}: {fault}");
            assert!(fault.before_sending && fault.help.is_some(), "{name}");
        }
    }

    #[test]
    fn every_kind_of_the_catalog_can_be_opened() {
        let settings = json!({ "url": "https://a.example", "rest-url": "https://b.example",
            "token": { "env": "A" }, "routing-key": { "env": "B" } });
        for kind in catalog() {
            let set = Set::open(vec![entry("x", kind.name, &settings)], PathBuf::from("."));
            assert!(set.get("x").is_ok(), "{}", kind.name);
        }
    }

    const TWO: i64 = 1_795_399_200_000; // 2026-11-23 02:00:00 UTC

    async fn addresses(url: &str, bundle: Option<PathBuf>) -> Vec<Address> {
        let folder = tempfile::tempdir().unwrap();
        let entries = vec![
            entry("one", "prometheus", &json!({ "url": format!("{url}/metrics") })),
            entry("two", "mlflow", &json!({ "url": format!("{url}/models") })),
        ];
        let set = Set::with_bundle(entries, folder.path().to_owned(), bundle).watched();
        set.addresses(Millis(5_000), || Instant(TWO)).await
    }

    fn standing(address: &Address, aspect: Aspect) -> Vec<Standing> {
        address.found.iter().filter(|c| c.aspect == aspect).map(|c| c.is).collect()
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_host_is_asked_once_for_all_that_live_on_it_and_its_clock_is_read() {
        for (date, is) in [
            ("Mon, 23 Nov 2026 02:00:10 GMT", Standing::Ok),
            ("Mon, 23 Nov 2026 02:02:00 GMT", Standing::Wrong),
            ("Mon, 23 Nov 2026 01:58:00 GMT", Standing::Wrong),
        ] {
            let stub = Stub::start(move |_| Reply::Text(404, vec![("Date", date.into())], String::new())).await;
            let found = addresses(&stub.url, None).await;
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].providers, ["one", "two"]);
            assert_eq!(standing(&found[0], Aspect::Clock), [is], "{date}: {:?}", found[0].found);
            assert_eq!(standing(&found[0], Aspect::Reach), [Standing::Ok]);
            assert_eq!(stub.lines().len(), 1, "{:?}", stub.lines());
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_certificate_that_is_refused_is_told_from_a_host_that_is_not_there() {
        let (stub, pem) = Stub::start_tls(|_| Reply::Json(200, json!({}))).await;
        let refused = addresses(&stub.url, None).await;
        assert_eq!(standing(&refused[0], Aspect::Tls), [Standing::Wrong], "{:?}", refused[0].found);
        assert_eq!(standing(&refused[0], Aspect::Reach), []);
        let folder = tempfile::tempdir().unwrap();
        let bundle = folder.path().join("ca.pem");
        std::fs::write(&bundle, pem).unwrap();
        let trusted = addresses(&stub.url, Some(bundle)).await;
        assert_eq!(standing(&trusted[0], Aspect::Tls), [Standing::Ok], "{:?}", trusted[0].found);
        assert!(trusted[0].found.iter().any(|c| c.says.contains("ends in")), "{:?}", trusted[0].found);
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let nobody = addresses(&format!("http://127.0.0.1:{port}"), None).await;
        assert_eq!(standing(&nobody[0], Aspect::Reach), [Standing::Wrong], "{:?}", nobody[0].found);
    }
}
