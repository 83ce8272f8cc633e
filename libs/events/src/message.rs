use async_nats::HeaderMap;
use bytes::Bytes;
use prost::{DecodeError, Name};
use uuid::Uuid;

use crate::bus::BusError;

/// Lets the server drop a repeated publish within two minutes.
pub(crate) const DEDUPLICATION: &str = "Nats-Msg-Id";
pub(crate) const ID: &str = "Xlcfi-Id";
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
        let headers = message
            .headers
            .as_ref()
            .ok_or(BusError::Malformed("no headers"))?;
        let text = |name: &'static str| headers.get(name).map(|value| value.as_str());
        let uuid = |name| text(name).and_then(|text| text.parse().ok());
        Ok(Self {
            id: uuid(ID).ok_or(BusError::Malformed(ID))?,
            subject: message.subject.to_string(),
            type_name: text(TYPE).ok_or(BusError::Malformed(TYPE))?.to_owned(),
            key: uuid(KEY).ok_or(BusError::Malformed(KEY))?,
            version: text(VERSION)
                .and_then(|text| text.parse().ok())
                .ok_or(BusError::Malformed(VERSION))?,
            body: message.payload.clone(),
            traceparent: text(TRACEPARENT).map(str::to_owned),
        })
    }

    /// Header names and values the message travels with.
    pub fn header_fields(&self) -> impl Iterator<Item = (&'static str, String)> {
        let fields = [
            (DEDUPLICATION, Some(self.id.to_string())),
            (ID, Some(self.id.to_string())),
            (TYPE, Some(self.type_name.clone())),
            (KEY, Some(self.key.to_string())),
            (VERSION, Some(self.version.to_string())),
            (TRACEPARENT, self.traceparent.clone()),
        ];
        fields
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
    }

    pub(crate) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in self.header_fields() {
            headers.insert(name, value);
        }
        headers
    }
}
