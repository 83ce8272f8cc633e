use uuid::Uuid;

use crate::Ctx;
use crate::epcis;
use crate::error::Error;
use crate::event::{Event, EventLot, Wrong};
use crate::lot::{MemberId, TracedLot};
use crate::store::log::{self, Kind};
use crate::store::trace::{edges, events, lots};

/// Declares an event of the seller wrong: it stays, what it did is undone, and the log
/// keeps the declaration. The same again changes nothing.
pub async fn declare(
    ctx: &Ctx,
    seller_id: MemberId,
    event_id: Uuid,
    reason: crate::event::Reason,
    corrective_event_ids: Vec<Uuid>,
) -> Result<Event, Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    lots::lock_links(&mut tx, seller_id).await?;
    let (by_seller, before) = events::lock(&mut tx, seller_id, event_id)
        .await?
        .ok_or(Error::EventNotFound)?;
    let wrong = Wrong {
        reason,
        time: now,
        corrective_event_ids,
    };
    match before {
        Some(before) if same(&before, &wrong) => return get(&mut tx, event_id).await,
        None if by_seller => {}
        _ => return Err(Error::EventNotDeclarable),
    }
    let named = &wrong.corrective_event_ids;
    let own = events::count_own(&mut tx, seller_id, named).await?;
    if usize::try_from(own) != Ok(named.len()) || named.contains(&event_id) {
        return Err(Error::EventNotFound);
    }
    let of = events::lots(&mut tx, event_id).await?;
    let ids: Vec<Uuid> = of.iter().map(|lot| lot.lot_id.uuid()).collect();
    let known = lots::lock(&mut tx, &ids).await?;
    if known.iter().any(|lot| !can_undo(lot, &of)) {
        return Err(Error::EventHasFollowers);
    }
    lots::change(&mut tx, &of, -1).await?;
    edges::delete(&mut tx, event_id).await?;
    events::declare(&mut tx, event_id, &wrong).await?;
    let said = events::body(&mut tx, event_id).await?;
    let body = epcis::canonical(&epcis::declared(said.as_deref(), event_id, &wrong)?)?;
    let entry_id = Uuid::new_v5(&event_id, b"errorDeclaration");
    log::append(&mut tx, entry_id, Kind::TraceEvent, &body, now).await?;
    let event = get(&mut tx, event_id).await?;
    tx.commit().await?;
    Ok(event)
}

async fn get(conn: &mut sqlx::PgConnection, event_id: Uuid) -> Result<Event, Error> {
    let event = events::get(conn, event_id).await?;
    event.ok_or(Error::EventNotFound)
}

fn same(before: &Wrong, now: &Wrong) -> bool {
    (before.reason, &before.corrective_event_ids) == (now.reason, &now.corrective_event_ids)
}

/// Whether what is left of a lot without the event suffices for what went out of it.
fn can_undo(lot: &TracedLot, of: &[EventLot]) -> bool {
    let (mut entered, mut taken) = (lot.entered, lot.taken);
    for one in of.iter().filter(|one| one.lot_id == lot.lot_id) {
        entered -= one.effect.entered;
        taken -= one.effect.taken;
    }
    lot.product_id.is_some() || taken <= entered
}
