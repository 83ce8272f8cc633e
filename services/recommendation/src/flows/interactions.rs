use std::collections::BTreeMap;

use uuid::Uuid;

use crate::Ctx;
use crate::error::Error;
use crate::interaction::MemberId;
use crate::store::interactions::{self, Added};
use crate::store::products;

/// Something a member did with a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    View,
    Cart,
}

/// Keeps what a member did with products that are known, and tells how many acts those
/// were; the same request is answered as before.
pub async fn record(
    ctx: &Ctx,
    member_id: MemberId,
    acts: &[(Uuid, Act)],
    request_id: Option<Uuid>,
) -> Result<i32, Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    if let Some(request_id) = request_id
        && let Some(recorded) = interactions::find_batch(&mut *tx, member_id, request_id).await?
    {
        return Ok(recorded);
    }
    let ids: Vec<Uuid> = acts.iter().map(|act| act.0).collect();
    let known = products::known(&mut *tx, &ids).await?;
    let mut added: BTreeMap<Uuid, Added> = BTreeMap::new();
    let mut recorded = 0;
    for (product_id, act) in acts.iter().filter(|act| known.contains(&act.0)) {
        let sum = added.entry(*product_id).or_insert(Added {
            product_id: *product_id,
            ..Added::default()
        });
        match act {
            Act::View => sum.views += 1,
            Act::Cart => sum.carts += 1,
        }
        recorded += 1;
    }
    if let Some(request_id) = request_id
        && !interactions::insert_batch(&mut tx, member_id, request_id, recorded, now).await?
    {
        // Another call with it was faster, and counts.
        return Ok(recorded);
    }
    let added: Vec<Added> = added.into_values().collect();
    interactions::add(&mut tx, member_id, &added, now).await?;
    tx.commit().await?;
    Ok(recorded)
}
