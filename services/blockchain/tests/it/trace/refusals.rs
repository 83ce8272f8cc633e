//! What cannot have happened is refused, and why.

use prost_types::Timestamp;
use uuid::Uuid;
use xlcfi_contracts::blockchain::v1::record_event_request::What;
use xlcfi_contracts::blockchain::v1::{BizStep, LotQuantity, TraceAction, TransactionEvent};
use xlcfi_contracts::types::v1::Unit;
use xlcfi_errors::{Code, metadata_of};
use xlcfi_testkit::{assert_refused, seller, user, violations};

use super::world::{World, at, becoming, beginning, event, grams, grams_of, object, pieces};

#[tokio::test]
async fn lots_of_others_and_unknown_ones_are_not_found() {
    let world = World::start().await;
    let lot = world.harvest(100).await;
    let stranger = seller();
    for request in [
        object(TraceAction::Observe, BizStep::Storing, vec![grams(&lot, 1)]),
        becoming(&[(&lot, 10)], &[], vec![grams_of(5)]),
    ] {
        let refused = world.traces(&stranger).record_event(request).await;
        let status = assert_refused(refused, Code::NotFound, "LOT_NOT_FOUND");
        assert_eq!(metadata_of(&status, "lot_id"), Some(lot.clone()));
    }
    let nowhere = Uuid::now_v7().to_string();
    let request = object(TraceAction::Observe, BizStep::Storing, vec![grams(&nowhere, 1)]);
    assert_refused(world.record(request).await, Code::NotFound, "LOT_NOT_FOUND");
    let buyer = world
        .traces(&user())
        .record_event(beginning(vec![grams_of(1)]))
        .await;
    assert_refused(buyer, Code::PermissionDenied, "ROLE_MISSING");
    assert_eq!(world.counts(&lot).await, (100, 0));
}

#[tokio::test]
async fn an_id_that_is_taken_begins_no_other_lot() {
    let world = World::start().await;
    let mut lot = grams_of(1);
    lot.lot_id = world.harvest(100).await;
    let refused = world.record(beginning(vec![lot.clone()])).await;
    assert_refused(refused, Code::AlreadyExists, "LOT_EXISTS");
    let refused = world.traces(&seller()).record_event(beginning(vec![lot])).await;
    assert_refused(refused, Code::AlreadyExists, "LOT_EXISTS");
}

#[tokio::test]
async fn an_event_in_the_future_or_before_its_lot_is_refused() {
    let world = World::start().await;
    let lot = world.harvest(100).await;
    let mut request = object(TraceAction::Observe, BizStep::Storing, vec![grams(&lot, 1)]);
    request.event_time = at(6);
    assert_refused(
        world.record(request.clone()).await,
        Code::InvalidArgument,
        "EVENT_IN_FUTURE",
    );
    request.event_time = at(-61);
    assert_refused(
        world.record(request).await,
        Code::FailedPrecondition,
        "EVENT_BEFORE_LOT",
    );
    let mut request = becoming(&[(&lot, 10)], &[], vec![grams_of(5)]);
    request.event_time = at(-61);
    assert_refused(
        world.record(request).await,
        Code::FailedPrecondition,
        "EVENT_BEFORE_LOT",
    );
}

#[tokio::test]
async fn more_than_there_is_never_goes_out() {
    let world = World::start().await;
    let lot = world.harvest(100).await;
    let request = becoming(&[(&lot, 101)], &[], vec![grams_of(5)]);
    let status = assert_refused(
        world.record(request).await,
        Code::FailedPrecondition,
        "QUANTITY_EXCEEDED",
    );
    assert_eq!(metadata_of(&status, "left").as_deref(), Some("100"));
    world.become_of(&[(&lot, 60)], 60, -30).await;
    for action in [TraceAction::Delete, TraceAction::Observe] {
        let quantity = if action == TraceAction::Delete { 41 } else { 101 };
        let request = object(action, BizStep::Destroying, vec![grams(&lot, quantity)]);
        assert_refused(
            world.record(request).await,
            Code::FailedPrecondition,
            "QUANTITY_EXCEEDED",
        );
    }
    // More comes out than went in.
    let request = becoming(&[(&lot, 40)], &[], vec![grams_of(30), grams_of(11)]);
    assert_refused(
        world.record(request).await,
        Code::FailedPrecondition,
        "QUANTITY_EXCEEDED",
    );
    assert_eq!(world.counts(&lot).await, (100, 60));
}

#[tokio::test]
async fn the_last_of_a_lot_goes_out_once_however_many_ask() {
    let world = World::start().await;
    let lot = world.harvest(100).await;
    let tries = (0..8).map(|_| world.record(becoming(&[(&lot, 30)], &[], vec![grams_of(30)])));
    let done = futures::future::join_all(tries).await;
    assert_eq!(done.iter().filter(|answer| answer.is_ok()).count(), 3);
    assert_eq!(world.counts(&lot).await, (100, 90));
}

#[tokio::test]
async fn a_lot_never_comes_from_what_it_became() {
    let world = World::start().await;
    let first = world.harvest(100).await;
    let second = world.become_of(&[(&first, 50)], 50, -40).await;
    let third = world.become_of(&[(&second, 50)], 50, -30).await;
    for (from, to) in [(&third, &first), (&third, &second), (&third, &third)] {
        let request = becoming(&[(from, 10)], &[grams(to, 10)], Vec::new());
        let status = assert_refused(
            world.record(request).await,
            Code::FailedPrecondition,
            "GENEALOGY_CYCLE",
        );
        assert_eq!(metadata_of(&status, "lot_id").as_ref(), Some(to));
    }
    // Forward again is no circle.
    let request = becoming(&[(&first, 10)], &[grams(&third, 10)], Vec::new());
    world.record(request).await.unwrap();
    assert_eq!(world.counts(&third).await, (60, 0));
}

#[tokio::test]
async fn of_two_halves_of_a_circle_told_at_once_one_is_refused() {
    let world = World::start().await;
    let (first, second) = (world.harvest(100).await, world.harvest(100).await);
    let there = becoming(&[(&first, 10)], &[grams(&second, 10)], Vec::new());
    let back = becoming(&[(&second, 10)], &[grams(&first, 10)], Vec::new());
    let (there, back) = tokio::join!(world.record(there), world.record(back));
    assert!(there.is_ok() != back.is_ok(), "{there:?} {back:?}");
    let refused = if there.is_ok() { back } else { there };
    assert_refused(refused, Code::FailedPrecondition, "GENEALOGY_CYCLE");
}

#[tokio::test]
async fn another_unit_than_the_lot_is_counted_in_is_refused() {
    let world = World::start().await;
    let lot = world.harvest(100).await;
    let wrong = LotQuantity {
        unit: Unit::Piece.into(),
        ..grams(&lot, 1)
    };
    let request = object(TraceAction::Observe, BizStep::Storing, vec![wrong]);
    let status = assert_refused(
        world.record(request).await,
        Code::FailedPrecondition,
        "UNIT_MISMATCH",
    );
    assert_eq!(metadata_of(&status, "unit").as_deref(), Some("GRAM"));
}

#[tokio::test]
async fn what_product_counts_is_taken_there_only() {
    let world = World::start().await;
    let lot = world.received(10).await;
    let request = object(TraceAction::Delete, BizStep::Destroying, vec![pieces(&lot, 1)]);
    assert_refused(
        world.record(request).await,
        Code::FailedPrecondition,
        "LOT_KEPT_BY_PRODUCT",
    );
    let mut seen = object(TraceAction::Observe, BizStep::Storing, vec![pieces(&lot, 10)]);
    seen.event_time = at(0);
    world.record(seen).await.unwrap();
}

#[tokio::test]
async fn every_field_that_makes_no_sense_is_told_at_once() {
    let world = World::start().await;
    let mut lot = grams_of(1);
    lot.trace_number = "L32611201234567".into();
    lot.gtin = "8801234567890".into();
    lot.use_by_date = "2026-02-30".into();
    let mut request = beginning(vec![lot.clone(), lot]);
    request.event_time = Some(Timestamp::default());
    let status = assert_refused(
        world.record(request).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    assert_eq!(
        violations(&status),
        [
            "event_time",
            "object.new_lots[0].gtin",
            "object.new_lots[0].trace_number",
            "object.new_lots[0].use_by_date",
            "object.new_lots[1].gtin",
            "object.new_lots[1].lot_id",
            "object.new_lots[1].trace_number",
            "object.new_lots[1].use_by_date",
        ]
    );
    let mut timeless = beginning(vec![grams_of(1)]);
    timeless.event_time = None;
    let status = assert_refused(
        world.record(timeless).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    assert_eq!(violations(&status), ["event_time"]);
    for quantity in [0, -5] {
        let mut lot = grams_of(1);
        lot.quantity = quantity;
        let status = assert_refused(
            world.record(beginning(vec![lot])).await,
            Code::InvalidArgument,
            "INVALID_FIELDS",
        );
        assert_eq!(violations(&status), ["object.new_lots[0].quantity"]);
    }
    let mut no_papers = event(BizStep::Shipping);
    no_papers.what = Some(What::Transaction(TransactionEvent {
        action: TraceAction::Add.into(),
        lots: vec![grams(&Uuid::now_v7().to_string(), 1)],
    }));
    let mut names_a_person = beginning(vec![grams_of(1)]);
    names_a_person.read_point = "김철수네 밭".into();
    for wrong in [event(BizStep::Storing), no_papers, names_a_person] {
        assert_refused(world.record(wrong).await, Code::InvalidArgument, "INVALID_FIELDS");
    }
    let nothing = becoming(&[(&Uuid::now_v7().to_string(), 1)], &[], Vec::new());
    assert_refused(
        world.record(nothing).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
}
