//! What the index should hold, as the command side has it.

use sqlx::PgPool;
use uuid::Uuid;

/// Products on sale after `after`, by id, with the version of the last event of
/// each; `limit` at most. Read before the products themselves, so that no version
/// promises more than they tell.
pub async fn versions(pool: &PgPool, after: Uuid, limit: i64) -> Result<Vec<(Uuid, u64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select product_id, coalesce(version_of.version, 0) as "version!"
         from product left join events.key_version version_of on version_of.key = product_id
         where state = 'published' and product_id > $1
         order by product_id limit $2"#,
        after,
        limit,
    )
    .fetch_all(pool)
    .await?;
    let version = rows
        .into_iter()
        .map(|row| (row.product_id, u64::try_from(row.version).unwrap_or_default()));
    Ok(version.collect())
}

/// The version of the last event of a product, and whether it is on sale.
pub async fn version(pool: &PgPool, id: Uuid) -> Result<(u64, bool), sqlx::Error> {
    let row = sqlx::query!(
        r#"select coalesce((select version from events.key_version where key = $1), 0) as "version!",
             exists (select from product where product_id = $1 and state = 'published') as "on_sale!""#,
        id,
    )
    .fetch_one(pool)
    .await?;
    Ok((u64::try_from(row.version).unwrap_or_default(), row.on_sale))
}
