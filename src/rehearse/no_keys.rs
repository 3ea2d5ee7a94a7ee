//! The keys of a drill without people: there are none, so that nothing signed in earnest can be taken for a part of it, nor
//! the other way.

use crate::approval::{BadSignature, Checked, Namespace};
use crate::plan::{Plan, Voters};
use crate::port::Keys;

/// No keys at all.
pub(super) struct NoKeys<'a> {
    pub(super) plan: &'a Plan,
}

impl Keys for NoKeys<'_> {
    fn check(&self, _: Namespace, _: &[u8], _: &str) -> Result<Checked, BadSignature> {
        Err(BadSignature::Form("nobody signs in a drill without people"))
    }

    fn roster(&self) -> Result<Voters, String> {
        Ok(Voters { persons: self.plan.roster.clone(), authorities: self.plan.authorities.clone() })
    }
}
