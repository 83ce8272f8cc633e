//! Recalls that authorities published.

use prost::Message as _;
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::admin::v1::RecallNotice;
use xlcfi_types::Page;

/// A notice as it was told last.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    pub notice_id: Uuid,
    pub source: String,
    pub notice: RecallNotice,
    pub campaign_id: Option<Uuid>,
    pub time: OffsetDateTime,
}

struct Row {
    notice_id: Uuid,
    source: String,
    notice: Vec<u8>,
    campaign_id: Option<Uuid>,
    publish_time: OffsetDateTime,
}

impl TryFrom<Row> for Published {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let notice = RecallNotice::decode(row.notice.as_slice());
        Ok(Self {
            notice_id: row.notice_id,
            source: row.source,
            notice: notice.map_err(|error| sqlx::Error::Decode(error.into()))?,
            campaign_id: row.campaign_id,
            time: row.publish_time,
        })
    }
}

pub async fn put(conn: &mut PgConnection, told: &Published) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into published_notice (notice_id, source, notice, publish_time) values ($1, $2, $3, $4)
         on conflict (notice_id) do update set notice = excluded.notice, publish_time = excluded.publish_time",
        told.notice_id,
        told.source,
        told.notice.encode_to_vec(),
        told.time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn get(db: impl PgExecutor<'_>, id: Uuid) -> Result<Option<Published>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "select notice_id, source, notice, campaign_id, publish_time from published_notice where notice_id = $1",
        id,
    )
    .fetch_optional(db)
    .await?;
    row.map(Published::try_from).transpose()
}

pub async fn list(db: impl PgExecutor<'_>, page: &Page) -> Result<Vec<Published>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = sqlx::query_as!(
        Row,
        "select notice_id, source, notice, campaign_id, publish_time from published_notice
         where (publish_time, notice_id) < ($1, $2) order by publish_time desc, notice_id desc limit $3",
        time,
        id,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Published::try_from).collect()
}

/// Notes the first campaign begun from a notice.
pub async fn set_campaign(conn: &mut PgConnection, id: Uuid, campaign_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update published_notice set campaign_id = $2 where notice_id = $1 and campaign_id is null",
        id,
        campaign_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}
