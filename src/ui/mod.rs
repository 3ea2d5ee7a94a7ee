//! Edge: eyes and mouth. The terminal, and what is shown on it.
