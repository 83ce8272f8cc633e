//! Does what is due: payments the PG has to be asked about, those not paid in
//! time, webhooks, checkouts to close, methods the PG is to forget.

use std::time::Duration;

use futures::future::join_all;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, error, info_span, warn};

use crate::flows::told;
use crate::pg::PgState;
use crate::store::checkouts::{self, Open};
use crate::store::queue::{self, Removed};
use crate::store::{methods, webhooks};
use crate::{Ctx, flows, work};

/// Payments worked on at one time; below the bulkhead, which buyers share.
const AT_ONCE: usize = 8;
/// New work is told before its transaction has committed, so a worker that was
/// woken looks again after ever longer pauses.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Webhooks followed at one time, and how long they are left to who follows them: a
/// second who does harms nobody.
const MOST_HINTS: i64 = 8;
const HINT_LEASE: Duration = Duration::from_secs(15);

/// How often what may wait is looked for, and how long one attempt has.
const TIDY_EVERY: Duration = Duration::from_secs(2);
const TIDY_LEASE: Duration = Duration::from_secs(60);
/// How often old webhooks are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(3_600);

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

/// Tidies up at the PGs until `stop`: forgets removed methods, closes checkouts
/// nobody is to pay by, forgets old webhooks.
pub async fn tidy(ctx: Ctx, stop: CancellationToken) {
    let mut forget_next = Instant::now();
    while !stop.is_cancelled() {
        if Instant::now() >= forget_next {
            forget_next += FORGET_EVERY;
            if let Err(error) = webhooks::forget_old(ctx.database.pool()).await {
                warn!(error = %error, "old webhooks could not be forgotten");
            }
        }
        match queue::claim_removed(ctx.database.pool(), 10, TIDY_LEASE).await {
            Ok(removed) => {
                for method in removed {
                    forget_one(&ctx, method).await;
                }
            }
            Err(error) => warn!(error = %error, "methods to forget cannot be read"),
        }
        match checkouts::claim(ctx.database.pool(), 10, TIDY_LEASE).await {
            Ok(open) => {
                for open in open {
                    close_one(&ctx, open).await;
                }
            }
            Err(error) => warn!(error = %error, "checkouts to close cannot be read"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(TIDY_EVERY) => {}
        }
    }
}

/// What was paid just before it was closed is money that came too late.
async fn close_one(ctx: &Ctx, open: Open) {
    let pg = ctx.pgs.of(open.provider);
    let told = async {
        pg.close(&open.payment_key).await?;
        pg.get(&open.payment_key).await
    };
    let paid = match told.await {
        Ok(found) => found.filter(|pg| pg.state == PgState::Captured),
        Err(failure) => {
            warn!(order.id = %open.order_id, error = %failure, "the PG did not close a checkout; it is asked again");
            return;
        }
    };
    if let Some(pg) = paid
        && let Err(error) = told::told(ctx, open.order_id, open.provider, &pg).await
    {
        error!(order.id = %open.order_id, error = %error, "what was paid late could not be booked; it is tried again");
        return;
    }
    if let Err(error) = checkouts::closed(ctx.database.pool(), open.checkout_id).await {
        warn!(order.id = %open.order_id, error = %error, "a closed checkout could not be booked");
    }
}

/// Asks the PGs about what their webhooks hinted at, until `stop`.
pub async fn listen(ctx: Ctx, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match webhooks::claim(ctx.database.pool(), MOST_HINTS, HINT_LEASE).await {
            Ok(hints) if hints.is_empty() => {}
            Ok(hints) => {
                join_all(hints.iter().map(|hint| follow(&ctx, hint))).await;
                continue;
            }
            Err(error) => warn!(error = %error, "webhooks cannot be read"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = ctx.heard.notified() => {}
            () = sleep(TIDY_EVERY) => {}
        }
    }
}

async fn follow(ctx: &Ctx, hint: &webhooks::Hint) {
    if let Err(error) = flows::webhooks::follow(ctx, hint).await {
        error!(webhook.id = %hint.webhook_id, error = %error, cause = ?error, "a webhook could not be followed; it is tried again");
    }
}

async fn forget_one(ctx: &Ctx, method: Removed) {
    if let Err(failure) = ctx.pgs.of(method.provider).forget(&method.billing_key).await {
        warn!(method.id = %method.payment_method_id, error = %failure, "the PG did not forget a method; it is asked again");
        return;
    }
    if let Err(error) = methods::erase(ctx.database.pool(), method.payment_method_id).await {
        warn!(method.id = %method.payment_method_id, error = %error, "a forgotten method could not be erased");
    }
}
