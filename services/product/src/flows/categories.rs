use std::collections::HashSet;

use xlcfi_errors::Invalid;
use xlcfi_types::Id;

use crate::Ctx;
use crate::attribute::Definition;
use crate::category::Category;
use crate::error::Error;
use crate::store::categories;

/// Adds a category.
pub async fn create(ctx: &Ctx, category: &Category) -> Result<(), Error> {
    let mut tx = ctx.database.begin().await?;
    categories::insert(&mut tx, category, ctx.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Replaces what products of a category say. A key stands once in a line of
/// branches, so that it means one thing for each product.
pub async fn set_attributes(
    ctx: &Ctx,
    id: Id<Category>,
    attributes: &[Definition],
) -> Result<Category, Error> {
    let mut tx = ctx.database.begin().await?;
    categories::lock(&mut tx).await?;
    let tree = categories::tree(&mut *tx).await?;
    let mut taken: HashSet<&str> = tree.related_keys(id).collect();
    let mut invalid = Invalid::default();
    for (at, definition) in attributes.iter().enumerate() {
        if !taken.insert(&definition.key) {
            let field = format!("attributes[{at}].key");
            invalid.add(
                field,
                "must not be that of another, here or in a branch above or below",
            );
        }
    }
    invalid.into_result()?;
    let category = categories::set_attributes(&mut tx, id, attributes).await?;
    let category = category.ok_or(Error::CategoryNotFound)?;
    tx.commit().await?;
    Ok(category)
}
