//! Temperatures, and who must be told of them.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::Fault;
use xlcfi_events::{append, append_to};

use super::keep;
use super::record::{begin, lock_own, observed};
use crate::Ctx;
use crate::cold_chain::{ColdChain, assess};
use crate::convert::trace_responses as convert;
use crate::error::Error;
use crate::event::{Event, Requested, Sensor, is_future};
use crate::lot::{MemberId, TracedLot};
use crate::reading::{Batch, Reading};
use crate::store::trace::readings;

/// Records what a sensor told of a lot: the event, the lot, and how cold it was in all.
pub async fn record(
    ctx: &Ctx,
    seller_id: MemberId,
    lot_id: Uuid,
    sensor_id: String,
    told: &[Reading],
    request: Requested,
) -> Result<(Event, TracedLot, ColdChain), Error> {
    let now = ctx.clock.now();
    let (Some(first), Some(last)) = (told.first(), told.last()) else {
        return Err(Fault::bug("no readings came through the contract's rules").into());
    };
    if is_future(last.time, now) {
        return Err(Error::EventInFuture);
    }
    let mut tx = ctx.database.begin().await?;
    let before = begin(&mut tx, seller_id, request).await?;
    let mut known = lock_own(&mut tx, seller_id, &[lot_id]).await?;
    let lot = known.remove(&lot_id).ok_or(Error::LotNotFound(Some(lot_id)))?;
    if let Some(event) = before {
        let chain = chain(&mut tx, &lot).await?;
        return Ok((event, lot, chain));
    }
    let batch = Batch::pack(sensor_id, told);
    let degrees = || told.iter().map(|reading| i32::from(reading.centi));
    let sensor = Sensor {
        sensor_id: batch.sensor_id.clone(),
        readings: i32::try_from(told.len()).map_err(Fault::bug)?,
        first_time: first.time,
        last_time: last.time,
        lowest: degrees().min().unwrap_or_default(),
        highest: degrees().max().unwrap_or_default(),
        digest: Some(batch.digest()),
    };
    let event = Event {
        event_time: last.time,
        sensor: Some(sensor.clone()),
        ..observed(seller_id, &lot, "sensor_reporting", request, now)
    };
    keep(&mut tx, &event, &[]).await?;
    readings::insert(&mut tx, event.event_id, lot_id, &batch, &sensor).await?;
    let chain = chain(&mut tx, &lot).await?;
    tell(ctx, &mut tx, &lot, &chain, now).await?;
    tx.commit().await?;
    Ok((event, lot, chain))
}

async fn chain(conn: &mut PgConnection, lot: &TracedLot) -> Result<ColdChain, Error> {
    let limits = lot.storage.ok_or(Error::StorageNotTold)?.limits();
    let batches = readings::of_lot(conn, lot.lot_id.uuid()).await?;
    Ok(assess(limits, &batches))
}

/// Tells the seller when a locked lot was too warm or too cold for too long, and again
/// each time that doubles.
async fn tell(
    ctx: &Ctx,
    conn: &mut PgConnection,
    lot: &TracedLot,
    chain: &ColdChain,
    now: OffsetDateTime,
) -> Result<(), Error> {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "whole minutes of a lot's life fit"
    )]
    let minutes = chain.excursion_minutes as i64;
    let told = readings::told(conn, lot.lot_id.uuid()).await?;
    let limit = told.map_or(ctx.excursion_minutes.into(), |told| (2 * told).max(1));
    let Some(worst) = chain.worst.filter(|_| minutes >= limit) else {
        return Ok(());
    };
    readings::set_told(conn, lot.lot_id.uuid(), minutes, now).await?;
    let notice = convert::excursion_notice(lot, minutes, worst);
    append_to(conn, "member", lot.seller_id.uuid(), &notice).await?;
    let fact = convert::excursion_found(lot, minutes, worst, chain.life_cut_minutes, now);
    append(conn, lot.lot_id.uuid(), &fact).await?;
    Ok(())
}
