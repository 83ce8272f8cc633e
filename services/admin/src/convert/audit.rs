use std::fmt::Write as _;

use prost_types::Timestamp;
use time::OffsetDateTime;
use xlcfi_contracts::admin::v1 as pb;
use xlcfi_contracts::convert;
use xlcfi_errors::Invalid;

use super::timestamp;
use crate::audit::{Entry, Hash, Head};
use crate::store::audit::Filter;

/// The rows a request asks for.
///
/// # Errors
/// A time no calendar has.
pub fn filter(
    actor: String,
    subject_id: String,
    action: &str,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Result<Filter, Invalid> {
    let given = |text: String| Some(text).filter(|text| !text.is_empty());
    let escaped = action
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    Ok(Filter {
        actor: given(actor),
        subject_id: given(subject_id),
        action: given(escaped).map(|action| format!("{action}%")),
        from: instant("from_time", from)?,
        to: instant("to_time", to)?,
    })
}

fn instant(field: &str, given: Option<Timestamp>) -> Result<Option<OffsetDateTime>, Invalid> {
    let read =
        |given| convert::time(given).ok_or_else(|| Invalid::field(field, "is no time of our calendar"));
    given.map(read).transpose()
}

/// The row whose hash a caller kept.
///
/// # Errors
/// One of both is missing.
pub fn known(sequence: i64, text: &str) -> Result<Option<Head>, Invalid> {
    if sequence == 0 && text.is_empty() {
        return Ok(None);
    }
    let byte = |at: usize| u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..32).map(byte).collect();
    let hash = bytes
        .and_then(|bytes| Hash::try_from(bytes).ok())
        .filter(|_| sequence > 0);
    let hash =
        hash.ok_or_else(|| Invalid::field("known_hash", "goes with `known_sequence`, both or neither"))?;
    Ok(Some(Head { sequence, hash }))
}

/// The head of a text such as `1024:` and 64 hexadecimal digits.
pub fn kept(text: &str) -> Option<Head> {
    let (sequence, hash) = text.split_once(':')?;
    known(sequence.parse().ok()?, hash).ok()?
}

/// Two digits for each byte.
pub fn hex(hash: &Hash) -> String {
    hash.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub fn head_message(head: &Head) -> pb::AuditHead {
    pb::AuditHead {
        sequence: head.sequence,
        hash: hex(&head.hash),
    }
}

pub fn entry_message(entry: Entry) -> pb::AuditEntry {
    let note = entry.note;
    pb::AuditEntry {
        sequence: entry.sequence,
        actor: note.actor,
        action: note.action,
        subject_kind: note.subject_kind,
        subject_id: note.subject_id,
        before: note.before,
        after: note.after,
        reason: note.reason,
        time: Some(timestamp(entry.time)),
        previous_hash: hex(&entry.previous),
        hash: hex(&entry.hash),
    }
}
