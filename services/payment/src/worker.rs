//! Does what is due: payments the PG has to be asked about, those not paid in
//! time, methods the PG is to forget.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, error, info_span, warn};

use crate::Ctx;
use crate::store::methods;
use crate::store::queue::{self, Removed};
use crate::toss::{Failure, Meaning};
use crate::work;

/// Payments worked on at one time; below the bulkhead, which buyers share.
const AT_ONCE: usize = 8;
/// New work is told before its transaction has committed, so a worker that was
/// woken looks again after ever longer pauses.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// How often methods to forget are looked for, and how long one attempt has.
const FORGET_EVERY: Duration = Duration::from_secs(2);
const FORGET_LEASE: Duration = Duration::from_secs(60);

/// Works until `stop`; then what is at hand is finished.
pub async fn run(ctx: Ctx, stop: CancellationToken) {
    let mut tasks = JoinSet::new();
    let mut pause = SHORTEST_PAUSE;
    let mut failing = false;
    while !stop.is_cancelled() {
        match claim(&ctx, &mut tasks).await {
            Ok(0) => failing = false,
            Ok(_) => {
                failing = false;
                pause = SHORTEST_PAUSE;
                continue;
            }
            Err(error) => {
                if !failing {
                    warn!(error = %error, "the queue cannot be read; the worker keeps trying");
                }
                failing = true;
            }
        }
        let full = tasks.len() >= AT_ONCE;
        tokio::select! {
            () = stop.cancelled() => {}
            () = ctx.wake.notified(), if !full => pause = SHORTEST_PAUSE,
            _ = tasks.join_next(), if !tasks.is_empty() => {}
            () = sleep(pause), if !full => pause = (pause * 2).min(LONGEST_PAUSE),
        }
    }
    while tasks.join_next().await.is_some() {}
}

/// Begins what is due, as far as there is room. Says how many were begun.
async fn claim(ctx: &Ctx, tasks: &mut JoinSet<()>) -> Result<usize, xlcfi_errors::Fault> {
    let room = i64::try_from(AT_ONCE - tasks.len()).unwrap_or(0);
    if room == 0 {
        return Ok(0);
    }
    let due = queue::claim(ctx.database.pool(), room, ctx.lease()).await?;
    let begun = due.len();
    for due in due {
        let ctx = ctx.clone();
        let span = info_span!("payment", order.id = %due.order_id);
        let task = async move {
            if let Err(error) = work::perform(&ctx, due).await {
                // Its lease runs out, then it is taken again.
                error!(error = %error, cause = ?error, "a payment could not be worked on");
            }
        };
        tasks.spawn(task.instrument(span));
    }
    Ok(begun)
}

/// Has the PG forget removed methods until `stop`.
pub async fn forget(ctx: Ctx, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match queue::claim_removed(ctx.database.pool(), 10, FORGET_LEASE).await {
            Ok(removed) => {
                for method in removed {
                    forget_one(&ctx, method).await;
                }
            }
            Err(error) => warn!(error = %error, "methods to forget cannot be read"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(FORGET_EVERY) => {}
        }
    }
}

async fn forget_one(ctx: &Ctx, method: Removed) {
    match ctx.toss.forget(&method.billing_key).await {
        Ok(())
        | Err(Failure::Refused {
            meaning: Meaning::NoMethod,
            ..
        }) => {}
        Err(failure) => {
            warn!(method.id = %method.payment_method_id, error = %failure, "the PG did not forget a method; it is asked again");
            return;
        }
    }
    if let Err(error) = methods::erase(ctx.database.pool(), method.payment_method_id).await {
        warn!(method.id = %method.payment_method_id, error = %error, "a forgotten method could not be erased");
    }
}
