//! What is read of lots, and by whom.

use std::collections::HashMap;

use sqlx::PgPool;
use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;
use xlcfi_contracts::blockchain::v1::LinkedLot;
use xlcfi_errors::{Fault, Invalid};
use xlcfi_types::{Id, Page};

use crate::Ctx;
use crate::cold_chain::{ColdChain, assess};
use crate::convert::trace_responses as say;
use crate::epcis;
use crate::error::Error;
use crate::event::Event;
use crate::lot::{Storage, TracedLot};
use crate::order::Order;
use crate::store::trace::{events, lots, orders, readings};
use crate::story::{Direction, Reader, spans};
use crate::walk::walk;

/// Steps back a story goes.
const STORY_STEPS: i32 = 10;
/// Most events of a document, and bytes of it: what a message holds, with room.
const MOST_EVENTS: i64 = 2_000;
const MOST_BYTES: usize = (4 << 20) - 4_096;
/// Before anything was recorded.
const BEGINNING: OffsetDateTime = datetime!(0001-01-01 00:00 UTC);

/// A lot to walk from.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub lot_id: Uuid,
    pub depth: i32,
    pub reader: Reader,
}

/// A lot, and one more than the page of what happened to it and to what it came from.
pub async fn story(
    pool: &PgPool,
    lot_id: Uuid,
    reader: Reader,
    page: &Page,
) -> Result<(TracedLot, Vec<Event>), Error> {
    let lot = get(pool, lot_id).await?;
    let after = page
        .after
        .map_or((BEGINNING, Uuid::nil()), |token| (token.time, token.id));
    let told = told(pool, &lot, reader, after, page.fetch_limit()).await?;
    Ok((lot, told))
}

async fn told(
    pool: &PgPool,
    lot: &TracedLot,
    reader: Reader,
    after: (OffsetDateTime, Uuid),
    limit: i64,
) -> Result<Vec<Event>, Error> {
    let found = walk(pool, &[lot.lot_id], Direction::Backward, STORY_STEPS).await?;
    Ok(events::story(pool, &spans(&found), reader, after, limit).await?)
}

/// The events of a lot's story as an EPCIS document, canonical.
pub async fn export(
    ctx: &Ctx,
    lot_id: Uuid,
    reader: Reader,
    (from, to): (Option<OffsetDateTime>, Option<OffsetDateTime>),
) -> Result<Vec<u8>, Error> {
    let pool = ctx.database.pool();
    let lot = get(pool, lot_id).await?;
    let after = (from.unwrap_or(BEGINNING), Uuid::nil());
    let told = told(pool, &lot, reader, after, MOST_EVENTS + 1).await?;
    let told: Vec<Event> = told
        .into_iter()
        .filter(|event| to.is_none_or(|to| event.event_time < to))
        .collect();
    if i64::try_from(told.len()).is_ok_and(|told| told > MOST_EVENTS) {
        return Err(Error::ExportTooLarge);
    }
    let ids: Vec<Uuid> = told.iter().map(|event| event.event_id).collect();
    let mut said = Vec::with_capacity(ids.len());
    for (event_id, body) in events::bodies(pool, &ids).await? {
        let mut value: serde_json::Value = serde_json::from_slice(&body).map_err(Fault::bug)?;
        let event = told.iter().find(|event| event.event_id == event_id);
        if let Some(wrong) = event.and_then(|event| event.error.as_ref()) {
            value = epcis::declared(Some(&body), event_id, wrong)?;
        }
        said.push(value);
    }
    let data = epcis::canonical(&epcis::document(said, ctx.clock.now()))?;
    if data.len() > MOST_BYTES {
        return Err(Error::ExportTooLarge);
    }
    Ok(data)
}

/// A page of the lots linked to one, the nearest first, and the token of the next.
pub async fn linked(
    pool: &PgPool,
    asked: Asked,
    direction: Direction,
    page_size: i32,
    page_token: &str,
) -> Result<(Vec<LinkedLot>, String), Error> {
    let size = usize::try_from(page_size)
        .ok()
        .filter(|size| *size > 0)
        .unwrap_or(20);
    let after = place(page_token)?;
    let lot = readable(pool, asked).await?;
    let found = walk(pool, &[lot.lot_id], direction, asked.depth).await?;
    let rest = found
        .iter()
        .filter(|one| after.is_none_or(|after| (one.depth, one.lot_id.uuid()) > after));
    let mut page: Vec<_> = rest.take(size + 1).collect();
    let more = page.len() > size;
    page.truncate(size);
    let ids: Vec<Uuid> = page.iter().map(|one| one.lot_id.uuid()).collect();
    let known: HashMap<Id<TracedLot>, TracedLot> = lots::find(pool, &ids)
        .await?
        .into_iter()
        .map(|lot| (lot.lot_id, lot))
        .collect();
    let next = page.last().filter(|_| more);
    let next = next.map(|last| format!("{:x}-{}", last.depth, last.lot_id.uuid().simple()));
    let linked = page.iter().filter_map(|one| {
        let lot = known.get(&one.lot_id)?;
        Some(say::linked_lot(lot, one.depth, &one.links))
    });
    Ok((linked.collect(), next.unwrap_or_default()))
}

/// A page of what orders have of a lot or of what it became, and the token of the next.
pub async fn orders(
    pool: &PgPool,
    asked: Asked,
    page_size: i32,
    page_token: &str,
) -> Result<(Vec<Order>, String), Error> {
    let size = usize::try_from(page_size)
        .ok()
        .filter(|size| *size > 0)
        .unwrap_or(20);
    let after = match page_token {
        "" => (Uuid::nil(), Uuid::nil()),
        token => pair(token).ok_or_else(wrong_token)?,
    };
    let lot = readable(pool, asked).await?;
    let found = walk(pool, &[lot.lot_id], Direction::Forward, asked.depth).await?;
    let ids: Vec<Uuid> = found.iter().map(|one| one.lot_id.uuid()).collect();
    let limit = i64::try_from(size + 1).map_err(Fault::bug)?;
    let mut lines = orders::of_lots(pool, &ids, after, limit, true).await?;
    let more = lines.len() > size;
    lines.truncate(size);
    let next = lines.last().filter(|_| more);
    let next = next.map(|last| format!("{}-{}", last.order_id.simple(), last.lot_id.simple()));
    Ok((lines, next.unwrap_or_default()))
}

/// How cold a lot was.
pub async fn cold_chain(pool: &PgPool, lot_id: Uuid) -> Result<(TracedLot, Storage, ColdChain), Error> {
    let lot = get(pool, lot_id).await?;
    let storage = lot.storage.ok_or(Error::StorageNotTold)?;
    let chain = assess(storage.limits(), &readings::of_lot(pool, lot_id).await?);
    Ok((lot, storage, chain))
}

async fn get(pool: &PgPool, lot_id: Uuid) -> Result<TracedLot, Error> {
    let found = lots::find(pool, &[lot_id]).await?.pop();
    found.ok_or(Error::LotNotFound(None))
}

/// A lot whose links its reader may see: their own, of staff any.
async fn readable(pool: &PgPool, asked: Asked) -> Result<TracedLot, Error> {
    let lot = get(pool, asked.lot_id).await?;
    if asked.reader.is_staff() || asked.reader.member() == Some(lot.seller_id) {
        Ok(lot)
    } else {
        Err(Error::LotNotFound(None))
    }
}

/// The place a token of linked lots stands for; `None` is before the first.
fn place(token: &str) -> Result<Option<(i32, Uuid)>, Error> {
    if token.is_empty() {
        return Ok(None);
    }
    let read = || {
        let (depth, id) = token.split_once('-')?;
        Some((i32::from_str_radix(depth, 16).ok()?, id.parse().ok()?))
    };
    read().map(Some).ok_or_else(wrong_token)
}

fn pair(token: &str) -> Option<(Uuid, Uuid)> {
    let (first, second) = token.split_once('-')?;
    Some((first.parse().ok()?, second.parse().ok()?))
}

fn wrong_token() -> Error {
    Invalid::field(
        "page_token",
        "not a page token of this list; leave it empty for the first page",
    )
    .into()
}
