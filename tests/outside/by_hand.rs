//! What the page on the journal's `main` tells an auditor to type, typed as it stands there, in a bare clone, with git and
//! ssh-keygen and without the program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::program::{Home, Said};
use crate::release::{desk, only_run};
use crate::suite;

struct Auditor {
    home: Home,
    clone: PathBuf,
    run: String,
    blocks: Vec<String>,
    git: String,
}

impl Auditor {
    fn new(git: &str) -> Self {
        let owner = desk();
        let run = only_run(&owner);
        let home = Home::new();
        let clone = home.all().join("clone.git");
        let from = owner.desk().join(".aigov/journal.git");
        let git = git.to_owned();
        let made = Command::new(&git).args(["clone", "--quiet", "--bare"]).arg(&from).arg(&clone).status().unwrap();
        assert!(made.success());
        let mut auditor = Self { home, clone, run, blocks: Vec::new(), git };
        let page = auditor.git(&["show", "main:README.md"], "").exits(0).out;
        let mut rest = page.as_str();
        while let Some((_, after)) = rest.split_once("```sh\n") {
            let (block, then) = after.split_once("```").unwrap();
            auditor.blocks.push(block.to_owned());
            rest = then;
        }
        assert_eq!(auditor.blocks.len(), 5, "{page}");
        auditor
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let folder = Path::new(&self.git).parent().unwrap().display().to_string();
        command
            .current_dir(&self.clone)
            .env_clear()
            .env("HOME", self.home.all())
            .env("TMPDIR", self.home.all().join("tmp"))
            .env("PATH", format!("{folder}:/usr/bin:/bin"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("LC_ALL", "C.UTF-8");
        command
    }

    fn git(&self, arguments: &[&str], input: &str) -> Said {
        let file = self.home.all().join("input");
        fs::write(&file, input).unwrap();
        let from = fs::File::open(file).unwrap();
        Said::from(&self.command(&self.git).args(arguments).stdin(from).output().unwrap())
    }

    /// Types the first block and these others, in a shell that ends at the first that fails.
    fn types(&self, blocks: &[usize]) -> Said {
        let mut script = self.blocks[0].clone();
        for block in blocks {
            script.push_str(&self.blocks[*block]);
        }
        // The page names the newest run; this is the one that an auditor of this run puts there.
        let first = script.lines().next().unwrap().to_owned();
        assert!(first.starts_with("run="), "{first}");
        let script = script.replacen(&first, &format!("run={}", self.run), 1);
        Said::from(&self.command("sh").arg("-e").arg("-c").arg(script).stdin(Stdio::null()).output().unwrap())
    }

    /// Writes a commit anew as given, and those behind it on top.
    fn rewritten(&self, of: &str, change: impl Fn(&str) -> String) {
        let branch = format!("aigov/run/{}", self.run);
        let all = self.git(&["rev-list", "--reverse", &branch], "").exits(0).out;
        let mut moved: Option<(String, String)> = None;
        for id in all.lines() {
            let text = self.git(&["cat-file", "commit", id], "").exits(0).out;
            let new = match &moved {
                Some((was, is)) => text.replacen(&format!("parent {was}"), &format!("parent {is}"), 1),
                None if id == of => change(&text),
                None => continue,
            };
            assert_ne!(new, text);
            let is = self.git(&["hash-object", "-t", "commit", "-w", "--stdin", "--literally"], &new).exits(0).out;
            moved = Some((id.to_owned(), is.trim().to_owned()));
        }
        let (_, tip) = moved.expect("the commit is there");
        self.git(&["update-ref", &format!("refs/heads/{branch}"), &tip], "").exits(0);
    }

    /// The first commit whose message holds this.
    fn commit(&self, text: &str) -> String {
        let branch = format!("aigov/run/{}", self.run);
        let found = self.git(&["log", "--reverse", "--format=%H", "-F", "--grep", text, &branch], "").exits(0).out;
        found.lines().next().unwrap_or_else(|| panic!("no commit with {text}")).to_owned()
    }
}

const CHAIN: usize = 1;
const COMMITS: usize = 2;
const PEOPLE: usize = 3;
const PROCESSES: usize = 4;

#[test]
fn an_auditor_with_git_and_ssh_keygen_checks_a_run_as_its_page_says() {
    let Some(git) = suite::variable("AIGOV_SUITE_GIT") else { return };
    let auditor = Auditor::new(&git);
    let said = auditor.types(&[CHAIN, COMMITS, PEOPLE, PROCESSES]).exits(0);
    let all = said.all();
    assert!(all.contains("the chain holds; the last record is "), "{all}");
    for person in ["lena", "carl"] {
        assert!(all.contains(&format!("Good \"aigov-vote@v1\" signature for {person} ")), "{all}");
    }
    for person in ["ada", "grace"] {
        assert!(all.contains(&format!("Good \"aigov-sign-off@v1\" signature for {person} ")), "{all}");
    }
    assert!(all.contains("Good \"aigov-process@v1\" signature for olga "), "{all}");
    // Each key that signed a commit is one that Olga gave her word for.
    let words: Vec<&str> = said.out.lines().filter_map(|l| l.strip_prefix("process: ")).collect();
    let keys: Vec<&str> = said.out.lines().filter(|l| l.starts_with("SHA256:")).collect();
    assert!(!keys.is_empty() && keys.iter().all(|k| words.contains(k)), "{keys:?} of {words:?}");
}

#[test]
fn a_flipped_byte_fails_what_the_page_says_to_type() {
    let Some(git) = suite::variable("AIGOV_SUITE_GIT") else { return };
    let flip = |text: &str, in_front_of: &str| {
        let at = text.find(in_front_of).unwrap_or_else(|| panic!("{in_front_of} in {text}")) + in_front_of.len();
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] ^= 1;
        String::from_utf8(bytes).unwrap()
    };
    for (commit, in_front_of, fails) in [
        // In what was signed, in the signature over it, in the event, and in the commit's own signature.
        ("\"kind\":\"vote-counted\"", "decision     ", &[CHAIN, COMMITS, PEOPLE][..]),
        ("\"kind\":\"vote-counted\"", "BEGIN SSH SIGNATURE-----\\nU1NIU0lHAAAA", &[CHAIN, COMMITS, PEOPLE]),
        ("\"kind\":\"gate-granted\"", "\"at\":\"", &[CHAIN, COMMITS]),
        ("\"endorsed\":{", "fingerprint  SHA256:", &[CHAIN, COMMITS, PEOPLE]),
        ("\"kind\":\"step-intended\"", "gpgsig -----BEGIN SSH SIGNATURE-----\n U1NIU0lH", &[COMMITS]),
    ] {
        let auditor = Auditor::new(&git);
        let id = auditor.commit(commit);
        auditor.rewritten(&id, |text| flip(text, in_front_of));
        for block in [CHAIN, COMMITS, PEOPLE] {
            let said = auditor.types(&[block]);
            assert_eq!(said.code != Some(0), fails.contains(&block), "{in_front_of}, {block}: {}", said.all());
        }
    }
}
