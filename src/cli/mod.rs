//! One verb per file; makes the real ports in one place. Nobody imports it.
