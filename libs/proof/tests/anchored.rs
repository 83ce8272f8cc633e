//! A file with an anchor, in a block made here of one transaction.
#![allow(clippy::unwrap_used)]

use alloy_primitives::{Address, B256, keccak256};
use alloy_rlp::Header;
use serde_json::json;
use xlcfi_proof::anchor::{Evidence, Refused as Refuse};
use xlcfi_proof::{Bundle, Checkpoint, Hash, Refused, Signer, Step, Trust, canonical, commitment};
use xlcfi_tlog::{leaf_hash, node_hash};

const CONTRACT: Address = Address::repeat_byte(0xc0);

fn bytes(content: &[u8]) -> Vec<u8> {
    alloy_rlp::encode(content)
}

fn list(items: &[Vec<u8>]) -> Vec<u8> {
    let payload = items.concat();
    let mut out = Vec::new();
    Header {
        list: true,
        payload_length: payload.len(),
    }
    .encode(&mut out);
    out.extend(payload);
    out
}

/// That the contract anchored this in the only transaction of block 7.
fn evidence(size: u64, root: Hash) -> Evidence {
    let mut told = [0; 32];
    told[24..].copy_from_slice(&size.to_be_bytes());
    let event = keccak256("Anchored(uint64,bytes32)");
    let topics = list(&[bytes(event.as_slice()), bytes(&told)]);
    let log = list(&[bytes(CONTRACT.as_slice()), topics, bytes(&root.0)]);
    let body = list(&[bytes(&[1]), bytes(&[0x5d, 0xc0]), bytes(&[0; 256]), list(&[log])]);
    let receipt = [vec![2], body].concat();
    // A trie of one leaf: its whole key, which is that of position 0, and the receipt.
    let leaf = list(&[bytes(&[0x20, 0x80]), bytes(&receipt)]);
    let hash = |byte: u8| bytes(&[byte; 32]);
    let header = list(&[
        hash(1),
        hash(2),
        bytes(&[3; 20]),
        hash(4),
        hash(5),
        bytes(keccak256(&leaf).as_slice()),
        bytes(&[0; 256]),
        bytes(&[]),
        bytes(&[7]),
        bytes(&[1, 0]),
        bytes(&[0x5d, 0xc0]),
        bytes(&1_780_000_000_u32.to_be_bytes()),
        bytes(b"made here"),
        hash(6),
        bytes(&[0; 8]),
    ]);
    Evidence {
        chain_id: 31_337,
        contract: CONTRACT,
        transaction: B256::repeat_byte(9),
        header: header.into(),
        position: 0,
        receipt: receipt.into(),
        path: vec![leaf.into()],
    }
}

fn signer() -> Signer {
    Signer::new("xlcfi.com/log", &[7; 32]).unwrap()
}

/// The second of two entries, and what was anchored of its log.
fn bundle(anchored_size: u64) -> Bundle {
    let event = canonical(&json!({"bizStep": "receiving"})).unwrap();
    let (salt, before) = ([3; 32], leaf_hash(&[0; 32]));
    let kept = commitment(&salt, &event);
    let checkpoint = Checkpoint {
        origin: "xlcfi.com/log".into(),
        size: 2,
        root: node_hash(before, leaf_hash(&kept.0)),
    };
    let note = signer().sign(&checkpoint.to_string());
    let bundle = Bundle::new(&event, salt, kept, 1, vec![before], note).unwrap();
    bundle.with_anchor(evidence(anchored_size, checkpoint.root))
}

fn trust(block: Option<[u8; 32]>) -> Trust {
    Trust {
        block,
        ..Trust::in_key(signer().verifier().clone())
    }
}

fn block() -> [u8; 32] {
    bundle(2).anchor.unwrap().block_hash()
}

#[test]
fn an_anchor_is_proven_by_the_hash_of_its_block_and_only_named_without() {
    for file in [bundle(2).to_json(), bundle(2).to_text()] {
        let read = Bundle::read(file.as_bytes()).unwrap();
        assert_eq!(read, bundle(2));
        let steps = read.check(&trust(Some(block()))).unwrap().steps;
        let last = steps.last().unwrap();
        assert!(
            matches!(last, Step::Anchored(at) if at.block_number == 7),
            "{last:?}"
        );
        assert!(steps.iter().all(Step::is_proven));
        let steps = read.check(&trust(None)).unwrap().steps;
        let last = steps.last().unwrap();
        assert!(
            matches!(last, Step::AnchorNamed(_)) && !last.is_proven(),
            "{last:?}"
        );
    }
}

#[test]
fn another_block_or_another_log_is_refused() {
    let refused = |bundle: Bundle, block| bundle.check(&trust(Some(block))).unwrap_err();
    let other = refused(bundle(2), [1; 32]);
    assert!(
        matches!(other, Refused::Anchor(Refuse::OtherBlock { .. })),
        "{other}"
    );
    let larger = bundle(3);
    let block = larger.anchor.as_ref().unwrap().block_hash();
    let larger = refused(larger, block);
    assert!(
        matches!(larger, Refused::Anchor(Refuse::OtherSize { .. })),
        "{larger}"
    );
}

#[test]
fn every_changed_byte_of_an_anchored_file_is_refused_with_a_block_and_without() {
    for file in [bundle(2).to_json(), bundle(2).to_text()] {
        let file = file.into_bytes();
        for at in 0..file.len() {
            for (flip, block) in [(1, None), (32, Some(block()))] {
                let mut changed = file.clone();
                changed[at] ^= flip;
                let believed = Bundle::read(&changed).and_then(|bundle| bundle.check(&trust(block)));
                assert!(
                    believed.is_err(),
                    "byte {at} with {flip} flipped is believed: {}",
                    String::from_utf8_lossy(&changed)
                );
            }
        }
    }
}
