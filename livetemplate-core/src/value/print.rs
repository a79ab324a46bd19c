//! Printing as Go's fmt does: one operand under one verb with its flags. Formats are read in `printf`.

use super::number::FloatSize;
use super::quote::{append_char, append_quoted, append_quoted_char, can_backquote};
use super::{Content, Key, Map, Object, Real, Text, Time, Value, number};
use crate::error::FunctionError;
use std::borrow::Cow;

impl Value {
    /// Appends the value as a page shows it: `%v` of what it is, or of what a pointer points to.
    ///
    /// # Errors
    /// What a host object fails with.
    pub(crate) fn print(&self, out: &mut Vec<u8>) -> Result<(), FunctionError> {
        match self {
            Value::String(text) | Value::Trusted(_, text) => out.extend_from_slice(text.as_bytes()),
            Value::Int(i) => number::append_int(out, *i),
            Value::Float(f) if f.is_finite() => number::append_float(out, *f, FloatSize::Double, b'g', None),
            Value::Number(number) => {
                if !number.append_string(out) {
                    match number.real() {
                        Real::Int(i) => number::append_int(out, i),
                        Real::Uint(u) => number::append_uint(out, u),
                        Real::Float(f) => Printer::new(out, false).float(f, FloatSize::Single, 'v'),
                    }
                }
            }
            Value::Host(_) => {
                let mut printer = Printer::new(out, false);
                printer.value(self, 'v');
                return printer.finish();
            }
            _ => return Printer::new(out, false).print(self, 'v'),
        }
        Ok(())
    }

    /// Appends the value as `fmt.Sprint` prints it (`%v`): a pointer to a struct, list or map with `&` before it.
    pub(super) fn sprint(&self, out: &mut Vec<u8>) -> Result<(), FunctionError> {
        match self {
            Value::Host(_) => Printer::new(out, false).print(self, 'v'),
            value => value.print(out),
        }
    }

    /// The Go type name as `%T` prints it (`int`, `float64`, `string`, `map[string]interface {}`, …).
    pub(crate) fn type_name(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Value::Null => "<nil>",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float64",
            Value::Number(number) => number.number_type().name(),
            Value::Complex64(..) => "complex64",
            Value::Complex128(..) => "complex128",
            Value::String(_) => "string",
            Value::Bytes(_) => "[]uint8",
            Value::List(_) => "[]interface {}",
            Value::Map(map) => map_type(map),
            Value::Record(record) => &record.type_name,
            Value::Time(_) => "time.Time",
            Value::Trusted(content, _) => match content {
                Content::Html => "template.HTML",
                Content::HtmlAttr => "template.HTMLAttr",
                Content::Js => "template.JS",
                Content::JsStr => "template.JSStr",
                Content::Css => "template.CSS",
                Content::Url => "template.URL",
                Content::Srcset => "template.Srcset",
            },
            Value::Host(object) => object.type_name(),
        })
    }
}

/// The Go type of a map, by the kind of its keys.
fn map_type(map: &Map) -> &'static str {
    // Kinds stand in order, so the first and the last key show whether there is more than one.
    match (map.keys().first(), map.keys().last()) {
        (Some(Key::Bool(_)), Some(Key::Bool(_))) => "map[bool]interface {}",
        (Some(Key::Int(_)), Some(Key::Int(_))) => "map[int]interface {}",
        (None, _) | (Some(Key::String(_)), _) => "map[string]interface {}",
        _ => "map[interface {}]interface {}",
    }
}

/// `fmt.Sprint(args...)`.
pub(crate) fn sprint(args: &[Value], out: &mut Vec<u8>) -> Result<(), FunctionError> {
    join(args, out, Value::sprint)
}

/// `fmt.Sprint(args...)` of what a page shows: what pointers point to.
pub(crate) fn sprint_shown(args: &[Value], out: &mut Vec<u8>) -> Result<(), FunctionError> {
    join(args, out, Value::print)
}

fn join(
    args: &[Value],
    out: &mut Vec<u8>,
    print: fn(&Value, &mut Vec<u8>) -> Result<(), FunctionError>,
) -> Result<(), FunctionError> {
    let is_string = |value: &Value| matches!(value.plain(), Value::String(_) | Value::Trusted(..));
    let mut after_string = true;
    for arg in args {
        let string = is_string(arg);
        if !after_string && !string {
            out.push(b' ');
        }
        print(arg, out)?;
        after_string = string;
    }
    Ok(())
}

/// `fmt.Sprintln(args...)`.
pub(crate) fn sprintln(args: &[Value], out: &mut Vec<u8>) -> Result<(), FunctionError> {
    for (i, arg) in args.iter().enumerate() {
        if i > 0 {
            out.push(b' ');
        }
        arg.sprint(out)?;
    }
    out.push(b'\n');
    Ok(())
}

/// Flags, width and precision of a directive.
#[derive(Clone, Copy, Default)]
pub(super) struct Spec {
    pub sharp: bool,
    pub zero: bool,
    pub plus: bool,
    pub minus: bool,
    pub space: bool,
    /// `%+v` and `%#v`, for which `plus` and `sharp` have no other meaning.
    pub plus_v: bool,
    pub sharp_v: bool,
    pub width: Option<usize>,
    pub precision: Option<usize>,
}

/// Prints operands to `out`.
pub(super) struct Printer<'a> {
    pub out: &'a mut Vec<u8>,
    pub spec: Spec,
    pub adaptive: bool,
    /// Inside `%!verb(type=…)`, where times are printed as the structs they are.
    in_error: bool,
    /// The type that a wrong verb names instead of that of the data under it.
    named: Option<String>,
    /// What a host object failed with first.
    failed: Option<FunctionError>,
}

/// An unsigned number with its sign.
#[derive(Clone, Copy)]
struct Integer {
    negative: bool,
    size: u64,
    /// Of a signed Go type.
    signed: bool,
}

impl Integer {
    fn signed(i: i64) -> Integer {
        Integer { negative: i < 0, size: i.unsigned_abs(), signed: true }
    }

    fn unsigned(u: u64) -> Integer {
        Integer { negative: false, size: u, signed: false }
    }

    /// The character of that number; what is none is U+FFFD.
    fn to_char(self) -> char {
        let code = if self.negative { None } else { u32::try_from(self.size).ok() };
        code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
    }
}

/// The integer a float stands for under integer verbs.
fn integral(f: f64) -> Option<Integer> {
    const TWO_63: f64 = 9_223_372_036_854_775_808.0;
    if f.trunc() != f {
        None
    } else if (-TWO_63..TWO_63).contains(&f) {
        Some(Integer::signed(f as i64))
    } else if (TWO_63..2.0 * TWO_63).contains(&f) {
        Some(Integer::unsigned(f as u64))
    } else {
        None
    }
}

impl<'a> Printer<'a> {
    pub fn new(out: &'a mut Vec<u8>, adaptive: bool) -> Self {
        Printer { out, spec: Spec::default(), adaptive, in_error: false, named: None, failed: None }
    }

    /// Prints one operand of a call, as all there is to print.
    pub fn print(mut self, value: &Value, verb: char) -> Result<(), FunctionError> {
        self.argument(value, verb);
        self.finish()
    }

    fn finish(self) -> Result<(), FunctionError> {
        self.failed.map_or(Ok(()), Err)
    }

    /// Prints one operand of a call.
    fn argument(&mut self, value: &Value, verb: char) {
        match (value, verb) {
            (Value::Null, 'v' | 'T') => self.padded(b"<nil>"),
            (Value::Null, _) => {
                self.bad_verb_start(verb);
                self.out.extend_from_slice(b"<nil>)");
            }
            (_, 'T') => self.string(value.type_name().as_bytes(), 's'),
            (_, 'p') => self.bad_verb(value, 'p'),
            (Value::Bytes(bytes), 'v') => self.bytes(bytes, verb, "[]byte"),
            (Value::Bytes(_), _) => self.value(value, verb),
            // Wrong for the whole operand, not for each of its parts.
            (_, 'w') => self.bad_verb(value, verb),
            (Value::Host(object), _) => self.object(&**object, verb, true),
            _ => self.value(value, verb),
        }
    }

    /// Prints a value at any depth.
    fn value(&mut self, value: &Value, verb: char) {
        match value {
            Value::Null if self.spec.sharp_v => self.out.extend_from_slice(b"interface {}(nil)"),
            Value::Null => self.out.extend_from_slice(b"<nil>"),
            Value::Bool(b) if matches!(verb, 't' | 'v') => self.padded(if *b { b"true" } else { b"false" }),
            Value::Bool(_) => self.bad_verb(value, verb),
            Value::Int(i) => self.real(value, Real::Int(*i), verb),
            Value::Float(f) => self.real(value, Real::Float(*f), verb),
            Value::Number(number) => {
                // A type's String method is for the verbs of text.
                let mut text = Vec::new();
                let textual =
                    matches!(verb, 'v' | 's' | 'q' | 'x' | 'X') && !self.spec.sharp_v && !self.in_error;
                if textual && number.append_string(&mut text) {
                    self.string(&text, if verb == 'v' { 's' } else { verb });
                } else {
                    self.real(value, number.real(), verb);
                }
            }
            Value::Complex64(re, im) => {
                self.complex(value, (*re).into(), (*im).into(), FloatSize::Single, verb);
            }
            Value::Complex128(re, im) => self.complex(value, *re, *im, FloatSize::Double, verb),
            Value::String(text) | Value::Trusted(_, text) => match verb {
                'v' if self.spec.sharp_v => self.string(text.as_bytes(), 'q'),
                'v' | 's' | 'q' | 'x' | 'X' => self.string(text.as_bytes(), verb),
                _ => self.bad_verb(value, verb),
            },
            Value::Bytes(bytes) => self.bytes(bytes, verb, "[]uint8"),
            Value::List(items) => {
                self.open(value, b'[');
                for (i, item) in items.iter().enumerate() {
                    self.separate(i);
                    self.value(item, verb);
                }
                self.close(b']');
            }
            Value::Map(map) => {
                if !self.spec.sharp_v {
                    self.out.extend_from_slice(b"map");
                }
                self.open(value, b'[');
                for (i, (key, item)) in map.entries().enumerate() {
                    self.separate(i);
                    let key = match key {
                        Key::Bool(b) => Value::Bool(*b),
                        Key::Int(i) => Value::Int(*i),
                        Key::String(text) => Value::String(text.clone()),
                    };
                    self.value(&key, verb);
                    self.out.push(b':');
                    self.value(item, verb);
                }
                self.close(b']');
            }
            Value::Record(record) => {
                self.open(value, b'{');
                for (i, (name, item)) in record.fields.iter().enumerate() {
                    self.separate(i);
                    self.field_name(name);
                    self.value(item, verb);
                }
                self.close(b'}');
            }
            Value::Time(time) => self.time(time, verb),
            Value::Host(object) => self.object(&**object, verb, false),
        }
    }

    /// A host object: its own text under the verbs of strings, else the data under it.
    fn object(&mut self, object: &dyn Object, verb: char, is_argument: bool) {
        if matches!(verb, 'v' | 's' | 'q' | 'x' | 'X') && !self.spec.sharp_v && !self.in_error {
            match object.text() {
                Ok(Some(text)) => {
                    return self.string(text.as_bytes(), if verb == 'v' { 's' } else { verb });
                }
                Ok(None) => {}
                Err(error) => {
                    self.failed.get_or_insert(error);
                    return;
                }
            }
        }
        match object.data() {
            Some(Value::Host(inner)) => self.object(&**inner, verb, is_argument),
            Some(data @ (Value::List(_) | Value::Map(_) | Value::Record(_))) => {
                if is_argument && object.type_name().starts_with('*') {
                    self.out.push(b'&');
                }
                self.value(data, verb);
            }
            Some(data) => {
                let outer = self.named.replace(object.type_name().to_owned());
                self.value(data, verb);
                self.named = outer;
            }
            None => self.padded(format!("<{} Value>", object.type_name()).as_bytes()),
        }
    }

    /// Prints the number that `value` is, under a verb of numbers.
    fn real(&mut self, value: &Value, number: Real, verb: char) {
        let integer = match number {
            Real::Int(i) => Integer::signed(i),
            Real::Uint(u) => Integer::unsigned(u),
            Real::Float(f) => {
                let size = FloatSize::of(value);
                return match verb {
                    'v' | 'b' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'x' | 'X' => self.float(f, size, verb),
                    'd' | 'o' | 'O' | 'c' | 'q' | 'U' if self.adaptive => match integral(f) {
                        Some(integer) => _ = self.integer(integer, verb),
                        None => self.bad_verb(value, verb),
                    },
                    _ => self.bad_verb(value, verb),
                };
            }
        };
        match (verb, number) {
            ('e' | 'E' | 'f' | 'F' | 'g' | 'G', Real::Int(i)) if self.adaptive => {
                self.float(i as f64, FloatSize::Double, verb);
            }
            ('e' | 'E' | 'f' | 'F' | 'g' | 'G', Real::Uint(u)) if self.adaptive => {
                self.float(u as f64, FloatSize::Double, verb);
            }
            _ if self.integer(integer, verb) => {}
            _ => self.bad_verb(value, verb),
        }
    }

    /// `(1+2i)`: each part as a float, the second with its sign.
    fn complex(&mut self, value: &Value, re: f64, im: f64, size: FloatSize, verb: char) {
        if !matches!(verb, 'v' | 'b' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'x' | 'X') {
            return self.bad_verb(value, verb);
        }
        self.out.push(b'(');
        self.float(re, size, verb);
        let plus = std::mem::replace(&mut self.spec.plus, true);
        self.float(im, size, verb);
        self.out.extend_from_slice(b"i)");
        self.spec.plus = plus;
    }

    fn open(&mut self, value: &Value, bracket: u8) {
        if self.spec.sharp_v {
            self.out.extend_from_slice(value.type_name().as_bytes());
            self.out.push(b'{');
        } else {
            self.out.push(bracket);
        }
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.out.extend_from_slice(if self.spec.sharp_v { b", " } else { b" " });
        }
    }

    fn close(&mut self, bracket: u8) {
        self.out.push(if self.spec.sharp_v { b'}' } else { bracket });
    }

    fn bad_verb_start(&mut self, verb: char) {
        self.out.extend_from_slice(b"%!");
        append_char(self.out, verb);
        self.out.push(b'(');
    }

    fn bad_verb(&mut self, value: &Value, verb: char) {
        let type_name = self.named.take().map_or_else(|| value.type_name(), Cow::Owned);
        self.bad_verb_of(&type_name, verb, |printer| printer.argument(value, 'v'));
    }

    fn bad_verb_of(&mut self, type_name: &str, verb: char, print: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.in_error, true);
        self.bad_verb_start(verb);
        self.out.extend_from_slice(type_name.as_bytes());
        self.out.push(b'=');
        print(self);
        self.out.push(b')');
        self.in_error = outer;
    }

    fn time(&mut self, time: &Time, verb: char) {
        let mut text = Vec::new();
        match verb {
            _ if self.in_error => {}
            'v' if self.spec.sharp_v => {
                time.append_go_string(&mut text);
                return self.string(&text, 's');
            }
            'v' | 's' | 'q' | 'x' | 'X' => {
                time.append_string(&mut text);
                return self.string(&text, if verb == 'v' { 's' } else { verb });
            }
            _ => {}
        }
        // Go prints the private fields: nanoseconds, seconds since the year 1 and a pointer to the zone, nil for UTC. A
        // zone's address is nothing to reproduce.
        self.open(&Value::Time(*time), b'{');
        let wall = Integer::unsigned(time.nanos().into());
        let seconds = Integer::signed(time.go_seconds());
        for (i, (name, type_name, field)) in
            [("wall", "uint64", wall), ("ext", "int64", seconds)].into_iter().enumerate()
        {
            self.separate(i);
            self.field_name(name);
            if !self.integer(field, verb) {
                self.bad_verb_of(type_name, verb, |printer| _ = printer.integer(field, 'v'));
            }
        }
        self.separate(2);
        self.field_name("loc");
        match verb {
            'v' if self.spec.sharp_v => self.out.extend_from_slice(b"(*time.Location)(nil)"),
            'v' => self.padded(b"<nil>"),
            'b' | 'o' | 'd' => _ = self.integer(Integer::unsigned(0), verb),
            _ => self.bad_verb_of("*time.Location", verb, |printer| printer.padded(b"<nil>")),
        }
        self.close(b'}');
    }

    fn field_name(&mut self, name: &str) {
        if self.spec.plus_v || self.spec.sharp_v {
            self.out.extend_from_slice(name.as_bytes());
            self.out.push(b':');
        }
    }

    fn bytes(&mut self, bytes: &Text, verb: char, type_name: &str) {
        match verb {
            's' | 'q' | 'x' | 'X' => return self.string(bytes.as_bytes(), verb),
            _ if self.spec.sharp_v => {
                self.out.extend_from_slice(type_name.as_bytes());
                self.out.push(b'{');
            }
            _ => self.out.push(b'['),
        }
        for (i, byte) in bytes.as_bytes().iter().enumerate() {
            self.separate(i);
            let number = Integer::unsigned(u64::from(*byte));
            match verb {
                'e' | 'E' | 'f' | 'F' | 'g' | 'G' if self.adaptive => {
                    self.float(f64::from(*byte), FloatSize::Double, verb);
                }
                _ if self.integer(number, verb) => {}
                _ => self.bad_verb_of("uint8", verb, |printer| _ = printer.integer(number, 'v')),
            }
        }
        self.close(b']');
    }

    /// Prints an integer; false if the verb is not for integers.
    fn integer(&mut self, number: Integer, verb: char) -> bool {
        match verb {
            'v' if self.spec.sharp_v && !number.signed => {
                let sharp = std::mem::replace(&mut self.spec.sharp, true);
                self.digits(number, 16, verb);
                self.spec.sharp = sharp;
            }
            'v' | 'd' => self.digits(number, 10, verb),
            'b' => self.digits(number, 2, verb),
            'o' | 'O' => self.digits(number, 8, verb),
            'x' | 'X' => self.digits(number, 16, verb),
            'c' => {
                let start = self.out.len();
                append_char(self.out, number.to_char());
                self.pad_from(start);
            }
            'q' => {
                let start = self.out.len();
                append_quoted_char(self.out, number.to_char(), self.spec.plus);
                self.pad_from(start);
            }
            'U' => self.unicode(number),
            _ => return false,
        }
        true
    }

    fn digits(&mut self, number: Integer, base: u64, verb: char) {
        let spec = self.spec;
        if spec.precision == Some(0) && number.size == 0 {
            return self.spaces(spec.width.unwrap_or(0));
        }
        let signed = number.negative || spec.plus || spec.space;
        let least = match (spec.precision, spec.width) {
            (Some(precision), _) => precision,
            // Zeros fill the width, and only from the left.
            (None, Some(width)) if spec.zero && !spec.minus => width.saturating_sub(usize::from(signed)),
            _ => 0,
        };
        let mut buffer = [b'0'; 64];
        let mut first = buffer.len();
        let mut rest = number.size;
        let table: &[u8; 16] = if verb == 'X' { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
        while rest > 0 || first == buffer.len() {
            first -= 1;
            buffer[first] = table[(rest % base) as usize];
            rest /= base;
        }
        let digits = &buffer[first..];
        let zeros = least.saturating_sub(digits.len());
        let start = self.out.len();
        if number.negative {
            self.out.push(b'-');
        } else if spec.plus {
            self.out.push(b'+');
        } else if spec.space {
            self.out.push(b' ');
        }
        if verb == 'O' {
            self.out.extend_from_slice(b"0o");
        }
        if spec.sharp {
            match base {
                2 => self.out.extend_from_slice(b"0b"),
                8 if zeros == 0 && digits[0] != b'0' => self.out.push(b'0'),
                16 => self.out.extend_from_slice(if verb == 'X' { b"0X" } else { b"0x" }),
                _ => {}
            }
        }
        self.out.resize(self.out.len() + zeros, b'0');
        self.out.extend_from_slice(digits);
        self.pad_from_with(start, b' ');
    }

    /// `U+0041`, with `#` followed by the character.
    fn unicode(&mut self, number: Integer) {
        let bits = if number.negative { number.size.wrapping_neg() } else { number.size };
        let least = self.spec.precision.map_or(4, |precision| precision.max(4));
        let start = self.out.len();
        self.out.extend_from_slice(b"U+");
        let mut places = 1;
        while places < 16 && bits >> (4 * places) != 0 {
            places += 1;
        }
        self.out.resize(self.out.len() + least.saturating_sub(places), b'0');
        for place in (0..places).rev() {
            self.out.push(b"0123456789ABCDEF"[(bits >> (4 * place) & 15) as usize]);
        }
        if self.spec.sharp
            && let Some(c) = u32::try_from(bits).ok().and_then(char::from_u32)
            && super::printable::is_printable(c)
        {
            self.out.extend_from_slice(b" '");
            append_char(self.out, c);
            self.out.push(b'\'');
        }
        self.pad_from_with(start, b' ');
    }

    fn float(&mut self, f: f64, size: FloatSize, verb: char) {
        let (format, default) = match verb {
            'v' => (b'g', None),
            'F' => (b'f', Some(6)),
            'e' | 'E' | 'f' => (verb as u8, Some(6)),
            _ => (verb as u8, None),
        };
        let spec = self.spec;
        let precision = spec.precision.or(default);
        let start = self.out.len();
        if !f.is_finite() {
            return self.not_finite(f);
        }
        if f.is_sign_positive() {
            self.out.push(if spec.space && !spec.plus { b' ' } else { b'+' });
        }
        number::append_float(self.out, f, size, format, precision);
        if spec.sharp && verb != 'b' {
            self.keep_zeros(start, format, precision);
        }
        if !spec.plus && self.out[start] == b'+' {
            self.out.remove(start);
        } else if spec.zero && !spec.minus {
            // The sign stands before the zeros that fill the width.
            let missing = spec.width.unwrap_or(0).saturating_sub(self.out.len() - start);
            self.out.splice(start + 1..start + 1, std::iter::repeat_n(b'0', missing));
            return;
        }
        self.pad_from(start);
    }

    /// Infinities and NaN: zeros never fill the width, and infinity has a sign even when none is asked for.
    fn not_finite(&mut self, f: f64) {
        let start = self.out.len();
        let sign: &[u8] = match self.spec {
            _ if f == f64::NEG_INFINITY => b"-",
            spec if spec.plus => b"+",
            spec if spec.space => b" ",
            _ if f.is_nan() => b"",
            _ => b"+",
        };
        self.out.extend_from_slice(sign);
        self.out.extend_from_slice(if f.is_nan() { b"NaN" } else { b"Inf" });
        self.pad_from_with(start, b' ');
    }

    /// The `#` flag: a decimal point always, and for `%g` the zeros up to the precision.
    fn keep_zeros(&mut self, start: usize, format: u8, precision: Option<usize>) {
        let mut missing = match format {
            // Go leaves `X` out.
            b'g' | b'G' | b'x' => precision.unwrap_or(6),
            _ => 0,
        };
        let number = &self.out[start + 1..];
        let hex = matches!(format, b'x' | b'X');
        let is_exponent = |b: &u8| matches!(b, b'p' | b'P') || (!hex && matches!(b, b'e' | b'E'));
        let end = number.iter().position(is_exponent).unwrap_or(number.len());
        let (mantissa, tail) = number.split_at(end);
        let tail = tail.to_vec();
        let point = mantissa.contains(&b'.');
        let counted = mantissa.iter().filter(|b| **b != b'.').skip_while(|b| **b == b'0').count();
        missing = missing.saturating_sub(counted);
        if !point && mantissa == b"0" {
            // A single zero counts as a digit.
            missing = missing.saturating_sub(1);
        }
        self.out.truncate(start + 1 + end);
        if !point {
            self.out.push(b'.');
        }
        self.out.resize(self.out.len() + missing, b'0');
        self.out.extend_from_slice(&tail);
    }

    /// Prints text under `s`, `v`, `q`, `x` or `X`.
    fn string(&mut self, text: &[u8], verb: char) {
        let start = self.out.len();
        match verb {
            'x' | 'X' => return self.hex(text, verb == 'X'),
            'q' => {
                let text = self.truncated(text);
                if self.spec.sharp && can_backquote(text) {
                    self.out.push(b'`');
                    self.out.extend_from_slice(text);
                    self.out.push(b'`');
                } else {
                    append_quoted(self.out, text, self.spec.plus);
                }
            }
            _ => {
                let text = self.truncated(text);
                self.out.extend_from_slice(text);
            }
        }
        self.pad_from(start);
    }

    /// The text cut to as many characters as the precision says.
    fn truncated<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        let Some(mut left) = self.spec.precision else { return text };
        let mut end = 0;
        for chunk in text.utf8_chunks() {
            let lengths = chunk.valid().chars().map(char::len_utf8).chain(chunk.invalid().iter().map(|_| 1));
            for length in lengths {
                if left == 0 {
                    return &text[..end];
                }
                left -= 1;
                end += length;
            }
        }
        text
    }

    fn hex(&mut self, text: &[u8], upper: bool) {
        let spec = self.spec;
        let text = &text[..text.len().min(spec.precision.unwrap_or(usize::MAX))];
        let table: &[u8; 16] = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
        let prefix: &[u8] = if upper { b"0X" } else { b"0x" };
        let start = self.out.len();
        for (i, byte) in text.iter().enumerate() {
            if spec.space && i > 0 {
                self.out.push(b' ');
            }
            if spec.sharp && (spec.space || i == 0) {
                self.out.extend_from_slice(prefix);
            }
            self.out.extend_from_slice(&[table[usize::from(byte >> 4)], table[usize::from(byte & 15)]]);
        }
        self.pad_from(start);
    }

    fn padded(&mut self, text: &[u8]) {
        let start = self.out.len();
        self.out.extend_from_slice(text);
        self.pad_from(start);
    }

    fn spaces(&mut self, count: usize) {
        self.out.resize(self.out.len() + count, b' ');
    }

    /// Fills what was printed from `start` up to the width.
    fn pad_from(&mut self, start: usize) {
        self.pad_from_with(start, if self.spec.zero && !self.spec.minus { b'0' } else { b' ' });
    }

    fn pad_from_with(&mut self, start: usize, fill: u8) {
        let Some(width) = self.spec.width else { return };
        let chars: usize =
            self.out[start..].utf8_chunks().map(|c| c.valid().chars().count() + c.invalid().len()).sum();
        let missing = width.saturating_sub(chars);
        if self.spec.minus {
            self.spaces(missing);
        } else {
            let end = self.out.len();
            self.out.resize(end + missing, fill);
            self.out.copy_within(start..end, start + missing);
            self.out[start..start + missing].fill(fill);
        }
    }
}
