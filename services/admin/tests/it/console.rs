use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::admin::v1::{
    CampaignOrder, CampaignOrderState, ListCampaignOrdersRequest, RecallNotice, StartCampaignRequest,
};
use xlcfi_contracts::saga::v1::saga_service_client::SagaServiceClient;
use xlcfi_contracts::saga::v1::{
    Command, CompensateSagaRequest, GetSagaRequest, ListSagasRequest, RetrySagaRequest, Saga, SagaState,
    SkipSagaStepRequest,
};
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::User;
use xlcfi_testkit::{Calling, admin, assert_refused, eventually};

use crate::world::{World, staff};

fn console(world: &World, by: &User) -> SagaServiceClient<Calling> {
    SagaServiceClient::new(world.harness.as_user(by))
}

/// A campaign over what was sold; its id.
async fn campaign(world: &World) -> String {
    let request = StartCampaignRequest {
        title: "감자칩 30g".into(),
        notice: Some(RecallNotice {
            barcode: "8801234567890".into(),
            lot_dates: "2026.11.20".into(),
            ..RecallNotice::default()
        }),
        reason: "식약처 공표".into(),
        message: "드시지 마세요.".into(),
        request_id: Uuid::now_v7().to_string(),
        ..Default::default()
    };
    let mut campaigns = world.campaigns(&staff(Role::Catalogue));
    let started = campaigns.start_campaign(request).await.unwrap().into_inner();
    started.campaign.unwrap().campaign_id
}

async fn sagas(world: &World, count: usize) -> Vec<Saga> {
    eventually(async || {
        let listed = console(world, &admin())
            .list_sagas(ListSagasRequest::default())
            .await;
        let sagas = listed.unwrap().into_inner().sagas;
        (sagas.len() == count).then_some(sagas)
    })
    .await
}

async fn orders(world: &World, campaign_id: &str) -> Vec<CampaignOrder> {
    let request = ListCampaignOrdersRequest {
        campaign_id: campaign_id.into(),
        page_size: 100,
        ..Default::default()
    };
    let mut campaigns = world.campaigns(&staff(Role::Catalogue));
    campaigns
        .list_campaign_orders(request)
        .await
        .unwrap()
        .into_inner()
        .orders
}

#[tokio::test]
async fn an_admin_sees_the_sagas_of_a_recall_and_moves_one_that_stands_still() {
    let world = World::open().await;
    world.sale(Uuid::now_v7(), "delivered", true).await;
    let campaign_id = campaign(&world).await;
    let by = admin();
    let saga = sagas(&world, 1).await.remove(0);
    assert_eq!(
        (saga.kind.as_str(), saga.state()),
        ("settle-recalled-order", SagaState::Running)
    );

    let retry = RetrySagaRequest {
        saga_id: saga.saga_id.clone(),
        note: "결제 서비스 복구".into(),
    };
    let sent = || async { world.harness.published::<Command>().await.len() };
    let before = sent().await;
    console(&world, &by).retry_saga(retry.clone()).await.unwrap();
    assert_eq!(sent().await, before + 1);
    let skip = SkipSagaStepRequest {
        saga_id: saga.saga_id.clone(),
        note: "직접 환불함".into(),
    };
    console(&world, &by).skip_saga_step(skip.clone()).await.unwrap();
    let left = orders(&world, &campaign_id).await.remove(0);
    assert_eq!(
        (left.state(), left.outcome.as_str()),
        (CampaignOrderState::Left, "SKIPPED_BY_STAFF")
    );

    let get = GetSagaRequest {
        saga_id: saga.saga_id.clone(),
    };
    let got = console(&world, &by).get_saga(get).await.unwrap().into_inner();
    assert_eq!(got.saga.unwrap().state(), SagaState::Completed);
    let names = |text: &str| {
        got.entries
            .iter()
            .any(|entry| format!("{entry:?}").contains(text))
    };
    assert!(names("결제 서비스 복구") && names("직접 환불함") && names(&by.id.to_string()));
    let refused = console(&world, &by).skip_saga_step(skip).await;
    assert_refused(refused, Code::FailedPrecondition, "SAGA_ENDED");
}

#[tokio::test]
async fn a_saga_that_is_turned_back_leaves_its_order_to_people() {
    let world = World::open().await;
    world.sale(Uuid::now_v7(), "delivered", true).await;
    let campaign_id = campaign(&world).await;
    let saga = sagas(&world, 1).await.remove(0);
    let turn = CompensateSagaRequest {
        saga_id: saga.saga_id,
        note: "잘못된 회수".into(),
    };
    console(&world, &admin()).compensate_saga(turn).await.unwrap();
    let order = eventually(async || {
        let order = orders(&world, &campaign_id).await.remove(0);
        (order.state() == CampaignOrderState::Failed).then_some(order)
    })
    .await;
    assert!(!order.outcome.is_empty());
}

#[tokio::test]
async fn only_admins_use_the_console() {
    let world = World::open().await;
    for role in [Role::Catalogue, Role::Finance, Role::Support, Role::Security] {
        let refused = console(&world, &staff(role))
            .list_sagas(ListSagasRequest::default())
            .await;
        assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    }
    let get = GetSagaRequest {
        saga_id: Uuid::now_v7().to_string(),
    };
    let refused = console(&world, &admin()).get_saga(get).await;
    assert_refused(refused, Code::NotFound, "SAGA_NOT_FOUND");
}
