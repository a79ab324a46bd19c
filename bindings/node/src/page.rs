//! Pages.

use crate::analysis::Analysis;
use crate::args;
use crate::call::Call;
use crate::data_in;
use crate::data_out;
use crate::error::OrThrow;
use crate::host::{self, guard};
use crate::object;
use crate::task::{Answer, Work};
use crate::template::text;
use crate::turn::Queue;
use crate::update::Update;
use livetemplate_core::{Page as Engine, Result, Update as EngineUpdate, Value};
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, Buffer, Unknown};
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

    /// The name of the page's wire format.
    #[napi(getter, ts_return_type = "Wire")]
    pub fn wire(&self) -> &'static str {
        self.inner.wire().name()
    }

    /// The whole HTML, with what the wire format needs to address it: in `tree` `<div data-lvt-id="…">` around the live region.
    #[napi(ts_args_type = "options?: CallOptions")]
    pub fn render(&self, env: Env, options: Unknown) -> napi::Result<String> {
        let call = Call::new(&env, &options).or_throw(&env)?;
        let html = guard(|| call.page(&self.inner).render());
        call.end(&env)?;
        html.or_throw(&env).map(text)
    }

    /// `render` on a worker, after the updates called before it.
    #[napi(ts_args_type = "options?: CallOptions", ts_return_type = "Promise<string>")]
    pub fn render_async(&self, env: Env, options: Unknown) -> napi::Result<AsyncTask<Work<String>>> {
        match Call::new(&env, &options) {
            Ok(call) => self.work(&env, call, false, |page| page.render().map(text)),
            Err(failure) => failure.into_promise(),
        }
    }

    /// The full message, `{"tree":…}` as JSON text; with `meta` when an action is named.
    #[napi(ts_args_type = "options?: AnswerOptions")]
    pub fn tree(&self, env: Env, options: Unknown) -> napi::Result<String> {
        let answer = args::Answer::new(&options).or_throw(&env)?;
        guard(|| self.inner.tree(answer.action(), &answer.errors())).or_throw(&env).map(text)
    }

    /// What brings a client to what the page shows from any state: the first message of a connection, and the answer to a loss.
    /// In `tree` it is `tree()`.
    #[napi]
    pub fn resync(&self, env: Env) -> napi::Result<Buffer> {
        guard(|| self.inner.resync()).or_throw(&env).map(Buffer::from)
    }

    /// Takes a control message of our own client and gives the answer; no bytes when there is none to give.
    ///
    /// A message that is malformed, of another version of the protocol or of another page is answered with one of type `error`,
    /// and changes nothing. The answer is for the client that sent the message, but to an `ack`: that has the next number, and
    /// goes to all clients of the page. In the formats of other clients, which have no control messages, this throws
    /// `InvalidArgument`.
    #[napi(ts_args_type = "message: string | Uint8Array")]
    pub fn receive(&self, env: Env, message: Unknown) -> napi::Result<Buffer> {
        let message = args::bytes(&message, "message").or_throw(&env)?;
        self.queue.run(|| guard(|| self.inner.receive(&message))).or_throw(&env).map(Buffer::from)
    }

    /// Brings the page to `data` and gives what its browser needs for that. On an error the page is unchanged.
    #[napi(ts_args_type = "data: unknown, options?: CallOptions")]
    pub fn update(&self, env: Env, data: Unknown, options: Unknown) -> napi::Result<Update> {
        let data = data_in::read(&env, data, "data").or_throw(&env)?;
        let call = Call::new(&env, &options).or_throw(&env)?;
        self.change(&env, call, |page| page.update(data))
    }

    /// `update` with data as JSON text.
    #[napi(ts_args_type = "text: string | Uint8Array, options?: JsonOptions")]
    pub fn update_json(&self, env: Env, text: Unknown, options: Unknown) -> napi::Result<Update> {
        let bytes = args::bytes(&text, "text").or_throw(&env)?;
        let (call, flags) = Call::json(&env, &options).or_throw(&env)?;
        self.change(&env, call, |page| page.update_json(&bytes, flags))
    }

    /// Brings a page whose HTML the host renders to new HTML. On an error the page is unchanged.
    #[napi(ts_args_type = "html: string | Uint8Array, options?: CallOptions")]
    pub fn update_html(&self, env: Env, html: Unknown, options: Unknown) -> napi::Result<Update> {
        let bytes = args::bytes(&html, "html").or_throw(&env)?;
        let call = Call::new(&env, &options).or_throw(&env)?;
        self.change(&env, call, |page| page.update_html(&bytes))
    }

    /// `updateHtml` on a worker. The HTML is read before the call returns.
    #[napi(
        ts_args_type = "html: string | Uint8Array, options?: CallOptions",
        ts_return_type = "Promise<Update>"
    )]
    pub fn update_html_async(
        &self,
        env: Env,
        html: Unknown,
        options: Unknown,
    ) -> napi::Result<AsyncTask<Work<EngineUpdate>>> {
        let bytes = args::bytes(&html, "html");
        match bytes.and_then(|bytes| Ok((bytes, Call::new(&env, &options)?))) {
            Ok((bytes, call)) => self.work(&env, call, false, move |page| page.update_html(&bytes)),
            Err(failure) => failure.into_promise(),
        }
    }

    /// `update` on a worker. The data is read before the call returns.
    #[napi(ts_args_type = "data: unknown, options?: CallOptions", ts_return_type = "Promise<Update>")]
    pub fn update_async(
        &self,
        env: Env,
        data: Unknown,
        options: Unknown,
    ) -> napi::Result<AsyncTask<Work<EngineUpdate>>> {
        self.change_async(&env, data, "data", &options, |page, data| page.update(data))
    }

    /// Applies a patch to the page's data: an array is a JSON Patch (RFC 6902), an object a JSON merge patch (RFC 7396).
    #[napi(ts_args_type = "patch: unknown, options?: CallOptions")]
    pub fn patch(&self, env: Env, patch: Unknown, options: Unknown) -> napi::Result<Update> {
        let patch = data_in::read(&env, patch, "patch").or_throw(&env)?;
        let call = Call::new(&env, &options).or_throw(&env)?;
        self.change(&env, call, |page| page.patch(&patch))
    }

    /// `patch` with the patch as JSON text.
    #[napi(ts_args_type = "text: string | Uint8Array, options?: JsonOptions")]
    pub fn patch_json(&self, env: Env, text: Unknown, options: Unknown) -> napi::Result<Update> {
        let bytes = args::bytes(&text, "text").or_throw(&env)?;
        let (call, flags) = Call::json(&env, &options).or_throw(&env)?;
        self.change(&env, call, |page| page.patch_json(&bytes, flags))
    }

    /// `patch` on a worker. The patch is read before the call returns.
    #[napi(ts_args_type = "patch: unknown, options?: CallOptions", ts_return_type = "Promise<Update>")]
    pub fn patch_async(
        &self,
        env: Env,
        patch: Unknown,
        options: Unknown,
    ) -> napi::Result<AsyncTask<Work<EngineUpdate>>> {
        self.change_async(&env, patch, "patch", &options, |page, patch| page.patch(&patch))
    }

    /// Sets data aside: `data` and `render` show it at once, the browser gets it with the next update or patch.
    #[napi(ts_args_type = "data: unknown")]
    pub fn set_data(&self, env: Env, data: Unknown) -> napi::Result<()> {
        let data = data_in::read(&env, data, "data").or_throw(&env)?;
        self.queue.run(|| guard(|| self.inner.set_data(data))).or_throw(&env)
    }

    /// What can be told of the page's template: `template.analysis()`.
    #[napi]
    pub fn analysis(&self, env: Env) -> napi::Result<Analysis> {
        let analysis = guard(|| self.inner.analysis()).or_throw(&env)?;
        Ok(Analysis::from(&*analysis))
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

    fn change(
        &self,
        env: &Env,
        call: Call,
        work: impl FnOnce(&Engine) -> Result<EngineUpdate>,
    ) -> napi::Result<Update> {
        let update = self.queue.run(|| guard(|| work(&call.page(&self.inner))));
        call.end(env)?;
        update.or_throw(env).map(Update::from)
    }

    fn change_async(
        &self,
        env: &Env,
        value: Unknown,
        root: &'static str,
        options: &Unknown,
        work: impl FnOnce(&Engine, Value) -> Result<EngineUpdate> + Send + 'static,
    ) -> napi::Result<AsyncTask<Work<EngineUpdate>>> {
        let value = data_in::read(env, value, root);
        match value.and_then(|value| Ok((value, Call::new(env, options)?))) {
            Ok((value, call)) => {
                let brings_objects = object::is_in(&value);
                self.work(env, call, brings_objects, move |page| work(page, value))
            }
            Err(failure) => failure.into_promise(),
        }
    }

    /// A promise of `work` in its turn: on a worker, or here where it may call JavaScript.
    fn work<T: Answer>(
        &self,
        env: &Env,
        call: Call,
        brings_objects: bool,
        work: impl FnOnce(&Engine) -> Result<T> + Send + 'static,
    ) -> napi::Result<AsyncTask<Work<T>>> {
        let page = call.page(&self.inner);
        if brings_objects || self.may_call() {
            let result = self.queue.run(|| guard(|| work(&page)));
            call.end(env)?;
            return Ok(Work::done(result));
        }
        Ok(Work::promise(Some(self.queue.turn()), call, move || work(&page)))
    }

    /// Whether work on the page may call JavaScript, or was called by it. Work that waits for its turn on a worker brings no
    /// objects into the data, so what the data is now decides.
    fn may_call(&self) -> bool {
        self.inner.template().is_some_and(|template| template.has_functions())
            || self.queue.runs_here()
            || host::has_objects() && guard(|| self.inner.data()).is_ok_and(|data| object::is_in(&data))
    }
}
