//! Whether a push would be taken, without pushing: `git push --dry-run` through the same way out, to a branch that nobody
//! has.
//!
//! Owns the question. Hooks of this machine are not run, because they don't know that it is only a question; hooks and
//! rules of the remote are not asked by git either, and what can't be told is said.

use std::path::{Path, PathBuf};
use std::time::Duration;

use git2::{ObjectType, Oid, Repository};

use super::super::repo::Git;
use super::super::store::Store;
use super::{parse, run_within};
use crate::plan::checked::{Aspect, Checked};
use crate::text::{safe, shell};

/// How long the remote may take to answer.
const LIMIT: Duration = Duration::from_secs(10);

impl Store {
    /// What can be told of the remote. Where there is nothing to push yet, a commit of nothing is made in a repository of
    /// its own below `scratch`, which is removed again.
    #[must_use]
    pub fn try_push(&self, scratch: &Path) -> Vec<Checked> {
        let Some(remote) = self.remote() else {
            let says = "there is none: the record is on this machine only";
            let none = Checked::note(Aspect::Journal, "remote", says);
            return vec![none.help("[journal] remote in aigov.toml names one")];
        };
        if self.is_silent() {
            return vec![Checked::untold(
                Aspect::Journal,
                "remote",
                "the journal's file system did not answer in time",
            )];
        }
        let mut found = vec![self.dry_run(remote, scratch)];
        found.extend(hook(self));
        found.push(protection(remote, self.path()));
        if let Some(waiting) = self.unpushed() {
            found.push(match waiting {
                0 => Checked::ok(Aspect::Journal, "not pushed yet", "nothing"),
                n => {
                    let of = if n == 1 { "commit is" } else { "commits are" };
                    Checked::note(Aspect::Journal, "not pushed yet", format!("{n} {of} on this machine only"))
                        .help("the next command that writes pushes them")
                }
            });
        }
        found
    }

    fn dry_run(&self, remote: &str, scratch: &Path) -> Checked {
        let named = safe::line(&without_password(remote));
        let what = "push";
        let own = self.readable().ok().and_then(|git| any_head(&git).map(|head| (git, head)));
        let (git, head, _made) = match own {
            Some((git, head)) => (git, head, None),
            None => match Scratch::make(scratch) {
                Ok((git, head, made)) => (git, head, Some(made)),
                Err(e) => {
                    let says = format!("there is nothing to push yet, and nothing could be made to try: {e}");
                    return Checked::untold(Aspect::Journal, what, safe::line(&says));
                }
            },
        };
        let spec = format!("{head}:{}", self.run_branch("doctor-dry-run"));
        let args = ["--porcelain", "--dry-run", "--no-verify", remote, &spec];
        match run_within(&git, "push", &args, LIMIT) {
            Err(why) => Checked::wrong(Aspect::Journal, what, format!("{named}: {}", safe::line(&why)))
                .help("until then the record is on this machine only"),
            Ok(answer) => {
                let line = parse(&answer.out).into_iter().next();
                match (answer.status.success(), line) {
                    (true, Some(line)) if line.flag != '!' => {
                        let says = format!(
                            "{named} answers, and a dry run of a push to a new branch went through; nothing was sent, so what \
                             hooks and rules there say to a real push was not asked"
                        );
                        Checked::ok(Aspect::Journal, what, says)
                    }
                    (_, Some(line)) => Checked::wrong(Aspect::Journal, what, format!("{named}: {}", line.says)),
                    (_, None) => Checked::wrong(
                        Aspect::Journal,
                        what,
                        format!("{named}: {}", without_password(&answer.last_words())),
                    )
                    .help("check [journal] remote, and that this user's git may push there without a question asked"),
                }
            }
        }
    }
}

/// A repository that holds one commit of nothing and ends with this value.
struct Scratch(PathBuf);

impl Scratch {
    fn make(below: &Path) -> Result<(Git, Oid, Self), String> {
        let path = below.join(format!("aigov-doctor-{}.git", std::process::id()));
        let made = Self(path.clone());
        let git = Git::open_or_create(&path).map_err(|e| e.to_string())?;
        let nothing = || -> Result<Oid, git2::Error> {
            let objects = git.repo().odb()?;
            let tree = objects.write(ObjectType::Tree, b"")?;
            let who = "aigov doctor <aigov@invalid> 0 +0000";
            objects.write(
                ObjectType::Commit,
                format!(
                    "tree {tree}\nauthor {who}\ncommitter {who}\n\nNothing: asked only whether it would be taken\n"
                )
                .as_bytes(),
            )
        };
        let head = nothing().map_err(|e| e.message().to_owned())?;
        Ok((git, head, made))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What can't be removed is in the temporary folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn any_head(git: &Git) -> Option<Oid> {
    git.heads("refs/heads/").ok()?.into_iter().map(|(_, head)| head).next()
}

/// A hook of this machine that a real push runs and this question does not.
fn hook(store: &Store) -> Option<Checked> {
    let git = store.readable().ok()?;
    let configured = git.repo().config().ok().and_then(|c| c.get_path("core.hooksPath").ok());
    let folder = configured.unwrap_or_else(|| git.dir().join("hooks"));
    let hook = folder.join("pre-push");
    hook.exists().then(|| {
        let says = format!("{} runs before a push; it was not run now", safe::line(&hook.to_string_lossy()));
        Checked::untold(Aspect::Journal, "pre-push hook", says)
    })
}

/// Whether the remote refuses to have its past rewritten. A folder says so; a server does not.
fn protection(remote: &str, repository: &Path) -> Checked {
    let what = "force-push";
    let path = remote.strip_prefix("file://").unwrap_or(remote);
    let at = repository.join(path);
    let Ok(config) = Repository::open(&at).and_then(|r| r.config()) else {
        let says = "whether the remote refuses one can't be asked with git";
        return Checked::untold(Aspect::Journal, what, says)
            .help("protect aigov/** there against force-push and deletion");
    };
    let lacks: Vec<&str> = ["receive.denyNonFastForwards", "receive.denyDeletes"]
        .into_iter()
        .filter(|key| !config.get_bool(key).unwrap_or(false))
        .collect();
    if lacks.is_empty() {
        return Checked::ok(Aspect::Journal, what, "the remote refuses it, and deletion, too");
    }
    let (are, it) = if lacks.len() == 1 { ("is", "it") } else { ("are", "both") };
    let says = format!("the remote would let its past be rewritten: {} {are} off", lacks.join(" and "));
    let wrong = Checked::wrong(Aspect::Journal, what, says).help(format!("turn {it} on, as whoever keeps the remote:"));
    lacks.into_iter().fold(wrong, |wrong, key| wrong.command(format!("git -C {} config {key} true", shell::path(&at))))
}

/// An address without what may be a password.
fn without_password(text: &str) -> String {
    text.split(' ')
        .map(|word| match word.split_once("://").map(|(scheme, rest)| (scheme, rest.split_once('@'))) {
            Some((scheme, Some((user, rest)))) if user.contains(':') && !user.contains('/') => {
                format!("{scheme}://…@{rest}")
            }
            _ => word.to_owned(),
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        for (text, shown) in [
            ("https://me:hunter2@git.example/x.git", "https://…@git.example/x.git"),
            ("fatal: unable to access 'https://a:b@h/': no", "fatal: unable to access 'https://…@h/': no"),
            ("ssh://git@git.example/x", "ssh://git@git.example/x"),
            ("git@git.example:ai/journal.git", "git@git.example:ai/journal.git"),
        ] {
            assert_eq!(without_password(text), shown);
        }
    }
}
