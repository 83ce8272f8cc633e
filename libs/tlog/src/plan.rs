use crate::hash::{Hash, node_hash};

/// A complete subtree: the `index`th of 2^`level` leaves, from the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node {
    /// 0 for a leaf.
    pub level: u8,
    /// Subtrees of the same level to its left.
    pub index: u64,
}

impl Node {
    /// The leaf with this index.
    pub fn leaf(index: u64) -> Self {
        Self { level: 0, index }
    }
}

/// Why a proof cannot be made, or proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// The index or the smaller size is not within the tree.
    #[error("the tree has no such leaf or size")]
    OutOfRange,
    /// A node the proof needs is not there.
    #[error("node {} of level {} is missing", .0.index, .0.level)]
    Missing(Node),
    /// A proof or frontier has more or fewer hashes than such a tree gives.
    #[error("the number of hashes is wrong")]
    WrongCount,
    /// The hashes lead to another root.
    #[error("the hashes lead to another root")]
    WrongRoot,
}

/// Which nodes a proof is made of. Each of its hashes is one node, or several folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan(Vec<Vec<Node>>);

impl Plan {
    /// The nodes that are needed, each once.
    pub fn nodes(&self) -> impl Iterator<Item = Node> {
        self.0.iter().flatten().copied()
    }

    /// The proof, of the nodes' hashes.
    ///
    /// # Errors
    /// One of them is not known.
    pub fn fold(&self, mut hash: impl FnMut(Node) -> Option<Hash>) -> Result<Vec<Hash>, TreeError> {
        let mut known = |node: &Node| hash(*node).ok_or(TreeError::Missing(*node));
        let fold = |nodes: &Vec<Node>| {
            let mut folded: Option<Hash> = None;
            for node in nodes.iter().rev() {
                let left = known(node)?;
                folded = Some(folded.map_or(left, |right| node_hash(left, right)));
            }
            folded.ok_or(TreeError::WrongCount)
        };
        self.0.iter().map(fold).collect()
    }
}

/// The path of the leaf at `index` in the tree of `size` leaves, from the leaf up
/// (RFC 6962, 2.1.1).
///
/// # Errors
/// There is no such leaf.
pub fn inclusion(index: u64, size: u64) -> Result<Plan, TreeError> {
    if index >= size {
        return Err(TreeError::OutOfRange);
    }
    let (mut from, mut to, mut path) = (0, size, Vec::new());
    while to - from > 1 {
        let split = from + split(to - from);
        if index < split {
            path.push(subtrees(split, to));
            to = split;
        } else {
            path.push(subtrees(from, split));
            from = split;
        }
    }
    path.reverse();
    Ok(Plan(path))
}

/// The proof that the tree of `size` leaves begins with that of `earlier` leaves (RFC
/// 6962, 2.1.2). Empty when they are equal.
///
/// # Errors
/// `earlier` is 0 or above `size`.
pub fn consistency(earlier: u64, size: u64) -> Result<Plan, TreeError> {
    if earlier == 0 || earlier > size {
        return Err(TreeError::OutOfRange);
    }
    let (mut from, mut to, mut path) = (0, size, Vec::new());
    while earlier != to {
        let split = from + split(to - from);
        if earlier <= split {
            path.push(subtrees(split, to));
            to = split;
        } else {
            path.push(subtrees(from, split));
            from = split;
        }
    }
    // The verifier has the root of all that was there earlier, but of no part of it.
    if from > 0 {
        path.push(subtrees(from, to));
    }
    path.reverse();
    Ok(Plan(path))
}

/// The root of the tree of `size` leaves, as a plan of one hash.
///
/// # Errors
/// `size` is 0.
pub fn root_of(size: u64) -> Result<Plan, TreeError> {
    if size == 0 {
        return Err(TreeError::OutOfRange);
    }
    Ok(Plan(vec![subtrees(0, size)]))
}

/// The largest power of two below `count`, where a tree of `count` leaves is split.
fn split(count: u64) -> u64 {
    1 << (63 - (count - 1).leading_zeros())
}

/// The complete subtrees of the leaves from `from` to before `to`, from the left; `from`
/// is where a tree of that many leaves can begin.
fn subtrees(from: u64, to: u64) -> Vec<Node> {
    let (mut nodes, mut from) = (Vec::new(), from);
    while from < to {
        let level = (to - from).ilog2();
        nodes.push(Node {
            level: u8::try_from(level).expect("a size has 64 bits"),
            index: from >> level,
        });
        from += 1 << level;
    }
    nodes
}
