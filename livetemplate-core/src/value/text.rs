//! Text: immutable bytes, or a part of them, in 16 bytes.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use triomphe::ThinArc;

/// Immutable shared bytes that are usually UTF-8. Cloning never copies them.
#[derive(Clone)]
pub struct Text {
    owner: ThinArc<(), u8>,
    start: u32,
    /// Length of the part; [`WHOLE`] for all of the owner, which may then be of any size.
    len: u32,
}

const WHOLE: u32 = u32::MAX;

impl Text {
    /// The bytes.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        if self.len == WHOLE {
            return &self.owner.slice;
        }
        let start = self.start as usize;
        &self.owner.slice[start..start + self.len as usize]
    }

    /// A part of the text. It shares the bytes, which live as long as the last part.
    pub(super) fn part(&self, range: Range<usize>) -> Text {
        let bytes = &self.as_bytes()[range.clone()];
        let before = if self.len == WHOLE { 0 } else { self.start as usize };
        match (u32::try_from(before + range.start), u32::try_from(bytes.len())) {
            (Ok(start), Ok(len)) if len != WHOLE => Text { owner: self.owner.clone(), start, len },
            _ => bytes.into(),
        }
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
    fn eq(&self, other: &Text) -> bool {
        let (a, b) = (self.as_bytes(), other.as_bytes());
        std::ptr::eq(a, b) || a == b
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
        let len = u32::try_from(s.len()).unwrap_or(WHOLE);
        Text { owner: ThinArc::from_header_and_slice((), s), start: 0, len }
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
