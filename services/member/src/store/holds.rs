use sqlx::PgConnection;
use time::OffsetDateTime;
use xlcfi_errors::stored;
use xlcfi_types::Id;

use crate::hold::{Hold, HoldState};
use crate::member::MemberId;
use crate::purchase::Order;

pub async fn insert(conn: &mut PgConnection, hold: &Hold, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into point_hold (order_id, member_id, points, state, create_time, update_time)
         values ($1, $2, $3, $4, $5, $5)",
        hold.order_id.uuid(),
        hold.member_id.uuid(),
        hold.points,
        hold.state.into_str(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What is held for an order; the lock of the balance holds this row still too.
pub async fn get(
    conn: &mut PgConnection,
    member_id: MemberId,
    order_id: Id<Order>,
) -> Result<Option<Hold>, sqlx::Error> {
    let row = sqlx::query!(
        "select points, state from point_hold where member_id = $1 and order_id = $2",
        member_id.uuid(),
        order_id.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        let state = stored("point_hold.state", &row.state)?;
        Ok(Hold {
            order_id,
            member_id,
            points: row.points,
            state,
        })
    })
    .transpose()
}

pub async fn set_state(
    conn: &mut PgConnection,
    member_id: MemberId,
    order_id: Id<Order>,
    state: HoldState,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update point_hold set state = $3, update_time = $4 where member_id = $1 and order_id = $2",
        member_id.uuid(),
        order_id.uuid(),
        state.into_str(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
