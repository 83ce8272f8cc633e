use sqlx::PgConnection;
use xlcfi_contracts::auth::v1::AccountCreated;
use xlcfi_contracts::order::v1::{OrderCancelled, OrderConfirmed, OrderDelivered, OrderShipped};
use xlcfi_events::{Failure, Handler, Message};

use crate::Ctx;
use crate::convert;
use crate::flows;
use crate::purchase::PurchaseState;

/// Applies what other services tell.
#[derive(Debug)]
pub struct Facts(pub Ctx);

impl Handler for Facts {
    async fn handle(&self, conn: &mut PgConnection, message: &Message) -> Result<(), Failure> {
        let now = self.0.clock.now();
        if let Some(fact) = message.read::<AccountCreated>()? {
            let member = convert::new_member(fact).map_err(Failure::poison)?;
            return flows::members::create(conn, &member, now).await;
        }
        if let Some(fact) = message.read::<OrderConfirmed>()? {
            let order = convert::confirmed_order(fact).map_err(Failure::poison)?;
            return flows::orders::confirmed(conn, &order, now).await;
        }
        if let Some(fact) = message.read::<OrderShipped>()? {
            return moved(conn, &fact.member_id, &fact.order_id, PurchaseState::Shipped).await;
        }
        if let Some(fact) = message.read::<OrderDelivered>()? {
            return moved(conn, &fact.member_id, &fact.order_id, PurchaseState::Delivered).await;
        }
        if let Some(fact) = message.read::<OrderCancelled>()? {
            let order = fact.order.filter(|_| fact.was_confirmed);
            // Of an order that never was confirmed, only the saga's hold is here, and the saga releases it.
            let Some(order) = order else { return Ok(()) };
            let ids = convert::member_and_order(&order.member_id, &order.order_id);
            let (member_id, order_id) = ids.map_err(Failure::poison)?;
            return flows::orders::cancelled(conn, member_id, order_id, now).await;
        }
        Ok(())
    }
}

async fn moved(
    conn: &mut PgConnection,
    member_id: &str,
    order_id: &str,
    to: PurchaseState,
) -> Result<(), Failure> {
    let (member_id, order_id) = convert::member_and_order(member_id, order_id).map_err(Failure::poison)?;
    flows::orders::moved(conn, member_id, order_id, to).await
}
