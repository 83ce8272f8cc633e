use uuid::Uuid;

use crate::Ctx;
use crate::error::Error;
use crate::review::MemberId;
use crate::store::pictures;

/// Claims told before the worker asks for lots again.
const BATCH: i64 = 100;

/// Asks whether pictures may be shown by this author; before a transaction begins.
pub async fn check(ctx: &Ctx, author_id: MemberId, image_ids: &[Uuid]) -> Result<(), Error> {
    if image_ids.is_empty() {
        return Ok(());
    }
    let usable = ctx.peers.usable_images(author_id, image_ids).await?;
    match image_ids.iter().find(|id| !usable.contains(id)) {
        Some(id) => Err(Error::ImageNotUsable(*id)),
        None => Ok(()),
    }
}

/// Tells image what reviews show, as far as it answers.
pub async fn claim(ctx: &Ctx) -> Result<(), Error> {
    let db = ctx.database.pool();
    for claim in pictures::untold(db, BATCH).await? {
        ctx.peers.claim_images(&claim).await?;
        pictures::told(db, &claim).await?;
    }
    Ok(())
}
