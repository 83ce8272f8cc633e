//! What other services told.

use sqlx::{PgConnection, PgExecutor};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::campaign::Line;
use crate::dashboard::{Dashboard, DaySales};

/// An order, as it was told.
#[derive(Debug, Clone)]
pub struct Order {
    pub order_id: Uuid,
    pub member_id: Uuid,
    pub state: &'static str,
    /// Won.
    pub payable: i64,
    pub lines: Vec<Line>,
    /// In Seoul; `None` unless it is confirmed just now.
    pub confirm_day: Option<Date>,
    pub time: OffsetDateTime,
}

/// Keeps an order.
pub async fn put_order(conn: &mut PgConnection, order: &Order) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into known_order as known (order_id, member_id, state, payable, lines, confirm_day, update_time)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (order_id) do update set state = excluded.state, payable = excluded.payable,
             lines = excluded.lines, confirm_day = coalesce(known.confirm_day, excluded.confirm_day),
             update_time = excluded.update_time",
        order.order_id,
        order.member_id,
        order.state,
        order.payable,
        serde_json::json!(order.lines),
        order.confirm_day,
        order.time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves an order on; one that is not known stays so.
pub async fn move_order(
    conn: &mut PgConnection,
    order_id: Uuid,
    state: &str,
    time: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update known_order set state = $2, update_time = $3 where order_id = $1",
        order_id,
        state,
        time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps where a payment stands.
pub async fn put_payment(conn: &mut PgConnection, order_id: Uuid, state: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into known_payment (order_id, state) values ($1, $2)
         on conflict (order_id) do update set state = excluded.state",
        order_id,
        state,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps that a refund waits for a decision; with `None` that it does not.
pub async fn put_review(
    conn: &mut PgConnection,
    refund_id: Uuid,
    amount: Option<i64>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with gone as (delete from refund_in_review where refund_id = $1 and $2::bigint is null)
         insert into refund_in_review (refund_id, amount) select $1, $2 where $2::bigint is not null
         on conflict (refund_id) do update set amount = excluded.amount",
        refund_id,
        amount,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps whether a product is sold out.
pub async fn put_sold_out(
    conn: &mut PgConnection,
    product_id: Uuid,
    sold_out: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with gone as (delete from sold_out_product where product_id = $1 and not $2::boolean)
         insert into sold_out_product (product_id) select $1 where $2 on conflict do nothing",
        product_id,
        sold_out,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps whether lots are held for a recall.
pub async fn put_recalled(conn: &mut PgConnection, lots: &[Uuid], held: bool) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with gone as (delete from recalled_lot where lot_id = any ($1) and not $2::boolean)
         insert into recalled_lot (lot_id) select unnest($1::uuid[]) where $2 on conflict do nothing",
        lots,
        held,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps whether a review waits for a person.
pub async fn put_moderation(
    conn: &mut PgConnection,
    review_id: Uuid,
    waits: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with gone as (delete from review_in_moderation where review_id = $1 and not $2::boolean)
         insert into review_in_moderation (review_id) select $1 where $2 on conflict do nothing",
        review_id,
        waits,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How the platform stands: sales from `since` on, orders that have not moved since
/// `stuck`.
pub async fn dashboard(
    db: impl PgExecutor<'_> + Copy,
    now: OffsetDateTime,
    since: Date,
    stuck: OffsetDateTime,
) -> Result<Dashboard, sqlx::Error> {
    let ended_since = now - time::Duration::days(30);
    let orders = sqlx::query!(
        r#"select state, count(*) as "count!" from known_order where state not in ('DELIVERED', 'CANCELLED')
         group by state
         union all
         select state, count(*) from known_order where state in ('DELIVERED', 'CANCELLED') and update_time >= $1
         group by state order by state"#,
        ended_since,
    )
    .fetch_all(db)
    .await?;
    let sales = sqlx::query!(
        r#"select confirm_day as "day!", count(*) as "orders!", coalesce(sum(payable), 0)::bigint as "won!",
             count(*) filter (where state = 'CANCELLED') as "cancelled!",
             coalesce(sum(payable) filter (where state = 'CANCELLED'), 0)::bigint as "cancelled_won!"
         from known_order where confirm_day >= $1 group by confirm_day order by confirm_day desc"#,
        since,
    )
    .fetch_all(db)
    .await?;
    let payments = sqlx::query!(
        r#"select state, count(*) as "count!" from known_payment
         where state in ('AWAITING_BUYER', 'PENDING', 'CONFLICTED', 'AWAITING_DEPOSIT', 'REFUNDING')
         group by state order by state"#
    )
    .fetch_all(db)
    .await?;
    let rest = sqlx::query!(
        r#"select (select count(*) from sold_out_product) as "sold_out!",
             (select count(*) from recalled_lot) as "recalled_lots!",
             (select count(*) from refund_in_review) as "refunds!",
             (select coalesce(sum(amount), 0)::bigint from refund_in_review) as "refunds_won!",
             (select count(*) from review_in_moderation) as "reviews!",
             (select count(*) from proposal where state = 'pending') as "proposals!",
             (select count(*) from known_order where state in ('PENDING', 'CANCELLING') and update_time < $1)
                 as "stuck!",
             (select count(*) from campaign where state not in ('done', 'empty')) as "campaigns!",
             (select count(*) from events.dead_letter) as "parked!""#,
        stuck,
    )
    .fetch_one(db)
    .await?;
    Ok(Dashboard {
        orders: orders
            .into_iter()
            .map(|row| (row.state.unwrap_or_default(), row.count))
            .collect(),
        sales: sales
            .into_iter()
            .map(|row| DaySales {
                day: row.day,
                orders: row.orders,
                won: row.won,
                cancelled: row.cancelled,
                cancelled_won: row.cancelled_won,
            })
            .collect(),
        payments: payments.into_iter().map(|row| (row.state, row.count)).collect(),
        sold_out: rest.sold_out,
        recalled_lots: rest.recalled_lots,
        refunds_in_review: rest.refunds,
        refunds_in_review_won: rest.refunds_won,
        reviews_in_moderation: rest.reviews,
        proposals: rest.proposals,
        stuck_orders: rest.stuck,
        campaigns: rest.campaigns,
        parked_messages: rest.parked,
    })
}
