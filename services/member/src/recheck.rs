//! Asks the tax office every night about all businesses, and sooner about those it did
//! not answer for. One process does it.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};
use xlcfi_events::{Failure, Lease};

use crate::Ctx;
use crate::business::{Standing, next_check};
use crate::flows::businesses;
use crate::nts::{MOST, Nts};
use crate::store::businesses as store;

/// How often to look whether something is due.
const LOOK: Duration = Duration::from_secs(1);

/// Works until `stop`; there is nothing to do while no tax office is set up.
pub async fn run(ctx: Ctx, stop: CancellationToken) {
    let Some(nts) = ctx.nts.clone() else { return };
    let lease = Lease::new(ctx.database.pool().clone(), "member-recheck");
    let mut failing = false;
    while !stop.is_cancelled() {
        let checked = tokio::select! {
            () = stop.cancelled() => return,
            checked = check_what_is_due(&ctx, &nts, &lease) => checked,
        };
        if let Err(failure) = &checked
            && !failing
        {
            error!(error = %failure, "businesses cannot be checked; it is tried again");
        }
        failing = checked.is_err();
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(LOOK) => {}
        }
    }
}

async fn check_what_is_due(ctx: &Ctx, nts: &Nts, lease: &Lease) -> Result<(), Failure> {
    let (pool, most) = (ctx.database.pool(), i64::try_from(MOST).unwrap_or(i64::MAX));
    loop {
        let now = ctx.clock.now();
        let due = store::due(pool, now, most).await?;
        if due.is_empty() || !lease.hold().await? {
            return Ok(());
        }
        let numbers: Vec<_> = due.iter().map(|due| due.number).collect();
        let said = match nts.ask(&numbers).await {
            Ok(said) => said,
            Err(trouble) => {
                let failures = due.iter().map(|due| due.failures).max().unwrap_or(0);
                let next = next_check(Standing::Unknown, failures, now);
                warn!(error = %trouble, %next, "businesses were not checked; they are asked about again");
                store::postpone_all(pool, now, next).await?;
                return Ok(());
            }
        };
        for due in due {
            match said.get(&due.number).copied().unwrap_or(Standing::Unknown) {
                Standing::Unknown => {
                    let next = next_check(Standing::Unknown, due.failures, now);
                    store::postpone(pool, due.member_id, next).await?;
                }
                standing => businesses::set_standing(ctx, due.member_id, due.number, standing).await?,
            }
        }
    }
}
