//! The format of `printf`.

use super::Real;
use super::Value;
use super::print::{Printer, Spec};
use super::quote::append_char;
use crate::error::FunctionError;

/// Go's bound on widths, precisions and argument numbers.
const MOST: usize = 1_000_000;

/// `fmt.Sprintf(format, args...)`. With `adaptive`, `%d` and its kin take an integral float and `%f` and its kin an integer.
///
/// `%b`, `%x` and `%X` are verbs of floats in Go and stay so.
///
/// # Errors
/// What a host object fails with.
pub(crate) fn sprintf(
    format: &[u8],
    args: &[Value],
    adaptive: bool,
    out: &mut Vec<u8>,
) -> Result<(), FunctionError> {
    sprintf_within(usize::MAX, format, args, adaptive, out)
}

/// [`sprintf`] that stops once `out` is longer than `most`: a short format can ask for any length.
pub(crate) fn sprintf_within(
    most: usize,
    format: &[u8],
    args: &[Value],
    adaptive: bool,
    out: &mut Vec<u8>,
) -> Result<(), FunctionError> {
    let mut scan = Scan { rest: format, args, next: 0, reordered: false, adaptive, good_index: true };
    while let Some(at) = memchr::memchr(b'%', scan.rest) {
        out.extend_from_slice(&scan.rest[..at]);
        scan.rest = &scan.rest[at + 1..];
        scan.directive(out)?;
        if out.len() > most {
            return Ok(());
        }
    }
    out.extend_from_slice(scan.rest);
    if scan.reordered || scan.next >= args.len() {
        return Ok(());
    }
    out.extend_from_slice(b"%!(EXTRA ");
    for (i, arg) in args[scan.next..].iter().enumerate() {
        if i > 0 {
            out.extend_from_slice(b", ");
        }
        if !matches!(arg, Value::Null) {
            out.extend_from_slice(arg.type_name().as_bytes());
            out.push(b'=');
        }
        arg.sprint(out)?;
    }
    out.push(b')');
    Ok(())
}

struct Scan<'a> {
    rest: &'a [u8],
    args: &'a [Value],
    /// Index of the argument that comes next.
    next: usize,
    /// An argument index `[n]` was met.
    reordered: bool,
    adaptive: bool,
    /// No bad argument index so far in this directive.
    good_index: bool,
}

impl Scan<'_> {
    /// One directive, its `%` already taken.
    fn directive(&mut self, out: &mut Vec<u8>) -> Result<(), FunctionError> {
        let mut spec = Spec::default();
        self.good_index = true;
        while let Some((&flag, rest)) = self.rest.split_first() {
            match flag {
                b'#' => spec.sharp = true,
                b'0' => spec.zero = true,
                b'+' => spec.plus = true,
                b'-' => spec.minus = true,
                b' ' => spec.space = true,
                _ => break,
            }
            self.rest = rest;
        }
        let mut after_index = self.index();
        if self.eat(b'*') {
            match self.integer_argument() {
                Some(width) => {
                    spec.minus |= width < 0;
                    if width < 0 {
                        spec.zero = false;
                    }
                    spec.width = Some(width.unsigned_abs() as usize);
                }
                None => out.extend_from_slice(b"%!(BADWIDTH)"),
            }
            after_index = false;
        } else {
            spec.width = self.number();
            if after_index && spec.width.is_some() {
                self.good_index = false;
            }
        }
        // A point at the very end is the verb.
        if self.rest.len() > 1 && self.eat(b'.') {
            if after_index {
                self.good_index = false;
            }
            after_index = self.index();
            if self.eat(b'*') {
                spec.precision = self.integer_argument().and_then(|number| usize::try_from(number).ok());
                if spec.precision.is_none() {
                    out.extend_from_slice(b"%!(BADPREC)");
                }
                after_index = false;
            } else {
                spec.precision = Some(self.number().unwrap_or(0));
            }
        }
        if !after_index {
            self.index();
        }
        let Some(verb) = self.verb() else {
            out.extend_from_slice(b"%!(NOVERB)");
            return Ok(());
        };
        let problem: &[u8] = match verb {
            '%' => {
                out.push(b'%');
                return Ok(());
            }
            _ if !self.good_index => b"(BADINDEX)",
            _ => match self.args.get(self.next) {
                Some(arg) => {
                    self.next += 1;
                    // `%w` is `%v` in Go's Errorf and wrong elsewhere.
                    if matches!(verb, 'v' | 'w') {
                        spec.sharp_v = std::mem::take(&mut spec.sharp);
                        spec.plus_v = std::mem::take(&mut spec.plus);
                    }
                    let mut printer = Printer::new(out, self.adaptive);
                    printer.spec = spec;
                    return printer.print(arg, verb);
                }
                None => b"(MISSING)",
            },
        };
        out.extend_from_slice(b"%!");
        append_char(out, verb);
        out.extend_from_slice(problem);
        Ok(())
    }

    fn eat(&mut self, byte: u8) -> bool {
        match self.rest.strip_prefix(&[byte]) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// The verb; U+FFFD where the format is not UTF-8.
    fn verb(&mut self) -> Option<char> {
        let head = &self.rest[..self.rest.len().min(4)];
        let chunk = head.utf8_chunks().next()?;
        let verb = chunk.valid().chars().next();
        self.rest = &self.rest[verb.map_or(1, char::len_utf8)..];
        Some(verb.unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// A decimal number. One that is too large takes the rest of the format with it, as in Go.
    fn number(&mut self) -> Option<usize> {
        let mut number = None;
        while let Some((digit @ b'0'..=b'9', rest)) = self.rest.split_first() {
            if number > Some(MOST) {
                self.rest = &[];
                return None;
            }
            number = Some(number.unwrap_or(0) * 10 + usize::from(digit - b'0'));
            self.rest = rest;
        }
        number
    }

    /// Takes an argument index `[n]`, if there is one. True if it is well formed.
    fn index(&mut self) -> bool {
        if self.rest.first() != Some(&b'[') {
            return false;
        }
        self.reordered = true;
        let close = memchr::memchr(b']', self.rest).filter(|_| self.rest.len() >= 3);
        let Some(close) = close else {
            self.good_index = false;
            self.rest = &self.rest[1..];
            return false;
        };
        let mut inside = Scan { rest: &self.rest[1..close], ..*self };
        let number = inside.number().filter(|_| inside.rest.is_empty() && close > 1);
        self.rest = &self.rest[close + 1..];
        match number {
            Some(number) if (1..=self.args.len()).contains(&number) => self.next = number - 1,
            _ => self.good_index = false,
        }
        number.is_some()
    }

    /// The argument of `*`.
    fn integer_argument(&mut self) -> Option<i64> {
        let arg = self.args.get(self.next)?;
        self.next += 1;
        let number = match arg.plain().as_real()? {
            // Converted exactly as far as it counts: the bound is small.
            Real::Float(f) if self.adaptive && f.trunc() == f => f as i128,
            number => number.integer()?,
        };
        let number = i64::try_from(number).ok()?;
        (number.unsigned_abs() <= MOST as u64).then_some(number)
    }
}
