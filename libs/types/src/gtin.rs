//! Barcodes.

/// Whether the digits are a GTIN-8, -12, -13 or -14 with its check digit: from
/// the right, digits weigh 1 and 3 in turns, and sum to a multiple of 10 (GS1
/// General Specifications, 7.9).
pub fn is_gtin(text: &str) -> bool {
    if ![8, 12, 13, 14].contains(&text.len()) {
        return false;
    }
    let mut sum = 0;
    for (place, character) in text.chars().rev().enumerate() {
        let Some(digit) = character.to_digit(10) else {
            return false;
        };
        sum += if place % 2 == 0 { digit } else { 3 * digit };
    }
    sum % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_digit_decides() {
        for good in ["8801234567893", "96385074", "036000291452", "00012345600012"] {
            assert!(is_gtin(good), "{good}");
        }
        for bad in [
            "8801234567890",
            "96385075",
            "880123456789",
            "",
            "8",
            "88012345678９3",
            "880123456789x",
        ] {
            assert!(!is_gtin(bad), "{bad}");
        }
    }
}
