use sqlx::{PgConnection, PgExecutor};
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_types::Page;

use super::Taken;
use crate::recall::Notice;

/// A notice, and when it came and became what it is.
#[derive(Debug)]
pub struct Stored {
    pub notice_id: Uuid,
    pub notice: Notice,
    pub create_time: OffsetDateTime,
    pub update_time: OffsetDateTime,
}

struct Row {
    notice_id: Uuid,
    source: String,
    notice_number: String,
    product_name: String,
    business_name: String,
    reason: String,
    grade: String,
    gtin: String,
    report_number: String,
    licence_number: String,
    made_date: Option<Date>,
    use_by_date: Option<Date>,
    dates_text: String,
    create_time: OffsetDateTime,
    update_time: OffsetDateTime,
}

impl From<Row> for Stored {
    fn from(row: Row) -> Self {
        Self {
            notice_id: row.notice_id,
            notice: Notice {
                source: row.source,
                number: row.notice_number,
                product_name: row.product_name,
                business_name: row.business_name,
                reason: row.reason,
                grade: row.grade,
                gtin: row.gtin,
                report_number: row.report_number,
                licence_number: row.licence_number,
                made_date: row.made_date,
                use_by_date: row.use_by_date,
                dates_text: row.dates_text,
            },
            create_time: row.create_time,
            update_time: row.update_time,
        }
    }
}

/// Takes notices in, each once. One whose row changed in what we do not read is as it was.
pub async fn upsert(
    conn: &mut PgConnection,
    notices: &[&Notice],
    now: OffsetDateTime,
) -> Result<Taken, sqlx::Error> {
    let texts = |field: fn(&Notice) -> &String| -> Vec<String> {
        notices.iter().map(|notice| field(notice).clone()).collect()
    };
    let ids: Vec<Uuid> = notices.iter().map(|notice| notice.id()).collect();
    let made: Vec<Option<Date>> = notices.iter().map(|notice| notice.made_date).collect();
    let use_by: Vec<Option<Date>> = notices.iter().map(|notice| notice.use_by_date).collect();
    let taken = sqlx::query!(
        r#"insert into recall_notice as known (notice_id, source, notice_number, product_name, business_name, reason, grade,
             gtin, report_number, licence_number, made_date, use_by_date, dates_text, create_time, update_time)
         select *, $14::timestamptz, $14::timestamptz from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[],
             $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::date[], $12::date[], $13::text[])
         on conflict (notice_id) do update set product_name = excluded.product_name, business_name = excluded.business_name,
             reason = excluded.reason, grade = excluded.grade, gtin = excluded.gtin, report_number = excluded.report_number,
             licence_number = excluded.licence_number, made_date = excluded.made_date, use_by_date = excluded.use_by_date,
             dates_text = excluded.dates_text, update_time = excluded.update_time
         where (known.product_name, known.business_name, known.reason, known.grade, known.gtin, known.report_number,
             known.licence_number, known.made_date, known.use_by_date, known.dates_text) is distinct from
             (excluded.product_name, excluded.business_name, excluded.reason, excluded.grade, excluded.gtin,
             excluded.report_number, excluded.licence_number, excluded.made_date, excluded.use_by_date, excluded.dates_text)
         returning notice_id, (xmax = 0) as "is_new!""#,
        &ids,
        &texts(|notice| &notice.source),
        &texts(|notice| &notice.number),
        &texts(|notice| &notice.product_name),
        &texts(|notice| &notice.business_name),
        &texts(|notice| &notice.reason),
        &texts(|notice| &notice.grade),
        &texts(|notice| &notice.gtin),
        &texts(|notice| &notice.report_number),
        &texts(|notice| &notice.licence_number),
        &made as &[Option<Date>],
        &use_by as &[Option<Date>],
        &texts(|notice| &notice.dates_text),
        now,
    )
    .fetch_all(conn)
    .await?;
    Ok(Taken::of(
        taken.into_iter().map(|row| (row.notice_id, row.is_new)),
    ))
}

pub async fn get(db: impl PgExecutor<'_>, id: Uuid) -> Result<Option<Stored>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "select notice_id, source, notice_number, product_name, business_name, reason, grade, gtin, report_number,
             licence_number, made_date, use_by_date, dates_text, create_time, update_time
         from recall_notice where notice_id = $1",
        id,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Stored::from))
}

pub async fn list(db: impl PgExecutor<'_>, page: &Page) -> Result<Vec<Stored>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = sqlx::query_as!(
        Row,
        "select notice_id, source, notice_number, product_name, business_name, reason, grade, gtin, report_number,
             licence_number, made_date, use_by_date, dates_text, create_time, update_time
         from recall_notice where (update_time, notice_id) < ($1, $2)
         order by update_time desc, notice_id desc limit $3",
        time,
        id,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Stored::from).collect())
}
