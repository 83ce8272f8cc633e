//! Makes the evidence that an anchor is in a block, from what a node tells of the
//! block. A node that tells something wrong yields none: all of it is hashed.

use alloy_rlp::{Encodable, Header};
use alloy_trie::proof::ProofRetainer;
use alloy_trie::{HashBuilder, Nibbles};
use serde_json::Value;
use xlcfi_proof::anchor::Evidence;

use crate::anchor_tx::{Account, Hash};

/// The fields of a header in their order. Those from `FIRST_OPTIONAL` on came with
/// later rules of the chain, and are left out where it does not have them.
const HEADER: [&str; 21] = [
    "parentHash",
    "sha3Uncles",
    "miner",
    "stateRoot",
    "transactionsRoot",
    "receiptsRoot",
    "logsBloom",
    "difficulty",
    "number",
    "gasLimit",
    "gasUsed",
    "timestamp",
    "extraData",
    "mixHash",
    "nonce",
    "baseFeePerGas",
    "withdrawalsRoot",
    "blobGasUsed",
    "excessBlobGas",
    "parentBeaconBlockRoot",
    "requestsHash",
];
const FIRST_OPTIONAL: usize = 15;
/// Those that are numbers; the others are bytes.
const NUMBERS: [&str; 8] = [
    "difficulty",
    "number",
    "gasLimit",
    "gasUsed",
    "timestamp",
    "baseFeePerGas",
    "blobGasUsed",
    "excessBlobGas",
];

/// The evidence that `contract` anchored in `transaction`; the error says what cannot
/// be used. Whoever takes it checks it.
pub fn make(
    chain_id: u64,
    contract: Account,
    transaction: Hash,
    block: &Value,
    receipts: &[Value],
) -> Result<Evidence, String> {
    let hash = format!("0x{}", hex::encode(transaction));
    let position = receipts
        .iter()
        .position(|receipt| receipt["transactionHash"].as_str() == Some(&hash))
        .ok_or("the block does not have the transaction")?;
    let header = header(block)?;
    let receipts = receipts.iter().map(receipt).collect::<Result<Vec<_>, _>>()?;
    let path = path(&receipts, position);
    Ok(Evidence {
        chain_id,
        contract: contract.into(),
        transaction: transaction.into(),
        header: header.into(),
        position: u64::try_from(position).unwrap_or(u64::MAX),
        receipt: receipts[position].clone().into(),
        path,
    })
}

fn header(block: &Value) -> Result<Vec<u8>, String> {
    let mut fields = Vec::with_capacity(1 << 10);
    for (place, name) in HEADER.into_iter().enumerate() {
        match &block[name] {
            Value::Null if place >= FIRST_OPTIONAL => {}
            value if NUMBERS.contains(&name) => number(name, value)?.encode(&mut fields),
            value => bytes(name, value)?.as_slice().encode(&mut fields),
        }
    }
    Ok(list(fields))
}

/// A receipt as the block's tree holds it: the transaction's type, unless it is 0, and
/// the list of status, gas, bloom and logs.
fn receipt(receipt: &Value) -> Result<Vec<u8>, String> {
    let kind = match &receipt["type"] {
        Value::Null => 0,
        kind => number("type", kind)?,
    };
    // Chains that put more into theirs have types of their own.
    if kind > 4 {
        return Err(format!("receipts of type {kind} are not known"));
    }
    let mut fields = Vec::with_capacity(1 << 10);
    number("status", &receipt["status"])?.encode(&mut fields);
    number("cumulativeGasUsed", &receipt["cumulativeGasUsed"])?.encode(&mut fields);
    bytes("logsBloom", &receipt["logsBloom"])?
        .as_slice()
        .encode(&mut fields);
    let mut logs = Vec::new();
    for log in receipt["logs"].as_array().ok_or("a receipt has no logs")? {
        let mut topics = Vec::new();
        for topic in log["topics"].as_array().ok_or("a log has no topics")? {
            bytes("topics", topic)?.as_slice().encode(&mut topics);
        }
        let mut fields = Vec::new();
        bytes("address", &log["address"])?.as_slice().encode(&mut fields);
        fields.extend(list(topics));
        bytes("data", &log["data"])?.as_slice().encode(&mut fields);
        logs.extend(list(fields));
    }
    fields.extend(list(logs));
    let mut encoded = list(fields);
    if kind > 0 {
        encoded.insert(0, u8::try_from(kind).unwrap_or(u8::MAX));
    }
    Ok(encoded)
}

/// The nodes from the root of the tree of receipts to one of them.
fn path<B: From<Vec<u8>>>(receipts: &[Vec<u8>], position: usize) -> Vec<B> {
    let key = |position: usize| Nibbles::unpack(alloy_rlp::encode(position));
    let mut leaves: Vec<_> = receipts
        .iter()
        .enumerate()
        .map(|(at, receipt)| (key(at), receipt))
        .collect();
    leaves.sort_by_key(|leaf| leaf.0);
    let mut tree = HashBuilder::default().with_proof_retainer(ProofRetainer::new(vec![key(position)]));
    for (key, receipt) in leaves {
        tree.add_leaf(key, receipt);
    }
    tree.root();
    let nodes = tree.take_proof_nodes().into_nodes_sorted();
    nodes
        .into_iter()
        .map(|(_, node)| B::from(node.to_vec()))
        .collect()
}

fn list(fields: Vec<u8>) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(fields.len() + 9);
    let header = Header {
        list: true,
        payload_length: fields.len(),
    };
    header.encode(&mut encoded);
    encoded.extend(fields);
    encoded
}

fn number(name: &str, value: &Value) -> Result<u128, String> {
    let digits = value.as_str().and_then(|text| text.strip_prefix("0x"));
    let number = digits.and_then(|digits| u128::from_str_radix(digits, 16).ok());
    number.ok_or_else(|| format!("{name} is no number"))
}

fn bytes(name: &str, value: &Value) -> Result<Vec<u8>, String> {
    let digits = value.as_str().and_then(|text| text.strip_prefix("0x"));
    let bytes = digits.and_then(|digits| hex::decode(digits).ok());
    bytes.ok_or_else(|| format!("{name} is no bytes"))
}
