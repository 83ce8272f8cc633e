use uuid::Uuid;
use xlcfi_contracts::product::v1::LotReceived;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::Ctx;
use crate::convert::{lot_message, timestamp};
use crate::error::Error;
use crate::flows::tell_crossing;
use crate::lot::{Lot, parse_use_by, seoul_date};
use crate::product::{Product, State};
use crate::store::{lots, products};

/// Goods as their seller books them.
#[derive(Debug)]
pub struct Receipt {
    pub product_id: Id<Product>,
    pub request_id: Option<Uuid>,
    pub quantity: i64,
    pub supplier_lot: String,
    /// As the contract writes it; `""` for none.
    pub use_by_date: String,
    /// `""` for the product's.
    pub origin: String,
}

/// Books received goods; a repeated request finds the lot it booked.
pub async fn receive(ctx: &Ctx, seller_id: Id<Member>, receipt: Receipt) -> Result<Lot, Error> {
    let now = ctx.clock.now();
    let product_id = receipt.product_id;
    let mut tx = ctx.database.begin().await?;
    let (state, _, product_origin) = products::lock(&mut tx, product_id, seller_id).await?;
    if let Some(request_id) = receipt.request_id
        && let Some(lot) = lots::find_by_request(&mut tx, product_id, request_id).await?
    {
        return Ok(lot);
    }
    state.edit()?;
    let lot = Lot {
        lot_id: Id::new(),
        product_id,
        use_by: parse_use_by(&receipt.use_by_date, seoul_date(now))?,
        supplier_lot: receipt.supplier_lot,
        received: receipt.quantity,
        on_hand: receipt.quantity,
        reserved: 0,
        sold: 0,
        origin: if receipt.origin.is_empty() {
            product_origin
        } else {
            receipt.origin
        },
        receive_time: now,
    };
    lots::insert(&mut tx, &lot, receipt.request_id).await?;
    let fact = LotReceived {
        lot: Some(lot_message(&lot)),
        time: Some(timestamp(now)),
    };
    xlcfi_events::append(&mut tx, product_id.uuid(), &fact).await?;
    tell_crossing(&mut tx, &[product_id], now).await?;
    tx.commit().await?;
    if state == State::Published {
        ctx.shelf.renew_product(product_id).await;
    }
    Ok(lot)
}
