//! Recalls.

use xlcfi_contracts::product::v1::{self, RecallScope, RecalledOrder};
use xlcfi_errors::Invalid;
use xlcfi_errors::fields::optional_date;
use xlcfi_types::Id;

use super::{date_text, optional_id, timestamp};
use crate::product::Product;
use crate::recall::{Recall, Scope, Taken};

/// Which lots a recall names.
///
/// # Errors
/// Fields that are wrong, or nothing that names goods.
pub fn scope(message: RecallScope) -> Result<Scope, Invalid> {
    let given = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let scope = Scope {
        product_id: optional_id::<Product>("scope.product_id", &message.product_id)?.map(Id::uuid),
        gtin: given(message.gtin),
        report_number: given(message.report_number),
        lot_number: given(message.lot_number),
        licence_number: given(message.licence_number),
        use_by: optional_date("scope.use_by_date", &message.use_by_date)?,
    };
    if scope.names_goods() {
        Ok(scope)
    } else {
        let why = "must name a product, barcode, report number, lot number or licence";
        Err(Invalid::field("scope", why))
    }
}

pub fn recall_message(recall: Recall) -> v1::Recall {
    let scope = recall.scope;
    v1::Recall {
        recall_id: recall.recall_id.to_string(),
        scope: Some(RecallScope {
            product_id: scope.product_id.map(|id| id.to_string()).unwrap_or_default(),
            gtin: scope.gtin.unwrap_or_default(),
            report_number: scope.report_number.unwrap_or_default(),
            lot_number: scope.lot_number.unwrap_or_default(),
            licence_number: scope.licence_number.unwrap_or_default(),
            use_by_date: date_text(scope.use_by),
        }),
        reason: recall.reason,
        lots: recall.lots,
        products: recall.products,
        orders: recall.orders,
        duration_ms: recall.duration_ms,
        actor: recall.actor.to_string(),
        create_time: Some(timestamp(recall.create_time)),
        lift_time: recall.lift_time.map(timestamp),
        told: recall.told,
    }
}

pub fn taken_message(taken: &Taken) -> RecalledOrder {
    RecalledOrder {
        order_id: taken.order_id.to_string(),
        lot_id: taken.lot_id.to_string(),
        product_id: taken.product_id.to_string(),
        quantity: taken.quantity,
        sold: taken.sold,
    }
}
