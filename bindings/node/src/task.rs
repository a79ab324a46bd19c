//! Engine work on a worker thread, with a promise for its result.

use crate::call::Call;
use crate::error::OrThrow;
use crate::host::guard;
use crate::turn::Turn;
use crate::update::Update;
use livetemplate_core::{Error, Result};
use napi::bindgen_prelude::{AsyncTask, ToNapiValue, TypeName};
use napi::{Env, Task};

/// What a task gives to JavaScript.
pub trait Answer: Send + 'static {
    /// The JavaScript side of it.
    type Js: ToNapiValue + TypeName;

    /// Makes it, on the JavaScript thread.
    fn into_js(self) -> Self::Js;
}

impl Answer for String {
    type Js = String;

    fn into_js(self) -> String {
        self
    }
}

impl Answer for livetemplate_core::Update {
    type Js = Update;

    fn into_js(self) -> Update {
        Update::from(self)
    }
}

/// One piece of work.
pub struct Work<T> {
    turn: Option<Turn>,
    call: Option<Call>,
    job: Option<Box<dyn FnOnce() -> Result<T> + Send>>,
}

impl<T: Answer> Work<T> {
    /// A promise of what `job` gives on a worker, when the `turn` (if any) has come. Then `call` is over.
    pub fn promise(
        turn: Option<Turn>,
        call: Call,
        job: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> AsyncTask<Work<T>> {
        AsyncTask::new(Work { turn, call: Some(call), job: Some(Box::new(job)) })
    }

    /// A promise of what is already known.
    pub fn done(result: Result<T>) -> AsyncTask<Work<T>> {
        AsyncTask::new(Work { turn: None, call: None, job: Some(Box::new(move || result)) })
    }
}

impl<T: Answer> Task for Work<T> {
    type Output = Result<T, Error>;
    type JsValue = T::Js;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let turn = self.turn.take();
        if let Some(turn) = &turn {
            turn.wait();
        }
        Ok(match self.job.take() {
            Some(job) => guard(job),
            None => Err(Error::new(livetemplate_core::Code::Internal, "a task ran twice")),
        })
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> napi::Result<Self::JsValue> {
        output.or_throw(&env).map(T::into_js)
    }

    fn finally(self, env: Env) -> napi::Result<()> {
        self.call.map_or(Ok(()), |call| call.end(&env))
    }
}
