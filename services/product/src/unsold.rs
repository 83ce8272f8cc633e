//! What will expire before it is sold.

use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_types::Money;

use crate::life;
use crate::near_expiry::{Rule, Step};
use crate::store::unsold::Row;

/// Days of sales the rate is taken of.
const WINDOW_DAYS: i32 = 28;

/// A lot, as far as its sale goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selling {
    /// Days left, today being 0; `None` for goods without a date.
    pub days_left: Option<i64>,
    /// Sales units on hand.
    pub on_hand: i64,
}

/// A lot that will not be sold in time.
#[derive(Debug)]
pub struct Risk {
    pub lot_id: Uuid,
    pub product_id: Uuid,
    pub product_name: String,
    pub use_by: Date,
    pub days_left: i32,
    pub on_hand: i64,
    /// Of the product.
    pub daily_sales: f64,
    pub unsold: i64,
    pub unsold_cost: Option<Money>,
    /// Of the product's near-expiry rule.
    pub step: Option<Step>,
}

/// Units of each lot that will be left on its last day, when `daily_sales` units
/// are sold each day, today and the last day included, first expired first out.
/// The lots come in the order they leave.
pub fn forecast(lots: &[Selling], daily_sales: f64) -> Vec<i64> {
    let mut sold_before = 0_i64;
    let unsold = |lot: &Selling| {
        let Some(days) = lot.days_left else { return 0 };
        let by_then = if days < 0 {
            0.0
        } else {
            (daily_sales.max(0.0) * (days + 1) as f64).floor()
        };
        // No lot holds more than a million units, so the float is exact.
        let sold = (by_then as i64 - sold_before).clamp(0, lot.on_hand);
        sold_before += sold;
        lot.on_hand - sold
    };
    lots.iter().map(unsold).collect()
}

/// The lots, given by product and in the order they leave, of which something will
/// be left on a last day that is by `until`; soonest first.
pub fn risks(rows: &[Row], today: Date, until: Date) -> Vec<Risk> {
    let mut risks = Vec::new();
    for product in rows.chunk_by(|a, b| a.product_id == b.product_id) {
        let selling = |row: &Row| Selling {
            days_left: row.use_by.map(|date| life::days_left(date, today)),
            on_hand: row.on_hand,
        };
        let lots: Vec<Selling> = product.iter().map(selling).collect();
        let daily_sales = product[0].sold.max(0) as f64 / f64::from(WINDOW_DAYS);
        for (row, unsold) in product.iter().zip(forecast(&lots, daily_sales)) {
            let Some(use_by) = row.use_by.filter(|date| *date <= until && unsold > 0) else {
                continue;
            };
            risks.push(risk(row, use_by, unsold, daily_sales, today));
        }
    }
    risks.sort_by_key(|risk| (risk.use_by, risk.lot_id));
    risks
}

fn risk(row: &Row, use_by: Date, unsold: i64, daily_sales: f64, today: Date) -> Risk {
    let days_left = life::days_left(use_by, today);
    let steps = row.step_days.iter().zip(&row.step_percents);
    let steps = steps.map(|(&days, &percent_off)| Step { days, percent_off });
    let rule = Rule::new(steps.collect()).unwrap_or_default();
    Risk {
        lot_id: row.lot_id,
        product_id: row.product_id,
        product_name: row.product_name.clone(),
        use_by,
        days_left: i32::try_from(days_left).unwrap_or(i32::MAX),
        on_hand: row.on_hand,
        daily_sales,
        unsold,
        unsold_cost: row.unit_cost.and_then(|cost| Money::won(cost).times(unsold).ok()),
        step: rule.step(days_left).filter(|_| days_left >= 0),
    }
}

/// When the sales that count began.
pub fn counted_from(now: OffsetDateTime) -> OffsetDateTime {
    now - time::Duration::days(WINDOW_DAYS.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lot(days_left: i64, on_hand: i64) -> Selling {
        Selling {
            days_left: Some(days_left),
            on_hand,
        }
    }

    #[test]
    fn what_is_sold_of_one_lot_is_not_sold_of_the_next() {
        // Four days at 10 a day sell 40; nine days sell 90.
        assert_eq!(
            forecast(&[lot(3, 30), lot(3, 20), lot(8, 100)], 10.0),
            [0, 10, 50]
        );
        assert_eq!(forecast(&[lot(0, 5)], 2.5), [3]);
        assert_eq!(forecast(&[lot(-1, 5), lot(1, 4)], 2.0), [5, 0]);
        assert_eq!(forecast(&[lot(9, 7)], 0.0), [7]);
        let undated = Selling {
            days_left: None,
            on_hand: 9,
        };
        assert_eq!(forecast(&[undated], 0.0), [0]);
    }

    proptest! {
        #[test]
        fn more_sales_leave_no_more_and_never_more_than_there_is(
            lots in proptest::collection::vec((-3_i64..40, 0_i64..500), 0..10), rate in 0.0_f64..50.0,
        ) {
            let mut lots: Vec<Selling> = lots.into_iter().map(|(days, on_hand)| lot(days, on_hand)).collect();
            lots.sort_by_key(|lot| lot.days_left);
            let (slow, fast) = (forecast(&lots, rate), forecast(&lots, rate + 1.0));
            for (lot, unsold) in lots.iter().zip(&slow) {
                prop_assert!((0..=lot.on_hand).contains(unsold));
                prop_assert!(lot.days_left >= Some(0) || *unsold == lot.on_hand);
            }
            prop_assert!(fast.iter().sum::<i64>() <= slow.iter().sum::<i64>());
        }
    }
}
