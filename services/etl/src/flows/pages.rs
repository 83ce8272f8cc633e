use xlcfi_events::Lease;
use xlcfi_types::calendar::seoul_date;

use super::taking::{self, Good};
use crate::Ctx;
use crate::archive::Kept;
use crate::error::Error;
use crate::job::Job;
use crate::row::{self, Bad, Fields, Read};
use crate::run::Run;
use crate::sources::Page;
use crate::store::quarantine::BadRow;
use crate::store::{jobs, quarantine, runs};

/// What taking a page in came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    GoesOn,
    Done,
    /// Somebody else took the page in, or ended the run.
    Lost,
}

/// Takes a page in: its rows, what they tell, those that are bad, where the run goes on, all or nothing.
pub async fn take(
    ctx: &Ctx,
    job: &Job,
    run: &Run,
    page: Page,
    kept: &Kept,
    calls: u32,
    lease: &Lease,
) -> Result<Outcome, Error> {
    let now = ctx.clock.now();
    let calls = i32::try_from(calls).unwrap_or(i32::MAX);
    let count = |rows: usize| i64::try_from(rows).unwrap_or(i64::MAX);
    let rows_read = count(page.rows.len());
    let (good, bad) = sort(job, page.rows);
    let bad: Vec<BadRow<'_>> = bad
        .iter()
        .map(|(fields, name, bad)| (fields, name.as_deref(), bad))
        .collect();

    let mut tx = ctx.database.begin().await?;
    if !lease.guard(&mut tx).await? {
        return Ok(Outcome::Lost);
    }
    jobs::count_calls(&mut tx, job.name, seoul_date(now), calls).await?;
    let taken = taking::take(&mut tx, job, &good, now).await?;
    let quarantined = quarantine::insert(&mut tx, (job.name, run.run_id), &bad, now).await?;
    let progress = runs::Progress {
        pages_total: i32::try_from(page.pages_total)
            .unwrap_or(i32::MAX)
            .max(run.pages_done + 1),
        position: page.next,
        calls,
        rows_read,
        rows_new: taken.new,
        rows_changed: taken.changed,
        rows_quarantined: quarantined,
    };
    if !runs::progress(&mut tx, run, &progress, now).await? {
        return Ok(Outcome::Lost);
    }
    runs::insert_raw(&mut tx, run, kept, now).await?;
    let done = progress.position.is_none();
    if done {
        jobs::set_done(&mut tx, job.name, now).await?;
    }
    tx.commit().await?;
    let counted = |kind: &'static str, rows: i64| {
        metrics::counter!("etl.rows", "job" => job.name, "kind" => kind).increment(rows.unsigned_abs());
    };
    counted("new", taken.new);
    counted("changed", taken.changed);
    counted("quarantined", quarantined);
    Ok(if done { Outcome::Done } else { Outcome::GoesOn })
}

/// Good rows, each once, and bad ones with what names them.
fn sort(job: &Job, rows: Vec<Fields>) -> (Good, Vec<(Fields, Option<String>, Bad)>) {
    let (mut good, mut bad) = (Good::new(), Vec::new());
    for fields in rows {
        let name = row::name(job, &fields);
        match (row::read(job, &fields), name) {
            (Ok(Read::Nothing), _) => {}
            // Rows that moved to the next page come again with it.
            (Ok(read), Some(name)) => drop(good.entry(name).or_insert((fields, read))),
            (Ok(_), None) => bad.push((
                fields,
                None,
                (row::Flaw::KeyMissing, "nothing names it".to_owned()),
            )),
            (Err(flaw), name) => bad.push((fields, name, flaw)),
        }
    }
    (good, bad)
}
