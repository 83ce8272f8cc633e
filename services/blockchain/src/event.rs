//! Trace events: what happened to lots, in the words of EPCIS 2.0 and its Core
//! Business Vocabulary 2.0.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use xlcfi_types::Id;

use crate::lot::{MemberId, TracedLot, Unit};

/// How far a seller's clock may be ahead of ours.
const AHEAD: Duration = Duration::minutes(5);

/// Something that happened to lots.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub event_id: Uuid,
    pub seller_id: MemberId,
    pub kind: Kind,
    /// `None` of transformations only.
    pub action: Option<Action>,
    pub event_time: OffsetDateTime,
    /// From UTC, where it happened.
    pub offset_minutes: i16,
    pub record_time: OffsetDateTime,
    /// As CBV writes it, for example `receiving`.
    pub biz_step: String,
    /// As CBV writes it; `None` says nothing of it.
    pub disposition: Option<String>,
    /// URIs; may be empty.
    pub read_point: String,
    pub biz_location: String,
    /// Of aggregations.
    pub parent: String,
    pub lots: Vec<EventLot>,
    pub order_id: Option<Uuid>,
    pub biz_transactions: Vec<Typed>,
    pub sources: Vec<Typed>,
    pub destinations: Vec<Typed>,
    pub certificates: Vec<Certificate>,
    pub sensor: Option<Sensor>,
    /// Of what a seller recorded.
    pub request: Option<Requested>,
    /// It was declared wrong.
    pub error: Option<Wrong>,
}

/// The request that recorded an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requested {
    pub request_id: Uuid,
    /// Of all it asked for, SHA-256.
    pub digest: [u8; 32],
}

/// A lot in an event, and what the event does to its quantities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventLot {
    pub lot_id: Id<TracedLot>,
    pub role: Role,
    /// `None` when the event is about all of it.
    pub quantity: Option<i64>,
    pub unit: Unit,
    pub epc_class: String,
    pub effect: Effect,
}

/// What an event adds to what entered a lot, what is gone of it, and what is known to
/// come from other lots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effect {
    pub entered: i64,
    pub taken: i64,
    pub explained: i64,
}

/// How one lot went into another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    pub parent_id: Id<TracedLot>,
    pub child_id: Id<TracedLot>,
    pub event_id: Uuid,
    pub parent_quantity: i64,
    pub child_quantity: i64,
    pub event_time: OffsetDateTime,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    Object,
    Aggregation,
    Transformation,
    Transaction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Action {
    Add,
    Observe,
    Delete,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    Object,
    Child,
    Input,
    Output,
}

/// A URI, and what it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// As CBV writes it, for example `po` or `owning_party`.
    pub kind: String,
    pub uri: String,
}

/// A paper about lots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    pub kind: String,
    pub number: String,
    /// May be empty.
    pub issuer: String,
    /// ISO 8601; may be empty.
    pub expire_date: String,
}

/// What a sensor told in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sensor {
    pub sensor_id: String,
    pub readings: i32,
    pub first_time: OffsetDateTime,
    pub last_time: OffsetDateTime,
    /// Hundredths of a degree Celsius.
    pub lowest: i32,
    pub highest: i32,
    /// Of the packed readings, SHA-256; `None` where it is not asked for.
    pub digest: Option<[u8; 32]>,
}

/// Why an event is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Reason {
    DidNotOccur,
    IncorrectData,
}

/// The declaration that an event is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    pub reason: Reason,
    pub time: OffsetDateTime,
    pub corrective_event_ids: Vec<Uuid>,
}

/// Whether a time is one that cannot have been yet.
pub fn is_future(time: OffsetDateTime, now: OffsetDateTime) -> bool {
    time > now + AHEAD
}

impl EventLot {
    /// A lot, with nothing done to its quantities.
    pub fn of(lot: &TracedLot, role: Role, quantity: Option<i64>) -> Self {
        Self {
            lot_id: lot.lot_id,
            role,
            quantity,
            unit: lot.unit,
            epc_class: lot.epc_class(),
            effect: Effect::default(),
        }
    }

    #[must_use]
    pub fn with(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }
}

impl Effect {
    pub fn entered(units: i64) -> Self {
        Self {
            entered: units,
            ..Self::default()
        }
    }

    pub fn taken(units: i64) -> Self {
        Self {
            taken: units,
            ..Self::default()
        }
    }
}
