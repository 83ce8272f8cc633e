use tracing::{info, warn};

use super::{Halt, TroubleKind, Work};
use crate::anchor::{DEPLOY_GAS, Seen, cost, fees};
use crate::anchor_tx::{Account, Transaction, show};
use crate::chain::{deploy_call, made_at};
use crate::flows::anchor as flows;

impl Work<'_> {
    /// Looks at the chain, and keeps what it sees.
    pub(super) async fn look(&self, known: Option<Seen>) -> Result<Seen, Halt> {
        let (config, node, account) = (&self.chain.config, &self.chain.node, self.chain.key.account());
        let (identity, head, balance, nonce) = tokio::try_join!(
            node.identity(),
            node.head(config.finality),
            node.balance(account),
            node.nonce(account),
        )?;
        let (chain_id, genesis) = identity;
        if chain_id != config.chain_id {
            let message = format!(
                "the node is of chain {chain_id}, and {} is set up",
                config.chain_id
            );
            return Err(Halt::Trouble(TroubleKind::OtherChain, message));
        }
        let began_anew = known
            .as_ref()
            .is_some_and(|known| known.genesis != genesis || known.head.finalized > Some(head.number));
        if began_anew && config.deploy {
            warn!(chain = self.name(), "anchor.chain_began_anew");
            flows::forget(self.ctx, self.lease, self.name()).await?;
        } else if known.as_ref().is_some_and(|known| known.genesis != genesis) {
            let message = "the node's chain has another first block than before".to_owned();
            return Err(Halt::Trouble(TroubleKind::OtherChain, message));
        }
        let known = known.filter(|known| !began_anew && known.account == account);
        let seen = Seen {
            name: config.name.clone(),
            chain_id,
            genesis,
            account,
            contract: config
                .contract
                .or(known.as_ref().and_then(|known| known.contract)),
            deployment: known.as_ref().and_then(|known| known.deployment.clone()),
            next_nonce: known.map_or(nonce, |known| known.next_nonce.max(nonce)),
            head,
            balance,
            look_time: self.now(),
        };
        flows::keep(self.ctx, self.lease, &seen).await?;
        metrics::gauge!("anchor.balance.gwei", "chain" => config.name.clone()).set(balance as f64);
        Ok(seen)
    }

    /// The contract, made first where we are to make it; `None` until it is there.
    pub(super) async fn contract(&self, seen: Seen) -> Result<Option<(Seen, Account)>, Halt> {
        let node = &self.chain.node;
        if let Some(contract) = seen.contract
            && node.has_code(contract).await?
        {
            return Ok(Some((seen, contract)));
        }
        if !self.chain.config.deploy {
            let at = seen.contract.map(|contract| show(&contract)).unwrap_or_default();
            let message = format!("no contract is at {at}");
            return Err(Halt::Trouble(TroubleKind::ContractMissing, message));
        }
        if let Some(raw) = &seen.deployment {
            // It may have been lost on its way, or with a block.
            node.send(raw).await?;
            return Ok(None);
        }
        let account = self.chain.key.account();
        let ceiling = self.chain.config.fee_ceiling();
        let fees = fees(seen.head.base_fee, node.tip().await?, ceiling)
            .ok_or_else(|| self.too_dear(seen.head.base_fee, ceiling))?;
        self.can_pay(&seen, cost(DEPLOY_GAS, fees.most))?;
        let nonce = seen.next_nonce;
        let signed = self.chain.key.sign(&Transaction {
            chain_id: seen.chain_id,
            nonce,
            to: None,
            data: deploy_call(account, account),
            gas: DEPLOY_GAS,
            fees,
        });
        let contract = made_at(account, nonce);
        let seen = Seen {
            contract: Some(contract),
            deployment: Some(signed.raw.clone()),
            next_nonce: nonce + 1,
            ..seen
        };
        flows::keep(self.ctx, self.lease, &seen).await?;
        node.send(&signed.raw).await?;
        info!(
            chain = self.name(),
            contract = show(&contract),
            "anchor.contract_made"
        );
        let there = node.has_code(contract).await?;
        Ok(there.then_some((seen, contract)))
    }

    pub(super) fn too_dear(&self, base_fee: u64, ceiling: u64) -> Halt {
        let message = format!("a gas costs {base_fee} wei, and {ceiling} is the ceiling");
        Halt::Trouble(TroubleKind::FeeAboveCeiling, message)
    }

    /// Refuses what the account has not.
    pub(super) fn can_pay(&self, seen: &Seen, cost: u64) -> Result<(), Halt> {
        if seen.balance >= cost {
            return Ok(());
        }
        let account = show(&seen.account);
        let message = format!("{account} has {} gwei, and {cost} may be needed", seen.balance);
        Err(Halt::Trouble(TroubleKind::BalanceTooLow, message))
    }
}
