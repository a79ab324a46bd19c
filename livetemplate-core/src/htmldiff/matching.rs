//! Which of a list's old items the new ones without a key are.

use std::collections::HashMap;

/// What an item is matched by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marks {
    /// Of all that it is.
    pub content: u64,
    /// Of its tags.
    pub structure: u64,
    /// Of its own tag.
    pub tag: u64,
}

impl Marks {
    pub fn to_bytes(self) -> [u8; 24] {
        let mut bytes = [0; 24];
        for (place, part) in bytes.chunks_exact_mut(8).zip([self.content, self.structure, self.tag]) {
            place.copy_from_slice(&part.to_le_bytes());
        }
        bytes
    }

    pub fn from_bytes(bytes: &[u8]) -> Option<Marks> {
        let bytes: &[u8; 24] = bytes.try_into().ok()?;
        let mut parts = bytes.as_chunks::<8>().0.iter().map(|part| u64::from_le_bytes(*part));
        Some(Marks { content: parts.next()?, structure: parts.next()?, tag: parts.next()? })
    }
}

/// For each new item the old one that it is.
///
/// First those that are equal: at both ends, then those of which there is one in what remains of each list. Between these,
/// in order: those with the same tags inside, then those with the same tag.
pub(super) fn matches(old: &[Marks], new: &[Marks]) -> Vec<Option<usize>> {
    let mut found = vec![None; new.len()];
    let most = old.len().min(new.len());
    let start = (0..most).take_while(|&i| old[i].content == new[i].content).count();
    let is_same_at_end = |&i: &usize| old[old.len() - i].content == new[new.len() - i].content;
    let end = (1..=most - start).take_while(is_same_at_end).count();
    for (i, found) in found.iter_mut().enumerate().take(start) {
        *found = Some(i);
    }
    for i in 1..=end {
        found[new.len() - i] = Some(old.len() - i);
    }
    let (old_end, new_end) = (old.len() - end, new.len() - end);

    // Where each content stands in the two lists, while there is one of it in each.
    let mut places: HashMap<u64, (Place, Place)> = HashMap::new();
    for (i, item) in old.iter().enumerate().take(old_end).skip(start) {
        places.entry(item.content).or_default().0.add(i);
    }
    for (i, item) in new.iter().enumerate().take(new_end).skip(start) {
        places.entry(item.content).or_default().1.add(i);
    }
    for place in places.values() {
        if let (Place::One(old), Place::One(new)) = place {
            found[*new] = Some(*old);
        }
    }

    // The matched items that keep their order cut both lists into parts.
    let mut taken = vec![false; old.len()];
    found.iter().flatten().for_each(|old| taken[*old] = true);
    let anchors = increasing(&found[start..new_end]);
    let (mut old_from, mut new_from) = (start, start);
    let cuts = anchors.into_iter().map(|at| at + start).chain([new_end]);
    for cut in cuts {
        let old_to = if cut == new_end { old_end } else { found[cut].unwrap_or(old_end) };
        for same in [|a: &Marks, b: &Marks| a.structure == b.structure, |a: &Marks, b: &Marks| a.tag == b.tag]
        {
            let mut from = old_from;
            for at in new_from..cut {
                if let Some(before) = found[at] {
                    // What follows an item stands behind it, unless that one came from elsewhere.
                    from = if (from..old_to).contains(&before) { before + 1 } else { from };
                } else if let Some(free) = (from..old_to).find(|&i| !taken[i] && same(&old[i], &new[at])) {
                    found[at] = Some(free);
                    taken[free] = true;
                    from = free + 1;
                }
            }
        }
        (old_from, new_from) = (old_to + 1, cut + 1);
    }
    found
}

#[derive(Default)]
enum Place {
    #[default]
    None,
    One(usize),
    More,
}

impl Place {
    fn add(&mut self, at: usize) {
        *self = match self {
            Place::None => Place::One(at),
            _ => Place::More,
        };
    }
}

/// The places of a longest part of what was found that ascends.
fn increasing(found: &[Option<usize>]) -> Vec<usize> {
    // The last places of the best sequences so far, by their length, and what comes before each.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; found.len()];
    for (at, old) in found.iter().enumerate() {
        let Some(old) = old else { continue };
        let len = ends.partition_point(|&end| found[end] < Some(*old));
        before[at] = len.checked_sub(1).map(|len| ends[len]);
        match ends.get_mut(len) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut sequence: Vec<usize> = std::iter::successors(ends.last().copied(), |at| before[*at]).collect();
    sequence.reverse();
    sequence
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Items as letters: the content; its case is the tag, and `a` to `m` have another structure than `n` to `z`.
    fn items(letters: &str) -> Vec<Marks> {
        let marks = |letter: char| Marks {
            content: letter as u64,
            structure: letter.is_uppercase() as u64 * 2 + u64::from(letter.to_ascii_lowercase() > 'm'),
            tag: letter.is_uppercase() as u64,
        };
        letters.chars().map(marks).collect()
    }

    fn matched(old: &str, new: &str) -> String {
        let letter = |at: Option<usize>| at.map_or('-', |at| old.as_bytes()[at] as char);
        matches(&items(old), &items(new)).into_iter().map(letter).collect()
    }

    #[test]
    fn equal_items_match_wherever_they_stand() {
        assert_eq!(matched("abc", "abc"), "abc");
        assert_eq!(matched("abcd", "dabc"), "dabc");
        assert_eq!(matched("abc", "ac"), "ac");
        assert_eq!(matched("", "ab"), "--");
        assert_eq!(matched("ab", ""), "");
    }

    #[test]
    fn what_changed_is_found_between_what_did_not() {
        assert_eq!(matched("abc", "axc"), "abc");
        assert_eq!(matched("abcd", "axcy"), "abcd");
        // A new one in front of a changed one of the other tag.
        assert_eq!(matched("aBc", "axYc"), "a-Bc");
        // The same tags inside come before the same tag.
        assert_eq!(matched("anc", "abpc"), "a-nc");
    }

    #[test]
    fn equal_ones_are_told_by_their_place() {
        assert_eq!(matched("aaa", "aa"), "aa");
        assert_eq!(matches(&items("xaxbx"), &items("axbx")), [Some(1), Some(2), Some(3), Some(4)]);
    }

    #[test]
    fn no_old_item_is_matched_twice() {
        let mut seed = 7u64;
        let mut random = move |below: u64| {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 33) % below
        };
        for _ in 0..2000 {
            let mut list = |most| -> String {
                let len = random(most);
                (0..len).map(|_| b"abnpABNP"[random(8) as usize] as char).collect()
            };
            let (old, new) = (list(9), list(9));
            let mut found: Vec<usize> = matches(&items(&old), &items(&new)).into_iter().flatten().collect();
            let len = found.len();
            found.sort();
            found.dedup();
            assert_eq!(found.len(), len, "{old} to {new}");
        }
    }
}
