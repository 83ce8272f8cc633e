//! Forgets what no longer matters, and replaces what is old.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::Ctx;
use crate::attempt::{LONGEST_LOCK, WINDOW};
use crate::device::KNOWN;
use crate::keys::LISTED;
use crate::store::{attempts, challenges, clients, devices, keys, locks, mail_tokens, sessions, tokens};

/// Time between two sweeps.
const PAUSE: Duration = Duration::from_secs(10 * 60);

/// How long an ended session is remembered, so that ending it again is no error.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

/// Rows forgotten in one statement.
const BATCH: i64 = 1_000;

/// Sweeps now and then until `stop`.
pub async fn run(ctx: Ctx, stop: CancellationToken) {
    loop {
        if let Some(Err(error)) = stop.run_until_cancelled(sweep(&ctx)).await {
            warn!(error = %error, "old rows not removed; the next sweep tries again");
        }
        if let Some(Err(error)) = stop.run_until_cancelled(ctx.rotate_key_when_old()).await {
            warn!(error = %error, "the signing key is old and was not rotated");
        }
        if stop
            .run_until_cancelled(tokio::time::sleep(PAUSE))
            .await
            .is_none()
        {
            return;
        }
    }
}

/// One sweep.
///
/// # Errors
/// The database refused.
pub async fn sweep(ctx: &Ctx) -> Result<(), sqlx::Error> {
    let (pool, now) = (ctx.database.pool(), ctx.clock.now());
    let whole = |deleted: u64| deleted == BATCH.unsigned_abs();
    while whole(attempts::delete_old(pool, now - WINDOW, BATCH).await?) {}
    while whole(locks::delete_old(pool, now - LONGEST_LOCK, BATCH).await?) {}
    while whole(challenges::delete_old(pool, now, BATCH).await?) {}
    // A token counts against its account's mails for longer than it may be good.
    while whole(mail_tokens::delete_old(pool, now - REMEMBERED, BATCH).await?) {}
    while whole(devices::delete_old(pool, now - KNOWN, BATCH).await?) {}
    while whole(clients::delete_old(pool, now, BATCH).await?) {}
    while whole(tokens::delete_old(pool, now, BATCH).await?) {}
    while whole(sessions::delete_old(pool, now - REMEMBERED, BATCH).await?) {}
    keys::delete_old(pool, now - LISTED).await?;
    Ok(())
}
