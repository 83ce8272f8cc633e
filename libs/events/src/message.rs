use async_nats::HeaderMap;
use bytes::Bytes;
use prost::{DecodeError, Name};
use uuid::Uuid;

use crate::bus::BusError;

pub(crate) const ID: &str = "Nats-Msg-Id";
pub(crate) const TYPE: &str = "Xlcfi-Type";
pub(crate) const KEY: &str = "Xlcfi-Key";
pub(crate) const VERSION: &str = "Xlcfi-Version";
pub(crate) const TRACEPARENT: &str = "traceparent";

/// A message as a consumer gets it.
#[derive(Debug, Clone)]
pub struct Message {
    /// Id, the same at every delivery.
    pub id: Uuid,
    /// Subject it was published on.
    pub subject: String,
    /// Full protobuf name of the body.
    pub type_name: String,
    /// What it is about, for example an order's id.
    pub key: Uuid,
    /// Place among the events of its key, from 1; 0 for messages in no order.
    pub version: i64,
    /// The encoded body.
    pub body: Bytes,
    /// Trace it belongs to, as W3C `traceparent`.
    pub traceparent: Option<String>,
}

impl Message {
    /// The body, when it is an `M`.
    ///
    /// # Errors
    /// It says it is an `M` and is not one.
    pub fn read<M: prost::Message + Name + Default>(&self) -> Result<Option<M>, DecodeError> {
        if self.type_name != M::full_name() {
            return Ok(None);
        }
        M::decode(self.body.clone()).map(Some)
    }

    pub(crate) fn from_nats(message: &async_nats::Message) -> Result<Self, BusError> {
        let headers = message.headers.as_ref().ok_or(BusError::Malformed("no headers"))?;
        let text = |name: &'static str| headers.get(name).map(|value| value.as_str());
        let uuid = |name| text(name).and_then(|text| text.parse().ok());
        Ok(Self {
            id: uuid(ID).ok_or(BusError::Malformed(ID))?,
            subject: message.subject.to_string(),
            type_name: text(TYPE).ok_or(BusError::Malformed(TYPE))?.to_owned(),
            key: uuid(KEY).ok_or(BusError::Malformed(KEY))?,
            version: text(VERSION).and_then(|text| text.parse().ok()).ok_or(BusError::Malformed(VERSION))?,
            body: message.payload.clone(),
            traceparent: text(TRACEPARENT).map(str::to_owned),
        })
    }

    pub(crate) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ID, self.id.to_string());
        headers.insert(TYPE, self.type_name.as_str());
        headers.insert(KEY, self.key.to_string());
        headers.insert(VERSION, self.version.to_string());
        if let Some(traceparent) = &self.traceparent {
            headers.insert(TRACEPARENT, traceparent.as_str());
        }
        headers
    }
}
