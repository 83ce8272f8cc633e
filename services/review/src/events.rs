use sqlx::PgConnection;
use time::OffsetDateTime;
use xlcfi_contracts::member::v1::{MemberCreated, MemberRenamed, MemberWithdrawn};
use xlcfi_contracts::order::v1::{OrderCancelled, OrderConfirmed, OrderDelivered};
use xlcfi_contracts::payment::v1::PaymentRefunded;
use xlcfi_contracts::told;
use xlcfi_events::{Failure, Handler, Message};
use xlcfi_types::Id;

use crate::convert;
use crate::flows;
use crate::purchase::{Order, Purchase, State};
use crate::review::MemberId;

/// Applies what other services tell.
#[derive(Debug)]
pub struct Facts;

/// What matters here of it.
#[derive(Debug)]
pub enum Fact {
    /// With the name others see, from the start or from now on.
    MemberNamed(MemberId, String),
    MemberWithdrawn(MemberId),
    Confirmed(Purchase),
    /// Delivered, or cancelled after it was confirmed.
    Moved(Id<Order>, State, OffsetDateTime),
    /// All of the money went back.
    Refunded(Id<Order>),
}

impl Handler for Facts {
    type Fact = Fact;

    fn read(&self, message: &Message) -> Result<Option<Fact>, Failure> {
        if let Some(told) = message.read::<MemberCreated>()? {
            let member_id = told::id("member_id", &told.member_id).map_err(Failure::poison)?;
            return Ok(Some(Fact::MemberNamed(member_id, told.display_name)));
        }
        if let Some(told) = message.read::<MemberRenamed>()? {
            let member_id = told::id("member_id", &told.member_id).map_err(Failure::poison)?;
            return Ok(Some(Fact::MemberNamed(member_id, told.display_name)));
        }
        if let Some(told) = message.read::<MemberWithdrawn>()? {
            let member_id = told::id("member_id", &told.member_id).map_err(Failure::poison)?;
            return Ok(Some(Fact::MemberWithdrawn(member_id)));
        }
        if let Some(told) = message.read::<OrderConfirmed>()? {
            let purchase = convert::purchase(told).map_err(Failure::poison)?;
            return Ok(Some(Fact::Confirmed(purchase)));
        }
        if let Some(told) = message.read::<OrderDelivered>()? {
            let order_id = told::id("order_id", &told.order_id).map_err(Failure::poison)?;
            let time = told::time("time", told.time).map_err(Failure::poison)?;
            return Ok(Some(Fact::Moved(order_id, State::Delivered, time)));
        }
        if let Some(told) = message.read::<OrderCancelled>()? {
            // One that never was confirmed was never heard of here.
            let Some(order) = told.order.filter(|_| told.was_confirmed) else {
                return Ok(None);
            };
            let order_id = told::id("order_id", &order.order_id).map_err(Failure::poison)?;
            let time = told::time("time", told.time).map_err(Failure::poison)?;
            return Ok(Some(Fact::Moved(order_id, State::Cancelled, time)));
        }
        if let Some(told) = message.read::<PaymentRefunded>()? {
            let payment = told.payment.unwrap_or_default();
            let order_id = told::id("order_id", &payment.order_id).map_err(Failure::poison)?;
            return Ok(Some(Fact::Refunded(order_id)));
        }
        Ok(None)
    }

    async fn apply(&self, conn: &mut PgConnection, fact: Fact) -> Result<(), Failure> {
        match fact {
            Fact::MemberNamed(member_id, name) => {
                flows::purchases::member_named(conn, member_id, &name).await
            }
            Fact::MemberWithdrawn(member_id) => flows::purchases::member_withdrawn(conn, member_id).await,
            Fact::Confirmed(purchase) => flows::purchases::confirmed(conn, &purchase).await,
            Fact::Moved(order_id, to, time) => flows::purchases::moved(conn, order_id, to, time).await,
            Fact::Refunded(order_id) => flows::purchases::refunded(conn, order_id).await,
        }
    }
}
