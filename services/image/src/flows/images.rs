use xlcfi_events::{append, append_each};

use crate::Ctx;
use crate::convert;
use crate::error::Error;
use crate::picture::{ImageId, OwnerId, Picture};
use crate::store::{contents, images, leftovers};

/// Deletes an image of the owner that nothing shows. Its content goes with the next sweep.
pub async fn delete(ctx: &Ctx, owner_id: OwnerId, id: ImageId) -> Result<(), Error> {
    let mut tx = ctx.database.begin().await?;
    if !images::delete(&mut tx, owner_id, id).await? {
        return match images::get(&mut *tx, Some(owner_id), id).await? {
            Some(_) => Err(Error::ImageInUse),
            None => Err(Error::ImageNotFound),
        };
    }
    let told = convert::image_deleted(id, owner_id, false, ctx.clock.now());
    append(&mut tx, id.uuid(), &told).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes an image and its like away.
pub async fn block(ctx: &Ctx, id: ImageId, reason: &str) -> Result<Picture, Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let picture = images::get(&mut *tx, None, id)
        .await?
        .ok_or(Error::ImageNotFound)?;
    if let Some(place) = contents::block(&mut tx, picture.content.hash, reason).await? {
        leftovers::insert(&mut *tx, &[place], now).await?;
        let concerned = images::of_content(&mut tx, picture.content.hash).await?;
        let told = concerned.into_iter().map(|(image_id, owner_id)| {
            let event = convert::image_blocked(image_id, owner_id, reason, now);
            (image_id.uuid(), event)
        });
        append_each(&mut tx, &told.collect::<Vec<_>>()).await?;
    }
    tx.commit().await?;
    let mut picture = picture;
    picture.content.blocked = true;
    Ok(picture)
}
