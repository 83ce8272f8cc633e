//! Card numbers where there must be none.

use std::sync::LazyLock;

use regex::bytes::Regex;

/// A number in one piece, or printed in groups as on a card.
static SHAPES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?-u)[0-9]{14,19}|[0-9]{4}([ -])[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}|[0-9]{4}[ -][0-9]{6}[ -][0-9]{5}",
    )
    .expect("the pattern is constant")
});

/// What looks like a card number in a text: alone, of a length and a beginning that
/// cards have (ISO/IEC 7812), and with the right check digit (Luhn).
pub fn card_numbers(text: &[u8]) -> Vec<String> {
    SHAPES
        .find_iter(text)
        .filter(|found| is_alone(text, found.start(), found.end()))
        .map(|found| found.as_bytes().iter().filter(|byte| byte.is_ascii_digit()))
        .map(|digits| digits.map(|digit| char::from(*digit)).collect::<String>())
        .filter(|number| is_of_a_scheme(number) && has_its_check_digit(number))
        .collect()
}

/// Part of an id, a decimal or a longer number is no card number.
fn is_alone(text: &[u8], start: usize, end: usize) -> bool {
    let joins = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    let before = start.checked_sub(1).and_then(|at| text.get(at));
    !before.is_some_and(joins) && !text.get(end).is_some_and(joins)
}

fn is_of_a_scheme(number: &str) -> bool {
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| number.starts_with(prefix));
    match number.len() {
        14 => begins(&["30", "36", "38", "39"]),
        15 => begins(&["34", "37"]),
        // Korean cards for use at home begin with 9.
        16 => begins(&["2", "35", "4", "5", "6", "9"]),
        19 => begins(&["4", "6"]),
        _ => false,
    }
}

/// Luhn: every second digit from the right is doubled, the digits of all sum to a multiple of ten.
fn has_its_check_digit(number: &str) -> bool {
    let digits = number.bytes().rev().map(|digit| u32::from(digit - b'0'));
    let sum: u32 = digits
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (0, _) => digit,
            (_, doubled) => doubled / 10 + doubled % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_numbers_are_found_in_whatever_shape() {
        for text in [
            "4242424242424242",
            r#"{"number":"5555555555554444"}"#,
            "card 4242 4242 4242 4242, thank you",
            "4242-4242-4242-4242",
            "amex=378282246310005",
            "3782 822463 10005",
            "\u{1}\u{10}9430000000000001\n",
        ] {
            assert_eq!(card_numbers(text.as_bytes()).len(), 1, "{text}");
        }
    }

    #[test]
    fn other_numbers_are_none() {
        for text in [
            "4242424242424241",
            "id-4242424242424242",
            "0.4242424242424242",
            "14242424242424242424",
            "1795222222222222222",
            "8801234567893",
            "00-4242424242424242-01",
            "4242****4242",
            "2026-11-23 01:02:03",
        ] {
            assert_eq!(card_numbers(text.as_bytes()), Vec::<String>::new(), "{text}");
        }
    }
}
