//! Another stage as a future.

use std::{
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use super::{Cx, mismatch};
use crate::{
    error::{Result, StageError},
    json,
    roles::RoleRequest,
    task::{EffectFuture, Shared},
    wire::{Action, Answer, StageCall},
};

/// A call of another stage, made by [`Cx::stage`].
#[must_use = "a stage is called when it is awaited"]
pub struct StageFuture<R: RoleRequest> {
    inner: EffectFuture<R::Response>,
}

impl<R: RoleRequest> StageFuture<R> {
    pub(super) fn new(cx: &Cx, id: String, request: &R) -> Self {
        let action = match serde_json::to_value(request) {
            Ok(request) => {
                Ok(Action::Stage(StageCall { role: R::ROLE, provider: None, id, request, label: String::new() }))
            }
            Err(e) => Err(StageError::permanent(format!("the {} request is not JSON: {e}", R::ROLE))),
        };
        Self { inner: cx.single(action, decode::<R>) }
    }

    /// What it is, for people: `segment of scene 3`.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        if let Some(call) = self.call() {
            call.label = label.into();
        }
        self
    }

    /// Which plugin is to do it; without this, the caller's own if it fills the role, else the default one.
    pub fn provider(mut self, id: impl Into<String>) -> Self {
        if let Some(call) = self.call() {
            call.provider = Some(id.into());
        }
        self
    }

    fn call(&mut self) -> Option<&mut StageCall> {
        match self.inner.asked.action_mut() {
            Some(Action::Stage(call)) => Some(call),
            _ => None,
        }
    }
}

impl<R: RoleRequest> Future for StageFuture<R> {
    type Output = Result<R::Response>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.inner).poll(context)
    }
}

fn decode<R: RoleRequest>(_: &Rc<Shared>, answer: Answer) -> Result<R::Response> {
    let Answer::Stage { response } = answer else { return Err(mismatch()) };
    json::typed(response).map_err(|e| {
        StageError::permanent(format!("the {} stage answered with something else: {e}", R::ROLE)).code("stage.response")
    })
}
