use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::event::Sensor;
use crate::reading::Batch;

/// Keeps what an event's sensor told.
pub async fn insert(
    conn: &mut PgConnection,
    event_id: Uuid,
    lot_id: Uuid,
    batch: &Batch,
    sensor: &Sensor,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into reading_batch (event_id, lot_id, sensor_id, readings, first_time, last_time, lowest, highest,
             packed)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        event_id,
        lot_id,
        batch.sensor_id,
        sensor.readings,
        sensor.first_time,
        sensor.last_time,
        sensor.lowest,
        sensor.highest,
        batch.packed,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What sensors told of a lot and, until it was split off, of the lots it comes from;
/// in the order it was recorded, without what was declared wrong.
pub async fn of_lot(db: impl PgExecutor<'_>, lot_id: Uuid) -> Result<Vec<Batch>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with recursive same as (
             select lot_id, split_from, begin_time, 'infinity'::timestamptz as until
             from traced_lot where lot_id = $1
             union all
             select l.lot_id, l.split_from, l.begin_time, least(same.until, same.begin_time)
             from same join traced_lot l on l.lot_id = same.split_from
         )
         select r.sensor_id, r.first_time, r.packed, nullif(same.until, 'infinity') as until
         from same join reading_batch r on r.lot_id = same.lot_id and r.first_time <= same.until
         join trace_event e using (event_id)
         where e.error_time is null
         order by e.record_time, e.event_id"#,
        lot_id,
    )
    .fetch_all(db)
    .await?;
    let batch = rows.into_iter().map(|row| {
        let batch = Batch {
            sensor_id: row.sensor_id,
            first_time: row.first_time,
            packed: row.packed,
        };
        match row.until {
            Some(until) => batch.until(until),
            None => batch,
        }
    });
    Ok(batch.collect())
}

/// Minutes outside the limits of which the lot's seller was told; its row is locked.
pub async fn told(conn: &mut PgConnection, lot_id: Uuid) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "select minutes from told_excursion where lot_id = $1 for update",
        lot_id
    )
    .fetch_optional(conn)
    .await
}

/// The seller is told of so many minutes.
pub async fn set_told(
    conn: &mut PgConnection,
    lot_id: Uuid,
    minutes: i64,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into told_excursion (lot_id, minutes, time) values ($1, $2, $3)
         on conflict (lot_id) do update set minutes = excluded.minutes, time = excluded.time",
        lot_id,
        minutes,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
