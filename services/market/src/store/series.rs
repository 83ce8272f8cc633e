use std::collections::BTreeMap;

use sqlx::{PgConnection, PgExecutor};
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_errors::stored;
use xlcfi_types::Page;

use crate::series::{Level, Series, Subject};

struct Row {
    series_id: Uuid,
    source: String,
    item_code: String,
    item_name: String,
    kind_code: String,
    kind_name: String,
    grade: String,
    unit: String,
    region: String,
    level: String,
    version: i64,
    days: i32,
    first_date: Date,
    last_date: Date,
    last_price: i64,
    create_time: OffsetDateTime,
}

impl TryFrom<Row> for Series {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            series_id: row.series_id,
            subject: Subject {
                source: row.source,
                item_code: row.item_code,
                item_name: row.item_name,
                kind_code: row.kind_code,
                kind_name: row.kind_name,
                grade: row.grade,
                unit: row.unit,
                region: row.region,
                level: stored("series.level", &row.level)?,
            },
            version: row.version,
            days: row.days,
            first_date: row.first_date,
            last_date: row.last_date,
            last_price: row.last_price,
            create_time: row.create_time,
        })
    }
}

/// Which series are asked for; empty means all.
#[derive(Debug, Default)]
pub struct Wanted {
    pub query: String,
    pub item_code: String,
    pub source: String,
    pub region: String,
    pub level: Option<Level>,
    pub product_id: Option<Uuid>,
}

/// Makes the series that are not there, renames those that are, and makes other writers of
/// their prices wait.
pub async fn lock(
    conn: &mut PgConnection,
    subjects: &BTreeMap<Uuid, Subject>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = subjects.keys().copied().collect();
    let column = |part: fn(&Subject) -> &str| -> Vec<String> {
        subjects
            .values()
            .map(|subject| part(subject).to_owned())
            .collect()
    };
    sqlx::query!(
        "insert into series (series_id, source, item_code, item_name, kind_code, kind_name, grade, unit, region, level, create_time)
         select *, $11::timestamptz from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])
         on conflict (series_id) do update set item_name = excluded.item_name, kind_name = excluded.kind_name,
             item_code = coalesce(nullif(excluded.item_code, ''), series.item_code)",
        &ids,
        &column(|subject| &subject.source),
        &column(|subject| &subject.item_code),
        &column(|subject| &subject.item_name),
        &column(|subject| &subject.kind_code),
        &column(|subject| &subject.kind_name),
        &column(|subject| &subject.grade),
        &column(|subject| &subject.unit),
        &column(|subject| &subject.region),
        &column(|subject| subject.level.into()),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Prices of these series changed: they have a new version, and who compares with them
/// looks again.
pub async fn changed(conn: &mut PgConnection, ids: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update series s set version = s.version + 1, days = d.days, first_date = d.first_date, last_date = d.last_date,
             last_price = (select price from price p where p.series_id = s.series_id order by date desc limit 1)
         from (
             select i.series_id, count(p.date)::integer as days, min(p.date) as first_date, max(p.date) as last_date
             from unnest($1::uuid[]) i (series_id) left join price p on p.series_id = i.series_id group by i.series_id
         ) d where s.series_id = d.series_id",
        ids,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update price_watch set wanted = wanted + 1 where product_id in (
             select product_id from price_watch where series_id = any ($1) order by product_id for update
         )",
        ids
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A product is called otherwise, or stands in another category.
pub async fn rename_own(
    conn: &mut PgConnection,
    product_id: Uuid,
    category_id: Uuid,
    name: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update series set item_code = $2, item_name = $3, kind_name = $3 where source = 'XLCFI' and kind_code = $1",
        product_id.to_string(),
        category_id.to_string(),
        name,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A series that has prices.
pub async fn get(db: impl PgExecutor<'_>, series_id: Uuid) -> Result<Option<Series>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select series_id, source, item_code, item_name, kind_code, kind_name, grade, unit, region, level, version,
             days, first_date as "first_date!", last_date as "last_date!", last_price as "last_price!", create_time
         from series where series_id = $1 and days > 0"#,
        series_id,
    )
    .fetch_optional(db)
    .await?;
    row.map(Series::try_from).transpose()
}

pub async fn list(db: impl PgExecutor<'_>, wanted: &Wanted, page: &Page) -> Result<Vec<Series>, sqlx::Error> {
    let (time, id) = page.start();
    let level: Option<&str> = wanted.level.map(Into::into);
    let rows = sqlx::query_as!(
        Row,
        r#"select series_id, source, item_code, item_name, kind_code, kind_name, grade, unit, region, level, version,
             days, first_date as "first_date!", last_date as "last_date!", last_price as "last_price!", create_time
         from series where days > 0 and (create_time, series_id) < ($1, $2)
             and ($3 = '' or position(lower($3) in lower(item_name || ' ' || kind_name)) > 0)
             and ($4 = '' or item_code = $4) and ($5 = '' or source = $5) and ($6 = '' or region = $6)
             and ($7::text is null or level = $7)
             and ($8::uuid is null or source = 'XLCFI' and kind_code = $8::text
                 or series_id = (select series_id from price_watch where product_id = $8))
         order by create_time desc, series_id desc limit $9"#,
        time,
        id,
        wanted.query,
        wanted.item_code,
        wanted.source,
        wanted.region,
        level,
        wanted.product_id,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Series::try_from).collect()
}

/// The same food at the same level in all regions, this one included.
pub async fn regions(db: impl PgExecutor<'_>, of: &Subject) -> Result<Vec<Series>, sqlx::Error> {
    let level: &str = of.level.into();
    let rows = sqlx::query_as!(
        Row,
        r#"select series_id, source, item_code, item_name, kind_code, kind_name, grade, unit, region, level, version,
             days, first_date as "first_date!", last_date as "last_date!", last_price as "last_price!", create_time
         from series where days > 0 and source = $1 and item_code = $2 and kind_code = $3 and grade = $4 and unit = $5
             and level = $6
         order by last_price, region limit 200"#,
        of.source,
        of.item_code,
        of.kind_code,
        of.grade,
        of.unit,
        level,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Series::try_from).collect()
}
