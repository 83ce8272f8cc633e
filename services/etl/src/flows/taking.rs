use std::collections::BTreeMap;

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_events::append_each;

use crate::convert;
use crate::job::{Job, Kind};
use crate::price::Price;
use crate::recall::Notice;
use crate::row::{Fields, Read};
use crate::store::{Taken, notices, prices, quarantine, records};

/// A good row by what names it; each once.
pub type Good = BTreeMap<String, (Fields, Read)>;

/// How many rows were new, and how many other than known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Count {
    pub new: i64,
    pub changed: i64,
}

/// Takes good rows in and tells what became known by them.
pub async fn take(
    conn: &mut PgConnection,
    job: &Job,
    good: &Good,
    now: OffsetDateTime,
) -> Result<Count, sqlx::Error> {
    if good.is_empty() {
        return Ok(Count::default());
    }
    let names: Vec<String> = good.keys().cloned().collect();
    quarantine::release_keys(conn, job.name, &names, now).await?;
    let taken = match job.kind {
        Kind::Prices => take_prices(conn, good, now).await?,
        _ => {
            let rows: Vec<(&str, &Fields)> = good
                .iter()
                .map(|(name, (fields, _))| (name.as_str(), fields))
                .collect();
            let taken = records::upsert(conn, job.name, &rows, now).await?;
            take_notices(conn, good, now).await?;
            taken
        }
    };
    let count = |ids: &[Uuid]| i64::try_from(ids.len()).unwrap_or(i64::MAX);
    Ok(Count {
        new: count(&taken.new),
        changed: count(&taken.changed),
    })
}

async fn take_notices(conn: &mut PgConnection, good: &Good, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let told = good.values().filter_map(|(_, read)| match read {
        Read::Recall(notice) => Some(notice),
        _ => None,
    });
    let told: Vec<&Notice> = told.collect();
    if told.is_empty() {
        return Ok(());
    }
    let taken = notices::upsert(conn, &told, now).await?;
    let fresh = told.into_iter().filter(|notice| taken.has(notice.id()));
    let events: Vec<_> = fresh
        .map(|notice| (notice.id(), convert::recall_notice(notice, now)))
        .collect();
    append_each(conn, &events).await
}

async fn take_prices(
    conn: &mut PgConnection,
    good: &Good,
    now: OffsetDateTime,
) -> Result<Taken, sqlx::Error> {
    let told = good.values().filter_map(|(_, read)| match read {
        Read::Price(price) => Some((price.id(), price)),
        _ => None,
    });
    // The same price may be named in two ways.
    let told: BTreeMap<Uuid, &Price> = told.collect();
    let all: Vec<&Price> = told.values().copied().collect();
    let taken = prices::upsert(conn, &all, now).await?;
    let mut by_item: BTreeMap<Uuid, Vec<&Price>> = BTreeMap::new();
    for id in taken.new.iter().chain(&taken.changed) {
        if let Some(price) = told.get(id) {
            by_item.entry(price.item_key()).or_default().push(price);
        }
    }
    let events = by_item.into_iter().map(|(key, mut prices)| {
        prices.sort_by_key(|price| price.date);
        (key, convert::prices_surveyed(&prices, now))
    });
    append_each(conn, &events.collect::<Vec<_>>()).await?;
    Ok(taken)
}
