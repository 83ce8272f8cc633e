use std::collections::BTreeMap;

use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_events::Failure;

use crate::series::Subject;
use crate::store::{prices, series};

/// A price as it was surveyed.
#[derive(Debug)]
pub struct Surveyed {
    pub subject: Subject,
    pub date: Date,
    pub price: i64,
}

/// Prices became known, or others than were known.
pub async fn surveyed(
    conn: &mut PgConnection,
    told: Vec<Surveyed>,
    now: OffsetDateTime,
) -> Result<(), Failure> {
    let mut subjects: BTreeMap<Uuid, Subject> = BTreeMap::new();
    let mut dated: BTreeMap<(Uuid, Date), i64> = BTreeMap::new();
    for one in told {
        let id = one.subject.id();
        dated.insert((id, one.date), one.price);
        subjects.insert(id, one.subject);
    }
    series::lock(conn, &subjects, now).await?;
    let dated: Vec<prices::Dated> = dated
        .into_iter()
        .map(|((id, date), price)| (id, date, price))
        .collect();
    let changed = prices::keep(conn, &dated).await?;
    Ok(series::changed(conn, &changed).await?)
}
