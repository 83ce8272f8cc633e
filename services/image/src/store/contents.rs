use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::stored;

use super::row;
use crate::picture::{Content, ContentHash, Rendition};
use crate::workshop::{Quality, Region};

pub async fn get(db: impl PgExecutor<'_>, hash: ContentHash) -> Result<Option<Content>, sqlx::Error> {
    let found = sqlx::query!(
        r#"select place, format, width, height, byte_count, sharpness, brightness, phash,
             regions as "regions: Json<Vec<Region>>", renditions as "renditions: Json<Vec<Rendition>>",
             block_reason
         from content where content_hash = $1"#,
        &hash.0[..],
    )
    .fetch_optional(db)
    .await?;
    let Some(found) = found else {
        return Ok(None);
    };
    Ok(Some(Content {
        hash,
        place: found.place,
        format: stored("content.format", &found.format)?,
        width: row::side(found.width)?,
        height: row::side(found.height)?,
        byte_count: found.byte_count,
        quality: Quality {
            sharpness: found.sharpness,
            brightness: found.brightness,
        },
        phash: found.phash.map(i64::cast_unsigned),
        regions: found.regions.0,
        renditions: found.renditions.0,
        blocked: found.block_reason.is_some(),
    }))
}

/// Where the renditions lie that everybody may see.
pub async fn find_public(db: impl PgExecutor<'_>, hash: ContentHash) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select place from content
         where content_hash = $1 and block_reason is null
             and exists (select from image where content_hash = $1 and purpose <> 'document')",
        &hash.0[..],
    )
    .fetch_optional(db)
    .await
}

/// Whether it was not there.
pub async fn insert(
    conn: &mut PgConnection,
    content: &Content,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let format: &str = content.format.into();
    let inserted = sqlx::query!(
        "insert into content (content_hash, place, format, width, height, byte_count, sharpness, brightness,
             phash, regions, renditions, create_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (content_hash) do nothing",
        &content.hash.0[..],
        content.place,
        format,
        content.width.cast_signed(),
        content.height.cast_signed(),
        content.byte_count,
        content.quality.sharpness,
        content.quality.brightness,
        content.phash.map(u64::cast_signed),
        Json(&content.regions) as _,
        Json(&content.renditions) as _,
        now,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Says that a content is shown no more. Its place, unless it was said before.
pub async fn block(
    conn: &mut PgConnection,
    hash: ContentHash,
    reason: &str,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "update content set block_reason = $2 where content_hash = $1 and block_reason is null
         returning place",
        &hash.0[..],
        reason,
    )
    .fetch_optional(conn)
    .await
}

/// Deletes contents that no image has, but those that must not come back. Their places.
pub async fn delete_unused(conn: &mut PgConnection, most: i64) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "delete from content where content_hash in (
             select content_hash from content
             where block_reason is null
                 and not exists (select from image where image.content_hash = content.content_hash)
             limit $1 for update skip locked
         ) returning place",
        most,
    )
    .fetch_all(conn)
    .await
}
