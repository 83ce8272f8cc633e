use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::Ctx;
use crate::flows::imports;

/// How often to look for imports without being told.
const EVERY: Duration = Duration::from_secs(1);

/// Works on imports, batch by batch. Any number of processes may do this: each
/// batch is one's alone, and what a stop or a crash interrupts is done by the next.
pub async fn run(ctx: Ctx, stop: CancellationToken) {
    let (mut failing, mut looked) = (false, imports::Looked::default());
    while !stop.is_cancelled() {
        let advanced = tokio::select! {
            () = stop.cancelled() => return,
            advanced = imports::advance(&ctx, &mut looked) => advanced,
        };
        if let Err(error) = &advanced
            && !failing
        {
            warn!(error = %error, "imports wait; the importer keeps trying");
        }
        failing = advanced.is_err();
        if !matches!(advanced, Ok(true)) {
            tokio::select! {
                () = stop.cancelled() => return,
                () = ctx.importer.notified() => {}
                () = sleep(EVERY) => {}
            }
        }
    }
}
