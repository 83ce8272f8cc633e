use time::Duration;
use xlcfi_events::append_each;

use crate::Ctx;
use crate::convert;
use crate::error::Error;
use crate::store::{contents, images, leftovers};

/// Rows a sweep takes at a time.
const BATCH: i64 = 100;
/// How long the renditions of a content stay after it, for those who just asked for it.
const GRACE: Duration = Duration::minutes(10);

/// Removes images that nothing has shown for so long.
pub async fn remove_unused(ctx: &Ctx) -> Result<(), Error> {
    let now = ctx.clock.now();
    loop {
        let mut tx = ctx.database.begin().await?;
        let gone = images::delete_unused(&mut tx, now - ctx.unused, BATCH).await?;
        if gone.is_empty() {
            return Ok(());
        }
        let told = gone.into_iter().map(|(image_id, owner_id)| {
            let event = convert::image_deleted(image_id, owner_id, true, now);
            (image_id.uuid(), event)
        });
        append_each(&mut tx, &told.collect::<Vec<_>>()).await?;
        tx.commit().await?;
    }
}

/// Removes contents no image has.
pub async fn remove_contents(ctx: &Ctx) -> Result<(), Error> {
    loop {
        let mut tx = ctx.database.begin().await?;
        let places = contents::delete_unused(&mut tx, BATCH).await?;
        if places.is_empty() {
            return Ok(());
        }
        leftovers::insert(&mut *tx, &places, ctx.clock.now() + GRACE).await?;
        tx.commit().await?;
    }
}

/// Empties the folders of what is gone.
pub async fn empty_leftovers(ctx: &Ctx) -> Result<(), Error> {
    let db = ctx.database.pool();
    loop {
        let places = leftovers::due(db, ctx.clock.now(), BATCH).await?;
        if places.is_empty() {
            return Ok(());
        }
        for place in places {
            ctx.blobs.delete(place).await?;
            leftovers::delete(db, place).await?;
        }
    }
}
