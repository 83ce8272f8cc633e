use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::interaction::MemberId;
use crate::store::experiments;
use crate::store::interactions::{self, Added};

/// Products of a confirmed order, and who bought them.
#[derive(Debug)]
pub struct Bought {
    pub member_id: MemberId,
    /// Each once, ascending.
    pub products: Vec<Uuid>,
    pub time: OffsetDateTime,
}

/// A buyer has these products from now on; it counts for what the buyer saw before.
pub async fn bought(conn: &mut PgConnection, bought: &Bought) -> Result<(), sqlx::Error> {
    let added = bought.products.iter().map(|product_id| Added {
        product_id: *product_id,
        orders: 1,
        ..Added::default()
    });
    let added: Vec<Added> = added.collect();
    interactions::add(conn, bought.member_id, &added, bought.time).await?;
    experiments::count_order(conn, bought.member_id, &bought.products, bought.time).await?;
    Ok(())
}

/// An order is undone after it was confirmed.
pub async fn undone(conn: &mut PgConnection, bought: &Bought) -> Result<(), sqlx::Error> {
    interactions::take_back(conn, bought.member_id, &bought.products, bought.time).await?;
    Ok(())
}
