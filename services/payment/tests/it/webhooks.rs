//! What PGs tell by themselves, and deposits, which come by no other way.

use serde_json::json;
use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::payment::v1::webhook_service_client::WebhookServiceClient;
use xlcfi_contracts::payment::v1::{
    DecideRefundRequest, ListRefundsRequest, PaymentDepositAwaited, PaymentState, ReceiveAccount,
    RefundDecision, RefundState,
};
use xlcfi_contracts::saga::v1::Direction;
use xlcfi_payment::{Config, Limits};
use xlcfi_testkit::{assert_refused, eventually};

use crate::world::{Order, World, quick, tell, won};

/// Deposits are heard of by webhook only.
fn deaf() -> Config {
    let limits = Limits {
        deposit_wait: std::time::Duration::from_secs(600),
        ..quick().limits
    };
    Config { limits, ..quick() }
}

/// An order whose buyer chose to pay by deposit.
async fn depositing(world: &World) -> Order {
    let order = world.waiting(15_000).await;
    let body = json!({"orderId": order.id.to_string(), "orderName": "감자", "amount": order.amount,
        "taxFreeAmount": order.amount / 2, "method": "VIRTUAL_ACCOUNT", "customerName": "김구매"});
    let session = world.pg.post("/v1/checkout-sessions", body).await;
    let payment = world
        .confirm(&order, session["paymentKey"].as_str().unwrap())
        .await
        .unwrap();
    assert_eq!(payment.state(), PaymentState::AwaitingDeposit);
    let account = payment.deposit_account.unwrap();
    assert!(!account.account_number.is_empty() && account.due_time.is_some());
    order
}

async fn deposit(world: &World, order: &Order) {
    let path = format!("/sandbox/virtual-accounts/{}/deposit", order.id);
    world.pg.post(&path, json!({})).await;
}

async fn heard(world: &World) -> Vec<(String, i32)> {
    sqlx::query_as(
        "select outcome, times_received from webhook where end_time is not null order by create_time",
    )
    .fetch_all(world.harness.pool())
    .await
    .unwrap()
}

#[tokio::test]
async fn a_deposit_is_told_of_by_webhook() {
    for (fault, endpoint) in [
        ("webhook-delay=0", "deposit"),
        ("webhook-duplicate=3", "deposit"),
        ("webhook-before-response", "deposit"),
        ("webhook-before-response", "confirm"),
        ("webhook-reorder", "confirm"),
    ] {
        let world = World::with(deaf()).await;
        world.hear().await;
        world.pg.strike(fault, endpoint, 1).await;
        let order = depositing(&world).await;
        deposit(&world, &order).await;
        world.until(&order, PaymentState::Captured).await;
        world.until_said(&order, &[(Direction::Do, "done")]).await;
        assert_eq!(world.pg.ledger(&order).await, (15_000, 0, 1), "{fault}");
        assert_eq!(world.clearing(&order).await, 15_000, "{fault}");
        assert_eq!(world.harness.published::<PaymentDepositAwaited>().await.len(), 1);
    }
}

#[tokio::test]
async fn a_deposit_no_webhook_tells_of_is_found() {
    let limits = Limits {
        deposit_wait: std::time::Duration::from_millis(100),
        ..quick().limits
    };
    let world = World::with(Config { limits, ..quick() }).await;
    let order = depositing(&world).await;
    deposit(&world, &order).await;
    world.until(&order, PaymentState::Captured).await;
}

#[tokio::test]
async fn a_deposit_goes_back_to_the_account_its_buyer_names() {
    let world = World::with(deaf()).await;
    world.hear().await;
    let order = depositing(&world).await;
    deposit(&world, &order).await;
    world.until(&order, PaymentState::Captured).await;
    world.cancel(&order).await;
    let held = eventually(async || {
        let request = ListRefundsRequest {
            state: RefundState::Review.into(),
            ..ListRefundsRequest::default()
        };
        world
            .refunds()
            .list_refunds(request)
            .await
            .unwrap()
            .into_inner()
            .refunds
            .pop()
    })
    .await;
    assert_eq!(held.review_reason, "ACCOUNT_NEEDED");
    let mut decision = DecideRefundRequest {
        refund_id: held.refund_id,
        version: held.version,
        decision: RefundDecision::Approve.into(),
        note: "구매자 확인".into(),
        receive_account: None,
    };
    assert_refused(
        world.refunds().decide_refund(decision.clone()).await,
        Code::FailedPrecondition,
        "REFUND_ACCOUNT_NEEDED",
    );
    let mut rejection = decision.clone();
    rejection.decision = RefundDecision::Reject.into();
    assert_refused(
        world.refunds().decide_refund(rejection).await,
        Code::FailedPrecondition,
        "REFUND_NOT_REJECTABLE",
    );
    decision.receive_account = Some(ReceiveAccount {
        bank: "20".into(),
        account_number: "1002123456789".into(),
        holder_name: "김구매".into(),
    });
    world.refunds().decide_refund(decision).await.unwrap();
    world.until(&order, PaymentState::Refunded).await;
    assert_eq!(world.pg.ledger(&order).await, (15_000, 15_000, 1));
    let kept: i64 = sqlx::query_scalar("select count(*) from refund where account is not null")
        .fetch_one(world.harness.pool())
        .await
        .unwrap();
    assert_eq!(kept, 0, "where it went is forgotten");
}

#[tokio::test]
async fn an_account_of_an_order_undone_takes_no_deposit() {
    let world = World::with(deaf()).await;
    let order = depositing(&world).await;
    world.cancel(&order).await;
    world.until(&order, PaymentState::Cancelled).await;
    let open: i64 = eventually(async || {
        let open = sqlx::query_scalar("select count(*) from checkout where close_time is null")
            .fetch_one(world.harness.pool())
            .await
            .unwrap();
        (open == 0).then_some(open)
    })
    .await;
    assert_eq!(open, 0);
    let path = format!("/sandbox/virtual-accounts/{}/deposit", order.id);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let refused = client
        .post(format!("{}{path}", world.pg.url))
        .json(&json!({}))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 409);
    assert_eq!(world.pg.ledger(&order).await, (0, 0, 0));
}

#[tokio::test]
async fn a_buyer_who_closes_the_browser_after_authorising_has_paid() {
    let world = World::start().await;
    world.hear().await;
    let order = world.waiting(15_000).await;
    world.authorised(&order, "pm_card_visa").await;
    world.until(&order, PaymentState::Captured).await;
    assert_eq!(world.pg.ledger(&order).await, (15_000, 0, 1));
}

#[tokio::test]
async fn what_a_pg_gives_back_by_itself_is_booked() {
    let world = World::start().await;
    world.hear().await;
    let order = world.paid(15_000).await;
    let key: String = sqlx::query_scalar("select payment_key from payment where order_id = $1")
        .bind(order.id)
        .fetch_one(world.harness.pool())
        .await
        .unwrap();
    let body = json!({"cancelReason": "PG 관리자", "cancelAmount": 4_000});
    world.pg.call(&format!("/v1/payments/{key}/cancel"), body).await;
    eventually(async || {
        let payment = world.payment(&order).await.unwrap();
        (payment.refunded == Some(won(4_000))).then_some(())
    })
    .await;
    assert_eq!(world.clearing(&order).await, 11_000);
    world.cancel(&order).await;
    world.until(&order, PaymentState::Refunded).await;
    assert_eq!(world.pg.ledger(&order).await, (15_000, 15_000, 1));
}

#[tokio::test]
async fn forged_stale_and_unreadable_webhooks_are_refused() {
    let world = World::with(deaf()).await;
    let order = depositing(&world).await;
    let client = || WebhookServiceClient::new(world.harness.anonymous());
    let forged = json!({"createdAt": "2026-01-01T00:00:00.000000", "secret": "guessed", "status": "DONE",
        "transactionKey": "t", "orderId": order.id.to_string()});
    let large = vec![b' '; 1 << 20];
    for (provider, signature, body, code, reason) in [
        (
            "toss",
            "",
            forged.to_string().into_bytes(),
            Code::PermissionDenied,
            "WEBHOOK_NOT_SIGNED",
        ),
        (
            "toss",
            "",
            b"<html>".to_vec(),
            Code::InvalidArgument,
            "WEBHOOK_UNREADABLE",
        ),
        ("toss", "", large, Code::InvalidArgument, "WEBHOOK_TOO_LARGE"),
        (
            "stripe",
            "",
            b"{}".to_vec(),
            Code::PermissionDenied,
            "WEBHOOK_NOT_SIGNED",
        ),
        (
            "stripe",
            "t=1,v1=00",
            b"{}".to_vec(),
            Code::PermissionDenied,
            "WEBHOOK_NOT_SIGNED",
        ),
        ("bank", "", b"{}".to_vec(), Code::NotFound, "PROVIDER_NOT_FOUND"),
    ] {
        assert_refused(tell(client(), provider, signature, &body).await, code, reason);
    }
    // One about somebody else's order is taken for read and not kept.
    let foreign = forged
        .to_string()
        .replace(&order.id.to_string(), &Uuid::now_v7().to_string());
    tell(client(), "toss", "", foreign.as_bytes()).await.unwrap();
    // One that lies about a payment is asked about, and nothing comes of it.
    let lie = json!({"eventType": "PAYMENT_STATUS_CHANGED", "createdAt": "2026-01-01T00:00:00.000000",
        "data": {"paymentKey": "forged", "orderId": order.id.to_string(), "status": "DONE"}});
    tell(client(), "toss", "", lie.to_string().as_bytes())
        .await
        .unwrap();
    tell(client(), "toss", "", lie.to_string().as_bytes())
        .await
        .unwrap();
    eventually(async || (!heard(&world).await.is_empty()).then_some(())).await;
    assert_eq!(
        heard(&world).await,
        [("the PG knows no such payment".to_owned(), 2)]
    );
    assert_eq!(
        world.payment(&order).await.unwrap().state(),
        PaymentState::AwaitingDeposit
    );
}
