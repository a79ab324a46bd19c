//! JSON text in.

mod operations;
mod reread;

pub(super) use operations::read_operations;

use super::map::Shape;
use super::tags::untag;
use super::{DataFlags, Key, MAX_DEPTH, Map, Shapes, Text, Value};
use crate::error::{Code, Error, Result};
use triomphe::Arc;

impl Value {
    /// Reads JSON text.
    ///
    /// A literal without fraction and exponent is an integer if it fits 64 bits; any other number is a float. Of repeated
    /// names the last wins. Bytes that are not UTF-8 and lone surrogate escapes become U+FFFD, as in Go.
    ///
    /// # Errors
    /// `InvalidJson` with line and column (in bytes) in the message; `DepthExceeded` beyond 128 levels.
    pub fn from_json(text: &[u8], flags: DataFlags) -> Result<Value> {
        Reader::new(text, flags, None).read(flags)
    }

    /// [`Value::from_json`] with one copy of the text that all strings are parts of. It takes the fewest allocations, but the
    /// last long string that is kept keeps all of the text: for values that live no longer than a call.
    pub(crate) fn from_json_whole(text: &[u8], flags: DataFlags) -> Result<Value> {
        Reader::new(text, flags, Some(text.into())).read(flags)
    }
}

pub(super) fn too_deep() -> Error {
    Error::new(Code::DepthExceeded, format!("data is nested more than {MAX_DEPTH} levels deep"))
}

/// Why reading stops.
enum Failure {
    TooDeep,
    /// What is wrong, and after how many bytes.
    At(&'static str, usize),
}

type Outcome<T = ()> = std::result::Result<T, Box<Failure>>;

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    /// All of the text, if its strings are to be parts of it.
    whole: Option<Text>,
    /// Whether all of the text is UTF-8; if not, its strings are looked at.
    is_utf8: bool,
    limit: usize,
    tags: bool,
    /// An object with one member whose name starts with `$` was read.
    tag_seen: bool,
    deepest: usize,
    /// Room for the values of lists and objects, for the next one.
    spare: Vec<Vec<Value>>,
    /// The names of the objects that are open, as written.
    names: Vec<&'t [u8]>,
    shapes: Shapes,
    /// For each depth the shape of the object read last there: the next one is probably like it.
    recent: Vec<Option<Arc<Shape>>>,
}

impl<'t> Reader<'t> {
    fn new(text: &'t [u8], flags: DataFlags, whole: Option<Text>) -> Reader<'t> {
        Reader { is_utf8: std::str::from_utf8(text).is_ok(), ..Reader::unchecked(text, flags, whole) }
    }

    /// A reader that looks at every string, whether it is UTF-8.
    fn unchecked(text: &'t [u8], flags: DataFlags, whole: Option<Text>) -> Reader<'t> {
        Reader {
            text,
            at: 0,
            whole,
            is_utf8: false,
            // Each level of data may stand in one `$map`.
            limit: if flags.any() { 2 * MAX_DEPTH } else { MAX_DEPTH },
            tags: flags.any(),
            tag_seen: false,
            deepest: 0,
            spare: Vec::new(),
            names: Vec::new(),
            shapes: Shapes::default(),
            recent: Vec::new(),
        }
    }

    fn read(mut self, flags: DataFlags) -> Result<Value> {
        let mut value = Value::Null;
        let outcome = self.value(0, &mut value).and_then(|()| self.end());
        outcome.map_err(|failure| self.error(*failure))?;
        if self.tag_seen || self.deepest > MAX_DEPTH {
            untag(&mut value, flags, 0)?;
        }
        Ok(value)
    }

    /// Nothing may follow.
    fn end(&mut self) -> Outcome {
        match self.token() {
            None => Ok(()),
            Some(_) => self.fail_at_next("trailing characters"),
        }
    }

    fn error(&self, failure: Failure) -> Error {
        let Failure::At(what, at) = failure else { return too_deep() };
        let before = &self.text[..at];
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        let line = 1 + memchr::memchr_iter(b'\n', before).count();
        let column = at - line_start;
        Error::new(Code::InvalidJson, format!("invalid JSON: {what} at line {line} column {column}"))
    }

    /// The next byte that is no white space; it is not taken.
    fn token(&mut self) -> Option<u8> {
        loop {
            match self.text.get(self.at) {
                Some(b' ' | b'\n' | b'\t' | b'\r') => self.at += 1,
                other => return other.copied(),
            }
        }
    }

    /// The error of what was taken last.
    #[cold]
    fn fail<T>(&self, what: &'static str) -> Outcome<T> {
        Err(Box::new(Failure::At(what, self.at)))
    }

    /// The error of the next byte.
    #[cold]
    fn fail_at_next<T>(&self, what: &'static str) -> Outcome<T> {
        Err(Box::new(Failure::At(what, self.text.len().min(self.at + 1))))
    }

    /// Reads one value standing at `depth` into a place that holds null.
    fn value(&mut self, depth: usize, place: &mut Value) -> Outcome {
        match self.token() {
            Some(b'"') => {
                self.at += 1;
                let (raw, plain) = self.string()?;
                self.text(raw, plain, place);
                Ok(())
            }
            Some(b'{') => self.object(depth, place),
            Some(b'[') => self.list(depth, place),
            Some(b'-' | b'0'..=b'9') => self.number(place),
            Some(b'n') => self.word(b"null"),
            Some(b't') => {
                put(place, Value::Bool(true));
                self.word(b"true")
            }
            Some(b'f') => {
                put(place, Value::Bool(false));
                self.word(b"false")
            }
            Some(_) => self.fail_at_next("expected value"),
            None => self.fail_at_next("EOF while parsing a value"),
        }
    }

    fn word(&mut self, word: &[u8]) -> Outcome {
        for want in word {
            let found = self.text.get(self.at).copied();
            self.at += usize::from(found.is_some());
            match found {
                Some(byte) if byte == *want => {}
                Some(_) => return self.fail("expected ident"),
                None => return self.fail("EOF while parsing a value"),
            }
        }
        Ok(())
    }

    /// Takes the bracket that opens a list or object standing at `depth`, and gives the depth inside.
    fn enter(&mut self, depth: usize) -> Outcome<usize> {
        self.at += 1;
        let depth = depth + 1;
        self.deepest = self.deepest.max(depth);
        if depth > self.limit { Err(Box::new(Failure::TooDeep)) } else { Ok(depth) }
    }

    fn list(&mut self, depth: usize, place: &mut Value) -> Outcome {
        let depth = self.enter(depth)?;
        let mut items = self.spare.pop().unwrap_or_default();
        while self.item(items.is_empty())? {
            self.value(depth, items.push_mut(Value::Null))?;
        }
        put(place, Value::List(items.drain(..).collect()));
        self.spare.push(items);
        Ok(())
    }

    /// Takes what comes before an item of a list, or the end of the list, which is false.
    #[inline]
    fn item(&mut self, first: bool) -> Outcome<bool> {
        match self.token() {
            Some(b']') => {
                self.at += 1;
                return Ok(false);
            }
            Some(b',') if !first => {
                self.at += 1;
                if self.token() == Some(b']') {
                    return self.fail_at_next("trailing comma");
                }
            }
            Some(_) if first => {}
            Some(_) => return self.fail_at_next("expected `,` or `]`"),
            None => return self.fail_at_next("EOF while parsing a list"),
        }
        Ok(true)
    }

    fn object(&mut self, depth: usize, place: &mut Value) -> Outcome {
        let depth = self.enter(depth)?;
        let first_name = self.names.len();
        let (shape, map) = match self.recent.get_mut(depth).and_then(Option::take) {
            Some(shape) => self.object_like(shape, depth)?,
            None => {
                let more = self.member(true)?;
                let values = self.spare.pop().unwrap_or_default();
                self.object_rest(more, first_name, values, depth)?
            }
        };
        self.names.truncate(first_name);
        if self.tags
            && let [Key::String(name)] = map.keys()
            && name.as_bytes().first() == Some(&b'$')
        {
            self.tag_seen = true;
        }
        put(place, Value::Map(map));
        if shape.is_distinct() {
            if self.recent.len() <= depth {
                self.recent.resize(depth + 1, None);
            }
            self.recent[depth] = Some(shape);
        }
        Ok(())
    }

    /// Reads the members of an object that probably has a certain shape: their values go right into its map.
    fn object_like(&mut self, shape: Arc<Shape>, depth: usize) -> Outcome<(Arc<Shape>, Map)> {
        let first_name = self.names.len();
        let mut map = shape.blank();
        let places = map.values_mut();
        let mut count = 0;
        let more = loop {
            if !self.member(count == 0)? {
                break false;
            }
            match shape.name(count) {
                Some(name) if self.takes(name) => {}
                _ => break true,
            }
            self.colon()?;
            self.value(depth, &mut places[shape.place(count)])?;
            count += 1;
        };
        if !more && count == shape.len() {
            return Ok((shape, map));
        }
        let mut values = self.spare.pop().unwrap_or_default();
        values.extend((0..count).map(|i| std::mem::replace(&mut places[shape.place(i)], Value::Null)));
        self.object_rest(more, first_name, values, depth)
    }

    /// Reads the rest of an object's members, if there are more, from a name on whose quote is taken.
    fn object_rest(
        &mut self,
        mut more: bool,
        first_name: usize,
        mut values: Vec<Value>,
        depth: usize,
    ) -> Outcome<(Arc<Shape>, Map)> {
        while more {
            let (name, _) = self.string()?;
            self.names.push(name);
            self.colon()?;
            self.value(depth, values.push_mut(Value::Null))?;
            more = self.member(false)?;
        }
        let is_utf8 = self.is_utf8;
        let key = |raw: &[u8]| decoded(raw, is_utf8).map_or_else(|| raw.into(), Text::from);
        let shape = self.shapes.of(&self.names[first_name..], key);
        let map = shape.map(&mut values);
        self.spare.push(values);
        Ok((shape, map))
    }

    /// Takes what comes before the name of an object's member, with its quote, or the end of the object, which is false.
    #[inline]
    fn member(&mut self, first: bool) -> Outcome<bool> {
        match self.token() {
            Some(b'}') => {
                self.at += 1;
                return Ok(false);
            }
            Some(b'"') if first => {}
            Some(b',') if !first => {
                self.at += 1;
                match self.token() {
                    Some(b'"') => {}
                    Some(b'}') => return self.fail_at_next("trailing comma"),
                    Some(_) => return self.fail_at_next("key must be a string"),
                    None => return self.fail_at_next("EOF while parsing a value"),
                }
            }
            Some(_) if first => return self.fail_at_next("key must be a string"),
            Some(_) => return self.fail_at_next("expected `,` or `}`"),
            None => return self.fail_at_next("EOF while parsing an object"),
        }
        self.at += 1;
        Ok(true)
    }

    /// Takes a name after its first quote, if it is this one.
    #[inline]
    fn takes(&mut self, name: &Text) -> bool {
        let rest = &self.text[self.at..];
        let found = name.starts(rest) && rest.get(name.len()) == Some(&b'"');
        if found {
            self.names.push(&rest[..name.len()]);
            self.at += name.len() + 1;
        }
        found
    }

    #[inline]
    fn colon(&mut self) -> Outcome {
        match self.token() {
            Some(b':') => self.at += 1,
            Some(_) => return self.fail_at_next("expected `:`"),
            None => return self.fail_at_next("EOF while parsing an object"),
        }
        Ok(())
    }

    /// Takes the rest of a string up to its closing quote and gives it as written, and whether that is its text.
    #[inline]
    fn string(&mut self) -> Outcome<(&'t [u8], bool)> {
        let start = self.at;
        let mut plain = self.is_utf8;
        loop {
            self.at = plain_end(self.text, self.at);
            let byte = self.text.get(self.at);
            self.at += usize::from(byte.is_some());
            match byte {
                Some(b'"') => return Ok((&self.text[start..self.at - 1], plain)),
                Some(b'\\') => {
                    plain = false;
                    self.escape()?;
                }
                Some(_) => {
                    return self.fail("control character (\\u0000-\\u001F) found while parsing a string");
                }
                None => return self.fail("EOF while parsing a string"),
            }
        }
    }

    /// Takes an escape after its backslash.
    fn escape(&mut self) -> Outcome {
        let byte = self.text.get(self.at);
        self.at += usize::from(byte.is_some());
        match byte {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(()),
            Some(b'u') => match self.text[self.at..].first_chunk::<4>() {
                Some(digits) => {
                    self.at += digits.len();
                    if digits.iter().all(u8::is_ascii_hexdigit) {
                        Ok(())
                    } else {
                        self.fail("invalid escape")
                    }
                }
                None => {
                    self.at = self.text.len();
                    self.fail("EOF while parsing a string")
                }
            },
            Some(_) => self.fail("invalid escape"),
            None => self.fail("EOF while parsing a string"),
        }
    }

    /// Puts the text of the string that [`Reader::string`] has just given.
    #[inline]
    fn text(&self, raw: &'t [u8], plain: bool, place: &mut Value) {
        let end = self.at - 1;
        match &self.whole {
            Some(whole) if plain && let Some(part) = whole.part(end - raw.len()..end) => {
                put(place, Value::String(part));
            }
            _ => self.own_text(raw, plain, place),
        }
    }

    /// Puts the text of a string that is decoded or has no whole to be part of.
    #[inline(never)]
    fn own_text(&self, raw: &[u8], plain: bool, place: &mut Value) {
        let decoded = if plain { None } else { decoded(raw, self.is_utf8) };
        put(place, Value::String(decoded.map_or_else(|| raw.into(), Text::from)));
    }

    fn number(&mut self, place: &mut Value) -> Outcome {
        let start = self.at;
        let negative = self.text[start] == b'-';
        self.at += usize::from(negative);
        let first_digit = self.at;
        let mut digits = Digits::default();
        match self.text.get(self.at) {
            Some(b'0') => {
                self.at += 1;
                if self.next_is_digit() {
                    return self.fail_at_next("invalid number");
                }
            }
            Some(b'1'..=b'9') => self.digits(&mut digits),
            Some(_) => {
                self.at += 1;
                return self.fail("invalid number");
            }
            None => return self.fail("EOF while parsing a value"),
        }
        let whole_end = self.at;
        let mut exponent = 0_i32;
        let mut is_float = false;
        if self.text.get(self.at) == Some(&b'.') {
            is_float = true;
            self.at += 1;
            let from = self.at;
            self.digits(&mut digits);
            if self.at == from {
                let ended = self.at == self.text.len();
                return self.fail_at_next(if ended { "EOF while parsing a value" } else { "invalid number" });
            }
            exponent = -i32::try_from(self.at - from).unwrap_or(i32::MAX);
        }
        if let Some(b'e' | b'E') = self.text.get(self.at) {
            is_float = true;
            self.at += 1;
            let sign = self.text.get(self.at).copied().filter(|byte| matches!(byte, b'+' | b'-'));
            self.at += usize::from(sign.is_some());
            let mut size = Digits::default();
            let from = self.at;
            self.digits(&mut size);
            if self.at == from {
                let ended = self.at == self.text.len();
                self.at += usize::from(!ended);
                return self.fail(if ended { "EOF while parsing a value" } else { "invalid number" });
            }
            let size = size.exact().and_then(|size| i32::try_from(size).ok()).unwrap_or(i32::MAX);
            exponent = exponent.saturating_add(if sign == Some(b'-') { -size } else { size });
        }
        if !is_float {
            let literal = &self.text[first_digit..whole_end];
            let size = digits.exact().or_else(|| std::str::from_utf8(literal).ok()?.parse().ok());
            match (size, negative) {
                (Some(size), false) => {
                    put(place, size.into());
                    return Ok(());
                }
                (Some(size), true) if size <= 1 << 63 => {
                    put(place, Value::Int((size as i64).wrapping_neg()));
                    return Ok(());
                }
                _ => {}
            }
        }
        let size = match digits.exact() {
            Some(size) if size <= 1 << 53 && exponent.unsigned_abs() < POWERS.len() as u32 => {
                let power = POWERS[exponent.unsigned_abs() as usize];
                // Both are exact, so the result is rounded once.
                if exponent < 0 { size as f64 / power } else { size as f64 * power }
            }
            _ => {
                let literal = std::str::from_utf8(&self.text[first_digit..self.at]).unwrap_or_default();
                literal.parse().unwrap_or(f64::INFINITY)
            }
        };
        if size.is_infinite() {
            return self.fail("number out of range");
        }
        put(place, Value::Float(if negative { -size } else { size }));
        Ok(())
    }

    fn next_is_digit(&self) -> bool {
        self.text.get(self.at).is_some_and(u8::is_ascii_digit)
    }

    /// Takes digits.
    fn digits(&mut self, digits: &mut Digits) {
        let start = self.at;
        let mut at = start;
        while let Some(digit @ b'0'..=b'9') = self.text.get(at) {
            digits.size = digits.size.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            at += 1;
        }
        digits.count += at - start;
        self.at = at;
    }
}

/// Puts a value where null was, which need not be dropped.
#[inline]
fn put(place: &mut Value, value: Value) {
    std::mem::forget(std::mem::replace(place, value));
}

/// The powers of ten that are exact in 64 bits.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// Digits read as one integer.
#[derive(Default)]
struct Digits {
    size: u64,
    /// How many.
    count: usize,
}

impl Digits {
    /// The integer, if it was small enough to be read without loss.
    fn exact(&self) -> Option<u64> {
        (self.count <= 19).then_some(self.size)
    }
}

/// Index of the first byte from `at` on that is a quote, a backslash or a control character.
fn plain_end(text: &[u8], mut at: usize) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    while let Some(chunk) = text[at..].first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk);
        let quote = word ^ (ONES * b'"' as u64);
        let backslash = word ^ (ONES * b'\\' as u64);
        // Subtracting sets the high bit of a byte that is smaller; the lowest one found is right, those above it may not be.
        let found = (word.wrapping_sub(ONES * 0x20) & !word)
            | (quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash);
        let found = found & HIGH;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let is_plain = |byte: &u8| !matches!(byte, b'"' | b'\\' | 0..=0x1F);
    at + text[at..].iter().take_while(|byte| is_plain(byte)).count()
}

/// A string's text without its escapes and with U+FFFD for bytes that are not UTF-8 and for lone surrogates; `None` if it
/// stands as it is written.
fn decoded(raw: &[u8], is_utf8: bool) -> Option<Vec<u8>> {
    let first = memchr::memchr(b'\\', raw);
    if first.is_none() && (is_utf8 || std::str::from_utf8(raw).is_ok()) {
        return None;
    }
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        append_utf8(&rest[..at], &mut out);
        let escape = &rest[at..];
        let (c, taken) = match (escape.get(1), escaped_unit(escape), escape.get(6..).and_then(escaped_unit)) {
            (_, Some(high @ 0xD800..0xDC00), Some(low @ 0xDC00..0xE000)) => {
                (char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)), 12)
            }
            (_, Some(unit), _) => (char::from_u32(unit), 6),
            (Some(b'b'), ..) => (Some('\u{8}'), 2),
            (Some(b'f'), ..) => (Some('\u{c}'), 2),
            (Some(b'n'), ..) => (Some('\n'), 2),
            (Some(b'r'), ..) => (Some('\r'), 2),
            (Some(b't'), ..) => (Some('\t'), 2),
            (other, ..) => (other.map(|byte| char::from(*byte)), 2),
        };
        let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        rest = escape.get(taken..).unwrap_or_default();
    }
    append_utf8(rest, &mut out);
    Some(out)
}

fn append_utf8(bytes: &[u8], out: &mut Vec<u8>) {
    for chunk in bytes.utf8_chunks() {
        out.extend_from_slice(chunk.valid().as_bytes());
        chunk.invalid().iter().for_each(|_| out.extend_from_slice("\u{FFFD}".as_bytes()));
    }
}

/// The code unit of the escape `\uXXXX` that the text starts with.
fn escaped_unit(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"\\u")?.first_chunk::<4>()?;
    digits.iter().try_fold(0, |unit, &digit| Some(unit * 16 + char::from(digit).to_digit(16)?))
}
