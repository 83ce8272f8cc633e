use std::time::Instant;

use prost::{Message, Name};
use sqlx::PgConnection;
use time::OffsetDateTime;
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
use crate::store::recalls::{self, Held, Untold};

/// Orders told in one transaction.
const TOLD_BATCH: i64 = 2_000;

/// Lots that one event names at most, so that it stays well below what a message may
/// hold.
const NAMED_LOTS: usize = 5_000;

/// Holds every lot a recall names. That is committed by itself, so that nothing is
/// sold from then on. The first orders are told right after, the others by a job.
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
        told: false,
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
    append_lots(&mut tx, &held, |product_id, lot_ids| LotsHeld {
        product_id,
        lot_ids,
        state: LotState::Recalled.into(),
        recall_id: recall.recall_id.to_string(),
        reason: recall.reason.clone(),
        time: Some(timestamp(now)),
    })
    .await?;
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
    let mut tx = ctx.database.begin().await?;
    if let Some(untold) = recalls::lock(&mut tx, recall.recall_id).await? {
        tell_orders(&mut tx, &untold, ctx.clock.now()).await?;
    }
    tx.commit().await?;
    ctx.teller.notify_one();
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

/// Tells the next orders of the oldest recall that has some. False when none has, or
/// others tell of all of them now.
pub async fn tell_next(ctx: &Ctx) -> Result<bool, Error> {
    let mut tx = ctx.database.begin().await?;
    let Some(untold) = recalls::lock_untold(&mut tx).await? else {
        return Ok(false);
    };
    tell_orders(&mut tx, &untold, ctx.clock.now()).await?;
    tx.commit().await?;
    Ok(true)
}

/// Tells the next orders that have of the lots a recall holds, and keeps how far it
/// came: each is told in the transaction that keeps it.
async fn tell_orders(conn: &mut PgConnection, untold: &Untold, now: OffsetDateTime) -> Result<(), Error> {
    let (id, after) = (untold.recall_id, untold.told_after.unwrap_or_default());
    let taken = recalls::taken_after(&mut *conn, id.into(), after, TOLD_BATCH).await?;
    let orders = taken.chunk_by(|a, b| a.order_id == b.order_id);
    let fact = |lines: &[Taken]| {
        let order_id = lines.first()?.order_id;
        let fact = OrderRecalled {
            order_id: order_id.to_string(),
            recall_id: id.to_string(),
            lines: lines.iter().map(line).collect(),
            reason: untold.reason.clone(),
            time: Some(timestamp(now)),
        };
        Some((order_id, fact))
    };
    let facts: Vec<(Uuid, OrderRecalled)> = orders.filter_map(fact).collect();
    xlcfi_events::append_each(conn, &facts).await?;
    let (told, last) = (count(facts.len()), taken.last().map(|taken| taken.order_id));
    recalls::set_told(conn, id.into(), told, last, told < TOLD_BATCH).await?;
    Ok(())
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
    append_lots(&mut tx, &released, |product_id, lot_ids| LotsReleased {
        product_id,
        lot_ids,
        reason: reason.to_owned(),
        time: Some(timestamp(now)),
    })
    .await?;
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

/// Publishes what became of lots, `fact` of a product and lots of it; for a product
/// of very many lots several times.
async fn append_lots<E: Message + Name>(
    conn: &mut PgConnection,
    held: &[Held],
    fact: impl Fn(String, Vec<String>) -> E,
) -> Result<(), sqlx::Error> {
    let most = held.iter().map(|held| held.lot_ids.len()).max().unwrap_or(0);
    for from in (0..most).step_by(NAMED_LOTS) {
        let named = held.iter().filter(|held| held.lot_ids.len() > from).map(|held| {
            let lots = held.lot_ids.iter().skip(from).take(NAMED_LOTS);
            let lot_ids = lots.map(Uuid::to_string).collect();
            (held.product_id, fact(held.product_id.to_string(), lot_ids))
        });
        let facts: Vec<(Uuid, E)> = named.collect();
        xlcfi_events::append_each(conn, &facts).await?;
    }
    Ok(())
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
