use sqlx::PgConnection;
use uuid::Uuid;

use crate::recall::RecalledLots;

/// Adds lots to those of a product that are recalled.
pub(crate) async fn add(conn: &mut PgConnection, lots: &RecalledLots) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into recalled_product as known (product_id, recall_id, lot_ids, reason, recall_time)
         values ($1, $2, $3, $4, $5)
         on conflict on constraint recalled_product_pkey do update set reason = excluded.reason, recall_time = excluded.recall_time,
             lot_ids = array(select unnest(known.lot_ids) union select unnest(excluded.lot_ids))",
        lots.product_id,
        lots.recall_id,
        &lots.lot_ids,
        lots.reason,
        lots.time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes lots out of those of a product that are recalled.
pub(crate) async fn remove_lots(
    conn: &mut PgConnection,
    product_id: Uuid,
    lot_ids: &[Uuid],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with ended as (
             delete from recalled_product where product_id = $1 and lot_ids <@ $2
         )
         update recalled_product set lot_ids = array(select unnest(lot_ids) except select unnest($2::uuid[]))
         where product_id = $1 and lot_ids && $2 and not lot_ids <@ $2",
        product_id,
        lot_ids,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the recalled lots of a product.
pub(crate) async fn remove_product(conn: &mut PgConnection, product_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from recalled_product where product_id = $1", product_id)
        .execute(conn)
        .await?;
    Ok(())
}
