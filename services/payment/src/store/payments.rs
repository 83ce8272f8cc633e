use std::time::Duration;

use prost::Message as _;
use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::saga::v1::Command;
use xlcfi_errors::{Fault, stored};
use xlcfi_identity::Member;
use xlcfi_types::{Currency, Id, Money, Page};

use super::attempts;
use crate::attempt::Attempt;
use crate::line::Line;
use crate::payment::{Order, Payment};
use crate::pg::Deposit;

struct Row {
    payment_id: Uuid,
    order_id: Uuid,
    member_id: Uuid,
    title: String,
    currency: String,
    amount: i64,
    tax_exempt: i64,
    captured: i64,
    refunded: i64,
    by_hand: i64,
    state: String,
    payment_method_id: Option<Uuid>,
    on_account: bool,
    lines: Json<Vec<Line>>,
    provider: Option<String>,
    payment_key: Option<String>,
    failure_reason: String,
    decline: String,
    deposit: Option<Json<Deposit>>,
    receipt_url: String,
    cancel_reason: String,
    version: i64,
    due_time: Option<OffsetDateTime>,
    create_time: OffsetDateTime,
    update_time: OffsetDateTime,
}

impl TryFrom<Row> for Payment {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        let currency = Currency::from_code(&row.currency).map_err(Fault::bug)?;
        let money = |minor| Money { currency, minor };
        let state = stored("payment.state", &row.state)?;
        let provider = row
            .provider
            .map(|text| stored("payment.provider", &text))
            .transpose()?;
        Ok(Self {
            payment_id: row.payment_id.into(),
            order_id: row.order_id.into(),
            member_id: row.member_id.into(),
            title: row.title,
            state,
            amount: money(row.amount),
            tax_exempt: money(row.tax_exempt),
            captured: money(row.captured),
            refunded: money(row.refunded),
            by_hand: row.by_hand,
            payment_method_id: row.payment_method_id.map(Id::from_uuid),
            on_account: row.on_account,
            lines: row.lines.0,
            provider,
            payment_key: row.payment_key,
            failure: row.failure_reason.parse().ok(),
            decline: row.decline.parse().ok(),
            deposit: row.deposit.map(|deposit| deposit.0),
            receipt_url: row.receipt_url,
            cancel_reason: row.cancel_reason,
            version: row.version,
            due_time: row.due_time,
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
            r#"select payment_id, order_id, member_id, title, currency, amount, tax_exempt, captured, refunded, by_hand, state,
                 payment_method_id, on_account, lines as "lines: Json<Vec<Line>>", provider, payment_key, failure_reason, decline,
                 deposit as "deposit: Json<Deposit>", receipt_url, cancel_reason, version, due_time, create_time,
                 update_time
             from payment where "# + $which
            $(, $argument)*
        )
    };
}

/// A payment under its lock, with what is under way for it.
#[derive(Debug, Clone)]
pub struct Held {
    pub payment: Payment,
    /// What the PG is being asked, if anything.
    pub attempt: Option<Attempt>,
    /// The command to take the money, while its answer is owed.
    pub take: Option<Command>,
    /// The command to give it back, while its answer is owed.
    pub cancel: Option<Command>,
    /// Its due time has passed, by the database's clock.
    pub overdue: bool,
    /// Times the buyer has tried to pay.
    pub confirmations: i64,
    /// Something is open for the buyer at a PG.
    pub has_checkout: bool,
}

impl Held {
    /// Whether no PG may be at it: nothing is asked, or certainly was not.
    pub fn is_free(&self) -> bool {
        self.attempt.as_ref().is_none_or(|attempt| !attempt.sent)
    }
}

/// Makes the payment of an order, unless there is one.
pub async fn insert(conn: &mut PgConnection, payment: &Payment) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into payment (payment_id, order_id, member_id, title, currency, amount, tax_exempt, lines, state,
             create_time, update_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) on conflict (order_id) do nothing",
        payment.payment_id.uuid(),
        payment.order_id.uuid(),
        payment.member_id.uuid(),
        payment.title,
        payment.amount.currency.code(),
        payment.amount.minor,
        payment.tax_exempt.minor,
        Json(&payment.lines) as _,
        payment.state.into_str(),
        payment.create_time,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// A payment of `owner`, or anybody's when none is given.
pub async fn get(
    db: impl PgExecutor<'_>,
    owner: Option<Id<Member>>,
    payment_id: Id<Payment>,
) -> Result<Option<Payment>, Fault> {
    let row = select!(
        "payment_id = $1 and ($2::uuid is null or member_id = $2)",
        payment_id.uuid(),
        owner.map(Id::uuid)
    )
    .fetch_optional(db)
    .await?;
    row.map(Payment::try_from).transpose()
}

/// The payment of an order of `owner`, or of anybody's when none is given.
pub async fn get_of_order(
    db: impl PgExecutor<'_>,
    owner: Option<Id<Member>>,
    order_id: Id<Order>,
) -> Result<Option<Payment>, Fault> {
    let row = select!(
        "order_id = $1 and ($2::uuid is null or member_id = $2)",
        order_id.uuid(),
        owner.map(Id::uuid)
    )
    .fetch_optional(db)
    .await?;
    row.map(Payment::try_from).transpose()
}

/// The payments of `owner`, newest first.
pub async fn list(db: impl PgExecutor<'_>, owner: Id<Member>, page: &Page) -> Result<Vec<Payment>, Fault> {
    let (time, id) = page.start();
    let rows = select!(
        "member_id = $1 and (create_time, payment_id) < ($2, $3)
         order by create_time desc, payment_id desc limit $4",
        owner.uuid(),
        time,
        id,
        page.fetch_limit()
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Payment::try_from).collect()
}

/// The payment of an order, locked until the transaction ends. What only refers to
/// it, as a deposit's entry in the ledger, does not wait.
pub async fn lock(
    conn: &mut PgConnection,
    owner: Option<Id<Member>>,
    order_id: Id<Order>,
) -> Result<Option<Held>, Fault> {
    let row = select!(
        "order_id = $1 and ($2::uuid is null or member_id = $2) for no key update",
        order_id.uuid(),
        owner.map(Id::uuid)
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    // Read after the lock was had, so that it is what the last holder left.
    let under_way = sqlx::query!(
        r#"select p.take_command, p.cancel_command, coalesce(p.due_time <= clock_timestamp(), false) as "overdue!",
             (select count(*) from attempt t where t.payment_id = $1 and t.kind = 'confirm') as "confirmations!",
             exists (select from checkout c where c.payment_id = $1 and c.close_time is null) as "has_checkout!",
             a.attempt_id as "attempt_id?", a.kind as "kind?", a.provider as "provider?", a.refund_id,
             a.state = 'sent' as sent, a.tries as "tries?", a.failures as "failures?", a.keys_used as "keys_used?"
         from payment p left join attempt a on a.payment_id = p.payment_id and a.state in ('waiting', 'sent')
         where p.payment_id = $1"#,
        row.payment_id,
    )
    .fetch_one(conn)
    .await?;
    let command = |bytes: Option<Vec<u8>>| bytes.map(|bytes| Command::decode(bytes.as_slice())).transpose();
    let attempt = attempts::Row {
        attempt_id: under_way.attempt_id,
        kind: under_way.kind,
        provider: under_way.provider,
        refund_id: under_way.refund_id,
        sent: under_way.sent,
        tries: under_way.tries,
        failures: under_way.failures,
        keys_used: under_way.keys_used,
    };
    Ok(Some(Held {
        payment: row.try_into()?,
        attempt: attempt.read()?,
        take: command(under_way.take_command).map_err(Fault::bug)?,
        cancel: command(under_way.cancel_command).map_err(Fault::bug)?,
        overdue: under_way.overdue,
        confirmations: under_way.confirmations,
        has_checkout: under_way.has_checkout,
    }))
}

/// When something has to be done about a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing is left to do.
    Never,
    /// At once.
    Now,
    /// When it is due.
    WhenDue,
    /// After about this long.
    After(Duration),
    /// This long from now, exactly: somebody is at it until then.
    Leased(Duration),
    /// As it was.
    Same,
}

/// Keeps a payment that was held, and says when to look at it next.
pub async fn save(conn: &mut PgConnection, held: &Held, next: Next) -> Result<(), sqlx::Error> {
    let payment = &held.payment;
    let (wait, spread) = match next {
        Next::Never | Next::WhenDue | Next::Same => (None, 0.0),
        Next::Now => (Some(0.0), 0.0),
        Next::After(wait) => (Some(wait.as_secs_f64()), 0.5),
        Next::Leased(wait) => (Some(wait.as_secs_f64()), 0.0),
    };
    sqlx::query!(
        "update payment set state = $2, title = $3, amount = $4, tax_exempt = $5, captured = $6, refunded = $7,
             payment_method_id = $8, payment_key = $9, failure_reason = $10, decline = $11, receipt_url = $12,
             cancel_reason = $13, due_time = $14, take_command = $15, cancel_command = $16, update_time = $17,
             next_time = case when $18 then $14 when $19 then next_time
                 else clock_timestamp() + make_interval(secs => $20::float8 * (1 - $21::float8 * random())) end,
             lines = $22, provider = $23, deposit = $24, version = $25, on_account = $26, by_hand = $27
         where payment_id = $1",
        payment.payment_id.uuid(),
        payment.state.into_str(),
        payment.title,
        payment.amount.minor,
        payment.tax_exempt.minor,
        payment.captured.minor,
        payment.refunded.minor,
        payment.payment_method_id.map(Id::uuid),
        payment.payment_key,
        payment.failure.map_or("", |reason| reason.into_str()),
        payment.decline.map_or("", |decline| decline.into_str()),
        payment.receipt_url,
        payment.cancel_reason,
        payment.due_time,
        held.take.as_ref().map(|command| command.encode_to_vec()),
        held.cancel.as_ref().map(|command| command.encode_to_vec()),
        payment.update_time,
        next == Next::WhenDue,
        next == Next::Same,
        wait,
        spread,
        Json(&payment.lines) as _,
        payment.provider.map(|provider| provider.into_str()),
        payment.deposit.as_ref().map(Json) as _,
        payment.version,
        payment.on_account,
        payment.by_hand,
    )
    .execute(conn)
    .await?;
    Ok(())
}
