//! Lots, and what becomes of them.

use time::Date;
use xlcfi_contracts::product::v1::{self, DateKind, ReceiveLotRequest, StockEntryKind, TraceKind};
use xlcfi_errors::Invalid;
use xlcfi_types::Money;
use xlcfi_types::calendar::parse_date;
use xlcfi_types::trace_number::{self as trace, Livestock, Trace};

use super::product::step_message;
use super::{date_text, id, optional_id, request_id, timestamp};
use crate::flows::receipts::Receipt;
use crate::ledger::{Entry, Kind};
use crate::lot::{Certificate, Lot, Papers, State};
use crate::reservation::Sold;
use crate::unsold::Risk;
use crate::warehouse::Warehouse;

/// Goods as their seller books them on the day `today`.
///
/// # Errors
/// Every field that is wrong.
pub fn receipt(request: ReceiveLotRequest, today: Date) -> Result<Receipt, Invalid> {
    let mut invalid = Invalid::default();
    let made = match request.made_date.as_str() {
        "" => None,
        text => match parse_date(text) {
            Ok(date) if date <= today => Some(date),
            _ => {
                invalid.add(
                    "made_date",
                    "must be a day of the calendar, today or before in Korea",
                );
                None
            }
        },
    };
    let trace = match request.trace_number.trim() {
        "" => None,
        number => invalid.take("trace_number", trace::decode(number, today)),
    };
    let unit_cost = request.unit_cost.as_ref().map(Money::try_from);
    let unit_cost = unit_cost.and_then(|cost| invalid.take("unit_cost.currency_code", cost));
    if unit_cost.is_some_and(|cost| cost.minor < 0) {
        invalid.add("unit_cost.minor_units", "must not be below 0");
    }
    invalid.into_result()?;
    let certificate = |message: &v1::Certificate| Certificate {
        kind: message.kind.clone(),
        number: message.number.clone(),
        image_id: message.image_id.clone(),
    };
    Ok(Receipt {
        product_id: id("product_id", &request.product_id)?,
        request_id: request_id(&request.request_id)?,
        quantity: request.quantity,
        warehouse_id: optional_id("warehouse_id", &request.warehouse_id)?,
        papers: Papers {
            date_kind: Some(request.date_kind())
                .filter(|kind| *kind != DateKind::Unspecified)
                .unwrap_or(DateKind::UseBy),
            certificates: request.certificates.iter().map(certificate).collect(),
            own_lot: request.own_lot.trim().to_owned(),
            supplier_lot: request.supplier_lot.trim().to_owned(),
            supplier: request.supplier.trim().to_owned(),
            use_by: None,
            made,
            origin: request.origin.trim().to_owned(),
            trace,
            unit_cost,
        },
        use_by_date: request.use_by_date,
    })
}

pub fn lot_message(lot: &Lot) -> v1::Lot {
    let (papers, counts) = (&lot.papers, lot.counts);
    let certificate = |certificate: &Certificate| v1::Certificate {
        kind: certificate.kind.clone(),
        number: certificate.number.clone(),
        image_id: certificate.image_id.clone(),
    };
    let date_kind = papers.use_by.map_or(DateKind::Unspecified, |_| papers.date_kind);
    v1::Lot {
        lot_id: lot.lot_id.to_string(),
        product_id: lot.product_id.to_string(),
        supplier_lot: papers.supplier_lot.clone(),
        received: counts.received,
        on_hand: counts.on_hand,
        reserved: counts.reserved,
        sold: counts.sold,
        use_by_date: date_text(papers.use_by),
        origin: papers.origin.clone(),
        receive_time: Some(timestamp(lot.receive_time)),
        own_lot: papers.own_lot.clone(),
        warehouse_id: lot.warehouse_id.to_string(),
        state: lot_state(lot.state).into(),
        state_reason: lot.state_reason.clone(),
        date_kind: date_kind.into(),
        made_date: date_text(papers.made),
        trace: papers.trace.as_ref().map(trace_message),
        certificates: papers.certificates.iter().map(certificate).collect(),
        supplier: papers.supplier.clone(),
        unit_cost: papers.unit_cost.map(Into::into),
        parent_lot_id: lot.parent_lot_id.map(|id| id.to_string()).unwrap_or_default(),
        changed: counts.changed,
        version: lot.version,
        recall_id: lot.recall_id.map(|id| id.to_string()).unwrap_or_default(),
    }
}

pub fn lot_state(state: State) -> v1::LotState {
    match state {
        State::Available => v1::LotState::Available,
        State::Held => v1::LotState::Held,
        State::Quarantined => v1::LotState::Quarantined,
        State::Recalled => v1::LotState::Recalled,
    }
}

pub fn trace_message(trace: &Trace) -> v1::TraceNumber {
    let mut message = v1::TraceNumber {
        number: trace.number.clone(),
        ..v1::TraceNumber::default()
    };
    match &trace.kind {
        trace::Kind::Animal => message.set_kind(TraceKind::Animal),
        trace::Kind::Bundle { livestock, made } => {
            message.set_kind(TraceKind::Bundle);
            message.set_livestock(match livestock {
                Livestock::Beef => v1::LivestockKind::Beef,
                Livestock::Pork => v1::LivestockKind::Pork,
                Livestock::Chicken => v1::LivestockKind::Chicken,
                Livestock::Duck => v1::LivestockKind::Duck,
            });
            message.date = date_text(Some(*made));
        }
        trace::Kind::Egg { laid, farm, housing } => {
            message.set_kind(TraceKind::Egg);
            message.date = date_text(Some(*laid));
            message.farm.clone_from(farm);
            message.housing = i32::from(*housing);
        }
    }
    message
}

pub fn warehouse_message(warehouse: Warehouse) -> v1::Warehouse {
    v1::Warehouse {
        warehouse_id: warehouse.warehouse_id.to_string(),
        seller_id: warehouse.seller_id.to_string(),
        name: warehouse.name,
        address: warehouse.address,
        create_time: Some(timestamp(warehouse.create_time)),
    }
}

pub fn entry_kind(kind: Kind) -> StockEntryKind {
    match kind {
        Kind::Received => StockEntryKind::Received,
        Kind::Adjusted => StockEntryKind::Adjusted,
        Kind::Split => StockEntryKind::Split,
        Kind::Moved => StockEntryKind::Moved,
        Kind::Disposed => StockEntryKind::Disposed,
        Kind::Reserved => StockEntryKind::Reserved,
        Kind::Sold => StockEntryKind::Sold,
        Kind::Returned => StockEntryKind::Returned,
        Kind::Expired => StockEntryKind::Expired,
        Kind::Reassigned => StockEntryKind::Reassigned,
        Kind::Held => StockEntryKind::Held,
        Kind::Quarantined => StockEntryKind::Quarantined,
        Kind::Released => StockEntryKind::Released,
        Kind::Recalled => StockEntryKind::Recalled,
    }
}

pub fn entry_message(entry: Entry) -> v1::StockEntry {
    v1::StockEntry {
        entry_id: entry.entry_id,
        product_id: entry.product_id.to_string(),
        lot_id: entry.lot_id.to_string(),
        kind: entry_kind(entry.kind).into(),
        on_hand: entry.on_hand,
        reserved: entry.reserved,
        sold: entry.sold,
        reason: entry.reason,
        actor: entry.actor,
        order_id: entry.order_id.map(|id| id.to_string()).unwrap_or_default(),
        time: Some(timestamp(entry.time)),
    }
}

pub fn unsold_message(risk: Risk) -> v1::UnsoldRisk {
    v1::UnsoldRisk {
        lot_id: risk.lot_id.to_string(),
        product_id: risk.product_id.to_string(),
        product_name: risk.product_name,
        use_by_date: date_text(Some(risk.use_by)),
        days_left: risk.days_left,
        on_hand: risk.on_hand,
        daily_sales: risk.daily_sales,
        unsold: risk.unsold,
        unsold_cost: risk.unsold_cost.map(Into::into),
        step: risk.step.as_ref().map(step_message),
    }
}

pub fn order_lot(sold: Sold) -> v1::OrderLot {
    v1::OrderLot {
        order_id: sold.order_id.to_string(),
        product_id: sold.product_id.to_string(),
        lot_id: sold.lot_id.to_string(),
        quantity: sold.quantity,
    }
}
