//! What sellers tell of their lots.

use std::collections::{HashMap, HashSet};

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::keep;
use crate::Ctx;
use crate::error::Error;
use crate::event::{Action, Certificate, Effect, Event, EventLot, Kind, Requested, Role, Typed, is_future};
use crate::genealogy::{self, Part};
use crate::lot::{MemberId, TracedLot};
use crate::store::trace::{edges, events, lots};

/// What a seller says happened.
#[derive(Debug)]
pub struct Wanted {
    pub request: Requested,
    pub event_time: OffsetDateTime,
    pub offset_minutes: i16,
    pub biz_step: String,
    pub disposition: Option<String>,
    pub read_point: String,
    pub biz_location: String,
    pub biz_transactions: Vec<Typed>,
    pub sources: Vec<Typed>,
    pub destinations: Vec<Typed>,
    pub certificates: Vec<Certificate>,
    pub what: What,
}

/// To which lots. New ones have what they begin with as what entered them.
#[derive(Debug)]
pub enum What {
    Begins {
        new: Vec<TracedLot>,
        more: Vec<Part>,
    },
    Seen(Vec<Part>),
    Ends(Vec<Part>),
    Held {
        action: Action,
        parent: String,
        children: Vec<Part>,
    },
    Became {
        inputs: Vec<Part>,
        outputs: Vec<Part>,
        new: Vec<TracedLot>,
    },
    Traded(Action, Vec<Part>),
}

/// Records an event of lots of the seller; a repeated request finds the event it made.
pub async fn record(ctx: &Ctx, seller_id: MemberId, wanted: Wanted) -> Result<Event, Error> {
    let now = ctx.clock.now();
    if is_future(wanted.event_time, now) {
        return Err(Error::EventInFuture);
    }
    let mut tx = ctx.database.begin().await?;
    if let Some(before) = begin(&mut tx, seller_id, wanted.request).await? {
        return Ok(before);
    }
    let known = own(&mut tx, seller_id, &wanted.what).await?;
    let event_id = Uuid::now_v7();
    let time = wanted.event_time;
    let mut event = Event {
        event_id,
        seller_id,
        kind: Kind::Object,
        action: None,
        event_time: time,
        offset_minutes: wanted.offset_minutes,
        record_time: now,
        biz_step: wanted.biz_step,
        disposition: wanted.disposition,
        read_point: wanted.read_point,
        biz_location: wanted.biz_location,
        parent: String::new(),
        lots: Vec::new(),
        order_id: None,
        biz_transactions: wanted.biz_transactions,
        sources: wanted.sources,
        destinations: wanted.destinations,
        certificates: wanted.certificates,
        sensor: None,
        request: Some(wanted.request),
        error: None,
    };
    let mut links = Vec::new();
    match wanted.what {
        What::Begins { new, more } => {
            event.action = Some(Action::Add);
            let more = more
                .iter()
                .map(|part| genealogy::grow(&known[&part.lot_id.uuid()], *part, time));
            event.lots = more.collect::<Result<_, _>>()?;
            event
                .lots
                .extend(begun(&mut tx, new, seller_id, time, Role::Object, now).await?);
        }
        What::Seen(parts) => {
            event.action = Some(Action::Observe);
            event.lots = seen(&known, &parts, time)?;
        }
        What::Ends(parts) => {
            event.action = Some(Action::Delete);
            let gone = parts
                .iter()
                .map(|part| genealogy::take(&known[&part.lot_id.uuid()], *part, Role::Object, time));
            event.lots = gone.collect::<Result<_, _>>()?;
        }
        What::Held {
            action,
            parent,
            children,
        } => {
            (event.kind, event.action, event.parent) = (Kind::Aggregation, Some(action), parent);
            event.lots = seen(&known, &children, time)?;
            for lot in &mut event.lots {
                lot.role = Role::Child;
            }
        }
        What::Traded(action, parts) => {
            (event.kind, event.action) = (Kind::Transaction, Some(action));
            event.lots = seen(&known, &parts, time)?;
        }
        What::Became { inputs, outputs, new } => {
            event.kind = Kind::Transformation;
            let went = inputs
                .iter()
                .map(|part| genealogy::take(&known[&part.lot_id.uuid()], *part, Role::Input, time));
            let went: Vec<EventLot> = went.collect::<Result<_, _>>()?;
            let came = outputs
                .iter()
                .map(|part| genealogy::give(&known[&part.lot_id.uuid()], *part, time));
            let mut came: Vec<EventLot> = came.collect::<Result<_, _>>()?;
            genealogy::acyclic(&went, &ancestors(&mut tx, &inputs, &outputs).await?, &came)?;
            came.extend(begun(&mut tx, new, seller_id, time, Role::Output, now).await?);
            genealogy::yields(&went, &came)?;
            links = genealogy::edges(event_id, &went, &came, time);
            event.lots = went.into_iter().chain(came).collect();
        }
    }
    // As they are read again.
    event.lots.sort_by_key(|lot| (<&str>::from(lot.role), lot.lot_id));
    keep(&mut tx, &event, &links).await?;
    tx.commit().await?;
    Ok(event)
}

/// Takes the turn of the seller, and finds what the request made before.
pub(super) async fn begin(
    conn: &mut PgConnection,
    seller_id: MemberId,
    request: Requested,
) -> Result<Option<Event>, Error> {
    lots::lock_links(conn, seller_id).await?;
    match events::find_by_request(conn, seller_id, request.request_id).await? {
        None => Ok(None),
        Some((event_id, digest)) if digest == request.digest => Ok(events::get(conn, event_id).await?),
        Some(_) => Err(Error::RequestIdReused),
    }
}

/// Locks the lots that are named; all are there and the seller's.
async fn own(
    conn: &mut PgConnection,
    seller_id: MemberId,
    what: &What,
) -> Result<HashMap<Uuid, TracedLot>, Error> {
    let parts: Vec<&Part> = match what {
        What::Begins { more, .. } => more.iter().collect(),
        What::Seen(parts) | What::Ends(parts) | What::Traded(_, parts) => parts.iter().collect(),
        What::Held { children, .. } => children.iter().collect(),
        What::Became { inputs, outputs, .. } => inputs.iter().chain(outputs).collect(),
    };
    let ids: Vec<Uuid> = parts.iter().map(|part| part.lot_id.uuid()).collect();
    lock_own(conn, seller_id, &ids).await
}

/// Locks lots; all are there and the seller's.
pub(super) async fn lock_own(
    conn: &mut PgConnection,
    seller_id: MemberId,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, TracedLot>, Error> {
    let known = lots::lock(conn, ids).await?.into_iter();
    let known = known.filter(|lot| lot.seller_id == seller_id);
    let known: HashMap<Uuid, TracedLot> = known.map(|lot| (lot.lot_id.uuid(), lot)).collect();
    match ids.iter().find(|id| !known.contains_key(*id)) {
        Some(id) => Err(Error::LotNotFound(Some(*id))),
        None => Ok(known),
    }
}

fn seen(
    known: &HashMap<Uuid, TracedLot>,
    parts: &[Part],
    time: OffsetDateTime,
) -> Result<Vec<EventLot>, Error> {
    let seen = parts
        .iter()
        .map(|part| genealogy::observe(&known[&part.lot_id.uuid()], *part, time));
    Ok(seen.collect::<Result<_, _>>()?)
}

/// Adds lots that begin.
async fn begun(
    conn: &mut PgConnection,
    new: Vec<TracedLot>,
    seller_id: MemberId,
    time: OffsetDateTime,
    role: Role,
    now: OffsetDateTime,
) -> Result<Vec<EventLot>, Error> {
    let mut begun = Vec::with_capacity(new.len());
    for lot in new {
        let lot = TracedLot {
            seller_id,
            begin_time: time,
            explained: if role == Role::Output { lot.entered } else { 0 },
            ..lot
        };
        if !lots::insert(conn, &lot, now).await? {
            return Err(Error::LotExists(lot.lot_id.uuid()));
        }
        begun.push(genealogy::begin(&lot, role));
    }
    Ok(begun)
}

/// What the inputs came from. New outputs are in no circle, so it is asked only when
/// there are others.
async fn ancestors(
    conn: &mut PgConnection,
    inputs: &[Part],
    outputs: &[Part],
) -> Result<HashSet<xlcfi_types::Id<TracedLot>>, Error> {
    if outputs.is_empty() {
        return Ok(HashSet::new());
    }
    let ids: Vec<Uuid> = inputs.iter().map(|part| part.lot_id.uuid()).collect();
    Ok(edges::ancestors(conn, &ids).await?)
}

/// Records a paper about a lot, as it is now.
pub async fn certify(
    ctx: &Ctx,
    seller_id: MemberId,
    lot_id: Uuid,
    certificate: Certificate,
    failed: bool,
    request: Requested,
) -> Result<Event, Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    if let Some(before) = begin(&mut tx, seller_id, request).await? {
        return Ok(before);
    }
    let known = lock_own(&mut tx, seller_id, &[lot_id]).await?;
    let disposition = if failed { "non_conformant" } else { "conformant" };
    let event = Event {
        disposition: Some(disposition.into()),
        certificates: vec![certificate],
        ..observed(seller_id, &known[&lot_id], "inspecting", request, now)
    };
    keep(&mut tx, &event, &[]).await?;
    tx.commit().await?;
    Ok(event)
}

/// An event in which a lot as a whole is seen now, in Korea.
pub(super) fn observed(
    seller_id: MemberId,
    lot: &TracedLot,
    biz_step: &str,
    request: Requested,
    now: OffsetDateTime,
) -> Event {
    Event {
        event_id: Uuid::now_v7(),
        seller_id,
        kind: Kind::Object,
        action: Some(Action::Observe),
        event_time: now,
        offset_minutes: 9 * 60,
        record_time: now,
        biz_step: biz_step.into(),
        disposition: None,
        read_point: String::new(),
        biz_location: String::new(),
        parent: String::new(),
        lots: vec![EventLot::of(lot, Role::Object, None).with(Effect::default())],
        order_id: None,
        biz_transactions: Vec::new(),
        sources: Vec::new(),
        destinations: Vec::new(),
        certificates: Vec::new(),
        sensor: None,
        request: Some(request),
        error: None,
    }
}
