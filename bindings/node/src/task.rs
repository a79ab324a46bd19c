//! Engine work on a worker thread, with a promise for its result.

use crate::error::{OrThrow, guard};
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
    job: Option<Box<dyn FnOnce() -> Result<T> + Send>>,
}

impl<T: Answer> Work<T> {
    /// A promise of what `job` gives, when the `turn` (if any) has come. An error that is already known rejects it.
    pub fn promise(
        turn: Option<Turn>,
        job: Result<impl FnOnce() -> Result<T> + Send + 'static>,
    ) -> AsyncTask<Work<T>> {
        let job: Box<dyn FnOnce() -> Result<T> + Send> = match job {
            Ok(job) => Box::new(job),
            Err(error) => Box::new(move || Err(error)),
        };
        AsyncTask::new(Work { turn, job: Some(job) })
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
}
