use uuid::Uuid;
use xlcfi_contracts::product::v1::search_service_client::SearchServiceClient;
use xlcfi_contracts::product::v1::{
    GetOrderLotsRequest, GetProductRequest, ProductRated, ProductRating, SearchProductsRequest, SearchSort,
};
use xlcfi_contracts::review::v1::ProductRatingChanged;
use xlcfi_errors::Code;
use xlcfi_testkit::{assert_refused, eventually};

use crate::fixture::{LATER, Lots, Shop};

fn rated(id: &str, ratings: i64, mean: f64) -> ProductRatingChanged {
    ProductRatingChanged {
        product_id: id.into(),
        ratings,
        mean,
        wilson: mean / 2.0,
        time: None,
    }
}

/// Products found, those with the best ratings first.
async fn best(shop: &Shop, products: usize) -> Vec<String> {
    let mut client = SearchServiceClient::new(shop.harness.anonymous());
    eventually(async || {
        let request = SearchProductsRequest {
            query: "감자".into(),
            sort: SearchSort::Rating.into(),
            ..SearchProductsRequest::default()
        };
        let hits = client.search_products(request).await.ok()?.into_inner().hits;
        let ids = hits.into_iter().filter_map(|hit| Some(hit.product?.product_id));
        Some(ids.collect::<Vec<_>>()).filter(|ids| ids.len() == products)
    })
    .await
}

async fn shown(shop: &Shop, id: &str) -> Option<ProductRating> {
    let request = GetProductRequest {
        product_id: id.into(),
    };
    let answer = shop.anyone().get_product(request).await.unwrap();
    answer.into_inner().product.unwrap().rating
}

#[tokio::test]
async fn what_buyers_rate_well_is_shown_so_and_sorted_first() {
    let shop = Shop::open().await;
    let one = shop.on_sale("수미 감자", 9_000).await.product_id;
    let other = shop.on_sale("수미 감자", 9_000).await.product_id;
    best(&shop, 2).await;
    let (key, id) = (one.parse().unwrap(), Uuid::now_v7());
    for _ in 0..2 {
        shop.harness
            .redeliver("review", id, key, 1, &rated(&one, 40, 4.5))
            .await;
    }
    let worse = rated(&other, 40, 1.5);
    shop.harness
        .deliver("review", other.parse().unwrap(), 1, &worse)
        .await;
    eventually(async || (best(&shop, 2).await == [one.clone(), other.clone()]).then_some(())).await;
    let told = shop.harness.published::<ProductRated>().await;
    assert_eq!(told.len(), 2);
    let expected = ProductRating {
        ratings: 40,
        mean: 4.5,
        wilson: 2.25,
    };
    assert_eq!(told[0].rating, Some(expected));
    assert_eq!(shown(&shop, &one).await, Some(expected));

    // When the reviews are gone, so is the rating, and the order turns.
    shop.harness.deliver("review", key, 2, &rated(&one, 0, 0.0)).await;
    shop.harness
        .deliver("review", other.parse().unwrap(), 2, &rated(&other, 90, 4.9))
        .await;
    eventually(async || (best(&shop, 2).await == [other.clone(), one.clone()]).then_some(())).await;
    eventually(async || shown(&shop, &one).await.is_none().then_some(())).await;
}

#[tokio::test]
async fn a_rating_beyond_its_scale_is_parked_and_one_of_an_unknown_product_is_nothing() {
    let shop = Shop::open().await;
    let unknown = Uuid::now_v7();
    shop.harness
        .deliver("review", unknown, 1, &rated(&unknown.to_string(), 1, 4.0))
        .await;
    shop.harness
        .deliver("review", Uuid::now_v7(), 1, &rated("x", 1, 4.0))
        .await;
    shop.harness
        .deliver("review", Uuid::now_v7(), 1, &rated(&unknown.to_string(), 1, 7.0))
        .await;
    eventually(async || (shop.harness.parked().await.len() == 2).then_some(())).await;
    assert!(shop.harness.published::<ProductRated>().await.is_empty());
}

#[tokio::test]
async fn review_learns_the_lots_goods_were_sold_from() {
    let shop = Shop::open().await;
    let id = shop.on_sale("수미 감자", 9_000).await.product_id;
    let (bought, reserved) = (Uuid::now_v7(), Uuid::now_v7());
    let taken = shop.reserve(bought, &[(&id, 3)], LATER).await.unwrap();
    shop.commit(bought).await.unwrap();
    shop.reserve(reserved, &[(&id, 1)], LATER).await.unwrap();
    let request = GetOrderLotsRequest {
        order_ids: [bought, reserved, Uuid::now_v7()].map(|id| id.to_string()).into(),
    };
    let mut review = xlcfi_contracts::product::v1::lot_service_client::LotServiceClient::new(
        shop.harness.as_service("review"),
    );
    let lots = review
        .get_order_lots(request.clone())
        .await
        .unwrap()
        .into_inner()
        .lots;
    assert_eq!(lots.len(), 1);
    assert_eq!(
        (&lots[0].order_id, &lots[0].product_id),
        (&bought.to_string(), &id)
    );
    assert_eq!((lots[0].quantity, &lots[0].lot_id), (3, &taken[0].lot_id));

    let mut seller: Lots = shop.lots();
    let refused = seller.get_order_lots(request).await;
    assert_refused(refused, Code::PermissionDenied, "CALLER_NOT_ALLOWED");
    let nothing = review.get_order_lots(GetOrderLotsRequest::default()).await;
    assert_refused(nothing, Code::InvalidArgument, "INVALID_FIELDS");
}
