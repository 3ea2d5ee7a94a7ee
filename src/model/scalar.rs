//! A single TOML value whose type depends on something else, such as the value that a control is set to.
//!
//! Owns the type only; what fits is decided by the control.

use std::fmt;

/// One value as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// true or false.
    Bool(bool),
    /// A whole or broken number.
    Number(f64),
    /// A text.
    Text(String),
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(b) => write!(f, "{b}"),
            Self::Number(n) => write!(f, "{n}"),
            Self::Text(t) => f.write_str(t),
        }
    }
}
