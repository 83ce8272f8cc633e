//! The audit log: written with what it tells of, and looked at.

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;

use crate::audit::{Broken, Chain, Head, Note};
use crate::store::audit;

/// Rows that are looked at at a time.
const BATCH: i64 = 5_000;

/// Writes a row with the transaction of `conn`. Others that write one wait until it
/// commits, so it is the last thing a transaction does.
pub async fn write(conn: &mut PgConnection, note: Note, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let head = audit::lock_head(conn).await?;
    audit::append(conn, &head.next(note, now)).await
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
