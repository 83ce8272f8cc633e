//! Learns which lots delivered goods came from, and compares how they are rated.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::Ctx;
use crate::error::Error;
use crate::flows;
use crate::peers::Peers;
use crate::store::purchases;

const EVERY: Duration = Duration::from_secs(1);
/// Orders asked for at once, as many as product takes.
const BATCH: i64 = 100;

/// Works until `stop`. Any number of processes may do this.
pub async fn run(ctx: Ctx, peers: Peers, stop: CancellationToken) {
    let (mut unanswered, mut failing) = (false, false);
    while !stop.is_cancelled() {
        let learnt = learn(&ctx, &peers, &mut unanswered).await;
        let compared = match learnt {
            Ok(()) => flows::lots::compare(&ctx).await,
            Err(error) => Err(error),
        };
        if let Err(error) = &compared
            && !failing
        {
            warn!(error = %error, "lots wait to be compared; the worker keeps trying");
        }
        failing = compared.is_err();
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(EVERY) => {}
        }
    }
}

/// Asks product for lots that are not known, until none are left or it does not answer.
async fn learn(ctx: &Ctx, peers: &Peers, unanswered: &mut bool) -> Result<(), Error> {
    loop {
        let orders = purchases::without_lots(ctx.database.pool(), BATCH).await?;
        if orders.is_empty() {
            return Ok(());
        }
        match peers.order_lots(&orders).await {
            Ok(lots) => {
                *unanswered = false;
                flows::lots::learnt(ctx, &orders, &lots).await?;
            }
            Err(status) => {
                if !*unanswered {
                    warn!(error = %status, "product does not tell the lots of orders; the worker keeps asking");
                }
                *unanswered = true;
                return Ok(());
            }
        }
    }
}
