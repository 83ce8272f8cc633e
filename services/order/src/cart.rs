//! Carts: products and quantities, priced whenever they are looked at.

use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::Explain as _;
use xlcfi_identity::Member;
use xlcfi_types::{Id, Money};

use crate::Ctx;
use crate::error::Error;
use crate::order::{self, Line};
use crate::store;

/// Most lines of a cart.
pub(crate) const LIMIT: i64 = 100;

/// A cart, priced.
pub(crate) struct Cart {
    pub lines: Vec<CartLine>,
    pub total: Money,
    pub update_time: Option<OffsetDateTime>,
}

/// A line, priced or not.
pub(crate) struct CartLine {
    pub product_id: Uuid,
    pub quantity: i64,
    /// The priced line, or the reason it has no price.
    pub priced: Result<Line, &'static str>,
}

/// A member's cart as it stands.
pub(crate) async fn get(ctx: &Ctx, member_id: Id<Member>) -> Result<Cart, Error> {
    let stored = store::cart_lines(ctx.database.pool(), member_id).await?;
    if stored.is_empty() {
        return Ok(Cart {
            lines: Vec::new(),
            total: Money::won(0),
            update_time: None,
        });
    }
    let asked: Vec<(Uuid, i64)> = stored
        .iter()
        .map(|(product_id, quantity, _)| (*product_id, *quantity))
        .collect();
    let mut priced = ctx.peers.quote_each(&asked).await?;
    let line = |(product_id, quantity): (Uuid, i64)| {
        let priced = priced
            .remove(&product_id)
            .unwrap_or(Err(Error::ProductUnavailable));
        CartLine {
            product_id,
            quantity,
            priced: priced.map_err(|error| error.explain().reason()),
        }
    };
    let lines: Vec<CartLine> = asked.into_iter().map(line).collect();
    let orderable: Vec<Line> = lines.iter().filter_map(|line| line.priced.clone().ok()).collect();
    let total = order::total(&orderable).map_err(xlcfi_errors::Fault::bug)?;
    Ok(Cart {
        lines,
        total,
        update_time: stored.iter().map(|(_, _, time)| *time).max(),
    })
}

/// Puts a product into a cart or changes its quantity, once its ladder allows it.
pub(crate) async fn set_line(
    ctx: &Ctx,
    member_id: Id<Member>,
    product_id: Uuid,
    quantity: i64,
) -> Result<Cart, Error> {
    ctx.peers.quote(&[(product_id, quantity)]).await?;
    let mut tx = ctx.database.begin().await?;
    store::lock_cart(&mut tx, member_id).await?;
    if !store::set_cart_line(&mut tx, member_id, product_id, quantity, LIMIT, ctx.clock.now()).await? {
        return Err(Error::CartFull);
    }
    tx.commit().await?;
    get(ctx, member_id).await
}

/// Takes a product out of a cart.
pub(crate) async fn remove_line(ctx: &Ctx, member_id: Id<Member>, product_id: Uuid) -> Result<Cart, Error> {
    store::remove_cart_lines(ctx.database.pool(), member_id, &[product_id]).await?;
    get(ctx, member_id).await
}
