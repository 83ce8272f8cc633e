use strum::{EnumString, IntoStaticStr};

/// What something is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Unit {
    Piece,
    Gram,
    Millilitre,
}

/// How much of it a price is for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Amount {
    pub count: f64,
    pub unit: Unit,
}

/// Words of units: how many of what one is.
const WORDS: [(&str, f64, Unit); 16] = [
    ("kg", 1000.0, Unit::Gram),
    ("킬로", 1000.0, Unit::Gram),
    ("g", 1.0, Unit::Gram),
    ("톤", 1_000_000.0, Unit::Gram),
    ("ml", 1.0, Unit::Millilitre),
    ("l", 1000.0, Unit::Millilitre),
    ("리터", 1000.0, Unit::Millilitre),
    ("개", 1.0, Unit::Piece),
    ("구", 1.0, Unit::Piece),
    ("포기", 1.0, Unit::Piece),
    ("마리", 1.0, Unit::Piece),
    ("송이", 1.0, Unit::Piece),
    ("통", 1.0, Unit::Piece),
    ("알", 1.0, Unit::Piece),
    ("장", 1.0, Unit::Piece),
    ("판", 30.0, Unit::Piece),
];

impl Amount {
    /// Reads what a price is for, such as `20kg`, `1.5 L` or `10kg 상자`; without a number
    /// it is one. None when it is nothing that can be compared.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        let end = text
            .find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',')
            .unwrap_or(text.len());
        let (number, word) = text.split_at(end);
        let count: f64 = if number.is_empty() {
            1.0
        } else {
            number.replace(',', "").parse().ok()?
        };
        let word = word.trim_start();
        let word = word
            .split(|c: char| c.is_whitespace() || c == '(' || c == '/')
            .next()?;
        let (_, each, unit) = WORDS.iter().find(|(name, ..)| *name == word)?;
        Some(Self {
            count: count * each,
            unit: *unit,
        })
        .filter(|amount| amount.count > 0.0)
    }

    /// How many of `other` this is; None when they cannot be compared.
    pub fn over(self, other: Self) -> Option<f64> {
        (self.unit == other.unit).then(|| self.count / other.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_surveys_are_read() {
        let cases = [
            ("20kg", 20_000.0, Unit::Gram),
            ("100g", 100.0, Unit::Gram),
            ("1.5 L", 1_500.0, Unit::Millilitre),
            ("10kg 상자", 10_000.0, Unit::Gram),
            ("10kg(그물망 3포)", 10_000.0, Unit::Gram),
            ("1,000개", 1_000.0, Unit::Piece),
            ("포기", 1.0, Unit::Piece),
            ("30구", 30.0, Unit::Piece),
        ];
        for (text, count, unit) in cases {
            assert_eq!(Amount::parse(text), Some(Amount { count, unit }), "{text}");
        }
        for text in ["", "20", "상자", "1속", "0kg", "..kg"] {
            assert_eq!(Amount::parse(text), None, "{text}");
        }
    }

    #[test]
    fn only_alike_amounts_are_compared() {
        let gram = |count| Amount {
            count,
            unit: Unit::Gram,
        };
        assert_eq!(gram(10_000.0).over(gram(20_000.0)), Some(0.5));
        assert_eq!(
            gram(1.0).over(Amount {
                count: 1.0,
                unit: Unit::Piece
            }),
            None
        );
    }
}
