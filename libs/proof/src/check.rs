use xlcfi_tlog::{Checkpoint, NoteError, VerifierKey, leaf_hash, verify_inclusion};

use crate::anchor::{self, Anchored};
use crate::bundle::Bundle;
use crate::canonical::{canonical, commitment};

/// What whoever checks believes beforehand.
#[derive(Debug, Clone)]
pub struct Trust {
    /// The log's public key.
    pub key: VerifierKey,
    /// Hash of a block of Ethereum, from somebody who follows that chain. With one, the
    /// file has to prove that it was anchored in that block.
    pub block: Option<[u8; 32]>,
}

impl Trust {
    /// In the log's key alone.
    pub fn in_key(key: VerifierKey) -> Self {
        Self { key, block: None }
    }
}

/// What was proven.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// One after another.
    pub steps: Vec<Step>,
    /// What the log was signed as.
    pub checkpoint: Checkpoint,
}

/// Something that was proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The log signed its size and root.
    Signed {
        /// Entries of the log then.
        size: u64,
    },
    /// The entry has its place under that root.
    Included {
        /// Its place, from 0.
        index: u64,
    },
    /// The event is the one that was entered.
    Unchanged,
    /// The size and root stand in a block of Ethereum.
    Anchored(Anchored),
    /// They stand in what the file says is a block of Ethereum; nobody compared its hash.
    AnchorNamed(Anchored),
}

/// Why a file proves nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// It is something else.
    NoProof,
    /// It is not as it was given out.
    Damaged,
    /// It is of a version that is not known here.
    UnknownVersion(u32),
    /// The checkpoint is no signed one.
    NoCheckpoint,
    /// Somebody else's checkpoint, or one signed with another key.
    UnknownKey,
    /// The checkpoint was changed after it was signed.
    BadSignature,
    /// The checkpoint is signed by the key, but says it is another log's.
    OtherLog(String),
    /// The signed log does not have this entry at this place.
    NotIncluded,
    /// The event or its salt is not what was entered.
    EventChanged,
    /// A block is trusted, and the file has no evidence of an anchor.
    NotAnchored,
    /// The evidence of the anchor proves nothing.
    Anchor(anchor::Refused),
}

impl Bundle {
    /// Checks the whole, step by step.
    ///
    /// # Errors
    /// The first step that fails.
    pub fn check(&self, trust: &Trust) -> Result<Verdict, Refused> {
        let checkpoint = self.signed_by(&trust.key)?;
        let leaf = leaf_hash(&self.commitment.0);
        verify_inclusion(self.index, checkpoint.size, leaf, &self.path, checkpoint.root)
            .map_err(|_| Refused::NotIncluded)?;
        let event = canonical(&self.event).map_err(|_| Refused::EventChanged)?;
        if commitment(&self.salt, &event) != self.commitment {
            return Err(Refused::EventChanged);
        }
        let mut steps = vec![
            Step::Signed {
                size: checkpoint.size,
            },
            Step::Included { index: self.index },
            Step::Unchanged,
        ];
        steps.extend(self.anchored(&checkpoint, trust.block)?);
        if self.computed_digest() != self.digest {
            return Err(Refused::Damaged);
        }
        Ok(Verdict { steps, checkpoint })
    }

    fn signed_by(&self, key: &VerifierKey) -> Result<Checkpoint, Refused> {
        let text = key.open(&self.checkpoint).map_err(|error| match error {
            NoteError::Malformed => Refused::NoCheckpoint,
            NoteError::UnknownKey => Refused::UnknownKey,
            NoteError::BadSignature => Refused::BadSignature,
        })?;
        let checkpoint: Checkpoint = text.parse().map_err(|_| Refused::NoCheckpoint)?;
        match checkpoint.origin == key.name() {
            true => Ok(checkpoint),
            false => Err(Refused::OtherLog(checkpoint.origin)),
        }
    }

    fn anchored(&self, checkpoint: &Checkpoint, block: Option<[u8; 32]>) -> Result<Option<Step>, Refused> {
        let Some(evidence) = &self.anchor else {
            return match block {
                Some(_) => Err(Refused::NotAnchored),
                None => Ok(None),
            };
        };
        let anchored = evidence.check(checkpoint.size, checkpoint.root.0, block);
        let anchored = anchored.map_err(Refused::Anchor)?;
        Ok(Some(match anchored.trusted {
            true => Step::Anchored(anchored),
            false => Step::AnchorNamed(anchored),
        }))
    }
}
