use super::*;
use crate::error::Code;

fn json(text: &str) -> Value {
    Value::from_json(text.as_bytes(), DataFlags { times: true, trusted: false }).unwrap()
}

fn text(value: &Value) -> String {
    let mut out = Vec::new();
    value.write_json(DataFlags::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The value after a patch, which is the same whether the patch is read first or as it is applied.
fn patched(target: &Value, patch: &str) -> Result<Value, crate::Error> {
    let flags = DataFlags { times: true, trusted: false };
    let read = target.patched(&json(patch));
    let from_text = Patch::read(patch.as_bytes(), flags).and_then(|patch| target.patched_by(&patch));
    match (&read, &from_text) {
        (Ok(a), Ok(b)) => assert!(a.same(b), "{patch}"),
        (Err(a), Err(b)) => assert_eq!((a.code(), a.message()), (b.code(), b.message()), "{patch}"),
        _ => panic!("{patch}: {read:?} and {from_text:?}"),
    }
    from_text
}

/// The examples of RFC 6902, appendix A, and more.
#[test]
fn json_patches_apply() {
    for (target, patch, want) in [
        (r#"{"foo":"bar"}"#, r#"[{"op":"add","path":"/baz","value":"qux"}]"#, r#"{"baz":"qux","foo":"bar"}"#),
        (
            r#"{"foo":["bar","baz"]}"#,
            r#"[{"op":"add","path":"/foo/1","value":"qux"}]"#,
            r#"{"foo":["bar","qux","baz"]}"#,
        ),
        (r#"{"baz":"qux","foo":"bar"}"#, r#"[{"op":"remove","path":"/baz"}]"#, r#"{"foo":"bar"}"#),
        (
            r#"{"foo":["bar","qux","baz"]}"#,
            r#"[{"op":"remove","path":"/foo/1"}]"#,
            r#"{"foo":["bar","baz"]}"#,
        ),
        (
            r#"{"baz":"qux","foo":"bar"}"#,
            r#"[{"op":"replace","path":"/baz","value":"boo"}]"#,
            r#"{"baz":"boo","foo":"bar"}"#,
        ),
        (
            r#"{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}"#,
            r#"[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]"#,
            r#"{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}"#,
        ),
        (
            r#"{"foo":["all","grass","cows","eat"]}"#,
            r#"[{"op":"move","from":"/foo/1","path":"/foo/3"}]"#,
            r#"{"foo":["all","cows","eat","grass"]}"#,
        ),
        (
            r#"{"baz":"qux","foo":["a",2,"c"]}"#,
            r#"[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2.0}]"#,
            r#"{"baz":"qux","foo":["a",2,"c"]}"#,
        ),
        (
            r#"{"foo":"bar"}"#,
            r#"[{"op":"add","path":"/child","value":{"grandchild":{}}}]"#,
            r#"{"child":{"grandchild":{}},"foo":"bar"}"#,
        ),
        (
            r#"{"foo":"bar"}"#,
            r#"[{"op":"add","path":"/baz","value":"qux","xyz":123}]"#,
            r#"{"baz":"qux","foo":"bar"}"#,
        ),
        (r#"{"/":9,"~1":10}"#, r#"[{"op":"test","path":"/~01","value":10}]"#, r#"{"/":9,"~1":10}"#),
        (
            r#"{"foo":["bar"]}"#,
            r#"[{"op":"add","path":"/foo/-","value":["abc","def"]}]"#,
            r#"{"foo":["bar",["abc","def"]]}"#,
        ),
        (
            r#"{"":1,"a/b":2}"#,
            r#"[{"op":"remove","path":"/"},{"op":"replace","path":"/a~1b","value":3}]"#,
            r#"{"a/b":3}"#,
        ),
        ("[1]", r#"[{"op":"add","path":"/1","value":2},{"op":"add","path":"/0","value":0}]"#, "[0,1,2]"),
        (r#"{"a":1}"#, r#"[{"op":"add","path":"/a","value":null}]"#, r#"{"a":null}"#),
        (
            r#"{"a":1}"#,
            r#"[{"op":"replace","path":"","value":[]},{"op":"add","path":"/0","value":1}]"#,
            "[1]",
        ),
        (r#"{"a":1}"#, r#"[{"op":"remove","path":""}]"#, "null"),
        (r#"{"a":[1]}"#, r#"[{"op":"copy","from":"","path":"/b"}]"#, r#"{"a":[1],"b":{"a":[1]}}"#),
        (r#"{"a":1}"#, r#"[{"op":"move","from":"/a","path":"/a"}]"#, r#"{"a":1}"#),
        (r#"{"a":{"b":1}}"#, r#"[{"op":"move","from":"/a/b","path":"/a"}]"#, r#"{"a":1}"#),
        // Not a child, only a name that starts alike.
        (r#"{"a":1,"ab":{}}"#, r#"[{"op":"move","from":"/a","path":"/ab/c"}]"#, r#"{"ab":{"c":1}}"#),
        (r#"{"1":"x"}"#, r#"[{"op":"replace","path":"/1","value":"y"}]"#, r#"{"1":"y"}"#),
        (r#"{"a":1}"#, "[]", r#"{"a":1}"#),
    ] {
        let target = json(target);
        let before = text(&target);
        assert_eq!(text(&patched(&target, patch).unwrap()), want, "{patch}");
        assert_eq!(text(&target), before);
    }
}

#[test]
fn patches_that_do_not_apply_name_operation_and_path() {
    let target = json(r#"{"a":{"b":[1,2]},"s":"x","t":{"$time":"2025-08-08T14:30:26Z"}}"#);
    let before = text(&target);
    for (patch, want) in [
        (
            r#"[{"op":"add","path":"/a/b/0","value":0},{"op":"remove","path":"/zz"}]"#,
            "1 (remove \"/zz\"): there is no such member",
        ),
        (r#"[{"op":"add","path":"/a/b/3","value":0}]"#, "0 (add \"/a/b/3\"): there is no such item"),
        (
            r#"[{"op":"add","path":"/a/b/01","value":0}]"#,
            "0 (add \"/a/b/01\"): a list index is a number without leading zeros",
        ),
        (
            r#"[{"op":"add","path":"/a/b/+1","value":0}]"#,
            "0 (add \"/a/b/+1\"): a list index is a number without leading zeros",
        ),
        (
            r#"[{"op":"add","path":"/a/b/","value":0}]"#,
            "0 (add \"/a/b/\"): a list index is a number without leading zeros",
        ),
        (
            r#"[{"op":"add","path":"/a/b/99999999999999999999","value":0}]"#,
            "0 (add \"/a/b/99999999999999999999\"): there is no such item",
        ),
        (r#"[{"op":"remove","path":"/a/b/-"}]"#, "0 (remove \"/a/b/-\"): there is no such item"),
        (r#"[{"op":"replace","path":"/a/b/2","value":0}]"#, "0 (replace \"/a/b/2\"): there is no such item"),
        (r#"[{"op":"replace","path":"/c","value":0}]"#, "0 (replace \"/c\"): there is no such member"),
        (r#"[{"op":"add","path":"/c/d","value":0}]"#, "0 (add \"/c/d\"): there is no such member"),
        (
            r#"[{"op":"add","path":"/s/d","value":0}]"#,
            "0 (add \"/s/d\"): the value above is neither a list nor an object",
        ),
        (
            r#"[{"op":"add","path":"/t/d","value":0}]"#,
            "0 (add \"/t/d\"): the value above is neither a list nor an object",
        ),
        (r#"[{"op":"add","path":"a","value":0}]"#, "0 (add \"a\"): a pointer starts with \"/\""),
        (
            r#"[{"op":"add","path":"/a~2","value":0}]"#,
            "0 (add \"/a~2\"): in a pointer \"~\" stands before \"0\" or \"1\"",
        ),
        (
            r#"[{"op":"add","path":"/a~","value":0}]"#,
            "0 (add \"/a~\"): in a pointer \"~\" stands before \"0\" or \"1\"",
        ),
        (
            r#"[{"op":"move","from":"/a","path":"/a/b/0"}]"#,
            "0 (move \"/a/b/0\"): a value cannot move into itself",
        ),
        (r#"[{"op":"move","from":"/q","path":"/q"}]"#, "0 (move \"/q\"): there is no such member"),
        (r#"[{"op":"copy","from":"/q","path":"/r"}]"#, "0 (copy \"/r\"): there is no such member"),
        (r#"[{"op":"test","path":"/s","value":"y"}]"#, "0 (test \"/s\"): the value is another"),
        (
            r#"[{"op":"test","path":"/t","value":"2025-08-08T14:30:26Z"}]"#,
            "0 (test \"/t\"): the value is another",
        ),
        (r#"[{"op":"test","path":"/s"}]"#, "0 (test \"/s\"): member \"value\" is missing"),
        (r#"[{"op":"move","path":"/s"}]"#, "0 (move \"/s\"): member \"from\" is missing"),
        (r#"[{"op":"spam","path":"/s"}]"#, "0 (spam \"/s\"): no such operation"),
        (r#"[{"path":"/s"}]"#, "0: member \"op\" is missing"),
        (r#"[{"op":"remove"}]"#, "0: member \"path\" is missing"),
        (r#"[{"op":"remove","path":1}]"#, "0: member \"path\" is not a string"),
        ("[null]", "0: an operation is an object"),
    ] {
        let error = patched(&target, patch).unwrap_err();
        assert_eq!(
            (error.code(), error.message()),
            (Code::InvalidPatch, &*format!("patch operation {want}"))
        );
        assert_eq!(text(&target), before);
    }
    for patch in ["1", "null", "\"x\"", "true"] {
        let error = patched(&target, patch).unwrap_err();
        assert_eq!(error.code(), Code::InvalidPatch);
    }
}

#[test]
fn test_compares_numbers_by_value_and_objects_by_members() {
    let target = json(r#"{"v":[1,1.0,9007199254740993,18446744073709551615,-0.0,{"a":1,"b":[2.0]}]}"#);
    let holds = |index: usize, value: &str| {
        patched(&target, &format!(r#"[{{"op":"test","path":"/v/{index}","value":{value}}}]"#)).is_ok()
    };
    for (index, value, want) in [
        (0, "1.0", true),
        (0, "1.5", false),
        (0, "true", false),
        (0, "\"1\"", false),
        (1, "1", true),
        (2, "9007199254740993", true),
        (2, "9007199254740993.0", false),
        (2, "9007199254740992.0", false),
        (3, "18446744073709551615", true),
        (3, "18446744073709551615.0", false),
        (3, "-1", false),
        (4, "0", true),
        (4, "0.0", true),
        (5, r#"{"b":[2],"a":1.0}"#, true),
        (5, r#"{"b":[2]}"#, false),
        (5, r#"{"b":[2],"c":1}"#, false),
        (5, r#"{"a":1,"b":[2,3]}"#, false),
    ] {
        assert_eq!(holds(index, value), want, "{index} {value}");
    }
}

/// The examples of RFC 7396, appendix A.
#[test]
fn merge_patches_apply() {
    for (target, patch, want) in [
        (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
        (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
        (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
        (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
        (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
        (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"a":1,"e":null}"#),
        ("[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
        ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
        (
            r#"{"a":1,"c":2,"e":3}"#,
            r#"{"a":null,"b":5,"d":[null],"e":null,"f":6}"#,
            r#"{"b":5,"c":2,"d":[null],"f":6}"#,
        ),
        ("1", "{}", "{}"),
    ] {
        let target = json(target);
        let before = text(&target);
        assert_eq!(text(&patched(&target, patch).unwrap()), want, "{patch}");
        assert_eq!(text(&target), before);
    }
}

#[test]
fn results_are_never_too_deep() {
    let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    for (target, patch, fits) in [
        (deep(127), r#"[{"op":"add","path":"/-","value":[]}]"#.into(), true),
        (
            format!(r#"{{"a":{}}}"#, deep(127)),
            format!(r#"[{{"op":"add","path":"/a{}/-","value":[]}}]"#, "/0".repeat(125)),
            true,
        ),
        (
            format!(r#"{{"a":{}}}"#, deep(127)),
            format!(r#"[{{"op":"add","path":"/a{}/-","value":[]}}]"#, "/0".repeat(126)),
            false,
        ),
        (
            format!(r#"{{"a":{}}}"#, deep(127)),
            format!(r#"[{{"op":"add","path":"/a{}/-","value":1}}]"#, "/0".repeat(126)),
            true,
        ),
        (
            format!(r#"{{"a":{},"b":{{}}}}"#, deep(127)),
            r#"[{"op":"move","from":"/a","path":"/c"}]"#.into(),
            true,
        ),
        (
            format!(r#"{{"a":{},"b":{{}}}}"#, deep(127)),
            r#"[{"op":"move","from":"/a","path":"/b/c"}]"#.into(),
            false,
        ),
        (
            format!(r#"{{"a":{},"b":{{}}}}"#, deep(127)),
            r#"[{"op":"copy","from":"/a","path":"/b/c"}]"#.into(),
            false,
        ),
        (r#"{"a":{}}"#.into(), format!(r#"[{{"op":"replace","path":"/a","value":{}}}]"#, deep(126)), true),
        (
            r#"{"a":{"b":1}}"#.into(),
            format!(r#"[{{"op":"replace","path":"/a/b","value":{}}}]"#, deep(126)),
            true,
        ),
        (
            r#"{"a":{"b":{"c":1}}}"#.into(),
            format!(r#"[{{"op":"replace","path":"/a/b/c","value":{}}}]"#, deep(126)),
            false,
        ),
    ] {
        let result = patched(&json(&target), &patch);
        match result {
            Ok(value) => {
                assert!(fits, "{patch}");
                assert!(Value::from_json(text(&value).as_bytes(), DataFlags::default()).is_ok());
            }
            Err(error) => assert_eq!((error.code(), fits), (Code::DepthExceeded, false), "{patch}"),
        }
    }
}

#[test]
fn copies_cannot_double_without_end() {
    let double = r#"{"op":"copy","from":"","path":"/-"},"#.repeat(100);
    let patch = json(&format!("[{}]", double.trim_end_matches(',')));
    let error = json("[\"some text\"]").patched(&patch).unwrap_err();
    assert_eq!(error.code(), Code::InvalidPatch);
    assert!(error.message().contains("copies are larger"), "{error}");
}

#[test]
fn what_a_patch_leaves_alone_is_shared() {
    let target = json(r#"{"a":[1,2],"b":{"c":[3]}}"#);
    for patch in [r#"[{"op":"replace","path":"/b/c/0","value":4}]"#, r#"{"b":{"c":4}}"#] {
        let result = patched(&target, patch).unwrap();
        let list = |value: &Value| match value {
            Value::Map(map) => match map.get_str(b"a") {
                Some(Value::List(list)) => list.address(),
                _ => panic!(),
            },
            _ => panic!(),
        };
        assert_eq!(list(&target), list(&result));
        assert!(!target.same(&result));
    }
}

#[test]
fn records_and_typed_keys_can_be_patched() {
    let record = Record {
        type_name: "main.T".into(),
        fields: vec![("Name".into(), "x".into()), ("N".into(), Value::Int(1))],
    };
    let keys = [(Key::Int(9), Value::from("a")), (Key::Int(10), Value::from("b"))];
    let target =
        Value::map([("r", Value::Record(Arc::new(record))), ("m", Value::Map(keys.into_iter().collect()))]);
    for (patch, want) in [
        (
            r#"[{"op":"replace","path":"/r/N","value":2}]"#,
            r#"{"m":{"10":"b","9":"a"},"r":{"Name":"x","N":2}}"#,
        ),
        (r#"[{"op":"add","path":"/r/N","value":2}]"#, r#"{"m":{"10":"b","9":"a"},"r":{"Name":"x","N":2}}"#),
        (
            r#"[{"op":"test","path":"/r","value":{"N":1,"Name":"x"}}]"#,
            r#"{"m":{"10":"b","9":"a"},"r":{"Name":"x","N":1}}"#,
        ),
        (
            r#"[{"op":"test","path":"/m","value":{"9":"a","10":"b"}}]"#,
            r#"{"m":{"10":"b","9":"a"},"r":{"Name":"x","N":1}}"#,
        ),
        (r#"[{"op":"remove","path":"/m/9"}]"#, r#"{"m":{"10":"b"},"r":{"Name":"x","N":1}}"#),
        (
            r#"[{"op":"add","path":"/m/11","value":1}]"#,
            r#"{"m":{"10":"b","11":1,"9":"a"},"r":{"Name":"x","N":1}}"#,
        ),
        (r#"{"r":{"N":null},"m":{"9":"c","10":null}}"#, r#"{"m":{"9":"c"},"r":{"Name":"x","N":null}}"#),
    ] {
        let result = patched(&target, patch).unwrap();
        assert_eq!(text(&result), want, "{patch}");
        let Value::Map(map) = &result else { panic!() };
        let Some(Value::Map(m)) = map.get_str(b"m") else { panic!() };
        assert!(
            m.keys().iter().all(|key| matches!(key, Key::Int(_)))
                && m.entries().is_sorted_by(|a, b| a.0 < b.0)
        );
    }
    for patch in [
        r#"[{"op":"add","path":"/r/X","value":2}]"#,
        r#"[{"op":"remove","path":"/r/N"}]"#,
        r#"{"r":{"X":1}}"#,
    ] {
        assert_eq!(patched(&target, patch).unwrap_err().code(), Code::InvalidPatch);
    }
}

#[test]
fn same_means_same_kind_and_content() {
    let time = |offset| Value::Time(Time::new(0, 0, offset));
    let values = [
        Value::Null,
        Value::Bool(false),
        Value::Bool(true),
        Value::Int(0),
        Value::Int(1),
        Value::from(u64::MAX),
        Value::Float(0.0),
        Value::Float(-0.0),
        Value::Float(1.0),
        Value::Float(f64::NAN),
        Value::from(""),
        Value::from("a"),
        Value::Bytes("a".into()),
        Value::Trusted(Content::Html, "a".into()),
        Value::Trusted(Content::Url, "a".into()),
        Value::from(vec![]),
        Value::from(vec![Value::Null]),
        json("{}"),
        json(r#"{"a":1}"#),
        json(r#"{"b":1}"#),
        json(r#"{"a":2}"#),
        time(0),
        time(60),
        Value::Record(Arc::new(Record {
            type_name: "main.T".into(),
            fields: vec![("a".into(), Value::Int(1))],
        })),
        Value::Record(Arc::new(Record {
            type_name: "main.U".into(),
            fields: vec![("a".into(), Value::Int(1))],
        })),
    ];
    for (i, a) in values.iter().enumerate() {
        for (j, b) in values.iter().enumerate() {
            assert_eq!(a.same(b), i == j, "{a:?} {b:?}");
            // The same again, nothing shared at the top.
            let (a, b) = (Value::from(vec![a.clone()]), Value::from(vec![b.clone()]));
            assert_eq!(a.same(&b), i == j);
        }
    }
}
