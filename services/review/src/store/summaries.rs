use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_types::Id;

use crate::lots::LotTally;
use crate::purchase::Product;
use crate::rating::{SIDES, Summary, Tally};
use crate::review::MemberId;

fn row_of<const N: usize>(column: &'static str, counts: Vec<i64>) -> Result<[i64; N], sqlx::Error> {
    let corrupt = |counts: Vec<i64>| sqlx::Error::Decode(format!("{column} holds {counts:?}").into());
    counts.try_into().map_err(corrupt)
}

fn summary(stars: Vec<i64>, sums: Vec<i64>, counts: Vec<i64>) -> Result<Summary, sqlx::Error> {
    Ok(Summary {
        tally: Tally {
            stars: row_of("product_summary.stars", stars)?,
        },
        sums: row_of::<SIDES>("product_summary.sums", sums)?,
        counts: row_of::<SIDES>("product_summary.counts", counts)?,
    })
}

/// What a product's ratings sum to, with other writers made to wait.
pub async fn lock(
    conn: &mut PgConnection,
    product_id: Id<Product>,
    seller_id: MemberId,
) -> Result<Summary, sqlx::Error> {
    sqlx::query!(
        "insert into product_summary (product_id, seller_id) values ($1, $2) on conflict (product_id) do nothing",
        product_id.uuid(),
        seller_id.uuid(),
    )
    .execute(&mut *conn)
    .await?;
    let row = sqlx::query!(
        "select stars, sums, counts from product_summary where product_id = $1 for update",
        product_id.uuid(),
    )
    .fetch_one(conn)
    .await?;
    summary(row.stars, row.sums, row.counts)
}

pub async fn get(db: impl PgExecutor<'_>, product_id: Id<Product>) -> Result<Summary, sqlx::Error> {
    let row = sqlx::query!(
        "select stars, sums, counts from product_summary where product_id = $1",
        product_id.uuid(),
    )
    .fetch_optional(db)
    .await?;
    row.map_or_else(
        || Ok(Summary::default()),
        |row| summary(row.stars, row.sums, row.counts),
    )
}

pub async fn set(
    conn: &mut PgConnection,
    product_id: Id<Product>,
    summary: &Summary,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update product_summary set stars = $2, sums = $3, counts = $4, lots_checked = false where product_id = $1",
        product_id.uuid(),
        &summary.tally.stars,
        &summary.sums,
        &summary.counts,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How the lots of a product of this seller are rated; those without ratings are left out.
pub async fn lots(
    db: impl PgExecutor<'_>,
    seller_id: MemberId,
    product_id: Id<Product>,
) -> Result<Vec<LotTally>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select l.lot_id,
             array[count(*) filter (where rating = 1), count(*) filter (where rating = 2),
                 count(*) filter (where rating = 3), count(*) filter (where rating = 4),
                 count(*) filter (where rating = 5)] as "stars!"
         from purchase_lot l join review r using (order_id, product_id)
         where l.product_id = $1 and r.seller_id = $2 and r.state = 'published'
         group by l.lot_id order by l.lot_id"#,
        product_id.uuid(),
        seller_id.uuid(),
    )
    .fetch_all(db)
    .await?;
    let lot = rows.into_iter().map(|row| {
        Ok(LotTally {
            lot_id: row.lot_id,
            tally: Tally {
                stars: row_of("stars", row.stars)?,
            },
        })
    });
    lot.collect()
}

/// Remembers that a lot dropped; false when it did before.
pub async fn drop_lot(
    conn: &mut PgConnection,
    product_id: Id<Product>,
    lot_id: Uuid,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into lot_drop (lot_id, product_id, create_time) values ($1, $2, $3)
         on conflict (lot_id) do nothing",
        lot_id,
        product_id.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Products whose lots are to be compared, and who sells them.
pub async fn unchecked(
    db: impl PgExecutor<'_>,
    limit: i64,
) -> Result<Vec<(Id<Product>, MemberId)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select product_id, seller_id from product_summary where not lots_checked order by product_id limit $1",
        limit,
    )
    .fetch_all(db)
    .await?;
    let product = rows
        .into_iter()
        .map(|row| (row.product_id.into(), row.seller_id.into()));
    Ok(product.collect())
}

/// The lots of a product were compared.
pub async fn set_checked(conn: &mut PgConnection, product_id: Id<Product>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update product_summary set lots_checked = true where product_id = $1",
        product_id.uuid()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The lots of more goods are known.
pub async fn uncheck(conn: &mut PgConnection, products: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update product_summary set lots_checked = false where product_id in (
             select product_id from product_summary where product_id = any ($1) order by product_id for update
         )",
        products,
    )
    .execute(conn)
    .await?;
    Ok(())
}
