//! Numbers of Go's types other than `int` and `float64`.

use super::Value;
use super::number::{self, FloatSize};
use super::time::{MONTHS, WEEKDAYS};
use std::cmp::Ordering;

/// One of Go's number types that has no variant of its own in [`Value`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NumberType {
    /// `int8`.
    Int8,
    /// `int16`.
    Int16,
    /// `int32`.
    Int32,
    /// `int64`.
    Int64,
    /// `uint`.
    Uint,
    /// `uint8`, as the bytes of a text are.
    Uint8,
    /// `uint16`.
    Uint16,
    /// `uint32`.
    Uint32,
    /// `uint64`.
    Uint64,
    /// `uintptr`.
    Uintptr,
    /// `float32`.
    Float32,
    /// `time.Month`, an `int` that prints as its name; January is 1.
    Month,
    /// `time.Weekday`, an `int` that prints as its name; Sunday is 0.
    Weekday,
    /// `time.Duration`, an `int64` of nanoseconds that prints as `1m30s`.
    Duration,
}

impl NumberType {
    /// The type's name as Go prints it.
    pub fn name(self) -> &'static str {
        match self {
            NumberType::Int8 => "int8",
            NumberType::Int16 => "int16",
            NumberType::Int32 => "int32",
            NumberType::Int64 => "int64",
            NumberType::Uint => "uint",
            NumberType::Uint8 => "uint8",
            NumberType::Uint16 => "uint16",
            NumberType::Uint32 => "uint32",
            NumberType::Uint64 => "uint64",
            NumberType::Uintptr => "uintptr",
            NumberType::Float32 => "float32",
            NumberType::Month => "time.Month",
            NumberType::Weekday => "time.Weekday",
            NumberType::Duration => "time.Duration",
        }
    }
}

/// A number of a [`NumberType`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Number {
    kind: NumberType,
    /// As [`Number::bits`] gives it: equal numbers of a type have equal bits.
    bits: u64,
}

impl Number {
    /// A number from its bits: of a signed type an `i64`'s, of `float32` those of the float. `None` if the type has no such
    /// number.
    pub fn new(kind: NumberType, bits: u64) -> Option<Number> {
        let signed = bits as i64;
        let fits = match kind {
            NumberType::Int8 => i8::try_from(signed).is_ok(),
            NumberType::Int16 => i16::try_from(signed).is_ok(),
            NumberType::Int32 => i32::try_from(signed).is_ok(),
            NumberType::Uint8 => u8::try_from(bits).is_ok(),
            NumberType::Uint16 => u16::try_from(bits).is_ok(),
            NumberType::Uint32 | NumberType::Float32 => u32::try_from(bits).is_ok(),
            _ => true,
        };
        fits.then_some(Number { kind, bits })
    }

    /// A `float32`.
    pub fn float32(f: f32) -> Number {
        Number { kind: NumberType::Float32, bits: f.to_bits().into() }
    }

    /// A `time.Duration` of so many nanoseconds.
    pub fn duration(nanos: i64) -> Number {
        Number { kind: NumberType::Duration, bits: nanos as u64 }
    }

    /// A `uint8`.
    pub(crate) fn byte(byte: u8) -> Number {
        Number { kind: NumberType::Uint8, bits: byte.into() }
    }

    /// A number of a type that is 64 bits wide.
    pub(super) fn wide(kind: NumberType, bits: u64) -> Number {
        Number { kind, bits }
    }

    /// Its type.
    pub fn number_type(self) -> NumberType {
        self.kind
    }

    /// Its bits, as [`Number::new`] takes them.
    pub fn bits(self) -> u64 {
        self.bits
    }

    /// What it is, whatever its type.
    pub fn real(self) -> Real {
        match self.kind {
            NumberType::Int8
            | NumberType::Int16
            | NumberType::Int32
            | NumberType::Int64
            | NumberType::Month
            | NumberType::Weekday
            | NumberType::Duration => Real::Int(self.bits as i64),
            NumberType::Uint
            | NumberType::Uint8
            | NumberType::Uint16
            | NumberType::Uint32
            | NumberType::Uint64
            | NumberType::Uintptr => Real::Uint(self.bits),
            NumberType::Float32 => Real::Float(f32::from_bits(self.bits as u32).into()),
        }
    }

    /// The number `i` of the same type, which is one of integers and can hold it.
    pub(crate) fn with_integer(self, i: u64) -> Number {
        Number { bits: i, ..self }
    }

    /// Appends what the type's `String` method gives. False: it has none.
    pub(super) fn append_string(self, out: &mut Vec<u8>) -> bool {
        let i = self.bits as i64;
        let index = usize::try_from(i).unwrap_or(usize::MAX);
        let (name, prefix) = match self.kind {
            NumberType::Month => (MONTHS.get(index.wrapping_sub(1)), "%!Month("),
            NumberType::Weekday => (WEEKDAYS.get(index), "%!Weekday("),
            NumberType::Duration => {
                append_duration(i, out);
                return true;
            }
            _ => return false,
        };
        match name {
            Some(name) => out.extend_from_slice(name.as_bytes()),
            None => {
                out.extend_from_slice(prefix.as_bytes());
                number::append_uint(out, self.bits);
                out.push(b')');
            }
        }
        true
    }

    /// What the type's `String` method gives; `None` if it has none.
    pub(crate) fn to_text(self) -> Option<Value> {
        let mut text = Vec::new();
        self.append_string(&mut text).then(|| Value::String(text.into()))
    }
}

impl Number {
    /// Number of arguments of the method `name` of its type, if there is one. `Round` and `Truncate` take a `time.Duration`.
    pub(crate) fn arity(self, name: &str) -> Option<usize> {
        match (self.kind, name) {
            (NumberType::Month | NumberType::Weekday | NumberType::Duration, "String") => Some(0),
            (
                NumberType::Duration,
                "Hours" | "Minutes" | "Seconds" | "Milliseconds" | "Microseconds" | "Nanoseconds" | "Abs",
            ) => Some(0),
            (NumberType::Duration, "Round" | "Truncate") => Some(1),
            _ => None,
        }
    }

    /// What the method `name` gives, called with as many arguments as it takes and of their types.
    pub(crate) fn call(self, name: &str, args: &[Value]) -> Value {
        const SECOND: i64 = 1_000_000_000;
        let nanos = self.bits as i64;
        let int64 = |i: i64| Number::wide(NumberType::Int64, i as u64).into();
        let duration = |i: i64| Number::wide(NumberType::Duration, i as u64).into();
        // Go adds the whole units and the rest as floats.
        let float = |unit: i64| Value::Float((nanos / unit) as f64 + (nanos % unit) as f64 / unit as f64);
        let unit = match args {
            [Value::Number(unit)] => unit.bits as i64,
            _ => 0,
        };
        match name {
            "Hours" => float(3600 * SECOND),
            "Minutes" => float(60 * SECOND),
            "Seconds" => float(SECOND),
            "Milliseconds" => int64(nanos / 1_000_000),
            "Microseconds" => int64(nanos / 1_000),
            "Nanoseconds" => int64(nanos),
            "Abs" => duration(nanos.saturating_abs()),
            "Round" | "Truncate" if unit <= 0 => duration(nanos),
            "Truncate" => duration(nanos - nanos % unit),
            "Round" => {
                // Halves go away from zero.
                let rest = (nanos % unit).unsigned_abs();
                let down = nanos - nanos % unit;
                if rest + rest < unit.unsigned_abs() {
                    duration(down)
                } else {
                    duration(down.saturating_add(if nanos < 0 { -unit } else { unit }))
                }
            }
            _ => self.to_text().unwrap_or(Value::Null),
        }
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Value {
        Value::Number(number)
    }
}

/// A real number, whatever type it is of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Real {
    /// Of a signed type.
    Int(i64),
    /// Of an unsigned type.
    Uint(u64),
    /// Of a type of floating point numbers.
    Float(f64),
}

impl Real {
    /// Whether it is zero.
    pub(super) fn is_zero(self) -> bool {
        match self {
            Real::Int(i) => i == 0,
            Real::Uint(u) => u == 0,
            Real::Float(f) => f == 0.0,
        }
    }

    /// The integer; `None` for a float.
    pub fn integer(self) -> Option<i128> {
        match self {
            Real::Int(i) => Some(i.into()),
            Real::Uint(u) => Some(u.into()),
            Real::Float(_) => None,
        }
    }

    /// The order by value, exact also between integers and floats; `None` with NaN.
    pub(crate) fn order(self, other: Real) -> Option<Ordering> {
        match (self, other) {
            (Real::Int(a), Real::Int(b)) => Some(a.cmp(&b)),
            (Real::Float(a), Real::Float(b)) => a.partial_cmp(&b),
            (a, Real::Float(b)) => order_integer(a.integer()?, b),
            (Real::Float(a), b) => order_integer(b.integer()?, a).map(Ordering::reverse),
            (a, b) => Some(a.integer()?.cmp(&b.integer()?)),
        }
    }
}

/// Compares without rounding: a 64-bit integer need not have an equal float.
fn order_integer(integer: i128, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    // The conversion saturates far outside the range of `integer`.
    let whole = float.trunc() as i128;
    Some(integer.cmp(&whole).then_with(|| 0.0.partial_cmp(&float.fract()).unwrap_or(Ordering::Equal)))
}

impl FloatSize {
    /// The size of the float that a value is.
    pub(super) fn of(value: &Value) -> FloatSize {
        match value {
            Value::Number(_) | Value::Complex64(..) => FloatSize::Single,
            _ => FloatSize::Double,
        }
    }
}

impl Value {
    /// The number that it is; `None` for a complex one and for what is none.
    pub fn as_real(&self) -> Option<Real> {
        match self {
            Value::Int(i) => Some(Real::Int(*i)),
            Value::Float(f) => Some(Real::Float(*f)),
            Value::Number(number) => Some(number.real()),
            _ => None,
        }
    }

    /// The real and the imaginary part of a complex number of either type.
    pub fn as_complex(&self) -> Option<(f64, f64)> {
        match *self {
            Value::Complex64(re, im) => Some((re.into(), im.into())),
            Value::Complex128(re, im) => Some((re, im)),
            _ => None,
        }
    }
}

/// `Duration.String`: `1h2m0.5s`, below a second in the largest unit that is not below one (`1.5ms`).
fn append_duration(nanos: i64, out: &mut Vec<u8>) {
    const SECOND: u64 = 1_000_000_000;
    let size = nanos.unsigned_abs();
    if nanos < 0 {
        out.push(b'-');
    }
    let fraction = |out: &mut Vec<u8>, rest: u64, places: usize| {
        if rest > 0 {
            let digits = format!(".{rest:0places$}");
            out.extend_from_slice(digits.trim_end_matches('0').as_bytes());
        }
    };
    let (unit, places, name) = match size {
        0 => return out.extend_from_slice(b"0s"),
        1..1_000 => (1, 0, "ns"),
        1_000..1_000_000 => (1_000, 3, "µs"),
        1_000_000..SECOND => (1_000_000, 6, "ms"),
        _ => {
            let (seconds, hours, minutes) = (size / SECOND, size / SECOND / 3600, size / SECOND / 60);
            if hours > 0 {
                number::append_uint(out, hours);
                out.push(b'h');
            }
            if minutes > 0 {
                number::append_uint(out, minutes % 60);
                out.push(b'm');
            }
            number::append_uint(out, seconds % 60);
            fraction(out, size % SECOND, 9);
            return out.push(b's');
        }
    };
    number::append_uint(out, size / unit);
    fraction(out, size % unit, places);
    out.extend_from_slice(name.as_bytes());
}
