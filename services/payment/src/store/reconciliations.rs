//! Reports of days, and what they are made of.

use std::collections::HashMap;
use std::time::Duration;

use sqlx::{PgConnection, PgExecutor};
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_errors::{Fault, stored};
use xlcfi_types::calendar::{seoul_date, seoul_midnight};
use xlcfi_types::{Id, Page};

use crate::payment::Payment;
use crate::pg::{Kind, Provider};
use crate::reconcile::Ours;
use crate::report::{Report, State, Sums};

struct Row {
    reconciliation_id: Uuid,
    provider: String,
    day: Date,
    run: i32,
    state: String,
    matched: i32,
    missing_here: i32,
    missing_there: i32,
    amount_differs: i32,
    fee_differs: i32,
    healed: i32,
    captured: i64,
    provider_captured: i64,
    refunded: i64,
    provider_refunded: i64,
    provider_fee: i64,
    provider_paid_out: i64,
    begin_time: OffsetDateTime,
    end_time: Option<OffsetDateTime>,
}

impl TryFrom<Row> for Report {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        Ok(Self {
            reconciliation_id: row.reconciliation_id.into(),
            provider: stored("reconciliation.provider", &row.provider)?,
            day: row.day,
            run: row.run,
            state: stored("reconciliation.state", &row.state)?,
            sums: Sums {
                matched: row.matched,
                missing_here: row.missing_here,
                missing_there: row.missing_there,
                amount_differs: row.amount_differs,
                fee_differs: row.fee_differs,
                healed: row.healed,
                captured: row.captured,
                provider_captured: row.provider_captured,
                refunded: row.refunded,
                provider_refunded: row.provider_refunded,
                provider_fee: row.provider_fee,
                provider_paid_out: row.provider_paid_out,
            },
            begin_time: row.begin_time,
            end_time: row.end_time,
        })
    }
}

/// The one list of columns; what follows says which rows.
macro_rules! select {
    ($which:literal $(, $argument:expr)*) => {
        sqlx::query_as!(
            Row,
            "select reconciliation_id, provider, day, run, state, matched, missing_here, missing_there, amount_differs,
                 fee_differs, healed, captured, provider_captured, refunded, provider_refunded, provider_fee,
                 provider_paid_out, begin_time, end_time
             from reconciliation where " + $which
            $(, $argument)*
        )
    };
}

pub async fn get(db: impl PgExecutor<'_>, id: Id<Report>) -> Result<Option<Report>, Fault> {
    let row = select!("reconciliation_id = $1", id.uuid())
        .fetch_optional(db)
        .await?;
    row.map(Report::try_from).transpose()
}

/// The newest days first.
pub async fn list(
    db: impl PgExecutor<'_>,
    provider: Option<Provider>,
    state: Option<State>,
    page: &Page,
) -> Result<Vec<Report>, Fault> {
    let (time, id) = page.start();
    let rows = select!(
        "($1::text is null or provider = $1) and ($2::text is null or state = $2)
             and (day, reconciliation_id) < ($3, $4)
         order by day desc, reconciliation_id desc limit $5",
        provider.map(|provider| provider.into_str()),
        state.map(|state| state.into_str()),
        seoul_date(time),
        id,
        page.fetch_limit()
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Report::try_from).collect()
}

/// Takes a day for `lease`; `None` while somebody else has it.
pub async fn claim(
    db: impl PgExecutor<'_>,
    provider: Provider,
    day: Date,
    lease_id: Uuid,
    lease: Duration,
    now: OffsetDateTime,
) -> Result<Option<Id<Report>>, Fault> {
    let id = sqlx::query_scalar!(
        "insert into reconciliation as r (reconciliation_id, provider, day, begin_time, lease_id, lease_until)
         values ($1, $2, $3, $4, $5, clock_timestamp() + make_interval(secs => $6))
         on conflict (provider, day) do update set lease_id = excluded.lease_id, lease_until = excluded.lease_until
         where r.lease_until is null or r.lease_until <= clock_timestamp()
         returning reconciliation_id",
        Uuid::now_v7(),
        provider.into_str(),
        day,
        now,
        lease_id,
        lease.as_secs_f64(),
    )
    .fetch_optional(db)
    .await?;
    Ok(id.map(Id::from_uuid))
}

/// Gives a day back whose run has failed.
pub async fn release(db: impl PgExecutor<'_>, lease_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update reconciliation set lease_id = null, lease_until = null where lease_id = $1",
        lease_id
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The report whose day is still held under this lease, locked.
pub async fn lock(conn: &mut PgConnection, id: Id<Report>, lease_id: Uuid) -> Result<Option<Report>, Fault> {
    let row = select!(
        "reconciliation_id = $1 and lease_id = $2 for update",
        id.uuid(),
        lease_id
    )
    .fetch_optional(conn)
    .await?;
    row.map(Report::try_from).transpose()
}

/// Keeps a report that was locked, and gives its day back.
pub async fn save(conn: &mut PgConnection, report: &Report) -> Result<(), sqlx::Error> {
    let sums = &report.sums;
    sqlx::query!(
        "update reconciliation set run = $2, state = $3, matched = $4, missing_here = $5, missing_there = $6,
             amount_differs = $7, fee_differs = $8, healed = $9, captured = $10, provider_captured = $11,
             refunded = $12, provider_refunded = $13, provider_fee = $14, provider_paid_out = $15, begin_time = $16,
             end_time = $17, lease_id = null, lease_until = null
         where reconciliation_id = $1",
        report.reconciliation_id.uuid(),
        report.run,
        report.state.into_str(),
        sums.matched,
        sums.missing_here,
        sums.missing_there,
        sums.amount_differs,
        sums.fee_differs,
        sums.healed,
        sums.captured,
        sums.provider_captured,
        sums.refunded,
        sums.provider_refunded,
        sums.provider_fee,
        sums.provider_paid_out,
        report.begin_time,
        report.end_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Days to be run by themselves: of `last` and the six before, those of `provider`
/// that have no report, and those with one that differs and is older than `before`.
/// None from before there was a payment.
pub async fn due(
    db: impl PgExecutor<'_>,
    provider: Provider,
    last: Date,
    before: OffsetDateTime,
) -> Result<Vec<Date>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select d.day as "day!" from (select ($2::date - back) as day from generate_series(0, 6) as back) as d
         left join reconciliation r on r.provider = $1 and r.day = d.day
         where (r.run is null or r.run = 0 or (r.state = 'open' and r.end_time <= $3))
             and (r.lease_until is null or r.lease_until <= clock_timestamp())
             and d.day >= (select (create_time at time zone 'Asia/Seoul')::date from payment
                 order by payment_id limit 1)
         order by d.day"#,
        provider.into_str(),
        last,
        before,
    )
    .fetch_all(db)
    .await
}

/// What is booked of captures and refunds at a PG: on one of the days, or for one of
/// the payments.
pub async fn booked(
    db: impl PgExecutor<'_>,
    provider: Provider,
    days: (Date, Date),
    pg_keys: &[String],
) -> Result<Vec<Ours>, Fault> {
    let (from, until) = (seoul_midnight(days.0), seoul_midnight(days.1));
    let rows = sqlx::query!(
        r#"with found as (
             select entry_id from ledger_entry where provider = $1 and create_time >= $2 and create_time < $3
             union
             select e.entry_id from payment p join ledger_entry e using (payment_id)
             where p.provider = $1 and p.payment_key = any($4)
         )
         select e.payment_id, p.order_id, coalesce(p.payment_key, '') as "pg_key!", p.currency, e.cause, e.amount,
             e.create_time
         from found join ledger_entry e using (entry_id) join payment p using (payment_id)
         where e.provider = $1 and ((e.cause = 'capture' and e.debit = 'pg_clearing')
             or (e.cause = 'refund' and e.credit = 'pg_clearing'))
         order by e.entry_id"#,
        provider.into_str(),
        from,
        until,
        pg_keys,
    )
    .fetch_all(db)
    .await?;
    let booked = rows.into_iter().map(|row| Ours {
        payment_id: row.payment_id.into(),
        order_id: row.order_id.into(),
        pg_key: row.pg_key,
        kind: match row.cause.as_str() {
            "capture" => Kind::Capture,
            _ => Kind::Refund,
        },
        amount: row.amount,
        currency: row.currency,
        transaction: None,
        at: row.create_time,
    });
    Ok(booked.collect())
}

/// What is booked of fees and payouts, by the PG's keys of the transactions.
#[derive(Debug, Default)]
pub struct Extras {
    pub fees: HashMap<String, i64>,
    pub payouts: Vec<Ours>,
}

pub async fn extras(db: impl PgExecutor<'_>, provider: Provider, keys: &[String]) -> Result<Extras, Fault> {
    let rows = sqlx::query!(
        r#"select e.payment_id, p.order_id, coalesce(p.payment_key, '') as "pg_key!", p.currency, e.cause, e.cause_id,
             case when e.credit = 'pg_clearing' then e.amount else -e.amount end as "amount!", e.create_time
         from ledger_entry e join payment p using (payment_id)
         where e.cause in ('fee', 'payout') and e.cause_id = any($2) and e.provider = $1
         order by e.entry_id"#,
        provider.into_str(),
        keys,
    )
    .fetch_all(db)
    .await?;
    let mut extras = Extras::default();
    for row in rows {
        if row.cause == "fee" {
            *extras.fees.entry(row.cause_id).or_default() += row.amount;
            continue;
        }
        extras.payouts.push(Ours {
            payment_id: row.payment_id.into(),
            order_id: row.order_id.into(),
            pg_key: row.pg_key,
            kind: Kind::Payout,
            amount: row.amount,
            currency: row.currency,
            transaction: Some(row.cause_id),
            at: row.create_time,
        });
    }
    Ok(extras)
}

/// Our payments of these keys of a PG, with their currency.
pub async fn payments_of(
    db: impl PgExecutor<'_>,
    provider: Provider,
    pg_keys: &[String],
) -> Result<HashMap<String, (Id<Payment>, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select payment_id, payment_key as "payment_key!", currency from payment
         where provider = $1 and payment_key = any($2)"#,
        provider.into_str(),
        pg_keys,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.payment_key, (row.payment_id.into(), row.currency)))
        .collect())
}
