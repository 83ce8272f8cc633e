//! What product and order tell becomes events by itself. They are facts: none of it is
//! refused, and what cannot be yet is tried again.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::Fault;
use xlcfi_events::Failure;
use xlcfi_types::Id;

use super::{keep, keep_for};
use crate::event::{Action, Effect, Event, EventLot, Kind, Role, Typed};
use crate::fact::{Lots, Received, Sold, SoldKind};
use crate::genealogy;
use crate::lot::{MemberId, TracedLot};
use crate::order::{Line, Step, Tracked};
use crate::store::trace::{lots, orders};

/// Korea, where all of these happen.
const KOREA: i16 = 9 * 60;

/// Goods came in, or were split off another lot.
pub async fn received(conn: &mut PgConnection, fact: Received, now: OffsetDateTime) -> Result<(), Failure> {
    let mut lot = fact.lot;
    let from: Vec<Uuid> = lot.split_from.into_iter().map(Id::uuid).collect();
    // One that came in before anybody listened has no story to go on with.
    let parent = lots::lock(conn, &from).await?.pop();
    lot.split_from = parent.as_ref().map(|parent| parent.lot_id);
    if !lots::insert(conn, &lot, now).await? {
        return Ok(());
    }
    let begun = genealogy::begin(&lot, Role::Output);
    let mut event = platform(fact.message_id, lot.seller_id, fact.time, now);
    event.biz_location = place(fact.warehouse_id);
    event.read_point = event.biz_location.clone();
    event.certificates = fact.certificates;
    let Some(parent) = parent else {
        event.biz_step = "receiving".into();
        event.disposition = Some("in_progress".into());
        event.lots = vec![EventLot {
            role: Role::Object,
            ..begun
        }];
        return keep(conn, &event, &[]).await.map_err(failure);
    };
    event.kind = Kind::Transformation;
    event.action = None;
    event.biz_step = if fact.moved { "transporting" } else { "repackaging" }.into();
    let part = EventLot::of(&parent, Role::Input, Some(lot.entered)).with(Effect::taken(lot.entered));
    let output = EventLot {
        effect: Effect {
            explained: lot.entered,
            ..begun.effect
        },
        ..begun
    };
    let links = genealogy::edges(
        event.event_id,
        std::slice::from_ref(&part),
        std::slice::from_ref(&output),
        fact.time,
    );
    event.lots = vec![part, output];
    keep(conn, &event, &links).await.map_err(failure)
}

/// Something became of lots that are there: moved, held, adjusted, disposed of. Lots
/// that came in before anybody listened are passed over.
pub async fn changed(conn: &mut PgConnection, fact: Lots, now: OffsetDateTime) -> Result<(), Failure> {
    let known = lots::lock(conn, &fact.lot_ids).await?;
    let Some(seller_id) = known.first().map(|lot| lot.seller_id) else {
        return Ok(());
    };
    let mut event = platform(fact.message_id, seller_id, fact.time, now);
    event.action = Some(fact.action);
    event.biz_step = fact.biz_step.into();
    event.disposition = fact.disposition.map(Into::into);
    if let Some(warehouse_id) = fact.warehouse_id {
        event.biz_location = place(warehouse_id);
        event.read_point = event.biz_location.clone();
    }
    let change = fact.change;
    let of = |lot: &TracedLot| {
        let effect = if change < 0 {
            Effect::taken(-change)
        } else {
            Effect::entered(change)
        };
        EventLot::of(lot, Role::Object, (change != 0).then(|| change.abs())).with(effect)
    };
    event.lots = known.iter().map(of).collect();
    keep(conn, &event, &[]).await.map_err(failure)
}

/// An order's goods are sold from lots, or back in them.
pub async fn sold(conn: &mut PgConnection, fact: Sold, now: OffsetDateTime) -> Result<(), Failure> {
    let order = orders::lock(conn, fact.order_id).await?;
    let known = locked(conn, &fact.lines).await?;
    for line in &fact.lines {
        let seller_id = seller_of(&known, line);
        match fact.kind {
            SoldKind::Sold => orders::sell(conn, fact.order_id, line, seller_id, fact.time).await?,
            SoldKind::Returned => {
                if !orders::give_back(conn, fact.order_id, line, fact.time).await? {
                    return Err(Failure::retry("more is back than is known to be sold"));
                }
            }
        }
    }
    let told = match fact.kind {
        SoldKind::Sold => Told {
            action: Action::Add,
            biz_step: "retail_selling",
            disposition: "retail_sold",
            effect: Effect::taken,
        },
        SoldKind::Returned => Told {
            action: Action::Delete,
            biz_step: "receiving",
            disposition: "returned",
            effect: |units| Effect::taken(-units),
        },
    };
    let when = Step {
        time: fact.time,
        message_id: fact.message_id,
    };
    tell(conn, &order, when, &known, &fact.lines, &told, now).await?;
    // Order may have told of the way before product told of the lots.
    if fact.kind == SoldKind::Sold {
        for (step, told) in [(order.way.shipped, &SHIPPED), (order.way.delivered, &DELIVERED)] {
            if let Some(step) = step {
                tell(conn, &order, step, &known, &fact.lines, told, now).await?;
            }
        }
    }
    Ok(())
}

/// Who buys. It stands in no event.
pub async fn bought(conn: &mut PgConnection, order_id: Uuid, buyer_id: MemberId) -> Result<(), Failure> {
    Ok(orders::set_buyer(conn, order_id, buyer_id).await?)
}

/// An order is on its way, or arrived.
pub async fn moved(
    conn: &mut PgConnection,
    order_id: Uuid,
    step: Step,
    arrived: bool,
    now: OffsetDateTime,
) -> Result<(), Failure> {
    let mut order = orders::lock(conn, order_id).await?;
    let told = if arrived { &DELIVERED } else { &SHIPPED };
    let place = if arrived {
        &mut order.way.delivered
    } else {
        &mut order.way.shipped
    };
    *place = Some(step);
    orders::set_way(conn, order_id, order.way).await?;
    let lines = orders::lines(conn, order_id).await?;
    let known = locked(conn, &lines).await?;
    tell(conn, &order, step, &known, &lines, told, now).await
}

/// What is told of an order's lots.
struct Told {
    action: Action,
    biz_step: &'static str,
    disposition: &'static str,
    effect: fn(i64) -> Effect,
}

const SHIPPED: Told = Told {
    action: Action::Observe,
    biz_step: "shipping",
    disposition: "in_transit",
    effect: |_| Effect {
        entered: 0,
        taken: 0,
        explained: 0,
    },
};

const DELIVERED: Told = Told {
    biz_step: "arriving",
    disposition: "retail_sold",
    ..SHIPPED
};

/// Keeps one event for each seller of the order: none reads of the others' lots. In the
/// log its buyer may read it, or the seller where nobody told who buys.
async fn tell(
    conn: &mut PgConnection,
    order: &Tracked,
    step: Step,
    known: &[TracedLot],
    lines: &[Line],
    told: &Told,
    now: OffsetDateTime,
) -> Result<(), Failure> {
    let mut sellers: Vec<MemberId> = known.iter().map(|lot| lot.seller_id).collect();
    sellers.sort_unstable();
    sellers.dedup();
    for seller_id in sellers {
        let mut event = platform(step.message_id, seller_id, step.time, now);
        // The lots of an order may come in several messages, its way in one.
        let names: Vec<u8> = lines.iter().flat_map(|line| line.lot_id.into_bytes()).collect();
        event.event_id = Uuid::new_v5(&event.event_id, &names);
        event.kind = Kind::Transaction;
        event.action = Some(told.action);
        event.biz_step = told.biz_step.into();
        event.disposition = Some(told.disposition.into());
        event.order_id = Some(order.order_id);
        let own = lines.iter().filter_map(|line| {
            let lot = known.iter().find(|lot| lot.lot_id.uuid() == line.lot_id)?;
            let units = line.quantity;
            (lot.seller_id == seller_id)
                .then(|| EventLot::of(lot, Role::Object, Some(units)).with((told.effect)(units)))
        });
        event.lots = own.collect();
        let reader_id = order.buyer_id.unwrap_or(seller_id.uuid());
        keep_for(conn, &event, &[], Some(reader_id))
            .await
            .map_err(failure)?;
    }
    Ok(())
}

async fn locked(conn: &mut PgConnection, lines: &[Line]) -> Result<Vec<TracedLot>, Failure> {
    let ids: Vec<Uuid> = lines.iter().map(|line| line.lot_id).collect();
    let known = lots::lock(conn, &ids).await?;
    if lines
        .iter()
        .any(|line| !known.iter().any(|lot| lot.lot_id.uuid() == line.lot_id))
    {
        return Err(Failure::retry("a lot is not known yet"));
    }
    Ok(known)
}

fn seller_of(known: &[TracedLot], line: &Line) -> MemberId {
    let lot = known.iter().find(|lot| lot.lot_id.uuid() == line.lot_id);
    lot.map_or_else(|| Id::from_uuid(Uuid::nil()), |lot| lot.seller_id)
}

/// An event that came of a message, still about nothing: the same message gives each
/// seller the same one again.
fn platform(message_id: Uuid, seller_id: MemberId, time: OffsetDateTime, now: OffsetDateTime) -> Event {
    Event {
        event_id: Uuid::new_v5(&message_id, seller_id.uuid().as_bytes()),
        seller_id,
        kind: Kind::Object,
        action: Some(Action::Add),
        event_time: time,
        offset_minutes: KOREA,
        record_time: now,
        biz_step: String::new(),
        disposition: None,
        read_point: String::new(),
        biz_location: String::new(),
        parent: String::new(),
        lots: Vec::new(),
        order_id: None,
        biz_transactions: Vec::<Typed>::new(),
        sources: Vec::new(),
        destinations: Vec::new(),
        certificates: Vec::new(),
        sensor: None,
        request: None,
        error: None,
    }
}

fn place(warehouse_id: Uuid) -> String {
    format!("https://xlcfi.com/warehouses/{warehouse_id}")
}

/// A store that is away may come back; a bug does not mend itself.
fn failure(fault: Fault) -> Failure {
    match fault {
        Fault::Unavailable(cause) => Failure::Retry(cause),
        Fault::Bug(cause) => Failure::Poison(cause),
    }
}
