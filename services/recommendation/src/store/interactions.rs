use futures::TryStreamExt;
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::interaction::{Interaction, MemberId, Past};
use crate::model::training::Entry;

/// What is added to what members had to do with products.
#[derive(Debug, Clone, Copy, Default)]
pub struct Added {
    pub product_id: Uuid,
    pub views: i32,
    pub carts: i32,
    pub orders: i32,
}

/// Most a counter holds; more says no more.
const MOST: i32 = 1_000_000;

/// Adds to what a member had to do with products, each named once; nothing is kept of a
/// member who withdrew.
pub async fn add(
    conn: &mut PgConnection,
    member_id: MemberId,
    added: &[Added],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let column = |of: fn(&Added) -> i32| added.iter().map(of).collect::<Vec<i32>>();
    let products: Vec<Uuid> = added.iter().map(|added| added.product_id).collect();
    sqlx::query!(
        "insert into interaction as i (member_id, product_id, views, carts, orders, update_time)
         select $1, product_id, greatest(views, 0), greatest(carts, 0), greatest(orders, 0), $6
         from unnest($2::uuid[], $3::integer[], $4::integer[], $5::integer[]) as a (product_id, views, carts, orders)
         where not exists (select from forgotten_member where member_id = $1)
         order by product_id
         on conflict (member_id, product_id) do update set
             views = least(i.views + excluded.views, $7),
             carts = least(i.carts + excluded.carts, $7),
             orders = least(i.orders + excluded.orders, $7),
             update_time = $6",
        member_id.uuid(),
        &products,
        &column(|added| added.views),
        &column(|added| added.carts),
        &column(|added| added.orders),
        now,
        MOST,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// An order is undone: it bought these products no more.
pub async fn take_back(
    conn: &mut PgConnection,
    member_id: MemberId,
    products: &[Uuid],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update interaction set orders = greatest(orders - 1, 0), update_time = $3
         where member_id = $1 and product_id = any ($2)",
        member_id.uuid(),
        products,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A member's stars for a product; none when the review was taken back.
pub async fn rate(
    conn: &mut PgConnection,
    member_id: MemberId,
    product_id: Uuid,
    rating: Option<i16>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into interaction (member_id, product_id, rating, update_time)
         select $1, $2, $3, $4 where not exists (select from forgotten_member where member_id = $1)
         on conflict (member_id, product_id) do update set rating = $3, update_time = $4",
        member_id.uuid(),
        product_id,
        rating,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets everything about a member, for good.
pub async fn forget(conn: &mut PgConnection, member_id: MemberId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with interactions as (delete from interaction where member_id = $1),
         batches as (delete from batch where member_id = $1),
         exposures as (delete from exposure where member_id = $1)
         insert into forgotten_member (member_id) values ($1) on conflict do nothing",
        member_id.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What a member had to do with products, the latest first.
pub async fn of_member(
    db: impl PgExecutor<'_>,
    member_id: MemberId,
    most: i64,
) -> Result<Vec<Past>, sqlx::Error> {
    let rows = sqlx::query!(
        "select product_id, views, carts, orders, rating from interaction
         where member_id = $1 order by update_time desc, product_id limit $2",
        member_id.uuid(),
        most,
    )
    .fetch_all(db)
    .await?;
    let past = rows.into_iter().map(|row| Past {
        product: row.product_id,
        interaction: Interaction {
            views: row.views,
            carts: row.carts,
            orders: row.orders,
            rating: row.rating,
        },
    });
    Ok(past.collect())
}

/// What there is to learn from, the newest first.
pub async fn entries(db: impl PgExecutor<'_>, most: i64) -> Result<Vec<Entry>, sqlx::Error> {
    let mut rows = sqlx::query!(
        "select member_id, product_id, views, carts, orders, rating from interaction
         order by update_time desc, member_id, product_id limit $1",
        most,
    )
    .fetch(db);
    let mut entries = Vec::new();
    while let Some(row) = rows.try_next().await? {
        let interaction = Interaction {
            views: row.views,
            carts: row.carts,
            orders: row.orders,
            rating: row.rating,
        };
        if let Some(value) = interaction.value() {
            entries.push(Entry {
                member: row.member_id,
                product: row.product_id,
                value,
                bought: interaction.bought(),
            });
        }
    }
    Ok(entries)
}

/// How many members bought each product.
pub async fn buyers(db: impl PgExecutor<'_>) -> Result<Vec<(Uuid, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select product_id, count(*) as "buyers!" from interaction where orders > 0 group by product_id"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.product_id, row.buyers)).collect())
}

/// How many members bought anything.
pub async fn all_buyers(db: impl PgExecutor<'_>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select count(distinct member_id) as "all!" from interaction where orders > 0"#)
        .fetch_one(db)
        .await
}

/// What a call of a member answered before.
pub async fn find_batch(
    db: impl PgExecutor<'_>,
    member_id: MemberId,
    request_id: Uuid,
) -> Result<Option<i32>, sqlx::Error> {
    sqlx::query_scalar!(
        "select recorded from batch where member_id = $1 and request_id = $2",
        member_id.uuid(),
        request_id,
    )
    .fetch_optional(db)
    .await
}

/// Remembers a call; false when it was made before.
pub async fn insert_batch(
    conn: &mut PgConnection,
    member_id: MemberId,
    request_id: Uuid,
    recorded: i32,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into batch (member_id, request_id, recorded, create_time) values ($1, $2, $3, $4)
         on conflict do nothing",
        member_id.uuid(),
        request_id,
        recorded,
        now,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Forgets calls made before a time.
pub async fn delete_batches(db: impl PgExecutor<'_>, before: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from batch where create_time < $1", before)
        .execute(db)
        .await?;
    Ok(())
}
