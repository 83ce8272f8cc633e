//! Writers of a member's points hold the lock of its balance.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_events::append;
use xlcfi_types::Id;

use crate::convert;
use crate::hold::{Hold, Settlement};
use crate::member::MemberId;
use crate::points::{Balance, Decided, Entry, EntryKind, HoldRefused, Line};
use crate::purchase::Order;
use crate::store::{holds, lots, points};

/// Sets points aside, or says why not and changes nothing.
pub async fn hold(
    conn: &mut PgConnection,
    hold: &Hold,
    now: OffsetDateTime,
) -> Result<Result<(), HoldRefused>, sqlx::Error> {
    let Some((balance, Some(_))) = points::lock_trading(conn, hold.member_id).await? else {
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
        Some(line) => book(conn, balance, member_id, Some(order_id), line, now).await,
        None => {
            points::set_balance(conn, member_id, balance).await?;
            Ok(balance)
        }
    }
}

/// Adds a line to the ledger, moves the lots with it, and tells of it. Gives the balance
/// after it.
pub(super) async fn book(
    conn: &mut PgConnection,
    balance: Balance,
    member_id: MemberId,
    order_id: Option<Id<Order>>,
    line: Line,
    now: OffsetDateTime,
) -> Result<Balance, sqlx::Error> {
    let entry = Entry {
        entry_id: Id::new(),
        member_id,
        order_id,
        line,
        reason: String::new(),
        create_time: now,
    };
    enter(conn, balance, &entry, None).await
}

/// The same with a line that is made already; of a correction with who decided.
pub(super) async fn enter(
    conn: &mut PgConnection,
    balance: Balance,
    entry: &Entry,
    decided: Option<&Decided>,
) -> Result<Balance, sqlx::Error> {
    let member_id = entry.member_id;
    move_lots(conn, balance, entry).await?;
    let balance = balance.book(entry.line);
    points::insert_entry(conn, entry, decided).await?;
    points::set_balance(conn, member_id, balance).await?;
    append(conn, member_id.uuid(), &convert::points_changed(entry, balance)).await?;
    Ok(balance)
}

/// Does to the lots what a line does to the balance before it.
async fn move_lots(conn: &mut PgConnection, before: Balance, entry: &Entry) -> Result<(), sqlx::Error> {
    let (member_id, points, now) = (entry.member_id, entry.line.points, entry.create_time);
    // The lot of what an order earned has the order's id.
    let own = entry.order_id.map_or_else(Uuid::now_v7, Id::uuid);
    let uses = match (entry.line.kind, entry.order_id) {
        (EntryKind::Returned, Some(order_id)) => lots::take_uses(conn, order_id).await?,
        _ => Vec::new(),
    };
    let as_they_were = lots::load(conn, member_id, &uses).await?;
    let mut moved = as_they_were.clone();
    match entry.line.kind {
        EntryKind::Earned => moved.add(before.points, points, own, now),
        EntryKind::Returned => {
            let other = Uuid::new_v5(&own, b"returned");
            moved.put_back(before.points, points, &uses, other, now);
        }
        EntryKind::Revoked => drop(moved.take(-points, Some(own))),
        EntryKind::Corrected if points > 0 => moved.add(before.points, points, own, now),
        EntryKind::Expired | EntryKind::Forfeited | EntryKind::Corrected => {
            drop(moved.take(-points, None));
        }
        EntryKind::Spent => {
            let uses = moved.take(-points, None);
            if let Some(order_id) = entry.order_id {
                lots::insert_uses(conn, order_id, &uses).await?;
            }
        }
    }
    lots::save(conn, member_id, &moved.changed_since(&as_they_were)).await
}
