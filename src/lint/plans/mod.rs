//! What a runbook and an automation make together can be carried out: found by the resolver that `plan` and `run` use.

super::rule::rules! { unavailable, not_usable, template, scope }
