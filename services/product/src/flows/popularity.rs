use uuid::Uuid;
use xlcfi_contracts::product::v1::ProductPopularityChanged;
use xlcfi_types::Id;

use crate::Ctx;
use crate::convert::timestamp;
use crate::popularity::{LATELY, popularity};
use crate::product::Product;
use crate::store::{self, stock};

/// Products told of in one transaction.
const BATCH: usize = 200;

/// Counts what was ordered lately, and tells of products that became more or less
/// popular.
pub async fn count(ctx: &Ctx) -> Result<(), sqlx::Error> {
    let now = ctx.clock.now();
    let counted = store::popularity::count(ctx.database.pool(), now - LATELY).await?;
    let changed: Vec<(Uuid, i16)> = counted
        .into_iter()
        .map(|counted| (counted.product_id, counted.popularity, popularity(counted.orders)))
        .filter(|(_, was, is)| was != is)
        .map(|(id, _, is)| (id, is))
        .collect();
    for batch in changed.chunks(BATCH) {
        let (ids, values): (Vec<Uuid>, Vec<i16>) = batch.iter().copied().unzip();
        let products: Vec<Id<Product>> = ids.iter().copied().map(Id::from_uuid).collect();
        let fact = |(id, popularity): &(Uuid, i16)| {
            let fact = ProductPopularityChanged {
                product_id: id.to_string(),
                popularity: (*popularity).into(),
                time: Some(timestamp(now)),
            };
            (*id, fact)
        };
        let facts: Vec<_> = batch.iter().map(fact).collect();
        let mut tx = ctx.database.begin().await?;
        stock::lock_rows(&mut tx, &products).await?;
        store::popularity::set(&mut tx, &ids, &values).await?;
        xlcfi_events::append_each(&mut tx, &facts).await?;
        tx.commit().await?;
    }
    Ok(())
}
