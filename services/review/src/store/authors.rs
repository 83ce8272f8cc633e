use sqlx::PgConnection;

use crate::review::MemberId;

/// Keeps the masked name of a member; one that withdrew has none any more.
pub async fn keep(conn: &mut PgConnection, member_id: MemberId, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into author (member_id, name) values ($1, $2)
         on conflict (member_id) do update set name = $2 where author.name <> ''",
        member_id.uuid(),
        name,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the name of a member for good.
pub async fn forget(conn: &mut PgConnection, member_id: MemberId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into author (member_id, name) values ($1, '') on conflict (member_id) do update set name = ''",
        member_id.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
