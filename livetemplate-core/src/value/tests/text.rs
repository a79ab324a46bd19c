use super::*;
use std::collections::HashSet;

/// Texts of all lengths around the one up to which they stand in place.
fn bytes() -> Vec<Vec<u8>> {
    let mut texts: Vec<Vec<u8>> = (0..20).map(|len| (0..len).map(|i| b'a' + i).collect()).collect();
    // The same but for zeros at the end, for the order of the last byte, and for what is not UTF-8.
    for len in 1..12 {
        texts.push([&texts[len][..len - 1], b"\0"].concat());
        texts.push([&texts[len][..len - 1], b"\xff"].concat());
        texts.push([&texts[len][..len - 1], b"~"].concat());
    }
    texts
}

#[test]
fn text_compares_as_its_bytes() {
    for a in bytes() {
        let text = Text::from(&a[..]);
        assert_eq!(text.as_bytes(), a);
        assert_eq!(text.clone().as_bytes(), a);
        for b in bytes() {
            let other = Text::from(b.clone());
            assert_eq!(text == other, a == b, "{a:?} {b:?}");
            assert_eq!(text.cmp(&other), a.cmp(&b), "{a:?} {b:?}");
        }
    }
    let texts: HashSet<Text> = bytes().into_iter().chain(bytes()).map(Text::from).collect();
    assert_eq!(texts.len(), bytes().len());
    assert_eq!(
        format!("{:?} {:?}", Text::from("a\"b"), Text::from("longer text")),
        r#""a\"b" "longer text""#
    );
}

#[test]
fn strings_of_any_length_are_read_from_json() {
    let strings: Vec<String> = bytes().into_iter().filter_map(|text| String::from_utf8(text).ok()).collect();
    let strings: Vec<String> = strings.into_iter().filter(|text| !text.contains('\0')).collect();
    // Alone, so that the end of the JSON text is near, and one after the other.
    let mut texts: Vec<String> = strings.iter().map(|text| format!("\"{text}\"")).collect();
    texts.push(format!("[{}]", texts.join(",")));
    let all: Vec<Value> = strings.iter().map(|text| text.clone().into()).collect();
    let mut wanted = all.clone();
    wanted.push(all.into());
    for (json, want) in texts.iter().zip(wanted) {
        for read in [Value::from_json, Value::from_json_whole] {
            let value = read(json.as_bytes(), DataFlags::default()).unwrap();
            assert!(value.same(&want), "{json}: {value:?}");
        }
    }
}
