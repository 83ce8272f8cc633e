use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::order::v1::{Order, OrderState};
use xlcfi_contracts::saga::v1::saga_service_client::SagaServiceClient;
use xlcfi_contracts::saga::v1::{
    CompensateSagaRequest, Direction, GetSagaRequest, ListSagasRequest, RetrySagaRequest, Saga, SagaEntry,
    SagaState, SkipSagaStepRequest,
};
use xlcfi_identity::User;
use xlcfi_testkit::{Calling, admin, assert_refused, refused, seller, user};

use crate::shop::Shop;

fn console(shop: &Shop, user: &User) -> SagaServiceClient<Calling> {
    SagaServiceClient::new(shop.harness.as_user(user))
}

fn retry(saga_id: &str) -> RetrySagaRequest {
    RetrySagaRequest {
        saga_id: saga_id.to_owned(),
        note: "the participant was restored".into(),
    }
}

fn skip(saga_id: &str) -> SkipSagaStepRequest {
    SkipSagaStepRequest {
        saga_id: saga_id.to_owned(),
        note: "done by phone".into(),
    }
}

fn compensate(saga_id: &str) -> CompensateSagaRequest {
    CompensateSagaRequest {
        saga_id: saga_id.to_owned(),
        note: "recall".into(),
    }
}

async fn get(shop: &Shop, order: &Order) -> (Saga, Vec<SagaEntry>) {
    let request = GetSagaRequest {
        saga_id: order.order_id.clone(),
    };
    let got = console(shop, &admin()).get_saga(request).await.unwrap();
    let got = got.into_inner();
    (got.saga.unwrap(), got.entries)
}

/// The line of the timeline that names its author.
fn audited<'a>(entries: &'a [SagaEntry], event: &str) -> &'a SagaEntry {
    entries.iter().find(|entry| entry.event == event).unwrap()
}

#[tokio::test]
async fn an_admin_reads_the_timeline_of_an_order() {
    let shop = Shop::open().await;
    let order = shop.order().await;
    shop.settle(&order, &["reserve-stock"]).await;
    shop.answer(&order, "take-payment", Direction::Do, refused("PAYMENT_DECLINED"))
        .await;
    shop.reaches(&order, OrderState::Cancelling).await;
    let (saga, entries) = get(&shop, &order).await;
    assert_eq!(
        (saga.kind.as_str(), saga.state(), saga.step.as_str(), saga.attempt),
        ("create-order", SagaState::Compensating, "reserve-stock", 1)
    );
    assert_eq!(saga.failure_reason, "PAYMENT_DECLINED");
    assert!(saga.next_time.is_some());
    let lines: Vec<(i32, &str, &str, Direction)> = entries
        .iter()
        .map(|entry| {
            (
                entry.sequence,
                entry.event.as_str(),
                entry.step.as_str(),
                entry.direction(),
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            (1, "started", "", Direction::Unspecified),
            (2, "sent", "reserve-stock", Direction::Do),
            (3, "done", "reserve-stock", Direction::Do),
            (4, "sent", "take-payment", Direction::Do),
            (5, "refused", "take-payment", Direction::Do),
            (6, "sent", "reserve-stock", Direction::Undo),
        ]
    );
    assert_eq!(entries[4].detail, "PAYMENT_DECLINED");
}

#[tokio::test]
async fn sagas_are_listed_by_state_in_pages() {
    let shop = Shop::open().await;
    let mut running = Vec::new();
    for _ in 0..3 {
        running.push(shop.order().await.order_id);
    }
    let ended = shop.confirmed().await.order_id;
    running.reverse();
    let mut client = console(&shop, &admin());
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListSagasRequest {
            state: SagaState::Running.into(),
            page_size: 2,
            page_token,
        };
        let listed = client.list_sagas(request).await.unwrap().into_inner();
        seen.extend(listed.sagas.into_iter().map(|saga| saga.saga_id));
        page_token = listed.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, running);
    let request = ListSagasRequest {
        state: SagaState::Completed.into(),
        ..Default::default()
    };
    let listed = client.list_sagas(request).await.unwrap().into_inner();
    assert_eq!(listed.sagas[0].saga_id, ended);
    let malformed = ListSagasRequest {
        page_token: "x".into(),
        ..Default::default()
    };
    let refused = client.list_sagas(malformed).await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
}

#[tokio::test]
async fn a_retry_sends_the_command_again_and_is_audited() {
    let shop = Shop::open().await;
    let order = shop.order().await;
    shop.command(&order, "reserve-stock", Direction::Do).await;
    let boss = admin();
    let answer = console(&shop, &boss).retry_saga(retry(&order.order_id)).await;
    let saga = answer.unwrap().into_inner().saga.unwrap();
    assert_eq!((saga.state(), saga.attempt), (SagaState::Running, 2));
    let commands = shop.harness.commands(crate::shop::saga_id(&order)).await;
    assert_eq!(commands.len(), 2);
    assert_eq!(commands[0].effect_key, commands[1].effect_key);
    assert_eq!((commands[0].attempt, commands[1].attempt), (1, 2));
    let (_, entries) = get(&shop, &order).await;
    assert_eq!(
        audited(&entries, "retried").detail,
        format!("{}: the participant was restored", boss.id)
    );
}

#[tokio::test]
async fn a_skipped_step_counts_as_done_and_is_audited() {
    let shop = Shop::open().await;
    let order = shop.order().await;
    let boss = admin();
    for _ in 0..3 {
        console(&shop, &boss)
            .skip_saga_step(skip(&order.order_id))
            .await
            .unwrap();
    }
    let confirmed = shop.reaches(&order, OrderState::Confirmed).await;
    assert_eq!(confirmed.version, 3);
    let (saga, entries) = get(&shop, &order).await;
    assert_eq!(saga.state(), SagaState::Completed);
    let skipped = audited(&entries, "skipped");
    assert_eq!(
        (skipped.step.as_str(), skipped.detail.clone()),
        ("reserve-stock", format!("{}: done by phone", boss.id))
    );
    let refused = console(&shop, &boss).skip_saga_step(skip(&order.order_id)).await;
    assert_refused(refused, Code::FailedPrecondition, "SAGA_ENDED");
    let refused = console(&shop, &boss).retry_saga(retry(&order.order_id)).await;
    assert_refused(refused, Code::FailedPrecondition, "SAGA_ENDED");
}

#[tokio::test]
async fn an_admin_turns_back_even_what_arrived() {
    let shop = Shop::open().await;
    let order = shop.confirmed().await;
    sqlx::query("update orders set state = 'DELIVERED' where order_id = $1")
        .bind(crate::shop::saga_id(&order))
        .execute(shop.harness.pool())
        .await
        .unwrap();
    let boss = admin();
    for _ in 0..2 {
        let answer = console(&shop, &boss)
            .compensate_saga(compensate(&order.order_id))
            .await;
        let saga = answer.unwrap().into_inner().saga.unwrap();
        assert_eq!(
            (saga.state(), saga.failure_reason.as_str()),
            (SagaState::Compensating, "COMPENSATED_BY_ADMIN")
        );
    }
    shop.undo(&order, &["take-payment", "reserve-stock"]).await;
    let order = shop.reaches(&order, OrderState::Cancelled).await;
    assert_eq!(order.failure_reason, "COMPENSATED_BY_ADMIN");
    let (_, entries) = get(&shop, &order).await;
    assert_eq!(
        audited(&entries, "turned-back").detail,
        format!("COMPENSATED_BY_ADMIN: {}: recall", boss.id)
    );
}

#[tokio::test]
async fn a_buyers_cancel_names_the_buyer_in_the_timeline() {
    let shop = Shop::open().await;
    let order = shop.order().await;
    let cancel = xlcfi_contracts::order::v1::CancelOrderRequest {
        order_id: order.order_id.clone(),
        reason: "too late".into(),
    };
    shop.buyers().cancel_order(cancel).await.unwrap();
    let (_, entries) = get(&shop, &order).await;
    assert_eq!(
        audited(&entries, "turned-back").detail,
        format!("CANCELLED_BY_BUYER: {} too late", shop.buyer.id)
    );
}

#[tokio::test]
async fn the_console_is_for_admins_and_knows_its_sagas() {
    let shop = Shop::open().await;
    let order = shop.order().await;
    for nobody in [user(), seller(), shop.buyer.clone()] {
        let mut client = console(&shop, &nobody);
        let get = GetSagaRequest {
            saga_id: order.order_id.clone(),
        };
        let codes = [
            client
                .list_sagas(ListSagasRequest::default())
                .await
                .unwrap_err()
                .code(),
            client.get_saga(get).await.unwrap_err().code(),
            client
                .retry_saga(retry(&order.order_id))
                .await
                .unwrap_err()
                .code(),
            client
                .skip_saga_step(skip(&order.order_id))
                .await
                .unwrap_err()
                .code(),
            client
                .compensate_saga(compensate(&order.order_id))
                .await
                .unwrap_err()
                .code(),
        ];
        assert_eq!(codes, [Code::PermissionDenied; 5]);
    }
    assert_eq!(get(&shop, &order).await.1.len(), 2);

    let (mut client, unknown) = (console(&shop, &admin()), Uuid::now_v7().to_string());
    let get = GetSagaRequest {
        saga_id: unknown.clone(),
    };
    assert_refused(client.get_saga(get).await, Code::NotFound, "SAGA_NOT_FOUND");
    assert_refused(
        client.retry_saga(retry(&unknown)).await,
        Code::NotFound,
        "SAGA_NOT_FOUND",
    );
    assert_refused(
        client.skip_saga_step(skip(&unknown)).await,
        Code::NotFound,
        "SAGA_NOT_FOUND",
    );
    assert_refused(
        client.compensate_saga(compensate(&unknown)).await,
        Code::NotFound,
        "SAGA_NOT_FOUND",
    );
    let silent = RetrySagaRequest {
        note: String::new(),
        ..retry("1")
    };
    assert_refused(
        client.retry_saga(silent).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
}
