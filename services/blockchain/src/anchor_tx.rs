//! Accounts, hashes and transactions of a chain, as numbers and bytes.

use crate::anchor::Fees;

/// An account or a contract.
pub type Account = [u8; 20];
/// Keccak-256 of a block or a transaction.
pub type Hash = [u8; 32];

/// A transaction to be signed.
#[derive(Debug, Clone)]
pub struct Transaction {
    pub chain_id: u64,
    pub nonce: u64,
    /// `None` makes a contract.
    pub to: Option<Account>,
    pub data: Vec<u8>,
    pub gas: u64,
    pub fees: Fees,
}

/// A signed transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    pub hash: Hash,
    pub raw: Vec<u8>,
}

/// In hexadecimal, as everybody writes accounts and hashes.
pub fn show(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}
