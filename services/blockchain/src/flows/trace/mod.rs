//! What happened to lots. Locks are taken in the order: an order, the links of a seller,
//! lots by their ids, and last the keys of events.

pub mod declare;
pub mod facts;
pub mod record;
pub mod sensor;

use sqlx::PgConnection;
use uuid::Uuid;
use xlcfi_errors::Fault;

use crate::epcis;
use crate::event::{Edge, Event};
use crate::store::log::{self, Kind};
use crate::store::trace::{edges, events, lots};

/// Keeps an event of lots that are there and locked: what it does to their quantities,
/// how it links them, and its canonical words for the log, for everybody. One that is
/// there already changes nothing.
async fn keep(conn: &mut PgConnection, event: &Event, links: &[Edge]) -> Result<(), Fault> {
    keep_for(conn, event, links, None).await
}

/// The same, with words that only this member and staff may read in the log.
async fn keep_for(
    conn: &mut PgConnection,
    event: &Event,
    links: &[Edge],
    reader_id: Option<Uuid>,
) -> Result<(), Fault> {
    if !events::insert(conn, event).await? {
        return Ok(());
    }
    lots::change(conn, &event.lots, 1).await?;
    edges::insert(conn, links).await?;
    let body = epcis::canonical(&epcis::event(event))?;
    let (entry_id, now) = (event.event_id, event.record_time);
    log::append_for(conn, entry_id, Kind::TraceEvent, &body, reader_id, now).await?;
    Ok(())
}
