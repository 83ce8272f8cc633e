//! The ledger of a day is closed with one hash, told, and looked at again.

use sqlx::{PgConnection, PgPool};
use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;
use xlcfi_events::append;
use xlcfi_types::calendar::seoul_midnight;

use crate::Ctx;
use crate::convert;
use crate::root::{DayRoot, DayTree};
use crate::store::roots;

/// Postings read at a time.
const BATCH: i64 = 10_000;

/// Days looked at between two reads of the list.
const DAYS: i64 = 100;

/// Closes a day, once.
pub async fn close(ctx: &Ctx, day: Date, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let mut tx = ctx.database.begin().await?;
    let root = compute(&mut tx, day).await?;
    if roots::insert(&mut tx, &root, now).await? {
        // One key for all, so that they come in their order.
        let key = Uuid::new_v5(&Uuid::NAMESPACE_OID, b"points");
        append(&mut tx, key, &convert::root_recorded(&root, now)).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn compute(conn: &mut PgConnection, day: Date) -> Result<DayRoot, sqlx::Error> {
    let begin = seoul_midnight(day);
    let span = (begin, begin + Duration::DAY);
    let (mut tree, mut after) = (DayTree::default(), (span.0, Uuid::nil()));
    loop {
        let postings = roots::postings(conn, span, after, BATCH).await?;
        let Some(last) = postings.last() else {
            return Ok(tree.root(day));
        };
        after = (last.create_time, last.entry_id);
        for posting in &postings {
            tree.push(posting);
        }
    }
}

/// What a look at all closed days found.
#[derive(Debug)]
pub struct Found {
    pub days: i64,
    pub postings: i64,
    pub latest: Option<DayRoot>,
    /// The first day that is not what it was, and how.
    pub broken: Option<(Date, Problem)>,
}

/// How a day is not what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("its postings are not those that were recorded")]
    Changed,
    #[error("it is missing among the days recorded")]
    Missing,
    #[error("what was recorded here is not what was kept elsewhere")]
    NotTheKnown,
}

/// Computes every closed day anew, over one view of the database. `known` was kept
/// elsewhere.
pub async fn verify(pool: &PgPool, known: Option<(Date, xlcfi_tlog::Hash)>) -> Result<Found, sqlx::Error> {
    let mut tx = pool
        .begin_with("begin isolation level repeatable read, read only")
        .await?;
    let mut found = Found {
        days: 0,
        postings: 0,
        latest: None,
        broken: None,
    };
    let mut known = known;
    loop {
        let days = roots::after(&mut tx, found.latest.map(|root| root.day), DAYS).await?;
        if days.is_empty() {
            // A day that was kept and is not here was cut off.
            found.broken = known.map(|(day, _)| (day, Problem::Missing));
            return Ok(found);
        }
        for recorded in days {
            let expected = found.latest.and_then(|root| root.day.next_day());
            let kept = known.take_if(|(day, _)| *day == recorded.day);
            let problem = if let Some(missing) = expected.filter(|day| *day != recorded.day) {
                Some((missing, Problem::Missing))
            } else if compute(&mut tx, recorded.day).await? != recorded {
                Some((recorded.day, Problem::Changed))
            } else {
                kept.filter(|(_, root)| *root != recorded.root)
                    .map(|(day, _)| (day, Problem::NotTheKnown))
            };
            if problem.is_some() {
                found.broken = problem;
                return Ok(found);
            }
            found.days += 1;
            found.postings += recorded.postings;
            found.latest = Some(recorded);
        }
    }
}
