use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use xlcfi_events::Lease;

use crate::Ctx;
use crate::flows::audit;

/// How often to look at the head.
const EVERY: Duration = Duration::from_secs(1);

/// Tells the head of the audit log until `stop`. One process does it.
pub async fn run(ctx: Ctx, stop: CancellationToken) {
    let lease = Lease::new(ctx.database.pool().clone(), "admin-audit-head");
    let mut failing = false;
    loop {
        let told = tokio::select! {
            () = stop.cancelled() => return,
            told = tell(&ctx, &lease) => told,
        };
        if let Err(error) = &told
            && !failing
        {
            warn!(error = %error, "the head of the audit log is not told; it is tried again");
        }
        failing = told.is_err();
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(EVERY) => {}
        }
    }
}

async fn tell(ctx: &Ctx, lease: &Lease) -> Result<(), sqlx::Error> {
    if lease.hold().await? {
        audit::tell_head(ctx).await?;
    }
    Ok(())
}
