//! Constants of the template language: their values, and Go's way to write a string back.

use super::ast::Number;
use crate::value::{append_quoted, lossy};
use std::sync::Arc;

/// What Go's `strconv` says of a malformed constant.
const SYNTAX: &str = "invalid syntax";

/// The value of a string constant, quotes included in `text` (Go's `strconv.Unquote`).
pub(super) fn unquote(text: &[u8]) -> Result<Vec<u8>, String> {
    match text {
        [b'`', body @ .., b'`'] => Ok(body.iter().copied().filter(|&b| b != b'\r').collect()),
        [b'"', body @ .., b'"'] => {
            let mut out = Vec::with_capacity(body.len());
            let mut rest = body;
            while !rest.is_empty() {
                let (unit, tail) = unquote_char(rest, b'"')?;
                match unit {
                    Unit::Byte(b) => out.push(b),
                    Unit::Char(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                }
                rest = tail;
            }
            Ok(out)
        }
        _ => Err(SYNTAX.into()),
    }
}

/// One element of a quoted constant: `\x` and octal escapes are bytes, everything else is a character.
enum Unit {
    Byte(u8),
    Char(char),
}

/// Reads one element of a constant quoted by `quote`; returns what follows it.
fn unquote_char(text: &[u8], quote: u8) -> Result<(Unit, &[u8]), String> {
    let byte = |b, tail| Ok((Unit::Byte(b), tail));
    match text {
        [b'\\', escape, tail @ ..] => match escape {
            b'a' => byte(7, tail),
            b'b' => byte(8, tail),
            b'f' => byte(12, tail),
            b'n' => byte(b'\n', tail),
            b'r' => byte(b'\r', tail),
            b't' => byte(b'\t', tail),
            b'v' => byte(11, tail),
            b'\\' => byte(b'\\', tail),
            b'\'' | b'"' if *escape == quote => byte(quote, tail),
            b'0'..=b'7' => {
                let (value, tail) = digits(&text[1..], 3, 8)?;
                byte(u8::try_from(value).map_err(|_| SYNTAX)?, tail)
            }
            b'x' => {
                let (value, tail) = digits(tail, 2, 16)?;
                byte(u8::try_from(value).map_err(|_| SYNTAX)?, tail)
            }
            b'u' | b'U' => {
                let (value, tail) = digits(tail, if *escape == b'u' { 4 } else { 8 }, 16)?;
                Ok((Unit::Char(char::from_u32(value).ok_or(SYNTAX)?), tail))
            }
            _ => Err(SYNTAX.into()),
        },
        [b'\\'] | [] => Err(SYNTAX.into()),
        [b, ..] if *b == quote => Err(SYNTAX.into()),
        [b, tail @ ..] if b.is_ascii() => byte(*b, tail),
        _ => {
            let (c, tail) = split_char(text);
            Ok((Unit::Char(c.unwrap_or(char::REPLACEMENT_CHARACTER)), tail))
        }
    }
}

/// Reads exactly `count` digits of a base.
fn digits(text: &[u8], count: usize, base: u32) -> Result<(u32, &[u8]), String> {
    let (head, tail) = text.split_at_checked(count).ok_or(SYNTAX)?;
    let mut value = 0;
    for &b in head {
        value = value * base + char::from(b).to_digit(base).ok_or(SYNTAX)?;
    }
    Ok((value, tail))
}

/// Splits off the first character, or one byte that is not UTF-8 (`None`). `text` is not empty.
fn split_char(text: &[u8]) -> (Option<char>, &[u8]) {
    for width in 1..=text.len().min(4) {
        if let Ok(s) = std::str::from_utf8(&text[..width]) {
            return (s.chars().next(), &text[width..]);
        }
    }
    (None, text.get(1..).unwrap_or_default())
}

/// The first characters of `text`, at most `count`; a byte that is not UTF-8 counts as one.
pub(super) fn first_chars(text: &[u8], count: usize) -> &[u8] {
    let mut rest = text;
    for _ in 0..count {
        if rest.is_empty() {
            break;
        }
        rest = split_char(rest).1;
    }
    &text[..text.len() - rest.len()]
}

/// `text` between double quotes as Go's `%q` prints it.
pub(crate) fn quote(text: &[u8]) -> String {
    let mut out = Vec::with_capacity(text.len() + 2);
    append_quoted(&mut out, text, false);
    lossy(&out).into_owned()
}

/// The value of a rune constant, as every type of number.
pub(super) fn rune(text: &[u8]) -> Result<Number, String> {
    let body = text.get(1..).unwrap_or_default();
    let (unit, tail) = unquote_char(body, b'\'')?;
    let text = lossy(text);
    if tail != b"'" {
        return Err(format!("malformed character constant: {text}"));
    }
    let code = match unit {
        Unit::Byte(b) => u32::from(b),
        Unit::Char(c) => u32::from(c),
    };
    Ok(Number {
        int: Some(i64::from(code)),
        uint: Some(u64::from(code)),
        float: Some(f64::from(code)),
        complex: None,
        text: Arc::from(&*text),
    })
}

/// The value of a number constant with a real and an imaginary part.
pub(super) fn complex(text: &str) -> Result<Number, String> {
    const MALFORMED: &str = "syntax error scanning complex number";
    let body = text.strip_suffix('i').ok_or(MALFORMED)?;
    // The sign between the parts is the one that ends what can be read as a real number.
    let split = float_length(body);
    let (real, imaginary) = body.split_at(split);
    if !imaginary.starts_with(['+', '-']) || float_length(imaginary) != imaginary.len() || imaginary.len() < 2
    {
        return Err(MALFORMED.into());
    }
    let part = |s: &str| {
        float(s).map_err(|failure| format!("strconv.ParseFloat: parsing {}: {failure}", quote(s.as_bytes())))
    };
    let value = (part(real)?, part(imaginary)?);
    Ok(imaginary_number(value, text))
}

/// How much of `text` a scanner of floating point numbers would take.
fn float_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let run = |mut at: usize, hex: bool| {
        while bytes.get(at).is_some_and(|&b| b == b'_' || b.is_ascii_digit() || hex && b.is_ascii_hexdigit())
        {
            at += 1;
        }
        at
    };
    let sign = |at: usize| at + usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
    let mut at = sign(0);
    let hex = matches!(bytes.get(at..), Some([b'0', b'x' | b'X', ..]));
    if hex {
        at += 2;
    }
    at = run(at, hex);
    if bytes.get(at) == Some(&b'.') {
        at = run(at + 1, hex);
    }
    match bytes.get(at) {
        Some(b'p' | b'P') => run(sign(at + 1), false),
        Some(b'e' | b'E') if !hex => run(sign(at + 1), false),
        _ => at,
    }
}

/// A number that is complex; with no imaginary part it has the other types as well.
fn imaginary_number(value: (f64, f64), text: &str) -> Number {
    let float = (value.1 == 0.0).then_some(value.0);
    Number {
        int: float.and_then(as_int),
        uint: float.and_then(as_uint),
        float,
        complex: Some(value),
        text: Arc::from(text),
    }
}

/// The value of a number constant, as every type that can hold it.
pub(super) fn number(text: &str) -> Result<Number, String> {
    if let Some(body) = text.strip_suffix('i')
        && let Ok(value) = float(body)
    {
        return Ok(imaginary_number((0.0, value), text));
    }
    let unsigned = magnitude(text);
    let int = match text.as_bytes() {
        [b'-', ..] => magnitude(&text[1..]).and_then(|u| 0i64.checked_sub_unsigned(u)),
        [b'+', ..] => magnitude(&text[1..]).and_then(|u| i64::try_from(u).ok()),
        _ => unsigned.and_then(|u| i64::try_from(u).ok()),
    };
    // A signed zero is unsigned too.
    let uint = if int == Some(0) { Some(0) } else { unsigned };
    let text: Arc<str> = Arc::from(text);
    if let Some(value) = int.map(|i| i as f64).or(uint.map(|u| u as f64)) {
        return Ok(Number { int, uint, float: Some(value), complex: None, text });
    }
    let Ok(value) = float(&text) else {
        return Err(format!("illegal number syntax: {}", quote(text.as_bytes())));
    };
    // A float that looks like an integer is one that is too large.
    if !text.contains(['.', 'e', 'E', 'p', 'P']) {
        return Err(format!("integer overflow: {}", quote(text.as_bytes())));
    }
    Ok(Number { int: as_int(value), uint: as_uint(value), float: Some(value), complex: None, text })
}

/// The integer that equals `f`.
fn as_int(f: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    (f.trunc() == f && (-LIMIT..LIMIT).contains(&f)).then_some(f as i64)
}

/// The unsigned integer that equals `f`.
fn as_uint(f: f64) -> Option<u64> {
    const LIMIT: f64 = 18_446_744_073_709_551_616.0;
    (f.trunc() == f && (0.0..LIMIT).contains(&f)).then_some(f as u64)
}

/// An integer without sign in the notation of Go: base prefix, leading zero for octal, underscores.
fn magnitude(text: &str) -> Option<u64> {
    if !underscores_separate_digits(text) {
        return None;
    }
    let (base, body) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &text[2..]),
        [b'0', b'o' | b'O', ..] => (8, &text[2..]),
        [b'0', b'b' | b'B', ..] => (2, &text[2..]),
        [b'0', _, ..] => (8, &text[1..]),
        _ => (10, text),
    };
    if body.is_empty() {
        return None;
    }
    let mut value = 0u64;
    for c in body.chars().filter(|&c| c != '_') {
        value = value.checked_mul(u64::from(base))?.checked_add(u64::from(c.to_digit(base)?))?;
    }
    Some(value)
}

/// Whether every underscore stands between digits, or between a base prefix and a digit.
fn underscores_separate_digits(text: &str) -> bool {
    if !text.contains('_') {
        return true;
    }
    let text = text.trim_start_matches(['+', '-']).as_bytes();
    let (hex, body) = match text {
        [b'0', b'x' | b'X', ..] => (true, &text[1..]),
        [b'0', b'o' | b'O' | b'b' | b'B', ..] => (false, &text[1..]),
        _ => (false, text),
    };
    let prefixed = body.len() < text.len();
    let digit = |at: usize| {
        body.get(at).is_some_and(|b| if hex { b.is_ascii_hexdigit() } else { b.is_ascii_digit() })
    };
    // With a prefix, its letter stands at 0 and counts as a digit.
    body.iter().enumerate().all(|(i, &b)| {
        b != b'_'
            || digit(i + 1) && i.checked_sub(1).is_some_and(|before| digit(before) || prefixed && before == 0)
    })
}

/// A floating point number in the notation of Go, hexadecimal included. The error is Go's word for it.
fn float(text: &str) -> Result<f64, &'static str> {
    if !underscores_separate_digits(text) {
        return Err(SYNTAX);
    }
    let plain: String = text.chars().filter(|&c| c != '_').collect();
    let (negative, body) = match plain.as_bytes() {
        [b'-', ..] => (true, &plain[1..]),
        [b'+', ..] => (false, &plain[1..]),
        _ => (false, &*plain),
    };
    let value = if let Some(hex) = body.strip_prefix("0x").or_else(|| body.strip_prefix("0X")) {
        hex_float(hex).ok_or(SYNTAX)?
    } else if body.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        body.parse::<f64>().map_err(|_| SYNTAX)?
    } else {
        return Err(SYNTAX);
    };
    if value.is_infinite() {
        return Err("value out of range");
    }
    Ok(if negative { -value } else { value })
}

/// The value of a hexadecimal floating point number after its `0x`, rounded to even; infinite when too large.
fn hex_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    // value = bits * 2^power, plus something smaller than the last bit when `sticky`
    let (mut bits, mut power, mut sticky) = (0u64, 0i64, false);
    for (digits, step) in [(whole, 0), (fraction, 4)] {
        for c in digits.chars() {
            let digit = c.to_digit(16)?;
            power -= step;
            if bits >> 60 == 0 {
                bits = bits << 4 | u64::from(digit);
            } else {
                power += 4;
                sticky |= digit != 0;
            }
        }
    }
    let (negative, digits) = match exponent.as_bytes() {
        [b'-', ..] => (true, &exponent[1..]),
        [b'+', ..] => (false, &exponent[1..]),
        _ => (false, exponent),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Beyond any float's range; the parse fails only by overflow.
    let size = digits.parse::<i64>().unwrap_or(i64::MAX).min(1 << 40);
    power += if negative { -size } else { size };
    Some(scaled(bits, power, sticky))
}

/// `bits * 2^power` rounded to even.
fn scaled(bits: u64, power: i64, sticky: bool) -> f64 {
    const MIN_EXPONENT: i64 = -1022;
    const MAX_EXPONENT: i64 = 1023;
    if bits == 0 {
        return 0.0;
    }
    let width = 64 - i64::from(bits.leading_zeros());
    let exponent = power + width - 1;
    if exponent > MAX_EXPONENT {
        return f64::INFINITY;
    }
    // Below the normal range every power of two takes a bit from the precision.
    let precision = 53 - (MIN_EXPONENT - exponent).max(0);
    if precision < 0 {
        return 0.0;
    }
    let dropped = width - precision;
    let significand = if dropped <= 0 {
        bits << -dropped
    } else {
        let kept = u128::from(bits) >> dropped;
        let rest = u128::from(bits) - (kept << dropped);
        let half = 1u128 << (dropped - 1);
        let up = rest > half || rest == half && (sticky || kept & 1 == 1);
        (kept + u128::from(up)) as u64
    };
    // The significand's top bit is implied in the normal range; a carry out of rounding raises the exponent by itself.
    if precision == 53 {
        f64::from_bits((((exponent - MIN_EXPONENT) as u64) << 52) + significand)
    } else {
        f64::from_bits(significand)
    }
}
