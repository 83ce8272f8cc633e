use sqlx::PgConnection;
use uuid::Uuid;
use xlcfi_contracts::product::v1::{LotsHeld, LotsReleased, OrderRecalled, ProductArchived};
use xlcfi_events::{Failure, Handler, Message};
use xlcfi_types::Id;

use crate::Ctx;
use crate::convert::facts;
use crate::flows;
use crate::order::Order;
use crate::recall::{Recall, RecalledLots};
use crate::store;

/// Applies what product tells.
pub(crate) struct Facts(pub(crate) Ctx);

/// What matters here of it.
pub(crate) enum Fact {
    LotsRecalled(RecalledLots),
    /// A product, and lots of it that are sold again or are held by its seller.
    LotsNotRecalled(Uuid, Vec<Uuid>),
    ProductArchived(Uuid),
    OrderRecalled(Id<Order>, Recall),
}

impl Handler for Facts {
    type Fact = Fact;

    fn read(&self, message: &Message) -> Result<Option<Fact>, Failure> {
        if let Some(told) = message.read::<LotsHeld>()? {
            if told.recall_id.is_empty() {
                return not_recalled(&told.product_id, &told.lot_ids).map(Some);
            }
            let lots = facts::recalled_lots(told).map_err(Failure::poison)?;
            return Ok(Some(Fact::LotsRecalled(lots)));
        }
        if let Some(told) = message.read::<LotsReleased>()? {
            return not_recalled(&told.product_id, &told.lot_ids).map(Some);
        }
        if let Some(told) = message.read::<ProductArchived>()? {
            let product_id = facts::archived_product(&told).map_err(Failure::poison)?;
            return Ok(Some(Fact::ProductArchived(product_id)));
        }
        if let Some(told) = message.read::<OrderRecalled>()? {
            let (order_id, recall) = facts::recalled_order(told).map_err(Failure::poison)?;
            return Ok(Some(Fact::OrderRecalled(order_id, recall)));
        }
        Ok(None)
    }

    async fn apply(&self, conn: &mut PgConnection, fact: Fact) -> Result<(), Failure> {
        match fact {
            Fact::LotsRecalled(lots) => store::recalls::add(conn, &lots).await?,
            Fact::LotsNotRecalled(product_id, lot_ids) => {
                store::recalls::remove_lots(conn, product_id, &lot_ids).await?;
            }
            Fact::ProductArchived(product_id) => store::recalls::remove_product(conn, product_id).await?,
            Fact::OrderRecalled(id, recall) => {
                flows::recalls::notice(conn, id, recall, self.0.clock.now()).await?;
            }
        }
        Ok(())
    }
}

fn not_recalled(product_id: &str, lot_ids: &[String]) -> Result<Fact, Failure> {
    let (product_id, lot_ids) = facts::lots(product_id, lot_ids).map_err(Failure::poison)?;
    Ok(Fact::LotsNotRecalled(product_id, lot_ids))
}
