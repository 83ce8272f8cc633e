use sqlx::PgConnection;
use xlcfi_contracts::order::v1::{OrderCreated, OrderDelivered, OrderShipped};
use xlcfi_contracts::product::v1::{
    LotChanged, LotMoved, LotReceived, LotSplit, LotsHeld, LotsReleased, StockReturned, StockSold,
};
use xlcfi_events::{Failure, Handler, Message};

use crate::Ctx;
use crate::convert::trace_facts as convert;
use crate::fact::{Fact, SoldKind};
use crate::flows::trace::facts;

/// What product and order tell of lots.
#[derive(Debug)]
pub struct Facts(pub Ctx);

impl Handler for Facts {
    type Fact = Fact;

    fn read(&self, message: &Message) -> Result<Option<Fact>, Failure> {
        let id = message.id;
        let fact = if let Some(told) = message.read::<LotReceived>()? {
            convert::received(id, told)
        } else if let Some(told) = message.read::<LotSplit>()? {
            convert::split(id, told)
        } else if let Some(told) = message.read::<LotMoved>()? {
            convert::moved(id, &told)
        } else if let Some(told) = message.read::<LotChanged>()? {
            convert::changed(id, &told)
        } else if let Some(told) = message.read::<LotsHeld>()? {
            convert::held(id, &told)
        } else if let Some(told) = message.read::<LotsReleased>()? {
            convert::released(id, &told)
        } else if let Some(told) = message.read::<StockSold>()? {
            convert::sold(id, SoldKind::Sold, &told.order_id, &told.lines, told.time)
        } else if let Some(told) = message.read::<StockReturned>()? {
            convert::sold(id, SoldKind::Returned, &told.order_id, &told.lines, told.time)
        } else if let Some(told) = message.read::<OrderCreated>()? {
            convert::bought(told)
        } else if let Some(told) = message.read::<OrderShipped>()? {
            convert::step(id, &told.order_id, told.time).map(|(order_id, step)| Fact::Shipped(order_id, step))
        } else if let Some(told) = message.read::<OrderDelivered>()? {
            convert::step(id, &told.order_id, told.time)
                .map(|(order_id, step)| Fact::Delivered(order_id, step))
        } else {
            return Ok(None);
        };
        fact.map(Some).map_err(Failure::poison)
    }

    async fn apply(&self, conn: &mut PgConnection, fact: Fact) -> Result<(), Failure> {
        let now = self.0.clock.now();
        match fact {
            Fact::Received(fact) => facts::received(conn, *fact, now).await,
            Fact::Lots(fact) => facts::changed(conn, fact, now).await,
            Fact::Sold(fact) => facts::sold(conn, fact, now).await,
            Fact::Bought(order_id, buyer_id) => facts::bought(conn, order_id, buyer_id).await,
            Fact::Shipped(order_id, step) => facts::moved(conn, order_id, step, false, now).await,
            Fact::Delivered(order_id, step) => facts::moved(conn, order_id, step, true, now).await,
        }
    }
}
