use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::Ctx;
use crate::error::Error;
use crate::flows::campaigns;
use crate::store;

/// How often to look without being told.
const EVERY: Duration = Duration::from_secs(2);

/// Does the parts of campaigns, one after the other. Any number of processes may.
pub async fn run(ctx: Ctx, stop: CancellationToken) {
    let mut failing = false;
    loop {
        let went = tokio::select! {
            () = stop.cancelled() => return,
            went = go_on(&ctx) => went,
        };
        if let Err(error) = &went
            && !failing
        {
            warn!(error = %error, "a recall waits; the runner keeps trying");
        }
        failing = went.is_err();
        tokio::select! {
            () = stop.cancelled() => return,
            _ = timeout(EVERY, ctx.wake.notified()) => {}
        }
    }
}

async fn go_on(ctx: &Ctx) -> Result<(), Error> {
    let mut failure = None;
    for id in store::campaigns::open(ctx.database.pool()).await? {
        loop {
            match campaigns::go_on(ctx, id).await {
                Ok(true) => {}
                Ok(false) => break,
                // Another may get on.
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
        }
    }
    failure.map_or(Ok(()), Err)
}
