use std::collections::BTreeMap;
use std::time::Instant;

use uuid::Uuid;
use xlcfi_contracts::product::v1::{LotState, LotsHeld, LotsReleased, OrderRecalled, RecalledLine};
use xlcfi_errors::Fault;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::Ctx;
use crate::convert::timestamp;
use crate::error::Error;
use crate::flows::tell_stock;
use crate::product::Product;
use crate::recall::{Recall, Scope, Taken};
use crate::store::recalls::{self, Held};

/// What orders have that is read at a time.
const TOLD_BATCH: i64 = 10_000;

/// Holds every lot a recall names. That is committed by itself, so that nothing is
/// sold from then on; orders are told right after, by [`tell`].
pub async fn hold(
    ctx: &Ctx,
    actor: Id<Member>,
    scope: Scope,
    reason: String,
    request_id: Option<Uuid>,
) -> Result<Recall, Error> {
    let (now, begun) = (ctx.clock.now(), Instant::now());
    let recall = Recall {
        recall_id: Id::new(),
        scope,
        reason,
        actor,
        lots: 0,
        products: 0,
        orders: 0,
        duration_ms: 0,
        create_time: now,
        lift_time: None,
    };
    let mut tx = ctx.database.begin().await?;
    if !recalls::insert(&mut tx, &recall, request_id).await? {
        return earlier(ctx, actor, request_id).await;
    }
    let held = recalls::hold(&mut tx, &recall).await?;
    if held.is_empty() {
        return Err(Error::RecallMatchesNothing);
    }
    let time = Some(timestamp(now));
    let fact = |held: &Held| LotsHeld {
        product_id: held.product_id.to_string(),
        lot_ids: held.lot_ids.iter().map(Uuid::to_string).collect(),
        state: LotState::Recalled.into(),
        recall_id: recall.recall_id.to_string(),
        reason: recall.reason.clone(),
        time,
    };
    let facts: Vec<(Uuid, LotsHeld)> = held.iter().map(|held| (held.product_id, fact(held))).collect();
    xlcfi_events::append_each(&mut tx, &facts).await?;
    let products: Vec<Id<Product>> = held.iter().map(|held| held.product_id.into()).collect();
    tell_stock(&mut tx, &products, now).await?;
    let lots: usize = held.iter().map(|held| held.lot_ids.len()).sum();
    let elapsed = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
    recalls::set_held(
        &mut tx,
        recall.recall_id,
        count(lots),
        count(products.len()),
        elapsed,
    )
    .await?;
    tx.commit().await?;
    for product in &products {
        ctx.shelf.renew_product(*product).await;
    }
    tell(ctx).await?;
    get(ctx, recall.recall_id).await
}

/// The recall an earlier call of the same request made.
async fn earlier(ctx: &Ctx, actor: Id<Member>, request_id: Option<Uuid>) -> Result<Recall, Error> {
    let id = match request_id {
        Some(request_id) => recalls::find_by_request(ctx.database.pool(), actor.uuid(), request_id).await?,
        None => None,
    };
    get(
        ctx,
        id.ok_or_else(|| Fault::bug("a recall that is there and is not"))?,
    )
    .await
}

/// Tells the orders that have of recalled lots, recall by recall, until all are
/// told. One that a crash left untold is told by the sweeper.
pub async fn tell(ctx: &Ctx) -> Result<(), Error> {
    loop {
        let now = ctx.clock.now();
        let mut tx = ctx.database.begin().await?;
        let Some(recall) = recalls::lock_untold(&mut tx).await? else {
            return Ok(());
        };
        let mut orders = BTreeMap::<Uuid, Vec<RecalledLine>>::new();
        let mut after = (Uuid::nil(), Uuid::nil());
        loop {
            let taken = recalls::taken(&mut *tx, recall.recall_id, after, TOLD_BATCH).await?;
            for taken in &taken {
                orders.entry(taken.order_id).or_default().push(line(taken));
            }
            match taken.last() {
                Some(last) => after = (last.order_id, last.lot_id),
                None => break,
            }
        }
        let fact = |(order_id, lines): (Uuid, Vec<RecalledLine>)| {
            let fact = OrderRecalled {
                order_id: order_id.to_string(),
                recall_id: recall.recall_id.to_string(),
                lines,
                reason: recall.reason.clone(),
                time: Some(timestamp(now)),
            };
            (order_id, fact)
        };
        let facts: Vec<(Uuid, OrderRecalled)> = orders.into_iter().map(fact).collect();
        xlcfi_events::append_each(&mut tx, &facts).await?;
        recalls::set_told(&mut tx, recall.recall_id, count(facts.len())).await?;
        tx.commit().await?;
    }
}

/// Gives the lots of a recall back the state they had; a repetition finds none.
pub async fn lift(ctx: &Ctx, actor: Id<Member>, id: Id<Recall>, reason: &str) -> Result<Recall, Error> {
    let now = ctx.clock.now();
    let recall = get(ctx, id).await?;
    if recall.lift_time.is_some() {
        return Ok(recall);
    }
    let mut tx = ctx.database.begin().await?;
    let released = recalls::release(&mut tx, id, reason, actor.uuid(), now).await?;
    let fact = |held: &Held| LotsReleased {
        product_id: held.product_id.to_string(),
        lot_ids: held.lot_ids.iter().map(Uuid::to_string).collect(),
        reason: reason.to_owned(),
        time: Some(timestamp(now)),
    };
    let facts: Vec<_> = released
        .iter()
        .map(|held| (held.product_id, fact(held)))
        .collect();
    xlcfi_events::append_each(&mut tx, &facts).await?;
    let products: Vec<Id<Product>> = released.iter().map(|held| held.product_id.into()).collect();
    tell_stock(&mut tx, &products, now).await?;
    tx.commit().await?;
    for product in &products {
        ctx.shelf.renew_product(*product).await;
    }
    get(ctx, id).await
}

/// A recall.
pub async fn get(ctx: &Ctx, id: Id<Recall>) -> Result<Recall, Error> {
    let found = recalls::find(ctx.database.pool(), id).await?;
    found.ok_or(Error::RecallNotFound)
}

fn line(taken: &Taken) -> RecalledLine {
    RecalledLine {
        product_id: taken.product_id.to_string(),
        lot_id: taken.lot_id.to_string(),
        quantity: taken.quantity,
        sold: taken.sold,
    }
}

fn count(items: usize) -> i64 {
    i64::try_from(items).unwrap_or(i64::MAX)
}
