//! Pages.

use crate::args;
use crate::data_in;
use crate::data_out;
use crate::error::{Failure, OrThrow};
use crate::host::guard;
use crate::task::{Answer, Work};
use crate::template::text;
use crate::turn::Queue;
use crate::update::Update;
use livetemplate_core::{Page as Engine, Result, Update as EngineUpdate, Value};
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, Unknown};
use napi_derive::napi;
use std::sync::Arc;

/// One browser session's page. Letting go of it never closes it.
///
/// Updates of one page run in the order in which they are called, also those on workers that are not awaited: a call
/// that changes the page waits for earlier ones.
#[napi]
pub struct Page {
    inner: Engine,
    queue: Arc<Queue>,
}

#[napi]
impl Page {
    /// The page's id: 32 hex digits.
    #[napi(getter)]
    pub fn id(&self) -> String {
        self.inner.id().to_owned()
    }

    /// The page's token, minted once when the page was made.
    #[napi(getter)]
    pub fn token(&self) -> String {
        self.inner.token().to_owned()
    }

    /// The whole HTML, with `<div data-lvt-id="…">` around the live region.
    #[napi]
    pub fn render(&self, env: Env) -> napi::Result<String> {
        guard(|| self.inner.render()).or_throw(&env).map(text)
    }

    /// `render` on a worker, after the updates called before it.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn render_async(&self) -> AsyncTask<Work<String>> {
        self.work(|page| page.render().map(text))
    }

    /// The full message, `{"tree":…}` as JSON text; with `meta` when an action is named.
    #[napi(ts_args_type = "options?: AnswerOptions")]
    pub fn tree(&self, env: Env, options: Unknown) -> napi::Result<String> {
        let answer = args::Answer::new(&options).or_throw(&env)?;
        guard(|| self.inner.tree(answer.action(), &answer.errors())).or_throw(&env).map(text)
    }

    /// Brings the page to `data` and gives what its browser needs for that. On an error the page is unchanged.
    #[napi(ts_args_type = "data: unknown")]
    pub fn update(&self, env: Env, data: Unknown) -> napi::Result<Update> {
        let data = data_in::read(&env, data, "data").or_throw(&env)?;
        self.change(&env, |page| page.update(data))
    }

    /// `update` with data as JSON text.
    #[napi(ts_args_type = "text: string | Uint8Array, options?: JsonOptions")]
    pub fn update_json(&self, env: Env, text: Unknown, options: Unknown) -> napi::Result<Update> {
        let bytes = args::bytes(&text, "text").or_throw(&env)?;
        let flags = args::flags(&options).or_throw(&env)?;
        self.change(&env, |page| page.update_json(&bytes, flags))
    }

    /// `update` on a worker. The data is read before the call returns.
    #[napi(ts_args_type = "data: unknown", ts_return_type = "Promise<Update>")]
    pub fn update_async(&self, env: Env, data: Unknown) -> napi::Result<AsyncTask<Work<EngineUpdate>>> {
        self.change_async(&env, data, "data", |page, data| page.update(data))
    }

    /// Applies a patch to the page's data: an array is a JSON Patch (RFC 6902), an object a JSON merge patch (RFC 7396).
    #[napi(ts_args_type = "patch: unknown")]
    pub fn patch(&self, env: Env, patch: Unknown) -> napi::Result<Update> {
        let patch = data_in::read(&env, patch, "patch").or_throw(&env)?;
        self.change(&env, |page| page.patch(&patch))
    }

    /// `patch` with the patch as JSON text.
    #[napi(ts_args_type = "text: string | Uint8Array, options?: JsonOptions")]
    pub fn patch_json(&self, env: Env, text: Unknown, options: Unknown) -> napi::Result<Update> {
        let bytes = args::bytes(&text, "text").or_throw(&env)?;
        let flags = args::flags(&options).or_throw(&env)?;
        self.change(&env, |page| page.patch_json(&bytes, flags))
    }

    /// `patch` on a worker. The patch is read before the call returns.
    #[napi(ts_args_type = "patch: unknown", ts_return_type = "Promise<Update>")]
    pub fn patch_async(&self, env: Env, patch: Unknown) -> napi::Result<AsyncTask<Work<EngineUpdate>>> {
        self.change_async(&env, patch, "patch", |page, patch| page.patch(&patch))
    }

    /// Sets data aside: `data` and `render` show it at once, the browser gets it with the next update or patch.
    #[napi(ts_args_type = "data: unknown")]
    pub fn set_data(&self, env: Env, data: Unknown) -> napi::Result<()> {
        let data = data_in::read(&env, data, "data").or_throw(&env)?;
        self.queue.run(|| guard(|| self.inner.set_data(data))).or_throw(&env)
    }

    /// The page's current data.
    #[napi(ts_return_type = "Data")]
    pub fn data<'env>(&self, env: &'env Env) -> napi::Result<Unknown<'env>> {
        let data = guard(|| self.inner.data()).or_throw(env)?;
        data_out::write(env, &data)
    }

    /// Closes the page: every later call on it, through any handle, is `PageClosed`. Closing twice is fine.
    #[napi]
    pub fn close(&self, env: Env) -> napi::Result<()> {
        guard(|| {
            self.inner.close();
            Ok(())
        })
        .or_throw(&env)
    }
}

impl Page {
    /// A handle of `inner`, whose calls take turns in `queue`.
    pub fn new(inner: Engine, queue: Arc<Queue>) -> Page {
        Page { inner, queue }
    }

    fn change(&self, env: &Env, work: impl FnOnce(&Engine) -> Result<EngineUpdate>) -> napi::Result<Update> {
        self.queue.run(|| guard(|| work(&self.inner))).or_throw(env).map(Update::from)
    }

    fn change_async(
        &self,
        env: &Env,
        value: Unknown,
        root: &'static str,
        work: impl FnOnce(&Engine, Value) -> Result<EngineUpdate> + Send + 'static,
    ) -> napi::Result<AsyncTask<Work<EngineUpdate>>> {
        match data_in::read(env, value, root) {
            Ok(value) => Ok(self.work(move |page| work(page, value))),
            Err(Failure::Engine(error)) => Ok(Work::done(Err(error))),
            Err(Failure::Host(error)) => Err(error),
        }
    }

    /// A promise of `work` in its turn: on a worker, or here where it may call JavaScript.
    fn work<T: Answer>(
        &self,
        work: impl FnOnce(&Engine) -> Result<T> + Send + 'static,
    ) -> AsyncTask<Work<T>> {
        if self.inner.template().has_functions() || self.queue.runs_here() {
            return Work::done(self.queue.run(|| guard(|| work(&self.inner))));
        }
        let inner = self.inner.clone();
        Work::promise(Some(self.queue.turn()), move || work(&inner))
    }
}
