//! What happened to lots. Locks are taken in the order: an order, the links of a seller,
//! lots by their ids, and last the keys of events.

pub mod declare;
pub mod facts;
pub mod record;
pub mod sensor;

use sqlx::PgConnection;
use xlcfi_errors::Fault;

use crate::epcis;
use crate::event::{Edge, Event};
use crate::store::log::{self, Kind};
use crate::store::trace::{edges, events, lots};

/// Keeps an event of lots that are there and locked: what it does to their quantities,
/// how it links them, and its canonical words for the log. One that is there already
/// changes nothing.
async fn keep(conn: &mut PgConnection, event: &Event, links: &[Edge]) -> Result<(), Fault> {
    if !events::insert(conn, event).await? {
        return Ok(());
    }
    lots::change(conn, &event.lots, 1).await?;
    edges::insert(conn, links).await?;
    let body = epcis::canonical(&epcis::event(event))?;
    log::append(conn, event.event_id, Kind::TraceEvent, &body, event.record_time).await?;
    Ok(())
}
