//! Handles: how a Rust value travels as an opaque C pointer.
//!
//! The marker of a handle type says who may do what with it. [`Shared`] values are only ever read through `&` and must be
//! `Send` and `Sync`; [`Builder`] values may also be changed, by one thread at a time. Changing a shared value, or sharing
//! one that is not `Sync`, does not compile.

use livetemplate_core::{Code, Error, Result};

/// Marker: behind `const` pointers, used from many threads at once.
pub(crate) enum Shared {}
/// Marker: changed by setters, one thread at a time.
pub(crate) enum Builder {}

/// An opaque C type and the Rust value behind it.
pub(crate) trait Handle {
    /// The value that a pointer to this type really points to.
    type Target: Send + Sync;
    /// [`Shared`] or [`Builder`].
    type Access;
}

/// Declares an opaque C type with its documentation.
macro_rules! handle {
    ($name:ident is $access:ident of $target:ty) => {
        impl $crate::handle::Handle for $name {
            type Target = $target;
            type Access = $crate::handle::$access;
        }
    };
}
pub(crate) use handle;

/// Gives `target` away as an owned handle.
pub(crate) fn into_handle<H: Handle>(target: H::Target) -> *mut H {
    Box::into_raw(Box::new(target)).cast()
}

/// A borrowed handle to a value that lives inside another.
pub(crate) fn borrowed<H: Handle<Access = Shared>>(target: &H::Target) -> *const H {
    std::ptr::from_ref(target).cast()
}

/// Takes an owned handle back; `None` for NULL.
///
/// # Safety
/// `handle` is NULL or came from [`into_handle`] and was not freed.
pub(crate) unsafe fn take<H: Handle>(handle: *mut H) -> Option<H::Target> {
    // SAFETY: not NULL means that the pointer came from `Box::into_raw` of this very target type.
    (!handle.is_null()).then(|| *unsafe { Box::from_raw(handle.cast::<H::Target>()) })
}

/// Takes an owned handle back and drops its value; NULL is fine.
///
/// # Safety
/// As for [`take`].
pub(crate) unsafe fn free<H: Handle>(handle: *mut H) -> Option<()> {
    // SAFETY: passed on to the caller.
    drop(unsafe { take(handle) });
    Some(())
}

/// The value behind a handle, unless that is NULL.
///
/// # Safety
/// `handle` is NULL or alive for `'a`, and nothing changes it meanwhile.
pub(crate) unsafe fn get<'a, H: Handle>(handle: *const H) -> Option<&'a H::Target> {
    // SAFETY: not NULL means made by `into_handle` or `borrowed`, so it points to a target.
    unsafe { handle.cast::<H::Target>().as_ref() }
}

/// The value behind a handle; NULL is an error that names the parameter.
///
/// # Safety
/// As for [`get`].
pub(crate) unsafe fn require<'a, H: Handle>(handle: *const H, parameter: &str) -> Result<&'a H::Target> {
    // SAFETY: passed on to the caller.
    unsafe { get(handle) }.ok_or_else(|| null(parameter))
}

/// The value behind a builder's handle, to be changed.
///
/// # Safety
/// `handle` is NULL or alive for `'a`, and nothing else uses it meanwhile.
pub(crate) unsafe fn require_mut<'a, H: Handle<Access = Builder>>(
    handle: *mut H,
    parameter: &str,
) -> Result<&'a mut H::Target> {
    // SAFETY: not NULL means made by `into_handle`, so it points to a target.
    unsafe { handle.cast::<H::Target>().as_mut() }.ok_or_else(|| null(parameter))
}

/// The error for a NULL pointer.
pub(crate) fn null(parameter: &str) -> Error {
    Error::new(Code::InvalidArgument, format!("{parameter} is NULL"))
}

/// An output parameter: zeroed when taken, written once at the end.
pub(crate) struct Out<T>(*mut T);

impl<T: Zero> Out<T> {
    /// Takes and zeroes an output.
    ///
    /// # Safety
    /// `out` is NULL or points to memory for one `T` that nothing else uses.
    pub(crate) unsafe fn take(out: *mut T, parameter: &str) -> Result<Out<T>> {
        if out.is_null() {
            return Err(null(parameter));
        }
        // SAFETY: not NULL, so valid for a write.
        unsafe { out.write(T::ZERO) };
        Ok(Out(out))
    }

    /// Writes the result.
    pub(crate) fn set(self, value: T) -> Result<()> {
        // SAFETY: `take` checked the pointer, and its caller promised that it stays valid for this call.
        unsafe { self.0.write(value) };
        Ok(())
    }
}

/// The zero of an output type.
pub(crate) trait Zero {
    /// All bits zero, NULL for pointers.
    const ZERO: Self;
}

impl<T> Zero for *mut T {
    const ZERO: Self = std::ptr::null_mut();
}

macro_rules! zero {
    ($($type:ty)+) => {
        $(impl Zero for $type {
            const ZERO: Self = 0 as $type;
        })+
    };
}

zero! { i32 u32 i64 u64 usize f64 }

impl Zero for bool {
    const ZERO: Self = false;
}
