//! Rows of a campaign as they stand in its pack.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use xlcfi_types::Id;

use crate::campaign::Campaign;
use crate::export::guard;

/// Lots.
pub async fn lots(db: impl PgExecutor<'_>, id: Id<Campaign>) -> Result<Vec<Vec<String>>, sqlx::Error> {
    let rows = sqlx::query!(
        "select lot_id, product_id, product_name, own_lot, supplier_lot, use_by_date, on_hand
         from campaign_lot where campaign_id = $1 order by lot_id",
        id.uuid(),
    )
    .fetch_all(db)
    .await?;
    let cells = rows.into_iter().map(|row| {
        vec![
            row.lot_id.to_string(),
            row.product_id.to_string(),
            guard(row.product_name),
            guard(row.own_lot),
            guard(row.supplier_lot),
            row.use_by_date,
            row.on_hand.to_string(),
        ]
    });
    Ok(cells.collect())
}

/// Notifications and their acknowledgements.
pub async fn notifications(
    db: impl PgExecutor<'_>,
    id: Id<Campaign>,
) -> Result<Vec<Vec<String>>, sqlx::Error> {
    let rows = sqlx::query!(
        "select member_id, notification_id, notify_time, acknowledge_time
         from campaign_buyer where campaign_id = $1 order by member_id",
        id.uuid(),
    )
    .fetch_all(db)
    .await?;
    let text = |time: Option<OffsetDateTime>| {
        time.and_then(|time| time.format(&Rfc3339).ok())
            .unwrap_or_default()
    };
    let cells = rows.into_iter().map(|row| {
        vec![
            row.member_id.to_string(),
            row.notification_id.to_string(),
            text(row.notify_time),
            text(row.acknowledge_time),
        ]
    });
    Ok(cells.collect())
}
