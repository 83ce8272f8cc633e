//! An anchor's way from a checkpoint to a block that stays.

use std::time::Duration;

use serde_json::json;
use xlcfi_contracts::blockchain::v1::{AnchorState, CheckpointAnchored, GetAnchorRequest};
use xlcfi_proof::anchor::{Evidence, Refused};

use super::world::{World, root};

#[tokio::test]
async fn an_anchor_is_submitted_mined_safe_and_then_finalized() {
    let Some(world) = World::start().await else { return };
    world.checkpoint(7).await;
    let submitted = world.submitted(7).await;
    assert!(submitted.block.is_none() && submitted.nonce.is_some() && submitted.entries == 7);
    // Counted from the block it is in: 0, 1 and 2 blocks above it.
    for state in [AnchorState::Mined, AnchorState::Safe, AnchorState::Finalized] {
        assert!(world.harness.published::<CheckpointAnchored>().await.is_empty());
        world.anvil.mine(1).await;
        world.until(7, state).await;
    }
    let anchor = world.until(7, AnchorState::Finalized).await;
    assert!(anchor.block.unwrap().gas_used <= 50_000 && anchor.finalize_time.is_some());
    let told = world.harness.published::<CheckpointAnchored>().await;
    assert_eq!((told.len(), told[0].size, told[0].chain_id), (1, 7, 31_337));
    assert_eq!(world.told().await, [7]);
}

#[tokio::test]
async fn the_evidence_of_an_anchor_is_checked_without_a_network() {
    let Some(world) = World::start().await else { return };
    // Others are in the block, so that its tree has branches.
    world.checkpoint(300).await;
    world.submitted(300).await;
    for _ in 0..40 {
        let gift = json!([{"from": super::node::SOMEBODY, "to": super::node::ACCOUNT, "value": "0x1", "gasPrice": "0x2540be400"}]);
        world.anvil.rpc("eth_sendTransaction", gift).await;
    }
    world.finalize(300).await;
    let request = GetAnchorRequest {
        index: 299,
        ..Default::default()
    };
    let answer = world.anchors().get_anchor(request).await.unwrap().into_inner();
    let block = answer.anchor.unwrap().block.unwrap();
    let evidence: Evidence = serde_json::from_str(&answer.evidence).unwrap();
    let trusted: [u8; 32] = block.hash.try_into().unwrap();
    let anchored = evidence.check(300, root(300), Some(trusted)).unwrap();
    assert!(anchored.trusted && anchored.block_number == u64::try_from(block.number).unwrap());
    assert!(evidence.path.len() > 1, "the block has more transactions");
    assert!(!evidence.check(300, root(300), None).unwrap().trusted);

    let refused = |evidence: &Evidence| evidence.check(300, root(300), Some(trusted)).unwrap_err();
    assert_eq!(evidence.check(300, root(301), None), Err(Refused::OtherRoot(300)));
    let other = Refused::OtherSize {
        anchored: 300,
        size: 301,
    };
    assert_eq!(evidence.check(301, root(300), None), Err(other));
    assert!(matches!(
        evidence.check(300, root(300), Some([1; 32])),
        Err(Refused::OtherBlock { .. })
    ));
    for at in [0, evidence.header.len() / 2, evidence.header.len() - 1] {
        let mut header = evidence.header.to_vec();
        header[at] ^= 1;
        let changed = Evidence {
            header: header.into(),
            ..evidence.clone()
        };
        assert!(matches!(
            refused(&changed),
            Refused::OtherBlock { .. } | Refused::Unreadable(_)
        ));
    }
    for at in 0..evidence.receipt.len() {
        let mut receipt = evidence.receipt.to_vec();
        receipt[at] ^= 1;
        let changed = Evidence {
            receipt: receipt.into(),
            ..evidence.clone()
        };
        assert_eq!(refused(&changed), Refused::NotInBlock);
    }
    for node in 0..evidence.path.len() {
        for at in 0..evidence.path[node].len() {
            let mut path = evidence.path.clone();
            let mut bytes = path[node].to_vec();
            bytes[at] ^= 1;
            path[node] = bytes.into();
            let changed = Evidence {
                path,
                ..evidence.clone()
            };
            assert_eq!(refused(&changed), Refused::NotInBlock);
        }
    }
    let elsewhere = Evidence {
        contract: [9; 20].into(),
        ..evidence.clone()
    };
    assert!(matches!(refused(&elsewhere), Refused::NothingAnchored(_)));
    let moved = Evidence {
        position: evidence.position + 1,
        ..evidence.clone()
    };
    assert_eq!(refused(&moved), Refused::NotInBlock);
    let short = Evidence {
        path: evidence.path[..1].to_vec(),
        ..evidence
    };
    assert_eq!(refused(&short), Refused::NotInBlock);
}

#[tokio::test]
async fn the_next_anchor_waits_for_a_thousand_entries_or_ten_minutes() {
    let Some(world) = World::start().await else { return };
    world.checkpoint(5).await;
    world.until(5, AnchorState::Submitted).await;
    world.finalize(5).await;
    world.checkpoint(6).await;
    world.checkpoint(1_005).await;
    let by_count = world.until(1_005, AnchorState::Submitted).await;
    assert_eq!(by_count.entries, 1_000);
    world.finalize(1_005).await;
    world.checkpoint(1_006).await;
    world.harness.advance(Duration::from_secs(599));
    world.checkpoint(1_007).await;
    assert_eq!(world.list().await.len(), 2);
    world.harness.advance(Duration::from_secs(1));
    let by_time = world.until(1_007, AnchorState::Submitted).await;
    assert_eq!(by_time.entries, 2);
}

#[tokio::test]
async fn what_comes_while_an_anchor_waits_goes_together() {
    let Some(world) = World::start().await else { return };
    world.checkpoint(10).await;
    world.until(10, AnchorState::Submitted).await;
    for size in [2_000, 3_000, 4_000] {
        world.checkpoint(size).await;
    }
    world.until_asked("eth_getTransactionReceipt").await;
    assert_eq!(world.list().await.len(), 1);
    world.finalize(10).await;
    world.finalize(4_000).await;
    assert_eq!(world.told().await, [10, 4_000]);
}
