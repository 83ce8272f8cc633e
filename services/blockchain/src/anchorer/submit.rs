use tracing::info;

use super::{Halt, TroubleKind, Work};
use crate::anchor::{ANCHOR_GAS, Anchor, Attempt, Fees, Seen, cost, fees};
use crate::anchor_tx::{Account, Transaction, show};
use crate::chain::{Trouble, anchor_call};
use crate::flows::anchor as flows;

impl Work<'_> {
    /// Signs a queued anchor under the next nonce and hands it in.
    pub(super) async fn submit(&self, anchor: &Anchor, seen: &Seen, contract: Account) -> Result<(), Halt> {
        self.would_be_taken(anchor, contract).await?;
        let ceiling = anchor.fee_ceiling.unwrap_or(self.chain.config.fee_ceiling());
        let fees = fees(seen.head.base_fee, self.chain.node.tip().await?, ceiling)
            .ok_or_else(|| self.too_dear(seen.head.base_fee, ceiling))?;
        self.can_pay(seen, cost(ANCHOR_GAS, fees.most))?;
        let attempt = self.attempt(anchor, seen, contract, seen.next_nonce, fees);
        if !flows::submit(self.ctx, self.lease, anchor, seen.next_nonce, &attempt).await? {
            return Ok(());
        }
        self.chain.node.send(&attempt.raw).await?;
        let (chain, transaction) = (self.name(), show(&attempt.hash));
        info!(
            chain,
            size = anchor.size,
            entries = anchor.entries,
            transaction,
            "anchor.submitted"
        );
        Ok(())
    }

    /// Asks the contract beforehand: a refusal in a block costs, too.
    async fn would_be_taken(&self, anchor: &Anchor, contract: Account) -> Result<(), Halt> {
        let (node, account) = (&self.chain.node, self.chain.key.account());
        let refused = |message: String| Halt::Trouble(TroubleKind::ContractRefuses, message);
        let latest = node.anchored_size(contract).await?;
        if latest >= anchor.size {
            return Err(refused(format!(
                "the contract has a log of {latest} entries, and ours has {}",
                anchor.size
            )));
        }
        match node
            .try_call(account, contract, anchor_call(anchor.size, anchor.root))
            .await
        {
            Err(Trouble::Refused(why)) => Err(refused(format!("the contract would refuse: {why}"))),
            tried => Ok(tried?),
        }
    }

    pub(super) fn attempt(
        &self,
        anchor: &Anchor,
        seen: &Seen,
        contract: Account,
        nonce: u64,
        fees: Fees,
    ) -> Attempt {
        let signed = self.chain.key.sign(&Transaction {
            chain_id: seen.chain_id,
            nonce,
            to: Some(contract),
            data: anchor_call(anchor.size, anchor.root),
            gas: ANCHOR_GAS,
            fees,
        });
        Attempt {
            hash: signed.hash,
            raw: signed.raw,
            fees,
            create_time: self.now(),
        }
    }
}
