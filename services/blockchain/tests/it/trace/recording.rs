//! What sellers tell of their lots.

use uuid::Uuid;
use xlcfi_contracts::blockchain::v1::record_event_request::What;
use xlcfi_contracts::blockchain::v1::{
    AggregationEvent, BizStep, BizTransaction, BizTransactionType, Disposition, LotCertificate, LotRole,
    PartyType, RecordCertificateRequest, TraceAction, TraceEventKind, TraceParty, TransactionEvent,
};
use xlcfi_contracts::product::v1::StorageClass;
use xlcfi_errors::Code;
use xlcfi_testkit::{assert_refused, seller};

use super::world::{World, at, becoming, beginning, event, grams, grams_of, object, pieces};

#[tokio::test]
async fn a_harvest_begins_a_lot_with_everything_told_of_it() {
    let world = World::start().await;
    let mut lot = grams_of(500_000);
    lot.lot_number = "H-7".into();
    lot.gtin = "8801234567893".into();
    lot.trace_number = "l0261120-1234-567".into();
    lot.storage = StorageClass::Refrigerated.into();
    lot.use_by_date = "2027-01-31".into();
    lot.origin = "국내산 강원 평창".into();
    let mut request = beginning(vec![lot.clone()]);
    request.disposition = Disposition::Active.into();
    request.read_point = "https://id.gs1.org/414/8800000000003".into();
    request.offset_minutes = Some(0);
    request.sources = vec![TraceParty {
        r#type: PartyType::OwningParty.into(),
        id: "https://id.gs1.org/417/8800000000003".into(),
    }];
    let made = world.record(request.clone()).await.unwrap();
    assert_eq!(
        (made.kind(), made.action()),
        (TraceEventKind::Object, TraceAction::Add)
    );
    assert_eq!(
        (made.biz_step(), made.disposition()),
        (BizStep::Commissioning, Disposition::Active)
    );
    assert_eq!(
        (made.event_time, made.offset_minutes, made.by_seller),
        (at(-60), 0, true)
    );
    let (known, events) = world.story(&world.seller, &lot.lot_id).await.unwrap();
    assert_eq!((known.entered, known.taken), (500_000, 0));
    assert_eq!(known.trace_number, "L02611201234567");
    assert_eq!(known.epc_class, "https://id.gs1.org/01/08801234567893/10/H-7");
    assert_eq!(
        (known.storage(), known.use_by_date.as_str()),
        (StorageClass::Refrigerated, "2027-01-31")
    );
    assert_eq!(events, std::slice::from_ref(&made));

    let again = world.record(request.clone()).await.unwrap();
    assert_eq!(again, made);
    request.biz_step = BizStep::Receiving.into();
    assert_refused(world.record(request).await, Code::Aborted, "REQUEST_ID_REUSED");
    world.assert_all_logged().await;
}

#[tokio::test]
async fn lots_become_others_and_what_went_in_is_gone() {
    let world = World::start().await;
    let (first, second) = (world.harvest(600).await, world.harvest(400).await);
    let packs = world.become_of(&[(&first, 500), (&second, 400)], 850, -30).await;
    assert_eq!(world.counts(&first).await, (600, 500));
    assert_eq!(world.counts(&second).await, (400, 400));
    assert_eq!(world.counts(&packs).await, (850, 0));
    let (_, events) = world.story(&world.seller, &packs).await.unwrap();
    let became = events.last().unwrap();
    let roles: Vec<LotRole> = became.lots.iter().map(|lot| lot.role()).collect();
    assert_eq!(roles, [LotRole::Input, LotRole::Input, LotRole::Output]);
    assert_eq!(
        (became.kind(), became.action()),
        (TraceEventKind::Transformation, TraceAction::Unspecified)
    );
    world.assert_all_logged().await;
}

#[tokio::test]
async fn goods_sold_here_come_from_a_harvest_once_they_are_received() {
    let world = World::start().await;
    let harvest = world.harvest(100_000).await;
    let lot = world.received(10).await;
    let request = becoming(&[(&harvest, 100_000)], &[pieces(&lot, 10)], Vec::new());
    world.record(request).await.unwrap();
    assert_eq!(world.counts(&lot.lot_id).await, (10, 0));
    let (_, events) = world.story(&world.seller, &lot.lot_id).await.unwrap();
    let steps: Vec<BizStep> = events.iter().map(|event| event.biz_step()).collect();
    assert_eq!(
        steps,
        [BizStep::Commissioning, BizStep::Packing, BizStep::Receiving]
    );
    // All of it is explained.
    let more = world.harvest(1_000).await;
    let request = becoming(&[(&more, 1_000)], &[pieces(&lot, 1)], Vec::new());
    assert_refused(
        world.record(request).await,
        Code::FailedPrecondition,
        "QUANTITY_EXCEEDED",
    );
}

#[tokio::test]
async fn lots_are_seen_put_on_pallets_traded_and_destroyed() {
    let world = World::start().await;
    let lot = world.harvest(1_000).await;
    let seen = object(TraceAction::Observe, BizStep::Storing, vec![grams(&lot, 1_000)]);
    let seen = world.record(seen).await.unwrap();
    assert_eq!(
        (seen.lots[0].quantity, seen.lots[0].role()),
        (1_000, LotRole::Object)
    );
    let mut pallet = event(BizStep::Packing);
    pallet.what = Some(What::Aggregation(AggregationEvent {
        action: TraceAction::Add.into(),
        parent: "https://id.gs1.org/00/106141412345678908".into(),
        children: vec![grams(&lot, 700)],
    }));
    let pallet = world.record(pallet).await.unwrap();
    assert_eq!(
        (pallet.kind(), pallet.lots[0].role()),
        (TraceEventKind::Aggregation, LotRole::Child)
    );
    assert_eq!(pallet.parent, "https://id.gs1.org/00/106141412345678908");
    let mut trade = event(BizStep::Shipping);
    trade.biz_transactions = vec![BizTransaction {
        r#type: BizTransactionType::Desadv.into(),
        id: "urn:xlcfi:desadv:7".into(),
    }];
    trade.what = Some(What::Transaction(TransactionEvent {
        action: TraceAction::Add.into(),
        lots: vec![grams(&lot, 700)],
    }));
    let trade = world.record(trade).await.unwrap();
    assert_eq!(trade.kind(), TraceEventKind::Transaction);
    assert_eq!(world.counts(&lot).await, (1_000, 0));
    let gone = object(TraceAction::Delete, BizStep::Destroying, vec![grams(&lot, 300)]);
    world.record(gone).await.unwrap();
    assert_eq!(world.counts(&lot).await, (1_000, 300));
    world.assert_all_logged().await;
}

#[tokio::test]
async fn a_certificate_stands_in_the_story() {
    let world = World::start().await;
    let lot = world.received(10).await;
    let request = RecordCertificateRequest {
        lot_id: lot.lot_id.clone(),
        certificate: Some(LotCertificate {
            kind: "잔류농약 검사".into(),
            number: "2026-77".into(),
            issuer: "농산물품질관리원".into(),
            expire_date: "2027-11-22".into(),
        }),
        failed: true,
        request_id: Uuid::now_v7().to_string(),
    };
    let mut client = world.own();
    let made = client
        .record_certificate(request.clone())
        .await
        .unwrap()
        .into_inner()
        .event
        .unwrap();
    assert_eq!(
        (made.biz_step(), made.disposition()),
        (BizStep::Inspecting, Disposition::NonConformant)
    );
    assert_eq!(
        made.certificates,
        request.certificate.clone().into_iter().collect::<Vec<_>>()
    );
    let again = client
        .record_certificate(request.clone())
        .await
        .unwrap()
        .into_inner()
        .event;
    assert_eq!(again, Some(made.clone()));
    let other = RecordCertificateRequest {
        failed: false,
        ..request.clone()
    };
    assert_refused(
        client.record_certificate(other).await,
        Code::Aborted,
        "REQUEST_ID_REUSED",
    );
    let (_, events) = world.story(&world.seller, &lot.lot_id).await.unwrap();
    assert!(events.contains(&made));
    let mut wrong = RecordCertificateRequest {
        request_id: Uuid::now_v7().to_string(),
        ..request.clone()
    };
    wrong.certificate.as_mut().unwrap().expire_date = "2027-02-30".into();
    assert_refused(
        client.record_certificate(wrong).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    let request = RecordCertificateRequest {
        request_id: Uuid::now_v7().to_string(),
        ..request
    };
    let refused = world.traces(&seller()).record_certificate(request).await;
    assert_refused(refused, Code::NotFound, "LOT_NOT_FOUND");
}

#[tokio::test]
async fn more_may_come_to_a_lot_that_is_counted_here_alone() {
    let world = World::start().await;
    let lot = world.harvest(1_000).await;
    let more = object(TraceAction::Add, BizStep::Collecting, vec![grams(&lot, 200)]);
    world.record(more).await.unwrap();
    assert_eq!(world.counts(&lot).await, (1_200, 0));
    let sold_here = world.received(10).await;
    let mut more = object(TraceAction::Add, BizStep::Collecting, vec![pieces(&sold_here, 1)]);
    more.event_time = at(0);
    assert_refused(
        world.record(more).await,
        Code::FailedPrecondition,
        "LOT_KEPT_BY_PRODUCT",
    );
}
