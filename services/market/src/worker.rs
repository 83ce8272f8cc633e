//! Looks at watched prices when they or the market change.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::Ctx;
use crate::error::Error;
use crate::flows;
use crate::store::watches;

const EVERY: Duration = Duration::from_secs(1);
const BATCH: i64 = 100;

/// Works until `stop`. Any number of processes may do this.
pub async fn run(ctx: Ctx, stop: CancellationToken) {
    let mut failing = false;
    while !stop.is_cancelled() {
        let looked = look(&ctx).await;
        if let Err(error) = &looked
            && !failing
        {
            warn!(error = %error, "watched prices wait; the worker keeps trying");
        }
        failing = looked.is_err();
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(EVERY) => {}
        }
    }
}

/// Looks until nothing waits. One that fails does not keep the others.
async fn look(ctx: &Ctx) -> Result<(), Error> {
    loop {
        let due = watches::due(ctx.database.pool(), BATCH).await?;
        let mut failed = None;
        for watch in &due {
            failed = flows::watches::look(ctx, watch).await.err().or(failed);
        }
        match failed {
            Some(error) => return Err(error),
            None if due.is_empty() => return Ok(()),
            None => {}
        }
    }
}
