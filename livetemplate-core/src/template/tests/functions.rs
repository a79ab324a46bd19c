//! The predefined functions: `testdata/functions.txt` has the output of real Go, or its error, for actions on the data below.

use super::super::ast::{Node, TemplateSet};
use super::super::exec::{Evaluator, ExecOptions, Val};
use super::super::expr::Compiler;
use super::super::functions::builtin;
use super::super::host::Functions;
use super::super::literal::unquote;
use super::super::options::{MissingKey, Numbers};
use super::super::parser::parse;
use crate::value::{Content, DataFlags, Key, Map, Number, NumberType, Record, Time, Value};
use std::sync::Arc;

/// The data of `testdata/functions.go`.
fn data() -> Value {
    let json = r#"{
        "nil": null, "zero": 0, "one": 1, "i": 5, "u": 18446744073709551615, "f": 3.0, "f25": 2.5, "s": "héllo", "b": true,
        "l": [1, 2, 3], "ls": ["s%d"], "e": [], "l2": [[1, 2], {"k": ["z"]}, null], "m": {"a": 1, "1": 2}
    }"#;
    let Value::Map(map) = Value::from_json(json.as_bytes(), DataFlags::default()).unwrap() else {
        panic!("the data is a map")
    };
    let record = |type_name: &str, fields: Vec<(&str, Value)>| {
        let fields = fields.into_iter().map(|(name, value)| (Arc::from(name), value)).collect();
        Value::Record(Arc::new(Record { type_name: type_name.into(), fields }))
    };
    let point = || record("main.Point", vec![("A", 1i64.into()), ("B", "z".into())]);
    let more = [
        ("nanf", Value::Float(f64::NAN)),
        ("mi", Value::Map(Map::from_iter([(Key::Int(1), "x".into())]))),
        ("mb", Value::Map(Map::from_iter([(Key::Bool(true), 1i64.into())]))),
        (
            "ma",
            Value::Map(Map::from_iter([(Key::Int(1), 2i64.into()), (Key::String("k".into()), 1i64.into())])),
        ),
        ("t", Value::Time(Time::new(0, 0, 0))),
        ("t2", Value::Time(Time::new(0, 0, 0))),
        ("by", Value::Bytes("xyz".into())),
        ("h", Value::Trusted(Content::Html, "<b>".into())),
        ("rec", point()),
        ("rec2", point()),
        ("recp", record("main.Holder", vec![("A", Vec::new().into())])),
    ];
    let more = more.into_iter().chain(numbers());
    let more = more.into_iter().map(|(key, value)| (Key::String(key.into()), value));
    Value::Map(map.entries().map(|(key, value)| (key.clone(), value.clone())).chain(more).collect())
}

/// The data of `testdata/numbers.go`.
fn numbers() -> Vec<(&'static str, Value)> {
    use NumberType::*;
    let signed = |kind, i: i64| Value::from(Number::new(kind, i as u64).unwrap());
    let unsigned = |kind, u: u64| Value::from(Number::new(kind, u).unwrap());
    let float = |f: f32| Value::from(Number::float32(f));
    vec![
        ("i8", signed(Int8, -8)),
        ("i16", signed(Int16, -16)),
        ("i32", signed(Int32, 65)),
        ("i64", signed(Int64, i64::MIN)),
        ("ui", unsigned(Uint, 1)),
        ("u8", unsigned(Uint8, 255)),
        ("u16", unsigned(Uint16, 0)),
        ("u32", unsigned(Uint32, u32::MAX.into())),
        ("u64", unsigned(Uint64, 5)),
        ("up", unsigned(Uintptr, 9)),
        ("f32", float(0.1)),
        ("f32x", float(16777216.0)),
        ("f32b", float(3e38)),
        ("f32s", float(1e-45)),
        ("f32i", float(f32::NEG_INFINITY)),
        ("f32z", float(0.0)),
        ("c64", Value::Complex64(0.1, -2.0)),
        ("c128", Value::Complex128(1.0, 2.0)),
        ("c0", Value::Complex128(0.0, 0.0)),
        ("cn", Value::Complex128(f64::NAN, f64::INFINITY)),
        ("mo", signed(Month, 3)),
        ("mo13", signed(Month, 13)),
        ("mo0", signed(Month, 0)),
        ("wd", signed(Weekday, 0)),
        ("wd9", signed(Weekday, -1)),
        ("d", signed(Duration, 5_401_500_000_000)),
        ("d0", signed(Duration, 0)),
        ("dn", signed(Duration, -1_500_000)),
        ("dm", signed(Duration, i64::MIN)),
        ("t3", Value::Time(Time::new(34_560_000, 5, 0))),
        ("far", Value::Time(Time::new(1 << 40, 0, 0))),
        ("du", signed(Duration, 1001)),
        ("dh", signed(Duration, 360_000_000_000_000)),
        ("dl", vec![signed(Month, 5), unsigned(Uint8, 1), Value::Complex128(0.0, 1.0), float(0.5)].into()),
    ]
}

/// The output of a template of text and actions under text/template, where a value is printed as it is.
fn output(source: &[u8], data: &Value, numbers: Numbers) -> Result<Vec<u8>, String> {
    let mut set = TemplateSet::default();
    let function = |name: &str| builtin(name).is_some();
    parse(&mut set, "x", source, ("", ""), &function, 200_000).map_err(|e| e.to_string())?;
    let tree = set.templates["x"].clone();
    let functions = Functions::default();
    let mut compiler = Compiler::new("x".into(), tree.clone(), &functions);
    let mut parts = Vec::new();
    for node in &tree.root.nodes {
        match node {
            Node::Action { pipe, .. } => parts.push(Err((compiler.pipeline(pipe), pipe.decl.is_empty()))),
            Node::Text { text, .. } => parts.push(Ok(text.clone())),
            other => panic!("{other} is neither text nor an action"),
        }
    }
    let code = compiler.finish();
    let options = ExecOptions { numbers, missing_key: MissingKey::Default, ..ExecOptions::default() };
    let dot = Val::root(data);
    let mut evaluator = Evaluator::new(options, None, &code, dot.clone());
    let mut out = Vec::new();
    for part in &parts {
        let (pipeline, prints) = match part {
            Ok(text) => {
                out.extend_from_slice(text.as_bytes());
                continue;
            }
            Err(action) => (&action.0, action.1),
        };
        let value = evaluator.pipeline(pipeline, &dot).map_err(|e| e.to_string())?;
        if prints && value.is_missing() {
            out.extend_from_slice(b"<no value>");
        } else if prints {
            value.get().print(&mut out).unwrap();
        }
    }
    Ok(out)
}

#[test]
fn results_and_errors_are_those_of_go() {
    let data = data();
    let (mut count, mut failures) = (0, Vec::new());
    let mut lines = include_str!("../testdata/functions.txt").lines();
    let string = |line: &str, head: &str| {
        line.strip_prefix(head).map(|text| {
            String::from_utf8_lossy(&unquote(text.as_bytes()).expect("Go quoted it")).into_owned()
        })
    };
    while let (Some(first), Some(second)) = (lines.next(), lines.next()) {
        let source = string(first, "source ").expect("cases start with their source");
        let got = output(source.as_bytes(), &data, Numbers::Strict)
            .map(|out| String::from_utf8_lossy(&out).into_owned());
        let want = string(second, "prints ").map(Ok).or(string(second, "error ").map(Err));
        if Some(&got) != want.as_ref() {
            failures.push(format!("{source}\n  go   {second}\n  ours {got:?}"));
        }
        count += 1;
    }
    assert!(count > 350);
    assert!(failures.is_empty(), "{} of {count} differ:\n{}", failures.len(), failures.join("\n"));
}

/// Adaptive numbers give Go's result wherever Go has one.
#[test]
fn adaptive_numbers_change_no_result_of_go() {
    let data = data();
    let mut lines = include_str!("../testdata/functions.txt").lines();
    let mut count = 0;
    while let (Some(first), Some(second)) = (lines.next(), lines.next()) {
        let Some(prints) = second.strip_prefix("prints ").filter(|text| !text.contains("%!")) else {
            continue;
        };
        let source = unquote(&first.as_bytes()["source ".len()..]).unwrap();
        let got = output(&source, &data, Numbers::Adaptive).unwrap();
        assert_eq!(got, unquote(prints.as_bytes()).unwrap(), "{first}");
        count += 1;
    }
    assert!(count > 100);
}

#[test]
fn adaptive_numbers_compare_by_value() {
    let data = data();
    let cases = [
        ("eq 3 .f", "true"),
        ("eq .f 3", "true"),
        ("ne 3 .f25", "true"),
        ("eq 1 2.0 1.0", "true"),
        ("lt 2 .f25", "true"),
        ("lt .f25 3", "true"),
        ("lt -3 -2.5", "true"),
        ("lt -2.5 -2", "true"),
        ("le 3 .f", "true"),
        ("gt .f 3", "false"),
        ("ge 3 .f", "true"),
        // No float is 9007199254740993 or 2^64 - 1; the nearest ones differ by one.
        ("eq 9007199254740993 9007199254740992.0", "false"),
        ("gt 9007199254740993 9007199254740992.0", "true"),
        ("eq .u 18446744073709551616.0", "false"),
        ("lt .u 18446744073709551616.0", "true"),
        ("lt 18446744073709551616.0 .u", "false"),
        ("lt .u 1e300", "true"),
        ("gt 1 -1e300", "true"),
        ("eq 1 .nanf", "false"),
        ("ge 1 .nanf", "true"),
        ("index .l .f25", "error calling index: cannot index slice/array with type float64"),
        ("index .l 2.0", "3"),
        ("index .mi 1.0", "x"),
        ("index .m 1.0", "error calling index: value has type float64; should be string"),
        ("slice .l 1.0 2.0", "[2]"),
        ("slice .l .one", "[2 3]"),
        ("slice .l .nil", "error calling slice: cannot index slice/array with type interface {}"),
        ("index .l 1e300", "error calling index: cannot index slice/array with type float64"),
        ("printf \"%d|%.1f\" .f .i", "3|5.0"),
        ("eq 1 \"1\"", "error calling eq: incompatible types for comparison: int and string"),
        ("lt .b 1.0", "error calling lt: incompatible types for comparison: bool and float64"),
    ];
    for (expression, want) in cases {
        let got = output(format!("{{{{{expression}}}}}").as_bytes(), &data, Numbers::Adaptive);
        match got {
            Ok(out) => assert_eq!(String::from_utf8_lossy(&out), want, "{expression}"),
            Err(message) => assert!(message.ends_with(&format!(": {want}")), "{expression}: {message}"),
        }
    }
}

#[test]
fn default_takes_the_place_of_what_is_not_true() {
    let data = data();
    let cases = [
        ("default \"d\" .s", "héllo"),
        ("default \"d\" .zero", "d"),
        ("default \"d\" .nil", "d"),
        ("default \"d\" .missing", "d"),
        ("default \"d\" .e", "d"),
        ("default \"d\"", "d"),
        (".missing | default 5 | printf \"%T\"", "int"),
        (".l | default 5 | len", "3"),
        ("default nil .zero", "<no value>"),
        ("default 1 2 3", "error calling default: default: want 1 or 2 arguments, got 3"),
        ("default", "wrong number of args for default: want at least 1 got 0"),
    ];
    for (expression, want) in cases {
        let got = output(format!("{{{{{expression}}}}}").as_bytes(), &data, Numbers::Strict);
        match got {
            Ok(out) => assert_eq!(String::from_utf8_lossy(&out), want, "{expression}"),
            Err(message) => assert!(message.ends_with(&format!(": {want}")), "{expression}: {message}"),
        }
    }
}
