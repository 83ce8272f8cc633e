use prost::{Message, Name};
use sqlx::PgConnection;
use time::OffsetDateTime;
use xlcfi_contracts::order::v1 as pb;
use xlcfi_errors::Fault;
use xlcfi_events::append;
use xlcfi_identity::{Member, User};
use xlcfi_saga::Reversal;
use xlcfi_types::Id;

use crate::Ctx;
use crate::convert;
use crate::error::Error;
use crate::order::{Order, State};
use crate::store;
use crate::store::orders::Move;

/// Turns an order of `member_id` back, unless it has been shipped. Repeating it
/// changes nothing.
pub(crate) async fn cancel(
    ctx: &Ctx,
    member_id: Id<Member>,
    id: Id<Order>,
    reason: String,
) -> Result<Order, Error> {
    let stop = Stop {
        buyer: Some(member_id),
        reversal: Reversal {
            reason: "CANCELLED_BY_BUYER".into(),
            message: "주문이 취소되었습니다.".into(),
        },
        actor: format!("{member_id} {reason}").trim().to_owned(),
    };
    let mut tx = ctx.database.begin().await?;
    let (_, order) = self::stop(ctx, &mut tx, id, &stop).await?;
    tx.commit().await?;
    Ok(order)
}

/// Who undoes an order, and what is said about it.
pub(crate) struct Stop {
    /// Only an order of this buyer.
    buyer: Option<Id<Member>>,
    reversal: Reversal,
    /// For the timeline.
    actor: String,
}

impl Stop {
    /// By the platform's staff.
    pub(crate) fn by_staff(actor: Id<Member>, reason: &str) -> Self {
        Self {
            buyer: None,
            reversal: Reversal {
                reason: "CANCELLED_BY_STAFF".into(),
                message: "고객센터에서 주문을 취소했습니다. 결제하신 금액은 환불됩니다.".into(),
            },
            actor: format!("{actor} {reason}"),
        }
    }

    /// Its goods are recalled.
    pub(crate) fn recalled(actor: &str, reason: &str) -> Self {
        Self {
            buyer: None,
            reversal: Reversal {
                reason: "RECALLED".into(),
                message: "회수 대상 상품이 있어 주문을 취소했습니다. 결제하신 금액은 환불됩니다.".into(),
            },
            actor: format!("{actor} {reason}"),
        }
    }
}

/// Undoes an order for the staff, unless it has been shipped. Gives where it stood
/// before, too. Repeating it changes nothing.
pub(crate) async fn stop_by_staff(
    ctx: &Ctx,
    actor: Id<Member>,
    id: Id<Order>,
    reason: &str,
) -> Result<(State, Order), Error> {
    let mut tx = ctx.database.begin().await?;
    let stopped = stop(ctx, &mut tx, id, &Stop::by_staff(actor, reason)).await?;
    tx.commit().await?;
    Ok(stopped)
}

/// Undoes an order in the transaction of `conn`, unless it has been shipped.
pub(crate) async fn stop(
    ctx: &Ctx,
    conn: &mut PgConnection,
    id: Id<Order>,
    stop: &Stop,
) -> Result<(State, Order), Error> {
    // Replies lock the saga and then the order; so does this.
    ctx.sagas.lock(conn, id.uuid()).await?;
    let order = store::orders::lock(conn, id).await?;
    let may_stop = |order: &Order| stop.buyer.is_none_or(|buyer| order.member_id == buyer);
    let order = order.filter(may_stop).ok_or(Error::OrderNotFound)?;
    let before = order.state;
    match before {
        State::Cancelling | State::Cancelled => return Ok((before, order)),
        state if !state.cancellable() => return Err(Error::NotCancellable),
        _ => {}
    }
    ctx.sagas
        .compensate(conn, id.uuid(), stop.reversal.clone(), &stop.actor)
        .await?;
    let order = store::orders::get(&mut *conn, id)
        .await?
        .ok_or(Error::OrderNotFound)?;
    Ok((before, order))
}

/// Marks an order as on its way.
pub(crate) async fn ship(
    ctx: &Ctx,
    user: &User,
    id: Id<Order>,
    carrier: String,
    tracking_number: String,
) -> Result<Order, Error> {
    let mut tx = ctx.database.begin().await?;
    let order = lock_for_seller(&mut tx, user, id).await?;
    match order.state {
        State::Shipped => return Ok(order),
        State::Confirmed => {}
        _ => return Err(Error::NotShippable),
    }
    let move_on = Move {
        carrier: Some((&carrier, &tracking_number)),
        ..Move::to(State::Shipped, ctx.clock.now())
    };
    let event = |order: &Order| pb::OrderShipped {
        order_id: id.to_string(),
        member_id: order.member_id.to_string(),
        version: order.version,
        time: Some(convert::timestamp(order.update_time)),
        carrier: carrier.clone(),
        tracking_number: tracking_number.clone(),
    };
    let order = go(&mut tx, id, move_on, event).await?;
    tx.commit().await?;
    Ok(order)
}

/// Marks a shipped order as arrived.
pub(crate) async fn deliver(ctx: &Ctx, user: &User, id: Id<Order>) -> Result<Order, Error> {
    let mut tx = ctx.database.begin().await?;
    let order = lock_for_seller(&mut tx, user, id).await?;
    match order.state {
        State::Delivered => return Ok(order),
        State::Shipped => {}
        _ => return Err(Error::NotDeliverable),
    }
    let event = |order: &Order| pb::OrderDelivered {
        order_id: id.to_string(),
        member_id: order.member_id.to_string(),
        version: order.version,
        time: Some(convert::timestamp(order.update_time)),
    };
    let move_on = Move::to(State::Delivered, ctx.clock.now());
    let order = go(&mut tx, id, move_on, event).await?;
    tx.commit().await?;
    Ok(order)
}

/// The saga set stock and points aside.
pub(crate) async fn await_payment(
    conn: &mut PgConnection,
    id: Id<Order>,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let event = |order: &Order| pb::OrderAwaitingPayment {
        order_id: id.to_string(),
        member_id: order.member_id.to_string(),
        version: order.version,
        time: Some(convert::timestamp(now)),
    };
    go(conn, id, Move::to(State::AwaitingPayment, now), event).await?;
    Ok(())
}

/// The saga ended well.
pub(crate) async fn confirm(
    conn: &mut PgConnection,
    id: Id<Order>,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let event = |order: &Order| pb::OrderConfirmed {
        order: Some(convert::order(order)),
        time: Some(convert::timestamp(now)),
    };
    let order = go(conn, id, Move::to(State::Confirmed, now), event).await?;
    let waited = (now - order.create_time).as_seconds_f64();
    metrics::histogram!("orders.processing.time", "service" => "order").record(waited);
    Ok(())
}

/// The saga was turned back.
pub(crate) async fn begin_cancelling(
    conn: &mut PgConnection,
    id: Id<Order>,
    reversal: &Reversal,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let move_on = Move {
        failure: Some((&reversal.reason, &reversal.message)),
        ..Move::to(State::Cancelling, now)
    };
    let event = |order: &Order| pb::OrderCancelling {
        order_id: id.to_string(),
        member_id: order.member_id.to_string(),
        version: order.version,
        time: Some(convert::timestamp(now)),
        reason: reversal.reason.clone(),
    };
    go(conn, id, move_on, event).await?;
    Ok(())
}

/// The saga undid everything.
pub(crate) async fn finish_cancelling(
    conn: &mut PgConnection,
    id: Id<Order>,
    reversal: &Reversal,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let event = |order: &Order| pb::OrderCancelled {
        order: Some(convert::order(order)),
        reason: reversal.reason.clone(),
        was_confirmed: order.confirm_time.is_some(),
        time: Some(convert::timestamp(now)),
    };
    go(conn, id, Move::to(State::Cancelled, now), event).await?;
    Ok(())
}

async fn lock_for_seller(conn: &mut PgConnection, user: &User, id: Id<Order>) -> Result<Order, Error> {
    let order = store::orders::lock(conn, id).await?;
    let may_send = |order: &Order| user.is_admin() || order.sold_only_by(user.id);
    order.filter(may_send).ok_or(Error::OrderNotFound)
}

/// Moves an order on and tells of it.
async fn go<E: Message + Name>(
    conn: &mut PgConnection,
    id: Id<Order>,
    move_on: Move<'_>,
    event: impl Fn(&Order) -> E,
) -> Result<Order, Error> {
    let next = move_on.next;
    let Some(order) = store::orders::go(conn, id, move_on).await? else {
        return Err(Fault::bug(format!("order {id} is in no state that leads to {next:?}")).into());
    };
    append(conn, id.uuid(), &event(&order)).await?;
    Ok(order)
}
