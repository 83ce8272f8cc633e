use sqlx::PgConnection;
use xlcfi_contracts::auth::v1::AccountCreated;
use xlcfi_contracts::order::v1::{
    OrderCancelled, OrderConfirmed, OrderCreated, OrderDelivered, OrderRecallNoticed, OrderShipped,
};
use xlcfi_events::{Failure, Handler, Message};
use xlcfi_types::Id;

use crate::Ctx;
use crate::consent::ConsentKind;
use crate::convert;
use crate::flows;
use crate::member::{Member, MemberId};
use crate::notification::{self, Notice};
use crate::purchase::{ConfirmedOrder, Order, PurchaseState};

/// Applies what other services tell.
#[derive(Debug)]
pub struct Facts(pub Ctx);

/// What matters here of it.
#[derive(Debug)]
pub enum Fact {
    /// With the texts that were agreed to.
    AccountCreated(Member, Vec<(ConsentKind, String)>),
    OrderCreated(MemberId, Id<Order>),
    OrderConfirmed(ConfirmedOrder),
    /// Shipped or delivered, and what the buyer is told.
    OrderMoved(Id<Order>, PurchaseState, Notice),
    /// With what the buyer is told; whether it was confirmed before.
    OrderCancelled(Id<Order>, bool, Notice),
    OrderRecallNoticed(Notice),
}

impl Handler for Facts {
    type Fact = Fact;

    fn read(&self, message: &Message) -> Result<Option<Fact>, Failure> {
        if let Some(told) = message.read::<AccountCreated>()? {
            let accepted = convert::accepted_texts(&told);
            let member = convert::new_member(told).map_err(Failure::poison)?;
            return Ok(Some(Fact::AccountCreated(member, accepted)));
        }
        if let Some(told) = message.read::<OrderCreated>()? {
            let order = told.order.unwrap_or_default();
            let (member_id, order_id) = ids(&order.member_id, &order.order_id)?;
            return Ok(Some(Fact::OrderCreated(member_id, order_id)));
        }
        if let Some(told) = message.read::<OrderConfirmed>()? {
            let order = convert::confirmed_order(told).map_err(Failure::poison)?;
            return Ok(Some(Fact::OrderConfirmed(order)));
        }
        if let Some(told) = message.read::<OrderShipped>()? {
            let carrier = format!("{} {}", told.carrier, told.tracking_number);
            return moved(&told.member_id, &told.order_id, PurchaseState::Shipped, &carrier).map(Some);
        }
        if let Some(told) = message.read::<OrderDelivered>()? {
            return moved(&told.member_id, &told.order_id, PurchaseState::Delivered, "").map(Some);
        }
        if let Some(told) = message.read::<OrderCancelled>()? {
            let (order_id, notice) = convert::cancelled_order(&told).map_err(Failure::poison)?;
            return Ok(Some(Fact::OrderCancelled(order_id, told.was_confirmed, notice)));
        }
        if let Some(told) = message.read::<OrderRecallNoticed>()? {
            let (member_id, order_id) = ids(&told.member_id, &told.order_id)?;
            let reason = told.recall.unwrap_or_default().reason;
            let notice = notification::order_recalled(member_id, order_id, told.version, &reason);
            return Ok(Some(Fact::OrderRecallNoticed(notice)));
        }
        Ok(None)
    }

    async fn apply(&self, conn: &mut PgConnection, fact: Fact) -> Result<(), Failure> {
        let now = self.0.clock.now();
        match fact {
            Fact::AccountCreated(member, accepted) => {
                flows::members::create(conn, &member, accepted, now).await
            }
            Fact::OrderCreated(member_id, order_id) => flows::orders::opened(conn, member_id, order_id).await,
            Fact::OrderConfirmed(order) => flows::orders::confirmed(conn, &order, now).await,
            Fact::OrderMoved(order_id, to, notice) => {
                flows::orders::moved(conn, order_id, to, notice, now).await
            }
            Fact::OrderCancelled(order_id, was_confirmed, notice) => {
                flows::orders::cancelled(conn, order_id, was_confirmed, notice, now).await
            }
            Fact::OrderRecallNoticed(notice) => flows::notifications::add(conn, &[notice], now).await,
        }
    }
}

fn moved(member_id: &str, order_id: &str, to: PurchaseState, carrier: &str) -> Result<Fact, Failure> {
    let (member_id, order_id) = ids(member_id, order_id)?;
    let notice = notification::order_moved(member_id, order_id, to, carrier);
    Ok(Fact::OrderMoved(order_id, to, notice))
}

fn ids(member_id: &str, order_id: &str) -> Result<(MemberId, Id<Order>), Failure> {
    convert::member_and_order(member_id, order_id).map_err(Failure::poison)
}
