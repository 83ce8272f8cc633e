use crate::hash::{Hash, empty_root, node_hash};
use crate::plan::{Node, TreeError};

/// A tree that grows: what is needed of it to append leaves and know the root, the
/// complete subtrees it is made of, largest first; one for each 1 in the binary of its
/// size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    hashes: Vec<Hash>,
}

impl Frontier {
    /// The tree of `size` leaves with these subtrees.
    ///
    /// # Errors
    /// There are not as many as a tree of that size has.
    pub fn new(size: u64, hashes: Vec<Hash>) -> Result<Self, TreeError> {
        if hashes.len() != size.count_ones() as usize {
            return Err(TreeError::WrongCount);
        }
        Ok(Self { size, hashes })
    }

    /// Leaves in the tree.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The complete subtrees, largest first.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// Appends a leaf by its hash. `made` is told each complete subtree this makes, the
    /// leaf itself first.
    pub fn push(&mut self, leaf: Hash, mut made: impl FnMut(Node, Hash)) {
        let (mut node, mut hash) = (Node::leaf(self.size), leaf);
        made(node, hash);
        while node.index % 2 == 1 {
            let left = self.hashes.pop().expect("a right child has a left sibling");
            hash = node_hash(left, hash);
            node = Node {
                level: node.level + 1,
                index: node.index / 2,
            };
            made(node, hash);
        }
        self.hashes.push(hash);
        self.size += 1;
    }

    /// Root of the tree (RFC 6962, 2.1).
    pub fn root(&self) -> Hash {
        let smaller_first = self.hashes.iter().rev().copied();
        let root = smaller_first.reduce(|right, left| node_hash(left, right));
        root.unwrap_or_else(empty_root)
    }
}
