//! Bytes across the boundary: pointer and length in, owned buffers and borrowed text out.

use crate::guard::infallible;
use crate::handle::{Zero, null};
use livetemplate_core::{Code, Error, Result};

/// Bytes owned by the caller, to be freed with lvt_buffer_free. `data` may be NULL when `len` is 0.
#[repr(C)]
#[derive(Debug)]
pub struct lvt_buffer {
    /// The bytes.
    pub data: *mut u8,
    /// How many there are.
    pub len: usize,
    /// How many were allocated; only the library reads it.
    pub cap: usize,
}

/// Borrowed bytes, not terminated by zero. `data` may be NULL when `len` is 0.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct lvt_str {
    /// The bytes.
    pub data: *const u8,
    /// How many there are.
    pub len: usize,
}

/// A message about one field of a form, for the answer to an action.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct lvt_field_error {
    /// Name of the field, UTF-8.
    pub field: lvt_str,
    /// What is wrong with it, UTF-8.
    pub text: lvt_str,
}

impl lvt_str {
    /// No bytes.
    pub(crate) const EMPTY: lvt_str = lvt_str { data: std::ptr::null(), len: 0 };

    /// Borrows `bytes` for C.
    pub(crate) fn new(bytes: &[u8]) -> lvt_str {
        lvt_str { data: bytes.as_ptr(), len: bytes.len() }
    }

    /// A copy of the bytes.
    ///
    /// # Safety
    /// `data` is NULL or valid for reads of `len` bytes.
    #[cfg(test)]
    pub(crate) unsafe fn to_vec(self) -> Vec<u8> {
        // SAFETY: passed on to the caller.
        unsafe { bytes(self.data, self.len, "str") }.unwrap_or_default().to_vec()
    }
}

impl Zero for lvt_str {
    const ZERO: Self = lvt_str::EMPTY;
}

impl lvt_buffer {
    const EMPTY: lvt_buffer = lvt_buffer { data: std::ptr::null_mut(), len: 0, cap: 0 };
}

impl Zero for lvt_buffer {
    const ZERO: Self = lvt_buffer::EMPTY;
}

impl From<Vec<u8>> for lvt_buffer {
    fn from(bytes: Vec<u8>) -> lvt_buffer {
        if bytes.capacity() == 0 {
            return lvt_buffer::EMPTY;
        }
        let mut bytes = std::mem::ManuallyDrop::new(bytes);
        lvt_buffer { data: bytes.as_mut_ptr(), len: bytes.len(), cap: bytes.capacity() }
    }
}

/// An input of any bytes.
///
/// # Safety
/// `data` is NULL or valid for reads of `len` bytes during `'a`.
pub(crate) unsafe fn bytes<'a>(data: *const u8, len: usize, parameter: &str) -> Result<&'a [u8]> {
    if len == 0 {
        return Ok(&[]);
    }
    // SAFETY: `len` bytes are readable, as the caller promised.
    unsafe { array(data, len, parameter) }
}

/// An input of UTF-8 text.
///
/// # Safety
/// As for [`bytes`].
pub(crate) unsafe fn text<'a>(data: *const u8, len: usize, parameter: &str) -> Result<&'a str> {
    // SAFETY: passed on to the caller.
    let bytes = unsafe { bytes(data, len, parameter) }?;
    std::str::from_utf8(bytes)
        .map_err(|_| Error::new(Code::InvalidArgument, format!("{parameter} is not UTF-8")))
}

/// An input array of `len` items.
///
/// # Safety
/// `data` is NULL or points to `len` items that stay valid during `'a`.
pub(crate) unsafe fn array<'a, T>(data: *const T, len: usize, parameter: &str) -> Result<&'a [T]> {
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(null(parameter));
    }
    if len > isize::MAX as usize / size_of::<T>() {
        return Err(Error::new(Code::InvalidArgument, format!("the length of {parameter} is out of range")));
    }
    // SAFETY: not NULL, in range, and readable as the caller promised.
    Ok(unsafe { std::slice::from_raw_parts(data, len) })
}

/// The name of an action; length 0 is none.
///
/// # Safety
/// As for [`bytes`].
pub(crate) unsafe fn action_name<'a>(data: *const u8, len: usize) -> Result<Option<&'a str>> {
    // SAFETY: passed on to the caller.
    let name = unsafe { text(data, len, "action") }?;
    Ok((!name.is_empty()).then_some(name))
}

/// The field errors of an action.
///
/// # Safety
/// `errors` is NULL or points to `len` items whose texts are valid during `'a`.
pub(crate) unsafe fn field_errors<'a>(
    errors: *const lvt_field_error,
    len: usize,
) -> Result<Vec<(&'a str, &'a str)>> {
    // SAFETY: passed on to the caller.
    let errors = unsafe { array(errors, len, "errors") }?;
    errors
        .iter()
        .map(|e| {
            // SAFETY: the caller vouches for the texts of every item.
            unsafe { Ok((text(e.field.data, e.field.len, "field")?, text(e.text.data, e.text.len, "text")?)) }
        })
        .collect()
}

/// Frees the bytes of a buffer and zeroes it, so that freeing it again does nothing. NULL is fine.
///
/// # Safety
/// `buffer` is NULL or points to a buffer that is zero or came from this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_buffer_free(buffer: *mut lvt_buffer) {
    infallible(|| {
        // SAFETY: not NULL means a valid buffer, as the caller promised.
        let owned = std::mem::replace(unsafe { buffer.as_mut() }?, lvt_buffer::EMPTY);
        if !owned.data.is_null() {
            // SAFETY: data, length and capacity came from a `Vec<u8>` and were zeroed above, so this happens once.
            drop(unsafe { Vec::from_raw_parts(owned.data, owned.len, owned.cap) });
        }
        Some(())
    });
}
