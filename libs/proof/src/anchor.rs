//! The evidence that a checkpoint stands in a block of an Ethereum chain: the block's
//! header, the receipt of the transaction that anchored, and the path from one to the
//! other. It is checked without a network; only whether the block is one of the chain
//! takes its hash from somebody one trusts.

use alloy_primitives::{Address, B256, Bytes, keccak256};
use alloy_rlp::{Decodable, Header, PayloadView};
use alloy_trie::Nibbles;
use alloy_trie::proof::verify_proof;
use serde::{Deserialize, Serialize};

/// What the contract tells when it anchors.
const EVENT: &[u8] = b"Anchored(uint64,bytes32)";
/// Where a header has these, and how many it has at least.
const RECEIPTS_ROOT: usize = 5;
const NUMBER: usize = 8;
const TIME: usize = 11;
const FIELDS: usize = 15;

/// That a checkpoint was anchored. Byte strings are hexadecimal with `0x` in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Which chain, as EIP-155 numbers them; to look the block up, not proven.
    pub chain_id: u64,
    /// The contract that anchored. Compare it with the one the log's owner publishes.
    pub contract: Address,
    /// Hash of the transaction; to look it up, not proven.
    pub transaction: B256,
    /// RLP of the block's header. Its Keccak-256 is the block's hash.
    pub header: Bytes,
    /// Which of the block's transactions it is, from 0.
    pub position: u64,
    /// The transaction's receipt, as the block's tree of receipts holds it.
    pub receipt: Bytes,
    /// Nodes of that tree from its root to the receipt.
    pub path: Vec<Bytes>,
}

/// What the evidence proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchored {
    /// Which chain the evidence says it is.
    pub chain_id: u64,
    /// The contract that anchored.
    pub contract: [u8; 20],
    /// Number of the block.
    pub block_number: u64,
    /// Hash of the block.
    pub block_hash: [u8; 32],
    /// When the block was made, in seconds since 1970.
    pub block_time: u64,
    /// Whether the hash was compared with one the checker trusts.
    pub trusted: bool,
}

/// Why the evidence proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the {0} in the proof cannot be read: the file is broken")]
    Unreadable(&'static str),
    #[error("the proof is about block {found}, and you trust block {trusted}: it is another block")]
    OtherBlock { found: B256, trusted: B256 },
    #[error("the block does not hold the receipt in the proof: one of them was changed")]
    NotInBlock,
    #[error("the transaction in the proof failed, so nothing was anchored")]
    Failed,
    #[error("contract {0} anchored nothing in this transaction")]
    NothingAnchored(Address),
    #[error("the block anchors a log of {anchored} entries, and the checkpoint has {size}")]
    OtherSize { anchored: u64, size: u64 },
    #[error(
        "the block anchors another root for a log of {0} entries: the log was rewritten, or the proof was"
    )]
    OtherRoot(u64),
}

impl Evidence {
    /// Hash of the block the evidence is about.
    pub fn block_hash(&self) -> [u8; 32] {
        keccak256(&self.header).0
    }

    /// Checks that the block anchors this root for a log of this size and, when a hash
    /// is given, that it is the block one trusts.
    ///
    /// # Errors
    /// It does not; the reason is one a buyer understands.
    pub fn check(
        &self,
        size: u64,
        root: [u8; 32],
        trusted_block_hash: Option<[u8; 32]>,
    ) -> Result<Anchored, Refused> {
        let block = Block::read(&self.header).ok_or(Refused::Unreadable("block header"))?;
        let found = keccak256(&self.header);
        if let Some(trusted) = trusted_block_hash.map(B256::from)
            && trusted != found
        {
            return Err(Refused::OtherBlock { found, trusted });
        }
        let place = Nibbles::unpack(alloy_rlp::encode(self.position));
        verify_proof(
            block.receipts_root,
            place,
            Some(self.receipt.to_vec()),
            &self.path,
        )
        .map_err(|_| Refused::NotInBlock)?;
        let receipt = Receipt::read(&self.receipt).ok_or(Refused::Unreadable("receipt"))?;
        if !receipt.succeeded {
            return Err(Refused::Failed);
        }
        let told = receipt.anchored_by(self.contract);
        let (anchored, anchored_root) = told.ok_or(Refused::NothingAnchored(self.contract))?;
        if anchored != size {
            return Err(Refused::OtherSize { anchored, size });
        }
        if anchored_root != root {
            return Err(Refused::OtherRoot(size));
        }
        Ok(Anchored {
            chain_id: self.chain_id,
            contract: self.contract.into_array(),
            block_number: block.number,
            block_hash: found.0,
            block_time: block.time,
            trusted: trusted_block_hash.is_some(),
        })
    }
}

struct Block {
    receipts_root: B256,
    number: u64,
    time: u64,
}

impl Block {
    fn read(header: &[u8]) -> Option<Self> {
        let fields = list(header)?;
        if fields.len() < FIELDS {
            return None;
        }
        Some(Self {
            receipts_root: value(fields[RECEIPTS_ROOT])?,
            number: value(fields[NUMBER])?,
            time: value(fields[TIME])?,
        })
    }
}

struct Receipt<'a> {
    succeeded: bool,
    logs: Vec<&'a [u8]>,
}

impl<'a> Receipt<'a> {
    /// A receipt is a list of status, gas, bloom and logs; before it stands the type of
    /// the transaction, when it has one.
    fn read(receipt: &'a [u8]) -> Option<Self> {
        let typed = receipt.first().is_some_and(|first| *first < 0x80);
        let fields = list(&receipt[usize::from(typed)..])?;
        let [status, _, _, logs] = fields.as_slice() else {
            return None;
        };
        Some(Self {
            succeeded: value::<u64>(status)? == 1,
            logs: list(logs)?,
        })
    }

    /// Size and root the contract told of.
    fn anchored_by(&self, contract: Address) -> Option<(u64, [u8; 32])> {
        self.logs.iter().find_map(|log| {
            let fields = list(log)?;
            let [address, topics, data] = fields.as_slice() else {
                return None;
            };
            let topics = list(topics)?;
            let [event, size] = topics.as_slice() else {
                return None;
            };
            if value::<Address>(address)? != contract || value::<B256>(event)? != keccak256(EVENT) {
                return None;
            }
            let size = value::<B256>(size)?;
            let (zeros, size) = size.split_last_chunk::<8>()?;
            let root = value::<Bytes>(data)?;
            let fits = zeros.iter().all(|zero| *zero == 0);
            let root = <[u8; 32]>::try_from(root.as_ref()).ok()?;
            fits.then_some((u64::from_be_bytes(*size), root))
        })
    }
}

/// The items of a list, each still encoded; `None` when it is none, or more follows.
fn list(mut encoded: &[u8]) -> Option<Vec<&[u8]>> {
    match Header::decode_raw(&mut encoded) {
        Ok(PayloadView::List(items)) if encoded.is_empty() => Some(items),
        _ => None,
    }
}

fn value<T: Decodable>(mut encoded: &[u8]) -> Option<T> {
    let value = T::decode(&mut encoded).ok()?;
    encoded.is_empty().then_some(value)
}
