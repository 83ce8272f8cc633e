use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::stored;
use xlcfi_types::{Id, Page};

use crate::lots::OrderLot;
use crate::purchase::{Line, Order, Product, Purchase, Reviewable, Standing, State};
use crate::review::MemberId;

/// Keeps a confirmed order; nothing when it is there.
pub async fn insert(conn: &mut PgConnection, purchase: &Purchase) -> Result<(), sqlx::Error> {
    let products: Vec<Uuid> = purchase.lines.iter().map(|line| line.product_id.uuid()).collect();
    let sellers: Vec<Uuid> = purchase.lines.iter().map(|line| line.seller_id.uuid()).collect();
    let names: Vec<String> = purchase
        .lines
        .iter()
        .map(|line| line.product_name.clone())
        .collect();
    sqlx::query!(
        "with fresh as (
             insert into purchase (order_id, member_id, state) values ($1, $2, 'confirmed')
             on conflict (order_id) do nothing returning order_id
         )
         insert into purchase_line (order_id, product_id, seller_id, product_name)
         select order_id, line.* from fresh, unnest($3::uuid[], $4::uuid[], $5::text[]) as line",
        purchase.order_id.uuid(),
        purchase.member_id.uuid(),
        &products,
        &sellers,
        &names,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves an order on; one that stands there or further stays. False when there is no
/// such order.
pub async fn advance(
    conn: &mut PgConnection,
    order_id: Id<Order>,
    to: State,
    time: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let state = sqlx::query_scalar!(
        "select state from purchase where order_id = $1 for update",
        order_id.uuid()
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(state) = state else { return Ok(false) };
    if stored::<State>("purchase.state", &state)? < to {
        sqlx::query!(
            "update purchase set state = $2, deliver_time = case when $2 = 'delivered' then $3 else deliver_time end
             where order_id = $1",
            order_id.uuid(),
            to.into_str(),
            time,
        )
        .execute(conn)
        .await?;
    }
    Ok(true)
}

/// All of an order's money went back.
pub async fn refund(conn: &mut PgConnection, order_id: Id<Order>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into refunded_order (order_id) values ($1) on conflict (order_id) do nothing",
        order_id.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A line of an order of this member, with others who would review it made to wait.
pub async fn lock_line(
    conn: &mut PgConnection,
    member_id: MemberId,
    order_id: Id<Order>,
    product_id: Id<Product>,
) -> Result<Option<Standing>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select line.seller_id, line.product_name, line.reviewed, purchase.state,
             exists (select from refunded_order r where r.order_id = line.order_id) as "refunded!"
         from purchase_line line join purchase using (order_id)
         where order_id = $2 and product_id = $3 and member_id = $1
         for update of line"#,
        member_id.uuid(),
        order_id.uuid(),
        product_id.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    let standing = row.map(|row| {
        Ok(Standing {
            line: Line {
                product_id,
                seller_id: row.seller_id.into(),
                product_name: row.product_name,
            },
            state: stored("purchase.state", &row.state)?,
            refunded: row.refunded,
            reviewed: row.reviewed,
        })
    });
    standing.transpose()
}

pub async fn set_reviewed(
    conn: &mut PgConnection,
    order_id: Id<Order>,
    product_id: Id<Product>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update purchase_line set reviewed = true where order_id = $1 and product_id = $2",
        order_id.uuid(),
        product_id.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lines a member may review, the newest delivery first. Those of one order share their
/// time, so a page token carries an id made of order and product.
pub async fn reviewable(
    db: impl PgExecutor<'_>,
    member_id: MemberId,
    page: &Page,
) -> Result<Vec<(Reviewable, Uuid)>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = sqlx::query!(
        r#"select order_id, product_id, product_name, deliver_time as "deliver_time!", place as "place!"
         from purchase join purchase_line using (order_id),
             lateral (select md5(order_id::text || product_id::text)::uuid as place) as placed
         where member_id = $1 and state = 'delivered' and not reviewed
             and not exists (select from refunded_order r where r.order_id = purchase.order_id)
             and (deliver_time, place) < ($2, $3)
         order by deliver_time desc, place desc limit $4"#,
        member_id.uuid(),
        time,
        id,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let line = Reviewable {
                order_id: row.order_id,
                product_id: row.product_id,
                product_name: row.product_name,
                deliver_time: row.deliver_time,
            };
            (line, row.place)
        })
        .collect())
}

/// Delivered orders whose lots nobody asked for yet, the longest delivered first.
pub async fn without_lots(db: impl PgExecutor<'_>, limit: i64) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select order_id from purchase where state = 'delivered' and lots_time is null
         order by deliver_time limit $1",
        limit,
    )
    .fetch_all(db)
    .await
}

/// Keeps the lots of orders that were asked for.
pub async fn set_lots(
    conn: &mut PgConnection,
    orders: &[Uuid],
    lots: &[OrderLot],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let of_order: Vec<Uuid> = lots.iter().map(|lot| lot.order_id).collect();
    let of_product: Vec<Uuid> = lots.iter().map(|lot| lot.product_id).collect();
    let ids: Vec<Uuid> = lots.iter().map(|lot| lot.lot_id).collect();
    sqlx::query!(
        "with told as (update purchase set lots_time = $5 where order_id = any ($1))
         insert into purchase_lot (order_id, product_id, lot_id)
         select line.order_id, line.product_id, lot.lot_id
         from unnest($2::uuid[], $3::uuid[], $4::uuid[]) as lot (order_id, product_id, lot_id)
         join purchase_line line on line.order_id = lot.order_id and line.product_id = lot.product_id
         on conflict do nothing",
        orders,
        &of_order,
        &of_product,
        &ids,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
