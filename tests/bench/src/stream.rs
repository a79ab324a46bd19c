//! The simple competitor: the whole page again, through one Brotli stream per connection.

use crate::sides::{Spent, clock};
use crate::{Outcome, allocations};
use brotli::CompressorWriter;
use std::io::{self, Write};

/// The quality that servers use for what they make on the fly.
const QUALITY: u32 = 5;

/// The smallest window in which a page finds itself again, since a larger one holds more memory; browsers accept up to 16 MiB. Below
/// 128 KiB the crate chooses other tables, which are larger.
fn window_bits(pages: &[Vec<u8>]) -> u32 {
    let longest = pages.iter().map(Vec::len).max().unwrap_or_default();
    (2 * longest).next_power_of_two().ilog2().clamp(17, 24)
}

/// A connection's stream, with the pages that it repeats.
pub struct Stream<'a> {
    compressor: CompressorWriter<Counter>,
    pages: &'a [Vec<u8>],
    /// Bytes of the pages after the first.
    pub bytes: usize,
    /// Allocator bytes of the compressor.
    pub held: i64,
}

struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream<'_> {
    /// Sends each page once, with a flush after each.
    pub fn new(pages: &[Vec<u8>]) -> Outcome<Stream<'_>> {
        let (stream, held) = allocations::held_by(|| {
            let compressor = CompressorWriter::new(Counter(0), 4096, QUALITY, window_bits(pages));
            let mut stream = Stream { compressor, pages, bytes: 0, held: 0 };
            let first = pages.len().min(1);
            stream.send(&pages[..first])?;
            stream.bytes = stream.send(&pages[first..])?;
            Outcome::Ok(stream)
        });
        Ok(Stream { held, ..stream? })
    }

    /// What it takes to compress the pages after the first; the first is sent before them, off the clock.
    pub fn again(&mut self) -> Outcome<Spent> {
        let pages = self.pages;
        let first = pages.len().min(1);
        self.send(&pages[..first])?;
        Ok(clock(|| self.send(&pages[first..]))?.1)
    }

    /// Gives the bytes that went out.
    fn send(&mut self, pages: &[Vec<u8>]) -> Outcome<usize> {
        let before = self.compressor.get_ref().0;
        for page in pages {
            self.compressor.write_all(page)?;
            self.compressor.flush()?;
        }
        Ok(self.compressor.get_ref().0 - before)
    }
}
