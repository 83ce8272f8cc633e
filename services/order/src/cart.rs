//! Carts: what members want, priced whenever it is looked at.

use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::Explain as _;
use xlcfi_identity::{Member, User};
use xlcfi_types::{Id, Money};

use crate::Ctx;
use crate::error::Error;
use crate::order::{self, Line};
use crate::recall::TOLD_FOR;
use crate::store;
use crate::store::carts::StoredLine;
use crate::wanted::Wanted;

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
    pub wanted: Wanted,
    /// The priced line, or the reason it has no price.
    pub priced: Result<Line, &'static str>,
    /// Why lots of its product are recalled.
    pub recall_reason: Option<String>,
}

/// A member's cart as it is kept.
pub(crate) async fn stored(ctx: &Ctx, member_id: Id<Member>) -> Result<Vec<StoredLine>, sqlx::Error> {
    let recalled_after = ctx.clock.now() - TOLD_FOR;
    store::carts::lines(ctx.database.pool(), member_id, recalled_after).await
}

/// A member's cart as it stands.
pub(crate) async fn get(ctx: &Ctx, buyer: &User) -> Result<Cart, Error> {
    let stored = stored(ctx, buyer.id).await?;
    if stored.is_empty() {
        return Ok(Cart {
            lines: Vec::new(),
            total: Money::won(0),
            update_time: None,
        });
    }
    let update_time = stored.iter().map(|line| line.update_time).max();
    let wanted: Vec<Wanted> = stored.iter().map(|line| line.wanted).collect();
    let mut priced = ctx.peers.quote_each(buyer, &wanted).await?;
    let line = |line: StoredLine| {
        let priced = priced
            .remove(&line.wanted.product_id)
            .unwrap_or(Err(Error::ProductUnavailable));
        CartLine {
            wanted: line.wanted,
            priced: priced.map_err(|error| error.explain().reason()),
            recall_reason: line.recall_reason,
        }
    };
    let lines: Vec<CartLine> = stored.into_iter().map(line).collect();
    let orderable: Vec<Line> = lines.iter().filter_map(|line| line.priced.clone().ok()).collect();
    let total = order::total(&orderable).map_err(xlcfi_errors::Fault::bug)?;
    Ok(Cart {
        lines,
        total,
        update_time,
    })
}

/// Puts a product into a cart or changes its line, once it can be had so.
pub(crate) async fn set_line(ctx: &Ctx, buyer: &User, wanted: Wanted) -> Result<Cart, Error> {
    ctx.peers.quote(buyer, &[wanted]).await?;
    let mut tx = ctx.database.begin().await?;
    store::carts::lock(&mut tx, buyer.id).await?;
    if !store::carts::set_line(&mut tx, buyer.id, wanted, LIMIT, ctx.clock.now()).await? {
        return Err(Error::CartFull);
    }
    tx.commit().await?;
    get(ctx, buyer).await
}

/// Takes a product out of a cart.
pub(crate) async fn remove_line(ctx: &Ctx, buyer: &User, product_id: Uuid) -> Result<Cart, Error> {
    store::carts::remove_line(ctx.database.pool(), buyer.id, product_id).await?;
    get(ctx, buyer).await
}
