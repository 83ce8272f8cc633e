//! What sellers do with lots, each under the lock of the product, with who did it
//! and why in the ledger.

use sqlx::PgConnection;
use time::OffsetDateTime;
use xlcfi_contracts::product::v1::{LotChanged, LotMoved, LotSplit, LotState, LotsHeld, LotsReleased};
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::Ctx;
use crate::convert::{entry_kind, lot_message, lot_state, timestamp};
use crate::error::Error;
use crate::flows::receipts::next_number;
use crate::flows::tell_stock;
use crate::ledger::{Act, Change, Kind};
use crate::lot::{Counts, Lot, State};
use crate::store::{entries, lots, products, warehouses};
use crate::warehouse::Warehouse;

/// Adds a warehouse.
pub async fn create_warehouse(ctx: &Ctx, warehouse: &Warehouse) -> Result<(), Error> {
    let mut tx = ctx.database.begin().await?;
    if !warehouses::insert(&mut tx, warehouse).await? {
        return Err(Error::WarehouseNameTaken);
    }
    tx.commit().await?;
    Ok(())
}

/// Corrects what is on hand to what was counted.
pub async fn adjust(
    ctx: &Ctx,
    seller_id: Id<Member>,
    id: Id<Lot>,
    counted: i64,
    act: &Act,
) -> Result<Lot, Error> {
    change(ctx, seller_id, id, act, |lot| {
        Ok(Change::on_hand(id, Kind::Adjusted, counted - lot.counts.on_hand))
    })
    .await
}

/// Takes goods out of stock; all on hand for a quantity of 0.
pub async fn dispose(
    ctx: &Ctx,
    seller_id: Id<Member>,
    id: Id<Lot>,
    quantity: i64,
    act: &Act,
) -> Result<Lot, Error> {
    change(ctx, seller_id, id, act, |lot| {
        Ok(Change::on_hand(id, Kind::Disposed, -lot.take(quantity)?))
    })
    .await
}

/// Changes what is on hand of a lot; a repeated request changes nothing.
async fn change(
    ctx: &Ctx,
    seller_id: Id<Member>,
    id: Id<Lot>,
    act: &Act,
    decide: impl FnOnce(&Lot) -> Result<Change, Error>,
) -> Result<Lot, Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let lot = lots::lock(&mut tx, id, seller_id).await?;
    if entries::is_done(&mut tx, id, act.request_id).await? {
        return Ok(lot);
    }
    let change = decide(&lot)?;
    entries::write(&mut tx, lot.product_id, change, act, now).await?;
    if change.by.changed != 0 {
        let fact = LotChanged {
            product_id: lot.product_id.to_string(),
            lot_id: id.to_string(),
            kind: entry_kind(change.kind).into(),
            change: change.by.changed,
            time: Some(timestamp(now)),
        };
        xlcfi_events::append(&mut tx, lot.product_id.uuid(), &fact).await?;
    }
    finish(ctx, tx, &lot, now).await
}

/// Makes part of a lot one of its own: that lot, and the new one.
pub async fn split(
    ctx: &Ctx,
    seller_id: Id<Member>,
    id: Id<Lot>,
    quantity: i64,
    own_lot: String,
    act: &Act,
) -> Result<(Lot, Lot), Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let lot = lots::lock(&mut tx, id, seller_id).await?;
    if let Some(before) = lots::find_by_request(&mut tx, lot.product_id, act.request_id).await? {
        return Ok((lot, before));
    }
    let part = Part {
        quantity: lot.take(quantity)?,
        own_lot,
        warehouse_id: lot.warehouse_id,
        kind: Kind::Split,
    };
    let split = split_off(&mut tx, &lot, part, act, now).await?;
    Ok((finish(ctx, tx, &lot, now).await?, split))
}

/// Brings goods of a lot to another warehouse: what lies there then.
pub async fn transfer(
    ctx: &Ctx,
    seller_id: Id<Member>,
    id: Id<Lot>,
    warehouse_id: Id<Warehouse>,
    quantity: i64,
    act: &Act,
) -> Result<Lot, Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let lot = lots::lock(&mut tx, id, seller_id).await?;
    if let Some(before) = lots::find_by_request(&mut tx, lot.product_id, act.request_id).await? {
        return Ok(before);
    }
    if entries::is_done(&mut tx, id, act.request_id).await? {
        return Ok(lot);
    }
    if !warehouses::exists(&mut tx, seller_id, warehouse_id).await? {
        return Err(Error::WarehouseNotFound);
    }
    if lot.warehouse_id == warehouse_id {
        return Err(Error::LotThereAlready);
    }
    let quantity = lot.take(quantity)?;
    if quantity == lot.counts.on_hand && lot.counts.reserved == 0 {
        lots::set_warehouse(&mut tx, id, warehouse_id).await?;
        entries::write(&mut tx, lot.product_id, Change::note(id, Kind::Moved), act, now).await?;
        let fact = LotMoved {
            product_id: lot.product_id.to_string(),
            lot_id: id.to_string(),
            warehouse_id: warehouse_id.to_string(),
            time: Some(timestamp(now)),
        };
        xlcfi_events::append(&mut tx, lot.product_id.uuid(), &fact).await?;
        return finish(ctx, tx, &lot, now).await;
    }
    let part = Part {
        quantity,
        own_lot: String::new(),
        warehouse_id,
        kind: Kind::Moved,
    };
    let moved = split_off(&mut tx, &lot, part, act, now).await?;
    finish(ctx, tx, &lot, now).await?;
    Ok(moved)
}

/// What becomes a lot of its own.
struct Part {
    quantity: i64,
    /// `""` for one that is made.
    own_lot: String,
    warehouse_id: Id<Warehouse>,
    kind: Kind,
}

async fn split_off(
    conn: &mut PgConnection,
    lot: &Lot,
    part: Part,
    act: &Act,
    now: OffsetDateTime,
) -> Result<Lot, Error> {
    let mut papers = lot.papers.clone();
    papers.own_lot = if part.own_lot.is_empty() {
        next_number(conn, lot.product_id, now).await?
    } else {
        part.own_lot
    };
    let new = Lot {
        lot_id: Id::new(),
        warehouse_id: part.warehouse_id,
        parent_lot_id: Some(lot.lot_id),
        papers,
        counts: Counts {
            received: part.quantity,
            on_hand: part.quantity,
            ..Counts::default()
        },
        version: 1,
        ..lot.clone()
    };
    lots::insert(conn, &new, act.request_id).await?;
    let taken = Change::on_hand(lot.lot_id, part.kind, -part.quantity);
    entries::write(conn, lot.product_id, taken, act, now).await?;
    entries::book(conn, &new, part.kind, act, now).await?;
    let fact = LotSplit {
        lot: Some(lot_message(&new)),
        moved: matches!(part.kind, Kind::Moved),
        time: Some(timestamp(now)),
        product: Some(products::lot_product(conn, lot.product_id).await?),
    };
    xlcfi_events::append(conn, lot.product_id.uuid(), &fact).await?;
    Ok(new)
}

/// Stops the sale of a lot, or lets it be sold again.
pub async fn set_state(
    ctx: &Ctx,
    seller_id: Id<Member>,
    id: Id<Lot>,
    state: State,
    act: &Act,
) -> Result<Lot, Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let lot = lots::lock(&mut tx, id, seller_id).await?;
    if lot.make(state)? == lot.state {
        return Ok(lot);
    }
    let (kind, reason) = match state {
        State::Available => (Kind::Released, ""),
        State::Quarantined => (Kind::Quarantined, act.reason.as_str()),
        State::Held | State::Recalled => (Kind::Held, act.reason.as_str()),
    };
    lots::set_state(&mut tx, id, state, reason).await?;
    entries::write(&mut tx, lot.product_id, Change::note(id, kind), act, now).await?;
    tell_state(&mut tx, &lot, lot_state(state), act, now).await?;
    finish(ctx, tx, &lot, now).await
}

async fn tell_state(
    conn: &mut PgConnection,
    lot: &Lot,
    state: LotState,
    act: &Act,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let (key, product_id) = (lot.product_id.uuid(), lot.product_id.to_string());
    let (lot_ids, time) = (vec![lot.lot_id.to_string()], Some(timestamp(now)));
    let reason = act.reason.clone();
    if state == LotState::Available {
        let fact = LotsReleased {
            product_id,
            lot_ids,
            reason,
            time,
        };
        return xlcfi_events::append(conn, key, &fact).await;
    }
    let fact = LotsHeld {
        product_id,
        lot_ids,
        state: state.into(),
        recall_id: String::new(),
        reason,
        time,
    };
    xlcfi_events::append(conn, key, &fact).await
}

/// Tells what the stock is now, and reads the lot as it is.
async fn finish(ctx: &Ctx, mut tx: xlcfi_events::Tx, lot: &Lot, now: OffsetDateTime) -> Result<Lot, Error> {
    tell_stock(&mut tx, &[lot.product_id], now).await?;
    let lot = lots::get(&mut *tx, lot.lot_id).await?;
    tx.commit().await?;
    ctx.shelf.renew_product(lot.product_id).await;
    Ok(lot)
}
