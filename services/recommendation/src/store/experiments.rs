use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::stored;
use xlcfi_types::{Id, Page};

use crate::error::Error;
use crate::experiment::{COUNTED, Experiment, Exposure, Outcome};
use crate::interaction::MemberId;

struct Row {
    experiment_id: Uuid,
    name: String,
    control: String,
    treatment: String,
    treatment_percent: i32,
    create_time: OffsetDateTime,
    end_time: Option<OffsetDateTime>,
}

impl TryFrom<Row> for Experiment {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            experiment_id: row.experiment_id.into(),
            name: row.name,
            control: stored("experiment.control", &row.control)?,
            treatment: stored("experiment.treatment", &row.treatment)?,
            treatment_percent: row.treatment_percent,
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
            "select experiment_id, name, control, treatment, treatment_percent, create_time, end_time
             from experiment " + $which
            $(, $argument)*
        )
    };
}

fn experiment(row: Result<Option<Row>, sqlx::Error>) -> Result<Option<Experiment>, sqlx::Error> {
    row?.map(Experiment::try_from).transpose()
}

pub async fn get(
    db: impl PgExecutor<'_>,
    experiment_id: Id<Experiment>,
) -> Result<Option<Experiment>, sqlx::Error> {
    let row = select!("where experiment_id = $1", experiment_id.uuid());
    experiment(row.fetch_optional(db).await)
}

/// The experiment a call made before.
pub async fn find_by_request(
    db: impl PgExecutor<'_>,
    requester_id: Uuid,
    request_id: Uuid,
) -> Result<Option<Experiment>, sqlx::Error> {
    let row = select!(
        "where requester_id = $1 and request_id = $2",
        requester_id,
        request_id
    );
    experiment(row.fetch_optional(db).await)
}

/// The experiment that runs.
pub async fn running(db: impl PgExecutor<'_>) -> Result<Option<Experiment>, sqlx::Error> {
    experiment(select!("where end_time is null").fetch_optional(db).await)
}

/// Experiments, newest first; one more than the page.
pub async fn list(db: impl PgExecutor<'_>, page: &Page) -> Result<Vec<Experiment>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = select!(
        "where (create_time, experiment_id) < ($1, $2) order by create_time desc, experiment_id desc limit $3",
        time,
        id,
        page.fetch_limit()
    );
    let rows = rows.fetch_all(db).await?;
    rows.into_iter().map(Experiment::try_from).collect()
}

pub async fn insert(
    conn: &mut PgConnection,
    experiment: &Experiment,
    requester_id: Uuid,
    request_id: Option<Uuid>,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into experiment (experiment_id, name, control, treatment, treatment_percent, requester_id, request_id,
             create_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        experiment.experiment_id.uuid(),
        experiment.name,
        <&str>::from(experiment.control),
        <&str>::from(experiment.treatment),
        experiment.treatment_percent,
        requester_id,
        request_id,
        experiment.create_time,
    )
    .execute(conn)
    .await
    .map(drop)
    .map_err(|error| match error.as_database_error().and_then(|error| error.constraint()) {
        Some("experiment_name_key") => Error::ExperimentNameTaken,
        Some("experiment_running_key") => Error::ExperimentRunning,
        _ => error.into(),
    })
}

/// Stops an experiment; one that was stopped stays as it is.
pub async fn stop(
    db: impl PgExecutor<'_>,
    experiment_id: Id<Experiment>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update experiment set end_time = $2 where experiment_id = $1 and end_time is null",
        experiment_id.uuid(),
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Remembers what a member saw, and when first.
pub async fn expose(
    db: impl PgExecutor<'_>,
    exposure: &Exposure,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into exposure as e (experiment_id, member_id, treated, shown, create_time)
         select $1, $2, $3, $4, $5 where not exists (select from forgotten_member where member_id = $2)
         on conflict (experiment_id, member_id) do update
             set shown = array(select distinct unnest(e.shown || excluded.shown) limit 1000)
             where not e.shown @> excluded.shown",
        exposure.experiment_id.uuid(),
        exposure.member_id.uuid(),
        exposure.treated,
        &exposure.shown,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Counts an order for what its member saw before.
pub async fn count_order(
    conn: &mut PgConnection,
    member_id: MemberId,
    products: &[Uuid],
    time: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update exposure set orders = orders + 1,
             lines_shown = lines_shown + (select count(*)::integer from unnest($2::uuid[]) as line where line = any (shown))
         where member_id = $1 and create_time <= $3 and create_time > $4",
        member_id.uuid(),
        products,
        time,
        time - COUNTED,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What became of the members of an experiment: control, then treatment.
pub async fn outcomes(
    db: impl PgExecutor<'_>,
    experiment_id: Id<Experiment>,
) -> Result<[Outcome; 2], sqlx::Error> {
    let rows = sqlx::query!(
        r#"select treated, count(*) as "members!", count(*) filter (where orders > 0) as "buyers!",
             sum(orders)::bigint as "orders!", sum(lines_shown)::bigint as "lines_shown!"
         from exposure where experiment_id = $1 group by treated"#,
        experiment_id.uuid(),
    )
    .fetch_all(db)
    .await?;
    let mut outcomes = [Outcome::default(); 2];
    for row in rows {
        outcomes[usize::from(row.treated)] = Outcome {
            members: row.members,
            buyers: row.buyers,
            orders: row.orders,
            lines_shown: row.lines_shown,
        };
    }
    Ok(outcomes)
}
