//! Payloads: free text and evidence kept apart from the record, so that they can be erased and the record stays whole.
//!
//! Owns the branch `payload/RUN` and its tree: `ab/<digest>.<salt>`, where the digest is SHA-256 of the salt (as text,
//! 32 hexadecimal digits) followed by the bytes. Anyone recomputes it with `(printf %s SALT; git show …) | sha256sum`.
//! Without the salt, which goes with the bytes, the digest left in the record says nothing about them. Where it is
//! encrypted, the file is `ab/<digest>.age`, and what it says inside is salt and bytes.

use std::path::PathBuf;

use git2::{ObjectType, Oid};
use sha2::{Digest as _, Sha256};

use super::commit::Draft;
use super::repo::{Durable, Git, RefError};
use super::seal::Readers;
use crate::run::record::{PayloadRef, sha256_hex};
use crate::text::safe;
use crate::text::time::Instant;

/// How many digits a salt has.
pub(super) const SALT_DIGITS: usize = 32;

/// What the name of an encrypted payload ends with, in the place of the salt.
const SEALED: &str = "age";

/// A payload on its way to git.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Payload {
    pub(super) digest: String,
    pub(super) salt: String,
    pub(super) subject: String,
    /// As they are stored.
    pub(super) bytes: Vec<u8>,
    /// Length of what was handed in.
    length: u64,
    /// Whether this is for named eyes and could not be encrypted to them: it stays on this machine.
    pub(super) apart: bool,
}

impl Payload {
    /// Digests bytes with a salt, in the clear.
    pub(super) fn new(subject: &str, salt: [u8; 16], bytes: &[u8]) -> Self {
        let salt = hex(&salt);
        let digest = digest(&salt, bytes);
        let length = bytes.len() as u64;
        Self { digest, salt, subject: safe::line(subject), bytes: bytes.to_vec(), length, apart: false }
    }

    /// The same for the eyes of readers, where some are named.
    pub(super) fn for_readers(self, readers: &Readers) -> Self {
        if !readers.are_named() || self.is_sealed() {
            return self;
        }
        match readers.seal(&self.salt, &self.bytes) {
            Some(bytes) => Self { bytes, salt: SEALED.to_owned(), apart: false, ..self },
            None => Self { apart: true, ..self },
        }
    }

    /// Whether it is encrypted.
    pub(super) fn is_sealed(&self) -> bool {
        self.salt == SEALED
    }

    /// What the record says of it.
    pub(super) fn reference(&self) -> PayloadRef {
        PayloadRef {
            subject: self.subject.clone(),
            digest: self.digest.clone(),
            length: self.length,
            sealed: self.is_sealed().then(|| sha256_hex(&self.bytes)),
            apart: self.apart,
        }
    }

    /// Its file's name outside git, `<digest>.<salt>`, or `<digest>.age`.
    pub(super) fn name(&self) -> String {
        format!("{}.{}", self.digest, self.salt)
    }

    /// From such a file; none when name and bytes don't belong together, as far as that shows.
    pub(super) fn from_file(name: &str, bytes: Vec<u8>) -> Option<Self> {
        let (wanted, salt) = name.split_once('.')?;
        let (length, subject) = (bytes.len() as u64, "kept".to_owned());
        (salt == SEALED || digest(salt, &bytes) == wanted).then(|| Self {
            digest: wanted.to_owned(),
            salt: salt.to_owned(),
            subject,
            bytes,
            length,
            apart: false,
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, b| {
        // Writing to a String can't fail.
        let _ = write!(out, "{b:02x}");
        out
    })
}

/// SHA-256 of salt and bytes, in hexadecimal.
pub(super) fn digest(salt: &str, bytes: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(salt.as_bytes());
    hash.update(bytes);
    hex(&hash.finalize())
}

/// Adds one commit with one file to the payload branch. The paths to sync are added to `dirty`.
pub(super) fn put(
    git: &Git,
    branch: &str,
    payload: &Payload,
    at: Instant,
    dirty: &mut Vec<PathBuf>,
) -> Result<(), RefError> {
    let parent = git.head(branch)?;
    let (shard, rest) = payload.digest.split_at(2);
    let file = format!("{rest}.{}", payload.salt);
    let root = match parent {
        Some(head) => Some(git.repo().find_commit(head)?.tree()?),
        None => None,
    };
    let old_shard = match root.as_ref().and_then(|t| t.get_name(shard)) {
        Some(entry) => Some(git.repo().find_tree(entry.id())?),
        None => None,
    };
    if old_shard.as_ref().is_some_and(|t| t.get_name(&file).is_some()) {
        return Ok(());
    }
    let blob = git.write(ObjectType::Blob, &payload.bytes, Durable::Later, dirty)?;
    let new_shard = with_entry(old_shard.as_ref(), &file, "100644", blob);
    let new_shard = git.write(ObjectType::Tree, &new_shard, Durable::Later, dirty)?;
    let new_root = with_entry(root.as_ref(), shard, "40000", new_shard);
    let new_root = git.write(ObjectType::Tree, &new_root, Durable::Later, dirty)?;
    let draft = Draft {
        tree: Some(new_root),
        parent,
        by: "aigov".to_owned(),
        at,
        message: format!("{} {}\n", payload.subject, payload.digest),
    };
    let commit = git.commit(&draft, Durable::Later, dirty)?;
    git.move_ref(branch, parent, commit, Durable::Now, || true)
}

/// The bytes of a tree with one entry added or replaced. Git orders entries by name, folders as if they ended in `/`;
/// within one of our trees all entries are of one kind.
fn with_entry(tree: Option<&git2::Tree<'_>>, name: &str, mode: &str, id: Oid) -> Vec<u8> {
    let mut entries: Vec<(Vec<u8>, Vec<u8>, Oid)> = tree
        .iter()
        .flat_map(|t| t.iter().map(|e| (e.name_bytes().to_vec(), format!("{:o}", e.filemode()).into_bytes(), e.id())))
        .filter(|(n, _, _)| n != name.as_bytes())
        .collect();
    entries.push((name.as_bytes().to_vec(), mode.as_bytes().to_vec(), id));
    tree_of(entries)
}

/// The bytes of a tree with these entries: name, mode, object.
fn tree_of(mut entries: Vec<(Vec<u8>, Vec<u8>, Oid)>) -> Vec<u8> {
    entries.sort();
    let mut bytes = Vec::new();
    for (name, mode, id) in entries {
        bytes.extend_from_slice(&mode);
        bytes.push(b' ');
        bytes.extend_from_slice(&name);
        bytes.push(0);
        bytes.extend_from_slice(id.as_bytes());
    }
    bytes
}

/// The tree of a payload branch without some of its files, and the blobs that are left out.
pub(super) fn without(
    git: &Git,
    head: Oid,
    digests: &[String],
    dirty: &mut Vec<PathBuf>,
) -> Result<(Oid, Vec<Oid>), RefError> {
    let root = git.repo().find_commit(head)?.tree()?;
    let mut gone = Vec::new();
    let mut shards = Vec::new();
    for shard in &root {
        let name = String::from_utf8_lossy(shard.name_bytes()).into_owned();
        let files = git.repo().find_tree(shard.id())?;
        let mut kept = Vec::new();
        for file in &files {
            let rest = String::from_utf8_lossy(file.name_bytes()).into_owned();
            let digest = format!("{name}{}", rest.split('.').next().unwrap_or_default());
            if digests.contains(&digest) {
                gone.push(file.id());
            } else {
                kept.push((file.name_bytes().to_vec(), b"100644".to_vec(), file.id()));
            }
        }
        if !kept.is_empty() {
            let tree = git.write(ObjectType::Tree, &tree_of(kept), Durable::Later, dirty)?;
            shards.push((shard.name_bytes().to_vec(), b"40000".to_vec(), tree));
        }
    }
    Ok((git.write(ObjectType::Tree, &tree_of(shards), Durable::Later, dirty)?, gone))
}

/// What is stored for a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// As it was handed in, and its digest has been recomputed.
    Plain(Vec<u8>),
    /// Encrypted.
    Sealed(Vec<u8>),
    /// Bytes that are not what the digest names.
    Other(Vec<u8>),
}

/// What is stored for a digest; none when nothing is.
pub(super) fn get(git: &Git, branch: &str, wanted: &str) -> Result<Option<Content>, RefError> {
    let Some(head) = git.head(branch)? else { return Ok(None) };
    let tree = git.repo().find_commit(head)?.tree()?;
    let (Some(shard), Some(rest)) = (wanted.get(..2), wanted.get(2..)) else { return Ok(None) };
    let Some(entry) = tree.get_name(shard) else { return Ok(None) };
    let shard = git.repo().find_tree(entry.id())?;
    for entry in &shard {
        let name = String::from_utf8_lossy(entry.name_bytes()).into_owned();
        if let Some(salt) = name.strip_prefix(rest).and_then(|r| r.strip_prefix('.')) {
            let bytes = git.repo().find_blob(entry.id())?.content().to_vec();
            return Ok(Some(match salt {
                SEALED => Content::Sealed(bytes),
                salt if digest(salt, &bytes) == wanted => Content::Plain(bytes),
                _ => Content::Other(bytes),
            }));
        }
    }
    Ok(None)
}
