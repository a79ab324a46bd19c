//! From text to a document that stays what it is when it is written and parsed again.

use super::dom::{Builder, Dom};
use super::write;
use crate::error::{Code, Error, Result};
use crate::template::Limits;
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::{ParseOpts, parse_document};

/// How deep elements may stand in each other. Chrome puts what is deeper beside each other, so there is no page that
/// is what such HTML says.
pub(super) const MAX_DEPTH: usize = 512;

/// How often HTML is written and parsed again until it stays as it is.
const MAX_ROUNDS: usize = 8;

/// How many bytes the parser gets at once; after each such part the limits are looked at.
const PART: usize = 4096;

/// How many white space characters, each counting four times, and slashes there may be in one tag or comment. The parser
/// compares all names of a tag's attributes with each other; an image of 3 MB in an attribute has as many slashes.
const MAX_SEPARATORS: usize = 80_000;

/// Parses HTML as browsers do, with scripting. Bytes that are not UTF-8 become U+FFFD.
///
/// What some broken HTML makes, no HTML can say: an `a` in an `a`, a `form` in a `form`, text in a `table`. Such a document is
/// written and parsed again until it stays the same, and is then what a browser makes of the page that it gets.
///
/// # Errors
/// `SizeExceeded` and `DepthExceeded`; `InvalidData` for HTML that never stays the same.
pub(super) fn parse(html: &[u8], limits: &Limits) -> Result<Dom> {
    if html.len() > limits.source {
        let message = format!("the HTML has {} bytes and exceeds the limit of {}", html.len(), limits.source);
        return Err(Error::new(Code::SizeExceeded, message));
    }
    let mut dom = parse_once(&String::from_utf8_lossy(html))?;
    if !dom.has_errors {
        return Ok(dom);
    }
    let mut text = write::document(&dom);
    for _ in 0..MAX_ROUNDS {
        dom = parse_once(&text)?;
        let again = write::document(&dom);
        if again == text {
            return Ok(dom);
        }
        text = again;
    }
    Err(Error::new(Code::InvalidData, "the HTML is another each time it is parsed: its tags overlap"))
}

pub(super) fn parse_once(mut text: &str) -> Result<Dom> {
    let source_len = text.len();
    let mut parser = parse_document(Builder::new(), ParseOpts::default());
    let (mut calls, mut separators) = (0, 0);
    while !text.is_empty() {
        let (part, rest) = text.split_at(text.floor_char_boundary(PART).max(1));
        parser.process(StrTendril::from_slice(part));
        text = rest;

        let builder = &parser.tokenizer.sink.sink;
        if builder.depth.get() > MAX_DEPTH {
            return Err(too_deep());
        }
        // Every node takes a byte of the source; only formatting elements that overlap others are made again and again.
        if builder.len() > source_len + 64 {
            let message =
                "the HTML makes more nodes than it has bytes: its formatting elements overlap others";
            return Err(Error::new(Code::SizeExceeded, message));
        }
        if builder.calls.get() == calls {
            let weight =
                |byte: u8| if byte == b'/' { 1 } else { 4 * usize::from(byte.is_ascii_whitespace()) };
            separators += part.bytes().map(weight).sum::<usize>();
        } else {
            separators = 0;
        }
        calls = builder.calls.get();
        if separators > MAX_SEPARATORS {
            return Err(Error::new(Code::SizeExceeded, "a tag or comment in the HTML is too long"));
        }
    }
    let dom = parser.finish();
    if dom.is_at_most(MAX_DEPTH) { Ok(dom) } else { Err(too_deep()) }
}

fn too_deep() -> Error {
    let message = format!("elements in the HTML stand more than {MAX_DEPTH} deep in each other");
    Error::new(Code::DepthExceeded, message)
}
