//! What product and order tell of lots.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::event::{Action, Certificate};
use crate::lot::{MemberId, TracedLot};
use crate::order::{Line, Step};

#[derive(Debug)]
pub enum Fact {
    Received(Box<Received>),
    Lots(Lots),
    Sold(Sold),
    /// Who buys.
    Bought(Uuid, MemberId),
    Shipped(Uuid, Step),
    Delivered(Uuid, Step),
}

/// Goods came in, or were split off another lot.
#[derive(Debug)]
pub struct Received {
    pub message_id: Uuid,
    pub lot: TracedLot,
    /// It was split off by a move.
    pub moved: bool,
    pub warehouse_id: Uuid,
    pub certificates: Vec<Certificate>,
    pub time: OffsetDateTime,
}

/// Something became of lots of one product.
#[derive(Debug)]
pub struct Lots {
    pub message_id: Uuid,
    pub lot_ids: Vec<Uuid>,
    pub action: Action,
    pub biz_step: &'static str,
    pub disposition: Option<&'static str>,
    /// Where they lie now; `None` where they did.
    pub warehouse_id: Option<Uuid>,
    /// Units added to each; below 0 when taken.
    pub change: i64,
    pub time: OffsetDateTime,
}

/// An order's goods are sold, or back.
#[derive(Debug)]
pub struct Sold {
    pub message_id: Uuid,
    pub order_id: Uuid,
    pub kind: SoldKind,
    pub lines: Vec<Line>,
    pub time: OffsetDateTime,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoldKind {
    Sold,
    Returned,
}
