//! The `grpc-timeout` header: up to eight digits and a unit.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};

const HEADER: &str = "grpc-timeout";

/// The time a request gives, if it gives one in a form we can read.
pub(crate) fn read(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(HEADER)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if !(1..=8).contains(&digits.len()) || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let count = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(count * 3_600)),
        "M" => Some(Duration::from_secs(count * 60)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

/// Gives a request `time`, rounded down to what eight digits can say.
pub(crate) fn write(headers: &mut HeaderMap, time: Duration) {
    const MOST: u128 = 99_999_999;
    let text = match (time.as_micros(), time.as_millis()) {
        (micros, _) if micros <= MOST => format!("{micros}u"),
        (_, millis) if millis <= MOST => format!("{millis}m"),
        _ => format!("{}S", u128::from(time.as_secs()).min(MOST)),
    };
    let value = HeaderValue::try_from(text).expect("digits and a letter");
    headers.insert(HEADER, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_read_as_grpc_writes_it() {
        let given = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER, text.parse().expect("a header"));
            read(&headers)
        };
        assert_eq!(given("2S"), Some(Duration::from_secs(2)));
        assert_eq!(given("10m"), Some(Duration::from_millis(10)));
        assert_eq!(given("99999999H"), Some(Duration::from_secs(99_999_999 * 3_600)));
        for bad in ["", "S", "2", "2s", "-2S", "+2S", "123456789S", "2 S", "2.5S"] {
            assert_eq!(given(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_written_timeout_is_read_back_and_never_longer() {
        for millis in [0, 1, 250, 99_999, 100_000, 99_999_999, 4_000_000_000_u64] {
            let time = Duration::from_millis(millis);
            let mut headers = HeaderMap::new();
            write(&mut headers, time);
            let back = read(&headers).expect("we wrote it");
            assert!(back <= time && time - back < Duration::from_secs(1), "{time:?}");
        }
    }
}
