//! What chains and nodes do, and that anchors come through it.

use std::time::Duration;

use serde_json::json;
use xlcfi_contracts::blockchain::v1::{AnchorState, ChainTroubleKind, CheckpointAnchored};
use xlcfi_testkit::eventually;

use super::node::ACCOUNT;
use super::world::World;

/// The chain's trouble, when it is of this kind.
async fn until_trouble(world: &World, kind: ChainTroubleKind) {
    eventually(async || {
        let trouble = world.status().await.trouble?;
        (trouble.kind() == kind).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_transaction_the_node_dropped_is_sent_again() {
    let Some(world) = World::start().await else { return };
    world.checkpoint(1).await;
    world.until(1, AnchorState::Submitted).await;
    let pending = eventually(async || world.anvil.pending().await.pop()).await;
    world.anvil.rpc("anvil_dropTransaction", json!([pending])).await;
    eventually(async || (world.anvil.pending().await == [pending.clone()]).then_some(())).await;
    world.finalize(1).await;
    assert_eq!(world.told().await, [1]);
}

#[tokio::test]
async fn a_reorganisation_that_removes_the_anchor_brings_it_back_to_submitted() {
    let Some(world) = World::start().await else { return };
    world.checkpoint(1).await;
    world.submitted(1).await;
    world.anvil.mine(1).await;
    let mined = world.until(1, AnchorState::Mined).await.block.unwrap();
    world.anvil.rpc("anvil_reorg", json!([1, []])).await;
    world.until(1, AnchorState::Submitted).await;
    assert!(world.told().await.is_empty());
    eventually(async || (world.anvil.pending().await.len() == 1).then_some(())).await;
    world.anvil.mine(1).await;
    let again = world.until(1, AnchorState::Mined).await.block.unwrap();
    assert_ne!(again.hash, mined.hash);
    world.finalize(1).await;
    assert_eq!(world.told().await, [1]);
}

#[tokio::test]
async fn a_reorganisation_below_a_safe_anchor_is_followed_too() {
    let Some(world) = World::start().await else { return };
    world.checkpoint(1).await;
    world.submitted(1).await;
    world.anvil.mine(2).await;
    world.until(1, AnchorState::Safe).await;
    world.anvil.rpc("anvil_reorg", json!([2, []])).await;
    world.until(1, AnchorState::Submitted).await;
    world.finalize(1).await;
    assert_eq!(world.told().await, [1]);
}

#[tokio::test]
async fn while_the_node_is_down_for_an_hour_the_batch_grows_and_nothing_is_lost() {
    let Some(world) = World::start().await else { return };
    world.checkpoint(10).await;
    world.until(10, AnchorState::Submitted).await;
    world.finalize(10).await;
    world.wire.set_down(true);
    for minute in 1..=60 {
        world.harness.advance(Duration::from_secs(60));
        world.checkpoint(10 + minute * 100).await;
        if minute == 30 {
            until_trouble(&world, ChainTroubleKind::NodeAway).await;
        }
    }
    let queued = world.until(6_010, AnchorState::Queued).await;
    assert_eq!((queued.entries, world.list().await.len()), (6_000, 2));
    world.wire.set_down(false);
    world.until(6_010, AnchorState::Submitted).await;
    assert!(world.finalize(6_010).await.block.unwrap().gas_used <= 50_000);
    assert_eq!(world.told().await, [10, 6_010]);
    eventually(async || world.status().await.trouble.is_none().then_some(())).await;
}

#[tokio::test]
async fn an_anchor_whose_nonce_somebody_else_used_is_sent_under_another() {
    let Some(world) = World::start().await else { return };
    world.checkpoint(1).await;
    let submitted = world.until(1, AnchorState::Submitted).await;
    let pending = eventually(async || world.anvil.pending().await.pop()).await;
    // Whoever has the key, too, is faster.
    world.wire.cut("eth_sendRawTransaction");
    world.anvil.rpc("anvil_dropTransaction", json!([pending])).await;
    world.anvil.transact(ACCOUNT, Some(ACCOUNT), "0x").await;
    world.anvil.mine(3).await;
    world.wire.mend();
    eventually(async || {
        let anchor = world.list().await.remove(0);
        (anchor.state() == AnchorState::Submitted && anchor.nonce > submitted.nonce).then_some(())
    })
    .await;
    world.finalize(1).await;
    assert_eq!(world.told().await, [1]);
}

#[tokio::test]
async fn a_contract_that_would_refuse_is_not_paid_for() {
    let Some(world) = World::start().await else { return };
    world.checkpoint(1).await;
    world.until(1, AnchorState::Submitted).await;
    world.finalize(1).await;
    let status = world.status().await;
    let contract = format!("0x{}", hex::encode(status.chain.unwrap().contract));
    let set_writer = format!("0x39e20523{:0>64}", "1234");
    world.anvil.transact(ACCOUNT, Some(&contract), &set_writer).await;
    world.checkpoint(5_000).await;
    until_trouble(&world, ChainTroubleKind::ContractRefuses).await;
    let set_back = format!("0x39e20523{:0>64}", &ACCOUNT[2..]);
    world.anvil.transact(ACCOUNT, Some(&contract), &set_back).await;
    world.until(5_000, AnchorState::Submitted).await;
    world.finalize(5_000).await;
    assert_eq!(world.status().await.under_way.len(), 0);
}

#[tokio::test]
async fn an_anchor_the_contract_refuses_in_a_block_is_told_and_the_next_one_goes() {
    let Some(world) = World::start().await else { return };
    world.checkpoint(1).await;
    world.submitted(1).await;
    let contract = world.status().await.chain.unwrap().contract;
    // Another writer, at the last moment: the contract keeps it in its first slot.
    let written_by = async |writer: &str| {
        let slot = json!([
            format!("0x{}", hex::encode(&contract)),
            "0x0",
            format!("0x{writer:0>64}")
        ]);
        world.anvil.rpc("anvil_setStorageAt", slot).await;
    };
    written_by("1234").await;
    world.anvil.mine(3).await;
    world.until(1, AnchorState::Refused).await;
    written_by(&ACCOUNT[2..]).await;
    world.checkpoint(5_000).await;
    world.until(5_000, AnchorState::Submitted).await;
    world.finalize(5_000).await;
    assert_eq!(world.told().await, [5_000]);
    assert_eq!(world.harness.published::<CheckpointAnchored>().await.len(), 1);
}

#[tokio::test]
async fn a_node_of_another_chain_is_not_used() {
    let Some(world) = World::start_with(|_| {}).await else {
        return;
    };
    world.anvil.rpc("anvil_setChainId", json!([5])).await;
    world.checkpoint(1).await;
    until_trouble(&world, ChainTroubleKind::OtherChain).await;
    assert_eq!(world.list().await[0].state(), AnchorState::Queued);
}
