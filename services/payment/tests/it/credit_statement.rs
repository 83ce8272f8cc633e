//! The monthly statement.

use std::time::Duration;

use tonic::Code;
use xlcfi_contracts::payment::v1::{
    GetStatementRequest, PaymentState, RecordDepositRequest, SetCreditLineRequest,
};
use xlcfi_testkit::{assert_refused, violations};

use crate::business::{Buyer, deposit_of, line_of};
use crate::world::World;

async fn statement(world: &World, buyer: &Buyer, month: &str) -> String {
    let request = GetStatementRequest {
        month: month.into(),
        member_id: String::new(),
    };
    let response = world.credit(&buyer.user).get_statement(request).await.unwrap();
    let page = response.into_inner().page.unwrap();
    assert_eq!(page.content_type, "text/html; charset=utf-8");
    String::from_utf8(page.data).unwrap()
}

/// The cells with amounts, in their order.
fn amounts(page: &str) -> Vec<&str> {
    let cells = page.split("<td class=\"won\">").skip(1);
    cells.map(|cell| cell.split('<').next().unwrap()).collect()
}

#[tokio::test]
async fn a_statement_tells_lines_with_their_tax_payments_and_what_is_carried_over() {
    let world = World::start().await;
    let buyer = world.business(1_000_000).await;
    let order = world.owed(&buyer, 22_000).await;
    world.deposit(&buyer.account, 5_000).await;
    let november = statement(&world, &buyer, "2026-11").await;
    #[rustfmt::skip]
    assert_eq!(amounts(&november), [
        "0", "22,000", "5,000", "17,000",
        "0", "0", "11,000", "11,000",
        "10,000", "1,000", "0", "11,000",
        "10,000", "1,000", "11,000", "22,000",
        "5,000", "5,000",
    ]);
    for text in [
        "거래명세서",
        "한빛식당",
        "123-45-67891",
        "XLCfi",
        "감자",
        "우유",
        "공급가액",
        "세액",
        "면세",
    ] {
        assert!(november.contains(text), "{text}");
    }
    assert!(!november.contains("http"), "nothing comes from elsewhere");

    // In December all of it goes back.
    world.harness.advance(Duration::from_secs(10 * 24 * 60 * 60));
    world.cancel(&order).await;
    world.until(&order, PaymentState::Refunded).await;
    let december = statement(&world, &buyer, "2026-12").await;
    #[rustfmt::skip]
    assert_eq!(amounts(&december), [
        "17,000", "-22,000", "0", "-5,000",
        "0", "0", "-11,000", "-11,000",
        "-10,000", "-1,000", "0", "-11,000",
        "-10,000", "-1,000", "-11,000", "-22,000",
        "0",
    ]);
    assert!(december.contains("반품"));
    let again = statement(&world, &buyer, "2026-11").await;
    assert_eq!(
        amounts(&again),
        amounts(&november),
        "a month that is over stays as it was"
    );
    let later = statement(&world, &buyer, "2027-01").await;
    assert_eq!(amounts(&later)[..4], ["-5,000", "0", "0", "-5,000"]);
    assert!(
        later.contains("2027-01-01 ~ 2027-01-01"),
        "nothing of it is there yet"
    );
}

#[tokio::test]
async fn text_on_a_statement_is_text() {
    let world = World::start().await;
    let buyer = world.business(1_000_000).await;
    let evil = "<script>alert('&')</script>";
    let line = SetCreditLineRequest {
        business_name: evil.into(),
        version: 1,
        ..line_of(&buyer, 1_000)
    };
    world.set_line(line).await.unwrap();
    let deposit = RecordDepositRequest {
        depositor: "\"><img src=x>".into(),
        ..deposit_of("B-1", &buyer.account, 1)
    };
    world.record(deposit).await.unwrap();
    let page = statement(&world, &buyer, "2026-11").await;
    assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
    assert!(
        page.contains("&lt;script&gt;") && page.contains("&lt;img src=x&gt;"),
        "{page}"
    );
}

#[tokio::test]
async fn a_month_that_is_none_is_refused() {
    let world = World::start().await;
    let buyer = world.business(1_000).await;
    for month in ["", "2026", "2026-13", "2026-1", "1999-01", "2026-11-01"] {
        let request = GetStatementRequest {
            month: month.into(),
            member_id: String::new(),
        };
        let refused = world.credit(&buyer.user).get_statement(request).await;
        let status = assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
        assert_eq!(violations(&status), ["month"]);
    }
}
