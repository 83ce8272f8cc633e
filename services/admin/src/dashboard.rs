//! How the platform stands.

use std::time::Duration;

use futures::Stream;
use time::Date;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use xlcfi_types::calendar::seoul_date;

use crate::Ctx;
use crate::error::Error;
use crate::store;

/// Days of sales.
const DAYS: i64 = 30;
/// How long a saga may take where no buyer is waited for.
const STUCK: time::Duration = time::Duration::minutes(10);
/// How often it is looked at at most.
const BREATH: Duration = Duration::from_millis(500);
/// How often it is looked at without being told.
const EVERY: Duration = Duration::from_secs(5);

/// How the platform stands, as far as it was told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dashboard {
    pub orders: Vec<(String, i64)>,
    pub sales: Vec<DaySales>,
    pub payments: Vec<(String, i64)>,
    pub sold_out: i64,
    pub recalled_lots: i64,
    pub refunds_in_review: i64,
    pub refunds_in_review_won: i64,
    pub reviews_in_moderation: i64,
    pub proposals: i64,
    pub stuck_orders: i64,
    pub campaigns: i64,
    pub parked_messages: i64,
}

/// What a day sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaySales {
    /// In Seoul.
    pub day: Date,
    pub orders: i64,
    pub won: i64,
    pub cancelled: i64,
    pub cancelled_won: i64,
}

/// It, as it is now.
///
/// # Errors
/// The database does not answer.
pub async fn look(ctx: &Ctx) -> Result<Dashboard, Error> {
    let now = ctx.clock.now();
    let since = seoul_date(now - time::Duration::days(DAYS - 1));
    Ok(store::known::dashboard(ctx.database.pool(), now, since, now - STUCK).await?)
}

/// What watchers of this process see. It is looked at once for all of them, while
/// there are any.
#[derive(Debug, Clone)]
pub struct Board {
    seen: watch::Sender<Option<Dashboard>>,
    stop: CancellationToken,
}

impl Board {
    pub fn new(stop: CancellationToken) -> Self {
        Self {
            seen: watch::Sender::new(None),
            stop,
        }
    }

    /// Looks again after something was applied, until `stop`. Other processes' changes
    /// are seen a little later.
    pub async fn run(self, ctx: Ctx, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = timeout(EVERY, ctx.changed.notified()) => {}
            }
            if self.seen.receiver_count() > 0
                && let Ok(now) = look(&ctx).await
            {
                self.seen.send_if_modified(|before| {
                    let changed = before.as_ref() != Some(&now);
                    *before = Some(now);
                    changed
                });
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(BREATH) => {}
            }
        }
    }

    /// It as it is, then after each change.
    pub fn watch(&self, ctx: Ctx) -> impl Stream<Item = Result<Dashboard, Error>> + Send + use<> {
        let (changes, stop) = (self.seen.subscribe(), self.stop.clone());
        // Whoever begins sees what is, not what others saw last.
        let begun = (None, changes, stop, ctx);
        futures::stream::unfold(Some(begun), |watching| async move {
            let (last, mut changes, stop, ctx): (
                Option<Dashboard>,
                watch::Receiver<_>,
                CancellationToken,
                Ctx,
            ) = watching?;
            let Some(last) = last else {
                return match look(&ctx).await {
                    Ok(now) => Some((Ok(now.clone()), Some((Some(now), changes, stop, ctx)))),
                    Err(error) => Some((Err(error), None)),
                };
            };
            loop {
                tokio::select! {
                    // The client reconnects.
                    () = stop.cancelled() => return None,
                    changed = changes.changed() => changed.ok()?,
                }
                let now = changes.borrow_and_update().clone();
                if let Some(now) = now.filter(|now| *now != last) {
                    return Some((Ok(now.clone()), Some((Some(now), changes, stop, ctx))));
                }
            }
        })
    }
}
