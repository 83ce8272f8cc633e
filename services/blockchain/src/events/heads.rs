use serde_json::{Value, json};
use sqlx::PgConnection;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;
use xlcfi_contracts::admin::v1::AuditHeadRecorded;
use xlcfi_contracts::member::v1::PointsRootRecorded;
use xlcfi_contracts::told;
use xlcfi_events::{Failure, Handler, Message};
use xlcfi_proof::canonical;

use crate::Ctx;
use crate::log::Kind;
use crate::store::log;

/// Enters into the log what other services commit to: heads of the audit log, roots of
/// the points ledger.
#[derive(Debug)]
pub struct Heads(pub Ctx);

/// Such a commitment.
#[derive(Debug)]
pub struct Head {
    entry_id: Uuid,
    kind: Kind,
    body: Vec<u8>,
}

impl Head {
    /// An entry whose id is what it says: the same again is one entry, but another hash for
    /// the same place is a second one, which shows what was rewritten.
    fn new(kind: Kind, body: &Value) -> Result<Self, Failure> {
        let body = canonical(body).map_err(Failure::poison)?;
        Ok(Self {
            entry_id: Uuid::new_v5(&Uuid::NAMESPACE_OID, &body),
            kind,
            body,
        })
    }
}

impl Handler for Heads {
    type Fact = Head;

    fn read(&self, message: &Message) -> Result<Option<Head>, Failure> {
        if let Some(told) = message.read::<AuditHeadRecorded>()? {
            let body = json!({
                "type": "AuditHead",
                "sequence": told.sequence,
                "hash": hash(&told.hash)?,
                "time": when(told.time)?,
            });
            return Head::new(Kind::AuditHead, &body).map(Some);
        }
        if let Some(told) = message.read::<PointsRootRecorded>()? {
            let body = json!({
                "type": "PointsRoot",
                "date": told.date,
                "postings": told.postings,
                "root": hash(&told.root)?,
                "time": when(told.time)?,
            });
            return Head::new(Kind::PointsRoot, &body).map(Some);
        }
        Ok(None)
    }

    async fn apply(&self, conn: &mut PgConnection, head: Head) -> Result<(), Failure> {
        let now = self.0.clock.now();
        log::append(conn, head.entry_id, head.kind, &head.body, now).await?;
        Ok(())
    }
}

fn hash(bytes: &[u8]) -> Result<String, Failure> {
    match bytes.len() {
        32 => Ok(hex::encode(bytes)),
        _ => Err(Failure::poison("a hash has 32 bytes")),
    }
}

fn when(told: Option<prost_types::Timestamp>) -> Result<String, Failure> {
    let at = told::time("time", told).map_err(Failure::poison)?;
    at.format(&Rfc3339).map_err(Failure::poison)
}
