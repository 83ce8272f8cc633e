//! Closes each day of each PG some hours after its midnight, and looks again at days
//! that differ.

use time::{Date, Duration, OffsetDateTime};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};
use xlcfi_types::calendar::{seoul_date, seoul_midnight};

use crate::Ctx;
use crate::error::Error;
use crate::flows::reconcile;
use crate::store::reconciliations;

/// How often a day that differs is looked at again.
const AGAIN: Duration = Duration::hours(1);

/// Works until `stop`.
pub async fn run(ctx: Ctx, stop: CancellationToken) {
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => {}
            () = close_what_is_due(&ctx) => {}
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(ctx.limits.closing_wait) => {}
        }
    }
}

async fn close_what_is_due(ctx: &Ctx) {
    let now = ctx.clock.now();
    let Some(last) = last_day(now, ctx.reconcile_at) else {
        return;
    };
    for provider in ctx.providers.iter().copied() {
        let name = provider.into_str();
        let due = match reconciliations::due(ctx.database.pool(), provider, last, now - AGAIN).await {
            Ok(due) => due,
            Err(error) => {
                warn!(error = %error, "the days to close cannot be read");
                return;
            }
        };
        for day in due {
            match reconcile::run(ctx, provider, day).await {
                // Another process has it, or the PG will be asked again.
                Ok(_) | Err(Error::ReconciliationRunning | Error::PgUnavailable) => {}
                Err(error) => {
                    error!(pg = name, %day, error = %error, cause = ?error, "a day could not be closed; it is tried again");
                }
            }
        }
    }
}

/// The latest day that is to be closed: yesterday from `hour` on, before that the one
/// before.
fn last_day(now: OffsetDateTime, hour: u8) -> Option<Date> {
    let today = seoul_date(now);
    let yesterday = today.previous_day()?;
    match now >= seoul_midnight(today) + Duration::hours(hour.into()) {
        true => Some(yesterday),
        false => yesterday.previous_day(),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn yesterday_is_closed_from_the_hour_on() {
        let at = |now| last_day(now, 5);
        assert_eq!(at(datetime!(2026-03-01 04:59 +9)), Some(date!(2026 - 02 - 27)));
        assert_eq!(at(datetime!(2026-03-01 05:00 +9)), Some(date!(2026 - 02 - 28)));
    }
}
