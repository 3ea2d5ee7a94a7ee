//! Reviews on branches of their own, `aigov/review/NONCE`: one commit each, as votes are, so that a reviewer on another
//! machine needs only the right to push a new branch.
//!
//! Must not judge a review: that is `approval`'s.

use super::store::Store;
use crate::approval::review::Review;
use crate::port::JournalError;

impl Store {
    /// Keeps a review, and says what did not reach the remote.
    ///
    /// # Errors
    /// The repository could not be written, or there is one of this nonce.
    pub fn put_review(&self, of: &Review) -> Result<Vec<String>, JournalError> {
        let subject = format!("{} reviewed {} {}", of.person, of.of.word(), of.name);
        self.put(&(self.branches("review") + &of.nonce), &subject, &of.person, of.at, of)
    }

    /// Every review, in order of time and nonce. What can't be read as one is none.
    ///
    /// # Errors
    /// The repository could not be read.
    pub fn reviews(&self) -> Result<Vec<Review>, JournalError> {
        let named = self.all_of::<Review>(&self.branches("review"))?.into_iter();
        let mut all: Vec<Review> = named.filter(|(nonce, of)| *nonce == of.nonce).map(|(_, of)| of).collect();
        all.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.nonce.cmp(&b.nonce)));
        Ok(all)
    }
}
