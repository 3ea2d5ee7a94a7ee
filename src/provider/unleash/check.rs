//! What can be known about a flag beforehand: whether it is there, and whether consumers can be asked.

use super::{Unleash, evidence};
use crate::plan::Target;
use crate::port::{CheckNote, Fault};
use crate::provider::link::{self, binding};
use crate::provider::transport::Deadline;
use crate::text::safe;

impl Unleash {
    pub(super) async fn check_flag(&self, target: &Target, until: Deadline) -> Result<Vec<CheckNote>, Fault> {
        let flag = safe::line(binding(target, "flag")?);
        if target.binding.get("environment").is_none() {
            let whole = evidence::whole(&self.link, target)?;
            let answer = link::judged(self.link.read(&whole, until).await);
            return Ok(vec![link::note(&format!("flag {flag}"), &answer)]);
        }
        let environment = safe::line(binding(target, "environment")?);
        let [whole, _] = self.reads(target, "check")?;
        let answer = link::judged(self.link.read(&whole, until).await);
        let mut notes = vec![link::note(&format!("flag {flag} in {environment}"), &answer)];
        let what = format!("client-token sees flag {flag}");
        notes.push(match (self.consumer(target)?, self.other_environment(target).await?) {
            (None, _) => CheckNote {
                what,
                ok: Some(false),
                says: "there is no `client-token`, so nothing proves what consumers are told".to_owned(),
            },
            (Some(_), Some(why)) => CheckNote { what, ok: Some(false), says: why },
            (Some(read), None) => link::note(&what, &link::judged(self.link.read(&read, until).await)),
        });
        Ok(notes)
    }
}
