//! Edge: one file per real system. Vendor names stand nowhere else.

mod answer;
mod argocd;
mod evidence;
mod link;
mod pagerduty;
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
