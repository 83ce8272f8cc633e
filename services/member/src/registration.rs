//! 사업자등록번호, the number of a registered business.
//!
//! The check digit is the one of the Korean tax service: weights 1 3 7 1 3 7 1 3 5
//! over the first nine digits, plus the tens of the last product.

use std::fmt;
use std::str::FromStr;

const WEIGHTS: [u32; 9] = [1, 3, 7, 1, 3, 7, 1, 3, 5];

/// A registration number whose check digit is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RegistrationNumber([u8; 10]);

/// Why text is no registration number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationNumberError {
    /// Not ten digits, hyphens aside.
    #[error("must be ten digits such as 124-81-00998")]
    Malformed,
    /// Its check digit is wrong, or it is all zeros, which passes the sum.
    #[error("is not a registration number: its check digit does not fit")]
    CheckDigit,
}

impl RegistrationNumber {
    /// Whether it belongs to a tax-exempt individual (면세사업자): digits 4 and 5
    /// are 90 to 99.
    pub fn tax_exempt(self) -> bool {
        self.0[3] == 9
    }
}

impl FromStr for RegistrationNumber {
    type Err = RegistrationNumberError;

    fn from_str(text: &str) -> Result<Self, RegistrationNumberError> {
        let digits: Option<Vec<u8>> = text
            .chars()
            .filter(|character| *character != '-')
            .map(|character| character.to_digit(10).and_then(|digit| u8::try_from(digit).ok()))
            .collect();
        let digits: [u8; 10] = digits
            .and_then(|digits| digits.try_into().ok())
            .ok_or(RegistrationNumberError::Malformed)?;
        if digits == [0; 10] || check_digit(&digits) != u32::from(digits[9]) {
            return Err(RegistrationNumberError::CheckDigit);
        }
        Ok(Self(digits))
    }
}

fn check_digit(digits: &[u8; 10]) -> u32 {
    let weighted = digits
        .iter()
        .zip(WEIGHTS)
        .map(|(digit, weight)| u32::from(*digit) * weight);
    let sum = weighted.sum::<u32>() + u32::from(digits[8]) * 5 / 10;
    (10 - sum % 10) % 10
}

/// Ten digits without hyphens.
impl fmt::Display for RegistrationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|digit| write!(f, "{digit}"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn real_numbers_pass_with_and_without_hyphens() {
        for (text, digits) in [
            ("124-81-00998", "1248100998"),
            ("120-81-47521", "1208147521"),
            ("220-81-62517", "2208162517"),
            ("2208162517", "2208162517"),
        ] {
            let number: RegistrationNumber = text.parse().expect(text);
            assert_eq!(number.to_string(), digits);
            assert!(!number.tax_exempt(), "{text}");
        }
    }

    #[test]
    fn other_text_is_refused_for_its_reason() {
        use RegistrationNumberError::{CheckDigit, Malformed};
        for (text, reason) in [
            ("123-45-67890", CheckDigit),
            ("124-81-00997", CheckDigit),
            ("000-00-00000", CheckDigit),
            ("0000000000", CheckDigit),
            ("124-81-0099", Malformed),
            ("124-81-009988", Malformed),
            ("124-81-0099a", Malformed),
            ("124-81-0099８", Malformed),
            ("", Malformed),
            ("---", Malformed),
        ] {
            assert_eq!(text.parse::<RegistrationNumber>(), Err(reason), "{text}");
        }
    }

    /// The number that begins with these nine digits.
    fn completed(nine: [u8; 9]) -> String {
        let mut digits = [0; 10];
        digits[..9].copy_from_slice(&nine);
        digits[9] = u8::try_from(check_digit(&digits)).expect("one digit");
        digits.iter().map(u8::to_string).collect()
    }

    #[test]
    fn digits_four_and_five_from_90_to_99_are_tax_exempt_individuals() {
        for kind in 1..=99u8 {
            let number = completed([1, 2, 3, kind / 10, kind % 10, 0, 0, 0, 1]);
            let number: RegistrationNumber = number.parse().expect("its check digit was computed");
            assert_eq!(number.tax_exempt(), kind >= 90, "{number}");
        }
    }

    proptest! {
        #[test]
        fn exactly_one_check_digit_passes(nine in proptest::array::uniform9(0u8..10)) {
            prop_assume!(nine != [0; 9]);
            let right = completed(nine);
            let passing: Vec<String> = (0..10)
                .map(|last| format!("{}{last}", &right[..9]))
                .filter(|text| text.parse::<RegistrationNumber>().is_ok())
                .collect();
            prop_assert_eq!(passing, [right]);
        }
    }
}
