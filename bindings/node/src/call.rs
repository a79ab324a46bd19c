//! What ends a call before its work is done: a signal, a time limit.

use crate::args::{self, Options, invalid};
use crate::error::Read;
use crate::host::Watch;
use livetemplate_core::{Cancel, DataFlags, Page, PageOptions, Template, Wire};
use napi::Env;
use napi::bindgen_prelude::Unknown;
use std::time::Instant;

/// The options of one call. Whoever makes it must [`Call::end`] it.
pub struct Call {
    cancel: Option<Cancel>,
    watch: Option<Watch>,
}

impl Call {
    /// Reads `{signal, timeout}`.
    pub fn new(env: &Env, value: &Unknown) -> Read<Call> {
        Call::read(env, Options::new(value)?)
    }

    /// Reads `{times, trusted, signal, timeout}`.
    pub fn json(env: &Env, value: &Unknown) -> Read<(Call, DataFlags)> {
        let mut options = Options::new(value)?;
        let flags = args::flags(&mut options)?;
        Ok((Call::read(env, options)?, flags))
    }

    /// Reads `{wire, signal, timeout}`.
    pub fn page_options(env: &Env, value: &Unknown) -> Read<(Call, PageOptions)> {
        let mut options = Options::new(value)?;
        let mut page = PageOptions::default();
        if let Some(wire) = options.string("wire")? {
            page = page.wire(Wire::from_name(&wire)?);
        }
        Ok((Call::read(env, options)?, page))
    }

    fn read(env: &Env, mut options: Options) -> Read<Call> {
        let timeout = options.milliseconds("timeout")?;
        let signal = options.take("signal");
        options.end()?;
        if timeout.is_none() && signal.is_none() {
            return Ok(Call { cancel: None, watch: None });
        }
        let cancel = match timeout.and_then(|timeout| Instant::now().checked_add(timeout)) {
            Some(deadline) => Cancel::when(move || Instant::now() >= deadline),
            None => Cancel::new(),
        };
        let watch = match signal {
            Some(signal) => {
                Watch::new(env, signal, &cancel)?.ok_or_else(|| invalid("signal must be an AbortSignal"))?
            }
            None => None,
        };
        Ok(Call { cancel: Some(cancel), watch })
    }

    /// The template for this call.
    pub fn template(&self, template: &Template) -> Template {
        self.cancel.as_ref().map_or_else(|| template.clone(), |cancel| template.with_cancel(cancel))
    }

    /// The page for this call.
    pub fn page(&self, page: &Page) -> Page {
        self.cancel.as_ref().map_or_else(|| page.clone(), |cancel| page.with_cancel(cancel))
    }

    /// Stops listening to the signal.
    pub fn end(self, env: &Env) -> napi::Result<()> {
        self.watch.map_or(Ok(()), |watch| watch.end(env))
    }
}
