//! The tree, by the eight leaves every implementation of RFC 6962 is tried with, and
//! beside the formulas of the RFC written down as they stand there.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;

use proptest::prelude::{prop_assert, prop_assert_eq, proptest};
use xlcfi_tlog::{
    Frontier, Hash, Node, TreeError, consistency, empty_root, inclusion, leaf_hash, node_hash, root_of,
    verify_consistency, verify_inclusion,
};

const LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];

const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

const PATHS: [(u64, u64, &[&str]); 5] = [
    (0, 1, &[]),
    (
        0,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        &[
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        3,
        &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    ),
    (
        1,
        5,
        &[
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
];

const CONSISTENCIES: [(u64, u64, &[&str]); 4] = [
    (1, 1, &[]),
    (
        1,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        &[
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        &[
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
];

fn hash(text: &str) -> Hash {
    Hash::of_bytes(&hex::decode(text).unwrap()).unwrap()
}

fn hashes(texts: &[&str]) -> Vec<Hash> {
    texts.iter().map(|text| hash(text)).collect()
}

/// A tree and the nodes that were stored of it.
struct Grown {
    tree: Frontier,
    stored: HashMap<Node, Hash>,
}

fn grow(leaves: impl IntoIterator<Item = Hash>) -> Grown {
    let (mut tree, mut stored) = (Frontier::default(), HashMap::new());
    for leaf in leaves {
        tree.push(leaf, |node, hash| {
            assert!(stored.insert(node, hash).is_none(), "a node is made once");
        });
    }
    Grown { tree, stored }
}

fn known() -> Vec<Hash> {
    LEAVES.map(|leaf| leaf_hash(&hex::decode(leaf).unwrap())).to_vec()
}

#[test]
fn the_eight_known_leaves_have_their_known_roots_and_proofs() {
    assert_eq!(empty_root(), hash(ROOTS[0]));
    let all = grow(known());
    let of = |node| all.stored.get(&node).copied();
    for (size, root) in ROOTS.into_iter().enumerate() {
        assert_eq!(grow(known().into_iter().take(size)).tree.root(), hash(root));
    }
    for (size, root) in (0..).zip(ROOTS).skip(1) {
        assert_eq!(root_of(size).unwrap().fold(of).unwrap(), [hash(root)]);
    }
    for (index, size, path) in PATHS {
        assert_eq!(inclusion(index, size).unwrap().fold(of).unwrap(), hashes(path));
    }
    for (earlier, size, path) in CONSISTENCIES {
        assert_eq!(
            consistency(earlier, size).unwrap().fold(of).unwrap(),
            hashes(path)
        );
    }
}

#[test]
fn what_is_not_in_the_tree_has_no_proof() {
    assert_eq!(inclusion(3, 3), Err(TreeError::OutOfRange));
    assert_eq!(inclusion(0, 0), Err(TreeError::OutOfRange));
    assert_eq!(consistency(0, 3), Err(TreeError::OutOfRange));
    assert_eq!(consistency(4, 3), Err(TreeError::OutOfRange));
    assert_eq!(root_of(0), Err(TreeError::OutOfRange));
    assert_eq!(Frontier::new(3, vec![empty_root()]), Err(TreeError::WrongCount));
    let missing = inclusion(0, 2).unwrap().fold(|_| None);
    assert_eq!(missing, Err(TreeError::Missing(Node::leaf(1))));
}

#[test]
fn the_largest_tree_has_a_plan_of_bounded_size() {
    for index in [0, 1, u64::MAX / 2, u64::MAX - 1] {
        assert!(inclusion(index, u64::MAX).unwrap().nodes().count() < 128);
    }
    for earlier in [1, u64::MAX / 3, u64::MAX - 1, u64::MAX] {
        assert!(consistency(earlier, u64::MAX).unwrap().nodes().count() < 128);
    }
}

/// `MTH` of RFC 6962, 2.1, as it stands there.
fn mth(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(k(leaves.len()));
            node_hash(mth(left), mth(right))
        }
    }
}

/// `PATH` of 2.1.1.
fn path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(k(leaves.len()));
    let (mut found, other) = match m < left.len() {
        true => (path(m, left), right),
        false => (path(m - left.len(), right), left),
    };
    found.push(mth(other));
    found
}

/// `SUBPROOF` of 2.1.2.
fn subproof(m: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if whole { Vec::new() } else { vec![mth(leaves)] };
    }
    let (left, right) = leaves.split_at(k(leaves.len()));
    let (mut found, other) = match m <= left.len() {
        true => (subproof(m, left, whole), right),
        false => (subproof(m - left.len(), right, false), left),
    };
    found.push(mth(other));
    found
}

fn k(n: usize) -> usize {
    n.next_power_of_two() / 2
}

fn some_leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|at| leaf_hash(&at.to_be_bytes())).collect()
}

proptest! {
    #[test]
    fn every_proof_is_that_of_the_rfc_and_verifies(count in 1_usize..300, a in 0_usize..300, b in 1_usize..300) {
        let (index, earlier) = (a % count, 1 + b % count);
        let (leaves, size) = (some_leaves(count), count as u64);
        let grown = grow(leaves.clone());
        let of = |node| grown.stored.get(&node).copied();
        let root = mth(&leaves);
        prop_assert_eq!(grown.tree.root(), root);

        let found = inclusion(index as u64, size).unwrap().fold(of).unwrap();
        prop_assert_eq!(&found, &path(index, &leaves));
        prop_assert_eq!(verify_inclusion(index as u64, size, leaves[index], &found, root), Ok(()));

        let found = consistency(earlier as u64, size).unwrap().fold(of).unwrap();
        prop_assert_eq!(&found, &subproof(earlier, &leaves, true));
        let earlier_root = mth(&leaves[..earlier]);
        prop_assert_eq!(verify_consistency(earlier as u64, earlier_root, size, root, &found), Ok(()));
    }

    #[test]
    fn a_changed_proof_proves_nothing(
        count in 2_usize..200,
        a in 0_usize..200,
        b in 1_usize..200,
        at in 0_usize..20,
        bit in 0_usize..256,
        index_off in 1_u64..200,
    ) {
        let (index, earlier) = (a % count, 1 + b % (count - 1));
        let (leaves, size) = (some_leaves(count), count as u64);
        let (root, earlier_root) = (mth(&leaves), mth(&leaves[..earlier]));
        let flip = |hash: Hash| {
            let mut hash = hash;
            hash.0[bit / 8] ^= 1 << (bit % 8);
            hash
        };
        let proven = path(index, &leaves);
        let inclusion_holds = |index, size, leaf, path: &[Hash], root| verify_inclusion(index, size, leaf, path, root).is_ok();
        let mut changed = proven.clone();
        let place = at % changed.len();
        changed[place] = flip(changed[place]);
        let (index, leaf) = (index as u64, leaves[index]);
        prop_assert!(!inclusion_holds(index, size, leaf, &changed, root));
        prop_assert!(!inclusion_holds(index, size, flip(leaf), &proven, root));
        prop_assert!(!inclusion_holds(index, size, leaf, &proven, flip(root)));
        prop_assert!(!inclusion_holds(index, size, leaf, &proven[1..], root));
        prop_assert!(!inclusion_holds(index, size, leaf, &[&proven[..], &[leaf]].concat(), root));
        let other = (index + index_off) % size;
        prop_assert!(other == index || !inclusion_holds(other, size, leaf, &proven, root));

        let proven = subproof(earlier, &leaves, true);
        let consistent = |earlier_root, root, path: &[Hash]| {
            verify_consistency(earlier as u64, earlier_root, size, root, path).is_ok()
        };
        let mut changed = proven.clone();
        let place = at % changed.len();
        changed[place] = flip(changed[place]);
        prop_assert!(!consistent(earlier_root, root, &changed));
        prop_assert!(!consistent(flip(earlier_root), root, &proven));
        prop_assert!(!consistent(earlier_root, flip(root), &proven));
        prop_assert!(!consistent(earlier_root, root, &proven[1..]));
        prop_assert!(!consistent(earlier_root, root, &[&proven[..], &[leaf]].concat()));
    }

    #[test]
    fn a_tree_taken_up_again_goes_on_as_if_it_had_not_rested(before in 0_usize..100, after in 0_usize..100) {
        let leaves = some_leaves(before + after);
        let rested = grow(leaves[..before].iter().copied()).tree;
        let mut taken_up = Frontier::new(rested.size(), rested.hashes().to_vec()).unwrap();
        for leaf in &leaves[before..] {
            taken_up.push(*leaf, |_, _| {});
        }
        prop_assert_eq!(taken_up.root(), mth(&leaves));
    }
}
