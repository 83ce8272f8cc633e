//! What tests of lots share.

use xlcfi_contracts::product::v1::{HoldLotRequest, ListStockEntriesRequest, Lot, StockEntry};

use crate::fixture::Shop;

/// Everything the ledger says of a lot, oldest first.
pub async fn entries(shop: &Shop, lot: &Lot) -> Vec<StockEntry> {
    let (mut entries, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListStockEntriesRequest {
            product_id: lot.product_id.clone(),
            lot_id: lot.lot_id.clone(),
            page_size: 2,
            page_token,
        };
        let page = shop
            .lots()
            .list_stock_entries(request)
            .await
            .unwrap()
            .into_inner();
        entries.extend(page.entries);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            entries.reverse();
            return entries;
        }
    }
}

/// A lot, held.
pub async fn hold(shop: &Shop, lot: &Lot) -> Lot {
    let request = HoldLotRequest {
        lot_id: lot.lot_id.clone(),
        reason: "검사 대기".into(),
    };
    shop.lots()
        .hold_lot(request)
        .await
        .unwrap()
        .into_inner()
        .lot
        .unwrap()
}
