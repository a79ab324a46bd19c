use super::*;
use crate::error::Code;

const PLAIN: DataFlags = DataFlags { times: false, trusted: false };
const TIMES: DataFlags = DataFlags { times: true, trusted: false };
const TRUSTED: DataFlags = DataFlags { times: false, trusted: true };
const BOTH: DataFlags = DataFlags { times: true, trusted: true };

fn read(text: &str, flags: DataFlags) -> Value {
    Value::from_json(text.as_bytes(), flags).unwrap()
}

fn written(value: &Value, flags: DataFlags) -> String {
    let mut out = Vec::new();
    value.write_json(flags, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn shown(text: &[u8], flags: DataFlags) -> String {
    format!("{:?}", Value::from_json(text, flags).unwrap())
}

#[test]
fn numbers_keep_their_kind() {
    for (text, want) in [
        ("0", "Int(0)"),
        ("-0", "Int(0)"),
        (" -0 ", "Int(0)"),
        ("-0.0", "Float(-0.0)"),
        ("-0e1", "Float(-0.0)"),
        ("1e-0", "Float(1.0)"),
        ("1.0", "Float(1.0)"),
        ("1e2", "Float(100.0)"),
        ("9223372036854775807", "Int(9223372036854775807)"),
        ("9223372036854775808", "Number(Number { kind: Uint64, bits: 9223372036854775808 })"),
        ("18446744073709551615", "Number(Number { kind: Uint64, bits: 18446744073709551615 })"),
        ("18446744073709551616", "Float(1.8446744073709552e19)"),
        ("-9223372036854775808", "Int(-9223372036854775808)"),
        ("-9223372036854775809", "Float(-9.223372036854776e18)"),
        // Rounding must be exact.
        ("7.4109846876186981e-323", "Float(7.4e-323)"),
        ("2.2250738585072011e-308", "Float(2.225073858507201e-308)"),
        ("0.30000000000000004", "Float(0.30000000000000004)"),
    ] {
        assert_eq!(shown(text.as_bytes(), PLAIN), want, "{text}");
    }
    assert_eq!(
        shown(b"[-0, -0.0, \"-0\", {\"a\":-0}]", PLAIN),
        shown(b"[0, -0.0, \"-0\", {\"a\":0}]", PLAIN)
    );
}

#[test]
fn bad_text_becomes_replacement_characters_as_in_go() {
    for (text, want) in [
        (&b"\"\\ud800\""[..], "\u{FFFD}"),
        (b"\"\\udc00\\ud800\"", "\u{FFFD}\u{FFFD}"),
        (b"\"\\ud800\\ud83d\\ude00x\"", "\u{FFFD}\u{1F600}x"),
        (b"\"\\ud800A\\u0041\"", "\u{FFFD}AA"),
        (b"\"a\xff\xe2\x82b\"", "a\u{FFFD}\u{FFFD}\u{FFFD}b"),
        (b"\"\xf0\x9f\x98\"", "\u{FFFD}\u{FFFD}\u{FFFD}"),
        (b"\"\xed\xa0\x80\"", "\u{FFFD}\u{FFFD}\u{FFFD}"),
        (b"\"\\\\ud800\xff\"", "\\ud800\u{FFFD}"),
        (b"\"\\\"\xff\"", "\"\u{FFFD}"),
    ] {
        let value = Value::from_json(text, PLAIN).unwrap();
        assert_eq!(value.as_text().unwrap().to_str_lossy(), want, "{}", String::from_utf8_lossy(text));
    }
    // Names become equal: the last wins.
    assert_eq!(shown(b"{\"\xff\":1,\"\xfe\":2}", PLAIN), shown("{\"\u{FFFD}\":2}".as_bytes(), PLAIN));
    for text in [&b"\xff\"a\""[..], b"[1,\xff]", b"\"\\ud8zz\"", b"\"\\ud800", b"\"\xff"] {
        assert_eq!(Value::from_json(text, PLAIN).unwrap_err().code(), Code::InvalidJson);
    }
}

#[test]
fn the_last_of_repeated_names_wins() {
    assert_eq!(shown(br#"{"b":1,"a":2,"b":3,"a":4,"b":5}"#, PLAIN), shown(br#"{"a":4,"b":5}"#, PLAIN));
}

#[test]
fn malformed_text_is_refused_with_its_place() {
    for (text, want) in [
        ("", "EOF while parsing a value at line 1 column 0"),
        ("{\"a\":1,}", "trailing comma at line 1 column 8"),
        ("[1]\n x", "trailing characters at line 2 column 2"),
        ("01", "invalid number at line 1 column 2"),
        ("1e999", "number out of range at line 1 column 5"),
        ("\"\n\"", "control character (\\u0000-\\u001F) found while parsing a string at line 2 column 0"),
        ("NaN", "expected value at line 1 column 1"),
    ] {
        let error = Value::from_json(text.as_bytes(), BOTH).unwrap_err();
        assert_eq!(
            (error.code(), error.message()),
            (Code::InvalidJson, &*format!("invalid JSON: {want}")),
            "{text}"
        );
    }
}

fn nested(depth: usize) -> String {
    "[".repeat(depth) + &"]".repeat(depth)
}

#[test]
fn depth_is_limited() {
    for flags in [PLAIN, BOTH] {
        assert!(Value::from_json(nested(128).as_bytes(), flags).is_ok());
        for depth in [129, 256, 257, 100_000] {
            let error = Value::from_json(nested(depth).as_bytes(), flags).unwrap_err();
            assert_eq!(error.code(), Code::DepthExceeded, "{depth}");
            // Unfinished text that is too deep is too deep first.
            let error = Value::from_json("[".repeat(depth + 200).as_bytes(), flags).unwrap_err();
            assert_eq!(error.code(), Code::DepthExceeded, "{depth}");
        }
    }
    // `$map` is notation, not depth.
    let deepest = |inner: &str| r#"{"$map":{"$map":"#.repeat(127) + inner + &"}}".repeat(127);
    let value = read(&deepest("{}"), BOTH);
    assert_eq!(written(&value, BOTH), deepest("{}"));
    let error = Value::from_json(deepest("[[]]").as_bytes(), BOTH).unwrap_err();
    assert_eq!(error.code(), Code::DepthExceeded);
}

#[test]
fn tags_are_read_as_the_flags_allow() {
    for (text, flags, want) in [
        (
            r#"{"$time":"2025-08-08T14:30:26Z"}"#,
            TIMES,
            "Time(Time { seconds: 1754663426, nanos: 0, offset: 0 })",
        ),
        (r#"{"$html":"<b>"}"#, TRUSTED, r#"Trusted(Html, "<b>")"#),
        (r#"{"$attr":"a"}"#, TRUSTED, r#"Trusted(HtmlAttr, "a")"#),
        (r#"{"$js":"a"}"#, TRUSTED, r#"Trusted(Js, "a")"#),
        (r#"{"$jsstr":"a"}"#, TRUSTED, r#"Trusted(JsStr, "a")"#),
        (r#"{"$css":"a"}"#, TRUSTED, r#"Trusted(Css, "a")"#),
        (r#"{"$url":"a"}"#, TRUSTED, r#"Trusted(Url, "a")"#),
        (r#"{"$srcset":"a"}"#, TRUSTED, r#"Trusted(Srcset, "a")"#),
        (r#"{"$bytes":"aGk="}"#, TRUSTED, r#"Bytes("hi")"#),
        (r#"[{"$html":"a","$html":"b"}]"#, TRUSTED, r#"List(List([Trusted(Html, "b")]))"#),
    ] {
        assert_eq!(shown(text.as_bytes(), flags), want);
        assert_eq!(shown(text.as_bytes(), BOTH), want);
        let other = DataFlags { times: flags.trusted, trusted: flags.times };
        for flags in [PLAIN, other] {
            assert_eq!(
                written(&read(text, flags), PLAIN).replace(r#""$html":"a","#, ""),
                text.replace(r#""$html":"a","#, "")
            );
        }
    }
}

#[test]
fn what_is_no_tag_stays_plain() {
    for text in [
        r#"{"$time":"yesterday"}"#,
        r#"{"$time":1}"#,
        r#"{"$time":"2025-08-08T14:30:26Z","a":1}"#,
        r#"{"$html":1}"#,
        r#"{"$bytes":"%"}"#,
        r#"{"$map":[]}"#,
        r#"{"$map":{},"a":1}"#,
        r#"{"$what":"x"}"#,
    ] {
        assert_eq!(written(&read(text, BOTH), PLAIN), text);
        assert_eq!(written(&read(text, BOTH), BOTH), text);
    }
}

#[test]
fn plain_objects_that_look_like_tags_survive() {
    let time = r#"{"$time":"2025-08-08T14:30:26Z"}"#;
    for text in [
        time.to_owned(),
        r#"{"$html":"<b>"}"#.to_owned(),
        r#"{"$map":{"a":1}}"#.to_owned(),
        format!(r#"{{"$map":{time}}}"#),
        format!(r#"{{"$map":{{"$map":{time}}}}}"#),
        format!(r#"[{time},{{"$map":{time},"a":1}}]"#),
    ] {
        let plain = read(&text, PLAIN);
        for flags in [TIMES, TRUSTED, BOTH] {
            let tagged = written(&plain, flags);
            assert_eq!(written(&read(&tagged, flags), PLAIN), text, "{tagged}");
        }
        assert_eq!(written(&plain, PLAIN), text);
    }
    assert_eq!(written(&read(time, PLAIN), TIMES), format!(r#"{{"$map":{time}}}"#));
    assert_eq!(written(&read(time, PLAIN), TRUSTED), time);
    // A typed value below `$map` is not mistaken for the plain object it is written as.
    let typed = Value::map([("$map", read(time, TIMES))]);
    assert_eq!(shown(written(&typed, TIMES).as_bytes(), TIMES), format!("{typed:?}"));
    let flat = Value::map([("$html", read(time, TIMES))]);
    assert_eq!(
        written(&read(&written(&flat, TRUSTED), TRUSTED), PLAIN),
        r#"{"$html":"2025-08-08T14:30:26Z"}"#
    );
}

#[test]
fn what_is_written_reads_back() {
    let values = [
        Value::Null,
        Value::Bool(true),
        Value::Int(i64::MIN),
        Value::from(u64::MAX),
        Value::Float(1.0),
        Value::Float(-0.0),
        Value::Float(1e21),
        Value::Float(1e-7),
        Value::Float(5e-324),
        Value::Float(f64::MAX),
        Value::from("a\"\\/\n\r\t\u{8}\u{c}\u{1}\u{7f}<>&\u{2028}é\u{1F600}"),
        Value::Bytes(vec![0, 255].into()),
        Value::Time(Time::new(1_754_663_426, 120_000_000, -16_200)),
        Value::Trusted(Content::Url, "x".into()),
        Value::from(vec![]),
        Value::map([("a", Value::from(vec![Value::Null])), ("b", Value::map([("", Value::Null)]))]),
    ];
    for value in values {
        assert_eq!(shown(written(&value, BOTH).as_bytes(), BOTH), format!("{value:?}"));
    }
    // RFC 3339 has no seconds in offsets; the instant stays.
    let odd = Value::Time(Time::new(0, 0, 3208));
    assert_eq!(written(&odd, TIMES), r#"{"$time":"1970-01-01T00:53:00+00:53"}"#);
    for float in [f64::NAN, f64::INFINITY] {
        let mut out = b"x".to_vec();
        let error = Value::from(vec![Value::Float(float)]).write_json(PLAIN, &mut out).unwrap_err();
        assert_eq!((error.code(), &*out), (Code::InvalidData, &b"x"[..]));
    }
    assert_eq!(written(&Value::from("\u{FFFD}"), PLAIN), written(&Value::String(vec![0xFF].into()), PLAIN));
}

#[test]
fn marshal_is_go_s() {
    let marshal = |value: &Value| {
        let mut out = Vec::new();
        value.marshal_json(&mut out).map(|()| String::from_utf8(out).unwrap())
    };
    let keys = [(Key::Int(10), Value::from("a")), (Key::Int(9), Value::from("b"))];
    let record = Record {
        type_name: "main.T".into(),
        fields: vec![("Z".into(), Value::Int(1)), ("A".into(), Value::Null)],
    };
    for (value, want) in [
        (
            Value::String(b"\x08\x0c\x7f\xe2\x80\xa8\xe2\x80\xa9<>&\xff\x01".to_vec().into()),
            r#""\b\f\u2028\u2029\u003c\u003e\u0026\ufffd\u0001""#,
        ),
        (Value::Float(1e21), "1e+21"),
        (Value::Float(1e20), "100000000000000000000"),
        (Value::Float(1e-7), "1e-7"),
        (Value::Float(1e-10), "1e-10"),
        (Value::Float(0.000001), "0.000001"),
        (Value::Float(-0.0), "-0"),
        (Value::Float(100.0), "100"),
        (Value::Bytes(b"hi".to_vec().into()), r#""aGk=""#),
        (Value::Time(Time::new(1_754_663_426, 0, 0)), r#""2025-08-08T14:30:26Z""#),
        (Value::Map(keys.into_iter().collect()), r#"{"10":"a","9":"b"}"#),
        (Value::Record(Arc::new(record)), r#"{"Z":1,"A":null}"#),
        (Value::Trusted(Content::Html, "<b>".into()), r#""\u003cb\u003e""#),
        (
            Value::from(vec![Value::Null, true.into(), Value::from(u64::MAX)]),
            "[null,true,18446744073709551615]",
        ),
    ] {
        assert_eq!(marshal(&value).as_deref().map(|s| s.replace('\u{7f}', "")), Ok(want.to_owned()));
    }
    for (value, want) in [
        (Value::Float(f64::NAN), "json: unsupported value: NaN"),
        (Value::Float(f64::NEG_INFINITY), "json: unsupported value: -Inf"),
        (
            Value::Time(Time::new(253_402_300_800, 0, 0)),
            "json: error calling MarshalJSON for type time.Time: Time.MarshalJSON: year outside of range [0,9999]",
        ),
        (
            Value::Time(Time::new(0, 0, 86_400)),
            "json: error calling MarshalJSON for type time.Time: Time.MarshalJSON: timezone hour outside of range [0,23]",
        ),
    ] {
        assert_eq!(marshal(&value), Err(want.to_owned()));
    }
}

/// What serde_json reads, in our terms.
fn from_serde(value: serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(b) => b.into(),
        serde_json::Value::Number(n) => match (n.as_i64(), n.as_u64(), n.as_f64()) {
            (Some(i), ..) => i.into(),
            (_, Some(u), _) => u.into(),
            (_, _, f) => f.unwrap_or(f64::NAN).into(),
        },
        serde_json::Value::String(s) => s.into(),
        serde_json::Value::Array(items) => items.into_iter().map(from_serde).collect::<Vec<_>>().into(),
        serde_json::Value::Object(members) => {
            Value::map(members.into_iter().map(|(k, v)| (k, from_serde(v))))
        }
    }
}

#[test]
fn objects_unlike_the_one_before_are_read() {
    let objects = [
        r#"{"b":1,"a":[2]}"#,
        r#"{"b":3,"a":[4]}"#,
        // Fewer members, more, others, the same in another order, none.
        r#"{"b":5}"#,
        r#"{"b":6,"a":7,"c":"text that is shared"}"#,
        r#"{"b":8,"x":9,"c":10}"#,
        r#"{"bb":11,"x":12,"c":13}"#,
        r#"{"c":14,"x":15,"bb":16}"#,
        "{}",
        "{}",
        // Repeated names, twice; then names of which one is the start of the other, or written with an escape.
        r#"{"a":"17","b":"a text of some length","a":"18"}"#,
        r#"{"a":"19","b":"a text of some length","a":"20"}"#,
        r#"{"a":21,"b":22}"#,
        r#"{"a long name":{"a":23},"a long":{"b":24}}"#,
        r#"{"a long name":{"b":25},"a long":{}}"#,
        r#"{"a long":{"b":26},"a long name":{"b":27}}"#,
        r#"{"\u0061":28, "b" : 29}"#,
        r#"{"\u0061":30, "b" : 31}"#,
    ];
    let want: Vec<Value> =
        objects.iter().map(|object| from_serde(serde_json::from_str(object).unwrap())).collect();
    let text = format!("[{}]", objects.join(","));
    for read in [Value::from_json, Value::from_json_whole] {
        let value = read(text.as_bytes(), PLAIN).unwrap();
        assert_eq!(format!("{value:?}"), format!("{:?}", Value::from(want.clone())));
    }
}

#[test]
fn damaged_text_is_read_as_serde_json_reads_it() {
    const TEXT: &str = r#"[{"a": 1.5e3, "b\n": [true, null], "c": "x \"\\\u00e9\ud83d\ude00", "": -0.25},
        {"a": 12345678901234567890123, "b\n": [false], "c": "a longer string without any escapes", "": 0},
        {"a": 7, "a": 9007199254740993, "c": {"a": 2.2250738585072011e-308}, "d": -9223372036854775808 } , [] , {}]"#;
    const BYTES: &[u8] = b"\"\\{}[]:,0-19.eE+tnu /\n\x01x";
    let mut random = 1_u64;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below
    };
    let is_surrogate = |error: &serde_json::Error| {
        let error = error.to_string();
        error.contains("surrogate") || error.contains("hex escape")
    };
    let mut accepted = 0;
    for _ in 0..20_000 {
        let mut text = TEXT.as_bytes().to_vec();
        for _ in 0..next(3) {
            let (at, byte) = (next(text.len()), BYTES[next(BYTES.len())]);
            match next(4) {
                0 => text.truncate(at.max(1)),
                1 => text.insert(at, byte),
                2 => drop(text.remove(at)),
                _ => text[at] = byte,
            }
        }
        let ours = [Value::from_json(&text, PLAIN), Value::from_json_whole(&text, PLAIN)];
        let theirs = serde_json::from_slice::<serde_json::Value>(&text);
        let text = String::from_utf8_lossy(&text);
        for ours in ours {
            match (ours, &theirs) {
                (Ok(ours), Ok(theirs)) => {
                    // serde_json takes the integer -0 for a float.
                    let shown = |value: &Value| format!("{value:?}").replace("Float(-0.0)", "Int(0)");
                    assert_eq!(shown(&ours), shown(&from_serde(theirs.clone())), "{text}");
                    accepted += 1;
                }
                // It stops at lone surrogates.
                (_, Err(error)) if is_surrogate(error) => {}
                (Ok(_), Err(error)) => panic!("{error}\n{text}"),
                (Err(ours), Ok(_)) => panic!("{ours}\n{text}"),
                (Err(ours), Err(theirs)) => {
                    // It stops within an exponent that is too large.
                    let shown = |error: String| match error.split_once("out of range") {
                        Some((start, _)) => start.to_owned(),
                        None => error,
                    };
                    let theirs = shown(format!("invalid JSON: {theirs}"));
                    assert_eq!(shown(ours.message().to_owned()), theirs, "{text}");
                }
            }
        }
    }
    assert!(accepted > 5_000);
}
