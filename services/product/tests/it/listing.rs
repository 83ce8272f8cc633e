use std::time::Duration;

use tonic::Code;
use xlcfi_contracts::product::v1::{
    ArchiveProductRequest, ListOwnProductsRequest, ListProductsRequest, Product,
};
use xlcfi_testkit::{assert_refused, seller};

use crate::fixture::{LATER, Shop};

fn all() -> ListProductsRequest {
    ListProductsRequest::default()
}

/// Names of all products that meet a request, page by page.
async fn names(shop: &Shop, request: ListProductsRequest) -> Vec<String> {
    let (mut names, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListProductsRequest {
            page_token,
            ..request.clone()
        };
        let answer = shop.anyone().list_products(request).await.unwrap().into_inner();
        names.extend(answer.products.into_iter().map(|product| product.name));
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            return names;
        }
    }
}

async fn named(shop: &Shop, name: &str) -> Product {
    let mut request = shop.potatoes();
    request.name = name.into();
    let draft = shop.create(request).await;
    shop.publish(&draft.product_id).await
}

#[tokio::test]
async fn products_on_sale_are_listed_newest_first_without_gap_or_repetition() {
    let shop = Shop::open().await;
    for number in 0..7 {
        if number % 3 == 0 {
            shop.harness.advance(Duration::from_secs(1));
        }
        named(&shop, &number.to_string()).await;
    }
    shop.create(shop.potatoes()).await;
    let gone = named(&shop, "gone").await;
    let request = ArchiveProductRequest {
        product_id: gone.product_id,
    };
    shop.own().archive_product(request).await.unwrap();
    for page_size in [1, 2, 3, 7, 0] {
        let listed = names(&shop, ListProductsRequest { page_size, ..all() }).await;
        assert_eq!(
            listed,
            ["6", "5", "4", "3", "2", "1", "0"],
            "pages of {page_size}"
        );
    }
}

#[tokio::test]
async fn a_category_holds_those_below_it() {
    let shop = Shop::open().await;
    let root = shop.category("root-vegetable", &shop.category_id).await;
    let deep = shop.category("potato", &root).await;
    let meat = shop.category("meat", "").await;
    for (name, category_id) in [("감자", &deep), ("당근", &root), ("소고기", &meat)] {
        let mut request = shop.potatoes();
        (request.name, request.category_id) = (name.into(), category_id.clone());
        let draft = shop.create(request).await;
        shop.publish(&draft.product_id).await;
    }
    let within = async |category_id: &str| {
        names(
            &shop,
            ListProductsRequest {
                category_id: category_id.into(),
                ..all()
            },
        )
        .await
    };
    assert_eq!(within(&shop.category_id).await, ["당근", "감자"]);
    assert_eq!(within(&deep).await, ["감자"]);
    assert_eq!(within(&meat).await, ["소고기"]);
    assert!(within(&shop.seller.id.to_string()).await.is_empty());
}

#[tokio::test]
async fn a_list_can_be_cut_to_a_seller_and_to_what_is_in_stock() {
    let shop = Shop::open().await;
    let product = named(&shop, "있음").await;
    named(&shop, "없음").await;
    shop.receive(&product.product_id, 1, "2026-11-22").await;
    let in_stock = ListProductsRequest {
        in_stock: true,
        ..all()
    };
    assert_eq!(names(&shop, in_stock.clone()).await, ["있음"]);
    let seller_id = shop.seller.id.to_string();
    assert_eq!(
        names(&shop, ListProductsRequest { seller_id, ..all() })
            .await
            .len(),
        2
    );
    let seller_id = seller().id.to_string();
    assert!(
        names(&shop, ListProductsRequest { seller_id, ..all() })
            .await
            .is_empty()
    );

    let order = uuid::Uuid::now_v7();
    shop.reserve(order, &[(&product.product_id, 1)], LATER)
        .await
        .unwrap();
    let fresh = ListProductsRequest {
        page_size: 7,
        ..in_stock
    };
    assert!(
        names(&shop, fresh).await.is_empty(),
        "what is reserved is not in stock"
    );
}

#[tokio::test]
async fn sellers_list_their_own_products_in_every_state() {
    let shop = Shop::open().await;
    shop.create(shop.potatoes()).await;
    let gone = named(&shop, "gone").await;
    shop.own()
        .archive_product(ArchiveProductRequest {
            product_id: gone.product_id,
        })
        .await
        .unwrap();
    named(&shop, "on sale").await;
    let list = async |size, token: &str| {
        let request = ListOwnProductsRequest {
            page_size: size,
            page_token: token.into(),
        };
        shop.own().list_own_products(request).await.unwrap().into_inner()
    };
    let first = list(2, "").await;
    let rest = list(2, &first.next_page_token).await;
    let names: Vec<_> = first
        .products
        .iter()
        .chain(&rest.products)
        .map(|product| product.name.as_str())
        .collect();
    assert_eq!(
        (names, rest.next_page_token.as_str()),
        (vec!["on sale", "gone", "감자 10kg"], "")
    );
    let of_another = shop
        .client(&seller())
        .list_own_products(ListOwnProductsRequest::default())
        .await;
    assert!(of_another.unwrap().into_inner().products.is_empty());
}

#[tokio::test]
async fn a_page_token_of_our_own_making_only() {
    let shop = Shop::open().await;
    let request = ListProductsRequest {
        page_token: "x".into(),
        ..all()
    };
    assert_refused(
        shop.anyone().list_products(request).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    let request = ListOwnProductsRequest {
        page_token: "x".into(),
        page_size: 0,
    };
    assert_refused(
        shop.own().list_own_products(request).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    let request = ListProductsRequest {
        page_size: -1,
        ..all()
    };
    assert_refused(
        shop.anyone().list_products(request).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
}
