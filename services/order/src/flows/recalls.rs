use sqlx::PgConnection;
use time::OffsetDateTime;
use tracing::debug;
use xlcfi_contracts::order::v1 as pb;
use xlcfi_events::append;
use xlcfi_types::Id;

use crate::convert;
use crate::error::Error;
use crate::order::Order;
use crate::recall::{Recall, note};
use crate::store;

/// Goods of an order are recalled, which its buyer must know. Told again, it
/// changes nothing.
pub(crate) async fn notice(
    conn: &mut PgConnection,
    id: Id<Order>,
    told: Recall,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let Some(mut order) = store::orders::lock(conn, id).await? else {
        debug!(order.id = %id, recall.id = %told.recall_id, "goods of an order that is none of ours are recalled");
        return Ok(());
    };
    let Some(recall) = note(&mut order.recalls, told) else {
        return Ok(());
    };
    let recall = convert::recall(recall);
    let version = store::orders::set_recalls(conn, id, &order.recalls, now).await?;
    let noticed = pb::OrderRecallNoticed {
        order_id: id.to_string(),
        member_id: order.member_id.to_string(),
        version,
        recall: Some(recall),
        time: Some(convert::timestamp(now)),
    };
    append(conn, id.uuid(), &noticed).await?;
    Ok(())
}
