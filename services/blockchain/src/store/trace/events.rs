//! What happened, and who may read it.

use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::stored;

use super::events_rows::{LotRow, Row};
use crate::event::{Certificate, Event, EventLot, Wrong};
use crate::lot::MemberId;
use crate::story::{Reader, Span};

/// Keeps an event and its lots. Whether it is new.
pub async fn insert(conn: &mut PgConnection, event: &Event) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into trace_event (event_id, seller_id, kind, action, biz_step, disposition, event_time,
             offset_minutes, record_time, read_point, biz_location, parent, order_id, certificates, request_id,
             request_digest)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
         on conflict on constraint trace_event_pk do nothing",
        event.event_id,
        event.seller_id.uuid(),
        <&str>::from(event.kind),
        event.action.map(<&str>::from),
        event.biz_step,
        event.disposition,
        event.event_time,
        event.offset_minutes,
        event.record_time,
        event.read_point,
        event.biz_location,
        event.parent,
        event.order_id,
        Json(&event.certificates) as _,
        event.request.map(|request| request.request_id),
        event.request.as_ref().map(|request| request.digest.as_slice()),
    )
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    let lots = &event.lots;
    let ids: Vec<Uuid> = lots.iter().map(|lot| lot.lot_id.uuid()).collect();
    let roles: Vec<String> = lots.iter().map(|lot| <&str>::from(lot.role).to_owned()).collect();
    let quantities: Vec<Option<i64>> = lots.iter().map(|lot| lot.quantity).collect();
    let entered: Vec<i64> = lots.iter().map(|lot| lot.effect.entered).collect();
    let taken: Vec<i64> = lots.iter().map(|lot| lot.effect.taken).collect();
    let explained: Vec<i64> = lots.iter().map(|lot| lot.effect.explained).collect();
    sqlx::query!(
        "insert into event_lot (event_id, lot_id, role, quantity, entered, taken, explained, event_time)
         select $1, lot_id, role, quantity, entered, taken, explained, $8
         from unnest($2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
             as l (lot_id, role, quantity, entered, taken, explained)",
        event.event_id,
        &ids,
        &roles,
        &quantities as _,
        &entered,
        &taken,
        &explained,
        event.event_time,
    )
    .execute(conn)
    .await?;
    Ok(true)
}

/// The event a request of a seller made, and the digest of what it asked for.
pub async fn find_by_request(
    conn: &mut PgConnection,
    seller_id: MemberId,
    request_id: Uuid,
) -> Result<Option<(Uuid, Vec<u8>)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select event_id, request_digest as "request_digest!" from trace_event
         where seller_id = $1 and request_id = $2"#,
        seller_id.uuid(),
        request_id,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.event_id, row.request_digest)))
}

/// Locks an event of a seller: its lots, whether a request made it, and its
/// declaration. `None` when it is none of the seller's.
pub async fn lock(
    conn: &mut PgConnection,
    seller_id: MemberId,
    event_id: Uuid,
) -> Result<Option<(bool, Option<Wrong>)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select request_id is not null as "by_seller!", error_reason, error_time, corrective_event_ids
         from trace_event where event_id = $1 and seller_id = $2 for update"#,
        event_id,
        seller_id.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let wrong = match (row.error_reason, row.error_time) {
        (Some(reason), Some(time)) => Some(Wrong {
            reason: stored("trace_event.error_reason", &reason)?,
            time,
            corrective_event_ids: row.corrective_event_ids,
        }),
        _ => None,
    };
    Ok(Some((row.by_seller, wrong)))
}

/// Marks a locked event wrong.
pub async fn declare(conn: &mut PgConnection, event_id: Uuid, wrong: &Wrong) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update trace_event set error_reason = $2, error_time = $3, corrective_event_ids = $4 where event_id = $1",
        event_id,
        <&str>::from(wrong.reason),
        wrong.time,
        &wrong.corrective_event_ids,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Empties what people wrote into an event whose entry in the log is erased; what
/// became of lots stays.
pub async fn erase_texts(conn: &mut PgConnection, event_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update trace_event set read_point = '', biz_location = '', parent = '', certificates = '[]'
         where event_id = $1",
        event_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many of these events the seller recorded.
pub async fn count_own(
    conn: &mut PgConnection,
    seller_id: MemberId,
    event_ids: &[Uuid],
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from trace_event where event_id = any ($1) and seller_id = $2"#,
        event_ids,
        seller_id.uuid(),
    )
    .fetch_one(conn)
    .await
}

/// What the log keeps of an event; `None` when it was erased.
pub async fn body(conn: &mut PgConnection, event_id: Uuid) -> Result<Option<Vec<u8>>, sqlx::Error> {
    let row = sqlx::query_scalar!("select body from log_entry where entry_id = $1", event_id)
        .fetch_optional(conn)
        .await?;
    Ok(row.flatten())
}

/// Lots of an event, as it left them.
pub async fn lots(conn: &mut PgConnection, event_id: Uuid) -> Result<Vec<EventLot>, sqlx::Error> {
    let mut lots = lots_of(conn, &[event_id]).await?;
    Ok(lots.drain(..).map(|(_, lot)| lot).collect())
}

/// One event, whole.
pub async fn get(conn: &mut PgConnection, event_id: Uuid) -> Result<Option<Event>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select e.event_id, e.seller_id, e.kind, e.action, e.biz_step, e.disposition, e.event_time,
             e.offset_minutes, e.record_time, e.read_point, e.biz_location, e.parent, e.order_id,
             e.certificates as "certificates: Json<Vec<Certificate>>", e.request_id, e.error_reason,
             e.error_time, e.corrective_event_ids, r.sensor_id as "sensor_id?", r.readings as "readings?",
             r.first_time as "first_time?", r.last_time as "last_time?", r.lowest as "lowest?",
             r.highest as "highest?"
         from trace_event e left join reading_batch r using (event_id) where e.event_id = $1"#,
        event_id,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let lots = lots(conn, event_id).await?;
    row.event(lots).map(Some)
}

/// What this reader may know of what happened to lots, each until some time, oldest
/// first, after a place.
pub async fn story(
    pool: &PgPool,
    spans: &[Span],
    reader: Reader,
    after: (OffsetDateTime, Uuid),
    limit: i64,
) -> Result<Vec<Event>, sqlx::Error> {
    let ids: Vec<Uuid> = spans.iter().map(|span| span.lot_id.uuid()).collect();
    let untils: Vec<Option<OffsetDateTime>> = spans.iter().map(|span| span.until).collect();
    let mut conn = pool.acquire().await?;
    let rows = sqlx::query_as!(
        Row,
        r#"with told as (
             select distinct l.event_time, l.event_id
             from unnest($1::uuid[], $2::timestamptz[]) as s (lot_id, until)
             cross join lateral (
                 select l.event_time, l.event_id from event_lot l join trace_event e using (event_id)
                 where l.lot_id = s.lot_id and (s.until is null or l.event_time <= s.until)
                     and (l.event_time, l.event_id) > ($3, $4)
                     and (e.order_id is null or $6 or s.until is null and (e.seller_id = $7 or exists (
                         select from traced_order o where o.order_id = e.order_id and o.buyer_id = $7)))
                 order by l.event_time, l.event_id limit $5
             ) l
             order by l.event_time, l.event_id limit $5
         )
         select e.event_id, e.seller_id, e.kind, e.action, e.biz_step, e.disposition, e.event_time,
             e.offset_minutes, e.record_time, e.read_point, e.biz_location, e.parent, e.order_id,
             e.certificates as "certificates: Json<Vec<Certificate>>", e.request_id, e.error_reason,
             e.error_time, e.corrective_event_ids, r.sensor_id as "sensor_id?", r.readings as "readings?",
             r.first_time as "first_time?", r.last_time as "last_time?", r.lowest as "lowest?",
             r.highest as "highest?"
         from told join trace_event e using (event_id) left join reading_batch r using (event_id)
         order by e.event_time, e.event_id"#,
        &ids,
        &untils as _,
        after.0,
        after.1,
        limit,
        reader.is_staff(),
        reader.member().map(|id| id.uuid()),
    )
    .fetch_all(&mut *conn)
    .await?;
    let event_ids: Vec<Uuid> = rows.iter().map(|row| row.event_id).collect();
    let mut lots = lots_of(&mut conn, &event_ids).await?;
    rows.into_iter()
        .map(|row| {
            let own: Vec<EventLot> = lots
                .extract_if(.., |(event_id, _)| *event_id == row.event_id)
                .map(|(_, lot)| lot)
                .collect();
            row.event(own)
        })
        .collect()
}

/// What the log keeps of events, by their ids; those whose words were erased are left
/// out.
pub async fn bodies(pool: &PgPool, event_ids: &[Uuid]) -> Result<Vec<(Uuid, Vec<u8>)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select entry_id as "entry_id!", body as "body!"
         from unnest($1::uuid[]) with ordinality as asked (entry_id, place)
         join log_entry using (entry_id) where body is not null order by place"#,
        event_ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.entry_id, row.body)).collect())
}

async fn lots_of(conn: &mut PgConnection, event_ids: &[Uuid]) -> Result<Vec<(Uuid, EventLot)>, sqlx::Error> {
    let rows = sqlx::query_as!(
        LotRow,
        "select e.event_id, e.lot_id, e.role, e.quantity, e.entered, e.taken, e.explained, l.unit, l.gtin,
             l.lot_number
         from event_lot e join traced_lot l using (lot_id) where e.event_id = any ($1)
         order by e.event_id, e.role, e.lot_id",
        event_ids,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Ok((row.event_id, row.lot()?)))
        .collect()
}
