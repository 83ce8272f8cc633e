use time::OffsetDateTime;
use xlcfi_identity::Member;
use xlcfi_types::Id;
use xlcfi_types::calendar::seoul_date;

use crate::Ctx;
use crate::error::Error;
use crate::flows::catalogue::tell_updated;
use crate::product::{Product, State};
use crate::special::{self, Special};
use crate::store::customers::Customer;
use crate::store::{customers, products, stock};

/// Products told of in one transaction.
const CHANGE_BATCH: i64 = 100;

/// Replaces the special prices of a product.
pub async fn set_specials(
    ctx: &Ctx,
    seller_id: Id<Member>,
    id: Id<Product>,
    specials: &[Special],
) -> Result<(), Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let (state, ..) = products::lock(&mut tx, id, seller_id).await?;
    state.edit()?;
    products::set_specials(&mut tx, id, specials, special::next_change(specials, None, now)).await?;
    if state == State::Published {
        let product = products::get(&mut *tx, id, seoul_date(now)).await?;
        tell_updated(&mut tx, &product, now).await?;
    }
    tx.commit().await?;
    ctx.shelf.renew_product(id).await;
    Ok(())
}

/// Tells of products whose public prices changed because a special began or ended,
/// until there are no more.
pub async fn tell_changes(ctx: &Ctx) -> Result<(), Error> {
    loop {
        let now = ctx.clock.now();
        let mut tx = ctx.database.begin().await?;
        let due = products::with_changed_prices(&mut *tx, now, CHANGE_BATCH).await?;
        let mut ids = due.clone();
        ids.sort_unstable();
        stock::lock_rows(&mut tx, &ids).await?;
        for product in products::find(&mut *tx, &ids, seoul_date(now)).await? {
            tell_change(&mut tx, &product, now).await?;
        }
        tx.commit().await?;
        for id in &ids {
            ctx.shelf.renew_product(*id).await;
        }
        if due.is_empty() {
            return Ok(());
        }
    }
}

async fn tell_change(
    conn: &mut sqlx::PgConnection,
    product: &Product,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let next = special::next_change(&product.specials, None, now);
    products::set_specials(conn, product.product_id, &product.specials, next).await?;
    if product.state == State::Published {
        tell_updated(conn, product, now).await?;
    }
    Ok(())
}

/// Puts a member into a group of a seller's customers.
pub async fn put_customer(ctx: &Ctx, seller_id: Id<Member>, customer: &Customer) -> Result<(), Error> {
    let mut tx = ctx.database.begin().await?;
    customers::put(&mut tx, seller_id, customer).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes a member out of a seller's groups.
pub async fn remove_customer(ctx: &Ctx, seller_id: Id<Member>, member_id: Id<Member>) -> Result<(), Error> {
    let mut tx = ctx.database.begin().await?;
    customers::remove(&mut tx, seller_id, member_id).await?;
    tx.commit().await?;
    Ok(())
}
