use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::wanted::{Life, Wanted};

/// A line of a cart as it is kept.
pub(crate) struct StoredLine {
    pub wanted: Wanted,
    pub update_time: OffsetDateTime,
    /// Why lots of its product are recalled.
    pub recall_reason: Option<String>,
}

struct Row {
    product_id: Uuid,
    quantity: i64,
    minimum_remaining_days: i32,
    near_expiry: bool,
    update_time: OffsetDateTime,
    recall_reason: Option<String>,
}

impl TryFrom<Row> for StoredLine {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let both = || sqlx::Error::Decode(format!("a cart line of product {}: life", row.product_id).into());
        let wanted = Wanted {
            product_id: row.product_id,
            quantity: row.quantity,
            life: Life::new(row.minimum_remaining_days, row.near_expiry).ok_or_else(both)?,
        };
        Ok(Self {
            wanted,
            update_time: row.update_time,
            recall_reason: row.recall_reason,
        })
    }
}

/// The lines of a cart, in the order they were added, with the newest recall
/// after `recalled_after`.
pub(crate) async fn lines(
    executor: impl PgExecutor<'_>,
    member_id: Id<Member>,
    recalled_after: OffsetDateTime,
) -> Result<Vec<StoredLine>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select product_id, quantity, minimum_remaining_days, near_expiry, update_time, (
             select reason from recalled_product as recalled
             where recalled.product_id = line.product_id and recall_time > $2
             order by recall_time desc, recall_id limit 1
         ) as recall_reason
         from cart_line as line where member_id = $1 order by add_time, product_id",
        member_id.uuid(),
        recalled_after,
    )
    .fetch_all(executor)
    .await?;
    rows.into_iter().map(StoredLine::try_from).collect()
}

/// Locks a member's cart until the transaction ends.
pub(crate) async fn lock(conn: &mut PgConnection, member_id: Id<Member>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))",
        member_id.to_string()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts a line into a cart or changes it; false when the cart holds `limit` others.
pub(crate) async fn set_line(
    conn: &mut PgConnection,
    member_id: Id<Member>,
    wanted: Wanted,
    limit: i64,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let set = sqlx::query!(
        "insert into cart_line (member_id, product_id, quantity, minimum_remaining_days, near_expiry, add_time,
             update_time)
         select $1, $2, $3, $4, $5, $6, $6
         where (select count(*) from cart_line where member_id = $1 and product_id <> $2) < $7
         on conflict on constraint cart_line_pkey do update set quantity = excluded.quantity,
             minimum_remaining_days = excluded.minimum_remaining_days, near_expiry = excluded.near_expiry,
             update_time = excluded.update_time",
        member_id.uuid(),
        wanted.product_id,
        wanted.quantity,
        wanted.life.minimum_remaining_days(),
        wanted.life.is_near_expiry(),
        now,
        limit,
    )
    .execute(conn)
    .await?;
    Ok(set.rows_affected() == 1)
}

/// Takes a product out of a cart.
pub(crate) async fn remove_line(
    executor: impl PgExecutor<'_>,
    member_id: Id<Member>,
    product_id: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from cart_line where member_id = $1 and product_id = $2",
        member_id.uuid(),
        product_id
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Takes lines out of a cart; false when it does not hold all of them as they
/// were wanted.
pub(crate) async fn take(
    conn: &mut PgConnection,
    member_id: Id<Member>,
    wanted: &[Wanted],
) -> Result<bool, sqlx::Error> {
    let products: Vec<Uuid> = wanted.iter().map(|line| line.product_id).collect();
    let quantities: Vec<i64> = wanted.iter().map(|line| line.quantity).collect();
    let days: Vec<i32> = wanted
        .iter()
        .map(|line| line.life.minimum_remaining_days())
        .collect();
    let near: Vec<bool> = wanted.iter().map(|line| line.life.is_near_expiry()).collect();
    let taken = sqlx::query!(
        "delete from cart_line as line
         using unnest($2::uuid[], $3::bigint[], $4::integer[], $5::boolean[])
             as wanted (product_id, quantity, minimum_remaining_days, near_expiry)
         where line.member_id = $1 and line.product_id = wanted.product_id and line.quantity = wanted.quantity
             and line.minimum_remaining_days = wanted.minimum_remaining_days
             and line.near_expiry = wanted.near_expiry",
        member_id.uuid(),
        &products,
        &quantities,
        &days,
        &near,
    )
    .execute(conn)
    .await?;
    Ok(taken.rows_affected() == wanted.len() as u64)
}

/// Empties a cart.
pub(crate) async fn clear(executor: impl PgExecutor<'_>, member_id: Id<Member>) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from cart_line where member_id = $1", member_id.uuid())
        .execute(executor)
        .await?;
    Ok(())
}
