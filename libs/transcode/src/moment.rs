//! Timestamps (RFC 3339) and durations as text.

use crate::text;

/// Seconds and nanoseconds, of a `Timestamp` (since 1970, nanoseconds count forward) or a `Duration` (both of one sign).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Moment {
    pub seconds: i64,
    pub nanos: i32,
}

/// 0001-01-01T00:00:00Z.
const FIRST_SECOND: i64 = -62_135_596_800;
/// 9999-12-31T23:59:59Z.
const LAST_SECOND: i64 = 253_402_300_799;
/// About 10,000 years, the bound of `google.protobuf.Duration`.
const LONGEST: i64 = 315_576_000_000;
const NANOS: i32 = 1_000_000_000;

const NOT_A_TIME: &str = "expected an RFC 3339 time such as \"2024-05-01T09:30:00Z\"";
const NOT_A_DURATION: &str = "expected a duration such as \"1.5s\"";

/// Reads an RFC 3339 time: capital `T` and `Z`, up to 9 digits of a second, an offset allowed, no leap second.
pub(crate) fn parse_timestamp(text: &[u8]) -> Result<Moment, &'static str> {
    let moment = scan_timestamp(text).ok_or(NOT_A_TIME)?;
    if !(FIRST_SECOND..=LAST_SECOND).contains(&moment.seconds) {
        return Err("a time must be within the years 1 to 9999");
    }
    Ok(moment)
}

fn scan_timestamp(text: &[u8]) -> Option<Moment> {
    let (head, mut rest) = text.split_first_chunk::<19>()?;
    let number = |range: std::ops::Range<usize>| {
        head[range].iter().try_fold(0i64, |value, digit| {
            digit
                .is_ascii_digit()
                .then(|| value * 10 + i64::from(digit - b'0'))
        })
    };
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if marks.iter().any(|(at, mark)| head[*at] != *mark) {
        return None;
    }
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let valid = (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !valid {
        return None;
    }
    let mut nanos = 0;
    if let [b'.', after @ ..] = rest {
        (nanos, rest) = fraction(after)?;
    }
    let offset = match rest {
        [b'Z'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let digits = [*h1, *h2, *m1, *m2];
            if !digits.iter().all(u8::is_ascii_digit) {
                return None;
            }
            let [h1, h2, m1, m2] = digits.map(|digit| i64::from(digit - b'0'));
            let (hours, minutes) = (h1 * 10 + h2, m1 * 10 + m2);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let ahead = hours * 3600 + minutes * 60;
            if *sign == b'+' { ahead } else { -ahead }
        }
        _ => return None,
    };
    let seconds = days_from(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
    Some(Moment { seconds, nanos })
}

/// One to nine digits as nanoseconds, and what follows them.
fn fraction(text: &[u8]) -> Option<(i32, &[u8])> {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=9).contains(&count) {
        return None;
    }
    let digits = text[..count]
        .iter()
        .fold(0, |value, digit| value * 10 + i32::from(digit - b'0'));
    Some((digits * 10i32.pow(9 - count as u32), &text[count..]))
}

/// Reads a duration: seconds with up to 9 digits after the point and an `s`.
pub(crate) fn parse_duration(text: &[u8]) -> Result<Moment, &'static str> {
    let (negative, bytes) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let whole = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (nanos, rest) = match &bytes[whole..] {
        [b'.', after @ ..] if whole > 0 => fraction(after).ok_or(NOT_A_DURATION)?,
        rest => (0, rest),
    };
    if whole == 0 || rest != b"s" {
        return Err(NOT_A_DURATION);
    }
    let seconds = bytes[..whole].iter().try_fold(0i64, |value, digit| {
        value.checked_mul(10)?.checked_add(i64::from(digit - b'0'))
    });
    match seconds {
        Some(seconds) if seconds <= LONGEST => Ok(if negative {
            Moment {
                seconds: -seconds,
                nanos: -nanos,
            }
        } else {
            Moment { seconds, nanos }
        }),
        _ => Err("a duration must be within 315,576,000,000 seconds"),
    }
}

/// Appends a quoted RFC 3339 time in UTC with 0, 3, 6 or 9 digits of a second.
pub(crate) fn print_timestamp(moment: Moment, out: &mut Vec<u8>) -> Result<(), &'static str> {
    if !(FIRST_SECOND..=LAST_SECOND).contains(&moment.seconds) || !(0..NANOS).contains(&moment.nanos) {
        return Err("a timestamp is out of range");
    }
    let day = moment.seconds.div_euclid(86_400);
    let second = moment.seconds.rem_euclid(86_400) as u32;
    let (year, month, date) = date_of(day);
    let mut text = *b"\"0000-00-00T00:00:00";
    let mut pair = |at: usize, value: u32| {
        text[at] = b'0' + (value / 10) as u8;
        text[at + 1] = b'0' + (value % 10) as u8;
    };
    pair(1, year / 100);
    pair(3, year % 100);
    pair(6, month);
    pair(9, date);
    pair(12, second / 3600);
    pair(15, second / 60 % 60);
    pair(18, second % 60);
    out.extend_from_slice(&text);
    print_nanos(moment.nanos as u64, out);
    out.extend_from_slice(b"Z\"");
    Ok(())
}

/// Appends a quoted duration with 0, 3, 6 or 9 digits of a second.
pub(crate) fn print_duration(moment: Moment, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let Moment { seconds, nanos } = moment;
    if seconds.unsigned_abs() > LONGEST as u64 || nanos.unsigned_abs() >= NANOS as u32 {
        return Err("a duration is out of range");
    }
    if (seconds < 0 && nanos > 0) || (seconds > 0 && nanos < 0) {
        return Err("a duration has seconds and nanoseconds of different signs");
    }
    out.push(b'"');
    if seconds < 0 || nanos < 0 {
        out.push(b'-');
    }
    text::unsigned(out, seconds.unsigned_abs());
    print_nanos(u64::from(nanos.unsigned_abs()), out);
    out.extend_from_slice(b"s\"");
    Ok(())
}

fn print_nanos(nanos: u64, out: &mut Vec<u8>) {
    let (value, width) = match nanos {
        0 => return,
        _ if nanos.is_multiple_of(1_000_000) => (nanos / 1_000_000, 3),
        _ if nanos.is_multiple_of(1_000) => (nanos / 1_000, 6),
        _ => (nanos, 9),
    };
    out.push(b'.');
    text::padded(out, value, width);
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a Gregorian date (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn days_from(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The inverse of [`days_from`], for the years 1 to 9999.
fn date_of(days: i64) -> (u32, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year as u32, month as u32, day as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_survive_a_round_trip() {
        for text in [
            "0001-01-01T00:00:00Z",
            "1969-12-31T23:59:59.999999999Z",
            "1970-01-01T00:00:00Z",
            "2000-02-29T12:00:00.120Z",
            "2024-05-01T09:30:00.000001Z",
            "9999-12-31T23:59:59Z",
        ] {
            let mut out = Vec::new();
            print_timestamp(parse_timestamp(text.as_bytes()).expect(text), &mut out).expect(text);
            assert_eq!(out, format!("\"{text}\"").as_bytes());
        }
        assert_eq!(
            parse_timestamp(b"1970-01-01T09:00:00+09:00"),
            Ok(Moment::default())
        );
        assert_eq!(
            parse_timestamp(b"1969-12-31T22:30:00.5-01:30"),
            Ok(Moment {
                seconds: 0,
                nanos: 500_000_000
            })
        );
    }

    #[test]
    fn every_day_of_ten_thousand_years_maps_back() {
        let mut expected = days_from(1, 1, 1);
        for year in 1..=9999 {
            for month in 1..=12 {
                assert_eq!(days_from(year, month, 1), expected);
                assert_eq!(date_of(expected), (year as u32, month as u32, 1));
                expected += days_in(year, month);
                assert_eq!(
                    date_of(expected - 1),
                    (year as u32, month as u32, days_in(year, month) as u32)
                );
            }
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for wrong in [
            "",
            "2024-05-01",
            "2024-05-01t09:30:00Z",
            "2024-05-01T09:30:00z",
            "2024-05-01T09:30:00",
            "2024-02-30T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "2024-05-01T24:00:00Z",
            "2024-05-01T23:59:60Z",
            "2024-05-01T09:30:00.Z",
            "2024-05-01T09:30:00.0000000001Z",
            "2024-05-01T09:30:00+24:00",
            "2024-05-01T09:30:00+0900",
            "0000-12-31T23:59:59Z",
            "0001-01-01T00:00:00+00:01",
            "+024-05-01T09:30:00Z",
        ] {
            assert!(parse_timestamp(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn durations_keep_their_sign() {
        for (text, seconds, nanos) in [
            ("0s", 0, 0),
            ("1.500s", 1, 500_000_000),
            ("-0.000001s", 0, -1000),
            ("-3s", -3, 0),
            ("315576000000s", 315_576_000_000, 0),
        ] {
            let moment = Moment { seconds, nanos };
            assert_eq!(parse_duration(text.as_bytes()), Ok(moment));
            let mut out = Vec::new();
            print_duration(moment, &mut out).expect(text);
            assert_eq!(out, format!("\"{text}\"").as_bytes());
        }
        for wrong in [
            "",
            "s",
            "1",
            ".5s",
            "1.s",
            "1.5",
            "+1s",
            "--1s",
            "1.0000000001s",
            "315576000001s",
            "1 s",
        ] {
            assert!(parse_duration(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
        assert!(
            print_duration(
                Moment {
                    seconds: 1,
                    nanos: -1
                },
                &mut Vec::new()
            )
            .is_err()
        );
        assert!(
            print_timestamp(
                Moment {
                    seconds: 0,
                    nanos: NANOS
                },
                &mut Vec::new()
            )
            .is_err()
        );
    }
}
