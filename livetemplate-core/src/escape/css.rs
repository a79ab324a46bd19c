//! CSS: decoding escapes, and the escapers for strings and values.

use super::html::{EMPTY, Table, UNSAFE, table};
use super::transition::decode;
use memchr::memchr;
use std::borrow::Cow;

/// Plain text in CSS strings. The escapes in hexadecimal need a space where a digit or space follows.
static STRING: Table = table(
    EMPTY,
    [
        (0, "\\0"),
        (b'\t', "\\9"),
        (b'\n', "\\a"),
        (0x0c, "\\c"),
        (b'\r', "\\d"),
        (b'"', "\\22"),
        (b'&', "\\26"),
        (b'\'', "\\27"),
        (b'(', "\\28"),
        (b')', "\\29"),
        (b'+', "\\2b"),
        (b'/', "\\2f"),
        (b':', "\\3a"),
        (b';', "\\3b"),
        (b'<', "\\3c"),
        (b'>', "\\3e"),
        (b'\\', "\\\\"),
        (b'{', "\\7b"),
        (b'}', "\\7d"),
    ],
);

/// Whether the byte is white space in CSS.
pub(super) fn is_css_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\n' | b'\x0c' | b'\r')
}

/// Whether the character can be part of a CSS identifier.
pub(super) fn is_nmchar(c: char) -> bool {
    match c {
        '\u{fffe}' | '\u{ffff}' => false,
        _ => c.is_ascii_alphanumeric() || matches!(c, '-' | '_') || !c.is_ascii(),
    }
}

/// The text with its escapes decoded.
pub(super) fn decode_css(s: &[u8]) -> Cow<'_, [u8]> {
    if memchr(b'\\', s).is_none() {
        return Cow::Borrowed(s);
    }
    let mut out = Vec::with_capacity(s.len());
    let mut rest = s;
    while let Some(i) = memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..i]);
        let escape = &rest[i + 1..];
        let digits = escape.iter().take(6).take_while(|b| b.is_ascii_hexdigit()).count();
        if digits == 0 {
            // `\"` is `"`. A backslash at the end is dropped.
            let (_, n) = decode(escape);
            out.extend_from_slice(&escape[..n]);
            rest = &escape[n..];
            continue;
        }
        let number = |digits: &[u8]| {
            digits.iter().fold(0, |n, &b| n * 16 + char::from(b).to_digit(16).unwrap_or_default())
        };
        let (mut point, mut used) = (number(&escape[..digits]), digits);
        if point > 0x10_ffff {
            // Six digits are too many here: the last is text.
            (point, used) = (point / 16, digits - 1);
        }
        let c = char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER);
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        // One white space after the digits belongs to the escape.
        rest = match &escape[used..] {
            [b'\r', b'\n', rest @ ..] => rest,
            [b, rest @ ..] if is_css_space(*b) => rest,
            rest => rest,
        };
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

/// Appends text for between CSS quotes.
pub(super) fn string(s: &[u8], out: &mut Vec<u8>) {
    let mut done = 0;
    for (i, &b) in s.iter().enumerate() {
        let replacement = STRING[b as usize];
        if replacement.is_empty() {
            continue;
        }
        out.extend_from_slice(&s[done..i]);
        out.extend_from_slice(replacement.as_bytes());
        done = i + 1;
        if b != b'\\' && s.get(done).is_none_or(|&b| b.is_ascii_hexdigit() || is_css_space(b)) {
            out.push(b' ');
        }
    }
    out.extend_from_slice(&s[done..]);
}

/// Appends a value that is a harmless CSS word, number or list of them; `ZgotmplZ` for one that could be more.
pub(super) fn value_filter(s: &[u8], out: &mut Vec<u8>) {
    let value = decode_css(s);
    // The last letters, digits and underscores, without what stands between them.
    let mut word = [0; 10];
    for (i, &b) in value.iter().enumerate() {
        match b {
            0 | b'"' | b'\'' | b'(' | b')' | b'/' | b';' | b'@' | b'[' | b'\\' | b']' | b'`' | b'{'
            | b'}' | b'<' | b'>' => return out.extend_from_slice(UNSAFE),
            // `<!--` and `-->` end more than the value.
            b'-' if i > 0 && value[i - 1] == b'-' => return out.extend_from_slice(UNSAFE),
            _ if b.is_ascii_alphanumeric() || b == b'_' => {
                word.rotate_left(1);
                word[9] = b.to_ascii_lowercase();
                // Old browsers run code from these, and skip what stands between the letters.
                if matches!(&word, b"expression" | b"mozbinding") {
                    return out.extend_from_slice(UNSAFE);
                }
            }
            _ => {}
        }
    }
    out.extend_from_slice(&value);
}
