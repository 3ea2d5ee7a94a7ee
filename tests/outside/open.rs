//! One provider, opened as `cli` opens it, with its secrets in files that only this test knows.

use std::fs;

use aigov::port::{Provider, Providers as _};
use aigov::provider::{ProviderSettings, Set};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

/// An open provider and the folder of its secrets.
pub(crate) struct Opened {
    set: Set,
    _folder: TempDir,
}

impl Opened {
    /// A provider at this address.
    pub(crate) fn with(kind: &str, url: &str, secrets: &[(&str, &str)]) -> Self {
        Self::with_texts(kind, url, secrets, &[])
    }

    /// The same with further settings.
    pub(crate) fn with_texts(kind: &str, url: &str, secrets: &[(&str, &str)], texts: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        let mut settings: Map<String, Value> = Map::new();
        settings.insert("url".into(), json!(url));
        for (name, value) in texts {
            settings.insert((*name).into(), json!(value));
        }
        for (name, value) in secrets {
            fs::write(folder.path().join(name), format!("{value}\n")).unwrap();
            settings.insert((*name).into(), json!({ "file": name }));
        }
        let settings = ProviderSettings { name: "suite".into(), kind: kind.into(), shared: Map::new(), settings };
        let set = Set::open(vec![settings], folder.path().to_path_buf()).for_environment("production");
        Self { set, _folder: folder }
    }

    /// The provider.
    pub(crate) fn provider(&self) -> &dyn Provider {
        self.set.get("suite").unwrap_or_else(|f| panic!("{f}"))
    }
}
