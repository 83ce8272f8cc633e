//! Gives entries their places and signs the tree. Any number of processes may do this.

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::Ctx;
use crate::flows::log;

/// Works until `stop`.
pub async fn run(ctx: Ctx, stop: CancellationToken) {
    if ctx.log.signer.is_none() {
        warn!("BLOCKCHAIN_LOG_KEY is not set: the log grows and nothing of it is signed");
    }
    let (mut failing, batch) = (false, usize::try_from(ctx.log.batch).unwrap_or(usize::MAX));
    loop {
        let took = tokio::select! {
            () = stop.cancelled() => return,
            took = log::take_turn(&ctx) => took,
        };
        if let Err(error) = &took
            && !failing
        {
            let cause = std::error::Error::source(error).map(ToString::to_string);
            error!(error = %error, cause, "entries of the log wait; the sequencer keeps trying");
        }
        failing = took.is_err();
        metrics::gauge!("log.stopped").set(if failing { 1.0 } else { 0.0 });
        if took.is_ok_and(|turn| turn.placed >= batch) {
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(ctx.log.poll) => {}
        }
    }
}
