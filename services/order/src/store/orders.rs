use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor};
use strum::VariantArray as _;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::stored;
use xlcfi_identity::Member;
use xlcfi_types::{Id, Money, Page};

use crate::order::{Address, Line, Order, State};
use crate::recall::Recall;

struct Row {
    order_id: Uuid,
    member_id: Uuid,
    state: String,
    lines: Json<Vec<Line>>,
    address: Json<Address>,
    total: i64,
    points_used: i64,
    payment_method_id: Option<Uuid>,
    on_account: bool,
    failure_reason: String,
    message: String,
    payment_due_time: OffsetDateTime,
    confirm_time: Option<OffsetDateTime>,
    recalls: Json<Vec<Recall>>,
    version: i64,
    create_time: OffsetDateTime,
    update_time: OffsetDateTime,
}

impl TryFrom<Row> for Order {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            state: stored("orders.state", &row.state)?,
            id: row.order_id.into(),
            member_id: row.member_id.into(),
            lines: row.lines.0,
            address: row.address.0,
            total: Money::won(row.total),
            points_used: row.points_used,
            payment_method_id: row.payment_method_id,
            on_account: row.on_account,
            failure_reason: row.failure_reason,
            message: row.message,
            payment_due_time: row.payment_due_time,
            confirm_time: row.confirm_time,
            recalls: row.recalls.0,
            version: row.version,
            create_time: row.create_time,
            update_time: row.update_time,
        })
    }
}

/// A request that made an order.
pub(crate) struct Request {
    pub id: Uuid,
    /// Tells another request under the same id.
    pub digest: Uuid,
}

/// Inserts an order; false when its request made one before.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    order: &Order,
    request: &Request,
) -> Result<bool, sqlx::Error> {
    let mut sellers: Vec<Uuid> = order.lines.iter().map(|line| line.seller_id.uuid()).collect();
    sellers.sort_unstable();
    sellers.dedup();
    let inserted = sqlx::query!(
        "insert into orders (order_id, member_id, request_id, request_digest, state, lines, seller_ids, address,
             total, points_used, payment_method_id, on_account, payment_due_time, create_time, update_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)
         on conflict on constraint orders_request_id_key do nothing",
        order.id.uuid(),
        order.member_id.uuid(),
        request.id,
        request.digest,
        order.state.into_str(),
        Json(&order.lines) as _,
        &sellers,
        Json(&order.address) as _,
        order.total.minor,
        order.points_used,
        order.payment_method_id,
        order.on_account,
        order.payment_due_time,
        order.create_time,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// The order a member's request made, and that request's digest.
pub(crate) async fn find_by_request(
    executor: impl PgExecutor<'_>,
    member_id: Id<Member>,
    request_id: Uuid,
) -> Result<Option<(Id<Order>, Uuid)>, sqlx::Error> {
    let row = sqlx::query!(
        "select order_id, request_digest from orders where member_id = $1 and request_id = $2",
        member_id.uuid(),
        request_id,
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| (row.order_id.into(), row.request_digest)))
}

/// Any order; the caller decides who may see it.
pub(crate) async fn get(executor: impl PgExecutor<'_>, id: Id<Order>) -> Result<Option<Order>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select order_id, member_id, state, lines as "lines: _", address as "address: _", total, points_used,
             payment_method_id, on_account, failure_reason, message, payment_due_time, confirm_time,
             recalls as "recalls: _",
             version, create_time, update_time
         from orders where order_id = $1"#,
        id.uuid(),
    )
    .fetch_optional(executor)
    .await?
    .map(Order::try_from)
    .transpose()
}

/// Locks an order until the transaction ends.
pub(crate) async fn lock(conn: &mut PgConnection, id: Id<Order>) -> Result<Option<Order>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select order_id, member_id, state, lines as "lines: _", address as "address: _", total, points_used,
             payment_method_id, on_account, failure_reason, message, payment_due_time, confirm_time,
             recalls as "recalls: _",
             version, create_time, update_time
         from orders where order_id = $1 for update"#,
        id.uuid(),
    )
    .fetch_optional(conn)
    .await?
    .map(Order::try_from)
    .transpose()
}

/// A change of an order's state, and what changes with it.
pub(crate) struct Move<'a> {
    pub next: State,
    pub now: OffsetDateTime,
    /// Reason, and a sentence for the buyer.
    pub failure: Option<(&'a str, &'a str)>,
    /// Carrier, and its number.
    pub carrier: Option<(&'a str, &'a str)>,
}

impl Move<'_> {
    pub(crate) fn to(next: State, now: OffsetDateTime) -> Self {
        Self {
            next,
            now,
            failure: None,
            carrier: None,
        }
    }
}

/// Moves an order on; `None` when it is in no state that leads there.
pub(crate) async fn go(
    conn: &mut PgConnection,
    id: Id<Order>,
    move_on: Move<'_>,
) -> Result<Option<Order>, sqlx::Error> {
    let from: Vec<String> = State::VARIANTS
        .iter()
        .filter(|state| state.leads_to(move_on.next))
        .map(|state| state.into_str().to_owned())
        .collect();
    sqlx::query_as!(
        Row,
        r#"update orders set state = $2, version = version + 1, update_time = $4,
             failure_reason = coalesce($5, failure_reason), message = coalesce($6, message),
             carrier = coalesce($7, carrier), tracking_number = coalesce($8, tracking_number),
             confirm_time = case when $2 = 'CONFIRMED' then $4 else confirm_time end
         where order_id = $1 and state = any ($3)
         returning order_id, member_id, state, lines as "lines: _", address as "address: _", total, points_used,
             payment_method_id, on_account, failure_reason, message, payment_due_time, confirm_time,
             recalls as "recalls: _",
             version, create_time, update_time"#,
        id.uuid(),
        move_on.next.into_str(),
        &from,
        move_on.now,
        move_on.failure.map(|(reason, _)| reason),
        move_on.failure.map(|(_, message)| message),
        move_on.carrier.map(|(carrier, _)| carrier),
        move_on.carrier.map(|(_, number)| number),
    )
    .fetch_optional(conn)
    .await?
    .map(Order::try_from)
    .transpose()
}

/// Sets what of an order is recalled; gives the order's new version.
pub(crate) async fn set_recalls(
    conn: &mut PgConnection,
    id: Id<Order>,
    recalls: &[Recall],
    now: OffsetDateTime,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "update orders set recalls = $2, version = version + 1, update_time = $3
         where order_id = $1 returning version",
        id.uuid(),
        Json(recalls) as _,
        now,
    )
    .fetch_one(conn)
    .await
}

/// A member's orders, newest first.
pub(crate) async fn list(
    executor: impl PgExecutor<'_>,
    member_id: Id<Member>,
    state: Option<State>,
    page: &Page,
) -> Result<Vec<Order>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = sqlx::query_as!(
        Row,
        r#"select order_id, member_id, state, lines as "lines: _", address as "address: _", total, points_used,
             payment_method_id, on_account, failure_reason, message, payment_due_time, confirm_time,
             recalls as "recalls: _",
             version, create_time, update_time
         from orders
         where member_id = $1 and ($2::text is null or state = $2) and (create_time, order_id) < ($3, $4)
         order by create_time desc, order_id desc limit $5"#,
        member_id.uuid(),
        state.map(|state| state.into_str()),
        time,
        id,
        page.fetch_limit(),
    )
    .fetch_all(executor)
    .await?;
    rows.into_iter().map(Order::try_from).collect()
}

/// Orders that hold lines of a seller, newest first.
pub(crate) async fn list_sales(
    executor: impl PgExecutor<'_>,
    seller_id: Id<Member>,
    state: Option<State>,
    page: &Page,
) -> Result<Vec<Order>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = sqlx::query_as!(
        Row,
        r#"select order_id, member_id, state, lines as "lines: _", address as "address: _", total, points_used,
             payment_method_id, on_account, failure_reason, message, payment_due_time, confirm_time,
             recalls as "recalls: _",
             version, create_time, update_time
         from orders
         where seller_ids @> array[$1::uuid] and ($2::text is null or state = $2)
             and (create_time, order_id) < ($3, $4)
         order by create_time desc, order_id desc limit $5"#,
        seller_id.uuid(),
        state.map(|state| state.into_str()),
        time,
        id,
        page.fetch_limit(),
    )
    .fetch_all(executor)
    .await?;
    rows.into_iter().map(Order::try_from).collect()
}
