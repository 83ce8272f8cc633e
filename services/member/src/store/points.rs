use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::stored;
use xlcfi_types::{Id, Page};

use crate::grade::Grade;
use crate::member::MemberId;
use crate::points::{Balance, Decided, Entry, EntryKind, Line, Sum};
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

/// The balance, locked, with the grade of its member; nothing of one that withdrew.
pub async fn lock_trading(
    conn: &mut PgConnection,
    member_id: MemberId,
) -> Result<Option<(Balance, Option<Grade>)>, sqlx::Error> {
    let row = sqlx::query!(
        "select b.points, b.held, b.closed, m.grade
         from point_balance b join member m on m.member_id = b.member_id
         where b.member_id = $1 for no key update of b",
        member_id.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let balance = Balance {
        points: row.points,
        held: row.held,
    };
    let grade = match row.closed {
        false => Some(stored("member.grade", &row.grade)?),
        true => None,
    };
    Ok(Some((balance, grade)))
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

/// Adds a line, of a correction with who decided.
pub async fn insert_entry(
    conn: &mut PgConnection,
    entry: &Entry,
    decided: Option<&Decided>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into point_entry (entry_id, member_id, order_id, kind, points, create_time, reason, request_id,
             acted_by, approved_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        entry.entry_id.uuid(),
        entry.member_id.uuid(),
        entry.order_id.map(Id::uuid),
        entry.line.kind.into_str(),
        entry.line.points,
        entry.create_time,
        entry.reason,
        decided.map(|decided| decided.request_id),
        decided.map(|decided| decided.by.uuid()),
        decided.and_then(|decided| decided.approved_by).map(Id::uuid),
    )
    .execute(conn)
    .await?;
    Ok(())
}

struct EntryRow {
    entry_id: Uuid,
    member_id: Uuid,
    order_id: Option<Uuid>,
    kind: String,
    points: i64,
    reason: String,
    create_time: OffsetDateTime,
}

impl TryFrom<EntryRow> for Entry {
    type Error = sqlx::Error;

    fn try_from(row: EntryRow) -> Result<Self, sqlx::Error> {
        let kind = stored("point_entry.kind", &row.kind)?;
        Ok(Self {
            entry_id: row.entry_id.into(),
            member_id: row.member_id.into(),
            order_id: row.order_id.map(Id::from_uuid),
            line: Line {
                kind,
                points: row.points,
            },
            reason: row.reason,
            create_time: row.create_time,
        })
    }
}

/// The correction a request made.
pub async fn find_by_request(
    conn: &mut PgConnection,
    member_id: MemberId,
    request_id: Uuid,
) -> Result<Option<Entry>, sqlx::Error> {
    let row = sqlx::query_as!(
        EntryRow,
        "select entry_id, member_id, order_id, kind, points, reason, create_time from point_entry
         where member_id = $1 and request_id = $2",
        member_id.uuid(),
        request_id,
    )
    .fetch_optional(conn)
    .await?;
    row.map(Entry::try_from).transpose()
}

/// Sum of the ledger of a member up to a line of it.
pub async fn up_to(conn: &mut PgConnection, entry: &Entry) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(sum(points), 0)::bigint as "points!" from point_entry
         where member_id = $1 and (create_time, entry_id) <= ($2, $3)"#,
        entry.member_id.uuid(),
        entry.create_time,
        entry.entry_id.uuid(),
    )
    .fetch_one(conn)
    .await
}

pub async fn list_entries(
    db: impl PgExecutor<'_>,
    member_id: MemberId,
    page: &Page,
) -> Result<Vec<Entry>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = sqlx::query_as!(
        EntryRow,
        "select entry_id, member_id, order_id, kind, points, reason, create_time from point_entry
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

/// What became of the points between two times, by kind.
pub async fn sums(
    db: impl PgExecutor<'_>,
    member_id: MemberId,
    from: OffsetDateTime,
    to: OffsetDateTime,
) -> Result<Vec<Sum>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select kind, sum(points)::bigint as "points!", count(*) as "entries!" from point_entry
         where member_id = $1 and create_time >= $2 and create_time < $3 group by kind order by kind"#,
        member_id.uuid(),
        from,
        to,
    )
    .fetch_all(db)
    .await?;
    let sum = |kind: &str, points, entries| -> Result<Sum, sqlx::Error> {
        Ok(Sum {
            kind: stored("point_entry.kind", kind)?,
            points,
            entries,
        })
    };
    rows.into_iter()
        .map(|row| sum(&row.kind, row.points, row.entries))
        .collect()
}

/// Sum of the ledger before a time.
pub async fn before(
    db: impl PgExecutor<'_>,
    member_id: MemberId,
    time: OffsetDateTime,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(sum(points), 0)::bigint as "points!" from point_entry
         where member_id = $1 and create_time < $2"#,
        member_id.uuid(),
        time,
    )
    .fetch_one(db)
    .await
}
