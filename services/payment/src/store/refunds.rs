use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::{Fault, stored};
use xlcfi_identity::Member;
use xlcfi_types::{Currency, Id, Money, Page};

use crate::line::Part;
use crate::payment::{Order, Payment};
use crate::pg::Account;
use crate::refund::{Refund, State};

struct Row {
    refund_id: Uuid,
    payment_id: Uuid,
    order_id: Uuid,
    member_id: Uuid,
    currency: String,
    state: String,
    amount: i64,
    tax_exempt: i64,
    parts: Json<Vec<Part>>,
    reason: String,
    of_undone: bool,
    account: Option<Json<Account>>,
    review_reason: String,
    code: String,
    refusals: i32,
    note: String,
    version: i64,
    create_time: OffsetDateTime,
    update_time: OffsetDateTime,
}

impl TryFrom<Row> for Refund {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        let currency = Currency::from_code(&row.currency).map_err(Fault::bug)?;
        let money = |minor| Money { currency, minor };
        Ok(Self {
            refund_id: row.refund_id.into(),
            payment_id: row.payment_id.into(),
            order_id: row.order_id.into(),
            member_id: row.member_id.into(),
            state: stored("refund.state", &row.state)?,
            amount: money(row.amount),
            tax_exempt: money(row.tax_exempt),
            parts: row.parts.0,
            reason: row.reason,
            of_undone: row.of_undone,
            account: row.account.map(|account| account.0),
            review: row.review_reason.parse().ok(),
            code: row.code,
            refusals: row.refusals,
            note: row.note,
            version: row.version,
            create_time: row.create_time,
            update_time: row.update_time,
        })
    }
}

/// The one list of columns; what follows says which rows.
macro_rules! select {
    ($which:literal $(, $argument:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select r.refund_id, r.payment_id, p.order_id, p.member_id, p.currency, r.state, r.amount, r.tax_exempt,
                 r.parts as "parts: Json<Vec<Part>>", r.reason, r.of_undone, r.account as "account: Json<Account>",
                 r.review_reason, r.code, r.refusals, r.note, r.version, r.create_time, r.update_time
             from refund r join payment p using (payment_id) where "# + $which
            $(, $argument)*
        )
    };
}

pub async fn insert(
    conn: &mut PgConnection,
    request_id: Option<Uuid>,
    refund: &Refund,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into refund (refund_id, payment_id, request_id, state, amount, tax_exempt, parts, reason, of_undone,
             account, review_reason, code, note, version, create_time, update_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        refund.refund_id.uuid(),
        refund.payment_id.uuid(),
        request_id,
        refund.state.into_str(),
        refund.amount.minor,
        refund.tax_exempt.minor,
        Json(&refund.parts) as _,
        refund.reason,
        refund.of_undone,
        refund.account.as_ref().map(Json) as _,
        refund.review.map_or("", |review| review.into_str()),
        refund.code,
        refund.note,
        refund.version,
        refund.create_time,
        refund.update_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn save(conn: &mut PgConnection, refund: &Refund) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update refund set state = $2, account = $3, review_reason = $4, code = $5, refusals = $6, note = $7,
             version = $8, update_time = $9
         where refund_id = $1",
        refund.refund_id.uuid(),
        refund.state.into_str(),
        refund.account.as_ref().map(Json) as _,
        refund.review.map_or("", |review| review.into_str()),
        refund.code,
        refund.refusals,
        refund.note,
        refund.version,
        refund.update_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A refund of a payment of `owner`, or of anybody's when none is given.
pub async fn get(
    db: impl PgExecutor<'_>,
    owner: Option<Id<Member>>,
    refund_id: Id<Refund>,
) -> Result<Option<Refund>, Fault> {
    let row = select!(
        "r.refund_id = $1 and ($2::uuid is null or p.member_id = $2)",
        refund_id.uuid(),
        owner.map(Id::uuid)
    )
    .fetch_optional(db)
    .await?;
    row.map(Refund::try_from).transpose()
}

pub async fn find_by_request(db: impl PgExecutor<'_>, request_id: Uuid) -> Result<Option<Refund>, Fault> {
    let row = select!("r.request_id = $1", request_id)
        .fetch_optional(db)
        .await?;
    row.map(Refund::try_from).transpose()
}

/// The oldest refund of a payment that is to be asked of the PG.
pub async fn next(db: impl PgExecutor<'_>, payment_id: Id<Payment>) -> Result<Option<Refund>, Fault> {
    let row = select!(
        "r.payment_id = $1 and r.state = 'pending' order by r.create_time, r.refund_id limit 1",
        payment_id.uuid()
    )
    .fetch_optional(db)
    .await?;
    row.map(Refund::try_from).transpose()
}

/// Refunds of `owner`, or of everybody, newest first.
pub async fn list(
    db: impl PgExecutor<'_>,
    owner: Option<Id<Member>>,
    order_id: Option<Id<Order>>,
    state: Option<State>,
    page: &Page,
) -> Result<Vec<Refund>, Fault> {
    let (time, id) = page.start();
    let rows = select!(
        "($1::uuid is null or p.member_id = $1) and ($2::uuid is null or p.order_id = $2)
             and ($3::text is null or r.state = $3) and (r.create_time, r.refund_id) < ($4, $5)
         order by r.create_time desc, r.refund_id desc limit $6",
        owner.map(Id::uuid),
        order_id.map(Id::uuid),
        state.map(|state| state.into_str()),
        time,
        id,
        page.fetch_limit()
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Refund::try_from).collect()
}
