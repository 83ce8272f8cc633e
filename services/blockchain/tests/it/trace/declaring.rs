//! What was wrong stays, and is said to be.

use uuid::Uuid;
use xlcfi_contracts::blockchain::v1::{
    BizStep, DeclareErrorRequest, ErrorReason, TraceAction, TraceEvent, TraceForwardRequest,
};
use xlcfi_errors::Code;
use xlcfi_testkit::{assert_refused, seller};

use super::world::{World, becoming, beginning, grams, grams_of, object};

fn declaring(event: &TraceEvent, corrective: &[&TraceEvent]) -> DeclareErrorRequest {
    DeclareErrorRequest {
        event_id: event.event_id.clone(),
        reason: ErrorReason::IncorrectData.into(),
        corrective_event_ids: corrective.iter().map(|event| event.event_id.clone()).collect(),
    }
}

#[tokio::test]
async fn what_a_wrong_event_did_is_undone_and_the_event_stays() {
    let world = World::start().await;
    let lot = world.harvest(100).await;
    let wrong = world
        .record(becoming(&[(&lot, 90)], &[], vec![grams_of(90)]))
        .await
        .unwrap();
    let right = world
        .record(becoming(&[(&lot, 9)], &[], vec![grams_of(9)]))
        .await
        .unwrap();
    let mut client = world.own();
    let declared = client
        .declare_error(declaring(&wrong, &[&right]))
        .await
        .unwrap()
        .into_inner();
    let declared = declared.event.unwrap();
    let error = declared.error.clone().unwrap();
    assert_eq!(
        (error.reason(), &error.corrective_event_ids),
        (ErrorReason::IncorrectData, &vec![right.event_id.clone()])
    );
    assert_eq!(declared.lots, wrong.lots);
    assert_eq!(world.counts(&lot).await, (100, 9));
    let request = TraceForwardRequest {
        lot_id: lot.clone(),
        ..Default::default()
    };
    let became = client.trace_forward(request).await.unwrap().into_inner().lots;
    assert_eq!(became.len(), 2, "itself and what is right");
    let (_, events) = world.story(&world.seller, &lot).await.unwrap();
    assert!(events.contains(&declared));
    // The same again changes nothing; another reason is another declaration.
    let again = client
        .declare_error(declaring(&wrong, &[&right]))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(again.event, Some(declared));
    assert_eq!(world.counts(&lot).await, (100, 9));
    let mut other = declaring(&wrong, &[&right]);
    other.reason = ErrorReason::DidNotOccur.into();
    let refused = client.declare_error(other).await;
    assert_refused(refused, Code::FailedPrecondition, "EVENT_NOT_DECLARABLE");
    let said: Vec<u8> = sqlx::query_scalar(
        "select body from log_entry where position('errorDeclaration'::bytea in body) > 0",
    )
    .fetch_one(world.harness.pool())
    .await
    .unwrap();
    let said: serde_json::Value = serde_json::from_slice(&said).unwrap();
    assert_eq!(said["eventID"], format!("urn:uuid:{}", wrong.event_id));
    assert_eq!(said["errorDeclaration"]["reason"], "incorrect_data");
    assert_eq!(said["inputQuantityList"][0]["quantity"], 90);
}

#[tokio::test]
async fn what_others_built_on_is_not_undone_before_them() {
    let world = World::start().await;
    let lot = grams_of(100);
    let begun = world.record(beginning(vec![lot.clone()])).await.unwrap();
    let used = world
        .record(becoming(&[(&lot.lot_id, 1)], &[], vec![grams_of(1)]))
        .await
        .unwrap();
    let mut client = world.own();
    let refused = client.declare_error(declaring(&begun, &[])).await;
    assert_refused(refused, Code::FailedPrecondition, "EVENT_HAS_FOLLOWERS");
    assert_eq!(world.counts(&lot.lot_id).await, (100, 1));
    client.declare_error(declaring(&used, &[])).await.unwrap();
    client.declare_error(declaring(&begun, &[])).await.unwrap();
    assert_eq!(world.counts(&lot.lot_id).await, (0, 0));
    let request = object(
        TraceAction::Observe,
        BizStep::Storing,
        vec![grams(&lot.lot_id, 1)],
    );
    assert_refused(
        world.record(request).await,
        Code::FailedPrecondition,
        "QUANTITY_EXCEEDED",
    );
}

#[tokio::test]
async fn only_sellers_declare_and_only_what_they_recorded() {
    let world = World::start().await;
    let lot = world.harvest(100).await;
    let event = world
        .record(object(
            TraceAction::Observe,
            BizStep::Storing,
            vec![grams(&lot, 1)],
        ))
        .await
        .unwrap();
    let refused = world
        .traces(&seller())
        .declare_error(declaring(&event, &[]))
        .await;
    assert_refused(refused, Code::NotFound, "EVENT_NOT_FOUND");
    let mut unknown = declaring(&event, &[]);
    unknown.event_id = Uuid::now_v7().to_string();
    assert_refused(
        world.own().declare_error(unknown).await,
        Code::NotFound,
        "EVENT_NOT_FOUND",
    );
    let refused = world.own().declare_error(declaring(&event, &[&event])).await;
    assert_refused(refused, Code::NotFound, "EVENT_NOT_FOUND");
    let received = world.received(10).await;
    let (_, events) = world.story(&world.seller, &received.lot_id).await.unwrap();
    let refused = world.own().declare_error(declaring(&events[0], &[])).await;
    assert_refused(refused, Code::FailedPrecondition, "EVENT_NOT_DECLARABLE");
}
