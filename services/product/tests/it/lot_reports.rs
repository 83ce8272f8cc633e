//! What is told of lots.

use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::product::v1::{
    DecodeTraceNumberRequest, ListUnsoldRisksRequest, ReceiveLotRequest, TraceKind,
};
use xlcfi_testkit::{assert_refused, seller};

use crate::fixture::{LATER, Shop, krw, receipt};

#[tokio::test]
async fn what_will_expire_unsold_is_told_with_what_it_cost() {
    let shop = Shop::open().await;
    let product = shop.stocked(1).await;
    let id = product.product_id.as_str();
    let dear = ReceiveLotRequest {
        unit_cost: Some(krw(640)),
        ..receipt(id, 100, "2026-11-25")
    };
    let lot = shop
        .lots()
        .receive_lot(dear)
        .await
        .unwrap()
        .into_inner()
        .lot
        .unwrap();
    shop.receive(id, 10, "2027-06-01").await;
    let order = Uuid::now_v7();
    shop.reserve(order, &[(id, 28)], LATER).await.unwrap();
    shop.commit(order).await.unwrap();
    let request = ListUnsoldRisksRequest { days: 0 };
    let risks = shop
        .lots()
        .list_unsold_risks(request)
        .await
        .unwrap()
        .into_inner()
        .risks;
    assert_eq!(risks.len(), 1, "{risks:?}");
    // One a day for four days, the last included, of the 72 left.
    let risk = &risks[0];
    assert_eq!(
        (&risk.lot_id, risk.days_left, risk.on_hand, risk.unsold),
        (&lot.lot_id, 3, 72, 68)
    );
    assert!((risk.daily_sales - 1.0).abs() < 1e-9);
    assert_eq!(risk.unsold_cost, Some(krw(68 * 640)));
    let other = shop
        .lots_of(&seller())
        .list_unsold_risks(request)
        .await
        .unwrap()
        .into_inner();
    assert!(other.risks.is_empty());
}

#[tokio::test]
async fn trace_numbers_are_read_or_refused() {
    let shop = Shop::open().await;
    let decode = async |number: &str| {
        let request = DecodeTraceNumberRequest {
            number: number.into(),
        };
        shop.lots().decode_trace_number(request).await
    };
    let egg = decode("1120M3FDS2").await.unwrap().into_inner().trace.unwrap();
    assert_eq!(
        (egg.kind(), egg.date.as_str(), egg.farm.as_str(), egg.housing),
        (TraceKind::Egg, "2026-11-20", "M3FDS", 2)
    );
    assert_refused(decode("7").await, Code::InvalidArgument, "TRACE_NUMBER_INVALID");
}
