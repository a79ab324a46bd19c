use super::*;

/// Numbers that follow from the seed alone.
fn random(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed | 1;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    }
}

fn numbers(list: &List) -> Vec<i64> {
    let number = |value: &Value| match value {
        Value::Int(i) => *i,
        other => panic!("{other:?}"),
    };
    list.iter().map(number).collect()
}

fn list_of(numbers: &[i64]) -> List {
    numbers.iter().map(|i| Value::Int(*i)).collect()
}

#[test]
fn a_list_does_what_a_vector_does() {
    let mut random = random(7);
    for round in 0..12 {
        let length = if round % 3 == 0 { random(40) } else { random(3000) };
        let mut vector: Vec<i64> = (0..length as i64).collect();
        let mut list = list_of(&vector);
        for step in 0..400_i64 {
            let (before, was) = (list.clone(), if step % 100 == 0 { vector.clone() } else { Vec::new() });
            // Some rounds grow, some shrink to nothing.
            let kinds = if round % 2 == 0 { 4 } else { 6 };
            match random(kinds) {
                0 | 1 => {
                    let at = if random(2) == 0 { vector.len() } else { random(vector.len() + 1) };
                    vector.insert(at, -step);
                    list.insert(at, Value::Int(-step));
                }
                2 if !vector.is_empty() => {
                    let at = random(vector.len());
                    vector[at] = step;
                    *list.get_mut(at).unwrap() = Value::Int(step);
                }
                _ => {
                    let many = if round % 2 == 0 { 1 } else { 50 };
                    for _ in 0..many.min(vector.len()) {
                        let at = random(vector.len());
                        let item = vector.remove(at);
                        assert!(matches!(list.remove(at), Some(Value::Int(i)) if i == item));
                    }
                }
            }
            assert_eq!(list.len(), vector.len());
            if step % 100 == 0 {
                assert_eq!(numbers(&list), vector);
                assert_eq!(numbers(&before), was, "a copy stays as it was");
                let (from, to) = (random(vector.len() + 2), random(vector.len() + 2));
                let part: Vec<_> = vector.iter().skip(from).take(to.saturating_sub(from)).copied().collect();
                assert_eq!(numbers(&list.range(from..to).cloned().collect()), part);
            }
        }
        assert!(list.get(vector.len()).is_none() && list.get_mut(vector.len()).is_none());
        assert!(list.remove(vector.len()).is_none());
        assert!((0..vector.len()).all(|i| matches!(list.get(i), Some(Value::Int(n)) if *n == vector[i])));
    }
}

#[test]
fn iterators_know_their_length() {
    let list = list_of(&(0..100).collect::<Vec<_>>());
    let mut items = list.range(10..=90);
    assert_eq!(items.len(), 81);
    items.next();
    assert_eq!(items.len(), 80);
    assert_eq!(list.range(90..).len(), 10);
    assert_eq!(list.range(200..300).len(), 0);
    assert_eq!(list.range(..usize::MAX).count(), 100);
}

#[test]
fn differences_lead_from_one_list_to_the_other() {
    differences_lead_on(&|i| i as u64);
    differences_lead_on(&|i| Value::Int(i as i64));
}

/// For items that are plain bytes, of which a leaf has more, and for others.
fn differences_lead_on<T: Clone + std::fmt::Debug>(item: &dyn Fn(usize) -> T) {
    let mut random = random(11);
    let text = |list: &List<T>| list.iter().map(|item| format!("{item:?}")).collect::<Vec<_>>();
    for round in 0..300 {
        let old: List<T> = (0..random(if round % 2 == 0 { 3000 } else { 70 })).map(item).collect();
        let mut new = old.clone();
        // Some rounds make the lists differ in height.
        let changes = if round % 10 == 0 { 2000 } else { random(6) };
        for change in 0..changes {
            let fresh = item(10_000 + change);
            match random(4) {
                0 | 1 if new.is_empty() || round % 20 == 0 => new.insert(random(new.len() + 1), fresh),
                0 => *new.get_mut(random(new.len())).unwrap() = fresh,
                1 => new.insert(random(new.len() + 1), fresh),
                _ if new.is_empty() => {}
                2 => drop(new.remove(random(new.len()))),
                _ => {
                    let moved = new.remove(random(new.len())).unwrap();
                    new.insert(random(new.len() + 1), moved);
                }
            }
        }
        let found = differences(&old, &new, &|a, b| format!("{a:?}") == format!("{b:?}"));
        let (old, new) = (text(&old), text(&new));
        let mut made = Vec::new();
        let mut at = 0;
        for part in &found {
            made.extend_from_slice(&old[at..part.old.start]);
            assert_eq!(made.len(), part.new.start);
            made.extend_from_slice(&new[part.new.clone()]);
            at = part.old.end;
        }
        made.extend_from_slice(&old[at..]);
        assert_eq!(made, new);
        let touched: usize = found.iter().map(|part| part.old.len() + part.new.len()).sum();
        if changes < 6 {
            // Not more than the leaves that the changes are in, and their neighbours.
            assert!(touched <= changes * 2 * 3 * 64, "{touched} items for {changes} changes");
        }
    }
}
