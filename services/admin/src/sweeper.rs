use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::Ctx;
use crate::flows::proposals;

const EVERY: Duration = Duration::from_secs(2);

/// Does what was approved and not done, and ends what nobody decided about. Any number
/// of processes may do this.
pub async fn run(ctx: Ctx, stop: CancellationToken) {
    let mut failing = false;
    loop {
        let swept = proposals::sweep(&ctx).await;
        if let Err(error) = &swept
            && !failing
        {
            warn!(error = %error, "overdue work waits; the sweeper keeps trying");
        }
        failing = swept.is_err();
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(EVERY) => {}
        }
    }
}
