//! What others leave for a run that another process holds, on branches of their own, `left/RUN/NONCE`: one commit each, as
//! votes are.
//!
//! Must not judge what was left: whoever holds the run takes it or not.

use super::commit::{Commit, Draft, io_error, ref_error};
use super::repo::Durable;
use super::store::Store;
use crate::port::JournalError;
use crate::run::left::Left;
use crate::run::record::canonical;
use crate::text::safe;

impl Store {
    pub(super) fn left_branch(&self, run: &str, nonce: &str) -> String {
        format!("{}{run}/{nonce}", self.branches("left"))
    }

    /// Leaves something where the run's holder will find it.
    ///
    /// # Errors
    /// The repository could not be written.
    pub fn put_left(&self, left: &Left) -> Result<(), JournalError> {
        let doing = || format!("leave something for run {}", left.run);
        let git = self.writable()?;
        let line = canonical(left).map_err(|e| io_error(doing(), e))?;
        let subject = safe::line(&format!("{} leaves something for {}", left.by, left.run));
        let message = format!("{subject}\n\n{}\n", String::from_utf8_lossy(&line));
        let draft = Draft { tree: None, parent: None, by: safe::line(&left.by), at: left.at, message };
        let oid = git.commit(&draft, Durable::Now, &mut Vec::new()).map_err(|e| ref_error(doing(), e))?;
        git.move_ref(&self.left_branch(&left.run, &left.nonce), None, oid, Durable::Now, || true)
            .map_err(|e| ref_error(doing(), e))
    }

    /// What was left for a run and is not `known` by nonce, in order of time. What can't be read as such is none.
    ///
    /// # Errors
    /// The repository could not be read.
    pub fn left(&self, run: &str, known: &dyn Fn(&str) -> bool) -> Result<Vec<Left>, JournalError> {
        let git = self.readable()?;
        let doing = || format!("read what was left for run {run}");
        let prefix = self.left_branch(run, "");
        let heads = git.heads(&prefix).map_err(|e| io_error(doing(), e))?;
        let odb = git.repo().odb().map_err(|e| io_error(doing(), e))?;
        let mut all = Vec::new();
        for (name, head) in heads {
            let nonce = name.strip_prefix(&prefix).unwrap_or_default();
            if known(nonce) {
                continue;
            }
            let Ok(commit) = Commit::read(&odb, head) else { continue };
            let (_, mut lines) = commit.parts();
            let left = lines.next().and_then(|line| serde_json::from_slice::<Left>(line.as_bytes()).ok());
            all.extend(left.filter(|l| l.run == run && l.nonce == nonce));
        }
        all.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.nonce.cmp(&b.nonce)));
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::left::{Order, What};
    use crate::text::time::Instant;

    #[test]
    fn what_is_left_is_found_by_its_run_alone_once_and_in_the_order_of_time() {
        let temp = tempfile::tempdir().unwrap();
        let store = Store::open_or_create(&temp.path().join("journal.git"), true);
        let left = |nonce: &str, run: &str, at: i64, order: Order| Left {
            nonce: nonce.to_owned(),
            run: run.to_owned(),
            by: "master \u{1b}[2J".to_owned(),
            at: Instant(at),
            what: What::Master(order),
        };
        let all =
            [left("b", "one", 2, Order::Resume), left("a", "one", 1, Order::Pause), left("c", "two", 3, Order::Next)];
        for one in &all {
            store.put_left(one).unwrap();
        }
        assert!(store.put_left(&all[0]).is_err(), "each nonce once");
        let found = store.left("one", &|_| false).unwrap();
        assert_eq!(found, [all[1].clone(), all[0].clone()]);
        assert_eq!(store.left("one", &|n| n == "a").unwrap().len(), 1);
        let real = Store::open(store.path(), false);
        assert!(real.left("one", &|_| false).unwrap().is_empty(), "a real run never sees what a drill was left");
    }
}
