//! Writers of a member's points hold the lock of its balance.

use sqlx::PgConnection;
use time::OffsetDateTime;
use xlcfi_events::append;
use xlcfi_types::Id;

use crate::convert;
use crate::hold::{Hold, Settlement};
use crate::member::MemberId;
use crate::points::{Balance, Entry, HoldRefused, Line};
use crate::purchase::Order;
use crate::store::{holds, points};

/// Sets points aside, or says why not and changes nothing.
pub async fn hold(
    conn: &mut PgConnection,
    hold: &Hold,
    now: OffsetDateTime,
) -> Result<Result<(), HoldRefused>, sqlx::Error> {
    let Some(balance) = points::lock(conn, hold.member_id).await? else {
        return Ok(Err(HoldRefused::MemberNotFound));
    };
    let balance = match balance.hold(hold.points) {
        Ok(balance) => balance,
        Err(refused) => return Ok(Err(refused)),
    };
    holds::insert(conn, hold, now).await?;
    points::set_balance(conn, hold.member_id, balance).await?;
    Ok(Ok(()))
}

/// Gives the points of an order back, unless they are back already.
pub async fn release(
    conn: &mut PgConnection,
    member_id: MemberId,
    order_id: Id<Order>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let Some(balance) = points::lock(conn, member_id).await? else {
        return Ok(());
    };
    let Some(hold) = holds::get(conn, member_id, order_id).await? else {
        return Ok(());
    };
    if let Some(settlement) = hold.release() {
        settle(conn, balance, &hold, &settlement, now).await?;
    }
    Ok(())
}

/// Moves a hold on. Gives the balance after it.
pub(super) async fn settle(
    conn: &mut PgConnection,
    balance: Balance,
    hold: &Hold,
    settlement: &Settlement,
    now: OffsetDateTime,
) -> Result<Balance, sqlx::Error> {
    let (member_id, order_id) = (hold.member_id, hold.order_id);
    holds::set_state(conn, member_id, order_id, settlement.state, now).await?;
    let balance = balance.settle(settlement);
    match settlement.line {
        Some(line) => book(conn, balance, member_id, order_id, line, now).await,
        None => {
            points::set_balance(conn, member_id, balance).await?;
            Ok(balance)
        }
    }
}

/// Adds a line to the ledger and tells of it. Gives the balance after it.
pub(super) async fn book(
    conn: &mut PgConnection,
    balance: Balance,
    member_id: MemberId,
    order_id: Id<Order>,
    line: Line,
    now: OffsetDateTime,
) -> Result<Balance, sqlx::Error> {
    let entry = Entry {
        entry_id: Id::new(),
        member_id,
        order_id,
        line,
        create_time: now,
    };
    let balance = balance.book(line);
    points::insert_entry(conn, &entry).await?;
    points::set_balance(conn, member_id, balance).await?;
    append(conn, member_id.uuid(), &convert::points_changed(&entry, balance)).await?;
    Ok(balance)
}
