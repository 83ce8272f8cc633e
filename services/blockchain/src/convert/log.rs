use uuid::Uuid;
use xlcfi_contracts::blockchain::v1::{
    Checkpoint, EntryKind, LogEntry, ProofFormat, ProofStep, ProofVerdict,
};
use xlcfi_contracts::convert::timestamp;
use xlcfi_contracts::google::api::HttpBody;
use xlcfi_contracts::types::v1::Role;
use xlcfi_errors::{Invalid, fields};
use xlcfi_identity::Caller;
use xlcfi_proof::{Bundle, Language, Refused, Verdict, canonical};

use crate::log::{Entry, Kind, Reader, Signed};

/// Entries in a page when nothing is said.
const USUAL_PAGE: i64 = 100;

pub fn entry_id(text: &str) -> Result<Uuid, Invalid> {
    fields::uuid("entry_id", text)
}

/// Staff that looks after the log sees all of it.
pub fn reader(caller: &Caller) -> Reader {
    let staff = [Role::Admin, Role::Security, Role::Catalogue];
    match caller {
        Caller::User(user) if staff.iter().any(|role| user.has_role(*role)) => Reader::Staff,
        Caller::User(user) => Reader::Member(user.id.uuid()),
        Caller::Anonymous | Caller::Service(_) => Reader::Anybody,
    }
}

/// Index to begin with and size of a page.
pub fn index_page(size: i32, token: &str) -> Result<(i64, i64), Invalid> {
    let index = match token {
        "" => 0,
        token => {
            let index = token.parse().ok().filter(|index: &i64| *index >= 0);
            index.ok_or_else(|| Invalid::field("page_token", "is no index"))?
        }
    };
    Ok((index, if size == 0 { USUAL_PAGE } else { size.into() }))
}

/// Hash of a block that whoever asks trusts; empty is none.
pub fn block_hash(text: &str) -> Result<Option<[u8; 32]>, Invalid> {
    if text.is_empty() {
        return Ok(None);
    }
    let bytes = hex::decode(text.strip_prefix("0x").unwrap_or(text)).unwrap_or_default();
    let hash = <[u8; 32]>::try_from(bytes).map_err(|_| Invalid::field("block_hash", "is no hash"))?;
    Ok(Some(hash))
}

pub fn checkpoint(signed: Signed) -> Checkpoint {
    Checkpoint {
        size: signed.size,
        root: signed.root.0.to_vec(),
        note: signed.note,
        create_time: Some(timestamp(signed.create_time)),
    }
}

pub fn entry(entry: &Entry, reader: Reader) -> LogEntry {
    let kind = match entry.kind {
        Kind::TraceEvent => EntryKind::TraceEvent,
        Kind::AuditHead => EntryKind::AuditHead,
        Kind::PointsRoot => EntryKind::PointsRoot,
    };
    LogEntry {
        index: entry.index.unwrap_or(-1),
        kind: kind.into(),
        commitment: entry.commitment.0.to_vec(),
        entry_id: if entry.is_for(reader) {
            entry.entry_id.to_string()
        } else {
            String::new()
        },
        create_time: Some(timestamp(entry.create_time)),
        erase_time: entry.erase_time.map(timestamp),
    }
}

/// The file on its way to whoever checks it.
pub fn file(bundle: &Bundle, format: ProofFormat) -> HttpBody {
    let (content_type, text) = match format {
        ProofFormat::Unspecified | ProofFormat::Json => ("application/json", bundle.to_json()),
        ProofFormat::TlogProof => ("text/plain; charset=utf-8", bundle.to_text()),
    };
    HttpBody {
        content_type: content_type.to_owned(),
        data: text.into_bytes(),
        extensions: Vec::new(),
    }
}

pub fn verdict(checked: Result<(Bundle, Verdict), Refused>) -> ProofVerdict {
    let (bundle, verdict) = match checked {
        Ok(proven) => proven,
        Err(refused) => {
            return ProofVerdict {
                refusal: refused.name().to_owned(),
                refusal_ko: refused.say(Language::Korean),
                refusal_en: refused.say(Language::English),
                ..Default::default()
            };
        }
    };
    let steps = verdict.steps.iter().map(|step| ProofStep {
        name: step.name().to_owned(),
        proven: step.is_proven(),
        message_ko: step.say(Language::Korean),
        message_en: step.say(Language::English),
    });
    let event = canonical(&bundle.event).unwrap_or_default();
    ProofVerdict {
        accepted: true,
        steps: steps.collect(),
        event: String::from_utf8(event).unwrap_or_default(),
        index: i64::try_from(bundle.index).unwrap_or(i64::MAX),
        size: i64::try_from(verdict.checkpoint.size).unwrap_or(i64::MAX),
        ..Default::default()
    }
}
