use std::collections::BTreeSet;

use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::product::v1::search_service_client::SearchServiceClient;
use xlcfi_contracts::product::v1::{
    ArchiveProductRequest, Facet, ListUnansweredQueriesRequest, Product, SearchFilter, SearchProductsRequest,
    SearchProductsResponse, SearchSort, StorageClass, SuggestProductsRequest, UpdateProductRequest,
};
use xlcfi_testkit::{Calling, admin, assert_refused, eventually};

use crate::fixture::{LATER, Shop, ladder};

fn search(query: &str) -> SearchProductsRequest {
    SearchProductsRequest {
        query: query.into(),
        ..SearchProductsRequest::default()
    }
}

fn client(shop: &Shop) -> SearchServiceClient<Calling> {
    SearchServiceClient::new(shop.harness.anonymous())
}

async fn find(shop: &Shop, request: SearchProductsRequest) -> Option<SearchProductsResponse> {
    Some(client(shop).search_products(request).await.ok()?.into_inner())
}

fn names(answer: &SearchProductsResponse) -> Vec<String> {
    let products = answer.hits.iter().filter_map(|hit| hit.product.as_ref());
    products.map(|product| product.name.clone()).collect()
}

/// Names found, once there are so many.
async fn found(shop: &Shop, query: &str, many: usize) -> Vec<String> {
    eventually(async || {
        let answer = find(shop, search(query)).await?;
        (answer.hits.len() == many).then(|| names(&answer))
    })
    .await
}

#[tokio::test]
async fn what_comes_on_sale_is_found_as_people_type_it_and_what_goes_is_not() {
    let shop = Shop::open().await;
    let potato = shop.on_sale("수미 감자 10kg", 20_000).await;
    shop.on_sale("제주 감귤 5kg", 15_000).await;
    shop.create(shop.potatoes()).await;
    for query in ["감자", "감ㅈ", "ㄱㅈ", "rkawk", "감쟈", "감자 10킬로", "potato"] {
        assert_eq!(found(&shop, query, 1).await, ["수미 감자 10kg"], "{query}");
    }
    let answer = find(&shop, search("감자")).await.unwrap();
    assert!(
        answer.hits[0].highlighted_name.contains("<em>감자</em>"),
        "{answer:?}"
    );
    assert_eq!(
        answer.hits[0].product.as_ref().unwrap().product_id,
        potato.product_id
    );
    let archive = ArchiveProductRequest {
        product_id: potato.product_id,
    };
    shop.own().archive_product(archive).await.unwrap();
    found(&shop, "감자", 0).await;
}

#[tokio::test]
async fn every_change_of_a_product_is_seen_in_what_is_found() {
    let shop = Shop::open().await;
    let product = shop.on_sale("해남 고구마", 30_000).await;
    let seen = async |holds: &dyn Fn(&Product) -> bool| {
        eventually(async || {
            let answer = find(&shop, search("고구마")).await?;
            let product = answer.hits.first()?.product.clone()?;
            holds(&product).then_some(())
        })
        .await;
    };
    seen(&|seen| seen.in_stock && seen.earliest_use_by_date == "2026-12-24").await;
    let order = Uuid::now_v7();
    shop.reserve(order, &[(&product.product_id, 10)], LATER)
        .await
        .unwrap();
    seen(&|seen| !seen.in_stock && seen.earliest_use_by_date.is_empty()).await;
    shop.release(order).await.unwrap();
    seen(&|seen| seen.in_stock).await;
    let mut update = UpdateProductRequest::from(product.clone());
    update.name = "꿀고구마".into();
    update.prices = Some(ladder(&[(1, 12_000)], 1, 1, 100));
    shop.own().update_product(update).await.unwrap();
    seen(&|seen| seen.name == "꿀고구마" && seen.version == product.version + 1).await;
    let cheap = SearchFilter {
        maximum_price: Some(12_000),
        in_stock: true,
        storages: vec![StorageClass::Room.into()],
        ..SearchFilter::default()
    };
    let request = SearchProductsRequest {
        filter: Some(cheap),
        ..search("고구마")
    };
    assert_eq!(names(&find(&shop, request).await.unwrap()), ["꿀고구마"]);
}

#[tokio::test]
async fn facets_count_pages_go_on_and_orders_hold() {
    let shop = Shop::open().await;
    for (number, price) in [5_000, 25_000, 15_000, 60_000, 8_000].into_iter().enumerate() {
        shop.on_sale(&format!("햇감자 {number}호"), price).await;
    }
    found(&shop, "감자", 5).await;
    let request = SearchProductsRequest {
        facets: vec![
            Facet::PriceBand.into(),
            Facet::Category.into(),
            Facet::InStock.into(),
        ],
        sort: SearchSort::Price.into(),
        page_size: 2,
        ..search("감자")
    };
    let (mut prices, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = SearchProductsRequest {
            page_token,
            ..request.clone()
        };
        let page = find(&shop, request).await.unwrap();
        assert_eq!(page.total, 5);
        let bands: Vec<_> = page.facets[0]
            .counts
            .iter()
            .map(|count| (count.value.as_str(), count.count))
            .collect();
        assert_eq!(bands, [("0-10000", 2), ("10000-30000", 2), ("50000-100000", 1)]);
        assert_eq!(
            (
                page.facets[1].counts[0].value.as_str(),
                page.facets[1].counts[0].count
            ),
            (shop.category_id.as_str(), 5)
        );
        prices.extend(page.hits.iter().map(|hit| {
            let ladder = hit.product.as_ref().unwrap().prices.as_ref().unwrap();
            ladder.rungs[0].unit_price.as_ref().unwrap().minor_units
        }));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(prices, [5_000, 8_000, 15_000, 25_000, 60_000]);
    let foreign = SearchProductsRequest {
        page_token: "x".into(),
        ..request
    };
    let refused = client(&shop).search_products(foreign).await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
}

#[tokio::test]
async fn what_is_typed_is_completed() {
    let shop = Shop::open().await;
    shop.on_sale("고등어 자반", 9_000).await;
    shop.on_sale("고구마", 9_000).await;
    let complete = async |text: &str| {
        let request = SuggestProductsRequest {
            text: text.into(),
            limit: 5,
        };
        let answer = client(&shop).suggest_products(request).await.ok()?.into_inner();
        let texts: BTreeSet<String> = answer
            .suggestions
            .into_iter()
            .map(|suggestion| suggestion.text)
            .collect();
        (!texts.is_empty()).then_some(texts)
    };
    for text in ["고등", "고등ㅇ", "ㄱㄷㅇ", "rhemd"] {
        let texts = eventually(async || complete(text).await).await;
        assert!(
            texts.iter().any(|text| text.contains("고등어")),
            "{text}: {texts:?}"
        );
    }
}

#[tokio::test]
async fn queries_that_find_nothing_are_noted_for_admins() {
    let shop = Shop::open().await;
    shop.on_sale("감자", 9_000).await;
    found(&shop, "감자", 1).await;
    for query in ["캐비어", " 캐비어", "노트북"] {
        assert!(
            find(&shop, search(query)).await.unwrap().hits.is_empty(),
            "{query}"
        );
    }
    let mut admins = SearchServiceClient::new(shop.harness.as_user(&admin()));
    let noted = eventually(async || {
        let request = ListUnansweredQueriesRequest { days: 0, limit: 0 };
        let mut queries = admins
            .list_unanswered_queries(request)
            .await
            .ok()?
            .into_inner()
            .queries;
        // Asked for before it was there, the potato may be among them.
        queries.retain(|query| query.query != "감자");
        (queries.len() == 2).then_some(queries)
    })
    .await;
    let noted: Vec<_> = noted
        .iter()
        .map(|query| (query.query.as_str(), query.count))
        .collect();
    assert_eq!(noted, [("캐비어", 2), ("노트북", 1)]);
    let by_buyer = client(&shop)
        .list_unanswered_queries(ListUnansweredQueriesRequest::default())
        .await;
    assert_refused(by_buyer, Code::Unauthenticated, "TOKEN_MISSING");
}

#[tokio::test]
async fn any_text_is_a_query() {
    let shop = Shop::open().await;
    shop.on_sale("감자", 9_000).await;
    found(&shop, "감자", 1).await;
    let long = "감자 ".repeat(3_000);
    for text in [
        "\"감자",
        "감자 AND",
        "(((",
        "name:감자*",
        "+-!^~?*",
        "[가-힣]+",
        "ㅏㅏㅏ",
        "ᄀ",
        "\u{10ffff}",
        "%_\\",
        "<script>",
        &long[..9_999],
        "🥔🥔🥔",
    ] {
        assert!(find(&shop, search(text)).await.is_some(), "{text}");
        let request = SuggestProductsRequest {
            text: text.chars().take(200).collect(),
            limit: 3,
        };
        assert!(client(&shop).suggest_products(request).await.is_ok(), "{text}");
    }
    let refused = client(&shop).search_products(search(&"감".repeat(10_001))).await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
}

#[tokio::test]
async fn an_index_that_differs_from_the_command_side_is_mended() {
    let shop = Shop::with(&[("index_check_seconds", "1")]).await;
    let product = shop.on_sale("양파", 9_000).await;
    found(&shop, "양파", 1).await;
    // Behind everybody's back: no event tells of it.
    sqlx::query("update product set state = 'archived' where product_id = $1::uuid")
        .bind(&product.product_id)
        .execute(shop.harness.pool())
        .await
        .unwrap();
    found(&shop, "양파", 0).await;
    sqlx::query("update product set state = 'published' where product_id = $1::uuid")
        .bind(&product.product_id)
        .execute(shop.harness.pool())
        .await
        .unwrap();
    assert_eq!(found(&shop, "양파", 1).await, ["양파"]);
}
