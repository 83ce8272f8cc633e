//! Servers that stop answering and come back.

use reqwest::Method;
use serde_json::json;
use uuid::Uuid;
use xlcfi_e2e::Edge;
use xlcfi_e2e::people::{
    Person, add_address, eventually, list_product, make_seller, patiently, sign_up, store_card,
};

use crate::mesh::{alone, mesh, pause, signal};

struct Market {
    edge: Edge,
    buyer: Person,
    product_id: String,
    method: String,
}

async fn market() -> Market {
    let (edge, sandbox) = (mesh().edge(), mesh().sandbox());
    let run = Uuid::now_v7().simple().to_string();
    let seller = sign_up(&edge, &format!("seller-{run}@example.com"), "평창감자농원")
        .await
        .unwrap();
    let seller = make_seller(&edge, seller).await.unwrap();
    let product_id = list_product(&edge, &seller, &run, 100).await.unwrap();
    let buyer = sign_up(&edge, &format!("buyer-{run}@example.com"), "김바다")
        .await
        .unwrap();
    add_address(&edge, &buyer).await.unwrap();
    let method = store_card(&edge, &sandbox, &buyer, None).await.unwrap();
    Market {
        edge,
        buyer,
        product_id,
        method,
    }
}

impl Market {
    async fn order(&self) -> String {
        let body = json!({
            "requestId": Uuid::now_v7().to_string(),
            "lines": [{"productId": self.product_id, "quantity": "1"}],
            "paymentMethodId": self.method,
        });
        let answer = self
            .edge
            .rest(Method::POST, "/api/v1/orders", &self.buyer.token, Some(body))
            .await
            .unwrap();
        answer["order"]["orderId"].as_str().unwrap().to_owned()
    }

    async fn is_confirmed(&self, id: &str) -> bool {
        let path = format!("/api/v1/orders/{id}");
        let answer = self.edge.rest(Method::GET, &path, &self.buyer.token, None).await;
        answer.is_ok_and(|answer| answer["order"]["state"] == "ORDER_STATE_CONFIRMED")
    }

    async fn ends_confirmed(&self, id: &str) {
        eventually(async || self.is_confirmed(id).await.then_some(()))
            .await
            .unwrap();
    }
}

/// One test for all, because they stop what every test needs.
#[tokio::test(flavor = "multi_thread")]
async fn orders_survive_servers_that_stop_answering() {
    let _alone = alone().await;
    let market = market().await;

    let nats = mesh().pids("nats-server");
    assert_eq!(nats.len(), 1, "one NATS server of this mesh");
    let paused = pause(nats[0]);
    let accepted = market.order().await;
    assert!(
        !market.is_confirmed(&accepted).await,
        "no message can have gone anywhere"
    );
    drop(paused);
    market.ends_confirmed(&accepted).await;

    signal(mesh().pids("nats-server")[0], "KILL");
    let accepted = market.order().await;
    market.ends_confirmed(&accepted).await;

    let paused = pause(mesh().pids("valkey-server")[0]);
    let accepted = market.order().await;
    market.ends_confirmed(&accepted).await;
    let found = market
        .edge
        .rest(Method::GET, "/api/v1/products?pageSize=1", "", None)
        .await
        .unwrap();
    assert_eq!(found["products"].as_array().unwrap().len(), 1);
    drop(paused);

    let postgres = mesh().pids("postgres");
    signal(*postgres.iter().min().unwrap(), "KILL");
    let accepted = patiently(async || {
        let body = json!({
            "requestId": Uuid::now_v7().to_string(),
            "lines": [{"productId": market.product_id, "quantity": "1"}],
            "paymentMethodId": market.method,
        });
        let (status, answer) = market
            .edge
            .rest_answer(Method::POST, "/api/v1/orders", &market.buyer.token, Some(body))
            .await
            .unwrap();
        assert!([200, 503, 504].contains(&status), "{status}: {answer}");
        (status == 200).then(|| answer["order"]["orderId"].as_str().unwrap().to_owned())
    })
    .await
    .unwrap();
    market.ends_confirmed(&accepted).await;
}
