//! JSON text in, compared with a value while it is read: what is the same is neither copied nor allocated.

use super::{Outcome, POWERS, Reader};
use crate::error::Result;
use crate::value::reconcile::{self, KeyOf};
use crate::value::tags::untag;
use crate::value::{DataFlags, Key, List, MAX_DEPTH, Map, Shapes, Text, Value};
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

impl Value {
    /// What [`Value::from_json`] makes of the text, with the parts that are the same in this value taken from there, as
    /// [`Value::reconciled`] takes them.
    ///
    /// # Errors
    /// As [`Value::from_json`].
    pub(crate) fn reread(&self, text: &[u8], flags: DataFlags, key: KeyOf<'_>) -> Result<Value> {
        let mut reader = Rereader {
            // Only the strings that are not the same are looked at.
            reader: Reader { is_utf8: false, ..Reader::unchecked(text, flags, None) },
            flags,
            key,
            shapes: Shapes::default(),
            known: Vec::new(),
            changed: Vec::new(),
            irregular: false,
        };
        let outcome = reader.value(0, self).and_then(|value| reader.reader.end().map(|()| value));
        let value = outcome.map_err(|failure| reader.reader.error(*failure))?;
        if reader.irregular || flags.any() && reader.reader.deepest > MAX_DEPTH {
            return Ok(Value::from_json(text, flags)?.reconciled(self, key));
        }
        Ok(value.unwrap_or_else(|| self.clone()))
    }
}

struct Rereader<'t, 'k> {
    reader: Reader<'t>,
    flags: DataFlags,
    key: KeyOf<'k>,
    shapes: Shapes,
    /// Keys that maps share, by their address, with the members of objects that have them, in the order of the text.
    known: Vec<(usize, Rc<[Member]>)>,
    /// The members of the objects that are open which are not the same, each with its place in the map.
    changed: Vec<(usize, Value)>,
    /// Tags stand where they are read in the general way only.
    irregular: bool,
}

/// A member of an object as the text has it.
#[derive(Clone, Copy)]
struct Member {
    /// Its place in the map.
    place: usize,
    /// Where in the text stood what comes before its value: a comma, the name and the colon, with white space.
    at: usize,
    len: usize,
    /// The first 16 bytes of that, with zeros after its end, and ones where it has bytes.
    head: u128,
    mask: u128,
}

/// How many keys are remembered at once.
const MOST_KNOWN: usize = 16;

/// So many items of a list are looked through for one that was moved, and so many that are in no place there, before all keys
/// are written down.
const NEAR: usize = 8;

impl<'t> Rereader<'t, '_> {
    /// Reads one value standing at `depth` in the place of `old`; `None` if it is the same.
    #[inline]
    fn value(&mut self, depth: usize, old: &Value) -> Outcome<Option<Value>> {
        self.reader.token();
        let len = same(self.rest(), old);
        self.reader.at += len;
        if len > 0 { Ok(None) } else { self.unlike(depth, old) }
    }

    fn rest(&self) -> &'t [u8] {
        &self.reader.text[self.reader.at..]
    }

    /// Reads a value that [`same`] does not take.
    fn unlike(&mut self, depth: usize, old: &Value) -> Outcome<Option<Value>> {
        match (self.reader.token(), old) {
            (Some(b'{'), Value::Map(map)) if !self.is_tag() => self.object(depth, map),
            (Some(b'['), Value::List(list)) => self.list(depth, list),
            _ => self.other(depth, old),
        }
    }

    /// Whether the object that follows may be a tag.
    fn is_tag(&self) -> bool {
        self.reader.tags && self.rest()[1..].trim_ascii_start().starts_with(b"\"$")
    }

    /// Reads a value in the general way.
    fn other(&mut self, depth: usize, old: &Value) -> Outcome<Option<Value>> {
        let mut value = Value::Null;
        self.reader.value(depth, &mut value)?;
        if std::mem::take(&mut self.reader.tag_seen) && untag(&mut value, self.flags, depth).is_err() {
            self.irregular = true;
        }
        let value = value.reconciled(old, self.key);
        Ok((!value.is(old)).then_some(value))
    }

    fn object(&mut self, depth: usize, old: &Map) -> Outcome<Option<Value>> {
        let depth = self.reader.enter(depth)?;
        let address = old.keys().as_ptr().addr();
        let Some((_, members)) = self.known.iter().find(|(known, _)| *known == address) else {
            return self.object_rest(depth, old, Vec::new());
        };
        let members = members.clone();
        let (first_changed, text, values) = (self.changed.len(), self.reader.text, old.values());
        let mut count = 0;
        let mut at = self.reader.at;
        for member in &*members {
            let Some(before) = values.get(member.place) else { break };
            if !member.stands_at(text, at) {
                break;
            }
            at += member.len;
            match same(&text[at..], before) {
                0 => {
                    self.reader.at = at;
                    if let Some(value) = self.unlike(depth, before)? {
                        self.changed.push((member.place, value));
                    }
                    at = self.reader.at;
                }
                len => at += len,
            }
            count += 1;
        }
        self.reader.at = at;
        if count < old.len() || self.reader.token() != Some(b'}') {
            let read = members[..count].iter();
            let mut read: Vec<_> =
                read.map(|m| (Some(*m), name(old, m.place), old.values()[m.place].clone())).collect();
            for (changed, value) in self.changed.drain(first_changed..) {
                if let Some(member) = read.iter_mut().find(|(m, ..)| m.is_some_and(|m| m.place == changed)) {
                    member.2 = value;
                }
            }
            return self.object_rest(depth, old, read);
        }
        self.reader.at += 1;
        if self.changed.len() == first_changed {
            return Ok(None);
        }
        let mut map = old.clone();
        let places = map.values_mut();
        for (place, value) in self.changed.drain(first_changed..) {
            places[place] = value;
        }
        Ok(Some(Value::Map(map)))
    }

    /// Reads the rest of an object's members; `read` are the first, each with its name and value.
    fn object_rest(
        &mut self,
        depth: usize,
        old: &Map,
        mut read: Vec<(Option<Member>, Text, Value)>,
    ) -> Outcome<Option<Value>> {
        loop {
            let at = self.reader.at;
            if !self.reader.member(read.is_empty())? {
                break;
            }
            let (raw, plain) = self.reader.string()?;
            let mut name = Value::Null;
            self.reader.own_text(raw, plain, &mut name);
            let Value::String(name) = name else { break };
            self.reader.colon()?;
            self.reader.token();
            let end = self.reader.at;
            let place = old.find_str(&name, usize::MAX);
            let before = place.map_or(&Value::Null, |place| &old.values()[place]);
            let value = self.value(depth, before)?.unwrap_or_else(|| before.clone());
            read.push((place.map(|place| Member::new(place, self.reader.text, at..end)), name, value));
        }
        let members: Vec<_> = read.iter().filter_map(|(member, ..)| *member).collect();
        let (names, mut values): (Vec<_>, Vec<_>) =
            read.into_iter().map(|(_, name, value)| (name, value)).unzip();
        if let ([name], true) = (&names[..], self.reader.tags) {
            // Its name is written with escapes.
            self.irregular |= name.as_bytes().first() == Some(&b'$');
        }
        self.learn(old, members);
        let new = self.shapes.map(&names, &mut values);
        if !new.has_keys_of(old) {
            return Ok(Some(Value::Map(new)));
        }
        let mut map = old.clone();
        for (place, (before, value)) in old.values().iter().zip(new.values()).enumerate() {
            if !value.is(before) {
                map.values_mut()[place] = value.clone();
            }
        }
        Ok((!map.is(old)).then_some(Value::Map(map)))
    }

    /// Remembers how the text names the keys of a map, if it names each once and nothing else.
    fn learn(&mut self, old: &Map, members: Vec<Member>) {
        let mut places: Vec<_> = members.iter().map(|member| member.place).collect();
        places.sort_unstable();
        if !places.into_iter().eq(0..old.len()) {
            return;
        }
        let address = old.keys().as_ptr().addr();
        self.known.retain(|(known, _)| *known != address);
        if self.known.len() == MOST_KNOWN {
            self.known.remove(0);
        }
        self.known.push((address, members.into()));
    }

    fn list(&mut self, depth: usize, old: &List) -> Outcome<Option<Value>> {
        let depth = self.reader.enter(depth)?;
        let mut changed = Vec::new();
        let mut items = old.iter();
        let mut at = 0;
        while self.reader.item(at == 0)? {
            let value = match items.next() {
                Some(before) => {
                    let value = match before {
                        Value::Map(map) if !self.reader.tags && self.rest().first() == Some(&b'{') => {
                            self.object(depth, map)?
                        }
                        before => self.value(depth, before)?,
                    };
                    let is_other = |value: &Value| (self.key)(value) != (self.key)(before);
                    if value.as_ref().is_some_and(is_other) {
                        return self.list_rest(depth, old, changed, at, value);
                    }
                    value
                }
                None => {
                    let value = self.value(depth, &Value::Null)?.unwrap_or_default();
                    return self.list_rest(depth, old, changed, at, Some(value));
                }
            };
            changed.extend(value.map(|value| (at, value)));
            at += 1;
        }
        if at < old.len() {
            return Ok(Some(Value::List(rest_put(old, changed, at, Vec::new()))));
        }
        Ok((!changed.is_empty()).then(|| Value::List(rest_put(old, changed, at, Vec::new()))))
    }

    /// Reads the rest of a list, from the item at `from` on, which is read already and another than the old one there.
    fn list_rest(
        &mut self,
        depth: usize,
        old: &List,
        changed: Vec<(usize, Value)>,
        from: usize,
        mut first: Option<Value>,
    ) -> Outcome<Option<Value>> {
        let mut rest = Vec::new();
        // Where the next item probably stood.
        let mut next = from;
        let mut passed = 0..0;
        let mut misses = 0;
        let mut places: Option<HashMap<String, usize>> = None;
        while first.is_some() || self.reader.item(false)? {
            let before = old.get(next);
            let value = match first.take() {
                Some(value) => value,
                None => match self.value(depth, before.unwrap_or(&Value::Null))? {
                    Some(value) => value,
                    None => {
                        rest.push(before.cloned().unwrap_or_default());
                        next += 1;
                        continue;
                    }
                },
            };
            let key = (self.key)(&value);
            if key.is_none() || before.is_some_and(|before| (self.key)(before) == key) {
                rest.push(value);
                next += 1;
                continue;
            }
            let after = next + 1..next + 1 + NEAR;
            let near = after.chain(passed.clone().take(NEAR));
            let near = near.into_iter().find(|at| old.get(*at).is_some_and(|item| (self.key)(item) == key));
            let found = near.or_else(|| {
                misses += 1;
                if misses > NEAR {
                    let keys =
                        || old.iter().enumerate().filter_map(|(at, item)| Some(((self.key)(item)?, at)));
                    places.get_or_insert_with(|| keys().collect()).get(key.as_ref()?).copied()
                } else {
                    None
                }
            });
            match found.and_then(|at| Some((at, old.get(at)?))) {
                Some((at, before)) => {
                    rest.push(value.reconciled(before, self.key));
                    if at > next {
                        passed = next..at;
                        next = at + 1;
                    }
                }
                None => rest.push(value),
            }
        }
        Ok(Some(Value::List(rest_put(old, changed, from, rest))))
    }
}

/// The old list with some items changed, and others in the place of all from `from` on.
fn rest_put(old: &List, changed: Vec<(usize, Value)>, from: usize, mut rest: Vec<Value>) -> List {
    let mut list = old.clone();
    for (at, value) in changed {
        if let Some(place) = list.get_mut(at) {
            *place = value;
        }
    }
    let same = |(a, b): &(&Value, usize)| old.get(*b).is_some_and(|b| a.same(b));
    let suffix = rest.iter().rev().zip((from..old.len()).rev()).take_while(same).count();
    rest.truncate(rest.len() - suffix);
    reconcile::splice(&list, from..old.len() - suffix, rest)
}

/// The name in a place of a map with string keys.
fn name(map: &Map, place: usize) -> Text {
    match map.keys().get(place) {
        Some(Key::String(name)) => name.clone(),
        // Text does not name such keys.
        _ => Text::from(&b""[..]),
    }
}

impl Member {
    fn new(place: usize, text: &[u8], range: Range<usize>) -> Member {
        let bytes = &text[range.clone()];
        let (mut head, mut mask) = ([0; 16], [0; 16]);
        for ((byte, head), mask) in bytes.iter().zip(&mut head).zip(&mut mask) {
            (*head, *mask) = (*byte, 0xff);
        }
        let (head, mask) = (u128::from_le_bytes(head), u128::from_le_bytes(mask));
        Member { place, at: range.start, len: bytes.len(), head, mask }
    }

    /// Whether what came before its value stands in the text again.
    #[inline]
    fn stands_at(&self, text: &[u8], at: usize) -> bool {
        match text[at..].first_chunk() {
            Some(chunk) if self.len <= 16 => u128::from_le_bytes(*chunk) & self.mask == self.head,
            _ => text.get(at..at + self.len) == text.get(self.at..self.at + self.len),
        }
    }
}

/// How many bytes of the text are a value that is neither a list nor an object, if it is this one and written in the usual
/// way; else 0.
#[inline(always)]
fn same(text: &[u8], old: &Value) -> usize {
    let word = |word: &[u8]| if text.starts_with(word) { word.len() } else { 0 };
    match old {
        Value::String(old) => old.quoted_len(text),
        Value::Int(int) => {
            let (size, len) = leading_digits(text, 0, 0);
            let is_int = len > 0 && len <= MOST_DIGITS && !matches!(text.get(len), Some(b'.' | b'e' | b'E'));
            if is_int && *int as u64 == size && has_usual_zero(text) { len } else { 0 }
        }
        Value::Float(float) => {
            let (size, point) = leading_digits(text, 0, 0);
            if point == 0 || text.get(point) != Some(&b'.') {
                return 0;
            }
            let (size, len) = leading_digits(text, point + 1, size);
            let digits = len - point - 1;
            let is_float = digits > 0 && len <= MOST_DIGITS && !matches!(text.get(len), Some(b'e' | b'E'));
            // Both are exact, so the quotient is rounded once.
            let read = POWERS.get(digits).map_or(f64::NAN, |power| size as f64 / power);
            if is_float && read.to_bits() == float.to_bits() && has_usual_zero(text) { len } else { 0 }
        }
        Value::Bool(true) => word(b"true"),
        Value::Bool(false) => word(b"false"),
        Value::Null => word(b"null"),
        _ => 0,
    }
}

/// So many digits are exact as an integer and as a float.
const MOST_DIGITS: usize = 15;

/// The number that the digits from `at` on make, after those of `size`, and where they end.
#[inline]
fn leading_digits(text: &[u8], mut at: usize, mut size: u64) -> (u64, usize) {
    while let Some(byte) = text.get(at) {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        size = size.wrapping_mul(10).wrapping_add(u64::from(digit));
        at += 1;
    }
    (size, at)
}

/// Whether a zero is not followed by another digit.
#[inline]
fn has_usual_zero(text: &[u8]) -> bool {
    !matches!(text, [b'0', b'0'..=b'9', ..])
}
