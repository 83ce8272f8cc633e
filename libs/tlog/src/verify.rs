use crate::hash::{Hash, empty_root, node_hash};
use crate::plan::TreeError;

/// Checks that the leaf with this hash is the one at `index` in the tree with this size
/// and root (RFC 9162, 2.1.3.2).
///
/// # Errors
/// It is not.
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: Hash,
    path: &[Hash],
    root: Hash,
) -> Result<(), TreeError> {
    if index >= size {
        return Err(TreeError::OutOfRange);
    }
    let (mut at, mut last, mut hash) = (index, size - 1, leaf);
    for &sibling in path {
        if last == 0 {
            return Err(TreeError::WrongCount);
        }
        if at % 2 == 1 || at == last {
            hash = node_hash(sibling, hash);
            while at != 0 && at.is_multiple_of(2) {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(hash, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    match (last, hash == root) {
        (0, true) => Ok(()),
        (0, false) => Err(TreeError::WrongRoot),
        _ => Err(TreeError::WrongCount),
    }
}

/// Checks that the tree with this size and root begins with the earlier one (RFC 9162,
/// 2.1.4.2). Every tree begins with the empty one, with an empty proof.
///
/// # Errors
/// It does not.
pub fn verify_consistency(
    earlier: u64,
    earlier_root: Hash,
    size: u64,
    root: Hash,
    path: &[Hash],
) -> Result<(), TreeError> {
    if earlier > size {
        return Err(TreeError::OutOfRange);
    }
    if earlier == size || earlier == 0 {
        let expected = if earlier == 0 { empty_root() } else { root };
        return match (path.is_empty(), earlier_root == expected) {
            (false, _) => Err(TreeError::WrongCount),
            (true, false) => Err(TreeError::WrongRoot),
            (true, true) => Ok(()),
        };
    }
    let (first, rest) = if earlier.is_power_of_two() {
        (earlier_root, path)
    } else {
        let (first, rest) = path.split_first().ok_or(TreeError::WrongCount)?;
        (*first, rest)
    };
    let shift = (earlier - 1).trailing_ones();
    let (mut at, mut last) = ((earlier - 1) >> shift, (size - 1) >> shift);
    let (mut old, mut new) = (first, first);
    for &sibling in rest {
        if last == 0 {
            return Err(TreeError::WrongCount);
        }
        if at % 2 == 1 || at == last {
            old = node_hash(sibling, old);
            new = node_hash(sibling, new);
            while at != 0 && at.is_multiple_of(2) {
                at >>= 1;
                last >>= 1;
            }
        } else {
            new = node_hash(new, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    match (last, old == earlier_root && new == root) {
        (0, true) => Ok(()),
        (0, false) => Err(TreeError::WrongRoot),
        _ => Err(TreeError::WrongCount),
    }
}
