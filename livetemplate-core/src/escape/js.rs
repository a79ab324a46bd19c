//! Escapers for JavaScript: values, strings, template literals and regular expressions.

use super::html::{EMPTY, Table, table};
use super::transition::is_js_ident_part;
use crate::value::Value;

/// Control characters as `\u` escapes, the common ones by letter, and what HTML or JavaScript could take for an end
/// of the literal.
static NORMALIZE_STRING: Table = table(
    CONTROLS,
    [
        (b'\t', "\\t"),
        (b'\n', "\\n"),
        (0x0c, "\\f"),
        (b'\r', "\\r"),
        (b'"', "\\u0022"),
        (b'`', "\\u0060"),
        (b'&', "\\u0026"),
        (b'\'', "\\u0027"),
        (b'+', "\\u002b"),
        (b'/', "\\/"),
        (b'<', "\\u003c"),
        (b'>', "\\u003e"),
    ],
);

/// Plain text between JavaScript quotes.
static STRING: Table = table(NORMALIZE_STRING, [(b'\\', "\\\\")]);

/// Plain text in a template literal.
static TEMPLATE: Table = table(STRING, [(b'$', "\\u0024"), (b'{', "\\u007b"), (b'}', "\\u007d")]);

/// Plain text in a regular expression.
static REGEXP: Table = table(
    STRING,
    [
        (b'`', ""),
        (b'$', "\\$"),
        (b'(', "\\("),
        (b')', "\\)"),
        (b'*', "\\*"),
        (b'-', "\\-"),
        (b'.', "\\."),
        (b'?', "\\?"),
        (b'[', "\\["),
        (b']', "\\]"),
        (b'^', "\\^"),
        (b'{', "\\{"),
        (b'|', "\\|"),
        (b'}', "\\}"),
    ],
);

const CONTROLS: Table = table(
    EMPTY,
    [
        (0x00, "\\u0000"),
        (0x01, "\\u0001"),
        (0x02, "\\u0002"),
        (0x03, "\\u0003"),
        (0x04, "\\u0004"),
        (0x05, "\\u0005"),
        (0x06, "\\u0006"),
        (0x07, "\\u0007"),
        (0x08, "\\u0008"),
        (0x0b, "\\u000b"),
        (0x0e, "\\u000e"),
        (0x0f, "\\u000f"),
        (0x10, "\\u0010"),
        (0x11, "\\u0011"),
        (0x12, "\\u0012"),
        (0x13, "\\u0013"),
        (0x14, "\\u0014"),
        (0x15, "\\u0015"),
        (0x16, "\\u0016"),
        (0x17, "\\u0017"),
        (0x18, "\\u0018"),
        (0x19, "\\u0019"),
        (0x1a, "\\u001a"),
        (0x1b, "\\u001b"),
        (0x1c, "\\u001c"),
        (0x1d, "\\u001d"),
        (0x1e, "\\u001e"),
        (0x1f, "\\u001f"),
    ],
);

/// Appends text for between JavaScript quotes; `escaped` if it is a string's inside already, whose backslashes stay.
pub(super) fn string(escaped: bool, s: &[u8], out: &mut Vec<u8>) {
    replace(if escaped { &NORMALIZE_STRING } else { &STRING }, s, out);
}

/// Appends text for a template literal, where it cannot open `${`.
pub(super) fn template(s: &[u8], out: &mut Vec<u8>) {
    replace(&TEMPLATE, s, out);
}

/// Appends text that a regular expression matches literally.
pub(super) fn regexp(s: &[u8], out: &mut Vec<u8>) {
    if s.is_empty() {
        // `//` would start a comment.
        return out.extend_from_slice(b"(?:)");
    }
    replace(&REGEXP, s, out);
}

/// [`super::html::replace_by`], and U+2028 and U+2029, which end lines in JavaScript, as `\u` escapes.
fn replace(table: &Table, s: &[u8], out: &mut Vec<u8>) {
    let mut rest = s;
    while let Some(i) = memchr::memmem::find(rest, b"\xe2\x80") {
        let escape: &[u8] = match rest.get(i + 2) {
            Some(0xa8) => b"\\u2028",
            Some(0xa9) => b"\\u2029",
            _ => {
                super::html::replace_by(table, &rest[..i + 2], out);
                rest = &rest[i + 2..];
                continue;
            }
        };
        super::html::replace_by(table, &rest[..i], out);
        out.extend_from_slice(escape);
        rest = &rest[i + 3..];
    }
    super::html::replace_by(table, rest, out);
}

/// Appends text, which a host object may have made, so that it ends neither the comment nor the script it is in.
fn in_comment(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        let name = after.strip_prefix(b"/").unwrap_or(after);
        if *byte == b'*' && after.starts_with(b"/") {
            out.extend_from_slice(b"* ");
        } else if *byte == b'<' && name.get(..6).is_some_and(|name| name.eq_ignore_ascii_case(b"script")) {
            out.extend_from_slice(b"\\x3C");
            out.extend_from_slice(&after[..after.len() - name.len()]);
            out.extend_from_slice(b"script");
            rest = &name[6..];
            continue;
        } else if *byte == b'<' && after.starts_with(b"!--") {
            out.extend_from_slice(b"\\x3C");
        } else {
            out.push(*byte);
        }
        rest = after;
    }
}

/// Appends a value as a JavaScript expression: what `json.Marshal` makes of it, in spaces where it could run into a
/// word.
pub(super) fn value(value: &Value, out: &mut Vec<u8>) {
    // A type's String method has its say for the value itself, not for the elements of one.
    let text = if let Value::Number(number) = value { number.to_text() } else { None };
    let value = text.as_ref().unwrap_or(value);
    let start = out.len();
    if let Err(message) = value.marshal_json(out) {
        out.truncate(start);
        out.extend_from_slice(b" /* ");
        in_comment(message.as_bytes(), out);
        return out.extend_from_slice(b" */null ");
    }
    let ident = |b: Option<&u8>| b.copied().is_some_and(is_js_ident_part);
    if ident(out.get(start)) || ident(out.last()) {
        out.insert(start, b' ');
        out.push(b' ');
    }
}
