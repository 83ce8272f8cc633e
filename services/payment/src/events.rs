use sqlx::PgConnection;
use xlcfi_contracts::order::v1::{OrderCancelled, OrderCreated};
use xlcfi_contracts::told;
use xlcfi_events::{Failure, Handler, Message};
use xlcfi_types::Id;

use crate::Ctx;
use crate::convert::wish_of_order;
use crate::flows::facts;
use crate::payment::{Order, Wish};

/// Facts of the order service.
#[derive(Debug, Clone)]
pub struct Facts(pub Ctx);

/// What matters here of them.
#[derive(Debug)]
pub enum Fact {
    /// There is something to pay.
    Created(Wish),
    Cancelled(Id<Order>),
}

impl Handler for Facts {
    type Fact = Fact;

    fn read(&self, message: &Message) -> Result<Option<Fact>, Failure> {
        if let Some(told) = message.read::<OrderCreated>()? {
            let order = told.order.ok_or_else(|| Failure::poison("no order"))?;
            let wish = wish_of_order(&order).map_err(Failure::poison)?;
            return Ok(wish.map(Fact::Created));
        }
        if let Some(told) = message.read::<OrderCancelled>()? {
            let order = told.order.ok_or_else(|| Failure::poison("no order"))?;
            let order_id = told::id("order_id", &order.order_id).map_err(Failure::poison)?;
            return Ok(Some(Fact::Cancelled(order_id)));
        }
        Ok(None)
    }

    async fn apply(&self, conn: &mut PgConnection, fact: Fact) -> Result<(), Failure> {
        match fact {
            Fact::Created(wish) => facts::order_created(&self.0, conn, &wish).await?,
            Fact::Cancelled(order_id) => facts::order_cancelled(&self.0, conn, order_id).await?,
        }
        Ok(())
    }
}
