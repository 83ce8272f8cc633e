//! Credit lines, and how their members stand.

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::OnConstraint;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::credit::{Balance, CreditLine, Terms};
use crate::error::Error;

struct Row {
    member_id: Uuid,
    business_name: String,
    registration_number: String,
    credit_limit: i64,
    terms_days: i32,
    bank: String,
    account_number: String,
    active: bool,
    version: i64,
    create_time: OffsetDateTime,
    update_time: OffsetDateTime,
}

impl From<Row> for CreditLine {
    fn from(row: Row) -> Self {
        Self {
            member_id: row.member_id.into(),
            terms: Terms {
                business_name: row.business_name,
                registration_number: row.registration_number,
                limit: row.credit_limit,
                days: row.terms_days,
                bank: row.bank,
                account_number: row.account_number,
                active: row.active,
            },
            version: row.version,
            create_time: row.create_time,
            update_time: row.update_time,
        }
    }
}

/// The one list of columns; what follows says which rows.
macro_rules! select {
    ($which:literal $(, $argument:expr)*) => {
        sqlx::query_as!(
            Row,
            "select member_id, business_name, registration_number, credit_limit, terms_days, bank, account_number,
                 active, version, create_time, update_time
             from credit_line where " + $which
            $(, $argument)*
        )
    };
}

pub async fn get(db: impl PgExecutor<'_>, owner: Id<Member>) -> Result<Option<CreditLine>, sqlx::Error> {
    let row = select!("member_id = $1", owner.uuid()).fetch_optional(db).await?;
    Ok(row.map(CreditLine::from))
}

/// The line of a member, locked until the transaction ends.
pub async fn lock(conn: &mut PgConnection, owner: Id<Member>) -> Result<Option<CreditLine>, sqlx::Error> {
    let row = select!("member_id = $1 for no key update", owner.uuid())
        .fetch_optional(conn)
        .await?;
    Ok(row.map(CreditLine::from))
}

/// The line whose deposits go to this account, locked until the transaction ends.
pub async fn lock_by_account(
    conn: &mut PgConnection,
    account_number: &str,
) -> Result<Option<CreditLine>, sqlx::Error> {
    let row = select!("account_number = $1 for no key update", account_number)
        .fetch_optional(conn)
        .await?;
    Ok(row.map(CreditLine::from))
}

/// Keeps a line, which is new when its version is 1.
pub async fn save(conn: &mut PgConnection, line: &CreditLine) -> Result<(), Error> {
    let terms = &line.terms;
    let saved = sqlx::query!(
        "insert into credit_line (member_id, business_name, registration_number, credit_limit, terms_days, bank,
             account_number, active, version, create_time, update_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict (member_id) do update set business_name = $2, registration_number = $3, credit_limit = $4,
             terms_days = $5, bank = $6, account_number = $7, active = $8, version = $9, update_time = $11
         where credit_line.version = $9 - 1",
        line.member_id.uuid(),
        terms.business_name,
        terms.registration_number,
        terms.limit,
        terms.days,
        terms.bank,
        terms.account_number,
        terms.active,
        line.version,
        line.create_time,
        line.update_time,
    )
    .execute(conn)
    .await;
    let saved = saved.on_constraint("credit_line_account_number_key", || Error::DepositAccountTaken)?;
    match saved.rows_affected() {
        0 => Err(Error::CreditLineChanged),
        _ => Ok(()),
    }
}

/// How a member stands.
pub async fn balance(db: impl PgExecutor<'_>, owner: Id<Member>) -> Result<Balance, sqlx::Error> {
    sqlx::query_as!(
        Balance,
        r#"select
             (select coalesce(sum(open), 0)::bigint from receivable where member_id = $1 and open > 0) as "owed!",
             (select coalesce(sum(amount - applied), 0)::bigint from deposit
                 where member_id = $1 and applied < amount) as "unapplied!""#,
        owner.uuid(),
    )
    .fetch_one(db)
    .await
}
