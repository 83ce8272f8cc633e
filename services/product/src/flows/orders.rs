//! What orders take and give back. Those called for commands work in the
//! transaction of their `conn`.

use std::collections::BTreeSet;

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::product::v1::{Allocation as Line, StockReturned, StockSold};
use xlcfi_errors::Fault;
use xlcfi_types::Id;
use xlcfi_types::calendar::seoul_date;

use crate::Ctx;
use crate::convert::timestamp;
use crate::flows::tell_stock;
use crate::product::Product;
use crate::reservation::{Allocation, Order, Refused, Sold, State, Wanted, plan};
use crate::store::reservations::Commit;
use crate::store::{reservations, stock};

/// Reservations given back in one transaction.
const EXPIRY_BATCH: i64 = 100;
/// Products looked at in one transaction.
const SETTLE_BATCH: i64 = 200;

/// Reserves the stock of an order until `expire_time`, all of it or nothing.
pub async fn reserve(
    conn: &mut PgConnection,
    order_id: Id<Order>,
    wanted: &Wanted,
    expire_time: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<Result<Vec<Allocation>, Refused>, Fault> {
    let today = seoul_date(now);
    let offers = stock::lock(conn, wanted.keys().copied(), today).await?;
    let plan = match plan(wanted, &offers, today, true) {
        Ok(plan) => plan,
        Err(refused) => return Ok(Err(refused)),
    };
    reservations::hold(conn, order_id, &plan.allocations, expire_time, now).await?;
    tell_stock(conn, &plan.crossing, now).await?;
    Ok(Ok(plan.allocations))
}

/// Sells what is reserved for an order. A reservation that is overdue and not
/// given back yet still counts; what was given back, or may not be sold any more,
/// is taken anew when the stock allows.
pub async fn commit(
    conn: &mut PgConnection,
    order_id: Id<Order>,
    now: OffsetDateTime,
) -> Result<Result<(), Refused>, Fault> {
    match reservations::commit(conn, order_id, seoul_date(now), now).await? {
        Commit::Sold(lines) => {
            tell_sold(conn, order_id, lines.iter().map(line).collect(), now).await?;
            return Ok(Ok(()));
        }
        // What was held, or expired, meanwhile is taken anew from other lots.
        Commit::Contested(sold) => reservations::give_back(conn, order_id, &sold, now).await?,
        Commit::NothingHeld => {}
    }
    match reservations::lock(conn, order_id).await? {
        Some(State::Committed) => Ok(Ok(())),
        Some(State::Expired) => commit_expired(conn, order_id, now).await,
        Some(State::Held | State::Released) | None => Ok(Err(Refused::NothingReserved)),
    }
}

async fn commit_expired(
    conn: &mut PgConnection,
    order_id: Id<Order>,
    now: OffsetDateTime,
) -> Result<Result<(), Refused>, Fault> {
    let today = seoul_date(now);
    let wanted = reservations::wanted(conn, order_id).await?;
    let offers = stock::lock(conn, wanted.keys().copied(), today).await?;
    let plan = match plan(&wanted, &offers, today, false) {
        Ok(plan) => plan,
        Err(refused) => return Ok(Err(refused)),
    };
    reservations::sell_anew(conn, order_id, &plan.allocations, now).await?;
    let lines = plan.allocations.iter().map(|part| Line {
        product_id: part.product_id.to_string(),
        lot_id: part.lot_id.to_string(),
        quantity: part.quantity,
    });
    tell_sold(conn, order_id, lines.collect(), now).await?;
    tell_stock(conn, &plan.crossing, now).await?;
    Ok(Ok(()))
}

/// Gives back what an order holds or was sold; nothing when it has nothing.
pub async fn release(conn: &mut PgConnection, order_id: Id<Order>, now: OffsetDateTime) -> Result<(), Fault> {
    // The lock comes in a statement of its own: a commit that we waited for may
    // have taken other lots, and only the next statement sees them.
    let was = match reservations::lock(conn, order_id).await? {
        None | Some(State::Released) => return Ok(()),
        Some(was) => was,
    };
    let lines = reservations::release(conn, order_id, was, now).await?;
    if was == State::Committed {
        tell_returned(conn, order_id, lines.iter().map(line).collect(), now).await?;
    }
    let products: BTreeSet<Id<Product>> = lines.iter().map(|line| line.product_id.into()).collect();
    let products: Vec<Id<Product>> = products.into_iter().collect();
    Ok(tell_stock(conn, &products, now).await?)
}

fn line(sold: &Sold) -> Line {
    Line {
        product_id: sold.product_id.to_string(),
        lot_id: sold.lot_id.to_string(),
        quantity: sold.quantity,
    }
}

/// Tells from which lots an order's goods were sold.
pub(super) async fn tell_sold(
    conn: &mut PgConnection,
    order_id: Id<Order>,
    lines: Vec<Line>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let fact = StockSold {
        order_id: order_id.to_string(),
        lines,
        time: Some(timestamp(now)),
    };
    xlcfi_events::append(conn, order_id.uuid(), &fact).await
}

/// Tells what of an order's goods is back in its lots.
pub(super) async fn tell_returned(
    conn: &mut PgConnection,
    order_id: Id<Order>,
    lines: Vec<Line>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let fact = StockReturned {
        order_id: order_id.to_string(),
        lines,
        time: Some(timestamp(now)),
    };
    xlcfi_events::append(conn, order_id.uuid(), &fact).await
}

/// Gives back what overdue reservations hold, until none is overdue.
pub async fn expire(ctx: &Ctx) -> Result<(), sqlx::Error> {
    loop {
        let now = ctx.clock.now();
        let mut tx = ctx.database.begin().await?;
        let expired = reservations::expire(&mut tx, EXPIRY_BATCH, now).await?;
        tell_stock(&mut tx, &expired.products, now).await?;
        tx.commit().await?;
        if expired.reservations < EXPIRY_BATCH {
            return Ok(());
        }
    }
}

/// Tells of the products of which a lot has fewer days left than goods at the full
/// price have.
pub async fn settle_aged_lots(ctx: &Ctx) -> Result<(), sqlx::Error> {
    let mut after = Id::from_uuid(Uuid::nil());
    loop {
        let now = ctx.clock.now();
        let mut tx = ctx.database.begin().await?;
        let ids = stock::with_aged_lots(&mut tx, seoul_date(now), after, SETTLE_BATCH).await?;
        stock::lock_rows(&mut tx, &ids).await?;
        tell_stock(&mut tx, &ids, now).await?;
        tx.commit().await?;
        match ids.last() {
            Some(last) => after = *last,
            None => return Ok(()),
        }
    }
}
