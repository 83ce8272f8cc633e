//! What is taken for an order: the rules, without the tables.

use std::collections::BTreeMap;

use time::Date;
use uuid::Uuid;
use xlcfi_types::Id;

use crate::fefo::{self, OnHand};
use crate::lot::Lot;
use crate::product::{Product, State as ProductState};

/// Names the ids of orders.
#[derive(Debug, Clone, Copy)]
pub enum Order {}

/// How much of each product an order takes.
pub type Wanted = BTreeMap<Id<Product>, i64>;

/// Where a reservation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Kept for the order.
    Held,
    /// Sold to the order.
    Committed,
    /// Given back because the order ended.
    Released,
    /// Given back because the order took too long.
    Expired,
}

impl State {
    const NAMES: [(Self, &str); 4] = [
        (Self::Held, "held"),
        (Self::Committed, "committed"),
        (Self::Released, "released"),
        (Self::Expired, "expired"),
    ];

    /// Name in the database.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize].1
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES
            .into_iter()
            .find_map(|(state, known)| (known == name).then_some(state))
    }
}

/// A product as its stock is being taken, with what its lots have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub product_id: Id<Product>,
    pub name: String,
    pub state: ProductState,
    pub minimum: i64,
    pub sold_out: bool,
    pub lots: Vec<OnHand>,
}

/// Part of a line, from one lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allocation {
    pub product_id: Id<Product>,
    pub lot_id: Id<Lot>,
    pub quantity: i64,
}

/// What to take for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub allocations: Vec<Allocation>,
    /// Products whose stock crosses their minimum order by it.
    pub crossing: Vec<Id<Product>>,
}

/// Why an order does not get its stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    OutOfStock {
        product_id: Uuid,
        name: String,
    },
    NotSold {
        product_id: Uuid,
    },
    /// There is nothing to commit.
    NothingReserved,
}

/// Plans what an order takes. With `new` the products must be on sale; an order
/// under way may have those taken off since.
///
/// # Errors
/// The first product, by id, that is not sold or does not suffice.
pub fn plan(wanted: &Wanted, offers: &[Offer], today: Date, new: bool) -> Result<Plan, Refused> {
    let mut plan = Plan {
        allocations: Vec::new(),
        crossing: Vec::new(),
    };
    for (&product_id, &quantity) in wanted {
        let offer = offers
            .iter()
            .find(|offer| offer.product_id == product_id)
            .filter(|offer| !new || offer.state == ProductState::Published)
            .ok_or(Refused::NotSold {
                product_id: product_id.uuid(),
            })?;
        let part = fefo::plan(&offer.lots, quantity, today);
        if part.shortfall > 0 {
            return Err(Refused::OutOfStock {
                product_id: product_id.uuid(),
                name: offer.name.clone(),
            });
        }
        let left = fefo::available(&offer.lots, today) - quantity;
        if offer.sold_out != (left < offer.minimum) {
            plan.crossing.push(product_id);
        }
        let allocations = part.allocations.into_iter();
        plan.allocations
            .extend(allocations.map(|(lot_id, quantity)| Allocation {
                product_id,
                lot_id,
                quantity,
            }));
    }
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::OffsetDateTime;
    use time::macros::date;

    const TODAY: Date = date!(2026 - 11 - 22);

    fn offer(state: ProductState, minimum: i64, on_hand: &[i64]) -> Offer {
        let lot = |&quantity| OnHand {
            lot_id: Id::new(),
            use_by: None,
            receive_time: OffsetDateTime::UNIX_EPOCH,
            quantity,
        };
        let lots = on_hand.iter().map(lot).collect();
        Offer {
            product_id: Id::new(),
            name: "감자".into(),
            state,
            minimum,
            sold_out: false,
            lots,
        }
    }

    #[test]
    fn states_come_back_from_their_names() {
        for state in [State::Held, State::Committed, State::Released, State::Expired] {
            assert_eq!(State::from_name(state.name()), Some(state));
        }
    }

    #[test]
    fn all_products_of_an_order_are_had_or_none() {
        let (enough, short) = (
            offer(ProductState::Published, 1, &[3, 3]),
            offer(ProductState::Published, 1, &[1]),
        );
        let wanted = Wanted::from([(enough.product_id, 4), (short.product_id, 2)]);
        let refused = Refused::OutOfStock {
            product_id: short.product_id.uuid(),
            name: "감자".into(),
        };
        let offers = [enough, short];
        assert_eq!(plan(&wanted, &offers, TODAY, true), Err(refused));
    }

    #[test]
    fn a_product_off_sale_is_refused_to_new_orders_only() {
        for state in [ProductState::Draft, ProductState::Archived] {
            let offer = offer(state, 1, &[5]);
            let wanted = Wanted::from([(offer.product_id, 1)]);
            let refused = Refused::NotSold {
                product_id: offer.product_id.uuid(),
            };
            let offers = [offer];
            assert_eq!(plan(&wanted, &offers, TODAY, true), Err(refused));
            assert!(plan(&wanted, &offers, TODAY, false).is_ok());
        }
        let unknown = Wanted::from([(Id::new(), 1)]);
        assert!(matches!(
            plan(&unknown, &[], TODAY, true),
            Err(Refused::NotSold { .. })
        ));
    }

    #[test]
    fn stock_that_falls_below_the_minimum_order_is_noticed() {
        let offer = offer(ProductState::Published, 3, &[2, 4]);
        let id = offer.product_id;
        let offers = [offer];
        let crossing = |quantity| {
            plan(&Wanted::from([(id, quantity)]), &offers, TODAY, true)
                .expect("it suffices")
                .crossing
        };
        assert_eq!(crossing(3), []);
        assert_eq!(crossing(4), [id]);
    }
}
