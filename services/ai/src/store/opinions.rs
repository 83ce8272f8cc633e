use std::collections::BTreeMap;

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::stored;

use crate::keyword::Counted;
use crate::opinion::{Opinion, Tally, Waiting};
use crate::sentiment::{Aspect, Sentiment};

/// A published review is to be read, also when it was read before.
pub async fn ask(conn: &mut PgConnection, review_id: Uuid, product_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into opinion (review_id, product_id, version) values ($1, $2, 1)
         on conflict (review_id) do update set version = opinion.version + 1, read_time = null, sentiment = null,
             freshness = null, taste = null, packaging = null, delivery = null, price = null",
        review_id,
        product_id,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("delete from opinion_word where review_id = $1", review_id)
        .execute(conn)
        .await?;
    Ok(())
}

/// A review is not published any more.
pub async fn forget(conn: &mut PgConnection, review_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from opinion where review_id = $1", review_id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Reviews that wait to be read.
pub async fn waiting(db: impl PgExecutor<'_>, limit: i64) -> Result<Vec<Waiting>, sqlx::Error> {
    sqlx::query_as!(
        Waiting,
        "select review_id, product_id, version from opinion where read_time is null order by review_id limit $1",
        limit,
    )
    .fetch_all(db)
    .await
}

/// Keeps what was read, unless the review changed meanwhile.
pub async fn set_read(
    conn: &mut PgConnection,
    waiting: &Waiting,
    opinion: &Opinion,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let of = |aspect| opinion.of(aspect).map(|sentiment| sentiment.into_str());
    let set = sqlx::query!(
        "update opinion set read_time = $3, sentiment = $4, freshness = $5, taste = $6, packaging = $7,
             delivery = $8, price = $9
         where review_id = $1 and version = $2",
        waiting.review_id,
        waiting.version,
        now,
        opinion.sentiment.into_str(),
        of(Aspect::Freshness),
        of(Aspect::Taste),
        of(Aspect::Packaging),
        of(Aspect::Delivery),
        of(Aspect::Price),
    )
    .execute(&mut *conn)
    .await?;
    if set.rows_affected() == 1 {
        let (words, sentences): (Vec<String>, Vec<String>) = opinion.words.clone().into_iter().unzip();
        sqlx::query!(
            "insert into opinion_word (review_id, product_id, word, sentence)
             select $1::uuid, $2::uuid, said.* from unnest($3::text[], $4::text[]) as said on conflict do nothing",
            waiting.review_id,
            waiting.product_id,
            &words,
            &sentences,
        )
        .execute(conn)
        .await?;
    }
    Ok(())
}

/// Forgets a review that could not be read, unless it changed meanwhile.
pub async fn forget_unread(conn: &mut PgConnection, waiting: &Waiting) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from opinion where review_id = $1 and version = $2",
        waiting.review_id,
        waiting.version,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many reviews of a product think what, overall under `None`.
pub async fn tally(
    db: impl PgExecutor<'_>,
    product_id: Uuid,
) -> Result<BTreeMap<Option<Aspect>, Tally>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select said.side as "side!", said.sentiment as "sentiment!", count(*) as "reviews!"
         from opinion, lateral (values ('', sentiment), ('freshness', freshness), ('taste', taste),
             ('packaging', packaging), ('delivery', delivery), ('price', price)) as said (side, sentiment)
         where product_id = $1 and said.sentiment is not null
         group by said.side, said.sentiment"#,
        product_id,
    )
    .fetch_all(db)
    .await?;
    let mut tallies: BTreeMap<Option<Aspect>, Tally> = BTreeMap::new();
    for row in rows {
        let side = if row.side.is_empty() {
            None
        } else {
            Some(stored("opinion", &row.side)?)
        };
        let tally = tallies.entry(side).or_default();
        match stored("opinion.sentiment", &row.sentiment)? {
            Sentiment::Positive => tally.positive = row.reviews,
            Sentiment::Neutral => tally.neutral = row.reviews,
            Sentiment::Negative => tally.negative = row.reviews,
        }
    }
    Ok(tallies)
}

/// The words of a product's reviews, those most have first; 200 at most.
pub async fn words(db: impl PgExecutor<'_>, product_id: Uuid) -> Result<Vec<Counted>, sqlx::Error> {
    sqlx::query_as!(
        Counted,
        r#"select own.word as "word!", own.reviews as "own!", own.sentence as "sentence!",
             (select count(*) from opinion_word as other where other.word = own.word) as "all!"
         from (
             select word, count(*) as reviews, min(sentence) as sentence from opinion_word
             where product_id = $1 group by word order by count(*) desc, word limit 200
         ) own"#,
        product_id,
    )
    .fetch_all(db)
    .await
}

/// Reviews that were read: all there are.
pub async fn read(db: impl PgExecutor<'_>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select count(*) as "reviews!" from opinion where read_time is not null"#)
        .fetch_one(db)
        .await
}
