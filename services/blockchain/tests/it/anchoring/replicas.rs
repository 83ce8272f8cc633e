//! Several processes with one key.

use xlcfi_contracts::blockchain::v1::{AnchorState, CheckpointAnchored};
use xlcfi_testkit::eventually;

use super::world::World;

#[tokio::test]
async fn two_processes_with_one_key_send_each_anchor_once() {
    let Some(mut world) = World::start().await else {
        return;
    };
    let mut other = world.another().await;
    let sizes: Vec<u64> = (1..=6).map(|turn| turn * 1_000).collect();
    for (turn, size) in sizes.iter().enumerate() {
        world.checkpoint(*size).await;
        world.until(*size, AnchorState::Submitted).await;
        if turn % 2 == 1 {
            // Whichever of them works may go.
            std::mem::swap(&mut world.harness, &mut other);
            other.base.stop.cancel();
            other = world.another().await;
        }
        world.finalize(*size).await;
    }
    assert_eq!(world.told().await, sizes);
    let mut nonces: Vec<i64> = world
        .list()
        .await
        .iter()
        .map(|anchor| anchor.nonce.unwrap())
        .collect();
    nonces.sort_unstable();
    let first = nonces[0];
    assert_eq!(
        nonces,
        (first..first + 6).collect::<Vec<_>>(),
        "none is skipped or used twice"
    );
    for nonce in nonces {
        assert_eq!(world.attempts(nonce).await.len(), 1);
    }
    assert_eq!(
        world.harness.published::<CheckpointAnchored>().await.len(),
        sizes.len()
    );
}

#[tokio::test]
async fn a_process_that_lost_the_lease_while_it_asked_the_node_writes_nothing() {
    let Some(world) = World::start().await else { return };
    let tip = "eth_maxPriorityFeePerGas";
    let before = world.wire.asked(tip);
    world.wire.hold(tip);
    world.checkpoint(1).await;
    eventually(async || (world.wire.asked(tip) == before + 1).then_some(())).await;
    // It is away for longer than the lease lasts, and another process takes over.
    let late = "update events.lease set expire_time = now() - interval '1 second' where name = 'anchor-dev'";
    sqlx::query(late).execute(world.harness.pool()).await.unwrap();
    let _other = world.another().await;
    eventually(async || (world.wire.asked(tip) == before + 2).then_some(())).await;
    world.wire.mend();
    let anchor = world.finalize(1).await;
    assert_eq!(world.attempts(anchor.nonce.unwrap()).await.len(), 1);
    assert_eq!(world.told().await, [1]);
}
