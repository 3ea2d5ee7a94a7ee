//! Edge: one file per real system. Vendor names stand nowhere else.

mod adapter;
mod answer;
mod argocd;
mod certificate;
mod checks;
mod evidence;
mod host;
mod http;
mod link;
mod mlflow;
mod pagerduty;
mod prometheus;
mod rate;
mod redact;
mod request;
pub mod sandbox;
mod secret;
mod set;
#[cfg(test)]
mod stub;
#[cfg(test)]
mod tests;
mod transport;
mod unleash;

pub use redact::Redactor;
pub use secret::{Reference, Secret, Vault};
pub use set::{Address, ProviderSettings, Set, catalog};
pub use transport::Reach;
