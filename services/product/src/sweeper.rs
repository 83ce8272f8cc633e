use std::time::Duration;

use time::Date;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::Ctx;
use crate::flows::orders;
use crate::lot::seoul_date;

const EVERY: Duration = Duration::from_secs(2);

/// Gives back what overdue reservations hold, and once a day looks for products
/// that ran out of unexpired lots. Any number of processes may do this.
pub async fn run(ctx: Ctx, stop: CancellationToken) {
    let (mut settled, mut failing) = (None, false);
    loop {
        let swept = sweep(&ctx, &mut settled).await;
        if let Err(error) = &swept
            && !failing
        {
            warn!(error = %error, "overdue reservations wait; the sweeper keeps trying");
        }
        failing = swept.is_err();
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(EVERY) => {}
        }
    }
}

async fn sweep(ctx: &Ctx, settled: &mut Option<Date>) -> Result<(), sqlx::Error> {
    orders::expire(ctx).await?;
    let today = seoul_date(ctx.clock.now());
    if *settled != Some(today) {
        orders::settle_expired_lots(ctx).await?;
        *settled = Some(today);
    }
    Ok(())
}
