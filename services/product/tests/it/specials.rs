use std::time::Duration;

use prost_types::Timestamp;
use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::product::v1::{
    GetPriceLadderRequest, GetPriceLadderResponse, GetProductRequest, ListCustomersRequest,
    ListSpecialPricesRequest, PriceLadder, PriceRung, Product, ProductUpdated, PutCustomerRequest, QuoteLine,
    QuotePricesRequest, RemoveCustomerRequest, SetSpecialPricesRequest, SpecialPrice,
};
use xlcfi_identity::User;
use xlcfi_testkit::{assert_refused, eventually, seller, user};

use crate::fixture::{Prices, Shop, krw};

fn special(group: &str, rungs: &[(i64, i64)]) -> SpecialPrice {
    let rung = |&(from_quantity, won): &(i64, i64)| PriceRung {
        from_quantity,
        unit_price: Some(krw(won)),
    };
    SpecialPrice {
        rungs: rungs.iter().map(rung).collect(),
        customer_group: group.into(),
        start_time: None,
        end_time: None,
    }
}

async fn set(shop: &Shop, product: &Product, special_prices: Vec<SpecialPrice>) {
    let request = SetSpecialPricesRequest {
        product_id: product.product_id.clone(),
        special_prices,
    };
    shop.prices(&shop.seller)
        .set_special_prices(request)
        .await
        .unwrap();
}

async fn put(shop: &Shop, member: &User, group: &str) {
    let request = PutCustomerRequest {
        member_id: member.id.to_string(),
        customer_group: group.into(),
    };
    shop.prices(&shop.seller).put_customer(request).await.unwrap();
}

async fn ladder(client: &mut Prices, product: &Product) -> GetPriceLadderResponse {
    let request = GetPriceLadderRequest {
        product_id: product.product_id.clone(),
    };
    client.get_price_ladder(request).await.unwrap().into_inner()
}

/// Price of one, as the cart and the checkout ask for it.
async fn quoted(client: &mut Prices, product: &Product, quantity: i64) -> Option<i64> {
    let request = QuotePricesRequest {
        lines: vec![QuoteLine {
            product_id: product.product_id.clone(),
            quantity,
            ..QuoteLine::default()
        }],
    };
    let answer = client.quote_prices(request).await.ok()?.into_inner();
    let line = &answer.lines[0];
    let (one, all) = (line.unit_price.clone()?, line.amount.clone()?);
    assert_eq!(one.minor_units * quantity, all.minor_units);
    Some(one.minor_units)
}

/// Price of one, read off the ladder as a person would.
fn read_off(ladder: &PriceLadder, quantity: i64) -> Option<i64> {
    let allowed = quantity >= ladder.minimum && quantity <= ladder.maximum && quantity % ladder.multiple == 0;
    let reached = ladder.rungs.iter().filter(|rung| rung.from_quantity <= quantity);
    let deepest = reached.max_by_key(|rung| rung.from_quantity)?;
    allowed.then_some(deepest.unit_price.as_ref()?.minor_units)
}

#[tokio::test]
async fn what_the_ladder_shows_is_what_every_quantity_costs() {
    let shop = Shop::open().await;
    let (regular, vip) = (user(), user());
    put(&shop, &vip, "vip").await;
    let mut request = shop.potatoes();
    request.prices = Some(crate::fixture::ladder(
        &[(4, 1_000), (12, 940), (30, 900), (60, 810)],
        4,
        2,
        80,
    ));
    let draft = shop.create(request).await;
    let product = shop.publish(&draft.product_id).await;
    let specials = vec![
        special("", &[(20, 905), (40, 899)]),
        special("vip", &[(1, 980), (6, 930), (55, 800)]),
        special("other", &[(1, 1)]),
    ];
    set(&shop, &product, specials).await;
    for client in [
        &mut shop.public_prices(),
        &mut shop.prices(&regular),
        &mut shop.prices(&vip),
        &mut shop.prices(&shop.seller),
    ] {
        let shown = ladder(client, &product).await.ladder.unwrap();
        for quantity in 1..=83 {
            let quoted = quoted(client, &product, quantity).await;
            assert_eq!(quoted, read_off(&shown, quantity), "{quantity} of {shown:?}");
        }
    }
    assert_eq!(quoted(&mut shop.prices(&vip), &product, 6).await, Some(930));
    assert_eq!(quoted(&mut shop.prices(&regular), &product, 6).await, Some(1_000));
    assert_eq!(
        ladder(&mut shop.prices(&vip), &product).await.customer_group,
        "vip"
    );
}

#[tokio::test]
async fn a_price_for_some_time_is_shown_while_it_runs_and_told_when_it_begins_and_ends() {
    let shop = Shop::open().await;
    let product = shop.stocked(100).await;
    let now = shop.harness.now().unix_timestamp();
    let at = |seconds: i64| {
        Some(Timestamp {
            seconds: now + seconds,
            nanos: 0,
        })
    };
    let sale = SpecialPrice {
        start_time: at(3_600),
        end_time: at(7_200),
        ..special("", &[(1, 700)])
    };
    set(&shop, &product, vec![sale]).await;
    let shown = async || {
        let request = GetProductRequest {
            product_id: product.product_id.clone(),
        };
        let product = shop
            .own()
            .get_product(request)
            .await
            .unwrap()
            .into_inner()
            .product
            .unwrap();
        let regular = product.prices.unwrap().rungs[0].unit_price.clone().unwrap();
        assert_eq!(regular.minor_units, 1_000, "the regular price stays");
        product.current_prices.unwrap().rungs[0]
            .unit_price
            .clone()
            .unwrap()
            .minor_units
    };
    let told = async |times: usize| {
        let told = eventually(async || {
            let told = shop.harness.published::<ProductUpdated>().await;
            (told.len() == times).then_some(told)
        })
        .await;
        let prices = told
            .last()
            .unwrap()
            .product
            .clone()
            .unwrap()
            .current_prices
            .unwrap();
        prices.rungs[0].unit_price.clone().unwrap().minor_units
    };
    assert_eq!((told(1).await, shown().await), (1_000, 1_000));
    assert_eq!(
        ladder(&mut shop.public_prices(), &product).await.expire_time,
        at(3_600)
    );
    shop.harness.advance(Duration::from_secs(3_600));
    assert_eq!(told(2).await, 700);
    eventually(async || (shown().await == 700).then_some(())).await;
    assert_eq!(
        ladder(&mut shop.public_prices(), &product).await.expire_time,
        at(7_200)
    );
    shop.harness.advance(Duration::from_secs(3_600));
    assert_eq!(told(3).await, 1_000);
    eventually(async || (shown().await == 1_000).then_some(())).await;
    assert_eq!(
        ladder(&mut shop.public_prices(), &product).await.expire_time,
        None
    );
}

#[tokio::test]
async fn prices_of_a_group_are_its_sellers_secret() {
    let shop = Shop::open().await;
    let product = shop.stocked(100).await;
    set(&shop, &product, vec![special("vip", &[(1, 500)])]).await;
    let request = ListSpecialPricesRequest {
        product_id: product.product_id.clone(),
    };
    let own = shop
        .prices(&shop.seller)
        .list_special_prices(request.clone())
        .await
        .unwrap();
    assert_eq!(own.into_inner().special_prices, [special("vip", &[(1, 500)])]);
    let by_other = shop.prices(&seller()).list_special_prices(request).await;
    assert_refused(by_other, Code::NotFound, "PRODUCT_NOT_FOUND");
    let request = GetProductRequest {
        product_id: product.product_id.clone(),
    };
    let seen = shop
        .anyone()
        .get_product(request)
        .await
        .unwrap()
        .into_inner()
        .product
        .unwrap();
    assert_eq!(seen.current_prices, seen.prices);
    let told = shop.harness.published::<ProductUpdated>().await;
    assert_eq!(told[0].product.as_ref().unwrap().current_prices, seen.prices);
}

#[tokio::test]
async fn a_customer_is_in_one_group_until_taken_out() {
    let shop = Shop::open().await;
    let product = shop.stocked(100).await;
    let buyer = user();
    set(
        &shop,
        &product,
        vec![special("a", &[(1, 800)]), special("b", &[(1, 600)])],
    )
    .await;
    let price = async || quoted(&mut shop.prices(&buyer), &product, 1).await;
    put(&shop, &buyer, "a").await;
    assert_eq!(price().await, Some(800));
    put(&shop, &buyer, "b").await;
    assert_eq!(price().await, Some(600));
    let request = ListCustomersRequest::default();
    let listed = shop
        .prices(&shop.seller)
        .list_customers(request)
        .await
        .unwrap()
        .into_inner()
        .customers;
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (&listed[0].member_id, listed[0].customer_group.as_str()),
        (&buyer.id.to_string(), "b")
    );
    let remove = RemoveCustomerRequest {
        member_id: buyer.id.to_string(),
    };
    // Another seller's customers are others.
    shop.prices(&seller())
        .remove_customer(remove.clone())
        .await
        .unwrap();
    assert_eq!(price().await, Some(600));
    shop.prices(&shop.seller).remove_customer(remove).await.unwrap();
    assert_eq!(price().await, Some(1_000));
}

#[tokio::test]
async fn every_flaw_of_a_special_price_is_told() {
    let shop = Shop::open().await;
    let product = shop.stocked(1).await;
    let backwards = SpecialPrice {
        start_time: Some(Timestamp {
            seconds: 10,
            nanos: 0,
        }),
        end_time: Some(Timestamp {
            seconds: 10,
            nanos: 0,
        }),
        ..special("", &[(1, 500)])
    };
    for (bad, field) in [
        (
            special("", &[(5, 500), (5, 400)]),
            "special_prices[0].rungs[1].from_quantity",
        ),
        (
            special("", &[(5, 500), (6, 500)]),
            "special_prices[0].rungs[1].unit_price",
        ),
        (special("", &[(5, 0)]), "special_prices[0].rungs[0].unit_price"),
        (backwards, "special_prices[0].end_time"),
        (special("VIP", &[(1, 5)]), "special_prices[0].customer_group"),
    ] {
        let request = SetSpecialPricesRequest {
            product_id: product.product_id.clone(),
            special_prices: vec![bad],
        };
        let refused = shop.prices(&shop.seller).set_special_prices(request).await;
        let status = assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
        assert_eq!(xlcfi_testkit::violations(&status), [field]);
    }
    let unknown = SetSpecialPricesRequest {
        product_id: Uuid::now_v7().to_string(),
        special_prices: Vec::new(),
    };
    let refused = shop.prices(&shop.seller).set_special_prices(unknown).await;
    assert_refused(refused, Code::NotFound, "PRODUCT_NOT_FOUND");
}
