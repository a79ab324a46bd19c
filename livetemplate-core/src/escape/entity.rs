//! Character references in attribute values, decoded as Go's `html.UnescapeString` does.

use std::borrow::Cow;
use std::cmp::Ordering;

/// The named character references of the HTML standard (section 13.5), one a line, sorted by the bytes of the name: name
/// without `&`, code points in hexadecimal.
static TABLE: &str = include_str!("entities.txt");

/// The code points that a name stands for, as the table writes them.
fn points(name: &[u8]) -> Option<&'static str> {
    // Both are starts of lines, or the end of the table.
    let (mut from, mut to) = (0, TABLE.len());
    while from < to {
        let middle = from + (to - from) / 2;
        let start = TABLE[..middle].rfind('\n').map_or(0, |newline| newline + 1);
        let end = TABLE[start..].find('\n').map_or(TABLE.len(), |newline| start + newline + 1);
        let (entry, points) = TABLE[start..end].trim_end().split_once(' ')?;
        match entry.as_bytes().cmp(name) {
            Ordering::Less => from = end,
            Ordering::Greater => to = start,
            Ordering::Equal => return Some(points),
        }
    }
    None
}

/// What the numeric references 128 to 159 stand for: windows-1252, by the HTML standard (section 13.2.5.80).
const WINDOWS_1252: [char; 32] = [
    '\u{20ac}', '\u{81}', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}', '\u{2021}', '\u{2c6}',
    '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8d}', '\u{17d}', '\u{8f}', '\u{90}', '\u{2018}',
    '\u{2019}', '\u{201c}', '\u{201d}', '\u{2022}', '\u{2013}', '\u{2014}', '\u{2dc}', '\u{2122}', '\u{161}',
    '\u{203a}', '\u{153}', '\u{9d}', '\u{17e}', '\u{178}',
];

/// The longest name that needs no `;` has six letters.
const LONGEST_BARE: usize = 6;

/// The text with its character references decoded.
pub(crate) fn unescape(s: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(b'&', s) else { return Cow::Borrowed(s) };
    let mut out = Vec::with_capacity(s.len());
    let mut rest = s;
    let mut amp = Some(first);
    while let Some(i) = amp {
        out.extend_from_slice(&rest[..i]);
        rest = &rest[i..];
        let used = if rest.get(1) == Some(&b'#') { numeric(rest, &mut out) } else { named(rest, &mut out) };
        rest = &rest[used..];
        amp = memchr::memchr(b'&', rest);
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

fn push(out: &mut Vec<u8>, c: char) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

fn push_all(out: &mut Vec<u8>, points: &str) {
    let point = |p: &str| u32::from_str_radix(p, 16).ok().and_then(char::from_u32);
    points.split(' ').filter_map(point).for_each(|c| push(out, c));
}

/// Decodes the numeric reference that may start `s` and says how many bytes it took. Without one the `&` is taken as
/// it is.
fn numeric(s: &[u8], out: &mut Vec<u8>) -> usize {
    let hex = matches!(s.get(2), Some(b'x' | b'X'));
    let (start, radix) = if hex { (3, 16) } else { (2, 10) };
    let digits = s[start.min(s.len())..].iter().map_while(|&b| char::from(b).to_digit(radix));
    // Go's number is a 32-bit one that wraps around.
    let (mut value, mut end) = (0i32, start);
    for digit in digits {
        value = value.wrapping_mul(radix as i32).wrapping_add(digit as i32);
        end += 1;
    }
    if s.get(end) == Some(&b';') {
        end += 1;
    }
    // So short a reference Go leaves alone, even `&#5` before something else than `;`.
    if s.len() <= 3 || end <= 3 {
        out.push(b'&');
        return 1;
    }
    let c = match u32::try_from(value).ok().and_then(char::from_u32) {
        None | Some('\0') => char::REPLACEMENT_CHARACTER,
        Some(c @ '\u{80}'..='\u{9f}') => WINDOWS_1252[c as usize - 0x80],
        Some(c) => c,
    };
    push(out, c);
    end
}

/// The same for a named reference: the longest name that is one, so `&ltx` is `<x`.
fn named(s: &[u8], out: &mut Vec<u8>) -> usize {
    let letters = s[1..].iter().take_while(|b| b.is_ascii_alphanumeric()).count();
    let end = 1 + letters + usize::from(s.get(1 + letters) == Some(&b';'));
    let name = &s[1..end];
    if let Some(points) = points(name) {
        push_all(out, points);
        return end;
    }
    for len in (2..=name.len().saturating_sub(1).min(LONGEST_BARE)).rev() {
        if let Some(points) = points(&name[..len]) {
            push_all(out, points);
            return 1 + len;
        }
    }
    out.extend_from_slice(&s[..end]);
    end
}

#[cfg(test)]
mod tests {
    use super::{TABLE, points, unescape};

    #[test]
    fn every_name_is_found() {
        for line in TABLE.lines() {
            let (name, want) = line.split_once(' ').unwrap();
            assert_eq!(points(name.as_bytes()), Some(want), "{name}");
        }
        for name in ["", "!", "AElif", "am", "zzzz"] {
            assert_eq!(points(name.as_bytes()), None, "{name}");
        }
        assert_eq!(
            &*unescape(b"&fjlig;&NotEqualTilde;&ampx&zwnj;"),
            "fj\u{2242}\u{338}&x\u{200c}".as_bytes()
        );
    }
}
