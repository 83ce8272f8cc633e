use xlcfi_contracts::product::v1::Allocation as Line;
use xlcfi_identity::Member;
use xlcfi_types::Id;
use xlcfi_types::calendar::seoul_date;

use crate::Ctx;
use crate::error::Error;
use crate::flows::orders::{tell_returned, tell_sold};
use crate::flows::tell_stock;
use crate::ledger::Act;
use crate::lot::{Lot, State};
use crate::reservation::Swap;
use crate::store::{entries, lots, reassign as store, reservations};

/// Gives an order other lots than were planned: both lots as they are then. The
/// lot must be good for the line all the same.
pub async fn reassign(ctx: &Ctx, seller_id: Id<Member>, swap: Swap, act: &Act) -> Result<(Lot, Lot), Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    // The reservation is locked before the product, as everywhere.
    let state = reservations::lock(&mut tx, swap.order_id).await?;
    let from = lots::lock(&mut tx, swap.from, seller_id).await?;
    let to = lots::lock(&mut tx, swap.to, seller_id).await?;
    if !entries::is_done(&mut tx, swap.from, act.request_id).await? {
        let line = match state {
            Some(state) => store::line(&mut tx, swap.order_id, swap.from, state).await?,
            None => None,
        };
        let line = line
            .filter(|line| line.quantity >= swap.quantity)
            .ok_or(Error::ReservationNotFound)?;
        to.take(swap.quantity)?;
        let fits = from.product_id == to.product_id
            && to.state == State::Available
            && line.window.admits(to.papers.use_by, seoul_date(now));
        if !fits || from.lot_id == to.lot_id {
            return Err(Error::LotNotFit);
        }
        store::swap(&mut tx, swap, line.sold, act, now).await?;
        if line.sold {
            let of = |lot_id: Id<Lot>| Line {
                product_id: from.product_id.to_string(),
                lot_id: lot_id.to_string(),
                quantity: swap.quantity,
            };
            tell_returned(&mut tx, swap.order_id, vec![of(swap.from)], now).await?;
            tell_sold(&mut tx, swap.order_id, vec![of(swap.to)], now).await?;
        }
        tell_stock(&mut tx, &[from.product_id], now).await?;
    }
    let lots = (
        lots::get(&mut *tx, swap.from).await?,
        lots::get(&mut *tx, swap.to).await?,
    );
    tx.commit().await?;
    ctx.shelf.renew_product(from.product_id).await;
    Ok(lots)
}
