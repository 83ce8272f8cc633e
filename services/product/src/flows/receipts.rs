use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::product::v1::LotReceived;
use xlcfi_identity::Member;
use xlcfi_types::Id;
use xlcfi_types::calendar::seoul_date;

use crate::Ctx;
use crate::convert::{lot_message, timestamp};
use crate::error::Error;
use crate::flows::tell_stock;
use crate::ledger::{Act, Kind};
use crate::lot::{Counts, Lot, Papers, State, parse_use_by};
use crate::product::{Product, State as ProductState};
use crate::store::{entries, lots, products, warehouses};
use crate::warehouse::Warehouse;

/// Goods as their seller books them.
#[derive(Debug)]
pub struct Receipt {
    pub product_id: Id<Product>,
    pub request_id: Option<Uuid>,
    pub quantity: i64,
    /// The first of the seller's for `None`.
    pub warehouse_id: Option<Id<Warehouse>>,
    /// As the contract writes it; `""` for none.
    pub use_by_date: String,
    /// `own_lot` and `origin` may be empty: a number is made, the product's origin
    /// taken. `use_by` is read from `use_by_date`.
    pub papers: Papers,
}

/// Books received goods; a repeated request finds the lot it booked.
pub async fn receive(ctx: &Ctx, seller_id: Id<Member>, receipt: Receipt) -> Result<Lot, Error> {
    let now = ctx.clock.now();
    let product_id = receipt.product_id;
    let mut tx = ctx.database.begin().await?;
    let (state, _, product_origin) = products::lock(&mut tx, product_id, seller_id).await?;
    if let Some(lot) = lots::find_by_request(&mut tx, product_id, receipt.request_id).await? {
        return Ok(lot);
    }
    state.edit()?;
    let warehouse_id = match receipt.warehouse_id {
        Some(id) if warehouses::exists(&mut tx, seller_id, id).await? => id,
        Some(_) => return Err(Error::WarehouseNotFound),
        None => warehouses::first(&mut tx, seller_id, now).await?,
    };
    let mut papers = receipt.papers;
    papers.use_by = parse_use_by(&receipt.use_by_date, seoul_date(now))?;
    if papers.origin.is_empty() {
        papers.origin = product_origin;
    }
    if papers.own_lot.is_empty() {
        papers.own_lot = next_number(&mut tx, product_id, now).await?;
    }
    let lot = Lot {
        lot_id: Id::new(),
        product_id,
        warehouse_id,
        parent_lot_id: None,
        papers,
        counts: Counts {
            received: receipt.quantity,
            on_hand: receipt.quantity,
            ..Counts::default()
        },
        state: State::Available,
        state_reason: String::new(),
        recall_id: None,
        version: 1,
        receive_time: now,
    };
    lots::insert(&mut tx, &lot, receipt.request_id).await?;
    let act = Act {
        actor: seller_id.uuid(),
        reason: String::new(),
        request_id: None,
    };
    entries::book(&mut tx, &lot, Kind::Received, &act, now).await?;
    let fact = LotReceived {
        lot: Some(lot_message(&lot)),
        time: Some(timestamp(now)),
        product: Some(products::lot_product(&mut tx, product_id).await?),
    };
    xlcfi_events::append(&mut tx, product_id.uuid(), &fact).await?;
    tell_stock(&mut tx, &[product_id], now).await?;
    tx.commit().await?;
    if state == ProductState::Published {
        ctx.shelf.renew_product(product_id).await;
    }
    Ok(lot)
}

/// `20261122-1`: the day in Korea and a counter of the locked product.
pub(super) async fn next_number(
    conn: &mut sqlx::PgConnection,
    product_id: Id<Product>,
    now: OffsetDateTime,
) -> Result<String, sqlx::Error> {
    let today = seoul_date(now);
    let day = format!(
        "{:04}{:02}{:02}",
        today.year(),
        u8::from(today.month()),
        today.day()
    );
    let before = lots::count_numbered(conn, product_id, &day).await?;
    Ok(format!("{day}-{}", before + 1))
}
