//! Compression of messages.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// A message compressed with gzip, where it is longer than `threshold` bytes and gets shorter by that; else `None`, and it is sent as it
/// is. Our own client takes compressed messages of a WebSocket in binary frames. A transport that compresses by itself
/// (`permessage-deflate`, `Content-Encoding`) needs none of this.
pub fn compress(message: &[u8], threshold: usize) -> Option<Vec<u8>> {
    if message.len() <= threshold {
        return None;
    }
    let mut gzip = GzEncoder::new(Vec::with_capacity(message.len() / 4), Compression::default());
    // Writing to memory never fails.
    gzip.write_all(message).ok()?;
    gzip.finish().ok().filter(|compressed| compressed.len() < message.len())
}
