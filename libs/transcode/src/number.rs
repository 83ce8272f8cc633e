//! Decimal numbers without loss.

/// A number as written, its grammar already checked (RFC 8259).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number<'t> {
    text: &'t [u8],
    negative: bool,
    /// The magnitude, if written with at most 19 digits and nothing else.
    plain: Option<u64>,
}

const NOT_WHOLE: &str = "expected a whole number";
const OUT_OF_RANGE: &str = "out of range";

impl<'t> Number<'t> {
    /// Reads a number from the start of the text; also gives what follows it.
    #[inline]
    pub fn scan(text: &'t [u8]) -> Result<(Self, &'t [u8]), &'static str> {
        let (negative, digits) = match text {
            [b'-', digits @ ..] => (true, digits),
            digits => (false, digits),
        };
        let mut rest = digits;
        let mut value = 0u64;
        while let [digit @ b'0'..=b'9', after @ ..] = rest {
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            rest = after;
        }
        let count = digits.len() - rest.len();
        if count == 0 {
            return Err("expected a number");
        }
        if digits[0] == b'0' && count > 1 {
            return Err("a number must not begin with 0");
        }
        // 19 digits always fit.
        let mut plain = if count < 20 { Some(value) } else { None };
        if let [b'.' | b'e' | b'E', ..] = rest {
            plain = None;
            rest = tail(rest)?;
        }
        Ok((
            Self {
                text: &text[..text.len() - rest.len()],
                negative,
                plain,
            },
            rest,
        ))
    }

    /// Reads a text that is nothing but a number.
    pub fn parse(text: &'t [u8]) -> Result<Self, &'static str> {
        match Self::scan(text) {
            Ok((number, [])) => Ok(number),
            _ => Err("expected a number"),
        }
    }

    fn text(self) -> &'t str {
        // The grammar is all ASCII.
        std::str::from_utf8(self.text).unwrap_or_default()
    }

    /// The value as a whole number from 0 to 2^64-1; `1.0` and `1e3` are whole.
    #[inline]
    pub fn unsigned(self) -> Result<u64, &'static str> {
        match self.magnitude()? {
            0 => Ok(0),
            _ if self.negative => Err(OUT_OF_RANGE),
            value => Ok(value),
        }
    }

    /// The value as a whole number from -2^63 to 2^63-1.
    #[inline]
    pub fn signed(self) -> Result<i64, &'static str> {
        let magnitude = self.magnitude()?;
        if self.negative {
            0i64.checked_sub_unsigned(magnitude).ok_or(OUT_OF_RANGE)
        } else {
            i64::try_from(magnitude).map_err(|_| OUT_OF_RANGE)
        }
    }

    /// [`Number::unsigned`] within 32 bits.
    #[inline]
    pub fn unsigned32(self) -> Result<u32, &'static str> {
        u32::try_from(self.unsigned()?).map_err(|_| OUT_OF_RANGE)
    }

    /// [`Number::signed`] within 32 bits.
    #[inline]
    pub fn signed32(self) -> Result<i32, &'static str> {
        i32::try_from(self.signed()?).map_err(|_| OUT_OF_RANGE)
    }

    /// The nearest double; beyond the largest finite one is out of range.
    pub fn double(self) -> Result<f64, &'static str> {
        let value: f64 = self.text().parse().map_err(|_| "expected a number")?;
        if value.is_finite() {
            Ok(value)
        } else {
            Err(OUT_OF_RANGE)
        }
    }

    /// The nearest single-precision number; beyond the largest finite one is out of range.
    pub fn float(self) -> Result<f32, &'static str> {
        let value: f32 = self.text().parse().map_err(|_| "expected a number")?;
        if value.is_finite() {
            Ok(value)
        } else {
            Err(OUT_OF_RANGE)
        }
    }

    #[inline]
    fn magnitude(self) -> Result<u64, &'static str> {
        match self.plain {
            Some(value) => Ok(value),
            None => self.exact(),
        }
    }

    /// The magnitude of a number with a point or an exponent, if it is whole.
    fn exact(self) -> Result<u64, &'static str> {
        let unsigned = self.text().trim_start_matches('-');
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.trim_start_matches('+')),
            None => (unsigned, "0"),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = || whole.bytes().chain(fraction.bytes());
        if digits().all(|digit| digit == b'0') {
            return Ok(0);
        }
        let zeros = digits().rev().take_while(|digit| *digit == b'0').count();
        let exponent: i64 = exponent.parse().map_err(|_| {
            // More digits than 64 bits hold: far below 1 or far beyond any integer.
            if exponent.starts_with('-') {
                NOT_WHOLE
            } else {
                OUT_OF_RANGE
            }
        })?;
        let scale = exponent
            .saturating_sub(fraction.len() as i64)
            .saturating_add(zeros as i64);
        let scale = u64::try_from(scale).map_err(|_| NOT_WHOLE)?;
        let significant = whole.len() + fraction.len() - zeros;
        let mut value = digits()
            .take(significant)
            .try_fold(0u64, |value, digit| {
                value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
            })
            .ok_or(OUT_OF_RANGE)?;
        for _ in 0..scale {
            value = value.checked_mul(10).ok_or(OUT_OF_RANGE)?;
        }
        Ok(value)
    }
}

/// Passes over fraction and exponent.
fn tail(mut rest: &[u8]) -> Result<&[u8], &'static str> {
    fn digits<'t>(text: &'t [u8], missing: &'static str) -> Result<&'t [u8], &'static str> {
        match text.iter().take_while(|byte| byte.is_ascii_digit()).count() {
            0 => Err(missing),
            count => Ok(&text[count..]),
        }
    }
    if let [b'.', fraction @ ..] = rest {
        rest = digits(fraction, "digits must follow the decimal point")?;
    }
    if let [b'e' | b'E', b'+' | b'-', exponent @ ..] | [b'e' | b'E', exponent @ ..] = rest {
        rest = digits(exponent, "digits must follow the exponent sign")?;
    }
    Ok(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_exact_to_the_last_bit() {
        let table: [(&str, Result<i64, &str>); 18] = [
            ("0", Ok(0)),
            ("-0", Ok(0)),
            ("9223372036854775807", Ok(i64::MAX)),
            ("9223372036854775808", Err(OUT_OF_RANGE)),
            ("-9223372036854775808", Ok(i64::MIN)),
            ("-9223372036854775809", Err(OUT_OF_RANGE)),
            ("1e3", Ok(1000)),
            ("1.5e1", Ok(15)),
            ("9007199254740993.0", Ok(9_007_199_254_740_993)),
            ("100e-2", Ok(1)),
            ("1.5", Err(NOT_WHOLE)),
            ("1e-1", Err(NOT_WHOLE)),
            ("1e19", Err(OUT_OF_RANGE)),
            ("1e99999999999999999999", Err(OUT_OF_RANGE)),
            ("1e-99999999999999999999", Err(NOT_WHOLE)),
            ("0e99999999999999999999", Ok(0)),
            ("0.000", Ok(0)),
            ("1e999999999999", Err(OUT_OF_RANGE)),
        ];
        for (text, expected) in table {
            assert_eq!(
                Number::parse(text.as_bytes()).expect(text).signed(),
                expected,
                "{text}"
            );
        }
        assert_eq!(
            Number::parse(b"18446744073709551615")
                .expect("a number")
                .unsigned(),
            Ok(u64::MAX)
        );
        assert_eq!(
            Number::parse(b"-1").expect("a number").unsigned(),
            Err(OUT_OF_RANGE)
        );
        assert_eq!(
            Number::parse(b"2147483648").expect("a number").signed32(),
            Err(OUT_OF_RANGE)
        );
    }

    #[test]
    fn the_grammar_is_that_of_json() {
        for wrong in [
            "", "-", "+1", "01", "1.", ".5", "1e", "1e+", " 1", "1 ", "0x1", "NaN", "1_000", "--1",
        ] {
            assert!(Number::parse(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
        for right in ["0", "-0.0e-0", "10", "1.25E+2"] {
            assert!(Number::parse(right.as_bytes()).is_ok(), "{right}");
        }
    }

    #[test]
    fn floats_beyond_the_largest_are_refused() {
        assert_eq!(
            Number::parse(b"1e309").expect("a number").double(),
            Err(OUT_OF_RANGE)
        );
        assert_eq!(
            Number::parse(b"1e39").expect("a number").float(),
            Err(OUT_OF_RANGE)
        );
        assert_eq!(Number::parse(b"0.1").expect("a number").float(), Ok(0.1f32));
    }
}
