use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::stored;
use xlcfi_types::{Id, Page};

use crate::member::MemberId;
use crate::points::{Balance, Entry, EntryKind, Line};
use crate::purchase::Order;

pub async fn get(db: impl PgExecutor<'_>, member_id: MemberId) -> Result<Option<Balance>, sqlx::Error> {
    sqlx::query_as!(
        Balance,
        "select points, held from point_balance where member_id = $1",
        member_id.uuid()
    )
    .fetch_optional(db)
    .await
}

/// The balance, with whoever else wants to change it made to wait.
pub async fn lock(conn: &mut PgConnection, member_id: MemberId) -> Result<Option<Balance>, sqlx::Error> {
    sqlx::query_as!(
        Balance,
        "select points, held from point_balance where member_id = $1 for no key update",
        member_id.uuid(),
    )
    .fetch_optional(conn)
    .await
}

/// Keeps a balance, which must be locked.
pub async fn set_balance(
    conn: &mut PgConnection,
    member_id: MemberId,
    balance: Balance,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update point_balance set points = $2, held = $3 where member_id = $1",
        member_id.uuid(),
        balance.points,
        balance.held,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn insert_entry(conn: &mut PgConnection, entry: &Entry) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into point_entry (entry_id, member_id, order_id, kind, points, create_time)
         values ($1, $2, $3, $4, $5, $6)",
        entry.entry_id.uuid(),
        entry.member_id.uuid(),
        entry.order_id.uuid(),
        entry.line.kind.into_str(),
        entry.line.points,
        entry.create_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

struct EntryRow {
    entry_id: Uuid,
    member_id: Uuid,
    order_id: Uuid,
    kind: String,
    points: i64,
    create_time: OffsetDateTime,
}

impl TryFrom<EntryRow> for Entry {
    type Error = sqlx::Error;

    fn try_from(row: EntryRow) -> Result<Self, sqlx::Error> {
        let kind = stored("point_entry.kind", &row.kind)?;
        Ok(Self {
            entry_id: row.entry_id.into(),
            member_id: row.member_id.into(),
            order_id: row.order_id.into(),
            line: Line {
                kind,
                points: row.points,
            },
            create_time: row.create_time,
        })
    }
}

pub async fn list_entries(
    db: impl PgExecutor<'_>,
    member_id: MemberId,
    page: &Page,
) -> Result<Vec<Entry>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = sqlx::query_as!(
        EntryRow,
        "select entry_id, member_id, order_id, kind, points, create_time from point_entry
         where member_id = $1 and (create_time, entry_id) < ($2, $3)
         order by create_time desc, entry_id desc limit $4",
        member_id.uuid(),
        time,
        id,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Entry::try_from).collect()
}

/// Points an order earned its member; `None` when it earned nothing.
pub async fn earned(
    conn: &mut PgConnection,
    member_id: MemberId,
    order_id: Id<Order>,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "select points from point_entry where member_id = $1 and order_id = $2 and kind = $3",
        member_id.uuid(),
        order_id.uuid(),
        EntryKind::Earned.into_str(),
    )
    .fetch_optional(conn)
    .await
}
