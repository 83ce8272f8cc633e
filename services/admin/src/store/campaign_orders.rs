use std::collections::BTreeMap;

use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::product::v1::ScannedLot;
use xlcfi_errors::stored;
use xlcfi_types::{Id, Page};

use crate::campaign::{Campaign, Line, OrderFate, Taken};

/// Keeps lots; those that are there stay as they are.
pub async fn insert_lots(
    conn: &mut PgConnection,
    id: Id<Campaign>,
    lots: &[(Uuid, Uuid, ScannedLot)],
) -> Result<(), sqlx::Error> {
    let of = |text: fn(&ScannedLot) -> &String| -> Vec<String> {
        lots.iter().map(|(_, _, lot)| text(lot).clone()).collect()
    };
    sqlx::query!(
        "insert into campaign_lot (campaign_id, lot_id, product_id, product_name, own_lot, supplier_lot, use_by_date,
             on_hand)
         select $1, l.* from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],
             $8::bigint[]) l
         on conflict do nothing",
        id.uuid(),
        &lots.iter().map(|(lot_id, ..)| *lot_id).collect::<Vec<_>>(),
        &lots.iter().map(|(_, product_id, _)| *product_id).collect::<Vec<_>>(),
        &of(|lot| &lot.product_name),
        &of(|lot| &lot.own_lot),
        &of(|lot| &lot.supplier_lot),
        &of(|lot| &lot.use_by_date),
        &lots.iter().map(|(_, _, lot)| lot.on_hand).collect::<Vec<_>>(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps orders, with their buyers as far as they are known.
pub async fn insert(
    conn: &mut PgConnection,
    id: Id<Campaign>,
    orders: &[(Uuid, Taken)],
) -> Result<(), sqlx::Error> {
    let taken = |taken: &Taken| serde_json::json!(taken.products);
    sqlx::query!(
        "insert into campaign_order (campaign_id, order_id, member_id, taken, quantity, sold, state)
         select $1, o.order_id, known.member_id, o.taken, o.quantity, o.sold, 'found'
         from unnest($2::uuid[], $3::jsonb[], $4::bigint[], $5::boolean[]) o (order_id, taken, quantity, sold)
             left join known_order known using (order_id)
         on conflict do nothing",
        id.uuid(),
        &orders.iter().map(|(order_id, _)| *order_id).collect::<Vec<_>>(),
        &orders.iter().map(|(_, order)| taken(order)).collect::<Vec<_>>(),
        &orders
            .iter()
            .map(|(_, order)| order.products.values().sum())
            .collect::<Vec<i64>>(),
        &orders.iter().map(|(_, order)| order.sold).collect::<Vec<_>>(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes every known buyer one who is to be told.
pub async fn insert_buyers(conn: &mut PgConnection, id: Id<Campaign>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into campaign_buyer (campaign_id, member_id, notification_id)
         select $1, member_id, uuidv7() from (
             select distinct member_id from campaign_order where campaign_id = $1 and member_id is not null) buyer
         on conflict do nothing",
        id.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// An order that campaigns wait for became known: its buyer is to be told.
pub async fn learn(conn: &mut PgConnection, order_id: Uuid, member_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with learned as (
             update campaign_order set member_id = $2 where order_id = $1 and member_id is null
             returning campaign_id
         ), buyer as (
             insert into campaign_buyer (campaign_id, member_id, notification_id)
             select campaign_id, $2, uuidv7() from learned on conflict do nothing
         )
         update campaign set state = 'notifying', end_time = null
         where campaign_id in (select campaign_id from learned) and state in ('settling', 'done')",
        order_id,
        member_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Somebody who is to be told.
#[derive(Debug)]
pub struct Buyer {
    pub member_id: Uuid,
    pub notification_id: Uuid,
}

/// Takes the next who were not told yet; others that do so pass them over.
pub async fn take_untold(
    conn: &mut PgConnection,
    id: Id<Campaign>,
    limit: i64,
    now: OffsetDateTime,
) -> Result<Vec<Buyer>, sqlx::Error> {
    sqlx::query_as!(
        Buyer,
        "with next as (
             select member_id from campaign_buyer where campaign_id = $1 and notify_time is null
             order by member_id limit $2 for update skip locked
         )
         update campaign_buyer b set notify_time = $3 from next
         where b.campaign_id = $1 and b.member_id = next.member_id
         returning b.member_id, b.notification_id",
        id.uuid(),
        limit,
        now,
    )
    .fetch_all(conn)
    .await
}

/// Whether somebody was not told yet, or is being told by another process.
pub async fn is_somebody_untold(db: impl PgExecutor<'_>, id: Id<Campaign>) -> Result<bool, sqlx::Error> {
    let untold = sqlx::query_scalar!(
        r#"select exists (select from campaign_buyer where campaign_id = $1 and notify_time is null) as "untold!""#,
        id.uuid(),
    )
    .fetch_one(db)
    .await?;
    Ok(untold)
}

/// Whether messages wait in the outbox that were written before this was asked.
pub async fn newest_unsent(db: impl PgExecutor<'_>) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!("select max(seq) from events.outbox where send_time is null")
        .fetch_one(db)
        .await
}

/// Whether a message up to this one is not sent yet.
pub async fn is_unsent(db: impl PgExecutor<'_>, seq: i64) -> Result<bool, sqlx::Error> {
    let unsent = sqlx::query_scalar!(
        r#"select exists (select from events.outbox where send_time is null and seq <= $1) as "unsent!""#,
        seq,
    )
    .fetch_one(db)
    .await?;
    Ok(unsent)
}

/// Somebody read what they were told.
pub async fn acknowledge(
    conn: &mut PgConnection,
    notification_id: Uuid,
    member_id: Uuid,
    time: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update campaign_buyer set acknowledge_time = coalesce(acknowledge_time, $3)
         where notification_id = $1 and member_id = $2",
        notification_id,
        member_id,
        time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// An order that waits for its remedy, and what is known of it.
#[derive(Debug)]
pub struct Waiting {
    pub order_id: Uuid,
    pub taken: Json<BTreeMap<Uuid, i64>>,
    pub sold: bool,
    pub state: String,
    pub lines: Json<Vec<Line>>,
}

/// The next known orders of a campaign nothing was done about; others that look pass
/// them over.
pub async fn lock_found(
    conn: &mut PgConnection,
    id: Id<Campaign>,
    limit: i64,
) -> Result<Vec<Waiting>, sqlx::Error> {
    sqlx::query_as!(
        Waiting,
        r#"select o.order_id, o.taken as "taken: Json<BTreeMap<Uuid, i64>>", o.sold, known.state,
             known.lines as "lines: Json<Vec<Line>>"
         from campaign_order o join known_order known using (order_id)
         where o.campaign_id = $1 and o.state = 'found' and o.member_id is not null
         order by o.order_id limit $2 for update of o skip locked"#,
        id.uuid(),
        limit,
    )
    .fetch_all(conn)
    .await
}

/// Keeps what becomes of a locked order.
pub async fn set_fates(
    conn: &mut PgConnection,
    id: Id<Campaign>,
    fates: &[(Uuid, OrderFate, Option<Uuid>, String)],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update campaign_order o set state = f.state, saga_id = f.saga_id, outcome = f.outcome
         from unnest($2::uuid[], $3::text[], $4::uuid[], $5::text[]) f (order_id, state, saga_id, outcome)
         where o.campaign_id = $1 and o.order_id = f.order_id",
        id.uuid(),
        &fates.iter().map(|(order_id, ..)| *order_id).collect::<Vec<_>>(),
        &fates
            .iter()
            .map(|(_, fate, ..)| fate.into_str().to_owned())
            .collect::<Vec<_>>(),
        &fates
            .iter()
            .map(|(_, _, saga_id, _)| *saga_id)
            .collect::<Vec<_>>() as &[Option<Uuid>],
        &fates
            .iter()
            .map(|(.., outcome)| outcome.clone())
            .collect::<Vec<_>>(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// An order of a campaign.
#[derive(Debug)]
pub struct Listed {
    pub order_id: Uuid,
    pub member_id: Option<Uuid>,
    pub products: Vec<Uuid>,
    pub quantity: i64,
    pub sold: bool,
    pub fate: OrderFate,
    pub outcome: String,
}

struct Row {
    order_id: Uuid,
    member_id: Option<Uuid>,
    taken: Json<BTreeMap<Uuid, i64>>,
    quantity: i64,
    sold: bool,
    state: String,
    outcome: String,
}

/// Orders by id after one; `limit` of them at most.
pub async fn list(
    db: impl PgExecutor<'_>,
    id: Id<Campaign>,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Listed>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select order_id, member_id, taken as "taken: Json<BTreeMap<Uuid, i64>>", quantity, sold, state, outcome
         from campaign_order where campaign_id = $1 and order_id > $2 order by order_id limit $3"#,
        id.uuid(),
        after,
        limit,
    )
    .fetch_all(db)
    .await?;
    let listed = |row: Row| {
        Ok(Listed {
            order_id: row.order_id,
            member_id: row.member_id,
            products: row.taken.0.into_keys().collect(),
            quantity: row.quantity,
            sold: row.sold,
            fate: stored("campaign_order.state", &row.state)?,
            outcome: row.outcome,
        })
    };
    rows.into_iter().map(listed).collect()
}

/// Where a page of orders begins.
pub fn after(page: &Page) -> Uuid {
    page.after.map(|token| token.id).unwrap_or_default()
}
