//! Ai looks at ingredient texts before a transaction begins; what it found is kept with
//! them, so that whoever writes later needs not ask.

use sqlx::PgConnection;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::Ctx;
use crate::error::Error;
use crate::ingredients::Ingredients;
use crate::product::{Details, Product};
use crate::store::products;

/// Has a new text looked at; while ai is away it stays as it is.
pub async fn look(ctx: &Ctx, ingredients: &mut Ingredients) {
    if ingredients.named.is_none() {
        ingredients.named = ctx.peers.named_allergens(&ingredients.text).await.ok();
    }
}

/// As [`look`] unless the product says the same already and it was looked at.
pub async fn look_again(
    ctx: &Ctx,
    seller_id: Id<Member>,
    id: Id<Product>,
    ingredients: &mut Ingredients,
) -> Result<(), Error> {
    if ingredients.named.is_none() {
        let kept = products::ingredients(ctx.database.pool(), id, seller_id).await?;
        if let Some(kept) = kept.filter(|kept| kept.text == ingredients.text) {
            *ingredients = kept;
        }
        look(ctx, ingredients).await;
    }
    Ok(())
}

/// Before a product is shown: has its text looked at when that was not done yet. What
/// was found counts for this very text only.
pub async fn look_before_showing(
    ctx: &Ctx,
    seller_id: Id<Member>,
    id: Id<Product>,
) -> Result<Option<Ingredients>, Error> {
    let kept = products::ingredients(ctx.database.pool(), id, seller_id).await?;
    let Some(mut kept) = kept.filter(|kept| kept.named.is_none()) else {
        return Ok(None);
    };
    look(ctx, &mut kept).await;
    Ok(Some(kept))
}

/// Keeps what was found.
pub(super) async fn keep(
    conn: &mut PgConnection,
    id: Id<Product>,
    looked_at: Option<&Ingredients>,
) -> Result<(), Error> {
    match looked_at {
        Some(ingredients) => Ok(products::set_ingredients(conn, id, ingredients).await?),
        None => Ok(()),
    }
}

/// A listing declares every allergen its text names.
pub(super) fn check(details: &Details) -> Result<(), Error> {
    Ok(details.ingredients.check(&details.allergens)?)
}

/// What buyers see was looked at, too.
pub(super) fn check_shown(details: &Details) -> Result<(), Error> {
    check(details)?;
    if details.ingredients.named.is_none() {
        return Err(Error::IngredientsNotChecked);
    }
    Ok(())
}
