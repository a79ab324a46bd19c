//! Ending work from outside: by another thread, or when its time is over.

use crate::error::{Code, Error, Result};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A handle that ends work: [`Template::with_cancel`](crate::Template::with_cancel) and
/// [`Page::with_cancel`](crate::Page::with_cancel) say which.
///
/// Cloning shares it; any thread may use it at any time. What is cancelled stays so. Work under it fails with `Cancelled` or
/// `DeadlineExceeded` at its next look at the handle: before it starts, at every action and iteration and after every call of
/// the host's functions, and before a page takes on new data. What lies between is not interrupted: a function of the host's,
/// one value on its way through the escapers or the JSON reader, or the compiling of a template at its first use.
#[derive(Clone)]
pub struct Cancel(Arc<Inner>);

struct Inner {
    cancelled: AtomicBool,
    is_over: Option<Box<dyn Fn() -> bool + Send + Sync>>,
}

impl Cancel {
    /// A handle that ends nothing until [`Cancel::cancel`] is called.
    #[must_use]
    pub fn new() -> Cancel {
        Cancel(Arc::new(Inner { cancelled: AtomicBool::new(false), is_over: None }))
    }

    /// A handle with a deadline: work under it asks `is_over` every few steps, on its own thread, and fails with
    /// `DeadlineExceeded` when that is true.
    #[must_use]
    pub fn when(is_over: impl Fn() -> bool + Send + Sync + 'static) -> Cancel {
        Cancel(Arc::new(Inner { cancelled: AtomicBool::new(false), is_over: Some(Box::new(is_over)) }))
    }

    /// Ends all work under this handle, now and later, with `Cancelled`.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Release);
    }

    /// Whether [`Cancel::cancel`] was called or the deadline has passed. A function of the host's that takes long may ask.
    pub fn is_cancelled(&self) -> bool {
        self.reason().is_some()
    }

    /// The error for the work, if it is to end.
    pub(crate) fn check(&self) -> Result<()> {
        self.reason().map_or(Ok(()), |(code, text)| Err(Error::new(code, text)))
    }

    /// Code and text of the error, if there is one to give.
    fn reason(&self) -> Option<(Code, &'static str)> {
        if self.0.cancelled.load(Ordering::Acquire) {
            return Some((Code::Cancelled, "the call was cancelled"));
        }
        let is_over = self.0.is_over.as_ref()?;
        is_over().then_some((Code::DeadlineExceeded, "the deadline of the call has passed"))
    }
}

impl Default for Cancel {
    fn default() -> Cancel {
        Cancel::new()
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancel")
            .field("cancelled", &self.0.cancelled.load(Ordering::Relaxed))
            .finish_non_exhaustive()
    }
}

/// The cancel handle of one execution, looked at as it goes along.
pub(crate) struct Watch<'a> {
    cancel: Option<&'a Cancel>,
    looks: u32,
}

impl<'a> Watch<'a> {
    pub fn new(cancel: Option<&'a Cancel>) -> Watch<'a> {
        Watch { cancel, looks: 0 }
    }

    /// The error's code and text if the execution is to end. Asks for the time at every 16th call only.
    #[inline]
    pub fn look(&mut self) -> Option<(Code, &'static str)> {
        let cancel = self.cancel?;
        self.looks = self.looks.wrapping_add(1);
        if !self.looks.is_multiple_of(16) && !cancel.0.cancelled.load(Ordering::Relaxed) {
            return None;
        }
        cancel.reason()
    }

    /// The same, and the time is asked for.
    pub fn look_now(&self) -> Option<(Code, &'static str)> {
        self.cancel?.reason()
    }
}
