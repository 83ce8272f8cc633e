use tonic::Code;
use xlcfi_contracts::blockchain::v1::CheckLogRequest;
use xlcfi_testkit::{assert_refused, user};

use super::World;

async fn signed() -> World {
    let world = World::with(&[("log_checkpoint_entries", "10")]).await;
    world.enter_some(25).await;
    world.signed(25).await;
    world
}

#[tokio::test]
async fn a_sound_log_is_said_to_be_sound() {
    let world = signed().await;
    let checked = world.check().await;
    assert!(checked.sound && checked.problem.is_empty(), "{checked:?}");
    assert_eq!(checked.checked, 25);
    assert!(checked.checkpoints >= 2);
    assert!(World::start().await.check().await.sound, "so is an empty one");
}

#[tokio::test]
async fn the_first_thing_somebody_changed_is_found() {
    for (script, index) in [
        ("update log_entry set body = '{}' where leaf_index = 7", 7),
        ("update log_entry set salt = sha256('x') where leaf_index = 8", 8),
        (
            "update log_entry set commitment = sha256('x'), body = null, salt = null, erase_time = now(),
                erase_reason = '', eraser_id = uuidv7() where leaf_index = 9",
            8,
        ),
        (
            "update log_node set hash = sha256('x') where level = 2 and index = 3",
            12,
        ),
        ("delete from log_node where level = 1 and index = 5", 10),
        (
            "update log_tree set frontier = overlay(frontier placing sha256('x') from 1)",
            25,
        ),
        ("delete from log_entry where leaf_index = 24", 25),
        ("delete from log_entry where leaf_index = 4", 4),
        ("update checkpoint set root = sha256('x') where size = 25", 25),
        (
            "update checkpoint set note = replace(note, E'\\n25\\n', E'\\n24\\n') where size = 25",
            25,
        ),
        (
            "update log_entry set leaf_index = -1 where leaf_index = 5;
             update log_entry set leaf_index = 5 where leaf_index = 6;
             update log_entry set leaf_index = 6 where leaf_index = -1",
            4,
        ),
    ] {
        let world = signed().await;
        world.tamper(script).await;
        let checked = world.check().await;
        assert!(!checked.sound, "{script}");
        assert_eq!(checked.bad_index, index, "{script}: {}", checked.problem);
    }
}

#[tokio::test]
async fn a_changed_row_is_given_to_nobody_as_a_proof() {
    let world = World::start().await;
    let ids = world.enter_some(8).await;
    world.signed(8).await;
    world
        .tamper(
            "update log_entry set body = convert_to('{\"a\":1}', 'UTF8') where leaf_index = 3;
             update log_node set hash = sha256('x') where level = 1 and index = 2",
        )
        .await;
    assert_refused(world.proof(ids[3]).await, Code::Internal, "INTERNAL");
    // Its neighbour over the changed node.
    assert_refused(world.proof(ids[6]).await, Code::Internal, "INTERNAL");
    world.proof(ids[5]).await.unwrap();
}

#[tokio::test]
async fn the_database_lets_nobody_change_the_log() {
    let world = signed().await;
    for script in [
        "update log_entry set commitment = sha256('x') where leaf_index = 1",
        "update log_entry set leaf_index = 99 where leaf_index = 1",
        "update log_entry set leaf_index = null where leaf_index = 1",
        "update log_entry set body = '{}' where leaf_index = 1",
        "update log_entry set kind = 'AUDIT_HEAD' where leaf_index = 1",
        "delete from log_entry",
        "truncate log_entry",
        "update log_node set hash = sha256('x')",
        "delete from log_node",
        "update checkpoint set note = ''",
        "delete from checkpoint",
        "delete from log_tree",
    ] {
        let done = sqlx::raw_sql(script).execute(world.harness.pool()).await;
        assert!(done.is_err(), "{script}");
    }
    assert!(world.check().await.sound);
}

#[tokio::test]
async fn only_staff_looks_over_the_log() {
    let world = World::start().await;
    let asked = world.client(&user()).check_log(CheckLogRequest {}).await;
    assert_refused(asked, Code::PermissionDenied, "ROLE_MISSING");
}
