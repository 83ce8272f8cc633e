use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use xlcfi_types::Page;

use crate::audit::{Entry, Hash, Head, Note, Told};

/// Which rows are asked for.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub actor: Option<String>,
    pub subject_id: Option<String>,
    /// As a pattern of `like`.
    pub action: Option<String>,
    pub from: Option<OffsetDateTime>,
    pub to: Option<OffsetDateTime>,
}

struct Row {
    sequence: i64,
    actor: String,
    action: String,
    subject_kind: String,
    subject_id: String,
    before: String,
    after: String,
    reason: String,
    time: OffsetDateTime,
    previous_hash: Vec<u8>,
    hash: Vec<u8>,
}

/// What is no hash is one nothing has, so that it is found when looked at.
fn hash(bytes: Vec<u8>) -> Hash {
    bytes.try_into().unwrap_or([0xff; 32])
}

impl From<Row> for Entry {
    fn from(row: Row) -> Self {
        Self {
            sequence: row.sequence,
            note: Note {
                actor: row.actor,
                action: row.action,
                subject_kind: row.subject_kind,
                subject_id: row.subject_id,
                before: row.before,
                after: row.after,
                reason: row.reason,
            },
            time: row.time,
            previous: hash(row.previous_hash),
            hash: hash(row.hash),
        }
    }
}

/// Where the log ends, with other writers made to wait.
pub async fn lock_head(conn: &mut PgConnection) -> Result<Head, sqlx::Error> {
    let row = sqlx::query!("select sequence, hash from audit_head for update")
        .fetch_one(conn)
        .await?;
    Ok(Head {
        sequence: row.sequence,
        hash: hash(row.hash),
    })
}

pub async fn head(db: impl PgExecutor<'_>) -> Result<Head, sqlx::Error> {
    let row = sqlx::query!("select sequence, hash from audit_head")
        .fetch_one(db)
        .await?;
    Ok(Head {
        sequence: row.sequence,
        hash: hash(row.hash),
    })
}

/// The head as it was told last, with others who want to tell it made to wait.
pub async fn lock_told(conn: &mut PgConnection) -> Result<Told, sqlx::Error> {
    sqlx::query_as!(
        Told,
        r#"select sequence, case when time > '-infinity' then time end as time from audit_told for update"#,
    )
    .fetch_one(conn)
    .await
}

/// Keeps that a head was told; the lock of [`lock_told`] must be held.
pub async fn set_told(
    conn: &mut PgConnection,
    sequence: i64,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update audit_told set sequence = $1, time = $2", sequence, now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Writes the row that follows the locked head.
pub async fn append(conn: &mut PgConnection, entry: &Entry) -> Result<(), sqlx::Error> {
    let note = &entry.note;
    sqlx::query!(
        "with head as (update audit_head set sequence = $1, hash = $11)
         insert into audit_entry (sequence, actor, action, subject_kind, subject_id, before, after, reason, time,
             previous_hash, hash)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        entry.sequence,
        note.actor,
        note.action,
        note.subject_kind,
        note.subject_id,
        note.before,
        note.after,
        note.reason,
        entry.time,
        &entry.previous[..],
        &entry.hash[..],
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Rows after a sequence, oldest first.
pub async fn after(
    db: impl PgExecutor<'_>,
    filter: &Filter,
    sequence: i64,
    limit: i64,
) -> Result<Vec<Entry>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select sequence, actor, action, subject_kind, subject_id, before, after, reason, time, previous_hash, hash
         from audit_entry
         where sequence > $1 and ($2::text is null or actor = $2) and ($3::text is null or subject_id = $3)
             and ($4::text is null or action like $4)
             and ($5::timestamptz is null or time >= $5) and ($6::timestamptz is null or time < $6)
         order by sequence limit $7",
        sequence,
        filter.actor,
        filter.subject_id,
        filter.action,
        filter.from,
        filter.to,
        limit,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

/// Rows newest first; one more than the page. Pages go by sequence, which the token
/// carries as its id.
pub async fn list(db: impl PgExecutor<'_>, filter: &Filter, page: &Page) -> Result<Vec<Entry>, sqlx::Error> {
    let before = page
        .after
        .and_then(|token| i64::try_from(token.id.as_u128()).ok())
        .unwrap_or(i64::MAX);
    let rows = sqlx::query_as!(
        Row,
        "select sequence, actor, action, subject_kind, subject_id, before, after, reason, time, previous_hash, hash
         from audit_entry
         where sequence < $1 and ($2::text is null or actor = $2) and ($3::text is null or subject_id = $3)
             and ($4::text is null or action like $4)
             and ($5::timestamptz is null or time >= $5) and ($6::timestamptz is null or time < $6)
         order by sequence desc limit $7",
        before,
        filter.actor,
        filter.subject_id,
        filter.action,
        filter.from,
        filter.to,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Entry::from).collect())
}
