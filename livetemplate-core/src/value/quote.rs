//! Go's `strconv.Quote` and its kin.

use super::printable::is_printable;

/// Appends `text` as a Go string literal. With `ascii` everything beyond ASCII is escaped.
pub(crate) fn append_quoted(out: &mut Vec<u8>, text: &[u8], ascii: bool) {
    out.push(b'"');
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            append_escaped(out, c, '"', ascii);
        }
        for byte in chunk.invalid() {
            append_hex_escape(out, b'x', u32::from(*byte), 2);
        }
    }
    out.push(b'"');
}

/// Appends `c` as a Go character literal.
pub(crate) fn append_quoted_char(out: &mut Vec<u8>, c: char, ascii: bool) {
    out.push(b'\'');
    append_escaped(out, c, '\'', ascii);
    out.push(b'\'');
}

/// Whether `text` can stand between backquotes unchanged.
pub(crate) fn can_backquote(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| {
        text.chars().all(|c| !matches!(c, '\0'..='\x08' | '\n'..='\x1f' | '`' | '\x7f' | '\u{FEFF}'))
    })
}

pub(crate) fn append_char(out: &mut Vec<u8>, c: char) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

fn append_escaped(out: &mut Vec<u8>, c: char, quote: char, ascii: bool) {
    let short = match c {
        '\x07' => b'a',
        '\x08' => b'b',
        '\x0C' => b'f',
        '\n' => b'n',
        '\r' => b'r',
        '\t' => b't',
        '\x0B' => b'v',
        '\\' => b'\\',
        _ if c == quote => c as u8,
        _ if is_printable(c) && (!ascii || c.is_ascii()) => return append_char(out, c),
        _ => {
            return match u32::from(c) {
                code @ (..0x20 | 0x7F) => append_hex_escape(out, b'x', code, 2),
                code @ ..0x10000 => append_hex_escape(out, b'u', code, 4),
                code => append_hex_escape(out, b'U', code, 8),
            };
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

fn append_hex_escape(out: &mut Vec<u8>, letter: u8, code: u32, digits: u32) {
    out.extend_from_slice(&[b'\\', letter]);
    for place in (0..digits).rev() {
        out.push(b"0123456789abcdef"[(code >> (4 * place) & 15) as usize]);
    }
}
