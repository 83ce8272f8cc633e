use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::product::v1::{
    ArchiveProductRequest, QuoteLine, QuotePricesRequest, QuotePricesResponse,
};
use xlcfi_testkit::{admin, assert_refused, user};

use crate::fixture::{Prices, Shop, krw, ladder};

async fn quote(client: &mut Prices, lines: &[(&str, i64)]) -> Result<QuotePricesResponse, tonic::Status> {
    let line = |&(product_id, quantity): &(&str, i64)| QuoteLine {
        product_id: product_id.into(),
        quantity,
        ..QuoteLine::default()
    };
    let request = QuotePricesRequest {
        lines: lines.iter().map(line).collect(),
    };
    Ok(client.quote_prices(request).await?.into_inner())
}

#[tokio::test]
async fn the_deepest_rung_reached_prices_the_whole_line() {
    let shop = Shop::open().await;
    let (one, other) = (shop.stocked(12).await, shop.stocked(5).await);
    let lines = [(other.product_id.as_str(), 9), (one.product_id.as_str(), 12)];
    let quoted = quote(&mut shop.public_prices(), &lines).await.unwrap();
    let prices: Vec<_> = quoted
        .lines
        .iter()
        .map(|line| {
            let (unit_price, amount) = (line.unit_price.clone().unwrap(), line.amount.clone().unwrap());
            (
                line.product_id.as_str(),
                line.quantity,
                unit_price,
                amount,
                line.in_stock,
            )
        })
        .collect();
    assert_eq!(
        prices,
        [
            (other.product_id.as_str(), 9, krw(1_000), krw(9_000), false),
            (one.product_id.as_str(), 12, krw(900), krw(10_800), true)
        ]
    );
    assert_eq!(quoted.total, Some(krw(19_800)));
    assert_eq!(quoted.lines[1].seller_id, shop.seller.id.to_string());
}

#[tokio::test]
async fn a_line_that_cannot_be_ordered_says_why() {
    let shop = Shop::open().await;
    let mut request = shop.potatoes();
    request.prices = Some(ladder(&[(2, 1_000)], 2, 2, 10));
    let product = shop.create(request).await;
    let id = product.product_id.as_str();
    let own_draft = quote(&mut shop.prices(&shop.seller), &[(id, 2)]).await;
    assert_refused(own_draft, Code::FailedPrecondition, "PRODUCT_NOT_SOLD");
    for somebody in [user(), admin()] {
        let refused = quote(&mut shop.prices(&somebody), &[(id, 2)]).await;
        assert_refused(refused, Code::NotFound, "PRODUCT_NOT_FOUND");
    }
    shop.publish(id).await;
    for quantity in [1, 3, 12] {
        let refused = quote(&mut shop.public_prices(), &[(id, quantity)]).await;
        assert_refused(refused, Code::FailedPrecondition, "QUANTITY_NOT_ALLOWED");
    }
    let unknown = Uuid::now_v7().to_string();
    let refused = quote(&mut shop.public_prices(), &[(id, 2), (&unknown, 2)]).await;
    assert_refused(refused, Code::NotFound, "PRODUCT_NOT_FOUND");
    shop.own()
        .archive_product(ArchiveProductRequest {
            product_id: id.into(),
        })
        .await
        .unwrap();
    let refused = quote(&mut shop.public_prices(), &[(id, 2)]).await;
    assert_refused(refused, Code::FailedPrecondition, "PRODUCT_NOT_SOLD");
}

#[tokio::test]
async fn malformed_lines_are_refused() {
    let shop = Shop::open().await;
    let product = shop.stocked(5).await;
    let id = product.product_id.as_str();
    for lines in [
        vec![],
        vec![(id, 1), (id, 2)],
        vec![(id, 0)],
        vec![(id, -1)],
        vec![(id, i64::MAX)],
        vec![("potato", 1)],
        vec![(id, 1); 101],
    ] {
        let refused = quote(&mut shop.public_prices(), &lines).await;
        assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    }
}
