use sqlx::PgConnection;
use xlcfi_types::Id;

use crate::member::MemberId;
use crate::purchase::Order;

/// Notes that an order is under way.
pub async fn open(
    conn: &mut PgConnection,
    member_id: MemberId,
    order_id: Id<Order>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into open_order (order_id, member_id) values ($2, $1) on conflict (order_id) do nothing",
        member_id.uuid(),
        order_id.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that an order arrived or is undone.
pub async fn close(
    conn: &mut PgConnection,
    member_id: MemberId,
    order_id: Id<Order>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from open_order where member_id = $1 and order_id = $2",
        member_id.uuid(),
        order_id.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether an order of the member is under way.
pub async fn any_open(conn: &mut PgConnection, member_id: MemberId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from open_order where member_id = $1) as "open!""#,
        member_id.uuid(),
    )
    .fetch_one(conn)
    .await
}
