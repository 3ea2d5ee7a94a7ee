//! Keys in files: finding out which key a file holds without its passphrase, and signing by `ssh-keygen`.
//!
//! `ssh-keygen` knows what no library does: passphrases asked for at the terminal, hardware, RSA, other people's modules.
//! It is started by its name and with arguments, never through a shell.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::approval::Namespace;
use crate::model::key::PublicKey;
use crate::port::CantSign;

/// How long somebody may look for a passphrase or a key.
const PATIENCE: Duration = Duration::from_secs(180);
/// The longest key file that is read.
const LONGEST: u64 = 64 * 1024;
/// The number of the signal that Ctrl-C sends, on every Unix.
const INTERRUPT: i32 = 2;
const POLL: Duration = Duration::from_millis(20);

/// The key whose private half this file holds; none where it holds none.
pub(super) fn public_half(file: &Path) -> Option<PublicKey> {
    let found = fs::metadata(file).ok()?;
    if !found.is_file() || found.len() > LONGEST {
        return None;
    }
    let text = fs::read_to_string(file).ok()?;
    if !text.trim_start().starts_with("-----BEGIN ") {
        return None;
    }
    // OpenSSH's own form keeps the public half open beside the encrypted one.
    if let Ok(private) = ssh_key::PrivateKey::from_openssh(&text) {
        return PublicKey::of_blob(&private.public_key().to_bytes().ok()?).ok();
    }
    let mut beside = file.as_os_str().to_owned();
    beside.push(".pub");
    PublicKey::parse(&fs::read_to_string(PathBuf::from(beside)).ok()?).ok()
}

/// Signs with a file, by `ssh-keygen`, which asks at the terminal for what it needs.
pub(super) fn by_ssh_keygen(
    program: &Path,
    file: &Path,
    namespace: Namespace,
    message: &[u8],
) -> Result<String, CantSign> {
    let mut child = Command::new(program)
        .args(["-q", "-Y", "sign", "-n", namespace.name(), "-f"])
        .arg(file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(|e| CantSign::Because(format!("{} can't be started: {e}", program.display())))?;
    let written = child.stdin.take().is_some_and(|mut to| to.write_all(message).is_ok());
    let from = child.stdout.take();
    let reader = std::thread::spawn(move || {
        let mut out = String::new();
        from.map(|f| f.take(LONGEST).read_to_string(&mut out)).and_then(Result::ok).map(|_| out)
    });
    let mut waited = Duration::ZERO;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break Some(status),
            Ok(None) if waited < PATIENCE => {
                std::thread::sleep(POLL);
                waited += POLL;
            }
            _ => {
                // It may be gone already.
                let _ = child.kill();
                let _ = child.wait();
                break None;
            }
        }
    };
    let out = reader.join().ok().flatten();
    // Whoever leaves its question leaves ours.
    if status.is_some_and(|s| s.signal() == Some(INTERRUPT)) {
        return Err(CantSign::Left);
    }
    match (status, out) {
        (Some(status), Some(out)) if status.success() && written => Ok(out),
        (None, _) => Err(CantSign::Because(format!("ssh-keygen did not sign with {} in time", file.display()))),
        _ => Err(CantSign::Because(format!(
            "ssh-keygen did not sign with {}: a wrong passphrase, or no touch",
            file.display()
        ))),
    }
}
