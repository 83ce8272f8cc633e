use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::blockchain::v1::{self as proto, LotExcursionFound};
use xlcfi_contracts::convert::timestamp;
use xlcfi_contracts::member::v1::{NotificationKind, NotifyCommand};
use xlcfi_contracts::product::v1::StorageClass;
use xlcfi_contracts::types::v1::Unit as ProtoUnit;

use crate::cold_chain::{ColdChain, adjusted};
use crate::event::{Action, Certificate, Edge, Event, EventLot, Kind, Reason, Role, Sensor, Wrong};
use crate::lot::{Storage, TracedLot, Unit};
use crate::order::{Order, State};

/// Most excursions and gaps told.
const MOST_TOLD: usize = 100;

pub fn event(event: &Event) -> proto::TraceEvent {
    let action = event
        .action
        .map_or(proto::TraceAction::Unspecified, |action| match action {
            Action::Add => proto::TraceAction::Add,
            Action::Observe => proto::TraceAction::Observe,
            Action::Delete => proto::TraceAction::Delete,
        });
    let kind = match event.kind {
        Kind::Object => proto::TraceEventKind::Object,
        Kind::Aggregation => proto::TraceEventKind::Aggregation,
        Kind::Transformation => proto::TraceEventKind::Transformation,
        Kind::Transaction => proto::TraceEventKind::Transaction,
    };
    let name = |prefix: &str, word: &str| format!("{prefix}{}", word.to_ascii_uppercase());
    let biz_step = proto::BizStep::from_str_name(&name("BIZ_STEP_", &event.biz_step));
    let disposition = event.disposition.as_deref().unwrap_or_default();
    let disposition = proto::Disposition::from_str_name(&name("DISPOSITION_", disposition));
    proto::TraceEvent {
        event_id: event.event_id.to_string(),
        kind: kind.into(),
        action: action.into(),
        event_time: Some(timestamp(event.event_time)),
        offset_minutes: event.offset_minutes.into(),
        record_time: Some(timestamp(event.record_time)),
        biz_step: biz_step.unwrap_or(proto::BizStep::Other).into(),
        disposition: disposition.unwrap_or(proto::Disposition::Unspecified).into(),
        read_point: event.read_point.clone(),
        biz_location: event.biz_location.clone(),
        lots: event.lots.iter().map(event_lot).collect(),
        parent: event.parent.clone(),
        order_id: text(event.order_id),
        certificates: event.certificates.iter().map(certificate).collect(),
        sensor: event.sensor.as_ref().map(sensor),
        error: event.error.as_ref().map(wrong),
        by_seller: event.request.is_some(),
    }
}

fn event_lot(lot: &EventLot) -> proto::EventLot {
    let role = match lot.role {
        Role::Object => proto::LotRole::Object,
        Role::Child => proto::LotRole::Child,
        Role::Input => proto::LotRole::Input,
        Role::Output => proto::LotRole::Output,
    };
    proto::EventLot {
        lot_id: lot.lot_id.to_string(),
        role: role.into(),
        quantity: lot.quantity.unwrap_or_default(),
        unit: unit(lot.unit).into(),
        epc_class: lot.epc_class.clone(),
    }
}

fn certificate(paper: &Certificate) -> proto::LotCertificate {
    proto::LotCertificate {
        kind: paper.kind.clone(),
        number: paper.number.clone(),
        issuer: paper.issuer.clone(),
        expire_date: paper.expire_date.clone(),
    }
}

fn sensor(sensor: &Sensor) -> proto::SensorSummary {
    proto::SensorSummary {
        sensor_id: sensor.sensor_id.clone(),
        readings: sensor.readings,
        first_time: Some(timestamp(sensor.first_time)),
        last_time: Some(timestamp(sensor.last_time)),
        lowest_centi_celsius: sensor.lowest,
        highest_centi_celsius: sensor.highest,
    }
}

fn wrong(wrong: &Wrong) -> proto::EventError {
    let reason = match wrong.reason {
        Reason::DidNotOccur => proto::ErrorReason::DidNotOccur,
        Reason::IncorrectData => proto::ErrorReason::IncorrectData,
    };
    proto::EventError {
        reason: reason.into(),
        time: Some(timestamp(wrong.time)),
        corrective_event_ids: wrong.corrective_event_ids.iter().map(Uuid::to_string).collect(),
    }
}

pub fn lot(lot: &TracedLot) -> proto::TracedLot {
    proto::TracedLot {
        lot_id: lot.lot_id.to_string(),
        seller_id: lot.seller_id.to_string(),
        product_id: text(lot.product_id),
        name: lot.name.clone(),
        lot_number: lot.lot_number.clone(),
        gtin: lot.gtin.clone(),
        trace_number: lot.trace_number.clone(),
        storage: storage(lot.storage).into(),
        use_by_date: lot.use_by.map(|date| date.to_string()).unwrap_or_default(),
        origin: lot.origin.clone(),
        unit: unit(lot.unit).into(),
        entered: lot.entered,
        taken: lot.taken,
        begin_time: Some(timestamp(lot.begin_time)),
        epc_class: lot.epc_class(),
    }
}

/// A lot as anybody sees it: not how much of it was sold.
pub fn public_lot(known: &TracedLot) -> proto::TracedLot {
    proto::TracedLot {
        entered: 0,
        taken: 0,
        ..lot(known)
    }
}

pub fn linked_lot(known: &TracedLot, depth: i32, links: &[Edge]) -> proto::LinkedLot {
    let link = |link: &Edge| proto::LotLink {
        parent_lot_id: link.parent_id.to_string(),
        child_lot_id: link.child_id.to_string(),
        event_id: link.event_id.to_string(),
        parent_quantity: link.parent_quantity,
        child_quantity: link.child_quantity,
    };
    proto::LinkedLot {
        lot: Some(lot(known)),
        depth,
        links: links.iter().map(link).collect(),
    }
}

pub fn order_line(order: &Order) -> proto::TracedOrderLine {
    let (state, time) = order.standing();
    let state = match state {
        State::Sold => proto::OrderLineState::Sold,
        State::Shipped => proto::OrderLineState::Shipped,
        State::Delivered => proto::OrderLineState::Delivered,
        State::Returned => proto::OrderLineState::Returned,
    };
    proto::TracedOrderLine {
        order_id: order.order_id.to_string(),
        product_id: order.product_id.to_string(),
        lot_id: order.lot_id.to_string(),
        quantity: order.quantity(),
        state: state.into(),
        time: Some(timestamp(time)),
    }
}

pub fn cold_chain(lot: &TracedLot, kept: Storage, chain: &ColdChain) -> proto::ColdChain {
    let limits = kept.limits();
    let excursions = chain.excursions.iter().take(MOST_TOLD);
    let excursions = excursions.map(|one| proto::Excursion {
        start_time: Some(timestamp(one.start)),
        end_time: Some(timestamp(one.end)),
        worst_centi_celsius: one.worst,
        too_warm: one.too_warm,
    });
    let gaps = chain.gaps.iter().take(MOST_TOLD);
    let gaps = gaps.map(|(start, end)| proto::ReadingGap {
        start_time: Some(timestamp(*start)),
        end_time: Some(timestamp(*end)),
    });
    let use_by = lot
        .use_by
        .map(|date| adjusted(date, chain.life_cut_minutes).to_string());
    proto::ColdChain {
        lot_id: lot.lot_id.to_string(),
        storage: storage(Some(kept)).into(),
        minimum_centi_celsius: limits.minimum,
        maximum_centi_celsius: limits.maximum,
        readings: chain.readings,
        first_time: chain.span.map(|(first, _)| timestamp(first)),
        last_time: chain.span.map(|(_, last)| timestamp(last)),
        excursion_minutes: chain.excursion_minutes,
        worst_centi_celsius: chain.worst,
        excursions: excursions.collect(),
        gaps: gaps.collect(),
        life_cut_minutes: chain.life_cut_minutes,
        q10: limits.q10,
        adjusted_use_by_date: use_by.unwrap_or_default(),
    }
}

pub fn excursion_found(
    lot: &TracedLot,
    minutes: i64,
    worst: i32,
    life_cut_minutes: f64,
    now: OffsetDateTime,
) -> LotExcursionFound {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "beyond what fits it stays the largest"
    )]
    let life_cut_minutes = life_cut_minutes as i64;
    LotExcursionFound {
        lot_id: lot.lot_id.to_string(),
        product_id: text(lot.product_id),
        seller_id: lot.seller_id.to_string(),
        excursion_minutes: minutes,
        worst_centi_celsius: worst,
        life_cut_minutes,
        time: Some(timestamp(now)),
    }
}

/// To the seller: a lot was too warm or too cold.
pub fn excursion_notice(lot: &TracedLot, minutes: i64, worst: i32) -> NotifyCommand {
    let number = if lot.lot_number.is_empty() {
        lot.lot_id.to_string()
    } else {
        lot.lot_number.clone()
    };
    let text = format!(
        "'{}' 로트 {number}이(가) 보관 온도를 {minutes}분 동안 벗어났습니다(최대 {:.1}℃). 남은 재고의 상태와 소비기한을 확인해 주세요.",
        lot.name,
        f64::from(worst) / 100.0,
    );
    NotifyCommand {
        notification_id: Uuid::now_v7().to_string(),
        member_id: lot.seller_id.to_string(),
        kind: NotificationKind::Lot.into(),
        title: "보관 온도를 벗어난 로트가 있습니다".into(),
        text,
        subject_id: lot.lot_id.to_string(),
        needs_acknowledgement: false,
    }
}

fn storage(storage: Option<Storage>) -> StorageClass {
    match storage {
        None => StorageClass::Unspecified,
        Some(Storage::Frozen) => StorageClass::Frozen,
        Some(Storage::Refrigerated) => StorageClass::Refrigerated,
        Some(Storage::Room) => StorageClass::Room,
        Some(Storage::Ambient) => StorageClass::Ambient,
    }
}

fn unit(unit: Unit) -> ProtoUnit {
    match unit {
        Unit::Piece => ProtoUnit::Piece,
        Unit::Gram => ProtoUnit::Gram,
        Unit::Millilitre => ProtoUnit::Millilitre,
    }
}

fn text(id: Option<Uuid>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}
