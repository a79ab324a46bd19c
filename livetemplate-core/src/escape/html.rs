//! Escapers for HTML: text, RCDATA, attribute values and names.

use super::attr::{AttrType, attr_type, lower};
use super::context::{Context, Delim, Element, State};
use super::transition::{decode, find_value_end};

/// What stands in the output in place of a value that is unsafe in its context.
pub(super) const UNSAFE: &[u8] = b"ZgotmplZ";

/// For each byte what it is replaced with; empty for bytes that stay.
pub(super) type Table = [&'static str; 256];

/// A table with those replacements.
pub(super) const fn table<const N: usize>(base: Table, replacements: [(u8, &'static str); N]) -> Table {
    let mut table = base;
    let mut i = 0;
    while i < N {
        table[replacements[i].0 as usize] = replacements[i].1;
        i += 1;
    }
    table
}

/// No replacements.
pub(super) const EMPTY: Table = [""; 256];

/// HTML that already has entities: `&` stays.
pub(super) static NORMALIZE: Table = table(
    EMPTY,
    [
        (0, "\u{fffd}"),
        (b'"', "&#34;"),
        (b'\'', "&#39;"),
        // UTF-7 could otherwise smuggle in tags.
        (b'+', "&#43;"),
        (b'<', "&lt;"),
        (b'>', "&gt;"),
    ],
);

/// Plain text in HTML and quoted attribute values.
pub(super) static ESCAPE: Table = table(NORMALIZE, [(b'&', "&amp;")]);

/// Plain text by the predefined `html`.
pub(super) static PREDEFINED: Table = table(ESCAPE, [(b'+', "")]);

/// HTML in unquoted attribute values.
static NORMALIZE_NOSPACE: Table = table(
    NORMALIZE,
    [
        (0, "&#xfffd;"),
        (b'\t', "&#9;"),
        (b'\n', "&#10;"),
        (0x0b, "&#11;"),
        (0x0c, "&#12;"),
        (b'\r', "&#13;"),
        (b' ', "&#32;"),
        (b'=', "&#61;"),
        (b'`', "&#96;"),
    ],
);

/// Plain text in unquoted attribute values.
static ESCAPE_NOSPACE: Table = table(NORMALIZE_NOSPACE, [(b'&', "&amp;")]);

/// Appends `s` with the bytes of one of the tables for HTML replaced.
#[inline]
pub(super) fn replace(table: &Table, s: &[u8], out: &mut Vec<u8>) {
    // Most text has nothing to replace.
    if has_special(s) { replace_by(table, s, out) } else { out.extend_from_slice(s) }
}

/// Whether a byte of `s` is replaced in [`ESCAPE`], which has all that the other tables for quoted places and text have.
#[inline]
fn has_special(s: &[u8]) -> bool {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    /// Whether one of eight bytes is special. `&` and `'`, `<` and `>` differ in one bit only.
    fn in_word(word: [u8; 8]) -> bool {
        let word = u64::from_ne_bytes(word);
        let zero = |word: u64| word.wrapping_sub(ONES) & !word;
        let equal = |word: u64, byte: u8| zero(word ^ (ONES * u64::from(byte)));
        let found = zero(word)
            | equal(word, b'"')
            | equal(word, b'+')
            | equal(word | ONES, b'\'')
            | equal(word | (ONES << 1), b'>');
        found & (ONES << 7) != 0
    }
    // The last eight bytes may have been looked at before.
    match s.last_chunk::<8>() {
        Some(last) => in_word(*last) || s.as_chunks::<8>().0.iter().any(|word| in_word(*word)),
        None => s.iter().any(|&b| !ESCAPE[b as usize].is_empty()),
    }
}

/// Appends `s` with the bytes of the table replaced.
pub(super) fn replace_by(table: &Table, s: &[u8], out: &mut Vec<u8>) {
    let replaced = |b: &u8| !table[*b as usize].is_empty();
    // Eight bytes at a time without a branch for each.
    let (chunks, _) = s.as_chunks::<8>();
    let clean =
        chunks.iter().take_while(|chunk| !chunk.iter().fold(false, |any, b| any | replaced(b))).count();
    let mut done = 0;
    for (i, &b) in s.iter().enumerate().skip(clean * 8) {
        let replacement = table[b as usize];
        if !replacement.is_empty() {
            out.extend_from_slice(&s[done..i]);
            out.extend_from_slice(replacement.as_bytes());
            done = i + 1;
        }
    }
    out.extend_from_slice(&s[done..]);
}

/// Appends `s` for an unquoted attribute value; `html` if it is HTML without tags.
pub(super) fn nospace(html: bool, s: &[u8], out: &mut Vec<u8>) {
    let table = if html { &NORMALIZE_NOSPACE } else { &ESCAPE_NOSPACE };
    let (mut done, mut i) = (0, 0);
    while let Some(&b) = s.get(i) {
        let (c, n) = if b.is_ascii() { (char::from(b), 1) } else { decode(&s[i..]) };
        let replacement = table[b as usize];
        if !replacement.is_empty() {
            out.extend_from_slice(&s[done..i]);
            out.extend_from_slice(replacement.as_bytes());
            done = i + n;
        } else if matches!(c, '\u{fdd0}'..='\u{fdef}' | '\u{fff0}'..='\u{ffff}') {
            // Some browsers do not allow these in unquoted values. What is not UTF-8 is U+FFFD here.
            out.extend_from_slice(&s[done..i]);
            out.extend_from_slice(format!("&#x{:x};", c as u32).as_bytes());
            done = i + n;
        }
        i += n;
    }
    out.extend_from_slice(&s[done..]);
}

/// Appends an attribute or tag name that data gives; `ZgotmplZ` for what is no plain name, or a name that would
/// change how its value is read.
pub(super) fn name_filter(s: &[u8], out: &mut Vec<u8>) {
    let name = lower(s);
    let plain = !name.is_empty()
        && attr_type(&name) == AttrType::Plain
        && name.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    out.extend_from_slice(if plain { &name } else { UNSAFE });
}

/// Appends HTML without its tags and comments. As in Go, one that the end of the text cuts stays if it is the only
/// one.
pub(super) fn strip_tags(html: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    let mut is_text = true;
    let mut c = Context::default();
    let mut i = 0;
    while i < html.len() {
        if c.delim != Delim::None {
            let Some(n) = find_value_end(&html[i..], c.delim) else { return };
            i += n + usize::from(c.delim != Delim::SpaceOrTagEnd);
            c = Context::in_element(State::Tag, c.element);
            continue;
        }
        let rest = &html[i..];
        let before = c.state;
        let (next, n) = if c.element == Element::None || before.is_in_tag() {
            c.step(rest)
        } else {
            // The content of special elements is text here, never JavaScript or CSS.
            match c.special_end(rest) {
                Some(n) => (Context::default(), n),
                None => (c, rest.len()),
            }
        };
        if matches!(before, State::Text | State::Rcdata) {
            let part = &rest[..n];
            let end = if next.state != before { memchr::memrchr(b'<', part).unwrap_or(n) } else { n };
            out.extend_from_slice(&part[..end]);
        } else {
            is_text = false;
        }
        c = next;
        i += n;
    }
    if is_text {
        out.truncate(start);
        out.extend_from_slice(html);
    }
}
