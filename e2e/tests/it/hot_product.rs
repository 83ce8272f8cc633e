//! A product that everybody wants.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use xlcfi_e2e::people::{add_address, eventually, list_product, make_seller, patiently, sign_up, store_card};

use crate::mesh::{alone, mesh};

const ORDERS: usize = 1_000;
const STOCK: i64 = 10;

#[tokio::test(flavor = "multi_thread")]
async fn of_a_thousand_orders_for_ten_boxes_exactly_ten_are_confirmed() {
    // A thousand orders at once leave no room for others.
    let _alone = alone().await;
    let (edge, sandbox) = (mesh().edge(), mesh().sandbox());
    let run = Uuid::now_v7().simple().to_string();
    let seller = sign_up(&edge, &format!("hot-seller-{run}@example.com"), "한정판농원")
        .await
        .unwrap();
    let seller = make_seller(&edge, seller).await.unwrap();
    let product_id = list_product(&edge, &seller, &run, STOCK).await.unwrap();
    let buyer = sign_up(&edge, &format!("hot-buyer-{run}@example.com"), "김바다")
        .await
        .unwrap();
    add_address(&edge, &buyer).await.unwrap();
    let method = store_card(&edge, &sandbox, &buyer, None).await.unwrap();

    // As a good client does: the same request again when there was no room, or no answer
    // on a connection of a thousand.
    let order = async || {
        let body = json!({
            "requestId": Uuid::now_v7().to_string(),
            "lines": [{"productId": product_id, "quantity": "1"}],
            "paymentMethodId": method,
        });
        patiently(async || {
            let body = Some(body.clone());
            let (status, answer) = edge
                .rest_answer(Method::POST, "/api/v1/orders", &buyer.token, body)
                .await
                .ok()?;
            assert!([200, 503, 504].contains(&status), "{status}: {answer}");
            (status == 200).then(|| answer["order"]["orderId"].as_str().unwrap().to_owned())
        })
        .await
        .unwrap()
    };
    let ids = join_all((0..ORDERS).map(|_| order())).await;
    assert_eq!(ids.len(), ORDERS);

    let state = async |id: &str| {
        let answer = edge
            .rest(Method::GET, &format!("/api/v1/orders/{id}"), &buyer.token, None)
            .await
            .ok()?;
        Some(answer["order"].clone())
    };
    let mut confirmed = 0;
    for id in &ids {
        let order: Value = eventually(async || {
            let order = state(id).await?;
            ["ORDER_STATE_CONFIRMED", "ORDER_STATE_CANCELLED"]
                .iter()
                .any(|end| order["state"] == *end)
                .then_some(order)
        })
        .await
        .unwrap();
        if order["state"] == "ORDER_STATE_CONFIRMED" {
            confirmed += 1;
        } else {
            assert_eq!(order["failureReason"], "OUT_OF_STOCK", "{order}");
        }
    }
    assert_eq!(confirmed, STOCK);
    let stock = edge
        .rest(
            Method::GET,
            &format!("/api/v1/products/{product_id}/stock"),
            "",
            None,
        )
        .await
        .unwrap();
    assert_eq!(
        (&stock["stock"]["available"], &stock["stock"]["reserved"]),
        (&Value::Null, &Value::Null),
        "{stock}"
    );
}
