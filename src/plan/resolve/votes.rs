//! Whether unsigned votes count: only where nothing real can be reached.

use serde_json::{Map, Value};

use super::Resolver;
use crate::diag::{Diagnostic, code};
use crate::model::catalog::{Catalog, Holds, Key, Kind};
use crate::model::workspace::Settings;
use crate::plan::Votes;

impl Resolver<'_> {
    /// Unsigned votes count when asked for and every provider of the environment is on this machine.
    pub(super) fn votes(&mut self, demo: bool) -> Votes {
        let written = self.settings.demo.as_ref().filter(|d| d.value);
        if !demo && written.is_none() {
            return Votes::Signed;
        }
        let Some(outside) = outside(self.settings, self.catalog, self.environment, demo) else {
            return Votes::Unsigned;
        };
        if let Some(written) = written {
            let says = format!("`demo = true` does not count here: provider `{outside}` is not on this machine");
            let warning = Diagnostic::warning(code::BAD_VALUE, says)
                .at(&self.settings.source, written.span, "only signed votes count")
                .help("demo is for workspaces whose provider URLs are all loopback");
            self.push(warning);
        }
        Votes::Signed
    }
}

/// A provider of an environment that may reach beyond this machine. `sandbox` is for the sandbox's own files, where its
/// made-up name stands for a server inside the run; anywhere else that name is a name like any other.
#[must_use]
pub fn outside(settings: &Settings, catalog: Catalog, environment: &str, sandbox: bool) -> Option<String> {
    settings
        .providers
        .iter()
        .find(|(_, provider)| {
            let Some(of) = provider.environments.get(environment) else { return false };
            let kind = provider.kind.as_ref().and_then(|k| catalog.iter().find(|c| c.name == k.value));
            kind.is_none_or(|kind| !all_local(kind, &provider.shared.values, &of.values, sandbox))
        })
        .map(|(name, _)| name.value.clone())
}

fn all_local(kind: &Kind, shared: &Map<String, Value>, settings: &Map<String, Value>, sandbox: bool) -> bool {
    let urls = |keys: &[Key], values: &Map<String, Value>| {
        keys.iter()
            .filter(|k| k.holds == Holds::Url)
            .filter_map(|k| values.get(k.name))
            .all(|v| v.as_str().is_some_and(|u| is_local(u) || (sandbox && is_sandbox(u))))
    };
    urls(kind.settings, settings) && urls(kind.shared, shared)
}

/// Whether a URL's host is the sandbox's made-up name.
fn is_sandbox(url: &str) -> bool {
    let rest = url.strip_prefix("http://sandbox.test");
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a URL's host is this machine's loopback. Anything unusual is not.
fn is_local(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    if !matches!(scheme, "http" | "https") || authority.contains('@') {
        return false;
    }
    if let Some(port) = authority.strip_prefix("[::1]") {
        return port.is_empty() || port.starts_with(':');
    }
    let host = authority.split(':').next().unwrap_or_default();
    let parts: Vec<&str> = host.split('.').collect();
    let loopback = parts.len() == 4
        && parts.first() == Some(&"127")
        && parts.iter().all(|p| p.parse::<u8>().is_ok_and(|n| n.to_string() == *p));
    loopback || host == "localhost"
}

#[cfg(test)]
mod tests {
    use super::{is_local, is_sandbox};

    #[test]
    fn only_this_machine_is_local() {
        for url in [
            "http://127.0.0.1:8080/api",
            "https://127.9.8.7",
            "http://localhost:1/x",
            "http://[::1]:80/",
            "http://[::1]",
        ] {
            assert!(is_local(url), "{url}");
        }
        for url in [
            "https://flags.example.com",
            "http://127.0.0.1@flags.example.com/",
            "http://127.0.0.1.example.com/",
            "http://127.1/",
            "http://0127.0.0.1/",
            "http://localhost.example.com/",
            "http://127.0.0.1.evil.example",
            "http://localhost.evil",
            "http://[::1]:1@evil/",
            "http://sandbox.test/unleash",
            "http://[::1].example.com/",
            "ftp://127.0.0.1/",
            "127.0.0.1",
            "",
        ] {
            assert!(!is_local(url), "{url}");
        }
    }
    #[test]
    fn the_made_up_name_is_nothing_but_itself() {
        assert!(is_sandbox("http://sandbox.test/unleash") && is_sandbox("http://sandbox.test"));
        for url in [
            "http://sandbox.test.example.com/",
            "https://sandbox.test/",
            "http://sandbox.test:80/",
            "http://sandbox.test@x/",
        ] {
            assert!(!is_sandbox(url), "{url}");
        }
    }
}
