//! Text: immutable bytes in 16 bytes: a few in place, more of them shared, whole or in part.

use crate::memory::{COUNTS, Memory};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use triomphe::ThinArc;

/// Immutable bytes that are usually UTF-8. Cloning copies at most 7 of them; longer text is shared.
#[derive(Clone)]
pub struct Text(Bytes);

/// Text of up to [`Short::MOST`] bytes is always `Short`, longer text never.
#[derive(Clone)]
enum Bytes {
    Short(Short),
    Shared {
        owner: ThinArc<(), u8>,
        start: u32,
        /// Length of the part; [`WHOLE`] for all of the owner, which may then be of any size.
        len: u32,
    },
}

const WHOLE: u32 = u32::MAX;

const _: () =
    assert!(size_of::<Text>() == 16, "the owner's pointer, which is not null, tells short from shared");

/// The length, then the bytes, then zeros.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Short([u8; 8]);

impl Short {
    const MOST: usize = 7;

    /// The first `len` bytes, of which there must be as many, and at most [`Short::MOST`].
    #[inline]
    fn new(bytes: &[u8], len: usize) -> Short {
        if let Some(chunk) = bytes.first_chunk::<8>() {
            let kept = u64::from_le_bytes(*chunk) & ((1 << (8 * len)) - 1);
            return Short((kept << 8 | len as u64).to_le_bytes());
        }
        let mut short = [0; 8];
        short[0] = len as u8;
        short[1..=len].copy_from_slice(&bytes[..len]);
        Short(short)
    }

    #[inline]
    fn as_bytes(&self) -> &[u8] {
        let [len, bytes @ ..] = &self.0;
        &bytes[..Short::MOST.min(usize::from(*len))]
    }
}

impl Text {
    /// The bytes.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Bytes::Short(short) => short.as_bytes(),
            Bytes::Shared { owner, len: WHOLE, .. } => &owner.slice,
            Bytes::Shared { owner, start, len } => {
                let start = *start as usize;
                &owner.slice[start..start + *len as usize]
            }
        }
    }

    /// Number of bytes.
    #[inline]
    pub(super) fn len(&self) -> usize {
        match &self.0 {
            Bytes::Shared { len, .. } if *len != WHOLE => *len as usize,
            _ => self.as_bytes().len(),
        }
    }

    /// Whether `bytes` start with this text.
    #[inline]
    pub(super) fn starts(&self, bytes: &[u8]) -> bool {
        match &self.0 {
            Bytes::Short(short) => {
                let len = short.as_bytes().len();
                bytes.len() >= len && Short::new(bytes, len) == *short
            }
            Bytes::Shared { .. } => bytes.starts_with(self.as_bytes()),
        }
    }

    /// How many bytes of JSON text are this text between quotes, in ASCII and without an escape; 0 if it starts otherwise.
    #[inline]
    pub(super) fn quoted_len(&self, json: &[u8]) -> usize {
        let [b'"', json @ ..] = json else { return 0 };
        let len = match &self.0 {
            Bytes::Short(short) => {
                let bytes = short.as_bytes();
                let len = bytes.len();
                let same = match json.first_chunk() {
                    Some(chunk) => {
                        let (word, kept) = (u64::from_le_bytes(*chunk), (1 << (8 * len)) - 1);
                        let same = (word & kept) << 8 | len as u64 == u64::from_le_bytes(short.0);
                        same && special(word & kept | SPACES & !kept) == 0
                    }
                    None => json.starts_with(bytes) && is_plain(bytes),
                };
                if same { len } else { return 0 }
            }
            Bytes::Shared { .. } => {
                let bytes = self.as_bytes();
                match json.get(..bytes.len()) {
                    Some(json) if is_same_and_plain(json, bytes) => bytes.len(),
                    _ => return 0,
                }
            }
        };
        if json.get(len) == Some(&b'"') { len + 2 } else { 0 }
    }

    /// A part of the text. If it is long, it shares the bytes, which live as long as the last part; `None` if it lies too far
    /// behind for that.
    #[inline]
    pub(super) fn part(&self, range: Range<usize>) -> Option<Text> {
        let bytes = self.as_bytes();
        let len = bytes[range.clone()].len();
        if len <= Short::MOST {
            return Some(Text(Bytes::Short(Short::new(&bytes[range.start..], len))));
        }
        let Bytes::Shared { owner, start, len: own } = &self.0 else { return None };
        let before = if *own == WHOLE { 0 } else { *start as usize };
        let start = u32::try_from(before + range.start).ok()?;
        let len = u32::try_from(len).ok().filter(|len| *len != WHOLE)?;
        Some(Text(Bytes::Shared { owner: owner.clone(), start, len }))
    }

    /// Adds what the text holds.
    pub(crate) fn measure(&self, memory: &mut Memory) {
        if let Bytes::Shared { owner, .. } = &self.0 {
            memory.add_shared(owner.slice.as_ptr().addr(), COUNTS + owner.slice.len());
        }
    }

    /// The text with one U+FFFD for each byte that is not UTF-8, as Go has it.
    pub fn to_str_lossy(&self) -> Cow<'_, str> {
        lossy(self.as_bytes())
    }
}

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const SPACES: u64 = ONES * b' ' as u64;

/// Bits of the bytes that JSON escapes, or that are not ASCII; 0 if there is none.
#[inline]
fn special(word: u64) -> u64 {
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    // Subtracting sets the high bit of a byte that is smaller.
    let found = word.wrapping_sub(SPACES) | quote.wrapping_sub(ONES) | backslash.wrapping_sub(ONES);
    (found | word) & (ONES << 7)
}

/// Whether texts of one length are the same and plain.
#[inline]
fn is_same_and_plain(a: &[u8], b: &[u8]) -> bool {
    let is_special = |byte: u8| (byte == b'"') | (byte == b'\\') | !(b' '..0x80).contains(&byte);
    let is_fine = |a: &[u8; 16], b: &[u8; 16]| {
        // Without a branch it is done for all bytes at once.
        let found = a.iter().fold(0, |found, &byte| found | u8::from(is_special(byte)));
        a == b && found == 0
    };
    if let (Some(last_a), Some(last_b)) = (a.last_chunk(), b.last_chunk()) {
        let (words_a, words_b) = (a.as_chunks().0, b.as_chunks().0);
        return is_fine(last_a, last_b) && words_a.iter().zip(words_b).all(|(a, b)| is_fine(a, b));
    }
    if let (Some(first_a), Some(last_a), Some(first_b), Some(last_b)) =
        (a.first_chunk(), a.last_chunk(), b.first_chunk(), b.last_chunk())
    {
        let (first, last) = (u64::from_le_bytes(*first_a), u64::from_le_bytes(*last_a));
        let same = first == u64::from_le_bytes(*first_b) && last == u64::from_le_bytes(*last_b);
        return same && special(first) | special(last) == 0;
    }
    a == b && is_plain(a)
}

#[inline]
fn is_plain(bytes: &[u8]) -> bool {
    let is_special = |chunk: &[u8; 8]| special(u64::from_le_bytes(*chunk)) != 0;
    match bytes.last_chunk() {
        Some(last) => !bytes.as_chunks().0.iter().any(is_special) && !is_special(last),
        None => bytes.iter().all(|byte| matches!(byte, b' '..=0x7f) && !matches!(byte, b'"' | b'\\')),
    }
}

/// Bytes as text, with one U+FFFD for each byte that is not UTF-8, as Go has it. (The standard library has one for each
/// sequence that is cut off.)
pub(crate) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            let mut text = String::with_capacity(bytes.len() + 8);
            for chunk in bytes.utf8_chunks() {
                text.push_str(chunk.valid());
                text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
            }
            Cow::Owned(text)
        }
    }
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl PartialEq for Text {
    #[inline]
    fn eq(&self, other: &Text) -> bool {
        match (&self.0, &other.0) {
            (Bytes::Short(a), Bytes::Short(b)) => a == b,
            (Bytes::Shared { .. }, Bytes::Shared { .. }) => {
                let (a, b) = (self.as_bytes(), other.as_bytes());
                std::ptr::eq(a, b) || a == b
            }
            _ => false,
        }
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Text) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Text) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_str_lossy(), f)
    }
}

impl From<&[u8]> for Text {
    fn from(s: &[u8]) -> Text {
        if s.len() <= Short::MOST {
            return Text(Bytes::Short(Short::new(s, s.len())));
        }
        let len = u32::try_from(s.len()).unwrap_or(WHOLE);
        Text(Bytes::Shared { owner: ThinArc::from_header_and_slice((), s), start: 0, len })
    }
}

impl From<&str> for Text {
    fn from(s: &str) -> Text {
        s.as_bytes().into()
    }
}

impl From<Vec<u8>> for Text {
    fn from(s: Vec<u8>) -> Text {
        s.as_slice().into()
    }
}

impl From<String> for Text {
    fn from(s: String) -> Text {
        s.as_bytes().into()
    }
}
