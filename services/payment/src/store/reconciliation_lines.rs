use std::collections::HashSet;

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::{Fault, stored};
use xlcfi_types::{Id, Page};

use crate::reconcile::Outcome;
use crate::report::{Kept, Report};

/// Lines written by one statement.
const AT_ONCE: usize = 1_000;

struct Row {
    line_id: Uuid,
    outcome: String,
    kind: String,
    transaction_keys: Vec<String>,
    payment_key: String,
    payment_id: Option<Uuid>,
    order_id: String,
    currency: String,
    ours: Option<i64>,
    theirs: Option<i64>,
    fee_ours: Option<i64>,
    fee_theirs: Option<i64>,
    line_time: OffsetDateTime,
    healed: bool,
    note: String,
}

impl TryFrom<Row> for Kept {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        Ok(Self {
            line_id: row.line_id,
            outcome: stored("reconciliation_line.outcome", &row.outcome)?,
            kind: stored("reconciliation_line.kind", &row.kind)?,
            transaction_keys: row.transaction_keys,
            pg_key: row.payment_key,
            payment_id: row.payment_id.map(Id::from_uuid),
            order_id: row.order_id,
            currency: row.currency,
            ours: row.ours,
            theirs: row.theirs,
            fee_ours: row.fee_ours,
            fee_theirs: row.fee_theirs,
            at: row.line_time,
            healed: row.healed,
            note: row.note,
        })
    }
}

/// The one list of columns; what follows says which rows.
macro_rules! select {
    ($which:literal $(, $argument:expr)*) => {
        sqlx::query_as!(
            Row,
            "select line_id, outcome, kind, transaction_keys, payment_key, payment_id, order_id, currency, ours, theirs,
                 fee_ours, fee_theirs, line_time, healed, note
             from reconciliation_line where " + $which
            $(, $argument)*
        )
    };
}

/// Lines of a report, newest first.
pub async fn list(
    db: impl PgExecutor<'_>,
    report: Id<Report>,
    outcome: Option<Outcome>,
    page: &Page,
) -> Result<Vec<Kept>, Fault> {
    let (time, id) = page.start();
    let rows = select!(
        "reconciliation_id = $1 and ($2::text is null or outcome = $2) and (line_time, line_id) < ($3, $4)
         order by line_time desc, line_id desc limit $5",
        report.uuid(),
        outcome.map(|outcome| outcome.into_str()),
        time,
        id,
        page.fetch_limit()
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Kept::try_from).collect()
}

/// At most so many lines of a report, the oldest first.
pub async fn all(
    db: impl PgExecutor<'_>,
    report: Id<Report>,
    outcome: Option<Outcome>,
    most: i64,
) -> Result<Vec<Kept>, Fault> {
    let rows = select!(
        "reconciliation_id = $1 and ($2::text is null or outcome = $2) order by line_time, line_id limit $3",
        report.uuid(),
        outcome.map(|outcome| outcome.into_str()),
        most
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Kept::try_from).collect()
}

/// Keys of the transactions an earlier run has healed or left open.
pub async fn troubled(db: impl PgExecutor<'_>, report: Id<Report>) -> Result<HashSet<String>, sqlx::Error> {
    let keys = sqlx::query_scalar!(
        r#"select unnest(transaction_keys) as "key!" from reconciliation_line
         where reconciliation_id = $1 and (healed or outcome in ('missing_here', 'amount_differs'))"#,
        report.uuid(),
    )
    .fetch_all(db)
    .await?;
    Ok(keys.into_iter().collect())
}

/// Puts these lines in the place of those a report had.
pub async fn replace(conn: &mut PgConnection, report: Id<Report>, lines: &[Kept]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from reconciliation_line where reconciliation_id = $1",
        report.uuid()
    )
    .execute(&mut *conn)
    .await?;
    for lines in lines.chunks(AT_ONCE) {
        insert(conn, report, lines).await?;
    }
    Ok(())
}

async fn insert(conn: &mut PgConnection, report: Id<Report>, lines: &[Kept]) -> Result<(), sqlx::Error> {
    let texts = |text: fn(&Kept) -> String| -> Vec<String> { lines.iter().map(text).collect() };
    let amounts =
        |amount: fn(&Kept) -> Option<i64>| -> Vec<Option<i64>> { lines.iter().map(amount).collect() };
    let ids: Vec<Uuid> = lines.iter().map(|line| line.line_id).collect();
    let payments: Vec<Option<Uuid>> = lines.iter().map(|line| line.payment_id.map(Id::uuid)).collect();
    let times: Vec<OffsetDateTime> = lines.iter().map(|line| line.at).collect();
    let healed: Vec<bool> = lines.iter().map(|line| line.healed).collect();
    // An array of arrays would need all of one length.
    sqlx::query!(
        "insert into reconciliation_line (reconciliation_id, line_id, outcome, kind, transaction_keys, payment_key,
             payment_id, order_id, currency, ours, theirs, fee_ours, fee_theirs, line_time, healed, note)
         select $1, line_id, outcome, kind, string_to_array(keys, chr(10)), payment_key, payment_id, order_id,
             currency, ours, theirs, fee_ours, fee_theirs, line_time, healed, note
         from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::text[], $9::text[],
             $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::timestamptz[], $15::bool[], $16::text[])
             as line (line_id, outcome, kind, keys, payment_key, payment_id, order_id, currency, ours, theirs,
                 fee_ours, fee_theirs, line_time, healed, note)",
        report.uuid(),
        &ids,
        &texts(|line| line.outcome.into_str().to_owned()),
        &texts(|line| line.kind.into_str().to_owned()),
        &texts(|line| line.transaction_keys.join("\n")),
        &texts(|line| line.pg_key.clone()),
        &payments as _,
        &texts(|line| line.order_id.clone()),
        &texts(|line| line.currency.clone()),
        &amounts(|line| line.ours) as _,
        &amounts(|line| line.theirs) as _,
        &amounts(|line| line.fee_ours) as _,
        &amounts(|line| line.fee_theirs) as _,
        &times,
        &healed,
        &texts(|line| line.note.clone()),
    )
    .execute(conn)
    .await?;
    Ok(())
}
