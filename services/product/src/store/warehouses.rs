use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::warehouse::Warehouse;

/// Name of the warehouse a seller has who never named one.
const FIRST: &str = "기본 창고";

/// Adds a warehouse; false when the seller has one of this name.
pub async fn insert(conn: &mut PgConnection, warehouse: &Warehouse) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into warehouse (warehouse_id, seller_id, name, address, create_time) values ($1, $2, $3, $4, $5)
         on conflict on constraint warehouse_seller_id_name_key do nothing",
        warehouse.warehouse_id.uuid(),
        warehouse.seller_id.uuid(),
        warehouse.name,
        warehouse.address,
        warehouse.create_time,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// The seller's oldest warehouse; made when there is none.
pub async fn first(
    conn: &mut PgConnection,
    seller_id: Id<Member>,
    now: OffsetDateTime,
) -> Result<Id<Warehouse>, sqlx::Error> {
    let oldest = async |conn: &mut PgConnection| {
        sqlx::query_scalar!(
            "select warehouse_id from warehouse where seller_id = $1 order by create_time, warehouse_id limit 1",
            seller_id.uuid(),
        )
        .fetch_optional(conn)
        .await
    };
    if let Some(id) = oldest(conn).await? {
        return Ok(id.into());
    }
    let warehouse = Warehouse {
        warehouse_id: Id::new(),
        seller_id,
        name: FIRST.to_owned(),
        address: String::new(),
        create_time: now,
    };
    insert(conn, &warehouse).await?;
    // Another receipt may have been first.
    let id = oldest(conn).await?;
    Ok(id.map_or(warehouse.warehouse_id, Id::from_uuid))
}

/// Whether the seller has this warehouse.
pub async fn exists(
    conn: &mut PgConnection,
    seller_id: Id<Member>,
    id: Id<Warehouse>,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from warehouse where seller_id = $1 and warehouse_id = $2) as "exists!""#,
        seller_id.uuid(),
        id.uuid(),
    )
    .fetch_one(conn)
    .await
}

/// The seller's warehouses, by name.
pub async fn list(pool: &PgPool, seller_id: Id<Member>) -> Result<Vec<Warehouse>, sqlx::Error> {
    let rows = sqlx::query!(
        "select warehouse_id, name, address, create_time from warehouse where seller_id = $1 order by name",
        seller_id.uuid(),
    )
    .fetch_all(pool)
    .await?;
    let warehouse = rows.into_iter().map(|row| Warehouse {
        warehouse_id: row.warehouse_id.into(),
        seller_id,
        name: row.name,
        address: row.address,
        create_time: row.create_time,
    });
    Ok(warehouse.collect())
}
