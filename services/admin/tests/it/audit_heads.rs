use std::time::Duration;

use uuid::Uuid;
use xlcfi_contracts::admin::v1::{
    AuditHeadRecorded, Operation, RunOperationRequest, VerifyAuditRequest, VerifyAuditResponse,
};
use xlcfi_contracts::types::v1::Role;
use xlcfi_testkit::eventually;

use crate::world::{World, staff};

async fn told(world: &World, count: usize) -> Vec<AuditHeadRecorded> {
    eventually(async || {
        let told = world.harness.published::<AuditHeadRecorded>().await;
        (told.len() >= count).then_some(told)
    })
    .await
}

/// Two rows each.
async fn act(world: &World, times: usize) {
    for _ in 0..times {
        let request = RunOperationRequest {
            operation: Operation::UnlockAccount.into(),
            subject_id: Uuid::now_v7().to_string(),
            reason: "본인 확인".into(),
            ..Default::default()
        };
        world
            .operations(&staff(Role::Support))
            .run_operation(request)
            .await
            .unwrap();
    }
}

async fn verify(world: &World, known: &AuditHeadRecorded) -> VerifyAuditResponse {
    let request = VerifyAuditRequest {
        known_sequence: known.sequence,
        known_hash: hex(&known.hash),
    };
    let mut audit = world.audit(&staff(Role::Security));
    audit.verify_audit(request).await.unwrap().into_inner()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn the_head_is_told_by_time_and_by_count_and_only_when_it_moved() {
    let world = World::open().await;
    act(&world, 1).await;
    let first = told(&world, 1).await.remove(0);
    let sound = verify(&world, &first).await;
    assert!(sound.sound, "{sound:?}");
    // A minute is not over and a hundred rows are not written.
    act(&world, 1).await;
    world.harness.advance(Duration::from_secs(50));
    act(&world, 50).await;
    let second = told(&world, 2).await.remove(1);
    assert!(second.sequence - first.sequence >= 100, "{second:?}");
    assert!(verify(&world, &second).await.sound);
    world.harness.advance(Duration::from_secs(60));
    // What was written since the last, if anything, is told once; then all is quiet.
    let last = eventually(async || {
        let told = world.harness.published::<AuditHeadRecorded>().await;
        let last = told.last().unwrap().clone();
        (last.sequence == 104).then_some(last)
    })
    .await;
    let heads = world.harness.published::<AuditHeadRecorded>().await.len();
    world.harness.advance(Duration::from_secs(600));
    act(&world, 1).await;
    let next = told(&world, heads + 1).await;
    assert_eq!(
        next.len(),
        heads + 1,
        "nothing was told of a head that did not move"
    );
    assert!(next[heads].sequence > last.sequence && verify(&world, &last).await.sound);

    let text = format!("{}:{}", last.sequence, hex(&last.hash));
    let said = xlcfi_admin::verify_audit(&world.harness.base, Some(&text))
        .await
        .unwrap();
    assert!(said.contains("sound"), "{said}");
    let other = format!("{}:{}", last.sequence, hex(&first.hash));
    let said = xlcfi_admin::verify_audit(&world.harness.base, Some(&other))
        .await
        .unwrap_err();
    assert!(said.to_string().contains("row 104"), "{said}");
}
