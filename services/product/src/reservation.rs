//! What is taken for an order: the rules, without the tables.

use std::collections::BTreeMap;

use strum::{EnumString, IntoStaticStr};
use time::Date;
use uuid::Uuid;
use xlcfi_types::Id;

use crate::fefo::{self, OnHand};
use crate::life::{Dated, Window};
use crate::lot::Lot;
use crate::product::{Product, State as ProductState};

/// Names the ids of orders.
#[derive(Debug, Clone, Copy)]
pub enum Order {}

/// What an order takes of each product.
pub type Wanted = BTreeMap<Id<Product>, Want>;

/// How much of a product is wanted, and with how many days left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Want {
    pub quantity: i64,
    pub window: Window,
}

/// Other goods for an order.
#[derive(Debug, Clone, Copy)]
pub struct Swap {
    pub order_id: Id<Order>,
    pub from: Id<Lot>,
    pub to: Id<Lot>,
    pub quantity: i64,
}

/// Where a reservation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
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

/// A product as its stock is being taken, with what its lots have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub product_id: Id<Product>,
    pub name: String,
    pub state: ProductState,
    pub minimum: i64,
    /// Days left of goods at the full price.
    pub full_price: Window,
    /// As last told.
    pub sold_out: bool,
    /// As last told.
    pub earliest_use_by: Option<Date>,
    pub lots: Vec<OnHand>,
}

impl Offer {
    /// Days left that the goods of a line must have: who pays the full price gets
    /// what the product promises at least.
    fn window(&self, asked: Window) -> Window {
        if asked.maximum.is_some() {
            asked
        } else {
            Window::from(asked.minimum.max(self.full_price.minimum))
        }
    }

    /// Whether taking these changes what buyers were told of the stock.
    fn crosses(&self, taken: &[(Id<Lot>, i64)], today: Date) -> bool {
        let left: Vec<Dated> = self
            .lots
            .iter()
            .map(|lot| {
                let part = taken.iter().find(|(id, _)| *id == lot.lot_id);
                let mut dated = lot.dated();
                dated.units -= part.map_or(0, |(_, quantity)| *quantity);
                dated
            })
            .collect();
        let sold_out = self.full_price.units(&left, today) < self.minimum;
        sold_out != self.sold_out || self.full_price.earliest(&left, today) != self.earliest_use_by
    }
}

/// Part of a line, from one lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allocation {
    pub product_id: Id<Product>,
    pub lot_id: Id<Lot>,
    pub quantity: i64,
    /// What the line asked for.
    pub asked: Window,
}

/// Goods an order bought, from one lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sold {
    pub order_id: Uuid,
    pub product_id: Uuid,
    pub lot_id: Uuid,
    pub quantity: i64,
}

/// What to take for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub allocations: Vec<Allocation>,
    /// Products of which buyers must be told anew: their stock crosses the minimum
    /// order, or another lot is the first to leave.
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
    for (&product_id, want) in wanted {
        let offer = offers
            .iter()
            .find(|offer| offer.product_id == product_id)
            .filter(|offer| !new || offer.state == ProductState::Published)
            .ok_or(Refused::NotSold {
                product_id: product_id.uuid(),
            })?;
        let part = fefo::plan(&offer.lots, want.quantity, offer.window(want.window), today);
        if part.shortfall > 0 {
            return Err(Refused::OutOfStock {
                product_id: product_id.uuid(),
                name: offer.name.clone(),
            });
        }
        if offer.crosses(&part.allocations, today) {
            plan.crossing.push(product_id);
        }
        let allocation = |(lot_id, quantity)| Allocation {
            product_id,
            lot_id,
            quantity,
            asked: want.window,
        };
        plan.allocations
            .extend(part.allocations.into_iter().map(allocation));
    }
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;
    use time::{Duration, OffsetDateTime};

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
            full_price: Window::from(0),
            sold_out: false,
            earliest_use_by: None,
            lots,
        }
    }

    fn want(quantity: i64) -> Want {
        Want {
            quantity,
            window: Window::from(0),
        }
    }

    #[test]
    fn all_products_of_an_order_are_had_or_none() {
        let (enough, short) = (
            offer(ProductState::Published, 1, &[3, 3]),
            offer(ProductState::Published, 1, &[1]),
        );
        let wanted = Wanted::from([(enough.product_id, want(4)), (short.product_id, want(2))]);
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
            let wanted = Wanted::from([(offer.product_id, want(1))]);
            let refused = Refused::NotSold {
                product_id: offer.product_id.uuid(),
            };
            let offers = [offer];
            assert_eq!(plan(&wanted, &offers, TODAY, true), Err(refused));
            assert!(plan(&wanted, &offers, TODAY, false).is_ok());
        }
        let unknown = Wanted::from([(Id::new(), want(1))]);
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
            plan(&Wanted::from([(id, want(quantity))]), &offers, TODAY, true)
                .expect("it suffices")
                .crossing
        };
        assert_eq!(crossing(3), []);
        assert_eq!(crossing(4), [id]);
    }

    #[test]
    fn who_pays_the_full_price_gets_what_is_promised_and_who_asks_for_more_gets_more() {
        let mut offer = offer(ProductState::Published, 1, &[5, 5, 5]);
        for (lot, days) in offer.lots.iter_mut().zip([2, 5, 9]) {
            lot.use_by = Some(TODAY + Duration::days(days));
        }
        offer.full_price = Window::from(4);
        let lots: Vec<Id<Lot>> = offer.lots.iter().map(|lot| lot.lot_id).collect();
        let (id, offers) = (offer.product_id, [offer]);
        let first = |minimum, maximum| {
            let window = Window { minimum, maximum };
            let wanted = Wanted::from([(id, Want { quantity: 1, window })]);
            plan(&wanted, &offers, TODAY, true).map(|plan| plan.allocations[0].lot_id)
        };
        assert_eq!(first(0, None), Ok(lots[1]));
        assert_eq!(first(6, None), Ok(lots[2]));
        assert_eq!(first(0, Some(3)), Ok(lots[0]), "near expiry");
        assert!(first(10, None).is_err());
    }

    #[test]
    fn another_lot_that_is_the_first_to_leave_is_noticed() {
        let mut offer = offer(ProductState::Published, 1, &[2, 4]);
        for (lot, days) in offer.lots.iter_mut().zip([3, 5]) {
            lot.use_by = Some(TODAY + Duration::days(days));
        }
        offer.earliest_use_by = offer.lots[0].use_by;
        let (id, offers) = (offer.product_id, [offer]);
        for (quantity, told) in [(1, false), (2, true), (3, true)] {
            let plan = plan(&Wanted::from([(id, want(quantity))]), &offers, TODAY, true);
            assert_eq!(plan.expect("it suffices").crossing == [id], told, "{quantity}");
        }
    }
}
