//! What an update sends.

use crate::args::{self, Answer};
use crate::data_out;
use crate::error::{OrThrow, Read};
use crate::host::guard;
use livetemplate_core::{DataFlags, HtmlPattern, Strategy, Value};
use napi::Env;
use napi::bindgen_prelude::{Buffer, BufferSlice, Unknown};
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

/// A change of a fragment in the format `fragments`.
#[napi(object, object_from_js = false)]
pub struct Fragment<'env> {
    /// The fragment's id: the value of its `data-fragment-id`.
    pub id: String,
    /// How it is sent.
    #[napi(ts_type = "Strategy")]
    pub strategy: &'static str,
    /// What the client does with it.
    #[napi(ts_type = "'update' | 'insert' | 'remove' | 'replace'")]
    pub action: &'static str,
    /// What the client needs for it.
    #[napi(ts_type = "{ readonly [member: string]: Data }")]
    pub data: Unknown<'env>,
    /// Why this strategy.
    pub reason: &'static str,
    /// The share of the page's full render that the strategy is expected to save at least, from 0 to 1.
    pub expected_reduction: f64,
    /// The share that was saved.
    pub reduction: f64,
}

/// One thing that changed in a page whose HTML is compared.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct HtmlChange {
    /// What happened.
    #[napi(ts_type = "'text' | 'attribute' | 'added' | 'removed' | 'changed' | 'moved'")]
    pub kind: &'static str,
    /// The name of the element that it happened to, or in whose content or attributes; empty where it is not known.
    pub element: String,
    /// The key of the list's item that it is or stands in, if the item has one.
    pub key: Option<String>,
}

/// Figures of one update.
#[napi(object, object_from_js = false, use_nullable = true)]
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
    /// In the format `fragments` the strategy that sends most of those that were taken.
    #[napi(ts_type = "Strategy")]
    pub strategy: Option<&'static str>,
}

/// A message compressed with gzip, where it is longer than `threshold` bytes and gets shorter by that; else null.
///
/// Our own client takes compressed messages of a WebSocket in binary frames. A transport that compresses by itself
/// (`permessage-deflate`, `Content-Encoding`) needs none of this.
#[napi(ts_args_type = "message: string | Uint8Array, threshold: number", ts_return_type = "Buffer | null")]
pub fn compress(env: &Env, message: Unknown, threshold: Unknown) -> napi::Result<Option<Buffer>> {
    let read =
        || -> Read<_> { Ok((args::bytes(&message, "message")?, args::count(&threshold, "threshold")?)) };
    let (message, threshold) = read().or_throw(env)?;
    let compressed = guard(|| Ok(livetemplate_core::compress(&message, threshold))).or_throw(env)?;
    Ok(compressed.map(Buffer::from))
}

#[napi]
impl Update {
    /// Whether the browser needs nothing.
    #[napi(getter)]
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// The push, in the page's wire format; no bytes when the update is empty. In `patches` a long update is several messages: this
    /// is then a JSON array of them.
    #[napi(getter, ts_return_type = "Buffer")]
    pub fn payload<'env>(&self, env: &'env Env) -> napi::Result<BufferSlice<'env>> {
        BufferSlice::copy_from(env, self.inner.payload())
    }

    /// The messages of the payload one by one, for a transport that limits their length: in `patches` none is over 256 KiB. They must
    /// be sent in their order. In the other formats there is one at most.
    #[napi(getter, ts_return_type = "Buffer[]")]
    pub fn messages<'env>(&self, env: &'env Env) -> napi::Result<Vec<BufferSlice<'env>>> {
        self.inner.messages().map(|message| BufferSlice::copy_from(env, message)).collect()
    }

    /// What the payload says of each fragment, in its order: in the format `fragments`, in others nothing.
    #[napi(getter)]
    pub fn fragments<'env>(&self, env: &'env Env) -> napi::Result<Vec<Fragment<'env>>> {
        let fragment = |inner: &livetemplate_core::Fragment| {
            let data = Value::from_json(inner.data.as_bytes(), DataFlags::default()).or_throw(env)?;
            Ok(Fragment {
                id: inner.id.clone(),
                strategy: inner.strategy.as_str(),
                action: inner.action,
                data: data_out::write(env, &data)?,
                reason: inner.reason,
                expected_reduction: inner.strategy.expected_reduction(),
                reduction: inner.reduction,
            })
        };
        self.inner.fragments().iter().map(fragment).collect()
    }

    /// What changed in the live region, for a page whose HTML is compared: one that its host renders, or one of `Template.upon`. Of
    /// other pages it is empty.
    #[napi(getter)]
    pub fn changes(&self) -> Vec<HtmlChange> {
        let change = |inner: &livetemplate_core::HtmlChange| HtmlChange {
            kind: inner.kind.as_str(),
            element: inner.element.to_string(),
            key: inner.key.as_deref().map(str::to_owned),
        };
        self.inner.changes().iter().map(change).collect()
    }

    /// What kind of update `changes` make together. `text`: only texts are others; `simple`: so are a few attributes and elements;
    /// `rewrite`: elements became others, or ten and more came, went, moved or have another attribute.
    #[napi(getter, ts_return_type = "'nothing' | 'text' | 'simple' | 'rewrite'")]
    pub fn html_pattern(&self) -> &'static str {
        HtmlPattern::of(self.inner.changes()).as_str()
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
            strategy: stats.strategy.map(Strategy::as_str),
        }
    }
}
