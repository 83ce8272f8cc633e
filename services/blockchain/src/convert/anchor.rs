use time::OffsetDateTime;
use xlcfi_contracts::blockchain::v1::{
    Anchor as AnchorMessage, AnchorBlock, AnchorState, Chain as ChainMessage, ChainStatus, ChainTrouble,
    ChainTroubleKind, CheckpointAnchored,
};
use xlcfi_contracts::convert::timestamp;

use crate::anchor::{Anchor, Receipt, Seen, State, is_low};
use crate::anchor_config::ChainConfig;
use crate::anchor_tx::Account;
use crate::anchorer::TroubleKind;
use crate::store::chains::Noted;

pub fn anchor(anchor: &Anchor) -> AnchorMessage {
    AnchorMessage {
        anchor_id: anchor.anchor_id.to_string(),
        chain: anchor.chain.clone(),
        size: count(anchor.size),
        root: anchor.root.to_vec(),
        entries: count(anchor.entries),
        state: state(anchor.state).into(),
        nonce: anchor.nonce.map(count),
        block: anchor.receipt.as_ref().map(block),
        create_time: Some(timestamp(anchor.create_time)),
        submit_time: anchor.submit_time.map(timestamp),
        finalize_time: anchor.finalize_time.map(timestamp),
    }
}

fn block(receipt: &Receipt) -> AnchorBlock {
    AnchorBlock {
        transaction_hash: receipt.transaction.to_vec(),
        number: count(receipt.block_number),
        hash: receipt.block_hash.to_vec(),
        gas_used: count(receipt.gas_used),
        gas_price: count(receipt.gas_price),
    }
}

fn state(state: State) -> AnchorState {
    match state {
        State::Queued => AnchorState::Queued,
        State::Submitted => AnchorState::Submitted,
        State::Mined => AnchorState::Mined,
        State::Safe => AnchorState::Safe,
        State::Finalized => AnchorState::Finalized,
        State::Refused => AnchorState::Refused,
    }
}

/// What is public of a chain; it need not have answered yet.
pub fn chain(
    config: &ChainConfig,
    account: Account,
    seen: Option<&Seen>,
    (anchored, log): (u64, u64),
) -> ChainMessage {
    let contract = config.contract.or(seen.and_then(|seen| seen.contract));
    ChainMessage {
        name: config.name.clone(),
        chain_id: count(config.chain_id),
        contract: contract.map(Vec::from).unwrap_or_default(),
        account: account.to_vec(),
        look_time: seen.map(|seen| timestamp(seen.look_time)),
        head: seen.map_or(0, |seen| count(seen.head.number)),
        finalized: seen.and_then(|seen| seen.head.finalized).map(count),
        anchored_size: count(anchored),
        log_size: count(log),
    }
}

pub fn chain_status(
    chain: ChainMessage,
    fee_ceiling: u64,
    seen: Option<&Seen>,
    under_way: &[Anchor],
    trouble: Option<Noted>,
) -> ChainStatus {
    ChainStatus {
        chain: Some(chain),
        balance_gwei: seen.map_or(0, |seen| count(seen.balance)),
        balance_low: seen.is_some_and(|seen| is_low(seen.balance, fee_ceiling)),
        fee_ceiling: count(fee_ceiling),
        base_fee: seen.map_or(0, |seen| count(seen.head.base_fee)),
        under_way: under_way.iter().map(anchor).collect(),
        trouble: trouble.map(|noted| ChainTrouble {
            kind: kind(&noted.kind).into(),
            message: noted.message,
            since: Some(timestamp(noted.since)),
        }),
    }
}

fn kind(kind: &str) -> ChainTroubleKind {
    match kind.parse() {
        Ok(TroubleKind::NodeAway) => ChainTroubleKind::NodeAway,
        Ok(TroubleKind::NodeRefuses) => ChainTroubleKind::NodeRefuses,
        Ok(TroubleKind::OtherChain) => ChainTroubleKind::OtherChain,
        Ok(TroubleKind::ContractMissing) => ChainTroubleKind::ContractMissing,
        Ok(TroubleKind::ContractRefuses) => ChainTroubleKind::ContractRefuses,
        Ok(TroubleKind::FeeAboveCeiling) => ChainTroubleKind::FeeAboveCeiling,
        Ok(TroubleKind::BalanceTooLow) => ChainTroubleKind::BalanceTooLow,
        Err(_) => ChainTroubleKind::Unspecified,
    }
}

pub fn checkpoint_anchored(
    anchor: &Anchor,
    receipt: &Receipt,
    (chain_id, contract): (u64, Account),
    now: OffsetDateTime,
) -> CheckpointAnchored {
    CheckpointAnchored {
        anchor_id: anchor.anchor_id.to_string(),
        chain: anchor.chain.clone(),
        chain_id: count(chain_id),
        contract: contract.to_vec(),
        size: count(anchor.size),
        root: anchor.root.to_vec(),
        block: Some(block(receipt)),
        time: Some(timestamp(now)),
    }
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
