use super::*;

fn args(json: &str) -> Vec<Value> {
    match Value::from_json(json.as_bytes(), DataFlags { times: true, trusted: true }).unwrap() {
        Value::List(items) => items.iter().cloned().collect(),
        other => panic!("{other:?}"),
    }
}

fn formatted(format: &str, args: &[Value], adaptive: bool) -> String {
    let mut out = b"<".to_vec();
    sprintf(format.as_bytes(), args, adaptive, &mut out).unwrap();
    String::from_utf8(out).unwrap().split_off(1)
}

fn printed(value: &Value) -> String {
    let mut out = Vec::new();
    value.print(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn sprintf_is_go_s() {
    for (format, json, want) in SPRINTF {
        assert_eq!(formatted(format, &args(json), false), *want, "{format:?} {json}");
        // What Go prints without a complaint is the same with adaptive numbers.
        if !want.contains("%!") {
            assert_eq!(formatted(format, &args(json), true), *want, "{format:?} {json}");
        }
    }
}

#[test]
fn sprint_and_sprintln_are_go_s() {
    for (json, want, want_line) in SPRINT {
        let mut out = Vec::new();
        sprint(&args(json), &mut out).unwrap();
        assert_eq!(String::from_utf8_lossy(&out), *want, "{json}");
        out.clear();
        sprintln(&args(json), &mut out).unwrap();
        assert_eq!(String::from_utf8_lossy(&out), *want_line, "{json}");
    }
}

#[test]
fn adaptive_numbers_fit_any_number_verb() {
    for (format, json, want) in [
        (
            "%d|%5d|%05d|%+d|%c|%q|%U|%o|%O",
            "[3.0,3.0,-3.0,3.0,65.0,65.0,65.0,8.0,8.0]",
            "3|    3|-0003|+3|A|'A'|U+0041|10|0o10",
        ),
        (
            "%f|%.2f|%e|%g|%8.1f|%E|%G|%F",
            "[3,3,3,1000000,-3,3,3,3]",
            "3.000000|3.00|3.000000e+00|1e+06|    -3.0|3.000000E+00|3|3.000000",
        ),
        ("%.1f", "[18446744073709551615]", "18446744073709551616.0"),
        (
            "%d %d",
            "[9223372036854775808.0,-9223372036854775808.0]",
            "9223372036854775808 -9223372036854775808",
        ),
        ("%.1f %d", r#"[[1,2.5],{"a":2.0}]"#, "[1.0 2.5] map[%!d(string=a):2]"),
        ("%*d|%.*f", "[5.0,7,1.0,2.25]", "    7|2.2"),
        // No integer, so as in Go.
        ("%d %c %d", "[2.5,0.5,1e30]", "%!d(float64=2.5) %!c(float64=0.5) %!d(float64=1e+30)"),
        // Floats have these verbs of their own.
        ("%x %X %b", "[2.0,2.0,1.0]", "0x1p+01 0X1P+01 4503599627370496p-52"),
        ("%d %f %t %s", r#"["a","a",1,1.0]"#, "%!d(string=a) %!f(string=a) %!t(int=1) %!s(float64=1)"),
    ] {
        assert_eq!(formatted(format, &args(json), true), want, "{format} {json}");
    }
    assert_eq!(formatted("%d", &[Value::Float(f64::NAN)], true), "%!d(float64=NaN)");
}

#[test]
fn infinities_and_nan_print_as_in_go() {
    for (format, want) in [
        ("%v", "NaN +Inf -Inf"),
        ("%8v", "     NaN     +Inf     -Inf"),
        ("%08v", "     NaN     +Inf     -Inf"),
        ("%-8v|", "NaN     | +Inf    | -Inf    |"),
        ("%+v", "NaN +Inf -Inf"),
        ("% v", " NaN  Inf -Inf"),
        ("%+08f", "    +NaN     +Inf     -Inf"),
        ("% f", " NaN  Inf -Inf"),
        ("%x", "NaN +Inf -Inf"),
        ("%+d", "%!d(float64=+NaN) %!d(float64=+Inf) %!d(float64=-Inf)"),
    ] {
        let all: Vec<String> = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY]
            .map(|f| formatted(format, &[Value::Float(f)], false))
            .into();
        assert_eq!(all.join(" "), want, "{format}");
    }
    assert_eq!(printed(&Value::Float(f64::INFINITY)), "+Inf");
}

#[test]
fn records_and_other_maps_print_as_in_go() {
    let record = |n: Value| {
        Value::Record(Arc::new(Record {
            type_name: "main.T".into(),
            fields: vec![("Name".into(), n), ("X".into(), "z".into())],
        }))
    };
    for (format, value, want) in [
        ("%v", record(Value::Int(1)), "{1 z}"),
        ("%+v", record(Value::Null), "{Name:<nil> X:z}"),
        ("%#v", record(Value::Null), "main.T{Name:interface {}(nil), X:\"z\"}"),
        ("%d", record(Value::Int(1)), "{1 %!d(string=z)}"),
        ("%T", record(Value::Int(1)), "main.T"),
    ] {
        assert_eq!(formatted(format, &[value], false), want);
    }
    let map = |keys: Vec<Key>| Value::Map(keys.into_iter().map(|key| (key, Value::Null)).collect());
    for (value, want, want_type) in [
        (
            map(vec![Key::Int(10), Key::Int(9), Key::Int(-1)]),
            "map[-1:<nil> 9:<nil> 10:<nil>]",
            "map[int]interface {}",
        ),
        (
            map(vec![Key::Bool(true), Key::Bool(false)]),
            "map[false:<nil> true:<nil>]",
            "map[bool]interface {}",
        ),
        (
            map(vec![Key::String("a".into()), Key::Int(1)]),
            "map[1:<nil> a:<nil>]",
            "map[interface {}]interface {}",
        ),
    ] {
        assert_eq!(
            (printed(&value), value.type_name().into_owned()),
            (want.to_owned(), want_type.to_owned())
        );
    }
}

#[test]
fn text_that_is_not_utf8_keeps_its_bytes() {
    let bad = Value::String(vec![b'a', 0xFF, 0xE2, 0x82].into());
    let mut out = Vec::new();
    sprintf(
        b"\xfe%v|%6s|%.2s|%+q|%x|%\xff",
        &[bad.clone(), bad.clone(), bad.clone(), bad.clone(), bad],
        false,
        &mut out,
    )
    .unwrap();
    let want =
        b"\xfea\xff\xe2\x82|  a\xff\xe2\x82|a\xff|\"a\\xff\\xe2\\x82\"|61ffe282|%!\xef\xbf\xbd(MISSING)";
    assert_eq!(out, want, "{}", out.escape_ascii());
}

#[test]
fn huge_widths_and_precisions_are_bounded() {
    assert_eq!(formatted("%1000000d", &[Value::Int(1)], false).len(), 1_000_000);
    assert_eq!(formatted("%.1000000f", &[Value::Float(0.1)], false).len(), 1_000_002);
    assert_eq!(formatted("%.1000000e", &[Value::Float(0.1)], false).len(), 1_000_006);
    assert_eq!(formatted("%.1000000g", &[Value::Float(0.1)], false).len(), 57);
    assert_eq!(formatted("%.1000000x", &[Value::Float(1.5)], false).len(), 1_000_008);
    assert_eq!(formatted("%99999999d", &[Value::Int(1)], false), "%!(NOVERB)%!(EXTRA int=1)");
}

#[test]
fn truth_is_go_s() {
    for (json, want) in [
        ("null", false),
        ("false", false),
        ("0", false),
        ("0.0", false),
        ("-0.0", false),
        (r#""""#, false),
        ("[]", false),
        ("{}", false),
        (r#"{"$html":""}"#, false),
        (r#"{"$bytes":""}"#, false),
        ("true", true),
        ("-1", true),
        ("18446744073709551615", true),
        ("0.1", true),
        (r#""0""#, true),
        ("[null]", true),
        (r#"{"a":null}"#, true),
        (r#"{"$time":"0001-01-01T00:00:00Z"}"#, true),
    ] {
        assert_eq!(args(&format!("[{json}]"))[0].truth().unwrap(), want, "{json}");
    }
    assert!(Value::Float(f64::NAN).truth().unwrap());
    assert!(Value::Record(Arc::new(Record { type_name: "main.T".into(), fields: vec![] })).truth().unwrap());
}

/// Format, arguments as JSON, what `fmt.Sprintf` gives: written by a Go program.
#[rustfmt::skip]
const SPRINTF: &[(&str, &str, &str)] = &[
    // Integers and characters.
    ("100%% %c%s|%v", r#"[65,"x",null]"#, "100% Ax|<nil>"),
    ("%d %5d|%-5d|%05d|%+d|% d|%.3d|%8.3d|%-8.3d|%08.3d", r#"[42,42,42,42,42,42,42,42,42,42]"#, "42    42|42   |00042|+42| 42|042|     042|042     |     042"),
    ("%d %+.2d % 05d|%.0d|%5.0d|%x %X %#x %#X", r#"[-42,-42,-42,0,0,-255,-255,255,255]"#, "-42 -42 -0042||     |-ff -FF 0xff 0XFF"),
    ("%o %#o %O %b %#b %#.3o %#.2o", r#"[8,8,8,5,5,8,8]"#, "10 010 0o10 101 0b101 010 010"),
    ("%c|%3c|%-3c|%03c|%c|%c", r#"[65,66,67,68,128512,-1]"#, "A|  B|C  |00D|😀|�"),
    ("%q %+q %#q %q %q %q", r#"[65,233,65,39,10,1114112]"#, "'A' '\\u00e9' 'A' '\\'' '\\n' '�'"),
    ("%U %#U %.6U %#.6U|%10U|%-10U|%#U %U", r#"[65,65,65,128512,65,65,10,-1]"#, "U+0041 U+0041 'A' U+000041 U+01F600 '😀'|    U+0041|U+0041    |U+000A U+FFFFFFFFFFFFFFFF"),
    ("%v %d %x %#v %T", r#"[9223372036854775808,9223372036854775808,9223372036854775808,9223372036854775808,9223372036854775808]"#, "9223372036854775808 9223372036854775808 8000000000000000 0x8000000000000000 uint64"),
    // Floats.
    ("%v %v %v %v %v %v %v", r#"[1e+00,1e+06,1.23456e+05,1e-04,1e-05,1e+20,1e-01]"#, "1 1e+06 123456 0.0001 1e-05 1e+20 0.1"),
    ("%e %E %f %F %g %G", r#"[1.2345678e+03,1.2345678e+03,1.2345678e+03,1.2345678e+03,1e-10,1e-10]"#, "1.234568e+03 1.234568E+03 1234.567800 1234.567800 1e-10 1E-10"),
    ("%.0f %.0f %.0f %.1f %.1f %.2f %.3f", r#"[5e-01,1.5e+00,2.5e+00,2.5e-01,3.5e-01,1.005e+00,2.0005e+00]"#, "0 2 2 0.2 0.3 1.00 2.001"),
    ("%8.2f|%-8.2f|%08.2f|%+.2f|% .2f|%+08.2f|% 08.2f", r#"[3.14159e+00,3.14159e+00,3.14159e+00,3.14159e+00,3.14159e+00,-3.14159e+00,3.14159e+00]"#, "    3.14|3.14    |00003.14|+3.14| 3.14|-0003.14| 0003.14"),
    ("%.3g %.10g %.0g %g %g %g %g", r#"[1.23456e+05,1.23456e+05,1.2345e+03,1e+05,1e+06,1e+21,1.23456789e+08]"#, "1.23e+05 123456 1e+03 100000 1e+06 1e+21 1.23456789e+08"),
    ("%#g %#.3g %#v %#.0f %#e %#x %#X", r#"[1e+00,1e+00,1e+00,1e+00,1e+00,1.5e+00,1.5e+00]"#, "1.00000 1.00 1 1. 1.000000e+00 0x1.8000p+00 0X1.8P+00"),
    ("%b %x %X %.2x %.0x %x %x", r#"[1e+00,1e+00,-3.75e+00,3.141592653589793e+00,1.5e+00,0e+00,5e-324]"#, "4503599627370496p-52 0x1p+00 -0X1.EP+01 0x1.92p+01 0x1p+01 0x0p+00 0x1p-1074"),
    ("%.25f %.20e %.30g", r#"[1e-01,1e-01,1e-01]"#, "0.1000000000000000055511151 1.00000000000000005551e-01 0.100000000000000005551115123126"),
    ("%f %v %g", r#"[1e+100,1.7976931348623157e+308,5e-324]"#, "10000000000000000159028911097599180468360808563945281389781327557747838772170381060813469985856815104.000000 1.7976931348623157e+308 5e-324"),
    ("%6.3v|%-10v|%010v|%+v|% v", r#"[3.14159e+00,2.5e+00,-2.5e+00,2.5e+00,2.5e+00]"#, "  3.14|2.5       |-0000002.5|2.5| 2.5"),
    // Text and bytes.
    ("%s|%5s|%-5s|%05s|%.2s|%5.1s|%.0s", r#"["héllo","ab","ab","ab","héllo","é☺","x"]"#, "héllo|   ab|ab   |000ab|hé|    é|"),
    ("%q %+q %#q %#q %.1q|%8q|%-8q|%08q", r#"["a\"b\\é\u200b\n\u0007","é☺\u200b","a`b","ab","éa","a","a","a"]"#, "\"a\\\"b\\\\é\\u200b\\n\\a\" \"\\u00e9\\u263a\\u200b\" \"a`b\" `ab` \"é\"|     \"a\"|\"a\"     |00000\"a\""),
    ("%x %X % x %#x %# x %.2x|%8x|%-8x|%x", r#"["hello","hello","hello","hello","hello","hello","ab","ab",""]"#, "68656c6c6f 68656C6C6F 68 65 6c 6c 6f 0x68656c6c6f 0x68 0x65 0x6c 0x6c 0x6f 6865|    6162|6162    |"),
    ("%v %s %q %d", r#"[{"$html":"<b>"},{"$url":"u"},{"$html":"x"},{"$html":"x"}]"#, "<b> u \"x\" %!d(template.HTML=x)"),
    ("%#v %T %T %T", r#"[{"$html":"<b>"},{"$html":"<b>"},"s",{"$bytes":"Yg=="}]"#, "\"<b>\" template.HTML string []uint8"),
    ("%v %s %x %q %d %#v|%4d|% x|%#x|%t|%c", r#"[{"$bytes":"aGk="},{"$bytes":"aGk="},{"$bytes":"aGk="},{"$bytes":"aGk="},{"$bytes":"aGk="},{"$bytes":"aGk="},{"$bytes":"aGk="},{"$bytes":"aGk="},{"$bytes":"aGk="},{"$bytes":"aGk="},{"$bytes":"aGk="}]"#, "[104 105] hi 6869 \"hi\" [104 105] []byte{0x68, 0x69}|[ 104  105]|68 69|0x6869|[%!t(uint8=104) %!t(uint8=105)]|[h i]"),
    // Booleans and nil.
    ("%t %v %5t|%-7t|%07t|%s|%d", r#"[true,false,true,true,false,true,true]"#, "true false  true|true   |00false|%!s(bool=true)|%!d(bool=true)"),
    ("%v %+v %#v %T %s %d|%6v|%-6v|", r#"[null,null,null,null,null,null,null,null]"#, "<nil> <nil> <nil> <nil> %!s(<nil>) %!d(<nil>)| <nil>|<nil> |"),
    // Lists, maps, times.
    ("%v", r#"[[1,"a",null,2.5e+00,true,["x"]]]"#, "[1 a <nil> 2.5 true [x]]"),
    ("%v", r#"[{"k":2}]"#, "map[k:2]"),
    ("%+v", r#"[[1,"a",null,2.5e+00,true,["x"]]]"#, "[1 a <nil> 2.5 true [x]]"),
    ("%+v", r#"[{"k":2}]"#, "map[k:2]"),
    ("%#v", r#"[[1,"a",null,2.5e+00,true,["x"]]]"#, "[]interface {}{1, \"a\", interface {}(nil), 2.5, true, []interface {}{\"x\"}}"),
    ("%#v", r#"[{"k":2}]"#, "map[string]interface {}{\"k\":2}"),
    ("%d", r#"[[1,"a",null,2.5e+00,true,["x"]]]"#, "[1 %!d(string=a) <nil> %!d(float64=2.5) %!d(bool=true) [%!d(string=x)]]"),
    ("%d", r#"[{"k":2}]"#, "map[%!d(string=k):2]"),
    ("%s", r#"[[1,"a",null,2.5e+00,true,["x"]]]"#, "[%!s(int=1) a <nil> %!s(float64=2.5) %!s(bool=true) [x]]"),
    ("%s", r#"[{"k":2}]"#, "map[k:%!s(int=2)]"),
    ("%q", r#"[[1,"a",null,2.5e+00,true,["x"]]]"#, "['\\x01' \"a\" <nil> %!q(float64=2.5) %!q(bool=true) [\"x\"]]"),
    ("%q", r#"[{"k":2}]"#, "map[\"k\":'\\x02']"),
    ("%x", r#"[[1,"a",null,2.5e+00,true,["x"]]]"#, "[1 61 <nil> 0x1.4p+01 %!x(bool=true) [78]]"),
    ("%x", r#"[{"k":2}]"#, "map[6b:2]"),
    ("%4v", r#"[[1,"a",null,2.5e+00,true,["x"]]]"#, "[   1    a <nil>  2.5 true [   x]]"),
    ("%4v", r#"[{"k":2}]"#, "map[   k:   2]"),
    ("%-4d|", r#"[[1,"a",null,2.5e+00,true,["x"]]]"#, "[1    %!d(string=a   ) <nil> %!d(float64=2.5 ) %!d(bool=true) [%!d(string=x   )]]|"),
    ("%-4d|", r#"[{"k":2}]"#, "map[%!d(string=k   ):2   ]|"),
    ("%T", r#"[[1,"a",null,2.5e+00,true,["x"]]]"#, "[]interface {}"),
    ("%T", r#"[{"k":2}]"#, "map[string]interface {}"),
    ("%t", r#"[[1,"a",null,2.5e+00,true,["x"]]]"#, "[%!t(int=1) %!t(string=a) <nil> %!t(float64=2.5) true [%!t(string=x)]]"),
    ("%t", r#"[{"k":2}]"#, "map[%!t(string=k):%!t(int=2)]"),
    ("%5.1f", r#"[[1,"a",null,2.5e+00,true,["x"]]]"#, "[%!f(int=    1) %!f(string=    a) <nil>   2.5 %!f(bool= true) [%!f(string=    x)]]"),
    ("%5.1f", r#"[{"k":2}]"#, "map[%!f(string=    k):%!f(int=    2)]"),
    ("%w", r#"[[1,"a",null,2.5e+00,true,["x"]]]"#, "%!w([]interface {}=[1 a <nil> 2.5 true [x]])"),
    ("%w", r#"[{"k":2}]"#, "%!w(map[string]interface {}=map[k:2])"),
    ("%v %+v", r#"[{"b":1,"a":["x",{"$bytes":"eQ=="}]},{"b":1,"a":["x",{"$bytes":"eQ=="}]}]"#, "map[a:[x [121]] b:1] map[a:[x [121]] b:1]"),
    ("%#v", r#"[[["x",{"$bytes":"eQ=="}]]]"#, "[]interface {}{[]interface {}{\"x\", []uint8{0x79}}}"),
    ("%#v", r#"[{"k":null}]"#, "map[string]interface {}{\"k\":interface {}(nil)}"),
    ("%v %#v %v %#v", r#"[[],[],{},{}]"#, "[] []interface {}{} map[] map[string]interface {}{}"),
    ("%v|%s|%q|%40v|%.4s|%x", r#"[{"$time":"2025-08-08T14:30:26.000005Z"},{"$time":"2025-08-08T14:30:26.000005Z"},{"$time":"2025-08-08T14:30:26-04:30"},{"$time":"2025-08-08T14:30:26.000005Z"},{"$time":"2025-08-08T14:30:26.000005Z"},{"$time":"2025-08-08T14:30:26-04:30"}]"#, "2025-08-08 14:30:26.000005 +0000 UTC|2025-08-08 14:30:26.000005 +0000 UTC|\"2025-08-08 14:30:26 -0430 -0430\"|    2025-08-08 14:30:26.000005 +0000 UTC|2025|323032352d30382d30382031343a33303a3236202d30343330202d30343330"),
    ("%#v %#v", r#"[{"$time":"2025-08-08T14:30:26.000005Z"},{"$time":"2025-08-08T14:30:26.000005Z"}]"#, "time.Date(2025, time.August, 8, 14, 30, 26, 5000, time.UTC) time.Date(2025, time.August, 8, 14, 30, 26, 5000, time.UTC)"),
    ("%d|%T|%t|%5.3d|%v", r#"[{"$time":"2025-08-08T14:30:26.000005Z"},{"$time":"2025-08-08T14:30:26.000005Z"},{"$time":"2025-08-08T14:30:26.000005Z"},{"$time":"2025-08-08T14:30:26.000005Z"},[{"$time":"2025-08-08T14:30:26-04:30"}]]"#, "{5000 63890260226 0}|time.Time|{%!t(uint64=5000) %!t(int64=63890260226) %!t(*time.Location=<nil>)}|{ 5000 63890260226   000}|[2025-08-08 14:30:26 -0430 -0430]"),
    ("%w", r#"[{"$time":"2025-08-08T14:30:26.000005Z"}]"#, "%!w(time.Time={5000 63890260226 <nil>})"),
    // `*` and `[n]`.
    ("%*d|%-*d|%*d|%.*f|%*.*f", r#"[5,42,5,42,-5,42,2,3.14159e+00,8,2,3.14159e+00]"#, "   42|42   |42   |3.14|    3.14"),
    ("%[2]d %[1]d", r#"[1,2]"#, "2 1"),
    ("%[1]d %[1]v %d", r#"[1,2]"#, "1 1 2"),
    ("%[2]*[1]d|%-[2]*[1]d|%.[2]*[1]f", r#"[1.2e+01,6]"#, "%!d(float64=    12)|%!d(float64=12    )|12.000000"),
    ("%[3]*.[2]*[1]f", r#"[1.2e+01,2,6]"#, " 12.00"),
    ("%6.2f|%[2]*.[1]*[3]f", r#"[1.2e+01,2,6.5e+00]"#, " 12.00|%!(BADPREC)6.500000"),
    // What is wrong with a format.
    ("%d", r#"["x"]"#, "%!d(string=x)"),
    ("%s %z %!", r#"[1,2,3]"#, "%!s(int=1) %!z(int=2) %!!(int=3)"),
    ("%", r#"[]"#, "%!(NOVERB)"),
    ("%d %d", r#"[1]"#, "1 %!d(MISSING)"),
    ("%d", r#"[1,2,"x",null,2.5e+00]"#, "1%!(EXTRA int=2, string=x, <nil>, float64=2.5)"),
    ("%!", r#"[]"#, "%!!(MISSING)"),
    ("x%", r#"[]"#, "x%!(NOVERB)"),
    ("%-", r#"[]"#, "%!(NOVERB)"),
    ("%.", r#"[1]"#, "%!.(int=1)"),
    ("%[3]d", r#"[1]"#, "%!d(BADINDEX)"),
    ("%[0]d %[x]d %[]d", r#"[1]"#, "%!d(BADINDEX) %!d(BADINDEX) %!d(BADINDEX)"),
    ("%[1", r#"[1]"#, "%!(NOVERB)"),
    ("%[1]", r#"[1]"#, "%!(NOVERB)"),
    ("%*d", r#"["x",1]"#, "%!(BADWIDTH)1"),
    ("%.*d", r#"["x",1]"#, "%!(BADPREC)1"),
    ("%.*d", r#"[-1,1]"#, "%!(BADPREC)1"),
    ("%*d", r#"[10000001,1]"#, "%!(BADWIDTH)1"),
    ("%[5]*d", r#"[1]"#, "%!d(BADINDEX)"),
    ("%[2]2d", r#"[1,2]"#, "%!d(BADINDEX)"),
    ("%[1].2d", r#"[1,2]"#, "%!d(BADINDEX)"),
    ("%.[2]d", r#"[1,2]"#, "2"),
    ("%é %ü", r#"[1,"x"]"#, "%!é(int=1) %!ü(string=x)"),
    ("%d%%%s", r#"[1]"#, "1%%!s(MISSING)"),
    ("%s", r#"[2.5e+00]"#, "%!s(float64=2.5)"),
    ("%08d %+d %#d", r#"["abc","abc","abc"]"#, "%!d(string=00000abc) %!d(string=abc) %!d(string=abc)"),
    ("%t", r#"[1]"#, "%!t(int=1)"),
    ("%q", r#"[2.5e+00]"#, "%!q(float64=2.5)"),
    ("%f", r#"[1]"#, "%!f(int=1)"),
    ("%d", r#"[2.5e+00]"#, "%!d(float64=2.5)"),
    ("%d", r#"[2e+00]"#, "%!d(float64=2)"),
    ("%c %U %o %O", r#"[1e+00,1e+00,1e+00,1e+00]"#, "%!c(float64=1) %!U(float64=1) %!o(float64=1) %!O(float64=1)"),
    ("%99999999d", r#"[1]"#, "%!(NOVERB)%!(EXTRA int=1)"),
    ("%.d|%.f|%.s|%5.d", r#"[0,2.7e+00,"x",0]"#, "|3||     "),
];

/// Arguments as JSON, what `fmt.Sprint` and `fmt.Sprintln` give: written by a Go program.
#[rustfmt::skip]
const SPRINT: &[(&str, &str, &str)] = &[
    (r#"[]"#, "", "\n"),
    (r#"[1]"#, "1", "1\n"),
    (r#"[1,2]"#, "1 2", "1 2\n"),
    (r#"["a","b"]"#, "ab", "a b\n"),
    (r#"["a",1,2,"b",3]"#, "a1 2b3", "a 1 2 b 3\n"),
    (r#"[null,null]"#, "<nil> <nil>", "<nil> <nil>\n"),
    (r#"[1,null,true,2.5e+00]"#, "1 <nil> true 2.5", "1 <nil> true 2.5\n"),
    (r#"[{"$html":"x"},1,2]"#, "x1 2", "x 1 2\n"),
    (r#"[{"$bytes":"YQ=="},[],1]"#, "[97] [] 1", "[97] [] 1\n"),
    (r#"[{"$time":"2025-08-08T14:30:26.000005Z"},1,"x",{"$time":"2025-08-08T14:30:26.000005Z"}]"#, "2025-08-08 14:30:26.000005 +0000 UTC 1x2025-08-08 14:30:26.000005 +0000 UTC", "2025-08-08 14:30:26.000005 +0000 UTC 1 x 2025-08-08 14:30:26.000005 +0000 UTC\n"),
    (r#"["",1,""]"#, "1", " 1 \n"),
    (r#"[[1,"a",null,2.5e+00,true,["x"]],{"b":1,"a":["x",{"$bytes":"eQ=="}]}]"#, "[1 a <nil> 2.5 true [x]] map[a:[x [121]] b:1]", "[1 a <nil> 2.5 true [x]] map[a:[x [121]] b:1]\n"),
];
