//! The stock ledger, and what changes lots by hand.

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::{Fault, stored};
use xlcfi_types::{Id, Page};

use crate::ledger::{Act, Change, Entry, Kind};
use crate::lot::Lot;
use crate::product::Product;

/// Changes a lot of a locked product and enters it into the ledger. `request_id`
/// of the act stands in the first entry it makes.
pub async fn write(
    conn: &mut PgConnection,
    product_id: Id<Product>,
    change: Change,
    act: &Act,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with changed as (
             update lot set changed = changed + $4, on_hand = on_hand + $5, reserved = reserved + $6,
                 sold = sold + $7, version = version + 1
             where lot_id = $2 and ($4, $5, $6, $7) <> (0::bigint, 0::bigint, 0::bigint, 0::bigint)
         )
         insert into stock_entry (product_id, lot_id, kind, on_hand, reserved, sold, reason, actor, request_id, time)
         values ($1, $2, $3, $5, $6, $7, $8, $9, $10, $11)",
        product_id.uuid(),
        change.lot_id.uuid(),
        change.kind.into_str(),
        change.by.changed,
        change.by.on_hand,
        change.by.reserved,
        change.by.sold,
        act.reason,
        act.actor.to_string(),
        act.request_id,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Enters a lot that was just booked, all of it on hand.
pub async fn book(
    conn: &mut PgConnection,
    lot: &Lot,
    kind: Kind,
    act: &Act,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into stock_entry (product_id, lot_id, kind, on_hand, reserved, sold, reason, actor, time)
         values ($1, $2, $3, $4, 0, 0, $5, $6, $7)",
        lot.product_id.uuid(),
        lot.lot_id.uuid(),
        kind.into_str(),
        lot.counts.on_hand,
        act.reason,
        act.actor.to_string(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether a request has changed this lot already.
pub async fn is_done(
    conn: &mut PgConnection,
    lot_id: Id<Lot>,
    request_id: Option<Uuid>,
) -> Result<bool, sqlx::Error> {
    let Some(request_id) = request_id else {
        return Ok(false);
    };
    sqlx::query_scalar!(
        r#"select exists (select from stock_entry where lot_id = $1 and request_id = $2) as "done!""#,
        lot_id.uuid(),
        request_id,
    )
    .fetch_one(conn)
    .await
}

/// The ledger of a product, or of one lot of it, newest first; one more than the
/// page.
pub async fn list(
    pool: &PgPool,
    product_id: Id<Product>,
    lot_id: Option<Id<Lot>>,
    page: &Page,
) -> Result<Vec<Entry>, Fault> {
    let before = page.after.map(|token| entry_id(token.id));
    let rows = sqlx::query!(
        "select entry_id, lot_id, kind, on_hand, reserved, sold, reason, actor, order_id, time from stock_entry
         where product_id = $1 and ($2::uuid is null or lot_id = $2) and ($3::bigint is null or entry_id < $3)
         order by entry_id desc limit $4",
        product_id.uuid(),
        lot_id.map(Id::uuid),
        before,
        page.fetch_limit(),
    )
    .fetch_all(pool)
    .await?;
    let entry = rows.into_iter().map(|row| {
        Ok(Entry {
            entry_id: row.entry_id,
            lot_id: row.lot_id,
            product_id: product_id.uuid(),
            kind: stored("stock_entry.kind", &row.kind)?,
            on_hand: row.on_hand,
            reserved: row.reserved,
            sold: row.sold,
            reason: row.reason,
            actor: row.actor,
            order_id: row.order_id,
            time: row.time,
        })
    });
    entry.collect()
}

/// What a page token carries for an entry.
pub fn token_id(entry_id: i64) -> Uuid {
    Uuid::from_u64_pair(0, u64::from_be_bytes(entry_id.to_be_bytes()))
}

fn entry_id(token: Uuid) -> i64 {
    i64::from_be_bytes(token.as_u64_pair().1.to_be_bytes())
}
