use std::time::Duration;

use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::product::v1::{
    GetStockRequest, NearExpiryStep, PricedLine, Product, ProductSoldOut, ProductUseByChanged, QuoteLine,
    QuotePricesRequest, ReserveStockCommand, Stock, StockLine,
};
use xlcfi_testkit::{assert_refused, eventually};

use crate::fixture::{LATER, Shop, line, reserve_lines};

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// A product that promises 5 days and falls by 20 % at 4 days left, by half at 1.
async fn milk(shop: &Shop) -> Product {
    let mut request = shop.potatoes();
    request.promised_days = 5;
    request.near_expiry = [(4, 20), (1, 50)]
        .map(|(days, percent_off)| NearExpiryStep { days, percent_off })
        .to_vec();
    let draft = shop.create(request).await;
    shop.publish(&draft.product_id).await
}

fn quote_line(product: &Product, quantity: i64, days: i32, near_expiry: bool) -> QuoteLine {
    QuoteLine {
        product_id: product.product_id.clone(),
        quantity,
        minimum_remaining_days: days,
        near_expiry,
    }
}

async fn quote(shop: &Shop, line: QuoteLine) -> Result<PricedLine, tonic::Status> {
    let request = QuotePricesRequest { lines: vec![line] };
    let mut answer = shop.public_prices().quote_prices(request).await?.into_inner();
    Ok(answer.lines.remove(0))
}

async fn stock(shop: &Shop, product: &Product) -> Stock {
    let request = GetStockRequest {
        product_id: product.product_id.clone(),
    };
    shop.own()
        .get_stock(request)
        .await
        .unwrap()
        .into_inner()
        .stock
        .unwrap()
}

fn won(line: &PricedLine) -> i64 {
    line.unit_price.as_ref().unwrap().minor_units
}

#[tokio::test]
async fn what_is_near_its_last_day_costs_less_and_is_counted_apart() {
    let shop = Shop::open().await;
    let milk = milk(&shop).await;
    for (units, use_by) in [
        (30, "2026-12-24"),
        (7, "2026-11-26"),
        (3, "2026-11-23"),
        (2, "2026-11-22"),
    ] {
        shop.receive(&milk.product_id, units, use_by).await;
    }
    let stock = stock(&shop, &milk).await;
    assert_eq!(
        (stock.available, stock.earliest_use_by_date.as_str()),
        (30, "2026-12-24")
    );
    let near: Vec<_> = stock
        .near_expiry
        .iter()
        .map(|near| {
            (
                near.step.unwrap().percent_off,
                near.available,
                near.earliest_use_by_date.as_str(),
            )
        })
        .collect();
    assert_eq!(near, [(50, 5, "2026-11-22"), (20, 7, "2026-11-26")]);

    let full = quote(&shop, quote_line(&milk, 1, 0, false)).await.unwrap();
    assert_eq!(
        (
            won(&full),
            full.minimum_remaining_days,
            full.maximum_remaining_days
        ),
        (1_000, 5, None)
    );
    let soonest = quote(&shop, quote_line(&milk, 5, 0, true)).await.unwrap();
    assert_eq!(
        (
            won(&soonest),
            soonest.minimum_remaining_days,
            soonest.maximum_remaining_days
        ),
        (500, 0, Some(1))
    );
    let more = quote(&shop, quote_line(&milk, 6, 0, true)).await.unwrap();
    assert_eq!(
        (
            won(&more),
            more.minimum_remaining_days,
            more.maximum_remaining_days
        ),
        (800, 2, Some(4))
    );
    assert!(more.in_stock);
    let most = quote(&shop, quote_line(&milk, 8, 0, true)).await.unwrap();
    assert_eq!((won(&most), most.in_stock), (800, false));
    let deep = quote(&shop, quote_line(&milk, 10, 0, true)).await.unwrap();
    assert_eq!(won(&deep), 720, "of the deeper rung");
    let both = quote(&shop, quote_line(&milk, 1, 3, true)).await;
    assert_refused(both, Code::InvalidArgument, "INVALID_FIELDS");
    let fresh = shop.stocked(5).await;
    let refused = quote(&shop, quote_line(&fresh, 1, 0, true)).await;
    assert_refused(refused, Code::FailedPrecondition, "NOT_NEAR_EXPIRY");
}

#[tokio::test]
async fn a_line_gets_lots_with_the_days_left_it_was_promised() {
    let shop = Shop::open().await;
    let milk = milk(&shop).await;
    let id = milk.product_id.as_str();
    let long = shop.receive(id, 10, "2026-12-24").await;
    let week = shop.receive(id, 10, "2026-11-29").await;
    let near = shop.receive(id, 10, "2026-11-25").await;
    let take = async |days: i32, most: Option<i32>, quantity: i64| {
        let order = Uuid::now_v7();
        let line = StockLine {
            minimum_remaining_days: days,
            maximum_remaining_days: most,
            ..line(id, quantity)
        };
        let command: ReserveStockCommand = reserve_lines(order, vec![line], LATER);
        let taken = shop.reserve_as(order, &command).await?;
        Ok::<_, xlcfi_contracts::saga::v1::Refusal>(
            taken.into_iter().map(|part| part.lot_id).collect::<Vec<_>>(),
        )
    };
    assert_eq!(
        take(0, None, 1).await.unwrap(),
        [week.lot_id.as_str()],
        "the product's promise"
    );
    assert_eq!(
        take(20, None, 1).await.unwrap(),
        [long.lot_id.as_str()],
        "the line's own"
    );
    assert_eq!(
        take(2, Some(4), 3).await.unwrap(),
        [near.lot_id.as_str()],
        "near expiry"
    );
    assert_eq!(take(2, Some(4), 8).await.unwrap_err().reason, "OUT_OF_STOCK");
    assert_eq!(take(0, None, 19).await.unwrap_err().reason, "OUT_OF_STOCK");
    assert_eq!(
        take(0, None, 18).await.unwrap(),
        [week.lot_id.as_str(), long.lot_id.as_str()]
    );
    shop.assert_stock_adds_up().await;
}

#[tokio::test]
async fn a_day_that_passes_makes_goods_near_expiry_and_is_told() {
    let shop = Shop::open().await;
    let milk = milk(&shop).await;
    shop.receive(&milk.product_id, 10, "2026-11-28").await;
    shop.receive(&milk.product_id, 10, "2026-11-27").await;
    let told = async |times: usize| {
        eventually(async || {
            let told = shop.harness.published::<ProductUseByChanged>().await;
            (told.len() == times).then_some(told)
        })
        .await
        .pop()
        .unwrap()
        .earliest_use_by_date
    };
    assert_eq!(told(2).await, "2026-11-27", "the second receipt leaves first");
    shop.harness.advance(DAY);
    assert_eq!(told(3).await, "2026-11-28");
    assert!(shop.harness.published::<ProductSoldOut>().await.is_empty());
    shop.harness.advance(DAY);
    assert_eq!(told(4).await, "");
    assert_eq!(shop.harness.published::<ProductSoldOut>().await.len(), 1);
    let stock = stock(&shop, &milk).await;
    assert_eq!((stock.available, stock.near_expiry[0].available), (0, 20));
}

#[tokio::test]
async fn every_flaw_of_a_rule_is_told() {
    let shop = Shop::open().await;
    let mut request = shop.potatoes();
    request.near_expiry = [(3, 20), (3, 10)]
        .map(|(days, percent_off)| NearExpiryStep { days, percent_off })
        .to_vec();
    let refused = shop.own().create_product(request).await;
    let status = assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    assert_eq!(
        xlcfi_testkit::violations(&status),
        ["near_expiry[1].days", "near_expiry[1].percent_off"]
    );
}
