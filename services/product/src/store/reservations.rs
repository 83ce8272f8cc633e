use sqlx::{PgConnection, PgPool};
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_errors::stored;
use xlcfi_types::Id;

use crate::life::Window;
use crate::product::Product;
use crate::reservation::{Allocation, Order, Sold, State, Want, Wanted};

/// Allocations, a column each.
struct Columns {
    lots: Vec<Uuid>,
    products: Vec<Uuid>,
    quantities: Vec<i64>,
    minimum_days: Vec<i32>,
    maximum_days: Vec<Option<i32>>,
}

impl Columns {
    fn of(allocations: &[Allocation]) -> Self {
        let asked = || allocations.iter().map(|allocation| allocation.asked);
        Self {
            minimum_days: asked().map(|window| window.minimum).collect(),
            maximum_days: asked().map(|window| window.maximum).collect(),
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
    let columns = Columns::of(allocations);
    sqlx::query!(
        "with allocation as (
             select * from unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::integer[], $6::integer[])
                 as a (lot_id, product_id, quantity, minimum_days, maximum_days)
         ), taken as (
             update lot set on_hand = on_hand - quantity, reserved = reserved + quantity
             from allocation where lot.lot_id = allocation.lot_id
         ), entered as (
             insert into stock_entry (product_id, lot_id, kind, on_hand, reserved, sold, actor, order_id, time)
             select product_id, lot_id, 'reserved', -quantity, quantity, 0, 'order', $1, $8 from allocation
         ), made as (
             insert into reservation (order_id, state, expire_time, create_time, update_time)
             values ($1, 'held', $7, $8, $8)
         )
         insert into reservation_line (order_id, lot_id, product_id, quantity, minimum_days, maximum_days)
         select $1, lot_id, product_id, quantity, minimum_days, maximum_days from allocation",
        order_id.uuid(),
        &columns.lots,
        &columns.products,
        &columns.quantities,
        &columns.minimum_days,
        &columns.maximum_days as _,
        expire_time,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How selling what an order holds went.
#[derive(Debug)]
pub enum Commit {
    /// All of it, from these lots.
    Sold(Vec<Sold>),
    /// It holds nothing.
    NothingHeld,
    /// Some of its lots may not be sold any more; these were.
    Contested(Vec<Uuid>),
}

/// Sells what an order holds.
pub async fn commit(
    conn: &mut PgConnection,
    order_id: Id<Order>,
    today: Date,
    now: OffsetDateTime,
) -> Result<Commit, sqlx::Error> {
    // Each part reads the one before it, so the locks are taken in their order:
    // reservation, products, lots. A lot that was held while we waited for its
    // product is looked at again, as it is then.
    let row = sqlx::query!(
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
             from line join locked using (product_id) where lot.lot_id = line.lot_id and lot.state = 'available'
                 and (use_by_date is null or use_by_date >= $3)
             returning lot.product_id, lot.lot_id, quantity
         ), entered as (
             insert into stock_entry (product_id, lot_id, kind, on_hand, reserved, sold, actor, order_id, time)
             select product_id, lot_id, 'sold', 0, -quantity, quantity, 'order', $1, $2 from sold
         )
         select exists (select from committed) as "committed!", (select count(*) from line) as "lines!",
             array(select lot_id from sold order by lot_id) as "sold!",
             array(select product_id from sold order by lot_id) as "products!",
             array(select quantity from sold order by lot_id) as "quantities!""#,
        order_id.uuid(),
        now,
        today,
    )
    .fetch_one(conn)
    .await?;
    Ok(if !row.committed {
        Commit::NothingHeld
    } else if i64::try_from(row.sold.len()) == Ok(row.lines) {
        let lots = row.sold.into_iter().zip(row.products).zip(row.quantities);
        let sold = lots.map(|((lot_id, product_id), quantity)| Sold {
            order_id: order_id.uuid(),
            product_id,
            lot_id,
            quantity,
        });
        Commit::Sold(sold.collect())
    } else {
        Commit::Contested(row.sold)
    })
}

/// Gives back what a contested commit sold of an order and what it still holds:
/// its reservation is as if it had expired.
pub async fn give_back(
    conn: &mut PgConnection,
    order_id: Id<Order>,
    sold: &[Uuid],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with line as (
             select product_id, lot_id, quantity, case when lot_id = any ($2) then quantity else 0 end as sold
             from reservation_line where order_id = $1
         ), back as (
             update lot set on_hand = on_hand + line.quantity, sold = lot.sold - line.sold,
                 reserved = reserved - (line.quantity - line.sold)
             from line where lot.lot_id = line.lot_id
         ), entered as (
             insert into stock_entry (product_id, lot_id, kind, on_hand, reserved, sold, actor, order_id, time)
             select product_id, lot_id, 'returned', quantity, sold - quantity, -sold, 'order', $1, $3 from line
         )
         update reservation set state = 'expired', update_time = $3 where order_id = $1",
        order_id.uuid(),
        sold,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The state of an order's reservation, locked.
pub async fn lock(conn: &mut PgConnection, order_id: Id<Order>) -> Result<Option<State>, sqlx::Error> {
    let name = sqlx::query_scalar!(
        "select state from reservation where order_id = $1 for update",
        order_id.uuid()
    )
    .fetch_optional(conn)
    .await?;
    name.map(|name| stored("reservation.state", &name)).transpose()
}

/// What an order reserved, by product.
pub async fn wanted(conn: &mut PgConnection, order_id: Id<Order>) -> Result<Wanted, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select product_id, sum(quantity)::bigint as "quantity!", min(minimum_days) as "minimum_days!",
             min(maximum_days) as maximum_days
         from reservation_line where order_id = $1 group by product_id"#,
        order_id.uuid(),
    )
    .fetch_all(conn)
    .await?;
    let want = rows.into_iter().map(|row| {
        let window = Window {
            minimum: row.minimum_days,
            maximum: row.maximum_days,
        };
        let quantity = row.quantity;
        (row.product_id.into(), Want { quantity, window })
    });
    Ok(want.collect())
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
    let columns = Columns::of(allocations);
    sqlx::query!(
        "with allocation as (
             select * from unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::integer[], $6::integer[])
                 as a (lot_id, product_id, quantity, minimum_days, maximum_days)
         ), taken as (
             update lot set on_hand = on_hand - quantity, sold = sold + quantity
             from allocation where lot.lot_id = allocation.lot_id
         ), entered as (
             insert into stock_entry (product_id, lot_id, kind, on_hand, reserved, sold, actor, order_id, time)
             select product_id, lot_id, 'sold', -quantity, 0, quantity, 'order', $1, $7 from allocation
         ), committed as (
             update reservation set state = 'committed', update_time = $7 where order_id = $1
         )
         insert into reservation_line (order_id, lot_id, product_id, quantity, minimum_days, maximum_days)
         select $1, lot_id, product_id, quantity, minimum_days, maximum_days from allocation",
        order_id.uuid(),
        &columns.lots,
        &columns.products,
        &columns.quantities,
        &columns.minimum_days,
        &columns.maximum_days as _,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives back what an order, whose reservation is locked and in the state
/// `was`, holds or was sold: what that is. Its products stay locked.
pub async fn release(
    conn: &mut PgConnection,
    order_id: Id<Order>,
    was: State,
    now: OffsetDateTime,
) -> Result<Vec<Sold>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with released as (
             update reservation set state = 'released', update_time = $3 where order_id = $1
         ), line as (
             select product_id, lot_id, quantity from reservation_line
             where order_id = $1 and $2 in ('held', 'committed')
         ), locked as (
             select product_id from product where product_id in (select product_id from line)
             order by product_id for no key update
         ), entered as (
             insert into stock_entry (product_id, lot_id, kind, on_hand, reserved, sold, actor, order_id, time)
             select product_id, lot_id, 'returned', quantity, case when $2 = 'held' then -quantity else 0 end,
                 case when $2 = 'committed' then -quantity else 0 end, 'order', $1, $3
             from line join locked using (product_id)
         ), back as (
             update lot set on_hand = on_hand + quantity,
                 reserved = reserved - case when $2 = 'held' then quantity else 0 end,
                 sold = sold - case when $2 = 'committed' then quantity else 0 end
             from line join locked using (product_id) where lot.lot_id = line.lot_id
         )
         select product_id, lot_id, quantity from line join locked using (product_id) order by lot_id"#,
        order_id.uuid(),
        was.into_str(),
        now,
    )
    .fetch_all(conn)
    .await?;
    let lines = rows.into_iter().map(|row| Sold {
        order_id: order_id.uuid(),
        product_id: row.product_id,
        lot_id: row.lot_id,
        quantity: row.quantity,
    });
    Ok(lines.collect())
}

/// What one batch of expiry did.
#[derive(Debug)]
pub struct Expired {
    pub reservations: i64,
    /// Products it touched; they stay locked.
    pub products: Vec<Id<Product>>,
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
             select order_id, product_id, lot_id, quantity from expired join reservation_line using (order_id)
         ), locked as (
             select product_id from product where product_id in (select product_id from line)
             order by product_id for no key update
         ), entered as (
             insert into stock_entry (product_id, lot_id, kind, on_hand, reserved, sold, actor, order_id, time)
             select product_id, lot_id, 'expired', quantity, -quantity, 0, 'product', order_id, $2
             from line join locked using (product_id)
         ), sum as (
             select product_id, lot_id, sum(quantity)::bigint as quantity from line group by product_id, lot_id
         ), back as (
             update lot set on_hand = on_hand + quantity, reserved = reserved - quantity
             from sum join locked using (product_id) where lot.lot_id = sum.lot_id
         )
         select (select count(*) from expired) as "reservations!",
             array(select product_id from locked) as "products!""#,
        limit,
        now,
    )
    .fetch_one(conn)
    .await?;
    Ok(Expired {
        reservations: row.reservations,
        products: row.products.into_iter().map(Id::from_uuid).collect(),
    })
}

/// The lots that orders were sold goods from.
pub async fn sold(pool: &PgPool, orders: &[Id<Order>]) -> Result<Vec<Sold>, sqlx::Error> {
    let orders: Vec<Uuid> = orders.iter().map(|id| id.uuid()).collect();
    sqlx::query_as!(
        Sold,
        "select order_id, product_id, lot_id, quantity from reservation join reservation_line using (order_id)
         where order_id = any ($1) and state = 'committed' order by order_id, lot_id",
        &orders,
    )
    .fetch_all(pool)
    .await
}
