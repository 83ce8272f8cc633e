//! What is owed on account, and which deposits pay it.

use sqlx::{PgConnection, PgExecutor};
use time::macros::date;
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_errors::Fault;
use xlcfi_identity::Member;
use xlcfi_types::{Currency, Id, Money, Page};

use crate::credit::{Application, Left, Receivable};
use crate::payment::Payment;
use crate::refund::Refund;

struct Row {
    payment_id: Uuid,
    order_id: Uuid,
    member_id: Uuid,
    title: String,
    currency: String,
    amount: i64,
    credited: i64,
    paid: i64,
    open: i64,
    due_date: Date,
    create_time: OffsetDateTime,
}

impl TryFrom<Row> for Receivable {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        let currency = Currency::from_code(&row.currency).map_err(Fault::bug)?;
        Ok(Self {
            payment_id: row.payment_id.into(),
            order_id: row.order_id.into(),
            member_id: row.member_id.into(),
            title: row.title,
            amount: Money {
                currency,
                minor: row.amount,
            },
            credited: row.credited,
            paid: row.paid,
            open: row.open,
            due_date: row.due_date,
            create_time: row.create_time,
        })
    }
}

/// The one list of columns; what follows says which rows.
macro_rules! select {
    ($which:literal $(, $argument:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select r.payment_id, p.order_id, r.member_id, p.title, p.currency, r.amount, r.credited, r.paid,
                 r.open as "open!", r.due_date, r.create_time
             from receivable r join payment p using (payment_id) where "# + $which
            $(, $argument)*
        )
    };
}

pub async fn insert(
    conn: &mut PgConnection,
    payment: &Payment,
    due_date: Date,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into receivable (payment_id, member_id, amount, due_date, create_time) values ($1, $2, $3, $4, $5)",
        payment.payment_id.uuid(),
        payment.member_id.uuid(),
        payment.amount.minor,
        due_date,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What is open of `owner`, or of everybody, due first.
pub async fn list_open(
    db: impl PgExecutor<'_>,
    owner: Option<Id<Member>>,
    page: &Page,
) -> Result<Vec<Receivable>, Fault> {
    let (after, id) = page.after.map_or((date!(1970 - 01 - 01), Uuid::nil()), |token| {
        (token.time.date(), token.id)
    });
    let rows = select!(
        "($1::uuid is null or r.member_id = $1) and r.open > 0 and (r.due_date, r.payment_id) > ($2, $3)
         order by r.due_date, r.payment_id limit $4",
        owner.map(Id::uuid),
        after,
        id,
        page.fetch_limit()
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Receivable::try_from).collect()
}

/// What is settled of `owner`, or of everybody, newest first.
pub async fn list_settled(
    db: impl PgExecutor<'_>,
    owner: Option<Id<Member>>,
    page: &Page,
) -> Result<Vec<Receivable>, Fault> {
    let (time, id) = page.start();
    let rows = select!(
        "($1::uuid is null or r.member_id = $1) and r.open = 0 and (r.create_time, r.payment_id) < ($2, $3)
         order by r.create_time desc, r.payment_id desc limit $4",
        owner.map(Id::uuid),
        time,
        id,
        page.fetch_limit()
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Receivable::try_from).collect()
}

/// Sums of what is open of `owner`, or of everybody, by the day it is to be paid.
pub async fn open_by_day(
    db: impl PgExecutor<'_>,
    owner: Option<Id<Member>>,
) -> Result<Vec<(Date, i64)>, sqlx::Error> {
    let days = sqlx::query!(
        r#"select due_date, sum(open)::bigint as "open!" from receivable
         where ($1::uuid is null or member_id = $1) and open > 0 group by due_date"#,
        owner.map(Id::uuid),
    )
    .fetch_all(db)
    .await?;
    Ok(days.into_iter().map(|day| (day.due_date, day.open)).collect())
}

/// What a member has open, due first.
pub async fn open_of(db: impl PgExecutor<'_>, owner: Id<Member>) -> Result<Vec<Left>, sqlx::Error> {
    sqlx::query_as!(
        Left,
        r#"select payment_id as id, open as "amount!" from receivable where member_id = $1 and open > 0
         order by due_date, payment_id"#,
        owner.uuid(),
    )
    .fetch_all(db)
    .await
}

/// What is open of one payment.
pub async fn open(db: impl PgExecutor<'_>, payment_id: Id<Payment>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select open as "open!" from receivable where payment_id = $1"#,
        payment_id.uuid()
    )
    .fetch_one(db)
    .await
}

/// So much of a payment is given back.
pub async fn credit(
    db: impl PgExecutor<'_>,
    payment_id: Id<Payment>,
    amount: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update receivable set credited = credited + $2 where payment_id = $1",
        payment_id.uuid(),
        amount,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Which deposits pay a payment, last first.
pub async fn paid_by(db: impl PgExecutor<'_>, payment_id: Id<Payment>) -> Result<Vec<Left>, sqlx::Error> {
    sqlx::query_as!(
        Left,
        r#"select deposit_id as id, sum(amount)::bigint as "amount!" from deposit_application
         where payment_id = $1 group by deposit_id having sum(amount) > 0
         order by max(create_time) desc, deposit_id desc"#,
        payment_id.uuid(),
    )
    .fetch_all(db)
    .await
}

/// Books which deposits pay what, or no longer do because of a refund. Gives the
/// ids under which it is booked, in their order.
pub async fn apply(
    conn: &mut PgConnection,
    applications: &[Application],
    refund_id: Option<Id<Refund>>,
    now: OffsetDateTime,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let ids: Vec<Uuid> = applications.iter().map(|_| Uuid::now_v7()).collect();
    let column = |of: fn(&Application) -> Uuid| applications.iter().map(of).collect::<Vec<_>>();
    let amounts: Vec<i64> = applications
        .iter()
        .map(|application| application.amount)
        .collect();
    sqlx::query!(
        "with entry as (
             select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[])
                 as entry (application_id, deposit_id, payment_id, amount)
         ), of_receivables as (
             update receivable r set paid = paid + s.amount
             from (select payment_id, sum(amount)::bigint as amount from entry group by payment_id) s
             where r.payment_id = s.payment_id
         ), of_deposits as (
             update deposit d set applied = applied + s.amount
             from (select deposit_id, sum(amount)::bigint as amount from entry group by deposit_id) s
             where d.deposit_id = s.deposit_id
         )
         insert into deposit_application (application_id, deposit_id, payment_id, refund_id, amount, create_time)
         select application_id, deposit_id, payment_id, $5, amount, $6 from entry",
        &ids,
        &column(|application| application.deposit_id),
        &column(|application| application.payment_id),
        &amounts,
        refund_id.map(Id::uuid),
        now,
    )
    .execute(conn)
    .await?;
    Ok(ids)
}
