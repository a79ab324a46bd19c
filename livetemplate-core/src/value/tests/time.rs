use super::*;

fn call(time: Time, method: &str, args: &[Value]) -> Value {
    time.call(method, args).unwrap().unwrap()
}

fn shown(value: &Value) -> String {
    let mut out = Vec::new();
    value.print(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn layouts_are_go_s() {
    let times = TIMES.map(|((seconds, nanos, offset), _)| Time::new(seconds, nanos, offset));
    for (layout, want) in LAYOUTS {
        for (time, want) in times.iter().zip(want) {
            assert_eq!(shown(&call(*time, "Format", &[Value::from(*layout)])), *want, "{layout}");
        }
    }
}

#[test]
fn methods_are_go_s() {
    const METHODS: [&str; 16] = [
        "Unix",
        "UnixMilli",
        "UnixMicro",
        "UnixNano",
        "Year",
        "Month",
        "Day",
        "Hour",
        "Minute",
        "Second",
        "Nanosecond",
        "Weekday",
        "YearDay",
        "IsZero",
        "UTC",
        "String",
    ];
    for ((seconds, nanos, offset), want) in TIMES {
        let time = Time::new(seconds, nanos, offset);
        let parts: Vec<String> = METHODS.iter().map(|method| shown(&call(time, method, &[]))).collect();
        assert_eq!(parts.join(" "), want);
    }
    let zero = Time::parse_rfc3339("0001-01-01T00:00:00Z").unwrap();
    assert_eq!(shown(&call(zero, "IsZero", &[])), "true");
    let early = Time::parse_rfc3339("2025-08-08T14:30:26.1+02:00").unwrap();
    let late = Time::parse_rfc3339("2025-08-08T12:30:26.2Z").unwrap();
    let same = Time::parse_rfc3339("2025-08-08T12:30:26.1Z").unwrap();
    for (method, other, want) in [
        ("Before", late, "true"),
        ("Before", same, "false"),
        ("After", late, "false"),
        ("After", same, "false"),
        ("Equal", same, "true"),
        ("Equal", late, "false"),
    ] {
        assert_eq!(shown(&call(early, method, &[Value::Time(other)])), want, "{method}");
    }
}

#[test]
fn wrong_arguments_get_go_s_words() {
    let time = Time::new(0, 0, 0);
    for (method, args, want) in [
        ("Format", vec![], "wrong number of args for Format: want 1 got 0"),
        ("Year", vec![Value::Int(1)], "wrong number of args for Year: want 0 got 1"),
        ("Format", vec![Value::Int(1)], "wrong type for value; expected string; got int"),
        ("Format", vec![Value::Null], "invalid value; expected string"),
        ("Before", vec![Value::from("x")], "wrong type for value; expected time.Time; got string"),
    ] {
        assert_eq!(time.call(method, &args).unwrap().unwrap_err(), want);
    }
    assert!(time.call("format", &[]).is_none());
    assert!(time.call("AppendFormat", &[]).is_none());
    assert_eq!((Time::arity("Format"), Time::arity("Year"), Time::arity("Foo")), (Some(1), Some(0), None));
}

#[test]
fn rfc3339_is_read_as_in_go() {
    for (text, want) in [
        ("2025-08-08T14:30:26Z", Some((1754663426, 0, 0))),
        ("2025-08-08T14:30:26+00:00", Some((1754663426, 0, 0))),
        ("2025-08-08T14:30:26-00:00", Some((1754663426, 0, 0))),
        ("2025-08-08T14:30:26.123456789+02:30", Some((1754654426, 123456789, 9000))),
        ("2025-08-08T14:30:26.1234567899Z", Some((1754663426, 123456789, 0))),
        ("2025-08-08T1:30:26,5Z", Some((1754616626, 500000000, 0))),
        ("0000-01-01T00:00:00Z", Some((-62167219200, 0, 0))),
        ("9999-12-31T23:59:59Z", Some((253402300799, 0, 0))),
        ("2024-02-29T00:00:00Z", Some((1709164800, 0, 0))),
        ("2000-02-29T00:00:00Z", Some((951782400, 0, 0))),
        ("2025-08-08T14:30:26+24:60", Some((1754573426, 0, 90000))),
        ("2023-02-29T00:00:00Z", None),
        ("1900-02-29T00:00:00Z", None),
        ("2025-04-31T00:00:00Z", None),
        ("2025-00-01T00:00:00Z", None),
        ("2025-13-01T00:00:00Z", None),
        ("2025-01-00T00:00:00Z", None),
        ("2025-08-08T24:00:00Z", None),
        ("2025-08-08T14:60:00Z", None),
        ("2025-08-08T14:30:60Z", None),
        ("2025-08-08T14:30:26", None),
        ("2025-08-08T14:30:26.Z", None),
        ("2025-08-08T14:30:26z", None),
        ("2025-08-08t14:30:26Z", None),
        ("2025-08-08 14:30:26Z", None),
        ("2025-08-08T14:30:26+0200", None),
        ("2025-08-08T14:30:26+02:00x", None),
        ("2025-08-08T14:30:26+25:00", None),
        ("2025-08-08T14:30:26+٢2:00", None),
        ("2025-8-08T14:30:26Z", None),
        ("", None),
    ] {
        let read = Time::parse_rfc3339(text).map(|time| (time.seconds(), time.nanos(), time.offset()));
        assert_eq!(read, want, "{text}");
    }
}

#[test]
fn every_day_of_eight_centuries_is_counted_right() {
    // An independent count: day by day.
    let (mut year, mut month, mut day, mut year_day, mut weekday) = (1599_i64, 1, 1, 1, 5);
    let start = Time::parse_rfc3339("1599-01-01T00:00:00Z").unwrap().seconds();
    for days in 0..292_200 {
        let time = Time::new(start + days * 86_400, 0, 0);
        let got =
            ["Year", "Month", "Day", "YearDay", "Weekday"].map(|method| shown(&call(time, method, &[])));
        let months = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
        let want = [
            year.to_string(),
            months[month - 1].to_owned(),
            day.to_string(),
            year_day.to_string(),
            weekdays[weekday].to_owned(),
        ];
        assert_eq!(got, want);
        assert_eq!(Time::parse_rfc3339(&time.to_rfc3339()), Some(time));
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
        (day, year_day, weekday) = (day + 1, year_day + 1, (weekday + 1) % 7);
        if day > length {
            (day, month) = (1, month + 1);
        }
        if month > 12 {
            (month, year, year_day) = (1, year + 1, 1);
        }
    }
}

#[test]
fn extreme_times_do_not_panic() {
    for seconds in [i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX] {
        for (nanos, offset) in [(0, 0), (u32::MAX, i32::MAX), (999_999_999, i32::MIN)] {
            let time = Time::new(seconds, nanos, offset);
            for method in ["String", "Year", "UnixNano", "UTC", "YearDay", "Weekday"] {
                assert!(!shown(&call(time, method, &[])).is_empty());
            }
            let mut out = Vec::new();
            sprintf(b"%d %#v", &[Value::Time(time), Value::Time(time)], false, &mut out).unwrap();
            assert!(Value::Time(time).write_json(DataFlags::default(), &mut out).is_err());
            assert!(Value::Time(time).marshal_json(&mut out).is_err());
            assert!(!out.is_empty());
        }
    }
    assert_eq!(shown(&Value::Time(Time::new(1 << 62, 0, 0))), "146138514283-06-19 07:45:04 +0000 UTC");
    assert_eq!(shown(&Value::Time(Time::new(-(1 << 62), 0, 0))), "-146138510344-07-14 16:14:56 +0000 UTC");
}

/// Seconds, nanoseconds and offset; the results of all methods, a space between: written by a Go program.
#[rustfmt::skip]
const TIMES: [((i64, u32, i32), &str); 4] = [
    ((1754663426, 120000000, 0), "1754663426 1754663426120 1754663426120000 1754663426120000000 2025 August 8 14 30 26 120000000 Friday 220 false 2025-08-08 14:30:26.12 +0000 UTC 2025-08-08 14:30:26.12 +0000 UTC"),
    ((1231130049, 0, -16200), "1231130049 1231130049000 1231130049000000 1231130049000000000 2009 January 5 0 4 9 0 Monday 5 false 2009-01-05 04:34:09 +0000 UTC 2009-01-05 00:04:09 -0430 -0430"),
    ((-63549320008, 1, 3208), "-63549320008 -63549320008000 -63549320008000000 -8209087786871345151 -44 March 15 12 0 0 1 Thursday 75 false -0044-03-15 11:06:32.000000001 +0000 UTC -0044-03-15 12:00:00.000000001 +0053 +0053"),
    ((327434918399, 999999999, 0), "327434918399 327434918399999 327434918399999999 -4606474926771929089 12345 December 31 23 59 59 999999999 Monday 365 false 12345-12-31 23:59:59.999999999 +0000 UTC 12345-12-31 23:59:59.999999999 +0000 UTC"),
];

/// What `Time.Format` gives for each of `TIMES`: written by a Go program.
#[rustfmt::skip]
const LAYOUTS: &[(&str, [&str; 4])] = &[
    ("Mon Jan _2 15:04:05 2006", ["Fri Aug  8 14:30:26 2025", "Mon Jan  5 00:04:09 2009", "Thu Mar 15 12:00:00 -0044", "Mon Dec 31 23:59:59 12345"]),
    ("Mon Jan _2 15:04:05 MST 2006", ["Fri Aug  8 14:30:26 UTC 2025", "Mon Jan  5 00:04:09 -0430 2009", "Thu Mar 15 12:00:00 +0053 -0044", "Mon Dec 31 23:59:59 UTC 12345"]),
    ("Mon Jan 02 15:04:05 -0700 2006", ["Fri Aug 08 14:30:26 +0000 2025", "Mon Jan 05 00:04:09 -0430 2009", "Thu Mar 15 12:00:00 +0053 -0044", "Mon Dec 31 23:59:59 +0000 12345"]),
    ("02 Jan 06 15:04 MST", ["08 Aug 25 14:30 UTC", "05 Jan 09 00:04 -0430", "15 Mar 44 12:00 +0053", "31 Dec 45 23:59 UTC"]),
    ("02 Jan 06 15:04 -0700", ["08 Aug 25 14:30 +0000", "05 Jan 09 00:04 -0430", "15 Mar 44 12:00 +0053", "31 Dec 45 23:59 +0000"]),
    ("Monday, 02-Jan-06 15:04:05 MST", ["Friday, 08-Aug-25 14:30:26 UTC", "Monday, 05-Jan-09 00:04:09 -0430", "Thursday, 15-Mar-44 12:00:00 +0053", "Monday, 31-Dec-45 23:59:59 UTC"]),
    ("Mon, 02 Jan 2006 15:04:05 MST", ["Fri, 08 Aug 2025 14:30:26 UTC", "Mon, 05 Jan 2009 00:04:09 -0430", "Thu, 15 Mar -0044 12:00:00 +0053", "Mon, 31 Dec 12345 23:59:59 UTC"]),
    ("Mon, 02 Jan 2006 15:04:05 -0700", ["Fri, 08 Aug 2025 14:30:26 +0000", "Mon, 05 Jan 2009 00:04:09 -0430", "Thu, 15 Mar -0044 12:00:00 +0053", "Mon, 31 Dec 12345 23:59:59 +0000"]),
    ("2006-01-02T15:04:05Z07:00", ["2025-08-08T14:30:26Z", "2009-01-05T00:04:09-04:30", "-0044-03-15T12:00:00+00:53", "12345-12-31T23:59:59Z"]),
    ("2006-01-02T15:04:05.999999999Z07:00", ["2025-08-08T14:30:26.12Z", "2009-01-05T00:04:09-04:30", "-0044-03-15T12:00:00.000000001+00:53", "12345-12-31T23:59:59.999999999Z"]),
    ("3:04PM", ["2:30PM", "12:04AM", "12:00PM", "11:59PM"]),
    ("Jan _2 15:04:05", ["Aug  8 14:30:26", "Jan  5 00:04:09", "Mar 15 12:00:00", "Dec 31 23:59:59"]),
    ("Jan _2 15:04:05.000", ["Aug  8 14:30:26.120", "Jan  5 00:04:09.000", "Mar 15 12:00:00.000", "Dec 31 23:59:59.999"]),
    ("Jan _2 15:04:05.000000000", ["Aug  8 14:30:26.120000000", "Jan  5 00:04:09.000000000", "Mar 15 12:00:00.000000001", "Dec 31 23:59:59.999999999"]),
    ("2006-01-02 15:04:05", ["2025-08-08 14:30:26", "2009-01-05 00:04:09", "-0044-03-15 12:00:00", "12345-12-31 23:59:59"]),
    ("2006-01-02", ["2025-08-08", "2009-01-05", "-0044-03-15", "12345-12-31"]),
    ("15:04:05", ["14:30:26", "00:04:09", "12:00:00", "23:59:59"]),
    ("January Jan 1 01 Monday Mon 2 _2 02 002 __2 06 2006", ["August Aug 8 08 Friday Fri 8  8 08 220 220 25 2025", "January Jan 1 01 Monday Mon 5  5 05 005   5 09 2009", "March Mar 3 03 Thursday Thu 15 15 15 075  75 44 -0044", "December Dec 12 12 Monday Mon 31 31 31 365 365 45 12345"]),
    ("15 3 03 4 04 5 05 PM pm", ["14 2 02 30 30 26 26 PM pm", "00 12 12 4 04 9 09 AM am", "12 12 12 0 00 0 00 PM pm", "23 11 11 59 59 59 59 PM pm"]),
    (".0 .000 ,00 .9 .999999999 05.000 05,999999 .00x .01", [".1 .120 ,12 .1 .12 26.120 26,12 .12x .08", ".0 .000 ,00   09.000 09 .00x .01", ".0 .000 ,00  .000000001 00.000 00 .00x .03", ".9 .999 ,99 .9 .999999999 59.999 59,999999 .99x .12"]),
    ("Z07 Z0700 Z07:00 Z070000 Z07:00:00", ["Z Z Z Z Z", "-04 -0430 -04:30 -043000 -04:30:00", "+00 +0053 +00:53 +005328 +00:53:28", "Z Z Z Z Z"]),
    ("-07 -0700 -07:00 -070000 -07:00:00 MST", ["+00 +0000 +00:00 +000000 +00:00:00 UTC", "-04 -0430 -04:30 -043000 -04:30:00 -0430", "+00 +0053 +00:53 +005328 +00:53:28 +0053", "+00 +0000 +00:00 +000000 +00:00:00 UTC"]),
    ("Janet Monte Januar Mondays _2006 _20 200 20060102150405", ["Janet Monte Januar Fridays _2025  80 800 20250808143026", "Janet Monte Januar Mondays _2009  50 500 20090105000409", "Janet Monte Januar Thursdays _-0044 150 1500 -00440315120000", "Janet Monte Januar Mondays _12345 310 3100 123451231235959"]),
    ("é 2006年1月2日 at 3 o'clock", ["é 2025年8月8日 at 2 o'clock", "é 2009年1月5日 at 12 o'clock", "é -0044年3月15日 at 12 o'clock", "é 12345年12月31日 at 11 o'clock"]),
    ("", ["", "", "", ""]),
];
