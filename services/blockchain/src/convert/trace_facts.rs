use prost_types::Timestamp;
use uuid::Uuid;
use xlcfi_contracts::order::v1::OrderCreated;
use xlcfi_contracts::product::v1::{
    Allocation, Lot, LotChanged, LotMoved, LotProduct, LotReceived, LotSplit, LotState, LotsHeld,
    LotsReleased, StockEntryKind, StorageClass,
};
use xlcfi_contracts::told::{self, Malformed};

use crate::event::{Action, Certificate};
use crate::fact::{Fact, Lots, Received, Sold, SoldKind};
use crate::lot::{Storage, TracedLot, Unit};
use crate::order::{Line, Step};

pub fn received(message_id: Uuid, told: LotReceived) -> Result<Fact, Malformed> {
    let fact = lot(message_id, told.lot, told.product, told.time, false)?;
    if fact.lot.split_from.is_some() {
        return Err(Malformed("receipt: it was split off"));
    }
    Ok(Fact::Received(Box::new(fact)))
}

pub fn split(message_id: Uuid, told: LotSplit) -> Result<Fact, Malformed> {
    let fact = lot(message_id, told.lot, told.product, told.time, told.moved)?;
    if fact.lot.split_from.is_none() {
        return Err(Malformed("split: it was split off nothing"));
    }
    Ok(Fact::Received(Box::new(fact)))
}

fn lot(
    message_id: Uuid,
    lot: Option<Lot>,
    product: Option<LotProduct>,
    when: Option<Timestamp>,
    moved: bool,
) -> Result<Received, Malformed> {
    let (lot, product) = (lot.ok_or(Malformed("lot"))?, product.ok_or(Malformed("product"))?);
    let time = told::time("time", when)?;
    let split_from = told::optional_id("parent_lot_id", &lot.parent_lot_id)?;
    let certificate = |paper: xlcfi_contracts::product::v1::Certificate| Certificate {
        kind: paper.kind,
        number: paper.number,
        issuer: String::new(),
        expire_date: String::new(),
    };
    Ok(Received {
        message_id,
        moved,
        warehouse_id: told::uuid("warehouse_id", &lot.warehouse_id)?,
        time,
        lot: TracedLot {
            lot_id: told::uuid("lot_id", &lot.lot_id)?.into(),
            seller_id: told::uuid("seller_id", &product.seller_id)?.into(),
            product_id: Some(told::uuid("product_id", &lot.product_id)?),
            lot_number: lot.own_lot,
            trace_number: lot.trace.map(|trace| trace.number).unwrap_or_default(),
            storage: storage(product.storage()),
            name: product.name,
            gtin: product.gtin,
            use_by: told::optional_date("use_by_date", &lot.use_by_date)?,
            origin: lot.origin,
            unit: Unit::Piece,
            entered: Some(lot.received)
                .filter(|units| *units > 0)
                .ok_or(Malformed("quantity"))?,
            taken: 0,
            explained: 0,
            split_from,
            begin_time: time,
        },
        certificates: lot.certificates.into_iter().map(certificate).collect(),
    })
}

pub fn moved(message_id: Uuid, told: &LotMoved) -> Result<Fact, Malformed> {
    Ok(Fact::Lots(Lots {
        warehouse_id: Some(told::uuid("warehouse_id", &told.warehouse_id)?),
        ..lots(
            message_id,
            std::slice::from_ref(&told.lot_id),
            "transporting",
            told.time,
        )?
    }))
}

pub fn changed(message_id: Uuid, told: &LotChanged) -> Result<Fact, Malformed> {
    let change = Some(told.change)
        .filter(|change| *change != 0)
        .ok_or(Malformed("change"))?;
    let (action, biz_step, disposition) = match told.kind() {
        StockEntryKind::Disposed => (Action::Delete, "destroying", Some("disposed")),
        StockEntryKind::Adjusted if change < 0 => (Action::Delete, "cycle_counting", None),
        StockEntryKind::Adjusted => (Action::Add, "cycle_counting", None),
        _ => return Err(Malformed("kind")),
    };
    Ok(Fact::Lots(Lots {
        action,
        disposition,
        change,
        ..lots(
            message_id,
            std::slice::from_ref(&told.lot_id),
            biz_step,
            told.time,
        )?
    }))
}

pub fn held(message_id: Uuid, told: &LotsHeld) -> Result<Fact, Malformed> {
    let disposition = match told.state() {
        LotState::Recalled => "recalled",
        _ => "non_sellable_other",
    };
    Ok(Fact::Lots(Lots {
        disposition: Some(disposition),
        ..lots(message_id, &told.lot_ids, "holding", told.time)?
    }))
}

pub fn released(message_id: Uuid, told: &LotsReleased) -> Result<Fact, Malformed> {
    Ok(Fact::Lots(Lots {
        disposition: Some("sellable_accessible"),
        ..lots(message_id, &told.lot_ids, "storing", told.time)?
    }))
}

/// Lots that are seen, with nothing done to them.
fn lots(
    message_id: Uuid,
    ids: &[String],
    biz_step: &'static str,
    when: Option<Timestamp>,
) -> Result<Lots, Malformed> {
    let mut lot_ids: Vec<Uuid> = ids
        .iter()
        .map(|id| told::uuid("lot_ids", id))
        .collect::<Result<_, _>>()?;
    lot_ids.sort_unstable();
    lot_ids.dedup();
    if lot_ids.is_empty() {
        return Err(Malformed("lot_ids"));
    }
    Ok(Lots {
        message_id,
        lot_ids,
        action: Action::Observe,
        biz_step,
        disposition: None,
        warehouse_id: None,
        change: 0,
        time: told::time("time", when)?,
    })
}

pub fn sold(
    message_id: Uuid,
    kind: SoldKind,
    order_id: &str,
    lines: &[Allocation],
    when: Option<Timestamp>,
) -> Result<Fact, Malformed> {
    let line = |line: &Allocation| {
        Ok(Line {
            lot_id: told::uuid("lot_id", &line.lot_id)?,
            product_id: told::uuid("product_id", &line.product_id)?,
            quantity: Some(line.quantity)
                .filter(|units| *units > 0)
                .ok_or(Malformed("quantity"))?,
        })
    };
    let lines: Vec<Line> = lines.iter().map(line).collect::<Result<_, Malformed>>()?;
    if lines.is_empty() {
        return Err(Malformed("line"));
    }
    Ok(Fact::Sold(Sold {
        message_id,
        order_id: told::uuid("order_id", order_id)?,
        kind,
        lines,
        time: told::time("time", when)?,
    }))
}

pub fn bought(told: OrderCreated) -> Result<Fact, Malformed> {
    let order = told.order.ok_or(Malformed("order"))?;
    Ok(Fact::Bought(
        told::uuid("order_id", &order.order_id)?,
        told::uuid("member_id", &order.member_id)?.into(),
    ))
}

pub fn step(message_id: Uuid, order_id: &str, when: Option<Timestamp>) -> Result<(Uuid, Step), Malformed> {
    let time = told::time("time", when)?;
    Ok((told::uuid("order_id", order_id)?, Step { time, message_id }))
}

pub fn storage(class: StorageClass) -> Option<Storage> {
    match class {
        StorageClass::Unspecified => None,
        StorageClass::Frozen => Some(Storage::Frozen),
        StorageClass::Refrigerated => Some(Storage::Refrigerated),
        StorageClass::Room => Some(Storage::Room),
        StorageClass::Ambient => Some(Storage::Ambient),
    }
}
