//! Each form of the same outcome, to the letter.
