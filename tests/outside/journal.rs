//! A run's record as git has it, read without the program under test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aigov::run::record::{GENESIS, sha256_hex};
use git2::{Repository, Sort};
use serde_json::Value;

/// The first journal below a folder, with the branch of its newest run.
pub(crate) struct Journal {
    path: PathBuf,
}

impl Journal {
    /// Looks for it; none until the program has made one.
    pub(crate) fn below(folder: &Path) -> Option<Self> {
        let mut folders = vec![folder.to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).ok()?.flatten() {
                let path = entry.path();
                if path.is_dir() {
                    if path.extension().is_some_and(|e| e == "git") && path.join("HEAD").is_file() {
                        return Some(Self { path });
                    }
                    folders.push(path);
                }
            }
        }
        None
    }

    /// The repository's folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn repository(&self) -> Repository {
        Repository::open_bare(&self.path).unwrap()
    }

    /// Run ids with the name of their branch, oldest first.
    pub(crate) fn runs(&self) -> BTreeMap<String, String> {
        let repository = self.repository();
        let names = repository.references().unwrap();
        names
            .filter_map(|r| r.ok()?.name().ok().map(str::to_owned))
            .filter_map(|name| name.split_once("/run/").map(|(_, id)| (id.to_owned(), name.clone())))
            .collect()
    }

    /// The only run's id.
    pub(crate) fn only_run(&self) -> String {
        let runs = self.runs();
        assert_eq!(runs.len(), 1, "{runs:?}");
        runs.into_keys().next().unwrap()
    }

    /// How many appends a run has.
    pub(crate) fn appends(&self, run: &str) -> usize {
        let repository = self.repository();
        let Some(branch) = self.runs().remove(run) else { return 0 };
        let mut walk = repository.revwalk().unwrap();
        walk.push_ref(&branch).unwrap();
        walk.count()
    }

    /// Every record of a run in order, after its chain has been checked by hand.
    pub(crate) fn records(&self, run: &str) -> Vec<Value> {
        let repository = self.repository();
        let mut walk = repository.revwalk().unwrap();
        walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE).unwrap();
        walk.push_ref(&self.runs()[run]).unwrap();
        let mut prev = GENESIS.to_owned();
        let mut records = Vec::new();
        for id in walk {
            let commit = repository.find_commit(id.unwrap()).unwrap();
            for line in commit.message().unwrap().lines().filter(|l| l.starts_with('{')) {
                let record: Value = serde_json::from_str(line).unwrap();
                assert_eq!(record["prev"], prev.as_str(), "record {}", record["seq"]);
                assert_eq!(record["seq"], records.len(), "no gap");
                prev = sha256_hex(line.as_bytes());
                records.push(record);
            }
        }
        records
    }
}
