//! One worker for each job. Any number of processes may have them; the one that holds the job's lease works, and when it
//! dies another goes on after the last page that was taken in.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use xlcfi_events::Lease;
use xlcfi_types::calendar::seoul_date;

use crate::Ctx;
use crate::error::Error;
use crate::flows::pages::{self, Outcome};
use crate::flows::runs as flow;
use crate::job::Job;
use crate::run::{Run, RunState, Trouble};
use crate::sources::{Budget, Page};
use crate::store::{jobs, runs};

/// How often a lease is renewed; it lasts twice as long and more.
const RENEW: Duration = Duration::from_secs(2);

/// Works until `stop`; there is nothing to do while the job's source is not set up.
pub async fn run(ctx: Ctx, job: &'static Job, stop: CancellationToken) {
    if !job.is_set_up(&ctx.config) {
        return;
    }
    let lease = Lease::new(ctx.database.pool().clone(), format!("etl/{}", job.name));
    let look = Duration::from_millis(ctx.config.look_milliseconds);
    let mut failing = false;
    while !stop.is_cancelled() {
        let worked = tokio::select! {
            () = stop.cancelled() => break,
            worked = work_alone(&ctx, job, &lease) => worked,
        };
        if let Err(error) = &worked
            && !failing
        {
            tracing::error!(job = job.name, error = %error, "a job cannot work; it is tried again");
        }
        failing = worked.is_err();
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(look) => {}
        }
    }
    // When the database is away the lease runs out by itself.
    let _ = lease.release().await;
}

/// Works while the lease is held.
async fn work_alone(ctx: &Ctx, job: &'static Job, lease: &Lease) -> Result<(), Error> {
    if !has_work(ctx, job).await? || !lease.hold().await? {
        return Ok(());
    }
    let kept = async {
        loop {
            sleep(RENEW).await;
            if !matches!(lease.hold().await, Ok(true)) {
                return;
            }
        }
    };
    tokio::select! {
        worked = work(ctx, job, lease) => worked,
        () = kept => Ok(()),
    }
}

async fn has_work(ctx: &Ctx, job: &Job) -> Result<bool, Error> {
    let Some(known) = jobs::get(ctx.database.pool(), job.name).await? else {
        return Ok(false);
    };
    Ok(!known.paused && (known.open_run_id.is_some() || known.next_time <= ctx.clock.now()))
}

async fn is_due(ctx: &Ctx, job: &Job) -> Result<bool, Error> {
    let known = jobs::get(ctx.database.pool(), job.name).await?;
    Ok(known.is_some_and(|known| !known.paused && known.next_time <= ctx.clock.now()))
}

/// Takes in page after page of the open run, or of a new one that is due.
async fn work(ctx: &Ctx, job: &'static Job, lease: &Lease) -> Result<(), Error> {
    let mut next = match runs::find_open(ctx.database.pool(), job.name).await? {
        Some(run) => Some(run),
        // Another process may have ended the run since somebody looked.
        None if is_due(ctx, job).await? => flow::begin_scheduled(ctx, job).await?,
        None => None,
    };
    while let Some(run) = next {
        let rests =
            run.state == RunState::Waiting && run.resume_time.is_some_and(|time| time > ctx.clock.now());
        if rests || !step(ctx, job, &run, lease).await? {
            return Ok(());
        }
        let known = jobs::get(ctx.database.pool(), job.name).await?;
        next = match known {
            Some(known) if !known.paused => runs::find_open(ctx.database.pool(), job.name).await?,
            _ => None,
        };
    }
    Ok(())
}

/// Takes one page in; whether the run goes on at once.
async fn step(ctx: &Ctx, job: &'static Job, run: &Run, lease: &Lease) -> Result<bool, Error> {
    let budget = budget(ctx, job).await?;
    let trouble = match page(ctx, job, run, &budget).await? {
        Ok(page) => {
            let mut page = page;
            match ctx.archive.keep(run, std::mem::take(&mut page.raw)).await {
                Ok(kept) => {
                    let outcome = pages::take(ctx, job, run, page, &kept, budget.made(), lease).await?;
                    if outcome == Outcome::Done {
                        tracing::info!(job = job.name, pages = run.pages_done + 1, "a run is done");
                    }
                    return Ok(outcome == Outcome::GoesOn);
                }
                Err(trouble) => trouble,
            }
        }
        Err(trouble) => trouble,
    };
    flow::meet(ctx, job, run, &trouble, budget.made()).await?;
    Ok(false)
}

/// What may be called yet today.
async fn budget(ctx: &Ctx, job: &Job) -> Result<Budget, Error> {
    let most = job.daily_calls(&ctx.config);
    let known = jobs::get(ctx.database.pool(), job.name).await?;
    let today = seoul_date(ctx.clock.now());
    let made = known
        .filter(|known| known.calls_day == today)
        .map_or(0, |known| known.calls_today);
    Ok(Budget::of(most.saturating_sub(made.unsigned_abs())))
}

async fn page(ctx: &Ctx, job: &Job, run: &Run, budget: &Budget) -> Result<Result<Page, Trouble>, Error> {
    let position = flow::position(ctx, job, run).await?;
    let page = match ctx.sources.fetch(job, &position, budget).await {
        Ok(page) => page,
        Err(trouble) => return Ok(Err(trouble)),
    };
    let emptied = flow::refuse_emptied(ctx, job, &position, page.rows.len()).await?;
    Ok(emptied.map_or(Ok(page), Err))
}
