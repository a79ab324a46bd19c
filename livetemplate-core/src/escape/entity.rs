//! Character references in attribute values, decoded as Go's `html.UnescapeString` does.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

/// The named character references of the HTML standard (section 13.5), one a line: name without `&`, code points in
/// hexadecimal.
static TABLE: &str = include_str!("entities.txt");

static ENTITIES: LazyLock<HashMap<&'static [u8], String>> = LazyLock::new(|| {
    let entry = |line: &'static str| {
        let (name, points) = line.split_once(' ')?;
        let point = |p: &str| u32::from_str_radix(p, 16).ok().and_then(char::from_u32);
        Some((name.as_bytes(), points.split(' ').filter_map(point).collect()))
    };
    TABLE.lines().filter_map(entry).collect()
});

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
pub(super) fn unescape(s: &[u8]) -> Cow<'_, [u8]> {
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
    if let Some(text) = ENTITIES.get(name) {
        out.extend_from_slice(text.as_bytes());
        return end;
    }
    for len in (2..=name.len().saturating_sub(1).min(LONGEST_BARE)).rev() {
        if let Some(text) = ENTITIES.get(&name[..len]) {
            out.extend_from_slice(text.as_bytes());
            return 1 + len;
        }
    }
    out.extend_from_slice(&s[..end]);
    end
}
