//! New data with its equal parts taken from the old, so that what changed is found by looking at addresses.

use super::{Key, List, Map, Record, Value};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// Tells items of lists from one another.
pub(super) type KeyOf<'k> = &'k dyn Fn(&Value) -> Option<String>;

impl Value {
    /// This value, with the parts that are the same in `old` taken from there. Items of lists are looked for at both ends, then
    /// by what `key` gives, then in order.
    pub(crate) fn reconciled(self, old: &Value, key: KeyOf<'_>) -> Value {
        match (old, self) {
            (Value::List(old), Value::List(new)) => Value::List(list(old, new, key)),
            (Value::Map(old), Value::Map(new)) => Value::Map(map(old, new, key)),
            (Value::Record(old), Value::Record(new)) => Value::Record(record(old, new, key)),
            (old, new) if old.is(&new) => old.clone(),
            (_, new) => new,
        }
    }
}

fn list(old: &List, new: List, key: KeyOf<'_>) -> List {
    if old.is(&new) {
        return new;
    }
    let most = old.len().min(new.len());
    let prefix = old.iter().zip(&new).take_while(|(a, b)| a.same(b)).count();
    if prefix == old.len() && prefix == new.len() {
        return old.clone();
    }
    let same_from_end = |i: &usize| match (old.get(old.len() - 1 - i), new.get(new.len() - 1 - i)) {
        (Some(a), Some(b)) => a.same(b),
        _ => false,
    };
    let suffix = (0..most - prefix).take_while(same_from_end).count();
    let (old_end, new_end) = (old.len() - suffix, new.len() - suffix);
    let by_key: HashMap<String, &Value> =
        old.range(prefix..old_end).filter_map(|item| Some((key(item)?, item))).collect();
    let middle = new.range(prefix..new_end).enumerate().map(|(i, item)| {
        let known = key(item).and_then(|key| by_key.get(&key).copied());
        let before = known.or_else(|| old.get(prefix + i).filter(|_| prefix + i < old_end));
        match before {
            Some(before) => item.clone().reconciled(before, key),
            None => item.clone(),
        }
    });
    splice(old, prefix..old_end, middle.collect())
}

/// The list with other items in the place of some. What is not replaced is shared.
pub(super) fn splice(old: &List, range: Range<usize>, items: Vec<Value>) -> List {
    let common = range.len().min(items.len());
    // To take out or put in one costs about as much as to copy a few leaves.
    if (range.len().max(items.len()) - common) * 64 > old.len() + 64 {
        let kept = |range: Range<usize>| old.range(range).cloned();
        return kept(0..range.start).chain(items).chain(kept(range.end..old.len())).collect();
    }
    let mut list = old.clone();
    let mut items = items.into_iter();
    for (at, item) in range.clone().zip(items.by_ref().take(common)) {
        if old.get(at).is_some_and(|before| !before.is(&item))
            && let Some(place) = list.get_mut(at)
        {
            *place = item;
        }
    }
    let end = range.start + common;
    for _ in end..range.end {
        list.remove(end);
    }
    items.enumerate().for_each(|(i, item)| list.insert_like(end + i, item));
    list
}

pub(super) fn map(old: &Map, new: Map, key: KeyOf<'_>) -> Map {
    if old.is(&new) {
        return new;
    }
    if !old.has_keys_of(&new) {
        let entry = |(name, value): (&Key, &Value)| {
            let value = value.clone();
            (
                name.clone(),
                old.get(name).map_or_else(|| value.clone(), |old| value.clone().reconciled(old, key)),
            )
        };
        return new.entries().map(entry).collect();
    }
    let mut map = old.clone();
    for (i, (before, value)) in old.values().iter().zip(new.values()).enumerate() {
        let value = value.clone().reconciled(before, key);
        if !value.is(before) {
            map.values_mut()[i] = value;
        }
    }
    map
}

fn record(old: &Arc<Record>, new: Arc<Record>, key: KeyOf<'_>) -> Arc<Record> {
    let names = |record: &Record| record.fields.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    if Arc::ptr_eq(old, &new) || old.type_name != new.type_name || names(old) != names(&new) {
        return new;
    }
    let mut record = old.clone();
    for (i, ((_, before), (_, value))) in old.fields.iter().zip(&new.fields).enumerate() {
        let value = value.clone().reconciled(before, key);
        if !value.is(before) {
            Arc::make_mut(&mut record).fields[i].1 = value;
        }
    }
    record
}
