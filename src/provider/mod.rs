//! Edge: one file per real system. Vendor names stand nowhere else.

mod answer;
mod evidence;
mod link;
mod rate;
mod redact;
mod request;
pub mod sandbox;
mod secret;
#[cfg(test)]
mod stub;
mod transport;
mod unleash;

pub use redact::Redactor;
pub use secret::{Reference, Secret, Vault};
