use prost_types::Timestamp;
use serde_json::json;
use uuid::Uuid;
use xlcfi_contracts::admin::v1::AuditHeadRecorded;
use xlcfi_contracts::blockchain::v1::EntryKind;
use xlcfi_contracts::member::v1::PointsRootRecorded;
use xlcfi_proof::Bundle;
use xlcfi_testkit::eventually;

use super::World;

fn head(hash: u8) -> AuditHeadRecorded {
    AuditHeadRecorded {
        sequence: 12,
        hash: vec![hash; 32],
        time: Some(Timestamp {
            seconds: 1_780_000_000,
            nanos: 0,
        }),
    }
}

fn root() -> PointsRootRecorded {
    PointsRootRecorded {
        date: "2026-11-21".into(),
        postings: 3,
        root: vec![5; 32],
        time: Some(Timestamp {
            seconds: 1_780_000_000,
            nanos: 0,
        }),
    }
}

#[tokio::test]
async fn heads_of_the_audit_log_and_roots_of_the_points_are_entered_for_everybody() {
    let (world, key) = (World::start().await, Uuid::now_v7());
    world.harness.deliver("admin", key, 1, &head(4)).await;
    world.signed(1).await;
    world.harness.deliver("member", key, 1, &root()).await;
    world.signed(2).await;
    let entries = world.entries().await;
    let kinds: Vec<EntryKind> = entries.iter().map(|entry| entry.kind()).collect();
    assert_eq!(kinds, [EntryKind::AuditHead, EntryKind::PointsRoot]);
    let trust = world.trust().await;
    let mut said = Vec::new();
    for entry in entries {
        let file = world.proof(entry.entry_id.parse().unwrap()).await.unwrap();
        let bundle = Bundle::read(&file).unwrap();
        bundle.check(&trust).unwrap();
        said.push(bundle.event);
    }
    let time = "2026-05-28T20:26:40Z";
    let hash = |byte: &str| byte.repeat(32);
    assert_eq!(
        said,
        [
            json!({"type": "AuditHead", "sequence": 12, "hash": hash("04"), "time": time}),
            json!({"type": "PointsRoot", "date": "2026-11-21", "postings": 3, "root": hash("05"), "time": time}),
        ]
    );
}

#[tokio::test]
async fn a_head_told_twice_is_one_entry_and_a_rewritten_one_is_another() {
    let (world, key) = (World::start().await, Uuid::now_v7());
    let id = world.harness.deliver("admin", key, 1, &head(4)).await;
    world.signed(1).await;
    world.harness.redeliver("admin", id, key, 1, &head(4)).await;
    world.harness.deliver("admin", key, 2, &head(4)).await;
    world.harness.deliver("admin", key, 3, &head(6)).await;
    world.signed(2).await;
    assert_eq!(world.entries().await.len(), 2);
    assert_eq!(world.harness.parked().await, []);
}

#[tokio::test]
async fn malformed_heads_are_parked() {
    let world = World::start().await;
    let mut short = head(4);
    short.hash.pop();
    let mut timeless = root();
    timeless.time = None;
    world.harness.deliver("admin", Uuid::now_v7(), 1, &short).await;
    world
        .harness
        .deliver("member", Uuid::now_v7(), 1, &timeless)
        .await;
    eventually(async || (world.harness.parked().await.len() == 2).then_some(())).await;
    assert_eq!(world.entries().await, []);
}
