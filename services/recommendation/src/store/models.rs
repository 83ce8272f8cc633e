use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::{OnConstraint, stored};
use xlcfi_types::{Id, Page};

use crate::error::Error;
use crate::model::training::Metrics;
use crate::registry::{Kind, Model, State};

/// Bytes of a part.
const PART: usize = 1 << 20;

struct Row {
    model_id: Uuid,
    algorithm: String,
    state: String,
    reason: String,
    recall: f64,
    ndcg: f64,
    popular_ndcg: f64,
    live_ndcg: Option<f64>,
    calibration_error: f64,
    coverage: f64,
    members: i64,
    products: i64,
    entries: i64,
    held_out: i64,
    size: i64,
    create_time: OffsetDateTime,
    end_time: Option<OffsetDateTime>,
}

impl TryFrom<Row> for Model {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let count = |value: i64| u64::try_from(value).unwrap_or(0);
        Ok(Self {
            model_id: row.model_id.into(),
            kind: stored("model.algorithm", &row.algorithm)?,
            state: stored("model.state", &row.state)?,
            reason: row.reason,
            metrics: Metrics {
                recall: row.recall,
                ndcg: row.ndcg,
                popular_ndcg: row.popular_ndcg,
                calibration_error: row.calibration_error,
                coverage: row.coverage,
                members: count(row.members),
                products: count(row.products),
                entries: count(row.entries),
                held_out: count(row.held_out),
            },
            live_ndcg: row.live_ndcg,
            size: row.size,
            create_time: row.create_time,
            end_time: row.end_time,
        })
    }
}

/// The one list of columns; what follows says which rows.
macro_rules! select {
    ($which:literal $(, $argument:expr)*) => {
        sqlx::query_as!(
            Row,
            "select model_id, algorithm, state, reason, recall, ndcg, popular_ndcg, live_ndcg, calibration_error,
                 coverage, members, products, entries, held_out, size, create_time, end_time
             from model " + $which
            $(, $argument)*
        )
    };
}

fn model(row: Result<Option<Row>, sqlx::Error>) -> Result<Option<Model>, sqlx::Error> {
    row?.map(Model::try_from).transpose()
}

pub async fn get(db: impl PgExecutor<'_>, model_id: Id<Model>) -> Result<Option<Model>, sqlx::Error> {
    let row = select!("where model_id = $1", model_id.uuid());
    model(row.fetch_optional(db).await)
}

/// The model a call made before.
pub async fn find_by_request(
    db: impl PgExecutor<'_>,
    requester_id: Uuid,
    request_id: Uuid,
) -> Result<Option<Model>, sqlx::Error> {
    let row = select!(
        "where requester_id = $1 and request_id = $2",
        requester_id,
        request_id
    );
    model(row.fetch_optional(db).await)
}

/// The model that waits for its training.
pub async fn queued(db: impl PgExecutor<'_>) -> Result<Option<Model>, sqlx::Error> {
    model(select!("where state = 'queued'").fetch_optional(db).await)
}

pub async fn live(db: impl PgExecutor<'_>) -> Result<Option<Model>, sqlx::Error> {
    model(select!("where state = 'live'").fetch_optional(db).await)
}

/// Models, newest first; one more than the page.
pub async fn list(db: impl PgExecutor<'_>, page: &Page) -> Result<Vec<Model>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = select!(
        "where (create_time, model_id) < ($1, $2) order by create_time desc, model_id desc limit $3",
        time,
        id,
        page.fetch_limit()
    );
    rows.fetch_all(db)
        .await?
        .into_iter()
        .map(Model::try_from)
        .collect()
}

/// Has a model trained.
pub async fn insert(
    conn: &mut PgConnection,
    model_id: Id<Model>,
    kind: Kind,
    requester_id: Option<Uuid>,
    request_id: Option<Uuid>,
    now: OffsetDateTime,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into model (model_id, algorithm, state, requester_id, request_id, create_time)
         values ($1, $2, 'queued', $3, $4, $5)",
        model_id.uuid(),
        <&str>::from(kind),
        requester_id,
        request_id,
        now,
    )
    .execute(conn)
    .await
    .map(drop)
    .on_constraint("model_queued_key", || Error::TrainingUnderWay)
}

/// Keeps what became of a model; one that goes live takes the place of the one that was.
pub async fn decide(conn: &mut PgConnection, model: &Model) -> Result<(), sqlx::Error> {
    if model.state == State::Live {
        sqlx::query!("update model set state = 'retired' where state = 'live'")
            .execute(&mut *conn)
            .await?;
    }
    let metrics = &model.metrics;
    let count = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    sqlx::query!(
        "update model set algorithm = $2, state = $3, reason = $4, recall = $5, ndcg = $6, popular_ndcg = $7,
             live_ndcg = $8, calibration_error = $9, coverage = $10, members = $11, products = $12, entries = $13,
             held_out = $14, size = $15, end_time = $16
         where model_id = $1",
        model.model_id.uuid(),
        <&str>::from(model.kind),
        <&str>::from(model.state),
        model.reason,
        metrics.recall,
        metrics.ndcg,
        metrics.popular_ndcg,
        model.live_ndcg,
        metrics.calibration_error,
        metrics.coverage,
        count(metrics.members),
        count(metrics.products),
        count(metrics.entries),
        count(metrics.held_out),
        model.size,
        model.end_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps what a model consists of, and nothing any more of those retired before the last.
pub async fn keep(conn: &mut PgConnection, model_id: Id<Model>, bytes: &[u8]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from model_part where model_id in (
             select model_id from model where state <> 'live' order by create_time desc offset 1)"
    )
    .execute(&mut *conn)
    .await?;
    for (part, data) in (0..).zip(bytes.chunks(PART)) {
        sqlx::query!(
            "insert into model_part (model_id, part, data) values ($1, $2, $3)",
            model_id.uuid(),
            part,
            data,
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// What a model consists of.
pub async fn load(db: impl PgExecutor<'_>, model_id: Id<Model>) -> Result<Vec<u8>, sqlx::Error> {
    let parts = sqlx::query_scalar!(
        "select data from model_part where model_id = $1 order by part",
        model_id.uuid()
    )
    .fetch_all(db)
    .await?;
    Ok(parts.concat())
}
