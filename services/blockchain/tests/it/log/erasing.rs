use tonic::{Code, Status};
use uuid::Uuid;
use xlcfi_contracts::blockchain::v1::{EraseEntryRequest, LogEntry};
use xlcfi_contracts::types::v1::Role;
use xlcfi_errors::metadata_of;
use xlcfi_identity::User;
use xlcfi_proof::Bundle;
use xlcfi_testkit::{admin, assert_refused, user, violations};

use super::{World, staff};

async fn erase(world: &World, by: &User, id: Uuid, reason: &str) -> Result<LogEntry, Status> {
    let request = EraseEntryRequest {
        entry_id: id.to_string(),
        reason: reason.into(),
    };
    let answer = world.client(by).erase_entry(request).await?.into_inner();
    Ok(answer.entry.unwrap())
}

#[tokio::test]
async fn what_an_entry_said_is_erased_and_the_tree_stays_valid() {
    let world = World::start().await;
    let ids = world.enter_some(6).await;
    world.signed(6).await;
    let kept = world.proof(ids[2]).await.unwrap();
    let before = world.entries().await[2].clone();
    let erased = erase(&world, &admin(), ids[2], "본인의 요청").await.unwrap();
    assert_eq!(
        (erased.index, &erased.commitment, erased.erase_time.is_some()),
        (2, &before.commitment, true)
    );
    let status = assert_refused(
        world.proof(ids[2]).await,
        Code::FailedPrecondition,
        "ENTRY_ERASED",
    );
    assert_eq!(metadata_of(&status, "index").as_deref(), Some("2"));
    let left: i64 = sqlx::query_scalar(
        "select count(*) from log_entry where entry_id = $1 and (body is not null or salt is not null)",
    )
    .bind(ids[2])
    .fetch_one(world.harness.pool())
    .await
    .unwrap();
    assert_eq!(left, 0);

    // Everybody else's proofs hold, new entries come, and the whole fits.
    world.enter_some(3).await;
    world.signed(9).await;
    let trust = world.trust().await;
    for id in [ids[1], ids[3], ids[5]] {
        let file = world.proof(id).await.unwrap();
        Bundle::read(&file).unwrap().check(&trust).unwrap();
    }
    let checked = world.check().await;
    assert!(checked.sound, "{checked:?}");
    assert_eq!(checked.checked, 9);
    // Who got the file before still has it: nobody can take that back.
    Bundle::read(&kept).unwrap().check(&trust).unwrap();
}

#[tokio::test]
async fn an_entry_is_erased_once() {
    let world = World::start().await;
    let id = world.enter_some(1).await[0];
    world.signed(1).await;
    let first = erase(&world, &admin(), id, "first").await.unwrap();
    world.harness.advance(std::time::Duration::from_secs(60));
    let again = erase(&world, &staff(Role::Security), id, "second").await.unwrap();
    assert_eq!(again, first);
    let reason: String = sqlx::query_scalar("select erase_reason from log_entry")
        .fetch_one(world.harness.pool())
        .await
        .unwrap();
    assert_eq!(reason, "first");
}

#[tokio::test]
async fn only_staff_erases_and_only_what_is_there() {
    let world = World::start().await;
    let id = world.enter_some(1).await[0];
    for nobody in [user(), staff(Role::Seller), staff(Role::Catalogue)] {
        assert_refused(
            erase(&world, &nobody, id, "why").await,
            Code::PermissionDenied,
            "ROLE_MISSING",
        );
    }
    let unknown = erase(&world, &admin(), Uuid::now_v7(), "why").await;
    assert_refused(unknown, Code::NotFound, "ENTRY_NOT_FOUND");
    let wrong = erase(&world, &admin(), id, "").await;
    let wrong = assert_refused(wrong, Code::InvalidArgument, "INVALID_FIELDS");
    assert_eq!(violations(&wrong), ["reason"]);
}
