use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::stored;
use xlcfi_types::{Id, Page};

use crate::member::MemberId;
use crate::notification::{Inbox, Notice, Notification};

/// Channel on which the id of a member is told whose inbox changed.
pub const CHANNEL: &str = "inbox_changed";

struct Row {
    notification_id: Uuid,
    member_id: Uuid,
    position: i64,
    kind: String,
    title: String,
    body: String,
    subject_id: String,
    needs_acknowledgement: bool,
    create_time: OffsetDateTime,
    read_time: Option<OffsetDateTime>,
    acknowledge_time: Option<OffsetDateTime>,
}

impl TryFrom<Row> for Notification {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            notice: Notice {
                notification_id: row.notification_id.into(),
                member_id: row.member_id.into(),
                kind: stored("notification.kind", &row.kind)?,
                title: row.title,
                text: row.body,
                subject_id: row.subject_id,
                needs_acknowledgement: row.needs_acknowledgement,
            },
            position: row.position,
            create_time: row.create_time,
            read_time: row.read_time,
            acknowledge_time: row.acknowledge_time,
        })
    }
}

/// Puts notices into their inboxes, those apart that are there already, and tells who
/// watches. Says how many are for members that are not here.
pub async fn add(
    conn: &mut PgConnection,
    notices: &[Notice],
    now: OffsetDateTime,
) -> Result<i64, sqlx::Error> {
    let ids: Vec<Uuid> = notices
        .iter()
        .map(|notice| notice.notification_id.uuid())
        .collect();
    let members: Vec<Uuid> = notices.iter().map(|notice| notice.member_id.uuid()).collect();
    let kinds: Vec<String> = notices
        .iter()
        .map(|notice| notice.kind.into_str().to_owned())
        .collect();
    let titles: Vec<String> = notices.iter().map(|notice| notice.title.clone()).collect();
    let bodies: Vec<String> = notices.iter().map(|notice| notice.text.clone()).collect();
    let subjects: Vec<String> = notices.iter().map(|notice| notice.subject_id.clone()).collect();
    let needs: Vec<bool> = notices
        .iter()
        .map(|notice| notice.needs_acknowledgement)
        .collect();
    sqlx::query_scalar!(
        r#"with notice as (
             select distinct on (n.notification_id) n.*
             from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bool[])
                 with ordinality as n (notification_id, member_id, kind, title, body, subject_id,
                     needs_acknowledgement, place)
             join member m on m.member_id = n.member_id and m.withdraw_time is null
             where not exists (select from notification before where before.notification_id = n.notification_id)
             order by n.notification_id, n.place
         ), counted as (
             insert into inbox as i (member_id, position, unread)
             select member_id, count(*), count(*) from notice group by member_id order by member_id
             on conflict (member_id) do update set position = i.position + excluded.position,
                 unread = i.unread + excluded.unread
             returning member_id, position
         ), added as (
             insert into notification (notification_id, member_id, position, kind, title, body, subject_id,
                 needs_acknowledgement, create_time)
             select n.notification_id, n.member_id,
                 c.position + 1 - row_number() over (partition by n.member_id order by n.place desc),
                 n.kind, n.title, n.body, n.subject_id, n.needs_acknowledgement, $8
             from notice n join counted c on c.member_id = n.member_id
         ), told as (
             select pg_notify($9, member_id::text) from counted
         )
         select (select count(*) from unnest($2::uuid[]) as n (member_id)
                 where not exists (select from member m where m.member_id = n.member_id))
             + 0 * (select count(*) from told) as "strangers!""#,
        &ids,
        &members,
        &kinds,
        &titles,
        &bodies,
        &subjects,
        &needs,
        now,
        CHANNEL,
    )
    .fetch_one(conn)
    .await
}

/// How an inbox stands.
pub async fn inbox(db: impl PgExecutor<'_>, member_id: MemberId) -> Result<Inbox, sqlx::Error> {
    let inbox = sqlx::query_as!(
        Inbox,
        "select position, unread from inbox where member_id = $1",
        member_id.uuid()
    )
    .fetch_optional(db)
    .await?;
    Ok(inbox.unwrap_or_default())
}

/// Makes other writers of an inbox wait; false when nothing was ever put into it.
pub async fn lock(conn: &mut PgConnection, member_id: MemberId) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select member_id from inbox where member_id = $1 for no key update",
        member_id.uuid()
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.is_some())
}

pub async fn get(
    conn: &mut PgConnection,
    member_id: MemberId,
    notification_id: Id<Notification>,
) -> Result<Option<Notification>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "select notification_id, member_id, position, kind, title, body, subject_id, needs_acknowledgement,
             create_time, read_time, acknowledge_time
         from notification where member_id = $1 and notification_id = $2",
        member_id.uuid(),
        notification_id.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    row.map(Notification::try_from).transpose()
}

/// Newest first.
pub async fn list(
    db: impl PgExecutor<'_>,
    member_id: MemberId,
    unread_only: bool,
    page: &Page,
) -> Result<Vec<Notification>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = sqlx::query_as!(
        Row,
        "select notification_id, member_id, position, kind, title, body, subject_id, needs_acknowledgement,
             create_time, read_time, acknowledge_time
         from notification
         where member_id = $1 and (create_time, notification_id) < ($2, $3) and (read_time is null or not $4)
         order by create_time desc, notification_id desc limit $5",
        member_id.uuid(),
        time,
        id,
        unread_only,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Notification::try_from).collect()
}

/// Those after a position, oldest first.
pub async fn list_after(
    db: impl PgExecutor<'_>,
    member_id: MemberId,
    position: i64,
    limit: i64,
) -> Result<Vec<Notification>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select notification_id, member_id, position, kind, title, body, subject_id, needs_acknowledgement,
             create_time, read_time, acknowledge_time
         from notification where member_id = $1 and position > $2 order by position limit $3",
        member_id.uuid(),
        position,
        limit,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Notification::try_from).collect()
}

/// Keeps when a notification was read and acknowledged, counts the inbox anew when it
/// was unread before, and tells who watches. The inbox must be locked.
pub async fn set_times(
    conn: &mut PgConnection,
    notification: &Notification,
    was_unread: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with changed as (
             update notification set read_time = $3, acknowledge_time = $4
             where member_id = $1 and notification_id = $2
         ), counted as (
             update inbox set unread = unread - 1 where member_id = $1 and $5 returning member_id
         )
         select pg_notify($6, member_id::text) from counted",
        notification.notice.member_id.uuid(),
        notification.notice.notification_id.uuid(),
        notification.read_time,
        notification.acknowledge_time,
        was_unread,
        CHANNEL,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Members after one who have notifications read before a time, or older than another.
pub async fn members_over(
    db: impl PgExecutor<'_>,
    after: Uuid,
    read_before: OffsetDateTime,
    made_before: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select distinct member_id from notification
         where member_id > $1 and (read_time < $2 or create_time < $3) order by member_id limit $4",
        after,
        read_before,
        made_before,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Deletes these of a member and counts the inbox anew. It must be locked.
pub async fn delete_over(
    conn: &mut PgConnection,
    member_id: MemberId,
    read_before: OffsetDateTime,
    made_before: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with gone as (
             delete from notification where member_id = $1 and (read_time < $2 or create_time < $3)
             returning read_time
         )
         update inbox set unread = unread - (select count(*) from gone where read_time is null)
         where member_id = $1",
        member_id.uuid(),
        read_before,
        made_before,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Marks everything in an inbox as read; says how many were not. It must be locked.
pub async fn set_all_read(
    conn: &mut PgConnection,
    member_id: MemberId,
    now: OffsetDateTime,
) -> Result<u64, sqlx::Error> {
    let read = sqlx::query!(
        "update notification set read_time = $2 where member_id = $1 and read_time is null",
        member_id.uuid(),
        now,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "with counted as (
             update inbox set unread = 0 where member_id = $1 and unread > 0 returning member_id
         )
         select pg_notify($2, member_id::text) from counted",
        member_id.uuid(),
        CHANNEL,
    )
    .execute(conn)
    .await?;
    Ok(read.rows_affected())
}
