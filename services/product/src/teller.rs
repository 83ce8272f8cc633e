use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::Ctx;
use crate::error::Error;
use crate::flows::recalls;

/// How often to look for recalls without being told.
const EVERY: Duration = Duration::from_secs(2);

/// Tells orders of recalls, batch by batch. Any number of processes may do this: each
/// batch is one's alone, and what a stop or a crash interrupts is done by the next.
pub async fn run(ctx: Ctx, stop: CancellationToken) {
    let mut failing = false;
    loop {
        let told = tokio::select! {
            () = stop.cancelled() => return,
            told = tell_all(&ctx) => told,
        };
        if let Err(error) = &told
            && !failing
        {
            warn!(error = %error, "orders of a recall wait to be told; it is tried again");
        }
        failing = told.is_err();
        tokio::select! {
            () = stop.cancelled() => return,
            _ = timeout(EVERY, ctx.teller.notified()) => {}
        }
    }
}

async fn tell_all(ctx: &Ctx) -> Result<(), Error> {
    while recalls::tell_next(ctx).await? {}
    Ok(())
}
