//! Checkpoints on their way to chains.

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::stored;
use xlcfi_proof::anchor::Evidence;
use xlcfi_types::Page;

use super::{bytes, count, number};
use crate::anchor::{Anchor, Attempt, Fees, Receipt, State};
use crate::anchor_tx::Hash;

struct Row {
    anchor_id: Uuid,
    chain: String,
    size: i64,
    root: Vec<u8>,
    entries: i64,
    state: String,
    nonce: Option<i64>,
    transaction: Option<Vec<u8>>,
    block_number: Option<i64>,
    block_hash: Option<Vec<u8>>,
    succeeded: Option<bool>,
    gas_used: Option<i64>,
    gas_price: Option<i64>,
    hurried: bool,
    fee_ceiling: Option<i64>,
    create_time: OffsetDateTime,
    submit_time: Option<OffsetDateTime>,
    finalize_time: Option<OffsetDateTime>,
}

impl TryFrom<Row> for Anchor {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let receipt = match (row.transaction, row.block_hash) {
            (Some(transaction), Some(block_hash)) => Some(Receipt {
                transaction: bytes("anchor.transaction", transaction)?,
                block_number: number(row.block_number.unwrap_or_default()),
                block_hash: bytes("anchor.block_hash", block_hash)?,
                succeeded: row.succeeded.unwrap_or_default(),
                gas_used: number(row.gas_used.unwrap_or_default()),
                gas_price: number(row.gas_price.unwrap_or_default()),
            }),
            _ => None,
        };
        Ok(Self {
            anchor_id: row.anchor_id.into(),
            chain: row.chain,
            size: number(row.size),
            root: bytes("anchor.root", row.root)?,
            entries: number(row.entries),
            state: stored("anchor.state", &row.state)?,
            nonce: row.nonce.map(number),
            receipt,
            hurried: row.hurried,
            fee_ceiling: row.fee_ceiling.map(number),
            create_time: row.create_time,
            submit_time: row.submit_time,
            finalize_time: row.finalize_time,
        })
    }
}

fn read(rows: Vec<Row>) -> Result<Vec<Anchor>, sqlx::Error> {
    rows.into_iter().map(Anchor::try_from).collect()
}

/// Size and root of the log's latest checkpoint.
pub async fn checkpoint(db: impl PgExecutor<'_>) -> Result<Option<(u64, Hash)>, sqlx::Error> {
    let row = sqlx::query!("select size, root from checkpoint order by size desc limit 1")
        .fetch_optional(db)
        .await?;
    row.map(|row| Ok((number(row.size), bytes("checkpoint.root", row.root)?)))
        .transpose()
}

/// Size and time of the latest anchor of a chain that was signed.
pub async fn latest(
    db: impl PgExecutor<'_>,
    chain: &str,
) -> Result<Option<(u64, OffsetDateTime)>, sqlx::Error> {
    let row = sqlx::query!(
        "select size, create_time from anchor
         where chain = $1 and state <> 'QUEUED' order by size desc limit 1",
        chain,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (number(row.size), row.create_time)))
}

/// Queues a checkpoint, in place of an older one that was not signed yet.
pub async fn queue(
    conn: &mut PgConnection,
    chain: &str,
    (size, root): (u64, Hash),
    entries: u64,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into anchor (anchor_id, chain, size, root, entries, state, create_time)
         values ($1, $2, $3, $4, $5, 'QUEUED', $6)
         on conflict (chain) where state = 'QUEUED'
           do update set size = excluded.size, root = excluded.root, entries = excluded.entries
           where anchor.size < excluded.size",
        Uuid::now_v7(),
        chain,
        count(size),
        root.as_slice(),
        count(entries),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Those of a chain that something remains to be done about, the smallest first.
pub async fn under_way(db: impl PgExecutor<'_>, chain: &str) -> Result<Vec<Anchor>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select anchor_id, chain, size, root, entries, state, nonce, transaction, block_number, block_hash, succeeded,
             gas_used, gas_price, hurried, fee_ceiling, create_time,
             submit_time, finalize_time
           from anchor where chain = $1 and state not in ('FINALIZED', 'REFUSED') order by size"#,
        chain,
    )
    .fetch_all(db)
    .await?;
    read(rows)
}

/// A page of anchors, the newest first, of one chain or of all.
pub async fn list(
    db: impl PgExecutor<'_>,
    chain: Option<&str>,
    page: &Page,
) -> Result<Vec<Anchor>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = sqlx::query_as!(
        Row,
        r#"select anchor_id, chain, size, root, entries, state, nonce, transaction, block_number, block_hash, succeeded,
             gas_used, gas_price, hurried, fee_ceiling, create_time,
             submit_time, finalize_time
           from anchor where ($1::text is null or chain = $1) and (create_time, anchor_id) < ($2, $3)
           order by create_time desc, anchor_id desc limit $4"#,
        chain,
        time,
        id,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await?;
    read(rows)
}

/// The anchor that covers an entry: the smallest finalized one, or else the one that
/// is furthest.
pub async fn find_covering(
    db: impl PgExecutor<'_>,
    chain: Option<&str>,
    index: u64,
) -> Result<Option<(Anchor, Option<Evidence>)>, sqlx::Error> {
    let found = sqlx::query!(
        r#"select anchor_id, chain, size, root, entries, state, nonce, transaction, block_number, block_hash, succeeded,
             gas_used, gas_price, evidence as "evidence: sqlx::types::Json<Evidence>", hurried, fee_ceiling, create_time,
             submit_time, finalize_time
           from anchor where ($1::text is null or chain = $1) and size > $2 and state <> 'REFUSED'
           order by state <> 'FINALIZED', size, chain limit 1"#,
        chain,
        count(index),
    )
    .fetch_optional(db)
    .await?;
    let Some(found) = found else { return Ok(None) };
    let evidence = found.evidence.map(|evidence| evidence.0);
    let row = Row {
        anchor_id: found.anchor_id,
        chain: found.chain,
        size: found.size,
        root: found.root,
        entries: found.entries,
        state: found.state,
        nonce: found.nonce,
        transaction: found.transaction,
        block_number: found.block_number,
        block_hash: found.block_hash,
        succeeded: found.succeeded,
        gas_used: found.gas_used,
        gas_price: found.gas_price,
        hurried: found.hurried,
        fee_ceiling: found.fee_ceiling,
        create_time: found.create_time,
        submit_time: found.submit_time,
        finalize_time: found.finalize_time,
    };
    Ok(Some((row.try_into()?, evidence)))
}

/// The evidence that covers an entry of the log: the size it was anchored at, its root
/// then, and the proof. `None` while no chain has finalized it.
pub async fn covering(
    conn: &mut PgConnection,
    index: u64,
) -> Result<Option<(u64, Hash, Evidence)>, sqlx::Error> {
    let found = sqlx::query!(
        r#"select size, root, evidence as "evidence!: sqlx::types::Json<Evidence>"
           from anchor where size > $1 and state = 'FINALIZED' and evidence is not null
           order by size, chain limit 1"#,
        count(index),
    )
    .fetch_optional(conn)
    .await?;
    found
        .map(|found| {
            Ok((
                number(found.size),
                bytes("anchor.root", found.root)?,
                found.evidence.0,
            ))
        })
        .transpose()
}

/// Gives a queued anchor its nonce and takes that from the chain; says whether the
/// anchor still was what was signed.
pub async fn sign(
    conn: &mut PgConnection,
    anchor: &Anchor,
    nonce: u64,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let signed = sqlx::query!(
        "with taken as (
             update chain set next_nonce = $4 + 1 where name = $1 and next_nonce <= $4
         )
         update anchor set state = 'SUBMITTED', nonce = $4, submit_time = $5
         where chain = $1 and anchor_id = $2 and size = $3 and state = 'QUEUED'",
        anchor.chain,
        anchor.anchor_id.uuid(),
        count(anchor.size),
        count(nonce),
        now,
    )
    .execute(conn)
    .await?;
    Ok(signed.rows_affected() == 1)
}

/// Keeps a signed transaction, before anybody sees it.
pub async fn insert_attempt(
    conn: &mut PgConnection,
    anchor: &Anchor,
    nonce: u64,
    attempt: &Attempt,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with done as (update anchor set hurried = false where anchor_id = $3)
         insert into anchor_tx (chain, nonce, anchor_id, hash, raw, max_fee, priority_fee, create_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        anchor.chain,
        count(nonce),
        anchor.anchor_id.uuid(),
        attempt.hash.as_slice(),
        attempt.raw,
        count(attempt.fees.most),
        count(attempt.fees.priority),
        attempt.create_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// All that was signed for a nonce, the latest first.
pub async fn attempts(db: impl PgExecutor<'_>, chain: &str, nonce: u64) -> Result<Vec<Attempt>, sqlx::Error> {
    let rows = sqlx::query!(
        "select hash, raw, max_fee, priority_fee, create_time from anchor_tx
         where chain = $1 and nonce = $2 order by max_fee desc",
        chain,
        count(nonce),
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Attempt {
                hash: bytes("anchor_tx.hash", row.hash)?,
                raw: row.raw,
                fees: Fees {
                    most: number(row.max_fee),
                    priority: number(row.priority_fee),
                },
                create_time: row.create_time,
            })
        })
        .collect()
}

/// Notes where an anchor's transaction was found.
pub async fn move_to(
    conn: &mut PgConnection,
    anchor: &Anchor,
    state: State,
    receipt: Option<&Receipt>,
    evidence: Option<&Evidence>,
    finalize_time: Option<OffsetDateTime>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update anchor set state = $2, transaction = $3, block_number = $4, block_hash = $5, succeeded = $6,
           gas_used = $7, gas_price = $8, evidence = $9, finalize_time = $10
         where anchor_id = $1",
        anchor.anchor_id.uuid(),
        <&str>::from(state),
        receipt.map(|receipt| receipt.transaction.as_slice()),
        receipt.map(|receipt| count(receipt.block_number)),
        receipt.map(|receipt| receipt.block_hash.as_slice()),
        receipt.map(|receipt| receipt.succeeded),
        receipt.map(|receipt| count(receipt.gas_used)),
        receipt.map(|receipt| count(receipt.gas_price)),
        evidence.map(sqlx::types::Json) as _,
        finalize_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts an anchor back whose nonce went to another transaction for good, unless a
/// newer one is queued, which commits to all it does.
pub async fn queue_again(conn: &mut PgConnection, anchor: &Anchor) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with newer as (select from anchor where chain = $2 and size > $3), gone as (
             delete from anchor where anchor_id = $1 and exists (select from newer)
         )
         update anchor set state = 'QUEUED', nonce = null, submit_time = null, hurried = false
         where anchor_id = $1 and not exists (select from newer)",
        anchor.anchor_id.uuid(),
        anchor.chain,
        count(anchor.size),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lets the staff hurry what waits for a chain; says whether anything does.
pub async fn hurry(
    db: impl PgExecutor<'_>,
    chain: &str,
    fee_ceiling: Option<u64>,
) -> Result<bool, sqlx::Error> {
    let hurried = sqlx::query!(
        "update anchor set hurried = true, fee_ceiling = coalesce($2, fee_ceiling)
         where chain = $1 and state in ('QUEUED', 'SUBMITTED')",
        chain,
        fee_ceiling.map(count),
    )
    .execute(db)
    .await?;
    Ok(hurried.rows_affected() > 0)
}

/// Entries of the log that are anchored on a chain; 0 for none.
pub async fn anchored_size(db: impl PgExecutor<'_>, chain: &str) -> Result<u64, sqlx::Error> {
    let size = sqlx::query_scalar!(
        "select max(size) from anchor where chain = $1 and state = 'FINALIZED'",
        chain,
    )
    .fetch_one(db)
    .await?;
    Ok(size.map_or(0, number))
}
