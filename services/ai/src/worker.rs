//! Reads reviews, and looks at the sales of each day that is over.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::Ctx;
use crate::flows;

const EVERY: Duration = Duration::from_secs(1);

/// Works until `stop`. Any number of processes may do this.
pub async fn run(ctx: Ctx, stop: CancellationToken) {
    let mut failing = [false; 2];
    while !stop.is_cancelled() {
        let done = [flows::opinions::read(&ctx).await, flows::sales::look(&ctx).await];
        for (done, failing) in done.iter().zip(&mut failing) {
            if let Err(error) = done
                && !*failing
            {
                warn!(error = %error, "analysis waits; the worker keeps trying");
            }
            *failing = done.is_err();
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(EVERY) => {}
        }
    }
}
