//! What was sold, and for how much it was offered.

use time::Date;
use uuid::Uuid;

/// What an order sold of one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub product_id: Uuid,
    pub seller_id: Uuid,
    pub product_name: String,
    pub units: i64,
}

/// A confirmed order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    pub order_id: Uuid,
    pub day: Date,
    pub lines: Vec<Line>,
}

/// What a product on sale costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub product_id: Uuid,
    pub seller_id: Uuid,
    pub product_name: String,
    pub day: Date,
    pub won: i64,
}

/// Units of each day from the first sale on until `last`, 0 where nothing was sold.
pub fn by_day(sold: &[(Date, i64)], last: Date) -> Vec<f64> {
    let Some((first, _)) = sold.first() else {
        return Vec::new();
    };
    let days = (last - *first).whole_days() + 1;
    let mut units = vec![0.0; usize::try_from(days).unwrap_or(0)];
    for (day, sold) in sold {
        if let Ok(place) = usize::try_from((*day - *first).whole_days())
            && let Some(unit) = units.get_mut(place)
        {
            *unit += *sold as f64;
        }
    }
    units
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn days_without_a_sale_count_as_none_sold() {
        let sold = [
            (date!(2026 - 11 - 01), 3),
            (date!(2026 - 11 - 03), 2),
            (date!(2026 - 11 - 09), 7),
        ];
        assert_eq!(by_day(&sold, date!(2026 - 11 - 04)), [3.0, 0.0, 2.0, 0.0]);
        assert_eq!(by_day(&[], date!(2026 - 11 - 04)), Vec::<f64>::new());
    }
}
