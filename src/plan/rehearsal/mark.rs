//! The mark in front of everything that a drill tells somebody, so that nobody who reads it takes it for real.
//!
//! Owns the word and where in a step it stands. Must not know to whom a step goes.

use crate::plan::{Act, Step};

/// What a text of a drill begins with.
pub const MARK: &str = "DRILL: ";

/// A text with the mark in front, once.
#[must_use]
pub fn marked(text: &str) -> String {
    if text.starts_with(MARK) { text.to_owned() } else { format!("{MARK}{text}") }
}

/// A step whose own words for others carry the mark: a provider may send those instead of the whole text.
#[must_use]
pub fn marked_step(mut step: Step) -> Step {
    match &mut step.act {
        Act::Page { summary: text, .. } | Act::Notify { text, .. } | Act::Ticket { title: text } => {
            *text = marked(text);
        }
        Act::Publish { amended: Some(text), .. } => *text = marked(text),
        _ => {}
    }
    step
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::fixture;

    #[test]
    fn whatever_is_told_to_somebody_is_marked_once_and_nothing_else_is_touched() {
        assert_eq!(marked("x"), "DRILL: x");
        assert_eq!(marked(&marked("x")), "DRILL: x");
        let mut told = 0;
        for step in fixture::plan().steps {
            let of = |act: &Act| match act {
                Act::Page { summary: text, .. } | Act::Notify { text, .. } | Act::Ticket { title: text } => {
                    Some(text.clone())
                }
                _ => None,
            };
            let (before, after) = (of(&step.act), marked_step(step.clone()));
            match before {
                Some(text) => {
                    told += 1;
                    assert_eq!(of(&after.act), Some(marked(&text)));
                }
                None => assert_eq!(after, step),
            }
        }
        assert!(told > 0, "the plan tells somebody something");
    }
}
