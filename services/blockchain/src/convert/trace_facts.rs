use prost_types::Timestamp;
use time::macros::format_description;
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_contracts::convert::time;
use xlcfi_contracts::order::v1::OrderCreated;
use xlcfi_contracts::product::v1::{
    Allocation, Lot, LotChanged, LotMoved, LotProduct, LotReceived, LotSplit, LotState, LotsHeld,
    LotsReleased, StockEntryKind, StorageClass,
};
use xlcfi_types::Id;

use crate::event::{Action, Certificate};
use crate::fact::{Fact, Lots, Received, Sold, SoldKind};
use crate::lot::{Storage, TracedLot, Unit};
use crate::order::{Line, Step};

/// A fact that is none.
#[derive(Debug, thiserror::Error)]
#[error("a fact without a usable {0}")]
pub struct Broken(&'static str);

pub fn received(message_id: Uuid, told: LotReceived) -> Result<Fact, Broken> {
    let fact = lot(message_id, told.lot, told.product, told.time, false)?;
    if fact.lot.split_from.is_some() {
        return Err(Broken("receipt: it was split off"));
    }
    Ok(Fact::Received(Box::new(fact)))
}

pub fn split(message_id: Uuid, told: LotSplit) -> Result<Fact, Broken> {
    let fact = lot(message_id, told.lot, told.product, told.time, told.moved)?;
    if fact.lot.split_from.is_none() {
        return Err(Broken("split: it was split off nothing"));
    }
    Ok(Fact::Received(Box::new(fact)))
}

fn lot(
    message_id: Uuid,
    lot: Option<Lot>,
    product: Option<LotProduct>,
    when: Option<Timestamp>,
    moved: bool,
) -> Result<Received, Broken> {
    let (lot, product) = (lot.ok_or(Broken("lot"))?, product.ok_or(Broken("product"))?);
    let time = told_time(when)?;
    let split_from = match lot.parent_lot_id.as_str() {
        "" => None,
        text => Some(Id::from_uuid(told_id(text)?)),
    };
    let certificate = |paper: xlcfi_contracts::product::v1::Certificate| Certificate {
        kind: paper.kind,
        number: paper.number,
        issuer: String::new(),
        expire_date: String::new(),
    };
    Ok(Received {
        message_id,
        moved,
        warehouse_id: told_id(&lot.warehouse_id)?,
        time,
        lot: TracedLot {
            lot_id: told_id(&lot.lot_id)?.into(),
            seller_id: told_id(&product.seller_id)?.into(),
            product_id: Some(told_id(&lot.product_id)?),
            lot_number: lot.own_lot,
            trace_number: lot.trace.map(|trace| trace.number).unwrap_or_default(),
            storage: storage(product.storage()),
            name: product.name,
            gtin: product.gtin,
            use_by: date(&lot.use_by_date).map_err(|()| Broken("use-by date"))?,
            origin: lot.origin,
            unit: Unit::Piece,
            entered: Some(lot.received)
                .filter(|units| *units > 0)
                .ok_or(Broken("quantity"))?,
            taken: 0,
            explained: 0,
            split_from,
            begin_time: time,
        },
        certificates: lot.certificates.into_iter().map(certificate).collect(),
    })
}

pub fn moved(message_id: Uuid, told: &LotMoved) -> Result<Fact, Broken> {
    Ok(Fact::Lots(Lots {
        warehouse_id: Some(told_id(&told.warehouse_id)?),
        ..lots(
            message_id,
            std::slice::from_ref(&told.lot_id),
            "transporting",
            told.time,
        )?
    }))
}

pub fn changed(message_id: Uuid, told: &LotChanged) -> Result<Fact, Broken> {
    let change = Some(told.change)
        .filter(|change| *change != 0)
        .ok_or(Broken("change"))?;
    let (action, biz_step, disposition) = match told.kind() {
        StockEntryKind::Disposed => (Action::Delete, "destroying", Some("disposed")),
        StockEntryKind::Adjusted if change < 0 => (Action::Delete, "cycle_counting", None),
        StockEntryKind::Adjusted => (Action::Add, "cycle_counting", None),
        _ => return Err(Broken("kind")),
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

pub fn held(message_id: Uuid, told: &LotsHeld) -> Result<Fact, Broken> {
    let disposition = match told.state() {
        LotState::Recalled => "recalled",
        _ => "non_sellable_other",
    };
    Ok(Fact::Lots(Lots {
        disposition: Some(disposition),
        ..lots(message_id, &told.lot_ids, "holding", told.time)?
    }))
}

pub fn released(message_id: Uuid, told: &LotsReleased) -> Result<Fact, Broken> {
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
) -> Result<Lots, Broken> {
    let mut lot_ids: Vec<Uuid> = ids.iter().map(|id| told_id(id)).collect::<Result<_, _>>()?;
    lot_ids.sort_unstable();
    lot_ids.dedup();
    if lot_ids.is_empty() {
        return Err(Broken("lot"));
    }
    Ok(Lots {
        message_id,
        lot_ids,
        action: Action::Observe,
        biz_step,
        disposition: None,
        warehouse_id: None,
        change: 0,
        time: told_time(when)?,
    })
}

pub fn sold(
    message_id: Uuid,
    kind: SoldKind,
    order_id: &str,
    lines: &[Allocation],
    when: Option<Timestamp>,
) -> Result<Fact, Broken> {
    let line = |line: &Allocation| {
        Ok(Line {
            lot_id: told_id(&line.lot_id)?,
            product_id: told_id(&line.product_id)?,
            quantity: Some(line.quantity)
                .filter(|units| *units > 0)
                .ok_or(Broken("quantity"))?,
        })
    };
    let lines: Vec<Line> = lines.iter().map(line).collect::<Result<_, Broken>>()?;
    if lines.is_empty() {
        return Err(Broken("line"));
    }
    Ok(Fact::Sold(Sold {
        message_id,
        order_id: told_id(order_id)?,
        kind,
        lines,
        time: told_time(when)?,
    }))
}

pub fn bought(told: OrderCreated) -> Result<Fact, Broken> {
    let order = told.order.ok_or(Broken("order"))?;
    Ok(Fact::Bought(
        told_id(&order.order_id)?,
        told_id(&order.member_id)?.into(),
    ))
}

pub fn step(message_id: Uuid, order_id: &str, when: Option<Timestamp>) -> Result<(Uuid, Step), Broken> {
    let time = told_time(when)?;
    Ok((told_id(order_id)?, Step { time, message_id }))
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

/// A date as contracts write it; `""` for none.
pub fn date(text: &str) -> Result<Option<Date>, ()> {
    if text.is_empty() {
        return Ok(None);
    }
    let date = Date::parse(text, format_description!("[year]-[month]-[day]"));
    date.map(Some).map_err(|_| ())
}

fn told_id(text: &str) -> Result<Uuid, Broken> {
    text.parse().map_err(|_| Broken("id"))
}

fn told_time(when: Option<Timestamp>) -> Result<OffsetDateTime, Broken> {
    when.and_then(time).ok_or(Broken("time"))
}
