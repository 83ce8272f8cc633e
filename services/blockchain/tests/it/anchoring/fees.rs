//! What anchors may cost.

use std::time::Duration;

use serde_json::json;
use tonic::Code;
use xlcfi_contracts::blockchain::v1::{AnchorState, ChainTroubleKind, HurryAnchorsRequest};
use xlcfi_testkit::{assert_refused, eventually};

use super::node::ACCOUNT;
use super::world::{CHAIN, World};

fn hurry(name: &str, fee_ceiling: i64) -> HurryAnchorsRequest {
    HurryAnchorsRequest {
        name: name.into(),
        fee_ceiling,
    }
}

async fn until_trouble(world: &World, kind: ChainTroubleKind) {
    eventually(async || {
        let trouble = world.status().await.trouble?;
        (trouble.kind() == kind).then_some(())
    })
    .await;
}

#[tokio::test]
async fn after_two_minutes_in_no_block_the_fee_is_raised_by_a_tenth_at_least() {
    let Some(world) = World::start().await else { return };
    world.checkpoint(1).await;
    let nonce = world.until(1, AnchorState::Submitted).await.nonce.unwrap();
    for raised in 1..=3 {
        world.harness.advance(Duration::from_secs(120));
        eventually(async || (world.attempts(nonce).await.len() == raised + 1).then_some(())).await;
        let newest = world.attempts(nonce).await.pop().unwrap().0;
        eventually(async || (world.anvil.pending().await == [newest.clone()]).then_some(())).await;
    }
    let attempts = world.attempts(nonce).await;
    for pair in attempts.windows(2) {
        assert!(
            pair[1].1 * 10 >= pair[0].1 * 11 && pair[1].2 * 10 >= pair[0].2 * 11,
            "{attempts:?}"
        );
    }
    let anchor = world.finalize(1).await;
    let mined = anchor.block.unwrap().transaction_hash;
    assert_eq!(format!("0x{}", hex::encode(mined)), attempts[3].0);
    assert_eq!(world.told().await, [1]);
}

#[tokio::test]
async fn an_older_transaction_that_is_mined_instead_is_found() {
    let Some(world) = World::start().await else { return };
    world.checkpoint(1).await;
    let nonce = world.until(1, AnchorState::Submitted).await.nonce.unwrap();
    let first = eventually(async || world.anvil.pending().await.pop()).await;
    world.harness.advance(Duration::from_secs(120));
    eventually(async || (world.attempts(nonce).await.len() == 2).then_some(())).await;
    let second = world.attempts(nonce).await.pop().unwrap().0;
    eventually(async || (world.anvil.pending().await == [second.clone()]).then_some(())).await;
    // The node that makes the block never heard of the second.
    world.wire.cut("eth_sendRawTransaction");
    world.anvil.rpc("anvil_dropTransaction", json!([second])).await;
    let raw: Vec<u8> = sqlx::query_scalar("select raw from anchor_tx where hash = $1")
        .bind(hex::decode(&first[2..]).unwrap())
        .fetch_one(world.harness.pool())
        .await
        .unwrap();
    world
        .anvil
        .rpc(
            "eth_sendRawTransaction",
            json!([format!("0x{}", hex::encode(raw))]),
        )
        .await;
    world.anvil.mine(1).await;
    world.wire.mend();
    let anchor = world.finalize(1).await;
    let mined = anchor.block.unwrap().transaction_hash;
    assert_eq!(format!("0x{}", hex::encode(mined)), first);
}

#[tokio::test]
async fn above_the_ceiling_an_anchor_waits_until_the_staff_pays_more() {
    let Some(world) = World::start().await else { return };
    let dear = 150_000_000_000_i64;
    world
        .anvil
        .rpc("anvil_setNextBlockBaseFeePerGas", json!([format!("{dear:#x}")]))
        .await;
    world.anvil.mine(1).await;
    world.checkpoint(1).await;
    until_trouble(&world, ChainTroubleKind::FeeAboveCeiling).await;
    assert_eq!(world.until(1, AnchorState::Queued).await.nonce, None);
    let waiting = world
        .staff()
        .hurry_anchors(hurry(CHAIN, dear * 2))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(waiting.anchors.len(), 1);
    world.until(1, AnchorState::Submitted).await;
    world.finalize(1).await;
}

#[tokio::test]
async fn the_staff_hurries_what_waits_and_only_that() {
    let Some(world) = World::start().await else { return };
    let nothing = world.staff().hurry_anchors(hurry(CHAIN, 0)).await;
    assert_refused(nothing, Code::FailedPrecondition, "NOTHING_TO_HURRY");
    let unknown = world.staff().hurry_anchors(hurry("moon", 0)).await;
    assert_refused(unknown, Code::NotFound, "CHAIN_NOT_FOUND");
    assert_refused(
        world.anchors().hurry_anchors(hurry(CHAIN, 0)).await,
        Code::Unauthenticated,
        "TOKEN_MISSING",
    );
    world.checkpoint(1).await;
    let nonce = world.until(1, AnchorState::Submitted).await.nonce.unwrap();
    world.staff().hurry_anchors(hurry(CHAIN, 0)).await.unwrap();
    eventually(async || (world.attempts(nonce).await.len() == 2).then_some(())).await;
    let newest = world.attempts(nonce).await.pop().unwrap().0;
    eventually(async || (world.anvil.pending().await == [newest.clone()]).then_some(())).await;
    world.finalize(1).await;
    assert_eq!(world.attempts(nonce).await.len(), 2);
}

#[tokio::test]
async fn an_empty_account_is_told_before_anything_is_signed() {
    let Some(world) = World::start().await else { return };
    assert!(!world.status().await.balance_low);
    world.anvil.rpc("anvil_setBalance", json!([ACCOUNT, "0x1"])).await;
    world.checkpoint(1).await;
    until_trouble(&world, ChainTroubleKind::BalanceTooLow).await;
    assert!(world.status().await.balance_low);
    assert_eq!(world.list().await[0].state(), AnchorState::Queued);
    world
        .anvil
        .rpc("anvil_setBalance", json!([ACCOUNT, "0x8ac7230489e80000"]))
        .await;
    world.until(1, AnchorState::Submitted).await;
    world.finalize(1).await;
}
