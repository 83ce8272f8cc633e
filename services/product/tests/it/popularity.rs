use std::time::Duration;

use uuid::Uuid;
use xlcfi_contracts::product::v1::search_service_client::SearchServiceClient;
use xlcfi_contracts::product::v1::{GetProductRequest, ProductPopularityChanged, SearchProductsRequest};
use xlcfi_testkit::eventually;

use crate::fixture::{LATER, Shop};

const DAY: Duration = Duration::from_secs(24 * 3_600);

async fn potatoes(shop: &Shop) -> Vec<String> {
    let mut client = SearchServiceClient::new(shop.harness.anonymous());
    eventually(async || {
        let request = SearchProductsRequest {
            query: "감자".into(),
            ..SearchProductsRequest::default()
        };
        let hits = client.search_products(request).await.ok()?.into_inner().hits;
        let ids = hits.into_iter().filter_map(|hit| Some(hit.product?.product_id));
        Some(ids.collect::<Vec<_>>()).filter(|ids| ids.len() == 2)
    })
    .await
}

async fn told(shop: &Shop, times: usize) -> ProductPopularityChanged {
    eventually(async || {
        let mut told = shop.harness.published::<ProductPopularityChanged>().await;
        (told.len() == times).then(|| told.pop()).flatten()
    })
    .await
}

#[tokio::test]
async fn what_is_ordered_often_is_told_a_day_later_and_found_before_its_like() {
    let shop = Shop::open().await;
    shop.on_sale("수미 감자", 9_000).await;
    shop.on_sale("수미 감자", 9_000).await;
    let before = potatoes(&shop).await;
    let id = before[1].as_str();
    for _ in 0..3 {
        let order = Uuid::now_v7();
        shop.reserve(order, &[(id, 2)], LATER).await.unwrap();
        shop.commit(order).await.unwrap();
    }
    shop.reserve(Uuid::now_v7(), &[(&before[0], 1)], LATER)
        .await
        .unwrap();
    shop.harness.advance(DAY);
    let now = told(&shop, 1).await;
    assert_eq!((now.product_id.as_str(), now.popularity), (id, 2));
    eventually(async || (potatoes(&shop).await[0] == id).then_some(())).await;
    let request = GetProductRequest {
        product_id: id.into(),
    };
    let product = shop.anyone().get_product(request).await.unwrap().into_inner();
    assert_eq!(product.product.unwrap().popularity, 2);

    shop.harness.advance(30 * DAY);
    let then = told(&shop, 2).await;
    assert_eq!((then.product_id.as_str(), then.popularity), (id, 0));
}
