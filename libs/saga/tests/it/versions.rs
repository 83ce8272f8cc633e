use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::saga::v1::saga_service_client::SagaServiceClient;
use xlcfi_contracts::saga::v1::{CompensateSagaRequest, RetrySagaRequest, SagaState};
use xlcfi_testkit::{Calling, admin, assert_refused, eventually};

use crate::toy::{Meal, PATIENT, Toy};
use crate::world::World;

fn console(world: &World) -> SagaServiceClient<Calling> {
    SagaServiceClient::new(world.harness.as_user(&admin()))
}

fn retry(id: Uuid) -> RetrySagaRequest {
    RetrySagaRequest {
        saga_id: id.to_string(),
        note: "the old version is back".into(),
    }
}

#[tokio::test]
async fn a_version_nobody_knows_any_more_parks_its_run_until_somebody_does() {
    let (world, _running) = World::busy().await;
    let id = world.begin(Toy::<PATIENT>, Meal::saying("pay", "later")).await;
    let paying = world.command_of(id, "pay").await;
    world
        .execute(
            "update saga.saga set definition_version = 0 where saga_id = $1",
            id,
        )
        .await;
    let mut tx = world.harness.base.database.begin().await.unwrap();
    xlcfi_saga::answer(&mut tx, &paying, xlcfi_saga::Answer::Done(Default::default()))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    world.reaches(id, "parked").await;
    assert_eq!(world.timeline(id).await.last().unwrap(), "parked");
    let refused = console(&world).retry_saga(retry(id)).await;
    assert_refused(refused, Code::FailedPrecondition, "SAGA_ENDED");
    let refused = console(&world)
        .compensate_saga(CompensateSagaRequest {
            saga_id: id.to_string(),
            note: "x".into(),
        })
        .await;
    assert_refused(refused, Code::FailedPrecondition, "SAGA_ENDED");

    world
        .execute(
            "update saga.saga set definition_version = 1 where saga_id = $1",
            id,
        )
        .await;
    let going = console(&world).retry_saga(retry(id)).await.unwrap().into_inner();
    assert_eq!(going.saga.unwrap().state(), SagaState::Running);
    // The participant knows its answer still.
    world.reaches(id, "completed").await;
    assert_eq!(world.acts(id).await, ["lay", "pay", "serve"]);
}

#[tokio::test]
async fn a_parked_run_can_be_turned_back() {
    let (world, _running) = World::busy().await;
    let id = world.begin(Toy::<PATIENT>, Meal::saying("pay", "later")).await;
    world.command_of(id, "pay").await;
    world
        .execute(
            "update saga.saga set phase = 'parked', next_time = null where saga_id = $1",
            id,
        )
        .await;
    console(&world)
        .compensate_saga(CompensateSagaRequest {
            saga_id: id.to_string(),
            note: "enough".into(),
        })
        .await
        .unwrap();
    world.reaches(id, "compensated").await;
    assert_eq!(world.acts(id).await, ["lay", "pay", "-pay", "-lay"]);
}

#[tokio::test]
async fn a_newer_version_is_left_to_a_newer_process() {
    let world = World::new().await;
    let _old = world.orchestrator(Toy::<200, 1, 1>);
    let _participants = (world.participant("kitchen"), world.participant("till"));
    let id = world.begin(Toy::<200, 1, 2>, Meal::default()).await;
    world.command_of(id, "lay").await;
    // The old process has moved another run since; it left this one alone.
    let other = world.begin(Toy::<200, 1, 1>, Meal::default()).await;
    world.reaches(other, "completed").await;
    assert_eq!(
        (world.phase(id).await, world.attempts(id).await),
        ("running".into(), 1)
    );

    let _new = world.orchestrator(Toy::<200, 1, 2>);
    world.reaches(id, "completed").await;
    assert_eq!(world.acts(id).await, ["lay", "pay", "serve"]);
    eventually(async || world.harness.parked().await.is_empty().then_some(())).await;
}
