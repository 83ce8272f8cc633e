use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::stored;

use crate::event::{Certificate, Effect, Event, EventLot, Requested, Sensor, Wrong};
use crate::lot::epc_class;

/// An event as the tables have it.
pub struct Row {
    pub event_id: Uuid,
    pub seller_id: Uuid,
    pub kind: String,
    pub action: Option<String>,
    pub biz_step: String,
    pub disposition: Option<String>,
    pub event_time: OffsetDateTime,
    pub offset_minutes: i16,
    pub record_time: OffsetDateTime,
    pub read_point: String,
    pub biz_location: String,
    pub parent: String,
    pub order_id: Option<Uuid>,
    pub certificates: Json<Vec<Certificate>>,
    pub request_id: Option<Uuid>,
    pub error_reason: Option<String>,
    pub error_time: Option<OffsetDateTime>,
    pub corrective_event_ids: Vec<Uuid>,
    pub sensor_id: Option<String>,
    pub readings: Option<i32>,
    pub first_time: Option<OffsetDateTime>,
    pub last_time: Option<OffsetDateTime>,
    pub lowest: Option<i32>,
    pub highest: Option<i32>,
}

/// A lot of an event as the tables have it.
pub struct LotRow {
    pub event_id: Uuid,
    pub lot_id: Uuid,
    pub role: String,
    pub quantity: Option<i64>,
    pub entered: i64,
    pub taken: i64,
    pub explained: i64,
    pub unit: String,
    pub gtin: String,
    pub lot_number: String,
}

impl Row {
    /// The event; the papers of its trade and the parties stand in the log alone.
    pub fn event(self, lots: Vec<EventLot>) -> Result<Event, sqlx::Error> {
        let sensor = self.sensor();
        let error = match (self.error_reason, self.error_time) {
            (Some(reason), Some(time)) => Some(Wrong {
                reason: stored("trace_event.error_reason", &reason)?,
                time,
                corrective_event_ids: self.corrective_event_ids,
            }),
            _ => None,
        };
        let action = self.action.map(|text| stored("trace_event.action", &text));
        Ok(Event {
            event_id: self.event_id,
            seller_id: self.seller_id.into(),
            kind: stored("trace_event.kind", &self.kind)?,
            action: action.transpose()?,
            event_time: self.event_time,
            offset_minutes: self.offset_minutes,
            record_time: self.record_time,
            biz_step: self.biz_step,
            disposition: self.disposition,
            read_point: self.read_point,
            biz_location: self.biz_location,
            parent: self.parent,
            lots,
            order_id: self.order_id,
            biz_transactions: Vec::new(),
            sources: Vec::new(),
            destinations: Vec::new(),
            certificates: self.certificates.0,
            sensor,
            request: self.request_id.map(|request_id| Requested {
                request_id,
                digest: [0; 32],
            }),
            error,
        })
    }

    fn sensor(&self) -> Option<Sensor> {
        Some(Sensor {
            sensor_id: self.sensor_id.clone()?,
            readings: self.readings?,
            first_time: self.first_time?,
            last_time: self.last_time?,
            lowest: self.lowest?,
            highest: self.highest?,
            digest: None,
        })
    }
}

impl LotRow {
    pub fn lot(self) -> Result<EventLot, sqlx::Error> {
        let lot_id = self.lot_id.into();
        Ok(EventLot {
            lot_id,
            role: stored("event_lot.role", &self.role)?,
            quantity: self.quantity,
            unit: stored("traced_lot.unit", &self.unit)?,
            epc_class: epc_class(&self.gtin, &self.lot_number, lot_id),
            effect: Effect {
                entered: self.entered,
                taken: self.taken,
                explained: self.explained,
            },
        })
    }
}
