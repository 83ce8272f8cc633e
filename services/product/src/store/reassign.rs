//! Other lots for an order than were planned.

use sqlx::PgConnection;
use time::OffsetDateTime;
use xlcfi_types::Id;

use crate::ledger::Act;
use crate::life::Window;
use crate::lot::Lot;
use crate::reservation::{Order, State, Swap};

/// What an order has of a lot.
#[derive(Debug)]
pub struct Line {
    pub quantity: i64,
    /// Days left that were asked for.
    pub window: Window,
    /// Sold; otherwise reserved.
    pub sold: bool,
}

/// What an order whose reservation is locked, in this state, has of a lot.
pub async fn line(
    conn: &mut PgConnection,
    order_id: Id<Order>,
    lot_id: Id<Lot>,
    state: State,
) -> Result<Option<Line>, sqlx::Error> {
    if !matches!(state, State::Held | State::Committed) {
        return Ok(None);
    }
    let row = sqlx::query!(
        r#"select quantity, maximum_days, case when maximum_days is null
                 then greatest(minimum_days, full_price_days) else minimum_days end as "minimum_days!"
         from reservation_line join product using (product_id) where order_id = $1 and lot_id = $2"#,
        order_id.uuid(),
        lot_id.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Line {
        quantity: row.quantity,
        window: Window {
            minimum: row.minimum_days,
            maximum: row.maximum_days,
        },
        sold: state == State::Committed,
    }))
}

/// Takes units of an order from another lot of the same, locked, product.
pub async fn swap(
    conn: &mut PgConnection,
    swap: Swap,
    sold: bool,
    act: &Act,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with change as (
             select * from unnest(array[$2, $3]::uuid[], array[-$4::bigint, $4::bigint]) as c (lot_id, units)
         ), moved as (
             update lot set on_hand = on_hand - units, version = version + 1,
                 reserved = reserved + case when $5 then 0 else units end,
                 sold = sold + case when $5 then units else 0 end
             from change where lot.lot_id = change.lot_id returning lot.product_id, lot.lot_id, units
         ), entered as (
             insert into stock_entry (product_id, lot_id, kind, on_hand, reserved, sold, reason, actor, order_id,
                 request_id, time)
             select product_id, lot_id, 'reassigned', -units, case when $5 then 0 else units end,
                 case when $5 then units else 0 end, $6, $7, $1, $8, $9
             from moved
         ), line as (
             select product_id, minimum_days, maximum_days from reservation_line where order_id = $1 and lot_id = $2
         )
         insert into reservation_line as theirs (order_id, lot_id, product_id, quantity, minimum_days, maximum_days)
         select $1, $3, product_id, $4, minimum_days, maximum_days from line
         on conflict on constraint reservation_line_pkey do update set quantity = theirs.quantity + $4",
        swap.order_id.uuid(),
        swap.from.uuid(),
        swap.to.uuid(),
        swap.quantity,
        sold,
        act.reason,
        act.actor.to_string(),
        act.request_id,
        now,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "with less as (
             update reservation_line set quantity = quantity - $3
             where order_id = $1 and lot_id = $2 and quantity > $3
         )
         delete from reservation_line where order_id = $1 and lot_id = $2 and quantity = $3",
        swap.order_id.uuid(),
        swap.from.uuid(),
        swap.quantity,
    )
    .execute(conn)
    .await?;
    Ok(())
}
