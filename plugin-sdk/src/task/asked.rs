//! An effect as a future: asked for at the first poll, cancelled when dropped before its last answer.

use std::{
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use super::Shared;
use crate::{
    error::{Result, StageError},
    wire::{Action, Answer},
};

/// One effect and the answers it gets.
pub(crate) struct Asked {
    pub shared: Rc<Shared>,
    step: Step,
}

enum Step {
    /// Not asked for yet; an error of its builder comes out at the first poll.
    Ready(Box<Result<Action>>),
    Waiting(u32),
    Over,
}

impl Asked {
    pub fn new(shared: Rc<Shared>, action: Result<Action>) -> Self {
        Self { shared, step: Step::Ready(Box::new(action)) }
    }

    /// What is to be asked, as long as it has not been.
    pub fn action_mut(&mut self) -> Option<&mut Action> {
        match &mut self.step {
            Step::Ready(action) => action.as_mut().as_mut().ok(),
            _ => None,
        }
    }

    /// Nothing is asked; the future ends with `error`.
    pub fn refuse(&mut self, error: StageError) {
        if matches!(self.step, Step::Ready(_)) {
            self.step = Step::Ready(Box::new(Err(error)));
        }
    }

    /// The next answer. A failure, and what is last for its kind, end it.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Result<Answer>> {
        if let Step::Ready(action) = &mut self.step {
            match std::mem::replace(action.as_mut(), Err(StageError::permanent("taken"))) {
                Ok(action) => self.step = Step::Waiting(self.shared.ask(action)),
                Err(error) => {
                    self.step = Step::Over;
                    return Poll::Ready(Err(error));
                }
            }
        }
        // Polled again after its end: it rests for ever, and the driver notices.
        let Step::Waiting(id) = self.step else { return Poll::Pending };
        let answer = ready!(self.shared.poll_answer(id, context));
        if answer.is_last() {
            self.step = Step::Over;
        }
        Poll::Ready(match answer {
            Answer::Failed { error } => Err(error),
            answer => Ok(answer),
        })
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if let Step::Waiting(id) = self.step {
            self.shared.close(id);
        }
    }
}

/// An effect with one answer, as a `T`. It is asked for when first polled, and cancelled when dropped before
/// its answer has come.
#[must_use = "an effect is asked for when it is awaited"]
pub struct EffectFuture<T> {
    pub(crate) asked: Asked,
    decode: fn(&Rc<Shared>, Answer) -> Result<T>,
}

impl<T> EffectFuture<T> {
    pub(crate) fn new(asked: Asked, decode: fn(&Rc<Shared>, Answer) -> Result<T>) -> Self {
        Self { asked, decode }
    }
}

impl<T> Future for EffectFuture<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(self.asked.poll_next(context))?;
        let decode = self.decode;
        Poll::Ready(decode(&self.asked.shared, answer))
    }
}
