use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_types::Id;

use crate::picture::Claim;
use crate::review::{MemberId, Review};

/// Notes what a review shows, in place of what image was not told yet.
pub async fn note(
    conn: &mut PgConnection,
    review_id: Id<Review>,
    owner_id: MemberId,
    image_ids: &[Uuid],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into image_claim (review_id, owner_id, image_ids, create_time) values ($1, $2, $3, $4)
         on conflict (review_id) do update set image_ids = excluded.image_ids",
        review_id.uuid(),
        owner_id.uuid(),
        image_ids,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What image was not told yet, the longest waiting first.
pub async fn untold(db: impl PgExecutor<'_>, limit: i64) -> Result<Vec<Claim>, sqlx::Error> {
    sqlx::query_as!(
        Claim,
        "select review_id, owner_id, image_ids from image_claim order by create_time, review_id limit $1",
        limit,
    )
    .fetch_all(db)
    .await
}

/// Image was told this; what came since stays.
pub async fn told(db: impl PgExecutor<'_>, claim: &Claim) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from image_claim where review_id = $1 and image_ids = $2",
        claim.review_id,
        &claim.image_ids,
    )
    .execute(db)
    .await?;
    Ok(())
}
