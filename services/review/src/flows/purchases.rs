//! What other services tell decides who may review what.

use sqlx::PgConnection;
use time::OffsetDateTime;
use xlcfi_events::Failure;
use xlcfi_types::Id;

use crate::purchase::{Order, Purchase, State, mask};
use crate::review::MemberId;
use crate::store::{authors, purchases};

pub async fn member_named(conn: &mut PgConnection, member_id: MemberId, name: &str) -> Result<(), Failure> {
    Ok(authors::keep(conn, member_id, &mask(name)).await?)
}

pub async fn member_withdrawn(conn: &mut PgConnection, member_id: MemberId) -> Result<(), Failure> {
    Ok(authors::forget(conn, member_id).await?)
}

pub async fn confirmed(conn: &mut PgConnection, purchase: &Purchase) -> Result<(), Failure> {
    Ok(purchases::insert(conn, purchase).await?)
}

/// The order arrived, or was undone.
pub async fn moved(
    conn: &mut PgConnection,
    order_id: Id<Order>,
    to: State,
    time: OffsetDateTime,
) -> Result<(), Failure> {
    if purchases::advance(conn, order_id, to, time).await? {
        Ok(())
    } else {
        Err(Failure::poison("no purchase is known of this order"))
    }
}

/// All of the order's money went back.
pub async fn refunded(conn: &mut PgConnection, order_id: Id<Order>) -> Result<(), Failure> {
    Ok(purchases::refund(conn, order_id).await?)
}
