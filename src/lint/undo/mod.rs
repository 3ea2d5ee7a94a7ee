//! What is changed can be put back, or says that it can not.

super::rule::rules! { irreversible_unsaid, no_corrective, lowering_without_undo, rollback_domain, layer_order }
