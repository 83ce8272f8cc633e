//! Patterns for whole numbers written as text, so that bounds hold for them too.

/// A pattern that matches exactly the plain decimal texts of the numbers from `min` to `max`. Bounds at the ends of 64
/// bits are taken as 18 digits: a pattern for the last few would be as long as a page.
pub fn pattern(min: i128, max: i128) -> String {
    const DIGITS: i128 = 999_999_999_999_999_999;
    let open = |bound: i128| {
        if bound.abs() >= i128::from(i64::MAX) {
            bound.signum() * DIGITS
        } else {
            bound
        }
    };
    let (min, max) = (open(min), open(max));
    let mut parts = Vec::new();
    if min <= 0 && max >= 0 {
        parts.push("0".to_owned());
    }
    let above = (min.max(1) <= max).then(|| (min.max(1), max));
    let below = (min <= max.min(-1)).then(|| (-max.min(-1), -min));
    if above == below {
        parts.extend(above.iter().flat_map(positive).map(|part| format!("-?{part}")));
    } else {
        parts.extend(below.iter().flat_map(positive).map(|part| format!("-{part}")));
        parts.extend(above.iter().flat_map(positive));
    }
    match parts.as_slice() {
        [one] => format!("^{one}$"),
        many => format!("^(?:{})$", many.join("|")),
    }
}

/// The numbers of a range above zero: the shortest ones that do not fill their length, all lengths between, the rest.
fn positive(&(min, max): &(i128, i128)) -> Vec<String> {
    let (low, high) = (min.to_string(), max.to_string());
    let starts_full = low.starts_with('1') && low[1..].bytes().all(|digit| digit == b'0');
    let ends_full = high.bytes().all(|digit| digit == b'9');
    if low.len() == high.len() && !(starts_full && ends_full) {
        return same_length(low.as_bytes(), high.as_bytes());
    }
    let mut parts = Vec::new();
    if !starts_full {
        parts.extend(same_length(low.as_bytes(), "9".repeat(low.len()).as_bytes()));
    }
    let first = low.len() + usize::from(!starts_full);
    let last = high.len() - usize::from(!ends_full);
    if first <= last {
        parts.push(format!("[1-9]{}", digits(first - 1, last - 1)));
    }
    if !ends_full {
        let one = format!("1{}", "0".repeat(high.len() - 1));
        parts.extend(same_length(one.as_bytes(), high.as_bytes()));
    }
    parts
}

/// The numbers between two of the same length, digit by digit.
fn same_length(low: &[u8], high: &[u8]) -> Vec<String> {
    let (Some((first, lows)), Some((last, highs))) = (low.split_first(), high.split_first()) else {
        return vec![String::new()];
    };
    let behind = |digit: u8, rest: Vec<String>| {
        rest.into_iter()
            .map(move |part| format!("{}{part}", char::from(digit)))
    };
    if first == last {
        return behind(*first, same_length(lows, highs)).collect();
    }
    let (mut from, mut to) = (*first, *last);
    let (mut parts, mut after) = (Vec::new(), Vec::new());
    if lows.iter().any(|digit| *digit != b'0') {
        parts.extend(behind(from, same_length(lows, &vec![b'9'; lows.len()])));
        from += 1;
    }
    if highs.iter().any(|digit| *digit != b'9') {
        after.extend(behind(to, same_length(&vec![b'0'; highs.len()], highs)));
        to -= 1;
    }
    if from <= to {
        let one = if from == to {
            char::from(from).to_string()
        } else {
            format!("[{}-{}]", char::from(from), char::from(to))
        };
        parts.push(format!("{one}{}", digits(lows.len(), lows.len())));
    }
    parts.extend(after);
    parts
}

fn digits(min: usize, max: usize) -> String {
    match (min, max) {
        (_, 0) => String::new(),
        (1, 1) => "[0-9]".to_owned(),
        (0, 1) => "[0-9]?".to_owned(),
        (min, max) if min == max => format!("[0-9]{{{min}}}"),
        (min, max) => format!("[0-9]{{{min},{max}}}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_bounds_stay_readable() {
        assert_eq!(pattern(1, 1_000_000), "^(?:[1-9][0-9]{0,5}|1000000)$");
        assert_eq!(pattern(0, 100), "^(?:0|[1-9][0-9]?|100)$");
        assert_eq!(pattern(1, i64::MAX.into()), "^[1-9][0-9]{0,17}$");
        assert_eq!(
            pattern(i64::MIN.into(), i64::MAX.into()),
            "^(?:0|-?[1-9][0-9]{0,17})$"
        );
        assert_eq!(
            pattern(-1_000_000_000_000, 1_000_000_000_000),
            "^(?:0|-?[1-9][0-9]{0,11}|-?1000000000000)$"
        );
    }

    #[test]
    fn a_pattern_holds_exactly_the_numbers_of_its_range() {
        let bounds = [
            -1203, -1000, -99, -7, -1, 0, 1, 5, 9, 10, 42, 99, 100, 347, 1000, 1203,
        ];
        for min in bounds {
            for max in bounds.into_iter().filter(|max| *max >= min) {
                let regex = regex::Regex::new(&pattern(min, max)).expect("a pattern");
                for number in -1300..=1300 {
                    let inside = min <= number && number <= max;
                    assert_eq!(
                        regex.is_match(&number.to_string()),
                        inside,
                        "{number} in {min}..={max}"
                    );
                }
            }
        }
    }
}
