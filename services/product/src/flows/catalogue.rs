use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::product::v1::{ProductArchived, ProductPublished, ProductUpdated};
use xlcfi_identity::Member;
use xlcfi_types::Id;
use xlcfi_types::calendar::seoul_date;

use crate::Ctx;
use crate::attribute;
use crate::convert::{product_message, timestamp};
use crate::error::Error;
use crate::flows::{ingredients, pictures, tell_stock};
use crate::product::{Details, Product, State};
use crate::store::{categories, products};

/// A draft as its seller wants it.
#[derive(Debug)]
pub struct Draft {
    pub request_id: Option<Uuid>,
    pub sku: String,
    pub details: Details,
}

/// Lists a draft; a repeated request finds the product it made.
pub async fn create(ctx: &Ctx, seller_id: Id<Member>, mut draft: Draft) -> Result<Product, Error> {
    let (db, details) = (ctx.database.pool(), &mut draft.details);
    let asks = !details.images.is_empty() || details.ingredients.named.is_none();
    let made_before = match draft.request_id {
        Some(id) if asks => products::find_by_request(db, seller_id, id).await?,
        _ => None,
    };
    if made_before.is_none() {
        pictures::check(ctx, seller_id, &details.images).await?;
        ingredients::look(ctx, &mut details.ingredients).await;
    }
    let mut tx = ctx.database.begin().await?;
    let product = insert(&mut tx, seller_id, &draft, None, ctx.clock.now()).await?;
    tx.commit().await?;
    Ok(product)
}

/// Lists a variant of a product: what `change` leaves is taken over.
pub async fn create_variant(
    ctx: &Ctx,
    seller_id: Id<Member>,
    of: Id<Product>,
    sku: String,
    request_id: Option<Uuid>,
    change: impl FnOnce(&mut Details),
) -> Result<Product, Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    products::lock(&mut tx, of, seller_id).await?;
    let original = products::get(&mut *tx, of, seoul_date(now)).await?;
    let mut details = original.details;
    change(&mut details);
    let draft = Draft {
        request_id,
        sku,
        details,
    };
    let product = insert(&mut tx, seller_id, &draft, Some(original.family_id), now).await?;
    tx.commit().await?;
    Ok(product)
}

/// Writes a draft of a family, or of one of its own.
pub(super) async fn insert(
    conn: &mut PgConnection,
    seller_id: Id<Member>,
    draft: &Draft,
    family_id: Option<Uuid>,
    now: OffsetDateTime,
) -> Result<Product, Error> {
    let id = add(conn, seller_id, draft, family_id, now).await?;
    products::get(conn, id, seoul_date(now)).await
}

/// Writes a draft as [`insert`] does, for who does not need to read it.
pub(super) async fn add(
    conn: &mut PgConnection,
    seller_id: Id<Member>,
    draft: &Draft,
    family_id: Option<Uuid>,
    now: OffsetDateTime,
) -> Result<Id<Product>, Error> {
    check_attributes(conn, &draft.details).await?;
    ingredients::check(&draft.details)?;
    let product_id = Id::new();
    let new = products::NewProduct {
        product_id,
        family_id: family_id.unwrap_or(product_id.uuid()),
        seller_id,
        request_id: draft.request_id,
        sku: &draft.sku,
        details: &draft.details,
        now,
    };
    if products::insert(conn, &new).await? {
        Ok(product_id)
    } else {
        earlier(conn, seller_id, draft).await
    }
}

/// The product an earlier call of the same request made, or what hinders another.
async fn earlier(
    conn: &mut PgConnection,
    seller_id: Id<Member>,
    draft: &Draft,
) -> Result<Id<Product>, Error> {
    if let Some(request_id) = draft.request_id
        && let Some(id) = products::find_by_request(&mut *conn, seller_id, request_id).await?
    {
        return Ok(id);
    }
    let sku_taken = products::find_by_sku(conn, seller_id, &draft.sku)
        .await?
        .is_some();
    Err(if sku_taken {
        Error::SkuTaken
    } else {
        Error::VariantTaken
    })
}

/// Replaces the details of a product that is still at `version`.
pub async fn update(
    ctx: &Ctx,
    seller_id: Id<Member>,
    id: Id<Product>,
    version: i64,
    mut details: Details,
) -> Result<Product, Error> {
    pictures::check_new(ctx, seller_id, id, &details.images).await?;
    ingredients::look_again(ctx, seller_id, id, &mut details.ingredients).await?;
    let mut tx = ctx.database.begin().await?;
    let (state, current, _) = products::lock(&mut tx, id, seller_id).await?;
    state.edit()?;
    if current != version {
        return Err(Error::ProductChanged(current));
    }
    let product = replace(&mut tx, id, state, &details, ctx.clock.now()).await?;
    tx.commit().await?;
    ctx.shelf.renew_product(id).await;
    Ok(product)
}

/// Replaces the details of a locked product and tells of it when it is on sale.
pub(super) async fn replace(
    conn: &mut PgConnection,
    id: Id<Product>,
    state: State,
    details: &Details,
    now: OffsetDateTime,
) -> Result<Product, Error> {
    check_attributes(conn, details).await?;
    ingredients::check(details)?;
    products::set_details(conn, id, details, now).await?;
    let product = products::get(&mut *conn, id, seoul_date(now)).await?;
    if state == State::Published {
        require_attributes(conn, &product).await?;
        ingredients::check_shown(&product.details)?;
        tell_updated(conn, &product, now).await?;
    }
    // Another minimum order or promise may put it in or out of stock.
    tell_stock(conn, &[id], now).await?;
    Ok(product)
}

/// Tells of a product on sale as it is now.
pub(super) async fn tell_updated(
    conn: &mut PgConnection,
    product: &Product,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let fact = ProductUpdated {
        product: Some(product_message(product, now)),
        time: Some(timestamp(now)),
    };
    xlcfi_events::append(conn, product.product_id.uuid(), &fact).await
}

/// Shows a product to buyers.
pub async fn publish(ctx: &Ctx, seller_id: Id<Member>, id: Id<Product>) -> Result<Product, Error> {
    let looked_at = ingredients::look_before_showing(ctx, seller_id, id).await?;
    let mut tx = ctx.database.begin().await?;
    let (before, ..) = products::lock(&mut tx, id, seller_id).await?;
    ingredients::keep(&mut tx, id, looked_at.as_ref()).await?;
    let product = show(&mut tx, id, before, ctx.clock.now()).await?;
    tx.commit().await?;
    ctx.shelf.renew_product(id).await;
    Ok(product)
}

/// Shows a locked product to buyers, when they do not see it already.
pub(super) async fn show(
    conn: &mut PgConnection,
    id: Id<Product>,
    before: State,
    now: OffsetDateTime,
) -> Result<Product, Error> {
    let after = before.publish()?;
    if after != before {
        products::set_state(conn, id, after, now).await?;
    }
    let product = products::get(&mut *conn, id, seoul_date(now)).await?;
    if after != before {
        require_attributes(conn, &product).await?;
        ingredients::check_shown(&product.details)?;
        let fact = ProductPublished {
            product: Some(product_message(&product, now)),
            time: Some(timestamp(now)),
        };
        xlcfi_events::append(conn, id.uuid(), &fact).await?;
    }
    Ok(product)
}

/// Takes a product off sale for good. Of a draft nobody was told, so nobody is now.
///
/// Gives where it stood before, too.
pub async fn archive(ctx: &Ctx, seller_id: Id<Member>, id: Id<Product>) -> Result<(State, Product), Error> {
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
    Ok((before, product))
}

async fn check_attributes(conn: &mut PgConnection, details: &Details) -> Result<(), Error> {
    if details.attributes.is_empty() {
        return Ok(());
    }
    let definitions = categories::tree(conn).await?.definitions(details.category_id);
    let problems = attribute::problems(&details.attributes, &definitions);
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::AttributesInvalid(problems))
    }
}

/// A product on sale says everything its category requires.
async fn require_attributes(conn: &mut PgConnection, product: &Product) -> Result<(), Error> {
    let definitions = categories::tree(conn)
        .await?
        .definitions(product.details.category_id);
    let missing = attribute::missing(&product.details.attributes, &definitions);
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Error::AttributesMissing(missing))
    }
}
