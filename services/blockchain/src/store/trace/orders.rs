//! What orders got of lots, and where they stand.

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::lot::MemberId;
use crate::order::{Line, Order, Step, Tracked, Way};

/// Makes the order known and locks it: who comes first, product or order, nobody knows.
pub async fn lock(conn: &mut PgConnection, order_id: Uuid) -> Result<Tracked, sqlx::Error> {
    let row = sqlx::query!(
        r#"insert into traced_order (order_id) values ($1)
         on conflict (order_id) do update set order_id = excluded.order_id
         returning buyer_id, ship_time, ship_message_id, deliver_time, deliver_message_id"#,
        order_id,
    )
    .fetch_one(conn)
    .await?;
    let step = |time: Option<OffsetDateTime>, message_id: Option<Uuid>| {
        Some(Step {
            time: time?,
            message_id: message_id?,
        })
    };
    Ok(Tracked {
        order_id,
        buyer_id: row.buyer_id,
        way: Way {
            shipped: step(row.ship_time, row.ship_message_id),
            delivered: step(row.deliver_time, row.deliver_message_id),
        },
    })
}

pub async fn set_buyer(
    conn: &mut PgConnection,
    order_id: Uuid,
    buyer_id: MemberId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into traced_order (order_id, buyer_id) values ($1, $2)
         on conflict (order_id) do update set buyer_id = excluded.buyer_id",
        order_id,
        buyer_id.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps how far a locked order came.
pub async fn set_way(conn: &mut PgConnection, order_id: Uuid, way: Way) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update traced_order set ship_time = $2, ship_message_id = $3, deliver_time = $4, deliver_message_id = $5
         where order_id = $1",
        order_id,
        way.shipped.map(|step| step.time),
        way.shipped.map(|step| step.message_id),
        way.delivered.map(|step| step.time),
        way.delivered.map(|step| step.message_id),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// So much of a lot was sold to a locked order.
pub async fn sell(
    conn: &mut PgConnection,
    order_id: Uuid,
    line: &Line,
    seller_id: MemberId,
    time: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into order_lot as known (order_id, lot_id, seller_id, product_id, sold, sell_time)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (order_id, lot_id) do update set sold = known.sold + excluded.sold",
        order_id,
        line.lot_id,
        seller_id.uuid(),
        line.product_id,
        line.quantity,
        time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// So much of it is back. Whether so much was sold.
pub async fn give_back(
    conn: &mut PgConnection,
    order_id: Uuid,
    line: &Line,
    time: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update order_lot set returned = returned + $3, return_time = $4
         where order_id = $1 and lot_id = $2 and returned + $3 <= sold",
        order_id,
        line.lot_id,
        line.quantity,
        time,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What a locked order has now.
pub async fn lines(conn: &mut PgConnection, order_id: Uuid) -> Result<Vec<Line>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select lot_id, product_id, sold - returned as "quantity!" from order_lot
         where order_id = $1 and sold > returned order by lot_id"#,
        order_id,
    )
    .fetch_all(conn)
    .await?;
    let line = rows.into_iter().map(|row| Line {
        lot_id: row.lot_id,
        product_id: row.product_id,
        quantity: row.quantity,
    });
    Ok(line.collect())
}

/// What orders after a place have of some lots, by order and lot; also what is all
/// back, when that is asked for.
pub async fn of_lots(
    pool: &PgPool,
    lot_ids: &[Uuid],
    after: (Uuid, Uuid),
    limit: i64,
    with_returned: bool,
) -> Result<Vec<Order>, sqlx::Error> {
    let rows = sqlx::query!(
        "select l.order_id, l.lot_id, l.product_id, l.sold, l.returned, l.sell_time, l.return_time, o.ship_time,
             o.deliver_time
         from order_lot l join traced_order o using (order_id)
         where l.lot_id = any ($1) and (l.order_id, l.lot_id) > ($2, $3) and ($5 or l.sold > l.returned)
         order by l.order_id, l.lot_id limit $4",
        lot_ids,
        after.0,
        after.1,
        limit,
        with_returned,
    )
    .fetch_all(pool)
    .await?;
    let order = rows.into_iter().map(|row| Order {
        order_id: row.order_id,
        lot_id: row.lot_id,
        product_id: row.product_id,
        sold: row.sold,
        returned: row.returned,
        sell_time: row.sell_time,
        return_time: row.return_time,
        ship_time: row.ship_time,
        deliver_time: row.deliver_time,
    });
    Ok(order.collect())
}
