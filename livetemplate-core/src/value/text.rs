//! Text: immutable bytes in 16 bytes: a few in place, more of them shared, whole or in part.

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

    /// The text with one U+FFFD for each byte that is not UTF-8, as Go has it.
    pub fn to_str_lossy(&self) -> Cow<'_, str> {
        lossy(self.as_bytes())
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
