//! SQL for queries of each kind.

use std::collections::BTreeMap;

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Row as _};

use crate::engine::Answer;
use crate::hangul;
use crate::queries::{Kind, Query};

/// Counts of what `found` holds, by dimension.
const COUNTS: &str = "
    select 'category', category, count(*) from found group by 2
    union all select 'origin', origin, count(*) from found group by 2
    union all select 'storage', storage, count(*) from found group by 2
    union all select 'price_band', band::text, count(*) from found group by 2";
const BANDS: &str = "(array[0, 5000, 10000, 20000, 30000, 50000, 100000])
    [width_bucket(price, array[0, 5000, 10000, 20000, 30000, 50000, 100000])]";
/// Names that hold what was typed, or much of it, stand first; then the most sold.
const BY_NAME: &str = "order by word_similarity($1, name) desc, sales desc, id limit 10";

/// Results with which nothing more is looked for.
const ENOUGH: usize = 3;

pub async fn find(database: &mut PgConnection, query: &Query) -> anyhow::Result<Answer> {
    let text = query.text.trim().to_lowercase();
    let mut answer = Answer::to(query);
    answer.ids = match query.kind {
        Kind::Term => words(database, &text, &patterns(&text, false), "").await?,
        Kind::Phrase => words(database, &text, &[format!("% {}%", plain(&text))], "").await?,
        Kind::Prefix => words(database, &text, &patterns(&text, true), "").await?,
        Kind::Initials => initials(database, &text).await?,
        Kind::Typo => misspelt(database, &text).await?,
        Kind::Facet => {
            let patterns = patterns(&text, false);
            answer.facets = counts(database, &patterns).await?;
            words(database, &text, &patterns, "and in_stock").await?
        }
        Kind::Suggestion => suggested(database, &text).await?,
        Kind::Search => search(database, &text).await?,
    };
    Ok(answer)
}

/// What a shop's search box does: as long as fewer than three are found, the next way adds what it finds.
async fn search(database: &mut PgConnection, text: &str) -> anyhow::Result<Vec<u64>> {
    if text
        .chars()
        .all(|letter| letter == ' ' || ('ㄱ'..='ㅎ').contains(&letter))
    {
        return initials(database, text).await;
    }
    let mut found = words(database, text, &patterns(text, false), "").await?;
    if found.len() < ENOUGH {
        add(
            &mut found,
            words(database, text, &patterns(text, true), "").await?,
        );
    }
    if found.len() < ENOUGH {
        add(&mut found, misspelt(database, text).await?);
    }
    if found.len() < ENOUGH {
        add(&mut found, some_words(database, text).await?);
    }
    found.truncate(10);
    Ok(found)
}

fn add(found: &mut Vec<u64>, more: Vec<u64>) {
    for id in more {
        if !found.contains(&id) {
            found.push(id);
        }
    }
}

/// Three letters are enough for a trigram anywhere; fewer only at the beginning of a word, with the space before it.
fn patterns(text: &str, last_begun: bool) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let last = words.len().saturating_sub(1);
    words
        .iter()
        .enumerate()
        .map(|(at, word)| {
            if word.chars().count() >= 3 && !(last_begun && at == last) {
                format!("%{}%", plain(word))
            } else {
                format!("% {}%", plain(word))
            }
        })
        .collect()
}

/// Without the signs that LIKE reads otherwise.
fn plain(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

async fn words(
    database: &mut PgConnection,
    text: &str,
    patterns: &[String],
    and: &str,
) -> anyhow::Result<Vec<u64>> {
    let wanted: Vec<String> = (0..patterns.len())
        .map(|at| format!("and words like ${}", at + 2))
        .collect();
    let sql = format!(
        "select id from product where $1::text is not null {} {and} {BY_NAME}",
        wanted.join(" ")
    );
    ids(database, &sql, text, patterns).await
}

/// Any of the words, the more the better.
async fn some_words(database: &mut PgConnection, text: &str) -> anyhow::Result<Vec<u64>> {
    let patterns = patterns(text, false);
    let each: Vec<String> = (0..patterns.len())
        .map(|at| format!("words like ${}", at + 2))
        .collect();
    let sql = format!(
        "select id from product where {} order by ({})::int desc, word_similarity($1, name) desc, id limit 10",
        each.join(" or "),
        each.join(")::int + (")
    );
    ids(database, &sql, text, &patterns).await
}

async fn initials(database: &mut PgConnection, text: &str) -> anyhow::Result<Vec<u64>> {
    let patterns: Vec<String> = text.split_whitespace().map(|word| format!("% {word}%")).collect();
    let wanted: Vec<String> = (0..patterns.len())
        .map(|at| format!("and initials like ${}", at + 2))
        .collect();
    let sql = format!(
        "select id from product where $1::text is not null {} order by sales desc, id limit 10",
        wanted.join(" ")
    );
    ids(database, &sql, text, &patterns).await
}

/// Words whose letters are like those typed, as far as the threshold lets them be.
async fn misspelt(database: &mut PgConnection, text: &str) -> anyhow::Result<Vec<u64>> {
    let sql = "select id from product where $1 <% letters
        order by word_similarity($1, letters) desc, sales desc, id limit 10";
    ids(database, sql, &hangul::letters(text), &[]).await
}

async fn suggested(database: &mut PgConnection, text: &str) -> anyhow::Result<Vec<u64>> {
    let sql = "select id from product where letters like $1 order by sales desc, id limit 10";
    ids(
        database,
        sql,
        &format!("% {}%", plain(&hangul::letters(text))),
        &[],
    )
    .await
}

async fn counts(
    database: &mut PgConnection,
    patterns: &[String],
) -> anyhow::Result<BTreeMap<String, BTreeMap<String, u64>>> {
    let wanted: Vec<String> = (0..patterns.len())
        .map(|at| format!("and words like ${}", at + 1))
        .collect();
    let sql = format!(
        "with found as materialized (
            select category, origin, storage, {BANDS} as band from product where in_stock {}
        ) {COUNTS}",
        wanted.join(" ")
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for pattern in patterns {
        query = query.bind(pattern);
    }
    let mut facets: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for row in query.fetch_all(database).await? {
        let count: i64 = row.try_get(2)?;
        let values = facets.entry(row.try_get(0)?).or_default();
        values.insert(row.try_get(1)?, count.try_into()?);
    }
    Ok(facets)
}

async fn ids(
    database: &mut PgConnection,
    sql: &str,
    text: &str,
    patterns: &[String],
) -> anyhow::Result<Vec<u64>> {
    let mut query = sqlx::query(AssertSqlSafe(sql.to_owned())).bind(text);
    for pattern in patterns {
        query = query.bind(pattern);
    }
    let id = |row: &PgRow| Ok(row.try_get::<i64, _>(0)?.try_into()?);
    query.fetch_all(database).await?.iter().map(id).collect()
}
