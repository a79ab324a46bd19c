//! The boundary that no panic crosses.
//!
//! Every exported function is a plain `extern "C"` function whose body is one call of [`fallible`] or [`infallible`].
//! What a caller gets for a panic or a NULL argument follows from the return type, so that no author can forget it.

use crate::bytes::lvt_str;
use crate::error::{lvt_error, lvt_status};
use crate::handle;
use livetemplate_core::Error;
use livetemplate_core::error::catch_panic;

#[cfg(panic = "abort")]
compile_error!("livetemplate-ffi catches panics at the C boundary and must be built with panic = \"unwind\"");

/// LVT_OK as the guard returns it.
const OK: lvt_status = 0;

/// What a function that cannot fail returns for a NULL argument, and after a panic.
pub(crate) trait Fallback {
    /// The neutral value.
    fn fallback() -> Self;
}

macro_rules! fallback {
    ($($type:ty => $value:expr;)+) => {
        $(impl Fallback for $type {
            fn fallback() -> Self {
                $value
            }
        })+
    };
}

fallback! {
    () => ();
    bool => false;
    i32 => 0;
    u32 => 0;
    usize => 0;
    f64 => 0.0;
    lvt_str => lvt_str::EMPTY;
}

impl<T> Fallback for *const T {
    fn fallback() -> Self {
        std::ptr::null()
    }
}

impl<T> Fallback for *mut T {
    fn fallback() -> Self {
        std::ptr::null_mut()
    }
}

/// Runs the body of a function that cannot fail; `None` stands for a NULL argument.
pub(crate) fn infallible<R: Fallback>(body: impl FnOnce() -> Option<R>) -> R {
    catch_panic(|| Ok(body())).ok().flatten().unwrap_or_else(R::fallback)
}

/// Runs the body of a function that can fail and reports its error through `error`.
///
/// # Safety
/// `error` is NULL or points to memory for one pointer.
pub(crate) unsafe fn fallible(
    error: *mut *mut lvt_error,
    body: impl FnOnce() -> Result<(), Error>,
) -> lvt_status {
    if !error.is_null() {
        // SAFETY: not NULL, so valid for a write as the caller promised.
        unsafe { error.write(std::ptr::null_mut()) };
    }
    let Err(failure) = catch_panic(body) else { return OK };
    let status = failure.code() as lvt_status;
    if !error.is_null() {
        // SAFETY: as above.
        unsafe { error.write(handle::into_handle(failure)) };
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{lvt_error_code, lvt_error_free, lvt_error_message};
    use livetemplate_core::Code;

    fn quietly<R>(body: impl FnOnce() -> R) -> R {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let result = body();
        std::panic::set_hook(hook);
        result
    }

    #[test]
    fn a_panic_becomes_an_error_with_its_message() {
        quietly(|| {
            let mut error = std::ptr::null_mut();
            // SAFETY: `error` is a local; what it receives is freed below.
            unsafe {
                assert_eq!(fallible(&mut error, || panic!("broken {}", 7)), Code::Panic as i32);
                assert_eq!(lvt_error_code(error), 901);
                assert_eq!(lvt_error_message(error).to_vec(), b"panic in the engine: broken 7");
                lvt_error_free(error);
                assert_eq!(fallible(&mut error, || panic!("fixed")), Code::Panic as i32);
                assert_eq!(lvt_error_message(error).to_vec(), b"panic in the engine: fixed");
                lvt_error_free(error);
                assert_eq!(fallible(&mut error, || std::panic::panic_any(1)), Code::Panic as i32);
                lvt_error_free(error);
                assert_eq!(fallible(std::ptr::null_mut(), || panic!("unheard")), Code::Panic as i32);
                assert_eq!(fallible(&mut error, || Ok(())), 0);
                assert!(error.is_null());
            }
            assert_eq!(infallible::<usize>(|| panic!("no")), 0);
            assert!(infallible::<*mut u8>(|| None).is_null());
            assert!(infallible::<bool>(|| Some(true)));
        });
    }
}
