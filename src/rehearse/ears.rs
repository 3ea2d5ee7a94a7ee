//! The person at the terminal in a drill with people: whoever asks them stops for what comes in.

use std::future::poll_fn;
use std::task::Poll;

use super::comings::Comings;
use crate::port::{Answer, Clock, Fut, Operator, Question};
use crate::text::time::{Instant, Millis};

/// How often it is looked whether something comes in, in real time.
const LOOK: Millis = Millis(400);

/// An operator who hears what comes in.
pub(super) struct Ears<'a> {
    pub(super) comings: &'a Comings<'a>,
    pub(super) clock: &'a dyn Clock,
    pub(super) then: &'a mut dyn Operator,
}

impl Operator for Ears<'_> {
    fn ask<'o>(&'o mut self, question: Question<'o>, deadline: Option<Instant>) -> Fut<'o, Answer> {
        Box::pin(async move {
            let comes = async {
                loop {
                    let time_over = deadline.is_some_and(|at| self.clock.now() >= at);
                    if self.comings.some() || time_over {
                        break if time_over { Answer::Interrupted } else { Answer::CameIn };
                    }
                    self.clock.sleep(LOOK).await;
                }
            };
            let stood = self.comings.course.stood();
            let mut ask = self.then.ask(question, deadline);
            let mut comes = std::pin::pin!(comes);
            let answer = poll_fn(|cx| match ask.as_mut().poll(cx) {
                Poll::Ready(answer) => Poll::Ready(answer),
                Poll::Pending => comes.as_mut().poll(cx),
            })
            .await;
            let early = deadline.is_some_and(|at| self.clock.now() < at);
            if answer == Answer::Interrupted && early && stood != self.comings.course.stood() {
                // The terminal waited by a clock of the world, and the drill's time stood in between.
                self.clock.sleep(LOOK).await;
                return Answer::CameIn;
            }
            answer
        })
    }

    fn present(&self) -> bool {
        self.then.present()
    }

    fn person(&self) -> Option<&str> {
        self.then.person()
    }

    fn begun(&self, question: &Question<'_>) -> bool {
        self.then.begun(question)
    }
}
