//! What a person has begun to answer, kept while nobody listens.
//!
//! A question can be withdrawn under somebody's fingers: its deadline passes, and that goes on record and pages somebody
//! before it is asked again. What was typed by then is kept here, for that question and no other. Owns whether a question
//! is the same as the one before; must not read or draw.

use crate::port::Question;

/// Which question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Of(&'static str, usize);

impl Of {
    /// Of a question; two that read alike and are about the same thing are one.
    pub(super) const fn question(question: &Question<'_>) -> Self {
        match question {
            Question::Fact { fact, .. } => Self("fact", fact.ix()),
            Question::Severity { proposed, .. } => Self("severity", proposed.ix()),
            Question::Step { step, .. } => Self("step", step.ix()),
            Question::Check { check, .. } => Self("check", check.ix()),
            Question::CheckNext { check, .. } => Self("check-next", check.ix()),
            Question::FixAuthor { .. } => Self("fix-author", 0),
            Question::SignOffAgain { .. } => Self("sign-off", 0),
            Question::AfterBreach { .. } => Self("breach", 0),
            Question::Stuck { step, .. } => Self("stuck", step.ix()),
        }
    }
}

/// How a question comes to stand on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comes {
    /// After one that was answered.
    Fresh,
    /// Again, with what was typed when it was withdrawn.
    Again,
    /// In place of another that nobody has answered: somebody may be typing that answer now.
    InPlace,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Key(char),
    Line(String),
}

/// What was typed of the question that stands on the screen.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    of: Option<Of>,
    /// What was entered of it, in order: a choice, say, whose reason is asked next.
    parts: Vec<Part>,
    /// How many of these have been taken since it was asked again.
    at: usize,
    /// What stands half typed.
    text: String,
}

impl Draft {
    /// A question is asked.
    pub(super) fn comes(&mut self, of: Of) -> Comes {
        self.at = 0;
        let comes = match self.of {
            Some(before) if before == of && self.has_begun() => return Comes::Again,
            Some(before) if before != of => Comes::InPlace,
            _ => Comes::Fresh,
        };
        *self = Self { of: Some(of), ..Self::default() };
        comes
    }

    /// It was answered.
    pub(super) fn answered(&mut self) {
        *self = Self::default();
    }

    /// Whether somebody has begun to answer this one.
    pub(super) fn begun(&self, of: Of) -> bool {
        self.of == Some(of) && self.has_begun()
    }

    /// Whether somebody has begun to answer the one that stands there.
    pub(super) const fn has_begun(&self) -> bool {
        !self.parts.is_empty() || !self.text.is_empty()
    }

    /// The key that was pressed here before, where it still stands for something.
    pub(super) fn key_again(&mut self, keys: &[char]) -> Option<char> {
        match self.parts.get(self.at) {
            Some(Part::Key(key)) if keys.contains(key) => {
                self.at += 1;
                Some(*key)
            }
            _ => self.forget(),
        }
    }

    /// The line that was entered here before.
    pub(super) fn line_again(&mut self) -> Option<String> {
        match self.parts.get(self.at) {
            Some(Part::Line(line)) => {
                self.at += 1;
                Some(line.clone())
            }
            _ => self.forget(),
        }
    }

    /// What does not fit any more is not taken for anything else.
    fn forget<T>(&mut self) -> Option<T> {
        if self.at < self.parts.len() {
            self.parts.truncate(self.at);
            self.text.clear();
        }
        None
    }

    /// A key was pressed.
    pub(super) fn pressed(&mut self, key: char) {
        self.done(Part::Key(key));
    }

    /// A line was entered.
    pub(super) fn entered(&mut self, line: String) {
        self.done(Part::Line(line));
    }

    fn done(&mut self, part: Part) {
        self.parts.push(part);
        self.at = self.parts.len();
        self.text.clear();
    }

    /// What stands half typed.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// It stands so now.
    pub(super) fn types(&mut self, text: &str) {
        text.clone_into(&mut self.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Of = Of("fact", 0);
    const SECOND: Of = Of("fact", 1);

    #[test]
    fn what_was_begun_is_kept_for_its_question_and_no_other() {
        let mut draft = Draft::default();
        assert_eq!(draft.comes(FIRST), Comes::Fresh);
        // Nothing was typed: it is asked like new, and another one comes in its place.
        assert_eq!(draft.comes(FIRST), Comes::Fresh);
        assert_eq!(draft.comes(SECOND), Comes::InPlace);
        draft.types("18");
        assert!(draft.begun(SECOND) && !draft.begun(FIRST));
        assert_eq!(draft.comes(SECOND), Comes::Again);
        assert_eq!(draft.text(), "18");
        assert_eq!(draft.comes(FIRST), Comes::InPlace);
        assert_eq!(draft.text(), "");
        draft.answered();
        assert_eq!(draft.comes(SECOND), Comes::Fresh);
    }

    #[test]
    fn a_choice_is_taken_again_and_its_reason_goes_on_where_it_was() {
        let mut draft = Draft::default();
        draft.comes(FIRST);
        draft.pressed('t');
        draft.entered("grace".to_owned());
        draft.types("looked at");
        assert_eq!(draft.comes(FIRST), Comes::Again);
        assert_eq!(draft.key_again(&['a', 't']), Some('t'));
        assert_eq!(draft.line_again(), Some("grace".to_owned()));
        assert_eq!(draft.line_again(), None);
        assert_eq!(draft.text(), "looked at");
        // A key that stands for nothing any more is pressed anew, and what came behind it is gone.
        assert_eq!(draft.comes(FIRST), Comes::Again);
        assert_eq!(draft.key_again(&['a']), None);
        assert!(!draft.begun(FIRST));
        assert_eq!(draft.line_again(), None);
    }
}
