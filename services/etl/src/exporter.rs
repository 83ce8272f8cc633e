//! Writes every service's events to Parquet files in the object store, each event to one. One process does it.

use std::time::Duration;

use futures::StreamExt as _;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use xlcfi_events::{Extent, Failure, Followed, Lease, Stream};

use crate::Ctx;
use crate::events_file;
use crate::store::exports::{self, Export};

/// Whose events are exported.
pub const SERVICES: [&str; 13] = [
    "admin",
    "ai",
    "auth",
    "blockchain",
    "etl",
    "image",
    "market",
    "member",
    "order",
    "payment",
    "product",
    "recommendation",
    "review",
];
/// Most events of a file.
const MOST_EVENTS: usize = 10_000;
/// Most bytes of bodies in a file.
const MOST_BYTES: usize = 32 << 20;
/// How long to wait for the next of the events that are there.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a lease is renewed.
const RENEW: Duration = Duration::from_secs(2);

/// Works every so often until `stop`; never when that is zero.
pub async fn run(ctx: Ctx, stop: CancellationToken) {
    let every = Duration::from_secs(ctx.config.export_seconds);
    if every.is_zero() {
        return;
    }
    let lease = Lease::new(ctx.database.pool().clone(), "etl/export");
    let mut failing = false;
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => break,
            () = sleep(every) => {}
        }
        let exported = tokio::select! {
            () = stop.cancelled() => break,
            exported = export_alone(&ctx, &lease) => exported,
        };
        if let Err(failure) = &exported
            && !failing
        {
            tracing::error!(error = %failure, "events are not exported; it is tried again");
        }
        failing = exported.is_err();
    }
    // When the database is away the lease runs out by itself.
    let _ = lease.release().await;
}

async fn export_alone(ctx: &Ctx, lease: &Lease) -> Result<(), Failure> {
    if !lease.hold().await? {
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
    let all = async {
        for service in SERVICES {
            while export_some(ctx, service, lease).await? {}
        }
        Ok(())
    };
    tokio::select! {
        exported = all => exported,
        () = kept => Ok(()),
    }
}

/// Writes the next file of a service's events; false when there is none to write.
async fn export_some(ctx: &Ctx, service: &'static str, lease: &Lease) -> Result<bool, Failure> {
    let stream = Stream::events(service);
    let extent = ctx.bus.extent(&stream).await.map_err(Failure::retry)?;
    let after = exports::position(ctx.database.pool(), service, &extent.identity).await?;
    if after > 0 && extent.first > after + 1 {
        tracing::error!(
            service,
            after,
            first = extent.first,
            "events were gone before they were exported"
        );
    }
    if extent.last <= after {
        return Ok(false);
    }
    let events = read(ctx, &stream, after, extent.last).await?;
    let (Some(first), Some(last)) = (events.first(), events.last()) else {
        return Ok(false);
    };
    let position = |told: &Followed| i64::try_from(told.position).unwrap_or(i64::MAX);
    let (first_position, last_position) = (position(first), position(last));
    let times = events
        .iter()
        .filter_map(|told| events_file::time(told.message.id));
    let (first_time, last_time) = (times.clone().min(), times.max());
    let event_count = i64::try_from(events.len()).unwrap_or(i64::MAX);
    let file = tokio::task::spawn_blocking(move || events_file::write(&events)).await;
    let file = file.map_err(Failure::retry)?.map_err(Failure::retry)?;
    let byte_count = i64::try_from(file.len()).unwrap_or(i64::MAX);
    // Named by its beginning: written again after a crash it takes the place of the one before.
    let path = ctx
        .archive
        .keep_events(service, &name(&extent, first_position), file)
        .await
        .map_err(Failure::retry)?;
    let export = Export {
        export_id: Uuid::now_v7(),
        service: service.to_owned(),
        path,
        event_count,
        byte_count,
        first_position,
        last_position,
        create_time: ctx.clock.now(),
        first_time,
        last_time,
    };
    let mut tx = ctx.database.begin().await?;
    if !lease.guard(&mut tx).await? {
        return Ok(false);
    }
    exports::insert(&mut tx, &export, &extent.identity).await?;
    tx.commit().await?;
    metrics::counter!("etl.exported", "service" => service).increment(event_count.unsigned_abs());
    Ok(export.last_position < i64::try_from(extent.last).unwrap_or(i64::MAX))
}

fn name(extent: &Extent, first: i64) -> String {
    format!("{}-{first:012}.parquet", extent.identity)
}

/// Events after a position, up to the last that is there or as many as a file takes.
async fn read(ctx: &Ctx, stream: &Stream, after: u64, last: u64) -> Result<Vec<Followed>, Failure> {
    let told = ctx.bus.follow(stream, after).await.map_err(Failure::retry)?;
    let mut told = std::pin::pin!(told);
    let (mut events, mut bytes): (Vec<Followed>, usize) = (Vec::new(), 0);
    while events.len() < MOST_EVENTS && bytes < MOST_BYTES {
        let Ok(Some(next)) = timeout(PATIENCE, told.next()).await else {
            break;
        };
        let next = next.map_err(Failure::retry)?;
        bytes += next.message.body.len();
        let position = next.position;
        // Over a reconnect some may come again.
        if events.last().is_none_or(|known| known.position < position) {
            events.push(next);
        }
        if position >= last {
            break;
        }
    }
    Ok(events)
}
