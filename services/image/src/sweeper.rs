use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::Ctx;
use crate::error::Error;
use crate::flows::sweeps;

/// Removes what nobody needs any more. Any number of processes may do this.
pub async fn run(ctx: Ctx, every: Duration, stop: CancellationToken) {
    let mut failing = false;
    loop {
        let swept = sweep(&ctx).await;
        if let Err(error) = &swept
            && !failing
        {
            warn!(error = %error, "unused images wait; the sweeper keeps trying");
        }
        failing = swept.is_err();
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(every) => {}
        }
    }
}

async fn sweep(ctx: &Ctx) -> Result<(), Error> {
    sweeps::remove_unused(ctx).await?;
    sweeps::remove_contents(ctx).await?;
    sweeps::empty_leftovers(ctx).await
}
