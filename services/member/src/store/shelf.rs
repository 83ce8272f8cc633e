use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_types::Page;

use crate::member::MemberId;
use crate::shelf::Shelved;

/// When a product was wished for; none when it is not.
pub async fn wish(
    conn: &mut PgConnection,
    member_id: MemberId,
    product_id: Uuid,
) -> Result<Option<OffsetDateTime>, sqlx::Error> {
    sqlx::query_scalar!(
        "select create_time from wish where member_id = $1 and product_id = $2",
        member_id.uuid(),
        product_id,
    )
    .fetch_optional(conn)
    .await
}

pub async fn count_wishes(conn: &mut PgConnection, member_id: MemberId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from wish where member_id = $1"#,
        member_id.uuid()
    )
    .fetch_one(conn)
    .await
}

pub async fn insert_wish(
    conn: &mut PgConnection,
    member_id: MemberId,
    wish: &Shelved,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into wish (member_id, product_id, create_time) values ($1, $2, $3)",
        member_id.uuid(),
        wish.product_id,
        wish.time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn remove_wish(
    db: impl PgExecutor<'_>,
    member_id: MemberId,
    product_id: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from wish where member_id = $1 and product_id = $2",
        member_id.uuid(),
        product_id,
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn wishes(
    db: impl PgExecutor<'_>,
    member_id: MemberId,
    page: &Page,
) -> Result<Vec<Shelved>, sqlx::Error> {
    let (time, id) = page.start();
    sqlx::query_as!(
        Shelved,
        "select product_id, create_time as time from wish
         where member_id = $1 and (create_time, product_id) < ($2, $3)
         order by create_time desc, product_id desc limit $4",
        member_id.uuid(),
        time,
        id,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await
}

/// Notes that a product was looked at, and forgets all but the last so many.
pub async fn add_viewed(
    conn: &mut PgConnection,
    member_id: MemberId,
    viewed: &Shelved,
    most: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into viewed (member_id, product_id, view_time) values ($1, $2, $3)
         on conflict (member_id, product_id) do update set view_time = excluded.view_time",
        member_id.uuid(),
        viewed.product_id,
        viewed.time,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from viewed v using (
             select product_id from viewed where member_id = $1
             order by view_time desc, product_id desc offset $2
         ) as old
         where v.member_id = $1 and v.product_id = old.product_id",
        member_id.uuid(),
        most,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn viewed(
    db: impl PgExecutor<'_>,
    member_id: MemberId,
    page: &Page,
) -> Result<Vec<Shelved>, sqlx::Error> {
    let (time, id) = page.start();
    sqlx::query_as!(
        Shelved,
        "select product_id, view_time as time from viewed
         where member_id = $1 and (view_time, product_id) < ($2, $3)
         order by view_time desc, product_id desc limit $4",
        member_id.uuid(),
        time,
        id,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await
}

pub async fn clear_viewed(db: impl PgExecutor<'_>, member_id: MemberId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from viewed where member_id = $1", member_id.uuid())
        .execute(db)
        .await?;
    Ok(())
}
