use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_identity::Member;
use xlcfi_types::{Id, Page};

use crate::quote::Groups;

/// A member with prices of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    pub member_id: Id<Member>,
    pub customer_group: String,
    pub update_time: OffsetDateTime,
}

/// The group a member is in with each of these sellers.
pub async fn groups(
    pool: &PgPool,
    member_id: Id<Member>,
    sellers: &[Id<Member>],
) -> Result<Groups, sqlx::Error> {
    let sellers: Vec<Uuid> = sellers.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        "select seller_id, customer_group from customer where member_id = $1 and seller_id = any ($2)",
        member_id.uuid(),
        &sellers,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.seller_id.into(), row.customer_group))
        .collect())
}

/// Puts a member into a group of a seller's customers.
pub async fn put(
    conn: &mut PgConnection,
    seller_id: Id<Member>,
    customer: &Customer,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into customer (seller_id, member_id, customer_group, update_time) values ($1, $2, $3, $4)
         on conflict on constraint customer_pkey do update set customer_group = $3, update_time = $4",
        seller_id.uuid(),
        customer.member_id.uuid(),
        customer.customer_group,
        customer.update_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes a member out of a seller's groups.
pub async fn remove(
    conn: &mut PgConnection,
    seller_id: Id<Member>,
    member_id: Id<Member>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from customer where seller_id = $1 and member_id = $2",
        seller_id.uuid(),
        member_id.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A seller's customers, the last changed first; one more than the page.
pub async fn list(pool: &PgPool, seller_id: Id<Member>, page: &Page) -> Result<Vec<Customer>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = sqlx::query!(
        "select member_id, customer_group, update_time from customer
         where seller_id = $1 and (update_time, member_id) < ($2, $3)
         order by update_time desc, member_id desc limit $4",
        seller_id.uuid(),
        time,
        id,
        page.fetch_limit(),
    )
    .fetch_all(pool)
    .await?;
    let customer = rows.into_iter().map(|row| Customer {
        member_id: row.member_id.into(),
        customer_group: row.customer_group,
        update_time: row.update_time,
    });
    Ok(customer.collect())
}
