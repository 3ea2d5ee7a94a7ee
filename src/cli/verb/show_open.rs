//! `aigov show RUN --open`: what a run's records name and keep apart, as its readers may see it.

use std::cell::{Cell, OnceCell};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::cli::args::Show;
use crate::cli::context::{Context, from_home};
use crate::cli::error::{CliError, Kind};
use crate::cli::record::Story;
use crate::journal::{Content, Identity, open_sealed};
use crate::run::record::{PayloadRef, Record};
use crate::text::safe;
use crate::ui::{NoPassphrase, Tone, passphrase};

/// Who has no other key here.
const USUAL: &str = "~/.ssh/id_ed25519";

/// Opens what the records name, or what one of them does.
pub(super) fn call(cx: &Context, args: &Show, seq: Option<u64>) -> Result<u8, CliError> {
    let read = Story::read(cx, &args.run)?;
    let of = |r: &&Record| seq.is_none_or(|seq| r.seq == seq);
    let named: Vec<(&Record, &PayloadRef)> = read.records.iter().filter(of).flat_map(named).collect();
    if named.is_empty() {
        let says = match seq {
            Some(seq) => format!("record {seq} of run {} names nothing that is kept apart", safe::line(&read.run)),
            None => format!("no record of run {} names anything that is kept apart", safe::line(&read.run)),
        };
        return Err(CliError::usage(says).next(cx.command(&format!("log {}", safe::line(&read.run)))));
    }
    let key = Key { file: file(cx, args), read: OnceCell::new() };
    let store = cx.journal();
    // The tombstone stands behind the record that it is about.
    let redacted = |digest: &String| {
        let mut tombstones = read.records.iter().filter_map(|r| Some((r.seq, r.detail.redacted.as_ref()?)));
        tombstones.find_map(|(seq, t)| t.digests.contains(digest).then_some(seq))
    };
    let mut failed: Option<String> = None;
    for (record, reference) in named {
        let (kept, bytes) = match store.payload(&read.run, &reference.digest)? {
            Some(Content::Plain(bytes)) => ("plain", Ok(bytes)),
            Some(Content::Sealed(sealed)) => (
                "encrypted",
                match key.open(&sealed, &reference.digest) {
                    Err(Unread::Left) => {
                        let (says, run) =
                            ("the question for the passphrase was left; nothing more was opened", &read.run);
                        let again = cx.command(&format!("show {} --open", safe::line(run)));
                        return Err(CliError::new(Kind::Interrupted, says).next(again));
                    }
                    Err(Unread::Because(why)) => Err(why),
                    Ok(bytes) => Ok(bytes),
                },
            ),
            Some(Content::Other(_)) => ("broken", Err("it is not what the record names".to_owned())),
            None if reference.apart => {
                let says = "it could not be encrypted, and is kept on the machine that wrote it";
                ("elsewhere", Err(says.to_owned()))
            }
            None if redacted(&reference.digest).is_some() => {
                let by = redacted(&reference.digest).unwrap_or_default();
                tell(cx, record, reference, "redacted", &Err(format!("record {by} says why")));
                continue;
            }
            None => ("missing", Err("it is not here: erased, or not fetched".to_owned())),
        };
        tell(cx, record, reference, kept, &bytes);
        if let Err(why) = bytes {
            failed.get_or_insert(why);
        }
    }
    match failed {
        None => Ok(0),
        Some(why) => Err(CliError::new(Kind::Failed, format!("not all of it could be opened: {why}"))
            .hint(format!("the key that was tried: {}", key.file.display()))
            .next(cx.command(&format!("show {} --open --identity FILE", safe::line(&read.run))))),
    }
}

fn named(record: &Record) -> impl Iterator<Item = (&Record, &PayloadRef)> {
    let reason = record.detail.vote.iter().filter_map(|v| v.reason.as_ref());
    record.detail.payloads.iter().chain(reason).map(move |reference| (record, reference))
}

fn tell(cx: &Context, record: &Record, reference: &PayloadRef, kept: &str, bytes: &Result<Vec<u8>, String>) {
    if cx.json {
        let text = bytes.as_ref().ok().and_then(|b| std::str::from_utf8(b).ok());
        let encoded = bytes.as_ref().ok().filter(|_| text.is_none()).map(|b| STANDARD.encode(b));
        cx.screen.raw(
            &json!({
                "seq": record.seq, "subject": reference.subject, "digest": reference.digest, "length": reference.length,
                "kept": kept, "text": text, "base64": encoded, "because": bytes.as_ref().err(),
            })
            .to_string(),
        );
        return;
    }
    let about = record.about.as_deref().map(|a| format!(", {}", safe::line(a))).unwrap_or_default();
    let what = safe::line(&reference.subject);
    let head = format!("record {}{about}: {what}, {} bytes, {kept}", record.seq, reference.length);
    match bytes {
        Ok(bytes) => {
            cx.screen.say(Tone::Strong, &head);
            for line in safe::lines(&String::from_utf8_lossy(bytes)) {
                cx.screen.text(&format!("| {line}"));
            }
        }
        Err(why) => cx.screen.labelled(Tone::Doubt, "DOUBT", &format!("{head}: {why}")),
    }
}

fn file(cx: &Context, args: &Show) -> PathBuf {
    args.identity.clone().or_else(|| cx.machine.identity().map(|i| from_home(&i))).unwrap_or_else(|| from_home(USUAL))
}

/// The private key, read when it is first needed.
struct Key {
    file: PathBuf,
    read: OnceCell<Result<Identity, Unread>>,
}

impl Key {
    fn open(&self, sealed: &[u8], digest: &str) -> Result<Vec<u8>, Unread> {
        let identity = self.read.get_or_init(|| read(&self.file)).as_ref().map_err(Clone::clone)?;
        open_sealed(sealed, digest, identity).map_err(|e| Unread::Because(e.to_string()))
    }
}

/// The private key of this file, or else the usual one.
///
/// # Errors
/// It can't be read, or can't decrypt.
pub(super) fn identity(cx: &Context, named: Option<&Path>) -> Result<Identity, CliError> {
    let of_user = || cx.machine.identity().map_or_else(|| from_home(USUAL), |i| from_home(&i));
    let file = named.map_or_else(of_user, Path::to_path_buf);
    let next = cx.command("master --help");
    read(&file).map_err(|why| match why {
        Unread::Left => CliError::new(Kind::Interrupted, "nothing was opened").next(next),
        Unread::Because(why) => CliError::new(Kind::Refused, why).next(next),
    })
}

/// Why a private key can't be used.
#[derive(Clone, Debug)]
enum Unread {
    Because(String),
    /// The person left the question for its passphrase.
    Left,
}

fn read(file: &Path) -> Result<Identity, Unread> {
    let name = file.display().to_string();
    let because = |says: String| Unread::Because(says);
    let text = std::fs::read_to_string(file).map_err(|e| because(format!("{name} can't be read: {e}")))?;
    let none = Cell::new(None);
    let ask = || passphrase(&name).map_err(|why| none.set(Some(why))).ok();
    Identity::read(&text, ask).map_err(|e| match none.get() {
        Some(NoPassphrase::Left) => Unread::Left,
        Some(why) => because(format!("{name}: {why}")),
        None => because(format!("{name}: {e}")),
    })
}
