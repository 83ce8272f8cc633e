//! All SQL of the service.

use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_identity::Member;
use xlcfi_types::{Id, Money, Page};

use crate::order::{Address, Line, Order, State};

struct Row {
    order_id: Uuid,
    member_id: Uuid,
    state: String,
    lines: Json<Vec<Line>>,
    address: Json<Address>,
    total: i64,
    points_used: i64,
    payment_method_id: Option<Uuid>,
    failure_reason: String,
    message: String,
    payment_due_time: OffsetDateTime,
    confirm_time: Option<OffsetDateTime>,
    version: i64,
    create_time: OffsetDateTime,
    update_time: OffsetDateTime,
}

impl TryFrom<Row> for Order {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let unknown = || sqlx::Error::Decode(format!("order {}: state {}", row.order_id, row.state).into());
        Ok(Self {
            state: State::from_name(&row.state).ok_or_else(unknown)?,
            id: row.order_id.into(),
            member_id: row.member_id.into(),
            lines: row.lines.0,
            address: row.address.0,
            total: Money::won(row.total),
            points_used: row.points_used,
            payment_method_id: row.payment_method_id,
            failure_reason: row.failure_reason,
            message: row.message,
            payment_due_time: row.payment_due_time,
            confirm_time: row.confirm_time,
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
             total, points_used, payment_method_id, payment_due_time, create_time, update_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)
         on conflict on constraint orders_request_id_key do nothing",
        order.id.uuid(),
        order.member_id.uuid(),
        request.id,
        request.digest,
        order.state.name(),
        Json(&order.lines) as _,
        &sellers,
        Json(&order.address) as _,
        order.total.minor,
        order.points_used,
        order.payment_method_id,
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
             payment_method_id, failure_reason, message, payment_due_time, confirm_time, version, create_time,
             update_time
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
             payment_method_id, failure_reason, message, payment_due_time, confirm_time, version, create_time,
             update_time
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
    let from: Vec<String> = State::ALL
        .into_iter()
        .filter(|state| state.leads_to(move_on.next))
        .map(|state| state.name().to_owned())
        .collect();
    sqlx::query_as!(
        Row,
        r#"update orders set state = $2, version = version + 1, update_time = $4,
             failure_reason = coalesce($5, failure_reason), message = coalesce($6, message),
             carrier = coalesce($7, carrier), tracking_number = coalesce($8, tracking_number),
             confirm_time = case when $2 = 'CONFIRMED' then $4 else confirm_time end
         where order_id = $1 and state = any ($3)
         returning order_id, member_id, state, lines as "lines: _", address as "address: _", total, points_used,
             payment_method_id, failure_reason, message, payment_due_time, confirm_time, version, create_time,
             update_time"#,
        id.uuid(),
        move_on.next.name(),
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
             payment_method_id, failure_reason, message, payment_due_time, confirm_time, version, create_time,
             update_time
         from orders
         where member_id = $1 and ($2::text is null or state = $2) and (create_time, order_id) < ($3, $4)
         order by create_time desc, order_id desc limit $5"#,
        member_id.uuid(),
        state.map(State::name),
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
             payment_method_id, failure_reason, message, payment_due_time, confirm_time, version, create_time,
             update_time
         from orders
         where seller_ids @> array[$1::uuid] and ($2::text is null or state = $2)
             and (create_time, order_id) < ($3, $4)
         order by create_time desc, order_id desc limit $5"#,
        seller_id.uuid(),
        state.map(State::name),
        time,
        id,
        page.fetch_limit(),
    )
    .fetch_all(executor)
    .await?;
    rows.into_iter().map(Order::try_from).collect()
}

/// Products and quantities of a cart, in the order they were added, and when
/// each was last changed.
pub(crate) async fn cart_lines(
    executor: impl PgExecutor<'_>,
    member_id: Id<Member>,
) -> Result<Vec<(Uuid, i64, OffsetDateTime)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select product_id, quantity, update_time from cart_line where member_id = $1 order by add_time, product_id",
        member_id.uuid(),
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.product_id, row.quantity, row.update_time))
        .collect())
}

/// Locks a member's cart until the transaction ends.
pub(crate) async fn lock_cart(conn: &mut PgConnection, member_id: Id<Member>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))",
        member_id.to_string()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts a line into a cart or changes it; false when the cart holds `limit` others.
pub(crate) async fn set_cart_line(
    conn: &mut PgConnection,
    member_id: Id<Member>,
    product_id: Uuid,
    quantity: i64,
    limit: i64,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let set = sqlx::query!(
        "insert into cart_line (member_id, product_id, quantity, add_time, update_time)
         select $1, $2, $3, $4, $4
         where (select count(*) from cart_line where member_id = $1 and product_id <> $2) < $5
         on conflict on constraint cart_line_pkey do update set quantity = excluded.quantity,
             update_time = excluded.update_time",
        member_id.uuid(),
        product_id,
        quantity,
        now,
        limit,
    )
    .execute(conn)
    .await?;
    Ok(set.rows_affected() == 1)
}

/// Takes products out of a cart.
pub(crate) async fn remove_cart_lines(
    executor: impl PgExecutor<'_>,
    member_id: Id<Member>,
    product_ids: &[Uuid],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from cart_line where member_id = $1 and product_id = any ($2)",
        member_id.uuid(),
        product_ids
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Takes an order's lines out of its buyer's cart; false when the cart does not
/// hold them as they were ordered.
pub(crate) async fn take_from_cart(conn: &mut PgConnection, order: &Order) -> Result<bool, sqlx::Error> {
    let (products, quantities): (Vec<Uuid>, Vec<i64>) = order
        .lines
        .iter()
        .map(|line| (line.product_id, line.quantity))
        .unzip();
    let taken = sqlx::query!(
        "delete from cart_line as line using unnest($2::uuid[], $3::bigint[]) as ordered (product_id, quantity)
         where line.member_id = $1 and line.product_id = ordered.product_id and line.quantity = ordered.quantity",
        order.member_id.uuid(),
        &products,
        &quantities,
    )
    .execute(conn)
    .await?;
    Ok(taken.rows_affected() == order.lines.len() as u64)
}

/// Empties a cart.
pub(crate) async fn clear_cart(
    executor: impl PgExecutor<'_>,
    member_id: Id<Member>,
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from cart_line where member_id = $1", member_id.uuid())
        .execute(executor)
        .await?;
    Ok(())
}
