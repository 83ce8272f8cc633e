use tracing::{error, info, warn};
use xlcfi_proof::anchor::Evidence;

use super::{Halt, Work};
use crate::anchor::{ANCHOR_GAS, Anchor, Attempt, Receipt, Seen, State, cost, fees, observe, raised};
use crate::anchor_evidence;
use crate::anchor_tx::{Account, Hash, show};
use crate::chain::Trouble;
use crate::flows::anchor as flows;
use crate::store::anchors;

impl Work<'_> {
    /// Looks where a signed anchor is, and does what that asks for. Gives its state.
    pub(super) async fn follow(
        &self,
        anchor: &Anchor,
        seen: &Seen,
        contract: Account,
    ) -> Result<State, Halt> {
        let Some(nonce) = anchor.nonce else {
            return Ok(anchor.state);
        };
        let attempts = anchors::attempts(self.ctx.database.pool(), self.name(), nonce).await?;
        let receipt = self.receipt(anchor, &attempts).await?;
        let state = observe(receipt.as_ref(), &seen.head);
        if state == State::Finalized
            && let Some(receipt) = &receipt
        {
            self.finalize(anchor, receipt, seen, contract).await?;
            return Ok(state);
        }
        if state != anchor.state || receipt != anchor.receipt {
            flows::moved(self.ctx, self.lease, anchor, state, receipt.as_ref()).await?;
            self.tell(anchor, state);
        }
        if state == State::Submitted {
            self.push(anchor, nonce, &attempts, seen, contract).await?;
        }
        Ok(state)
    }

    /// The receipt of whichever of the transactions was mined; most likely it is the
    /// one that was last.
    async fn receipt(&self, anchor: &Anchor, attempts: &[Attempt]) -> Result<Option<Receipt>, Halt> {
        let known = anchor.receipt.as_ref().map(|receipt| receipt.transaction);
        let hashes = attempts.iter().map(|attempt| attempt.hash);
        let others = hashes.filter(|hash| Some(*hash) != known);
        for hash in known.into_iter().chain(others) {
            if let Some(receipt) = self.chain.node.receipt(hash).await? {
                return Ok(Some(receipt));
            }
        }
        Ok(None)
    }

    fn tell(&self, anchor: &Anchor, state: State) {
        let (chain, size) = (self.name(), anchor.size);
        match state {
            State::Submitted => {
                metrics::counter!("anchor.reorganised", "chain" => chain.to_owned()).increment(1);
                warn!(chain, size, "anchor.block_gone");
            }
            State::Refused => error!(chain, size, "anchor.contract_refused"),
            state => info!(chain, size, state = <&str>::from(state), "anchor.moved"),
        }
    }

    /// Sends what is in no block again when the node forgot it, and offers more when
    /// nobody took it for long.
    async fn push(
        &self,
        anchor: &Anchor,
        nonce: u64,
        attempts: &[Attempt],
        seen: &Seen,
        contract: Account,
    ) -> Result<(), Halt> {
        let (node, account) = (&self.chain.node, self.chain.key.account());
        if node.nonce(account).await? > nonce {
            // Something with this nonce is in a block, and none of ours was found: either
            // it was mined just now, or somebody else has the key.
            let stays = match seen.head.finalized {
                Some(finalized) => node.nonce_at(account, finalized).await? > nonce,
                None => false,
            };
            if stays {
                warn!(
                    chain = self.name(),
                    size = anchor.size,
                    nonce,
                    "anchor.nonce_taken"
                );
                flows::queue_again(self.ctx, self.lease, anchor).await?;
            }
            return Ok(());
        }
        let Some(last) = attempts.first() else {
            return Ok(());
        };
        if !node.knows(last.hash).await? {
            self.send(&last.raw).await?;
        }
        if !anchor.hurried && self.now() - last.create_time < self.chain.raise_after {
            return Ok(());
        }
        let ceiling = anchor.fee_ceiling.unwrap_or(self.chain.config.fee_ceiling());
        let usual = fees(seen.head.base_fee, node.tip().await?, ceiling).unwrap_or(last.fees);
        let fees =
            raised(last.fees, usual, ceiling).ok_or_else(|| self.too_dear(seen.head.base_fee, ceiling))?;
        self.can_pay(seen, cost(ANCHOR_GAS, fees.most))?;
        let attempt = self.attempt(anchor, seen, contract, nonce, fees);
        flows::retry(self.ctx, self.lease, anchor, nonce, &attempt).await?;
        self.send(&attempt.raw).await?;
        metrics::counter!("anchor.raised", "chain" => self.name().to_owned()).increment(1);
        info!(
            chain = self.name(),
            size = anchor.size,
            fee = fees.most,
            "anchor.fee_raised"
        );
        Ok(())
    }

    /// A nonce that is used meanwhile is no trouble: the next look finds by what.
    async fn send(&self, raw: &[u8]) -> Result<(), Trouble> {
        match self.chain.node.send(raw).await {
            Err(Trouble::Refused(why)) if why.to_lowercase().contains("nonce too low") => Ok(()),
            sent => sent,
        }
    }

    async fn finalize(
        &self,
        anchor: &Anchor,
        receipt: &Receipt,
        seen: &Seen,
        contract: Account,
    ) -> Result<(), Halt> {
        let made = self.evidence(anchor, receipt, (seen.chain_id, contract)).await?;
        let evidence = match &made {
            Ok(evidence) => Some(evidence),
            Err(why) => {
                metrics::counter!("anchor.unproven", "chain" => self.name().to_owned()).increment(1);
                error!(
                    chain = self.name(),
                    size = anchor.size,
                    error = why,
                    "anchor.no_evidence"
                );
                None
            }
        };
        let place = (seen.chain_id, contract);
        flows::finalized(self.ctx, self.lease, anchor, receipt, evidence, place).await?;
        let chain = self.name().to_owned();
        metrics::counter!("anchor.finalized", "chain" => chain.clone()).increment(1);
        metrics::histogram!("anchor.entries", "chain" => chain.clone()).record(anchor.entries as f64);
        metrics::histogram!("anchor.gas.used", "chain" => chain.clone()).record(receipt.gas_used as f64);
        metrics::histogram!("anchor.fee.gwei", "chain" => chain)
            .record(cost(receipt.gas_used, receipt.gas_price) as f64);
        let transaction = show(&receipt.transaction);
        info!(
            chain = self.name(),
            size = anchor.size,
            transaction,
            gas = receipt.gas_used,
            "anchor.finalized"
        );
        Ok(())
    }

    /// The evidence, checked as anybody will, or why there can be none.
    async fn evidence(
        &self,
        anchor: &Anchor,
        receipt: &Receipt,
        (chain_id, contract): (u64, Account),
    ) -> Result<Result<Evidence, String>, Halt> {
        let block: Hash = receipt.block_hash;
        let (header, receipts) = self.chain.node.block_and_receipts(block).await?;
        let made = anchor_evidence::make(chain_id, contract, receipt.transaction, &header, &receipts);
        Ok(made.and_then(
            |evidence| match evidence.check(anchor.size, anchor.root, Some(block)) {
                Ok(_) => Ok(evidence),
                Err(refused) => Err(refused.to_string()),
            },
        ))
    }
}
