use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::Fault;
use xlcfi_types::Id;

use crate::product::Product;
use crate::reservation::{Allocation, Order, State, Wanted};

/// Allocations, a column each.
struct Columns {
    lots: Vec<Uuid>,
    products: Vec<Uuid>,
    quantities: Vec<i64>,
}

impl Columns {
    fn of(allocations: &[Allocation]) -> Self {
        Self {
            lots: allocations
                .iter()
                .map(|allocation| allocation.lot_id.uuid())
                .collect(),
            products: allocations
                .iter()
                .map(|allocation| allocation.product_id.uuid())
                .collect(),
            quantities: allocations.iter().map(|allocation| allocation.quantity).collect(),
        }
    }
}

/// Reserves planned stock of locked products for an order that has no
/// reservation yet.
pub async fn hold(
    conn: &mut PgConnection,
    order_id: Id<Order>,
    allocations: &[Allocation],
    expire_time: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let Columns {
        lots,
        products,
        quantities,
    } = Columns::of(allocations);
    sqlx::query!(
        "with allocation as (
             select * from unnest($2::uuid[], $3::uuid[], $4::bigint[]) as a (lot_id, product_id, quantity)
         ), taken as (
             update lot set on_hand = on_hand - quantity, reserved = reserved + quantity
             from allocation where lot.lot_id = allocation.lot_id
         ), made as (
             insert into reservation (order_id, state, expire_time, create_time, update_time)
             values ($1, 'held', $5, $6, $6)
         )
         insert into reservation_line (order_id, lot_id, product_id, quantity)
         select $1, lot_id, product_id, quantity from allocation",
        order_id.uuid(),
        &lots,
        &products,
        &quantities,
        expire_time,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Sells what an order holds; false when it holds nothing.
pub async fn commit(
    conn: &mut PgConnection,
    order_id: Id<Order>,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    // Each part reads the one before it, so the locks are taken in their order:
    // reservation, products, lots.
    sqlx::query_scalar!(
        r#"with committed as (
             update reservation set state = 'committed', update_time = $2
             where order_id = $1 and state = 'held' returning order_id
         ), line as (
             select product_id, lot_id, quantity from committed join reservation_line using (order_id)
         ), locked as (
             select product_id from product where product_id in (select product_id from line)
             order by product_id for no key update
         ), sold as (
             update lot set reserved = reserved - quantity, sold = sold + quantity
             from line join locked using (product_id) where lot.lot_id = line.lot_id
         )
         select exists (select from committed) as "committed!""#,
        order_id.uuid(),
        now,
    )
    .fetch_one(conn)
    .await
}

/// The state of an order's reservation, locked.
pub async fn lock(conn: &mut PgConnection, order_id: Id<Order>) -> Result<Option<State>, Fault> {
    let name = sqlx::query_scalar!(
        "select state from reservation where order_id = $1 for update",
        order_id.uuid()
    )
    .fetch_optional(conn)
    .await?;
    let corrupt = || Fault::bug("a corrupt reservation state");
    name.map(|name| State::from_name(&name).ok_or_else(corrupt))
        .transpose()
}

/// What an order reserved, by product.
pub async fn wanted(conn: &mut PgConnection, order_id: Id<Order>) -> Result<Wanted, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select product_id, sum(quantity)::bigint as "quantity!" from reservation_line
         where order_id = $1 group by product_id"#,
        order_id.uuid(),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.product_id.into(), row.quantity))
        .collect())
}

/// Sells planned stock of locked products to an order whose reservation,
/// locked, has expired.
pub async fn sell_anew(
    conn: &mut PgConnection,
    order_id: Id<Order>,
    allocations: &[Allocation],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from reservation_line where order_id = $1",
        order_id.uuid()
    )
    .execute(&mut *conn)
    .await?;
    let Columns {
        lots,
        products,
        quantities,
    } = Columns::of(allocations);
    sqlx::query!(
        "with allocation as (
             select * from unnest($2::uuid[], $3::uuid[], $4::bigint[]) as a (lot_id, product_id, quantity)
         ), taken as (
             update lot set on_hand = on_hand - quantity, sold = sold + quantity
             from allocation where lot.lot_id = allocation.lot_id
         ), committed as (
             update reservation set state = 'committed', update_time = $5 where order_id = $1
         )
         insert into reservation_line (order_id, lot_id, product_id, quantity)
         select $1, lot_id, product_id, quantity from allocation",
        order_id.uuid(),
        &lots,
        &products,
        &quantities,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives back what an order, whose reservation is locked and in the state
/// `was`, holds or was sold. Says which of its products were sold out; they
/// stay locked.
pub async fn release(
    conn: &mut PgConnection,
    order_id: Id<Order>,
    was: State,
    now: OffsetDateTime,
) -> Result<Vec<Id<Product>>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        r#"with released as (
             update reservation set state = 'released', update_time = $3 where order_id = $1
         ), line as (
             select product_id, lot_id, quantity from reservation_line
             where order_id = $1 and $2 in ('held', 'committed')
         ), locked as (
             select product_id, sold_out from product where product_id in (select product_id from line)
             order by product_id for no key update
         ), back as (
             update lot set on_hand = on_hand + quantity,
                 reserved = reserved - case when $2 = 'held' then quantity else 0 end,
                 sold = sold - case when $2 = 'committed' then quantity else 0 end
             from line join locked using (product_id) where lot.lot_id = line.lot_id
         )
         select product_id from locked where sold_out"#,
        order_id.uuid(),
        was.name(),
        now,
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(Id::from_uuid).collect())
}

/// What one batch of expiry did.
#[derive(Debug)]
pub struct Expired {
    pub reservations: i64,
    /// Products that were sold out; they stay locked.
    pub sold_out: Vec<Id<Product>>,
}

/// Gives back what overdue reservations hold, `limit` of them at most, by the
/// database's clock. Those that another transaction works on are passed over.
pub async fn expire(
    conn: &mut PgConnection,
    limit: i64,
    now: OffsetDateTime,
) -> Result<Expired, sqlx::Error> {
    let row = sqlx::query!(
        r#"with due as (
             select order_id from reservation where state = 'held' and expire_time <= now()
             order by expire_time limit $1 for update skip locked
         ), expired as (
             update reservation set state = 'expired', update_time = $2
             from due where reservation.order_id = due.order_id returning reservation.order_id
         ), line as (
             select product_id, lot_id, sum(quantity)::bigint as quantity
             from expired join reservation_line using (order_id) group by product_id, lot_id
         ), locked as (
             select product_id, sold_out from product where product_id in (select product_id from line)
             order by product_id for no key update
         ), back as (
             update lot set on_hand = on_hand + quantity, reserved = reserved - quantity
             from line join locked using (product_id) where lot.lot_id = line.lot_id
         )
         select (select count(*) from expired) as "reservations!",
             (select array_agg(product_id) from locked where sold_out) as sold_out"#,
        limit,
        now,
    )
    .fetch_one(conn)
    .await?;
    let sold_out = row
        .sold_out
        .unwrap_or_default()
        .into_iter()
        .map(Id::from_uuid)
        .collect();
    Ok(Expired {
        reservations: row.reservations,
        sold_out,
    })
}
