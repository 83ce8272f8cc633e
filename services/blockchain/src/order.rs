//! Orders, as far as lots went into them.

use time::OffsetDateTime;
use uuid::Uuid;

/// What an order got of a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    pub lot_id: Uuid,
    pub product_id: Uuid,
    pub quantity: i64,
}

/// How far an order came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Way {
    pub shipped: Option<Step>,
    pub delivered: Option<Step>,
}

/// An order, locked.
#[derive(Debug, Clone, Copy)]
pub struct Tracked {
    pub order_id: Uuid,
    /// `None` until it is told.
    pub buyer_id: Option<Uuid>,
    pub way: Way,
}

/// A step of an order, and the message that told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub time: OffsetDateTime,
    pub message_id: Uuid,
}

/// What an order has of a lot, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    pub order_id: Uuid,
    pub lot_id: Uuid,
    pub product_id: Uuid,
    pub sold: i64,
    pub returned: i64,
    pub sell_time: OffsetDateTime,
    pub return_time: Option<OffsetDateTime>,
    pub ship_time: Option<OffsetDateTime>,
    pub deliver_time: Option<OffsetDateTime>,
}

/// Where goods of an order stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Sold,
    Shipped,
    Delivered,
    Returned,
}

impl Order {
    /// Where what it has stands, and since when; of what is all back, that.
    pub fn standing(&self) -> (State, OffsetDateTime) {
        match (self.return_time, self.deliver_time, self.ship_time) {
            (Some(time), ..) if self.returned == self.sold => (State::Returned, time),
            (_, Some(time), _) => (State::Delivered, time),
            (_, None, Some(time)) => (State::Shipped, time),
            (_, None, None) => (State::Sold, self.sell_time),
        }
    }

    /// Sales units it has; of what is all back, those it had.
    pub fn quantity(&self) -> i64 {
        if self.returned == self.sold {
            self.sold
        } else {
            self.sold - self.returned
        }
    }
}
