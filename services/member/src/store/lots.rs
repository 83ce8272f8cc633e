use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_types::{Id, Page};

use crate::lot::{Lot, Lots, Use};
use crate::member::MemberId;
use crate::purchase::Order;

/// The lots with something left, and those an order took from.
pub async fn load(conn: &mut PgConnection, member_id: MemberId, uses: &[Use]) -> Result<Lots, sqlx::Error> {
    let used: Vec<Uuid> = uses.iter().map(|used| used.lot_id).collect();
    let lots = sqlx::query_as!(
        Lot,
        "select lot_id, remaining, expire_time from point_lot
         where member_id = $1 and (remaining > 0 or lot_id = any($2))",
        member_id.uuid(),
        &used,
    )
    .fetch_all(conn)
    .await?;
    Ok(Lots(lots))
}

/// Keeps lots that changed. One that lives longer than it did is warned of again.
pub async fn save(conn: &mut PgConnection, member_id: MemberId, lots: &[Lot]) -> Result<(), sqlx::Error> {
    if lots.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = lots.iter().map(|lot| lot.lot_id).collect();
    let remaining: Vec<i64> = lots.iter().map(|lot| lot.remaining).collect();
    let expire: Vec<OffsetDateTime> = lots.iter().map(|lot| lot.expire_time).collect();
    sqlx::query!(
        "insert into point_lot as l (lot_id, member_id, remaining, expire_time)
         select n.lot_id, $1, n.remaining, n.expire_time
         from unnest($2::uuid[], $3::bigint[], $4::timestamptz[]) as n (lot_id, remaining, expire_time)
         on conflict (lot_id) do update set remaining = excluded.remaining,
             expire_time = excluded.expire_time,
             warn_time = case when l.expire_time = excluded.expire_time then l.warn_time end",
        member_id.uuid(),
        &ids,
        &remaining,
        &expire,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Remembers what an order took.
pub async fn insert_uses(
    conn: &mut PgConnection,
    order_id: Id<Order>,
    uses: &[Use],
) -> Result<(), sqlx::Error> {
    let lots: Vec<Uuid> = uses.iter().map(|used| used.lot_id).collect();
    let points: Vec<i64> = uses.iter().map(|used| used.points).collect();
    sqlx::query!(
        "insert into point_use (order_id, lot_id, points)
         select $1, lot_id, points from unnest($2::uuid[], $3::bigint[]) as n (lot_id, points)",
        order_id.uuid(),
        &lots,
        &points,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What an order took, forgotten with this.
pub async fn take_uses(conn: &mut PgConnection, order_id: Id<Order>) -> Result<Vec<Use>, sqlx::Error> {
    sqlx::query_as!(
        Use,
        "delete from point_use where order_id = $1 returning lot_id, points",
        order_id.uuid(),
    )
    .fetch_all(conn)
    .await
}

/// What is left, those that expire first before the others. A page begins after the time
/// and id its token names.
pub async fn list(
    db: impl PgExecutor<'_>,
    member_id: MemberId,
    page: &Page,
) -> Result<Vec<Lot>, sqlx::Error> {
    let after = page.after;
    sqlx::query_as!(
        Lot,
        "select lot_id, remaining, expire_time from point_lot
         where member_id = $1 and remaining > 0
             and ($2::timestamptz is null or (expire_time, lot_id) > ($2, $3))
         order by expire_time, lot_id limit $4",
        member_id.uuid(),
        after.map(|token| token.time),
        after.map_or(Uuid::nil(), |token| token.id),
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await
}

/// Points that expire between two times, when they are not spent.
pub async fn expiring(
    db: impl PgExecutor<'_>,
    member_id: MemberId,
    from: OffsetDateTime,
    to: OffsetDateTime,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(sum(remaining), 0)::bigint as "points!" from point_lot
         where member_id = $1 and remaining > 0 and expire_time >= $2 and expire_time < $3"#,
        member_id.uuid(),
        from,
        to,
    )
    .fetch_one(db)
    .await
}

/// Members after one who have something that is over by `now`.
pub async fn members_expired(
    db: impl PgExecutor<'_>,
    after: Uuid,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select distinct member_id from point_lot
         where remaining > 0 and expire_time <= $2 and member_id > $1 order by member_id limit $3",
        after,
        now,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Members after one who have something that will be over by `until`, and were not told.
pub async fn members_to_warn(
    db: impl PgExecutor<'_>,
    after: Uuid,
    until: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select distinct member_id from point_lot
         where remaining > 0 and warn_time is null and expire_time <= $2 and member_id > $1
         order by member_id limit $3",
        after,
        until,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Marks what will be over by `until` as told, and says what it is.
pub async fn mark_warned(
    conn: &mut PgConnection,
    member_id: MemberId,
    until: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<Vec<Lot>, sqlx::Error> {
    sqlx::query_as!(
        Lot,
        "update point_lot set warn_time = $3
         where member_id = $1 and remaining > 0 and warn_time is null and expire_time <= $2
         returning lot_id, remaining, expire_time",
        member_id.uuid(),
        until,
        now,
    )
    .fetch_all(conn)
    .await
}
