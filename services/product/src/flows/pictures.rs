use std::collections::{BTreeSet, HashSet};

use uuid::Uuid;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::Ctx;
use crate::error::Error;
use crate::import::{Import, Row};
use crate::product::Product;
use crate::store::products;

/// Pictures asked about in one call.
const ASKED: usize = 100;

/// Asks whether a seller may show these pictures; before a transaction begins.
pub async fn check(ctx: &Ctx, seller_id: Id<Member>, images: &[Uuid]) -> Result<(), Error> {
    if images.is_empty() {
        return Ok(());
    }
    let usable = ctx.peers.usable_images(seller_id, images).await?;
    match images.iter().find(|id| !usable.contains(id)) {
        Some(id) => Err(Error::ImageNotUsable(*id)),
        None => Ok(()),
    }
}

/// Of the pictures that rows name those the seller's products show already, and those
/// the seller may show; before a transaction begins.
pub async fn usable_in(ctx: &Ctx, import: &Import, rows: &[Row]) -> Result<HashSet<Uuid>, Error> {
    let (seller_id, columns) = (import.seller_id, &import.columns);
    let skus: Vec<String> = rows.iter().map(|row| row.sku(columns).to_owned()).collect();
    let shown = products::images_by_skus(ctx.database.pool(), seller_id, &skus).await?;
    let mut usable: HashSet<Uuid> = shown.into_iter().collect();
    let named: BTreeSet<Uuid> = rows.iter().flat_map(|row| row.images(columns)).collect();
    let new: Vec<Uuid> = named.into_iter().filter(|id| !usable.contains(id)).collect();
    for some in new.chunks(ASKED) {
        usable.extend(ctx.peers.usable_images(seller_id, some).await?);
    }
    Ok(usable)
}

/// As [`check`] of those only that the product does not show yet: who changes a price needs
/// no picture looked at.
pub async fn check_new(
    ctx: &Ctx,
    seller_id: Id<Member>,
    id: Id<Product>,
    images: &[Uuid],
) -> Result<(), Error> {
    if images.is_empty() {
        return Ok(());
    }
    let Some(shown) = products::images(ctx.database.pool(), id, seller_id).await? else {
        // Whoever writes says that there is no such product.
        return Ok(());
    };
    let new = images.iter().filter(|image| !shown.contains(image)).copied();
    check(ctx, seller_id, &new.collect::<Vec<_>>()).await
}
