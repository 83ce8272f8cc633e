//! The table, its trigram indexes and the products in it.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::time::Instant;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};

use crate::engine::Event;
use crate::hangul;
use crate::product::Product;

const TABLE: &str = "
create table product (
    id bigint primary key, name text not null, words text not null, letters text not null, initials text not null,
    category text not null, origin text not null, storage text not null, allergens text[] not null,
    seller int not null, price int not null, in_stock bool not null, use_by_days int, rating float8 not null,
    sales int not null, created bigint not null
)";
const INDEXES: [&str; 4] = [
    "create index product_words on product using gin (words gin_trgm_ops)",
    "create index product_letters on product using gin (letters gin_trgm_ops)",
    "create index product_initials on product using gin (initials gin_trgm_ops)",
    "create index product_sales on product (sales desc)",
];
/// Rows of one COPY.
const BATCH: u64 = 50_000;

/// A database whose letters include Hangul, which pg_trgm takes from the C library; `None` without pg_trgm.
pub async fn database(server: &PgConnectOptions) -> anyhow::Result<Option<PgConnection>> {
    let mut first = server.clone().disable_statement_logging().connect().await?;
    first
        .execute("create database search template template0 locale_provider libc locale 'C.UTF-8'")
        .await?;
    first.close().await?;
    let mut database = server
        .clone()
        .disable_statement_logging()
        .database("search")
        .connect()
        .await?;
    let there: i64 =
        sqlx::query_scalar("select count(*) from pg_available_extensions where name = 'pg_trgm'")
            .fetch_one(&mut database)
            .await?;
    if there == 0 {
        return Ok(None);
    }
    database.execute("create extension pg_trgm").await?;
    // One wrong letter in a word of two syllables leaves half of its trigrams, less than pg_trgm asks for by itself.
    database
        .execute("set pg_trgm.word_similarity_threshold = 0.4")
        .await?;
    Ok(Some(database))
}

/// Seconds from the first line read to the last index made.
pub async fn index(
    database: &mut PgConnection,
    products: &Path,
    tell: &mut dyn FnMut(Event),
) -> anyhow::Result<f64> {
    let begun = Instant::now();
    database.execute(TABLE).await?;
    let mut lines = BufReader::new(File::open(products)?).lines();
    let mut done = 0;
    loop {
        let mut rows = String::new();
        let before = done;
        for line in lines.by_ref().take(BATCH as usize) {
            push_row(&mut rows, &serde_json::from_str(&line?)?);
            done += 1;
        }
        if done == before {
            break;
        }
        let mut copy = database.copy_in_raw("copy product from stdin").await?;
        copy.send(rows.into_bytes()).await?;
        copy.finish().await?;
        tell(Event::Progress { documents: done });
    }
    for sql in INDEXES {
        database.execute(AssertSqlSafe(sql)).await?;
    }
    database.execute("vacuum (analyze) product").await?;
    Ok(begun.elapsed().as_secs_f64())
}

/// A line of COPY's text format; the texts have neither tabs nor backslashes.
fn push_row(rows: &mut String, product: &Product) {
    use std::fmt::Write as _;

    let words = format!(
        " {} {} {} {} {} ",
        product.name, product.name_en, product.category_name, product.origin, product.description
    )
    .to_lowercase();
    let use_by = product
        .use_by_days
        .map_or_else(|| "\\N".to_owned(), |days| days.to_string());
    // Writing into a String cannot fail.
    let _ = writeln!(
        rows,
        "{}\t{}\t{words}\t {} \t {} \t{}\t{}\t{}\t{{{}}}\t{}\t{}\t{}\t{use_by}\t{}\t{}\t{}",
        product.id,
        product.name,
        hangul::letters(&product.name.to_lowercase()),
        hangul::initials(&product.name.to_lowercase()),
        product.category,
        product.origin,
        product.storage,
        product.allergens.join(","),
        product.seller,
        product.price,
        product.in_stock,
        product.rating,
        product.sales,
        product.created,
    );
}
