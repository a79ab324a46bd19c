use super::*;

fn ints(count: i64) -> Vec<Value> {
    (0..count).map(Value::Int).collect()
}

#[test]
fn maps_of_the_same_names_share_their_keys() {
    let mut shapes = Shapes::default();
    let mut values = ints(3);
    let first = shapes.map(&["b", "a", "b"], &mut values);
    assert!(values.is_empty());
    assert_eq!(format!("{first:?}"), r#"{String("a"): Int(1), String("b"): Int(2)}"#);
    let second = shapes.map(&["b", "a", "b"], &mut ints(3));
    assert_eq!(first.keys().as_ptr(), second.keys().as_ptr());
    for names in [&["a", "b"][..], &["b", "a"], &["a"], &[]] {
        let made = shapes.map(names, &mut ints(names.len() as i64));
        let want: Map =
            names.iter().zip(0_i64..).map(|(n, i)| (Key::String((*n).into()), i.into())).collect();
        assert!(Value::Map(made).same(&Value::Map(want)), "{names:?}");
    }
    // Names without a value, and values without a name, are left out.
    assert_eq!(shapes.map(&["a", "b"], &mut ints(1)).len(), 1);
    assert_eq!(shapes.map(&["a"], &mut ints(2)).len(), 1);
}

#[test]
fn more_shapes_than_are_remembered() {
    let mut shapes = Shapes::default();
    for _ in 0..2 {
        for i in 0..500 {
            let name = format!("n{i}");
            let map = shapes.map(&[&name, "x"], &mut ints(2));
            assert!(matches!(map.get_str(name.as_bytes()), Some(Value::Int(0))), "{name}");
        }
    }
}

#[test]
fn maps_that_share_their_keys_change_alone() {
    let mut shapes = Shapes::default();
    let rows: Vec<Value> = (0..2).map(|_| shapes.map(&["b", "a"], &mut ints(2)).into()).collect();
    let patch = br#"[{"op":"replace","path":"/0/a","value":7},{"op":"add","path":"/0/c","value":8},
        {"op":"remove","path":"/0/b"}]"#;
    let patch = Value::from_json(patch, DataFlags::default()).unwrap();
    let data = Value::from(rows);
    let shown = |value: &Value| {
        let mut out = Vec::new();
        value.write_json(DataFlags::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert_eq!(shown(&data.patched(&patch).unwrap()), r#"[{"a":7,"c":8},{"a":1,"b":0}]"#);
    assert_eq!(shown(&data), r#"[{"a":1,"b":0},{"a":1,"b":0}]"#);
}
