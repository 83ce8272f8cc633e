use strum::{EnumString, IntoStaticStr};

/// Where a price stands against a band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Position {
    Unknown,
    Inside,
    Below,
    Above,
}

/// The prices a sales unit is expected to have, tolerance included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Band {
    pub lower: i64,
    pub upper: i64,
}

impl Band {
    /// The market's band for `ratio` of its units, made wider by a share of its ends.
    pub fn of(lower: i64, upper: i64, ratio: f64, tolerance_percent: i32) -> Self {
        let tolerance = f64::from(tolerance_percent) / 100.0;
        Self {
            lower: (lower as f64 * ratio * (1.0 - tolerance)).floor() as i64,
            upper: (upper as f64 * ratio * (1.0 + tolerance)).ceil() as i64,
        }
    }

    /// Where a price stands; its ends are inside.
    pub fn place(self, price: i64) -> Position {
        if price < self.lower {
            Position::Below
        } else if price > self.upper {
            Position::Above
        } else {
            Position::Inside
        }
    }
}

/// Whether somebody is to be told: a price went out, or from one side to the other.
pub fn left(before: Position, now: Position) -> bool {
    matches!(now, Position::Below | Position::Above) && before != now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_is_scaled_to_the_sales_unit_and_widened() {
        let band = Band::of(20_000, 30_000, 0.5, 10);
        assert_eq!(
            band,
            Band {
                lower: 9_000,
                upper: 16_500
            }
        );
        for (price, position) in [
            (8_999, Position::Below),
            (9_000, Position::Inside),
            (16_500, Position::Inside),
            (16_501, Position::Above),
        ] {
            assert_eq!(band.place(price), position, "{price}");
        }
    }

    #[test]
    fn it_is_told_once_for_each_side() {
        use Position::{Above, Below, Inside, Unknown};
        for (before, now, told) in [
            (Unknown, Above, true),
            (Inside, Below, true),
            (Below, Below, false),
            (Below, Above, true),
            (Above, Inside, false),
            (Above, Unknown, false),
        ] {
            assert_eq!(left(before, now), told, "{before:?} {now:?}");
        }
    }
}
