//! Rows as files.

use futures::Stream;
use serde_json::json;
use time::format_description::well_known::Rfc3339;
use xlcfi_contracts::admin::v1::AuditFormat;
use xlcfi_contracts::google::api::HttpBody;

use crate::Ctx;
use crate::audit::Entry;
use crate::convert::hex;
use crate::error::Error;
use crate::store;
use crate::store::audit::Filter;

/// Rows in one piece of a file.
const PIECE: i64 = 2_000;
/// Marks a file as UTF-8, for spreadsheets.
const BYTE_ORDER_MARK: &str = "\u{feff}";
/// What a spreadsheet may take for the beginning of a formula.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
/// Columns of the audit log.
pub const AUDIT_COLUMNS: [&str; 11] = [
    "sequence",
    "time",
    "actor",
    "action",
    "subject_kind",
    "subject_id",
    "before",
    "after",
    "reason",
    "previous_hash",
    "hash",
];

/// The rows of a filter, piece by piece, oldest first.
pub fn audit(
    ctx: Ctx,
    filter: Filter,
    format: AuditFormat,
) -> impl Stream<Item = Result<HttpBody, Error>> + Send {
    futures::stream::try_unfold((i64::MIN, false), move |(after, over)| {
        let (ctx, filter) = (ctx.clone(), filter.clone());
        async move {
            if over {
                return Ok(None);
            }
            let entries = store::audit::after(ctx.database.pool(), &filter, after, PIECE).await?;
            let first = after == i64::MIN;
            let over = i64::try_from(entries.len()).is_ok_and(|rows| rows < PIECE);
            let next = entries.last().map_or(after, |entry| entry.sequence);
            Ok(Some((piece(format, first, &entries), (next, over))))
        }
    })
}

fn piece(format: AuditFormat, first: bool, entries: &[Entry]) -> HttpBody {
    let (content_type, data) = match format {
        AuditFormat::Ndjson => ("application/x-ndjson", entries.iter().flat_map(line).collect()),
        AuditFormat::Unspecified | AuditFormat::Csv => {
            let header = first.then_some(AUDIT_COLUMNS.as_slice());
            ("text/csv; charset=utf-8", csv(header, entries.iter().map(cells)))
        }
    };
    HttpBody {
        content_type: content_type.to_owned(),
        data,
        extensions: Vec::new(),
    }
}

fn line(entry: &Entry) -> Vec<u8> {
    let row = AUDIT_COLUMNS.iter().zip(raw(entry));
    let row: serde_json::Map<_, _> = row
        .map(|(name, cell)| ((*name).to_owned(), json!(cell)))
        .collect();
    format!("{}\n", serde_json::Value::Object(row)).into_bytes()
}

fn raw(entry: &Entry) -> [String; 11] {
    let note = entry.note.clone();
    [
        entry.sequence.to_string(),
        entry.time.format(&Rfc3339).unwrap_or_default(),
        note.actor,
        note.action,
        note.subject_kind,
        note.subject_id,
        note.before,
        note.after,
        note.reason,
        hex(&entry.previous),
        hex(&entry.hash),
    ]
}

/// A row of the audit log, for a spreadsheet.
pub fn cells(entry: &Entry) -> Vec<String> {
    raw(entry).into_iter().map(guard).collect()
}

/// Keeps a spreadsheet from computing what somebody wrote.
pub fn guard(text: String) -> String {
    match text.starts_with(FORMULA) {
        true => format!("'{text}"),
        false => text,
    }
}

/// Rows as CSV; with a header it is the beginning of a file.
pub fn csv(header: Option<&[&str]>, rows: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    let begun = header.map_or(Vec::new(), |_| BYTE_ORDER_MARK.as_bytes().to_vec());
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(begun);
    let mut written = header.map_or(Ok(()), |header| writer.write_record(header));
    for row in rows {
        written = written.and_then(|()| writer.write_record(row));
    }
    let file = written.ok().and_then(|()| writer.into_inner().ok());
    file.expect("memory takes what is written, and all rows are of one length")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_formula_is_none() {
        let file = csv(
            Some(&["a", "b"]),
            [vec![guard("=1+1".into()), guard("사과, \"배\"".into())]].into_iter(),
        );
        let text = String::from_utf8(file).expect("it is text");
        assert_eq!(text, "\u{feff}a,b\r\n'=1+1,\"사과, \"\"배\"\"\"\r\n");
    }
}
