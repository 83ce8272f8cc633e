use sqlx::PgConnection;
use xlcfi_contracts::auth::v1::AccountCreated;
use xlcfi_contracts::order::v1::{OrderCancelled, OrderConfirmed, OrderDelivered, OrderShipped};
use xlcfi_events::{Failure, Handler, Message};
use xlcfi_types::Id;

use crate::Ctx;
use crate::convert;
use crate::flows;
use crate::member::{Member, MemberId};
use crate::purchase::{ConfirmedOrder, Order, PurchaseState};

/// Applies what other services tell.
#[derive(Debug)]
pub struct Facts(pub Ctx);

/// What matters here of it.
#[derive(Debug)]
pub enum Fact {
    AccountCreated(Member),
    OrderConfirmed(ConfirmedOrder),
    /// Shipped or delivered.
    OrderMoved(MemberId, Id<Order>, PurchaseState),
    /// One that was confirmed before.
    OrderCancelled(MemberId, Id<Order>),
}

impl Handler for Facts {
    type Fact = Fact;

    fn read(&self, message: &Message) -> Result<Option<Fact>, Failure> {
        if let Some(told) = message.read::<AccountCreated>()? {
            let member = convert::new_member(told).map_err(Failure::poison)?;
            return Ok(Some(Fact::AccountCreated(member)));
        }
        if let Some(told) = message.read::<OrderConfirmed>()? {
            let order = convert::confirmed_order(told).map_err(Failure::poison)?;
            return Ok(Some(Fact::OrderConfirmed(order)));
        }
        if let Some(told) = message.read::<OrderShipped>()? {
            return moved(&told.member_id, &told.order_id, PurchaseState::Shipped).map(Some);
        }
        if let Some(told) = message.read::<OrderDelivered>()? {
            return moved(&told.member_id, &told.order_id, PurchaseState::Delivered).map(Some);
        }
        if let Some(told) = message.read::<OrderCancelled>()? {
            // Of an order that never was confirmed, only the saga's hold is here, and the saga releases it.
            let Some(order) = told.order.filter(|_| told.was_confirmed) else {
                return Ok(None);
            };
            let (member_id, order_id) = ids(&order.member_id, &order.order_id)?;
            return Ok(Some(Fact::OrderCancelled(member_id, order_id)));
        }
        Ok(None)
    }

    async fn apply(&self, conn: &mut PgConnection, fact: Fact) -> Result<(), Failure> {
        let now = self.0.clock.now();
        match fact {
            Fact::AccountCreated(member) => flows::members::create(conn, &member, now).await,
            Fact::OrderConfirmed(order) => flows::orders::confirmed(conn, &order, now).await,
            Fact::OrderMoved(member_id, order_id, to) => {
                flows::orders::moved(conn, member_id, order_id, to).await
            }
            Fact::OrderCancelled(member_id, order_id) => {
                flows::orders::cancelled(conn, member_id, order_id, now).await
            }
        }
    }
}

fn moved(member_id: &str, order_id: &str, to: PurchaseState) -> Result<Fact, Failure> {
    let (member_id, order_id) = ids(member_id, order_id)?;
    Ok(Fact::OrderMoved(member_id, order_id, to))
}

fn ids(member_id: &str, order_id: &str) -> Result<(MemberId, Id<Order>), Failure> {
    convert::member_and_order(member_id, order_id).map_err(Failure::poison)
}
