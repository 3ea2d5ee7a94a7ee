//! The published schemas: which there are, and where a workspace keeps them.
//!
//! Owns the files below `.aigov/schema/`, which the first line of each TOML file names for editors.

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::Value;

use super::error::CliError;
use crate::model::schema;
use crate::{provider, run};

/// What has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// runbooks/**/*.toml
    Runbook,
    /// automations/*.toml
    Automation,
    /// people.toml
    People,
    /// aigov.toml
    Workspace,
    /// runbooks/gameday/*.toml
    Scenario,
    /// One record of the journal
    Event,
}

impl Kind {
    /// As typed, and as the file is called.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Runbook => "runbook",
            Self::Automation => "automation",
            Self::People => "people",
            Self::Workspace => "workspace",
            Self::Scenario => "scenario",
            Self::Event => "event",
        }
    }

    /// The schema.
    #[must_use]
    pub(crate) fn schema(self) -> Value {
        match self {
            Self::Runbook => schema::runbook(),
            Self::Automation => schema::automation(),
            Self::People => schema::people(),
            Self::Workspace => schema::workspace(provider::catalog()),
            Self::Scenario => schema::scenario(),
            Self::Event => run::schema::event(),
        }
    }
}

/// Where a workspace keeps its schemas.
#[must_use]
pub(crate) fn folder(workspace: &Path) -> PathBuf {
    workspace.join(".aigov").join("schema")
}

/// Writes schemas into a workspace and returns their paths. A file that is right already is not touched.
///
/// # Errors
/// A file or its folder can't be written.
pub(crate) fn write(workspace: &Path, kinds: &[Kind]) -> Result<Vec<PathBuf>, CliError> {
    let folder = folder(workspace);
    let failed = |at: &Path, e| CliError::failed(format!("{} can't be written", at.display())).because(e);
    fs::create_dir_all(&folder).map_err(|e| failed(&folder, e))?;
    let mut written = Vec::new();
    for kind in kinds {
        let path = folder.join(format!("{}.json", kind.name()));
        let text = format!("{:#}\n", kind.schema());
        if !fs::read(&path).is_ok_and(|known| known == text.as_bytes()) {
            fs::write(&path, &text).map_err(|e| failed(&path, e))?;
        }
        written.push(path);
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_is_written_and_one_that_is_right_is_left_alone() {
        let temp = tempfile::tempdir().unwrap();
        let written = write(temp.path(), Kind::value_variants()).unwrap();
        assert_eq!(written.len(), Kind::value_variants().len());
        for (kind, path) in Kind::value_variants().iter().zip(&written) {
            assert!(path.ends_with(format!(".aigov/schema/{}.json", kind.name())), "{}", path.display());
            let text = fs::read_to_string(path).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), kind.schema());
            assert!(text.ends_with("}\n"), "a text file ends with a line end");
        }
        let mut locked = fs::metadata(&written[0]).unwrap().permissions();
        locked.set_readonly(true);
        fs::set_permissions(&written[0], locked).unwrap();
        fs::write(&written[1], "old").unwrap();
        assert_eq!(write(temp.path(), Kind::value_variants()).unwrap(), written);
        assert_eq!(
            serde_json::from_slice::<Value>(&fs::read(&written[1]).unwrap()).unwrap(),
            Kind::Automation.schema()
        );
    }
}
