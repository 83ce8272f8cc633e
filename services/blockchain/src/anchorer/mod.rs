//! Brings checkpoints to a chain. Any number of processes may run this; the one that
//! holds the chain's lease works, and each look begins with what the database says, so
//! that one that is killed anywhere is followed by another.

mod follow;
mod look;
mod submit;

use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use xlcfi_events::Lease;

use crate::Ctx;
use crate::anchor::{Pace, State};
use crate::anchor_config::{Anchoring, ChainConfig};
use crate::anchor_tx::show;
use crate::chain::{Key, Node, Trouble};
use crate::flows::anchor::{self as flows, Unwritten};
use crate::store::{anchors, chains};

/// How often a chain nothing is under way to is looked at.
const IDLE: time::Duration = time::Duration::MINUTE;
/// How often the lease is renewed at least; it lasts 6 s.
const RENEW: Duration = Duration::from_secs(2);

/// A chain and what is needed to write to it.
#[derive(Debug)]
pub struct Chain {
    pub config: ChainConfig,
    pub key: Key,
    node: Node,
    pace: Pace,
    raise_after: time::Duration,
    look: Duration,
}

impl Chain {
    /// # Errors
    /// The client cannot be set up.
    pub fn new(config: ChainConfig, key: Key, anchoring: &Anchoring) -> Result<Self, String> {
        Ok(Self {
            node: Node::new(config.rpc_url.clone())?,
            config,
            key,
            pace: anchoring.pace(),
            raise_after: anchoring
                .anchor_raise_seconds
                .try_into()
                .unwrap_or(time::Duration::MAX),
            look: anchoring.anchor_look_seconds,
        })
    }
}

/// Why a chain does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum TroubleKind {
    NodeAway,
    NodeRefuses,
    OtherChain,
    ContractMissing,
    ContractRefuses,
    FeeAboveCeiling,
    BalanceTooLow,
}

/// Why a look ended early.
#[derive(Debug, thiserror::Error)]
enum Halt {
    #[error("{1}")]
    Trouble(TroubleKind, String),
    #[error(transparent)]
    Unwritten(#[from] Unwritten),
}

impl From<Trouble> for Halt {
    fn from(trouble: Trouble) -> Self {
        let kind = match trouble {
            Trouble::Away(_) => TroubleKind::NodeAway,
            Trouble::Refused(_) | Trouble::Nonsense(_) => TroubleKind::NodeRefuses,
        };
        Self::Trouble(kind, trouble.to_string())
    }
}

impl From<sqlx::Error> for Halt {
    fn from(error: sqlx::Error) -> Self {
        Self::Unwritten(error.into())
    }
}

/// One process at work on one chain.
struct Work<'a> {
    ctx: &'a Ctx,
    chain: &'a Chain,
    lease: &'a Lease,
}

/// Works until `stop`.
pub async fn run(ctx: Ctx, chain: std::sync::Arc<Chain>, stop: CancellationToken) {
    let name = chain.config.name.as_str();
    let lease = Lease::new(ctx.database.pool().clone(), format!("anchor-{name}"));
    let work = Work {
        ctx: &ctx,
        chain: &chain,
        lease: &lease,
    };
    info!(
        chain = name,
        account = show(&chain.key.account()),
        "anchor.started"
    );
    let (mut last, mut next) = (None, Instant::now());
    while !stop.is_cancelled() {
        let due = Instant::now() >= next;
        let looked = tokio::select! {
            () = stop.cancelled() => break,
            looked = work.turn(due) => looked,
        };
        if due {
            next = Instant::now() + chain.look;
        }
        let now = match looked {
            Ok(false) => last.clone(),
            Ok(true) => None,
            Err(halt) => Some(halt.to_string()),
        };
        if now != last
            && let Some(error) = &now
        {
            warn!(chain = name, error, "anchor.waits");
        }
        last = now;
        tokio::select! {
            () = stop.cancelled() => break,
            () = sleep(chain.look.min(RENEW)) => {}
        }
    }
    // When the database is away the lease runs out by itself.
    let _ = lease.release().await;
}

impl Work<'_> {
    fn name(&self) -> &str {
        &self.chain.config.name
    }

    fn now(&self) -> OffsetDateTime {
        self.ctx.clock.now()
    }

    /// Keeps the lease and, when that is `due`, looks at the chain and keeps what is
    /// wrong there. Says whether it looked.
    async fn turn(&self, due: bool) -> Result<bool, Halt> {
        if !self.lease.hold().await? || !due {
            return Ok(false);
        }
        let pool = self.ctx.database.pool();
        let looked = self.look_and_act().await;
        match &looked {
            Ok(()) => chains::clear_trouble(pool, self.name()).await?,
            Err(Halt::Trouble(kind, message)) => {
                metrics::counter!("anchor.troubles", "chain" => self.name().to_owned(), "kind" => <&str>::from(kind))
                    .increment(1);
                chains::set_trouble(pool, self.name(), kind.into(), message, self.now()).await?;
            }
            Err(Halt::Unwritten(_)) => {}
        }
        looked.map(|()| true)
    }

    async fn look_and_act(&self) -> Result<(), Halt> {
        // Before the node is asked, so that what is due grows while it is away.
        flows::queue(self.ctx, self.lease, self.name(), self.chain.pace, self.now()).await?;
        let pool = self.ctx.database.pool();
        let under_way = anchors::under_way(pool, self.name()).await?;
        self.measure(under_way.len());
        let known = chains::get(pool, self.name()).await?;
        let rested = known
            .as_ref()
            .is_none_or(|seen| self.now() - seen.look_time >= IDLE);
        if under_way.is_empty() && !rested && self.is_at_ease().await? {
            return Ok(());
        }
        let seen = self.look(known).await?;
        let Some((seen, contract)) = self.contract(seen).await? else {
            return Ok(());
        };
        // All are looked after before the first trouble is told.
        let mut trouble = None;
        let mut waits = false;
        for anchor in anchors::under_way(pool, self.name()).await? {
            if anchor.state == State::Queued {
                continue;
            }
            match self.follow(&anchor, &seen, contract).await {
                Ok(state) => waits |= state == State::Submitted,
                Err(Halt::Trouble(kind, message)) => {
                    waits = true;
                    trouble.get_or_insert(Halt::Trouble(kind, message));
                }
                Err(halt) => return Err(halt),
            }
        }
        if let Some(trouble) = trouble {
            return Err(trouble);
        }
        let under_way = anchors::under_way(pool, self.name()).await?;
        match under_way.into_iter().find(|anchor| anchor.state == State::Queued) {
            Some(queued) if !waits => self.submit(&queued, &seen, contract).await,
            _ => Ok(()),
        }
    }

    async fn is_at_ease(&self) -> Result<bool, sqlx::Error> {
        let trouble = chains::trouble(self.ctx.database.pool(), self.name()).await?;
        Ok(trouble.is_none())
    }

    fn measure(&self, under_way: usize) {
        let under_way = u32::try_from(under_way).unwrap_or(u32::MAX);
        metrics::gauge!("anchor.under.way", "chain" => self.name().to_owned()).set(under_way);
    }
}
