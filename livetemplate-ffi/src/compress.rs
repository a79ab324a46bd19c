//! Compression of messages.

use crate::bytes::{bytes, lvt_buffer};
use crate::error::{lvt_error, lvt_status};
use crate::guard::fallible;
use crate::handle::Out;
use livetemplate_core::compress;

/// A message compressed with gzip, where it is longer than `threshold` bytes and gets shorter by that; else no bytes, and it is sent
/// as it is. Our own client takes compressed messages of a WebSocket in binary frames. A transport that compresses by itself
/// (`permessage-deflate`, `Content-Encoding`) needs none of this.
///
/// # Safety
/// The bytes are readable; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_compress(
    message: *const u8,
    message_len: usize,
    threshold: usize,
    compressed: *mut lvt_buffer,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(compressed, "compressed")?;
            let message = bytes(message, message_len, "message")?;
            out.set(compress(message, threshold).unwrap_or_default().into())
        })
    }
}
