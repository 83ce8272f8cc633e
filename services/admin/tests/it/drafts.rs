use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::admin::v1::{
    ListRecallNoticesRequest, PublishedNotice, RecallNotice, StartCampaignRequest,
};
use xlcfi_contracts::etl::v1::RecallNoticePublished;
use xlcfi_contracts::types::v1::Role;
use xlcfi_testkit::{assert_refused, eventually, seller, violations};

use crate::world::{World, staff};

fn published(world: &World) -> RecallNoticePublished {
    RecallNoticePublished {
        source: "MFDS".into(),
        notice_number: "1001".into(),
        product_name: "감자칩".into(),
        gtin: "8801234567893".into(),
        reason: "이물 혼입".into(),
        dates_text: "제조일자 2026.11.1., 소비기한 2026.11.20. ~ 2026.11.21.".into(),
        time: Some(world.timestamp()),
        ..Default::default()
    }
}

async fn listed(world: &World) -> Vec<PublishedNotice> {
    let mut campaigns = world.campaigns(&staff(Role::Support));
    let request = ListRecallNoticesRequest {
        page_size: 1,
        page_token: String::new(),
    };
    campaigns
        .list_recall_notices(request)
        .await
        .unwrap()
        .into_inner()
        .notices
}

async fn first(world: &World) -> PublishedNotice {
    eventually(async || listed(world).await.into_iter().next()).await
}

fn begin(notice_id: &str) -> StartCampaignRequest {
    StartCampaignRequest {
        title: "감자칩".into(),
        reason: "식약처 공표".into(),
        message: "드시지 말고 고객센터로 연락해 주세요.".into(),
        request_id: Uuid::now_v7().to_string(),
        notice_id: notice_id.to_owned(),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_published_notice_is_a_draft_until_a_campaign_begins_from_it() {
    let world = World::open().await;
    let (id, told) = (Uuid::now_v7(), published(&world));
    let message = world.harness.deliver("etl", id, 1, &told).await;
    world.harness.redeliver("etl", message, id, 1, &told).await;
    let draft = first(&world).await;
    assert_eq!(
        (draft.notice_id.as_str(), draft.campaign_id.as_str()),
        (id.to_string().as_str(), "")
    );
    let notice = draft.notice.unwrap();
    assert_eq!(
        (notice.barcode.as_str(), notice.lot_dates.as_str()),
        ("8801234567893", "2026.11.20. ~ 2026.11.21.")
    );

    let mut campaigns = world.campaigns(&staff(Role::Catalogue));
    let drill = StartCampaignRequest {
        drill: true,
        ..begin(&draft.notice_id)
    };
    campaigns.start_campaign(drill).await.unwrap();
    assert_eq!(first(&world).await.campaign_id, "");
    let request = begin(&draft.notice_id);
    let campaign = campaigns
        .start_campaign(request.clone())
        .await
        .unwrap()
        .into_inner()
        .campaign
        .unwrap();
    assert_eq!((campaign.notice.unwrap(), campaign.scopes.len()), (notice, 2));
    let again = campaigns
        .start_campaign(request)
        .await
        .unwrap()
        .into_inner()
        .campaign
        .unwrap();
    assert_eq!(again.campaign_id, campaign.campaign_id);
    assert_eq!(first(&world).await.campaign_id, campaign.campaign_id);
}

#[tokio::test]
async fn a_notice_that_changed_is_what_it_was_told_last() {
    let world = World::open().await;
    let (id, told) = (Uuid::now_v7(), published(&world));
    world.harness.deliver("etl", id, 1, &told).await;
    first(&world).await;
    let changed = RecallNoticePublished {
        use_by_date: "2026-11-22".into(),
        ..told
    };
    world.harness.deliver("etl", id, 2, &changed).await;
    eventually(async || {
        let notice = first(&world).await.notice.unwrap();
        (notice.lot_dates == "2026-11-22").then_some(())
    })
    .await;
}

#[tokio::test]
async fn dates_nobody_can_read_are_left_to_staff() {
    let world = World::open().await;
    let told = RecallNoticePublished {
        dates_text: "소비기한 제조일로부터 24개월까지".into(),
        ..published(&world)
    };
    world.harness.deliver("etl", Uuid::now_v7(), 1, &told).await;
    let draft = first(&world).await;
    let mut campaigns = world.campaigns(&staff(Role::Catalogue));
    let refused = campaigns.start_campaign(begin(&draft.notice_id)).await;
    let status = assert_refused(refused, Code::InvalidArgument, "NOTICE_NAMES_NOTHING");
    assert_eq!(violations(&status), ["notice.lot_dates"]);
    let mended = RecallNotice {
        lot_dates: String::new(),
        ..draft.notice.unwrap()
    };
    let request = StartCampaignRequest {
        notice: Some(mended),
        ..begin(&draft.notice_id)
    };
    let campaign = campaigns
        .start_campaign(request)
        .await
        .unwrap()
        .into_inner()
        .campaign
        .unwrap();
    assert_eq!(first(&world).await.campaign_id, campaign.campaign_id);
}

#[tokio::test]
async fn a_notice_without_a_time_is_parked_and_an_unknown_one_not_found() {
    let world = World::open().await;
    let timeless = RecallNoticePublished {
        time: None,
        ..published(&world)
    };
    world.harness.deliver("etl", Uuid::now_v7(), 1, &timeless).await;
    eventually(async || (world.harness.parked().await.len() == 1).then_some(())).await;
    assert!(listed(&world).await.is_empty());
    let mut campaigns = world.campaigns(&staff(Role::Catalogue));
    let unknown = campaigns.start_campaign(begin(&Uuid::now_v7().to_string())).await;
    assert_refused(unknown, Code::NotFound, "RECALL_NOTICE_NOT_FOUND");
    let mut outsider = world.campaigns(&seller());
    let refused = outsider
        .list_recall_notices(ListRecallNoticesRequest::default())
        .await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
}
