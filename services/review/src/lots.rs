//! Lots, as buyers rate them.

use uuid::Uuid;

use crate::rating::Tally;

/// A lot that goods of an order came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderLot {
    pub order_id: Uuid,
    pub product_id: Uuid,
    pub lot_id: Uuid,
}

/// How the goods of a lot are rated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LotTally {
    pub lot_id: Uuid,
    pub tally: Tally,
}

/// A lot beside the others of its product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compared {
    pub lot: LotTally,
    /// What the product's other ratings sum to.
    pub others: Tally,
    /// It is significantly worse than they are.
    pub dropped: bool,
}

/// Compares lots with the rest of their product, the worst first.
pub fn compare(lots: Vec<LotTally>, product: &Tally, at_least: i64) -> Vec<Compared> {
    let compared = lots.into_iter().map(|lot| {
        let others = product.without(&lot.tally);
        Compared {
            lot,
            others,
            dropped: lot.tally.is_worse_than(&others, at_least),
        }
    });
    let mut compared: Vec<Compared> = compared.collect();
    compared.sort_by(|one, other| one.lot.tally.mean().total_cmp(&other.lot.tally.mean()));
    compared
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_lot_is_compared_with_all_ratings_but_its_own() {
        let lot = |stars| LotTally {
            lot_id: Uuid::now_v7(),
            tally: Tally { stars },
        };
        let (good, bad) = (lot([0, 0, 0, 2, 18]), lot([7, 1, 0, 0, 0]));
        let product = Tally {
            stars: [7, 1, 0, 2, 20],
        };
        let compared = compare(vec![good, bad], &product, 5);
        assert_eq!(compared[0].lot, bad);
        assert_eq!(compared[0].others.stars, [0, 0, 0, 2, 20]);
        assert!(compared[0].dropped);
        assert!(!compared[1].dropped);
    }
}
