//! What becomes of a member when one of its orders moves on.

use sqlx::PgConnection;
use time::OffsetDateTime;
use xlcfi_events::Failure;
use xlcfi_types::Id;

use super::notifications;
use super::points::{book, release, settle};
use crate::member::MemberId;
use crate::notification::{Notice, order_moved};
use crate::points::{EntryKind, Line, earned};
use crate::purchase::{ConfirmedOrder, Order, PurchaseState};
use crate::store::{holds, orders, points, purchases};

/// An order was made; until it arrives or is undone its buyer does not withdraw.
pub async fn opened(
    conn: &mut PgConnection,
    member_id: MemberId,
    order_id: Id<Order>,
) -> Result<(), Failure> {
    orders::open(conn, member_id, order_id).await?;
    Ok(())
}

/// The points held are spent, points are earned, and the purchase is listed.
pub async fn confirmed(
    conn: &mut PgConnection,
    order: &ConfirmedOrder,
    now: OffsetDateTime,
) -> Result<(), Failure> {
    let purchase = &order.purchase;
    let (member_id, order_id) = (purchase.member_id, purchase.order_id);
    let Some((mut balance, grade)) = points::lock_trading(conn, member_id).await? else {
        return Err(Failure::retry("the member of this order is not here yet"));
    };
    if !purchases::insert(conn, purchase).await? {
        return Ok(());
    }
    orders::open(conn, member_id, order_id).await?;
    let notice = order_moved(member_id, order_id, PurchaseState::Confirmed, &purchase.title);
    notifications::add(conn, &[notice], now).await?;
    let hold = holds::get(conn, member_id, order_id).await?;
    if hold.map_or(0, |hold| hold.points) != order.points_used {
        return Err(Failure::poison(
            "the order used other points than are held for it",
        ));
    }
    if let Some(hold) = hold
        && let Some(settlement) = hold.spend()
    {
        balance = settle(conn, balance, &hold, &settlement, now).await?;
    }
    // Who withdrew meanwhile earns nothing.
    if let Some(line) = grade.and_then(|grade| earned(purchase.paid, grade)) {
        book(conn, balance, member_id, Some(order_id), line, now).await?;
    }
    Ok(())
}

/// The purchase is on its way, or arrived.
pub async fn moved(
    conn: &mut PgConnection,
    order_id: Id<Order>,
    to: PurchaseState,
    notice: Notice,
    now: OffsetDateTime,
) -> Result<(), Failure> {
    if !advance(conn, notice.member_id, order_id, to).await? {
        return Ok(());
    }
    if to == PurchaseState::Delivered {
        orders::close(conn, notice.member_id, order_id).await?;
    }
    notifications::add(conn, &[notice], now).await
}

/// An order is undone. Of a confirmed one spent points come back and earned ones go; of
/// another only the saga's hold is here, and the saga releases it.
pub async fn cancelled(
    conn: &mut PgConnection,
    order_id: Id<Order>,
    was_confirmed: bool,
    notice: Notice,
    now: OffsetDateTime,
) -> Result<(), Failure> {
    let member_id = notice.member_id;
    orders::close(conn, member_id, order_id).await?;
    if !was_confirmed {
        return notifications::add(conn, &[notice], now).await;
    }
    // The balance is locked before the purchase, as in `confirmed`.
    points::lock(conn, member_id).await?;
    if !advance(conn, member_id, order_id, PurchaseState::Cancelled).await? {
        return Ok(());
    }
    notifications::add(conn, &[notice], now).await?;
    release(conn, member_id, order_id, now).await?;
    if let Some(earned) = points::earned(conn, member_id, order_id).await?
        && let Some(balance) = points::lock(conn, member_id).await?
    {
        let line = Line {
            kind: EntryKind::Revoked,
            points: -earned,
        };
        book(conn, balance, member_id, Some(order_id), line, now).await?;
    }
    Ok(())
}

/// Moves a purchase on; false when it stands there or further already.
async fn advance(
    conn: &mut PgConnection,
    member_id: MemberId,
    order_id: Id<Order>,
    to: PurchaseState,
) -> Result<bool, Failure> {
    let Some(state) = purchases::lock(conn, member_id, order_id).await? else {
        return Err(Failure::poison("no purchase is known of this order"));
    };
    if state >= to {
        return Ok(false);
    }
    purchases::set_state(conn, member_id, order_id, to).await?;
    Ok(true)
}
