//! Anchors of checkpoints on a chain: what state one is in, when another is due, and
//! what it may cost. Nothing here speaks to a node or a database.

use time::{Duration, OffsetDateTime};
use xlcfi_types::Id;

use crate::anchor_tx::{Account, Hash};

/// Where an anchor is on its way. Only `Finalized` is called anchored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Due, and not signed: it still grows with the log.
    Queued,
    /// Signed under a nonce, and handed to a node or about to be.
    Submitted,
    /// In a block that may still go.
    Mined,
    /// In a block that goes only when the chain fails badly.
    Safe,
    /// In a block that stays.
    Finalized,
    /// In a block that stays, and the contract refused it.
    Refused,
}

impl State {
    /// Whether its transaction was in a block when it was last looked for.
    pub fn is_in_block(self) -> bool {
        self > Self::Submitted
    }
}

/// One checkpoint on its way to one chain.
#[derive(Debug, Clone)]
pub struct Anchor {
    pub anchor_id: Id<Anchor>,
    pub chain: String,
    /// Entries of the log it commits to.
    pub size: u64,
    pub root: Hash,
    /// How many of them came since the anchor before.
    pub entries: u64,
    pub state: State,
    pub nonce: Option<u64>,
    /// Where it was found, last.
    pub receipt: Option<Receipt>,
    /// Somebody on the staff wants it done: the fee is raised at the next look.
    pub hurried: bool,
    /// What it may cost at most, when somebody on the staff said so.
    pub fee_ceiling: Option<u64>,
    pub create_time: OffsetDateTime,
    pub submit_time: Option<OffsetDateTime>,
    pub finalize_time: Option<OffsetDateTime>,
}

/// A transaction that was signed for an anchor: each of one nonce says the same.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub hash: Hash,
    pub raw: Vec<u8>,
    pub fees: Fees,
    pub create_time: OffsetDateTime,
}

/// A transaction as a block has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub transaction: Hash,
    pub block_number: u64,
    pub block_hash: Hash,
    pub succeeded: bool,
    pub gas_used: u64,
    /// In wei for each gas.
    pub gas_price: u64,
}

/// Where a chain is. What is `None` is not there yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub number: u64,
    pub safe: Option<u64>,
    pub finalized: Option<u64>,
    /// What each gas costs in the latest block, in wei.
    pub base_fee: u64,
}

/// How a chain says that a block stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Finality {
    /// By itself: its blocks have the tags `safe` and `finalized`.
    Tags,
    /// It does not: so many blocks above it are enough.
    Depth { safe: u64, finalized: u64 },
}

/// What each gas may cost, in wei.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fees {
    /// All of it.
    pub most: u64,
    /// The part for who makes the block.
    pub priority: u64,
}

/// A chain as it was when it was last looked at.
#[derive(Debug, Clone)]
pub struct Seen {
    pub name: String,
    pub chain_id: u64,
    /// Hash of the first block.
    pub genesis: Hash,
    pub account: Account,
    /// The contract, and the signed transaction that makes it, where we make it.
    pub contract: Option<Account>,
    pub deployment: Option<Vec<u8>>,
    pub next_nonce: u64,
    pub head: Head,
    /// In gwei, rounded down.
    pub balance: u64,
    pub look_time: OffsetDateTime,
}

/// When a checkpoint is anchored: after so many entries or so much time, whichever
/// comes first.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    pub entries: u64,
    pub time: Duration,
}

/// Whether a log of `size` is to be anchored, given size and time of the latest anchor.
pub fn is_due(pace: Pace, latest: Option<(u64, OffsetDateTime)>, size: u64, now: OffsetDateTime) -> bool {
    match latest {
        None => size > 0,
        Some((anchored, _)) if size <= anchored => false,
        Some((anchored, time)) => size - anchored >= pace.entries || now - time >= pace.time,
    }
}

/// What becomes of an anchor whose transaction is in this block, or in none.
pub fn observe(receipt: Option<&Receipt>, head: &Head) -> State {
    let Some(receipt) = receipt else {
        return State::Submitted;
    };
    let reached = |number: Option<u64>| number.is_some_and(|number| receipt.block_number <= number);
    match (reached(head.finalized), receipt.succeeded) {
        (true, true) => State::Finalized,
        (true, false) => State::Refused,
        (false, _) if reached(head.safe) => State::Safe,
        (false, _) => State::Mined,
    }
}

/// What to offer for the next blocks: twice the base fee, so that it may rise six
/// blocks long, and the usual tip. `None` when the ceiling does not even pay the block
/// that comes.
pub fn fees(base_fee: u64, tip: u64, ceiling: u64) -> Option<Fees> {
    let most = base_fee.saturating_mul(2).saturating_add(tip).min(ceiling);
    let priority = tip.min(most.checked_sub(base_fee)?);
    (priority > 0 || tip == 0).then_some(Fees { most, priority })
}

/// What to offer instead of an offer nobody took. Nodes take one that is a tenth above
/// in both fees; `None` when the ceiling does not allow that.
pub fn raised(last: Fees, now: Fees, ceiling: u64) -> Option<Fees> {
    let eighth_more = |fee: u64| fee.saturating_add(fee.div_ceil(8)).max(fee.saturating_add(1));
    let least = |fee: u64| fee.saturating_add(fee.div_ceil(10));
    let most = eighth_more(last.most).max(now.most).min(ceiling);
    let priority = eighth_more(last.priority).max(now.priority).min(most);
    (most >= least(last.most) && priority >= least(last.priority)).then_some(Fees { most, priority })
}

/// Gas an anchor may use; what it does not is not paid.
pub const ANCHOR_GAS: u64 = 60_000;
/// The same for making the contract.
pub const DEPLOY_GAS: u64 = 1_000_000;

/// What a transaction costs at most, in gwei.
pub fn cost(gas: u64, most: u64) -> u64 {
    let wei = u128::from(gas) * u128::from(most);
    u64::try_from(wei.div_ceil(1_000_000_000)).unwrap_or(u64::MAX)
}

/// Whether the account should be filled up: it has less than ten anchors can cost.
pub fn is_low(balance: u64, ceiling: u64) -> bool {
    balance < cost(10 * ANCHOR_GAS, ceiling)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-22 00:00 UTC);
    const PACE: Pace = Pace {
        entries: 100,
        time: Duration::minutes(10),
    };

    fn head(number: u64, safe: u64, finalized: u64) -> Head {
        Head {
            number,
            safe: Some(safe),
            finalized: Some(finalized),
            base_fee: 1,
        }
    }

    fn receipt(block_number: u64, succeeded: bool) -> Receipt {
        Receipt {
            transaction: [1; 32],
            block_number,
            block_hash: [2; 32],
            succeeded,
            gas_used: 30_000,
            gas_price: 1,
        }
    }

    #[test]
    fn an_anchor_is_due_by_count_or_by_time_and_only_for_something_new() {
        let earlier = |minutes| NOW - Duration::minutes(minutes);
        for (latest, size, due) in [
            (None, 0, false),
            (None, 1, true),
            (Some((50, earlier(60))), 50, false),
            (Some((50, earlier(60))), 40, false),
            (Some((50, earlier(1))), 149, false),
            (Some((50, earlier(1))), 150, true),
            (Some((50, earlier(10))), 51, true),
        ] {
            assert_eq!(is_due(PACE, latest, size, NOW), due, "{latest:?} {size}");
        }
    }

    #[test]
    fn an_anchor_is_where_its_block_is_and_goes_back_when_that_goes() {
        let head = head(10, 8, 6);
        for (receipt, state) in [
            (None, State::Submitted),
            (Some(receipt(9, true)), State::Mined),
            (Some(receipt(8, true)), State::Safe),
            (Some(receipt(7, false)), State::Safe),
            (Some(receipt(6, true)), State::Finalized),
            (Some(receipt(6, false)), State::Refused),
        ] {
            assert_eq!(observe(receipt.as_ref(), &head), state, "{receipt:?}");
        }
        let young = Head {
            safe: None,
            finalized: None,
            ..head
        };
        assert_eq!(observe(Some(&receipt(0, true)), &young), State::Mined);
    }

    #[test]
    fn the_ceiling_holds_and_below_the_base_fee_nothing_is_offered() {
        assert_eq!(
            fees(100, 5, 1_000),
            Some(Fees {
                most: 205,
                priority: 5
            })
        );
        assert_eq!(
            fees(100, 5, 150),
            Some(Fees {
                most: 150,
                priority: 5
            })
        );
        assert_eq!(
            fees(100, 5, 102),
            Some(Fees {
                most: 102,
                priority: 2
            })
        );
        assert_eq!(fees(100, 5, 100), None);
        assert_eq!(fees(100, 5, 99), None);
        assert_eq!(fees(0, 0, 10), Some(Fees { most: 0, priority: 0 }));
    }

    proptest! {
        #[test]
        fn a_raised_offer_is_a_tenth_above_in_both_and_below_the_ceiling(
            most in 0_u64..1 << 40, tip in 0_u64..1 << 40, now in 0_u64..1 << 40, ceiling in 0_u64..1 << 42,
        ) {
            let last = Fees { most, priority: tip.min(most) };
            if let Some(next) = raised(last, Fees { most: now, priority: now / 2 }, ceiling) {
                prop_assert!(u128::from(next.most) * 10 >= u128::from(last.most) * 11);
                prop_assert!(u128::from(next.priority) * 10 >= u128::from(last.priority) * 11);
                prop_assert!(next.most <= ceiling && next.priority <= next.most);
            } else {
                prop_assert!(u128::from(ceiling) * 10 < u128::from(last.most) * 11 + 10);
            }
        }
    }
}
