//! Tests of the module. What Go gives was written by Go programs.

use super::*;

mod json;
mod list;
mod map;
mod patch;
mod print;
mod reread;
mod text;
mod time;

#[test]
fn numbers_are_the_same_data_only_with_their_type() {
    let number = |kind, bits| Value::from(Number::new(kind, bits).unwrap());
    let values = [
        Value::Int(1),
        Value::Float(1.0),
        number(NumberType::Int8, 1),
        number(NumberType::Uint8, 1),
        number(NumberType::Month, 1),
        Number::float32(1.0).into(),
        Value::Complex64(1.0, 0.0),
        Value::Complex128(1.0, 0.0),
    ];
    for (i, a) in values.iter().enumerate() {
        for (j, b) in values.iter().enumerate() {
            assert_eq!(a.same(b), i == j, "{a:?} {b:?}");
        }
    }
}

#[test]
fn numbers_outside_their_type_are_refused() {
    for (kind, bits, fits) in [
        (NumberType::Int8, -128i64 as u64, true),
        (NumberType::Int8, 128, false),
        (NumberType::Int32, i64::MIN as u64, false),
        (NumberType::Uint8, 255, true),
        (NumberType::Uint8, 256, false),
        (NumberType::Uint32, u64::MAX, false),
        (NumberType::Uint64, u64::MAX, true),
        (NumberType::Float32, 1 << 32, false),
        (NumberType::Weekday, -1i64 as u64, true),
    ] {
        let number = Number::new(kind, bits);
        assert_eq!(
            number.map(|n| (n.number_type(), n.bits())),
            fits.then_some((kind, bits)),
            "{kind:?} {bits}"
        );
    }
}

#[test]
fn json_has_numbers_without_their_type() {
    let list = Value::from(vec![
        Number::new(NumberType::Int8, -8i64 as u64).unwrap().into(),
        Number::new(NumberType::Uint64, u64::MAX).unwrap().into(),
        Number::new(NumberType::Month, 3).unwrap().into(),
        Number::duration(1_500).into(),
        Number::float32(0.1).into(),
        Number::float32(2.0).into(),
        Number::float32(1e-7).into(),
    ]);
    let mut out = Vec::new();
    list.write_json(DataFlags::default(), &mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), "[-8,18446744073709551615,3,1500,0.1,2.0,1e-7]");
    for refused in [Value::Complex128(1.0, 2.0), Number::float32(f32::NAN).into()] {
        let error = Value::from(vec![refused]).write_json(DataFlags::default(), &mut Vec::new()).unwrap_err();
        assert_eq!(error.code(), crate::error::Code::InvalidData);
    }
}

#[test]
fn a_value_takes_24_bytes() {
    assert_eq!(size_of::<Value>(), 24);
    assert_eq!(size_of::<Time>(), 16);
}
