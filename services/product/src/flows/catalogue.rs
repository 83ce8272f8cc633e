use uuid::Uuid;
use xlcfi_contracts::product::v1::{ProductArchived, ProductPublished, ProductUpdated};
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::Ctx;
use crate::category::Category;
use crate::convert::{product_message, timestamp};
use crate::error::Error;
use crate::flows::tell_crossing;
use crate::lot::seoul_date;
use crate::product::{Details, Product, State};
use crate::store::{categories, products};

/// Adds a category.
pub async fn create_category(ctx: &Ctx, category: &Category) -> Result<(), Error> {
    let mut tx = ctx.database.begin().await?;
    categories::insert(&mut tx, category, ctx.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Lists a draft; a repeated request finds the product it made.
pub async fn create(
    ctx: &Ctx,
    seller_id: Id<Member>,
    request_id: Option<Uuid>,
    sku: &str,
    details: &Details,
) -> Result<Product, Error> {
    let now = ctx.clock.now();
    let new = products::NewProduct {
        product_id: Id::new(),
        seller_id,
        request_id,
        sku,
        details,
        now,
    };
    let mut tx = ctx.database.begin().await?;
    let id = if products::insert(&mut tx, &new).await? {
        new.product_id
    } else {
        let request_id = request_id.ok_or(Error::SkuTaken)?;
        products::find_by_request(&mut tx, seller_id, request_id)
            .await?
            .ok_or(Error::SkuTaken)?
    };
    let product = products::get(&mut *tx, id, seoul_date(now)).await?;
    tx.commit().await?;
    Ok(product)
}

/// Replaces the details of a product that is still at `version`.
pub async fn update(
    ctx: &Ctx,
    seller_id: Id<Member>,
    id: Id<Product>,
    version: i64,
    details: &Details,
) -> Result<Product, Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let (state, current, _) = products::lock(&mut tx, id, seller_id).await?;
    state.edit()?;
    if current != version {
        return Err(Error::ProductChanged(current));
    }
    products::set_details(&mut tx, id, details, now).await?;
    let product = products::get(&mut *tx, id, seoul_date(now)).await?;
    if state == State::Published {
        let fact = ProductUpdated {
            product: Some(product_message(&product)),
            time: Some(timestamp(now)),
        };
        xlcfi_events::append(&mut tx, id.uuid(), &fact).await?;
    }
    // Another minimum order may put it in or out of stock.
    tell_crossing(&mut tx, &[id], now).await?;
    tx.commit().await?;
    ctx.shelf.renew_product(id).await;
    Ok(product)
}

/// Shows a product to buyers.
pub async fn publish(ctx: &Ctx, seller_id: Id<Member>, id: Id<Product>) -> Result<Product, Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let (before, ..) = products::lock(&mut tx, id, seller_id).await?;
    let after = before.publish()?;
    if after != before {
        products::set_state(&mut tx, id, after, now).await?;
    }
    let product = products::get(&mut *tx, id, seoul_date(now)).await?;
    if after != before {
        let fact = ProductPublished {
            product: Some(product_message(&product)),
            time: Some(timestamp(now)),
        };
        xlcfi_events::append(&mut tx, id.uuid(), &fact).await?;
    }
    tx.commit().await?;
    ctx.shelf.renew_product(id).await;
    Ok(product)
}

/// Takes a product off sale for good. Of a draft nobody was told, so nobody is now.
pub async fn archive(ctx: &Ctx, seller_id: Id<Member>, id: Id<Product>) -> Result<Product, Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let (before, ..) = products::lock(&mut tx, id, seller_id).await?;
    if before != State::Archived {
        products::set_state(&mut tx, id, State::Archived, now).await?;
    }
    if before == State::Published {
        let fact = ProductArchived {
            product_id: id.to_string(),
            time: Some(timestamp(now)),
        };
        xlcfi_events::append(&mut tx, id.uuid(), &fact).await?;
    }
    let product = products::get(&mut *tx, id, seoul_date(now)).await?;
    tx.commit().await?;
    ctx.shelf.renew_product(id).await;
    Ok(product)
}
