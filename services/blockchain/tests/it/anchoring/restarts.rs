//! A process that ends anywhere is followed by another that goes on.

use xlcfi_contracts::blockchain::v1::{AnchorState, CheckpointAnchored};
use xlcfi_testkit::eventually;

use super::world::World;

/// Ends the process when it is at a method of the node, which does not get through or
/// whose answer does not come back, and lets the next one finish.
async fn ends_at(method: &str, answer_is_lost: bool) {
    let Some(mut world) = World::start().await else {
        return;
    };
    match answer_is_lost {
        true => world.wire.lose(method),
        false => world.wire.cut(method),
    }
    let before = world.wire.asked(method);
    world.checkpoint(9).await;
    eventually(async || {
        // Some steps need blocks.
        world.anvil.mine(1).await;
        (world.wire.asked(method) > before).then_some(())
    })
    .await;
    world.restart().await;
    world.wire.mend();
    world.until_asked("eth_chainId").await;
    let anchor = world.finalize(9).await;
    assert_eq!(world.told().await, [9], "{method}");
    assert_eq!(world.attempts(anchor.nonce.unwrap()).await.len(), 1, "{method}");
    assert_eq!(world.harness.published::<CheckpointAnchored>().await.len(), 1);
    assert!(
        world
            .list()
            .await
            .iter()
            .all(|anchor| anchor.state() == AnchorState::Finalized)
    );
}

#[tokio::test]
async fn before_it_looks() {
    ends_at("eth_chainId", false).await;
}

#[tokio::test]
async fn before_it_signs() {
    ends_at("eth_maxPriorityFeePerGas", false).await;
}

#[tokio::test]
async fn when_it_has_signed_and_not_sent() {
    ends_at("eth_sendRawTransaction", false).await;
}

#[tokio::test]
async fn when_it_has_sent_and_does_not_know() {
    ends_at("eth_sendRawTransaction", true).await;
}

#[tokio::test]
async fn before_it_sees_the_block() {
    ends_at("eth_getTransactionReceipt", false).await;
}

#[tokio::test]
async fn before_it_has_the_evidence() {
    ends_at("eth_getBlockReceipts", false).await;
}
