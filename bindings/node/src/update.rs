//! What an update sends.

use crate::args::Answer;
use crate::error::OrThrow;
use crate::host::guard;
use napi::Env;
use napi::bindgen_prelude::{BufferSlice, Unknown};
use napi_derive::napi;
use std::collections::BTreeMap;

/// What an update did, and the message that tells the browser.
#[napi]
pub struct Update {
    inner: livetemplate_core::Update,
}

impl From<livetemplate_core::Update> for Update {
    fn from(inner: livetemplate_core::Update) -> Update {
        Update { inner }
    }
}

/// Figures of one update.
#[napi(object, object_from_js = false)]
pub struct UpdateStats {
    /// Length of the payload in bytes.
    pub bytes: i64,
    /// Length of the page's full HTML after the update, in bytes.
    pub full_render_bytes: i64,
    /// The share of the full render that was saved, from 0 to 1.
    pub reduction: f64,
    /// Slots, conditions, ranges and calls evaluated.
    pub slots_evaluated: i64,
    /// Changed slots outside the live region, which no update can reach.
    pub outside: i64,
    /// Why parts of the page were sent that had not changed, or evaluated although nothing changed that they read; each with how
    /// often that came up. `cost`: all items of a list were sent, which takes less; `lost`: the whole page was sent, because what it
    /// had shown could not be found again; `volatile`: a place calls a volatile function; `assigned`: it assigns a variable or reads one
    /// that is assigned; `ends`: items of a range decide on others by `break` or `continue`; `objects`: there are objects in the page's
    /// data. `template.dependencies()` says which places every update evaluates.
    #[napi(ts_type = "{ readonly [reason: string]: number }")]
    pub reasons: BTreeMap<String, i64>,
}

#[napi]
impl Update {
    /// Whether the browser needs nothing.
    #[napi(getter)]
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// The push, in the page's wire format; no bytes when the update is empty.
    #[napi(getter, ts_return_type = "Buffer")]
    pub fn payload<'env>(&self, env: &'env Env) -> napi::Result<BufferSlice<'env>> {
        BufferSlice::copy_from(env, self.inner.payload())
    }

    /// The answer to an action: the push with `meta`, also when nothing changed. Without `errors` it says success.
    #[napi(ts_args_type = "options?: AnswerOptions", ts_return_type = "Buffer")]
    pub fn reply<'env>(&self, env: &'env Env, options: Unknown) -> napi::Result<BufferSlice<'env>> {
        let answer = Answer::new(&options).or_throw(env)?;
        let reply = guard(|| Ok(self.inner.reply(answer.action(), &answer.errors()))).or_throw(env)?;
        BufferSlice::from_data(env, reply)
    }

    /// What the update cost.
    #[napi(getter)]
    pub fn stats(&self) -> UpdateStats {
        let stats = self.inner.stats();
        UpdateStats {
            bytes: stats.bytes as i64,
            full_render_bytes: stats.full_render_bytes as i64,
            reduction: stats.reduction(),
            slots_evaluated: stats.slots_evaluated as i64,
            outside: stats.outside as i64,
            reasons: stats.reasons.iter().map(|(reason, n)| (reason.as_str().to_owned(), n as i64)).collect(),
        }
    }
}
