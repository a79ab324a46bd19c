//! Points in time, with the methods of Go's `time.Time` that templates use.

use super::{Number, NumberType, Value, number};

/// A point in time with its offset from UTC.
///
/// Any `i64` of seconds is accepted; the calendar is the proleptic Gregorian one, with a year 0 and negative years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    seconds: i64,
    nanos: u32,
    offset: i32,
}

/// Seconds of Go's zero time, 1 January of the year 1, since the Unix epoch.
const ZERO_SECONDS: i64 = -62_135_596_800;
const DAY: i64 = 86_400;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
pub(super) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A point in time taken apart, as the clocks at its offset show it.
struct Civil {
    year: i64,
    /// From 1.
    month: u32,
    /// From 1.
    day: u32,
    /// From 1.
    year_day: u32,
    /// From 0, Sunday.
    weekday: usize,
    hour: u32,
    minute: u32,
    second: u32,
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days in the months before `month` (from 1).
fn days_before(month: u32, leap: bool) -> u32 {
    const BEFORE: [u32; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let index = (month.clamp(1, 12) - 1) as usize;
    BEFORE[index] + u32::from(leap && index >= 2)
}

/// Days from 1 January of the year 0 to 1 January of `year`, both proleptic.
fn days_before_year(year: i64) -> i64 {
    let past = year - 1;
    365 * year + past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400) + 1
}

/// Days from 1 January of the year 0 to the Unix epoch.
const EPOCH_DAYS: i64 = 719_528;

impl Time {
    /// From seconds and nanoseconds since the Unix epoch and an offset from UTC in seconds.
    ///
    /// A billion nanoseconds and more are carried into the seconds.
    pub fn new(seconds: i64, nanos: u32, offset: i32) -> Time {
        let carry = i64::from(nanos / 1_000_000_000);
        Time { seconds: seconds.saturating_add(carry), nanos: nanos % 1_000_000_000, offset }
    }

    /// Seconds since the Unix epoch, rounded down.
    pub fn seconds(&self) -> i64 {
        self.seconds
    }

    /// Nanoseconds within the second.
    pub fn nanos(&self) -> u32 {
        self.nanos
    }

    /// Offset from UTC in seconds, east positive.
    pub fn offset(&self) -> i32 {
        self.offset
    }

    fn civil(&self) -> Civil {
        let local = self.seconds.saturating_add(i64::from(self.offset));
        let (days, of_day) = (local.div_euclid(DAY), local.rem_euclid(DAY) as u32);
        let weekday = (days + 4).rem_euclid(7) as usize;
        let days = days + EPOCH_DAYS;
        // 400 years have 146,097 days, so this is at most one year off.
        let mut year = (i128::from(days) * 400).div_euclid(146_097) as i64;
        while days_before_year(year) > days {
            year -= 1;
        }
        while days_before_year(year + 1) <= days {
            year += 1;
        }
        let leap = is_leap(year);
        let of_year = (days - days_before_year(year)) as u32;
        let mut month = of_year / 32 + 1;
        if month < 12 && days_before(month + 1, leap) <= of_year {
            month += 1;
        }
        Civil {
            year,
            month,
            day: of_year - days_before(month, leap) + 1,
            year_day: of_year + 1,
            weekday,
            hour: of_day / 3600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
        }
    }

    /// Parses RFC 3339 as Go's `time.Parse(time.RFC3339Nano, …)` does.
    ///
    /// Like Go it is lenient in two points: the hour may have one digit, and a comma may start the fraction. Digits of the
    /// fraction beyond the ninth are dropped.
    pub fn parse_rfc3339(text: &str) -> Option<Time> {
        let mut rest = text.as_bytes();
        let year = digits(&mut rest, 4)?;
        literal(&mut rest, b'-')?;
        let month = digits(&mut rest, 2).filter(|m| (1..=12).contains(m))?;
        literal(&mut rest, b'-')?;
        let day = digits(&mut rest, 2)?;
        literal(&mut rest, b'T')?;
        let hour_len = if rest.get(1).is_some_and(u8::is_ascii_digit) { 2 } else { 1 };
        let hour = digits(&mut rest, hour_len).filter(|h| *h < 24)?;
        literal(&mut rest, b':')?;
        let minute = digits(&mut rest, 2).filter(|m| *m < 60)?;
        literal(&mut rest, b':')?;
        let second = digits(&mut rest, 2).filter(|s| *s < 60)?;
        let mut nanos = 0;
        if let [b'.' | b',', fraction @ ..] = rest
            && fraction.first().is_some_and(u8::is_ascii_digit)
        {
            let length = fraction.iter().position(|b| !b.is_ascii_digit()).unwrap_or(fraction.len());
            let (mut fraction, after) = fraction.split_at(length);
            let used = length.min(9);
            nanos = digits(&mut fraction, used)? * 10_u32.pow(9 - used as u32);
            rest = after;
        }
        let offset = match rest {
            b"Z" => 0,
            [sign @ (b'+' | b'-'), zone @ ..] => {
                let mut zone = zone;
                // Go takes the upper bounds too.
                let hours = digits(&mut zone, 2).filter(|h| *h <= 24)?;
                literal(&mut zone, b':')?;
                let minutes = digits(&mut zone, 2).filter(|m| *m <= 60)?;
                let offset = (hours * 3600 + minutes * 60) as i32;
                if !zone.is_empty() {
                    return None;
                }
                if *sign == b'-' { -offset } else { offset }
            }
            _ => return None,
        };
        let year = i64::from(year);
        let leap = is_leap(year);
        let end = if month == 12 { 365 + u32::from(leap) } else { days_before(month + 1, leap) };
        let before = days_before(month, leap);
        if !(1..=end - before).contains(&day) {
            return None;
        }
        let days = days_before_year(year) + i64::from(before + day - 1) - EPOCH_DAYS;
        let seconds = days * DAY + i64::from(hour * 3600 + minute * 60 + second) - i64::from(offset);
        Some(Time { seconds, nanos, offset })
    }

    /// RFC 3339 with as many fraction digits as needed.
    pub fn to_rfc3339(&self) -> String {
        let mut out = Vec::with_capacity(35);
        self.append_rfc3339(&mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    pub(super) fn append_rfc3339(&self, out: &mut Vec<u8>) {
        self.append_format(b"2006-01-02T15:04:05.999999999Z07:00", out);
    }

    /// The same instant at an offset without seconds, which RFC 3339 cannot carry.
    pub(super) fn with_whole_minutes(self) -> Time {
        Time { offset: self.offset - self.offset % 60, ..self }
    }

    /// Whether `json.Marshal` takes the time; the error is Go's.
    pub(super) fn check_json(&self) -> Result<(), &'static str> {
        if !(0..=9999).contains(&self.civil().year) {
            return Err("year outside of range [0,9999]");
        }
        if self.offset.unsigned_abs() / 3600 >= 24 {
            return Err("timezone hour outside of range [0,23]");
        }
        Ok(())
    }

    /// Appends what `Time.String` gives.
    pub(super) fn append_string(&self, out: &mut Vec<u8>) {
        self.append_format(b"2006-01-02 15:04:05.999999999 -0700 MST", out);
    }

    /// Appends what `Time.GoString` (`%#v`) gives.
    pub(super) fn append_go_string(&self, out: &mut Vec<u8>) {
        let civil = self.civil();
        out.extend_from_slice(b"time.Date(");
        number::append_int(out, civil.year);
        out.extend_from_slice(b", time.");
        out.extend_from_slice(MONTHS[civil.month as usize - 1].as_bytes());
        for part in [civil.day, civil.hour, civil.minute, civil.second, self.nanos] {
            out.extend_from_slice(b", ");
            number::append_uint(out, part.into());
        }
        let zone: &[u8] = if self.offset == 0 { b", time.UTC)" } else { b", time.Location(\"\"))" };
        out.extend_from_slice(zone);
    }

    /// The seconds as Go keeps them, from 1 January of the year 1.
    pub(super) fn go_seconds(&self) -> i64 {
        self.seconds.wrapping_sub(ZERO_SECONDS)
    }

    /// Appends the time in one of Go's layouts.
    pub fn append_format(&self, layout: &[u8], out: &mut Vec<u8>) {
        let civil = self.civil();
        let mut rest = layout;
        let mut i = 0;
        while i < rest.len() {
            let Some((element, length)) = element_at(&rest[i..]) else {
                i += 1;
                continue;
            };
            out.extend_from_slice(&rest[..i]);
            rest = &rest[i + length..];
            i = 0;
            self.append_element(element, &civil, out);
        }
        out.extend_from_slice(rest);
    }

    fn append_element(&self, element: Element, civil: &Civil, out: &mut Vec<u8>) {
        let hour12 = if civil.hour.is_multiple_of(12) { 12 } else { civil.hour % 12 };
        let month = MONTHS[civil.month as usize - 1];
        let weekday = WEEKDAYS[civil.weekday];
        match element {
            Element::Literal(b) => out.push(b),
            Element::Year => pad(out, civil.year, 4, b'0'),
            Element::Year2 => pad(out, civil.year.abs() % 100, 2, b'0'),
            Element::MonthName => out.extend_from_slice(month.as_bytes()),
            Element::MonthShort => out.extend_from_slice(&month.as_bytes()[..3]),
            Element::Month(width) => pad(out, civil.month.into(), width, b'0'),
            Element::WeekdayName => out.extend_from_slice(weekday.as_bytes()),
            Element::WeekdayShort => out.extend_from_slice(&weekday.as_bytes()[..3]),
            Element::Day(width, fill) => pad(out, civil.day.into(), width, fill),
            Element::YearDay(fill) => pad(out, civil.year_day.into(), 3, fill),
            Element::Hour => pad(out, civil.hour.into(), 2, b'0'),
            Element::Hour12(width) => pad(out, hour12.into(), width, b'0'),
            Element::Minute(width) => pad(out, civil.minute.into(), width, b'0'),
            Element::Second(width) => pad(out, civil.second.into(), width, b'0'),
            Element::HalfDay(names) => out.extend_from_slice(names[usize::from(civil.hour >= 12)].as_bytes()),
            Element::ZoneName if self.offset == 0 => out.extend_from_slice(b"UTC"),
            // An offset without a name is printed like -0700.
            Element::ZoneName => self.append_offset(Offset { colon: false, parts: 2 }, out),
            Element::IsoOffset(_) if self.offset == 0 => out.push(b'Z'),
            Element::IsoOffset(form) | Element::Offset(form) => self.append_offset(form, out),
            Element::Fraction { separator, digits, trim } => {
                let mut fraction = Vec::with_capacity(9);
                pad(&mut fraction, self.nanos.into(), 9, b'0');
                fraction.truncate(digits);
                if trim {
                    let used = fraction.iter().rposition(|b| *b != b'0').map_or(0, |last| last + 1);
                    fraction.truncate(used);
                }
                if !fraction.is_empty() {
                    out.push(separator);
                    out.extend_from_slice(&fraction);
                }
            }
        }
    }

    fn append_offset(&self, form: Offset, out: &mut Vec<u8>) {
        // Go takes the sign from the whole minutes.
        let minutes = self.offset / 60;
        out.push(if minutes < 0 { b'-' } else { b'+' });
        pad(out, (minutes / 60).unsigned_abs().into(), 2, b'0');
        let seconds = if minutes < 0 { -(self.offset % 60) } else { self.offset % 60 };
        let rest = [i64::from((minutes % 60).unsigned_abs()), i64::from(seconds)];
        for part in &rest[..form.parts - 1] {
            if form.colon {
                out.push(b':');
            }
            pad(out, *part, 2, b'0');
        }
    }

    /// Calls the method `name` as a template does. `None`: there is no such method.
    ///
    /// `Err` carries the whole of Go's message after `executing … at <…>: `: none of these methods fails by itself, so it
    /// is always about the arguments and never starts with `error calling`.
    pub(crate) fn call(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let want = Time::arity(name)?;
        if args.len() != want {
            return Some(Err(format!("wrong number of args for {name}: want {want} got {}", args.len())));
        }
        Some(match args {
            [] => Ok(self.property(name)),
            [argument, ..] => self.call_with(name, argument),
        })
    }

    /// Number of arguments of the method `name`, if there is one.
    pub(crate) fn arity(name: &str) -> Option<usize> {
        match name {
            "Format" | "Before" | "After" | "Equal" | "Compare" | "Sub" => Some(1),
            "Unix" | "UnixMilli" | "UnixMicro" | "UnixNano" | "Year" | "Month" | "Day" | "Hour"
            | "Minute" | "Second" | "Nanosecond" | "Weekday" | "YearDay" | "IsZero" | "UTC" | "String" => {
                Some(0)
            }
            _ => None,
        }
    }

    fn property(&self, name: &str) -> Value {
        // Go's arithmetic wraps where the number leaves 64 bits.
        let unix = |units: i64, nanos_per_unit: u32| {
            let units = self.seconds.wrapping_mul(units).wrapping_add((self.nanos / nanos_per_unit).into());
            Value::from(Number::wide(NumberType::Int64, units as u64))
        };
        let civil = self.civil();
        match name {
            "Unix" => Number::wide(NumberType::Int64, self.seconds as u64).into(),
            "UnixMilli" => unix(1_000, 1_000_000),
            "UnixMicro" => unix(1_000_000, 1_000),
            "UnixNano" => unix(1_000_000_000, 1),
            "Year" => Value::Int(civil.year),
            "Month" => Number::wide(NumberType::Month, civil.month.into()).into(),
            "Day" => Value::Int(civil.day.into()),
            "Hour" => Value::Int(civil.hour.into()),
            "Minute" => Value::Int(civil.minute.into()),
            "Second" => Value::Int(civil.second.into()),
            "Nanosecond" => Value::Int(self.nanos.into()),
            "Weekday" => Number::wide(NumberType::Weekday, civil.weekday as u64).into(),
            "YearDay" => Value::Int(civil.year_day.into()),
            "IsZero" => Value::Bool(self.seconds == ZERO_SECONDS && self.nanos == 0),
            "UTC" => Value::Time(Time { offset: 0, ..*self }),
            _ => {
                let mut out = Vec::new();
                self.append_string(&mut out);
                Value::String(out.into())
            }
        }
    }

    /// Nanoseconds from `other` to this; the nearest there are when they leave 64 bits.
    fn nanos_since(&self, other: &Time) -> i64 {
        let seconds = i128::from(self.seconds) - i128::from(other.seconds);
        let nanos = seconds * 1_000_000_000 + i128::from(self.nanos) - i128::from(other.nanos);
        i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })
    }

    fn call_with(&self, name: &str, argument: &Value) -> Result<Value, String> {
        let refuse = |expected: &str| match argument {
            Value::Null => Err(format!("invalid value; expected {expected}")),
            other => Err(format!("wrong type for value; expected {expected}; got {}", other.type_name())),
        };
        let instant = |time: &Time| (time.seconds, time.nanos);
        match (name, argument) {
            ("Format", Value::String(layout)) => {
                let mut out = Vec::new();
                self.append_format(layout.as_bytes(), &mut out);
                Ok(Value::String(out.into()))
            }
            ("Format", _) => refuse("string"),
            ("Before", Value::Time(other)) => Ok(Value::Bool(instant(self) < instant(other))),
            ("After", Value::Time(other)) => Ok(Value::Bool(instant(self) > instant(other))),
            ("Compare", Value::Time(other)) => Ok(Value::Int(instant(self).cmp(&instant(other)) as i64)),
            ("Sub", Value::Time(other)) => Ok(Number::duration(self.nanos_since(other)).into()),
            (_, Value::Time(other)) => Ok(Value::Bool(instant(self) == instant(other))),
            _ => refuse("time.Time"),
        }
    }
}

/// Takes exactly `count` digits off the front.
fn digits(rest: &mut &[u8], count: usize) -> Option<u32> {
    let (taken, after) = rest.split_at_checked(count)?;
    *rest = after;
    taken.iter().try_fold(0, |number, digit| Some(number * 10 + char::from(*digit).to_digit(10)?))
}

/// Takes one byte off the front.
fn literal(rest: &mut &[u8], byte: u8) -> Option<()> {
    *rest = rest.strip_prefix(&[byte])?;
    Some(())
}

/// Appends a number filled up to `width`, the sign not counted.
fn pad(out: &mut Vec<u8>, number: i64, width: usize, fill: u8) {
    if number < 0 {
        out.push(b'-');
    }
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(number.unsigned_abs());
    out.extend(std::iter::repeat_n(fill, width.saturating_sub(digits.len())));
    out.extend_from_slice(digits.as_bytes());
}

/// How an offset is printed.
#[derive(Clone, Copy)]
struct Offset {
    colon: bool,
    /// 1: hours; 2: and minutes; 3: and seconds.
    parts: usize,
}

/// A piece of a layout that stands for a part of the time.
#[derive(Clone, Copy)]
enum Element {
    /// A byte before an element that must not be read as part of it.
    Literal(u8),
    Year,
    Year2,
    MonthName,
    MonthShort,
    /// Least width.
    Month(usize),
    WeekdayName,
    WeekdayShort,
    /// Least width and what fills it.
    Day(usize, u8),
    YearDay(u8),
    Hour,
    Hour12(usize),
    Minute(usize),
    Second(usize),
    /// Names of the first and the second half of the day.
    HalfDay([&'static str; 2]),
    ZoneName,
    /// `Z` at offset zero.
    IsoOffset(Offset),
    Offset(Offset),
    Fraction {
        separator: u8,
        digits: usize,
        /// Drop zeros at the end.
        trim: bool,
    },
}

/// Elements by their text; of two that fit the first counts.
const ELEMENTS: [(&[u8], Element); 34] = [
    (b"January", Element::MonthName),
    (b"Jan", Element::MonthShort),
    (b"Monday", Element::WeekdayName),
    (b"Mon", Element::WeekdayShort),
    (b"MST", Element::ZoneName),
    (b"002", Element::YearDay(b'0')),
    (b"01", Element::Month(2)),
    (b"02", Element::Day(2, b'0')),
    (b"03", Element::Hour12(2)),
    (b"04", Element::Minute(2)),
    (b"05", Element::Second(2)),
    (b"06", Element::Year2),
    (b"15", Element::Hour),
    (b"1", Element::Month(1)),
    (b"2006", Element::Year),
    (b"2", Element::Day(1, b' ')),
    // `_2006` is an underscore and the year.
    (b"_2006", Element::Literal(b'_')),
    (b"_2", Element::Day(2, b' ')),
    (b"__2", Element::YearDay(b' ')),
    (b"3", Element::Hour12(1)),
    (b"4", Element::Minute(1)),
    (b"5", Element::Second(1)),
    (b"PM", Element::HalfDay(["AM", "PM"])),
    (b"pm", Element::HalfDay(["am", "pm"])),
    (b"-070000", Element::Offset(Offset { colon: false, parts: 3 })),
    (b"-07:00:00", Element::Offset(Offset { colon: true, parts: 3 })),
    (b"-0700", Element::Offset(Offset { colon: false, parts: 2 })),
    (b"-07:00", Element::Offset(Offset { colon: true, parts: 2 })),
    (b"-07", Element::Offset(Offset { colon: false, parts: 1 })),
    (b"Z070000", Element::IsoOffset(Offset { colon: false, parts: 3 })),
    (b"Z07:00:00", Element::IsoOffset(Offset { colon: true, parts: 3 })),
    (b"Z0700", Element::IsoOffset(Offset { colon: false, parts: 2 })),
    (b"Z07:00", Element::IsoOffset(Offset { colon: true, parts: 2 })),
    (b"Z07", Element::IsoOffset(Offset { colon: false, parts: 1 })),
];

/// The element at the start of `layout` and its length.
fn element_at(layout: &[u8]) -> Option<(Element, usize)> {
    let first = *layout.first()?;
    if let b'.' | b',' = first {
        let digit = *layout.get(1).filter(|d| matches!(d, b'0' | b'9'))?;
        let digits = layout[1..].iter().take_while(|b| **b == digit).count();
        // The run must end the number.
        let ended = !layout.get(1 + digits).is_some_and(u8::is_ascii_digit);
        let element = Element::Fraction { separator: first, digits, trim: digit == b'9' };
        return ended.then_some((element, 1 + digits));
    }
    let (text, element) = ELEMENTS.iter().find(|(text, _)| layout.starts_with(text))?;
    let length = match element {
        Element::MonthShort | Element::WeekdayShort if layout.get(3).is_some_and(u8::is_ascii_lowercase) => {
            return None;
        }
        Element::Literal(_) => 1,
        _ => text.len(),
    };
    Some((*element, length))
}
