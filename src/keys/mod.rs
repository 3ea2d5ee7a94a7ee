//! Edge: SSH signatures (SSHSIG), made with keys that people hold already and checkable with `ssh-keygen -Y verify`.
//!
//! Owns the form of a signature, checking one, and making one by ssh-agent, by a key file or by `ssh-keygen`. Knows the
//! core's data and its port; must not know who may vote: whose a key is, and whether it counts, is `approval`'s.

mod agent;
mod armour;
mod certificate;
mod check;
mod file;
mod pair;
mod ring;
#[cfg(test)]
mod tests;

pub use agent::{Agent, AgentError};
pub use check::check;
pub use pair::Pair;
pub use ring::{Ring, RosterNow, SshKeys};
