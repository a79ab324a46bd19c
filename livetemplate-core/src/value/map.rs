//! Maps: keys that maps of the same names share, and values.

use super::{Text, Value};
use crate::memory::{COUNTS, Memory};
use std::iter::Zip;
use std::{fmt, slice};
use triomphe::{Arc, HeaderSlice, ThinArc};

/// A map key. Keys of one map are in the order of Go's fmtsort: bools, then integers by value, then strings by bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A boolean key.
    Bool(bool),
    /// An integer key.
    Int(i64),
    /// A string key.
    String(Text),
}

/// Sorted keys, without repetition.
type Keys = ThinArc<(), Key>;

/// A shared map, kept sorted by key. Maps made by one [`Shapes`] share the keys as well.
#[derive(Clone)]
pub struct Map(Arc<HeaderSlice<Keys, [Value]>>);

/// The entries of a map in key order.
pub type Entries<'m> = Zip<slice::Iter<'m, Key>, slice::Iter<'m, Value>>;

/// Up to so many keys are searched one by one, where lengths tell most of them apart.
const FEW: usize = 8;

impl Map {
    /// The entries in key order.
    pub fn entries(&self) -> Entries<'_> {
        self.keys().iter().zip(self.values())
    }

    /// The keys in order.
    #[inline]
    pub fn keys(&self) -> &[Key] {
        &self.0.header.slice
    }

    /// The values in the order of their keys.
    #[inline]
    pub fn values(&self) -> &[Value] {
        &self.0.slice
    }

    /// The value under a key.
    pub fn get(&self, key: &Key) -> Option<&Value> {
        self.find(key).ok().map(|i| &self.values()[i])
    }

    /// The value under a string key, without making a [`Key`].
    pub fn get_str(&self, key: &[u8]) -> Option<&Value> {
        self.search_str(key).map(|i| &self.values()[i])
    }

    /// The values under a string key in this map and in another.
    pub(crate) fn get_str_in_both<'m>(
        &'m self,
        other: &'m Map,
        key: &[u8],
    ) -> (Option<&'m Value>, Option<&'m Value>) {
        if !std::ptr::eq(self.keys(), other.keys()) {
            return (self.get_str(key), other.get_str(key));
        }
        match self.search_str(key) {
            Some(at) => (self.values().get(at), other.values().get(at)),
            None => (None, None),
        }
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.values().len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.values().is_empty()
    }

    /// Index of the entry under a key, or where it would stand.
    pub(super) fn find(&self, key: &Key) -> Result<usize, usize> {
        self.keys().binary_search(key)
    }

    /// Index of the entry under a string key; `hint` is where it may be.
    #[inline(always)]
    pub(crate) fn find_str(&self, key: &Text, hint: usize) -> Option<usize> {
        match self.keys().get(hint) {
            Some(Key::String(s)) if s == key => Some(hint),
            _ => self.search_str(key.as_bytes()),
        }
    }

    fn search_str(&self, key: &[u8]) -> Option<usize> {
        if self.len() <= FEW {
            let is_it = |k: &Key| matches!(k, Key::String(s) if s.len() == key.len() && s.as_bytes() == key);
            return self.keys().iter().position(is_it);
        }
        let order = |k: &Key| match k {
            Key::String(s) => s.as_bytes().cmp(key),
            _ => std::cmp::Ordering::Less,
        };
        self.keys().binary_search_by(order).ok()
    }

    /// The values, no longer shared with another map.
    pub(super) fn values_mut(&mut self) -> &mut [Value] {
        if !self.0.is_unique() {
            self.0 = Arc::from_header_and_iter(self.0.header.clone(), self.values().iter().cloned());
        }
        // It is unique now.
        Arc::get_mut(&mut self.0).map_or(&mut [], |map| &mut map.slice)
    }

    /// Adds an entry at the place that [`Map::find`] gave for its key.
    pub(super) fn insert(&mut self, at: usize, key: Key, value: Value) {
        let mut entries: Vec<_> = self.entries().map(|(k, v)| (k.clone(), v.clone())).collect();
        entries.insert(at, (key, value));
        *self = entries.into();
    }

    /// Takes an entry out.
    pub(super) fn remove(&mut self, at: usize) -> Value {
        let mut entries: Vec<_> = self.entries().map(|(k, v)| (k.clone(), v.clone())).collect();
        let (_, value) = entries.remove(at);
        *self = entries.into();
        value
    }

    /// Whether the other map has the same keys.
    pub(super) fn has_keys_of(&self, other: &Map) -> bool {
        let (a, b) = (self.keys(), other.keys());
        std::ptr::eq(a, b) || a == b
    }

    /// Takes the keys of another map, if they are the same.
    pub(super) fn share_keys(&mut self, other: &Map) {
        if !std::ptr::eq(self.keys(), other.keys()) && self.keys() == other.keys() {
            self.0 = Arc::from_header_and_iter(other.0.header.clone(), self.values().iter().cloned());
        }
    }

    /// Whether both are one and the same.
    pub(crate) fn is(&self, other: &Map) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Adds what the map holds.
    pub(super) fn measure(&self, memory: &mut Memory) {
        let (keys, values) = (self.keys(), self.values());
        if !memory.add_shared(self.identity().0, COUNTS + size_of_val(values)) {
            return;
        }
        if memory.add_shared(keys.as_ptr().addr(), COUNTS + size_of_val(keys)) {
            for key in keys {
                if let Key::String(name) = key {
                    name.measure(memory);
                }
            }
        }
        values.iter().for_each(|value| value.measure(memory));
    }

    /// The map's address, and whether it has other holders.
    pub(super) fn identity(&self) -> (usize, bool) {
        (Arc::as_ptr(&self.0).addr(), !self.0.is_unique())
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.entries()).finish()
    }
}

impl FromIterator<(Key, Value)> for Map {
    /// Sorts the entries; of repeated keys the last wins.
    fn from_iter<I: IntoIterator<Item = (Key, Value)>>(entries: I) -> Map {
        entries.into_iter().collect::<Vec<_>>().into()
    }
}

impl From<Vec<(Key, Value)>> for Map {
    /// Sorts the entries; of repeated keys the last wins.
    fn from(mut entries: Vec<(Key, Value)>) -> Map {
        if !entries.is_sorted_by(|a, b| a.0 < b.0) {
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            // The sort is stable, so of equal keys the last given stands last: keep that one.
            entries.dedup_by(|later, earlier| {
                let same = later.0 == earlier.0;
                if same {
                    std::mem::swap(&mut earlier.1, &mut later.1);
                }
                same
            });
        }
        let keys = entries.iter().map(|(key, _)| key.clone());
        let keys = Keys::from_header_and_iter((), keys);
        Map(Arc::from_header_and_iter(keys, entries.into_iter().map(|(_, value)| value)))
    }
}

/// Makes maps with string keys, so that maps of the same names in the same order share their keys: those of a list of rows,
/// for example. It remembers the names that it met last, at most 64 sets of them.
#[derive(Debug, Default)]
pub struct Shapes {
    known: Vec<Option<Arc<Shape>>>,
}

/// The keys of maps that were given the same names.
#[derive(Debug)]
pub(super) struct Shape {
    /// As given.
    names: Box<[Text]>,
    keys: Keys,
    /// For each name given the index of its key.
    places: Box<[usize]>,
}

impl Shapes {
    const MOST: usize = 64;

    /// The map of `names` and `values`, of which there are as many; of repeated names the last wins. It empties `values`,
    /// which keeps its memory.
    pub fn map<N: AsRef<[u8]>>(&mut self, names: &[N], values: &mut Vec<Value>) -> Map {
        let names = &names[..names.len().min(values.len())];
        values.truncate(names.len());
        self.of(names, |name| name.into()).map(values)
    }

    /// The shape of `names`; `key` makes the key of a name when it is not known yet.
    pub(super) fn of<N: AsRef<[u8]>>(&mut self, names: &[N], key: impl FnMut(&[u8]) -> Text) -> Arc<Shape> {
        let slot = names.iter().fold(names.len(), |hash, name| {
            let name = name.as_ref();
            let byte = |at: usize| usize::from(name.get(at).copied().unwrap_or_default());
            hash.wrapping_mul(31) ^ name.len() ^ (byte(0) << 4) ^ (byte(name.len().wrapping_sub(1)) << 8)
        });
        let slot = (slot ^ (slot >> 8)) % Shapes::MOST;
        self.known.resize_with(Shapes::MOST, || None);
        match &mut self.known[slot] {
            Some(shape) if shape.is_of(names) => shape.clone(),
            other => other.insert(Arc::new(Shape::new(names, key))).clone(),
        }
    }
}

impl Shape {
    fn new<N: AsRef<[u8]>>(names: &[N], mut key: impl FnMut(&[u8]) -> Text) -> Shape {
        let given: Vec<Key> = names.iter().map(|name| Key::String(key(name.as_ref()))).collect();
        let mut keys = given.clone();
        keys.sort();
        keys.dedup();
        Shape {
            names: names.iter().map(|name| name.as_ref().into()).collect(),
            places: given.iter().map(|key| keys.binary_search(key).unwrap_or_default()).collect(),
            keys: Keys::from_header_and_iter((), keys.into_iter()),
        }
    }

    /// The name given in the place `i`.
    pub(super) fn name(&self, i: usize) -> Option<&Text> {
        self.names.get(i)
    }

    /// The index of the key of the name given in the place `i`.
    pub(super) fn place(&self, i: usize) -> usize {
        self.places[i]
    }

    /// How many names were given.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether no two names are the same.
    pub(super) fn is_distinct(&self) -> bool {
        self.names.len() == self.keys.slice.len()
    }

    fn is_of<N: AsRef<[u8]>>(&self, names: &[N]) -> bool {
        self.names.len() == names.len()
            && self.names.iter().zip(names).all(|(a, b)| a.as_bytes() == b.as_ref())
    }

    /// The map whose values are null.
    pub(super) fn blank(&self) -> Map {
        let values = (0..self.keys.slice.len()).map(|_| Value::Null);
        Map(Arc::from_header_and_iter(self.keys.clone(), values))
    }

    /// The map of the values in the order of the names given; they are taken off.
    pub(super) fn map(&self, values: &mut Vec<Value>) -> Map {
        let mut map = self.blank();
        let places = map.values_mut();
        for (value, &place) in values.drain(..).zip(&self.places) {
            places[place] = value;
        }
        map
    }
}
