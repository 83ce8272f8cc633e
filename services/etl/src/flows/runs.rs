use time::{Date, Duration};
use xlcfi_errors::{Invalid, OnConstraint as _};
use xlcfi_types::calendar::seoul_date;

use crate::Ctx;
use crate::error::Error;
use crate::job::{Job, Kind};
use crate::run::{Asked, Position, Run, RunId, RunKind, RunState, Trouble, Verdict, judge};
use crate::store::{jobs, prices, records, runs};

/// Days a run of prices goes back beyond what is known: some are mended after they were told.
const LOOK_BACK: Duration = Duration::days(3);
/// Longest backfill.
const LONGEST: Duration = Duration::days(3_660);

/// Starts a run for staff. The same request gives the same run.
pub async fn start(ctx: &Ctx, job: &str, asked: Asked) -> Result<Run, Error> {
    begin(ctx, job, (RunKind::Manual, None), asked).await
}

/// Starts a run for some days. The same request gives the same run.
pub async fn backfill(ctx: &Ctx, job: &str, (from, to): (Date, Date), asked: Asked) -> Result<Run, Error> {
    let wrong = |field: &str, why: &str| Err(Invalid::field(field, why).into());
    if from > to {
        return wrong("to_date", "is before `from_date`");
    }
    if to > seoul_date(ctx.clock.now()) {
        return wrong("to_date", "is in the future");
    }
    if to - from > LONGEST {
        return wrong("from_date", "is more than ten years before `to_date`");
    }
    begin(ctx, job, (RunKind::Backfill, Some((from, to))), asked).await
}

async fn begin(
    ctx: &Ctx,
    name: &str,
    (kind, days): (RunKind, Option<(Date, Date)>),
    asked: Asked,
) -> Result<Run, Error> {
    let job = Job::named(name).ok_or(Error::JobNotFound)?;
    if let Some(run) = runs::find_by_request(ctx.database.pool(), asked).await? {
        return Ok(run);
    }
    if !job.is_set_up(&ctx.config) {
        return Err(Error::JobNotSetUp);
    }
    if days.is_some() && job.kind != Kind::Prices {
        return Err(Error::JobHasNoDays);
    }
    let mut tx = ctx.database.begin().await?;
    let known = jobs::get(&mut *tx, name).await?.ok_or(Error::JobNotFound)?;
    if known.paused {
        return Err(Error::JobPaused);
    }
    let run = new(ctx, job, kind, days);
    let inserted = runs::insert(&mut tx, &run, Some(asked)).await;
    match inserted.on_constraint("run_request_key", || Error::RunTwice) {
        Ok(true) => {}
        Ok(false) => {
            drop(tx);
            let open = runs::find_open(ctx.database.pool(), name).await?;
            return Err(Error::RunUnderWay(open.map(|run| run.run_id)));
        }
        Err(Error::RunTwice) => {
            drop(tx);
            let run = runs::find_by_request(ctx.database.pool(), asked).await?;
            return run.ok_or(Error::RunNotFound);
        }
        Err(error) => return Err(error),
    }
    tx.commit().await?;
    Ok(run)
}

/// Begins the run that the schedule wants; none when there is one already.
pub async fn begin_scheduled(ctx: &Ctx, job: &Job) -> Result<Option<Run>, Error> {
    let run = new(ctx, job, RunKind::Scheduled, None);
    let mut tx = ctx.database.begin().await?;
    jobs::set_next_time(&mut tx, job.name, run.create_time + job.every).await?;
    let inserted = runs::insert(&mut tx, &run, None).await?;
    tx.commit().await?;
    Ok(inserted.then_some(run))
}

fn new(ctx: &Ctx, job: &Job, kind: RunKind, days: Option<(Date, Date)>) -> Run {
    Run {
        run_id: RunId::new(),
        job: job.name.to_owned(),
        kind,
        state: RunState::Running,
        problem: String::new(),
        from_date: days.map(|(from, _)| from),
        to_date: days.map(|(_, to)| to),
        position: None,
        pages_done: 0,
        pages_total: 0,
        calls: 0,
        rows_read: 0,
        rows_new: 0,
        rows_changed: 0,
        rows_quarantined: 0,
        failures: 0,
        create_time: ctx.clock.now(),
        progress_time: None,
        resume_time: None,
        end_time: None,
    }
}

/// Where a run goes on.
pub async fn position(ctx: &Ctx, job: &Job, run: &Run) -> Result<Position, Error> {
    if let Some(position) = &run.position {
        return Ok(position.clone());
    }
    Ok(match (job.kind, run.from_date, run.to_date) {
        (Kind::Prices, Some(next), Some(last)) => Position::Days { next, last },
        (Kind::Prices, ..) => {
            let last = seoul_date(run.create_time);
            let first = last.saturating_sub(ctx.config.first_days());
            let known = prices::latest_date(ctx.database.pool()).await?;
            let next = known.map_or(first, |known| known.saturating_sub(LOOK_BACK).max(first));
            Position::Days {
                next: next.min(last),
                last,
            }
        }
        (Kind::Businesses, ..) => Position::List { next: 0 },
        _ => Position::FIRST_ROW,
    })
}

/// Refuses an answer without rows where there were some: it says that the source is broken, not that all is gone.
pub async fn refuse_emptied(
    ctx: &Ctx,
    job: &Job,
    position: &Position,
    rows: usize,
) -> Result<Option<Trouble>, Error> {
    if rows > 0 || !matches!(position, Position::Rows { next: 1, .. }) {
        return Ok(None);
    }
    let had = records::has_any(ctx.database.pool(), job.name).await?;
    Ok(had.then_some(Trouble::Emptied))
}

/// Lets a run that met trouble wait or fail, as the trouble is.
pub async fn meet(ctx: &Ctx, job: &Job, run: &Run, trouble: &Trouble, calls: u32) -> Result<(), Error> {
    let now = ctx.clock.now();
    let calls = i32::try_from(calls).unwrap_or(i32::MAX);
    let problem = trouble.to_string();
    let verdict = judge(trouble, run.failures + 1, now);
    let (state, resume) = match verdict {
        Verdict::Wait(until) => (RunState::Waiting, Some(until)),
        Verdict::Fail | Verdict::FailAndPause => (RunState::Failed, None),
    };
    let mut tx = ctx.database.begin().await?;
    jobs::count_calls(&mut tx, job.name, seoul_date(now), calls).await?;
    runs::stop(&mut tx, run.run_id, state, &problem, calls, (now, resume)).await?;
    if verdict == Verdict::FailAndPause {
        jobs::set_paused(&mut *tx, job.name, true, &problem).await?;
    }
    tx.commit().await?;
    metrics::counter!("etl.troubles", "job" => job.name).increment(1);
    match state {
        RunState::Failed => tracing::error!(job = job.name, problem, "a run failed; what it took in stays"),
        _ => tracing::warn!(job = job.name, problem, resume = ?resume, "a run waits"),
    }
    Ok(())
}

/// Ends a run; ended by this before, it stays so.
pub async fn cancel(ctx: &Ctx, id: RunId) -> Result<Run, Error> {
    let mut tx = ctx.database.begin().await?;
    let now = ctx.clock.now();
    let stopped = runs::stop(&mut tx, id, RunState::Cancelled, "", 0, (now, None)).await?;
    let run = runs::get(&mut *tx, id).await?.ok_or(Error::RunNotFound)?;
    if !stopped && run.state != RunState::Cancelled {
        return Err(Error::RunEnded);
    }
    tx.commit().await?;
    Ok(run)
}
