use xlcfi_types::calendar::seoul_date;

use crate::Ctx;
use crate::error::Error;
use crate::job::{JOBS, Job};
use crate::store::{jobs, runs};

/// Lets every job be known to the database.
pub async fn ensure(ctx: &Ctx) -> Result<(), sqlx::Error> {
    let now = ctx.clock.now();
    let names: Vec<String> = JOBS.iter().map(|job| job.name.to_owned()).collect();
    jobs::ensure(ctx.database.pool(), &names, now, seoul_date(now)).await
}

/// Pauses a job.
pub async fn pause(ctx: &Ctx, name: &str, reason: &str) -> Result<&'static Job, Error> {
    let job = Job::named(name).ok_or(Error::JobNotFound)?;
    jobs::set_paused(ctx.database.pool(), name, true, reason).await?;
    Ok(job)
}

/// Lets a job go on, and its run that waits.
pub async fn resume(ctx: &Ctx, name: &str) -> Result<&'static Job, Error> {
    let job = Job::named(name).ok_or(Error::JobNotFound)?;
    let mut tx = ctx.database.begin().await?;
    jobs::set_paused(&mut *tx, name, false, "").await?;
    runs::wake(&mut *tx, name).await?;
    tx.commit().await?;
    Ok(job)
}
