//! A client of ssh-agent: which keys it holds, and signatures by them.
//!
//! Blocking, with a limit on time and on length: the other side may be forwarded from anywhere. Must not know what is
//! signed.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::model::key::{PublicKey, field, put};

const FAILURE: u8 = 5;
const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;
/// SHA-512 for RSA; without it an agent signs with SHA-1.
const RSA_SHA2_512: u32 = 4;
/// The longest answer that is read, as OpenSSH's own limit.
const LONGEST: usize = 256 * 1024;
/// How long a list may take.
const A_LIST: Duration = Duration::from_secs(1);
/// How long a signature may take: somebody may have to touch a key or to confirm.
const A_TOUCH: Duration = Duration::from_secs(60);

/// Why the agent did not do it.
#[derive(Debug)]
pub enum AgentError {
    /// It can't be reached.
    Io(io::Error),
    /// It said no: declined, not touched, or the key is locked.
    Refused,
    /// It answered something that is not an answer.
    Answer,
}

impl fmt::Display for AgentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                f.write_str("the ssh-agent did not answer in time")
            }
            Self::Io(e) => write!(f, "the ssh-agent can't be reached: {e}"),
            Self::Refused => f.write_str("the ssh-agent refused: declined, not touched, or the key is locked"),
            Self::Answer => f.write_str("the ssh-agent gave an answer that is none"),
        }
    }
}

impl std::error::Error for AgentError {}

impl From<io::Error> for AgentError {
    fn from(e: io::Error) -> Self {
        Self::Io(e)
    }
}

/// Where an agent listens.
#[derive(Clone, Debug)]
pub struct Agent {
    socket: PathBuf,
}

impl Agent {
    /// At the path that `SSH_AUTH_SOCK` names.
    #[must_use]
    pub fn new(socket: &Path) -> Self {
        Self { socket: socket.to_path_buf() }
    }

    /// The keys that it holds, as bytes: plain keys and certificates.
    ///
    /// # Errors
    /// It can't be reached, or does not answer.
    pub fn list(&self) -> Result<Vec<Vec<u8>>, AgentError> {
        let answer = self.ask(&[REQUEST_IDENTITIES], A_LIST)?;
        let mut rest = answer.strip_prefix(&[IDENTITIES]).ok_or(AgentError::Answer)?;
        let (count, after) = rest.split_first_chunk::<4>().ok_or(AgentError::Answer)?;
        rest = after;
        let mut keys = Vec::new();
        for _ in 0..u32::from_be_bytes(*count) {
            keys.push(field(&mut rest).ok_or(AgentError::Answer)?.to_vec());
            field(&mut rest).ok_or(AgentError::Answer)?;
        }
        Ok(keys)
    }

    /// Signs bytes with a key that it holds.
    ///
    /// # Errors
    /// It refused, or can't be reached.
    pub fn sign(&self, blob: &[u8], bytes: &[u8]) -> Result<Vec<u8>, AgentError> {
        let rsa = PublicKey::of_blob(blob).is_ok_and(|k| k.kind() == crate::model::key::KeyType::Rsa)
            || blob.get(4..).is_some_and(|b| b.starts_with(b"ssh-rsa-cert"));
        let mut request = vec![SIGN_REQUEST];
        put(&mut request, blob);
        put(&mut request, bytes);
        request.extend(if rsa { RSA_SHA2_512 } else { 0 }.to_be_bytes());
        let answer = self.ask(&request, A_TOUCH)?;
        if answer.first() == Some(&FAILURE) {
            return Err(AgentError::Refused);
        }
        let mut rest = answer.strip_prefix(&[SIGN_RESPONSE]).ok_or(AgentError::Answer)?;
        match (field(&mut rest), rest) {
            (Some(signature), []) => Ok(signature.to_vec()),
            _ => Err(AgentError::Answer),
        }
    }

    fn ask(&self, request: &[u8], limit: Duration) -> Result<Vec<u8>, AgentError> {
        let mut stream = UnixStream::connect(&self.socket)?;
        stream.set_read_timeout(Some(limit))?;
        stream.set_write_timeout(Some(A_LIST))?;
        let mut framed = Vec::new();
        put(&mut framed, request);
        stream.write_all(&framed)?;
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length == 0 || length > LONGEST {
            return Err(AgentError::Answer);
        }
        let mut answer = vec![0; length];
        stream.read_exact(&mut answer)?;
        Ok(answer)
    }
}
