#![doc = include_str!("../README.md")]

mod checkpoint;
mod frontier;
mod hash;
mod note;
mod plan;
mod proof_text;
mod verify;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use frontier::Frontier;
pub use hash::{Hash, HashError, empty_root, leaf_hash, node_hash};
pub use note::{NoteError, Signer, VerifierKey, VerifierKeyError};
pub use plan::{Node, Plan, TreeError, consistency, inclusion, root_of};
pub use proof_text::{ProofText, ProofTextError};
pub use verify::{verify_consistency, verify_inclusion};
