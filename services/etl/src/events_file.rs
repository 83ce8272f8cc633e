//! Events as a Parquet file: what each is about, when it was told, and its body as JSON.

use std::sync::Arc;

use arrow_array::{ArrayRef, BinaryArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow_schema::{ArrowError, DataType, Field, Schema, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use prost_reflect::DynamicMessage;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::POOL;
use xlcfi_events::{Followed, Message};

/// Why a file cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Unmade {
    #[error(transparent)]
    Columns(#[from] ArrowError),
    #[error(transparent)]
    File(#[from] ParquetError),
}

/// The file of some events.
///
/// # Errors
/// A column cannot be written.
pub fn write(events: &[Followed]) -> Result<Vec<u8>, Unmade> {
    let texts = |text: fn(&Message) -> String| -> ArrayRef {
        Arc::new(
            events
                .iter()
                .map(|told| Some(text(&told.message)))
                .collect::<StringArray>(),
        )
    };
    let numbers = |number: fn(&Followed) -> i64| -> ArrayRef {
        Arc::new(
            events
                .iter()
                .map(|told| Some(number(told)))
                .collect::<Int64Array>(),
        )
    };
    let times = events.iter().map(|told| time(told.message.id).map(micros));
    let bodies: Vec<Option<String>> = events.iter().map(|told| json(&told.message)).collect();
    // What no contract of ours reads stays as it came.
    let unread = events
        .iter()
        .zip(&bodies)
        .map(|(told, body)| body.is_none().then_some(told.message.body.as_ref()));
    let columns: Vec<ArrayRef> = vec![
        numbers(|told| i64::try_from(told.position).unwrap_or(i64::MAX)),
        texts(|message| message.id.to_string()),
        texts(|message| message.type_name.clone()),
        texts(|message| message.key.to_string()),
        numbers(|told| told.message.version),
        Arc::new(times.collect::<TimestampMicrosecondArray>().with_timezone("UTC")),
        Arc::new(bodies.iter().map(Option::as_deref).collect::<StringArray>()),
        Arc::new(unread.collect::<BinaryArray>()),
    ];
    let batch = RecordBatch::try_new(Arc::new(schema()), columns)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties))?;
    writer.write(&batch)?;
    Ok(writer.into_inner()?)
}

/// The columns of a file.
pub fn schema() -> Schema {
    let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    Schema::new(vec![
        Field::new("position", DataType::Int64, false),
        Field::new("event_id", DataType::Utf8, false),
        Field::new("type", DataType::Utf8, false),
        Field::new("key", DataType::Utf8, false),
        Field::new("version", DataType::Int64, false),
        Field::new("time", time, true),
        Field::new("body", DataType::Utf8, true),
        Field::new("unread_body", DataType::Binary, true),
    ])
}

/// When an event was told: its id says so.
pub fn time(id: Uuid) -> Option<OffsetDateTime> {
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    let told = i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
    OffsetDateTime::from_unix_timestamp_nanos(told).ok()
}

/// Microseconds since 1970.
pub fn micros(time: OffsetDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX)
}

/// A body as JSON, as its contract has it.
fn json(message: &Message) -> Option<String> {
    let descriptor = POOL.get_message_by_name(&message.type_name)?;
    let body = DynamicMessage::decode(descriptor, message.body.clone()).ok()?;
    serde_json::to_string(&body).ok()
}

#[cfg(test)]
mod tests {
    use prost::{Message as _, Name as _};
    use xlcfi_contracts::etl::v1::RecallNoticePublished;

    use super::*;

    fn message(type_name: String, body: Vec<u8>) -> Message {
        Message {
            id: Uuid::now_v7(),
            subject: "evt.etl.RecallNoticePublished.1".into(),
            type_name,
            key: Uuid::now_v7(),
            version: 1,
            body: body.into(),
            traceparent: None,
        }
    }

    #[test]
    fn a_body_is_json_where_a_contract_reads_it() {
        let told = RecallNoticePublished {
            notice_number: "7".into(),
            ..Default::default()
        };
        let read = json(&message(RecallNoticePublished::full_name(), told.encode_to_vec()));
        assert_eq!(read.as_deref(), Some(r#"{"noticeNumber":"7"}"#));
        assert_eq!(json(&message("xlcfi.soup.v1.Cooked".into(), vec![1])), None);
        assert_eq!(
            json(&message(RecallNoticePublished::full_name(), vec![0xff])),
            None
        );
        assert!(time(Uuid::now_v7()).is_some() && time(Uuid::nil()).is_none());
    }
}
