use std::io::Read as _;

use futures::TryStreamExt as _;
use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::admin::v1::{
    Campaign, CampaignOrder, CampaignOrderState, CampaignState, ExportCampaignRequest, GetCampaignRequest,
    ListCampaignOrdersRequest, ListCampaignsRequest, RecallNotice, StartCampaignRequest,
};
use xlcfi_contracts::member::v1::{NotificationAcknowledged, NotificationKind, NotifyCommand};
use xlcfi_contracts::order::v1::{OrderState, StopOrderCommand, StopOrderResult};
use xlcfi_contracts::payment::v1::{PrepareRefundCommand, PrepareRefundResult};
use xlcfi_contracts::product::v1::RecallScope;
use xlcfi_contracts::saga::v1::Command;
use xlcfi_contracts::saga::v1::command_reply::Outcome;
use xlcfi_contracts::types::v1::Role;
use xlcfi_saga::any;
use xlcfi_testkit::{assert_refused, eventually, refused, user, violations};

use crate::world::{Sale, World, staff};

fn notice() -> StartCampaignRequest {
    StartCampaignRequest {
        title: "감자칩 30g".into(),
        notice: Some(RecallNotice {
            product_name: "감자칩".into(),
            barcode: "8801234567890".into(),
            lot_dates: "2026.11.20, 2026.11.21".into(),
            ..RecallNotice::default()
        }),
        reason: "식약처 공표".into(),
        message: "드시지 말고 고객센터로 연락해 주세요.".into(),
        request_id: Uuid::now_v7().to_string(),
        ..Default::default()
    }
}

async fn start(world: &World, request: StartCampaignRequest) -> Campaign {
    let mut campaigns = world.campaigns(&staff(Role::Catalogue));
    campaigns
        .start_campaign(request)
        .await
        .unwrap()
        .into_inner()
        .campaign
        .unwrap()
}

async fn get(world: &World, id: &str) -> Campaign {
    let request = GetCampaignRequest {
        campaign_id: id.to_owned(),
    };
    let mut campaigns = world.campaigns(&staff(Role::Support));
    campaigns
        .get_campaign(request)
        .await
        .unwrap()
        .into_inner()
        .campaign
        .unwrap()
}

async fn reaches(world: &World, id: &str, state: CampaignState) -> Campaign {
    eventually(async || {
        let campaign = get(world, id).await;
        (campaign.state() == state).then_some(campaign)
    })
    .await
}

async fn orders(world: &World, id: &str) -> Vec<CampaignOrder> {
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let request = ListCampaignOrdersRequest {
            campaign_id: id.to_owned(),
            page_size: 2,
            page_token: token,
        };
        let mut campaigns = world.campaigns(&staff(Role::Support));
        let page = campaigns
            .list_campaign_orders(request)
            .await
            .unwrap()
            .into_inner();
        found.extend(page.orders);
        token = page.next_page_token;
        if token.is_empty() {
            return found;
        }
    }
}

async fn fate(world: &World, id: &str, sale: &Sale) -> (CampaignOrderState, String) {
    let found = orders(world, id).await;
    let order = found
        .into_iter()
        .find(|order| order.order_id == sale.order_id.to_string())
        .unwrap();
    (order.state(), order.outcome)
}

/// The command of a step about an order, once it is sent.
async fn command(world: &World, step: &str, sale: &Sale) -> Command {
    eventually(async || {
        let commands: Vec<Command> = world.harness.published().await;
        commands.into_iter().find(|command| {
            let body = command.body.as_ref().unwrap();
            let order_id = match step {
                "stop-order" => body.to_msg::<StopOrderCommand>().map(|stop| stop.order_id),
                _ => body
                    .to_msg::<PrepareRefundCommand>()
                    .map(|refund| refund.order_id),
            };
            command.step == step && order_id.ok() == Some(sale.order_id.to_string())
        })
    })
    .await
}

fn stopped(state: OrderState) -> Outcome {
    Outcome::Done(any(&StopOrderResult { state: state.into() }))
}

#[tokio::test]
async fn a_recall_holds_tells_stops_and_refunds_and_is_done() {
    let world = World::open().await;
    let (buyer, other) = (Uuid::now_v7(), Uuid::now_v7());
    let open = world.sale(buyer, "confirmed", true).await;
    let late = world.sale(buyer, "confirmed", true).await;
    let arrived = world.sale(other, "delivered", true).await;
    let reserved = world.sale(other, "pending", false).await;
    let campaign = start(&world, notice()).await;
    // When it answers, the lots are held, each of the notice's days by itself.
    assert_eq!(campaign.recall_ids.len(), 2);
    let days: Vec<String> = world
        .shelf
        .lock()
        .unwrap()
        .held
        .iter()
        .map(|s| s.use_by_date.clone())
        .collect();
    assert_eq!(days, ["2026-11-20", "2026-11-21"]);
    let id = campaign.campaign_id.clone();
    reaches(&world, &id, CampaignState::Settling).await;
    // Each buyer is told once, whatever they bought.
    let told: Vec<NotifyCommand> = world.harness.published().await;
    let mut members: Vec<Uuid> = told.iter().map(|told| told.member_id.parse().unwrap()).collect();
    members.sort();
    let mut expected = [buyer, other];
    expected.sort();
    assert_eq!(members, expected);
    let one = &told[0];
    assert_eq!(
        (one.kind(), one.needs_acknowledgement),
        (NotificationKind::Recall, true)
    );
    assert_eq!(one.subject_id, id);

    let stop = command(&world, "stop-order", &open).await;
    world.harness.reply(&stop, stopped(OrderState::Cancelling)).await;
    // Shipped a moment ago: what it bought of the lots is refunded instead.
    let stop = command(&world, "stop-order", &late).await;
    world.harness.reply(&stop, stopped(OrderState::Shipped)).await;
    for sale in [&late, &arrived] {
        let prepare = command(&world, "prepare-refund", sale).await;
        let body: PrepareRefundCommand = prepare.body.as_ref().unwrap().to_msg().unwrap();
        let lines: Vec<(i32, i64)> = body
            .lines
            .iter()
            .map(|line| (line.line, line.amount.as_ref().unwrap().minor_units))
            .collect();
        assert_eq!(
            lines,
            [(2, 4_000)],
            "two of three units of the second line are recalled"
        );
        let refund_id = sale.order_id.to_string();
        world
            .harness
            .reply(&prepare, Outcome::Done(any(&PrepareRefundResult { refund_id })))
            .await;
    }
    let done = reaches(&world, &id, CampaignState::Done).await;
    let counts = done.counts.unwrap();
    assert_eq!(
        (counts.lots, counts.products, counts.orders, counts.buyers),
        (1, 1, 4, 2)
    );
    assert_eq!(
        (counts.stopped, counts.refunds, counts.failed, counts.settling),
        (1, 2, 0, 0)
    );
    assert_eq!(
        fate(&world, &id, &open).await,
        (CampaignOrderState::Stopped, String::new())
    );
    let refund = (CampaignOrderState::RefundPrepared, late.order_id.to_string());
    assert_eq!(fate(&world, &id, &late).await, refund);
    assert_eq!(fate(&world, &id, &reserved).await.0, CampaignOrderState::Left);
    let actions = world.actions(&id).await;
    let expected = ["started", "held", "matched", "notified", "done"].map(|what| format!("recall.{what}"));
    assert_eq!(actions, expected);
}

#[tokio::test]
async fn acknowledgements_are_counted_once() {
    let world = World::open().await;
    let buyer = Uuid::now_v7();
    world.sale(buyer, "delivered", true).await;
    let id = start(&world, notice()).await.campaign_id;
    reaches(&world, &id, CampaignState::Settling).await;
    let told: Vec<NotifyCommand> = world.harness.published().await;
    let read = NotificationAcknowledged {
        member_id: buyer.to_string(),
        notification_id: told[0].notification_id.clone(),
        subject_id: id.clone(),
        time: Some(world.timestamp()),
    };
    let event = world.harness.deliver("member", buyer, 1, &read).await;
    world.harness.redeliver("member", event, buyer, 1, &read).await;
    // Somebody else's, and one of another service's notification.
    let stranger = Uuid::now_v7();
    let foreign = NotificationAcknowledged {
        member_id: stranger.to_string(),
        ..read.clone()
    };
    world.harness.deliver("member", stranger, 1, &foreign).await;
    eventually(async || (get(&world, &id).await.counts?.acknowledged == 1).then_some(())).await;
    let broken = NotificationAcknowledged {
        notification_id: "?".into(),
        ..read
    };
    world.harness.deliver("member", buyer, 2, &broken).await;
    eventually(async || (world.harness.parked().await.len() == 1).then_some(())).await;
    assert_eq!(get(&world, &id).await.counts.unwrap().acknowledged, 1);
}

#[tokio::test]
async fn an_order_payment_refuses_is_shown_with_the_reason() {
    let world = World::open().await;
    let sale = world.sale(Uuid::now_v7(), "delivered", true).await;
    let id = start(&world, notice()).await.campaign_id;
    let prepare = command(&world, "prepare-refund", &sale).await;
    world
        .harness
        .reply(&prepare, refused("PAYMENT_NOT_REFUNDABLE"))
        .await;
    let done = reaches(&world, &id, CampaignState::Done).await;
    assert_eq!(done.counts.unwrap().failed, 1);
    let failed = (CampaignOrderState::Failed, "PAYMENT_NOT_REFUNDABLE".to_owned());
    assert_eq!(fate(&world, &id, &sale).await, failed);
}

#[tokio::test]
async fn a_drill_holds_nothing_and_tells_nobody_and_says_what_would_be() {
    let world = World::open().await;
    world.sale(Uuid::now_v7(), "confirmed", true).await;
    world.sale(Uuid::now_v7(), "delivered", true).await;
    let drill = StartCampaignRequest {
        drill: true,
        ..notice()
    };
    let id = start(&world, drill).await.campaign_id;
    let done = reaches(&world, &id, CampaignState::Done).await;
    let counts = done.counts.unwrap();
    assert!(done.drill && done.recall_ids.is_empty());
    assert_eq!((counts.orders, counts.buyers, counts.notified), (2, 2, 0));
    assert_eq!((counts.stopped, counts.refunds), (1, 1));
    assert!(world.shelf.lock().unwrap().held.is_empty());
    assert!(world.harness.published::<NotifyCommand>().await.is_empty());
    assert!(world.harness.published::<Command>().await.is_empty());
    assert!(
        world
            .actions(&id)
            .await
            .iter()
            .all(|action| action.starts_with("recall.drill."))
    );
    let pack = pack(&world, &id).await;
    assert!(pack["report.html"].contains("모의 회수"));
}

#[tokio::test]
async fn a_buyer_who_becomes_known_later_is_told_later() {
    let world = World::open().await;
    let sale = world.unknown_sale(true);
    let id = start(&world, notice()).await.campaign_id;
    let done = reaches(&world, &id, CampaignState::Done).await;
    assert_eq!(done.counts.unwrap().unknown_orders, 1);
    let buyer = Uuid::now_v7();
    world.tell(&sale, buyer, "confirmed").await;
    eventually(async || {
        let told: Vec<NotifyCommand> = world.harness.published().await;
        told.iter()
            .any(|told| told.member_id == buyer.to_string())
            .then_some(())
    })
    .await;
    let stop = command(&world, "stop-order", &sale).await;
    world.harness.reply(&stop, stopped(OrderState::Cancelled)).await;
    let done = reaches(&world, &id, CampaignState::Done).await;
    let counts = done.counts.unwrap();
    assert_eq!(
        (counts.unknown_orders, counts.stopped, counts.notified),
        (0, 1, 1)
    );
}

#[tokio::test]
async fn a_recall_no_lot_agrees_with_is_kept_as_empty() {
    let world = World::open().await;
    world.shelf.lock().unwrap().matches_nothing = true;
    let campaign = start(&world, notice()).await;
    assert_eq!(campaign.state(), CampaignState::Empty);
    assert_eq!(
        world.actions(&campaign.campaign_id).await,
        ["recall.started", "recall.held"]
    );
}

#[tokio::test]
async fn the_same_request_is_one_campaign_also_after_product_was_away() {
    let world = World::open().await;
    world.sale(Uuid::now_v7(), "delivered", true).await;
    world.shelf.lock().unwrap().silent = 1;
    let (request, by) = (notice(), staff(Role::Catalogue));
    let mut campaigns = world.campaigns(&by);
    let away = campaigns.start_campaign(request.clone()).await;
    assert_refused(away, Code::Unavailable, "OWNER_UNAVAILABLE");
    let first = campaigns
        .start_campaign(request.clone())
        .await
        .unwrap()
        .into_inner()
        .campaign
        .unwrap();
    let again = campaigns
        .start_campaign(request)
        .await
        .unwrap()
        .into_inner()
        .campaign
        .unwrap();
    assert_eq!(first.campaign_id, again.campaign_id);
    assert_eq!(again.recall_ids.len(), 2);
    let listed = campaigns
        .list_campaigns(ListCampaignsRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.campaigns.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_understood_is_refused_before_anything_is_held() {
    let world = World::open().await;
    let mut campaigns = world.campaigns(&staff(Role::Catalogue));
    for (notice_change, field) in [
        (
            RecallNotice {
                product_name: "감자칩".into(),
                ..RecallNotice::default()
            },
            "notice",
        ),
        (
            RecallNotice {
                barcode: "123".into(),
                ..RecallNotice::default()
            },
            "notice.barcode",
        ),
        (
            RecallNotice {
                barcode: "88012345".into(),
                lot_dates: "2026.11.20 이전".into(),
                ..RecallNotice::default()
            },
            "notice.lot_dates",
        ),
    ] {
        let request = StartCampaignRequest {
            notice: Some(notice_change),
            ..notice()
        };
        let status = assert_refused(
            campaigns.start_campaign(request).await,
            Code::InvalidArgument,
            "NOTICE_NAMES_NOTHING",
        );
        assert_eq!(violations(&status), [field]);
    }
    let by_hand = |scopes| StartCampaignRequest {
        notice: None,
        scopes,
        ..notice()
    };
    let day = RecallScope {
        gtin: "88012345".into(),
        use_by_date: "2026-02-30".into(),
        ..RecallScope::default()
    };
    for (scopes, field) in [
        (vec![], "scopes"),
        (vec![RecallScope::default()], "scopes[0]"),
        (vec![day], "scopes[0]"),
    ] {
        let refused = campaigns.start_campaign(by_hand(scopes)).await;
        let status = assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
        assert_eq!(violations(&status), [field]);
    }
    assert!(world.shelf.lock().unwrap().held.is_empty());
}

#[tokio::test]
async fn only_the_catalogue_starts_recalls_and_only_staff_sees_them() {
    let world = World::open().await;
    for role in [Role::Finance, Role::Support, Role::Security, Role::Seller] {
        let refused = world.campaigns(&staff(role)).start_campaign(notice()).await;
        assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    }
    let get = GetCampaignRequest {
        campaign_id: Uuid::now_v7().to_string(),
    };
    let refused = world.campaigns(&user()).get_campaign(get.clone()).await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    let mut campaigns = world.campaigns(&staff(Role::Support));
    let unknown = campaigns.get_campaign(get.clone()).await;
    assert_refused(unknown, Code::NotFound, "CAMPAIGN_NOT_FOUND");
    let list = ListCampaignOrdersRequest {
        campaign_id: get.campaign_id.clone(),
        ..Default::default()
    };
    assert_refused(
        campaigns.list_campaign_orders(list).await,
        Code::NotFound,
        "CAMPAIGN_NOT_FOUND",
    );
    let export = ExportCampaignRequest {
        campaign_id: get.campaign_id,
    };
    assert_refused(
        campaigns.export_campaign(export).await,
        Code::NotFound,
        "CAMPAIGN_NOT_FOUND",
    );
}

/// The files of a campaign's pack.
async fn pack(world: &World, id: &str) -> std::collections::HashMap<String, String> {
    let request = ExportCampaignRequest {
        campaign_id: id.to_owned(),
    };
    let mut campaigns = world.campaigns(&staff(Role::Security));
    let stream = campaigns.export_campaign(request).await.unwrap().into_inner();
    let pieces: Vec<_> = stream.try_collect().await.unwrap();
    let bytes: Vec<u8> = pieces
        .into_iter()
        .flat_map(|piece| piece.file.unwrap().data)
        .collect();
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    (0..zip.len())
        .map(|at| {
            let mut file = zip.by_index(at).unwrap();
            let (name, mut text) = (file.name().unwrap().into_owned(), String::new());
            file.read_to_string(&mut text).unwrap();
            (name, text)
        })
        .collect()
}

#[tokio::test]
async fn the_pack_has_everything_and_proves_the_log() {
    let world = World::open().await;
    let buyer = Uuid::now_v7();
    let sale = world.sale(buyer, "delivered", true).await;
    let id = start(&world, notice()).await.campaign_id;
    let prepare = command(&world, "prepare-refund", &sale).await;
    let refund_id = Uuid::now_v7().to_string();
    let done = Outcome::Done(any(&PrepareRefundResult {
        refund_id: refund_id.clone(),
    }));
    world.harness.reply(&prepare, done).await;
    reaches(&world, &id, CampaignState::Done).await;
    let pack = pack(&world, &id).await;
    let lines = |name: &str| pack[name].lines().count();
    assert_eq!(
        (lines("lots.csv"), lines("orders.csv"), lines("notifications.csv")),
        (2, 2, 2)
    );
    assert_eq!(lines("audit.csv"), 6);
    assert!(
        pack["orders.csv"].contains(&sale.order_id.to_string()) && pack["orders.csv"].contains(&refund_id)
    );
    assert!(pack["notifications.csv"].contains(&buyer.to_string()));
    let facts: serde_json::Value = serde_json::from_str(&pack["campaign.json"]).unwrap();
    assert_eq!(facts["notice"]["barcode"], "8801234567890");
    assert_eq!(facts["counts"]["refunds"], 1);
    let chain: serde_json::Value = serde_json::from_str(&pack["chain.json"]).unwrap();
    assert_eq!(
        (chain["sound"].clone(), chain["checkedRows"].clone()),
        (true.into(), 5.into())
    );
    assert!(pack["report.html"].contains("감자칩 30g") && !pack["report.html"].contains("모의 회수"));
}
