use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::Ctx;
use crate::error::Error;
use crate::picture::{ImageId, OwnerId};
use crate::store::claims;

/// What shows images: a thing of a service.
#[derive(Debug, Clone)]
pub struct Subject {
    pub service: String,
    pub id: Uuid,
}

/// Says which images something shows now. All must be the owner's.
pub async fn claim(
    ctx: &Ctx,
    subject: &Subject,
    owner_id: OwnerId,
    mut ids: Vec<ImageId>,
) -> Result<(), Error> {
    ids.sort_by_key(|id| id.uuid());
    ids.dedup();
    let mut tx = ctx.database.begin().await?;
    let found = claims::lock(&mut tx, &subject.service, subject.id, Some(owner_id), &ids).await?;
    if found.len() < ids.len() {
        return Err(Error::ImageNotFound);
    }
    claims::replace(&mut tx, &subject.service, subject.id, &found, ctx.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// The same for something that shows them already: what is not the owner's is passed
/// over. Without an owner only documents count.
pub async fn claim_known(
    conn: &mut PgConnection,
    subject: &Subject,
    owner_id: Option<OwnerId>,
    ids: &[ImageId],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let found = claims::lock(conn, &subject.service, subject.id, owner_id, ids).await?;
    claims::replace(conn, &subject.service, subject.id, &found, now).await
}
