//! Learns which lots delivered goods came from, compares how they are rated, and tells
//! image what reviews show.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::Ctx;
use crate::error::Error;
use crate::flows;
use crate::store::purchases;

const EVERY: Duration = Duration::from_secs(1);
/// Orders asked for at once, as many as product takes.
const BATCH: i64 = 100;

/// Works until `stop`. Any number of processes may do this.
pub async fn run(ctx: Ctx, stop: CancellationToken) {
    let mut failing = [false; 3];
    while !stop.is_cancelled() {
        // Each goes on while another waits for a service that is away.
        let done = [
            learn(&ctx).await,
            flows::lots::compare(&ctx).await,
            flows::pictures::claim(&ctx).await,
        ];
        for (done, failing) in done.iter().zip(&mut failing) {
            if let Err(error) = done
                && !*failing
            {
                warn!(error = %error, "work on reviews waits; the worker keeps trying");
            }
            *failing = done.is_err();
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(EVERY) => {}
        }
    }
}

/// Asks product for lots that are not known, until none are left.
async fn learn(ctx: &Ctx) -> Result<(), Error> {
    loop {
        let orders = purchases::without_lots(ctx.database.pool(), BATCH).await?;
        if orders.is_empty() {
            return Ok(());
        }
        let lots = ctx.peers.order_lots(&orders).await?;
        flows::lots::learnt(ctx, &orders, &lots).await?;
    }
}
