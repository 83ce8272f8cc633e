//! What other services tell, to the domain.

use uuid::Uuid;
use xlcfi_contracts::product::v1::{LotsHeld, OrderRecalled, ProductArchived};
use xlcfi_contracts::told::{self, Malformed};
use xlcfi_types::Id;

use crate::order::Order;
use crate::recall::{Recall, RecalledLine, RecalledLots};

pub(crate) fn recalled_lots(told: LotsHeld) -> Result<RecalledLots, Malformed> {
    let (product_id, lot_ids) = lots(&told.product_id, &told.lot_ids)?;
    Ok(RecalledLots {
        product_id,
        lot_ids,
        recall_id: told::uuid("recall_id", &told.recall_id)?,
        reason: told.reason,
        time: told::time("time", told.time)?,
    })
}

/// A product, and lots of it.
pub(crate) fn lots(product_id: &str, lot_ids: &[String]) -> Result<(Uuid, Vec<Uuid>), Malformed> {
    Ok((told::uuid("product_id", product_id)?, uuids("lot_ids", lot_ids)?))
}

pub(crate) fn archived_product(told: &ProductArchived) -> Result<Uuid, Malformed> {
    told::uuid("product_id", &told.product_id)
}

pub(crate) fn recalled_order(told: OrderRecalled) -> Result<(Id<Order>, Recall), Malformed> {
    let line = |line: xlcfi_contracts::product::v1::RecalledLine| {
        Ok(RecalledLine {
            product_id: told::uuid("product_id", &line.product_id)?,
            lot_id: told::uuid("lot_id", &line.lot_id)?,
            quantity: line.quantity,
            sold: line.sold,
        })
    };
    let recall = Recall {
        recall_id: told::uuid("recall_id", &told.recall_id)?,
        reason: told.reason,
        lines: told.lines.into_iter().map(line).collect::<Result<_, _>>()?,
        time: told::time("time", told.time)?,
    };
    Ok((told::id("order_id", &told.order_id)?, recall))
}

fn uuids(field: &'static str, texts: &[String]) -> Result<Vec<Uuid>, Malformed> {
    if texts.is_empty() {
        return Err(Malformed(field));
    }
    texts.iter().map(|text| told::uuid(field, text)).collect()
}
