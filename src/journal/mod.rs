//! Edge: records and payloads in git.
