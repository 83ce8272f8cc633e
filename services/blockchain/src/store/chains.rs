//! What is known of each chain.

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

use super::{count, number};
use crate::anchor::{Head, Seen};
use crate::anchor_tx::Account;

struct Row {
    name: String,
    chain_id: i64,
    genesis: Vec<u8>,
    account: Vec<u8>,
    contract: Option<Vec<u8>>,
    deployment: Option<Vec<u8>>,
    next_nonce: i64,
    head: i64,
    safe: Option<i64>,
    finalized: Option<i64>,
    base_fee: i64,
    balance: i64,
    look_time: OffsetDateTime,
}

impl TryFrom<Row> for Seen {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            name: row.name,
            chain_id: number(row.chain_id),
            genesis: super::bytes("chain.genesis", row.genesis)?,
            account: super::bytes("chain.account", row.account)?,
            contract: row
                .contract
                .map(|contract| super::bytes("chain.contract", contract))
                .transpose()?,
            deployment: row.deployment,
            next_nonce: number(row.next_nonce),
            head: Head {
                number: number(row.head),
                safe: row.safe.map(number),
                finalized: row.finalized.map(number),
                base_fee: number(row.base_fee),
            },
            balance: number(row.balance),
            look_time: row.look_time,
        })
    }
}

pub async fn get(db: impl PgExecutor<'_>, name: &str) -> Result<Option<Seen>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select name, chain_id, genesis, account, contract, deployment, next_nonce, head, safe, finalized,
           base_fee, balance, look_time
         from chain where name = $1",
        name,
    )
    .fetch_optional(db)
    .await?
    .map(Seen::try_from)
    .transpose()
}

/// Keeps what was seen. Nonces only grow.
pub async fn keep(conn: &mut PgConnection, seen: &Seen) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into chain as known (name, chain_id, genesis, account, contract, deployment, next_nonce, head, safe,
           finalized, base_fee, balance, look_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         on conflict (name) do update set chain_id = excluded.chain_id, genesis = excluded.genesis,
           account = excluded.account, contract = excluded.contract, deployment = excluded.deployment,
           next_nonce = greatest(known.next_nonce, excluded.next_nonce), head = excluded.head, safe = excluded.safe,
           finalized = excluded.finalized, base_fee = excluded.base_fee, balance = excluded.balance,
           look_time = excluded.look_time",
        seen.name,
        count(seen.chain_id),
        seen.genesis.as_slice(),
        seen.account.as_slice(),
        seen.contract.as_ref().map(Account::as_slice),
        seen.deployment,
        count(seen.next_nonce),
        count(seen.head.number),
        seen.head.safe.map(count),
        seen.head.finalized.map(count),
        count(seen.head.base_fee),
        count(seen.balance),
        seen.look_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets a development chain that began anew, with all that was anchored on it.
pub async fn forget(conn: &mut PgConnection, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with chain as (delete from chain where name = $1),
              anchor as (delete from anchor where chain = $1)
         delete from anchor_tx where chain = $1",
        name,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes why a chain does nothing; one that is known keeps the time since when.
pub async fn set_trouble(
    db: impl PgExecutor<'_>,
    name: &str,
    kind: &str,
    message: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into chain_trouble as known (name, kind, message, since) values ($1, $2, $3, $4)
         on conflict (name) do update set kind = excluded.kind, message = excluded.message,
           since = case when known.kind = excluded.kind then known.since else excluded.since end",
        name,
        kind,
        message,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn clear_trouble(db: impl PgExecutor<'_>, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from chain_trouble where name = $1", name)
        .execute(db)
        .await?;
    Ok(())
}

/// Why a chain does nothing, for people.
#[derive(Debug, Clone)]
pub struct Noted {
    pub kind: String,
    pub message: String,
    pub since: OffsetDateTime,
}

pub async fn trouble(db: impl PgExecutor<'_>, name: &str) -> Result<Option<Noted>, sqlx::Error> {
    sqlx::query_as!(
        Noted,
        "select kind, message, since from chain_trouble where name = $1",
        name
    )
    .fetch_optional(db)
    .await
}
