use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_identity::Member;
use xlcfi_types::{Id, Page};

use crate::credit::{Deposit, DepositId, Left, Said};

struct Row {
    deposit_id: Uuid,
    transaction_id: String,
    account_number: String,
    depositor: String,
    amount: i64,
    applied: i64,
    member_id: Option<Uuid>,
    note: String,
    deposit_time: OffsetDateTime,
    create_time: OffsetDateTime,
}

impl From<Row> for Deposit {
    fn from(row: Row) -> Self {
        Self {
            deposit_id: row.deposit_id.into(),
            said: Said {
                transaction_id: row.transaction_id,
                account_number: row.account_number,
                depositor: row.depositor,
                amount: row.amount,
                time: row.deposit_time,
            },
            applied: row.applied,
            member_id: row.member_id.map(Id::from_uuid),
            note: row.note,
            create_time: row.create_time,
        }
    }
}

/// The one list of columns; what follows says which rows.
macro_rules! select {
    ($which:literal $(, $argument:expr)*) => {
        sqlx::query_as!(
            Row,
            "select deposit_id, transaction_id, account_number, depositor, amount, applied, member_id, note,
                 deposit_time, create_time
             from deposit where " + $which
            $(, $argument)*
        )
    };
}

/// Keeps a new deposit, unless the bank told of it before.
pub async fn insert(conn: &mut PgConnection, deposit: &Deposit) -> Result<bool, sqlx::Error> {
    let said = &deposit.said;
    let inserted = sqlx::query!(
        "insert into deposit (deposit_id, transaction_id, account_number, depositor, amount, member_id, note,
             deposit_time, book_time, create_time)
         values ($1, $2, $3, $4, $5, $6, '', $7, case when $6::uuid is null then null else $8::timestamptz end, $8)
         on conflict (transaction_id) do nothing",
        deposit.deposit_id.uuid(),
        said.transaction_id,
        said.account_number,
        said.depositor,
        said.amount,
        deposit.member_id.map(Id::uuid),
        said.time,
        deposit.create_time,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

pub async fn find_by_transaction(
    db: impl PgExecutor<'_>,
    transaction_id: &str,
) -> Result<Option<Deposit>, sqlx::Error> {
    let row = select!("transaction_id = $1", transaction_id)
        .fetch_optional(db)
        .await?;
    Ok(row.map(Deposit::from))
}

/// A deposit, locked until the transaction ends.
pub async fn lock(
    conn: &mut PgConnection,
    deposit_id: Id<DepositId>,
) -> Result<Option<Deposit>, sqlx::Error> {
    let row = select!("deposit_id = $1 for no key update", deposit_id.uuid())
        .fetch_optional(conn)
        .await?;
    Ok(row.map(Deposit::from))
}

/// Gives a deposit to a member.
pub async fn assign(
    db: impl PgExecutor<'_>,
    deposit_id: Id<DepositId>,
    owner: Id<Member>,
    note: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update deposit set member_id = $2, note = $3, book_time = $4 where deposit_id = $1",
        deposit_id.uuid(),
        owner.uuid(),
        note,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What is left of a member's deposits, oldest first.
pub async fn unapplied(db: impl PgExecutor<'_>, owner: Id<Member>) -> Result<Vec<Left>, sqlx::Error> {
    sqlx::query_as!(
        Left,
        r#"select deposit_id as id, amount - applied as "amount!" from deposit
         where member_id = $1 and applied < amount order by create_time, deposit_id"#,
        owner.uuid(),
    )
    .fetch_all(db)
    .await
}

/// Deposits of `owner`, or of everybody, newest first; only those without a member
/// when `unmatched`.
pub async fn list(
    db: impl PgExecutor<'_>,
    owner: Option<Id<Member>>,
    unmatched: bool,
    page: &Page,
) -> Result<Vec<Deposit>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = select!(
        "($1::uuid is null or member_id = $1) and (not $2 or member_id is null)
             and (create_time, deposit_id) < ($3, $4)
         order by create_time desc, deposit_id desc limit $5",
        owner.map(Id::uuid),
        unmatched,
        time,
        id,
        page.fetch_limit()
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Deposit::from).collect())
}
