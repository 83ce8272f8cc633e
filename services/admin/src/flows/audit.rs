//! The audit log: written with what it tells of, and looked at.

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::admin::v1::AuditHeadRecorded;

use crate::Ctx;
use crate::audit::{Broken, Chain, Head, Note};
use crate::convert::timestamp;
use crate::store::audit;

/// Rows that are looked at at a time.
const BATCH: i64 = 5_000;

/// Writes a row with the transaction of `conn`. Others that write one wait until it
/// commits, so it is the last thing a transaction does.
pub async fn write(conn: &mut PgConnection, note: Note, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let head = audit::lock_head(conn).await?;
    audit::append(conn, &head.next(note, now)).await
}

/// Tells the head, if it is due; whoever keeps it can tell later whether the log was
/// rewritten. Whether it did.
pub async fn tell_head(ctx: &Ctx) -> Result<bool, sqlx::Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let told = audit::lock_told(&mut tx).await?;
    let head = audit::head(&mut *tx).await?;
    if !ctx.config.telling().is_due(told, head, now) {
        return Ok(false);
    }
    let event = AuditHeadRecorded {
        sequence: head.sequence,
        hash: head.hash.to_vec(),
        time: Some(timestamp(now)),
    };
    // One key for all, so that they come in their order.
    let key = Uuid::new_v5(&Uuid::NAMESPACE_OID, b"audit");
    xlcfi_events::append(&mut tx, key, &event).await?;
    audit::set_told(&mut tx, head.sequence, now).await?;
    tx.commit().await?;
    Ok(true)
}

/// What a look at the whole log found.
#[derive(Debug)]
pub struct Found {
    pub checked: i64,
    pub broken: Option<Broken>,
    pub head: Head,
}

/// Computes every hash anew, over one view of the database.
pub async fn verify(pool: &PgPool, known: Option<Head>) -> Result<Found, sqlx::Error> {
    let mut tx = pool
        .begin_with("begin isolation level repeatable read, read only")
        .await?;
    let head = audit::head(&mut *tx).await?;
    let mut chain = Chain::new(known);
    let mut after = i64::MIN;
    let everything = audit::Filter::default();
    let broken = 'look: loop {
        let entries = audit::after(&mut *tx, &everything, after, BATCH).await?;
        let Some(last) = entries.last() else {
            break chain.end(head).err();
        };
        after = last.sequence;
        for entry in &entries {
            if let Err(broken) = chain.follow(entry) {
                break 'look Some(broken);
            }
        }
    };
    tx.commit().await?;
    Ok(Found {
        checked: chain.checked(),
        broken,
        head,
    })
}
