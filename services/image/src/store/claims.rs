use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_types::Id;

use super::images::uuids;
use crate::picture::{ImageId, OwnerId};

/// Locks the images of the owner among those, and those a subject shows. The owner's; of
/// a subject whose owner is not known the documents, whose ids only their owners know.
pub async fn lock(
    conn: &mut PgConnection,
    service: &str,
    subject_id: Uuid,
    owner_id: Option<OwnerId>,
    ids: &[ImageId],
) -> Result<Vec<ImageId>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select image_id, (image_id = any ($4) and case when $3::uuid is null
             then purpose = 'document' else owner_id = $3 end) as "wanted!"
         from image
         where image_id = any ($4)
             or image_id in (select image_id from claim where service = $1 and subject_id = $2)
         order by image_id for update of image"#,
        service,
        subject_id,
        owner_id.map(Id::uuid),
        &uuids(ids),
    )
    .fetch_all(conn)
    .await?;
    let wanted = rows.into_iter().filter(|row| row.wanted);
    Ok(wanted.map(|row| row.image_id.into()).collect())
}

/// Makes the images a subject shows these, all of which are locked as well as those it
/// showed before.
pub async fn replace(
    conn: &mut PgConnection,
    service: &str,
    subject_id: Uuid,
    ids: &[ImageId],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let ids = uuids(ids);
    let released = sqlx::query_scalar!(
        "delete from claim where service = $1 and subject_id = $2 and image_id <> all ($3) returning image_id",
        service,
        subject_id,
        &ids,
    )
    .fetch_all(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into claim (service, subject_id, image_id) select $1, $2, unnest($3::uuid[])
         on conflict do nothing",
        service,
        subject_id,
        &ids,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update image set unclaimed_since = case
             when exists (select from claim where claim.image_id = image.image_id) then null else $2::timestamptz
         end
         where image_id = any ($1)",
        &[released, ids].concat(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
