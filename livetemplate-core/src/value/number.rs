//! Numbers as Go prints them: `strconv.AppendInt` and `strconv.AppendFloat`.
//!
//! Shortest digits come from the Ryū algorithm (crate `ryu`), digits of a given precision from the standard library,
//! which rounds the exact binary value half to even, as Go does.

use std::io::Write as _;

pub(crate) fn append_int(out: &mut Vec<u8>, i: i64) {
    out.extend_from_slice(itoa::Buffer::new().format(i).as_bytes());
}

pub(crate) fn append_uint(out: &mut Vec<u8>, u: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(u).as_bytes());
}

/// More fraction digits than this are zero in every 64-bit float.
const MOST_DIGITS: usize = 1100;

/// Whether a number is a `float32` or a `float64`: its fewest digits depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FloatSize {
    Single,
    Double,
}

/// Appends a float in one of strconv's formats (`b e E f g G x X`). Without precision: the fewest digits that read back
/// as the same float of its size.
pub(crate) fn append_float(out: &mut Vec<u8>, f: f64, size: FloatSize, format: u8, precision: Option<usize>) {
    if f.is_nan() {
        out.extend_from_slice(b"NaN");
        return;
    }
    if f.is_infinite() {
        out.extend_from_slice(if f > 0.0 { b"+Inf" } else { b"-Inf" });
        return;
    }
    if f.is_sign_negative() {
        out.push(b'-');
    }
    let f = f.abs();
    if let (b'g' | b'f', None, FloatSize::Double) = (format, precision, size)
        && append_short(out, f)
    {
        return;
    }
    match (format, precision) {
        (b'b', _) => append_binary(out, f, size),
        (b'x' | b'X', _) => append_hex(out, f, format, precision),
        (b'f', Some(precision)) => {
            let exact = precision.min(MOST_DIGITS);
            // Writing to memory cannot fail.
            let _ = write!(out, "{f:.exact$}");
            out.resize(out.len() + precision - exact, b'0');
        }
        (_, Some(precision)) => {
            let general = matches!(format, b'g' | b'G');
            let wanted = if general { precision.max(1) - 1 } else { precision };
            let mut text = Vec::with_capacity(32);
            let _ = write!(text, "{f:.exact$e}", exact = wanted.min(MOST_DIGITS));
            let digits = Digits::scan(&text);
            if general {
                digits.append_general(out, format, Some(wanted + 1));
            } else {
                digits.append_exponential(out, format, precision);
            }
        }
        (_, None) => {
            let mut buffer = ryu::Buffer::new();
            let text = match size {
                FloatSize::Single => buffer.format_finite(f as f32),
                FloatSize::Double => buffer.format_finite(f),
            };
            let digits = Digits::scan(text.as_bytes());
            match format {
                b'f' => digits.append_fixed(out, digits.fraction_len()),
                b'g' | b'G' => digits.append_general(out, format, None),
                _ => digits.append_exponential(out, format, digits.len().saturating_sub(1)),
            }
        }
    }
}

/// Appends a number with at most two decimals, as prices and measures are, and says whether it was one.
///
/// A decimal of up to 15 digits is the shortest text of the float nearest to it, since no two of them share one
/// (IEEE 754, `DBL_DIG`). From 1e6 on the formats `f` and `g` differ, so larger numbers go the general way.
fn append_short(out: &mut Vec<u8>, f: f64) -> bool {
    if !(1.0..1e6).contains(&f) {
        return false;
    }
    let hundredths = (f * 100.0).round();
    if hundredths / 100.0 != f {
        return false;
    }
    let hundredths = hundredths as u32;
    let (whole, fraction) = (hundredths / 100, (hundredths % 100) as u8);
    out.extend_from_slice(itoa::Buffer::new().format(whole).as_bytes());
    if fraction > 0 {
        out.extend_from_slice(&[b'.', b'0' + fraction / 10]);
        if fraction % 10 > 0 {
            out.push(b'0' + fraction % 10);
        }
    }
    true
}

/// A decimal number `0.d1d2d3… × 10^point`; without digits it is zero.
struct Digits {
    /// The digits as text, without zeros at either end.
    digits: [u8; Digits::MOST],
    len: usize,
    point: i32,
}

impl Digits {
    /// No 64-bit float has more significant digits.
    const MOST: usize = 768;

    /// Reads `123.45`, `0.00123`, `1.5e-7`.
    fn scan(text: &[u8]) -> Digits {
        let mut digits = Digits { digits: [b'0'; Digits::MOST], len: 0, point: 0 };
        let mut after_point = false;
        let mut zeros = 0;
        let mut rest = text.iter();
        for &byte in rest.by_ref() {
            match byte {
                b'.' => after_point = true,
                b'0'..=b'9' => {
                    if byte == b'0' {
                        // Counts only when another digit follows.
                        zeros += usize::from(digits.len > 0);
                    } else {
                        let end = digits.len + zeros;
                        if end < Digits::MOST {
                            digits.digits[end] = byte;
                            digits.len = end + 1;
                        }
                        zeros = 0;
                    }
                    let leading = digits.len == 0;
                    if after_point {
                        digits.point -= i32::from(leading);
                    } else {
                        digits.point += i32::from(!leading);
                    }
                }
                _ => break,
            }
        }
        let (mut exponent, mut negative) = (0, false);
        for &byte in rest {
            match byte {
                b'-' => negative = true,
                b'0'..=b'9' => exponent = exponent * 10 + i32::from(byte - b'0'),
                _ => {}
            }
        }
        digits.point += if negative { -exponent } else { exponent };
        if digits.len == 0 {
            digits.point = 0;
        }
        digits
    }

    fn len(&self) -> usize {
        self.len
    }

    fn as_slice(&self) -> &[u8] {
        &self.digits[..self.len]
    }

    /// Digits after the decimal point.
    fn fraction_len(&self) -> usize {
        usize::try_from(self.len as i32 - self.point).unwrap_or(0)
    }

    /// `%f`: cuts off what stands beyond `precision`, so that must not be less than the digits need.
    fn append_fixed(&self, out: &mut Vec<u8>, precision: usize) {
        let digits = self.as_slice();
        let whole = usize::try_from(self.point).unwrap_or(0);
        if whole == 0 {
            out.push(b'0');
        } else {
            let (head, zeros) = (whole.min(self.len), whole.saturating_sub(self.len));
            out.extend_from_slice(&digits[..head]);
            out.resize(out.len() + zeros, b'0');
        }
        if precision == 0 {
            return;
        }
        out.push(b'.');
        let end = out.len() + precision;
        let zeros = usize::try_from(-self.point).unwrap_or(0).min(precision);
        out.resize(out.len() + zeros, b'0');
        let rest = digits.get(whole..).unwrap_or_default();
        out.extend_from_slice(&rest[..rest.len().min(end - out.len())]);
        out.resize(end, b'0');
    }

    /// `%e`: `precision` digits after the point, which must not be less than there are.
    fn append_exponential(&self, out: &mut Vec<u8>, format: u8, precision: usize) {
        let digits = self.as_slice();
        let (first, rest) = digits.split_first().unwrap_or((&b'0', &[]));
        out.push(*first);
        if precision > 0 {
            out.push(b'.');
            let end = out.len() + precision;
            out.extend_from_slice(&rest[..rest.len().min(precision)]);
            out.resize(end, b'0');
        }
        // `g` becomes `e`, `G` becomes `E`.
        out.push(if format.is_ascii_lowercase() { b'e' } else { b'E' });
        let exponent = if self.len == 0 { 0 } else { self.point - 1 };
        append_exponent(out, exponent, 2);
    }

    /// `%g`: without precision the shortest digits, exponents from 6 on in `%e`.
    fn append_general(&self, out: &mut Vec<u8>, format: u8, precision: Option<usize>) {
        let len = self.len as i32;
        let limit = match precision {
            None => 6,
            Some(precision) if precision > self.len && len >= self.point => len,
            Some(precision) => i32::try_from(precision).unwrap_or(i32::MAX),
        };
        let exponent = self.point - 1;
        if exponent < -4 || exponent >= limit {
            self.append_exponential(out, format, self.len.saturating_sub(1));
        } else {
            self.append_fixed(out, self.fraction_len());
        }
    }
}

/// Appends sign and at least `width` digits.
fn append_exponent(out: &mut Vec<u8>, exponent: i32, width: usize) {
    out.push(if exponent < 0 { b'-' } else { b'+' });
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(exponent.unsigned_abs());
    out.extend(std::iter::repeat_n(b'0', width.saturating_sub(digits.len())));
    out.extend_from_slice(digits.as_bytes());
}

/// Mantissa and binary exponent of a positive finite float: `mantissa × 2^exponent`.
fn parts(f: f64) -> (u64, i32) {
    let bits = f.to_bits();
    let mantissa = bits & ((1 << 52) - 1);
    match (bits >> 52) as i32 & 0x7FF {
        0 => (mantissa, -1074),
        exponent => (mantissa | 1 << 52, exponent - 1075),
    }
}

/// [`parts`] of a `float32`.
fn parts_single(f: f32) -> (u64, i32) {
    let bits = f.to_bits();
    let mantissa = u64::from(bits & ((1 << 23) - 1));
    match (bits >> 23) as i32 & 0xFF {
        0 => (mantissa, -149),
        exponent => (mantissa | 1 << 23, exponent - 150),
    }
}

/// `%b`: `4503599627370496p-52`, of a `float32` `8388608p-23`.
fn append_binary(out: &mut Vec<u8>, f: f64, size: FloatSize) {
    let (mantissa, exponent) = match size {
        FloatSize::Single => parts_single(f as f32),
        FloatSize::Double => parts(f),
    };
    append_uint(out, mantissa);
    out.push(b'p');
    append_exponent(out, exponent, 1);
}

/// `%x`: `0x1.8p+01`.
fn append_hex(out: &mut Vec<u8>, f: f64, format: u8, precision: Option<usize>) {
    let (mut mantissa, mut exponent) = parts(f);
    if mantissa == 0 {
        exponent = 0;
    } else {
        // The leading one goes to bit 60, so that below it stand 15 whole hexadecimal digits.
        let shift = mantissa.leading_zeros() as i32 - 3;
        mantissa <<= shift;
        exponent += 60 - shift;
    }
    if let Some(precision) = precision.filter(|p| *p < 15) {
        let cut = 60 - 4 * precision as u32;
        let (kept, dropped, half) = (mantissa >> cut, mantissa & ((1 << cut) - 1), 1 << (cut - 1));
        let up = dropped > half || (dropped == half && kept & 1 == 1);
        mantissa = (kept + u64::from(up)) << cut;
        if mantissa >> 61 != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let table: &[u8; 16] = if format == b'X' { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    out.extend_from_slice(&[b'0', format, b'0' + (mantissa >> 60) as u8]);
    let mut rest = mantissa << 4;
    let mut left = precision;
    if rest != 0 || left.is_some_and(|p| p > 0) {
        out.push(b'.');
    }
    while left.map_or(rest != 0, |p| p > 0) {
        out.push(table[(rest >> 60) as usize]);
        rest <<= 4;
        left = left.map(|p| p - 1);
    }
    out.push(if format == b'X' { b'P' } else { b'p' });
    append_exponent(out, exponent, 2);
}
