//! What other services tell, to the domain.

use prost_types::Timestamp;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::convert;
use xlcfi_contracts::product::v1::{LotsHeld, OrderRecalled, ProductArchived};
use xlcfi_types::Id;

use crate::order::Order;
use crate::recall::{Recall, RecalledLine, RecalledLots};

/// A message from another service that cannot be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is missing or malformed")]
pub(crate) struct Malformed(&'static str);

pub(crate) fn recalled_lots(told: LotsHeld) -> Result<RecalledLots, Malformed> {
    let (product_id, lot_ids) = lots(&told.product_id, &told.lot_ids)?;
    Ok(RecalledLots {
        product_id,
        lot_ids,
        recall_id: uuid("recall_id", &told.recall_id)?,
        reason: told.reason,
        time: instant("time", told.time)?,
    })
}

/// A product, and lots of it.
pub(crate) fn lots(product_id: &str, lot_ids: &[String]) -> Result<(Uuid, Vec<Uuid>), Malformed> {
    Ok((uuid("product_id", product_id)?, uuids("lot_ids", lot_ids)?))
}

pub(crate) fn archived_product(told: &ProductArchived) -> Result<Uuid, Malformed> {
    uuid("product_id", &told.product_id)
}

pub(crate) fn recalled_order(told: OrderRecalled) -> Result<(Id<Order>, Recall), Malformed> {
    let line = |line: xlcfi_contracts::product::v1::RecalledLine| {
        Ok(RecalledLine {
            product_id: uuid("product_id", &line.product_id)?,
            lot_id: uuid("lot_id", &line.lot_id)?,
            quantity: line.quantity,
            sold: line.sold,
        })
    };
    let recall = Recall {
        recall_id: uuid("recall_id", &told.recall_id)?,
        reason: told.reason,
        lines: told.lines.into_iter().map(line).collect::<Result<_, _>>()?,
        time: instant("time", told.time)?,
    };
    Ok((uuid("order_id", &told.order_id)?.into(), recall))
}

fn uuid(field: &'static str, text: &str) -> Result<Uuid, Malformed> {
    text.parse().map_err(|_| Malformed(field))
}

fn uuids(field: &'static str, texts: &[String]) -> Result<Vec<Uuid>, Malformed> {
    if texts.is_empty() {
        return Err(Malformed(field));
    }
    texts.iter().map(|text| uuid(field, text)).collect()
}

fn instant(field: &'static str, time: Option<Timestamp>) -> Result<OffsetDateTime, Malformed> {
    time.and_then(convert::time).ok_or(Malformed(field))
}
