use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::stored;
use xlcfi_types::Page;

use crate::consent::{Consent, ConsentKind, Text};
use crate::member::MemberId;

struct Row {
    consent_id: Uuid,
    kind: String,
    version: String,
    granted: bool,
    create_time: OffsetDateTime,
}

impl TryFrom<Row> for Consent {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            consent_id: row.consent_id.into(),
            kind: stored("consent.kind", &row.kind)?,
            version: row.version,
            granted: row.granted,
            create_time: row.create_time,
        })
    }
}

/// The texts in force at a time.
pub async fn texts(db: impl PgExecutor<'_>, now: OffsetDateTime) -> Result<Vec<Text>, sqlx::Error> {
    let rows = sqlx::query!(
        "select distinct on (kind) kind, version, begin_time from consent_text
         where begin_time <= $1 order by kind, begin_time desc",
        now,
    )
    .fetch_all(db)
    .await?;
    let text = |kind: &str, version, begin_time| -> Result<Text, sqlx::Error> {
        Ok(Text {
            kind: stored("consent_text.kind", kind)?,
            version,
            begin_time,
        })
    };
    rows.into_iter()
        .map(|row| text(&row.kind, row.version, row.begin_time))
        .collect()
}

/// The version of a text in force at a time.
pub async fn version(
    conn: &mut PgConnection,
    kind: ConsentKind,
    now: OffsetDateTime,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select version from consent_text where kind = $1 and begin_time <= $2
         order by begin_time desc limit 1",
        kind.into_str(),
        now,
    )
    .fetch_optional(conn)
    .await
}

/// What a member said last of each text.
pub async fn current(db: impl PgExecutor<'_>, member_id: MemberId) -> Result<Vec<Consent>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select distinct on (kind) consent_id, kind, version, granted, create_time from consent
         where member_id = $1 order by kind, create_time desc, consent_id desc",
        member_id.uuid(),
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Consent::try_from).collect()
}

pub async fn insert(
    conn: &mut PgConnection,
    member_id: MemberId,
    consent: &Consent,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into consent (consent_id, member_id, kind, version, granted, create_time)
         values ($1, $2, $3, $4, $5, $6)",
        consent.consent_id.uuid(),
        member_id.uuid(),
        consent.kind.into_str(),
        consent.version,
        consent.granted,
        consent.create_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Everything a member ever said, newest first.
pub async fn list(
    db: impl PgExecutor<'_>,
    member_id: MemberId,
    page: &Page,
) -> Result<Vec<Consent>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = sqlx::query_as!(
        Row,
        "select consent_id, kind, version, granted, create_time from consent
         where member_id = $1 and (create_time, consent_id) < ($2, $3)
         order by create_time desc, consent_id desc limit $4",
        member_id.uuid(),
        time,
        id,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Consent::try_from).collect()
}
