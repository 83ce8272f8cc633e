use std::collections::BTreeSet;

use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::product::v1::{
    GetRecallRequest, HoldForRecallRequest, LiftRecallRequest, ListRecalledOrdersRequest, ListRecallsRequest,
    Lot, LotState, LotsHeld, LotsReleased, OrderRecalled, Product, Recall, RecallScope, ReleaseLotRequest,
};
use xlcfi_identity::User;
use xlcfi_testkit::{admin, assert_refused, seller};

use crate::fixture::{LATER, Shop, receipt};

fn request(scope: RecallScope) -> HoldForRecallRequest {
    HoldForRecallRequest {
        scope: Some(scope),
        reason: "대장균 검출".into(),
        request_id: String::new(),
    }
}

async fn recall(shop: &Shop, by: &User, scope: RecallScope) -> Result<Recall, tonic::Status> {
    let answer = shop.recalls(by).hold_for_recall(request(scope)).await?;
    Ok(answer.into_inner().recall.unwrap())
}

async fn coded(shop: &Shop, gtin: &str, report: &str, licence: &str) -> Product {
    let mut request = shop.potatoes();
    request.gtin = gtin.into();
    request.report_number = report.into();
    request.licence_number = licence.into();
    let draft = shop.create(request).await;
    shop.publish(&draft.product_id).await
}

async fn state(shop: &Shop, lot: &Lot) -> String {
    sqlx::query_scalar("select state from lot where lot_id = $1::uuid")
        .bind(&lot.lot_id)
        .fetch_one(shop.harness.pool())
        .await
        .unwrap()
}

#[tokio::test]
async fn each_field_of_a_scope_narrows_what_is_held() {
    let shop = Shop::open().await;
    let by = admin();
    let one = coded(&shop, "8801234567893", "19860012011123", "20040010345").await;
    let two = coded(&shop, "96385074", "19860012011123", "20040010345").await;
    let traced = receipt(&two.product_id, 5, "2026-12-02");
    let traced = xlcfi_contracts::product::v1::ReceiveLotRequest {
        trace_number: "002123456789".into(),
        supplier_lot: "S-9".into(),
        own_lot: "OWN-1".into(),
        ..traced
    };
    let lots = [
        shop.receive(&one.product_id, 5, "2026-12-01").await,
        shop.receive(&one.product_id, 5, "2026-12-02").await,
        shop.lots()
            .receive_lot(traced)
            .await
            .unwrap()
            .into_inner()
            .lot
            .unwrap(),
    ];
    let given = RecallScope::default;
    let text = String::from;
    for (scope, held) in [
        (
            RecallScope {
                product_id: one.product_id.clone(),
                ..given()
            },
            vec![0, 1],
        ),
        (
            RecallScope {
                gtin: text("8801234567893"),
                ..given()
            },
            vec![0, 1],
        ),
        (
            RecallScope {
                gtin: text("8801234567893"),
                use_by_date: text("2026-12-02"),
                ..given()
            },
            vec![1],
        ),
        (
            RecallScope {
                report_number: text("19860012011123"),
                ..given()
            },
            vec![0, 1, 2],
        ),
        (
            RecallScope {
                licence_number: text("20040010345"),
                use_by_date: text("2026-12-02"),
                ..given()
            },
            vec![1, 2],
        ),
        (
            RecallScope {
                lot_number: text("002123456789"),
                ..given()
            },
            vec![2],
        ),
        (
            RecallScope {
                lot_number: text("OWN-1"),
                ..given()
            },
            vec![2],
        ),
        (
            RecallScope {
                lot_number: text("S-9"),
                gtin: text("96385074"),
                ..given()
            },
            vec![2],
        ),
    ] {
        let recall = recall(&shop, &by, scope.clone()).await.unwrap();
        for (at, lot) in lots.iter().enumerate() {
            let expected = if held.contains(&at) {
                "recalled"
            } else {
                "available"
            };
            assert_eq!(state(&shop, lot).await, expected, "{at} by {scope:?}");
        }
        assert_eq!(
            (recall.lots, recall.scope.as_ref()),
            (held.len() as i64, Some(&scope))
        );
        let lift = LiftRecallRequest {
            recall_id: recall.recall_id,
            reason: "오인".into(),
        };
        shop.recalls(&by).lift_recall(lift).await.unwrap();
    }
    let nothing = recall(
        &shop,
        &by,
        RecallScope {
            gtin: text("00000000"),
            ..given()
        },
    )
    .await;
    assert_refused(nothing, Code::FailedPrecondition, "RECALL_MATCHES_NOTHING");
    let everything = recall(
        &shop,
        &by,
        RecallScope {
            use_by_date: text("2026-12-02"),
            ..given()
        },
    )
    .await;
    assert_refused(everything, Code::InvalidArgument, "INVALID_FIELDS");
    let by_seller = recall(
        &shop,
        &seller(),
        RecallScope {
            gtin: text("96385074"),
            ..given()
        },
    )
    .await;
    assert_refused(by_seller, Code::PermissionDenied, "ROLE_MISSING");
}

#[tokio::test]
async fn orders_that_have_of_recalled_lots_are_told_and_listed() {
    let shop = Shop::open().await;
    let by = admin();
    let product = shop.create(shop.potatoes()).await;
    let id = product.product_id.as_str();
    let bad = shop.receive(id, 10, "2026-12-01").await;
    shop.publish(id).await;
    let (sold, reserved, gone) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    for (order, quantity) in [(sold, 2), (reserved, 3), (gone, 1)] {
        shop.reserve(order, &[(id, quantity)], LATER).await.unwrap();
    }
    shop.commit(sold).await.unwrap();
    shop.release(gone).await.unwrap();
    let good = shop.receive(id, 10, "2026-12-24").await;
    let scope = RecallScope {
        product_id: id.into(),
        use_by_date: "2026-12-01".into(),
        ..RecallScope::default()
    };
    let recalled = recall(&shop, &by, scope).await.unwrap();
    assert_eq!((recalled.lots, recalled.products, recalled.orders), (1, 1, 2));
    let told = shop.harness.published::<OrderRecalled>().await;
    let mut lines: Vec<_> = told
        .iter()
        .map(|told| (told.order_id.clone(), told.lines[0].quantity, told.lines[0].sold))
        .collect();
    lines.sort();
    let mut expected = [(sold.to_string(), 2, true), (reserved.to_string(), 3, false)];
    expected.sort();
    assert_eq!(lines, expected);
    let held = shop.harness.published::<LotsHeld>().await;
    assert_eq!(
        (held[0].recall_id.as_str(), held[0].state(), &held[0].lot_ids),
        (
            recalled.recall_id.as_str(),
            LotState::Recalled,
            &vec![bad.lot_id.clone()]
        )
    );
    let mut listed = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListRecalledOrdersRequest {
            recall_id: recalled.recall_id.clone(),
            page_size: 1,
            page_token,
        };
        let page = shop
            .recalls(&by)
            .list_recalled_orders(request)
            .await
            .unwrap()
            .into_inner();
        listed.extend(
            page.orders
                .into_iter()
                .map(|order| (order.order_id, order.quantity, order.sold)),
        );
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(listed, expected);
    // The order under way gets good goods.
    shop.commit(reserved).await.unwrap();
    assert_eq!(shop.lot(&good.lot_id).await, (7, 0, 3));
    shop.assert_stock_adds_up().await;
}

#[tokio::test]
async fn events_of_very_many_lots_stay_small_enough_to_be_sent() {
    let shop = Shop::open().await;
    let product = shop.stocked(5).await;
    let id: Uuid = product.product_id.parse().unwrap();
    let more = "insert into lot (lot_id, product_id, warehouse_id, own_lot, supplier_lot, received, on_hand, reserved,
            sold, use_by_date, origin, receive_time)
        select uuidv7(), product_id, warehouse_id, 'MANY-' || n, '', 1, 1, 0, 0, use_by_date, origin, receive_time
        from lot cross join generate_series(1, 10000) n where product_id = $1";
    sqlx::query(more)
        .bind(id)
        .execute(shop.harness.pool())
        .await
        .unwrap();
    let scope = RecallScope {
        product_id: product.product_id.clone(),
        ..RecallScope::default()
    };
    let made = recall(&shop, &admin(), scope).await.unwrap();
    assert_eq!(made.lots, 10_001);
    let lift = LiftRecallRequest {
        recall_id: made.recall_id,
        reason: "이상 없음".into(),
    };
    shop.recalls(&admin()).lift_recall(lift).await.unwrap();
    let held = shop.harness.published::<LotsHeld>().await;
    let released = shop.harness.published::<LotsReleased>().await;
    let held: Vec<&Vec<String>> = held.iter().map(|held| &held.lot_ids).collect();
    let released: Vec<&Vec<String>> = released.iter().map(|released| &released.lot_ids).collect();
    for told in [held, released] {
        let sizes: Vec<usize> = told.iter().map(|ids| ids.len()).collect();
        assert_eq!(sizes, [5_000, 5_000, 1]);
        let each: BTreeSet<&String> = told.into_iter().flatten().collect();
        assert_eq!(each.len(), 10_001);
    }
}

#[tokio::test]
async fn a_recalled_lot_is_released_by_lifting_the_recall_only_and_is_then_what_it_was() {
    let shop = Shop::open().await;
    let by = admin();
    let product = shop.stocked(5).await;
    let id = product.product_id.as_str();
    let held = shop.receive(id, 5, "2026-12-01").await;
    let hold = xlcfi_contracts::product::v1::HoldLotRequest {
        lot_id: held.lot_id.clone(),
        reason: "검사".into(),
    };
    shop.lots().hold_lot(hold).await.unwrap();
    let scope = RecallScope {
        product_id: id.into(),
        ..RecallScope::default()
    };
    let mut once = request(scope);
    once.request_id = Uuid::now_v7().to_string();
    let made = shop
        .recalls(&by)
        .hold_for_recall(once.clone())
        .await
        .unwrap()
        .into_inner()
        .recall
        .unwrap();
    assert_eq!((made.lots, shop.stock(id).await), (2, (0, 0)));
    let again = shop
        .recalls(&by)
        .hold_for_recall(once)
        .await
        .unwrap()
        .into_inner()
        .recall
        .unwrap();
    assert_eq!(again, made);
    let release = ReleaseLotRequest {
        lot_id: held.lot_id.clone(),
        reason: "판매".into(),
    };
    assert_refused(
        shop.lots().release_lot(release).await,
        Code::FailedPrecondition,
        "LOT_RECALLED",
    );
    let lift = LiftRecallRequest {
        recall_id: made.recall_id.clone(),
        reason: "재검사 적합".into(),
    };
    for _ in 0..2 {
        let lifted = shop
            .recalls(&by)
            .lift_recall(lift.clone())
            .await
            .unwrap()
            .into_inner()
            .recall
            .unwrap();
        assert!(lifted.lift_time.is_some());
    }
    assert_eq!(state(&shop, &held).await, "held");
    assert_eq!(shop.stock(id).await, (5, 0));
    assert_eq!(shop.harness.published::<LotsReleased>().await.len(), 1);
    let listed = shop
        .recalls(&by)
        .list_recalls(ListRecallsRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.recalls.len(), 1);
    let unknown = GetRecallRequest {
        recall_id: Uuid::now_v7().to_string(),
    };
    assert_refused(
        shop.recalls(&by).get_recall(unknown).await,
        Code::NotFound,
        "RECALL_NOT_FOUND",
    );
}
