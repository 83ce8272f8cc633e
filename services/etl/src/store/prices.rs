use sqlx::{PgConnection, PgExecutor};
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_errors::stored;
use xlcfi_types::Page;

use super::Taken;
use crate::price::{Level, Price};

/// Takes prices in, each once.
pub async fn upsert(
    conn: &mut PgConnection,
    prices: &[&Price],
    now: OffsetDateTime,
) -> Result<Taken, sqlx::Error> {
    let texts = |field: fn(&Price) -> &str| -> Vec<String> {
        prices.iter().map(|price| field(price).to_owned()).collect()
    };
    let ids: Vec<Uuid> = prices.iter().map(|price| price.id()).collect();
    let dates: Vec<Date> = prices.iter().map(|price| price.date).collect();
    let won: Vec<i64> = prices.iter().map(|price| price.won).collect();
    let taken = sqlx::query!(
        r#"insert into price as known (price_id, source, item_code, item_name, kind_code, kind_name, grade, unit, region,
             level, date, won, update_time)
         select *, $13::timestamptz from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
             $7::text[], $8::text[], $9::text[], $10::text[], $11::date[], $12::bigint[])
         on conflict (price_id) do update set item_name = excluded.item_name, kind_name = excluded.kind_name,
             unit = excluded.unit, won = excluded.won, update_time = excluded.update_time
         where (known.item_name, known.kind_name, known.unit, known.won)
             <> (excluded.item_name, excluded.kind_name, excluded.unit, excluded.won)
         returning price_id, (xmax = 0) as "is_new!""#,
        &ids,
        &texts(|price| &price.source),
        &texts(|price| &price.item_code),
        &texts(|price| &price.item_name),
        &texts(|price| &price.kind_code),
        &texts(|price| &price.kind_name),
        &texts(|price| &price.grade),
        &texts(|price| &price.unit),
        &texts(|price| &price.region),
        &texts(|price| price.level.into()),
        &dates,
        &won,
        now,
    )
    .fetch_all(conn)
    .await?;
    Ok(Taken::of(taken.into_iter().map(|row| (row.price_id, row.is_new))))
}

/// The latest day of which there are prices.
pub async fn latest_date(db: impl PgExecutor<'_>) -> Result<Option<Date>, sqlx::Error> {
    sqlx::query_scalar!("select max(date) from price")
        .fetch_one(db)
        .await
}

/// Prices of an item, in a region, at a level, where these are given; the latest first.
pub async fn list(
    db: impl PgExecutor<'_>,
    (item_code, region, level): (&str, &str, Option<Level>),
    page: &Page,
) -> Result<Vec<(Uuid, Price)>, sqlx::Error> {
    let (time, id) = page.start();
    let level: Option<&str> = level.map(Into::into);
    let rows = sqlx::query_as!(
        Row,
        "select price_id, source, item_code, item_name, kind_code, kind_name, grade, unit, region, level, date, won
         from price
         where ($1 = '' or item_code = $1) and ($2 = '' or region = $2) and ($3::text is null or level = $3)
             and (date, price_id) < ($4, $5)
         order by date desc, price_id desc limit $6",
        item_code,
        region,
        level,
        time.date(),
        id,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Row::price).collect()
}

struct Row {
    price_id: Uuid,
    source: String,
    item_code: String,
    item_name: String,
    kind_code: String,
    kind_name: String,
    grade: String,
    unit: String,
    region: String,
    level: String,
    date: Date,
    won: i64,
}

impl Row {
    fn price(self) -> Result<(Uuid, Price), sqlx::Error> {
        let price = Price {
            level: stored("level", &self.level)?,
            source: self.source,
            item_code: self.item_code,
            item_name: self.item_name,
            kind_code: self.kind_code,
            kind_name: self.kind_name,
            grade: self.grade,
            unit: self.unit,
            region: self.region,
            date: self.date,
            won: self.won,
        };
        Ok((self.price_id, price))
    }
}
