use std::time::Duration;

use time::Date;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use xlcfi_types::calendar::seoul_date;

use crate::Ctx;
use crate::error::Error;
use crate::flows::{imports, orders, popularity, prices};

const EVERY: Duration = Duration::from_secs(2);

/// Gives back what overdue reservations hold, tells of prices that begin or end, and
/// once a day looks for products whose lots came too near their last day, for what
/// was ordered often lately, and for old imports. Any number of processes may do this.
pub async fn run(ctx: Ctx, stop: CancellationToken) {
    let (mut settled, mut failing) = (None, false);
    loop {
        let swept = sweep(&ctx, &mut settled).await;
        if let Err(error) = &swept
            && !failing
        {
            warn!(error = %error, "overdue work waits; the sweeper keeps trying");
        }
        failing = swept.is_err();
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(EVERY) => {}
        }
    }
}

async fn sweep(ctx: &Ctx, settled: &mut Option<Date>) -> Result<(), Error> {
    orders::expire(ctx).await?;
    prices::tell_changes(ctx).await?;
    let today = seoul_date(ctx.clock.now());
    if *settled != Some(today) {
        orders::settle_aged_lots(ctx).await?;
        popularity::count(ctx).await?;
        imports::forget(ctx).await?;
        *settled = Some(today);
    }
    Ok(())
}
