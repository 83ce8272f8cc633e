//! What is done every night at three o'clock in Korea, by one process: grades from the
//! purchases of the last 90 days, points that expire, warnings of those that soon will,
//! the roots of days that are over, notifications that were kept long enough.

use std::time::Duration;

use time::{Date, OffsetDateTime};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};
use uuid::Uuid;
use xlcfi_events::{Failure, Lease};

use crate::Ctx;
use crate::calendar::night_due;
use crate::flows::{benefits, notifications, roots};
use crate::grade::{self, Grade};
use crate::lot::WARNING;
use crate::notification::{KEPT, KEPT_READ};
use crate::store::{self, lots, nights};

/// How often to look whether the night has begun.
const LOOK: Duration = Duration::from_secs(1);
/// Members looked at between two renewals of the lease.
const BATCH: i64 = 100;

/// Works until `stop`.
pub async fn run(ctx: Ctx, stop: CancellationToken) {
    let lease = Lease::new(ctx.database.pool().clone(), "member-night");
    let mut failing = false;
    while !stop.is_cancelled() {
        let worked = tokio::select! {
            () = stop.cancelled() => return,
            worked = work(&ctx, &lease) => worked,
        };
        if let Err(failure) = &worked
            && !failing
        {
            error!(error = %failure, "the nightly work failed; it is tried again");
        }
        failing = worked.is_err();
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(LOOK) => {}
        }
    }
}

async fn work(ctx: &Ctx, lease: &Lease) -> Result<(), Failure> {
    let (now, pool) = (ctx.clock.now(), ctx.database.pool());
    let Some(day) = night_due(now) else { return Ok(()) };
    if nights::is_done(pool, day).await? || !lease.hold().await? {
        return Ok(());
    }
    // All of it may be begun again: what is done already is not found any more.
    if grades(ctx, lease, now).await?
        && expiry(ctx, lease, now).await?
        && warnings(ctx, lease, now).await?
        && close_days(ctx, lease, day, now).await?
        && retention(ctx, lease, now).await?
    {
        nights::insert(pool, day).await?;
        info!(%day, "the nightly work is done");
    }
    lease.release().await?;
    Ok(())
}

/// False when another process has the lease by now.
async fn grades(ctx: &Ctx, lease: &Lease, now: OffsetDateTime) -> Result<bool, Failure> {
    let (mut after, since) = (Uuid::nil(), grade::window_start(now));
    loop {
        let members = nights::purchased(ctx.database.pool(), after, since, BATCH).await?;
        let Some(last) = members.last() else {
            return Ok(true);
        };
        after = last.member_id.uuid();
        for member in members {
            let reached = Grade::of(member.won);
            if reached != member.grade {
                benefits::set_grade(ctx, member.member_id, member.grade, reached, now).await?;
            }
        }
        if !lease.hold().await? {
            return Ok(false);
        }
    }
}

async fn expiry(ctx: &Ctx, lease: &Lease, now: OffsetDateTime) -> Result<bool, Failure> {
    let mut after = Uuid::nil();
    loop {
        let members = lots::members_expired(ctx.database.pool(), after, now, BATCH).await?;
        let Some(last) = members.last() else {
            return Ok(true);
        };
        after = *last;
        for member_id in members {
            benefits::expire(ctx, member_id.into(), now).await?;
        }
        if !lease.hold().await? {
            return Ok(false);
        }
    }
}

async fn warnings(ctx: &Ctx, lease: &Lease, now: OffsetDateTime) -> Result<bool, Failure> {
    let mut after = Uuid::nil();
    loop {
        let members = lots::members_to_warn(ctx.database.pool(), after, now + WARNING, BATCH).await?;
        let Some(last) = members.last() else {
            return Ok(true);
        };
        after = *last;
        for member_id in members {
            benefits::warn(ctx, member_id.into(), now).await?;
        }
        if !lease.hold().await? {
            return Ok(false);
        }
    }
}

/// Closes the days before `day` that are not: the one before at the first time.
async fn close_days(ctx: &Ctx, lease: &Lease, day: Date, now: OffsetDateTime) -> Result<bool, Failure> {
    let latest = store::roots::latest_day(ctx.database.pool()).await?;
    let mut next = match latest {
        Some(latest) => latest.next_day(),
        None => day.previous_day(),
    };
    while let Some(closed) = next.filter(|next| *next < day) {
        roots::close(ctx, closed, now).await?;
        if !lease.hold().await? {
            return Ok(false);
        }
        next = closed.next_day();
    }
    Ok(true)
}

async fn retention(ctx: &Ctx, lease: &Lease, now: OffsetDateTime) -> Result<bool, Failure> {
    let mut after = Uuid::nil();
    loop {
        let (db, read_before, made_before) = (ctx.database.pool(), now - KEPT_READ, now - KEPT);
        let members = store::notifications::members_over(db, after, read_before, made_before, BATCH).await?;
        let Some(last) = members.last() else {
            return Ok(true);
        };
        after = *last;
        for member_id in members {
            notifications::tidy(ctx, member_id.into(), now).await?;
        }
        if !lease.hold().await? {
            return Ok(false);
        }
    }
}
