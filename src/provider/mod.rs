//! Edge: one file per real system. Vendor names stand nowhere else.

pub mod sandbox;
