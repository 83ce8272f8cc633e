use uuid::Uuid;
use xlcfi_events::append;
use xlcfi_types::Id;

use super::notify;
use crate::Ctx;
use crate::convert;
use crate::error::Error;
use crate::lots::{self, OrderLot};
use crate::purchase::Product;
use crate::review::MemberId;
use crate::store::{purchases, summaries};

/// Products looked at before the worker asks for lots again.
const BATCH: i64 = 100;

/// Keeps the lots that goods of orders came from.
pub async fn learnt(ctx: &Ctx, orders: &[Uuid], lots: &[OrderLot]) -> Result<(), Error> {
    let mut products: Vec<Uuid> = lots.iter().map(|lot| lot.product_id).collect();
    products.sort_unstable();
    products.dedup();
    let mut tx = ctx.database.begin().await?;
    purchases::set_lots(&mut tx, orders, lots, ctx.clock.now()).await?;
    summaries::uncheck(&mut tx, &products).await?;
    tx.commit().await?;
    Ok(())
}

/// Compares the lots of products whose ratings or lots changed.
pub async fn compare(ctx: &Ctx) -> Result<(), Error> {
    for (product_id, seller_id) in summaries::unchecked(ctx.database.pool(), BATCH).await? {
        compare_lots(ctx, product_id, seller_id).await?;
    }
    Ok(())
}

/// Tells of each lot that is rated significantly worse than the product's others, once.
async fn compare_lots(ctx: &Ctx, product_id: Id<Product>, seller_id: MemberId) -> Result<(), Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let summary = summaries::lock(&mut tx, product_id, seller_id).await?;
    let tallies = summaries::lots(&mut *tx, seller_id, product_id).await?;
    let compared = lots::compare(tallies, &summary.tally, ctx.config.lot_ratings);
    for lot in compared.iter().filter(|lot| lot.dropped) {
        if summaries::drop_lot(&mut tx, product_id, lot.lot.lot_id, now).await? {
            let fact = convert::lot_dropped(product_id, seller_id, lot, now);
            append(&mut tx, product_id.uuid(), &fact).await?;
            notify(&mut tx, seller_id, &convert::lot_dropped_notice(seller_id, lot)).await?;
        }
    }
    summaries::set_checked(&mut tx, product_id).await?;
    tx.commit().await?;
    Ok(())
}
