use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use xlcfi_types::{Id, Page};

use super::row::Row;
use crate::picture::{ContentHash, ImageId, OwnerId, Picture, Rendition};
use crate::workshop::{ALIKE, Region};

/// How old a touch must be for another to be written down.
const HOUR: Duration = Duration::hours(1);

/// Images by id, of one owner if one is named, in the order of `ids`.
pub async fn load(
    db: impl PgExecutor<'_>,
    owner_id: Option<OwnerId>,
    ids: &[ImageId],
) -> Result<Vec<Picture>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select image_id, owner_id, purpose, unclaimed_since, image.create_time, content_hash, place, format,
             width, height, byte_count, sharpness, brightness, phash, regions as "regions: Json<Vec<Region>>",
             renditions as "renditions: Json<Vec<Rendition>>", block_reason
         from image join content using (content_hash)
         where image_id = any ($1) and ($2::uuid is null or owner_id = $2)
         order by array_position($1, image_id)"#,
        &uuids(ids),
        owner_id.map(Id::uuid),
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Picture::try_from).collect()
}

/// An image, of one owner if one is named.
pub async fn get(
    db: impl PgExecutor<'_>,
    owner_id: Option<OwnerId>,
    id: ImageId,
) -> Result<Option<Picture>, sqlx::Error> {
    Ok(load(db, owner_id, &[id]).await?.pop())
}

pub async fn list(
    db: impl PgExecutor<'_>,
    owner_id: OwnerId,
    page: &Page,
) -> Result<Vec<Picture>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = sqlx::query_as!(
        Row,
        r#"select image_id, owner_id, purpose, unclaimed_since, image.create_time, content_hash, place, format,
             width, height, byte_count, sharpness, brightness, phash, regions as "regions: Json<Vec<Region>>",
             renditions as "renditions: Json<Vec<Rendition>>", block_reason
         from image join content using (content_hash)
         where owner_id = $1 and (image.create_time, image_id) < ($2, $3)
         order by image.create_time desc, image_id desc limit $4"#,
        owner_id.uuid(),
        time,
        id,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Picture::try_from).collect()
}

pub async fn find_by_request(
    db: impl PgExecutor<'_>,
    owner_id: OwnerId,
    request_id: Uuid,
) -> Result<Option<ImageId>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "select image_id from image where owner_id = $1 and request_id = $2",
        owner_id.uuid(),
        request_id,
    )
    .fetch_optional(db)
    .await?;
    Ok(id.map(Id::from_uuid))
}

pub async fn count_unclaimed(db: impl PgExecutor<'_>, owner_id: OwnerId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from image where owner_id = $1 and unclaimed_since is not null"#,
        owner_id.uuid(),
    )
    .fetch_one(db)
    .await
}

pub async fn insert(
    conn: &mut PgConnection,
    picture: &Picture,
    request_id: Option<Uuid>,
) -> Result<(), sqlx::Error> {
    let purpose: &str = picture.purpose.into();
    sqlx::query!(
        "insert into image (image_id, owner_id, request_id, content_hash, purpose, unclaimed_since, create_time)
         values ($1, $2, $3, $4, $5, $6, $6)",
        picture.image_id.uuid(),
        picture.owner_id.uuid(),
        request_id,
        &picture.content.hash.0[..],
        purpose,
        picture.create_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// An image that looks like another.
#[derive(Debug, Clone, Copy)]
pub struct Alike {
    pub image_id: ImageId,
    pub distance: i32,
}

/// Images other than `of` that look like it and were there before it, or at any time;
/// the most alike first. Of the owner only, of others only, or of anybody.
pub async fn find_alike(
    db: impl PgExecutor<'_>,
    of: &Picture,
    whose: Whose,
    before: bool,
    most: i64,
) -> Result<Vec<Alike>, sqlx::Error> {
    let phash = of.content.phash;
    let quarter = |at: u32| phash.map_or_else(Vec::new, |hash| neighbours(hash, at));
    let own = match whose {
        Whose::Owners => Some(true),
        Whose::Others => Some(false),
        Whose::Anybodys => None,
    };
    let rows = sqlx::query!(
        r#"with alike as (
             select content_hash, coalesce(bit_count((phash # $1)::bit(64)), 0)::integer as distance
             from content
             where content_hash = $2 or bit_count((phash # $1)::bit(64)) <= $3
                 and (quarter_a = any ($4) or quarter_b = any ($5) or quarter_c = any ($6) or quarter_d = any ($7))
         )
         select image_id, distance as "distance!"
         from alike join image using (content_hash)
         where image_id <> $8 and ($9::boolean is null or (owner_id = $10) = $9)
             and (not $11::boolean or (create_time, image_id) < ($12, $8))
         order by distance, create_time, image_id limit $13"#,
        phash.map(u64::cast_signed),
        &of.content.hash.0[..],
        i64::from(ALIKE),
        &quarter(3),
        &quarter(2),
        &quarter(1),
        &quarter(0),
        of.image_id.uuid(),
        own,
        of.owner_id.uuid(),
        before,
        of.create_time,
        most,
    )
    .fetch_all(db)
    .await?;
    let alike = rows.into_iter().map(|row| Alike {
        image_id: row.image_id.into(),
        distance: row.distance,
    });
    Ok(alike.collect())
}

/// Whose images are looked among.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Owners,
    Others,
    Anybodys,
}

/// A quarter of a hash, and what differs from it in one bit.
fn neighbours(hash: u64, quarter: u32) -> Vec<i32> {
    let value = i32::from((hash >> (quarter * 16)) as u16);
    let flipped = (0..16).map(|bit| value ^ (1 << bit));
    std::iter::once(value).chain(flipped).collect()
}

/// Puts off the removal of images nobody shows yet, since somebody is about to.
pub async fn touch(
    db: impl PgExecutor<'_>,
    owner_id: OwnerId,
    ids: &[ImageId],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update image set unclaimed_since = $3
         where owner_id = $1 and image_id = any ($2) and unclaimed_since < $4",
        owner_id.uuid(),
        &uuids(ids),
        now,
        now - HOUR,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes an image of the owner that nothing shows; whether there was one.
pub async fn delete(conn: &mut PgConnection, owner_id: OwnerId, id: ImageId) -> Result<bool, sqlx::Error> {
    let deleted = sqlx::query!(
        "delete from image where owner_id = $1 and image_id = $2 and unclaimed_since is not null",
        owner_id.uuid(),
        id.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(deleted.rows_affected() == 1)
}

/// Deletes images that nothing has shown since before `until`.
pub async fn delete_unused(
    conn: &mut PgConnection,
    until: OffsetDateTime,
    most: i64,
) -> Result<Vec<(ImageId, OwnerId)>, sqlx::Error> {
    let rows = sqlx::query!(
        "delete from image where image_id in (
             select image_id from image where unclaimed_since < $1 limit $2 for update skip locked
         ) returning image_id, owner_id",
        until,
        most,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.image_id.into(), row.owner_id.into()))
        .collect())
}

/// Every image of a content, and whose it is.
pub async fn of_content(
    conn: &mut PgConnection,
    hash: ContentHash,
) -> Result<Vec<(ImageId, OwnerId)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select image_id, owner_id from image where content_hash = $1",
        &hash.0[..],
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.image_id.into(), row.owner_id.into()))
        .collect())
}

/// Lets the removal of what a member has and nothing shows be due.
pub async fn give_up(conn: &mut PgConnection, owner_id: OwnerId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update image set unclaimed_since = '-infinity'
         where owner_id = $1 and unclaimed_since is not null",
        owner_id.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub fn uuids<T>(ids: &[Id<T>]) -> Vec<Uuid> {
    ids.iter().map(|id| id.uuid()).collect()
}
