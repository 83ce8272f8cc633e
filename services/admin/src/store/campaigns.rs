use prost::Message as _;
use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::admin::v1::RecallNotice;
use xlcfi_contracts::product::v1::RecallScope;
use xlcfi_errors::stored;
use xlcfi_types::{Id, Page};

use crate::acting::Acting;
use crate::campaign::{Campaign, Counts, OrderFate, State, Times};

struct Row {
    campaign_id: Uuid,
    title: String,
    state: String,
    drill: bool,
    notice: Option<Vec<u8>>,
    scopes: Vec<Vec<u8>>,
    recall_ids: Vec<Uuid>,
    reason: String,
    message: String,
    actor: Uuid,
    requester: Json<Acting>,
    hold_ms: i64,
    match_ms: i64,
    notify_ms: i64,
    told_ms: i64,
    create_time: OffsetDateTime,
    end_time: Option<OffsetDateTime>,
}

impl TryFrom<Row> for Campaign {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let unread = |error: prost::DecodeError| sqlx::Error::Decode(error.into());
        let notice = row.notice.map(|bytes| RecallNotice::decode(bytes.as_slice()));
        let scopes = row
            .scopes
            .iter()
            .map(|bytes| RecallScope::decode(bytes.as_slice()));
        Ok(Self {
            campaign_id: row.campaign_id.into(),
            title: row.title,
            state: stored("campaign.state", &row.state)?,
            drill: row.drill,
            notice: notice.transpose().map_err(unread)?,
            scopes: scopes.collect::<Result<_, _>>().map_err(unread)?,
            recall_ids: row.recall_ids,
            reason: row.reason,
            message: row.message,
            actor: row.actor.into(),
            requester: row.requester.0,
            times: Times {
                hold: row.hold_ms,
                find: row.match_ms,
                notify: row.notify_ms,
                told: row.told_ms,
            },
            create_time: row.create_time,
            end_time: row.end_time,
        })
    }
}

/// False when the request made one before.
pub async fn insert(
    conn: &mut PgConnection,
    campaign: &Campaign,
    request_id: Option<Uuid>,
) -> Result<bool, sqlx::Error> {
    let scopes: Vec<Vec<u8>> = campaign
        .scopes
        .iter()
        .map(|scope| scope.encode_to_vec())
        .collect();
    let inserted = sqlx::query!(
        "insert into campaign (campaign_id, request_id, title, state, drill, notice, scopes, reason, message, actor,
             requester, create_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict on constraint campaign_request_id_key do nothing",
        campaign.campaign_id.uuid(),
        request_id,
        campaign.title,
        campaign.state.into_str(),
        campaign.drill,
        campaign.notice.as_ref().map(|notice| notice.encode_to_vec()),
        &scopes,
        campaign.reason,
        campaign.message,
        campaign.actor.uuid(),
        serde_json::json!(campaign.requester),
        campaign.create_time,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

pub async fn find_by_request(
    db: impl PgExecutor<'_>,
    actor: Uuid,
    request_id: Uuid,
) -> Result<Option<Id<Campaign>>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "select campaign_id from campaign where actor = $1 and request_id = $2",
        actor,
        request_id,
    )
    .fetch_optional(db)
    .await?;
    Ok(id.map(Id::from))
}

pub async fn get(db: impl PgExecutor<'_>, id: Id<Campaign>) -> Result<Option<Campaign>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select campaign_id, title, state, drill, notice, scopes, recall_ids, reason, message, actor,
             requester as "requester: Json<Acting>", hold_ms, match_ms, notify_ms, told_ms, create_time, end_time
         from campaign where campaign_id = $1"#,
        id.uuid(),
    )
    .fetch_optional(db)
    .await?;
    row.map(Campaign::try_from).transpose()
}

/// Newest first; one more than the page.
pub async fn list(db: impl PgExecutor<'_>, page: &Page) -> Result<Vec<Campaign>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = sqlx::query_as!(
        Row,
        r#"select campaign_id, title, state, drill, notice, scopes, recall_ids, reason, message, actor,
             requester as "requester: Json<Acting>", hold_ms, match_ms, notify_ms, told_ms, create_time, end_time
         from campaign where (create_time, campaign_id) < ($1, $2)
         order by create_time desc, campaign_id desc limit $3"#,
        time,
        id,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Campaign::try_from).collect()
}

/// Campaigns that are not over, oldest first.
pub async fn open(db: impl PgExecutor<'_>) -> Result<Vec<Id<Campaign>>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select campaign_id from campaign where state not in ('done', 'empty') order by create_time limit 100"
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().map(Id::from).collect())
}

/// Moves a campaign on from `from`; false when it stands elsewhere by now.
pub async fn move_on(
    conn: &mut PgConnection,
    id: Id<Campaign>,
    from: State,
    to: State,
) -> Result<bool, sqlx::Error> {
    let moved = sqlx::query!(
        "update campaign set state = $3 where campaign_id = $1 and state = $2",
        id.uuid(),
        from.into_str(),
        to.into_str(),
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Keeps which recalls hold the lots.
pub async fn set_held(
    conn: &mut PgConnection,
    id: Id<Campaign>,
    recall_ids: &[Uuid],
    hold_ms: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update campaign set recall_ids = $2, hold_ms = $3 where campaign_id = $1",
        id.uuid(),
        recall_ids,
        hold_ms,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps how long finding every order took.
pub async fn set_matched(conn: &mut PgConnection, id: Id<Campaign>, ms: i64) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update campaign set match_ms = $2 where campaign_id = $1",
        id.uuid(),
        ms
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps how long telling every buyer took; the first time it was done counts.
pub async fn set_notified(conn: &mut PgConnection, id: Id<Campaign>, ms: i64) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update campaign set notify_ms = $2,
             told_ms = (extract(epoch from clock_timestamp() - begin_time) * 1000)::bigint
         where campaign_id = $1 and told_ms = 0",
        id.uuid(),
        ms,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a campaign when no order of it is being settled; false while one is.
pub async fn finish(
    conn: &mut PgConnection,
    id: Id<Campaign>,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let ended = sqlx::query!(
        "update campaign set state = 'done', end_time = $2
         where campaign_id = $1 and state = 'settling' and not exists (
             select from campaign_order o where o.campaign_id = $1
                 and (o.state = 'settling' or o.state = 'found' and o.member_id is not null))",
        id.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(ended.rows_affected() == 1)
}

/// What a campaign has come to.
pub async fn counts(db: impl PgExecutor<'_>, id: Id<Campaign>) -> Result<Counts, sqlx::Error> {
    sqlx::query_as!(
        Counts,
        r#"select l.lots as "lots!", l.products as "products!", o.orders as "orders!",
             o.unknown_orders as "unknown_orders!", b.buyers as "buyers!", b.notified as "notified!",
             b.acknowledged as "acknowledged!", o.settling as "settling!", o.stopped as "stopped!",
             o.refunds as "refunds!", o.failed as "failed!"
         from (select count(*) as lots, count(distinct product_id) as products
                 from campaign_lot where campaign_id = $1) l,
             (select count(*) as orders, count(*) filter (where member_id is null) as unknown_orders,
                 count(*) filter (where state = 'settling' or state = 'found' and member_id is not null) as settling,
                 count(*) filter (where state = 'stopped') as stopped,
                 count(*) filter (where state = 'refund_prepared') as refunds,
                 count(*) filter (where state = 'failed') as failed
                 from campaign_order where campaign_id = $1) o,
             (select count(*) as buyers, count(notify_time) as notified, count(acknowledge_time) as acknowledged
                 from campaign_buyer where campaign_id = $1) b"#,
        id.uuid(),
    )
    .fetch_one(db)
    .await
}

/// Keeps what became of the order a saga is about.
pub async fn set_fate(
    conn: &mut PgConnection,
    saga_id: Uuid,
    fate: OrderFate,
    outcome: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update campaign_order set state = $2, outcome = $3 where saga_id = $1",
        saga_id,
        fate.into_str(),
        outcome,
    )
    .execute(conn)
    .await?;
    Ok(())
}
