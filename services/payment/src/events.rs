use sqlx::PgConnection;
use xlcfi_contracts::order::v1::{OrderCancelled, OrderCreated};
use xlcfi_events::{Failure, Handler, Message};

use crate::Ctx;
use crate::convert::wish_of_order;
use crate::flows::facts;

/// Facts of the order service.
#[derive(Debug, Clone)]
pub struct Facts(pub Ctx);

impl Handler for Facts {
    async fn handle(&self, conn: &mut PgConnection, message: &Message) -> Result<(), Failure> {
        if let Some(fact) = message.read::<OrderCreated>()? {
            let order = fact.order.ok_or_else(|| Failure::poison("no order"))?;
            return match wish_of_order(&order).map_err(Failure::poison)? {
                Some(wish) => Ok(facts::order_created(&self.0, conn, &wish).await?),
                None => Ok(()),
            };
        }
        if let Some(fact) = message.read::<OrderCancelled>()? {
            let order = fact.order.ok_or_else(|| Failure::poison("no order"))?;
            let order_id = order.order_id.parse().map_err(Failure::poison)?;
            facts::order_cancelled(&self.0, conn, order_id).await?;
        }
        Ok(())
    }
}
